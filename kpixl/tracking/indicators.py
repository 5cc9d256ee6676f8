"""Rates beside the funnel's KPIs, such as mails opened or minutes talked per connect, against their targets.

A rate is the count, amount or minutes of one event per count of another, in the month so far. Its target is its own, or
what the plan's funnel makes of the same two stages.
"""

import datetime as dt

import pandas as pd

from kpixl.actuals.events import SCORES
from kpixl.plan import REVENUE, Indicator, Plan, Targets
from kpixl.tracking.values import between, total

__all__ = ["followed_rates", "numerator", "rates"]


def followed_rates(plan: Plan) -> tuple[Indicator, ...]:
    """Return the rates of `plan` with a target: those that say one, and those chosen that the funnel has one for."""
    return tuple(
        one
        for one in plan.indicators
        if one.event and one.base and (one.target is not None or (one.chosen and _planned(plan, one)))
    )


def numerator(plan: Plan, indicator: Indicator) -> str | None:
    """Return the KPI of `plan` that is a rate's numerator; None where it is another event, or time."""
    key = {"amount": REVENUE, "count": indicator.event}.get(indicator.measure)
    event = next((kpi.event for kpi in plan.kpis if kpi.key == key), None)
    return key if event == indicator.event else None


def rates(plan: Plan, targets: Targets, facts: pd.DataFrame, values: pd.DataFrame, as_of: dt.date) -> pd.DataFrame:
    """Return a row per followed rate for the month of `as_of`.

    Columns: name, target, part (numerator), whole (denominator), actual and attainment; missing where there is nothing
    to divide by, or the numerator was never recorded or is below zero: then it is not known to be 0. The score of a
    survey may well be 0 or less.
    """
    start = plan.period.starts[plan.period.month_of(as_of)]
    rows = []
    for one in followed_rates(plan):
        mine, raw = (_of_channel(between(frame, start, as_of), one.channel) for frame in (values, facts))
        key = numerator(plan, one)
        counted = total(mine, key or one.event)
        summed = float(raw.loc[raw["event"] == one.event, one.measure].sum())
        part, whole = counted if key or one.measure == "count" else summed, total(mine, one.base)
        target = _target(plan, targets, one, as_of) if one.target is None else one.target
        sound = part >= 0 or one.event in SCORES
        actual = part / whole if whole > 0 and sound and _recorded(plan, one, facts, values, as_of) else None
        rows.append((one.name, target, part, whole, actual, actual / target if target and actual is not None else None))
    return pd.DataFrame(rows, columns=["name", "target", "part", "whole", "actual", "attainment"])


def _recorded(plan: Plan, one: Indicator, facts: pd.DataFrame, values: pd.DataFrame, as_of: dt.date) -> bool:
    """Say whether a rate's numerator was ever recorded in the plan's period, by whichever channel."""
    mine, raw = (between(frame, plan.period.start, as_of) for frame in (values, facts))
    key = numerator(plan, one)
    if key or one.measure == "count":
        return bool((mine["kpi"] == (key or one.event)).any())
    summed = raw.loc[raw["event"] == one.event, one.measure]
    return bool(len(summed)) if one.event in SCORES else bool((summed != 0).any())


def _planned(plan: Plan, indicator: Indicator) -> bool:
    """Return whether numerator and denominator both are KPIs that the plan sets targets for."""
    return numerator(plan, indicator) is not None and indicator.base in {stage.event for stage in plan.stages}


def _target(plan: Plan, targets: Targets, indicator: Indicator, as_of: dt.date) -> float | None:
    month = plan.period.month_of(as_of)
    channels = [channel.name for channel in plan.channels]

    def asked(kpi: str) -> float:
        if indicator.channel:
            return float(targets.channels(kpi)[month, channels.index(indicator.channel)])
        return float(targets.team(kpi)[month])

    whole = asked(indicator.base)
    return asked(str(numerator(plan, indicator))) / whole if whole else None


def _of_channel(frame: pd.DataFrame, channel: str) -> pd.DataFrame:
    return frame[frame["channel"] == channel] if channel else frame
