"""データ品質 / Data quality: nothing was lost between source and report, and what had no place in the plan."""

import pandas as pd

from kpixl.actuals import reconciled
from kpixl.texts import say
from kpixl.tracking import between, records
from kpixl.workbook.blocks import Column, Sheet, Table, Value
from kpixl.workbook.layout import ruled, titled
from kpixl.workbook.sheets.actuals import imports_table
from kpixl.workbook.state import State, event_names

__all__ = ["page"]


def page(state: State) -> Sheet:
    """Return the last page of the report: the control totals."""
    log = imports_table(state, "B7", "report_imports")
    agreed = 7 + len(log.rows) + 4
    balances = _balances(state, f"B{agreed}")
    below = agreed + len(balances.rows) + 4
    return Sheet(
        say("page.quality"),
        blocks=(
            *titled(say("page.quality"), say("quality.lead")),
            ruled("B6", say("quality.imports_section")),
            ruled(f"B{agreed - 1}", say("quality.balances_section")),
            ruled(f"B{below - 1}", say("quality.reconciled_section")),
        ),
        tables=(log, balances, _reconciled(state, f"B{below}")),
        one_page=True,
    )


def _balances(state: State, at: str) -> Table:
    """Return per source and event what the imports say they left, what the workbook holds, and whether both agree."""
    names = event_names(state.plan)
    rows: list[tuple[Value, ...]] = []
    for row in records(reconciled(state.balances, state.facts)):
        told = not pd.isna(row["said"])
        rows.append(
            (
                row["source"],
                names.get(row["event"], row["event"]),
                row["said"] if told else None,
                row["held"],
                row["said_amount"] if told else None,
                row["held_amount"],
                say("quality.untold") if not told else say("guide.yes" if row["agrees"] else "guide.no"),
            )
        )
    columns = (
        Column("source", "text", 16),
        Column("event", "text", 15),
        Column("quality.said", "count", 15),
        Column("quality.held", "count", 15),
        Column("quality.said_amount", "money", 15),
        Column("quality.held_amount", "money", 15),
        Column("quality.agrees", "check", 15),
    )
    return Table(at, "report_balances", columns, rows or [(None,) * len(columns)], keys=2)


def _reconciled(state: State, at: str) -> Table:
    """Return, per KPI, everything in the workbook and where it is: this month, the plan, or outside of it."""
    plan, values = state.plan, state.tracking.values
    start, end = state.span
    in_plan, in_month = between(values, plan.period.start, plan.period.end), between(values, start, end)
    members, channels = ({entry.name for entry in group} for group in (plan.members, plan.channels))
    rows: list[tuple[Value, ...]] = []
    for kpi in plan.kpis:
        everything, planned, month = (_of(frame, kpi.key) for frame in (values, in_plan, in_month))
        rows.append(
            (
                kpi.name,
                _sum(everything),
                _sum(planned),
                _sum(everything) - _sum(planned),
                _sum(month),
                _sum(everything[everything["channel"] == ""]),
                _sum(everything[~everything["channel"].isin(channels | {""})]),
                _sum(everything[everything["member"] == ""]),
                _sum(everything[~everything["member"].isin(members | {""})]),
            )
        )
    headings = (
        "everything",
        "in_plan",
        "outside",
        "this_month",
        "no_channel",
        "other_channel",
        "no_member",
        "other_member",
    )
    columns = (
        Column("kpi", "strong", 16),
        *(Column(f"quality.{key}", "count", 15) for key in headings),
    )
    return Table(at, "report_reconciled", columns, rows)


def _of(frame: pd.DataFrame, kpi: str) -> pd.DataFrame:
    return frame[frame["kpi"] == kpi]


def _sum(frame: pd.DataFrame) -> float:
    return float(frame["value"].sum())
