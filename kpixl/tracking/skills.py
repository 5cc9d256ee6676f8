"""Who is strong in what: each member's rates against those of the others, where the difference is more than chance.

One answer for every sheet and page. The test and the allowance for asking about every member and step at once are those
of `engine.standing` (Fisher's exact test, Benjamini and Hochberg).
"""

import math

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from kpixl import engine
from kpixl.plan import Plan
from kpixl.tracking.maturity import Basis, Matured, bases, unfollowed
from kpixl.tracking.values import stage_counts

__all__ = ["skills", "step_counts"]

Floats = NDArray[np.float64]


def step_counts(
    plan: Plan, values: pd.DataFrame, found: Matured | None = None, days: float = math.inf
) -> tuple[Floats, Floats]:
    """Return what was won, and of how many, by step and member: of deals that are followed, else in the same `days`.

    A step that takes longer than these business days, while no deal can be followed, has none.
    """
    found = found or unfollowed(plan)
    counts = stage_counts(plan, values)
    won, tried = counts[1:].copy(), counts[:-1].copy()
    for step, basis in enumerate(bases(plan, found, days)):
        if basis is Basis.MATURED:  # in whole deals, of which no more are won than there are
            won[step], tried[step] = found.won[step], np.maximum(np.rint(found.tried[step]), found.won[step])
        elif basis is Basis.SLOW:
            won[step], tried[step] = 0.0, 0.0
    return won, tried


def skills(plan: Plan, won: Floats, tried: Floats) -> pd.DataFrame:
    """Return +1, 0 or -1 by member and step of the funnel: better or worse than the others beyond chance, or neither.

    `won` and `tried` are by step and member (`step_counts`). A step that is an activity per head has no column: more of
    it is not better. A rate that is none (more came out than went in, or less than nothing after cancellations) is not
    judged, and nobody is compared with it.
    """
    steps = [step for step in range(len(won)) if not plan.is_activity(step)]
    lower, upper = won[steps].T, tried[steps].T
    sound = (lower >= 0) & (upper >= 0)
    found = engine.standing(np.where(sound, lower, 0.0), np.where(sound, upper, 0.0))
    return pd.DataFrame(
        found, index=[member.name for member in plan.members], columns=[plan.step_name(step) for step in steps]
    )
