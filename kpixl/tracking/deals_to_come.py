"""What will the open deals, and those that are still to begin, bring by the end of the month?

Where deals are known one by one, the landing of orders and revenue need not be a run rate: it is what was closed, plus
the open deals with the chance that past deals of their stage and age had, plus what new deals usually bring so soon. It
takes the place of the run rate only if it would have come closer in the months that are over, and its variance is
widened to what it was off by then.
"""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from kpixl.actuals import MILESTONES
from kpixl.engine.answers import Answer
from kpixl.engine.calendar import Calendar
from kpixl.engine.dayweights import helps
from kpixl.engine.landing import rest_of
from kpixl.engine.lifetimes import CONVERTED, LOST, OPEN, curve
from kpixl.engine.pipeline import spread_of, win_chances
from kpixl.plan import REVENUE, Plan, Span, SpanKind, Targets, span_of
from kpixl.tracking.deals import Outcome
from kpixl.tracking.values import between, total

__all__ = ["LandingBasis", "ToCome", "deals_to_come"]

Floats = NDArray[np.float64]

_MONTHS = 6  # that are looked back on, at most
_POINTS = (1 / 3, 2 / 3)  # of the business days of a month, after which it is foreseen once more
_FEWEST_DECIDED = 20  # deals before a month that is foreseen
_AS_SAID = 3.0  # forecasts that the variance as computed is worth
_EXPLAINED = 0.1  # of the orders that may have no deal, or no order of their own
_NEW = 90  # days whose deals tell how many begin
_DAY = np.timedelta64(1, "D")


class LandingBasis(StrEnum):
    """What the landing of orders and revenue goes by."""

    DEALS = "deals"
    RUN_RATE = "run_rate"


@dataclass(frozen=True, eq=False)
class ToCome(Answer):
    """Mean and variance of what the rest of the span brings, by KPI, in orders; none where the run rate is used.

    `months` of the past were foreseen; `off` is how far the deals were off on average, by the run rate's miss.
    """

    basis: LandingBasis
    by_kpi: Mapping[str, tuple[float, float]] = field(default_factory=dict)
    months: int = 0
    off: float = np.nan


@dataclass(frozen=True, eq=False)
class _Deals(Answer):
    """The deals as columns: when each began and ended, how, what it is worth, and when it reached each milestone."""

    begun: NDArray[np.datetime64]
    ended: NDArray[np.datetime64]
    won: NDArray[np.bool_]
    worth: Floats
    reached: NDArray[np.datetime64]

    def wins(self, after: np.datetime64, until: np.datetime64) -> NDArray[np.bool_]:
        """Return which were won after one day and by the end of another."""
        return self.won & (self.ended > after) & (self.ended <= until)

    def steps(self, day: np.datetime64, which: NDArray[np.bool_]) -> list[str]:
        """Return the last milestone that some of them have reached by a day."""
        there = self.reached[which] <= day
        last = np.where(there.any(axis=1), there.shape[1] - np.argmax(there[:, ::-1], axis=1), 0)
        return [str(place) for place in last.tolist()]


def deals_to_come(
    plan: Plan,
    targets: Targets,
    values: pd.DataFrame,
    frame: pd.DataFrame | None,
    as_of: dt.date,
    dispersion: float = 1.0,
    span: Span | None = None,
) -> ToCome:
    """Return what the deals will bring in the rest of a span.

    Parameters
    ----------
    plan, targets : Plan, Targets
        The plan and its targets.
    values : DataFrame
        KPI values by day, as `kpi_values` gives them.
    frame : DataFrame, optional
        The deals as `deal_frame` gives them for `as_of`; None where none are known.
    as_of : date
        A day of the plan.
    dispersion : float, default 1
        That of the orders (`tracking.variation`).
    span : Span, optional
        By default the month of `as_of`.
    """
    if frame is None or not len(frame):
        return ToCome(LandingBasis.RUN_RATE)
    deals, period = _columns(frame), plan.period
    month, span = period.month_of(as_of), span or span_of(period, SpanKind.MONTH, as_of)
    orders = plan.stages[-1].event
    plain, by_deals, squares = [], [], []
    for past in range(max(0, month - _MONTHS), month):
        start, end = period.starts[past], period.ends[past]
        found = _looking_back(plan, targets, values, deals, past, dispersion)
        brought = total(between(values, start, end), orders)
        listed = int(deals.wins(_day(start) - _DAY, _day(end)).sum())
        if not found or abs(brought - listed) > _EXPLAINED * max(brought, 1.0) + 1:
            continue
        misses, rates, off = (np.array(column) for column in zip(*found, strict=True))
        by_deals.append(float(np.abs(misses).mean()))
        plain.append(float(np.abs(rates).mean()))
        squares += off.tolist()
    before, after = np.array(plain), np.array(by_deals)
    if not helps(before, after):
        return ToCome(LandingBasis.RUN_RATE, months=len(before))
    now = _foreseen(deals, _day(as_of), _day(span.end), period.calendar, dispersion)
    so_far = total(between(values, span.start, as_of), orders)
    listed = int(deals.wins(_day(span.start) - _DAY, _day(as_of)).sum())
    if now is None or abs(so_far - listed) > _EXPLAINED * max(so_far, 1.0) + 1:
        return ToCome(LandingBasis.RUN_RATE, months=len(before))
    wider = max(1.0, (sum(squares) + _AS_SAID) / (len(squares) + _AS_SAID))
    (count, spread), (amount, of_amount) = now
    unit = plan.goal.unit_value
    said = {orders: (count, spread * wider), REVENUE: (amount / unit, of_amount * wider / unit**2)}
    by_kpi = {kpi: (mean, variance) for kpi, (mean, variance) in said.items() if mean > 0 and variance > 0}
    if not by_kpi:
        return ToCome(LandingBasis.RUN_RATE, months=len(before))
    return ToCome(LandingBasis.DEALS, by_kpi, len(before), float(after.mean() / before.mean()))


def _looking_back(
    plan: Plan, targets: Targets, values: pd.DataFrame, deals: _Deals, past: int, dispersion: float
) -> list[tuple[float, float, float]]:
    """Return by how many orders the deals and the run rate were off, and the deals' miss squared by its variance."""
    period, orders = plan.period, plan.stages[-1].event
    start, end = period.starts[past], period.ends[past]
    dates = period.calendar.dates(start, end)
    days, target = float(period.business_days[past]), float(targets.team(orders)[past])
    found = []
    for point in _POINTS:
        if len(dates) < len(_POINTS) + 1:
            break
        day = dates[int(point * len(dates)) - 1]
        foreseen = _foreseen(deals, day, _day(end), period.calendar, dispersion)
        if foreseen is None:
            continue
        so_far, came = deals.wins(_day(start) - _DAY, day).sum(), float(deals.wins(day, _day(end)).sum())
        done = float(period.calendar.count(start, day))
        numbers = (np.array(one, dtype=np.float64) for one in (target, so_far, done, days, 1.0, dispersion))
        (mean, variance), _ = foreseen
        found.append((mean - came, float(rest_of(*numbers).mean) - came, (mean - came) ** 2 / max(variance, 1e-9)))
    return found


def _foreseen(
    deals: _Deals, day: np.datetime64, end: np.datetime64, calendar: Calendar, dispersion: float
) -> tuple[tuple[float, float], tuple[float, float]] | None:
    """Return mean and variance of the orders, and of their amount, that come after a day and by the end of another.

    What happened after the day is not known. There is no answer before enough deals have been decided.
    """
    known = deals.begun <= day
    open_now = known & ~(deals.ended <= day)
    past = known & (deals.ended <= day)
    if past.sum() < _FEWEST_DECIDED or end <= day:
        return None
    left = float((end - day) / _DAY)
    sizes = deals.worth[past & deals.won]
    sizes = sizes[sizes > 0]
    usual, varied = (float(sizes.mean()), float(sizes.var())) if len(sizes) else (0.0, 0.0)
    counts = [0.0, 0.0, 0.0, 0.0]
    if open_now.any():
        chances = win_chances(
            deals.steps(day, open_now),
            (day - deals.begun[open_now]) / _DAY,
            deals.steps(day, past),
            np.maximum((deals.ended[past] - deals.begun[past]) / _DAY, 0.0),
            deals.won[past],
            days_left=left,
        )
        worth = np.where(deals.worth[open_now] > 0, deals.worth[open_now], usual)
        counts = [*spread_of(np.ones(len(worth)), chances), *spread_of(worth, chances)]
    new = _new(deals, day, end, calendar)
    number = counts[0] + new, counts[1] + dispersion * new
    return number, (counts[2] + new * usual, counts[3] + new * (dispersion * usual**2 + varied))


def _new(deals: _Deals, day: np.datetime64, end: np.datetime64, calendar: Calendar) -> float:
    """Return how many orders deals that begin after `day` bring by `end`: as many begin as lately, and end as ever."""
    known = deals.begun <= day
    until = np.where(deals.ended[known] <= day, deals.ended[known], day)
    outcome = np.where(deals.ended[known] <= day, np.where(deals.won[known], CONVERTED, LOST), OPEN)
    steps = curve(np.maximum((until - deals.begun[known]) / _DAY, 0.0), outcome)
    since = max(day - _NEW * _DAY, deals.begun[known].min())
    worked = float(calendar.count(since + _DAY, day)) if since < day else 0.0
    begin = float((deals.begun[known] > since).sum()) / worked if worked else 0.0
    ahead = np.arange(day + _DAY, end + _DAY)
    soon = steps.converted[steps.step((end - ahead) / _DAY)]
    return begin * float(np.asarray(calendar.count(ahead, ahead), dtype=np.float64) @ soon)


def _columns(frame: pd.DataFrame) -> _Deals:
    """Return the deals of which is known what became of them, and that began on a day that is known."""
    mine = frame[frame["begun"].notna() & (frame["outcome"] != Outcome.ENDED.value)]
    reached = np.column_stack([_days(mine[event]) for event in MILESTONES])
    won = (mine["outcome"] == Outcome.WON.value).to_numpy()
    worth = mine["amount"].fillna(0.0).clip(lower=0.0).to_numpy(dtype=np.float64)
    return _Deals(_days(mine["begun"]), _days(mine["ended"]), won, worth, reached)


def _days(column: "pd.Series[dt.datetime]") -> NDArray[np.datetime64]:
    days: NDArray[np.datetime64] = column.to_numpy().astype("datetime64[D]")
    return days


def _day(day: dt.date) -> np.datetime64:
    return np.datetime64(day, "D")
