"""The custom properties of a document: small named facts beside the sheets, such as which version made them."""

from datetime import UTC, datetime
from typing import Any

from lxml import etree

from kpixl.xlsx.markup import children, parse, serialize
from kpixl.xlsx.parts import Parts

__all__ = ["Property", "read_properties", "write_property"]

Property = str | float | bool | datetime

_PART = "docProps/custom.xml"
_NAMESPACE = "http://schemas.openxmlformats.org/officeDocument/2006/custom-properties"
_TYPES = "http://schemas.openxmlformats.org/officeDocument/2006/docPropsVTypes"
_RELATION = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/custom-properties"
_CONTENT = "application/vnd.openxmlformats-officedocument.custom-properties+xml"
_USER_DEFINED = "{D5CDD505-2E9C-101B-9397-08002B2CF9AE}"
_NUMBERS = {"i1", "i2", "i4", "i8", "int", "ui1", "ui2", "ui4", "ui8", "uint"}


def read_properties(parts: Parts) -> dict[str, Property]:
    """Return the custom properties of a package."""
    part = _part(parts)
    if part is None:
        return {}
    found: dict[str, Property] = {}
    for element in children(_root(parts, part), "property"):
        for value in element:
            found.setdefault(element.get("name", ""), _value(etree.QName(value).localname, value.text or ""))
    return found


def write_property(parts: Parts, name: str, value: Property) -> None:
    """Set one custom property."""
    part = _part(parts)
    if part is None:
        part = _PART
        root = etree.Element(f"{{{_NAMESPACE}}}Properties", nsmap={None: _NAMESPACE, "vt": _TYPES})
        parts.add(part, serialize(root), _CONTENT)
        parts.relate("", _RELATION, part)
    root = _root(parts, part)
    elements = list(children(root, "property"))
    element = next((element for element in elements if element.get("name") == name), None)
    if element is None:
        used = [int(other.get("pid", "1")) for other in elements]
        element = etree.SubElement(root, f"{{{etree.QName(root).namespace}}}property", fmtid=_USER_DEFINED)
        element.set("pid", str(max(used, default=1) + 1))
        element.set("name", name)
    types = next((old.tag[1:].partition("}")[0] for other in elements for old in other), _TYPES)
    for old in list(element):
        element.remove(old)
    kind, text = _written(value)
    etree.SubElement(element, f"{{{types}}}{kind}").text = text
    parts.write(part, serialize(root))


def _part(parts: Parts) -> str | None:
    related = (relation for relation in parts.related("") if relation.kind in ("custom-properties", "customProperties"))
    return next((relation.target for relation in related if parts.has(relation.target)), None)


def _root(parts: Parts, part: str) -> Any:
    root = parse(parts.read(part))
    if etree.QName(root).localname != "Properties":
        raise ValueError(f"{part} holds no properties")
    return root


def _value(kind: str, text: str) -> Property:
    if kind in _NUMBERS:
        return int(text)
    if kind in ("r4", "r8", "decimal"):
        return float(text)
    if kind == "bool":
        return text.strip().lower() in ("1", "true")
    if kind in ("filetime", "date"):
        return datetime.fromisoformat(text)
    return text


def _written(value: Any) -> tuple[str, str]:
    if isinstance(value, bool):
        return "bool", str(value).lower()
    if isinstance(value, int) and abs(value) < 2**31:
        return "i4", str(value)
    if isinstance(value, int | float):
        return "r8", repr(float(value))
    if isinstance(value, datetime):
        moment = value if value.tzinfo else value.replace(tzinfo=UTC)
        return "filetime", moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    return "lpwstr", str(value)
