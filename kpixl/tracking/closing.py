"""Which months are closed, and what that keeps: the targets of a month that is over stay what they were.

A month closes with the first look at the plan after it, once there are actuals; before, the plan is still being made.
What is closed stays closed, also where an earlier day is looked at, unless the settings are to hold for the whole
period on purpose.
"""

import datetime as dt
from dataclasses import dataclass

from kpixl.errors import InvalidPlan
from kpixl.plan import CHANNEL, MEMBER, REVENUE, History, Plan, Targets, set_targets

__all__ = ["Closing", "close", "kept"]


@dataclass(frozen=True)
class Closing:
    """The months that were `closed` just now, and those whose targets were `computed` anew with the present settings.

    `reopened` says that closed months were given up, because the period now begins earlier.
    """

    closed: tuple[dt.date, ...] = ()
    computed: tuple[dt.date, ...] = ()
    reopened: bool = False


def close(
    plan: Plan, history: History, as_of: dt.date, *, in_use: bool, whole: bool = False
) -> tuple[Targets, Closing]:
    """Set the targets of a plan whose closed months are those of `history`, and close those that are over on a day.

    `in_use` says whether there are actuals; `whole` computes the closed months anew, with the present settings.
    """
    starts, known = plan.period.starts, history.months(plan.period)
    over = sum(end < as_of for end in plan.period.ends) if in_use else 0
    targets = set_targets(plan) if whole else set_targets(plan, history)
    lost = history.until is not None and starts[0] <= history.until and not known
    closing = Closing(starts[known:over], starts[:known] if whole else (), reopened=lost)
    return targets.closed_until(max(known, over)), closing


def kept(targets: Targets) -> tuple[dt.date, ...]:
    """Return the closed months whose targets are not those that the present settings give."""
    starts = targets.plan.period.starts[: targets.closed]
    if not starts:
        return ()
    try:
        otherwise = set_targets(targets.plan)
    except InvalidPlan:  # such as nobody in a month that is closed
        return starts
    return tuple(start for month, start in enumerate(starts) if _differ(targets, otherwise, month))


def _differ(targets: Targets, others: Targets, month: int) -> bool:
    counts = any(
        (one[:, month] != other[:, month]).any()
        for one, other in (
            (targets.by_member, others.by_member),
            (targets.by_channel, others.by_channel),
            (targets.by_month(MEMBER)[..., None], others.by_month(MEMBER)[..., None]),
            (targets.by_month(CHANNEL)[..., None], others.by_month(CHANNEL)[..., None]),
        )
    )
    revenue = targets.team(REVENUE)[month] - others.team(REVENUE)[month]
    secured = targets.existing[month] - others.existing[month]
    return counts or abs(float(revenue)) > 1e-6 or abs(float(secured)) > 1e-6
