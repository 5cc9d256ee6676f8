"""The page: the items of each sheet that are printed, in the order in which they are read.

Cells of a block are a line, a row of cards or a row of a label with its text; a text that was broken to fit the sheet
is put together again. A table is a table, a chart has the figures it is drawn from below it.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from html import escape
from itertools import groupby

from kpixl.texts import say, section
from kpixl.workbook.blocks import BY_ROW, Block, Cell, Chart, Column, Sheet, Table, Value, value_of
from kpixl.workbook.fitting import display_width
from kpixl.workbook.style import WRAPPED
from kpixl.workbook.web.drawing import chart_svg, sparkline_svg
from kpixl.workbook.web.figures import Shown, shown
from kpixl.workbook.web.look import style_sheet
from kpixl.xlsx.address import Area, address

__all__ = ["page_of"]

_POLICY = "default-src 'none'; style-src 'unsafe-inline'"  # nothing is loaded, whatever a name may contain
_LEVELS = {"title": "h2", "section": "h3"}
_SUMMED = ("count", "money")
_ENDS, _BULLETS = ("。", "．", ".", "!", "?", "！", "？", "：", ":"), ("・", "•", "-")
_SIGNED = re.compile(r"(?<![0-9A-Za-z])[+\-▲][¥$€]?\d(?:[\d,.]*\d)?[kM%]?")  # whose sign stays with the number
_LETTER, _AROUND, _PHONE = 7.5, 12, 350  # pixels of a half-width letter, around the text of a cell, across a phone
_FEW = 4  # columns up to which a card says as much in less room
_SHORT = 14  # half-width characters, which a third of a phone's width holds
_Item = Block | Table | Chart


def page_of(sheets: Sequence[Sheet], language: str, note: str) -> str:
    """Return sheets of a report as one HTML file in a language, in force; `note` stands at the end.

    Texts of a user, such as names, are shown as they are and never read as markup.
    """
    pages = [_Page(sheet, sheets, language) for sheet in sheets]
    bodies = [f'<section id="p{number}">{page.body()}</section>' for number, page in enumerate(pages, 1)]
    used = [name for page in pages for name in page.styles()]
    links = "".join(
        f'<a href="#p{number}">{escape(sheet.title)}</a>' for number, sheet in enumerate(sheets, 1) if len(sheets) > 1
    )
    title = pages[0].title()
    return "\n".join(
        (
            "<!DOCTYPE html>",
            f'<html lang="{section("language", language)["tag"]}"><head><meta charset="utf-8">',
            '<meta name="viewport" content="width=device-width,initial-scale=1">',
            f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">',
            f'<meta name="format-detection" content="telephone=no"><title>{escape(title)}</title>',
            f"<style>{style_sheet(used, language)}</style></head><body><main>",
            f"<nav>{links}</nav>" if links else "",
            *bodies,
            f"<footer>{escape(note)}</footer></main></body></html>",
            "",
        )
    )


@dataclass(frozen=True)
class _Page:
    """A sheet on its way to a page; `sheets` are all of the report, which its charts and sparklines may draw from."""

    sheet: Sheet
    sheets: Sequence[Sheet]
    language: str

    def title(self) -> str:
        """Return the title that the sheet shows."""
        cells = (cell for block in self.sheet.blocks for *_, cell in block.cells())
        return next((str(value_of(cell.content)) for cell in cells if cell.style == "title"), self.sheet.title)

    def styles(self) -> Iterator[str]:
        """Yield the styles of the cells of blocks."""
        yield from (cell.style for item in self._items() if isinstance(item, Block) for *_, cell in item.cells())

    def body(self) -> str:
        """Return all that is printed of the sheet, but for titles over nothing, such as over room to write by hand."""
        parts: list[str] = []
        titled = False
        for drawn, items in groupby(self._items(), key=lambda item: isinstance(item, Chart)):
            if drawn:
                charts = [self._chart(item) for item in items if isinstance(item, Chart)]
                kind = "charts beside" if len(charts) > 1 else "charts"
                parts.append(f'<div class="{kind}">{"".join(charts)}</div>')
                titled = False
                continue
            for item in items:
                told = self._item(item)
                if told:
                    parts.append(told)
                elif titled and not _is_title(item):
                    parts.pop()
                titled = _is_title(item)
        foot = f'<p class="s-aside aside">{escape(self.sheet.footer)}</p>' if self.sheet.footer else ""
        return "".join(parts) + foot

    def _item(self, item: _Item) -> str:
        if isinstance(item, Chart):
            return self._chart(item)
        return self._block(item) if isinstance(item, Block) else self._table(item)

    def _items(self) -> list[_Item]:
        """Return what is printed, from top to bottom; the title of a section goes right before what it is over."""
        everything: list[_Item] = [*self.sheet.blocks, *self.sheet.tables, *self.sheet.charts]
        printed = [item for item in everything if self._is_printed(_left(item))]
        places = {(_left(item), _top(item)) for item in printed}

        def place(item: _Item) -> tuple[int, int, bool]:
            left, top = _left(item), _top(item)
            over = _is_title(item)
            below = next((row for row in (top + 1, top + 2) if (left, row) in places), top) if over else top
            return below, left, not over

        return sorted(printed, key=place)

    def _is_printed(self, column: int) -> bool:
        if not self.sheet.print_columns:
            return True
        spans = (Area.parse(span.replace(":", "1:") + "1") for span in self.sheet.print_columns.split(","))
        return any(span.left <= column <= span.right for span in spans)

    def _block(self, block: Block) -> str:
        if any(cell.style.startswith("figure_") for *_, cell in block.cells()):
            return self._cards(block)
        rows = [_joined(row) for row in block.rows]
        parts: list[str] = []
        for paired, group in groupby(_continued(rows), key=lambda row: len(row) > 1):
            if paired:
                lines = "".join(self._pair(row) for row in group)
                parts.append(f'<table class="pairs" role="presentation"><tbody>{lines}</tbody></table>')
            else:
                parts += [self._line(cell) for cell in _whole(row[0][0] for row in group if row)]
        return "".join(parts)

    def _line(self, cell: Cell) -> str:
        tag = _LEVELS.get(cell.style, "p")
        if tag == "h2" and self.sheet is self.sheets[0]:
            tag = "h1"
        text = self._said(cell)
        return f'<{tag} class="s-{cell.style} {cell.style}">{text}</{tag}>' if text else ""

    def _said(self, cell: Cell) -> str:
        text = escape(shown(value_of(cell.content), cell.style, self.language).text)
        return _SIGNED.sub(r'<span class="n1">\g<0></span>', text).replace("\n", "<br>")

    def _pair(self, row: list[list[Cell]]) -> str:
        label, *others = row
        first = f'<td class="s-{label[0].style}">{self._said(label[0])}</td>'
        texts = ["".join(map(self._line, cells)) for cells in others]
        return f"<tr>{first}{''.join(f'<td>{text}</td>' for text in texts)}</tr>"

    def _cards(self, block: Block) -> str:
        """Return the cards of a block: each begins where there is a label, and takes the blank cells to its right."""
        head = block.rows[0]
        starts = [place for place, cell in enumerate(head) if cell and value_of(cell.content) not in (None, "")]
        cards = [
            "".join(self._line(cell) for row in block.rows if (cell := row[start]) is not None) for start in starts
        ]
        cells = "".join(f"<td>{card}</td>" for card in cards)
        return f'<table class="cards" role="presentation"><tbody><tr>{cells}</tr></tbody></table>'

    def _table(self, table: Table) -> str:
        heads = "".join(f'<th scope="col">{escape(column.heading)}</th>' for column in table.columns)
        rows = [[value_of(cell) for cell in row] for row in table.rows]
        filled = [place for place, row in enumerate(rows) if any(value not in (None, "") for value in row)]
        lines = []
        for place in filled:
            kind = ' class="total"' if table.summed and place == len(rows) - 1 else ""
            cells = "".join(self._cell(table, rows, place, across) for across in range(len(table.columns)))
            lines.append(f"<tr{kind}>{cells}</tr>")
        if table.total:
            lines.append(f'<tr class="total">{"".join(self._totals(table))}</tr>')
        if not lines:
            return _nothing()
        kind = "grid" if self._is_narrow(table, rows) else "grid cells"
        return (
            f'<div class="wide"><table class="{kind}"><thead><tr>{heads}</tr></thead>'
            f"<tbody>{''.join(lines)}</tbody></table></div>"
        )

    def _is_narrow(self, table: Table, rows: list[list[Value]]) -> bool:
        """Say whether a table, such as one of hours by weekdays, has room on a phone as it is."""
        wide = 0.0
        for across, column in enumerate(table.columns):
            style = column.style if column.style != BY_ROW else "text"
            texts = (shown(row[across], style, self.language).text for row in rows)
            wide += max(map(display_width, (column.heading, *texts))) * _LETTER + _AROUND
        return wide <= _PHONE and len(table.columns) > _FEW and not table.row_styles

    def _totals(self, table: Table) -> Iterator[str]:
        for place, column in enumerate(table.columns):
            amount = table.sum_of(place) if column.style in _SUMMED and place >= table.keys else None
            text = say("heading.total") if not place else shown(amount, column.style, self.language).text
            yield _entry(column, Shown(text), head=not place, number=bool(place))

    def _cell(self, table: Table, rows: list[list[Value]], place: int, across: int) -> str:
        column, value = table.columns[across], rows[place][across]
        line = self._sparkline(table, place, across)
        if line is not None:
            return f"<td>{_above(column)}{line}</td>" if line else '<td class="none"></td>'
        look = shown(value, table.styles(column)[place], self.language, (row[across] for row in rows))
        number = value is not None and not isinstance(value, str)
        return _entry(column, look, head=across < max(table.keys, 1), number=number)

    def _sparkline(self, table: Table, place: int, across: int) -> str | None:
        cell = address(table.body.left + across, table.body.top + place)
        line = next((one for one in self.sheet.sparklines if one.at == cell), None)
        if line is None:
            return None
        source = next((sheet for sheet in self.sheets if sheet.title == line.sheet), self.sheet)
        held = _contents(source)
        left, top, right, bottom = Area.parse(line.cells)
        values = [held.get((column, row)) for row in range(top, bottom + 1) for column in range(left, right + 1)]
        figures = [f"{value:,.0f}" for value in values if isinstance(value, int | float)]
        name = f"{value_of(table.rows[place][0])} {table.columns[across].heading}"
        return sparkline_svg(values, f"{name}: {' / '.join(figures)}")

    def _chart(self, chart: Chart) -> str:
        table = next(table for sheet in self.sheets for table in sheet.tables if table.name == chart.table)
        title = chart.title
        for block in self.sheet.blocks:
            if chart.titled and block.name == chart.titled:
                title = str(next(value_of(cell.content) for *_, cell in block.cells()))
        drawing = chart_svg(chart, table, self.language, title)
        below = f"{drawing}{self._data(chart, table)}" if drawing else _nothing()
        return f"<figure><figcaption>{escape(title)}</figcaption>{below}</figure>"

    def _data(self, chart: Chart, table: Table) -> str:
        """Return the figures that a chart is drawn from, as a table that opens."""
        keys = [chart.categories, *(series.key for series in chart.series if series.listed)]
        columns = [table.column(key) for key in keys]
        places = [table.columns.index(column) for column in columns]
        heads = "".join(f'<th scope="col">{escape(column.heading)}</th>' for column in columns)
        lines = []
        for row in table.rows:
            cells = [
                shown(value_of(row[place]), column.style, self.language)
                for place, column in zip(places, columns, strict=True)
            ]
            name, *figures = (escape(" ".join(cell.text.split("\n"))) for cell in cells)
            others = "".join(f'<td align="right">{figure}</td>' for figure in figures)
            lines.append(f'<tr><th scope="row">{name}</th>{others}</tr>')
        said = escape(say("web.figures"))
        grid = f'<table class="grid"><thead><tr>{heads}</tr></thead><tbody>{"".join(lines)}</tbody></table>'
        return f"<details><summary>{said}</summary>{grid}</details>"


def _entry(column: Column, look: Shown, *, head: bool, number: bool) -> str:
    """Return a cell of a table, which says its heading where there is no room for a row of them."""
    bold = look.bold or column.style == "strong"
    paint = {"color": look.colour, "background-color": look.ground, "font-weight": "bold" if bold else None}
    if look.bar:
        left, right, colour = look.bar
        steps = f"transparent {left:.0f}%,{colour} {left:.0f}% {right:.0f}%,transparent {right:.0f}%"
        paint["background-image"] = f"linear-gradient(90deg,{steps})"
    told = ";".join(f"{key}:{value}" for key, value in paint.items() if value)
    styled = f' style="{told}"' if told else ""
    text = escape(look.text).replace("\n", "<br>").replace("→", "→<wbr>")  # the name of a step may break there
    if head:
        kind = "" if text else ' class="none"'
        return f'<th scope="row"{kind}{styled}>{text}</th>'
    centred = column.style in ("status", "verdict", "check")
    align = ' align="right"' if number else ' align="center"' if centred else ""
    fits = {
        "n": number,
        "none": not text,
        "bar": bool(look.bar),
        "long": column.style in WRAPPED and display_width(look.text) > _SHORT,
    }
    kinds = [kind for kind, holds in fits.items() if holds]
    kind = f' class="{" ".join(kinds)}"' if kinds else ""
    return f"<td{kind}{align}{styled}>{_above(column)}{text}</td>"


def _nothing() -> str:
    return f'<p class="lead">{escape(say("web.nothing"))}</p>'


def _above(column: Column) -> str:
    """Return the heading of a cell's column, seen only on a phone; an element, as mail shows no text of a style."""
    return f'<span class="h">{escape(column.heading)}</span>'


def _joined(row: Iterable[Cell | None]) -> list[list[Cell]]:
    """Return the cells of a row that say something, and the first cell if it begins a row of several."""
    cells = [cell for cell in row if cell is not None]
    said = [cell for cell in cells if value_of(cell.content) not in (None, "")]
    if said and len(cells) > 1 and said[0] is not cells[0]:
        said = [cells[0], *said]
    return [[cell] for cell in said]


def _continued(rows: Iterable[list[list[Cell]]]) -> list[list[list[Cell]]]:
    """Return rows of a label and its text, in which lines without a label belong to the row above."""
    whole: list[list[list[Cell]]] = []
    for row in rows:
        label, last = row[0][0] if row else None, whole[-1] if whole else []
        if label and len(row) > 1 and value_of(label.content) in (None, "") and len(last) == len(row):
            for cells, (more,) in zip(last[1:], row[1:], strict=True):
                if cells[-1].style == more.style:
                    cells[-1] = Cell(_put_together(cells[-1], more), more.style)
                else:
                    cells.append(more)
        else:
            whole.append(row)
    return whole


def _whole(cells: Iterable[Cell]) -> list[Cell]:
    """Return lines of text, of which those that a sheet has broken within a sentence are one again."""
    whole: list[Cell] = []
    for cell in cells:
        before = whole[-1] if whole else None
        if before and before.style == cell.style and _goes_on(before, cell):
            whole[-1] = Cell(_put_together(before, cell), cell.style)
        else:
            whole.append(cell)
    return whole


def _goes_on(one: Cell, other: Cell) -> bool:
    """Say whether the text of a cell goes on in another."""
    before, behind = value_of(one.content), value_of(other.content)
    if not (isinstance(before, str) and isinstance(behind, str) and before and behind):
        return False
    return not before.endswith(_ENDS) and not behind.startswith(_BULLETS)


def _put_together(one: Cell, other: Cell) -> str:
    """Return a text of two lines as one, with a blank between words, and none behind full-width characters."""
    before, behind = str(value_of(one.content)), str(value_of(other.content))
    return f"{before}{'' if display_width(before[-1:]) > 1 else ' '}{behind}"


def _contents(sheet: Sheet) -> dict[tuple[int, int], Value]:
    """Return what stands in the cells of a sheet, by column and row."""
    held = {
        (column, row): value_of(cell.content)
        for block in sheet.blocks
        for column, row, cell in block.cells()
    }  # fmt: skip
    for table in sheet.tables:
        left, top, *_ = table.body
        for down, row in enumerate(table.rows, top):
            held |= {(across, down): value_of(cell) for across, cell in enumerate(row, left)}
    return held


def _is_title(item: _Item) -> bool:
    """Say whether an item is the title of a section."""
    return isinstance(item, Block) and all(cell.style == "section" for *_, cell in item.cells())


def _left(item: _Item) -> int:
    return Area.parse(item.at).left


def _top(item: _Item) -> int:
    return Area.parse(item.at).top
