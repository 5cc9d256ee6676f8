"""進捗 / Progress: every KPI of the month against its pace, its landing, and its status.

The tables are native formulas as of the date in the one typed cell, including landing, probability, status and alert
(`outlook`). The sentence above them and the lines of the burn-up are written by a refresh, along with their date.
"""

import math
from collections.abc import Callable
from typing import Any

import pandas as pd

from kpixl.plan import Plan, SpanKind
from kpixl.texts import say
from kpixl.tracking import burn_up, records
from kpixl.workbook.blocks import (
    BY_ROW,
    Block,
    Calc,
    Chart,
    Column,
    Content,
    Series,
    Sheet,
    Table,
    Value,
    lettering,
    table_of,
)
from kpixl.workbook.charts import rows_high
from kpixl.workbook.layout import above, below, headline, named, over, ruled, titled
from kpixl.workbook.references import column_ref, looked_up, this_row
from kpixl.workbook.sheets.calendar import days_between
from kpixl.workbook.sheets.formulas import judged_formula, known_formula, kpi_column, of_kpi, unless_untouched
from kpixl.workbook.sheets.measures import measure_table, more_measures
from kpixl.workbook.sheets.outlook import outlook_formulas, outlook_share
from kpixl.workbook.sheets.reasons import reason, shown_actual, unjudged_sentences
from kpixl.workbook.sheets.said import money_word, said_number
from kpixl.workbook.sheets.scorecards import kgi_table
from kpixl.workbook.sheets.span_words import words
from kpixl.workbook.sheets.weeks import week_blocks, week_table
from kpixl.workbook.state import State
from kpixl.workbook.tables import PROGRESS, TEAM

__all__ = [
    "BURN_UP",
    "bands_table",
    "burn_up_table",
    "day_lines",
    "main_kpi",
    "of_kpi",
    "sheet",
    "span_over",
    "status_summary",
    "status_word",
]

BURN_UP, BANDS = "kpixl_burnup", "kpixl_bands"
_CHART_HEIGHT = 188  # pixels, so that the KPIs, the charts and the rates fit on one page
_WEEKS_HEIGHT = 17  # points, so that three rows per KPI and the KGIs above them fit on one page
_WEEKS_HEAD = 5  # rows above the grid of weeks: its title, and the head of each week
_ANALYSED = ("landing", "low", "high")
_ANALYSES: dict[str, tuple[str, float]] = {
    **dict.fromkeys(_ANALYSED, ("count", 12)),
    "probability": ("probability", 10),
    "status": ("status", 18),
    "alert": ("alert", 15),
}


def sheet(state: State) -> Sheet:
    """Return the sheet with the progress of the month."""
    progress = _progress(state, "B9")
    drawn = progress.area.bottom + 2
    burnt, banded = _charts(state, drawn)
    rates = measure_table(state, f"B{drawn + rows_high(burnt) + 2}")
    goals = kgi_table(state, below(rates))
    weeks = week_table(state, below(goals, _WEEKS_HEAD))
    more = more_measures(state, below(weeks))
    head = weeks.area.top
    return Sheet(
        say("sheet.progress"),
        blocks=(
            *titled(say("progress.title")),
            named("kpixl_progress_note", "B3", status_summary(state), analysed=True),
            *_dates(state),
            *headline(state, above(progress), "kpixl_progress_head", say("progress.kpis_section"), 13, found=False),
            over(rates, say("progress.rates_section")),
            over(goals, say("progress.kgis_section")),
            *([] if more is None else [over(more, say("progress.more_section"))]),
            ruled(above(weeks, _WEEKS_HEAD), say("progress.weeks_section"), len(weeks.columns)),
            *week_blocks(state, head - 4),
        ),
        tables=(progress, rates, goals, weeks, *([] if more is None else [more])),
        charts=(burnt, banded),
        widths={"C": 16, "E": 15, "H": 14, "K": 12},
        tab="computed",
        print_columns="A:N",
        heights=dict.fromkeys(range(head + 1, weeks.area.bottom + 1), _WEEKS_HEIGHT),
    )


def _dates(state: State) -> tuple[Block, ...]:
    """Return the row of dates above the tables: the day that everything is shown of, typed, and its month."""
    period, day = state.plan.period, state.tracking.as_of
    month = period.month_of(day)
    passed, whole = (days_between("kpixl_month_start", end) for end in ("kpixl_as_of", "kpixl_month_end"))
    shown = [say(f"progress.{key}") for key in ("as_of", "from", "to", "elapsed", "analysed_on")]
    start = Calc("DATE(YEAR(kpixl_as_of),MONTH(kpixl_as_of),1)", period.starts[month])
    return (
        lettering("B5", [[(text, "aside") for text in shown]]),
        named("kpixl_as_of", "B6", day, "date", choices="date"),
        named("kpixl_month_start", "C6", start, "date"),
        named("kpixl_month_end", "D6", Calc("EOMONTH(kpixl_as_of,0)", period.ends[month]), "date"),
        named("kpixl_elapsed", "E6", Calc(f"{passed}/{whole}", period.elapsed(day)), "share"),
        named("kpixl_analysed_on", "F6", day, "date"),
    )


def _charts(state: State, row: int) -> tuple[Chart, Chart]:
    lines = {"pace": "plan", "actual": "actual", "landing": "forecast", "low": "range", "high": "range"}
    bars = {"actual": "actual", "progress.surely": "forecast", "progress.maybe": "range"}
    burnt, banded = (tuple(Series(key, look) for key, look in looks.items()) for looks in (lines, bars))
    said = say("progress.chart", kpi=state.plan.stages[-1].name)
    return (
        Chart(f"B{row}", "line", said, "kpixl_risk", "date", burnt, (800, _CHART_HEIGHT), "kpixl_title_risk"),
        Chart(
            f"J{row}", "bands", say("progress.bands"), BANDS, "kpi", banded, (480, _CHART_HEIGHT), "kpixl_title_landing"
        ),
    )


def _progress(state: State, at: str) -> Table:
    plan = state.plan
    target, pace, actual = (this_row(PROGRESS, key) for key in ("target", "pace", "actual"))
    share = judged_formula(f'IF({target}=0,"",{actual}/{target})', actual)
    gap = unless_untouched(f'IF({actual}="","",{actual}-{pace})')
    outlook = outlook_formulas(plan)
    columns = (
        Column("kpi", "strong", 15),
        Column("unit", "key", 11),
        Column("target", "count", 12, _of_month(plan, this_row(PROGRESS, "kpi"))),
        Column("pace", BY_ROW, 12, f"{target}*{outlook_share(this_row(PROGRESS, 'kpi'))}"),
        Column("actual", "count", 12),
        Column("attainment", "share", 11, share),
        Column("gap_to_pace", "gap", 11, gap),
        *(Column(key, *look, outlook[key]) for key, look in _ANALYSES.items()),
    )
    styles = tuple("count" if kpi.money else "decimal" for kpi in plan.kpis)
    rows = [_row(state, row) for row in records(state.tracking.progress)]
    return Table(at, PROGRESS, columns, rows, row_styles=styles)


def _of_month(plan: Plan, kpi: str) -> str:
    """Return the formula of a KPI's target in the tracked month; `kpi` is the reference to its name."""
    column, row = kpi_column(plan, TEAM, "month", kpi), f"MATCH(kpixl_month_start,{column_ref(TEAM, 'month')},0)"
    return column.replace("[],0,", f"[],{row},", 1) if column.startswith("INDEX(") else f"INDEX({column},{row})"


def _row(state: State, row: dict[str, Any]) -> tuple[Content, ...]:
    kpi = next(kpi for kpi in state.plan.kpis if kpi.key == row["kpi"])
    return (
        row["name"],
        money_word() if row["money"] else say("unit.count"),
        float(row["target"]),
        float(row["pace"]),
        Calc(known_formula(state.plan, kpi), shown_actual(row, "")),
        "" if pd.isna(row["attainment"]) else float(row["attainment"]),
        "" if state.tracking.untouched or pd.isna(row["gap"]) else float(row["gap"]),
        *(("",) * 6 if state.tracking.untouched else _analysed(state, row)),
    )


def _analysed(state: State, row: dict[str, Any]) -> tuple[Value, ...]:
    if row["unjudged"]:
        return (*("",) * 5, reason(row))
    return (
        *(float(row[column]) for column in (*_ANALYSED, "probability")),
        status_word(state, row["status"]),
        say(
            "progress.alert",
            after=state.plan.alert_after,
            attainment=math.floor(float(row["attainment"]) * 100 + 0.5) / 100,
        )
        if row["alert"]
        else say("progress.no_alert"),
    )


def burn_up_table(state: State, at: str) -> Table:
    """Return the burn-up of the main KPI by day: the pace, the actual, and the landing with its range."""
    tracking = state.tracking
    main = tracking.kpi(main_kpi(tracking.plan))
    frame = burn_up(tracking.plan, tracking.values, tracking.as_of, main, tracking.shares)
    if tracking.untouched or main["unjudged"]:
        frame = frame.assign(**dict.fromkeys(_ANALYSED))
    return day_lines(at, BURN_UP, frame)


def day_lines(at: str, name: str, frame: pd.DataFrame) -> Table:
    """Return a table of the lines of a burn-up by day; what is unknown is blank."""

    def drawn(key: str) -> Callable[[dict[str, Any]], Value]:
        return lambda row: None if pd.isna(row[key]) else float(row[key])

    return table_of(
        at,
        name,
        records(frame),
        (Column("date", "day", 9, analysed=True), lambda row: row["date"].date()),
        *(
            (Column(key, "count" if key == "actual" else "decimal", 10, analysed=True), drawn(key))
            for key in ("pace", "actual", *_ANALYSED)
        ),
    )


def bands_table(state: State, at: str) -> Table:
    """Return the data of the landing bars: three consecutive parts, as shares of the target."""
    part = {key: looked_up(PROGRESS, key, "kpi", this_row(BANDS, "kpi")) for key in ("target", "actual", "low", "high")}
    made, part = part["actual"], {key: f"N({formula})" for key, formula in part.items()}
    none = f"{part['target']}=0"
    lengths = (
        ("actual", none, part["actual"]),
        ("progress.surely", none, f"MAX(0,{part['low']}-{part['actual']})"),
        ("progress.maybe", none, f"({part['high']}-{part['low']})"),
    )
    columns = (
        Column(key, "share", 11, judged_formula(f'IF({blank},"",{length}/{part["target"]})', made))
        for key, blank, length in lengths
    )
    frame = state.tracking.progress
    rows = []
    shown = frame.assign(low=0.0, high=0.0) if state.tracking.untouched else frame.fillna({"low": 0.0, "high": 0.0})
    for row in records(shown):
        bars = (row["actual"], max(0.0, row["low"] - row["actual"]), row["high"] - row["low"])
        drawn = row["target"] and not row["unjudged"]
        rows.append((row["name"], *(float(length / row["target"]) if drawn else "" for length in bars)))
    return Table(at, BANDS, (Column("kpi", width=14), *columns), rows)


def main_kpi(plan: Plan) -> str:
    """Return the KPI of the burn-up chart: the meetings, or the orders if meetings are not tracked."""
    stages = [stage.event for stage in plan.stages]
    return "meeting" if "meeting" in stages else stages[-1]


def status_word(state: State, status: str) -> str:
    """Return the word for a status; once the span is over, the target was met or missed."""
    return say(f"closed.{status}" if span_over(state) else f"status.{status}")


def span_over(state: State) -> bool:
    """Say whether the tracked span is over at the end of the as-of date."""
    return state.tracking.span.over(state.tracking.as_of)


def status_summary(state: State) -> str:
    """Return the sentence on how many KPIs have each status."""
    if state.tracking.untouched:
        return say("progress.untouched", day=state.tracking.as_of, **words(state))
    frame = state.tracking.progress
    counts = frame["status"].value_counts()
    if not counts.drop("", errors="ignore").sum():
        return " ".join(unjudged_sentences(state, frame))
    said = "closed_said" if span_over(state) else "status_said"
    counted = [
        say("progress.summary_part", status=say(f"{said}.{status}"), count=said_number(counts[status]))
        for status in ("on_track", "recoverable", "will_miss")
        if status in counts
    ]
    day, parts = state.tracking.as_of, say("progress.join").join(counted)
    told = (
        say("progress.summary", day=day, kpis=said_number(len(frame)), parts=parts)
        if counted
        else say("progress.undecided", day=day, **words(state))
    )
    return " ".join([told, *_bases(state), *unjudged_sentences(state, frame)])


def _bases(state: State) -> list[str]:
    """Return the sentences on what the landing goes by, if it is not the run rate of business days alone."""
    tracking, told = state.tracking, []
    names = {kpi.key: kpi.name for kpi in state.plan.kpis}
    if not span_over(state):
        given = [names[kpi] for kpi in names if kpi in tracking.to_come.by_kpi]
        weighed = tracking.span.kind is not SpanKind.WEEK  # which goes by business days
        learned = [names[kpi] for kpi in names if weighed and kpi in tracking.shares.learned]
        if given:
            told.append(say("progress.by_deals", kpis=say("join").join(given)))
        elif tracking.to_come.months:
            told.append(say("progress.by_rate"))
        if learned:
            told.append(say("progress.by_weights", kpis=say("join").join(learned)))
    return told
