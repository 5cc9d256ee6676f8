"""What points at a table's cells, and making it follow when the table grows or shrinks.

Excel moves along everything that covers exactly the rows of a table (with or without its header): charts, formats,
validation, sparklines, names, formulas, pivot sources. The same is done here, part by part; a part in which nothing
points at the table is not written.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from functools import reduce
from typing import Any

from lxml import etree

from kpixl.xlsx.address import Area, address, column_letters
from kpixl.xlsx.formulas import rewrite_ranges
from kpixl.xlsx.growth import Growth
from kpixl.xlsx.markup import children, escape, parse, root_namespace, serialize, unescape, utf8
from kpixl.xlsx.receipt import Followed
from kpixl.xlsx.sheet import Sheet
from kpixl.xlsx.workbook import Workbook

__all__ = ["follow", "print_wider"]

_PRINT_AREA = "_xlnm.Print_Area"
_FORMULAS = {"formula", "formula1", "formula2", "f"}
_HOLDERS = ("drawingml.chart+xml", "ms-office.chartex+xml", "controlproperties+xml", "officedocument.drawing+xml")
_LISTED = ("fmlaRange", "cellRange")  # what a form control lists, what a camera shows
_MAY_POINT = re.compile(rb"![$A-Za-z]|fmlaRange|cellRange")
_BOXES = re.compile(rb"(<(?:\w+:)?(?:FmlaRange|FmlaPict)>)([^<]+)(</)")


def follow(workbook: Workbook, growths: Sequence[Growth]) -> Iterator[Followed]:
    """Make everything in the workbook follow the tables that changed their rows, and yield what did."""
    growths = [growth for growth in growths if growth.last != growth.new_last]
    if not growths:
        return
    for name in workbook.name_elements():
        printed = name.get("name") == _PRINT_AREA
        text = reduce(lambda text, growth: growth.formula(text, None, rows=printed), growths, name.text or "")
        text = _printed(workbook, text, growths) if printed else text
        if text != name.text:
            yield Followed(name.get("name", ""), name.text or "", text)
            name.text = text
            workbook.changed()
    for sheet in _sheets_that_mention(workbook, growths):
        yield from _follow_formulas(sheet, growths)
        yield from _follow_frame(sheet, growths)
    for part in [part for kind in _HOLDERS for part in workbook.parts.of_type(kind)]:
        yield from _follow_part(workbook, part, growths)
    for part in workbook.parts.of_type("vmlDrawing"):
        yield from _follow_boxes(workbook, part, growths)
    for part in workbook.parts.of_type("pivotCacheDefinition+xml"):
        yield from _follow_pivot(workbook, part, growths)
    for table in workbook.tables.values():
        yield from _follow_table(workbook, table.part, table.sheet, growths)


def print_wider(workbook: Workbook, sheet: str, held: Area, right: int) -> None:
    """Have a print area that holds a whole area of a sheet end at a column further right."""

    def change(title: str | None, cells: str) -> str | None:
        area = Area.find(cells)
        if area is None or title is None or title.casefold() != sheet.casefold() or right <= area.right:
            return None
        if not (area.holds(held.left, held.top) and area.holds(held.right, held.bottom)):
            return None
        return f"${column_letters(area.left)}${area.top}:${column_letters(right)}${area.bottom}"

    for name in workbook.name_elements():
        text = rewrite_ranges(name.text or "", change) if name.get("name") == _PRINT_AREA else name.text
        if text != name.text:
            name.text = text
            workbook.changed()


def _printed(workbook: Workbook, text: str, growths: Sequence[Growth]) -> str:
    """Return a print area that still holds the tables that it held whole; one that cuts through a table stays."""

    def change(title: str | None, cells: str) -> str | None:
        area = Area.find(cells)
        held = [growth for growth in growths if area and title and growth.held_by(title, area)]
        if area is None or title is None or not held:
            return None
        bottom = max(area.bottom, *(growth.end for growth in held))
        if bottom == area.bottom and any(growth.old_end == area.bottom for growth in held):
            sheet = workbook.sheet(next(name for name in workbook.worksheets if name.casefold() == title.casefold()))
            contents = ((row, sheet.reader.content(cell)) for _, row, cell in sheet.rows.occupied(area))
            filled = (row for row, content in contents if content.kind or content.formula is not None)
            bottom = max(*(growth.end for growth in held), *filled)
        first, last = (f"${column_letters(column)}$" for column in (area.left, area.right))
        return None if bottom == area.bottom else f"{first}{area.top}:{last}{bottom}"

    return rewrite_ranges(text, change)


def _sheets_that_mention(workbook: Workbook, growths: Sequence[Growth]) -> Iterable[Sheet]:
    for name in workbook.worksheets:
        if name in workbook.loaded:
            yield workbook.sheet(name)
            continue
        glance = workbook.glance(name)
        if glance is None or any(glance.names_sheet(growth.sheet) for growth in growths):
            yield workbook.sheet(name)


def _follow_formulas(sheet: Sheet, growths: Sequence[Growth]) -> Iterator[Followed]:
    here = [growth for growth in growths if growth.sheet.casefold() == sheet.name.casefold()]

    def changed(column: int, row: int, text: str) -> str:
        for growth in growths:
            inside = row if growth in here and growth.left <= column <= growth.right else None
            text = growth.formula(text, sheet.name, row=inside)
        return text

    for shared in sheet.shared_formulas():
        if any(changed(column, row, text) != text for column, row, text in sheet.shared_texts(shared)):
            sheet.share_no_more(shared)
    found = [
        (column, row, formula.text, text)
        for column, row, formula in sheet.rows.formulas()
        if formula.text and (row, column) not in sheet.written
        if (text := changed(column, row, formula.text)) != formula.text
    ]
    for column, row, before, text in found:
        yield Followed(f"{sheet.name}!{address(column, row)}", before, text)
        cells = sheet.rows.edit(row)
        cells[column] = sheet.reader.with_formula(cells[column], text)


def _follow_frame(sheet: Sheet, growths: Sequence[Growth]) -> Iterator[Followed]:
    """Formats, validation, sparklines and the like: areas of this sheet, and formulas about any."""

    def texts(text: str) -> str:
        return reduce(lambda text, growth: growth.formula(text, sheet.name), growths, text)

    def areas(text: str) -> str:
        here = (growth for growth in growths if growth.sheet.casefold() == sheet.name.casefold())
        return reduce(lambda text, growth: growth.areas(text), here, text)

    consolidated = list(_sources(sheet.frame.tree, "dataRef", sheet.name, growths))
    sheet.frame.changed |= bool(consolidated)
    yield from consolidated
    for element in sheet.frame.tree.iter():
        kind = etree.QName(element).localname if isinstance(element.tag, str) else "selection"
        if kind == "selection":
            continue
        old = element.text or "", element.get("sqref", ""), element.get("val", "")
        new = (
            texts(old[0]) if kind in _FORMULAS else areas(old[0]) if kind == "sqref" else old[0],
            areas(old[1]),
            texts(old[2]) if kind == "cfvo" and element.get("type") == "formula" else old[2],
        )
        if new != old:
            yield from (Followed(sheet.name, *both) for both in zip(old, new, strict=True) if both[0] != both[1])
            sheet.frame.changed = True
            element.text = new[0] or None
            for name, value in zip(("sqref", "val"), new[1:], strict=True):
                if value:
                    element.set(name, value)


def _follow_part(workbook: Workbook, part: str, growths: Sequence[Growth]) -> Iterator[Followed]:
    """A chart or a form control: formulas as text of `f`, or as attributes."""
    xml = workbook.parts.read(part)
    if not _MAY_POINT.search(utf8(xml)):
        return
    root = parse(xml)

    def new(text: str) -> str:
        return reduce(lambda text, growth: growth.formula(text, None, column=True), growths, text)

    changed = False
    for element in root.iter():
        if not isinstance(element.tag, str):
            continue
        written = element.text if etree.QName(element).localname in ("f", "sqref") else None
        if written and new(written) != written:
            yield Followed(part, written, new(written))
            element.text, changed = new(written), True
        for name in _LISTED:
            listed = element.get(name)
            if listed and new(listed) != listed:
                yield Followed(part, listed, new(listed))
                element.set(name, new(listed))
                changed = True
    if changed:
        workbook.parts.write(part, serialize(root))


def _follow_boxes(workbook: Workbook, part: str, growths: Sequence[Growth]) -> Iterator[Followed]:
    """Form controls and cameras as Excel up to 2007 reads them: VML, which need not be well-formed and stays bytes."""
    old, followed = utf8(workbook.parts.read(part)), []

    def changed(found: re.Match[bytes]) -> bytes:
        before = unescape(found[2])
        text = reduce(lambda text, growth: growth.formula(text, None, column=True), growths, before)
        if text == before:
            return found[0]
        followed.append(Followed(part, before, text))
        return found[1] + escape(text) + found[3]

    new = _BOXES.sub(changed, old)
    if followed:
        yield from followed
        workbook.parts.write(part, new)


def _follow_table(workbook: Workbook, part: str, sheet: str, growths: Sequence[Growth]) -> Iterator[Followed]:
    root = parse(workbook.parts.read(part))
    changed = False
    for columns in children(root, "tableColumns"):
        for column in children(columns, "tableColumn"):
            for formula in column:
                old = formula.text or ""
                text = reduce(lambda text, growth: growth.formula(text, sheet), growths, old)
                if text != old:
                    yield Followed(part, old, text)
                    formula.text, changed = text, True
    if changed:
        workbook.parts.write(part, serialize(root))


def _follow_pivot(workbook: Workbook, part: str, growths: Sequence[Growth]) -> Iterator[Followed]:
    root = parse(workbook.parts.read(part))
    followed = [found for kind in ("worksheetSource", "rangeSet") for found in _sources(root, kind, part, growths)]
    if followed:
        yield from followed
        workbook.parts.write(part, serialize(root))


def _sources(root: Any, kind: str, where: str, growths: Sequence[Growth]) -> Iterator[Followed]:
    """Elements that name a sheet and an area of it: sources of pivot tables and of consolidated sheets."""
    for source in root.iter(f"{root_namespace(root)}{kind}"):
        here = [growth for growth in growths if growth.sheet.casefold() == source.get("sheet", "").casefold()]
        old = source.get("ref", "")
        new = reduce(lambda text, growth: growth.areas(text), here, old)
        if new != old:
            yield Followed(where, old, new)
            source.set("ref", new)
