"""Planning: from a goal to what each stage and driver must bring, and whether it can."""

from typing import Any

import numpy as np

from kpixl import engine, texts
from kpixl.engine.numbers import parse_date, parse_number
from kpixl.errors import InvalidValue, UserError
from udfs.boundary import function
from udfs.cells import Grid, Table, columns_of, is_blank, spoken
from udfs.kinds import Anything, Cells, Flag, Number, Numbers, NumbersOrBlank, Sample, Text, TextOrBlank, Texts

__all__ = [
    "KPI_BACKSOLVE",
    "KPI_FEASIBILITY",
    "KPI_FORWARD",
    "KPI_LEVERS",
    "KPI_SENSITIVITY",
    "KPI_SMART",
    "KPI_SOLVE",
    "KPI_TREE",
]


@function("planning")
def KPI_BACKSOLVE(
    goal: Number, unit_value: Number, rates: Numbers, existing: Number = 0.0, rounding: Text = "each"
) -> Any:
    """Volume needed at each stage to reach a revenue goal, top of the funnel first, orders last.

    Parameters
    ----------
    rounding
        each: round up at every stage (if left out); end: compute exactly, then round up; none.

    Examples
    --------
    =KPI_BACKSOLVE("1億円","100万円",20%)
    """
    return engine.backsolve(goal, unit_value, rates, existing=existing, rounding=rounding)


@function("planning")
def KPI_FORWARD(volume: Number, rates: Numbers, unit_value: Number = 1.0, existing: Number = 0.0) -> Any:
    """Outcome if every KPI is met: volume times all rates times unit value, plus secured revenue.

    Parameters
    ----------
    volume
        What enters the funnel at the top.

    Examples
    --------
    =KPI_FORWARD(200,20%,"50万円")
    """
    return engine.forward(volume, rates, unit_value=unit_value, existing=existing)


@function("planning")
def KPI_SOLVE(goal: Number, formula: Text, labels: Texts, values: Numbers, driver: Text) -> float:
    """Value that one driver must take so that the formula reaches the goal, the others as they are.

    Parameters
    ----------
    goal
        What the formula should make.
    labels
        Names of the drivers, in the order of the values.
    driver
        Name of the driver that may move.

    Examples
    --------
    =KPI_SOLVE(10000000,"商談×成約率×単価",{"商談";"成約率";"単価"},{40;0.2;1000000},"商談")
    """
    return engine.solve(goal, formula, labels, values, driver)


@function("planning")
def KPI_TREE(nodes: Cells, goal: Number | None = None, header: Flag = True) -> Table:
    """Value of every node of a KPI tree; with a goal for its root also target and gap.

    Parameters
    ----------
    nodes
        A row per node: name, number or formula of other nodes, and perhaps a weight. Blank weights stay fixed.
    goal
        What the root should be; the leaves are scaled by one factor to the power of their weights.

    Examples
    --------
    =KPI_TREE({"売上","受注×単価";"受注",8;"単価",1000000})
    """
    names, contents, weights = _nodes(nodes)
    found = columns_of(engine.tree(names, contents, weights=weights, goal=goal))
    return Table({key: column for key, column in found.items() if column is not None}, header)


@function("planning")
def KPI_SENSITIVITY(formula: Text, labels: Texts, values: Numbers, change: Number = 0.01, header: Flag = True) -> Table:
    """What a little more of each driver does to the outcome, the largest effect first.

    Parameters
    ----------
    labels
        Names of the drivers, in the order of the values.
    change
        Relative change of each driver, 1% if left out.

    Examples
    --------
    =KPI_SENSITIVITY("商談×成約率×単価",{"商談";"成約率";"単価"},{40;0.2;1000000})
    """
    found = columns_of(engine.sensitivity(formula, labels, values, change=change))
    found["outcome_effect"] = found.pop("effect")
    return Table({key: found[key] for key in ("driver", "now", "outcome_effect", "elasticity")}, header)


@function("planning")
def KPI_LEVERS(
    goal: Number,
    formula: Text,
    labels: Texts,
    values: Numbers,
    caps: NumbersOrBlank | None = None,
    header: Flag = True,
) -> Table:
    """What each driver must become alone, and a balanced plan within the caps; its outcome stands in the last row.

    Parameters
    ----------
    goal
        What the formula should make.
    labels
        Names of the drivers, in the order of the values.
    caps
        How far each driver can go; blank means no limit.

    Examples
    --------
    =KPI_LEVERS(10000000,"商談×成約率×単価",{"商談";"成約率";"単価"},{40;0.2;1000000})
    """
    found = engine.levers(goal, formula, labels, values, caps=caps)
    short = texts.say("udfs.not_enough")
    columns: dict[str, list[Any]] = {
        "driver": [*found.driver, texts.say("udfs.outcome")],
        "now": [*found.now, found.present],
        "needed": [*(short if np.isnan(needed) else needed for needed in found.needed), goal],
        "cap": [*(None if np.isinf(cap) else cap for cap in found.cap), None],
        "planned": [*found.planned, found.outcome],
    }
    return Table(columns, header)


@function("planning")
def KPI_SMART(
    kpi: TextOrBlank,
    target: Anything,
    unit: TextOrBlank,
    due_date: Anything,
    history: Sample | None = None,
    linked: Flag | None = None,
    header: Flag = True,
) -> Table:
    """Whether a KPI is specific, measurable, achievable, relevant and time-bound, with the reasons.

    Parameters
    ----------
    kpi
        Name of the KPI.
    target
        The number to reach.
    unit
        What is counted.
    due_date
        Until when.
    linked
        TRUE when the KPI tree links it to the KGI.

    Examples
    --------
    =KPI_SMART("月間商談数",40,"件","2026/3/31")
    """
    amount, due = _readable(parse_number, target), _readable(parse_date, due_date)
    past = np.array([]) if history is None else history
    judged = engine.smart(kpi or "", amount, unit or "", due, history=past, linked=linked)
    columns: dict[str, list[Any]] = {
        "criterion": [texts.say(f"smart.{one.criterion}") for one in judged],
        "passed": [one.passed for one in judged],
        "reason": [texts.say(f"smart.{one.reason}") for one in judged],
    }
    return Table(columns, header)


@function("planning")
def KPI_FEASIBILITY(target: Number, history: Sample) -> tuple[Any, ...]:
    """A target beside past actuals: ratio to their mean, to their best, share of them it exceeds, verdict.

    Parameters
    ----------
    target
        Target of a period.

    Examples
    --------
    =KPI_FEASIBILITY(40,{28;30;33;31;35;34})
    """
    found = engine.feasibility(target, history)
    return found.to_mean, found.to_best, found.percentile, spoken("reach", found.verdict)


def _nodes(cells: Grid) -> tuple[list[str], list[float | str], list[float | None] | None]:
    """Read the rows of a tree: names, numbers or formulas, and weights where there is a column for them."""
    rows = [row for row in cells if not all(map(is_blank, row))]
    if any(len(row) < 2 for row in rows):
        raise InvalidValue("tree_columns")
    names = ["" if is_blank(row[0]) else str(row[0]) for row in rows]
    contents = [_number_or_formula(row[1]) for row in rows]
    weights = [None if is_blank(row[2]) else parse_number(row[2]) for row in rows] if len(cells[0]) > 2 else None
    return names, contents, weights


def _number_or_formula(cell: Any) -> float | str:
    if is_blank(cell):
        return ""
    number = _readable(parse_number, cell) if isinstance(cell, str) else parse_number(cell)
    return cell if number is None else number


def _readable(reader: Any, cell: Any) -> Any:
    """Return what `reader` makes of a cell, or None where it cannot."""
    try:
        return reader(cell)
    except UserError:
        return None
