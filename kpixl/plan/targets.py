"""What is asked of whom by when: whole numbers that sum.

Each channel must win its share of the revenue; its orders are back-solved through its own rates. The team's volume of
each stage is spread over the months by business days and seasonality, and shared among channels and members so that
every month, every channel and every member sums exactly. The rules are those of the formulas in the workbook.
"""

import datetime as dt
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from kpixl import engine
from kpixl.engine.numbers import ceil
from kpixl.errors import InvalidPlan
from kpixl.plan.glossary import AMOUNT, COUNT, Indicator
from kpixl.plan.model import REVENUE, Plan
from kpixl.plan.team import strengths

__all__ = ["Targets", "set_targets"]


@dataclass(frozen=True)
class Targets:
    """The targets of `plan`, whole numbers in the plan's order.

    `volumes` by channel and stage for the whole period; `by_channel` and `by_member` by stage, month and channel or
    member; `stretched` by stage and member is what they aim at. `strength` says how much each member counts in each
    month (month, member), `parts` which part of the period's volume that makes, `shares` which part it is with pins;
    `existing` is the revenue secured already, by month: it comes by itself and is nobody's target.
    """

    plan: Plan
    volumes: NDArray[np.int64]
    by_channel: NDArray[np.int64]
    by_member: NDArray[np.int64]
    stretched: NDArray[np.int64]
    strength: NDArray[np.float64]
    parts: NDArray[np.float64]
    shares: NDArray[np.float64]
    existing: NDArray[np.float64]

    @property
    def due(self) -> NDArray[np.float64]:
        """Which part of each member's own total is due by the end of each month (month, member)."""
        own = self.parts.sum(axis=0)
        due: NDArray[np.float64] = np.divide(
            np.cumsum(self.parts, axis=0), own, out=np.zeros_like(self.parts), where=own > 0
        )
        return due

    def secured(self, day: dt.date) -> float:
        """Return how much of the revenue secured already has come by the end of a day."""
        period = self.plan.period
        month = period.month_of(day)
        return float(self.existing[:month].sum() + self.existing[month] * period.elapsed(day))

    @property
    def orders(self) -> NDArray[np.int64]:
        """The orders of the whole period, by channel."""
        orders: NDArray[np.int64] = self.volumes[:, -1]
        return orders

    @property
    def unit_value(self) -> float:
        """The revenue of an order on average, over the channels' own."""
        return float(self.orders @ self.plan.unit_values / self.orders.sum())

    def team(self, kpi: str) -> NDArray[np.float64]:
        """Return the team's target of a KPI, by month; the revenue is what is to be won beside what is secured."""
        shared: NDArray[np.float64] = self.members(kpi).sum(axis=1)
        return shared

    def members(self, kpi: str) -> NDArray[np.float64]:
        """Return the members' targets of a KPI, by month and member."""
        return self._worth(kpi, self.by_member, self.unit_value)

    def channels(self, kpi: str) -> NDArray[np.float64]:
        """Return the channels' targets of a KPI, by month and channel."""
        return self._worth(kpi, self.by_channel, self.plan.unit_values)

    def planned(self, indicator: Indicator) -> float | None:
        """Return what the funnel asks of a KPI over the whole period; None where the funnel does not say so."""
        part = self._volume(indicator.event, indicator.measure, indicator.channel)
        if not indicator.base:
            return part
        whole = self._volume(indicator.base, COUNT, indicator.channel)
        return part / whole if part is not None and whole else None

    def _volume(self, event: str, measure: str, channel: str) -> float | None:
        """Return how much of an event the channels bring in all, or only one of them; its amount is known of orders."""
        stages = [stage.event for stage in self.plan.stages]
        kpi = event if measure == COUNT else REVENUE if measure == AMOUNT and event == stages[-1] else None
        places = [place for place, one in enumerate(self.plan.channels) if channel in ("", one.name)]
        if kpi not in (*stages, REVENUE) or not places:
            return None
        return float(self.channels(str(kpi))[:, places].sum())

    def _worth(
        self, kpi: str, counts: NDArray[np.int64], unit_value: float | NDArray[np.float64]
    ) -> NDArray[np.float64]:
        events = [stage.event for stage in self.plan.stages]
        worth: NDArray[np.float64] = counts[-1] * unit_value if kpi == REVENUE else counts[events.index(kpi)] * 1.0
        return worth


def set_targets(plan: Plan) -> Targets:
    """Turn the goal of `plan` into whole-number targets by stage, month, channel and member.

    Raises
    ------
    InvalidPlan
        When a month has no business day, nobody is on the team, the goal needs no order, or more are pinned than it
        needs.
    """
    goal, months = plan.goal, plan.period.weights
    volumes = np.array(
        [
            engine.backsolve(float(count), 1.0, channel.rates, max_rate=np.inf)
            for count, channel in zip(_orders(plan), plan.channels, strict=True)
        ]
    )
    totals = volumes.sum(axis=0)
    if not totals[-1]:
        raise InvalidPlan("plan_no_orders", goal=goal.value, given=goal.unit_value)
    factors = {level.name: level.factor for level in plan.levels}
    strength = strengths(plan.members, factors, plan.period)
    parts = months[:, None] / months.sum() * strength / strength.sum(axis=1, keepdims=True)
    shares = _shares(plan, parts, int(totals[-1]))
    claims = np.round(shares.sum(axis=0), 12)  # equal claims are equal, whatever the last bits say
    stretched = ceil(totals * (1 + plan.stretch))
    channels, members = [], []
    for volume, total in zip(volumes.T, totals, strict=True):
        by_month = engine.spread(float(total), months)
        channels.append(engine.share_table(by_month, volume, np.outer(months, volume)))
        members.append(engine.share_table(by_month, engine.allocate(float(total), claims), shares))
    return Targets(
        plan,
        volumes.astype(np.int64),
        np.array(channels, dtype=np.int64),
        np.array(members, dtype=np.int64),
        np.array([engine.allocate(float(total), claims) for total in stretched], dtype=np.int64),
        strength,
        parts,
        shares,
        goal.existing * months / months.sum(),
    )


def _orders(plan: Plan) -> list[float]:
    """Return the orders of each channel: as many as bring what is to be won up to here, with the channels above.

    What one channel wins beyond its part, because an order is whole, the next need not win.
    """
    mix = np.array([channel.mix for channel in plan.channels])
    to_win = (plan.goal.value - plan.goal.existing) * np.cumsum(mix) / mix.sum()
    orders: list[float] = []
    won = 0.0
    for part, worth in zip(to_win, plan.unit_values, strict=True):
        orders.append(max(0.0, float(ceil(round((part - won) / worth, 9)))))
        won += orders[-1] * worth
    return orders


def _shares(plan: Plan, parts: NDArray[np.float64], orders: int) -> NDArray[np.float64]:
    """Share the period's volume among months and members; who is pinned gets that part of the orders throughout."""
    pinned = np.array([np.nan if member.pinned is None else member.pinned for member in plan.members])
    fixed, claims = ~np.isnan(pinned), parts.sum(axis=0)
    for member, claim, pin in zip(plan.members, claims, pinned, strict=True):
        if pin > 0 and claim == 0:
            raise InvalidPlan("plan_pinned_absent", member=member.name, given=pin)
    left = orders - pinned[fixed].sum()
    if left < 0 or (left > 0 and not claims[~fixed].any()):
        raise InvalidPlan("plan_pinned", given=pinned[fixed].sum(), orders=orders)
    own = np.where(fixed, np.nan_to_num(pinned), left * claims / max(claims[~fixed].sum(), 1e-300)) / orders
    shares: NDArray[np.float64] = parts * np.divide(own, claims, out=np.zeros_like(own), where=claims > 0)
    return shares
