"""Is it a good KPI?

A KPI should be specific, measurable, achievable, relevant and time-bound (Doran, *There's a S.M.A.R.T. way to write
management's goals and objectives*, 1981). What the cells say is judged by plain rules; whether a target can be reached,
by how it stands to what was reached before.
"""

import datetime as dt
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import ArrayLike

from kpixl.engine.checks import not_negative, vector
from kpixl.engine.thresholds import LEAP
from kpixl.errors import NothingToSay

__all__ = ["Criterion", "Feasibility", "Judgement", "Reach", "feasibility", "smart"]

_VAGUE_JA = ("増やす", "減らす", "強化", "向上", "改善", "推進", "徹底", "頑張", "がんば", "努力", "意識", "注力")
_VAGUE_EN = ("improve", "increase", "strengthen", "enhance", "boost", "promote", "better", "try to")


class Criterion(StrEnum):
    """The five letters of SMART."""

    SPECIFIC = "specific"
    MEASURABLE = "measurable"
    ACHIEVABLE = "achievable"
    RELEVANT = "relevant"
    TIME_BOUND = "time_bound"


class Reach(StrEnum):
    """How far a target reaches beyond what was reached before."""

    SAFE = "safe"
    STRETCH = "stretch"
    RECORD = "record"
    LEAP = "leap"


@dataclass(frozen=True, slots=True)
class Judgement:
    """Whether a criterion is met, and the key of the reason."""

    criterion: Criterion
    passed: bool
    reason: str


@dataclass(frozen=True, slots=True)
class Feasibility:
    """A target beside the actuals so far: its ratios to their mean and best, the share of them it exceeds, how far."""

    to_mean: float
    to_best: float
    percentile: float
    verdict: Reach


def smart(
    kpi: str,
    target: float | None,
    unit: str,
    due: dt.date | None,
    *,
    history: ArrayLike = (),
    linked: bool | None = None,
) -> tuple[Judgement, ...]:
    """Judge a KPI by the five criteria of SMART.

    Parameters
    ----------
    kpi : str
        Name of the KPI, empty where there is none.
    target : float, optional
        The number to reach; None where the cell holds none.
    unit : str
        What is counted (件, 円, %), empty where it is not said.
    due : date, optional
        Until when.
    history : array_like of float, shape (n,), optional
        Actuals of earlier periods, 0 or more.
    linked : bool, optional
        Whether the KPI tree links it to the KGI; None where nobody has looked.

    Returns
    -------
    tuple of Judgement
        One for each criterion, in the order of the letters.

    Raises
    ------
    InvalidValue
        If the history holds a number below 0.

    Examples
    --------
    >>> judged = smart("月間商談数", 40, "件", dt.date(2025, 9, 30), history=[30, 34, 38], linked=True)
    >>> [judgement.passed for judgement in judged]
    [True, True, True, True, True]
    """
    return (
        _specific(kpi),
        _measurable(target, unit),
        _achievable(target, history),
        Judgement(Criterion.RELEVANT, linked is True, {True: "linked", False: "unlinked", None: "unseen"}[linked]),
        Judgement(Criterion.TIME_BOUND, due is not None, "undated" if due is None else "dated"),
    )


def feasibility(target: float, history: ArrayLike) -> Feasibility:
    """Compare a target with what was reached before.

    Parameters
    ----------
    target : float
        Target of a period, 0 or more.
    history : array_like of float, shape (n,)
        Actuals of earlier periods of the same length, 0 or more, not all 0.

    Returns
    -------
    Feasibility
        `percentile` counts equal actuals as half exceeded. The verdict is ``safe`` up to the mean, ``stretch`` up to
        the best, ``record`` up to 1.2 times the best, and ``leap`` beyond.

    Raises
    ------
    InvalidValue
        If a number is below 0.
    NothingToSay
        If there is no history, or nothing was ever reached.

    Examples
    --------
    >>> feasibility(60, [30, 40, 50])
    Feasibility(to_mean=1.5, to_best=1.2, percentile=1.0, verdict=<Reach.RECORD: 'record'>)
    """
    not_negative(target=target)
    actuals = vector("history", history)
    if not actuals.any():
        raise NothingToSay("history_empty")
    mean, best = float(actuals.mean()), float(actuals.max())
    exceeded = float(np.mean(actuals < target) + np.mean(actuals == target) / 2)
    limits = ((Reach.SAFE, mean), (Reach.STRETCH, best), (Reach.RECORD, LEAP * best))
    verdict = next((reach for reach, limit in limits if target <= limit), Reach.LEAP)
    return Feasibility(target / mean, target / best, exceeded, verdict)


def _specific(kpi: str) -> Judgement:
    vague = any(word in kpi.lower() for word in _VAGUE_JA + _VAGUE_EN)
    reason = "unnamed" if not kpi.strip() else "vague" if vague else "named"
    return Judgement(Criterion.SPECIFIC, reason == "named", reason)


def _measurable(target: float | None, unit: str) -> Judgement:
    reason = "no_number" if target is None else "no_unit" if not unit.strip() else "number"
    return Judgement(Criterion.MEASURABLE, reason == "number", reason)


def _achievable(target: float | None, history: ArrayLike) -> Judgement:
    actuals = vector("history", history)
    if target is None or target < 0 or not actuals.any():
        return Judgement(Criterion.ACHIEVABLE, False, "no_history" if target is not None else "no_number")
    reach = feasibility(target, actuals).verdict
    return Judgement(Criterion.ACHIEVABLE, reach is not Reach.LEAP, reach.value)
