"""Excel tables: what one is, and giving it other rows without losing what the user keeps in it.

The caller owns some columns; the others are the user's, and their cells travel with the row they belong to. A table
grows into free cells only, takes its totals row along, and leaves the cells it no longer needs empty.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from kpixl.errors import WorkbookRefused
from kpixl.xlsx.address import Area, address
from kpixl.xlsx.cells import Cached, Formula, Written
from kpixl.xlsx.formulas import shift
from kpixl.xlsx.growth import Growth
from kpixl.xlsx.markup import children, read_text
from kpixl.xlsx.sheet import Sheet

__all__ = ["Table", "most_common", "read_table", "replace_rows", "resize"]


@dataclass(frozen=True)
class Table:
    """An Excel table: its name, where it stands, its column headings, and its part in the package.

    `ref` covers the header and totals rows where there are some; `body` only the rows between them. `sums` are the
    headings of the columns whose total is their sum.
    """

    name: str
    sheet: str
    ref: str
    columns: tuple[str, ...]
    header: bool
    totals: bool
    part: str
    sums: tuple[str, ...] = ()

    @property
    def body(self) -> str:
        """The area of the rows, without header and totals."""
        return str(self.body_area)

    @property
    def body_area(self) -> Area:
        """The area of the rows, as numbers."""
        left, top, right, bottom = Area.parse(self.ref)
        return Area(left, top + self.header, right, bottom - self.totals)


def read_table(part: str, sheet: str, tree: Any) -> Table:
    """Return what a table part says; ValueError when it does not hold together."""
    table = Table(
        name=tree.get("displayName") or tree.get("name") or "",
        sheet=sheet,
        ref=tree.get("ref", ""),
        columns=tuple(read_text(column.get("name", "")) for column in _columns(tree)),
        header=tree.get("headerRowCount", "1") != "0",
        totals=tree.get("totalsRowCount", "0") not in ("0", ""),
        part=part,
        sums=tuple(
            read_text(column.get("name", "")) for column in _columns(tree) if column.get("totalsRowFunction") == "sum"
        ),
    )
    body = table.body_area
    if len(table.columns) != body.right - body.left + 1 or body.top > body.bottom:
        raise ValueError(f"table {table.name}: {len(table.columns)} columns in {table.ref}")
    return table


def replace_rows(
    sheet: Sheet,
    table: Table,
    tree: Any,
    *,
    neighbours: Iterable[Table],
    columns: Sequence[str],
    rows: Sequence[Sequence[Written]],
    sources: Sequence[int | None],
) -> Growth:
    """Give the table other rows in its sheet (not yet in its part), and return how it grew.

    `sources[i]` is the index of the old row whose cells in the user's columns row i takes over, None for a new row.
    """
    body, area = table.body_area, Area.parse(table.ref)
    bottom = body.top + max(1, len(rows)) - 1
    _make_room(sheet, table, neighbours, bottom + table.totals)
    places = _places(table, columns)
    if bottom != body.bottom or any(source != index for index, source in enumerate(sources)):
        _share_no_more(sheet, Area(*area[:3], max(area.bottom, bottom)))
    old = {row - body.top: _body_cells(sheet, area, row) for row in sheet.rows.within(body)}
    totals = _body_cells(sheet, area, area.bottom) if table.totals else {}
    new = _NewRows(sheet, body, tree, old)
    for index in range(max(1, len(rows))):
        source = sources[index] if index < len(rows) else None
        given = dict(zip(places, rows[index], strict=True)) if index < len(rows) else dict.fromkeys(places)
        for column in range(area.left, area.right + 1):
            row = body.top + index
            if source is None:
                new.write(column, row, given)
                continue
            if source != index:
                sheet.place(column, row, _travelled(sheet, old.get(source, {}).get(column), index - source))
            if column in given:
                sheet.write(column, row, given[column])
    gone = Area(body.left, bottom + 1, body.right, body.bottom)
    for row in sheet.rows.within(gone):
        for column in range(area.left, area.right + 1):
            sheet.write(column, row, None)
    if table.totals and bottom != body.bottom:
        for column in range(area.left, area.right + 1):
            if bottom < body.bottom:
                sheet.place(column, area.bottom, None)
            sheet.place(column, bottom + 1, totals.get(column))
    return Growth(
        sheet=table.sheet,
        left=area.left,
        right=area.right,
        header=area.top if table.header else None,
        first=body.top,
        last=body.bottom,
        totals=area.bottom if table.totals else None,
        new_last=bottom,
        travelled=_travels(table, bottom, sources),
    )


def resize(tree: Any, table: Table, growth: Growth) -> Table:
    """Write the new area into the table's part, and return the table as it is now."""
    area = Area.parse(table.ref)
    ref = str(Area(*area[:3], growth.new_last + table.totals))
    tree.set("ref", ref)
    for name in ("insertRow", "insertRowShift"):
        tree.attrib.pop(name, None)
    for element in tree.iter():
        if element is not tree and isinstance(element.tag, str) and element.get("ref"):
            element.set("ref", growth.areas(element.get("ref")))
    return replace(table, ref=ref)


def _travels(table: Table, bottom: int, sources: Sequence[int | None]) -> dict[int, int | None]:
    """Where the old rows now are; one that is gone is left in its place where nothing else comes to stand."""
    body, end = table.body_area, bottom + table.totals
    now: dict[int, int | None] = {row: row if row > end else None for row in range(body.top, body.bottom + 1)}
    now |= {body.top + source: body.top + index for index, source in enumerate(sources) if source is not None}
    if table.totals:
        now[body.bottom + 1] = end
    return {row: moved for row, moved in now.items() if moved != row}


def _columns(tree: Any) -> list[Any]:
    return [column for columns in children(tree, "tableColumns") for column in children(columns, "tableColumn")]


def _places(table: Table, columns: Sequence[str]) -> list[int]:
    known = {name: place for place, name in enumerate(table.columns, Area.parse(table.ref).left)}
    missing = [name for name in columns if name not in known]
    if missing:
        raise WorkbookRefused(
            "xlsx_no_column", table=table.name, name=", ".join(missing), known=", ".join(table.columns)
        )
    return [known[name] for name in columns]


def _make_room(sheet: Sheet, table: Table, neighbours: Iterable[Table], bottom: int) -> None:
    area = Area.parse(table.ref)
    if bottom > area.bottom:
        below = Area(area.left, area.bottom + 1, area.right, bottom)
        for column, row, cell in sheet.rows.occupied(below):
            content = sheet.reader.content(cell)
            if content.kind or content.formula is not None:
                raise _no_room(table, bottom, address(column, row))
        for other in neighbours:
            if other.sheet == table.sheet and other.name != table.name and Area.parse(other.ref).overlaps(below):
                raise _no_room(table, bottom, other.name)
        for merged in sheet.frame.merges:
            if merged.overlaps(below):
                raise _no_room(table, bottom, str(merged))
    for fill in sheet.fills:
        if fill.overlaps(Area(*area[:3], max(bottom, area.bottom))):
            raise _no_room(table, bottom, str(fill))


def _no_room(table: Table, bottom: int, obstacle: str) -> WorkbookRefused:
    area = Area.parse(table.ref)
    return WorkbookRefused(
        "xlsx_no_room",
        table=table.name,
        sheet=table.sheet,
        area=str(Area(*area[:3], bottom)),
        obstacle=obstacle,
    )


def _body_cells(sheet: Sheet, area: Area, row: int) -> dict[int, bytes]:
    return {column: cell for column, cell in sheet.rows.row(row).items() if area.left <= column <= area.right}


def _share_no_more(sheet: Sheet, area: Area) -> None:
    shared = {
        formula.shared
        for _, _, cell in sheet.rows.occupied(area)
        if (formula := sheet.reader.formula(cell)) is not None and formula.kind == "shared"
    }
    for group in shared:
        sheet.share_no_more(group)


class _NewRows:
    """Rows that a table did not have: they look like its last row, and calculated columns bring their formula.

    Where the table does not say that a column is calculated, a cell whose value alone is given gets the formula that
    most rows have, if it reads the same in every row.
    """

    def __init__(self, sheet: Sheet, body: Area, tree: Any, old: Mapping[int, Mapping[int, bytes]]) -> None:
        self._sheet = sheet
        self._bottom = body.bottom
        self._old = old
        self._last = old.get(body.bottom - body.top, {})
        self._styles = {column: sheet.style(column, body.bottom) for column in range(body.left, body.right + 1)}
        self._formulas = {
            column: read_text(formula.text)
            for column, element in enumerate(_columns(tree), body.left)
            for formula in children(element, "calculatedColumnFormula")
            if formula.text
        }
        self._placed = {column for column in self._formulas if self._depends_on_place(column)}
        self._searched: set[int] = set()

    def write(self, column: int, row: int, given: Mapping[int, Written]) -> None:
        """Write one cell: what is given, or the column's own formula (with the value that is given for it)."""
        value, style = given.get(column), self._styles[column] or b"0"
        self._sheet.place(column, row, None)
        if isinstance(value, Cached):
            self._search(column)
        if column in given and not isinstance(value, Cached):
            self._sheet.write(column, row, value, style)
        elif column not in self._formulas:
            self._sheet.write(column, row, None, style)
        elif column in self._placed:
            self._sheet.place(column, row, _travelled(self._sheet, self._last[column], row - self._bottom))
            if isinstance(value, Cached):
                self._sheet.write(column, row, value)
        else:
            cached = value.value if isinstance(value, Cached) else None
            self._sheet.write(column, row, Formula(self._formulas[column], cached), style)
            self._sheet.written.discard((row, column))

    def _search(self, column: int) -> None:
        """Look in the old rows for the formula of a column that the table does not say is calculated."""
        if column in self._formulas or column in self._searched:
            return
        self._searched.add(column)
        held = (self._sheet.reader.formula(cells[column]) for cells in self._old.values() if column in cells)
        text = most_common(None if formula is None else formula.text for formula in held)
        if text is not None and shift(text, 0, 1) == text:
            self._formulas[column] = text

    def _depends_on_place(self, column: int) -> bool:
        """Whether the last row's formula is the one to go on with: it names cells by place, or is an array formula."""
        formula = self._sheet.reader.formula(self._last[column]) if column in self._last else None
        if formula is None or formula.text is None:
            return False
        text = self._formulas[column]
        return formula.kind == "array" or shift(text, 0, 1) != text


def most_common(formulas: Iterable[str | None]) -> str | None:
    """Return the formula that most of the cells with a formula have, the first of equally frequent ones.

    >>> most_common(["A+B", None, "7", "A+B"])
    'A+B'
    """
    counted = Counter(formula for formula in formulas if formula is not None).most_common(1)
    return counted[0][0] if counted else None


def _travelled(sheet: Sheet, cell: bytes | None, rows: int) -> bytes | None:
    """The cell of a row that now stands so many rows further down; its relative references move along."""
    formula = None if cell is None else sheet.reader.formula(cell)
    if cell is None or formula is None or formula.text is None:
        return cell
    return sheet.reader.with_formula(cell, shift(formula.text, 0, rows))
