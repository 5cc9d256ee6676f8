"""The headline of a section whose figures a refresh has found: it names the day that they are of.

The day that is looked at (`kpixl_as_of`) is typed, and formulas follow it at once; what a refresh has found does not,
and is shown grey meanwhile.
"""

from kpixl.texts import say
from kpixl.workbook.blocks import Block, Cell, lettering
from kpixl.workbook.state import State
from kpixl.xlsx.address import Area, address

__all__ = ["headline"]


def headline(state: State, at: str, name: str, title: str, more: int, *, found: bool = True) -> tuple[Block, ...]:
    """Return the headline at `at`, under a name, ruled over `more` cells; without a day where nothing is `found`."""
    left, top, *_ = Area.parse(at)
    text = say("analysed.head", title=title, day=state.tracking.as_of) if found else title
    line = lettering(address(left + 1, top), [[("", "section")] * more])
    return Block(at, ((Cell(text, "section"),),), name), line
