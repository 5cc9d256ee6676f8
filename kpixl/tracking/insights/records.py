"""A record: the month with the most revenue since the plan began, where it lies beyond what months usually vary.

One month is always the best. It is told where it lies above the control limits of those before (XmR), allowing for what
each was asked for.
"""

import math

import numpy as np

from kpixl.engine.shift import moving_scale
from kpixl.plan import REVENUE, SpanKind
from kpixl.tracking.insights.found import Insight, Kind, Versus
from kpixl.tracking.insights.ledger import Ledger

__all__ = ["record"]

_ENOUGH_MONTHS = 6  # that a record is held against: of three months, one is always the best


def record(ledger: Ledger) -> list[Insight]:
    """Return the month's revenue as a record, or nothing; its yen are what it has beyond the best month before.

    Records are those of months: of a week or a quarter there is none.
    """
    counts, unit = ledger.counts, ledger.plan.goal.unit_value
    if counts.span.kind is not SpanKind.MONTH or REVENUE in counts.unknown or counts.months <= _ENOUGH_MONTHS:
        return []
    revenue = np.maximum(counts.by_month(counts.revenue.sum(axis=(1, 2))) / unit, 0.0)
    asked = ledger.targets.team(REVENUE)[: counts.months] / unit
    best, now = int(np.argmax(revenue[:-1])), float(revenue[-1])
    whole, due = float(revenue[:-1].sum()), float(asked[:-1].sum())
    if now <= revenue[best] or not whole or not due:
        return []
    [scale], [degrees] = moving_scale([revenue[:-1]], [asked[:-1]])
    usual = asked[-1] * whole / due
    spread = math.sqrt(max(float(scale), 1.0) * usual * (1 + asked[-1] / due))
    return [
        Insight(
            kind=Kind.RECORD,
            kpi=REVENUE,
            yen=(now - float(revenue[best])) * unit,
            actual=now * unit,
            reference=float(revenue[best]) * unit,
            p=_above((now - usual) / spread, float(degrees)) if spread else 1.0,
            versus=Versus.BEFORE,
            since=counts.plan.period.starts[best],
        )
    ]


def _above(size: float, degrees: float) -> float:
    from scipy.special import stdtr  # noqa: PLC0415 - only who asks pays for scipy

    return float(stdtr(degrees, -size))
