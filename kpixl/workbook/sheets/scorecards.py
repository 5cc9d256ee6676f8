"""Two small tables of the progress sheet: the KGIs by priority, and the KPIs outside the funnel.

Actuals are native formulas on the imported and typed actuals; targets come from the settings. The actual of something
tracked by hand is the value typed last.
"""

import datetime as dt
from typing import Any

from kpixl.actuals.events import SCORES
from kpixl.plan import REVENUE, Indicator, Kgi, Plan
from kpixl.texts import say
from kpixl.tracking import between, followed_by_hand, followed_rates, last_typed, numerator, rates, records
from kpixl.workbook.blocks import BY_ROW, Calc, Column, Content, Table, Value, figure
from kpixl.workbook.references import column_ref, looked_up, own_cell
from kpixl.workbook.schema import kpi_key
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
        achieved = _spent(state)
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
    """Return the rates with their counts of this month, and the KPIs tracked by hand."""
    plan, tracking = state.plan, state.tracking
    followed = followed_rates(plan)
    by_hand = [kpi for kpi in followed_by_hand(plan) if isinstance(kpi, Indicator)]
    frame = rates(plan, tracking.targets, state.facts, tracking.values, tracking.as_of)
    rows = [
        _rate(state, kpi, row, place) for place, (kpi, row) in enumerate(zip(followed, records(frame), strict=True))
    ]
    rows += [_by_hand(state, kpi, place) for place, kpi in enumerate(by_hand, len(rows))]
    styles = (
        *(_rate_style(kpi) for kpi in followed),
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


def _rate(state: State, one: Indicator, row: dict[str, Any], place: int) -> tuple[Content, ...]:
    plan, names = state.plan, event_names(state.plan)
    event, base = (names.get(key, key) for key in (one.event, one.base))
    target, part, whole, actual = (own_cell(place, key) for key in ("target", "part", "whole", "actual"))
    negative = "" if one.event in SCORES else f"{part}<0,"
    return (
        one.name,
        say("progress.rate", part=say(f"progress.{one.measure}_of", event=event), whole=base),
        Calc(_planned(plan, one), figure(row["target"])) if one.target is None else one.target,
        Calc(_numerator(plan, one, event), float(row["part"])),
        Calc(event_formula(state.plan, quoted(base), "count", channel=_channel(one)), float(row["whole"])),
        Calc(f'IF(OR({whole}<=0,{negative}({_records(plan, one, event)})=0),"",{part}/{whole})', figure(row["actual"])),
        Calc(_share(actual, target), figure(row["attainment"])),
    )


def _by_hand(state: State, one: Indicator, place: int) -> tuple[Content, ...]:
    typed = _typed(state, one.name, state.month, "kpixl_month_start")
    target, actual = (own_cell(place, key) for key in ("target", "actual"))
    attainment = Calc(_share(actual, target), _of(typed.value, one.target))
    return (one.name, say("progress.by_hand"), one.target, None, None, typed, attainment)


def _numerator(plan: Plan, one: Indicator, event: str) -> str:
    if numerator(plan, one) == REVENUE:
        return actuals_formula(plan, quoted(plan.kpis[0].name), money="TRUE", channel=_channel(one))
    return event_formula(plan, quoted(event), one.measure, channel=_channel(one))


def _records(plan: Plan, one: Indicator, event: str) -> str:
    """Return the formula of how many rows there are of a rate's numerator since the start of the plan."""
    kpi = next((kpi for kpi in plan.kpis if kpi.key == numerator(plan, one)), None)
    if kpi is not None:
        return records_formula(plan, kpi)
    counted = one.measure == "count" or one.event in SCORES
    return event_records(plan, quoted(event), None if counted else one.measure)


def _rate_style(one: Indicator) -> str:
    """Return the number style of a rate."""
    if one.event in SCORES and one.measure == "amount":
        return "decimal"
    return {"amount": "money", "minutes": "decimal"}.get(one.measure, "rate")


def _planned(plan: Plan, one: Indicator) -> str:
    """Return the formula of a rate's target as implied by the funnel's targets."""
    names = {kpi.key: kpi.name for kpi in plan.kpis}
    asked = [
        channel_target(plan, quoted(names[key]), quoted(one.channel)) if one.channel else of_kpi("target", names[key])
        for key in (str(numerator(plan, one)), one.base)
    ]
    return f'IFERROR({asked[0]}/{asked[1]},"")'


def _channel(one: Indicator) -> str | None:
    return quoted(one.channel) if one.channel else None
