"""KPIツリー / KPI tree: the month's goal broken down to what the team does, as boxes joined by lines.

Left to right each box is the product or sum of the boxes to its right: the revenue of orders, unit value and secured
revenue, the orders of the stage before and its rate, and so on up the funnel. Every figure is a formula on the
progress table. The upper line of boxes is volumes, the lower one rates.
"""

from itertools import pairwise
from typing import Any

from kpixl.texts import say
from kpixl.tracking import records
from kpixl.workbook.blocks import Block, Calc, Cell, Sheet, lettering
from kpixl.workbook.sheets.progress import of_kpi
from kpixl.workbook.state import State
from kpixl.xlsx.address import column_letters

__all__ = ["sheet"]

_HEIGHT, _WIDTH = 5, 3
_Figure = tuple[str, float | None]  # a formula and its value


def sheet(state: State) -> Sheet:
    """Return the sheet with the KPI tree."""
    plan = state.plan
    stages = plan.stages[::-1]
    grid: dict[tuple[int, int], Cell] = {}
    _box(grid, 0, 0, plan.kpis[0].name, _volume(state, plan.kpis[0].name, "money"))
    _box(grid, 0, 1, stages[0].name, _volume(state, stages[0].name, "count"))
    _box(grid, 1, 1, say("tree.unit_value"), _unit_value(state))
    _box(grid, 2, 1, say("tree.existing"), _existing(state))
    _joined(grid, 1, "×+")
    for level, (upper, lower) in enumerate(pairwise(stages), 2):
        _box(grid, 0, level, lower.name, _volume(state, lower.name, "count"))
        _box(grid, 1, level, f"{lower.name}→{upper.name}", _rate(state, lower.name, upper.name))
        _joined(grid, level, "×")
    down, across = (max(place[axis] for place in grid) + 1 for axis in (0, 1))
    rows = tuple(tuple(grid.get((row, column)) for column in range(across)) for row in range(down))
    widths = {column_letters(2 + place): 4.5 if place % _WIDTH == 2 else 11.5 for place in range(across)}
    return Sheet(
        say("sheet.tree"),
        blocks=(
            lettering("B2", [[(say("tree.title"), "title")]]),
            lettering("B3", [[(say("tree.lead"), "lead")]]),
            Block("B5", rows, "kpixl_tree"),
        ),
        widths=widths,
        tab="computed",
    )


def _box(grid: dict[tuple[int, int], Cell], line: int, level: int, name: str, figures: list[Cell]) -> None:
    """Put a box at its line and level: its name, then target, actual and attainment."""
    top, left = line * _HEIGHT, level * _WIDTH
    grid[top, left], grid[top, left + 1] = Cell(name, "box"), Cell("", "box")
    labels = ("heading.target", "heading.actual", "tree.on_pace")
    for row, (label, figure) in enumerate(zip(labels, figures, strict=True), top + 1):
        grid[row, left], grid[row, left + 1] = Cell(say(label), "box_label"), figure


def _joined(grid: dict[tuple[int, int], Cell], level: int, signs: str) -> None:
    """Join the boxes of a level to the one on their left, with the signs between them."""
    grid[1, level * _WIDTH - 1] = Cell("＝", "join")
    for line, sign in enumerate(signs):
        grid[line * _HEIGHT + _HEIGHT - 1, level * _WIDTH] = Cell(sign, "join_down")


def _volume(state: State, name: str, style: str) -> list[Cell]:
    row = _tracked(state, name)
    target, pace, actual = (
        (of_kpi(say(f"heading.{which}"), name), float(row[which])) for which in ("target", "pace", "actual")
    )
    return _figures(style, target, actual, pace)


def _unit_value(state: State) -> list[Cell]:
    plan = state.plan
    money, orders = plan.kpis[0].name, plan.stages[-1].name
    actual_formula = f"{of_kpi(say('heading.actual'), money)}/{of_kpi(say('heading.actual'), orders)}"
    sold = _tracked(state, orders)["actual"]
    value = _tracked(state, money)["actual"] / sold if sold else None
    return _figures("money", ("kpixl_unit_value", plan.goal.unit_value), (actual_formula, value))


def _existing(state: State) -> list[Cell]:
    plan, targets = state.plan, state.tracking.targets
    money, orders = plan.kpis[0].name, plan.stages[-1].name
    share = of_kpi(say("heading.target"), money)
    formula = f"{share}-{of_kpi(say('heading.target'), orders)}*kpixl_unit_value"
    value = float(targets.existing[plan.period.month_of(state.tracking.as_of)])
    return [Cell(Calc(formula, value), "box_money"), Cell("", "box_money"), Cell("", "box_money")]


def _rate(state: State, lower: str, upper: str) -> list[Cell]:
    target, actual = (
        f"{of_kpi(say(f'heading.{which}'), upper)}/{of_kpi(say(f'heading.{which}'), lower)}"
        for which in ("target", "actual")
    )
    above, below = _tracked(state, lower), _tracked(state, upper)
    planned, done = (below[which] / above[which] if above[which] else None for which in ("target", "actual"))
    return _figures("rate", (target, planned), (actual, done))


def _figures(style: str, target: _Figure, actual: _Figure, due: _Figure | None = None) -> list[Cell]:
    """Return target, actual, and the actual beside what is due by now; a figure that cannot be had is blank."""
    due = due or target
    ratio = None if not due[1] or actual[1] is None else actual[1] / due[1]
    return [
        Cell(Calc(f'IFERROR({formula},"")', "" if value is None else value), f"box_{kind}")
        for formula, value, kind in (
            (*target, style),
            (*actual, style),
            (f"({actual[0]})/({due[0]})", ratio, "attainment"),
        )
    ]


def _tracked(state: State, name: str) -> dict[str, Any]:
    """Return the month's progress of the KPI with this name."""
    return next(row for row in records(state.tracking.progress) if row["name"] == name)
