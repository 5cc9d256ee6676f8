"""Who carries the plan: members, what their level counts for, and how much of a month each is there for."""

import datetime as dt
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache

import numpy as np
from numpy.typing import NDArray

from kpixl.engine.numbers import is_whole
from kpixl.errors import InvalidPlan
from kpixl.plan.period import MOST_WEIGHT, Period

__all__ = ["Level", "Member", "require_somebody", "strengths"]


@dataclass(frozen=True)
class Level:
    """A level of experience and what it counts for beside the others (1: an ordinary member)."""

    name: str
    factor: float

    def __post_init__(self) -> None:
        if not 0 <= self.factor <= MOST_WEIGHT:
            raise InvalidPlan("plan_level", level=self.name, given=self.factor)


@dataclass(frozen=True)
class Member:
    """A person who carries a share of the targets.

    `weight` is for the territory, `level` for the experience. A new joiner counts from the day `joined` and takes
    `ramp` months to full strength; a leaver counts up to and including the day `left`. `pinned` fixes the orders of
    the whole period, whatever the weights say. `capacity` is what the person can do of the main activity on a business
    day. A `sample` is a placeholder and no real person.
    """

    name: str
    weight: float = 1.0
    joined: dt.date | None = None
    team: str = ""
    level: str = ""
    ramp: float = 0.0
    capacity: float | None = None
    pinned: float | None = None
    left: dt.date | None = None
    sample: bool = field(default=False, compare=False)

    def __post_init__(self) -> None:
        if not 0 <= self.weight <= MOST_WEIGHT:
            raise InvalidPlan("plan_weight", member=self.name, given=self.weight)
        if not 0 <= self.ramp <= 60:
            raise InvalidPlan("plan_ramp", member=self.name, given=self.ramp)
        if self.capacity is not None and not (math.isfinite(self.capacity) and self.capacity >= 0):
            raise InvalidPlan("plan_member_capacity", member=self.name, given=self.capacity)
        if self.pinned is not None and (self.pinned < 0 or not is_whole(self.pinned)):
            raise InvalidPlan("plan_pinned_whole", member=self.name, given=self.pinned)
        if self.joined and self.left and self.joined > self.left:
            raise InvalidPlan("plan_left", member=self.name, joined=self.joined, given=self.left)

    def ramped(self, month: dt.date) -> float:
        """Return the share of full strength in a month: 1 / (ramp + 1) in the first, 2 / (ramp + 1) in the second."""
        if self.joined is None:
            return 1.0
        since = (month.year - self.joined.year) * 12 + month.month - self.joined.month
        return min(max(since + 1, 0) / (self.ramp + 1), 1.0)


def strengths(members: tuple[Member, ...], factors: Mapping[str, float], period: Period) -> NDArray[np.float64]:
    """Return how much each member counts in each month (month, member): days there × weight × level × ramp."""
    days = cache(period.days_from)
    strength: NDArray[np.float64] = np.array(
        [
            days(member.joined or period.start, member.left)
            * (member.weight * factors.get(member.level, 1.0))
            * [member.ramped(month) for month in period.starts]
            for member in members
        ]
    ).T
    return strength


def require_somebody(strength: NDArray[np.float64], period: Period, since: int = 0) -> None:
    """Refuse a month, from the one with the number `since` on, in which nobody is there to carry its targets.

    Raises
    ------
    InvalidPlan
        When nobody is there in a month, or it has no business day.
    """
    months = zip(period.starts, period.business_days, strength, strict=True)
    for start, days, row in list(months)[since:]:
        if row.sum() == 0:
            raise InvalidPlan("plan_nobody" if days else "plan_closed", month=f"{start:%Y-%m}")
