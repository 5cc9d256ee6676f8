"""What a plan is: a goal, a period, a funnel, and the channels and people that carry it.

A plan is complete and sound as soon as it exists: what makes a plan impossible is refused here, with the name
of the channel, member or stage that is wrong, wherever the plan was read from. Whether it is also a good plan is
for `kpixl.plan.audit` to say.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass, fields
from functools import cached_property
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from kpixl import texts
from kpixl.engine.numbers import is_whole
from kpixl.engine.thresholds import ALERT_AFTER, ALERT_UP_TO
from kpixl.errors import InvalidPlan
from kpixl.plan.currency import CURRENCIES, YEN
from kpixl.plan.glossary import AMOUNT, PERSON, Indicator
from kpixl.plan.goals import Goal, Kgi, SuccessFactor
from kpixl.plan.names import require_distinct, require_fit, same
from kpixl.plan.period import Period
from kpixl.plan.team import Level, Member

__all__ = ["REVENUE", "Channel", "Kpi", "Plan", "Stage", "event_names"]

REVENUE = "revenue"
_T = TypeVar("_T")


@dataclass(frozen=True)
class Stage:
    """A step of the funnel: the event that counts for it and its name.

    `capacity` is what a person can do of it on a business day (None: no bound), `days` how many business days usually
    pass until the next stage.
    """

    event: str
    name: str
    capacity: float | None = None
    days: float = 0.0


@dataclass(frozen=True)
class Channel:
    """Where orders come from: its share of the revenue to win and its rate from each stage to the next.

    `unit_value` is what an order from it brings (None: as everywhere), `cost_per_lead` what a lead costs, and
    `capacity` how many leads it can bring a month.
    """

    name: str
    mix: float
    rates: tuple[float, ...]
    unit_value: float | None = None
    cost_per_lead: float | None = None
    capacity: float | None = None


@dataclass(frozen=True)
class Kpi:
    """What is tracked: the counted event of a stage, or the revenue of the orders (`money`)."""

    key: str
    name: str
    event: str
    money: bool = False


@dataclass(frozen=True)
class Plan:
    """A goal and everything needed to turn it into targets, in the language of its workbook.

    `kgis` begins with the revenue that the plan is made from; where none are given, it is the only one. `stretch` is
    how much more than the target the members are asked to aim at. `currency` is one of `CURRENCIES`. `by_actuals` says
    that recent actual rates, where there are any, take the place of the channels' own, and `learns_days` that the pace
    goes by what days brought in the past, where that is known to foresee better than business days. There is an alarm
    once the share `alert_after` of a month or week is over with a share of at most `alert_up_to` of its target reached.
    """

    template: str
    language: str
    goal: Goal
    period: Period
    stages: tuple[Stage, ...]
    channels: tuple[Channel, ...]
    members: tuple[Member, ...]
    kgis: tuple[Kgi, ...] = ()
    csfs: tuple[SuccessFactor, ...] = ()
    levels: tuple[Level, ...] = ()
    indicators: tuple[Indicator, ...] = ()
    stretch: float = 0.0
    currency: str = YEN
    by_actuals: bool = False
    learns_days: bool = True
    alert_after: float = ALERT_AFTER
    alert_up_to: float = ALERT_UP_TO

    def __post_init__(self) -> None:
        _require(len(self.stages) >= 2, "plan_stages", given=len(self.stages))
        _require(self.stages[-1].event == "won", "plan_last_stage", given=self.stages[-1].event)
        _require_names("stage", [stage.name for stage in self.stages])
        _require_names("stage", [stage.event for stage in self.stages])
        _require_names("channel", [channel.name for channel in self.channels])
        _require_names("member", [member.name for member in self.members])
        _require_names("level", [level.name for level in self.levels], needed=False)
        _require_names("csf", [csf.name for csf in self.csfs], needed=False, free=True)
        _require_names("kpi", [indicator.name for indicator in self.indicators], needed=False, free=True)
        self._check_headings()
        self._check_kgis()
        _check_each("stages", self.stages, self._check_days)
        _check_each("channels", self.channels, self._check_channel)
        _check_each("members", self.members, self._check_level)
        _check_each("kpis", self.indicators, self._check_kpi)
        _require(sum(channel.mix for channel in self.channels) > 0, "plan_no_mix")
        _require(sum(member.weight for member in self.members) > 0, "plan_no_weight")
        for name in ("stretch", "alert_after", "alert_up_to"):
            given = getattr(self, name)
            _require(0 <= given <= 1, f"plan_{name}", given=given)
        known = ", ".join(filter(None, CURRENCIES))
        _require(self.currency in CURRENCIES, "plan_currency", given=self.currency, known=known)

    def _check_headings(self) -> None:
        """Stages become columns of tables; one that is called as the revenue is would be counted as it."""
        with texts.speaking(self.language):
            revenue = texts.say("kpi.revenue")

        def check(stage: Stage) -> None:
            _require(same(stage.name) != same(revenue), "plan_stage_revenue", name=stage.name)
            _require(stage.name == stage.name.strip("'"), "plan_stage_apostrophe", name=stage.name)

        _check_each("stages", self.stages, check)

    def _check_kgis(self) -> None:
        if not self.kgis:
            with texts.speaking(self.language):
                only = Kgi(texts.say("kpi.revenue"), REVENUE, self.goal.value, priority=1, deadline=self.period.end)
            object.__setattr__(self, "kgis", (only,))
        first = self.kgis[0]
        sound = first.measure == REVENUE and math.isclose(first.target, self.goal.value)
        if not sound:
            raise InvalidPlan("plan_first_kgi", name=first.name).of_entry("kgis", 0)
        _require_names("kgi", [kgi.name for kgi in self.kgis], free=True)

    def _check_days(self, stage: Stage) -> None:
        sound = _not_negative(stage.days) and is_whole(stage.days)
        _require(sound, "plan_days", stage=stage.name, given=stage.days)

    def _check_level(self, member: Member) -> None:
        known = [level.name for level in self.levels]
        sound = not member.level or member.level in known
        _require(sound, "plan_member_level", member=member.name, given=member.level, known=", ".join(known))

    def _check_kpi(self, kpi: Indicator) -> None:
        known = [channel.name for channel in self.channels]
        sound = not kpi.channel or kpi.channel in known
        _require(sound, "plan_kpi_channel", name=kpi.name, given=kpi.channel, known=", ".join(known))

    def _check_channel(self, channel: Channel) -> None:
        _require(_not_negative(channel.mix), "plan_mix", channel=channel.name, given=channel.mix)
        steps = len(self.stages) - 1
        _require(len(channel.rates) == steps, "plan_rates", channel=channel.name, given=len(channel.rates), right=steps)
        for step, rate in enumerate(channel.rates):
            highest = 100.0 if self.is_activity(step) else 1.0
            _require(
                0 < rate <= highest,
                "plan_rate",
                channel=channel.name,
                step=self.step_name(step),
                given=rate,
                highest=highest,
            )
        worth = channel.unit_value
        _require(worth is None or worth > 0, "plan_channel_unit_value", channel=channel.name, given=worth)
        for key, value in (("cost_per_lead", channel.cost_per_lead), ("capacity", channel.capacity)):
            _require(value is None or _not_negative(value), f"plan_channel_{key}", channel=channel.name, given=value)

    def step_name(self, step: int) -> str:
        """Return the name of the step from stage `step` to the next, such as 商談→受注."""
        return f"{self.stages[step].name}→{self.stages[step + 1].name}"

    def is_activity(self, step: int) -> bool:
        """Say whether the step from stage `step` is an activity per head, such as calls per lead, and no conversion.

        Only the first can be one, where the second stage is bounded by what a person can do: several calls per lead are
        usual, while no later stage can hold more than the one before.
        """
        return step == 0 and self.stages[1].capacity is not None

    def capacity(self, member: Member, stage: Stage) -> float | None:
        """Return what a member can do of a stage on a business day (None: no bound): their own of the main activity.

        The main activity is the first stage that is bounded at all.
        """
        main = next((other for other in self.stages if other.capacity is not None), None)
        return member.capacity if stage is main and member.capacity is not None else stage.capacity

    def __getstate__(self) -> dict[str, object]:
        """Leave out what is worked out when asked for: it is larger than the plan, and not all of it can be pickled."""
        return {part.name: getattr(self, part.name) for part in fields(self)}

    @cached_property
    def unit_values(self) -> NDArray[np.float64]:
        """What an order from each channel brings."""
        return np.array([channel.unit_value or self.goal.unit_value for channel in self.channels])

    @cached_property
    def kpis(self) -> tuple[Kpi, ...]:
        """What is tracked, the revenue first, then the funnel from top to bottom."""
        with texts.speaking(self.language):
            revenue = Kpi(REVENUE, texts.say("kpi.revenue"), self.stages[-1].event, money=True)
        return (revenue, *(Kpi(stage.event, stage.name, stage.event) for stage in self.stages))

    @cached_property
    def personal_kpis(self) -> tuple[Kpi, ...]:
        """What a person is measured by: the KPIs chosen for persons; where none are, all that channels do not bring."""
        chosen = {
            (indicator.event, indicator.measure == AMOUNT)
            for indicator in self.indicators
            if indicator.chosen and indicator.scope == PERSON and not indicator.base and not indicator.channel
        }
        mine = tuple(kpi for kpi in self.kpis if (kpi.event, kpi.money) in chosen)
        return mine or tuple(kpi for kpi in self.kpis if kpi.key != self.stages[0].event)


def event_names(stages: tuple[Stage, ...], language: str) -> dict[str, str]:
    """Return what each event is called beside these stages: a stage by its own name, others by the vocabulary.

    Where the vocabulary's name of an event is the name of a stage of another event, the event's key stands behind it,
    as names are read back.

    >>> names = event_names((Stage("meeting", "visits"), Stage("won", "Orders")), "en")
    >>> names["meeting"], names["visit"], names["call"]
    ('visits', 'Visits (visit)', 'Calls')
    """
    own = {stage.event: stage.name for stage in stages}
    taken = {same(name) for name in own.values()}
    vocabulary = (texts.section("event", language) | texts.section("customer_count", language)).items()
    return {event: f"{name} ({event})" if same(name) in taken else name for event, name in vocabulary} | own


def _not_negative(value: float) -> bool:
    return math.isfinite(value) and value >= 0


def _require(sound: bool, key: str, **values: object) -> None:
    if not sound:
        raise InvalidPlan(key, **values)


def _check_each(section: str, entries: tuple[_T, ...], check: Callable[[_T], None]) -> None:
    """Check the entries of a section; an error says which it is about."""
    for place, entry in enumerate(entries):
        try:
            check(entry)
        except InvalidPlan as error:
            raise error.of_entry(section, place) from None


def _require_names(kind: str, names: list[str], *, needed: bool = True, free: bool = False) -> None:
    _require(bool(names) or not needed, f"plan_no_{kind}")
    require_fit(kind, names, free=free)
    require_distinct(kind, names)
