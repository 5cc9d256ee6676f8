"""A tree of boxes joined by lines, from left to right, drawn in cells; what the boxes mean is up to the caller.

Each level has its columns and each box its line. A box is on the line of its first child, and the branches below it
move up as far as the boxes already placed allow (Reingold and Tilford, *Tidier drawings of trees*, 1981). Levels fold
as groups of columns; a branch that shares its lines with no other folds as a group of rows.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

from kpixl.workbook.blocks import Calc, Cell, Value, value_of
from kpixl.workbook.fitting import display_width
from kpixl.xlsx.address import Area, address, column_letters

__all__ = ["DIVIDED", "EQUALS", "MINUS", "PLUS", "TIMES", "Box", "Drawing", "Place", "arrange", "draw"]

EQUALS, PLUS, MINUS, TIMES, DIVIDED = "＝", "＋", "−", "×", "÷"
_OPERATORS = {EQUALS: "", PLUS: "+", MINUS: "-", TIMES: "*", DIVIDED: "/"}
_LINE = 4  # rows: the name, the target, the actual, and a gap
_LEVEL = 4  # columns: the line from the parent, the sign, and two for the box
_HEIGHTS = (24, 21, 21, 12)  # pixels
_ROOMY, _LOWEST = 22, 0.8  # with more lines than this, rows are scaled down to fit one page, but not below this scale
_STUB, _SIGN = 3.0, 3.6
_FIGURES = {"money": 15.5}
_DEEPEST = 7  # outline levels that a spreadsheet allows


@dataclass(frozen=True)
class Box:
    """A figure of a tree, and the figures that it is computed from.

    `style` is the number style. `due` is the share of the target that is due by now (None: all of it). `sign` joins
    the box to the box above it; EQUALS begins a new breakdown of the parent, which may have several. A target or actual
    of None is computed from the parent and the rest of the breakdown: the remainder of a sum, or the missing factor of
    a product; such a breakdown uses only PLUS and TIMES, and its other terms are single boxes. A `spare` box and
    its branch are visible only while its name is not blank.
    """

    name: str | Calc
    style: str
    target: Calc | None = None
    actual: Calc | None = None
    due: Calc | None = None
    sign: str = EQUALS
    children: tuple["Box", ...] = ()
    spare: bool = False


@dataclass(frozen=True)
class Place:
    """The position of a box: its level from the left, its line from the top, and the positions of its children."""

    box: Box
    level: int
    line: int
    children: tuple["Place", ...] = ()

    def __iter__(self) -> Iterator["Place"]:
        """Yield this box and all boxes of its branch, from the top."""
        yield self
        for child in self.children:
            yield from child

    @property
    def ways(self) -> list[list["Place"]]:
        """The children, in a list for each breakdown of the box."""
        starts = [place for place, child in enumerate(self.children) if child.box.sign == EQUALS]
        return [list(self.children[start:end]) for start, end in pairwise([*starts, None])]

    @property
    def last(self) -> int:
        """The lowest line of the branch."""
        return max(place.line for place in self)


@dataclass(frozen=True)
class Drawing:
    """A tree in cells, and what it requires of its sheet: widths, heights, and outline levels of rows and columns.

    `wholes` has, for each breakdown of the root, its target as computed from the leaves: the formula and its value.
    `unseen` maps areas, separated by spaces, to a formula: while it is true, their contents are invisible.
    """

    rows: tuple[tuple[Cell | None, ...], ...]
    widths: dict[str, float]
    heights: dict[int, float]
    row_groups: dict[int, int]
    column_groups: dict[str, int]
    wholes: tuple[Calc, ...]
    unseen: dict[str, str]


def arrange(box: Box) -> Place:
    """Give every box of a tree its level and the highest line that is free for it."""
    ends: dict[int, int] = {}
    children = []
    for branch in map(arrange, box.children):
        down = max(ends.get(place.level, 0) - place.line for place in branch)
        child = _moved(branch, down)
        ends |= {place.level: place.line + 1 for place in sorted(child, key=lambda place: place.line)}
        children.append(_moved(child, 0, right=1))
    return Place(box, 0, 0, tuple(children))


def _moved(place: Place, down: int, right: int = 0) -> Place:
    children = tuple(_moved(child, down, right) for child in place.children)
    return Place(place.box, place.level + right, place.line + down, children)


def draw(root: Box, at: str, labels: tuple[str, str]) -> Drawing:
    """Draw a tree with its top left corner at `at`; `labels` are those of the target and the actual in every box."""
    corner, tree = Area.parse(at), arrange(root)
    grid: dict[tuple[int, int], Cell] = {}
    figures = _Figures(corner, tree)
    for place in tree:
        _put(grid, place, figures, labels)
        _join(grid, place)
    down, across = (max(cell[axis] for cell in grid) + 1 for axis in (0, 1))
    columns = range(_LEVEL - 2, _LEVEL * (max(place.level for place in tree) + 1) - 2)  # below the top
    return Drawing(
        rows=tuple(tuple(grid.get((row, column)) for column in range(across)) for row in range(down)),
        widths=_widths(tree, corner.left),
        heights={corner.top + row: height for row, height in enumerate(_heights(down))},
        row_groups={corner.top + row: depth for row, depth in _row_groups(tree).items()},
        column_groups={column_letters(corner.left + one): min((one + 2) // _LEVEL, _DEEPEST) for one in columns},
        wholes=tuple(figures.whole(tree, way) for way in range(len(tree.ways))),
        unseen=dict(_unseen(tree, corner)),
    )


class _Figures:
    """The figures of the boxes of a tree, and the cells that hold them."""

    def __init__(self, corner: Area, tree: Place) -> None:
        self._corner = corner
        self._found: dict[tuple[int, int], list[Calc]] = {(0, 0): _given(tree.box)}
        for parent in tree:
            for way in parent.ways:
                for place in way:
                    self._found[place.level, place.line] = _given(place.box)
                for place in way:
                    self._complete(parent, way, place)

    def of(self, place: Place) -> list[Calc]:
        """Return the target and the actual of a box."""
        return self._found[place.level, place.line]

    def cell(self, place: Place, row: int) -> str:
        """Return the address of a box's target (1) or actual (2)."""
        return address(self._corner.left + _LEVEL * place.level + 1, self._corner.top + _LINE * place.line + row)

    def attainment(self, place: Place) -> Calc:
        """Return the actual divided by the due part of the target; blank if it cannot be computed."""
        target, actual = map(_number, self.of(place))
        due = place.box.due
        if due:
            formula, target = f"({self.cell(place, 1)}*{due.formula})", target * _number(due)
        else:
            formula = self.cell(place, 1)
        return Calc(f'IFERROR({self.cell(place, 2)}/{formula},"")', _value(_over(actual, target)))

    def whole(self, place: Place, way: int = 0) -> Calc:
        """Return the target of a branch as computed from its leaves."""
        if not place.children:
            return Calc(self.cell(place, 1), self.of(place)[0].value)
        text, total, term = "", 0.0, 0.0
        for child in place.ways[way]:
            part = self.whole(child)
            if child.box.spare:
                part = Calc(f"IFERROR({part.formula},0)", part.value or 0.0)
            sign, amount = child.box.sign, _number(part)
            text += _OPERATORS[sign] + part.formula
            if sign in (TIMES, DIVIDED):
                term = term * amount if sign == TIMES else _over(term, amount)
            else:
                total, term = total + term, -amount if sign == MINUS else amount
        return Calc(f"({text})", _value(total + term))

    def _complete(self, parent: Place, way: list[Place], place: Place) -> None:
        """Compute the missing figures of a box from the parent and the rest of the breakdown."""
        terms = _terms(way)
        own = next(term for term in terms if place in term)
        factors = [other for other in own if other is not place]
        others = [other for term in terms if term is not own for other in term]
        for row, given in enumerate((place.box.target, place.box.actual), 1):
            if given is None:
                self._found[place.level, place.line][row - 1] = self._left(parent, others, factors, row)

    def _left(self, parent: Place, others: list[Place], factors: list[Place], row: int) -> Calc:
        def values(places: list[Place]) -> list[float]:
            return [_number(self.of(place)[row - 1]) for place in places]

        formula, value = self.cell(parent, row), values([parent])[0]
        if others:
            formula += f"-SUM({','.join(self.cell(place, row) for place in others)})"
            value -= math.fsum(0.0 if math.isnan(other) else other for other in values(others))
        if factors:
            divided = f"({formula})" if others else formula
            formula = "/".join([divided, *(self.cell(place, row) for place in factors)])
            value = _over(value, math.prod(values(factors)))
        else:
            formula, value = f"ROUND({formula},6)", round(value, 6)
        return Calc(f'IFERROR({formula},"")', _value(value))


def _put(grid: dict[tuple[int, int], Cell], place: Place, figures: _Figures, labels: tuple[str, str]) -> None:
    """Write a box into its cells: the name and the attainment, below them the target and the actual."""
    top, left = _LINE * place.line, _LEVEL * place.level
    grid[top, left] = Cell(place.box.name, "box")
    grid[top, left + 1] = Cell(figures.attainment(place), "box_attainment")
    for row, (label, figure) in enumerate(zip(labels, figures.of(place), strict=True), top + 1):
        grid[row, left], grid[row, left + 1] = Cell(label, "box_label"), Cell(figure, f"box_{place.box.style}")


def _join(grid: dict[tuple[int, int], Cell], place: Place) -> None:
    """Join a box to its children: a line out of the box, one down beside the children, one to each with its sign."""
    if not place.children:
        return
    top, column = _LINE * place.line, _LEVEL * place.level + 3
    grid[top, column - 1] = Cell("", "join")
    for row in range(top + 1, _LINE * place.children[-1].line):
        grid[row, column] = Cell("", "join_down")
    for child in place.children:
        grid[_LINE * child.line, column] = Cell(child.box.sign, "join" if child.line == place.line else "join_turn")


def _row_groups(tree: Place) -> dict[int, int]:
    """Return the outline level of each row: branches that share their lines with no other fold to their first line."""
    groups: dict[int, int] = {}
    for place in tree:
        inside = range(place.line + 1, place.last + 1)
        own = sum(other.line in inside for other in tree) == sum(other.line in inside for other in place)
        for row in range(_LINE * place.line + 3, _LINE * place.last + 3) if own else ():
            groups[row] = min(groups.get(row, 0) + 1, _DEEPEST)
    return groups


def _unseen(tree: Place, corner: Area) -> Iterator[tuple[str, str]]:
    """Yield the areas of each spare box and of the line to it, and the formula that makes them invisible."""
    for parent in tree:
        for before, place in pairwise(parent.children):
            if place.box.spare:
                left, top = corner.left + _LEVEL * place.level, corner.top + _LINE * place.line
                right = max(corner.left + _LEVEL * below.level + 1 for below in place)
                line = Area(left - 1, corner.top + _LINE * before.line + 1, left - 1, top)
                branch = Area(left, top, right, corner.top + _LINE * place.last + 2)
                yield f"{line} {branch}", f'${column_letters(left)}${top}=""'


def _heights(rows: int) -> list[float]:
    """Return the heights of the rows in points."""
    scale = min(1.0, max(_ROOMY * _LINE / rows, _LOWEST))
    return [round(_HEIGHTS[row % _LINE] * scale) * 0.75 for row in range(rows)]


def _widths(tree: Place, left: int) -> dict[str, float]:
    widths: dict[str, float] = {}
    for place in tree:
        column = left + _LEVEL * place.level
        if place.level:
            widths[column_letters(column - 2)], widths[column_letters(column - 1)] = _STUB, _SIGN
        name, figures = column_letters(column), column_letters(column + 1)
        widths[name] = max(widths.get(name, 11.0), min(_wide(place.box.name), 26.0))
        widths[figures] = max(widths.get(figures, 0.0), _FIGURES.get(place.box.style, 10.5))
    return widths


def _wide(name: str | Calc) -> float:
    """Return the width of a name in bold, with its indent."""
    return 1.15 * display_width(str(value_of(name))) + 2


def _terms(way: list[Place]) -> list[list[Place]]:
    """Return the terms of a sum, each as a list of factors."""
    starts = [number for number, place in enumerate(way) if place.box.sign not in (TIMES, DIVIDED)]
    return [way[start:end] for start, end in pairwise([*starts, None])]


def _given(box: Box) -> list[Calc]:
    return [Calc('""', "") if figure is None else figure for figure in (box.target, box.actual)]


def _number(figure: Calc) -> float:
    return math.nan if figure.value == "" else float(str(figure.value))


def _over(value: float, by: float) -> float:
    return value / by if by else math.nan


def _value(number: float) -> Value:
    return "" if math.isnan(number) else number
