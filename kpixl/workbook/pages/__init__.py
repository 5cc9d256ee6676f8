"""One module per kind of page of the monthly report."""

from collections.abc import Callable
from dataclasses import dataclass, replace

from kpixl.workbook.blocks import Sheet
from kpixl.workbook.pages import channels, deals, funnel, hours, measures, member, quality, ranking, summary, why
from kpixl.workbook.schema import settled
from kpixl.workbook.state import State

__all__ = ["Pages", "report_pages", "summary_page"]


@dataclass(frozen=True)
class Pages:
    """The pages of a report: those about the team, the last of which closes the report, and one of each member."""

    team: tuple[Sheet, ...]
    members: dict[str, Sheet]

    @property
    def all(self) -> list[Sheet]:
        """All pages in the order of the report."""
        *first, last = self.team
        return [*first, *self.members.values(), last]

    def alone(self, name: str) -> Sheet:
        """Return the page of one member, for a file of their own."""
        return replace(self.members[name], title=member.title(name, ()))


def report_pages(state: State, progress: Callable[[str], None] = lambda name: None) -> Pages:
    """Return the pages of the report; `progress` is called with each member's name."""
    made = settled(lambda: _pages(state, progress))
    people = len(state.plan.members)
    team, own = made[: len(made) - people], made[len(made) - people :]
    return Pages(tuple(team), {person.name: page for person, page in zip(state.plan.members, own, strict=True)})


def summary_page(state: State) -> Sheet:
    """Return the first page alone."""
    [page] = settled(lambda: [summary.page(state)])
    return page


def _pages(state: State, progress: Callable[[str], None]) -> list[Sheet]:
    """Return the team's pages, then those of the members."""
    team = [*_first(state), quality.page(state)]
    return [*team, *member.pages(state, (page.title for page in team), progress)]


def _first(state: State) -> list[Sheet]:
    pages = (
        *(make.page(state) for make in (summary, funnel, why, hours, channels, deals)),
        *(measures.page(state), ranking.page(state)),
    )
    return [page for page in pages if page is not None]
