"""How often did it happen, per day?

One rule of a mapping and the rows of its files become counts per file, event, day, member and channel. The first look
is one streamed pass that only tells which rows are odd: a value that people wrote, or an event that may stand twice.
The second look takes those rows alone, and tells used ones from duplicates and from those to be set aside.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from kpixl.actuals.days import Days
from kpixl.actuals.events import IGNORE
from kpixl.actuals.frames import one_name, together
from kpixl.actuals.freehand import events_in, read_as_people_write
from kpixl.actuals.headings import is_sum
from kpixl.actuals.hours import packed_hours, with_crowded
from kpixl.actuals.identity import content, fingerprint, of_id
from kpixl.actuals.reading import Terms, staged
from kpixl.actuals.rows import Rows
from kpixl.actuals.rules import Rule

__all__ = ["Counted", "count"]

_STATUSES = ("used", "duplicate", "aside", "other", "odd")
_USED, _DUPLICATE, _ASIDE, _OTHER, _ODD = range(len(_STATUSES))  # within a query, which compares numbers faster
_BACK = len(_STATUSES)  # added to the number of a status where the amount is negative
Same = dict[str, str | int | bool | None]
_KEYS = ("FILE", "STATUS", "EVENT", "DAY", "MEMBER", "CHANNEL", "ID", "BACK")


@dataclass(frozen=True, eq=False)  # one is itself: a query has no value to compare
class Counted:
    """What a rule found in its rows.

    Attributes
    ----------
    counts : DataFrame
        FILE (place in the sources), STATUS (``used``, ``duplicate``, ``aside``, ``other``), EVENT, DAY, MEMBER,
        CHANNEL, ID (where ids are kept), BACK (the amount is negative), N (rows), COUNT (of how many events they tell),
        AMOUNT, MINUTES; to be summed where these keys are repeated. Where hours are told, what `packed_hours` says.
    aside : Ibis table or None
        The rows set aside: FILE, RECORD, EVENT as given, REASON, VALUE, then the columns of the file.
    days : Days
        How days were read that could be meant in two ways.
    """

    counts: Any
    aside: Any = None
    days: Days | None = None


def count(rule: Rule, rows: Rows, terms: Terms) -> Counted:
    """Count the rows per file, status, event, day, member and channel."""
    counts, twice = _first_look(rule, rows, terms)
    events = events_in(rule, counts.EVENT[counts.STATUS != "other"].unique())
    unknown = [text for text, event in events.items() if event is None]
    sums = [text for name in (counts.MEMBER, counts.CHANNEL) for text in name.cat.categories if is_sum(text)]
    summing = counts.MEMBER.isin(sums) | counts.CHANNEL.isin(sums)
    odd = (counts.STATUS == "odd") | ((counts.STATUS != "other") & (counts.EVENT.isin(unknown) | summing))
    if not odd.any():
        return Counted(_translated(rule, terms, counts, events))
    dated = bool(counts.DAY.notna().any())
    closer, aside, days = _second_look(rule, rows, terms, events, twice, sums, dated=dated)
    found = [_translated(rule, terms, part, events) for part in (counts[~odd], closer)]
    return Counted(together(found, ("STATUS", "EVENT", "MEMBER", "CHANNEL")), aside, days)


def _first_look(rule: Rule, rows: Rows, terms: Terms) -> tuple[Any, Any]:
    """Count in one pass, with STATUS ``odd`` for what needs a second look; return the KEYs that stand twice as well."""
    table = _with_parts(rule, _judged(rule, rows, terms))
    same = _same_in_all(rule, rows, terms)
    counts, twice = _counts_and_twice(rows, table, same)
    return (_counted(_with_twice(table, twice), same) if len(twice) else counts), twice


def _second_look(
    rule: Rule,
    rows: Rows,
    terms: Terms,
    events: dict[str, str | None],
    twice: Any,
    sums: list[str],
    *,
    dated: bool,
) -> tuple[Any, Any, Days]:
    """Count the odd rows, their values read as people write them; return the rows set aside as well."""
    import ibis  # noqa: PLC0415 - half a second that only an import should cost

    table = _judged(rule, rows, terms).mutate(NTH=ibis.row_number())  # else DuckDB reads a value anew for each use
    table = _with_twice(table, twice)
    unknown = table.EVENT.isin([text for text, event in events.items() if event is None])
    summing = (table.MEMBER.isin(sums) | table.CHANNEL.isin(sums)).fill_null(False)
    table = table.filter((table.STATUS == _ODD) | (table.WANTED & (unknown | summing)))
    kept = _kept(table.drop(*{"KEY", "STATUS", "NTH"}.intersection(table.columns)))
    table, days = read_as_people_write(kept, rule, terms, sums, dated=dated)
    undated = table.DAY.isnull() & ~table.DAY_BAD & ~table.FAR
    ignored = table.EVENT.isin([text for text, event in events.items() if event == IGNORE])
    problems = {
        "sum": (table.SUMS, table.SUM_GIVEN),
        "event": (table.EVENT.isin([text for text, event in events.items() if event is None]), table.EVENT),
        "no_date": (undated, table.DAY_GIVEN),
        "date_order": (table.UNSURE, table.DAY_GIVEN),
        "date": (table.DAY_BAD, table.DAY_GIVEN),
        "far": (table.FAR, table.DAY_GIVEN),
        "amount": (table.AMOUNT_BAD, table.AMOUNT_GIVEN),
        "minutes": (table.MINUTES_BAD, table.MINUTES_GIVEN),
    }
    if rule.count is not None:
        problems["count"] = (table.COUNT_BAD, table.COUNT_GIVEN)
    if rule.share is not None:  # one that is blank cannot be told from a whole one
        problems["share"] = (table.SHARE_BAD | table.SHARE.isnull(), table.SHARE_GIVEN)
    no_event = undated if rule.event.column is None and not rule.where else ignored
    table = table.mutate(
        WANTED=table.WANTED & ~no_event,
        REASON=ibis.cases(*((found, reason) for reason, (found, _) in problems.items())),
        VALUE=ibis.cases(*problems.values()),
    )
    table = _with_parts(rule, table)
    table = _with_older(rule, rows, table) if len(twice) else table.mutate(OLDER=ibis.literal(False))
    status = ibis.cases(
        (~table.WANTED, _OTHER), (table.REASON.notnull(), _ASIDE), (table.OLDER, _DUPLICATE), else_=_USED
    )
    table = table.mutate(STATUS=status)
    aside = table.filter(table.STATUS == _ASIDE).order_by("FILE", "RECORD")
    columns = ("FILE", "RECORD", "EVENT", "REASON", "VALUE", *rows.columns.values())
    return _counted(table, _same_in_all(rule, rows, terms)), aside.select(*columns), days


def _judged(rule: Rule, rows: Rows, terms: Terms) -> Any:
    """Stage the rows, with STATUS, and with the KEY that tells the same event where it needs to be known."""
    import ibis  # noqa: PLC0415

    table = staged(rule, rows, terms)
    undated = table.DAY.isnull() & (table.WANTED | table.DAY_THERE)
    numbers = [name for name in ("AMOUNT", "MINUTES") if not table[name].type().is_integer()]
    unread = [table[name].isnull() & table[f"{name}_THERE"] for name in numbers]
    if rule.count is not None:
        unread.append(table.COUNT.isnull() & table.COUNT_GIVEN.notnull())
    if rule.share is not None:
        unread.append(table.SHARE.isnull() & table.WANTED)
    odd = ibis.or_(undated, *unread, table.SUM_GIVEN.notnull())
    table = table.mutate(
        EVENT=table.EVENT.fill_null(""),
        STATUS=ibis.cases((odd, _ODD), (~table.WANTED, _OTHER), else_=_USED),
    )
    key = fingerprint(rule, rows, table)
    return table if key is None else table.mutate(KEY=ibis.ifelse(table.WANTED, key, ibis.null(key.type())))


def _with_parts(rule: Rule, table: Any) -> Any:
    """Put what a row stands for in place of what it says: a part of an event, or an amount of each of several."""
    import ibis  # noqa: PLC0415

    if rule.share_amounts:
        table = table.mutate(AMOUNT=table.AMOUNT * table.SHARE)
    if rule.amount_each is not None:
        each = ibis.literal(rule.amount_each)
        table = table.mutate(AMOUNT=each * table.COUNT if rule.count is not None else each)
    if rule.share is not None:
        table = table.mutate(COUNT=table.SHARE if rule.count is None else table.COUNT * table.SHARE)
    return table


def _counts_and_twice(rows: Rows, table: Any, same: Same) -> tuple[Any, Any]:
    """Count judged rows, and return the KEYs (an Arrow array) that stand in several of them."""
    import pyarrow as pa  # noqa: PLC0415

    if "KEY" not in table.columns:
        return _counted(table, same), pa.array([])
    seen: list[Any] = []
    if any(source.lined for source in rows.sources):  # a text takes longer to be split again
        counts = _counted(table, same, SEEN=_noted(table.KEY, seen).max()).drop(columns="SEEN")
    else:
        counts = _counted(table, same)
        seen.append(_keys_in(table.select("KEY").to_pyarrow()["KEY"]))
    return counts, _repeated(seen)


def _noted(keys: Any, seen: list[Any]) -> Any:
    """Note the keys in `seen` as they stream by: a database takes far longer to count or to keep them."""
    import ibis  # noqa: PLC0415

    def note(batch: Any) -> Any:
        seen.append(_keys_in(batch))
        return batch

    more = {"side_effects": True, "null_handling": "special"}  # else DuckDB looks for nulls itself, which takes longer
    return ibis.udf.scalar.pyarrow(note, signature=(("uint64",), "uint64"), **more)(keys)


def _keys_in(batch: Any) -> Any:
    return batch.drop_null().to_numpy()


def _repeated(seen: list[Any]) -> Any:
    import numpy as np  # noqa: PLC0415
    import pyarrow as pa  # noqa: PLC0415

    numbers = np.concatenate([np.empty(0, np.uint64), *seen])
    numbers.sort()
    return pa.array(np.unique(numbers[1:][numbers[1:] == numbers[:-1]]))


def _kept(table: Any) -> Any:
    """Keep the rows until the connection is closed; beyond its memory DuckDB spills them to the folder of the desk."""
    return table.get_backend().create_table(f"kept_{uuid4().hex}", table, temp=True)


def _with_twice(table: Any, twice: Any) -> Any:
    """Give STATUS ``odd`` to the rows with a KEY in `twice`."""
    import ibis  # noqa: PLC0415
    import pyarrow as pa  # noqa: PLC0415

    if not len(twice):
        return table
    found = table.KEY.isin(ibis.memtable(pa.table({"KEY": twice})).KEY)
    return table.mutate(STATUS=ibis.ifelse(found.fill_null(False), _ODD, table.STATUS))


def _with_older(rule: Rule, rows: Rows, table: Any) -> Any:
    """Add OLDER: whether a good row is the same event as a later one."""
    import ibis  # noqa: PLC0415

    table = table.mutate(KEY=content(rule, rows, table), GOOD=table.WANTED & table.REASON.isnull())
    if rule.lines or rule.share:
        return _with_lines(rule, table)
    if rows.keep_identical:
        nth = ibis.row_number().over(group_by=[table.KEY, table.FILE, table.GOOD], order_by=table.RECORD)
        table = table.mutate(KEY=ibis.ifelse(of_id(table.KEY), table.KEY, table.KEY.concat(nth.cast("string"))))
    newest_first = [table.FILE.desc(), table.RECORD.desc()]
    age = ibis.row_number().over(group_by=[table.KEY, table.GOOD], order_by=newest_first)
    return table.mutate(OLDER=age > 0)


def _with_lines(rule: Rule, table: Any) -> Any:
    """Add OLDER where an id has several rows in one file: product lines, or the people who share it.

    The last file that has the id says all of it. Of lines the first counts, and all bring their amounts.
    """
    import ibis  # noqa: PLC0415

    newest = table.FILE.max().over(group_by=[table.KEY, table.GOOD])
    who = table.MEMBER.fill_null("") if rule.share else ibis.literal("")
    group = [table.KEY, table.GOOD, table.FILE, who]
    if not rule.lines:
        again = ibis.row_number().over(group_by=group, order_by=table.RECORD.desc()) > 0
        return table.mutate(OLDER=(newest > table.FILE) | again)
    nth = ibis.row_number().over(group_by=group, order_by=table.RECORD)
    whole = table.AMOUNT.sum().over(group_by=group)
    count = table.COUNT if "COUNT" in table.columns else ibis.literal(1.0)
    return table.mutate(
        OLDER=(newest > table.FILE) | (~of_id(table.KEY) & (nth > 0)),
        COUNT=ibis.ifelse(of_id(table.KEY) & (nth > 0), 0.0, count),
        BACK=(whole < 0).fill_null(False),
    )


def _same_in_all(rule: Rule, rows: Rows, terms: Terms) -> Same:
    """Return those of `_KEYS` that are the same in all rows, with their value: a query has no need to compare them."""
    same: Same = {}
    if len(rows.sources) == 1:
        same["FILE"] = 0
    if not terms.ids:
        same["ID"] = None
    if rule.amount is None and rule.amount_each is None:
        same["BACK"] = False
    named = {"EVENT": rule.event, "MEMBER": rule.member, "CHANNEL": rule.channel}
    return same | {name: value.fixed for name, value in named.items() if value.column is None}


def _counted(table: Any, same: Same, **more: Any) -> Any:
    """Sum rows up by `_KEYS` and bring the counts here, names as codes; a sum of nothing is zero."""
    import ibis  # noqa: PLC0415

    if "BACK" not in same:  # within STATUS, as each key takes its time
        back = table.BACK if "BACK" in table.columns else table.AMOUNT < 0
        table = table.mutate(STATUS=table.STATUS + ibis.ifelse(back, _BACK, 0))
    keys = [name for name in _KEYS if name not in {"BACK", *same}]
    if "HOUR" not in table.columns:
        return _frame(table.group_by(*keys).agg(**_sums(table), **more).to_pyarrow(), same)
    found = packed_hours(table, keys, _sums(table) | more).to_pyarrow()
    return _frame(with_crowded(found, table, keys, _sums), same)


def _sums(table: Any) -> dict[str, Any]:
    measures = [name for name in ("AMOUNT", "MINUTES", "COUNT") if name in table.columns]
    return {"N": table.count(), **{name: table[name].sum().cast("float64") for name in measures}}


def _frame(table: Any, same: Same) -> Any:
    import numpy as np  # noqa: PLC0415
    import pandas as pd  # noqa: PLC0415
    import pyarrow as pa  # noqa: PLC0415
    import pyarrow.compute as pc  # noqa: PLC0415

    columns: dict[str, Any] = {}
    for name in table.column_names:
        column, place = table[name], table.schema.get_field_index(name)
        table = table.set_column(place, name, pa.nulls(len(column)))  # each is let go of as soon as it is read
        if name in ("EVENT", "MEMBER", "CHANNEL"):
            column = pc.fill_null(column.cast(pa.string()), "").dictionary_encode()
        elif name == "DAY":
            column = column.cast(pa.timestamp("s"))
        elif name not in (*_KEYS, "HOUR"):
            column = pc.fill_null(column, 0)
        columns[name] = column.to_pandas()
    for name, value in same.items():
        if value is None:
            columns[name] = pd.Categorical.from_codes(np.full(len(table), -1, np.int8), pd.Index([], dtype=object))
        else:
            columns[name] = one_name(value, len(table)) if isinstance(value, str) else np.full(len(table), value)
    if "BACK" not in same:
        columns["BACK"] = columns["STATUS"] >= _BACK
    columns["STATUS"] = pd.Categorical.from_codes(columns["STATUS"] % _BACK, pd.Index(_STATUSES))
    return pd.DataFrame(columns, copy=False)


def _translated(rule: Rule, terms: Terms, counts: Any, events: dict[str, str | None]) -> Any:
    """Put the plan's words in place of the file's."""
    ignored = counts.EVENT.isin([text for text, event in events.items() if event == IGNORE])
    known = {text: event for text, event in events.items() if event is not None and event != IGNORE}
    if "COUNT" not in counts:
        counts = counts.assign(COUNT=counts.N.astype(float))
    return counts.assign(
        STATUS=counts.STATUS.mask(ignored, "other"),
        EVENT=_renamed(counts.EVENT, lambda text: known.get(text, "")),
        MEMBER=_renamed(counts.MEMBER, lambda text: terms.members.of(text, rule.member.values)),
        CHANNEL=_renamed(counts.CHANNEL, lambda text: terms.channels.of(text, rule.channel.values)),
    )


def _renamed(given: Any, name: Callable[[str], str]) -> Any:
    """Rename the texts of a categorical column, each once; several may come to bear one name."""
    import numpy as np  # noqa: PLC0415
    import pandas as pd  # noqa: PLC0415

    names = np.array([name(text) for text in given.cat.categories], dtype=object)
    codes, known = pd.factorize(names, sort=True)
    return pd.Categorical.from_codes(codes[given.cat.codes], pd.Index(known))
