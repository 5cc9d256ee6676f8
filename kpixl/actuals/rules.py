"""What does a row of an export stand for?

An entry of `[[events]]` in a mapping becomes a rule: which rows, which event, and the columns that say when, who,
through which channel, how many, how much and how long. A wide table, with a count of something in each of several
columns, becomes a rule for each of them. Events may be called by any name that kpixl knows, in Japanese or English.
"""

from collections.abc import Iterator
from collections.abc import Mapping as Lookup
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from kpixl import texts
from kpixl.actuals.days import is_pattern
from kpixl.actuals.durations import UNITS
from kpixl.actuals.events import EVENTS, IGNORE, event_called
from kpixl.actuals.headings import hint, plain
from kpixl.engine.numbers import parse_number
from kpixl.errors import InvalidValue

if TYPE_CHECKING:
    from kpixl.actuals.mapping import _Table as Entries

__all__ = ["Rule", "Value", "read_dates", "read_rules", "read_value", "read_where"]

_PARTS, _WHOLE = "parts", "whole"
_KEYS = (
    *("event", "columns", "file", "occurred_at", "dates", "member", "channel", "lead", "id", "count", "amount"),
    *("minutes", "share", "lines", "where"),
)


@dataclass(frozen=True)
class Value:
    """Where a text comes from: a `column` with its renamed `values`, or the same `fixed` text in every row."""

    column: str | None = None
    fixed: str = ""
    values: Lookup[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Rule:
    """How the rows of a group of files become events: the event, and the column of each thing that is known of it.

    `time` is a column that holds the time of day beside `occurred_at`, `dates` how dates are written. `amount_each` is
    the amount of every event where no column has it, `count` the column that says of how many events a row tells.
    `share` is the part that a row has in the event of its id, and `share_amounts` says that the amounts are still to be
    shared by it; `lines` that the rows of an id are the lines of one event.
    """

    files: str
    event: Value
    occurred_at: str
    time: str | None = None
    dates: str | None = None
    member: Value = Value()
    channel: Value = Value()
    lead: str | None = None
    id: str | None = None
    count: str | None = None
    amount: str | None = None
    amount_each: float | None = None
    minutes: str | None = None
    minutes_unit: str | None = None
    share: str | None = None
    share_unit: str | None = None
    share_amounts: bool = False
    lines: bool = False
    where: Lookup[str, tuple[str, ...]] = field(default_factory=dict)

    @property
    def share_divisor(self) -> float:
        """By how much the shares in the column are to be divided: those under a heading with % are percent."""
        percent = self.share_unit == "percent" or (self.share_unit is None and "%" in plain(self.share or ""))
        return 100.0 if percent else 1.0


def read_rules(table: "Entries", files: Lookup[str, object], top: Lookup[str, object]) -> list[Rule]:
    """Return the rules of an entry of `[[events]]`; `top` says what holds for all of them.

    Raises
    ------
    InvalidPlan
        If it has an unknown entry or event, or lacks what is needed.
    """
    table.only(*_KEYS)
    group = table.optional("file") or (next(iter(files)) if len(files) == 1 else table.text("file"))
    if group not in files:
        raise table.refused("mapping_unknown_files", given=group, known=", ".join(files), hint=hint(group, files))
    if "columns" in table.content:
        return list(_wide(table, group, top))
    return [_rule(table, group, _event(table), top)]


def _rule(table: "Entries", group: str, event: Value, top: Lookup[str, object]) -> Rule:
    when = table.texts("occurred_at") if "occurred_at" in table.content else (table.text("occurred_at"),)
    if len(when) > 2 or not all(column.strip() for column in when):
        raise table.wrong("occurred_at", "a_day_and_a_time")
    amount, each = _amount(table)
    minutes, unit = _with_unit(table, "minutes", tuple(UNITS), "a_unit_of_time")
    rule = Rule(
        files=group,
        event=event,
        member=read_value(table, "member"),
        channel=read_value(table, "channel"),
        where=read_where(table),
        occurred_at=when[0],
        time=when[1] if len(when) > 1 else None,
        dates=read_dates(table, top),
        lead=table.optional("lead"),
        id=table.optional("id") or (table.optional("lead") if event.fixed == "lead" else None),
        count=table.optional("count"),
        amount=amount,
        amount_each=each,
        minutes=minutes,
        minutes_unit=unit,
        lines=_lines(table),
    )
    if "share" in table.content:
        rule = _shared(table, rule)
    if (rule.lines or rule.share) and rule.id is None:
        raise table.refused("mapping_needs_id", key="lines" if rule.lines else "share")
    return rule


def read_where(table: "Entries") -> dict[str, tuple[str, ...]]:
    """Return the values that the rows of an entry have, by column."""
    where = table.table("where")
    return {column: where.texts(column) for column in where.content}


def _wide(table: "Entries", group: str, top: Lookup[str, object]) -> Iterator[Rule]:
    """Yield a rule for each column of a wide table."""
    if "event" in table.content or "count" in table.content:
        raise table.refused("mapping_event_or_columns")
    columns = table.table("columns")
    if not columns.content:
        raise table.wrong("columns", "a_table")
    for column, given in columns.content.items():
        if isinstance(given, str):
            event, entry = columns.text(column), table
        else:
            entry = columns.table(column).only("event", "amount", "minutes")
            event = entry.text("event")
        rule = _rule(table, group, Value(fixed=_known_event(columns, event, EVENTS)), top)
        amount, each = _amount(entry)
        minutes, unit = _with_unit(entry, "minutes", tuple(UNITS), "a_unit_of_time")
        yield replace(rule, count=column, amount=amount, amount_each=each, minutes=minutes, minutes_unit=unit)


def _amount(table: "Entries") -> tuple[str | None, float | None]:
    """Read `amount = "column"`, or `{ fixed = 50000 }`: the amount of each event."""
    if not isinstance(table.content.get("amount"), dict):
        return table.optional("amount"), None
    inner = table.table("amount").only("fixed")
    try:
        return None, parse_number(inner.content.get("fixed", ""))
    except InvalidValue as error:
        raise table.wrong("amount", "a_column_or_fixed") from error


def _with_unit(
    table: "Entries", key: str, units: tuple[str, ...], expected: str, *more: str
) -> tuple[str | None, str | None]:
    """Read `key = "column"`, or `{ column, unit }`."""
    if not isinstance(table.content.get(key), dict):
        return table.optional(key), None
    inner = table.table(key).only("column", "unit", *more)
    unit = inner.optional("unit")
    if unit is not None and unit not in units:
        raise inner.wrong("unit", expected)
    return inner.text("column"), unit


def _shared(table: "Entries", rule: Rule) -> Rule:
    """Read `share = "column"`, or `{ column, unit = "percent", amount = "whole" }`."""
    column, unit = _with_unit(table, "share", ("percent", "ratio"), "percent_or_ratio", "amount")
    amount = _PARTS
    if isinstance(table.content["share"], dict):
        inner = table.table("share")
        amount = inner.optional("amount") or _PARTS
        if amount not in (_PARTS, _WHOLE):
            raise inner.wrong("amount", "parts_or_whole")
    return replace(rule, share=column, share_unit=unit, share_amounts=amount == _WHOLE)


def _lines(table: "Entries") -> bool:
    if table.content.get("lines", "sum") != "sum":
        raise table.wrong("lines", "sum_of_lines")
    return "lines" in table.content


def read_dates(table: "Entries", top: Lookup[str, object]) -> str | None:
    """Return how dates are written: as the entry says, else the mapping as a whole."""
    given = table.content.get("dates", top.get("dates"))
    if given is not None and not (isinstance(given, str) and is_pattern(given)):
        raise table.refused("mapping_kind", key="dates", given=given, expected=texts.say("import.a_date_pattern"))
    return given


def _event(table: "Entries") -> Value:
    if "event" not in table.content:
        raise table.refused("mapping_missing_key", key="event")
    if isinstance(table.content["event"], str):
        return Value(fixed=_known_event(table, table.text("event"), EVENTS))
    value = read_value(table, "event")
    if value.column is None:
        return Value(fixed=_known_event(table, value.fixed, EVENTS))
    known = (*EVENTS, IGNORE)
    return replace(value, values={old: _known_event(table, new, known) for old, new in value.values.items()})


def _known_event(table: "Entries", event: str, known: tuple[str, ...]) -> str:
    """Return the event that is called so in a mapping."""
    called = event_called(event)
    if called not in known:
        names = texts.section("event")
        near = hint(event, (*known, *names.values()))
        raise table.refused("mapping_unknown_event", given=event, known=", ".join(known), hint=near)
    return called


def read_value(table: "Entries", key: str) -> Value:
    """Read `key = "column"`, `{ column, values }` or `{ fixed }`."""
    given = table.content.get(key)
    if given is None:
        return Value()
    if isinstance(given, str):
        return Value(column=table.text(key))
    inner = table.table(key).only("column", "values", "fixed")
    if "fixed" in inner.content:
        return Value(fixed=inner.only("fixed").text("fixed"))
    return Value(column=inner.text("column"), values=inner.renames("values"))
