"""Who is really better at which step: the members' rates, allowing for how many trials each stands on.

A rate of three out of three does not lead: rates are drawn towards the team's and ranked by what they are nearly sure
to be at least (`engine.rank`). Whether somebody stands apart from the others at all is one and the same answer as on
every other page (`kpixl.tracking.skills`).
"""

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from kpixl import engine
from kpixl.plan import Plan

__all__ = ["RANKING_COLUMNS", "ranking"]

RANKING_COLUMNS = ["step", "rank", "member", "trials", "successes", "rate", "shrunk", "low", "high", "standing"]


def ranking(plan: Plan, won: NDArray[np.float64], tried: NDArray[np.float64], skills: pd.DataFrame) -> pd.DataFrame:
    """Return a row per step of the funnel and member with trials in it, the step's best first.

    `won` and `tried` are by step and member (`skills.step_counts`). Columns: step, rank, member, trials, successes,
    rate, shrunk, low, high (rates from 0 to 1), and standing: +1, 0 or -1, as `skills` has it by member and step. A
    member with more coming out of a step than went in has no rate and is left out, and so is a step that is an activity
    per head, which is no rate.
    """
    names = np.array([member.name for member in plan.members])
    rows = [
        row
        for step, pair in enumerate(zip(tried, won, strict=True))
        if not plan.is_activity(step)
        for row in _ranked(plan.step_name(step), names, *pair, skills)
    ]
    return pd.DataFrame(rows, columns=RANKING_COLUMNS)


def _ranked(
    step: str,
    names: NDArray[np.str_],
    trials: NDArray[np.float64],
    successes: NDArray[np.float64],
    skills: pd.DataFrame,
) -> list[tuple[object, ...]]:
    seen = (trials > 0) & (successes >= 0) & (successes <= trials)
    if not seen.any():
        return []
    people, tried, won = names[seen], trials[seen], successes[seen]
    found = engine.rank(won, tried)
    standing = skills[step].to_numpy()[seen]
    columns = (found.rank, people, tried, won, found.rate, found.shrunk, found.low, found.high, standing)
    rows = zip(*(column.tolist() for column in columns), strict=True)
    return [(step, *row) for row in sorted(rows, key=lambda row: row[0])]
