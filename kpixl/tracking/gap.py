"""Why not: the funnel of the month against where it should be by now, and the step that costs the most.

Method: the gap at the last stage is decomposed by LMDI into the share of each step (`engine.funnel_gap`). What is left
of the gap in revenue came of the orders' value, and of revenue without orders; with it the bridge is whole.
"""

import math
from typing import Any

import numpy as np
import pandas as pd

from kpixl import engine
from kpixl.tracking.values import records

__all__ = ["bottleneck", "funnel_gap", "waterfall"]


def funnel_gap(progress: pd.DataFrame, unit_value: float) -> pd.DataFrame:
    """Return a row per stage: target by now, actual, gap, attainment, rates, effect in revenue, rank.

    `progress` is the month's progress by KPI, `unit_value` the planned revenue of an order. A stage's rate and effect
    are missing where no funnel is to be seen: nothing planned by now, or a stage above it without any actual.
    """
    rows = progress[~progress["money"]].reset_index(drop=True)
    answer = engine.funnel_gap(rows["pace"].to_numpy(), rows["actual"].to_numpy(), unit_value=unit_value)
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


def waterfall(progress: pd.DataFrame, gap: pd.DataFrame) -> pd.DataFrame:
    """Return the bridge from the revenue that should be there by now to the revenue that is there.

    Columns: step (target, a row per stage by its name, value, actual), change (of a step; of target and actual their
    whole) and after (the revenue after the step). The changes of the steps sum to actual - target.
    """
    money = progress[progress["money"]].iloc[0]
    start, end = float(money["pace"]), float(money["actual"])
    effects = gap["effect"].fillna(0.0).to_numpy()
    rest = round(end - start - math.fsum(effects), 6)  # below a millionth it is the noise of the sums
    changes = np.array([start, *effects, rest, end])
    return pd.DataFrame(
        {
            "step": ["target", *gap["name"], "value", "actual"],
            "change": changes,
            "after": [*np.cumsum(changes[:-2]), end, end],
        }
    )


def bottleneck(gap: pd.DataFrame) -> dict[str, Any] | None:
    """Return the row of the stage that costs the most, if any costs anything."""
    costly = [row for row in records(gap) if row["effect"] < 0]
    return min(costly, key=lambda row: row["effect"], default=None)
