"""Draws sheets into a new workbook with XlsxWriter, with the right value cached in each formula."""

import datetime as dt
import io
from collections.abc import Callable, Iterator
from functools import cache
from typing import Any

from xlsxwriter.utility import quote_sheetname, xl_range_abs

from kpixl.addin import conf
from kpixl.addin.embedded import vba_project
from kpixl.texts import say
from kpixl.workbook import charts, choices, fitting, printing, screen, signals, style
from kpixl.workbook.blocks import Block, Calc, Cell, Column, Sheet, Table, value_of
from kpixl.workbook.gallery import StyledWorkbook, named_styles, style_name
from kpixl.workbook.marked import marks
from kpixl.workbook.references import cells_put_in, column_called
from kpixl.workbook.worksheet import Page
from kpixl.xlsx.address import Area, address

__all__ = ["Writer"]

_CALC_ENGINE = 191029  # the number of current Excel, which then shows our cached values without recalculating first
_HOME = "kpixl_home"
_DATED = ("date", "day", "month")  # styles by which a number is known as a date


class Writer:
    """Draws sheets into a new workbook."""

    def __init__(self, language: str) -> None:
        self._book = StyledWorkbook({"strings_to_formulas": False, "strings_to_urls": False}, named_styles(language))
        self._language = language
        self._formats: dict[tuple[Any, ...], Any] = {}
        self._looks: dict[tuple[Any, ...], Any] = {}
        self._signals: dict[str, list[dict[str, Any]]] = {}
        self._lines: dict[str, Any] | None = None  # the look of sparklines, which takes long to find
        self._places: dict[str, tuple[str, Table]] = {}
        self._titles: dict[str, tuple[str, str]] = {}
        self._charts: list[tuple[Any, Sheet]] = []
        self._typed: list[tuple[Area, str, choices.Choices]] = []

    def add(self, sheet: Sheet) -> None:
        """Draw a sheet except for its charts."""
        page = self._book.add_worksheet(sheet.title, Page)
        page.hide_gridlines(2)
        page.set_tab_color(style.TABS[sheet.tab])
        widths, heights = self._measures(page, sheet)
        for areas, formula in sheet.unseen.items():
            self._rule(page, signals.unseen(formula), areas)
        if sheet.hidden:
            page.very_hidden()
        else:
            self._home(page, sheet)
        self._typed = []
        for block in sheet.blocks:
            self._block(page, sheet, block)
        for table in sheet.tables:
            self._table(page, sheet, table)
        if sheet.sparklines:
            places = [line.at for line in sheet.sparklines]
            drawn = [f"{quote_sheetname(line.sheet or sheet.title)}!{line.cells}" for line in sheet.sparklines]
            if self._lines is None:
                page.add_sparkline(places[0], {"location": places, "range": drawn, **style.SPARKLINE})
                self._lines = page.sparklines[-1]
            else:
                page.draw_like(self._lines, places, drawn)
        choices.allow(page, self._typed)
        for name, formula in sheet.names.items():
            self._book.define_name(name, f"={formula}")
        if sheet.freeze:
            page.freeze_panes(sheet.freeze)
        if not sheet.hidden:  # with a print area, LibreOffice would print it
            printed = printing.areas(sheet, widths)
            page.set_zoom(screen.zoom(sheet, printed[0], widths, heights))
            printing.set_up(page, sheet, printed, widths, heights)
        self._charts.append((page, sheet))

    def _measures(self, page: Any, sheet: Sheet) -> tuple[dict[str, float], dict[int, float]]:
        """Give the columns and rows of a sheet their size if somebody sees it, and return them."""
        if sheet.hidden:
            return {}, {}
        page.set_column(0, 0, 2)
        widths = fitting.column_widths(sheet)
        for letters, width in widths.items():
            page.set_column(f"{letters}:{letters}", width, None, {"level": sheet.column_groups.get(letters, 0)})
        page.set_default_row(fitting.ROW_HEIGHT)
        heights = fitting.row_heights(sheet, widths) | sheet.heights
        for row, height in heights.items():
            page.set_row(row - 1, height, None, {"level": sheet.row_groups.get(row, 0)})
        if sheet.row_groups or sheet.column_groups:
            page.outline_settings(symbols_below=False, symbols_right=False)
        return widths, heights

    def bring_functions(self) -> None:
        """Add kpixl's functions: their VBA, and the hidden sheet that it reads."""
        page = self._book.add_worksheet(conf.SHEET, Page)
        page.very_hidden()
        for row, column, text in conf.cells(self._language):
            page.write_string(row - 1, column - 1, text)
        self._book.add_vba_project(io.BytesIO(vba_project(len(self._book.worksheets()))), is_stream=True)

    def finish(self, properties: dict[str, str]) -> Iterator[tuple[str, bytes]]:
        """Draw the charts, now that the positions of all tables are known, and return the parts of the package."""
        for page, sheet in self._charts:
            for chart in sheet.charts:
                title, table = self._places[chart.table]
                drawn = charts.draw(self._book, chart, title, table, self._language)
                if chart.titled:
                    charts.entitle(drawn, *self._titles[chart.titled], self._language)
                page.insert_chart(chart.at, drawn, {"object_position": 2, "description": chart.title})
        self._book.set_properties({"title": say("product"), "created": dt.datetime(2025, 1, 1)})
        for name, value in properties.items():
            self._book.set_custom_property(name, value)
        self._book.set_calc_mode("auto", _CALC_ENGINE)
        self._book.calc_on_load = False
        return self._book.parts()

    def _home(self, page: Any, sheet: Sheet) -> None:
        """Give the first sheet a defined name, and link back to it from all others."""
        if not self._charts:
            self._home_title = sheet.title
            self._book.define_name(_HOME, f"={quote_sheetname(sheet.title)}!$A$1")
        else:
            back = say("home", sheet=self._home_title)
            page.write_url("B1", f"internal:{_HOME}", self._cell_format("home"), back)

    def _block(self, page: Any, sheet: Sheet, block: Block) -> None:
        area, typed = block.area, block.typed or bool(block.choices)
        if block.spill:
            self._spill(page, area, block)
        judged: dict[str, list[Area]] = {}
        for column, row, cell in block.cells():
            if not (block.spill and (column, row) == area[:2]):
                self._cell(page, row - 1, column - 1, cell, typed=typed, ruled=block.ruled)
            if self._rules(cell.style):
                judged.setdefault(cell.style, []).append(Area(column, row, column, row))
        if block.name:
            place = f"={quote_sheetname(sheet.title)}!{_fixed(area)}"
            self._titles[block.name] = place, str(value_of(next(cell for *_, cell in block.cells()).content) or "")
            self._book.define_name(block.name, place)
        if block.analysed:
            self._rule(page, signals.outdated(), str(area))
        for name, cells in judged.items():
            for rule in self._rules(name):
                self._rule(page, rule, " ".join(map(str, cells)))
        if typed:
            self._typed.append((area, next(cell.style for *_, cell in block.cells()), block.choices))

    def _spill(self, page: Any, area: Area, block: Block) -> None:
        """Write the spilling formula of a block into its first cell."""
        first = block.rows[0][0] or Cell(None)
        value = "" if first.content is None else first.content
        page.write_dynamic_array_formula(str(area), f"={block.spill}", self._cell_format(first.style), value)

    def _table(self, page: Any, sheet: Sheet, table: Table) -> None:
        left, top, right, bottom = table.area
        options = {
            "name": table.name,
            "style": None,
            "autofilter": False,
            "total_row": table.total,
            "columns": [self._table_column(table, column, place) for place, column in enumerate(table.columns)],
        }
        page.add_table(top - 1, left - 1, bottom - 1, right - 1, options)
        extended = any(column.typed for column in table.columns)  # only users add rows that need a formula from it
        for column, drawn in zip(table.columns, page.tables[-1]["columns"], strict=True):
            formula = column.formula if extended else None
            drawn["formula"] = formula or ""  # passed to add_table, it would be written into every cell as well
        where = _own_cells(table)
        for place, column in enumerate(table.columns):
            self._table_cells(page, table, column, place, where, bare=sheet.hidden)
        if not sheet.hidden:
            for rule, areas in marks(table):
                self._rule(page, rule, areas)
        self._places[table.name] = (sheet.title, table)

    def _table_column(self, table: Table, column: Column, place: int) -> dict[str, Any]:
        options: dict[str, Any] = {"header": column.heading, "header_format": self._cell_format("heading")}
        if table.total:
            total = self._total(table, place)
            if isinstance(total, str):
                options["total_string"] = total
            elif total is not None:
                options |= {"total_function": "sum", "total_value": total}
            options["format"] = self._cell_format(column.style, total=True)
        return options

    def _total(self, table: Table, place: int) -> str | float | None:
        if place < table.keys:
            return say("heading.total")
        if table.columns[place].style not in ("count", "money"):
            return None
        return table.sum_of(place)

    def _table_cells(
        self, page: Any, table: Table, column: Column, place: int, where: Callable[[int, str], str], *, bare: bool
    ) -> None:
        whole, styles = table.body, table.styles(column)
        left, body = whole.left - 1 + place, whole._replace(left=whole.left + place, right=whole.left + place)
        for row, (name, values) in enumerate(zip(styles, table.rows, strict=True), whole.top - 1):
            if bare and values[place] is None and name not in _DATED:
                continue  # nobody sees it
            look = self._cell_format(name, typed=column.typed, ruled=True)
            if table.summed and values is table.rows[-1]:
                look = self._cell_format(column.style, total=True)
            content = values[place]
            if isinstance(content, Calc):
                calc = cells_put_in(content, where)
                page.write_formula(row, left, f"={calc.formula}", look, calc.value)
            elif column.formula:
                page.write_formula(row, left, f"={column.formula}", look, content)
            else:
                self._write(page, row, left, content, look)
        total = self._total(table, place) if table.total else None
        if isinstance(total, float):  # XlsxWriter leaves out the table's name, which LibreOffice needs
            sums = f"=SUBTOTAL(109,{column_called(table.name, column.heading)})"
            page.write_formula(whole.bottom, left, sums, self._cell_format(column.style, total=True), total)
        elif table.total and total is None:
            page.write_blank(whole.bottom, left, None, self._cell_format(column.style, total=True))
        if column.typed:
            self._typed.append((body, column.style, column.choices))

    def _rules(self, name: str) -> list[dict[str, Any]]:
        """Return the conditional formats of a style."""
        if name not in self._signals:
            self._signals[name] = signals.rules(name)
        return self._signals[name]

    def _rule(self, page: Any, rule: dict[str, Any], areas: str) -> None:
        """Give areas, separated by spaces, a conditional format; formats added earlier take precedence."""
        look = rule["format"]
        options = {**rule, "format": self._format(look) if look else None, "multi_range": areas}
        page.conditional_format(areas.split(" ", maxsplit=1)[0], options)

    def _cell(self, page: Any, row: int, column: int, cell: Cell, *, typed: bool, ruled: bool) -> None:
        look = self._cell_format(cell.style, typed=typed, ruled=ruled)
        if cell.link:
            page.write_url(row, column, cell.link, look, str(cell.content))
        elif isinstance(cell.content, Calc):
            page.write_formula(row, column, f"={cell.content.formula}", look, _cached(cell.content.value))
        else:
            self._write(page, row, column, cell.content, look)

    def _write(self, page: Any, row: int, column: int, value: Any, look: Any) -> None:
        # XlsxWriter's own calls behind its `write_…`, which first look for addresses in words
        if value is None or value == "":
            page._write_blank(row, column, None, look)
        elif isinstance(value, str):
            page._write_string(row, column, value, look)
        elif isinstance(value, bool):
            page._write_boolean(row, column, value, look)
        elif isinstance(value, dt.date):
            page._write_datetime(row, column, value, look)
        else:
            page._write_number(row, column, value, look)

    def _cell_format(self, name: str, *, typed: bool = False, ruled: bool = False, total: bool = False) -> Any:
        key = name, typed, ruled, total
        if key not in self._looks:
            look = style.cell_style(name, self._language, typed=typed, ruled=ruled, total=total)
            belongs = style_name(name, self._language, typed=typed, ruled=ruled, total=total)
            self._looks[key] = self._format(look, belongs)
        return self._looks[key]

    def _format(self, look: dict[str, Any], belongs_to: str | None = None) -> Any:
        key = (belongs_to, *sorted(look.items()))
        if key not in self._formats:
            added = self._book.add_styled(look, belongs_to) if belongs_to else self._book.add_format(look)
            self._formats[key] = added
        return self._formats[key]


def _cached(value: Any) -> Any:
    """Return a value as a formula's cached value, in which dates are serial numbers."""
    return (value - dt.date(1899, 12, 30)).days if isinstance(value, dt.date) else value


def _own_cells(table: Table) -> Callable[[int, str], str]:
    """Return what tells the address of a cell of a table, by its row from 0 and the key of its column."""
    left, top, *_ = table.body
    columns = {column.key: number for number, column in enumerate(table.columns, left)}
    return cache(lambda down, key: address(columns[key], top + down))


def _fixed(area: Area) -> str:
    return str(xl_range_abs(area.top - 1, area.left - 1, area.bottom - 1, area.right - 1))
