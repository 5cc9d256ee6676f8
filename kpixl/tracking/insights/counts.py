"""What came, by week, channel and member: the values of the months until a day, laid out for arithmetic.

Weeks are cut at the ends of their month, so that they add up to it. Beside the plan's channels and members one more
stands for all others, so that nothing is left out.
"""

import datetime as dt
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from kpixl.engine.answers import Answer
from kpixl.plan import REVENUE, Plan, Span, SpanKind
from kpixl.tracking.recorded import unjudged, unjudged_of
from kpixl.tracking.values import between

__all__ = ["Counts", "Floats"]

Floats = NDArray[np.float64]

_WEEK = 7
_BUSINESS_DAYS_A_MONTH = 21


@dataclass(frozen=True, eq=False)
class Counts(Answer):
    """The KPI values of a plan from its first day until `as_of`, a day of the `span` that is looked at."""

    plan: Plan
    values: pd.DataFrame
    as_of: dt.date
    span: Span

    @property
    def months(self) -> int:
        """How many months of the plan have begun."""
        return self.plan.period.month_of(self.as_of) + 1

    @cached_property
    def spans(self) -> list[tuple[int, dt.date, dt.date]]:
        """The month, the first and the last day of each week, which ends with its month, and with the day."""
        period, found = self.plan.period, []
        for month in range(self.months):
            start, last = period.starts[month], min(period.ends[month], self.as_of)
            while start <= last:
                end = min(start + dt.timedelta(days=_WEEK - 1 - start.weekday()), last)
                found.append((month, start, end))
                start = end + dt.timedelta(days=1)
        return found

    @cached_property
    def month_of(self) -> NDArray[np.int64]:
        """The number of the month of each week."""
        return np.array([month for month, *_ in self.spans], dtype=np.int64)

    @cached_property
    def in_span(self) -> NDArray[np.bool_]:
        """Which weeks are of the span."""
        return np.array([start >= self.span.start for _, start, _ in self.spans])

    @cached_property
    def unknown(self) -> set[str]:
        """The KPIs that are not known, or below zero, in the span."""
        if self.span.kind is SpanKind.MONTH:
            return self._reasons[-1]
        return set(unjudged_of(self.plan, self.values, self.span, self.as_of))

    def stage(self, place: int, *, later: float = 0.0) -> Floats:
        """Return the counts of a stage by week, channel and member, as if they had come `later` business days on."""
        return self._of(self.plan.stages[place].event, round(later * _WEEK / self._business_week))

    @property
    def revenue(self) -> Floats:
        """The revenue by week, channel and member."""
        return self._of(REVENUE)

    def by_month(self, weekly: Floats) -> Floats:
        """Return sums by month of what is given by week, along the first axis."""
        firsts = np.flatnonzero(np.diff(self.month_of, prepend=-1))
        sums: Floats = np.add.reduceat(weekly, firsts, axis=0)
        return sums

    def known(self, kpi: int | str, *, later: float = 0.0) -> NDArray[np.bool_]:
        """Return for each week whether a stage, or the revenue, was known in its month.

        What comes `later` than it was tried, in business days, is not in the first months of which anything is known.
        """
        key = kpi if isinstance(kpi, str) else self.plan.stages[kpi].event
        late = int(np.ceil(later / _BUSINESS_DAYS_A_MONTH)) if self._first_day >= self.plan.period.start else 0
        first = self._first_month + late
        sure = [month >= first and key not in reasons for month, reasons in enumerate(self._reasons)]
        return np.array(sure)[self.month_of]

    def spread(self, targets: Floats) -> Floats:
        """Return targets by month (and channel) for each week, by its business days; 0 before anything came."""
        period = self.plan.period
        days = np.array([period.calendar.count(start, end) for _, start, end in self.spans], dtype=float)
        part = days / period.business_days[self.month_of] * (self.month_of >= self._first_month)
        spread: Floats = (targets[self.month_of].T * part).T
        return spread

    @cached_property
    def present(self) -> Floats:
        """Say for each month and member whether it lies between the first and the last in which they did anything."""
        counted = np.array([self.stage(place)[..., :-1] for place in range(len(self.plan.stages))])
        active = self.by_month(np.maximum(counted, 0.0).sum(axis=(0, 2))) > 0
        since, until = (np.logical_or.accumulate(one, axis=0) for one in (active, active[::-1]))
        there: Floats = (since & until[::-1]).astype(float)
        return there

    def recorded(self, axis: int) -> NDArray[np.bool_]:
        """Say of each channel (axis 1) or member (axis 2) whether anything of it was recorded: a blank is not zero."""
        kept = tuple(one for one in (0, 1, 2) if one != axis)
        stages = [(self.stage(place) != 0).any(axis=kept) for place in range(len(self.plan.stages))]
        anything: NDArray[np.bool_] = np.logical_or.reduce(np.array(stages)[:, :-1])
        return anything

    @property
    def _business_week(self) -> int:
        return max(self.plan.period.weekend.count("0"), 1)

    @cached_property
    def _first_day(self) -> dt.date:
        """The first day of which anything is known, be it before the plan."""
        return self.values["date"].min().date() if len(self.values) else self.as_of

    @cached_property
    def _first_month(self) -> int:
        """The first month in which anything came."""
        dates = between(self.values, self.plan.period.start, self.as_of)["date"]
        return self.plan.period.month_of(dates.min().date()) if len(dates) else self.months - 1

    @cached_property
    def _reasons(self) -> list[set[str]]:
        """For each month the KPIs that are not known, or below zero, in it."""
        period = self.plan.period
        mine = between(self.values, period.start, self.as_of)
        firsts = mine["date"].to_numpy().astype("datetime64[M]").astype("datetime64[s]")  # a row a month is enough
        monthly = (
            mine.assign(date=firsts).groupby(["date", "kpi"], sort=False, observed=True)[["value"]].sum().reset_index()
        )
        monthly["kpi"] = monthly["kpi"].astype(object)
        return [set(unjudged(self.plan, monthly, start, start)) for start in period.starts[: self.months]]

    @cached_property
    def _laid(self) -> dict[tuple[str, int], Floats]:
        return {}

    @cached_property
    def _coded(self) -> dict[str, tuple[NDArray[Any], ...]]:
        """The day, the place of the channel and of the member, and the value of each row, by KPI."""
        places = []
        channels, members = ([one.name for one in listed] for listed in (self.plan.channels, self.plan.members))
        for column, listed in (("channel", channels), ("member", members)):
            known = {name: place for place, name in enumerate(listed)}
            codes, names = pd.factorize(self.values[column])
            places.append(np.array([*(known.get(name, len(listed)) for name in names), len(listed)])[codes])
        days = self.values["date"].to_numpy().astype("datetime64[D]")
        value = self.values["value"].to_numpy(dtype=float)
        codes, kpis = pd.factorize(self.values["kpi"])
        mine = {str(kpi): np.flatnonzero(codes == code) for code, kpi in enumerate(kpis)}
        return {kpi: (days[rows], *(place[rows] for place in places), value[rows]) for kpi, rows in mine.items()}

    def _of(self, kpi: str, later: int = 0) -> Floats:
        if (kpi, later) not in self._laid:
            shape = len(self.spans), len(self.plan.channels) + 1, len(self.plan.members) + 1
            laid = self._laid[kpi, later] = np.zeros(shape)
            if kpi in self._coded:
                days, channel, member, value = self._coded[kpi]
                starts = np.array([start for _, start, _ in self.spans], dtype="datetime64[D]")
                moved = days + np.timedelta64(later, "D")
                week = np.searchsorted(starts, moved, side="right") - 1
                inside = (week >= 0) & (moved <= np.datetime64(self.as_of))
                np.add.at(laid, (week[inside], channel[inside], member[inside]), value[inside])
        return self._laid[kpi, later]
