"""Who is strong in what: each member's rates against those of the others, where the difference is more than chance.

One answer for every sheet and page. The test and the allowance for asking about every member and step at once are those
of `engine.standing` (Fisher's exact test, Benjamini and Hochberg).
"""

import numpy as np
import pandas as pd

from kpixl import engine
from kpixl.plan import Plan
from kpixl.tracking.values import stage_counts

__all__ = ["skills"]


def skills(plan: Plan, values: pd.DataFrame) -> pd.DataFrame:
    """Return +1, 0 or -1 by member and step of the funnel: better or worse than the others beyond chance, or neither.

    A step that is an activity per head has no column: more of it is not better. A rate that is none (more came out than
    went in, or less than nothing after cancellations) is not judged, and nobody is compared with it.
    """
    counts = stage_counts(plan, values)
    steps = [step for step in range(len(counts) - 1) if not plan.is_activity(step)]
    lower, upper = counts[[step + 1 for step in steps]].T, counts[steps].T
    sound = (lower >= 0) & (upper >= 0)
    found = engine.standing(np.where(sound, lower, 0.0), np.where(sound, upper, 0.0))
    return pd.DataFrame(
        found, index=[member.name for member in plan.members], columns=[plan.step_name(step) for step in steps]
    )
