"""Who is really better at which step: the members' rates, allowing for how many trials each stands on.

A rate of three out of three does not lead: rates are drawn towards the team's and ranked by what they are nearly sure
to be at least (`engine.rank`). Where somebody stands apart from the team at all is read from the control limits.
"""

from itertools import pairwise

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from kpixl import engine
from kpixl.plan import Plan
from kpixl.tracking.values import stage_counts

__all__ = ["RANKING_COLUMNS", "ranking"]

RANKING_COLUMNS = ["step", "rank", "member", "trials", "successes", "rate", "shrunk", "low", "high", "standing"]


def ranking(plan: Plan, values: pd.DataFrame) -> pd.DataFrame:
    """Return a row per step of the funnel and member with trials in it, the step's best first.

    Columns: step, rank, member, trials, successes, rate, shrunk, low, high (rates from 0 to 1), and standing: +1 or -1
    where the rate lies above or below the control limits of the team's, else 0. Whoever brought more out of a step
    than went in has no rate and is left out.
    """
    counts = stage_counts(plan, values)
    names = np.array([member.name for member in plan.members])
    rows = [row for step, pair in enumerate(pairwise(counts)) for row in _ranked(plan.step_name(step), names, *pair)]
    return pd.DataFrame(rows, columns=RANKING_COLUMNS)


def _ranked(
    step: str, names: NDArray[np.str_], trials: NDArray[np.float64], successes: NDArray[np.float64]
) -> list[tuple[object, ...]]:
    seen = (trials > 0) & (successes <= trials)
    if not seen.any():
        return []
    people, tried, won = names[seen], trials[seen], successes[seen]
    found = engine.rank(won, tried)
    standing = np.where(found.outside, np.sign(found.rate - won.sum() / tried.sum()), 0)
    columns = (found.rank, people, tried, won, found.rate, found.shrunk, found.low, found.high, standing)
    rows = zip(*(column.tolist() for column in columns), strict=True)
    return [(step, *row) for row in sorted(rows, key=lambda row: row[0])]
