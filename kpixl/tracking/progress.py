"""Are we on pace: every KPI of the month against its target, where it will land, and what that means.

The yardstick is the standard progress by business days; the landing and the status come from the engine.
"""

import datetime as dt
from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from kpixl import engine
from kpixl.engine.landing import foreseen, rest_of
from kpixl.engine.rest import either, given_rest
from kpixl.engine.status import judged as standing
from kpixl.plan import Plan, Span, SpanKind, Targets, span_of
from kpixl.tracking.day_shares import DayShares
from kpixl.tracking.recorded import unjudged_of
from kpixl.tracking.values import between, totals

__all__ = ["burn_up", "progress"]

_ROUNDING = 1e-12


def progress(
    plan: Plan,
    targets: Targets,
    values: pd.DataFrame,
    as_of: dt.date,
    dispersion: ArrayLike = 1.0,
    drift: ArrayLike = 0.0,
    shares: DayShares | None = None,
    to_come: Mapping[str, tuple[float, float]] | None = None,
    span: Span | None = None,
) -> pd.DataFrame:
    """Return a row per KPI for the `span` until `as_of` (by default its month), and its sums since the plan began.

    Columns: kpi, name, target, pace, actual, attainment, gap (to pace), landing, low, high, probability, status,
    alert, unjudged, target_to_date, actual_to_date, dispersion, drift, rest,
    rest_variance, done, days. Attainment is missing where there is no target.
    `unjudged` is the reason (`Unjudged`) why attainment, landing, probability and status are missing, "" where they are
    not; where the value itself is unknown, so is the gap, and the actual counts as 0. The `dispersion` of each KPI says
    how much more than chance it varies, its `drift` how far its level may move (`tracking.variation`). `done` of `days`
    of the span are over, in business days or as `shares` has them. `to_come` has the mean and variance, in orders, of
    what the rest of the span brings of those KPIs of which it is known from their deals (`rest`, `rest_variance`); all
    others go on at their rate.
    """
    period = plan.period
    month = period.month_of(as_of)
    span, days_off = span or span_of(period, SpanKind.MONTH, as_of), period.calendar.days_off
    weighed = shares or DayShares(period)
    of_span, of_plan = (totals(between(values, since, as_of)) for since in (span.start, period.start))
    names = [kpi.key for kpi in plan.kpis]
    units = np.array([plan.goal.unit_value if kpi.money else 1.0 for kpi in plan.kpis])
    asked = [targets.team(name) for name in names]
    target = np.array([float(span.of(monthly)) for monthly in asked])
    actual = np.array([of_span.get(name, 0.0) for name in names])
    done, days = np.array(
        [weighed.over_of(name, span, as_of, monthly) for name, monthly in zip(names, asked, strict=True)]
    ).T
    pace = target * (done / days)
    to_date = np.array(
        [
            monthly[:month].sum() + monthly[month] * weighed.elapsed(name, as_of)
            for name, monthly in zip(names, asked, strict=True)
        ]
    )
    reasons = unjudged_of(plan, values, span, as_of)
    judged = np.array([name not in reasons for name in names])
    known = np.array([not (name in reasons and reasons[name].unknown) for name in names])
    sound = np.where(judged, actual, 0.0)
    varied, moved = (np.broadcast_to(np.asarray(one, dtype=float), target.shape) for one in (dispersion, drift))
    mean, variance = np.array([(to_come or {}).get(name, (np.nan, np.nan)) for name in names]).T
    given = np.asarray((mean > 0) & (variance > 0))
    rest = either(given, given_rest(mean, variance, varied), rest_of(target, sound, done, days, units, varied, moved))
    landing = foreseen(target, sound, done, days, units, rest, known=given)
    over, left = span.done_and_left(as_of)
    warned = np.zeros(len(names), dtype=bool)
    if over + left:
        rule = {"checkpoint": plan.alert_after, "threshold": plan.alert_up_to}
        warned = engine.alert(target, sound, span.start, span.end, as_of=as_of, **rule, **days_off).raised & judged
    on_pace = sound >= pace * (1 - _ROUNDING)
    status = standing(on_pace, np.asarray(landing.probability), np.array(over), np.array(over + left))
    return pd.DataFrame(
        {
            "kpi": names,
            "name": [kpi.name for kpi in plan.kpis],
            "money": [kpi.money for kpi in plan.kpis],
            "target": target,
            "pace": pace,
            "actual": actual,
            "attainment": np.divide(actual, target, out=np.full_like(actual, np.nan), where=(target > 0) & judged),
            "gap": np.where(known, actual - pace, np.nan),
            **{
                column: np.where(judged, getattr(landing, column), np.nan)
                for column in ("landing", "low", "high", "probability")
            },
            "status": [str(s) if sure else "" for s, sure in zip(status, judged, strict=True)],
            "alert": warned,
            "unjudged": [str(reasons.get(name, "")) for name in names],
            "target_to_date": to_date,
            "actual_to_date": [of_plan.get(name, 0.0) for name in names],
            "dispersion": varied,
            "drift": moved,
            "rest": mean,
            "rest_variance": variance,
            "done": done,
            "days": days,
        }
    )


def burn_up(
    plan: Plan, values: pd.DataFrame, as_of: dt.date, of_month: dict[str, Any], shares: DayShares | None = None
) -> pd.DataFrame:
    """Return a row per day of the month for one KPI, whose row of the month's progress is `of_month`.

    Columns: date, pace (the standard progress), actual (running, missing after `as_of`), and landing, low, high (from
    the actual on `as_of` to where the month is going to end; missing before, and once it is over). Days count as in
    `shares`, or by business days.
    """
    period, weighed = plan.period, shares or DayShares(plan.period)
    month = period.month_of(as_of)
    days = pd.date_range(period.starts[month], period.ends[month])
    elapsed = np.array([weighed.elapsed(of_month["kpi"], day.date()) for day in days])
    now = weighed.elapsed(of_month["kpi"], as_of)
    mine = values[values["kpi"] == of_month["kpi"]].groupby("date")["value"].sum().reindex(days, fill_value=0.0)
    ahead = (days >= pd.Timestamp(as_of)) & (as_of < period.ends[month])
    way = np.where(ahead, (elapsed - now) / (1 - now) if now < 1 else 1.0, np.nan)
    actual = of_month["actual"]
    return pd.DataFrame(
        {
            "date": days,
            "pace": elapsed * of_month["target"],
            "actual": mine.cumsum().where(days <= pd.Timestamp(as_of)).to_numpy(),
            **{column: actual + way * (of_month[column] - actual) for column in ("landing", "low", "high")},
        }
    )
