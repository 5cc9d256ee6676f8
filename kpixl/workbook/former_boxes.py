"""The figures of a tree that is drawn from left to right, as plan workbooks had it until November 2026.

A box is on the line of its first child, and the branches below it move up as far as the boxes already placed allow
(Reingold and Tilford, *Tidier drawings of trees*, 1981). Only the values are needed: the drawing is in the workbook.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

from kpixl.workbook.blocks import Calc, Cell
from kpixl.workbook.boxes import number, over, shown
from kpixl.xlsx.address import Area, address

__all__ = ["PLUS", "TIMES", "Box", "figures_of"]

EQUALS, PLUS, MINUS, TIMES, DIVIDED = "＝", "＋", "−", "×", "÷"
_OPERATORS = {EQUALS: "", PLUS: "+", MINUS: "-", TIMES: "*", DIVIDED: "/"}
_LINE = 4  # rows: the name, the target, the actual, and a gap
_LEVEL = 4  # columns: the line from the parent, the sign, and two for the box


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


def _arrange(box: Box) -> Place:
    """Give every box of a tree its level and the highest line that is free for it."""
    ends: dict[int, int] = {}
    children = []
    for branch in map(_arrange, box.children):
        down = max(ends.get(place.level, 0) - place.line for place in branch)
        child = _moved(branch, down)
        ends |= {place.level: place.line + 1 for place in sorted(child, key=lambda place: place.line)}
        children.append(_moved(child, 0, right=1))
    return Place(box, 0, 0, tuple(children))


def _moved(place: Place, down: int, right: int = 0) -> Place:
    children = tuple(_moved(child, down, right) for child in place.children)
    return Place(place.box, place.level + right, place.line + down, children)


def figures_of(root: Box, at: str) -> tuple[tuple[tuple[Cell | None, ...], ...], tuple[Calc, ...]]:
    """Return the rows of the tree with its top left corner at `at`, and each breakdown of the root from its leaves."""
    corner, tree = Area.parse(at), _arrange(root)
    grid: dict[tuple[int, int], Cell] = {}
    figures = _Figures(corner, tree)
    for place in tree:
        _put(grid, place, figures)
    down = _LINE * (max(place.line for place in tree) + 1) - 1
    across = _LEVEL * max(place.level for place in tree) + 2
    rows = tuple(tuple(grid.get((row, column)) for column in range(across)) for row in range(down))
    return rows, tuple(figures.whole(tree, way) for way in range(len(tree.ways)))


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
        target, actual = map(number, self.of(place))
        due = place.box.due
        if due:
            formula, target = f"({self.cell(place, 1)}*{due.formula})", target * number(due)
        else:
            formula = self.cell(place, 1)
        return Calc(f'IFERROR({self.cell(place, 2)}/{formula},"")', shown(over(actual, target)))

    def whole(self, place: Place, way: int = 0) -> Calc:
        """Return the target of a branch as computed from its leaves."""
        if not place.children:
            return Calc(self.cell(place, 1), self.of(place)[0].value)
        text, total, term = "", 0.0, 0.0
        for child in place.ways[way]:
            part = self.whole(child)
            if child.box.spare:
                part = Calc(f"IFERROR({part.formula},0)", part.value or 0.0)
            sign, amount = child.box.sign, number(part)
            text += _OPERATORS[sign] + part.formula
            if sign in (TIMES, DIVIDED):
                term = term * amount if sign == TIMES else over(term, amount)
            else:
                total, term = total + term, -amount if sign == MINUS else amount
        return Calc(f"({text})", shown(total + term))

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
            return [number(self.of(place)[row - 1]) for place in places]

        formula, value = self.cell(parent, row), values([parent])[0]
        if others:
            formula += f"-SUM({','.join(self.cell(place, row) for place in others)})"
            value -= math.fsum(0.0 if math.isnan(other) else other for other in values(others))
        if factors:
            divided = f"({formula})" if others else formula
            formula = "/".join([divided, *(self.cell(place, row) for place in factors)])
            value = over(value, math.prod(values(factors)))
        else:
            formula, value = f"ROUND({formula},6)", round(value, 6)
        return Calc(f'IFERROR({formula},"")', shown(value))


def _put(grid: dict[tuple[int, int], Cell], place: Place, figures: _Figures) -> None:
    """Put the figures of a box into their cells: the attainment, below it the target and the actual."""
    top, left = _LINE * place.line, _LEVEL * place.level
    if isinstance(place.box.name, Calc):
        grid[top, left] = Cell(place.box.name)
    grid[top, left + 1] = Cell(figures.attainment(place))
    for row, figure in enumerate(figures.of(place), top + 1):
        grid[row, left + 1] = Cell(figure)


def _terms(way: list[Place]) -> list[list[Place]]:
    """Return the terms of a sum, each as a list of factors."""
    starts = [number for number, place in enumerate(way) if place.box.sign not in (TIMES, DIVIDED)]
    return [way[start:end] for start, end in pairwise([*starts, None])]


def _given(box: Box) -> list[Calc]:
    return [Calc('""', "") if figure is None else figure for figure in (box.target, box.actual)]
