"""Plan × facts → frames: attainment, status, gap, members. `track` makes them all for one day."""

import datetime as dt
from dataclasses import dataclass
from typing import Any

import pandas as pd

from kpixl.plan import Plan, Targets, set_targets
from kpixl.tracking.actions import Action, Outcome, outcome
from kpixl.tracking.breakdown import breakdown, unlisted
from kpixl.tracking.gap import bottleneck, funnel_gap
from kpixl.tracking.members import MemberFrames, members
from kpixl.tracking.progress import burn_up, progress
from kpixl.tracking.review import monthly, triggers
from kpixl.tracking.values import VALUE_COLUMNS, between, kpi_values, records, total, totals_by

__all__ = [
    "VALUE_COLUMNS",
    "Action",
    "MemberFrames",
    "Outcome",
    "Tracking",
    "between",
    "bottleneck",
    "breakdown",
    "burn_up",
    "kpi_values",
    "outcome",
    "records",
    "total",
    "totals_by",
    "track",
    "unlisted",
]


@dataclass(frozen=True)
class Tracking:
    """Everything a workbook shows of a plan as of a day: the targets, the values, and the frames made of them."""

    plan: Plan
    targets: Targets
    as_of: dt.date
    values: pd.DataFrame
    progress: pd.DataFrame
    gap: pd.DataFrame
    members: MemberFrames
    monthly: pd.DataFrame
    triggers: dict[str, list[str]]

    def kpi(self, key: str) -> dict[str, Any]:
        """Return the row of a KPI in the progress of the month."""
        return next(row for row in records(self.progress) if row["kpi"] == key)

    @property
    def bottleneck(self) -> dict[str, Any] | None:
        """The row of the stage that costs the most, if any costs anything."""
        return bottleneck(self.gap)


def track(plan: Plan, facts: pd.DataFrame, entries: pd.DataFrame, as_of: dt.date | None = None) -> Tracking:
    """Hold `facts` and `entries` against the plan as of a day (today, or the nearest day of the plan)."""
    day = min(max(as_of or dt.date.today(), plan.period.start), plan.period.end)
    targets = set_targets(plan)
    values = kpi_values(plan, facts, entries)
    of_month = progress(plan, targets, values, day)
    by_month = monthly(plan, values, day)
    return Tracking(
        plan,
        targets,
        day,
        values,
        of_month,
        funnel_gap(plan, of_month),
        members(plan, targets, values, day),
        by_month,
        triggers(plan, targets, by_month, day),
    )
