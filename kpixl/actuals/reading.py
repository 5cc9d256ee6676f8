"""What do the cells of a row say?

Applies a rule of a mapping to rows: which of them are wanted, and what event, day, member, channel, amount and
minutes they give. Dates and numbers are read as databases write them, within the query; what that cannot read is read
as people write it (令和7年6月2日, 1.2億, ▲5,000), once per distinct text. A date is the day as written: UTC offsets
are not applied.
"""

import datetime as dt
from collections.abc import Callable, Iterable
from functools import cache
from inspect import Parameter, Signature
from typing import Any

from kpixl.actuals.events import EVENTS
from kpixl.actuals.headings import plain
from kpixl.actuals.mapping import Rule, Value
from kpixl.actuals.sources import Rows
from kpixl.engine.numbers import parse_date, parse_number
from kpixl.errors import InvalidValue

__all__ = ["content", "events_in", "fingerprint", "read_as_people_write", "staged"]

_YEARS = (1900, 2199)  # a database reads 25/6/2 as the year 25 and knows an infinite date: neither was meant


def staged(rule: Rule, rows: Rows) -> Any:
    """Add what the rule asks for to the rows.

    WANTED; EVENT, MEMBER and CHANNEL as text; DAY, AMOUNT and MINUTES as a database reads them, null where that gives
    nothing plausible; and the same three with GIVEN as they stand in the file.
    """
    import ibis  # noqa: PLC0415 - half a second that only an import should cost

    table = rows.table

    def given(heading: str | None) -> Any:
        return ibis.null("string") if heading is None else table[rows.column(heading)]

    def text(value: Value) -> Any:
        return ibis.literal(value.fixed) if value.column is None else given(value.column).cast("string")

    wanted = [
        given(column).cast("string").strip().isin(values).fill_null(False) for column, values in rule.where.items()
    ]
    if rule.event.column is None:
        wanted.append(given(rule.occurred_at).notnull())
    given(rule.lead)  # a mapping that names a column which is not there is wrong, whether or not it is counted
    cast = _cast(table)
    day = cast(given(rule.occurred_at), "timestamp").cast("date")
    amount, minutes = (cast(given(column), "float64") for column in (rule.amount, rule.minutes))
    return table.mutate(
        WANTED=ibis.and_(*wanted),
        EVENT=text(rule.event),
        MEMBER=text(rule.member),
        CHANNEL=text(rule.channel),
        DAY=_where(day.between(ibis.date(_YEARS[0], 1, 1), ibis.date(_YEARS[1], 12, 31)), day),
        AMOUNT=_where(_finite(amount), amount),
        MINUTES=_where(_finite(minutes), minutes),
        DAY_GIVEN=given(rule.occurred_at).cast("string"),
        AMOUNT_GIVEN=given(rule.amount).cast("string"),
        MINUTES_GIVEN=given(rule.minutes).cast("string"),
    )


def read_as_people_write(table: Any) -> Any:
    """Fill DAY, AMOUNT and MINUTES of a staged table where only a person can read them.

    DAY_BAD, AMOUNT_BAD and MINUTES_BAD say where nobody can; blank text is not bad.
    """
    for name, parse in (("DAY", _day), ("AMOUNT", parse_number), ("MINUTES", parse_number)):
        table = _filled(table, name, parse)
    return table


def events_in(rule: Rule, given: Iterable[str]) -> dict[str, str | None]:
    """Translate the texts `given` as events; None where a text is no event, and not one to ignore either."""
    if rule.event.column is None:
        return dict.fromkeys(given, rule.event.fixed)
    known = {event: event for event in EVENTS} | dict(rule.event.values)
    return {text: known.get(plain(text), known.get("*")) for text in given}


def fingerprint(rule: Rule, rows: Rows, table: Any) -> Any:
    """Return a number (or id) that only the same event has twice; None where that cannot or need not be known.

    Two different rows have the same number once in 10^19 pairs; `content` then tells them apart.
    """
    import ibis  # noqa: PLC0415

    same_id = None if rule.id is None else table[rows.column(rule.id)].cast("string")
    if ibis.get_backend(table).name != "duckdb":
        return same_id
    whole = None
    if not (rows.keep_identical and len(rows.sources) == 1):
        whole = _hash(len(rows.columns))(*(table[name].cast("string") for name in rows.columns.values()))
    if same_id is None:
        return whole
    return ibis.ifelse(same_id.notnull(), _hash(1)(same_id), ibis.null("uint64") if whole is None else whole)


def content(rule: Rule, rows: Rows, table: Any) -> Any:
    """Return the text that only the same event has twice: its id where it has one, else the whole row."""
    import ibis  # noqa: PLC0415

    whole = ibis.literal("\x1f").join([table[name].cast("string").fill_null("") for name in rows.columns.values()])
    if rule.id is None:
        return whole
    same_id = table[rows.column(rule.id)].cast("string")
    return ibis.ifelse(same_id.notnull(), ibis.literal("id\x1f").concat(same_id), whole)


def _cast(table: Any) -> Callable[[Any, str], Any]:
    """Return the cast that gives null for what cannot be read, where the database has one."""
    import ibis  # noqa: PLC0415
    from ibis.expr.operations import TryCast  # noqa: PLC0415

    tries = ibis.get_backend(table).has_operation(TryCast)

    def cast(given: Any, kind: str) -> Any:
        return given.try_cast(kind) if tries and given.type().is_string() else given.cast(kind)

    return cast


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


def _finite(number: Any) -> Any:
    return number.abs() < float("1e300")  # neither infinite nor not a number, in the words of every database


def _filled(table: Any, name: str, parse: Callable[[str], object]) -> Any:
    import ibis  # noqa: PLC0415

    value, given = table[name], table[f"{name}_GIVEN"]
    odd = table.filter(table.WANTED & value.isnull() & given.notnull()).select(TEXT=given).distinct()
    texts = odd.to_pyarrow()["TEXT"].to_pylist()
    if not texts:
        return table.mutate(**{f"{name}_BAD": ibis.literal(False)})
    read = [_read(text, parse) for text in texts]
    words = ibis.memtable(
        {"TEXT": texts, "MEANT": [meant for meant, _ in read], "BAD": [bad for _, bad in read]},
        schema={"TEXT": "string", "MEANT": value.type(), "BAD": "boolean"},
    )
    joined = table.left_join(words, given == words.TEXT)
    return joined.mutate(
        **{name: ibis.coalesce(joined[name], joined.MEANT), f"{name}_BAD": joined.BAD.fill_null(False)}
    ).drop("TEXT", "MEANT", "BAD")


def _read(text: str, parse: Callable[[str], object]) -> tuple[object, bool]:
    """Return what the text means, and whether it means nothing that can be read."""
    if not plain(text):
        return None, False
    try:
        return parse(text), False
    except InvalidValue:
        return None, True


def _day(text: str) -> dt.date:
    day = parse_date(text)
    if not _YEARS[0] <= day.year <= _YEARS[1]:
        raise InvalidValue("date_text", given=text)
    return day
