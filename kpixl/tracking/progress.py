"""Are we on pace: every KPI of the month against its target, where it will land, and what that means.

The yardstick is the standard progress by business days; the landing and the status come from the engine.
"""

import datetime as dt
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from kpixl import engine
from kpixl.plan import Plan, Targets
from kpixl.tracking.recorded import unjudged
from kpixl.tracking.values import between, total

__all__ = ["burn_up", "progress"]


def progress(
    plan: Plan, targets: Targets, values: pd.DataFrame, as_of: dt.date, dispersion: ArrayLike = 1.0
) -> pd.DataFrame:
    """Return a row per KPI for the month of `as_of`, and its sums since the plan began.

    Columns: kpi, name, target, pace, actual, attainment, gap (to pace), landing, low, high, probability, status,
    alert, unjudged, target_to_date, actual_to_date, dispersion. Attainment is missing where there is no target.
    `unjudged` is the reason (`Unjudged`) why attainment, landing, probability and status are missing, "" where they are
    not; where the value itself is unknown, so is the gap, and the actual counts as 0. The `dispersion` of each KPI says
    how much more than chance it varies (`tracking.variation`).
    """
    period = plan.period
    month = period.month_of(as_of)
    start, end, days_off = period.starts[month], period.ends[month], period.calendar.days_off
    of_month, of_plan = between(values, start, as_of), between(values, period.start, as_of)
    names = [kpi.key for kpi in plan.kpis]
    units = np.array([plan.goal.unit_value if kpi.money else 1.0 for kpi in plan.kpis])
    target = np.array([targets.team(name)[month] for name in names])
    actual = np.array([total(of_month, name) for name in names])
    before = np.array([targets.team(name)[:month].sum() for name in names])
    pace = target * period.elapsed(as_of)
    reasons = unjudged(plan, values, start, as_of)
    judged = np.array([name not in reasons for name in names])
    known = np.array([not (name in reasons and reasons[name].unknown) for name in names])
    sound = np.where(judged, actual, 0.0)
    varied = np.broadcast_to(np.asarray(dispersion, dtype=float), target.shape)
    chance: dict[str, Any] = {"unit_value": units, "as_of": as_of, "dispersion": varied, **days_off}
    landing = engine.landing(sound, start, end, target=target, **chance)
    alert = engine.alert(target, sound, start, end, as_of=as_of, **days_off)
    status = engine.status(target, sound, start, end, **chance)
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
            "alert": alert.raised & judged,
            "unjudged": [str(reasons.get(name, "")) for name in names],
            "target_to_date": before + pace,
            "actual_to_date": [total(of_plan, name) for name in names],
            "dispersion": varied,
        }
    )


def burn_up(plan: Plan, values: pd.DataFrame, as_of: dt.date, of_month: dict[str, Any]) -> pd.DataFrame:
    """Return a row per day of the month for one KPI, whose row of the month's progress is `of_month`.

    Columns: date, pace (the standard progress), actual (running, missing after `as_of`), and landing, low, high (from
    the actual on `as_of` to where the month is going to end, by business days; missing before, and once it is over).
    """
    period = plan.period
    month = period.month_of(as_of)
    days = pd.date_range(period.starts[month], period.ends[month])
    elapsed = np.array([period.elapsed(day.date()) for day in days])
    mine = values[values["kpi"] == of_month["kpi"]].groupby("date")["value"].sum().reindex(days, fill_value=0.0)
    ahead = (days >= pd.Timestamp(as_of)) & (as_of < period.ends[month])
    rest = 1 - period.elapsed(as_of)
    way = np.where(ahead, (elapsed - period.elapsed(as_of)) / rest if rest else 1.0, np.nan)
    actual = of_month["actual"]
    return pd.DataFrame(
        {
            "date": days,
            "pace": elapsed * of_month["target"],
            "actual": mine.cumsum().where(days <= pd.Timestamp(as_of)).to_numpy(),
            **{column: actual + way * (of_month[column] - actual) for column in ("landing", "low", "high")},
        }
    )
