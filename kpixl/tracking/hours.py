"""When do calls get through, and when are mails opened: by weekday and hour, over some months.

A connect rate is shown where there are calls enough to say anything. An hour, a weekday, or one of their meetings is
called better than the others only beyond chance: those of one person in one month are compared with each other
(Mantel and Haenszel 1959), as who calls at five may be who calls best, and of all that are looked at only so many are
named as `discoveries` allows. Opened mails have no such rate: they are opened at other hours than they were sent.
"""

import datetime as dt
import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from kpixl.engine.answers import Answer
from kpixl.engine.discoveries import discoveries
from kpixl.engine.thresholds import ENOUGH_TRIALS

__all__ = ["Better", "HourMap", "call_hours", "mail_hours"]

_APART = 0.05  # of the connects that may stand at hours without as many calls, before they are those of other calls
_WEEK, _DAY = 7, 24
Floats = NDArray[np.float64]
_Place = tuple[int | None, int | None]  # a weekday and an hour; None is all of them


@dataclass(frozen=True)
class Better:
    """Hours or weekdays at which more calls get through than at others; of no weekdays or hours: of all."""

    weekdays: tuple[int, ...]
    hours: tuple[int, ...]
    tried: float
    won: float
    others: float

    @property
    def rate(self) -> float:
        """The connect rate there; that at all other times is `others`."""
        return self.won / self.tried


@dataclass(frozen=True, eq=False)
class HourMap(Answer):
    """Counts by weekday (seven rows, Monday first) and hour (columns, as `hours` says, without a break).

    `tried` are the calls and `won` the connects, or `won` the opened mails and `tried` missing (NaN). `better` is what
    is beyond chance, and `looks` at how many times it was looked.
    """

    since: dt.date
    until: dt.date
    hours: tuple[int, ...]
    tried: Floats
    won: Floats
    better: tuple[Better, ...] = ()
    looks: int = 0

    @property
    def rate(self) -> Floats:
        """The share of calls that got through; missing (NaN) where there are too few to say."""
        enough = self.tried >= ENOUGH_TRIALS
        rate: Floats = np.divide(self.won, self.tried, out=np.full(self.won.shape, np.nan), where=enough)
        return rate


def call_hours(hours: pd.DataFrame, since: dt.date, until: dt.date) -> HourMap | None:
    """Lay the connects out by weekday and hour, from one day to another; None where their time is not known.

    `hours` are by `HOUR_COLUMNS`, with the names as text.
    """
    mine = _between(hours[hours["event"].isin(["call", "connect"])], since, until)
    cells = _laid(mine)
    tried, won = cells["call"].sum(axis=0), cells["connect"].sum(axis=0)
    if not tried.any() or not won.any() or np.maximum(won - tried, 0).sum() > _APART * won.sum():
        return None
    span = _span(tried + won)
    better, looks = _better(cells["call"], np.minimum(cells["connect"], cells["call"]))
    return HourMap(since, until, tuple(span), tried[:, span], won[:, span], tuple(better), looks)


def mail_hours(hours: pd.DataFrame, since: dt.date, until: dt.date) -> HourMap | None:
    """Lay the opened mails out by weekday and hour, from one day to another; None where their time is not known."""
    opened = _laid(_between(hours[hours["event"] == "email_opened"], since, until))["email_opened"].sum(axis=0)
    if not opened.any():
        return None
    span = _span(opened)
    return HourMap(since, until, tuple(span), np.full((_WEEK, len(span)), np.nan), opened[:, span])


def _between(hours: pd.DataFrame, since: dt.date, until: dt.date) -> pd.DataFrame:
    return hours[hours["date"].between(pd.Timestamp(since), pd.Timestamp(until))]


def _span(counts: Floats) -> range:
    there = np.flatnonzero(counts.sum(axis=0))
    return range(int(there[0]), int(there[-1]) + 1)


def _laid(hours: pd.DataFrame) -> dict[str, Floats]:
    """Return the counts of each event by group (person and month), weekday and hour."""
    month = hours["date"].dt.strftime("%Y-%m")
    group, names = pd.factorize(pd.Series(list(zip(hours["member"], month, strict=True)), dtype="object"))
    found = {}
    for event in ("call", "connect", "email_opened"):
        cells = np.zeros((max(len(names), 1), _WEEK, _DAY))
        rows = (hours["event"] == event).to_numpy()
        days, hour = hours["date"].dt.day_of_week.to_numpy()[rows], hours["hour"].to_numpy("int64")[rows]
        np.add.at(cells, (group[rows], days, hour), hours["count"].to_numpy(float)[rows])
        found[event] = cells
    return found


def _better(tried: Floats, won: Floats) -> tuple[list[Better], int]:
    """Return what is beyond chance: hours and weekdays, or, where there are none, their meetings."""
    places: list[_Place] = [(None, hour) for hour in range(_DAY)]
    places += [(day, None) for day in range(_WEEK)]
    places += [(day, hour) for day in range(_WEEK) for hour in range(_DAY)]
    looked = []
    for place in places:
        inside = _part(tried, *place)
        if ENOUGH_TRIALS <= inside.sum() < tried.sum():
            looked.append((place, *_compared(tried, won, inside, _part(won, *place))))
    if not looked:
        return [], 0
    named = discoveries([p for _, _, p in looked])
    sure = [place for (place, above, _), found in zip(looked, named, strict=True) if found and above > 0]
    whole = [place for place in sure if None in place]
    return [_told(tried, won, days, hours) for days, hours in _runs(whole or sure)], len(looked)


def _part(cells: Floats, day: int | None, hour: int | None) -> Floats:
    """Return the counts of each group at an hour, on a weekday, or where they meet."""
    days = slice(None) if day is None else slice(day, day + 1)
    hours = slice(None) if hour is None else slice(hour, hour + 1)
    part: Floats = cells[:, days, hours].sum(axis=(1, 2))
    return part


def _compared(tried: Floats, won: Floats, tried_in: Floats, won_in: Floats) -> tuple[float, float]:
    """Return by how much more got through than the groups' own rates would have it, and how often chance does that."""
    n, m = tried.sum(axis=(1, 2)), won.sum(axis=(1, 2))
    some = n > 1
    n, m, inside, got = n[some], m[some], tried_in[some], won_in[some]
    above = float((got - inside * m / n).sum())
    variance = float((inside * (n - inside) * m * (n - m) / (n * n * (n - 1))).sum())
    size = max(abs(above) - 0.5, 0.0) / math.sqrt(variance) if variance > 0 else 0.0
    return above, math.erfc(size / math.sqrt(2))


def _runs(places: list[_Place]) -> Iterator[tuple[tuple[int, ...], tuple[int, ...]]]:
    """Yield weekdays and hours, neighbouring hours and all weekdays together."""
    alone = sorted(hour for day, hour in places if day is None and hour is not None)
    while alone:
        run = [alone.pop(0)]
        while alone and alone[0] == run[-1] + 1:
            run.append(alone.pop(0))
        yield (), tuple(run)
    days = tuple(day for day, hour in places if hour is None and day is not None)
    if days:
        yield days, ()
    yield from (((day,), (hour,)) for day, hour in places if day is not None and hour is not None)


def _told(tried: Floats, won: Floats, days: tuple[int, ...], hours: tuple[int, ...]) -> Better:
    inside = np.zeros((_WEEK, _DAY), dtype=bool)
    inside[np.ix_(days or range(_WEEK), hours or range(_DAY))] = True
    tried, won = tried.sum(axis=0), won.sum(axis=0)
    others = float(won[~inside].sum() / tried[~inside].sum())
    return Better(days, hours, float(tried[inside].sum()), float(won[inside].sum()), others)
