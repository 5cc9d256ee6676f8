"""A year of an inside-sales team with stories planted in it, and with nothing planted, for the insights to find."""

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

import numpy as np
import pandas as pd
from numpy.random import Generator
from numpy.typing import NDArray

from kpixl.plan import Plan, Targets, set_targets
from kpixl.tracking import kpi_values

__all__ = ["AS_OF", "Stories", "facts_of", "year"]

AS_OF = dt.date(2026, 2, 28)
_LAGS = (1, 0, 0, 7, 4, 21)  # calendar days from each stage to the next
_FIRST = dt.date(2025, 1, 6)  # leads of the months before the plan become its first orders
Rates = Callable[[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]], NDArray[np.float64]]


@dataclass(frozen=True)
class Stories:
    """What is planted. `dispersion` is that of the leads and calls of a day.

    `leads` and `rates` are factors by channel, and by step and member ("": everybody), each with the first day from
    which it holds; `first` and `last` days of work by member.
    """

    dispersion: float = 1.0
    leads: Mapping[str, tuple[dt.date, float]] = field(default_factory=dict)
    rates: Mapping[tuple[int, str], tuple[dt.date, float]] = field(default_factory=dict)
    first: Mapping[str, dt.date] = field(default_factory=dict)
    last: Mapping[str, dt.date] = field(default_factory=dict)


def year(plan: Plan, stories: Stories, seed: int) -> tuple[Plan, Targets, pd.DataFrame]:
    """Return the plan with its joiners, its targets, and the KPI values until `AS_OF`."""
    plan, targets, facts = facts_of(plan, stories, seed)
    entries = pd.DataFrame(columns=["date", "member", "channel", "kpi", "value"])
    return plan, targets, kpi_values(plan, facts, entries)


def facts_of(plan: Plan, stories: Stories, seed: int) -> tuple[Plan, Targets, pd.DataFrame]:
    """Return the plan with its joiners, its targets, and what happened until `AS_OF`."""
    members = tuple(replace(one, joined=stories.first.get(one.name, one.joined)) for one in plan.members)
    plan = replace(plan, members=members)
    targets, chance = set_targets(plan), np.random.default_rng(seed)
    days = pd.date_range(_FIRST, AS_OF)
    worked = np.array([plan.period.calendar.count(day.date(), day.date()) for day in days]) > 0
    open_days = np.flatnonzero(worked)
    month = np.array([plan.period.month_of(day.date()) for day in days])
    due = targets.by_channel[0][month] / plan.period.business_days[month][:, None] * worked[:, None]
    for place, channel in enumerate(plan.channels):
        since, factor = stories.leads.get(channel.name, (AS_OF, 1.0))
        due[days >= pd.Timestamp(since), place] *= factor if channel.name in stories.leads else 1.0
    leads = _varied(chance, due, stories.dispersion)
    day, channel = (np.repeat(places, leads.ravel()) for places in np.indices(leads.shape).reshape(2, -1))
    frames = [_frame(plan, days, "lead", day, channel, None)]
    member = _people(plan, targets, stories, chance, days, month, day)
    shocks = _varied(chance, np.full(len(days), 100.0), stories.dispersion) / 100
    calls = chance.poisson(_rate(plan, stories, 0, days, day, channel, member) * shocks[day])
    day, channel, member = (np.repeat(one, calls) for one in (day, channel, member))
    for step, lag in enumerate(_LAGS):
        if step:
            kept = chance.random(len(day)) < _rate(plan, stories, step, days, day, channel, member)
            day, channel, member = day[kept], channel[kept], member[kept]
        later = day + chance.poisson(lag, len(day))
        place = np.searchsorted(open_days, later)
        kept = place < len(open_days)
        day, channel, member = open_days[place[kept]], channel[kept], member[kept]
        frames.append(_frame(plan, days, plan.stages[step + 1].event, day, channel, member))
    amounts = plan.goal.unit_value * chance.lognormal(-0.02, 0.2, len(day))
    frames[-1]["amount"] = amounts
    facts = pd.concat(frames, ignore_index=True)
    return plan, targets, facts[facts["date"] >= pd.Timestamp(plan.period.start)]


def _varied(chance: Generator, due: NDArray[np.float64], dispersion: float) -> NDArray[np.int64]:
    """Draw negative binomial counts, Poisson where nothing varies beyond chance."""
    scale = dispersion - 1
    mean = np.where(due > 0, chance.gamma(np.maximum(due, 1e-9) / scale, scale), 0.0) if scale else due
    return chance.poisson(mean)


def _people(
    plan: Plan,
    targets: Targets,
    stories: Stories,
    chance: Generator,
    days: pd.DatetimeIndex,
    month: NDArray[np.int64],
    day: NDArray[np.int64],
) -> NDArray[np.int64]:
    """Give each lead to somebody who is there, as the targets share them."""
    part = targets.strength[month].astype(float)
    for place, member in enumerate(plan.members):
        part[days < pd.Timestamp(stories.first.get(member.name, days[0])), place] = 0.0
        part[days > pd.Timestamp(stories.last.get(member.name, days[-1])), place] = 0.0
    upto = np.cumsum(part / part.sum(axis=1, keepdims=True), axis=1)
    return (chance.random(len(day))[:, None] > upto[day]).sum(axis=1)


def _rate(
    plan: Plan,
    stories: Stories,
    step: int,
    days: pd.DatetimeIndex,
    day: NDArray[np.int64],
    channel: NDArray[np.int64],
    member: NDArray[np.int64],
) -> NDArray[np.float64]:
    rates = np.array([one.rates[step] for one in plan.channels])[channel]
    names = np.array([one.name for one in plan.members])[member]
    for (at, who), (since, factor) in stories.rates.items():
        if at == step:
            concerned = (days[day] >= pd.Timestamp(since)) & ((names == who) | (who == ""))
            rates = np.where(concerned, rates * factor, rates)
    return rates


def _frame(
    plan: Plan,
    days: pd.DatetimeIndex,
    event: str,
    day: NDArray[np.int64],
    channel: NDArray[np.int64],
    member: NDArray[np.int64] | None,
) -> pd.DataFrame:
    who = np.array([one.name for one in plan.members], dtype=object)
    where = np.array([one.name for one in plan.channels], dtype=object)
    return pd.DataFrame(
        {
            "date": days[day],
            "member": "" if member is None else who[member],
            "channel": where[channel],
            "event": event,
            "count": 1.0,
            "amount": 0.0,
            "minutes": 0.0,
        }
    )
