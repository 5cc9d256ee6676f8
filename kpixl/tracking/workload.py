"""Can it still be done: what each member must do a day for the rest of the month, beside what a person can do a day."""

import datetime as dt
from functools import cache

import numpy as np
import pandas as pd

from kpixl.plan import Plan, Targets
from kpixl.tracking.values import between, totals_by

__all__ = ["workload"]


def workload(plan: Plan, targets: Targets, values: pd.DataFrame, as_of: dt.date) -> pd.DataFrame:
    """Return a row per member and stage whose volume is bounded.

    Columns: member, stage, capacity (a business day), target, actual (of the month), days_left (business days after
    `as_of` on which the member is there), needed (a day), load (needed by capacity: above 1 is too much). The last two
    are missing where no day is left or nothing can be done.
    """
    period, month = plan.period, plan.period.month_of(as_of)
    names = [member.name for member in plan.members]
    mine = between(values, period.starts[month], as_of)
    tomorrow, days = as_of + dt.timedelta(days=1), cache(period.days_from)
    left = [days(max(tomorrow, member.joined or tomorrow), member.left)[month].item() for member in plan.members]
    bounded = [stage for stage in plan.stages if stage.capacity is not None]
    frames = [
        pd.DataFrame(
            {
                "member": names,
                "stage": stage.name,
                "capacity": [plan.capacity(member, stage) for member in plan.members],
                "target": targets.members(stage.event)[month],
                "actual": totals_by(mine, "member", stage.event, names),
                "days_left": left,
            }
        )
        for stage in bounded
    ]
    columns = ["member", "stage", "capacity", "target", "actual", "days_left"]
    frame = pd.concat(frames, ignore_index=True) if frames else pd.DataFrame(columns=columns, dtype=float)
    to_do = (frame["target"] - frame["actual"]).clip(lower=0)
    frame["needed"] = (to_do / frame["days_left"]).where(frame["days_left"] > 0, np.nan)
    frame["load"] = (frame["needed"] / frame["capacity"]).where(frame["capacity"] > 0, np.nan)
    return frame
