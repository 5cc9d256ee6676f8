"""案件 / Deals: the pipeline and what it covers, cohorts, what sets won deals apart, and why others were lost.

The lists of the sheet of the plan workbook as they were on the day of the report, without the rows and lists that are
empty; a plan without deals has no such page.
"""

from dataclasses import replace

from kpixl.texts import say
from kpixl.workbook.blocks import Sheet
from kpixl.workbook.sheets import cohorts
from kpixl.workbook.state import State

__all__ = ["page"]


def page(state: State) -> Sheet | None:
    """Return the page of deals; None where none are known."""
    if not len(state.deals):
        return None
    live = cohorts.sheet(state, frozen=True)
    return replace(
        live,
        title=say("page.deals"),
        blocks=tuple(replace(block, name=None, analysed=False) for block in live.blocks),
        tab=Sheet(live.title).tab,
    )
