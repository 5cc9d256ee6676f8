"""Rules on the numbers: targets sum, KPIs at 100 % bring the KGIs at 100 %, and people and channels can carry them."""

from collections.abc import Iterator

import numpy as np
from numpy.typing import ArrayLike, NDArray

from kpixl import engine
from kpixl.engine.smart import Reach
from kpixl.engine.thresholds import ENOUGH_MONTHS
from kpixl.plan.audit.findings import Audited, Finding, Place, Rule, Severity
from kpixl.plan.goals import Kgi
from kpixl.plan.history import CHANNEL, MEMBER
from kpixl.plan.model import REVENUE
from kpixl.plan.targets import Targets

__all__ = [
    "ChannelCapacity",
    "KgiReached",
    "LeadTime",
    "Leap",
    "MemberCapacity",
    "OptimisticRate",
    "SameForAllChannels",
    "SameForAllMembers",
    "SumsByMonth",
    "SumsOfPeriod",
]

_HALF = 0.5  # of the smallest unit


class SumsByMonth(Rule):
    """In every month the members' targets sum to the channels', which are the team's."""

    name = "sums_by_month"
    severity = Severity.ERROR

    def check(self, audited: Audited) -> Iterator[Finding]:
        """Yield the stages whose targets differ, with the first such month."""
        plan, targets = audited.plan, audited.targets
        for place, stage in enumerate(plan.stages):
            members, channels = targets.by_month(MEMBER)[place], targets.by_month(CHANNEL)[place]
            if (members != channels).any():
                month = int(np.argmax(members != channels))
                yield self.found(
                    Place("targets", stage.name, index=place + 1),
                    stage=stage.name,
                    month=plan.period.starts[month],
                    members=int(members[month]),
                    channels=int(channels[month]),
                )


class SumsOfPeriod(Rule):
    """The months of every channel among which the rest is shared sum to what the back-solve asks of it."""

    name = "sums_of_period"
    severity = Severity.ERROR

    def check(self, audited: Audited) -> Iterator[Finding]:
        """Yield the stages of channels whose months sum to something else."""
        plan, targets = audited.plan, audited.targets
        for place, stage in enumerate(plan.stages):
            sums = targets.by_channel[place, targets.since :].sum(axis=0)
            for channel, given, right in zip(plan.channels, sums, targets.volumes[:, place], strict=True):
                if given != right:
                    yield self.found(
                        Place("targets", stage.name, index=place + 1),
                        stage=stage.name,
                        channel=channel.name,
                        given=int(given),
                        right=int(right),
                    )


class KgiReached(Rule):
    """Whoever reaches all KPIs has reached every KGI that is counted."""

    name = "kgi_reached"
    severity = Severity.ERROR

    def check(self, audited: Audited) -> Iterator[Finding]:
        """Yield the KGIs that the plan misses though all of its targets are met."""
        for index, kgi in enumerate(audited.plan.kgis):
            planned = _planned(kgi, audited.targets)
            short = planned is not None and (
                planned > kgi.target + _HALF if kgi.measure == "cost" else planned < kgi.target - _HALF
            )
            if short:
                place = Place("kgis", kgi.name, "value", index)
                yield self.found(place, kgi=kgi.name, planned=planned, target=kgi.target)


class MemberCapacity(Rule):
    """Nobody is asked, in any month, for more on a business day than a person can do."""

    name = "member_capacity"

    def check(self, audited: Audited) -> Iterator[Finding]:
        """Yield the members and stages that do not fit, with the worst month."""
        plan, targets = audited.plan, audited.targets
        for place, stage in enumerate(plan.stages):
            for number, member in enumerate(plan.members):
                most = plan.capacity(member, stage)
                days = plan.period.days_from(member.joined or plan.period.start, member.left)
                daily = _ratio(targets.by_member[place, :, number], days)
                if most is not None and daily.max() > most:
                    yield self.found(
                        Place("members", member.name, index=number),
                        member=member.name,
                        stage=stage.name,
                        month=plan.period.starts[int(daily.argmax())],
                        needed=float(daily.max()),
                        most=most,
                    )


class ChannelCapacity(Rule):
    """No channel is asked for more leads a month than it can bring."""

    name = "channel_capacity"

    def check(self, audited: Audited) -> Iterator[Finding]:
        """Yield the channels that cannot bring what is asked, with the worst month."""
        plan = audited.plan
        for index, (channel, leads) in enumerate(zip(plan.channels, audited.targets.by_channel[0].T, strict=True)):
            if channel.capacity is not None and leads.max() > channel.capacity:
                yield self.found(
                    Place("channels", channel.name, "capacity", index),
                    channel=channel.name,
                    month=plan.period.starts[int(leads.argmax())],
                    needed=int(leads.max()),
                    most=channel.capacity,
                )


class LeadTime(Rule):
    """A lead of the first month can become an order within the plan."""

    name = "lead_time"

    def check(self, audited: Audited) -> Iterator[Finding]:
        """Yield one finding where the way to the order takes longer than the plan."""
        plan = audited.plan
        days, most = sum(stage.days for stage in plan.stages), plan.period.business_days.sum().item()
        if days >= most:
            yield self.found(Place("stages", key="days"), days=int(days), most=most)


class Leap(Rule):
    """A target stretches, but does not leap from what was reached so far."""

    name = "leap"

    def check(self, audited: Audited) -> Iterator[Finding]:
        """Yield the KPIs whose months to come ask on average for far more than the best month brought."""
        for index, kpi in enumerate(audited.plan.kpis):
            past = np.asarray(audited.history.get(kpi.key, ()), dtype=float)
            ahead = audited.targets.team(kpi.key)[len(past) :]
            if len(past) >= ENOUGH_MONTHS and past.any() and len(ahead) and _leaps(float(ahead.mean()), past):
                place = Place("targets", kpi.name, index=index)
                yield self.found(place, kpi=kpi.name, target=float(ahead.mean()), best=float(past.max()))


class OptimisticRate(Rule):
    """The rates that the plan is back-solved with are rates that were reached."""

    name = "optimistic_rate"

    def check(self, audited: Audited) -> Iterator[Finding]:
        """Yield the steps whose planned rate is far above that of the best month; activities may have any number."""
        plan, totals = audited.plan, audited.targets.volumes.sum(axis=0)
        for step in range(len(plan.stages) - 1):
            above, below = (np.asarray(audited.history.get(plan.stages[at].event, ())) for at in (step, step + 1))
            planned = float(totals[step + 1] / totals[step])
            if planned > 1 or len(above) < ENOUGH_MONTHS or len(above) != len(below):
                continue
            if not (above.any() and below.any()):
                continue
            rates = _ratio(below, above)
            if _leaps(planned, rates):
                name = plan.step_name(step)
                yield self.found(Place("channels", key="rates"), step=name, planned=planned, best=float(rates.max()))


class SameForAllMembers(Rule):
    """Targets differ with experience and territory."""

    name = "same_for_all_members"
    severity = Severity.HINT

    def check(self, audited: Audited) -> Iterator[Finding]:
        """Yield one finding where nothing tells the members apart."""
        members = audited.plan.members
        kinds = {(one.weight, one.level, one.joined, one.left, one.ramp, one.pinned) for one in members}
        if len(members) > 1 and len(kinds) == 1:
            yield self.found(Place("members"), given=len(members))


class SameForAllChannels(Rule):
    """Every channel has rates of its own, as its leads are at different points of their decision."""

    name = "same_for_all_channels"
    severity = Severity.HINT

    def check(self, audited: Audited) -> Iterator[Finding]:
        """Yield one finding where there is one channel, or all have the same rates."""
        channels = audited.plan.channels
        if len({channel.rates for channel in channels}) == 1:
            yield self.found(Place("channels"), given=len(channels))


def _planned(kgi: Kgi, targets: Targets) -> float | None:
    """Return what all targets together bring of a KGI; None for what the plan does not count."""
    if kgi.measure == REVENUE:
        return float(targets.team(REVENUE).sum() + targets.existing.sum())
    if kgi.measure == "orders":
        return float(targets.by_month(MEMBER)[-1].sum())
    prices = [channel.cost_per_lead for channel in targets.plan.channels]
    if kgi.measure != "cost" or all(price is None for price in prices):
        return None
    return float(targets.by_channel[0].sum(axis=0) @ np.array([price or 0.0 for price in prices]))


def _ratio(part: ArrayLike, whole: ArrayLike) -> NDArray[np.float64]:
    """Return part by whole, 0 where there is no whole."""
    above, below = np.asarray(part, dtype=float), np.asarray(whole, dtype=float)
    ratio: NDArray[np.float64] = np.divide(above, below, out=np.zeros_like(below), where=below > 0)
    return ratio


def _leaps(target: float, past: NDArray[np.float64]) -> bool:
    return engine.feasibility(target, past).verdict is Reach.LEAP
