"""What is asked of whom by when: whole numbers that sum.

The goal is turned into orders, the orders are shared among the channels by their mix and back-solved through each
channel's own rates; every volume is then spread over the months by business days and seasonality, and over the
members by their weights. Each step apportions whole units, so every total equals the sum of its parts.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from kpixl import engine
from kpixl.engine.numbers import ceil
from kpixl.errors import InvalidPlan
from kpixl.plan.model import REVENUE, Member, Plan

__all__ = ["Targets", "set_targets"]


@dataclass(frozen=True)
class Targets:
    """The targets of `plan`.

    `orders` has one whole number per channel. `counts` holds whole numbers by stage, month, channel and member, in
    the plan's order. `existing` is the revenue secured already, by month.
    """

    plan: Plan
    orders: NDArray[np.int64]
    counts: NDArray[np.int64]
    existing: NDArray[np.float64]

    @property
    def volumes(self) -> NDArray[np.int64]:
        """The volume of the whole period, by channel and stage."""
        volumes: NDArray[np.int64] = self.counts.sum(axis=(1, 3)).T
        return volumes

    def team(self, kpi: str) -> NDArray[np.float64]:
        """Return the team's target of a KPI, by month."""
        shared: NDArray[np.float64] = self.members(kpi).sum(axis=1)
        return shared + self.existing if kpi == REVENUE else shared

    def members(self, kpi: str) -> NDArray[np.float64]:
        """Return the members' targets of a KPI, by month and member; revenue secured already is nobody's target."""
        events = [stage.event for stage in self.plan.stages]
        stage = -1 if kpi == REVENUE else events.index(kpi)
        worth = self.plan.goal.unit_value if kpi == REVENUE else 1.0
        shares: NDArray[np.float64] = self.counts[stage].sum(axis=1) * worth
        return shares


def set_targets(plan: Plan) -> Targets:
    """Turn the goal of `plan` into whole-number targets by stage, month, channel and member.

    Raises
    ------
    InvalidPlan
        When a month has no business day, or nobody is on the team.
    """
    period, goal = plan.period, plan.goal
    months = period.business_days * np.array([period.seasonality[start.month - 1] for start in period.starts])
    total = ceil((goal.value - goal.existing) / goal.unit_value)
    orders = engine.allocate(float(total), [channel.mix for channel in plan.channels]).astype(np.int64)
    volumes = np.array(
        [
            engine.backsolve(float(count), 1.0, channel.rates, max_rate=np.inf)
            for count, channel in zip(orders, plan.channels, strict=True)
        ]
    )
    weights = np.repeat(_member_weights(plan), len(plan.channels), axis=0)
    counts = np.stack([_spread(volume, months, weights) for volume in volumes.T])
    existing = goal.existing * months / months.sum()
    return Targets(plan, orders, counts, existing)


def _spread(
    volume: NDArray[np.float64], months: NDArray[np.float64], weights: NDArray[np.float64]
) -> NDArray[np.int64]:
    """Spread the channels' volumes of one stage over months, then members: (month, channel, member)."""
    by_month = engine.allocate_each(volume, months).T
    by_member = engine.allocate_each(by_month.ravel(), weights)
    return by_member.reshape(*by_month.shape, -1).astype(np.int64)


def _member_weights(plan: Plan) -> NDArray[np.float64]:
    """Weigh the members in each month: a new joiner counts from the day of joining."""
    weights = np.array([member.weight * _present(plan, member) for member in plan.members]).T
    for start, days, row in zip(plan.period.starts, plan.period.business_days, weights, strict=True):
        if row.sum() == 0:
            raise InvalidPlan("plan_nobody" if days else "plan_closed", month=f"{start:%Y-%m}")
    return weights


def _present(plan: Plan, member: Member) -> NDArray[np.int64]:
    """Return the business days of each month on which `member` is on the team."""
    period = plan.period
    if member.joined is None or member.joined <= period.start:
        return period.business_days
    first = np.maximum(np.array(period.starts, dtype="datetime64[D]"), np.datetime64(member.joined))
    ends = np.array(period.ends, dtype="datetime64[D]")
    days = engine.businessdays(np.minimum(first, ends), ends, closures=period.closures, country=None)
    return np.where(first > ends, 0, days)
