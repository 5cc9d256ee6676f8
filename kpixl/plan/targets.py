"""What is asked of whom by when: whole numbers that sum, those of closed months as they were asked."""

import datetime as dt
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from kpixl.engine.answers import Answer
from kpixl.plan.glossary import AMOUNT, COUNT, Indicator
from kpixl.plan.history import CHANNEL, MEMBER, NOTHING_CLOSED, SECURED, Asked, History, fingerprint
from kpixl.plan.model import REVENUE, Plan
from kpixl.plan.span import Span

__all__ = ["Targets"]


@dataclass(frozen=True, eq=False)
class Targets(Answer):
    """The targets of `plan`, whole numbers in the plan's order.

    `by_channel` and `by_member` by stage, month and channel or member. The first `closed` months are those of `history`
    and keep what was asked in them. The rest is shared from the month with the number `since` on: `volumes` by channel
    and stage, of which `stretched` by stage and member is what they aim at. `strength` says how much each member counts
    in each month (month, member), `parts` which part of the rest that makes, `shares` which part it is with pins;
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
    history: History = NOTHING_CLOSED
    closed: int = 0
    since: int = 0

    @property
    def due(self) -> NDArray[np.float64]:
        """Which part of each member's own rest is due by the end of each month (month, member)."""
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
        """The orders of the rest, by channel; of the whole period while nothing is closed."""
        orders: NDArray[np.int64] = self.volumes[:, -1]
        return orders

    @property
    def unit_value(self) -> float:
        """The revenue of an order to come on average, over the channels' own."""
        orders = self.orders.sum()
        return float(self.orders @ self.plan.unit_values / orders) if orders else self.plan.goal.unit_value

    def unit_value_of(self, span: Span) -> float:
        """Return what an order was or is to bring in a span on average."""
        orders = float(span.of(self.team(self.plan.stages[-1].event)))
        return float(span.of(self.team(REVENUE)) / orders) if orders else self.unit_value

    def team(self, kpi: str) -> NDArray[np.float64]:
        """Return the team's target of a KPI, by month; the revenue is what is to be won beside what is secured."""
        shared: NDArray[np.float64] = self.members(kpi).sum(axis=1) + self._gone(kpi, MEMBER)
        return shared

    def members(self, kpi: str) -> NDArray[np.float64]:
        """Return the members' targets of a KPI, by month and member."""
        worth = self._worth(kpi, self.by_member, self.unit_value)
        return self._as_asked(worth, MEMBER) if kpi == REVENUE else worth

    def channels(self, kpi: str) -> NDArray[np.float64]:
        """Return the channels' targets of a KPI, by month and channel."""
        worth = self._worth(kpi, self.by_channel, self.plan.unit_values)
        return self._as_asked(worth, CHANNEL) if kpi == REVENUE else worth

    def by_month(self, kind: str) -> NDArray[np.int64]:
        """Return what all members or channels together are asked, by stage and month, with those gone since."""
        counts = self.by_member if kind == MEMBER else self.by_channel
        asked: NDArray[np.int64] = counts.sum(axis=2) + self._gone_counts[kind]
        return asked

    def gone(self, kind: str) -> tuple[Asked, ...]:
        """Return what was asked in closed months of members or channels that the plan does not list any more."""
        return self._gone_asked[kind]

    def planned(self, indicator: Indicator) -> float | None:
        """Return what the funnel asks of a KPI over the whole period; None where the funnel does not say so."""
        part = self._volume(indicator.event, indicator.measure, indicator.channel)
        if not indicator.base:
            return part
        whole = self._volume(indicator.base, COUNT, indicator.channel)
        return part / whole if part is not None and whole else None

    def closed_until(self, months: int) -> "Targets":
        """Return the same targets with the first `months` months closed, and what was asked in them kept."""
        if not months:
            return replace(self, history=NOTHING_CLOSED, closed=0)
        starts = self.plan.period.starts
        kept = tuple(one for one in self.history.asked if one.month in starts[: self.closed])
        new = tuple(one for month in range(self.closed, months) for one in self._asked(month))
        since = starts[self.since] if self.since < len(starts) else self.plan.period.end + dt.timedelta(days=1)
        now = fingerprint(self.plan, self.strength)
        return replace(self, history=History((*kept, *new), starts[months - 1], since, now), closed=months)

    @property
    def to_win(self) -> float:
        """The revenue that the rest must bring: the goal less what is secured and what was asked in closed months."""
        starts, goal = self.plan.period.starts, self.plan.goal.value
        asked = sum(
            one.revenue for one in self.history.asked if one.kind == CHANNEL and one.month in starts[: self.since]
        )
        return max(goal - float(self.existing.sum()) - asked, 0.0) if self.since < len(starts) else 0.0

    def _asked(self, month: int) -> list[Asked]:
        """Return what is asked in a month, of whom."""
        start = self.plan.period.starts[month]
        asked = [Asked(start, SECURED, "", float(self.existing[month]), {})]
        for kind, counts, worth in (
            (CHANNEL, self.by_channel, self.channels(REVENUE)),
            (MEMBER, self.by_member, self.members(REVENUE)),
        ):
            asked += [
                Asked(start, kind, name, float(worth[month, place]), self._named(counts[:, month, place]))
                for place, name in enumerate(self._names(kind))
            ]
        return asked

    def _named(self, counts: NDArray[np.int64]) -> dict[str, int]:
        return {stage.event: int(count) for stage, count in zip(self.plan.stages, counts, strict=True)}

    def _names(self, kind: str) -> list[str]:
        return [one.name for one in (self.plan.members if kind == MEMBER else self.plan.channels)]

    def _volume(self, event: str, measure: str, channel: str) -> float | None:
        """Return how much of an event the channels bring in all, or only one of them; its amount is known of orders."""
        stages = [stage.event for stage in self.plan.stages]
        kpi = event if measure == COUNT else REVENUE if measure == AMOUNT and event == stages[-1] else None
        places = [place for place, one in enumerate(self.plan.channels) if channel in ("", one.name)]
        if kpi not in (*stages, REVENUE) or not places:
            return None
        gone = 0.0 if channel else self._gone(str(kpi), CHANNEL).sum()
        return float(self.channels(str(kpi))[:, places].sum() + gone)

    def _worth(
        self, kpi: str, counts: NDArray[np.int64], unit_value: float | NDArray[np.float64]
    ) -> NDArray[np.float64]:
        events = [stage.event for stage in self.plan.stages]
        worth: NDArray[np.float64] = counts[-1] * unit_value if kpi == REVENUE else counts[events.index(kpi)] * 1.0
        return worth

    def _as_asked(self, worth: NDArray[np.float64], kind: str) -> NDArray[np.float64]:
        """Return revenue by month with that of the closed months as it was asked, whatever an order brings by now."""
        return np.concatenate([self._revenue_asked[kind], worth[self.closed :]])

    def _gone(self, kpi: str, kind: str) -> NDArray[np.float64]:
        if kpi != REVENUE:
            place = [stage.event for stage in self.plan.stages].index(kpi)
            counted: NDArray[np.float64] = self._gone_counts[kind][place] * 1.0
            return counted
        starts, asked = self.plan.period.starts, np.zeros(self.plan.period.months)
        for one in self.gone(kind):
            asked[starts.index(one.month)] += one.revenue
        return asked

    @cached_property
    def _revenue_asked(self) -> dict[str, NDArray[np.float64]]:
        closed = self.plan.period.starts[: self.closed]
        return {kind: self.history.revenue(kind, closed, self._names(kind)) for kind in (MEMBER, CHANNEL)}

    @cached_property
    def _gone_asked(self) -> dict[str, tuple[Asked, ...]]:
        return {kind: self.history.gone(kind, self._names(kind)) for kind in (MEMBER, CHANNEL)}

    @cached_property
    def _gone_counts(self) -> dict[str, NDArray[np.int64]]:
        starts = self.plan.period.starts
        found = {}
        for kind in (MEMBER, CHANNEL):
            found[kind] = np.zeros((len(self.plan.stages), len(starts)), dtype=np.int64)
            for one in self.gone(kind):
                month = starts.index(one.month)
                found[kind][:, month] += [one.counts.get(stage.event, 0) for stage in self.plan.stages]
        return found
