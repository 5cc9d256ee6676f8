"""What do the cells of a row say?

Applies a rule of a mapping to rows: which of them are wanted, and what event, day, member, channel, amount and minutes
they give. Dates and numbers that can be written in one way only are read within the query; all others as people write
them (令和7年6月2日, 1.2億, ▲5,000), once per distinct text. A moment with an offset is a day of the import's time zone.
"""

import datetime as dt
import math
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from functools import cache
from inspect import Parameter, Signature
from typing import Any
from zoneinfo import ZoneInfo

from kpixl.actuals.amounts import currencies_in, scale_of, without_code
from kpixl.actuals.days import Days, read_days
from kpixl.actuals.durations import CLOCK, UNITS, minutes_in, unit_of
from kpixl.actuals.events import EVENTS, event_called
from kpixl.actuals.headings import is_sum, plain
from kpixl.actuals.names import Names
from kpixl.actuals.rules import Rule, Value
from kpixl.actuals.sources import Rows
from kpixl.engine.numbers import parse_number
from kpixl.errors import InvalidValue, UnreadableData

__all__ = ["Terms", "content", "events_in", "fingerprint", "read_as_people_write", "staged"]

_PLAIN_DAY = r"\d{4}[-/]\d{1,2}[-/]\d{1,2}(?:[ T]\d{1,2}:\d{2}(?::\d{2}(?:\.\d+)?)?)?"
_WITH_OFFSET = rf"{_PLAIN_DAY} ?(?:Z|UTC|[-+]\d{{2}}:?\d{{2}})"
_SUM_ENDS = ("計", "tal", "TAL", "tals")


@dataclass(frozen=True)
class Terms:
    """How an import reads: the time zone of its days, the first and last day it takes, and whether it keeps ids.

    `hashed` gives rows without an id one made from what stands in them; `members` and `channels` know who is meant.
    """

    timezone: str = "Asia/Tokyo"
    first: dt.date = dt.date(1900, 1, 1)
    last: dt.date = dt.date(2199, 12, 31)
    ids: bool = False
    hashed: bool = False
    members: Names = field(default_factory=Names)
    channels: Names = field(default_factory=Names)


def staged(rule: Rule, rows: Rows, terms: Terms) -> Any:
    """Add what the rule asks for to the rows.

    WANTED; EVENT, MEMBER and CHANNEL as text; ID where ids are kept; DAY, AMOUNT, MINUTES, COUNT and SHARE, null where
    they cannot be read within the query, and the same with GIVEN as they stand in the file; SUM_GIVEN the cell that
    may say that the row sums up others. COUNT and SHARE are there only where the rule asks for them.
    """
    import ibis  # noqa: PLC0415 - half a second that only an import should cost

    table = rows.table

    def cell(heading: str | None) -> Any:
        return ibis.null("string") if heading is None else table[rows.column(heading)]

    def given(heading: str | None) -> Any:
        """Return a cell as text, null where it is blank."""
        return cell(heading).cast("string")

    def text(value: Value) -> Any:
        return ibis.literal(value.fixed) if value.column is None else given(value.column)

    wanted = [
        _is_one_of(tuple(map(plain, values)))(given(column)).fill_null(False) for column, values in rule.where.items()
    ]
    if rule.event.column is None and not rule.where:
        wanted.append(given(rule.occurred_at).notnull())
    if rule.count is not None:
        wanted.append(given(rule.count).strip().nullif("").notnull())
    given(rule.lead)  # a mapping that names a column which is not there is wrong, whether or not it is counted
    moment = _moment(cell(rule.occurred_at), None if rule.time is None else cell(rule.time))
    day = _day_in_query(moment, terms)
    counts = {
        name: read
        for name, heading, inside in (("COUNT", rule.count, _count_in_query), ("SHARE", rule.share, _share_in_query))
        if heading is not None
        for read in (inside(cell(heading), rule),)
    }
    counts |= {f"{name}_GIVEN": given(rule.count if name == "COUNT" else rule.share) for name in tuple(counts)}
    return table.mutate(
        WANTED=ibis.and_(*wanted),
        EVENT=text(rule.event),
        MEMBER=text(rule.member),
        CHANNEL=text(rule.channel),
        ID=_identity(rule, rows, terms) if terms.ids else ibis.null("string"),
        DAY=_where(day.between(terms.first, terms.last), day),
        AMOUNT=_number_in_query(cell(rule.amount)) * scale_of(rule.amount),
        MINUTES=_minutes_in_query(cell(rule.minutes), unit_of(rule.minutes, rule.minutes_unit)),
        DAY_GIVEN=moment.cast("string"),
        AMOUNT_GIVEN=given(rule.amount),
        MINUTES_GIVEN=given(rule.minutes),
        SUM_GIVEN=_sum_in(rule, rows),
        **counts,
    )


def read_as_people_write(
    table: Any, rule: Rule, terms: Terms, sums: Sequence[str] = (), *, dated: bool = False
) -> tuple[Any, Days]:
    """Fill DAY, AMOUNT, MINUTES, COUNT and SHARE of a staged table where only a person can read them.

    The same names with BAD say where nobody can; blank text is not bad. UNSURE says where a day could be meant in two
    ways, FAR where it lies outside of the days that are taken, SUMS which rows sum up others, be it that their member
    or channel is one of `sums`. `dated` says that other rows of the column have a day. Returned with it is how the days
    were read.

    Raises
    ------
    UnreadableData
        When the amounts are of more than one currency, or none of the days can be meant in one way only.
    """
    import ibis  # noqa: PLC0415

    days = Days(())

    def read(texts: list[str]) -> list[tuple[object, bool]]:
        nonlocal days
        spelt = [text for text in texts if plain(text)]
        days = read_days(spelt, ZoneInfo(terms.timezone), rule.dates)
        if days.unsure and not dated and not any(days.days):
            raise UnreadableData("source_date_order", column=rule.occurred_at, given=min(days.unsure))
        meant = dict(zip(spelt, days.days, strict=True))
        return [(meant.get(text), text in meant and meant[text] is None) for text in texts]

    unit = unit_of(rule.minutes, rule.minutes_unit)
    table = _filled(table, "DAY", read)
    table = _filled(table, "AMOUNT", lambda texts: _amounts(texts, rule.amount))
    table = _filled(table, "MINUTES", lambda texts: _each(texts, lambda text: minutes_in(text, unit)))
    if rule.count is not None:
        table = _filled(table, "COUNT", lambda texts: _each(texts, _count))
    if rule.share is not None:
        table = _filled(table, "SHARE", lambda texts: _each(texts, lambda text: _share(text, rule)))
    inside = table.DAY.between(terms.first, terms.last)
    table = table.mutate(
        FAR=table.DAY.notnull() & ~inside,
        DAY=_where(inside, table.DAY),
        UNSURE=(table.DAY_GIVEN.isin(sorted(days.unsure)) & table.DAY_BAD).fill_null(False)
        if days.unsure
        else ibis.literal(False),
    )
    said = [(name.isin(sums), name) for name in (table.MEMBER, table.CHANNEL)]
    found = _python(_sums, "bool")(table.SUM_GIVEN).fill_null(False)
    table = table.mutate(SUM_GIVEN=ibis.cases((found, table.SUM_GIVEN), *said))
    return table.mutate(SUMS=table.SUM_GIVEN.notnull()), days


def events_in(rule: Rule, given: Iterable[str]) -> dict[str, str | None]:
    """Translate the texts `given` as events; None where a text is no event, and not one to ignore either."""
    if rule.event.column is None:
        return dict.fromkeys(given, rule.event.fixed)
    known = {event: event for event in EVENTS} | dict(rule.event.values)
    if not rule.event.values:  # a column of events as they are called, which the mapping need not list
        return {text: event_called(text) for text in given}
    return {text: known.get(plain(text), known.get("*")) for text in given}


def fingerprint(rule: Rule, rows: Rows, table: Any) -> Any:
    """Return a number that only the same event has twice; None where that need not be known.

    Two different rows have the same number once in 10^19 pairs; `content` then tells them apart.
    """
    import ibis  # noqa: PLC0415

    whole = None
    if not (rows.keep_identical and len(rows.sources) == 1):
        whole = _hash(len(rows.columns))(*(table[name].cast("string") for name in rows.columns.values()))
    if rule.id is None:
        return whole
    own = _own_id(rule, rows, table)
    return ibis.ifelse(own.notnull(), _hash(1)(own), ibis.null("uint64") if whole is None else whole)


def content(rule: Rule, rows: Rows, table: Any) -> Any:
    """Return the text that only the same event has twice: its id where it has one, else the whole row."""
    import ibis  # noqa: PLC0415

    whole = ibis.literal("\x1f").join([table[name].cast("string").fill_null("") for name in rows.columns.values()])
    if rule.id is None:
        return whole
    own = _own_id(rule, rows, table)
    return ibis.ifelse(own.notnull(), ibis.literal("id\x1f").concat(own), whole)


def _identity(rule: Rule, rows: Rows, terms: Terms) -> Any:
    """Return what tells a row from all others in later imports: its id, or a number made from all that stands in it."""
    import ibis  # noqa: PLC0415

    table = rows.table
    own = ibis.null("string") if rule.id is None else _own_id(rule, rows, table)
    if not terms.hashed:
        return own
    whole = _hash(len(rows.columns))(*(table[name].cast("string") for name in rows.columns.values()))
    made = ibis.literal("#").concat(whole.cast("string"))
    if rows.keep_identical:
        nth = ibis.row_number().over(group_by=[whole, table.FILE], order_by=table.RECORD)
        made = made.concat(ibis.literal("."), nth.cast("string"))
    return ibis.coalesce(own, made)


def _own_id(rule: Rule, rows: Rows, table: Any) -> Any:
    return table[rows.column(str(rule.id))].cast("string").strip().nullif("")


def _day_in_query(given: Any, terms: Terms) -> Any:
    """Return the day of a cell that can be read in one way only, in the time zone of the import; else null."""
    import ibis  # noqa: PLC0415

    kind = given.type()
    if kind.is_timestamp() and kind.timezone is not None:
        return _local(terms.timezone, given)
    if kind.is_timestamp() or kind.is_date():
        return given.cast("date")
    if not kind.is_string():
        return ibis.null("date")  # a serial number; to a database it would be microseconds of 1970
    padded = given.like("____-__-__ __:__:__") | ((_strlen(given) <= len("2025-06-02")) & (given < ":"))
    return ibis.cases(
        (padded, given.try_cast("timestamp").cast("date")),
        (given.re_search(f"^{_PLAIN_DAY}$"), given.try_cast("timestamp").cast("date")),
        (given.re_search(f"^{_WITH_OFFSET}$"), _local(terms.timezone, given.try_cast("timestamp('UTC')"))),
    )


def _moment(day: Any, time: Any) -> Any:
    """Return a cell with a day, with the time of day that stands in another behind it."""
    import ibis  # noqa: PLC0415

    if time is None or not day.type().is_string():
        return day
    time = time.cast("string").strip().nullif("")
    return ibis.ifelse(time.isnull() | day.isnull(), day, day.strip().concat(" ", time.fill_null("")))


def _minutes_in_query(given: Any, unit: str) -> Any:
    """Return minutes of a number in its unit, or of a length of time such as 0:02:23."""
    import ibis  # noqa: PLC0415

    kind = given.type()
    if kind.is_numeric() and not kind.is_boolean():
        return _number_in_query(given) * UNITS[unit]
    if kind.is_time():
        given = given.cast("string")
    elif not kind.is_string():
        return ibis.null("float64")
    clock = f"^{CLOCK}$"
    hours, minutes, seconds = (given.re_extract(clock, part).try_cast("float64") for part in (1, 2, 3))
    return ibis.cases(
        (given.re_search(clock), hours * 60 + minutes + seconds / 60), else_=_number_in_query(given) * UNITS[unit]
    )


def _count_in_query(given: Any, rule: Rule) -> Any:
    number = _number_in_query(given)
    return _where((number >= 0) & (number == number.floor()), number)


def _share_in_query(given: Any, rule: Rule) -> Any:
    number = _number_in_query(given) / _share_divisor(rule)
    return _where((number >= 0) & (number <= 1), number)


def _share_divisor(rule: Rule) -> float:
    """Return by how much the shares in a column are to be divided: those under a heading with % are percent."""
    percent = rule.share_unit == "percent" or (rule.share_unit is None and "%" in plain(rule.share or ""))
    return 100.0 if percent else 1.0


def _count(text: str) -> float:
    number = parse_number(text)
    if number < 0 or not math.isclose(number, round(number)):
        raise InvalidValue("number_text", given=text)
    return float(round(number))


def _share(text: str, rule: Rule) -> float:
    share = parse_number(text) / (1.0 if "%" in plain(text) else _share_divisor(rule))
    if not 0 <= share <= 1:
        raise InvalidValue("number_text", given=text)
    return share


def _number_in_query(given: Any) -> Any:
    import ibis  # noqa: PLC0415

    kind = given.type()
    if kind.is_numeric() and not kind.is_boolean():
        number = given.cast("float64")
    elif kind.is_string():
        number = _where(~given.contains("_"), given.try_cast("float64"))
    else:
        return ibis.null("float64")
    return _where(number.abs() < float("1e300"), number)  # neither infinite nor not a number


def _sum_in(rule: Rule, rows: Rows) -> Any:
    """Return the cell of a row that may say that it sums up others: its first one, or its id.

    So may the member and the channel, of which there are few: whoever counts rows by them asks those once each.
    """
    import ibis  # noqa: PLC0415

    told = {rows.column(heading) for heading in _figures(rule) if heading}
    told |= {rows.column(value.column) for value in (rule.member, rule.channel, rule.event) if value.column}
    names = [next(iter(rows.columns.values())), *([rows.column(rule.id)] if rule.id else [])]
    cells = [
        rows.table[name] for name in dict.fromkeys(names) if name not in told and rows.table[name].type().is_string()
    ]
    ends = [(cell, ibis.or_(*(cell.endswith(end) for end in _SUM_ENDS))) for cell in cells]
    return ibis.cases(*((said, cell) for cell, said in ends)) if ends else ibis.null("string")


def _figures(rule: Rule) -> tuple[str | None, ...]:
    return rule.occurred_at, rule.time, rule.amount, rule.minutes, rule.count, rule.share


def _amounts(texts: list[str], heading: str | None) -> list[tuple[object, bool]]:
    found = sorted({sign for text in [*texts, heading or ""] for sign in currencies_in(text)})
    if len(found) > 1:
        raise UnreadableData("source_currencies", column=heading, found=", ".join(found))
    scale = scale_of(heading)
    return _each(texts, lambda text: _scaled(text, scale))


def _scaled(text: str, scale: float) -> float:
    """Return an amount under a heading such as 千円; one with a unit of its own could be meant either way."""
    if scale != 1 and re.search("[億万千]", text):
        raise InvalidValue("number_text", given=text)
    return parse_number(without_code(text)) * scale


def _sums(texts: list[str]) -> list[object]:
    return [is_sum(text) for text in texts]


def _local(timezone: str, given: Any) -> Any:
    """Return the day of a moment in a time zone."""
    import ibis  # noqa: PLC0415

    def timezone_(zone: str, moment: dt.datetime) -> dt.datetime:  # type: ignore[empty-body]
        ...

    at = ibis.udf.scalar.builtin(timezone_, name="timezone", signature=(("string", "timestamp('UTC')"), "timestamp"))
    return at(timezone, given).cast("date")


def _strlen(given: Any) -> Any:
    import ibis  # noqa: PLC0415

    def strlen(text: str) -> int:  # type: ignore[empty-body]
        ...

    return ibis.udf.scalar.builtin(strlen, signature=(("string",), "int64"))(given)


@cache
def _is_one_of(values: tuple[str, ...]) -> Any:
    """Return the function that says of texts whether a reader would take them for one of `values`."""
    return _python(lambda texts: [plain(text) in values for text in texts], "bool")


def _python(read: Callable[[list[str]], list[object]], kind: str) -> Any:
    """Return a function of the query that asks Python, once per distinct text of a batch."""
    import ibis  # noqa: PLC0415
    import pyarrow as pa  # noqa: PLC0415

    def ask(batch: Any) -> Any:
        batch = batch.combine_chunks() if isinstance(batch, pa.ChunkedArray) else batch
        coded = batch.dictionary_encode()
        answers = pa.array(read(coded.dictionary.to_pylist()), pa.bool_())
        return answers.take(coded.indices)

    return ibis.udf.scalar.pyarrow(ask, signature=(("string",), kind))


@cache
def _hash(arity: int) -> Any:
    """Return DuckDB's `hash` of so many texts."""
    import ibis  # noqa: PLC0415

    def hash(*cells: str) -> None: ...

    cells = [Parameter(f"cell{number}", Parameter.POSITIONAL_OR_KEYWORD) for number in range(arity)]
    hash.__signature__ = Signature(cells)  # type: ignore[attr-defined]
    return ibis.udf.scalar.builtin(hash, signature=(("string",) * arity, "uint64"))


def _where(condition: Any, value: Any) -> Any:
    import ibis  # noqa: PLC0415

    return ibis.ifelse(condition, value, ibis.null(value.type()))


def _filled(table: Any, name: str, read: Callable[[list[str]], list[tuple[object, bool]]]) -> Any:
    """Fill a column where it is null from its texts as they are `read`, each once."""
    import ibis  # noqa: PLC0415

    value, given = table[name], table[f"{name}_GIVEN"]
    odd = table.filter(value.isnull() & given.notnull()).select(TEXT=given).distinct()
    texts = odd.to_pyarrow()["TEXT"].to_pylist()
    if not texts:
        return table.mutate(**{f"{name}_BAD": ibis.literal(False)})
    meant, bad = zip(*read(texts), strict=True)
    words = ibis.memtable(
        {"TEXT": texts, "MEANT": meant, "BAD": bad},
        schema={"TEXT": "string", "MEANT": value.type(), "BAD": "boolean"},
    )
    joined = table.left_join(words, given == words.TEXT)
    return joined.mutate(
        **{name: ibis.coalesce(joined[name], joined.MEANT), f"{name}_BAD": joined.BAD.fill_null(False)}
    ).drop("TEXT", "MEANT", "BAD")


def _each(texts: list[str], parse: Callable[[str], object]) -> list[tuple[object, bool]]:
    """Return of each text what it means, and whether it means nothing that can be read."""

    def read(text: str) -> tuple[object, bool]:
        try:
            return (parse(text), False) if plain(text) else (None, False)
        except InvalidValue:
            return None, True

    return [read(text) for text in texts]
