"""What a report calls targets and attainment: with "to date" while the span is running, without once it is over.

Where no actuals have come for a week or more, it says so: days without any count as zero.
"""

import datetime as dt

from kpixl.plan import SpanKind
from kpixl.texts import say
from kpixl.workbook.sheets.progress import span_over
from kpixl.workbook.sheets.span_words import span_head
from kpixl.workbook.state import State

__all__ = ["attained", "due", "recorded", "so_far", "style_of_targets", "unrecorded"]

_A_WEEK = 5  # business days


def attained(state: State) -> str:
    """Return the heading of attainment against the target to date."""
    return say("heading.attainment" if span_over(state) else "board.attained")


def due(state: State) -> str:
    """Return the heading of the target to date."""
    return say("heading.target" if span_over(state) else "heading.pace")


def so_far(state: State) -> str:
    """Return the heading of attainment against the whole target."""
    if span_over(state):
        return say("heading.attainment")
    return span_head(state, "so_far") or say("heading_of.kpixl_progress.attainment")


def style_of_targets(state: State) -> str:
    """Return the style of counts asked: those of a week are parts of a month's and seldom whole."""
    return "decimal" if state.tracking.span.kind is SpanKind.WEEK else "count"


def recorded(state: State) -> str:
    """Return until when there are actuals."""
    day, last = state.tracking.as_of, _last_recorded(state)
    return say("summary.lead", day=day) if last is None else say("summary.lead_until", day=day, last=last)


def unrecorded(state: State) -> str:
    """Return the sentence on the days of the span that nothing is known of, "" where there are none."""
    day, last = state.tracking.as_of, _last_recorded(state)
    if last is None:
        return ""
    return say("summary.unrecorded", first=max(last + dt.timedelta(days=1), state.span[0]), day=day)


def _last_recorded(state: State) -> dt.date | None:
    """Return the day of the last actuals, if it lies a week of business days or more before the day of the report."""
    values, day = state.tracking.by_day, state.tracking.as_of
    known = values["date"][values["date"] <= str(day)]
    if not len(known):
        return None
    last: dt.date = known.max().date()
    silent = float(state.plan.period.calendar.count(last + dt.timedelta(days=1), day)) if last < day else 0.0
    return last if silent >= _A_WEEK else None
