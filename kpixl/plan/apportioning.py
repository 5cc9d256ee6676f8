"""How a goal becomes targets: back-solved, spread over the months, shared among channels and members.

Each channel must win its share of the revenue; its orders are back-solved through its own rates. The team's volume of
each stage is spread over the months by business days and seasonality, and shared among channels and members so that
every month, every channel and every member sums exactly. Months that are closed keep what was asked in them: only the
rest of the goal is planned, over the months to come. The rules are those of the formulas in the workbook.
"""

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from kpixl import engine
from kpixl.engine.numbers import ceil
from kpixl.errors import InvalidPlan
from kpixl.plan.history import CHANNEL, MEMBER, NOTHING_CLOSED, SECURED, History, fingerprint, unchanged
from kpixl.plan.model import Plan
from kpixl.plan.targets import Targets
from kpixl.plan.team import require_somebody, strengths

__all__ = ["set_targets"]

_DIGITS = 9  # decimals to which the formulas of the workbook tell parts apart


def set_targets(plan: Plan, history: History = NOTHING_CLOSED) -> Targets:
    """Turn the goal of `plan` into whole-number targets by stage, month, channel and member.

    What was asked in the closed months of `history` stays; the rest of the goal is shared among the months to come.
    While the settings are those that it was shared with before, a month that is closed since then moves no other.

    Raises
    ------
    InvalidPlan
        When a month to come has no business day, nobody is on the team in it, the goal needs no order, or more are
        pinned than it needs.
    """
    factors = {level.name: level.factor for level in plan.levels}
    strength = strengths(plan.members, factors, plan.period)
    closed = history.months(plan.period)
    starts = plan.period.starts
    if not closed:
        return _shared(plan, strength)
    history = replace(history, asked=tuple(one for one in history.asked if one.month in starts[:closed]))
    if unchanged(history.fingerprint, fingerprint(plan, strength)) and history.since in starts[:closed]:
        before = _shared(plan, strength, history, starts.index(history.since))
        kept = _with_history(before, history, closed)
        if (kept.by_member == before.by_member).all() and (kept.by_channel == before.by_channel).all():
            return kept
    return _with_history(_shared(plan, strength, history, closed), history, closed)


def _with_history(targets: Targets, history: History, closed: int) -> Targets:
    """Put what was asked in the first `closed` months in the place of what the sharing gives there."""
    plan = targets.plan
    months, events = plan.period.starts[:closed], [stage.event for stage in plan.stages]
    members, channels = targets.by_member.copy(), targets.by_channel.copy()
    members[:, :closed] = history.counts(MEMBER, months, [one.name for one in plan.members], events)
    channels[:, :closed] = history.counts(CHANNEL, months, [one.name for one in plan.channels], events)
    existing = np.concatenate([history.revenue(SECURED, months, [""])[:, 0], targets.existing[closed:]])
    return replace(targets, by_member=members, by_channel=channels, existing=existing, history=history, closed=closed)


def _shared(plan: Plan, strength: NDArray[np.float64], history: History = NOTHING_CLOSED, since: int = 0) -> Targets:
    """Share the rest of the goal among the months from the number `since` on, those before being as they were asked."""
    period, goal = plan.period, plan.goal
    before, months = period.starts[:since], period.weights[since:]
    asked = sum(one.revenue for one in history.asked if one.kind == CHANNEL and one.month in before)
    secured = history.revenue(SECURED, before, [""])[:, 0]
    to_come = max(goal.existing - secured.sum(), 0.0)
    to_win = max(goal.value - secured.sum() - to_come - asked, 0.0) if len(months) else 0.0
    volumes = np.array(
        [
            engine.backsolve(float(count), 1.0, channel.rates, max_rate=np.inf)
            for count, channel in zip(_orders(plan, to_win), plan.channels, strict=True)
        ]
    )
    totals = volumes.sum(axis=0)
    if not (totals[-1] or since):
        raise InvalidPlan("plan_no_orders", goal=goal.value, given=goal.unit_value)
    require_somebody(strength, period, since)
    events = [stage.event for stage in plan.stages]
    carried = history.counts(MEMBER, before, [one.name for one in plan.members], events)
    parts, shares = np.zeros_like(strength), np.zeros_like(strength)
    channels = np.zeros((len(events), period.months, len(plan.channels)), dtype=np.int64)
    members = np.zeros((len(events), period.months, len(plan.members)), dtype=np.int64)
    channels[:, :since] = history.counts(CHANNEL, before, [one.name for one in plan.channels], events)
    members[:, :since] = carried
    stretched = np.zeros((len(events), len(plan.members)), dtype=np.int64)
    existing = secured
    if len(months):
        own = strength[since:]
        parts[since:] = months[:, None] / months.sum() * own / own.sum(axis=1, keepdims=True)
        shares[since:] = _shares(plan, parts[since:], int(totals[-1]), carried[-1].sum(axis=0))
        claims = shares.sum(axis=0)
        for place, (volume, total) in enumerate(zip(volumes.T, totals, strict=True)):
            by_month = engine.spread(float(total), months)
            carries = _in_whole(float(total), claims)
            channels[place, since:] = engine.share_table(by_month, volume, np.outer(months, volume))
            members[place, since:] = engine.share_table(by_month, carries, shares[since:])
            stretched[place] = _in_whole(float(ceil(total * (1 + plan.stretch))), claims)
        existing = np.concatenate([secured, to_come * months / months.sum()])
    return Targets(
        plan,
        volumes.astype(np.int64),
        channels,
        members,
        stretched,
        strength,
        parts,
        shares,
        existing,
        history if since else NOTHING_CLOSED,
        since,
        since,
    )


def _in_whole(total: float, shares: NDArray[np.float64]) -> NDArray[np.float64]:
    """Share a whole total by largest remainder; of remainders equal to 9 decimals the first is rounded up.

    `engine.allocate` tells apart remainders that differ further out, which no formula of a sheet can.
    """
    parts = np.round(total * shares, _DIGITS)
    whole = np.floor(parts)
    largest_first = np.argsort(-np.round(parts - whole, _DIGITS), kind="stable")
    whole[largest_first[: round(total - whole.sum())]] += 1
    return whole


def _orders(plan: Plan, to_win: float) -> list[float]:
    """Return the orders of each channel: as many as bring what is to be won up to here, with the channels above.

    What one channel wins beyond its part, because an order is whole, the next need not win.
    """
    mix = np.array([channel.mix for channel in plan.channels])
    orders: list[float] = []
    won = 0.0
    for part, worth in zip(to_win * np.cumsum(mix) / mix.sum(), plan.unit_values, strict=True):
        orders.append(max(0.0, float(ceil(round((part - won) / worth, _DIGITS)))))
        won += orders[-1] * worth
    return orders


def _shares(plan: Plan, parts: NDArray[np.float64], orders: int, carried: NDArray[np.int64]) -> NDArray[np.float64]:
    """Share the rest among months and members; who is pinned gets that part of the orders throughout.

    A pin is for the whole period: what was `carried` in closed months counts, and it ends with the member's days. Where
    less is left than the pins still ask for, they share it.
    """
    pinned = np.array([np.nan if member.pinned is None else member.pinned for member in plan.members])
    fixed, claims = ~np.isnan(pinned), parts.sum(axis=0)
    rest = np.where(claims > 0, np.maximum(np.nan_to_num(pinned) - carried, 0.0), 0.0)
    for place, (member, claim, pin, done) in enumerate(zip(plan.members, claims, pinned, carried, strict=True)):
        if pin > 0 and claim == 0 and not done and not member.left:
            raise InvalidPlan("plan_pinned_absent", member=member.name, given=pin).of_entry("members", place)
    pins = rest[fixed].sum()
    if (pins > orders and not carried.any()) or (pins < orders and not claims[~fixed].any()):
        given, asked = pins + carried[fixed].sum(), orders + carried.sum()
        raise InvalidPlan("plan_pinned", given=given, orders=asked)
    most = max(orders, pins, 1)
    own = np.where(fixed, rest / most, (1 - pins / most) * claims / max(claims[~fixed].sum(), 1e-300))
    if not orders:
        own = claims
    shares: NDArray[np.float64] = parts * np.divide(own, claims, out=np.zeros_like(own), where=claims > 0)
    return shares
