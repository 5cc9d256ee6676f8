"""What a report calls what is due and attained: "to date" while its month goes on, and plainly once it is over."""

from kpixl.texts import say
from kpixl.workbook.sheets.progress import month_over
from kpixl.workbook.state import State

__all__ = ["attained", "due", "month_so_far"]


def attained(state: State) -> str:
    """Return what the share of the target to date is called."""
    return say("heading.attainment" if month_over(state) else "board.attained")


def due(state: State) -> str:
    """Return what the target to date is called."""
    return say("heading.target" if month_over(state) else "heading.pace")


def month_so_far(state: State) -> str:
    """Return what the share of the month's target is called."""
    return say("heading.attainment" if month_over(state) else "heading_of.kpixl_progress.attainment")
