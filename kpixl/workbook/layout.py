"""The layout of a sheet, so that no sheet has to compute positions from the contents of other tables.

A sheet has its title in B2 and a lead below it. Tables are side by side with a column between them, or below each
other, each under the title of its section, which is ruled to the width of the table. Where a refresh computes the
figures of a section, the headline names their date: the user may type another date (`kpixl_as_of`), which formulas
follow at once, while results of the refresh do not and are shown in grey until the next one.
"""

import re
import unicodedata
from collections.abc import Callable, Iterable
from typing import Any

from kpixl.texts import say
from kpixl.workbook.blocks import Block, Calc, Cell, Content, Table, lettering
from kpixl.workbook.fitting import display_width
from kpixl.workbook.state import State
from kpixl.xlsx.address import Area, address, column_letters

__all__ = [
    "THREE_LINES",
    "TWO_LINES",
    "above",
    "below",
    "beside",
    "headline",
    "labels",
    "leads",
    "lines_of",
    "link",
    "named",
    "over",
    "printed",
    "ruled",
    "side_by_side",
    "titled",
]

TWO_LINES, THREE_LINES = 38, 56  # points, for rows with texts written by a refresh, which does not change row heights
_SCREEN = 185  # half-width characters
_LATIN = 1.2  # Latin letters on a line, by those that are half as wide as a full-width one
_BREAKS = re.compile(r".*?(?:[、。）]| |$)")
_SENTENCE = re.compile(r"。|\. ")
_FIRST = "B6"  # the first cell of the first table on most sheets


def titled(title: str, *lead: str) -> tuple[Block, ...]:
    """Return the title of a sheet and its lead, split between sentences into two lines if wider than a screen."""
    if len(lead) == 1 and display_width(lead[0]) > _SCREEN:
        lead = _broken(lead[0])
    return lettering("B2", [[(title, "title")]]), *([leads("B3", *lead)] if lead else [])


def _broken(text: str) -> tuple[str, ...]:
    """Return a text in two lines, split at the end of a sentence as near to its middle as possible."""
    ends = [match.end() for match in _SENTENCE.finditer(text) if match.end() < len(text)]
    if not ends:
        return (text,)
    at = min(ends, key=lambda end: abs(2 * display_width(text[:end]) - display_width(text)))
    return text[:at].rstrip(), text[at:].lstrip()


def lines_of(text: str, width: int) -> list[str]:
    """Return a text in lines of so many half-width characters, broken behind a comma, a bracket or a word.

    Latin letters take less room than half a full-width character, so a text of them has longer lines, whichever
    arrows and quotation marks, which are as wide as their font, are among them.

    >>> lines_of("セミナーのリードが110件で、売上にして▲72万円です。", 30)
    ['セミナーのリードが110件で、', '売上にして▲72万円です。']
    >>> lines_of("“Calls→Connects” rose to 29% in March", 31)
    ['“Calls→Connects” rose to 29% in March']
    """
    latin = not any(unicodedata.east_asian_width(char) in "WF" for char in text)
    width = round(width * _LATIN) if latin else width
    lines = [""]
    for part in _BREAKS.findall(text):
        if lines[-1] and display_width(lines[-1] + part.rstrip()) > width:
            lines.append("")
        lines[-1] += part
    return [line.strip() for line in lines]


def leads(at: str, *lines: str) -> Block:
    """Return lines of explanation, from a cell downwards."""
    return lettering(at, [[(line, "lead")] for line in lines])


def labels(at: str, *texts: str) -> Block:
    """Return labels, from a cell downwards, for the cells to the right of them."""
    return lettering(at, [[(text, "label")] for text in texts])


def named(name: str, at: str, content: Content, style: str = "lead", **shown: Any) -> Block:
    """Return a single named cell; `shown` holds any other arguments of `Block`."""
    return Block(at, ((Cell(content, style),),), name, **shown)


def link(text: str, sheet: str, cell: str = "A1") -> Cell:
    """Return a cell with a link to a cell of a sheet."""
    return Cell(text, "link", link=f"internal:'{sheet}'!{cell}")


def ruled(at: str, title: str, wide: int = 1) -> Block:
    """Return the title of a section, ruled across `wide` columns."""
    return lettering(at, [[(title, "section"), *[("", "section")] * (wide - 1)]])


def over(table: Table, title: str) -> Block:
    """Return the title of a table's section, ruled to the width of the table."""
    return ruled(above(table), title, len(table.columns))


def headline(
    state: State, at: str, name: str, title: str | Calc, wide: int, *, found: bool = True
) -> tuple[Block, ...]:
    """Return the title of a section as a named cell, with the date if a refresh has `found` what the section shows."""
    left, top, *_ = Area.parse(at)
    text = say("analysed.head", title=title, day=state.tracking.as_of) if found else title
    line = lettering(address(left + 1, top), [[("", "section")] * (wide - 1)])
    return named(name, at, text, "section"), line


def above(table: Table, rows: int = 1) -> str:
    """Return the cell that is `rows` above the first heading of a table."""
    return address(table.area.left, table.area.top - rows)


def below(table: Table, rows: int = 1) -> str:
    """Return the cell for a table below another, with a blank row and `rows` for its title between."""
    return address(table.area.left, table.area.bottom + rows + 2)


def beside(table: Table, at: str = _FIRST) -> str:
    """Return the cell in the row of `at` that is right of a table, with a column between."""
    return address(table.area.right + 2, Area.parse(at).top)


def side_by_side(state: State, makers: Iterable[Callable[[State, str], Table]], at: str = _FIRST) -> list[Table]:
    """Return tables side by side, the first at `at`."""
    tables: list[Table] = []
    for make in makers:
        tables.append(make(state, beside(tables[-1], at) if tables else at))
    return tables


def printed(table: Table) -> str:
    """Return the columns of a sheet up to the last column of a table."""
    return f"A:{column_letters(table.area.right)}"
