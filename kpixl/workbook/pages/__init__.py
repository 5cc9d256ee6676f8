"""One module per kind of page of the monthly report."""

from collections.abc import Callable

from kpixl.texts import say
from kpixl.workbook.blocks import Sheet
from kpixl.workbook.pages import channels, deals, funnel, measures, member, quality, ranking, summary, why
from kpixl.workbook.schema import settled
from kpixl.workbook.state import State

__all__ = ["report_pages"]


def report_pages(state: State, progress: Callable[[str], None] = lambda name: None) -> list[Sheet]:
    """Return the pages of the monthly report, including a page per member; `progress` is called with each name."""
    return settled(lambda: _pages(state, progress))


def _pages(state: State, progress: Callable[[str], None]) -> list[Sheet]:
    pages = [summary.page(state), funnel.page(state), why.page(state), channels.page(state)]
    of_deals = deals.page(state)
    pages += [of_deals] if of_deals else []
    pages += [measures.page(state), ranking.page(state)]
    taken = {page.title for page in pages} | {say("page.quality")}
    for person in state.plan.members:
        progress(person.name)
        pages.append(member.page(state, person.name, taken))
        taken.add(pages[-1].title)
    return [*pages, quality.page(state)]
