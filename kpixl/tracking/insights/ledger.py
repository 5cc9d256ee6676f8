"""What each step, channel and member made of the revenue: the gap of a span, to the yen.

Whatever stands at a stage is worth what the plan makes of it further on: its rates and the value of an order. So each
lead more or less than asked for, and each one more or less that a step let through than its planned rate, has a size in
yen, and all of them together are the gap (a variance analysis at standard rates). None contains the effect of another:
where leads are short, calls that follow them are not short again.
"""

import math
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from kpixl.engine.answers import Answer
from kpixl.plan import REVENUE, Plan, Targets
from kpixl.tracking.insights.counts import Counts, Floats
from kpixl.tracking.insights.found import Kind

__all__ = ["Ledger", "Step", "contributions"]

_LISTED = 0.9  # of the counts must name a channel or member before these are compared


@dataclass(frozen=True, eq=False)
class Step(Answer):
    """One step of the funnel: what it brought, and what it was to bring of what stood above it.

    `above` is the stage it leads from (None: the leads themselves, held against their targets), `kpi` the one it leads
    into, or the revenue. `brought`, `expected` and `tried` (what stood above) are by span, channel and member, with one
    more channel and member for all others; `worth` is what one of it is worth, by channel. `kind` is volume, activity,
    rate or value; `carried` says that the members' own counts stand above it. `by_channel` and `by_member` say whether
    channels and members can be compared in it, `judged` in which weeks it can be judged at all. `due` is what was to
    come of what stood above it so many `days` earlier as the step takes: it is what a step is judged by.
    """

    kpi: str
    above: str | None
    brought: Floats
    expected: Floats
    tried: Floats
    worth: Floats
    kind: Kind
    carried: bool
    by_channel: bool
    by_member: bool
    judged: NDArray[np.bool_]
    due: Floats
    days: float


@dataclass(frozen=True, eq=False)
class Ledger(Answer):
    """The steps of a plan's funnel, as far as it is known, with what came of them until a day."""

    plan: Plan
    targets: Targets
    counts: Counts

    @cached_property
    def steps(self) -> tuple[Step, ...]:
        """The volume, then every step between known stages, then what the orders brought; none without orders."""
        known = [place for place, stage in enumerate(self.plan.stages) if stage.event not in self.counts.unknown]
        if not known or known[-1] != len(self.plan.stages) - 1:
            return ()
        found = [self._volume(known[0])]
        found += [self._rate(upper, lower) for upper, lower in pairwise(known)]
        return (*found, self._value()) if REVENUE not in self.counts.unknown else tuple(found)

    @cached_property
    def worth(self) -> Floats:
        """What one of each stage is worth, by stage and channel, the last being all other channels."""
        rates = np.array([channel.rates for channel in self.plan.channels]).T
        onward = np.cumprod(np.vstack([np.ones(len(self.plan.channels)), rates[::-1]]), axis=0)[::-1]
        worth = onward * self.plan.unit_values
        volumes = self.targets.by_channel.sum(axis=1)
        whole = volumes.sum(axis=1)
        usual = np.divide((volumes * worth).sum(axis=1), whole, out=worth.mean(axis=1), where=whole > 0)
        return np.column_stack([worth, usual])

    def _volume(self, first: int) -> Step:
        brought = self.counts.stage(first)
        expected = np.zeros_like(brought)
        asked = self.targets.channels(self.plan.stages[first].event)
        by_channel = self._listed(brought, 1)
        if by_channel:
            expected[:, :-1, -1] = self.counts.spread(asked)
        else:
            expected[:, -1, -1] = self.counts.spread(asked.sum(axis=1))
        event = self.plan.stages[first].event
        judged, nothing = self.counts.known(first), np.zeros_like(brought)
        worth = self.worth[first]
        return Step(
            event, None, brought, expected, nothing, worth, Kind.VOLUME, False, by_channel, False, judged, expected, 0.0
        )

    def _rate(self, upper: int, lower: int) -> Step:
        above, below = self.counts.stage(upper), self.counts.stage(lower)
        days = sum(stage.days for stage in self.plan.stages[upper:lower])
        before = self.counts.stage(upper, later=days) if days else above
        rates = np.divide(
            self.worth[upper], self.worth[lower], out=np.zeros(len(self.worth[0])), where=self.worth[lower] > 0
        )
        carried = self._listed(above, 2)
        tried, tried_before = (one if carried else self._shared(one, lower) for one in (above, before))
        return Step(
            self.plan.stages[lower].event,
            self.plan.stages[upper].event,
            below,
            tried * rates[:, None],
            tried,
            self.worth[lower],
            Kind.ACTIVITY if upper == 0 and lower == 1 and self.plan.is_activity(0) else Kind.RATE,
            carried,
            self._listed(above, 1) and self._listed(below, 1),
            self._listed(below, 2),
            self.counts.known(upper) & self.counts.known(lower, later=days),
            tried_before * rates[:, None],
            days,
        )

    def _value(self) -> Step:
        """Return the step from the orders to the revenue, in orders' worth of the plan."""
        orders, unit = self.counts.stage(-1), self.worth[-1]
        usual = self.plan.goal.unit_value
        expected = orders * (unit / usual)[:, None]
        return Step(
            REVENUE,
            self.plan.stages[-1].event,
            self.counts.revenue / usual,
            expected,
            orders,
            np.full_like(unit, usual),
            Kind.VALUE,
            self._listed(orders, 2),
            self._listed(orders, 1),
            self._listed(orders, 2),
            self.counts.known(-1) & self.counts.known(REVENUE),
            expected,
            0.0,
        )

    def _listed(self, counts: Floats, axis: int) -> bool:
        """Say whether the counts name a listed channel (axis 1) or member (axis 2), but for a few."""
        whole = float(counts.sum())
        return whole > 0 and 1 - float(counts.take(-1, axis=axis).sum()) / whole >= _LISTED

    def _shared(self, above: Floats, lower: int) -> Floats:
        """Return what stands above, where it names nobody, as the members who are there are asked to share it."""
        asked = self.targets.members(self.plan.stages[lower].event)[: self.counts.months] * self.counts.present
        whole = asked.sum(axis=1, keepdims=True)
        part = np.divide(asked, whole, out=np.zeros_like(asked), where=whole > 0)
        part = np.column_stack([part, whole[:, 0] <= 0])[self.counts.month_of]
        shared: Floats = above.sum(axis=2, keepdims=True) * part[:, None, :]
        return shared


def contributions(ledger: Ledger, revenue_due: float) -> pd.DataFrame:
    """Return what made the gap of the span in revenue: kpi, above, channel, member, yen.

    Names are "" for all that the plan does not list. The row without a KPI is what the whole-number targets and
    unknown amounts leave; with it the yen sum to the revenue of the span less `revenue_due`.
    """
    plan, span = ledger.plan, ledger.counts.in_span
    channels, members = ([*(one.name for one in group), ""] for group in (plan.channels, plan.members))
    rows: list[tuple[str, str, str, str, float]] = []
    for step in ledger.steps:
        yen = (step.brought - step.expected)[span].sum(axis=0) * step.worth[:, None]
        rows += [
            (step.kpi, step.above or "", channels[c], members[p], float(yen[c, p])) for c, p in np.argwhere(yen != 0)
        ]
    gap = float(ledger.counts.revenue[span].sum()) - revenue_due
    rows.append(("", "", "", "", gap - math.fsum(row[-1] for row in rows)))
    return pd.DataFrame(rows, columns=["kpi", "above", "channel", "member", "yen"])
