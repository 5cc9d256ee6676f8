"""At what hours was it done: counts of calls and mails by person, day and hour, beside the facts.

Facts are of days, and an hour more would make them many times as many. So hours are counted within the rows of a day,
in numbers that hold twelve hours each (`packed_hours`), and kept apart. What an import replaces of a person's day, it
replaces of its hours: where only a part of that day is replaced, which hours it had is no longer known, and they go.
Midnight is no time of day: that is how programs write a day alone.
"""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from kpixl.actuals.events import FACT_KEYS, FACT_MEASURES
from kpixl.actuals.frames import found_in, one_name, summed, together
from kpixl.actuals.rules import Rule

if TYPE_CHECKING:
    import pandas as pd

__all__ = [
    "HOURLY",
    "HOUR_COLUMNS",
    "hours_after",
    "hours_in",
    "no_hours",
    "packed_hours",
    "tells_hours",
    "with_crowded",
]

HOURLY = ("call", "connect", "email_sent", "email_opened")
HOUR_COLUMNS = [*FACT_KEYS, *FACT_MEASURES, "hour", "pooled"]  # those of facts, so that what is for facts is for these
_KEYS = [*FACT_KEYS, "hour", "pooled"]
_SLOTS = tuple(f"HOURS_{number}" for number in range(4))
_BITS, _PER_SLOT = 9, 6  # twelve hours leave room in 127 bits for the largest sum
_MOST = (1 << _BITS) - 1  # in an hour of a row; beyond, the hours have rows of their own
_FIRST = 8  # the hour that comes first, so that office hours are all in one number
_MOST_ROWS = 150_000  # some 200 KB; beyond, people are no longer told apart in older months
_RECENT = 2  # months, with that of the latest day
_MACROS = f"""
CREATE OR REPLACE TEMP MACRO kpixl_by_day(h) AS
    CASE WHEN h BETWEEN {_FIRST} AND {_FIRST + 11} THEN 1::HUGEINT << ((h - {_FIRST}) * {_BITS}) END;
CREATE OR REPLACE TEMP MACRO kpixl_by_night(h) AS
    CASE WHEN h < {_FIRST} OR h > {_FIRST + 11} THEN 1::HUGEINT << (((h + {24 - _FIRST - 12}) % 24) * {_BITS}) END;
CREATE OR REPLACE TEMP MACRO kpixl_low(w) AS (w & ((1::HUGEINT << {_BITS * _PER_SLOT}) - 1))::BIGINT;
CREATE OR REPLACE TEMP MACRO kpixl_high(w) AS (w >> {_BITS * _PER_SLOT})::BIGINT;
"""


def tells_hours(rule: Rule) -> bool:
    """Say whether a rule may tell of calls or mails one by one; a row that sums several up has no time of its own."""
    if rule.count is not None or rule.share is not None:
        return False
    if rule.event.column is None:
        return rule.event.fixed in HOURLY
    known = set(rule.event.values.values())
    return not known or bool(known & set(HOURLY)) or "*" in rule.event.values


def packed_hours(table: Any, keys: list[str], sums: dict[str, Any]) -> Any:
    """Return the sums of a table by its keys as an Ibis table, with its HOURs packed in four numbers.

    A group of more rows than an hour of these can hold has instead a row for each of its hours, which HOUR then says;
    else HOUR is null.
    """
    import ibis  # noqa: PLC0415 - half a second that only an import should cost

    backend = table.get_backend()
    backend.raw_sql(_MACROS)
    day, night = (_macro(f"kpixl_by_{part}", "int8") for part in ("day", "night"))
    low, high = (_macro(f"kpixl_{part}", "int64") for part in ("low", "high"))
    found = table.group_by(*keys).agg(**sums, BY_DAY=day(table.HOUR).sum(), BY_NIGHT=night(table.HOUR).sum())
    packed = (half for part in ("BY_DAY", "BY_NIGHT") for half in (low(found[part]), high(found[part])))
    found = found.mutate(**dict(zip(_SLOTS, packed, strict=True)), HOUR=ibis.null("int8"))
    return found.drop("BY_DAY", "BY_NIGHT")


def with_crowded(found: Any, table: Any, keys: list[str], sums: Callable[[Any], dict[str, Any]]) -> Any:
    """Return what was counted (an Arrow table), the groups that are too large for packed hours split by hour."""
    import ibis  # noqa: PLC0415
    import pyarrow as pa  # noqa: PLC0415
    import pyarrow.compute as pc  # noqa: PLC0415

    crowded = pc.and_(pc.greater(found["N"], _MOST), pc.is_valid(found["DAY"]))
    if not pc.any(crowded).as_py():
        return found
    mine = found.filter(crowded)
    days = table.filter(table.DAY.isin(mine["DAY"].unique().to_pylist()))
    split = days.group_by(*keys, "HOUR").agg(**sums(days))
    whole = ibis.memtable(mine.select(keys).append_column("CROWDED", pa.array([True] * len(mine))))
    same = [split[key].identical_to(whole[key]) for key in keys]
    split = split.semi_join(whole, same).to_pyarrow()
    for name in found.column_names:
        if name not in split.column_names:
            split = split.append_column(name, pa.nulls(len(split), found.schema.field(name).type))
    others = found.filter(pc.invert(crowded))
    return pa.concat_tables([others, split.select(found.column_names).cast(found.schema)])


def _unpacked(counts: "pd.DataFrame") -> "pd.DataFrame":
    """Return the hours of counted rows: their place in `counts`, the hour, and how many were in it."""
    import numpy as np  # noqa: PLC0415
    import pandas as pd  # noqa: PLC0415

    places, hours, numbers = [], [], []
    for slot, name in enumerate(_SLOTS):
        packed = counts[name].fillna(0).to_numpy("int64")
        there = np.flatnonzero(packed)
        for within in range(_PER_SLOT):
            number = packed[there] >> (_BITS * within) & _MOST
            some = number > 0
            places.append(there[some])
            numbers.append(number[some])
            hours.append(np.full(int(some.sum()), (_FIRST + slot * _PER_SLOT + within) % 24))
    alone = np.flatnonzero(counts["HOUR"].notna())
    places.append(alone)
    hours.append(counts["HOUR"].to_numpy()[alone].astype("int64"))
    numbers.append(counts["N"].to_numpy()[alone].astype("int64"))
    return pd.DataFrame({"place": np.concatenate(places), "hour": np.concatenate(hours), "n": np.concatenate(numbers)})


def hours_in(counts: "pd.DataFrame", *, ids: bool) -> "pd.DataFrame":
    """Return the hours of what a rule counted: event, date, member, id ("": none), hour and count."""
    packed = [*_SLOTS, "HOUR"]
    if "HOUR" in counts:
        told = (counts["STATUS"] == "used") & counts["EVENT"].isin(HOURLY)
        told &= counts["HOUR"].notna() | counts[list(_SLOTS)].gt(0).any(axis=1)  # few of a log of years
        mine = counts.loc[told.astype(bool), ["EVENT", "DAY", "MEMBER", "ID", "N", *packed]]
    else:
        mine = counts.iloc[:0].assign(**dict.fromkeys(packed, 0))
    found = _unpacked(mine)
    rows = mine[["EVENT", "DAY", "MEMBER", "ID"]].take(found["place"].to_numpy())
    rows = rows.rename(columns={"DAY": "date"}).rename(columns=str.lower).reset_index(drop=True)
    names = rows["id"].astype(object).fillna("") if ids else ""
    return rows.assign(id=names, hour=found["hour"].to_numpy("int64"), count=found["n"].to_numpy("float64"))


def no_hours() -> "pd.DataFrame":
    """Return the hours of a workbook that knows of none."""
    import pandas as pd  # noqa: PLC0415

    kinds: dict[str, Any] = {"date": "datetime64[s]", **dict.fromkeys(FACT_MEASURES, "float64")}
    kinds |= {"hour": "int64", "pooled": "bool"}
    return pd.DataFrame(columns=HOUR_COLUMNS).astype(kinds)


def hours_after(
    held: "pd.DataFrame", new: "pd.DataFrame | None", gone: "pd.DataFrame", known: "pd.DataFrame", source: str
) -> "pd.DataFrame":
    """Return the hours that a workbook holds after an import of `source`.

    `new` are those of the import, `gone` the facts that it replaces, `known` the rows with an id that were there.
    """
    of_day = found_in(held, gone, ["source", "event", "date"])
    of_person = found_in(held, gone, ["source", "event", "date", "member"])
    kept = held[~(of_person | (held["pooled"] & of_day))]
    if new is None or not len(new):
        return _thinned(together([kept]))
    fresh = new[~found_in(new, known, ["event", "id"])] if len(known) else new
    rows = len(fresh)
    added = fresh.assign(
        source=one_name(source, rows), channel=one_name("", rows), amount=0.0, minutes=0.0, pooled=False
    )
    return _thinned(summed(together([kept, added[HOUR_COLUMNS]]), _KEYS, FACT_MEASURES)[HOUR_COLUMNS])


def _thinned(hours: "pd.DataFrame") -> "pd.DataFrame":
    """Return hours in fewer rows where there are too many, people no longer told apart: in older months, or in all."""
    import pandas as pd  # noqa: PLC0415

    if len(hours) <= _MOST_ROWS:
        return hours
    latest = hours["date"].max()
    recent = pd.Timestamp(latest.year, latest.month, 1) - pd.DateOffset(months=_RECENT - 1)
    for until in (recent - pd.Timedelta(days=1), latest):
        older = hours["date"] <= until
        blank = one_name("", int(older.sum()))
        rest = hours[older].assign(member=blank, pooled=True)
        hours = summed(together([rest, hours[~older]]), _KEYS, FACT_MEASURES)[HOUR_COLUMNS]
        if len(hours) <= _MOST_ROWS:
            break
    return hours


def _macro(name: str, given: str) -> Any:
    """Return a macro of the query; Ibis takes for an int64 what has twice as many bits within it."""
    from inspect import Parameter, Signature  # noqa: PLC0415

    import ibis  # noqa: PLC0415

    def call(value: Any) -> None: ...

    call.__signature__ = Signature([Parameter("value", Parameter.POSITIONAL_OR_KEYWORD)])  # type: ignore[attr-defined]
    return ibis.udf.scalar.builtin(call, name=name, signature=((given,), "int64"))
