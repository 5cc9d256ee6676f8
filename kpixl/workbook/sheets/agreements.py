"""1on1 の約束 / Agreements from the 1on1s: month, member, action, by whom and when, and whether it is done.

They are kept in the plan. Each report shows a member the agreements that are open or of its month, with blank rows;
whatever is typed into these is copied into the plan by the next report (`kpixl.workbook.agreed`).
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
    """Return the table to type into, with the agreements so far."""
    columns = tuple(agreed_column(key) for key in AGREED)
    rows = [*state.agreements, *[(None,) * len(AGREED)] * _BLANK_ROWS]
    return Table(at, AGREEMENTS, columns, rows, typed=True)


def agreed_column(key: str) -> Column:
    """Return the column for a part of an agreement."""
    choices: dict[str, str | tuple[str, ...]] = {"member": f"={MEMBER_LIST}", "done": (say("member.is_done"),)}
    return Column(f"member.{key}", *_LOOKS[key], typed=True, choices=choices.get(key))


def read_agreements(book: Book) -> list[dict[str, Any]]:
    """Read the agreements row by row, unchecked and including blank rows; none if the workbook lacks the table."""
    if not book.has(AGREEMENTS):
        return []
    return [{key: _plain(row.raw(f"member.{key}")) for key in AGREED} for row in book.rows(AGREEMENTS, blank=True)]


def _plain(value: Any) -> Value:
    return value.strip() or None if isinstance(value, str) else value
