"""How often did it happen, per day?

One rule of a mapping and the rows of its files become counts per file, event, day, member and channel. The first look
is one streamed pass that only notices when something is odd: a value no database can read, a row that stands twice.
Only then comes the second look, which tells used rows from duplicates and from those to be set aside.
"""

from dataclasses import dataclass
from typing import Any

from kpixl.actuals.events import IGNORE
from kpixl.actuals.headings import plain
from kpixl.actuals.mapping import Rule, Value
from kpixl.actuals.reading import YEARS, content, events_in, fingerprint, read_as_people_write, staged
from kpixl.actuals.sources import Rows

__all__ = ["Counted", "count"]

_KEYS = ("FILE", "STATUS", "EVENT", "DAY", "MEMBER", "CHANNEL")


@dataclass(frozen=True)
class Counted:
    """What a rule found in its rows.

    Attributes
    ----------
    counts : DataFrame
        FILE (place in the sources), STATUS (``used``, ``duplicate``, ``aside``, ``other``), EVENT, DAY, MEMBER,
        CHANNEL, N, AMOUNT, MINUTES: one row each.
    aside : Ibis table or None
        The rows set aside: FILE, RECORD (from 1), EVENT as given, REASON, VALUE, then the columns of the file.
    """

    counts: Any
    aside: Any = None


def count(rule: Rule, rows: Rows) -> Counted:
    """Count the rows per file, status, event, day, member and channel."""
    counts, repeated = _first_look(rule, rows)
    events = events_in(rule, counts.EVENT[counts.STATUS != "other"].unique())
    if repeated or None in events.values() or not _plausible(counts):
        return _second_look(rule, rows, repeated)
    return Counted(_translated(rule, counts, events))


def _first_look(rule: Rule, rows: Rows) -> tuple[Any, bool]:
    """Count in one pass, with STATUS ``odd`` where no database can read a value; say whether any row stands twice."""
    import ibis  # noqa: PLC0415 - half a second that only an import should cost

    table = staged(rule, rows)
    odd = (
        table.DAY.isnull()
        | (table.AMOUNT.isnull() & table.AMOUNT_GIVEN.notnull())
        | (table.MINUTES.isnull() & table.MINUTES_GIVEN.notnull())
    )
    table = table.mutate(STATUS=ibis.cases((~table.WANTED, "other"), (odd, "odd"), else_="used"))
    key = fingerprint(rule, rows, table)
    table = table.mutate(
        KEY=ibis.null("uint64") if key is None else ibis.ifelse(table.WANTED, key, ibis.null(key.type()))
    )
    found = _summed(table, KEYS=table.KEY.count())
    if key is not None:
        blank = {name: ibis.null(kind) for name, kind in found.schema().items() if name not in ("STATUS", "KEYS")}
        distinct = table.agg(KEYS=table.KEY.nunique()).mutate(STATUS=ibis.literal("distinct"), **blank)
        found = found.union(distinct.select(*found.columns))
    counts = _frame(found)
    distinct_keys = counts.STATUS == "distinct"
    repeated = counts.KEYS[~distinct_keys].sum() != counts.KEYS[distinct_keys].sum()
    return counts[~distinct_keys], bool(repeated)


def _second_look(rule: Rule, rows: Rows, repeated: bool) -> Counted:
    """Count again: odd values read as people write them, duplicates (if any are `repeated`) and bad rows told apart."""
    import ibis  # noqa: PLC0415

    table = read_as_people_write(staged(rule, rows))
    table = table.mutate(EVENT=table.EVENT.fill_null(""))
    given = table.filter(table.WANTED).select("EVENT").distinct().to_pyarrow()["EVENT"].to_pylist()
    events = events_in(rule, given)
    undated = table.DAY.isnull() & ~table.DAY_BAD
    ignored = table.EVENT.isin([text for text in given if events[text] == IGNORE])
    problems = {
        "event": (table.EVENT.isin([text for text in given if events[text] is None]), table.EVENT),
        "no_date": (undated, table.DAY_GIVEN),
        "date": (table.DAY_BAD, table.DAY_GIVEN),
        "amount": (table.AMOUNT_BAD, table.AMOUNT_GIVEN),
        "minutes": (table.MINUTES_BAD, table.MINUTES_GIVEN),
    }
    table = table.mutate(
        WANTED=table.WANTED & ~(undated if rule.event.column is None else ignored),
        REASON=ibis.cases(*((found, reason) for reason, (found, _) in problems.items())),
        VALUE=ibis.cases(*problems.values()),
    )
    table = _with_older(rule, rows, table) if repeated else table.mutate(OLDER=ibis.literal(False))
    status = ibis.cases(
        (~table.WANTED, "other"), (table.REASON.notnull(), "aside"), (table.OLDER, "duplicate"), else_="used"
    )
    table = table.mutate(STATUS=status)
    aside = table.filter(table.STATUS == "aside").order_by("FILE", "RECORD")
    return Counted(
        counts=_translated(rule, _frame(_summed(table)), events),
        aside=aside.select("FILE", "RECORD", "EVENT", "REASON", "VALUE", *rows.columns.values()),
    )


def _with_older(rule: Rule, rows: Rows, table: Any) -> Any:
    """Add OLDER: whether a good row is the same event as a later one."""
    import ibis  # noqa: PLC0415

    table = table.mutate(KEY=content(rule, rows, table), GOOD=table.WANTED & table.REASON.isnull())
    if rows.keep_identical:
        nth = ibis.row_number().over(group_by=[table.KEY, table.FILE, table.GOOD], order_by=table.RECORD)
        table = table.mutate(KEY=table.KEY.concat(nth.cast("string")))
    newest_first = [table.FILE.desc(), table.RECORD.desc()]
    age = ibis.row_number().over(group_by=[table.KEY, table.GOOD], order_by=newest_first)
    return table.mutate(OLDER=age > 0)


def _summed(table: Any, **more: Any) -> Any:
    return table.group_by(*_KEYS).agg(N=table.count(), AMOUNT=table.AMOUNT.sum(), MINUTES=table.MINUTES.sum(), **more)


def _frame(found: Any) -> Any:
    """Bring the counts here; a blank text becomes an empty one, and a sum of nothing zero."""
    import pyarrow as pa  # noqa: PLC0415
    import pyarrow.compute as pc  # noqa: PLC0415

    table = found.to_pyarrow()
    for name in ("EVENT", "MEMBER", "CHANNEL"):
        texts = pc.fill_null(table[name].cast(pa.string()), "")
        table = table.set_column(table.schema.get_field_index(name), name, texts.dictionary_encode())
    for name in set(table.column_names) - set(_KEYS):
        table = table.set_column(table.schema.get_field_index(name), name, pc.fill_null(table[name], 0))
    days = table["DAY"].cast(pa.timestamp("s"))
    return table.set_column(table.schema.get_field_index("DAY"), "DAY", days).to_pandas()


def _plausible(counts: Any) -> bool:
    import numpy as np  # noqa: PLC0415

    used = counts[counts.STATUS != "other"]
    measures = used[["AMOUNT", "MINUTES"]]
    return bool(
        (used.STATUS == "used").all()
        and used.DAY.dt.year.between(*YEARS).all()
        and np.isfinite(measures).all(axis=None)
    )


def _translated(rule: Rule, counts: Any, events: dict[str, str | None]) -> Any:
    """Put the plan's words in place of the file's."""
    event = counts.EVENT.astype(object).map({text: events.get(text) or "" for text in counts.EVENT.cat.categories})
    ignored = event == IGNORE
    return counts.assign(
        STATUS=counts.STATUS.mask(ignored, "other"),
        EVENT=event.mask(ignored, ""),
        MEMBER=_renamed(rule.member, counts.MEMBER),
        CHANNEL=_renamed(rule.channel, counts.CHANNEL),
    )


def _renamed(value: Value, given: Any) -> Any:
    return given.astype(object).map(
        {text: value.values.get(plain(text), text.strip()) for text in given.cat.categories}
    )
