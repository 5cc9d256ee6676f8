"""Migrate a workbook of an older kpixl: add what is missing, and renew kpixl's own formulas.

What is missing is found by comparing what the sheets describe with what the workbook holds, so there is no list of
what each version had. Everything that is there keeps its place. A sheet that is missing altogether is put in whole
(`kpixl.workbook.grafting`). A table is added at its usual place if that is free, else on an extra sheet at the end.
Columns are added at the right end of their table, else in a second table (`kpixl.workbook.apart`). A formula that
somebody changed or typed over is left alone.
"""

import re
from collections.abc import Iterator, Sequence

from kpixl.errors import WorkbookRefused
from kpixl.texts import language, say
from kpixl.workbook.added import added_headings, is_added_name, is_added_table
from kpixl.workbook.apart import Apart, table_apart
from kpixl.workbook.blocks import Block, Calc, Cell, Sheet, Table, value_of
from kpixl.workbook.books import Book
from kpixl.workbook.grafting import Grafted, free_title, lacking_sheets
from kpixl.workbook.looks import Looks, texts_of
from kpixl.workbook.mark import FORMULAS, formulas_mark
from kpixl.workbook.own_formulas import OwnFormulas
from kpixl.workbook.prompts import add_prompts
from kpixl.workbook.references import on_sheet
from kpixl.workbook.schema import MORE
from kpixl.workbook.style import POINTS, cell_style
from kpixl.workbook.writing import Renewed
from kpixl.xlsx import NewColumn, Package
from kpixl.xlsx.address import Area, address, column_letters
from kpixl.xlsx.formulas import shift

__all__ = ["Migration"]

_LAST_ROW = 1 << 20
_CELL = re.compile(r"(?<![\w\[!.'\"$])\$?([A-Z]{1,3})\$?([0-9]{1,7})(?![\w(\]])")
_FIRST = 5  # the row of the titles above tables on the extra sheet


class Migration:
    """The migration of a workbook to what `sheets` describe; `steps` says in sentences what was added.

    Raises
    ------
    WorkbookRefused
        If something is missing while the workbook is open in Excel: it can only be migrated while it is closed.
    """

    def __init__(self, book: Book, sheets: Sequence[Sheet]) -> None:
        lacking = lacking_sheets(book, sheets)
        self._book, self._sheets = book, [sheet for sheet in sheets if sheet not in lacking]
        self._described = [(sheet, table) for sheet in self._sheets for table in sheet.tables]
        self.steps: list[str] = []
        self._titles = {sheet.title: self._standing(sheet) for sheet in self._sheets}
        self._grafted: frozenset[str] = frozenset()  # names of tables and blocks on sheets that were put in whole
        self._fresh: set[str | tuple[str, str]] = set()  # tables and blocks by name, columns by table and heading
        self._renewed: dict[str, dict[str, int]] = {}
        self._kept: list[str] = []
        self._apart_title = ""
        mark = formulas_mark(sheets)
        self._other_formulas = book.properties.get(FORMULAS) != mark
        lacks = self._lacking()
        self._older = FORMULAS not in book.properties or lacks
        if (lacking or lacks) and book.package is None:
            raise WorkbookRefused("open_older", path=book.path.name)
        if book.package is not None:
            self._package = book.package
            self._looks = Looks(book, book.package, self._sheets if lacks else ())
            self._add()
            self._widen_blocks()
            if self._other_formulas:
                self._show_points()
            if lacking:
                grafted = Grafted(book, book.package, sheets, lacking, self._titles)
                self._grafted = grafted.holds
                self.steps += grafted.steps
            keys = book.write_keys(sheets)
            if keys:
                self.steps.append(say("migrate.keys", sheet=keys))
            if self._other_formulas:
                hinted = add_prompts(book, book.package, self._sheets, besides=self._grafted)
                if hinted:
                    self.steps.append(say("migrate.prompts", sheets=say("join").join(hinted)))
                book.set_property(FORMULAS, mark)

    def renewed(self, table: Table) -> Renewed:
        """Return which formulas of a table must be written, and set the formulas that new rows get."""
        package = self._book.package
        renewable = self._book.has(table.name) and table.name not in self._grafted
        if package is None or not self._other_formulas or not renewable:
            return lambda source, heading: False
        return self._renewal(package, table)

    def formulas(self, block: Block) -> dict[str, str]:
        """Return the formulas of a named block that must be written, by address."""
        package, place = self._book.package, self._book.place(str(block.name))
        changed = self._older or self._other_formulas or bool(self._grafted) or block.name in self._fresh
        if package is None or not changed or place is None:
            return {}
        if block.name in self._grafted:
            return {}
        title, area = place
        if block.spill:
            if block.has_shape_of(area) and area in package.fills(title):
                package.refill(title, *area[:2], Apart(self._book.tables).pointed(block.spill))
            return {}
        columns, rows = area.left - block.area.left, area.top - block.area.top
        formulas = {}
        for column, row, cell in block.cells():
            if not isinstance(cell.content, Calc):
                continue
            own = package.formula(title, column + columns, row + rows)
            if own is None and block.name not in self._fresh:
                continue
            formula = Apart(self._book.tables).pointed(cell.content.formula)
            if own is not None and not self._older and _by_heading(formula) == _by_heading(own):
                continue
            if (columns or rows) and not self._moves_along(block, formula, columns, rows):
                continue
            formulas[address(column + columns, row + rows)] = shift(formula, columns, rows)
        return formulas

    def said(self) -> tuple[str, ...]:
        """Return everything that was done, in sentences; nothing if the workbook was up to date."""
        lines = list(self.steps)
        for table, headings in self._renewed.items():
            if headings:
                lines.append(say("migrate.formulas", table=table, headings=say("join").join(headings)))
        if self._kept:
            lines.append(say("migrate.kept", cells=say("join").join(self._kept)))
        return (say("migrate.head"), *lines) if lines else ()

    def _lacking(self) -> bool:
        return any(True for _ in (*self._tables(), *self._columns(), *self._blocks(), *self._names()))

    def _tables(self) -> Iterator[tuple[Sheet, Table]]:
        for sheet, table in self._described:
            if is_added_table(table.name) and not self._book.has(table.name):
                yield sheet, table

    def _columns(self) -> Iterator[tuple[Table, list[str]]]:
        for _, table in self._described:
            found = self._book.tables.get(table.name)
            if found is not None:
                there = {*found.columns, *Apart(self._book.tables).of(table.name)}
                added = added_headings(table.name) - there
                lacking = [column.heading for column in table.columns if column.heading in added]
                if lacking:
                    yield table, lacking

    def _blocks(self) -> Iterator[tuple[Sheet, Block]]:
        for sheet in self._sheets:
            for block in sheet.blocks:
                if block.name and is_added_name(block.name) and self._book.place(block.name) is None:
                    yield sheet, block

    def _names(self) -> Iterator[tuple[str, str]]:
        for sheet in self._sheets:
            for name, text in sheet.names.items():
                if is_added_name(name) and not self._book.refers_to(name):
                    yield name, text

    def _add(self) -> None:
        for sheet, table in list(self._tables()):
            self._add_table(sheet, table)
        for table, headings in list(self._columns()):
            self._add_columns(table, headings)
        for sheet, block in list(self._blocks()):
            self._add_block(sheet, block)
        for name, text in list(self._names()):
            self._package.define_name(name, Apart(self._book.tables).pointed(text))
            self.steps.append(say("migrate.name", name=name, place=text))

    def _show_points(self) -> None:
        """Show differences of rates in points, which older workbooks hold as shares and show in percent."""
        for _, table in self._described:
            found = self._book.tables.get(table.name)
            columns = [column for column in table.columns if column.style in POINTS]
            shown = []
            for column in columns if found is not None else ():
                if found is not None and column.heading in found.columns:
                    left = Area.parse(found.ref).left + found.columns.index(column.heading)
                    body = found.body_area
                    code = cell_style(column.style, language(), ruled=True)["num_format"]
                    if self._package.renumber_percent(found.sheet, Area(left, body.top, left, body.bottom), code):
                        shown.append(column.heading)
            if shown:
                self.steps.append(say("migrate.points", table=table.name, headings=say("join").join(shown)))

    def _add_table(self, sheet: Sheet, table: Table) -> None:
        """Add a table, with its title above, at its usual place, else on the extra sheet."""
        title, at = self._titles[sheet.title], table.area
        if title is None or self._package.obstacle(title, Area(at.left, at.top - 1, at.right, _LAST_ROW)):
            title, at = self._free(len(table.columns))
        self._put(title, at, table)
        for above in (1, 2):
            cell = texts_of(sheet).get((table.area.left, table.area.top - above))
            if cell is not None:
                self._write(title, at.left, at.top - above, cell)

    def _add_columns(self, table: Table, headings: list[str]) -> None:
        found = self._book.tables[table.name]
        area = Area.parse(found.ref)
        room = Area(area.right + 1, area.top, area.right + len(headings), area.bottom)
        below = Area(room.left, room.top, room.right, _LAST_ROW)
        if found.header and not self._package.obstacle(found.sheet, below):
            columns = [column for column in table.columns if column.heading in headings]
            self._fresh |= {(table.name, heading) for heading in headings}
            self._package.add_columns(table.name, [self._column(table, column.heading) for column in columns])
            self._widen(found.sheet, room.left, table, headings)
            place = f"{found.sheet}!{room}"
            self.steps.append(
                say("migrate.columns", table=table.name, headings=say("join").join(headings), place=place)
            )
            return
        apart = table_apart(table, headings)
        title, at = self._free(len(apart.columns))
        self._put(title, at, apart)

    def _put(self, title: str, at: Area, table: Table) -> None:
        columns = [self._column(table, column.heading) for column in table.columns]
        self._package.add_table(title, table.name, address(*at[:2]), columns)
        self._widen(title, at.left, table, [column.heading for column in table.columns])
        self._fresh.add(table.name)
        place = f"{title}!{self._book.tables[table.name].ref.partition(':')[0]}"
        headings = say("join").join(column.heading for column in table.columns)
        key = "migrate.apart" if table.name.endswith(MORE) else "migrate.table"
        self.steps.append(say(key, table=table.name, of=table.name.removesuffix(MORE), headings=headings, place=place))
        if table.typed:
            rows = [[value_of(cell) for cell in row] for row in table.rows]
            self._package.replace_table(table.name, [column.heading for column in table.columns], rows)

    def _add_block(self, sheet: Sheet, block: Block) -> None:
        """Add a named block: above its table, else at its usual place, else on the extra sheet."""
        at = block.area
        height, width = at.bottom - at.top + 1, at.right - at.left + 1
        title, left, top = self._titles[sheet.title], at.left, at.top
        label = texts_of(sheet).get((at.left - 1, at.top))
        below = next((table for table in sheet.tables if table.area[:2] == (at.left, at.bottom + 1)), None)
        anchored = None if below is None else self._book.tables.get(below.name)
        if anchored is not None and anchored.header:
            area = Area.parse(anchored.ref)
            title, left, top, label = anchored.sheet, area.left, area.top - height, None
        area = Area(left - (label is not None), top, left + width - 1, top + height - 1)
        if title is None or top < 1 or not self._may_stand(title, area, block):
            title, place = self._free(width + 1)
            left, top = place.left + 1, place.top
            label = label or Cell(block.name, "label")
            area = Area(left, top, left + width - 1, top + height - 1)
        elif label is not None:
            area = Area(left, top, area.right, area.bottom)
        if label is not None:
            self._write(title, left - 1, top, label)
        for column, row, cell in block.cells():
            self._write(title, left + column - at.left, top + row - at.top, cell, typed=block.typed)
        self._package.define_name(str(block.name), on_sheet(title, _fixed(area)))
        self._fresh.add(str(block.name))
        self.steps.append(say("migrate.name", name=block.name, place=f"{title}!{area}"))

    def _widen_blocks(self) -> None:
        """Extend blocks to the right that have become wider, and say so; where something stands, they stay."""
        for sheet in self._sheets:
            for block in sheet.blocks:
                place = self._book.place(block.name) if block.name and block.widens else None
                if place is not None and place[1].right - place[1].left < block.area.right - block.area.left:
                    self._widen_block(block, *place)

    def _widen_block(self, block: Block, title: str, area: Area) -> None:
        wide = area._replace(right=area.left + block.area.right - block.area.left)
        new = wide._replace(left=area.right + 1)
        if not block.has_shape_of(wide) or self._package.obstacle(title, new):
            return
        for column, row, cell in block.cells():
            at = column + area.left - block.area.left, row + area.top - block.area.top
            if new.holds(*at):
                self._write(title, *at, cell)
        self._package.redefine_name(str(block.name), on_sheet(title, _fixed(wide)))
        self._fresh.add(str(block.name))
        self.steps.append(say("migrate.wider", name=block.name, place=f"{title}!{new}"))

    def _may_stand(self, title: str, area: Area, block: Block) -> bool:
        """Say whether an area is free, or holds only a title that the block's own text begins with."""
        if not self._package.obstacle(title, area):
            return len(block.rows) == 1 or not self._below_typed(title, area)
        first = block.rows[0][0]
        [[text, *more], *rows] = self._book.values(title, area)
        told = "" if first is None or isinstance(first.content, Calc) else str(first.content)
        plain = isinstance(text, str) and text != "" and told.startswith(text)
        others = [value for row in ([*more], *rows) for value in row]
        return plain and not self._package.holds_formula(title, *area[:2]) and all(v in (None, "") for v in others)

    def _below_typed(self, title: str, area: Area) -> bool:
        """Say whether an area is below a table that the user types into, and which needs the room to grow."""
        typed = (table.name for _, table in self._described if any(column.typed for column in table.columns))
        found = (self._book.tables[name] for name in typed if self._book.has(name))
        places = (Area.parse(table.ref) for table in found if table.sheet == title)
        return any(
            place.bottom < area.top and place.left <= area.right and area.left <= place.right for place in places
        )

    def _write(self, title: str, column: int, row: int, cell: Cell, *, typed: bool = False) -> None:
        """Write a cell with its format; anything but texts and typed cells goes only where a cell is free."""
        content = value_of(cell.content)
        at = Area(column, row, column, row)
        if typed or not self._package.obstacle(title, at) or isinstance(content, str):
            place = address(column, row)
            self._package.set_cells(title, {place: content}, {place: self._looks.of(cell.style, typed=typed)})

    def _free(self, columns: int) -> tuple[str, Area]:
        """Return the extra sheet at the end of the workbook, and a free area on it for this many columns."""
        if not self._apart_title:
            wanted = say("migrate.sheet")
            self._apart_title = free_title(wanted, self._package.sheets)
            self._package.add_sheet(self._apart_title, [])
            lead = {"B2": Cell(wanted, "title"), "B3": Cell(say("migrate.lead"), "lead")}
            for place, cell in lead.items():
                self._write(self._apart_title, *Area.parse(place)[:2], cell)
        left = 2
        while self._package.obstacle(self._apart_title, Area(left, _FIRST - 1, left + columns, _LAST_ROW)):
            left += 1
        left += left > 2
        return self._apart_title, Area(left, _FIRST + 1, left + columns - 1, _FIRST + 2)

    def _column(self, table: Table, heading: str) -> NewColumn:
        column = next(candidate for candidate in table.columns if candidate.heading == heading)
        style = table.styles(column)[0] if table.rows else column.style
        formula = column.formula and Apart(self._book.tables).pointed(column.formula, table.name)
        return NewColumn(heading, formula, self._looks.of("heading"), self._looks.of(style, typed=column.typed))

    def _widen(self, title: str, left: int, table: Table, headings: Sequence[str]) -> None:
        widths = {column.heading: column.width for column in table.columns}
        self._package.widen(title, {left + place: widths[heading] for place, heading in enumerate(headings)})

    def _renewal(self, package: Package, table: Table) -> Renewed:
        found, apart = self._book.tables[table.name], Apart(self._book.tables)
        formulas = {
            column.heading: apart.pointed(column.formula, table.name)
            for column in table.columns
            if column.formula and column.heading in found.columns
        }
        before = package.column_formulas(table.name)
        mine = {heading: OwnFormulas(package, found, heading, before.get(heading)) for heading in formulas}
        package.set_formulas(table.name, formulas)
        told = self._renewed.setdefault(table.name, {})

        def renew(source: int | None, heading: str) -> bool:
            own = mine.get(heading)
            if own is None:
                return False
            fresh = bool(self._fresh & {table.name, (table.name, heading)})
            if source is not None and not fresh and not own.may_change(source):
                if own.cell(source) not in self._kept and own.differs(source, formulas[heading]):
                    self._kept.append(own.cell(source))
                return False
            if not fresh and before.get(heading) != formulas[heading]:
                told[heading] = told.get(heading, 0) + 1
            return True

        return renew

    def _moves_along(self, block: Block, formula: str, columns: int, rows: int) -> bool:
        """Say whether all cells that a formula refers to are in blocks that moved as its own block did."""
        beside = next((sheet.blocks for sheet in self._sheets if block in sheet.blocks), (block,))
        for match in _CELL.finditer(re.sub(r'"[^"]*"', '""', formula)):
            column, row, *_ = Area.parse(match[1] + match[2])
            other = next(
                (candidate for candidate in beside if candidate.name and candidate.area.holds(column, row)), None
            )
            place = None if other is None else self._book.place(str(other.name))
            if other is None or place is None:
                return False
            if (place[1].left - other.area.left, place[1].top - other.area.top) != (columns, rows):
                return False
        return True

    def _standing(self, sheet: Sheet) -> str | None:
        """Return the title of the workbook's sheet that holds most of a described sheet's tables and blocks."""
        titles = [self._book.tables[table.name].sheet for table in sheet.tables if self._book.has(table.name)]
        for block in sheet.blocks:
            place = self._book.place(block.name) if block.name else None
            titles += [] if place is None else [place[0]]
        return max(titles, key=titles.count) if titles else None


def _fixed(area: Area) -> str:
    """Return an area with `$` signs."""
    return ":".join(f"${column_letters(column)}${row}" for column, row in dict.fromkeys((area[:2], area[2:])))


def _by_heading(formula: str) -> bool:
    """Say whether a formula looks up a column by the text of its heading, which fails once a user renames it."""
    return "[],0,MATCH(" in formula
