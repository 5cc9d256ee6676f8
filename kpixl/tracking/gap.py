"""Why is the target missed? The funnel of the month against where it should be now, and the step that costs the most.

Method: the gap at the last stage is decomposed by LMDI into the share of each step (`engine.funnel_gap`). A step whose
deals can be followed counts with its matured rate (`tracking.maturity`): what stands above it this month is worth what
comes of it in the end. The rest of the gap in revenue comes from the orders' value, from orders of what began earlier,
from revenue without orders, and from steps that are not judged; it completes the bridge.
"""

import math
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from kpixl import engine
from kpixl.plan import REVENUE, Plan
from kpixl.tracking.maturity import Basis, Matured, bases
from kpixl.tracking.recorded import Unjudged
from kpixl.tracking.values import records

__all__ = ["bottleneck", "bridged", "costly_steps", "funnel_gap", "impossible", "waterfall"]

_ROUNDING = 1e-12


def funnel_gap(
    plan: Plan, progress: pd.DataFrame, unit_value: float, matured: Matured, business_days: float
) -> pd.DataFrame:
    """Return a row per stage: target by now, actual, gap, attainment, rates, effect in revenue, rank, and its step.

    `progress` is the month's progress by KPI, `unit_value` the planned revenue of an order. The effect is that of the
    step into the stage from the last one above it that is known: `above` is the place of that stage (-1: there is none,
    so that the effect is that of the volume). A stage that is not known has neither; nor has a step beyond 100 %, nor
    the step before it, as one of the counts cannot be right: it has no rate either and is marked as `beyond`. `matured`
    are the rates of deals that can be followed; a step without one that takes longer than the `business_days` of the
    month has no effect. `basis` says what the rate of the step into the stage rests on ("" for the first), `followed`
    the count at the stage that matured rates make. While the orders are not known, or a stage is below zero, nothing
    has an effect.
    """
    rows = progress[~progress["money"]].reset_index(drop=True)
    unknown = np.array([bool(reason) and Unjudged(reason).unknown for reason in rows["unjudged"]])
    target, actual = rows["pace"].to_numpy(dtype=float), rows["actual"].to_numpy(dtype=float)
    seen = np.where(unknown, np.nan, actual)
    planned, same = (np.concatenate([[np.nan], _ratio(stages[1:], stages[:-1])]) for stages in (target, seen))
    above = _above(unknown)
    basis = np.array(["", *bases(plan, matured, business_days)])
    full = np.append(np.nan, np.where(unknown[1:] | unknown[:-1], np.nan, matured.rate))
    beyond = _beyond(plan, same) & np.isnan(full)
    counts = _followed(actual, full, above)
    effect = _effects(target, counts, np.flatnonzero(~unknown), unit_value, known=bool((actual[~unknown] >= 0).all()))
    effect[beyond | (np.append(beyond[1:], False) & np.isnan(full)) | (basis == Basis.SLOW)] = np.nan
    rate = np.where(np.isnan(full), np.where(beyond, np.nan, same), full)
    return pd.DataFrame(
        {
            "name": rows["name"],
            "target": target,
            "actual": actual,
            "known": ~unknown,
            "gap": seen - target,
            "attainment": _ratio(np.where(seen < 0, np.nan, seen), target),
            "target_rate": planned,
            "actual_rate": rate,
            "rate_gap": np.where(basis == Basis.SLOW, np.nan, rate - planned),
            "effect": effect,
            "rank": pd.Series(effect).rank(method="first").to_numpy(),
            "above": above,
            "activity": [place == 1 and plan.is_activity(0) for place in range(len(rows))],
            "basis": basis,
            "matured": full,
            "beyond": beyond,
            "followed": counts,
        }
    )


def impossible(gap: pd.DataFrame) -> pd.DataFrame:
    """Return the rows of the stages that hold more than the one above, which no conversion can do."""
    return gap[gap["beyond"]]


def bridged(progress: pd.DataFrame, gap: pd.DataFrame) -> bool:
    """Say whether there is a bridge from the revenue due to the revenue made: both are known, and so are the orders."""
    reason = progress.set_index("kpi").at[REVENUE, "unjudged"]
    known = not (reason and Unjudged(str(reason)).unknown)
    return known and bool(gap["known"].iloc[-1]) and bool((gap["actual"] >= 0).all())


def waterfall(progress: pd.DataFrame, gap: pd.DataFrame) -> pd.DataFrame:
    """Return the bridge from the revenue that should be there by now to the revenue that is there.

    Columns: step (target, a row per stage by its name, value, actual), change (of a step; of target and actual their
    whole) and after (the revenue after the step). The changes of the steps sum to actual - target.
    """
    money = progress[progress["money"]].iloc[0]
    start, end = float(money["pace"]), float(money["actual"])
    effects = gap["effect"].fillna(0.0).to_numpy()
    rest = round(end - start - math.fsum(effects), 6)  # below a millionth it is rounding
    changes = np.array([start, *effects, rest, end])
    return pd.DataFrame(
        {
            "step": ["target", *gap["name"], "value", "actual"],
            "change": changes,
            "after": [*np.cumsum(changes[:-2]), end, end],
        }
    )


def costly_steps(gap: pd.DataFrame) -> list[dict[str, Any]]:
    """Return the steps that cost anything, the costliest first: each the row of the stage it leads into.

    Beside the columns of that row: `stage_above`, the name of the stage it leads from, or None where the effect is that
    of the volume; `planned` and `reached`, the rates of the step, or the volumes.
    """
    costly = sorted((row for row in records(gap) if row["effect"] < 0), key=lambda row: row["effect"])
    return [row | _rates(gap, row) for row in costly]


def bottleneck(gap: pd.DataFrame) -> dict[str, Any] | None:
    """Return the step that costs the most, if any costs anything (see `costly_steps`)."""
    return next(iter(costly_steps(gap)), None)


def _rates(gap: pd.DataFrame, row: dict[str, Any]) -> dict[str, Any]:
    if row["above"] < 0:
        return {"stage_above": None, "planned": row["target"], "reached": row["actual"]}
    source = gap.iloc[row["above"]]
    if not math.isnan(row["matured"]):
        return {"stage_above": str(source["name"]), "planned": row["target_rate"], "reached": row["matured"]}
    planned, reached = (
        float(row[column] / source[column]) if source[column] else math.nan for column in ("target", "actual")
    )
    return {"stage_above": str(source["name"]), "planned": planned, "reached": reached}


def _ratio(part: NDArray[np.float64], whole: NDArray[np.float64]) -> NDArray[np.float64]:
    ratio: NDArray[np.float64] = np.divide(part, whole, out=np.full(len(whole), np.nan), where=whole > 0)
    return np.where(ratio >= 0, ratio, np.nan)


def _above(unknown: NDArray[np.bool_]) -> list[int]:
    """Return for each stage the place of the last one above it that is known, -1 where there is none."""
    places = np.where(unknown, -1, np.arange(len(unknown)))
    return [-1, *np.maximum.accumulate(places)[:-1].tolist()]


def _followed(actual: NDArray[np.float64], full: NDArray[np.float64], above: list[int]) -> NDArray[np.float64]:
    """Return the counts that come of the first stage by matured rates, where there are none by those of the month."""
    counts = actual.copy()
    for place, upper in enumerate(above):
        if upper < 0 or (np.isnan(full[place]) and counts[upper] == actual[upper]):
            continue
        if not np.isnan(full[place]):
            counts[place] = counts[upper] * full[place]
        elif actual[upper] > 0:
            counts[place] = counts[upper] * actual[place] / actual[upper]
    return counts


def _effects(
    target: NDArray[np.float64],
    counts: NDArray[np.float64],
    places: NDArray[np.int64],
    unit_value: float,
    *,
    known: bool,
) -> NDArray[np.float64]:
    """Return the effect of each known stage, NaN for the others and where there is no funnel to be seen."""
    effect = np.full(len(target), np.nan)
    if known and len(places) >= 2 and places[-1] == len(target) - 1:
        effect[places] = engine.funnel_gap(target[places], counts[places], unit_value=unit_value).effect
    return effect


def _beyond(plan: Plan, rates: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Say for each stage whether its step is beyond 100 %."""
    beyond: NDArray[np.bool_] = rates > 1 + _ROUNDING
    beyond[1] &= not plan.is_activity(0)
    return beyond
