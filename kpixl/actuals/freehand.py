"""What did a person mean by a cell that no query can read?

Dates, amounts, lengths of time, counts and shares as people write them (令和7年6月2日, 1.2億, ▲5,000), and what they
call events. Each distinct text is read once, in Python, and joined to the rows where it stands.
"""

import math
import re
from collections.abc import Callable, Iterable, Sequence
from typing import Any
from zoneinfo import ZoneInfo

from kpixl.actuals.amounts import currencies_in, scale_of, without_code
from kpixl.actuals.days import Days, read_days
from kpixl.actuals.durations import minutes_in, unit_of
from kpixl.actuals.events import EVENTS, event_called
from kpixl.actuals.expressions import where, whether
from kpixl.actuals.headings import is_sum, plain
from kpixl.actuals.reading import Terms
from kpixl.actuals.rules import Rule
from kpixl.engine.numbers import parse_number
from kpixl.errors import InvalidValue, UnreadableData

__all__ = ["events_in", "read_as_people_write"]


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
    hours: dict[str, int | None] = {}

    def read(texts: list[str]) -> list[tuple[object, bool]]:
        nonlocal days
        spelt = [text for text in texts if plain(text)]
        days = read_days(spelt, ZoneInfo(terms.timezone), rule.dates)
        if days.unsure and not dated and not any(days.days):
            raise UnreadableData("source_date_order", column=rule.occurred_at, given=min(days.unsure))
        meant = dict(zip(spelt, days.days, strict=True))
        hours.update(zip(spelt, days.hours, strict=True))
        return [(meant.get(text), text in meant and meant[text] is None) for text in texts]

    unit = unit_of(rule.minutes, rule.minutes_unit)
    table = _filled(table, "DAY", read)
    if "HOUR" in table.columns:
        table = table.mutate(HOUR_GIVEN=table.DAY_GIVEN)
        table = _filled(table, "HOUR", lambda texts: [(hours.get(text), False) for text in texts])
    table = _filled(table, "AMOUNT", lambda texts: _amounts(texts, rule.amount))
    table = _filled(table, "MINUTES", lambda texts: _each(texts, lambda text: minutes_in(text, unit)))
    if rule.count is not None:
        table = _filled(table, "COUNT", lambda texts: _each(texts, _count))
    if rule.share is not None:
        table = _filled(table, "SHARE", lambda texts: _each(texts, lambda text: _share(text, rule)))
    inside = table.DAY.between(terms.first, terms.last)
    table = table.mutate(
        FAR=table.DAY.notnull() & ~inside,
        DAY=where(inside, table.DAY),
        UNSURE=(table.DAY_GIVEN.isin(sorted(days.unsure)) & table.DAY_BAD).fill_null(False)
        if days.unsure
        else ibis.literal(False),
    )
    said = [(name.isin(sums), name) for name in (table.MEMBER, table.CHANNEL)]
    found = whether(_sums)(table.SUM_GIVEN).fill_null(False)
    table = table.mutate(SUM_GIVEN=ibis.cases((found, table.SUM_GIVEN), *said))
    return table.mutate(SUMS=table.SUM_GIVEN.notnull()), days


def events_in(rule: Rule, given: Iterable[str]) -> dict[str, str | None]:
    """Translate the texts `given` as events; None where a text is no event, and not one to ignore either."""
    if rule.event.column is None:
        return dict.fromkeys(given, rule.event.fixed)
    values = rule.event.values
    if not values:  # a column of events as they are called, which the mapping need not list
        return {text: event_called(text) for text in given}
    if "*" not in values:  # else it says what becomes of all others, also of those that are called as an event is
        values = {event: event for event in EVENTS} | dict(values)
    return {text: values.get(plain(text), values.get("*")) for text in given}


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


def _count(text: str) -> float:
    number = parse_number(text)
    if number < 0 or not math.isclose(number, round(number)):
        raise InvalidValue("number_text", given=text)
    return float(round(number))


def _share(text: str, rule: Rule) -> float:
    share = parse_number(text) / (1.0 if "%" in plain(text) else rule.share_divisor)
    if not 0 <= share <= 1:
        raise InvalidValue("number_text", given=text)
    return share


def _sums(texts: list[str]) -> list[bool]:
    return [is_sum(text) for text in texts]


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
