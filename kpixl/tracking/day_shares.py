"""How much of a month is due by each of its days, KPI by KPI: by business days, or as the plan's own past has it.

The weights of `kpixl.engine.dayweights` are learned from the whole months before the one that is followed. They are
used for a KPI only where they would have foreseen those months better than business days did.
"""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from kpixl.engine.answers import Answer
from kpixl.engine.calendar import Dates
from kpixl.engine.dayweights import FEWEST_MONTHS, Days, DayWeights, days_of, helps, learned, misses
from kpixl.plan import Period, Plan, Span, SpanKind

__all__ = ["LEAST_MONTHS", "DayBasis", "DayShares", "KpiDays", "day_shares"]

Floats = NDArray[np.float64]

LEAST_MONTHS = 2 * FEWEST_MONTHS  # to learn from and to be tried on
_MOST_MONTHS = 36  # what is older says little of how people work now
_DECIMALS = 4  # of weights, whose own uncertainty is far larger
_FIRST_WEEK = 7  # days of a month within which it counts as recorded from its beginning on


class DayBasis(StrEnum):
    """What the pace of a KPI goes by."""

    LEARNED = "learned"
    NO_BETTER = "no_better"
    FEW_MONTHS = "few_months"
    CHOSEN = "chosen"


@dataclass(frozen=True, eq=False)
class KpiDays(Answer):
    """What the pace of a KPI goes by, from how many whole months, and what was learned of them, if it is used.

    `weights` are those of each day of the plan.
    """

    basis: DayBasis
    months: int = 0
    kinds: DayWeights | None = None
    weights: Floats | None = None

    @property
    def before(self) -> Floats:
        """What all days of the plan before each weigh, and lastly all of them."""
        weights = [] if self.weights is None else self.weights.tolist()
        return np.round(np.cumsum([0.0, *weights]), _DECIMALS)


@dataclass(frozen=True, eq=False)
class DayShares(Answer):
    """What the days of a plan weigh, by KPI; those that are not there go by business days."""

    period: Period
    by_kpi: Mapping[str, KpiDays] = field(default_factory=dict)

    @property
    def learned(self) -> dict[str, KpiDays]:
        """The KPIs that go by learned weights."""
        return {kpi: days for kpi, days in self.by_kpi.items() if days.weights is not None}

    def over(self, kpi: str, day: dt.date) -> tuple[float, float]:
        """Return what the days of `day`'s month weigh that are over at its end, and all of them."""
        month = self.period.month_of(day)
        own = self.by_kpi.get(kpi)
        if own is None or own.weights is None:
            return self.period.done_and_left(day)[0], float(self.period.business_days[month])
        ends = (day, self.period.ends[month], self.period.starts[month] - dt.timedelta(days=1))
        now, last, first = (float(own.before[(end - self.period.start).days + 1]) for end in ends)
        return now - first, last - first

    def due(self, kpi: str, span: Span, day: dt.date) -> Floats:
        """Return which part of each month's targets is due by the end of a day of a span."""
        return span.due(day, self.elapsed(kpi, day))

    def over_of(self, kpi: str, span: Span, day: dt.date, monthly: Floats) -> tuple[float, float]:
        """Return the days of a span that are over at the end of one of them, and all of them.

        Of several months they are business days, and as much of them is over as is due of the `monthly` targets.
        """
        if span.kind is SpanKind.MONTH:
            return self.over(kpi, day)
        whole, days = float(span.of(monthly)), span.business_days
        if not days:
            return 1.0, 1.0  # a week of holidays: nothing is due of it
        return (days * float(self.due(kpi, span, day) @ monthly) / whole if whole else span.done_and_left(day)[0]), days

    def lengths(self, kpi: str, first: dt.date, last: dt.date) -> Floats | None:
        """Return what each day from `first` to `last` weighs, of the plan or not; None where business days count."""
        own = self.by_kpi.get(kpi)
        if own is None or own.kinds is None:
            return None
        begin, end = first.replace(day=1), (last.replace(day=1) + dt.timedelta(days=31)).replace(day=1)
        weights = own.kinds.of(_days(self.period, _dates(begin, end - dt.timedelta(days=1))))
        return weights[(first - begin).days : (last - begin).days + 1]

    def elapsed(self, kpi: str, day: dt.date) -> float:
        """Return the share of `day`'s month that is due at its end."""
        done, days = self.over(kpi, day)
        return done / days


def day_shares(plan: Plan, values: pd.DataFrame, as_of: dt.date) -> DayShares:
    """Return what the days of `plan` weigh for each KPI.

    Parameters
    ----------
    plan : Plan
        Its `learns_days` says whether anything is learned at all.
    values : DataFrame
        KPI values by day, as `kpi_values` gives them; only months before that of `as_of` count.
    as_of : date
        A day of the plan.
    """
    if not plan.learns_days:
        return DayShares(plan.period, {kpi.key: KpiDays(DayBasis.CHOSEN) for kpi in plan.kpis})
    until = as_of.replace(day=1) - dt.timedelta(days=1)
    past = values[values["date"] <= pd.Timestamp(until)]
    orders = plan.stages[-1].event
    by_source: dict[str, KpiDays] = {}
    found = {}
    for kpi in plan.kpis:
        source = orders if kpi.money and (past["kpi"] == orders).any() else kpi.key  # sums of deals scatter more
        if source not in by_source:
            by_source[source] = _of_kpi(plan, past[past["kpi"] == source], until)
        found[kpi.key] = by_source[source]
    return DayShares(plan.period, found)


def _of_kpi(plan: Plan, mine: pd.DataFrame, until: dt.date) -> KpiDays:
    start = _first_whole_month(mine, until)
    months = 0 if start is None else (until.year - start.year) * 12 + until.month - start.month + 1
    if start is None or months < LEAST_MONTHS:
        return KpiDays(DayBasis.FEW_MONTHS, max(0, months))
    dates = _dates(start, until)
    brought = mine.groupby("date")["value"].sum()
    brought.index = brought.index.to_numpy().astype("datetime64[D]")
    counts = brought.reindex(pd.Index(dates), fill_value=0.0).clip(lower=0).to_numpy(dtype=float)
    if counts.sum() <= 0:
        return KpiDays(DayBasis.FEW_MONTHS, months)
    days = _days(plan.period, dates)
    if not helps(*misses(counts, days)):
        return KpiDays(DayBasis.NO_BETTER, months)
    kinds = learned(counts, days)
    return KpiDays(
        DayBasis.LEARNED, months, kinds, kinds.of(_days(plan.period, _dates(plan.period.start, plan.period.end)))
    )


def _first_whole_month(mine: pd.DataFrame, until: dt.date) -> dt.date | None:
    """Return the first day of the first month that was recorded as a whole; None where none is over."""
    if not len(mine):
        return None
    first: dt.date = mine["date"].min().date()
    since = first.replace(day=1)
    if first.day > _FIRST_WEEK:
        since = (since + dt.timedelta(days=31)).replace(day=1)
    index = until.year * 12 + until.month - _MOST_MONTHS
    since = max(since, dt.date(index // 12, index % 12 + 1, 1))
    return since if since <= until else None


def _dates(first: dt.date, last: dt.date) -> Dates:
    dates: Dates = np.arange(np.datetime64(first), np.datetime64(last) + np.timedelta64(1, "D"))
    return dates


def _days(period: Period, dates: Dates) -> Days:
    """Return the days as weights look at them; the quarters of a plan begin with it."""
    worked = np.asarray(period.calendar.count(dates, dates), dtype=np.float64)
    closing = [(period.start.month + 1 + later) % 12 + 1 for later in range(0, 12, 3)]
    return days_of(dates, worked, closing)
