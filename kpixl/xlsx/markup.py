"""XML as kpixl touches it: small parts as trees, large ones as bytes with a few tags looked at.

A worksheet can be hundreds of megabytes, so its rows are never turned into a tree; the patterns here find tags and
attributes in bytes. Everything else is small and goes through lxml, without network, entities or document types.
"""

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Any

from lxml import etree

__all__ = [
    "ATTRIBUTES",
    "ForbiddenDeclaration",
    "attribute",
    "children",
    "escape",
    "forbid_declarations",
    "other_encoding",
    "parse",
    "read_text",
    "root_namespace",
    "serialize",
    "unescape",
    "utf8",
    "with_attribute",
    "without_attribute",
    "without_phonetic",
    "write_text",
]

ATTRIBUTES = rb"(?:\s+[^\s=<>/\"']+\s*=\s*(?:\"[^\"<]*\"|'[^'<]*'))*+\s*+"
_MOST_TREE = 64 << 20
_DOCTYPE = re.compile(rb"<!(?:DOCTYPE|ENTITY)", re.IGNORECASE)
_ENCODING = re.compile(rb"""^\s*<\?xml[^>]*?\sencoding\s*=\s*["']([\w.\-]+)["'][^>]*\?>""")
_MARKS = {
    b"\xff\xfe": "utf-16",
    b"\xfe\xff": "utf-16",
    b"<\x00": "utf-16-le",
    b"\x00<": "utf-16-be",
    b"\xef\xbb\xbf": "utf-8-sig",
}
_READING = re.compile(rb"<(?:[\w.\-]+:)?rPh(?=[\s>])")
_READING_END = re.compile(rb"</(?:[\w.\-]+:)?rPh\s*>")
_ENTITY = re.compile(r"&(?:#x([0-9A-Fa-f]+)|#([0-9]+)|(amp|lt|gt|quot|apos));")
_NAMED = {"amp": "&", "lt": "<", "gt": ">", "quot": '"', "apos": "'"}
_FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_LOOKS_ESCAPED = re.compile(r"_(?=x[0-9A-Fa-f]{4}_)")
_ESCAPED = re.compile(r"_x([0-9A-Fa-f]{4})_")


class ForbiddenDeclaration(ValueError):
    """A part declares a document type or an entity, which no spreadsheet does and attackers do."""


def parse(xml: bytes, *, most: int = _MOST_TREE) -> Any:
    """Return the root element of a small part; ValueError where it is larger than `most` bytes."""
    if len(xml) > most:
        raise ValueError(f"a part of {len(xml):,} bytes, at most {most:,}")
    forbid_declarations(utf8(xml))
    return etree.fromstring(xml, etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False))


def forbid_declarations(xml: bytes) -> None:
    """Raise where XML (in UTF-8) declares a document type or an entity."""
    if _DOCTYPE.search(xml):
        raise ForbiddenDeclaration


def serialize(root: Any) -> bytes:
    """Return the part whose root element is `root`."""
    body: bytes = etree.tostring(root.getroottree(), encoding="UTF-8", xml_declaration=False)
    return b'<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n' + body


def children(element: Any, name: str) -> Iterator[Any]:
    """Yield the child elements with this local name, whatever their prefix."""
    return iter(element.iterchildren(f"{{*}}{name}"))


def root_namespace(root: Any) -> str:
    """Return the namespace of an element in braces, ready to go before a tag."""
    return f"{{{etree.QName(root).namespace or ''}}}"


def other_encoding(xml: bytes) -> str | None:
    """Return the encoding of a document (its beginning is enough), or None for UTF-8 without a byte order mark."""
    for mark, encoding in _MARKS.items():
        if xml.startswith(mark):
            return encoding
    declared = _ENCODING.match(xml[:200])
    if declared is None or declared[1].lower() in (b"utf-8", b"utf8", b"us-ascii"):
        return None
    return declared[1].decode()


def utf8(xml: bytes) -> bytes:
    """Return the same document in UTF-8 without a byte order mark or an `encoding` that says otherwise."""
    encoding = other_encoding(xml)
    if encoding is None:
        return xml
    declaration = b'<?xml version="1.0" encoding="UTF-8" standalone="yes"?>'
    return _ENCODING.sub(declaration, xml.decode(encoding).encode(), count=1)


def attribute(tag: bytes, name: bytes) -> bytes | None:
    """Return an attribute of a start tag (or of its attributes alone), still escaped."""
    found = _attribute(name).search(tag)
    if found is None:
        return None
    return found[1] if found[1] is not None else found[2]


def with_attribute(tag: bytes, name: bytes, value: bytes) -> bytes:
    """Return a start tag in which the attribute has this (escaped) value."""
    if attribute(tag, name) is not None:
        return _attribute(name).sub(lambda _: b" " + name + b'="' + value + b'"', tag, count=1)
    return re.sub(rb"\s*(/?>)$", lambda end: b" " + name + b'="' + value + b'"' + end[1], tag)


def without_attribute(tag: bytes, name: bytes) -> bytes:
    """Return a start tag without the attribute."""
    return _attribute(name).sub(b"", tag, count=1)


def without_phonetic(xml: bytes) -> bytes:
    """Return the XML of a text without the readings (`rPh`) that stand beside its characters."""
    before, *readings = _READING.split(xml)
    rest = []
    for reading in readings:
        end = _READING_END.search(reading)
        if end is None:
            raise ValueError("a phonetic reading does not end")
        rest.append(reading[end.end() :])
    return b"".join([before, *rest])


def escape(text: str) -> bytes:
    """Return text as XML character data (good inside double quotes too)."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace('"', "&quot;").encode()


def unescape(data: bytes) -> str:
    """Return the text of XML character data."""
    text = data.decode()
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    return _ENTITY.sub(_character, text) if "&" in text else text


def write_text(text: str) -> str:
    """Return text as spreadsheets store it: what XML forbids, and what looks like its escape, as `_xHHHH_`.

    >>> write_text("a_x0041_ b\\x07")
    'a_x005F_x0041_ b_x0007_'
    """
    if "_x" in text:
        text = _LOOKS_ESCAPED.sub("_x005F_", text)
    if text.isprintable():  # so nothing that XML forbids is in it
        return text
    text = text.replace("\r\n", "\n").replace("\r", "_x000D_")
    return _FORBIDDEN.sub(lambda found: f"_x{ord(found[0]):04X}_", text)


def read_text(text: str) -> str:
    """Return the text that `write_text` stored.

    >>> read_text("a_x005F_x0041_ b_x0007_") == "a_x0041_ b\\x07"
    True
    """
    if "_x" not in text:
        return text
    text = _ESCAPED.sub(lambda found: chr(int(found[1], 16)), text)
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")  # two halves are one character


@lru_cache
def _attribute(name: bytes) -> re.Pattern[bytes]:
    return re.compile(rb"\s" + name + rb"\s*=\s*(?:\"([^\"]*)\"|'([^']*)')")


def _character(found: re.Match[str]) -> str:
    if found[3]:
        return _NAMED[found[3]]
    return chr(int(found[1], 16)) if found[1] else chr(int(found[2]))
