"""1on1 の約束 / What was agreed in the 1on1s: month, member, action, by whom and when, and whether it is done.

The plan is its home. Each report shows a member what is still open and what was agreed in its month, with blank rows;
what is typed into these is taken over from there (`kpixl.workbook.agreed`).
"""

from typing import Any

from kpixl.texts import say
from kpixl.workbook.blocks import Column, Table, Value
from kpixl.workbook.books import Book
from kpixl.workbook.state import AGREED, State
from kpixl.workbook.tables import MEMBER_LIST

__all__ = ["AGREEMENTS", "agreed_column", "agreements_table", "read_agreements"]

AGREEMENTS = "kpixl_agreements"
_LOOKS: dict[str, tuple[str, float]] = {
    "month": ("month", 12),
    "member": ("text", 14),
    "action": ("text", 44),
    "by_whom": ("text", 14),
    "by_when": ("date", 13),
    "done": ("text", 8),
}
_BLANK_ROWS = 10


def agreements_table(state: State, at: str) -> Table:
    """Return the table to type into, with what was agreed so far."""
    columns = tuple(agreed_column(key) for key in AGREED)
    rows = [*state.agreements, *[(None,) * len(AGREED)] * _BLANK_ROWS]
    return Table(at, AGREEMENTS, columns, rows, typed=True)


def agreed_column(key: str) -> Column:
    """Return the column of a part of an agreement."""
    choices: dict[str, str | tuple[str, ...]] = {"member": f"={MEMBER_LIST}", "done": (say("member.is_done"),)}
    return Column(f"member.{key}", *_LOOKS[key], typed=True, choices=choices.get(key))


def read_agreements(book: Book) -> list[dict[str, Any]]:
    """Read what was agreed as it stands, row by row, blank ones too; nothing where the workbook has no such table."""
    if not book.has(AGREEMENTS):
        return []
    return [{key: _plain(row.raw(f"member.{key}")) for key in AGREED} for row in book.rows(AGREEMENTS, blank=True)]


def _plain(value: Any) -> Value:
    return value.strip() or None if isinstance(value, str) else value
