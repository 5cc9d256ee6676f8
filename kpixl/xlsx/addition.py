"""What a workbook did not have: a table, columns at the right end of a table, a defined name.

They are put only where nothing stands: no content, no table, no merged cells, no formula that fills several cells, and
nothing drawn over the cells. Everything that is there keeps its place.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, NamedTuple

from lxml import etree

from kpixl.errors import WorkbookRefused
from kpixl.xlsx.address import Area, address
from kpixl.xlsx.markup import children, parse, read_text, root_namespace, serialize, write_text
from kpixl.xlsx.sheet import Sheet
from kpixl.xlsx.table import Table, read_table
from kpixl.xlsx.table_rows import most_common
from kpixl.xlsx.workbook import Workbook

__all__ = [
    "NewColumn",
    "add_columns",
    "add_table",
    "column_formulas",
    "define_name",
    "obstacle",
    "set_formulas",
    "taken",
    "widen",
]

_TABLE = "application/vnd.openxmlformats-officedocument.spreadsheetml.table+xml"
_NAME = re.compile(r"[^\W\d]\w*")


class NewColumn(NamedTuple):
    """A column that a table is to have: its heading, its formula if it is computed, the styles of its cells.

    `head` and `body` are style indices (see `Package.style`), None for none.
    """

    heading: str
    formula: str | None = None
    head: bytes | None = None
    body: bytes | None = None


def obstacle(workbook: Workbook, name: str, area: Area) -> str:
    """Return the first thing that stands in an area of a sheet, "" where it is free."""
    sheet = workbook.sheet(name)
    for column, row, cell in sheet.rows.occupied(area):
        content = sheet.reader.content(cell)
        if content.kind or content.formula is not None:
            return address(column, row)
    for table in workbook.tables.values():
        if table.sheet == name and Area.parse(table.ref).overlaps(area):
            return table.name
    taken = [*sheet.frame.merges, *sheet.fills, *_drawn(workbook, name)]
    return next((str(other) for other in taken if other.overlaps(area)), "")


def add_table(workbook: Workbook, sheet: str, name: str, at: str, columns: Sequence[NewColumn]) -> Table:
    """Add a table with one empty row; its headings begin at `at`, where nothing may stand."""
    left, top, *_ = Area.parse(at)
    area = Area(left, top, left + len(columns) - 1, top + 1)
    _require_free(workbook, sheet, name, area)
    if name.casefold() in taken(workbook) or not _NAME.fullmatch(name):
        raise WorkbookRefused("xlsx_table_name", name=name)
    promised = {relation.target for part in workbook.worksheets.values() for relation in workbook.parts.related(part)}
    part = workbook.parts.free_name(workbook.beside("tables/table{}.xml"), promised)
    space = root_namespace(workbook.tree).strip("{}")
    tree = etree.Element(f"{{{space}}}table", nsmap={None: space})
    ids = [int(parse(workbook.parts.read(table.part)).get("id", "0")) for table in workbook.tables.values()]
    number = max(ids, default=0) + 1
    for key, value in {"id": number, "name": name, "displayName": name, "ref": area, "totalsRowShown": 0}.items():
        tree.set(key, str(value))
    listed = etree.SubElement(tree, f"{{{space}}}tableColumns", count="0")
    _list(listed, columns)
    shown = dict.fromkeys(("showFirstColumn", "showLastColumn", "showColumnStripes"), "0")
    etree.SubElement(tree, f"{{{space}}}tableStyleInfo", **shown, showRowStripes="0")
    page = workbook.sheet(sheet)
    _fill(page, area, columns, body=Area(left, top + 1, area.right, top + 1))
    workbook.parts.add(part, serialize(tree), _TABLE)
    workbook.list_table(sheet, part)
    workbook.tables[name] = read_table(part, sheet, tree)
    return workbook.tables[name]


def add_columns(workbook: Workbook, table: Table, columns: Sequence[NewColumn]) -> Table:
    """Append columns to a table, whose cells right of it must be free; nothing stands in them yet."""
    area, body = Area.parse(table.ref), table.body_area
    new = Area(area.right + 1, area.top, area.right + len(columns), area.bottom)
    _require_free(workbook, table.sheet, table.name, new)
    known = {heading.casefold() for heading in table.columns}
    for column in columns:
        if column.heading.casefold() in known or not table.header:
            raise WorkbookRefused("xlsx_column_name", table=table.name, name=column.heading)
    tree = parse(workbook.parts.read(table.part))
    ref = Area(area.left, area.top, new.right, area.bottom)
    tree.set("ref", str(ref))
    for found in children(tree, "autoFilter"):
        filtered = Area.parse(found.get("ref", table.ref))
        found.set("ref", str(Area(*filtered[:2], new.right, filtered.bottom)))
    for listed in children(tree, "tableColumns"):
        _list(listed, columns)
    _fill(workbook.sheet(table.sheet), new, columns, body=Area(new.left, body.top, new.right, body.bottom))
    workbook.parts.write(table.part, serialize(tree))
    workbook.tables[table.name] = replace(
        table, ref=str(ref), columns=(*table.columns, *(column.heading for column in columns))
    )
    return workbook.tables[table.name]


def column_formulas(workbook: Workbook, table: Table) -> dict[str, str]:
    """Return the formulas of a table's calculated columns by heading.

    Where the table does not say that a column is calculated, it is the formula that most of its cells have, if any.
    """
    sheet, body = workbook.sheet(table.sheet), table.body_area
    found: dict[str, str] = {}
    for place, element in enumerate(_elements(parse(workbook.parts.read(table.part)))):
        said = next(children(element, "calculatedColumnFormula"), None)
        held = (sheet.own_formula(body.left + place, row) for row in range(body.top, body.bottom + 1))
        text = most_common(held) if said is None else read_text(said.text or "")
        if text:
            found[table.columns[place]] = text
    return found


def set_formulas(workbook: Workbook, table: Table, formulas: Mapping[str, str]) -> None:
    """Give columns of a table, by heading, the formula that new rows get."""
    tree = parse(workbook.parts.read(table.part))
    changed = False
    for heading, element in zip(table.columns, _elements(tree), strict=True):
        if heading in formulas:
            changed |= _give_formula(element, formulas[heading])
    if changed:
        workbook.parts.write(table.part, serialize(tree))


def define_name(workbook: Workbook, name: str, text: str) -> None:
    """Define a name of the whole workbook; `text` is what it stands for, without the leading `=`."""
    if name.casefold() in taken(workbook) or not _NAME.fullmatch(name):
        raise WorkbookRefused("xlsx_table_name", name=name)
    workbook.add_name(name, text)


def taken(workbook: Workbook) -> set[str]:
    """Return what tables and names are called, without regard to case."""
    names = {element.get("name", "").casefold() for element in workbook.name_elements()}
    return names | {name.casefold() for name in workbook.tables}


def widen(sheet: Sheet, widths: Mapping[int, float]) -> None:
    """Make columns of a sheet at least so wide; those that share their width with others stay as they are."""
    tree = sheet.frame.tree
    space = root_namespace(tree)
    listed = next(children(tree, "cols"), None)
    if listed is None:
        listed = etree.Element(f"{space}cols")
        next(children(tree, "sheetData")).addprevious(listed)
    for number, width in sorted(widths.items()):
        there = list(children(listed, "col"))
        own = next((one for one in there if int(one.get("min", "0")) <= number <= int(one.get("max", "0"))), None)
        if own is None:
            own = etree.Element(f"{space}col", min=str(number), max=str(number))
            after = next((one for one in there if int(one.get("min", "0")) > number), None)
            if after is None:
                listed.append(own)
            else:
                after.addprevious(own)
        if own.get("min") == own.get("max") and float(own.get("width", "0")) < width:
            own.set("width", str(width))
            own.set("customWidth", "1")
            sheet.frame.changed = True


def _require_free(workbook: Workbook, sheet: str, name: str, area: Area) -> None:
    found = obstacle(workbook, sheet, area)
    if found:
        raise WorkbookRefused("xlsx_no_room", table=name, sheet=sheet, area=str(area), obstacle=found)


def _elements(tree: Any) -> list[Any]:
    return [element for listed in children(tree, "tableColumns") for element in children(listed, "tableColumn")]


def _list(listed: Any, columns: Sequence[NewColumn]) -> None:
    """Append columns to those that a table part lists."""
    space = root_namespace(listed)
    there = list(children(listed, "tableColumn"))
    first = 1 + max((int(element.get("id", "0")) for element in there), default=0)
    for number, column in enumerate(columns, first):
        element = etree.SubElement(listed, f"{space}tableColumn", id=str(number), name=write_text(column.heading))
        if column.formula is not None:
            _give_formula(element, column.formula)
    listed.set("count", str(len(there) + len(columns)))


def _give_formula(element: Any, formula: str) -> bool:
    """Write a column's formula into its element, and say whether it had another."""
    text = write_text(formula)
    own = next(children(element, "calculatedColumnFormula"), None)
    if own is not None and own.text == text and own.get("array") is None:
        return False
    if own is not None:
        element.remove(own)
    own = etree.Element(f"{root_namespace(element)}calculatedColumnFormula")
    own.text = text
    element.insert(0, own)
    return True


def _fill(sheet: Sheet, area: Area, columns: Sequence[NewColumn], *, body: Area) -> None:
    """Write the headings, and give the cells below them their style."""
    with sheet.whole_or_nothing():
        for column, new in enumerate(columns, area.left):
            sheet.write(column, area.top, new.heading, new.head)
            for row in range(body.top, body.bottom + 1):
                sheet.write(column, row, None, new.body)


def _drawn(workbook: Workbook, name: str) -> list[Area]:
    """Return the areas that charts, pictures and shapes of a sheet cover; one whose end is not told covers its cell."""
    drawings = (one for one in workbook.parts.related(workbook.worksheets[name]) if one.kind == "drawing")
    areas = []
    for drawing in drawings:
        if workbook.parts.has(drawing.target):
            for anchor in parse(workbook.parts.read(drawing.target)):
                corners = [_corner(anchor, kind) for kind in ("from", "to")]
                if corners[0] is not None:
                    areas.append(Area(*corners[0], *(corners[1] or corners[0])))
    return areas


def _corner(anchor: Any, kind: str) -> tuple[int, int] | None:
    for corner in children(anchor, kind):
        found = {etree.QName(one).localname: one.text for one in corner if isinstance(one.tag, str)}
        return int(found["col"] or 0) + 1, int(found["row"] or 0) + 1
    return None
