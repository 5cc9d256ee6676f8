"""Copies of cells' values: charts keep one of the values they draw, pivot tables one of their source.

After a change the copies in charts are made anew from the cells, or dropped where it cannot be told which cells they
are of; pivot tables are asked to refresh when the workbook opens.
"""

from collections.abc import Iterator
from typing import Any

from lxml import etree

from kpixl.xlsx.address import Area
from kpixl.xlsx.cells import Value
from kpixl.xlsx.changes import Changes, Place
from kpixl.xlsx.formulas import Name, precedents
from kpixl.xlsx.markup import children, parse, root_namespace, serialize, unescape, utf8
from kpixl.xlsx.reach import Reach
from kpixl.xlsx.workbook import Workbook

__all__ = ["refresh_views"]

_COPIES = ("numCache", "strCache", "multiLvlStrCache", "dlblRangeCache", "lvl")


def refresh_views(workbook: Workbook, changes: Changes, reach: Reach) -> None:
    """Bring the charts' copies up to date and have the pivot tables refreshed, where changed cells are shown."""
    if not changes.sheets:
        return
    words = {*(sheet.replace("'", "''") for sheet in changes.sheets), *reach.words(changes), "offset", "indirect"}
    for part in [*workbook.parts.of_type("drawingml.chart+xml"), *workbook.parts.of_type("ms-office.chartex+xml")]:
        xml = workbook.parts.read(part)
        text = unescape(utf8(xml)).casefold()
        if not any(word in text for word in words):
            continue
        root = parse(xml)
        formulas = [element for element in root.iter("{*}f") if isinstance(element.tag, str)]
        if [_copied(workbook, reach, changes, formula) for formula in formulas].count(True):
            workbook.parts.write(part, serialize(root))
    for part in list(workbook.parts.of_type("pivotCacheDefinition+xml")):
        root = parse(workbook.parts.read(part))
        shown = any(changes.touch(place) for place in _sources(reach, root))
        if shown and root.get("refreshOnLoad") not in ("1", "true"):
            root.set("refreshOnLoad", "1")
            workbook.parts.write(part, serialize(root))


def _sources(reach: Reach, root: Any) -> Iterator[Place]:
    kinds = [f"{root_namespace(root)}{kind}" for kind in ("worksheetSource", "rangeSet")]
    for source in root.iter(*kinds):
        sheet, ref, name = source.get("sheet", ""), source.get("ref"), source.get("name", "")
        if ref and (area := Area.find(ref)):
            yield sheet.casefold(), area
        else:
            yield from reach.places(Name(None, name.casefold()), sheet.casefold(), 0, 0)


def _copied(workbook: Workbook, reach: Reach, changes: Changes, formula: Any) -> bool:
    """Make the copy of the values that `formula` names anew; return whether there was something to do."""
    text = formula.text or ""
    if not any(changes.touch(place) for read in precedents(text, 0, 0) for place in reach.places(read, "", 0, 0)):
        return False
    holder = formula.getparent()
    copies = [copy for copy in holder if isinstance(copy.tag, str) and etree.QName(copy).localname in _COPIES]
    places = reach.listed(text)
    if places is None or any(area.left != area.right and area.top != area.bottom for _, area in places):
        for copy in copies:
            holder.remove(copy)
        return bool(copies)
    values = [value for place in places for value in _values(workbook, place)]
    for copy in copies:
        if etree.QName(copy).localname == "lvl":
            _fill_extended(copy, values, numbers=etree.QName(holder).localname == "numDim")
        else:
            _fill_chart(copy, values, numbers=etree.QName(copy).localname == "numCache")
    return bool(copies)


def _values(workbook: Workbook, place: Place) -> Iterator[Value]:
    name, area = place
    sheet = workbook.sheet(next(sheet for sheet in workbook.worksheets if sheet.casefold() == name))
    for row in range(area.top, min(area.bottom, sheet.rows.last()) + 1):
        for column in range(area.left, area.right + 1):
            yield sheet.value(column, row)


def _fill_chart(copy: Any, values: list[Value], *, numbers: bool) -> None:
    for old in list(children(copy, "pt")):
        copy.remove(old)
    for total in children(copy, "ptCount"):
        total.set("val", str(len(values)))
        for index, text in reversed(list(_points(values, numbers=numbers))):
            point = etree.Element(f"{root_namespace(total)}pt", idx=str(index))
            etree.SubElement(point, f"{root_namespace(total)}v").text = text
            total.addnext(point)


def _fill_extended(copy: Any, values: list[Value], *, numbers: bool) -> None:
    for old in list(copy):
        copy.remove(old)
    copy.set("ptCount", str(len(values)))
    for index, text in _points(values, numbers=numbers):
        etree.SubElement(copy, f"{root_namespace(copy)}pt", idx=str(index)).text = text


def _points(values: list[Value], *, numbers: bool) -> Iterator[tuple[int, str]]:
    for index, value in enumerate(values):
        if isinstance(value, float):
            yield index, repr(value).removesuffix(".0")
        elif value is not None and not numbers:
            yield index, str(value)
