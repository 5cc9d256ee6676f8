"""More facts than a sheet can show: which of them are shown, which are tracked, and where all of them are kept."""

import datetime as dt
from collections.abc import Iterable
from typing import NamedTuple

import pandas as pd

from kpixl.actuals import MOST_BY_DAY, condensed, daily, in_words, packed, together
from kpixl.tracking import Action
from kpixl.workbook.books import Book
from kpixl.workbook.sheets.archive import ARCHIVE, is_lost, read_pieces

__all__ = ["Condensation", "condense"]


class Condensation(NamedTuple):
    """The facts that are tracked, those of the team by day, the sums that are shown, and the archive of all.

    The last three are None where the sheet shows all facts; an archive that is no longer needed is empty.
    """

    facts: pd.DataFrame
    daily: pd.DataFrame | None = None
    shown: pd.DataFrame | None = None
    archive: tuple[str, ...] | None = None


def condense(
    book: Book, facts: pd.DataFrame, as_of: dt.date, actions: Iterable[Action | None], *, new: bool, since: dt.date
) -> Condensation:
    """Condense the facts of a workbook as of a day; they are archived if they are `new`.

    The months from that of `since` on are followed by day.
    """
    if len(facts) <= MOST_BY_DAY or (not new and is_lost(book)):
        return Condensation(in_words(facts), archive=() if book.has(ARCHIVE) else None)
    facts = together([facts])
    found = condensed(facts, as_of, since)
    took_part = {name for action in actions if action for name in action.took_part}
    pieces = tuple(packed(facts)) if new else read_pieces(book)
    return Condensation(found.followed, daily(facts, took_part), found.shown, pieces)
