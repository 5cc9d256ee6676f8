"""Which targets are in force since when, and which of them were changed.

While nothing has been achieved a plan is still being made: its targets come into force with the month of the first
actuals. From then on every target that differs from the one in force is a change.
"""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass

import pandas as pd

from kpixl.plan import Plan, Targets

__all__ = ["Change", "InForce", "changes", "in_force", "months_before"]


@dataclass(frozen=True)
class InForce:
    """The team's target of a KPI for the whole period, rounded to whole units, and the day since which it holds."""

    target: float
    since: dt.date

    def months(self, as_of: dt.date) -> int:
        """Return for how many whole months it has been in force at the end of `as_of`; 0 before it came."""
        day = as_of + dt.timedelta(days=1)
        months = (day.year - self.since.year) * 12 + day.month - self.since.month - (day.day < self.since.day)
        return max(months, 0)


@dataclass(frozen=True)
class Change:
    """A target that was changed: the day, the KPI by its name, the target of the whole period before and after."""

    day: dt.date
    kpi: str
    before: float
    after: float


def in_force(
    plan: Plan, targets: Targets, values: pd.DataFrame, known: Mapping[str, InForce], as_of: dt.date
) -> dict[str, InForce]:
    """Return the targets in force on `as_of` by the KPI's name, given those `known` to be in force until now.

    None are while there are no actuals.
    """
    if not len(values):
        return dict(known)
    first = max(values["date"].min().date().replace(day=1), plan.period.start)
    found = {}
    for kpi in plan.kpis:
        target = round(float(targets.team(kpi.key).sum()))
        before = known.get(kpi.name, InForce(target, first))
        found[kpi.name] = before if before.target == target else InForce(target, as_of)
    return found


def changes(before: Mapping[str, InForce], after: Mapping[str, InForce]) -> tuple[Change, ...]:
    """Return what was changed between two states of the targets in force, in the order of `after`."""
    return tuple(
        Change(now.since, kpi, before[kpi].target, now.target)
        for kpi, now in after.items()
        if kpi in before and before[kpi].target != now.target
    )


def months_before(day: dt.date, months: int) -> dt.date:
    """Return the day that lies `months` months before, or the last of its month, as EDATE does.

    >>> months_before(dt.date(2026, 5, 31), 3)
    datetime.date(2026, 2, 28)
    """
    return (pd.Timestamp(day) - pd.DateOffset(months=months)).date()
