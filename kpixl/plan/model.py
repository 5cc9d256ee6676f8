"""What a plan is: a goal, a period, a funnel, and the channels and people that carry it.

A plan is complete and sound as soon as it exists: whatever cannot be planned with is refused here, with the name
of the channel, member or stage that is wrong, wherever the plan was read from.
"""

import datetime as dt
import math
import re
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from kpixl import texts
from kpixl.engine.calendar import businessdays
from kpixl.engine.pace import pace
from kpixl.errors import InvalidPlan

__all__ = ["REVENUE", "Channel", "Goal", "Kpi", "Member", "Period", "Plan", "Stage"]

REVENUE = "revenue"
_CONDITION = re.compile(r"^[=<>]|[*?~]")


@dataclass(frozen=True)
class Goal:
    """The KGI: the revenue to reach, what an order brings, and what is secured already."""

    value: float
    unit_value: float
    existing: float = 0.0

    def __post_init__(self) -> None:
        _require(self.value > 0, "plan_goal", given=self.value)
        _require(self.unit_value > 0, "plan_unit_value", given=self.unit_value)
        _require(0 <= self.existing < self.value, "plan_existing", given=self.existing, goal=self.value)


@dataclass(frozen=True)
class Period:
    """When the plan runs: whole months from `start`, and the days off within them.

    `closures` are all days off that fall on a weekday, national holidays included, so that the list in the workbook
    is the whole truth. `seasonality` weighs the calendar months, January first.
    """

    start: dt.date
    months: int
    closures: tuple[dt.date, ...] = ()
    seasonality: tuple[float, ...] = (1.0,) * 12

    def __post_init__(self) -> None:
        _require(self.start.day == 1, "plan_start", given=self.start)
        _require(1 <= self.months <= 60, "plan_months", given=self.months)
        sound = len(self.seasonality) == 12 and all(weight > 0 for weight in self.seasonality)
        _require(sound, "plan_seasonality", given=list(self.seasonality))

    @cached_property
    def starts(self) -> tuple[dt.date, ...]:
        """The first day of each month."""
        first = self.start.year * 12 + self.start.month - 1
        return tuple(dt.date(m // 12, m % 12 + 1, 1) for m in range(first, first + self.months))

    @cached_property
    def ends(self) -> tuple[dt.date, ...]:
        """The last day of each month."""
        return tuple((day + dt.timedelta(days=31)).replace(day=1) - dt.timedelta(days=1) for day in self.starts)

    @cached_property
    def business_days(self) -> NDArray[np.int64]:
        """The business days of each month."""
        return np.asarray(businessdays(_days(self.starts), _days(self.ends), closures=self.closures, country=None))

    def elapsed(self, day: dt.date) -> float:
        """Return the share of the business days of `day`'s month that are over at its end."""
        month = self.month_of(day)
        start, end = self.starts[month], self.ends[month]
        return float(pace(1.0, start, end, as_of=day, closures=self.closures, country=None))

    @property
    def end(self) -> dt.date:
        """The last day of the plan."""
        return self.ends[-1]

    def month_of(self, day: dt.date) -> int:
        """Return the number of the month that `day` falls in, from 0; a day outside counts to the nearest month."""
        index = (day.year - self.start.year) * 12 + day.month - self.start.month
        return min(max(index, 0), self.months - 1)


@dataclass(frozen=True)
class Stage:
    """A step of the funnel: the event that counts for it, its name, and what a person can do a day (None: no bound)."""

    event: str
    name: str
    capacity: float | None = None


@dataclass(frozen=True)
class Channel:
    """Where leads come from: its share of the orders and its rate from each stage to the next."""

    name: str
    mix: float
    rates: tuple[float, ...]


@dataclass(frozen=True)
class Member:
    """A person who carries a share of the targets, from the day of joining where one is given."""

    name: str
    weight: float = 1.0
    joined: dt.date | None = None


@dataclass(frozen=True)
class Kpi:
    """What is tracked: the counted event of a stage, or the revenue of the orders (`money`)."""

    key: str
    name: str
    event: str
    money: bool = False


@dataclass(frozen=True)
class Plan:
    """A goal and everything needed to turn it into targets, in the language of its workbook."""

    template: str
    language: str
    goal: Goal
    period: Period
    stages: tuple[Stage, ...]
    channels: tuple[Channel, ...]
    members: tuple[Member, ...]

    def __post_init__(self) -> None:
        _require(len(self.stages) >= 2, "plan_stages", given=len(self.stages))
        _require(self.stages[-1].event == "won", "plan_last_stage", given=self.stages[-1].event)
        _require_names("stage", [stage.name for stage in self.stages])
        _require_names("stage", [stage.event for stage in self.stages])
        _require_names("channel", [channel.name for channel in self.channels])
        _require_names("member", [member.name for member in self.members])
        self._check_headings()
        for channel in self.channels:
            self._check_channel(channel)
        for member in self.members:
            sound = math.isfinite(member.weight) and member.weight >= 0
            _require(sound, "plan_weight", member=member.name, given=member.weight)
        _require(sum(channel.mix for channel in self.channels) > 0, "plan_no_mix")
        _require(sum(member.weight for member in self.members) > 0, "plan_no_weight")

    def _check_headings(self) -> None:
        """Stages become columns of tables, beside the headings that kpixl has there."""
        with texts.speaking(self.language):
            taken = {str(text).casefold() for text in (texts.say("kpi.revenue"), *texts.section("heading").values())}
        for stage in self.stages:
            _require(stage.name.casefold() not in taken, "plan_stage_taken", name=stage.name)

    def _check_channel(self, channel: Channel) -> None:
        _require(math.isfinite(channel.mix) and channel.mix >= 0, "plan_mix", channel=channel.name, given=channel.mix)
        steps = len(self.stages) - 1
        _require(len(channel.rates) == steps, "plan_rates", channel=channel.name, given=len(channel.rates), right=steps)
        for step, rate in enumerate(channel.rates):
            # A call is an activity: several per lead are usual. A later stage cannot hold more than the one before.
            highest = 100.0 if self.stages[step + 1].capacity is not None and step == 0 else 1.0
            _require(
                0 < rate <= highest,
                "plan_rate",
                channel=channel.name,
                step=self.step_name(step),
                given=rate,
                highest=highest,
            )

    def step_name(self, step: int) -> str:
        """Return the name of the step from stage `step` to the next, such as 商談→受注."""
        return f"{self.stages[step].name}→{self.stages[step + 1].name}"

    @cached_property
    def kpis(self) -> tuple[Kpi, ...]:
        """What is tracked, the revenue first, then the funnel from top to bottom."""
        with texts.speaking(self.language):
            revenue = Kpi(REVENUE, texts.say("kpi.revenue"), self.stages[-1].event, money=True)
        return (revenue, *(Kpi(stage.event, stage.name, stage.event) for stage in self.stages))


def _days(dates: tuple[dt.date, ...]) -> NDArray[np.datetime64]:
    return np.array(dates, dtype="datetime64[D]")


def _require(sound: bool, key: str, **values: object) -> None:
    if not sound:
        raise InvalidPlan(key, **values)


def _require_names(kind: str, names: list[str]) -> None:
    """A spreadsheet looks names up without regard to case, and takes some signs in them for conditions."""
    _require(bool(names), f"plan_no_{kind}")
    folded = [name.casefold() for name in names]
    for name in names:
        _require(bool(name.strip()), f"plan_blank_{kind}")
        _require(folded.count(name.casefold()) == 1, f"plan_twice_{kind}", name=name)
        _require(not _CONDITION.search(name), "plan_signs", name=name)
