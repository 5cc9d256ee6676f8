"""データ品質 / Data quality: proof that nothing was lost between source and report, and what is outside the plan."""

from collections.abc import Callable
from typing import Any

import pandas as pd

from kpixl.actuals import reconciled
from kpixl.texts import say
from kpixl.tracking import between, records
from kpixl.workbook.blocks import Column, Sheet, Table, Value, table_of
from kpixl.workbook.layout import over, titled
from kpixl.workbook.sheets.actuals import imports_table
from kpixl.workbook.sheets.span_words import span_head
from kpixl.workbook.state import State, event_names

__all__ = ["page"]


def page(state: State) -> Sheet:
    """Return the last page of the report: the control totals."""
    log = imports_table(state, "B7", "report_imports")
    agreed = 7 + len(log.rows) + 4
    balances = _balances(state, f"B{agreed}")
    below = agreed + len(balances.rows) + 4
    tables = (log, balances, _reconciled(state, f"B{below}"))
    return Sheet(
        say("page.quality"),
        blocks=(
            *titled(say("page.quality"), say("quality.lead")),
            *(
                over(table, say(f"quality.{key}_section"))
                for table, key in zip(tables, ("imports", "balances", "reconciled"), strict=True)
            ),
        ),
        tables=tables,
        one_page=True,
    )


def _balances(state: State, at: str) -> Table:
    """Return, per source and event, what the imports recorded, what the workbook holds, and whether both agree."""
    names = event_names(state.plan)

    def said(key: str) -> Callable[[dict[str, Any]], Value]:
        return lambda row: None if pd.isna(row["said"]) else row[key]

    def agrees(row: dict[str, Any]) -> str:
        return say("quality.untold" if pd.isna(row["said"]) else "guide.yes" if row["agrees"] else "guide.no")

    return table_of(
        at,
        "report_balances",
        records(reconciled(state.balances, state.facts)),
        Column("source", "text", 16),
        (Column("event", "text", 15), lambda row: names.get(row["event"], row["event"])),
        (Column("quality.said", "count", 15), said("said")),
        (Column("quality.held", "count", 15), "held"),
        (Column("quality.said_amount", "money", 15), said("said_amount")),
        (Column("quality.held_amount", "money", 15), "held_amount"),
        (Column("quality.agrees", "check", 15), agrees),
        room=1,
        keys=2,
    )


def _reconciled(state: State, at: str) -> Table:
    """Return, per KPI, all that the workbook holds, split by span, period, channel and member of the plan."""
    plan, values = state.plan, state.tracking.values
    planned, inside = between(values, plan.period.start, plan.period.end), between(values, *state.span)
    first, last = (pd.Timestamp(day) for day in (plan.period.start, plan.period.end))
    members, channels = ({entry.name for entry in group} | {""} for group in (plan.members, plan.channels))
    parts = {
        "everything": values,
        "in_plan": planned,
        "outside": values[~values["date"].between(first, last)],
        "this_month": inside,
        "no_channel": values[values["channel"] == ""],
        "other_channel": values[~values["channel"].isin(channels)],
        "no_member": values[values["member"] == ""],
        "other_member": values[~values["member"].isin(members)],
    }
    heads = {"this_month": span_head(state, "this")}
    columns = (
        Column("kpi", "strong", 16),
        *(Column(f"quality.{key}", "count", 15, heading=heads.get(key, "")) for key in parts),
    )
    sums = [frame.groupby("kpi", observed=True)["value"].sum().to_dict() for frame in parts.values()]
    rows: list[tuple[Value, ...]] = [
        (kpi.name, *(float(of_kpi.get(kpi.key, 0.0)) for of_kpi in sums)) for kpi in plan.kpis
    ]
    return Table(at, "report_reconciled", columns, rows)
