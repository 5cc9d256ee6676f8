"""見直し / Review: attainment month by month, the reasons to look at a KPI again, and a log of what was changed.

Attainment is native formulas; the reasons are written by a refresh; the log is the user's.
"""

import math

import numpy as np
from numpy.typing import NDArray

from kpixl.plan import Kpi
from kpixl.texts import say
from kpixl.workbook.blocks import Column, Sheet, Table, Value, column_ref, lettering, this_row
from kpixl.workbook.sheets.progress import actuals_formula
from kpixl.workbook.sheets.targets import TEAM
from kpixl.workbook.state import State
from kpixl.xlsx.address import column_letters

__all__ = ["sheet"]

MONTHLY, TRIGGERS, CHANGES = "kpixl_monthly", "kpixl_triggers", "kpixl_changes"
_CHANGE_ROWS = 12


def sheet(state: State) -> Sheet:
    """Return the sheet for the review of the plan."""
    plan = state.plan
    right = column_letters(2 + len(plan.kpis) + 2)
    log = column_letters(2 + len(plan.kpis) + 5)
    return Sheet(
        say("sheet.review"),
        blocks=(
            lettering("B2", [[(say("review.title"), "title")]]),
            lettering("B3", [[(say("review.lead"), "lead")]]),
            lettering("B5", [[(say("review.monthly_section"), "section")]]),
            lettering(f"{right}5", [[(say("review.triggers_section"), "section"), ("", "section")]]),
            lettering(f"{log}5", [[(say("review.changes_section"), "section"), *[("", "section")] * 4]]),
        ),
        tables=(_monthly(state), _triggers(state, f"{right}6"), _changes(plan.kpis, f"{log}6")),
        freeze="C7",
        tab="computed",
    )


def _monthly(state: State) -> Table:
    plan, tracking = state.plan, state.tracking
    month = say("heading.month")
    rows: list[tuple[Value, ...]] = []
    for place, start in enumerate(plan.period.starts):
        figures = (
            _ratio(tracking.monthly[kpi.key].to_numpy(), tracking.targets.team(kpi.key), place) for kpi in plan.kpis
        )
        begun = start <= tracking.as_of
        rows.append((start, *(figure if begun else "" for figure in figures)))
    return Table(
        "B6",
        MONTHLY,
        (
            Column(month, "month", 12),
            *(Column(kpi.name, "attainment", 11, _attainment(state, kpi)) for kpi in plan.kpis),
        ),
        rows,
    )


def _attainment(state: State, kpi: Kpi) -> str:
    """Return the formula of a month's attainment: blank before the month begins."""
    month = this_row(MONTHLY, say("heading.month"))
    target = f"INDEX({column_ref(TEAM, kpi.name)},MATCH({month},{column_ref(TEAM, say('heading.month'))},0))"
    name = '"' + kpi.name.replace('"', '""') + '"'
    until = f"MIN(EOMONTH({month},0),kpixl_as_of)"
    actual = actuals_formula(state.plan, name, money=str(kpi.money).upper(), since=month, until=until)
    return f'IF({month}>kpixl_as_of,"",IFERROR(({actual})/{target},""))'


def _triggers(state: State, at: str) -> Table:
    found = state.tracking.triggers
    return Table(
        at,
        TRIGGERS,
        (Column(say("heading.kpi"), "strong", 14), Column(say("heading.reasons"), "text", 44)),
        [
            (kpi.name, say("join").join(say(f"trigger.{reason}") for reason in found[kpi.key]) or say("review.none"))
            for kpi in state.plan.kpis
        ],
    )


def _changes(kpis: tuple[Kpi, ...], at: str) -> Table:
    return Table(
        at,
        CHANGES,
        (
            Column(say("heading.date"), "date", 12, typed=True, choices="date"),
            Column(say("heading.kpi"), "text", 13, typed=True, choices=tuple(kpi.name for kpi in kpis)),
            Column(say("heading.before"), "count", 12, typed=True),
            Column(say("heading.after"), "count", 12, typed=True),
            Column(say("heading.reason"), "text", 36, typed=True),
        ),
        [(None,) * 5] * _CHANGE_ROWS,
        typed=True,
    )


def _ratio(actuals: NDArray[np.float64], targets: NDArray[np.float64], place: int) -> float | str:
    ratio = actuals[place] / targets[place] if targets[place] else math.nan
    return "" if math.isnan(ratio) else float(ratio)
