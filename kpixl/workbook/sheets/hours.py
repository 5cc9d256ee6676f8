"""At what hours calls and mails were made, in text on a hidden sheet (`kpixl.actuals.hours`), for the report.

A workbook has the sheet once an import has told it of any. No formula asks for it, and no one types there.
"""

from typing import TYPE_CHECKING

from kpixl.actuals import is_whole, no_hours, unpacked
from kpixl.workbook.blocks import Column, Sheet, Table
from kpixl.workbook.books import Book
from kpixl.workbook.state import State

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["HOURS", "hours_are_lost", "hours_sheet", "read_hour_pieces", "read_hours"]

HOURS = "kpixl_hours"


def hours_sheet(state: State) -> Sheet:
    """Return the hidden sheet with the hours."""
    pieces = [(piece,) for piece in state.hour_pieces or (None,)]
    return Sheet(HOURS, tables=(Table("B2", HOURS, (Column("hour_counts", width=20),), pieces, keys=0),), hidden=True)


def read_hour_pieces(book: Book) -> tuple[str, ...] | None:
    """Read the pieces of text; None where there is no such sheet."""
    if not book.has(HOURS):
        return None
    found = book.tables[HOURS]
    return tuple(str(piece) for piece, *_ in book.values(found.sheet, found.body_area) if piece)


def hours_are_lost(book: Book) -> bool:
    """Say whether there is such a sheet but its pieces are not all there as they were."""
    pieces = read_hour_pieces(book)
    return pieces is not None and not is_whole(pieces)


def read_hours(book: Book) -> "pd.DataFrame":
    """Read the hours; those that are lost (`hours_are_lost`) are none."""
    found = unpacked(read_hour_pieces(book) or ())
    return no_hours() if found is None else found
