"""Who came and who stopped: members whose work begins after the plan did, or ends before the month does.

A person who usually does much and shows nothing for a whole month has stopped; one who does little may just have had no
luck. What the month's gap owes to either is the revenue that they brought, or brought before.
"""

import math
from dataclasses import replace

import numpy as np

from kpixl.engine.thresholds import MONTHS_BEFORE
from kpixl.plan import REVENUE, SpanKind
from kpixl.tracking.insights.counts import Floats
from kpixl.tracking.insights.found import Insight, Kind, Versus
from kpixl.tracking.insights.ledger import Ledger

__all__ = ["joined", "stopped"]

_ENOUGH_OF_MONTH = 0.5  # of the month must be over before silence says something


def joined(ledger: Ledger) -> list[Insight]:
    """Return the members whose first work of all falls into one of the last three months, and not into the first."""
    work, team = _work(ledger)
    return [one for place in range(len(ledger.plan.members)) if (one := _joined(ledger, place, work[:, place], team))]


def stopped(ledger: Ledger) -> list[Insight]:
    """Return the members of whom nothing has come since one of the last three months, though something is asked."""
    work, team = _work(ledger)
    months, elapsed = ledger.counts.months, ledger.plan.period.elapsed(ledger.counts.as_of)
    if not elapsed and months > 1:  # the month has begun with days off only
        months, elapsed = months - 1, 1.0
    if not team[months - 1]:
        return []
    asked = np.flatnonzero(ledger.targets.members(ledger.plan.stages[-1].event)[months - 1]).tolist()
    return [one for place in asked if (one := _stopped(ledger, place, work[:, place], months, elapsed))]


def _joined(ledger: Ledger, place: int, work: Floats, team: Floats) -> Insight | None:
    counts, began = ledger.counts, np.flatnonzero(work)
    others = team - work
    if not len(began) or began[0] == 0 or began[0] < counts.months - MONTHS_BEFORE or work[-1] <= 0:
        return None
    before = int(began[0])
    if not (others[:before] > 0).all():
        return None
    due = before * float(work[before:].mean())
    won = float(counts.revenue[counts.in_span][..., place].sum())
    if counts.span.kind is SpanKind.WEEK and won <= 0:
        return None  # who has just joined wins nothing in most weeks
    return _told(ledger, place, Kind.JOINED, before, won, 0.0, _silence(work[before:], due))


def _stopped(ledger: Ledger, place: int, work: Floats, months: int, elapsed: float) -> Insight | None:
    counts, active = ledger.counts, np.flatnonzero(work)
    left = ledger.plan.members[place].left
    if not len(active) or (left is not None and left < ledger.plan.period.starts[months - 1]):
        return None
    since = int(active[-1]) + 1
    silent = months - since
    if not 0 < silent <= MONTHS_BEFORE or (silent == 1 and elapsed < _ENOUGH_OF_MONTH):
        return None
    recent = slice(max(since - MONTHS_BEFORE, 0), since)
    due = float(work[recent].mean()) * (silent - 1 + elapsed)
    usual, parts = float(_revenue(ledger, place)[recent].mean()), counts.span.due(counts.as_of)
    brought = float(counts.revenue[counts.in_span][..., place].sum())
    silence = float(parts[since:].sum())
    if not silence:
        return None
    found = _told(ledger, place, Kind.STOPPED, since, brought, usual * float(parts.sum()), _silence(work[recent], due))
    return replace(found, yen=-usual * silence)


def _told(ledger: Ledger, place: int, kind: Kind, since: int, actual: float, reference: float, p: float) -> Insight:
    period = ledger.plan.period
    return Insight(
        kind=kind,
        kpi=REVENUE,
        yen=actual - reference,
        actual=actual,
        reference=reference,
        p=p,
        member=ledger.plan.members[place].name,
        versus=Versus.BEFORE,
        since=period.starts[since],
    )


def _silence(work: Floats, due: float) -> float:
    """Return how likely nothing at all is where so much is usual, if what comes varies as `work` does."""
    varies = max(1.0, float(work.var(ddof=1) / work.mean())) if len(work) > 1 and work.mean() else 1.0
    return min(1.0, math.exp(-due / varies))


def _work(ledger: Ledger) -> tuple[Floats, Floats]:
    """Return what each member and what the team did by month: the events of the busiest stage that members carry."""
    counts = ledger.counts
    stages = [counts.stage(place) for place in range(len(ledger.plan.stages))]
    busiest = max(stages, key=lambda stage: float(stage[..., :-1].sum()))
    return counts.by_month(busiest.sum(axis=1)), counts.by_month(busiest[..., :-1].sum(axis=(1, 2)))


def _revenue(ledger: Ledger, place: int) -> Floats:
    return ledger.counts.by_month(ledger.counts.revenue[..., place].sum(axis=1))
