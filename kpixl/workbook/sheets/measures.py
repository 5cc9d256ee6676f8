"""The measures beside the funnel on the progress sheet: rates, sums, scores, what deals tell, what is followed by hand.

Actuals are native formulas on the imported and typed actuals; what deals tell is written by a refresh. The table cannot
grow between others, so that in an older workbook what has no room in it stands in a second one below all others.
"""

from collections.abc import Callable
from functools import partial
from typing import Any

from kpixl.plan import REVENUE, Indicator, Plan
from kpixl.plan.glossary import AMOUNT, COUNT, DAYS, MINUTES, SCORES
from kpixl.texts import say
from kpixl.tracking import attained, followed_by_hand, followed_measures, measured, numerator, records
from kpixl.workbook.blocks import BY_ROW, Calc, Column, Content, Table, figure
from kpixl.workbook.books import Book
from kpixl.workbook.references import column_ref, own_cell
from kpixl.workbook.schema import has_table, kpi_key
from kpixl.workbook.sheets.formulas import (
    actuals_formula,
    event_formula,
    event_records,
    last_formula,
    of_kpi,
    quoted,
    records_formula,
)
from kpixl.workbook.sheets.scorecards import share_of, typed_last
from kpixl.workbook.sheets.targets import channel_target
from kpixl.workbook.state import State, event_names
from kpixl.workbook.tables import TEAM

__all__ = ["measure_rows", "measure_table", "more_measures"]

MEASURES, MORE_MEASURES = "kpixl_indicators", "kpixl_more_indicators"


def measure_rows(book: Book) -> int | None:
    """Return how many measures the table of a workbook holds, which cannot grow between others; None in a new one."""
    found = book.tables.get(MEASURES)
    return None if found is None else found.body_area.bottom - found.body_area.top + 1


def measure_table(state: State, at: str) -> Table:
    """Return the measures with their figures of this month, and the KPIs tracked by hand, as many as have room."""
    makers, styles = _made(state)
    return _measures(MEASURES, at, makers[: state.measure_rows], styles[: state.measure_rows])


def more_measures(state: State, at: str) -> Table | None:
    """Return those for which the first table of an older workbook has no room; None where there are none."""
    makers, styles = _made(state)
    rows = len(makers) if state.measure_rows is None else state.measure_rows
    if rows >= len(makers) and not has_table(MORE_MEASURES):
        return None
    return _measures(MORE_MEASURES, at, makers[rows:], styles[rows:])


def _measures(name: str, at: str, makers: list[Callable[[int], tuple[Content, ...]]], styles: tuple[str, ...]) -> Table:
    columns = (
        Column("kpi", "strong", 16),
        Column("weeks.content", "text", 13),
        Column("target", BY_ROW, 13),
        Column("part", "count", 13),
        Column("whole", "count", 13),
        Column("actual", BY_ROW, 13),
        Column("attainment", "attainment", 13),
    )
    rows = [make(place) for place, make in enumerate(makers)]
    return Table(at, name, columns, rows or [(None,) * len(columns)], row_styles=styles or ("rate",))


def _made(state: State) -> tuple[list[Callable[[int], tuple[Content, ...]]], tuple[str, ...]]:
    """Return what makes each row at its place in a table, and its style: measures, then what is tracked by hand."""
    plan, tracking = state.plan, state.tracking
    followed = followed_measures(plan)
    by_hand = [kpi for kpi in followed_by_hand(plan) if isinstance(kpi, Indicator) and not kpi.event]
    deals = state.deals_now if any(one.of_deals for one in followed) else None
    frame = measured(plan, tracking.targets, state.facts, tracking.values, tracking.as_of, deals, tracking.by_hand)
    makers: list[Callable[[int], tuple[Content, ...]]] = [
        partial(_measure, state, kpi, row) for kpi, row in zip(followed, records(frame), strict=True)
    ]
    makers += [partial(_by_hand, state, kpi) for kpi in by_hand]
    styles = (
        *(_measure_style(kpi) for kpi in followed),
        *("rate" if kpi.unit == "%" else "quantity" for kpi in by_hand),
    )
    return makers, styles


def _measure(state: State, one: Indicator, row: dict[str, Any], place: int) -> tuple[Content, ...]:
    plan, names = state.plan, event_names(state.plan)
    event, base = (names.get(key, key) for key in (one.event, one.base))
    target, actual = (own_cell(place, key) for key in ("target", "actual"))
    values = [figure(row["part"], None), figure(row["whole"], None), figure(row["actual"])]
    figures: list[Content] = [*values]
    if not one.of_deals:
        counted = event_formula(plan, quoted(base), "count", channel=_channel(one)) if one.base else ""
        formulas = _numerator(plan, one, event), counted, _actual(plan, one, event, place)
        figures = [Calc(formula, value) if formula else value for formula, value in zip(formulas, values, strict=True)]
    given = _target(plan, one)
    return (
        one.name,
        _content(one, event, base),
        one.target if given is None else Calc(given, figure(row["target"])),
        *figures,
        Calc(_attained(one, actual, target), figure(row["attainment"])),
    )


def _content(one: Indicator, event: str, base: str) -> str:
    """Return what is measured, in words, and whether less of it is better."""
    told = say("progress.score_of" if one.is_score else f"progress.{one.measure}_of", event=event)
    if one.is_score:
        return told
    if one.base:
        told = say("progress.rate", part=told, whole=base)
    elif not one.of_deals:
        told = say("progress.sum", part=told)
    if one.measure != DAYS and one.of_deals:
        told = say("progress.over_year", part=told)
    return say("progress.lower", part=told) if one.lower_is_better else told


def _actual(plan: Plan, one: Indicator, event: str, place: int) -> str:
    """Return the formula of a measure: blank where nothing of it was ever recorded, or it is below zero."""
    part, whole = (own_cell(place, key) for key in ("part", "whole"))
    never = f"({_records(plan, one, event)})=0"
    if one.is_score:
        return f'IF({never},{last_formula(plan, quoted(one.name))},IF({whole}<=0,"",{part}/{whole}))'
    unknown = [f"{whole}<=0"] if one.base else []
    unknown += [] if one.event in SCORES else [f"{part}<0"]
    return f'IF(OR({",".join([*unknown, never])}),"",{part}{f"/{whole}" if one.base else ""})'


def _attained(one: Indicator, actual: str, target: str) -> str:
    """Return the formula of how much of a target is attained; where less is better, the target by the actual."""
    if not one.lower_is_better:
        return share_of(actual, target)
    return f'IF(OR({actual}="",{target}=""),"",IF({actual}<=0,"",{target}/{actual}))'


def _by_hand(state: State, one: Indicator, place: int) -> tuple[Content, ...]:
    typed = typed_last(state, one.name, state.month, "kpixl_month_start")
    target, actual = (own_cell(place, key) for key in ("target", "actual"))
    value = typed.value if isinstance(typed.value, float) else None
    attainment = Calc(_attained(one, actual, target), figure(attained(one, value, one.target)))
    told = say("progress.by_hand")
    return (
        one.name,
        say("progress.lower", part=told) if one.lower_is_better else told,
        one.target,
        None,
        None,
        typed,
        attainment,
    )


def _numerator(plan: Plan, one: Indicator, event: str) -> str:
    if numerator(plan, one) == REVENUE:
        return actuals_formula(plan, quoted(plan.kpis[0].name), money="TRUE", channel=_channel(one))
    return event_formula(plan, quoted(event), one.measure, channel=_channel(one))


def _records(plan: Plan, one: Indicator, event: str) -> str:
    """Return the formula of how many rows there are of a measure's numerator since the start of the plan."""
    kpi = next((kpi for kpi in plan.kpis if kpi.key == numerator(plan, one)), None)
    if kpi is not None:
        return records_formula(plan, kpi)
    counted = one.measure == COUNT or one.event in SCORES
    return event_records(plan, quoted(event), None if counted else one.measure)


def _measure_style(one: Indicator) -> str:
    """Return the number style of a measure."""
    if one.is_score or one.measure in (MINUTES, DAYS):
        return "decimal"
    if one.measure == AMOUNT:
        return "money"
    return "count" if not one.base else "rate" if one.unit == "%" or not one.of_deals else "decimal"


def _target(plan: Plan, one: Indicator) -> str | None:
    """Return the formula of a measure's target: what the funnel asks, of a sum what is due by now; None if typed."""
    key = numerator(plan, one)
    stages = {stage.event for stage in plan.stages}
    if one.base or one.of_deals:
        if one.target is not None:
            return None
        if key is None or one.base not in stages:
            return '""'
        return f'IFERROR({_asked(plan, one, key)}/{_asked(plan, one, one.base)},"")'
    if one.target is not None:
        revenue = plan.kpis[0]
        part = f"{of_kpi('target', revenue.name)}/SUM({column_ref(TEAM, kpi_key(revenue))})"
        return f'IFERROR({one.target:.15g}*{part}*kpixl_elapsed,"")'
    return '""' if key is None else f'IFERROR({_asked(plan, one, key)}*kpixl_elapsed,"")'


def _asked(plan: Plan, one: Indicator, kpi: str) -> str:
    """Return the formula of what the funnel asks of a KPI in the month, of all channels or of a measure's own."""
    name = next(each.name for each in plan.kpis if each.key == kpi)
    return channel_target(plan, quoted(name), quoted(one.channel)) if one.channel else of_kpi("target", name)


def _channel(one: Indicator) -> str | None:
    return quoted(one.channel) if one.channel else None
