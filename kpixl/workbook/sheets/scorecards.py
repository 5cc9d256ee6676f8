"""Two small tables of the progress sheet: the KGIs by priority, and the measures beside the funnel.

Actuals are native formulas on the imported and typed actuals; targets come from the settings. The actual of something
tracked by hand is the value typed last; what deals tell is written by a refresh.
"""

import datetime as dt
from typing import Any

import numpy as np

from kpixl.plan import REVENUE, Indicator, Kgi, Plan
from kpixl.plan.glossary import AMOUNT, COUNT, DAYS, MINUTES, SCORES
from kpixl.texts import say
from kpixl.tracking import (
    attained,
    between,
    followed_by_hand,
    followed_measures,
    last_typed,
    measured,
    numerator,
    records,
)
from kpixl.workbook.blocks import BY_ROW, Calc, Column, Content, Table, Value, figure
from kpixl.workbook.references import column_ref, looked_up, own_cell
from kpixl.workbook.schema import kpi_key
from kpixl.workbook.sheets.calendar import WHOLE, days_between
from kpixl.workbook.sheets.formulas import (
    actuals_formula,
    event_formula,
    event_records,
    judged_formula,
    last_formula,
    of_kpi,
    quoted,
    records_formula,
    unless_untouched,
)
from kpixl.workbook.sheets.targets import channel_target
from kpixl.workbook.state import State, event_names
from kpixl.workbook.tables import KGIS, TEAM

__all__ = ["kgi_table", "rate_table"]

KGI_PROGRESS, RATES = "kpixl_kgi_progress", "kpixl_indicators"


def kgi_table(state: State, at: str) -> Table:
    """Return the KGIs, each with its target, its target to date and its actual to date."""
    order = sorted(state.plan.kgis, key=lambda kgi: (kgi.priority is None, kgi.priority))
    columns = (
        Column("kgi", "strong", 13),
        Column("priority", "count", 11),
        Column("target", BY_ROW, 13),
        Column("summary.target_to_date", BY_ROW, 13),
        Column("summary.actual_to_date", BY_ROW, 13),
        Column("summary.attainment_to_date", "attainment", 13),
        Column("trade_off", "key", 12),
    )
    rows = [_kgi(state, kgi, place) for place, kgi in enumerate(order)]
    return Table(at, KGI_PROGRESS, columns, rows, row_styles=tuple(map(_kgi_style, order)))


def _kgi(state: State, kgi: Kgi, place: int) -> tuple[Content, ...]:
    planned = achieved = attainment = None
    if kgi.measure in ("revenue", "orders"):
        planned, achieved = _tracked(state, kgi.measure == "revenue")
        wanted, got = (own_cell(place, f"summary.{key}_to_date") for key in ("target", "actual"))
        judged = planned.value and not state.tracking.untouched and isinstance(achieved.value, float)
        share = float(str(achieved.value)) / float(str(planned.value)) if judged else ""
        share = "" if isinstance(share, float) and share < 0 else share
        attainment = Calc(unless_untouched(judged_formula(f'IF({wanted}=0,"",{got}/{wanted})', got)), share)
    elif kgi.measure == "cost":
        planned, achieved = _budget(state, kgi, place), _spent(state)
        wanted, got = (own_cell(place, f"summary.{key}_to_date") for key in ("target", "actual"))
        spent = achieved.value if isinstance(achieved.value, float) else 0.0
        share = float(str(planned.value)) / spent if spent > 0 else ""
        attainment = Calc(judged_formula(f'IF({got}<=0,"",{wanted}/{got})', got), share)
    elif kgi in followed_by_hand(state.plan):
        achieved = _typed(state, kgi.name, state.plan.period.start, "kpixl_start")
        wanted, got = (own_cell(place, key) for key in ("target", "summary.actual_to_date"))
        attainment = Calc(_share(got, wanted), _of(achieved.value, kgi.target))
    return (kgi.name, kgi.priority, _goal(kgi), planned, achieved, attainment, kgi.trade_off or None)


def _goal(kgi: Kgi) -> Calc:
    """Return the goal of a KGI from the settings."""
    return Calc(f'IFERROR({looked_up(KGIS, "goal", "kgi", quoted(kgi.name))},"")', kgi.target)


def _tracked(state: State, money: bool) -> tuple[Calc, Calc]:
    """Return the target and the actual to date, of revenue or orders."""
    plan = state.plan
    kpi = plan.kpis[0] if money else plan.kpis[-1]
    row = state.tracking.goal if money else state.tracking.kpi(kpi.key)
    before = f'SUMIFS({column_ref(TEAM, kpi_key(kpi))},{column_ref(TEAM, "month")},"<"&kpixl_month_start)'
    reached = actuals_formula(plan, quoted(kpi.name), money=str(money).upper(), since="kpixl_start")
    secured = f"+{_secured()}" if money else ""
    mine = between(state.tracking.values, plan.period.start, state.tracking.as_of)
    known, recorded = bool((mine["kpi"] == kpi.key).any()), f"({records_formula(plan, kpi)})"
    return (
        Calc(f"{before}+{of_kpi('pace', kpi.name)}{secured}", float(row["target_to_date"])),
        Calc(f'IF({recorded}>0,{reached}{secured},"")', float(row["actual_to_date"]) if known else ""),
    )


def _secured() -> str:
    """Return the formula of the secured revenue to date, which counts towards the goal."""
    secured, month = column_ref(TEAM, "secured"), column_ref(TEAM, "month")
    before = f'SUMIFS({secured},{month},"<"&kpixl_month_start)'
    running = f"SUMIFS({secured},{month},kpixl_month_start)*kpixl_elapsed"
    return f"({before}+{running})"


def _budget(state: State, kgi: Kgi, place: int) -> Calc:
    """Return what may have been spent by now: the part of the goal of the business days that have passed."""
    period, day = state.plan.period, state.tracking.as_of
    whole = float(period.business_days.sum())
    share = float(np.asarray(period.calendar.count(period.start, day))) / whole
    passed = days_between("kpixl_start", "kpixl_as_of")
    return Calc(f'IFERROR({own_cell(place, "target")}*{passed}/{WHOLE},"")', kgi.target * share)


def _spent(state: State) -> Calc:
    """Return the cost since the start of the plan; blank if no cost is recorded, which does not mean zero."""
    facts = between(state.facts, state.plan.period.start, state.tracking.as_of)
    formula = event_formula(state.plan, quoted(event_names(state.plan)["cost"]), "amount", since="kpixl_start")
    spent = float(facts.loc[facts["event"] == "cost", "amount"].sum())
    return Calc(f'IF({formula}=0,"",{formula})', spent or "")


def _typed(state: State, name: str, start: dt.date, since: str) -> Calc:
    """Return the value typed last, from `start` on, for something tracked by hand."""
    value = last_typed(state.tracking.by_hand, name, start, state.tracking.as_of)
    return Calc(last_formula(state.plan, quoted(name), since=since), figure(value))


def _share(actual: str, target: str) -> str:
    return f'IF(OR({actual}="",{target}="",{target}=0),"",{actual}/{target})'


def _of(actual: Value, target: float | None) -> float | str:
    return float(actual) / target if isinstance(actual, float) and target else ""


def _kgi_style(kgi: Kgi) -> str:
    """Return the number style of a KGI; one tracked by hand is a rate if its target is 1 or less."""
    if kgi.measure:
        return "count" if kgi.measure == "orders" else "money"
    return "rate" if abs(kgi.target) <= 1 else "quantity"


def rate_table(state: State, at: str) -> Table:
    """Return the measures with their counts of this month, and the KPIs tracked by hand."""
    plan, tracking = state.plan, state.tracking
    followed = followed_measures(plan)
    by_hand = [kpi for kpi in followed_by_hand(plan) if isinstance(kpi, Indicator) and not kpi.event]
    deals = state.deals_now if any(one.of_deals for one in followed) else None
    frame = measured(plan, tracking.targets, state.facts, tracking.values, tracking.as_of, deals, tracking.by_hand)
    rows = [
        _measure(state, kpi, row, place) for place, (kpi, row) in enumerate(zip(followed, records(frame), strict=True))
    ]
    rows += [_by_hand(state, kpi, place) for place, kpi in enumerate(by_hand, len(rows))]
    styles = (
        *(_measure_style(kpi) for kpi in followed),
        *("rate" if kpi.unit == "%" else "quantity" for kpi in by_hand),
    )
    columns = (
        Column("kpi", "strong", 16),
        Column("weeks.content", "text", 13),
        Column("target", BY_ROW, 13),
        Column("part", "count", 13),
        Column("whole", "count", 13),
        Column("actual", BY_ROW, 13),
        Column("attainment", "attainment", 13),
    )
    return Table(at, RATES, columns, rows or [(None,) * len(columns)], row_styles=styles or ("rate",))


def _measure(state: State, one: Indicator, row: dict[str, Any], place: int) -> tuple[Content, ...]:
    plan, names = state.plan, event_names(state.plan)
    event, base = (names.get(key, key) for key in (one.event, one.base))
    target, actual = (own_cell(place, key) for key in ("target", "actual"))
    part, whole = (figure(row[key], None) for key in ("part", "whole"))
    shown: Content = figure(row["actual"])
    if not one.of_deals:
        shown = Calc(_actual(plan, one, event, place), shown)
        part = Calc(_numerator(plan, one, event), part)
        if one.base:
            whole = Calc(event_formula(plan, quoted(base), "count", channel=_channel(one)), whole)
    given = _target(plan, one)
    return (
        one.name,
        _content(one, event, base),
        one.target if given is None else Calc(given, figure(row["target"])),
        part,
        whole,
        shown,
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
        return _share(actual, target)
    return f'IF(OR({actual}="",{target}=""),"",IF({actual}<=0,"",{target}/{actual}))'


def _by_hand(state: State, one: Indicator, place: int) -> tuple[Content, ...]:
    typed = _typed(state, one.name, state.month, "kpixl_month_start")
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
