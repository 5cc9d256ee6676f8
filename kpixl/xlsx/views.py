"""What shows cells without being one: charts keep a copy of the values they draw, pivot tables one of their source.

After a change the copies in charts are made anew from the cells, and pivot tables are asked to refresh when the
workbook opens.
"""

from collections.abc import Iterable, Iterator
from typing import Any

from lxml import etree

from kpixl.xlsx.address import Area
from kpixl.xlsx.cells import Value
from kpixl.xlsx.changes import Changes
from kpixl.xlsx.formulas import CellRange, precedents
from kpixl.xlsx.markup import children, parse, root_namespace, serialize, unescape, utf8
from kpixl.xlsx.workbook import Workbook

__all__ = ["refresh_views"]

_COPIES = ("numCache", "strCache", "dlblRangeCache")


def refresh_views(workbook: Workbook, changes: Changes) -> None:
    """Bring the charts' copies up to date and have the pivot tables refreshed, where changed cells are shown."""
    if not changes.sheets:
        return
    for part in [*workbook.parts.of_type("drawingml.chart+xml"), *workbook.parts.of_type("ms-office.chartex+xml")]:
        xml = workbook.parts.read(part)
        if not _names_sheet(xml, changes.sheets):
            continue
        root = parse(xml)
        formulas = [element for element in root.iter("{*}f") if isinstance(element.tag, str)]
        if [_copied(workbook, changes, formula) for formula in formulas].count(True):
            workbook.parts.write(part, serialize(root))
    for part in list(workbook.parts.of_type("pivotCacheDefinition+xml")):
        root = parse(workbook.parts.read(part))
        shown = any(changes.touch(place) for place in _sources(workbook, root))
        if shown and root.get("refreshOnLoad") not in ("1", "true"):
            root.set("refreshOnLoad", "1")
            workbook.parts.write(part, serialize(root))


def _names_sheet(xml: bytes, sheets: Iterable[str]) -> bool:
    text = unescape(utf8(xml)).casefold()
    return any(sheet.replace("'", "''") in text for sheet in sheets)


def _sources(workbook: Workbook, root: Any) -> Iterator[tuple[str, Area]]:
    tables = {table.name.casefold(): table for table in workbook.tables.values()}
    for source in root.iter(f"{root_namespace(root)}worksheetSource"):
        sheet, ref, name = source.get("sheet", ""), source.get("ref"), source.get("name", "").casefold()
        if ref and (area := Area.find(ref)):
            yield sheet.casefold(), area
        elif name in tables:
            yield tables[name].sheet.casefold(), Area.parse(tables[name].ref)
        else:
            texts = [
                element.text or "" for element in workbook.name_elements() if element.get("name", "").casefold() == name
            ]
            yield from (place for text in texts if (place := _place(text)) is not None)


def _place(text: str) -> tuple[str, Area] | None:
    """The one range that a chart or a name refers to, or None."""
    found = precedents(text.strip("()"), 0, 0)
    if len(found) != 1 or not isinstance(found[0], CellRange):
        return None
    sheet, left, top, right, bottom = found[0]
    if sheet is None:
        return None
    return sheet.casefold(), Area(left[1], top[1], right[1], bottom[1])


def _copied(workbook: Workbook, changes: Changes, formula: Any) -> bool:
    """Make the copy of the values that `formula` names anew; return whether there was something to do."""
    place = _place(formula.text or "")
    if place is None or not changes.touch(place):
        return False
    name, area = place
    sheet = next(sheet for sheet in workbook.loaded.values() if sheet.name.casefold() == name)
    holder = formula.getparent()
    copies = {etree.QName(copy).localname: copy for copy in holder if isinstance(copy.tag, str)}
    if area.left != area.right and area.top != area.bottom:
        levels = [copy for kind, copy in copies.items() if kind in ("multiLvlStrCache", "lvl")]
        for level in levels:
            holder.remove(level)
        return bool(levels)
    values = [
        sheet.value(column, row)
        for row in range(area.top, min(area.bottom, sheet.rows.last()) + 1)
        for column in range(area.left, area.right + 1)
    ]
    for kind, copy in copies.items():
        if kind in _COPIES:
            _fill_chart(copy, values, numbers=kind.startswith("num"))
            return True
        if kind == "lvl":
            _fill_extended(copy, values, numbers=etree.QName(holder).localname == "numDim")
            return True
    return False


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
