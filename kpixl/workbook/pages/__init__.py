"""One module per kind of page of the monthly report."""

from collections.abc import Callable

from kpixl.texts import say
from kpixl.workbook.blocks import Sheet
from kpixl.workbook.pages import channels, deals, funnel, hours, measures, member, quality, ranking, summary, why
from kpixl.workbook.schema import settled
from kpixl.workbook.state import State

__all__ = ["member_page", "report_pages", "summary_page", "team_pages"]


def report_pages(state: State, progress: Callable[[str], None] = lambda name: None) -> list[Sheet]:
    """Return the pages of the monthly report, including a page per member; `progress` is called with each name."""
    return settled(lambda: _pages(state, progress))


def team_pages(state: State) -> list[Sheet]:
    """Return the pages of the monthly report that are about the team."""
    return settled(lambda: [*_first(state), quality.page(state)])


def member_page(state: State, name: str) -> Sheet:
    """Return the page of one member, for a file of their own."""
    [page] = settled(lambda: [member.page(state, name, set())])
    return page


def summary_page(state: State) -> Sheet:
    """Return the first page alone."""
    [page] = settled(lambda: [summary.page(state)])
    return page


def _pages(state: State, progress: Callable[[str], None]) -> list[Sheet]:
    pages = _first(state)
    taken = {page.title for page in pages} | {say("page.quality")}
    for person in state.plan.members:
        progress(person.name)
        pages.append(member.page(state, person.name, taken))
        taken.add(pages[-1].title)
    return [*pages, quality.page(state)]


def _first(state: State) -> list[Sheet]:
    pages = (
        *(make.page(state) for make in (summary, funnel, why, hours, channels, deals)),
        *(measures.page(state), ranking.page(state)),
    )
    return [page for page in pages if page is not None]
