"""What a report calls targets and attainment: with "to date" while the month is running, without once it is over."""

from kpixl.texts import say
from kpixl.workbook.sheets.progress import month_over
from kpixl.workbook.state import State

__all__ = ["attained", "due", "month_so_far"]


def attained(state: State) -> str:
    """Return the heading of attainment against the target to date."""
    return say("heading.attainment" if month_over(state) else "board.attained")


def due(state: State) -> str:
    """Return the heading of the target to date."""
    return say("heading.target" if month_over(state) else "heading.pace")


def month_so_far(state: State) -> str:
    """Return the heading of attainment against the month's target."""
    return say("heading.attainment" if month_over(state) else "heading_of.kpixl_progress.attainment")
