"""Which KPIs and candidates set the months that reached the goal apart from those that did not?

A month of a person counts as reached where their revenue came up to its target; where people are not recorded, the
month of the team. What is offered as a success factor must be beyond chance among all that were asked
(`kpixl.engine.apart`): a month is not called good for what made its luck.
"""

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from kpixl.engine.apart import set_apart
from kpixl.engine.thresholds import CONFIDENCE
from kpixl.plan import REVENUE, Indicator, Plan, Targets
from kpixl.plan.glossary import COUNT
from kpixl.tracking.values import numerator

__all__ = ["SetApart", "success_drivers"]

Floats = NDArray[np.float64]

_LEAST_CELLS = 3  # months on either side: of two, nothing can be said
_RECORDED = 0.9  # of what is counted must name somebody of the plan, else the team is asked
_LONGEST = 20  # business days from one stage to another: beyond a month, its rate says nothing of it


@dataclass(frozen=True)
class SetApart:
    """A KPI that sets reached months apart: its value there and elsewhere, of how many months each, and p.

    `people` says whether the months are those of each person. Sums are those of a month.
    """

    name: str
    reached: float
    missed: float
    months_reached: int
    months_missed: int
    people: bool
    p: float


def success_drivers(
    plan: Plan, targets: Targets, facts: pd.DataFrame, values: pd.DataFrame, as_of: dt.date, *, by_member: bool = True
) -> dict[str, SetApart]:
    """Return the KPIs and candidates of `plan` that set reached months apart beyond chance, by name.

    Parameters
    ----------
    plan, targets
        The plan with its targets.
    facts, values : DataFrame
        As in `kpixl.tracking.track`, by day.
    as_of : date
        Months that are over by then are asked.
    by_member : bool
        Whether the values are by day for each person; else only those of the team are.
    """
    months = sum(end <= as_of for end in plan.period.ends)
    first = next((month for month in range(months) if _any(values, plan, month)), months)
    span = range(first, months)
    families = [_Cells(plan, targets, facts, values, span, people=people) for people in (True, False)]
    kinds = [one for one in plan.indicators if _asked(plan, one)]
    mine = [one for one in kinds if by_member and families[0].names(one)] if families[0].judged else []
    teams = [one for one in kinds if one not in mine] if families[1].judged else []
    both = [(cells, asked) for cells, asked in zip(families, (mine, teams), strict=True) if asked]
    return {one.name: one for cells, asked in both for one in _found(cells, asked, len(both))}


def _found(cells: "_Cells", asked: list[Indicator], families: int) -> Iterator[SetApart]:
    """Yield what stands out among the drivers of one family, of so many that are looked at."""
    known = [cells.figures(one) for one in asked]
    drivers = np.array(
        [
            _beyond(part, whole) * (-1 if one.lower_is_better else 1)
            for one, (part, whole) in zip(asked, known, strict=True)
        ]
    )
    last = cells.plan.stages[-1].event
    later = (_days_between(cells.plan, one.base or one.event, last) for one in asked)
    outcomes = np.array([cells.attained(days) for days in later])
    p = np.minimum(set_apart(drivers, outcomes).p * families, 1.0)
    there = cells.target > 0
    yes, no = there & cells.reached, there & ~cells.reached
    for one, (part, whole), chance in zip(asked, known, p.tolist(), strict=True):
        if chance >= 1 - CONFIDENCE:
            continue
        sums = [(part.sum(axis=0)[side].sum(), whole.sum(axis=0)[side].sum(), side.sum()) for side in (yes, no)]
        levels = [(got / of if of else np.nan) if one.base else got / count for got, of, count in sums]
        if np.isfinite(levels).all():
            reached, missed = map(float, levels)
            yield SetApart(one.name, reached, missed, int(yes.sum()), int(no.sum()), cells.people, chance)


def _beyond(part: Floats, whole: Floats) -> Floats:
    """Return what came beyond what was to be expected of as many cases, or of as many days."""
    total = whole.sum()
    return part - whole * (part.sum() / total if total else 0.0)


def _asked(plan: Plan, one: Indicator) -> bool:
    """Say whether an indicator is a driver of the goal, and one that the months themselves can tell of.

    How much came of a later stage is not asked: that is the goal on its way.
    """
    stages = [stage.event for stage in plan.stages]
    if not one.event or one.of_deals:
        return False
    if not one.base:
        return one.event not in stages[2:]
    if one.event in stages and one.base in stages:
        start, end = sorted((stages.index(one.base), stages.index(one.event)))
        return sum(stage.days for stage in plan.stages[start:end]) <= _LONGEST
    return True


def _days_between(plan: Plan, first: str, last: str) -> int:
    """Return in how many days one stage usually follows another; 0 for what is no stage."""
    stages = [stage.event for stage in plan.stages]
    if first not in stages or last not in stages:
        return 0
    start, end = stages.index(first), stages.index(last)
    business = sum(stage.days for stage in plan.stages[start:end])
    week = float(plan.period.business_days.sum()) / ((plan.period.end - plan.period.start).days + 1)
    return round(business / week) if week else 0


def _any(values: pd.DataFrame, plan: Plan, month: int) -> bool:
    start, end = (pd.Timestamp(day) for day in (plan.period.starts[month], plan.period.ends[month]))
    return bool(((values["date"] >= start) & (values["date"] <= end) & (values["kpi"] == REVENUE)).any())


class _Cells:
    """The months, of each person or of the team, each in two halves: every other week."""

    def __init__(
        self, plan: Plan, targets: Targets, facts: pd.DataFrame, values: pd.DataFrame, span: range, *, people: bool
    ) -> None:
        self.people = people
        self.plan, self._facts, self._values, self._span = plan, facts, values, span
        self._members = [member.name for member in plan.members]
        self._days = self._business_days()
        months = list(span)
        asked = targets.members(REVENUE).T if people else targets.team(REVENUE)[np.newaxis]
        self.target: Floats = asked[:, months]
        self._revenue = values[values["kpi"] == REVENUE]
        self.reached: NDArray[np.bool_] = self._laid(self._revenue, "value").sum(axis=0) >= self.target

    @property
    def judged(self) -> bool:
        """Whether there are enough months on either side."""
        there = self.target > 0
        sides = (there & self.reached).sum(), (there & ~self.reached).sum()
        return bool(min(sides) >= _LEAST_CELLS)

    def names(self, one: Indicator) -> bool:
        """Say whether what an indicator counts names the people who did it."""
        counted = [self._rows(one, event, measure) for event, measure in _parts(one)]
        return all(_share_named(rows, self._members) >= _RECORDED for rows, _ in counted if len(rows))

    def attained(self, later: int) -> Floats:
        """Return the revenue by its target, of orders that came so many days after what brought them."""
        revenue = self._laid(_earlier(self._revenue, later), "value").sum(axis=0)
        attained: Floats = np.divide(revenue, self.target, out=np.zeros_like(revenue), where=self.target > 0)
        return attained

    def figures(self, one: Indicator) -> tuple[Floats, Floats]:
        """Return numerator and denominator by half, person and month; a plain sum is by business day.

        What came of something stands where that was, as many days earlier as it usually takes.
        """
        parts = [self._laid(*self._rows(one, event, measure)) for event, measure in _parts(one)]
        if one.base and (later := _days_between(self.plan, one.base, one.event)):
            rows, column = self._rows(one, one.event, one.measure)
            parts[0] = self._laid(_earlier(rows, later), column)
        whole = parts[1] if one.base else np.broadcast_to(self._days, parts[0].shape) * (self.target > 0)
        return parts[0], whole

    def _rows(self, one: Indicator, event: str, measure: str) -> tuple[pd.DataFrame, str]:
        """Return the rows that hold an event's count, amount or minutes, and their column."""
        key = numerator(self.plan, Indicator(one.name, event, measure=measure))
        counted = key or (event if measure == COUNT else None)
        mine, column = self._values[self._values["kpi"] == counted], "value"
        if counted is None or mine.empty:
            mine, column = self._facts[self._facts["event"] == event], measure
        return (mine[mine["channel"] == one.channel] if one.channel else mine), column

    def _laid(self, rows: pd.DataFrame, column: str) -> Floats:
        """Return sums by half, person (or the team in one row) and month."""
        found = np.zeros((2, len(self._members) if self.people else 1, len(self._span)))
        if rows.empty or not len(self._span):
            return found
        starts = np.array(self.plan.period.starts, dtype="datetime64[D]")
        days = pd.to_datetime(rows["date"]).to_numpy().astype("datetime64[D]")
        month = np.searchsorted(starts, days, side="right") - 1 - self._span.start
        person = (
            pd.Index(self._members).get_indexer(pd.Index(rows["member"].astype(str)))
            if self.people
            else np.zeros(len(rows))
        )
        inside = (month >= 0) & (month < len(self._span)) & (person >= 0) & (days >= starts[0])
        half = _half(days, starts[0])
        place = half[inside], person[inside].astype(int), month[inside]
        np.add.at(found, place, rows[column].to_numpy(dtype=float)[inside])
        return found

    def _business_days(self) -> Floats:
        """Return the business days of either half of each month: halves × one row × months."""
        period = self.plan.period
        counted = np.zeros((2, 1, len(self._span)))
        for place, month in enumerate(self._span):
            last = np.datetime64(period.ends[month]) + np.timedelta64(1, "D")
            days = np.arange(np.datetime64(period.starts[month]), last)
            worked: Any = np.asarray(period.calendar.count(days, days), dtype=float)
            half = _half(days, np.datetime64(period.starts[0]))
            counted[:, 0, place] = [worked[half == side].sum() for side in (0, 1)]
        return counted


def _earlier(rows: pd.DataFrame, days: int) -> pd.DataFrame:
    return rows.assign(date=pd.to_datetime(rows["date"]) - pd.Timedelta(days=days))


def _parts(one: Indicator) -> list[tuple[str, str]]:
    return [(one.event, one.measure), *([(one.base, COUNT)] if one.base else [])]


def _half(days: NDArray[Any], start: Any) -> NDArray[np.int64]:
    """Return 0 or 1 for every other week from Monday on."""
    monday = start - np.timedelta64((int(start.astype(int)) + 3) % 7, "D")
    half: NDArray[np.int64] = ((days - monday).astype(int) // 7) % 2
    return half


def _share_named(rows: pd.DataFrame, members: list[str]) -> float:
    return float(rows["member"].astype(str).isin(members).mean())
