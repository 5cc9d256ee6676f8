"""Does too much hang on one: a channel or a member that brings most of the year's revenue, though it is not planned so.

Few orders fall unevenly by luck, so the share is held against half of as many orders as the revenue's uneven sizes are
worth (Kish 1965), and it counts only where it is surely more than half.
"""

import numpy as np

from kpixl.plan import REVENUE
from kpixl.tracking.insights.counts import Floats
from kpixl.tracking.insights.found import Insight, Kind
from kpixl.tracking.insights.ledger import Ledger

__all__ = ["concentration"]

_MOST = 0.6  # of the revenue on one channel or person is a risk
_HALF = 0.5


def concentration(ledger: Ledger) -> list[Insight]:
    """Return the channel and the member that more than half of the revenue since the plan began comes from.

    None where the plan has it so, or where there is only one. Its yen are what it brought beyond its planned share.
    """
    revenue, orders = ledger.counts.revenue, ledger.counts.stage(-1)
    if REVENUE in ledger.counts.unknown or revenue.sum() <= 0:
        return []
    targets, months = ledger.targets, ledger.counts.months
    planned = targets.channels(REVENUE)[:months].sum(axis=0), targets.members(REVENUE)[:months].sum(axis=0)
    found = []
    for axis, asked, listed in ((1, planned[0], ledger.plan.channels), (2, planned[1], ledger.plan.members)):
        brought = np.asarray(revenue.sum(axis=(0, 3 - axis)))
        place = int(np.argmax(brought[:-1]))
        whole, due = float(brought.sum()), float(asked.sum())
        share = float(brought[place]) / whole
        usual = float(asked[place]) / due if due else 0.0
        if len(listed) < 2 or share < _MOST or usual >= _HALF:
            continue
        name = listed[place].name
        found.append(
            Insight(
                kind=Kind.CONCENTRATION,
                kpi=REVENUE,
                yen=(share - usual) * whole,
                actual=float(brought[place]),
                reference=usual * whole,
                of=whole,
                p=_by_luck(share, _worth_orders(revenue, orders)),
                channel=name if axis == 1 else "",
                member=name if axis == 2 else "",
            )
        )
    return found


def _worth_orders(revenue: Floats, orders: Floats) -> float:
    """Return how many orders of one size are as uneven as these."""
    squares = float((revenue**2 / np.maximum(orders, 1.0)).sum())
    return float(revenue.sum()) ** 2 / squares if squares else 0.0


def _by_luck(share: float, orders: float) -> float:
    """Return how likely at least this share of so many orders is where each goes either way."""
    from scipy.special import betainc  # noqa: PLC0415 - only who asks pays for scipy

    won = share * orders
    return float(betainc(won, orders - won + 1.0, _HALF)) if orders > 0 else 1.0
