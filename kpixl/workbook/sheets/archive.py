"""The days of more actuals than the actuals sheet can show, in text on a hidden sheet (`kpixl.actuals.archive`).

A workbook has the sheet only once it holds so many. The actuals sheet then shows sums, which an import writes and no
reader reads back.
"""

from typing import TYPE_CHECKING

from kpixl.actuals import is_whole, unpacked
from kpixl.errors import UnreadableData
from kpixl.workbook.blocks import Column, Sheet, Table
from kpixl.workbook.books import Book
from kpixl.workbook.state import State

if TYPE_CHECKING:
    import pandas as pd

__all__ = [
    "ARCHIVE",
    "archive_sheet",
    "is_archived",
    "is_lost",
    "mark_archived",
    "read_archive",
    "read_pieces",
    "require_archive",
]

ARCHIVE = "kpixl_archive"
_PROPERTY, _YES = "kpixl_archived", "1"


def archive_sheet(state: State) -> Sheet:
    """Return the hidden sheet with the archive."""
    pieces = [(piece,) for piece in state.archive or (None,)]
    return Sheet(
        ARCHIVE, tables=(Table("B2", ARCHIVE, (Column("archived_days", width=20),), pieces, keys=0),), hidden=True
    )


def is_archived(book: Book) -> bool:
    """Say whether the actuals sheet shows sums of what an archive holds, be it still there or not."""
    return book.properties.get(_PROPERTY) == _YES


def is_lost(book: Book) -> bool:
    """Say whether there was an archive that is no longer there, or not as it was."""
    return is_archived(book) and not is_whole(read_pieces(book))


def require_archive(book: Book) -> None:
    """Refuse an import into a workbook whose archive is lost, which would spoil the months that only it knows."""
    if is_lost(book):
        raise UnreadableData("archive_lost", sheet=ARCHIVE)


def mark_archived(book: Book, *, archived: bool) -> None:
    """Write down whether the actuals sheet shows sums of what an archive holds."""
    if archived or _PROPERTY in book.properties:
        book.set_property(_PROPERTY, _YES if archived else "0")


def read_pieces(book: Book) -> tuple[str, ...]:
    """Read the pieces of the archive; none where there is no archive."""
    if not book.has(ARCHIVE):
        return ()
    found = book.tables[ARCHIVE]
    return tuple(str(piece or "") for piece, *_ in book.values(found.sheet, found.body_area))


def read_archive(book: Book) -> "pd.DataFrame | None":
    """Read the facts from the archive; None where there is none, or not all of it."""
    return unpacked(read_pieces(book)) if is_archived(book) else None
