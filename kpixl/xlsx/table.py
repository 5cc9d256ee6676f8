"""Excel tables: what one is, and giving it other rows without losing what the user keeps in it.

The caller owns some columns; the others are the user's, and their cells travel with the row they belong to. A table
grows into free cells only, takes its totals row along, and leaves the cells it no longer needs empty.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from kpixl.errors import WorkbookRefused
from kpixl.xlsx.address import Area, address
from kpixl.xlsx.as_written import AsWritten
from kpixl.xlsx.cells import Written
from kpixl.xlsx.growth import Growth
from kpixl.xlsx.markup import children, read_text
from kpixl.xlsx.sheet import Sheet
from kpixl.xlsx.table_rows import NewRows, OldRows, cells_between, travelled

__all__ = ["Table", "read_table", "replace_rows", "resize", "rows_stand"]


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
    totals = cells_between(sheet, area, area.bottom) if table.totals else {}
    _write_rows(sheet, table, _columns(tree), places, rows, sources)
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


def rows_stand(sheet: Sheet, table: Table, columns: Sequence[str], rows: Sequence[Sequence[Written]]) -> bool:
    """Say whether the table has just these rows; the values of formulas count as given then."""
    body, places = table.body_area, _places(table, columns)
    if len(rows) != body.bottom - body.top + 1:
        return False
    as_written, before = AsWritten(sheet, places, body.top), (set(sheet.computed), set(sheet.written))
    for row, values in enumerate(rows, body.top):
        if not as_written.stands(row, values):
            given = dict(zip(places, values, strict=True))
            if not sheet.stands(row, given):
                sheet.computed, sheet.written = before
                return False
            as_written.learn(row, values)
    return True


def _write_rows(
    sheet: Sheet,
    table: Table,
    columns: Sequence[Any],
    places: Sequence[int],
    rows: Sequence[Sequence[Written]],
    sources: Sequence[int | None],
) -> None:
    """Write the rows of a table; one that stays in its place and holds already what is given is left as it is."""
    body, area = table.body_area, Area.parse(table.ref)
    across = range(area.left, area.right + 1)
    old = OldRows(sheet, area, body)
    if any(source not in (None, index) for index, source in enumerate(sources)):
        old.take_all()
    new, as_written = NewRows(sheet, body, columns, old), AsWritten(sheet, places, body.top)
    for index in range(max(1, len(rows))):
        source, row = sources[index] if index < len(rows) else None, body.top + index
        if source is not None and source == index and as_written.stands(row, rows[index]):
            continue
        given = dict(zip(places, rows[index], strict=True)) if index < len(rows) else dict.fromkeys(places)
        if source is None:
            for column in across:
                new.write(column, row, given)
        elif source == index and sheet.stands(row, given):
            as_written.learn(row, rows[index])
        else:
            for column in across:
                if source != index:
                    sheet.place(column, row, travelled(sheet, old.cells(source).get(column), index - source))
                if column in given:
                    sheet.write(column, row, given[column])


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


def _share_no_more(sheet: Sheet, area: Area) -> None:
    shared = {
        formula.shared
        for _, _, cell in sheet.rows.occupied(area)
        if (formula := sheet.reader.formula(cell)) is not None and formula.kind == "shared"
    }
    for group in shared:
        sheet.share_no_more(group)
