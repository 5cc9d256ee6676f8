"""進捗 / Progress: every KPI of the month against its pace, where it will land, and what that means.

Targets, pace, actuals and attainment are native formulas on the day in the one typed cell; landing, probability,
status and alert are analyses, written by a refresh together with the day they are as of.
"""

from typing import Any

import pandas as pd

from kpixl.plan import Plan
from kpixl.texts import say
from kpixl.tracking import burn_up, records
from kpixl.workbook.blocks import (
    Block,
    Calc,
    Cell,
    Chart,
    Column,
    Series,
    Sheet,
    Table,
    Value,
    column_ref,
    headings_ref,
    lettering,
    this_row,
)
from kpixl.workbook.sheets.actuals import ENTRIES, FACTS
from kpixl.workbook.sheets.settings import CLOSURES
from kpixl.workbook.sheets.targets import TEAM
from kpixl.workbook.state import State

__all__ = ["PROGRESS", "actuals_formula", "main_kpi", "of_kpi", "sheet", "status_summary", "status_word"]

PROGRESS, BURN_UP = "kpixl_progress", "kpixl_burnup"


def sheet(state: State) -> Sheet:
    """Return the sheet with the progress of the month."""
    plan, day = state.plan, state.tracking.as_of
    month = plan.period.month_of(day)
    start, end = plan.period.starts[month], plan.period.ends[month]
    closures = column_ref(CLOSURES, say("heading.date"))
    elapsed_formula = f"NETWORKDAYS(C6,C5,{closures})/NETWORKDAYS(C6,C7,{closures})"
    below = 11 + len(plan.kpis) + 2
    main = next(kpi.name for kpi in plan.kpis if kpi.key == main_kpi(plan))
    return Sheet(
        say("sheet.progress"),
        blocks=(
            lettering("B2", [[(say("progress.title"), "title")]]),
            Block("B3", ((Cell(status_summary(state), "lead"),),), "kpixl_progress_note"),
            lettering("B5", [[(say(f"progress.{key}"), "label")] for key in ("as_of", "from", "to", "elapsed")]),
            Block("C5", ((Cell(day, "date"),),), "kpixl_as_of", choices="date"),
            Block("C6", ((Cell(Calc("DATE(YEAR(C5),MONTH(C5),1)", start), "date"),),), "kpixl_month_start"),
            Block("C7", ((Cell(Calc("EOMONTH(C5,0)", end), "date"),),), "kpixl_month_end"),
            Block("C8", ((Cell(Calc(elapsed_formula, plan.period.elapsed(day)), "share"),),), "kpixl_elapsed"),
        ),
        tables=(_progress(state), _burn_up(state)),
        charts=(
            Chart(
                f"B{below}",
                "line",
                say("progress.chart", kpi=main),
                BURN_UP,
                say("heading.date"),
                (Series(say("heading.pace"), "plan"), Series(say("heading.actual"), "actual")),
                (1010, 320),
            ),
        ),
        freeze="C12",
        tab="computed",
        print_columns="A:O",
    )


def _progress(state: State) -> Table:
    plan, frame = state.plan, state.tracking.progress
    kpi, target, pace, actual = (say(f"heading.{key}") for key in ("kpi", "target", "pace", "actual"))
    unit = say("heading.unit")
    month_target = (
        f"INDEX({TEAM}[],MATCH(kpixl_month_start,{column_ref(TEAM, say('heading.month'))},0),"
        f"MATCH({this_row(PROGRESS, kpi)},{headings_ref(TEAM, say('heading.month'), plan.stages[-1].name)},0))"
    )
    money = f'{this_row(PROGRESS, unit)}="{say("unit.money")}"'
    own = this_row(PROGRESS, kpi)
    columns = (
        Column(kpi, "strong", 16),
        Column(unit, "key", 13),
        Column(target, "count", 13, month_target),
        Column(pace, "decimal", 13, f"{this_row(PROGRESS, target)}*kpixl_elapsed"),
        Column(actual, "count", 13, actuals_formula(plan, own, money=money)),
        Column(
            say("heading.attainment"),
            "share",
            11,
            f'IF({this_row(PROGRESS, target)}=0,"",{this_row(PROGRESS, actual)}/{this_row(PROGRESS, target)})',
        ),
        Column(say("heading.gap_to_pace"), "gap", 13, f"{this_row(PROGRESS, actual)}-{this_row(PROGRESS, pace)}"),
        Column(say("heading.landing"), "count", 13),
        Column(say("heading.low"), "count", 13),
        Column(say("heading.high"), "count", 13),
        Column(say("heading.probability"), "probability", 10),
        Column(say("heading.status"), "status", 14),
        Column(say("heading.alert"), "alert", 34),
    )
    return Table("B11", PROGRESS, columns, [_row(state, row) for row in records(frame)])


def _row(state: State, row: dict[str, Any]) -> tuple[Value, ...]:
    attainment = None if pd.isna(row["attainment"]) else float(row["attainment"])
    return (
        row["name"],
        say("unit.money" if row["money"] else "unit.count"),
        float(row["target"]),
        float(row["pace"]),
        float(row["actual"]),
        "" if attainment is None else attainment,
        float(row["gap"]),
        float(row["landing"]),
        float(row["low"]),
        float(row["high"]),
        float(row["probability"]),
        status_word(state, row["status"]),
        say("progress.alert", attainment=attainment) if row["alert"] else None,
    )


def _burn_up(state: State) -> Table:
    frame = burn_up(
        state.plan, state.tracking.targets, state.tracking.values, state.tracking.as_of, main_kpi(state.plan)
    )
    return Table(
        "Q11",
        BURN_UP,
        (
            Column(say("heading.date"), "day", 9),
            Column(say("heading.pace"), "decimal", 10),
            Column(say("heading.actual"), "count", 10),
        ),
        [
            (day.date(), float(pace), None if pd.isna(actual) else float(actual))
            for day, pace, actual in zip(frame["date"], frame["pace"], frame["actual"], strict=True)
        ],
    )


def actuals_formula(
    plan: Plan,
    kpi: str,
    *,
    money: str,
    member: str | None = None,
    channel: str | None = None,
    since: str = "kpixl_month_start",
    until: str = "kpixl_as_of",
) -> str:
    """Return the formula that sums a KPI's actuals, imported and typed, from one day to another.

    `kpi` is the reference to its name, `money` the condition that it is the revenue, `member` and `channel` the
    references to the names of those whose actuals alone count; the days are those of the month so far unless given.
    """
    imported: list[str] = []
    typed: list[str] = []
    for table, conditions in ((FACTS, imported), (ENTRIES, typed)):
        for heading, name in (("member", member), ("channel", channel)):
            if name:
                conditions += [column_ref(table, say(f"heading.{heading}")), name]
        date = column_ref(table, say("heading.date"))
        conditions += [date, f'">="&{since}', date, f'"<="&{until}']
    event = column_ref(FACTS, say("heading.event"))
    counted = ",".join([column_ref(FACTS, say("heading.count")), event, kpi, *imported])
    orders = f'"{_quoted(plan.stages[-1].name)}"'
    earned = ",".join([column_ref(FACTS, say("heading.amount")), event, orders, *imported])
    entered = ",".join(
        [column_ref(ENTRIES, say("heading.value")), column_ref(ENTRIES, say("heading.kpi")), kpi, *typed]
    )
    return f"IF({money},SUMIFS({earned}),SUMIFS({counted}))+SUMIFS({entered})"


def of_kpi(heading: str, kpi: str) -> str:
    """Return the formula of a KPI's cell in the progress table, by the KPI's name."""
    names = column_ref(PROGRESS, say("heading.kpi"))
    return f'INDEX({column_ref(PROGRESS, heading)},MATCH("{_quoted(kpi)}",{names},0))'


def main_kpi(plan: Plan) -> str:
    """Return the KPI that stands for the month in one chart: the meetings, or the orders where none are tracked."""
    stages = [stage.event for stage in plan.stages]
    return "meeting" if "meeting" in stages else stages[-1]


def status_word(state: State, status: str) -> str:
    """Return what a status is called: once the month is over, it was met or missed."""
    period, day = state.plan.period, state.tracking.as_of
    return say(f"closed.{status}" if day == period.ends[period.month_of(day)] else f"status.{status}")


def status_summary(state: State) -> str:
    """Return how many KPIs are in which status, in a sentence."""
    counts = state.tracking.progress["status"].value_counts()
    parts = [
        say("progress.summary_part", status=status_word(state, status), count=counts[status])
        for status in ("on_track", "recoverable", "will_miss", "undecided")
        if status in counts
    ]
    return say("progress.summary", day=state.tracking.as_of, parts=say("join").join(parts))


def _quoted(text: str) -> str:
    return text.replace('"', '""')
