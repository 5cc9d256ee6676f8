"""What is to be reached, and why it should come about: KGIs in their order of priority, and the success factors."""

import datetime as dt
import math
from dataclasses import dataclass, field

from kpixl.errors import InvalidPlan

__all__ = ["MEASURES", "Goal", "Kgi", "SuccessFactor"]

MEASURES = ("revenue", "orders", "cost", "")


@dataclass(frozen=True)
class Goal:
    """What the plan is made from: the revenue to reach, what an order brings, and what is secured already."""

    value: float
    unit_value: float
    existing: float = 0.0

    def __post_init__(self) -> None:
        if not self.value > 0:
            raise InvalidPlan("plan_goal", given=self.value)
        if not self.unit_value > 0:
            raise InvalidPlan("plan_unit_value", given=self.unit_value)
        if not 0 <= self.existing < self.value:
            raise InvalidPlan("plan_existing", given=self.existing, goal=self.value)


@dataclass(frozen=True)
class Kgi:
    """A final goal: a value, or a growth on last year's; what goes first (1) and what gives way where two collide.

    `measure` says what is counted for it: revenue, orders, cost (where less is better); "" is followed by hand.
    A `sample` is a placeholder until it is changed.
    """

    name: str
    measure: str = ""
    value: float | None = None
    last_year: float | None = None
    growth: float | None = None
    priority: int | None = None
    deadline: dt.date | None = None
    trade_off: str = ""
    sample: bool = field(default=False, compare=False)

    def __post_init__(self) -> None:
        if self.measure not in MEASURES:
            raise InvalidPlan("kgi_measure", name=self.name, given=self.measure, known=", ".join(MEASURES[:-1]))
        if self.value is None and (self.last_year is None or self.growth is None):
            raise InvalidPlan("kgi_target", name=self.name)
        if not math.isfinite(self.target):
            raise InvalidPlan("kgi_target", name=self.name)

    @property
    def target(self) -> float:
        """The value to reach: as given, or last year's × (1 + growth)."""
        if self.value is not None:
            return self.value
        return (self.last_year or 0.0) * (1 + (self.growth or 0.0))


@dataclass(frozen=True)
class SuccessFactor:
    """A CSF: what the goal depends on most, and a word on why."""

    name: str
    note: str = ""
