"""What would close the gap: how far each step must go in the rest of the month, alone or together with the others.

What the rest of the month brings is its leads × every rate × what an order brings, each as it has been this month so
far, or as planned where nothing is known yet. `kpixl.engine.levers` says what each must become, and moves all of them
alike in a balanced plan.
"""

import datetime as dt
import math
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from kpixl import engine
from kpixl.plan import Plan
from kpixl.tracking.maturity import Basis, Matured, bases, unfollowed
from kpixl.tracking.recorded import Unjudged

__all__ = ["Lever", "Outlook", "drivers", "outlook"]


@dataclass(frozen=True)
class Lever:
    """A step and what it would have to become.

    `kind` is volume, activity (per head), rate or money. `needed` is missing (NaN) where the step alone is not enough
    within its `cap`, which is infinite where there is none; `share` is the part of the growth that it carries in the
    balanced plan.
    """

    kind: str
    step: int
    now: float
    needed: float
    cap: float
    planned: float
    share: float


@dataclass(frozen=True)
class Outlook:
    """Where the month ends as it goes, in revenue, its `goal`, where the balanced plan ends, and the levers."""

    goal: float
    present: float
    outcome: float
    days: float
    levers: tuple[Lever, ...]


def outlook(
    plan: Plan, of_month: pd.DataFrame, unit_value: float, as_of: dt.date, found: Matured | None = None
) -> Outlook | None:
    """Return how the month of `as_of` could still be made.

    `of_month` is the month's progress by KPI, `unit_value` what an order is planned to bring, `found` the rates of
    deals that can be followed. None where nothing can move any more, nothing is known at all, the revenue is not known
    or something below zero, or the month goes on to its goal by itself.
    """
    unsure = of_month["unjudged"] == Unjudged.NEGATIVE.value
    unsure |= of_month["money"] & (of_month["unjudged"] != "")
    if unsure.any() or plan.period.elapsed(as_of) >= 1 or not of_month.loc[~of_month["money"], "actual"].any():
        return None
    values, caps = drivers(plan, of_month, unit_value, as_of, found)
    if not (np.isfinite(values).all() and (values > 0).all()):
        return None
    money = of_month[of_month["money"]].iloc[0]
    names = [f"x{place}" for place in range(len(values))]
    formula = f"{money['actual']:.6f} + {' * '.join(names)}"
    solved = engine.levers(float(money["target"]), formula, names, values, caps=caps)
    if solved.present >= money["target"]:
        return None
    growth = np.log(solved.planned / solved.now)
    shares = growth / growth.sum() if growth.sum() > 0 else np.full(len(growth), math.nan)
    kinds = ["volume", *["rate"] * (len(values) - 2), "money"]
    kinds[1] = "activity" if plan.is_activity(0) else "rate"
    columns = zip(kinds, solved.now, solved.needed, solved.cap, solved.planned, shares, strict=True)
    levers = tuple(Lever(kind, place, *map(float, numbers)) for place, (kind, *numbers) in enumerate(columns))
    return Outlook(float(money["target"]), solved.present, solved.outcome, _days_left(plan, as_of), levers)


def drivers(
    plan: Plan, of_month: pd.DataFrame, unit_value: float, as_of: dt.date, found: Matured | None = None
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return what the rest of the month is made of (leads, every rate, what an order brings), and how far each can go.

    The arguments are those of `outlook`; a cap is infinite where there is none. A step too slow for the month is as
    planned, unless its deals can be followed.
    """
    money = of_month[of_month["money"]].iloc[0]
    stages = of_month[~of_month["money"]]
    target, actual = stages["target"].to_numpy(float), stages["actual"].to_numpy(float)
    elapsed = plan.period.elapsed(as_of)
    rest = 1 - elapsed
    leads = actual[0] * rest / elapsed if elapsed and actual[0] > 0 else target[0] * rest
    most = np.array([math.inf if plan.is_activity(step) else 1.0 for step in range(len(target) - 1)])
    planned = np.divide(target[1:], target[:-1], out=np.zeros(len(target) - 1), where=target[:-1] > 0)
    planned, found = np.minimum(planned, most), found or unfollowed(plan)
    basis = np.array(bases(plan, found, float(plan.period.business_days[plan.period.month_of(as_of)])))
    rates = np.where(basis == Basis.SLOW, planned, _known(actual[1:], actual[:-1], planned, most))
    rates = np.where((basis == Basis.MATURED) & (found.rate > 0), found.rate, rates)
    worth = money["actual"] / actual[-1] if min(actual[-1], money["actual"]) > 0 else unit_value
    return np.array([leads, *rates, worth]), _caps(plan, leads, _days_left(plan, as_of))


def _days_left(plan: Plan, as_of: dt.date) -> float:
    """Return the business days of the month after `as_of`."""
    return plan.period.done_and_left(as_of)[1]


def _known(
    part: NDArray[np.float64], whole: NDArray[np.float64], planned: NDArray[np.float64], most: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return the rates as they have been; those that are zero, not known or more than can be count as planned."""
    sound = (whole > 0) & (part > 0) & ((part <= whole) | np.isinf(most))
    rates: NDArray[np.float64] = np.divide(part, whole, out=planned.copy(), where=sound)
    return rates


def _caps(plan: Plan, leads: float, days: float) -> NDArray[np.float64]:
    """Return how far each can go: rates to 100%, activities per lead to what the team can do in the days left."""
    caps = np.array([math.inf, *[1.0] * (len(plan.stages) - 1), math.inf])
    activity = plan.stages[1].capacity
    if plan.is_activity(0) and activity is not None and leads > 0:
        caps[1] = max(activity * len(plan.members) * days / leads, 1.0)
    return caps
