"""Why not: the funnel of the month against where it should be by now, and the step that costs the most.

Method: the gap at the last stage is decomposed by LMDI into the share of each step (`engine.funnel_gap`).
"""

from typing import Any

import pandas as pd

from kpixl import engine
from kpixl.plan import Plan
from kpixl.tracking.values import records

__all__ = ["bottleneck", "funnel_gap"]


def funnel_gap(plan: Plan, progress: pd.DataFrame) -> pd.DataFrame:
    """Return a row per stage: target by now, actual, gap, attainment, rates, effect in revenue, rank.

    A stage's rate and effect are missing where no funnel is to be seen: nothing planned by now, or a stage above it
    without any actual.
    """
    rows = progress[~progress["money"]].reset_index(drop=True)
    answer = engine.funnel_gap(rows["pace"].to_numpy(), rows["actual"].to_numpy(), unit_value=plan.goal.unit_value)
    return pd.DataFrame(
        {
            "name": rows["name"],
            "target": answer.target,
            "actual": answer.actual,
            "gap": answer.gap,
            "attainment": answer.attainment,
            "target_rate": answer.target_rate,
            "actual_rate": answer.actual_rate,
            "rate_gap": answer.rate_gap,
            "effect": answer.effect,
            "rank": answer.rank,
        }
    )


def bottleneck(gap: pd.DataFrame) -> dict[str, Any] | None:
    """Return the row of the stage that costs the most, if any costs anything."""
    costly = [row for row in records(gap) if row["effect"] < 0]
    return min(costly, key=lambda row: row["effect"], default=None)
