"""Which row tells of which event?

Two rows tell of the same event where they have the same id, or, where they have none, say the same in all their cells.
"""

from typing import Any

from kpixl.actuals.expressions import hash_of
from kpixl.actuals.rows import Rows
from kpixl.actuals.rules import Rule

__all__ = ["content", "fingerprint", "identity", "of_id"]

_ID = "id\x1f"  # before the id of an event, in the text that tells it from others


def fingerprint(rule: Rule, rows: Rows, table: Any) -> Any:
    """Return a number that only the same event has twice; None where that need not be known.

    Two different rows have the same number once in 10^19 pairs; `content` then tells them apart.
    """
    import ibis  # noqa: PLC0415

    whole = None
    if not (rows.keep_identical and len(rows.sources) == 1):
        whole = hash_of(*(table[name] for name in rows.columns.values()))
    if rule.id is None:
        return whole
    own = _own_id(rule, rows, table)
    return ibis.ifelse(own.notnull(), hash_of(own), ibis.null("uint64") if whole is None else whole)


def content(rule: Rule, rows: Rows, table: Any) -> Any:
    """Return the text that only the same event has twice: its id where it has one, else the whole row."""
    import ibis  # noqa: PLC0415

    whole = ibis.literal("\x1f").join([table[name].cast("string").fill_null("") for name in rows.columns.values()])
    if rule.id is None:
        return whole
    own = _own_id(rule, rows, table)
    return ibis.ifelse(own.notnull(), ibis.literal(_ID).concat(own), whole)


def of_id(key: Any) -> Any:
    """Say whether the text that tells an event from others is its id."""
    return key.startswith(_ID)


def identity(rule: Rule, rows: Rows, *, hashed: bool) -> Any:
    """Return what tells a row from all others in later imports: its id, or a number made from all that stands in it."""
    import ibis  # noqa: PLC0415

    table = rows.table
    own = ibis.null("string") if rule.id is None else _own_id(rule, rows, table)
    if not hashed:
        return own
    whole = hash_of(*(table[name].cast("string") for name in rows.columns.values()))
    made = ibis.literal("#").concat(whole.cast("string"))
    if rows.keep_identical:
        nth = ibis.row_number().over(group_by=[whole, table.FILE], order_by=table.RECORD)
        made = made.concat(ibis.literal("."), nth.cast("string"))
    return ibis.coalesce(own, made)


def _own_id(rule: Rule, rows: Rows, table: Any) -> Any:
    return table[rows.column(str(rule.id))].cast("string").strip().nullif("")
