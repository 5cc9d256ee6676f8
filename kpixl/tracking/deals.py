"""What became of each deal, and what is open: a row per deal, as far as it was known on a day.

The list of deals says how each stands now, the events with its id what happened and when (`kpixl.actuals`). Pipeline,
cohorts, cycle days and success factors are all counted from these rows.
"""

import datetime as dt
from enum import StrEnum
from typing import Any

import numpy as np
import pandas as pd

from kpixl.actuals import CANCELLED, DEAL_COLUMNS, IGNORE, LOST, MILESTONES, MOST_DEALS, WON, event_called

__all__ = ["Outcome", "days_between", "deal_frame", "decided", "followed", "known_deals", "open_deals"]

_KEYS = ["source", "id"]
_SECONDS = 86_400.0  # of a day


class Outcome(StrEnum):
    """What became of a deal; `ended` are those of which the list says so, but no event when."""

    OPEN = "open"
    WON = "won"
    LOST = "lost"
    ENDED = "ended"


def deal_frame(deals: pd.DataFrame, records: pd.DataFrame, as_of: dt.date) -> pd.DataFrame:
    """Return a row per deal that was known on a day.

    Parameters
    ----------
    deals : DataFrame
        The deals as their lists have them, by `DEAL_COLUMNS`.
    records : DataFrame
        The events with an id, by `RECORD_COLUMNS`.
    as_of : date
        The day, included. What happened later has not happened yet.

    Returns
    -------
    DataFrame
        source, id, member, channel, begun, the day of each milestone, ended, outcome (`Outcome`), stage (that of the
        list, else the last milestone in the words of the list), step (the milestone that the stage is, else the last
        one), left (the last milestone before the end), amount, attributes. A deal begins when the list says, or with
        its first event where that is earlier. An order that was cancelled is lost on the day it was.

    Examples
    --------
    >>> from kpixl.actuals import DEAL_COLUMNS, RECORD_COLUMNS
    >>> created = pd.Timestamp("2025-04-01")
    >>> rows = [("crm", f"D{n}", "佐藤", "", created, "提案", 100.0, "") for n in (1, 2)]
    >>> won = ("crm", "D1", "won", pd.Timestamp("2025-05-01"), "佐藤", "", 1, 120.0, 0.0)
    >>> found = deal_frame(
    ...     pd.DataFrame(rows, columns=DEAL_COLUMNS), pd.DataFrame([won], columns=RECORD_COLUMNS), dt.date(2025, 5, 31)
    ... )
    >>> found[["id", "outcome", "amount"]].to_numpy().tolist()
    [['D1', 'won', 120.0], ['D2', 'open', 100.0]]
    """
    frame, events = _numbered(deals, records)
    mine = events[events.index.isin(frame.index)]
    day = pd.Timestamp(as_of)
    known, later = mine[mine["date"] <= day], mine[mine["date"] > day]
    changed = frame.index.isin(later.index)
    days = _days(known, frame.index)
    orders = known[known["event"].isin([WON, CANCELLED])].groupby(level=0)[["count", "amount"]].sum()
    orders = orders.reindex(frame.index)
    won = (orders["count"] > 0).to_numpy()
    back = days[CANCELLED].where(~won)
    lost = days[LOST].where(~won).fillna(back)
    reached = _last_of(days)
    named = {text: event_called(text) or text for text in frame["stage"].unique()}
    called = frame["stage"].map(named)
    worded = {event: text for text, event in reversed(named.items())}
    over = called.isin([WON, LOST, CANCELLED, IGNORE]).to_numpy()
    listed = ~changed & (frame["stage"] != "").to_numpy()
    outcome = np.select(
        [won, lost.notna().to_numpy(), over & ~changed],
        [Outcome.WON.value, Outcome.LOST.value, Outcome.ENDED.value],
        Outcome.OPEN.value,
    )
    first = days[[*MILESTONES]].min(axis=1)
    begun = frame["created"].fillna(first)
    earliest = pd.concat([begun, first, days[WON], lost], axis=1).min(axis=1)
    found = frame.assign(
        begun=begun.where(begun.isna(), earliest),
        **{event: days[event] for event in MILESTONES},
        ended=days[WON].where(won).fillna(lost),
        outcome=outcome,
        stage=frame["stage"].where(listed, reached.map(lambda event: worded.get(event, event))),
        step=called.where(listed & (over | called.isin(MILESTONES) | (reached == "")), reached),
        left=reached,
        amount=orders["amount"].where(won & (orders["amount"] != 0)).fillna(frame["amount"]),
        member=frame["member"].where(frame["member"] != "", _first(known, "member", frame.index)),
        channel=frame["channel"].where(frame["channel"] != "", _first(known, "channel", frame.index)),
    )
    there = found["begun"].isna() | (found["begun"] <= day)
    columns = [*_KEYS, "member", "channel", "begun", *MILESTONES, "ended", "outcome"]
    return found[there].reset_index(drop=True)[[*columns, "stage", "step", "left", "amount", "attributes"]]


def known_deals(deals: pd.DataFrame, records: pd.DataFrame, as_of: dt.date) -> pd.DataFrame | None:
    """Return a row per deal or other id of which events are known, as `deal_frame` does; None where there is none.

    Ids that no list has are deals of which only the events are known, unless there are more than a list may have.
    """
    events = records[records["event"].isin([*MILESTONES, WON, LOST, CANCELLED])]
    ids = events[_KEYS].drop_duplicates()
    unlisted = ids[~pd.MultiIndex.from_frame(ids).isin(deals.set_index(_KEYS).index)] if len(deals) else ids
    if len(unlisted) and len(unlisted) <= MOST_DEALS and unlisted.size < 2 * len(events):  # else each has one event
        never = pd.Series(pd.NaT, index=unlisted.index, dtype="datetime64[s]")
        more = unlisted.assign(member="", channel="", created=never, stage="", amount=np.nan, attributes="")
        more = more[list(DEAL_COLUMNS)].reset_index(drop=True)
        deals = pd.concat([deals, more], ignore_index=True) if len(deals) else more
    if not len(deals):
        return None
    frame = deal_frame(deals, records, as_of)
    return frame if len(frame) else None


def followed(frame: pd.DataFrame) -> pd.DataFrame:
    """Return the deals of which is known what became of them.

    Left out are those that the list has as won while no event says when: their order lies outside of what was imported.
    """
    return frame[(frame["outcome"] != Outcome.ENDED.value) | (frame["step"] != WON)]


def open_deals(frame: pd.DataFrame) -> pd.DataFrame:
    """Return the deals that are open."""
    return frame[frame["outcome"] == Outcome.OPEN.value]


def decided(frame: pd.DataFrame) -> pd.DataFrame:
    """Return the deals that were won or lost on a day that is known, and began on one."""
    return frame[frame["outcome"].isin([Outcome.WON.value, Outcome.LOST.value]) & frame["begun"].notna()]


def days_between(first: "pd.Series[Any]", last: "pd.Series[Any]") -> "pd.Series[float]":
    """Return the days from one moment to another; not a number where one is missing."""
    return (last - first).dt.total_seconds() / _SECONDS


def _numbered(deals: pd.DataFrame, records: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return deals and events with the number of their deal as index: numbers are found sooner than two texts."""
    numbers = pd.concat([deals[_KEYS], records[_KEYS]]).groupby(_KEYS, sort=False).ngroup().to_numpy()
    frame = deals.astype(dict.fromkeys(_KEYS, "str")).set_axis(numbers[: len(deals)])
    return frame, records.set_axis(numbers[len(deals) :])


def _days(known: pd.DataFrame, index: "pd.Index[Any]") -> pd.DataFrame:
    """Return the day of each event by deal: the last one of orders and what ends them, else the first."""
    there = known[(known["count"] != 0) | (known["event"] == LOST)]
    dates, events, counts = there["date"], there["event"].to_numpy(object), there["count"].to_numpy()
    found = {}
    for event in (*MILESTONES, WON, LOST, CANCELLED):
        of_deal = dates[events == event].groupby(level=0)
        day = of_deal.max() if event in (WON, LOST, CANCELLED) else of_deal.min()
        found[event] = day.reindex(index)
    back = dates[(events == WON) & (counts < 0)].groupby(level=0).max().reindex(index)
    found[CANCELLED] = found[CANCELLED].fillna(back)
    return pd.DataFrame(found, index=index).astype("datetime64[s]")


def _last_of(days: pd.DataFrame) -> pd.Series:
    """Return the furthest milestone that each deal has reached, "" where it has reached none."""
    furthest = pd.Series("", index=days.index, dtype=object)
    for event in MILESTONES:
        furthest = furthest.where(days[event].isna(), event)
    return furthest


def _first(known: pd.DataFrame, column: str, index: "pd.Index[Any]") -> pd.Series:
    named = known.loc[known[column] != "", ["date", column]].sort_values("date", kind="stable")
    return named.groupby(level=0)[column].first().reindex(index).fillna("")
