"""The titles of sheets as the file's properties list them (`docProps/app.xml`), for programs that read no more."""

from typing import Any

from lxml import etree

from kpixl.xlsx.markup import children, parse, serialize
from kpixl.xlsx.workbook import Workbook

__all__ = ["list_title"]

_KINDS = ("extended-properties", "extendedProperties")


def list_title(workbook: Workbook, name: str) -> None:
    """List the title of a worksheet that was put in; a list that did not have the titles before stays as it is."""
    related = (relation.target for relation in workbook.parts.related("") if relation.kind in _KINDS)
    part = next((target for target in related if workbook.parts.has(target)), None)
    if part is None:
        return
    root = parse(workbook.parts.read(part))
    titles, heads = _vector(root, "TitlesOfParts"), _vector(root, "HeadingPairs")
    counts = [] if heads is None else [count for variant in heads for count in variant if _local(count) == "i4"]
    if titles is None or not counts:
        return
    sheets = [title for title in workbook.sheets if title in workbook.worksheets]
    before = [title for title in sheets if title != name]
    for all_of_them in (before, [title for title in before if title in _shown(workbook)]):
        listed = [one.text or "" for one in titles][: len(all_of_them)]
        if listed == all_of_them and counts[0].text == str(len(all_of_them)):
            break
    else:
        return
    place = sum(title in all_of_them for title in sheets[: sheets.index(name)])
    new = etree.Element(titles[0].tag)
    new.text = name
    titles.insert(place, new)
    titles.set("size", str(len(titles)))
    counts[0].text = str(len(all_of_them) + 1)
    workbook.parts.write(part, serialize(root))


def _shown(workbook: Workbook) -> set[str]:
    """Return the titles of sheets that can be seen; some programs list no others."""
    return {title for title in workbook.sheets if not workbook.sheet_state(title)}


def _vector(root: Any, kind: str) -> Any:
    return next((vector for holder in children(root, kind) for vector in children(holder, "vector")), None)


def _local(element: Any) -> str:
    return etree.QName(element).localname if isinstance(element.tag, str) else ""
