"""Trees of figures as boxes in cells, from top to bottom, so that they fit an upright page.

A line holds a box and, to its right, what else belongs to it, each after its sign. Lines that are `chained` each say
what the first box of the line above is made of; otherwise all lines are terms of the box at the top, to which a line
down their left side leads. A line below the top folds as a group of rows.
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from kpixl.workbook.blocks import Calc, Cell, Value
from kpixl.workbook.fitting import display_width
from kpixl.xlsx.address import Area, address, column_letters

__all__ = [
    "ACTUAL",
    "COLUMNS",
    "EQUALS",
    "MINUS",
    "NAME",
    "PLUS",
    "TARGET",
    "TIMES",
    "Box",
    "Drawing",
    "Line",
    "Tree",
    "box_cell",
    "draw",
    "fixed",
    "high",
    "number",
    "over",
    "quotient",
    "shown",
    "widths",
]

EQUALS, PLUS, MINUS, TIMES = "＝", "＋", "−", "×"
NAME, TARGET, ACTUAL = range(3)
_PLACES = {NAME: (1, 1), TARGET: (1, 2), ACTUAL: (2, 2)}  # columns and rows from the corner of a box's room
_LINE = 3  # rows: a gap or the sign; the name and the attainment; the target and the actual
_BOX = 3  # columns: the sign, and two for the box
_MOST = 4  # boxes in a line
COLUMNS = _BOX * _MOST
_HEIGHTS = {True: (12, 18, 18), False: (7.5, 18, 18)}  # points; chained lines have a sign above
_SIGN = 2.2  # characters
_DEEPEST = 7  # outline levels that a spreadsheet allows


@dataclass(frozen=True)
class Box:
    """A figure of a tree; `sign` joins it to the box on its left, or the first of a line to what it explains.

    `style` is the number style. The actual of a `paced` box is compared with what of its target is due by now, that of
    an `unjudged` one with nothing while this condition holds.
    """

    name: str | Calc
    style: str
    target: Calc
    actual: Calc
    paced: bool = False
    sign: str = TIMES
    unjudged: Calc | None = None


@dataclass(frozen=True)
class Line:
    """The boxes of a line; a `spare` line is visible only while the name of its first box is not blank."""

    boxes: tuple[Box, ...]
    spare: bool = False


@dataclass(frozen=True)
class Tree:
    """The lines of a tree, with its top left corner at `at`; the first holds what the others explain."""

    at: str
    lines: Sequence[Line]
    chained: bool


@dataclass(frozen=True)
class Drawing:
    """A tree in cells, and what it requires of its sheet: heights and outline levels of its rows.

    `unseen` maps areas, separated by spaces, to a formula: while it is true, their contents are invisible.
    """

    rows: tuple[tuple[Cell | None, ...], ...]
    heights: dict[int, float]
    row_groups: dict[int, int]
    unseen: dict[str, str]


def box_cell(at: str, line: int, place: int, row: int) -> str:
    """Return the cell of a box's name, target or actual (`row`) in the tree with its top left corner at `at`.

    >>> box_cell("B10", 0, 0, NAME), box_cell("B10", 1, 2, ACTUAL)
    ('C11', 'J15')
    """
    left, top, *_ = Area.parse(at)
    across, down = _PLACES[row]
    return address(left + _BOX * place + across, top + _LINE * line + down)


def high(lines: int) -> int:
    """Return how many rows a number of lines takes."""
    return _LINE * lines


def widths(at: str, labels: tuple[str, str]) -> dict[str, float]:
    """Return the widths of the columns from a tree's left edge; `labels` are those of the target and the actual."""
    left = Area.parse(at).left
    target, actual = map(display_width, labels)
    names = 17.0, 16.5, target + 6.5, target + 7.5  # amounts widen their columns, counts and rates do not
    figures = 16.0, 15.0, actual + 6.0, actual + 6.5
    sizes = [(_SIGN, name, figure) for name, figure in zip(names, figures, strict=True)]
    return {column_letters(left + place): size for place, size in enumerate(size for box in sizes for size in box)}


def draw(tree: Tree, due: Calc) -> Drawing:
    """Draw a tree; `due` is the share of the targets that is due by now."""
    top = Area.parse(tree.at).top
    grid: dict[tuple[int, int], Cell] = {}
    for place, line in enumerate(tree.lines):
        for across, box in enumerate(line.boxes):
            _put(grid, (place, across), box, _attainment(tree.at, place, across, box, due))
        if place:
            _join(grid, place, line.boxes[0].sign, chained=tree.chained)
    down = high(len(tree.lines))
    depths = {row: min(row // _LINE if tree.chained else 1, _DEEPEST) for row in range(_LINE, down)}
    return Drawing(
        rows=tuple(tuple(grid.get((row, column)) for column in range(COLUMNS)) for row in range(down)),
        heights={top + row: _HEIGHTS[tree.chained][row % _LINE] for row in range(down)},
        row_groups={top + row: depth for row, depth in depths.items()},
        unseen=dict(_unseen(tree)),
    )


def _put(grid: dict[tuple[int, int], Cell], at: tuple[int, int], box: Box, attainment: Calc) -> None:
    """Write a box into its cells: the name and the attainment, below them the target and the actual."""
    top, left = _LINE * at[0] + 1, _BOX * at[1] + 1
    if at[1]:
        grid[top, left - 1] = Cell(box.sign, "join")
    grid[top, left], grid[top, left + 1] = Cell(box.name, "box"), Cell(attainment, "box_attainment")
    grid[top + 1, left] = Cell(box.target, f"box_target_{box.style}")
    grid[top + 1, left + 1] = Cell(box.actual, f"box_actual_{box.style}")


def _attainment(at: str, line: int, place: int, box: Box, due: Calc) -> Calc:
    """Return the actual divided by the due part of the target; blank if it cannot be computed."""
    target, actual = (box_cell(at, line, place, row) for row in (TARGET, ACTUAL))
    part, share = (f"({target}*{due.formula})", number(due)) if box.paced else (target, 1.0)
    compared = quotient(actual, part, over(number(box.actual), number(box.target) * share))
    if box.unjudged is None:
        return compared
    value = "" if box.unjudged.value else compared.value
    return Calc(f'IF({box.unjudged.formula},"",{compared.formula})', value)


def _join(grid: dict[tuple[int, int], Cell], line: int, sign: str, *, chained: bool) -> None:
    """Join a line to the one above it, or to the top: by a sign between the boxes, or by a line down on the left."""
    top = _LINE * line
    if chained:
        grid[top, 1] = Cell(sign, "join_between")
        return
    for row in range(top - _LINE + 2, top + 1):
        grid[row, 0] = Cell("", "join_down")
    grid[top + 1, 0] = Cell(sign, "join_turn")


def _unseen(tree: Tree) -> Iterator[tuple[str, str]]:
    """Yield the area of each spare line, and the formula that makes it invisible."""
    left, top, *_ = Area.parse(tree.at)
    for place, line in enumerate(tree.lines):
        if line.spare:
            first = top + _LINE * place
            area = Area(left, first - 1, left, first + 1), Area(left + 1, first + 1, left + COLUMNS - 1, first + 2)
            yield " ".join(map(str, area)), f'{fixed(box_cell(tree.at, place, 0, NAME))}=""'


def fixed(cell: str) -> str:
    """Return a cell's address as it stays when a formula is copied.

    >>> fixed("C12")
    '$C$12'
    """
    left, top, *_ = Area.parse(cell)
    return f"${column_letters(left)}${top}"


def quotient(part: str, whole: str, value: float) -> Calc:
    """Return the formula of a quotient, blank if it cannot be computed, with its value (NaN: none)."""
    return Calc(f'IFERROR({part}/{whole},"")', shown(value))


def number(figure: Calc) -> float:
    """Return the value of a figure; NaN if it is blank."""
    return math.nan if figure.value == "" else float(str(figure.value))


def over(value: float, by: float) -> float:
    """Return a quotient; NaN if it divides by zero."""
    return value / by if by else math.nan


def shown(value: float) -> Value:
    """Return a number as a cell shows it: blank if there is none."""
    return "" if math.isnan(value) else value
