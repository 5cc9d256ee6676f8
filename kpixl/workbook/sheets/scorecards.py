"""The KGIs by priority, a small table of the progress sheet.

Actuals are native formulas on the imported and typed actuals; targets come from the settings. The actual of something
tracked by hand is the value typed last.
"""

import datetime as dt

import numpy as np

from kpixl.plan import Kgi
from kpixl.tracking import between, followed_by_hand, last_typed
from kpixl.workbook.blocks import BY_ROW, Calc, Column, Content, Table, Value, figure
from kpixl.workbook.references import column_ref, looked_up, own_cell
from kpixl.workbook.schema import kpi_key
from kpixl.workbook.sheets.calendar import WHOLE, days_between
from kpixl.workbook.sheets.formulas import (
    actuals_formula,
    event_formula,
    judged_formula,
    last_formula,
    of_kpi,
    quoted,
    records_formula,
    unless_untouched,
)
from kpixl.workbook.state import State, event_names
from kpixl.workbook.tables import KGIS, TEAM

__all__ = ["kgi_table", "share_of", "typed_last"]

KGI_PROGRESS = "kpixl_kgi_progress"


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
        achieved = typed_last(state, kgi.name, state.plan.period.start, "kpixl_start")
        wanted, got = (own_cell(place, key) for key in ("target", "summary.actual_to_date"))
        attainment = Calc(share_of(got, wanted), _of(achieved.value, kgi.target))
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


def typed_last(state: State, name: str, start: dt.date, since: str) -> Calc:
    """Return the value typed last, from `start` on, for something tracked by hand."""
    value = last_typed(state.tracking.by_hand, name, start, state.tracking.as_of)
    return Calc(last_formula(state.plan, quoted(name), since=since), figure(value))


def share_of(actual: str, target: str) -> str:
    """Return the formula of an actual by its target; blank where there is no target, or nothing is known."""
    return f'IF(OR({actual}="",{target}="",{target}=0),"",{actual}/{target})'


def _of(actual: Value, target: float | None) -> float | str:
    return float(actual) / target if isinstance(actual, float) and target else ""


def _kgi_style(kgi: Kgi) -> str:
    """Return the number style of a KGI; one tracked by hand is a rate if its target is 1 or less."""
    if kgi.measure:
        return "count" if kgi.measure == "orders" else "money"
    return "rate" if abs(kgi.target) <= 1 else "quantity"
