"""How much more than chance does each KPI of this plan vary, by its own last weeks?

The dispersion (`engine.dispersion`) of the last 60 business days, by weeks from Monday, is what landing and status are
asked with, so that their ranges hold as often as they say. Revenue is a sum of deals of different sizes: both how many
there are and how large they are make it vary. Of a past that is too short no more is taken than widens the usual.
"""

import datetime as dt
from enum import StrEnum

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from kpixl import engine
from kpixl.engine.dispersion import usual_dispersion
from kpixl.engine.drift import LEAST_SPANS, apart, drifts
from kpixl.plan import Kpi, Plan, Span, SpanKind, Targets, span_of
from kpixl.tracking.day_shares import DayShares
from kpixl.tracking.values import between

__all__ = ["FEWEST_WEEKS", "LOOKED_BACK", "FewData", "variation"]

LOOKED_BACK = 60  # business days: a quarter, which has one of each of what comes every month
_LEVELS_LOOKED_BACK = 260  # business days: a year, for the level goes slowly
FEWEST_WEEKS = 6
_FEWEST_DEALS = 10
_USUAL_SIZES = 1.0  # variance of deal sizes by their mean squared, where too few are known: as of waiting times


class FewData(StrEnum):
    """Why a dispersion is wider than a KPI's own past would make it."""

    NO_WEEKS = "no_weeks"
    FEW_WEEKS = "few_weeks"
    FEW_DEALS = "few_deals"


def variation(
    plan: Plan,
    targets: Targets,
    facts: pd.DataFrame,
    values: pd.DataFrame,
    as_of: dt.date,
    shares: DayShares | None = None,
    span: Span | None = None,
) -> pd.DataFrame:
    """Return a row per KPI: kpi, dispersion, drift, weeks (how many it stands on) and reason (`FewData`, or "").

    `values` are the KPI values of `kpi_values`, `facts` the imported events, which know the size of deals. Weeks count
    from the first in which the KPI was recorded. The dispersion of the revenue is in units of the plan's unit value.
    `drift` is the variance of the level of the rest of the `span` (by default the month of `as_of`) around that of
    its days so far, by its square. Weeks are as long as their days weigh in `shares`; the seasons of the plan are no
    drift.
    """
    days, span = _business_days(plan, as_of, LOOKED_BACK), span or span_of(plan.period, SpanKind.MONTH, as_of)
    year = _business_days(plan, as_of, _LEVELS_LOOKED_BACK)
    a_week = plan.period.weekend.count("0")
    rows = []
    for kpi in plan.kpis:
        source, unit = plan.stages[-1].event if kpi.money else kpi.key, 1.0
        expected = float(span.of(targets.team(source))) / max(span.business_days, 1) * a_week
        recent, earlier = (_lengths(shares, kpi.key, some) for some in (days, year))
        counts, lengths = _weeks(values, source, recent, as_of)
        as_sums = kpi.money and not len(counts)  # which vary by the size of deals too, with no orders beside
        if as_sums:
            source, unit = kpi.key, plan.goal.unit_value
            counts, lengths = _weeks(values, source, recent, as_of)
        ratio, reason = _of_counts(counts / unit, lengths, expected)
        long, level = _weeks(values, source, _seasonal(plan, earlier), as_of)
        ratio, drift = _drifting(ratio, counts / unit, long / unit, level)
        if kpi.money and not as_sums:
            ratio, reason = _of_money(kpi, facts, next(iter(days)), as_of, plan.goal.unit_value, ratio, reason)
        moved = float(apart(drift, max(span.business_days, 1) / a_week))
        rows.append((kpi.key, ratio, moved, len(counts), str(reason)))
    return pd.DataFrame(rows, columns=["kpi", "dispersion", "drift", "weeks", "reason"])


def _drifting(
    ratio: float, recent: NDArray[np.float64], counts: NDArray[np.float64], lengths: NDArray[np.float64]
) -> tuple[float, float]:
    """Return the dispersion of the `recent` weeks without what the drift of the level explains of it, and the drift.

    The drift is that of a week, from the weeks of a year.
    """
    if not len(recent) or len(counts) < LEAST_SPANS or not counts.any() or not lengths.all():
        return ratio, 0.0
    found = drifts(counts, lengths)
    drift = float(found.drift)
    around_mean = float(recent.mean()) * (len(recent) + 1) / 6  # of a random walk, in steps
    return max(min(ratio, float(found.dispersion)), ratio - drift * around_mean), drift


def _lengths(shares: DayShares | None, kpi: str, days: dict[dt.date, float]) -> dict[dt.date, float]:
    """Return how long the days are: as they are worked, or what they weigh for a KPI that has learned weights."""
    first, last = next(iter(days)), next(reversed(days))
    weights = None if shares is None else shares.lengths(kpi, first, last)
    if weights is None:
        return days
    return {first + dt.timedelta(days=place): weight for place, weight in enumerate(weights.tolist())}


def _seasonal(plan: Plan, days: dict[dt.date, float]) -> dict[dt.date, float]:
    return {day: length * plan.period.seasonality[day.month - 1] for day, length in days.items()}


def _of_counts(
    counts: NDArray[np.float64], lengths: NDArray[np.float64], expected: float
) -> tuple[float, FewData | str]:
    """Return the dispersion of weekly counts; of few weeks nothing narrower than what is usual of the targets."""
    if not len(counts):
        return usual_dispersion(expected), FewData.NO_WEEKS
    found = engine.dispersion(counts, exposures=lengths)
    if len(counts) >= FEWEST_WEEKS:
        return found, ""
    return max(found, usual_dispersion(max(expected, float(counts.mean())))), FewData.FEW_WEEKS


def _of_money(
    kpi: Kpi,
    facts: pd.DataFrame,
    start: dt.date,
    as_of: dt.date,
    unit_value: float,
    ratio: float,
    reason: FewData | str,
) -> tuple[float, FewData | str]:
    """Return the dispersion of a sum of deals, in unit values, from that of their number.

    A sum of N sizes with mean m and variance v has the variance E(N) v + Var(N) m², by its mean E(N) m: v / m + φ m.
    Facts are sums of deals already; one of n deals varies by v / n around n m.
    """
    mine = facts[(facts["event"] == kpi.event) & (facts["amount"] > 0) & (facts["count"] > 0)]
    dates = pd.to_datetime(mine["date"])
    mine = mine[(dates >= pd.Timestamp(start)) & (dates <= pd.Timestamp(as_of))]
    count, amount = (mine[column].to_numpy(dtype=float) for column in ("count", "amount"))
    mean = amount.sum() / count.sum() if len(mine) else unit_value
    if len(mine) >= _FEWEST_DEALS:
        variance = float(np.sum((amount - count * mean) ** 2 / count) / (len(mine) - 1))
    else:
        variance, reason = _USUAL_SIZES * mean**2, reason or FewData.FEW_DEALS
    return max(1.0, (variance / mean + ratio * mean) / unit_value), reason


def _weeks(
    values: pd.DataFrame, kpi: str, days: dict[dt.date, float], as_of: dt.date
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return what each week brought since the KPI was first recorded, never below zero, and its business days."""
    mine = values[values["kpi"] == kpi]
    earliest = _monday(next(iter(days)))
    recent = between(mine, earliest, as_of)
    if not len(recent):
        return np.zeros(0), np.zeros(0)
    first = max(_monday(mine["date"].min().date()), earliest)
    mondays, place = np.unique([_monday(day) for day in days], return_inverse=True)
    lengths = np.bincount(place, [*days.values()]).astype(np.float64)
    dates = recent["date"].to_numpy().astype("datetime64[D]")
    weeks = (dates - np.datetime64(earliest)).astype(np.int64) // 7
    numbers = np.array([(monday - earliest).days // 7 for monday in mondays])
    brought = np.bincount(weeks, recent["value"].to_numpy(dtype=float), int(max(weeks.max(), numbers.max())) + 1)
    there = mondays >= first
    return np.maximum(brought[numbers[there]], 0.0), lengths[there]


def _business_days(plan: Plan, as_of: dt.date, looked_back: int) -> dict[dt.date, float]:
    """Return how much was worked on the last business days up to `as_of`, from a Monday on.

    Those before the plan know no holidays.
    """
    earliest = as_of - dt.timedelta(days=2 * looked_back)
    calendar = plan.period.calendar
    days = calendar.dates(earliest, as_of)[-looked_back:]
    whole = calendar.dates(_monday(days[0].item()), as_of)
    return dict(zip(whole.tolist(), np.diff(calendar.worked_before(whole)).tolist(), strict=True))


def _monday(day: dt.date) -> dt.date:
    return day - dt.timedelta(days=day.weekday())
