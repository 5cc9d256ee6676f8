"""One module per sheet of the plan workbook; the order of the sheets is set here."""

from kpixl.workbook.blocks import Sheet
from kpixl.workbook.schema import settled
from kpixl.workbook.sheets import (
    actions,
    actuals,
    archive,
    board,
    board_figures,
    calendar,
    cohorts,
    days,
    deals,
    definitions,
    drawn,
    functions,
    funnel,
    gap,
    guide,
    hours,
    matrix,
    members,
    monthly,
    progress,
    rates,
    review,
    settings,
    sources,
    targets,
    telling,
    tree,
)
from kpixl.workbook.sheets.kept import kept_sheet
from kpixl.workbook.state import State

__all__ = ["plan_sheets"]

_ORDER = (
    board,
    guide,
    settings,
    funnel,
    tree,
    definitions,
    matrix,
    targets,
    actuals,
    days,
    sources,
    progress,
    gap,
    members,
    actions,
    cohorts,
    review,
    functions,
)


def plan_sheets(state: State) -> list[Sheet]:
    """Return the sheets of a plan workbook, in the current language."""
    archives = () if state.archive is None else (archive.archive_sheet,)
    of_hours = () if state.hour_pieces is None else (hours.hours_sheet,)
    hidden = (
        board_figures.figures_sheet,
        drawn.drawn_sheet,
        calendar.calendar_sheet,
        telling.telling_sheet,
        rates.rates_sheet,
        monthly.members_sheet,
        monthly.channels_sheet,
        deals.deals_sheet,
        sources.undo_sheet,
        *archives,
        *of_hours,
    )

    def build() -> list[Sheet]:
        sheets = [*(module.sheet(state) for module in _ORDER), *(make(state) for make in hidden)]
        return [*sheets, kept_sheet(sheets)] if state.live else sheets

    return settled(build)
