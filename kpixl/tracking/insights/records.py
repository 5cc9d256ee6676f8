"""A record: the month with the most revenue since the plan began, where it surely beats the best one before."""

import math

import numpy as np

from kpixl.engine.shift import moving_scale
from kpixl.plan import REVENUE
from kpixl.tracking.insights.found import Insight, Kind, Versus
from kpixl.tracking.insights.ledger import Ledger

__all__ = ["record"]

_ENOUGH_MONTHS = 6  # that a record is held against: of three months, one is always the best


def record(ledger: Ledger) -> list[Insight]:
    """Return the month's revenue as a record, or nothing; its yen are what it has beyond the best month before."""
    counts, unit = ledger.counts, ledger.plan.goal.unit_value
    if REVENUE in counts.unknown or counts.months <= _ENOUGH_MONTHS:
        return []
    revenue = counts.by_month(counts.revenue.sum(axis=(1, 2)))
    *before, now = np.maximum(revenue / unit, 0.0).tolist()
    best = max(before)
    if now <= best or not best:
        return []
    [scale], [degrees] = moving_scale([before], [np.ones(len(before))])
    size = (now - best) / math.sqrt(max(float(scale), 1.0) * (now + best))
    start = counts.plan.period.starts[int(np.argmax(before))]
    return [
        Insight(
            kind=Kind.RECORD,
            kpi=REVENUE,
            yen=(now - best) * unit,
            actual=now * unit,
            reference=best * unit,
            p=_above(size, float(degrees)),
            versus=Versus.BEFORE,
            since=start,
        )
    ]


def _above(size: float, degrees: float) -> float:
    from scipy.special import stdtr  # noqa: PLC0415 - only who asks pays for scipy

    return float(stdtr(degrees, -size))
