"""施策と見直し / Measures: what became of each measure, how many cases are still wanting, and which KPIs to review."""

from kpixl.plan import SpanKind
from kpixl.texts import say
from kpixl.tracking import months_before
from kpixl.workbook.blocks import Column, Sheet, Table, Value
from kpixl.workbook.layout import leads, over, titled
from kpixl.workbook.sheets.actions import log_rows
from kpixl.workbook.state import State

__all__ = ["page"]

_MONTHS = 12  # of the log that a report looks back on


def page(state: State) -> Sheet:
    """Return the page of measures and triggers for a review."""
    log = _measures(state, "B6")
    known = any(value is not None for row in log.rows for value in row)
    triggers = _triggers(state, f"B{log.area.bottom + 4 if known else 10}")
    title, by_month = say("page.measures"), state.tracking.span.kind is SpanKind.MONTH
    return Sheet(
        title,
        blocks=(
            *titled(title, say("measures.lead") if by_month else say("measures.lead_by_month")),
            over(log, say("measures.log_section")),
            *([] if known else [leads("B6", say("measures.none"))]),
            over(triggers, say("review.triggers_section")),
        ),
        tables=(log, triggers) if known else (triggers,),
        print_columns="A:J",
        one_page=True,
    )


def _measures(state: State, at: str) -> Table:
    """Return the entries of the log of the last year until the day, the newest first, with what became of each."""
    since, day = months_before(state.tracking.as_of, _MONTHS), state.tracking.as_of
    shown = ("date", "action", "kind", "step", "rate_before", "rate_after", "outcome", "trials_needed", "remark")
    recent = sorted((entry for entry in log_rows(state) if since <= entry[0] <= day), key=lambda entry: entry[0])
    found = [tuple(row[key] for key in shown) for _, row in reversed(recent)]
    columns = (
        Column("date", "date", 14),
        Column("action", "remark", 50),
        Column("kind", "remark", 14),
        Column("step", "remark", 22),
        Column("rate_before", "rate", 9),
        Column("rate_after", "rate", 9),
        Column("outcome", "verdict", 20),
        Column("trials_needed", "count", 11),
        Column("remark", "remark", 44),
    )
    return Table(at, "report_measures", columns, found or [(None,) * len(columns)], keys=0)


def _triggers(state: State, at: str) -> Table:
    """Return the KPIs with a reason for a review."""
    rows: list[tuple[Value, ...]] = []
    for kpi in state.plan.kpis:
        reasons = state.tracking.triggers[kpi.key]
        if reasons:
            rows.append((kpi.name, say("join").join(say(f"trigger.{reason}") for reason in reasons)))
    columns = Column("kpi", "strong", 14), Column("reasons", "text", 50)
    return Table(at, "report_triggers", columns, rows or [(say("review.none"), None)])
