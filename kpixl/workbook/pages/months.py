"""What each channel or member brought in the last twelve months: a table of months, over which trends are drawn."""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from kpixl.engine.answers import Answer
from kpixl.texts import say
from kpixl.workbook.blocks import Column, Sparkline, Table, Value
from kpixl.workbook.schema import Key
from kpixl.workbook.state import State
from kpixl.xlsx.address import Area, address

__all__ = ["CHANNEL", "MEMBER", "MOST", "Months", "month_table", "months_of", "trends"]

CHANNEL, MEMBER = 1, 2  # axes of `Counts.stage`
MOST = 12


@dataclass(frozen=True, eq=False)
class Months(Answer):
    """The months that have begun, at most the last twelve, with counts by month and channel or member.

    The last count of a month is that of all others; `known` says of each month whether its counts are known.
    """

    starts: tuple[dt.date, ...]
    counts: NDArray[np.float64]
    known: NDArray[np.bool_]

    def of(self, place: int) -> list[float | None]:
        """Return the counts of a channel or member, by its place in the plan; None where they are not known."""
        return [count if sure else None for count, sure in zip(self.counts[:, place].tolist(), self.known, strict=True)]


def months_of(state: State, stage: int, by: int) -> Months:
    """Return the last months of a stage, given by its place in the funnel, by `CHANNEL` or by `MEMBER`."""
    counts = state.tracking.ledger.counts
    first = max(counts.months - MOST, 0)
    weekly = counts.stage(stage).sum(axis=CHANNEL if by == MEMBER else MEMBER)
    known = np.maximum.reduceat(counts.known(stage), np.flatnonzero(np.diff(counts.month_of, prepend=-1)))
    starts = state.plan.period.starts[first : counts.months]
    return Months(starts, counts.by_month(weekly)[first:], known[first:])


def month_table(
    state: State, at: str, name: str, stage: int, by: int, places: Iterable[int], *, most: int = MOST
) -> Table:
    """Return the last months of a stage, at `most` so many, with a row for each of some channels or members.

    They are given by their places in the plan. One of which nothing was ever recorded is blank.
    """
    months, recorded = months_of(state, stage, by), state.tracking.ledger.counts.recorded(by)
    listed = state.plan.members if by == MEMBER else state.plan.channels
    key = "member" if by == MEMBER else "channel"
    columns = (
        Column(key, "strong", 16),
        *(
            Column(Key(f"month.{start:%Y-%m}", say("heading.month_of", month=start)), "count", 9)
            for start in months.starts[-most:]
        ),
    )
    nothing: list[float | None] = [None] * len(months.starts)
    rows: list[tuple[Value, ...]] = [
        (listed[place].name, *(months.of(place) if recorded[place] else nothing)[-most:]) for place in places
    ]
    return Table(at, name, columns, rows)


def trends(table: Table, key: str, months: Table, *, apart: int = 1) -> tuple[Sparkline, ...]:
    """Return a sparkline for each row of a table of months, in the column of a table, `apart` rows from the next."""
    column = table.area.left + [one.key for one in table.columns].index(key)
    left, top, right, bottom = months.body
    return tuple(
        Sparkline(address(column, table.body.top + apart * (row - top)), str(Area(left + 1, row, right, row)))
        for row in range(top, bottom + 1)
    )
