"""Is it time to change the KPI?

A KPI is kept long enough to see a trend, three months at least, and looked at again after a year; in between, a row of
misses, a standstill below the target, or a business that has outgrown its plan call for a review.
"""

from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import ArrayLike, NDArray

from kpixl.engine.answers import Answer
from kpixl.engine.checks import equal_lengths, not_negative, vector
from kpixl.engine.thresholds import MONTHS_IN_A_ROW, MONTHS_KEPT, MONTHS_UNTIL_REVIEW, OUTGROWN
from kpixl.errors import NothingToSay

__all__ = ["Review", "Trigger", "review"]

_ROUNDING = 1e-12


class Trigger(StrEnum):
    """Why a KPI should be reviewed, or left alone."""

    MISSES = "misses"
    STAGNATION = "stagnation"
    GROWTH = "growth"
    TOO_EARLY = "too_early"
    DUE = "due"


@dataclass(frozen=True, eq=False)
class Review(Answer):
    """One entry per `Trigger`, in their order: its code, whether it applies, and the number it was judged by.

    The evidence of `stagnation` is not a number (NaN) where fewer than six months are known.
    """

    trigger: NDArray[np.str_]
    applies: NDArray[np.bool_]
    evidence: NDArray[np.float64]


def review(targets: ArrayLike, actuals: ArrayLike, *, months_in_use: float | None = None) -> Review:
    """Say which reasons there are to review a KPI.

    Parameters
    ----------
    targets, actuals : array_like of float, shape (months,)
        Target and actual of each month that is over, oldest first, 0 or more.
    months_in_use : float, optional
        For how many months the KPI has been in use; as many as there are actuals where it is left out.

    Returns
    -------
    Review
        ``misses``: the last three months or more were all below target (evidence: how many in a row). ``stagnation``:
        the last three months together missed their target and brought no more than the three before them (evidence: the
        change of the monthly mean, in the unit of the KPI). ``growth``: the last three months or more all reached 120%
        of their target (evidence: how many in a row). ``too_early``: in use for less than three months. ``due``: in use
        for twelve months or more (evidence: months in use).

    Raises
    ------
    InvalidValue
        A number is negative or not finite, or there are not as many targets as actuals.
    NothingToSay
        There is no month.

    Examples
    --------
    >>> found = review([100] * 6, [90, 101, 95, 92, 96, 94])
    >>> dict(zip(found.trigger.tolist(), found.applies.tolist()))
    {'misses': True, 'stagnation': True, 'growth': False, 'too_early': False, 'due': False}
    """
    planned, reached = vector("targets", targets), vector("actuals", actuals)
    equal_lengths(targets=planned, actuals=reached)
    if not len(reached):
        raise NothingToSay("review_no_months")
    months = float(len(reached) if months_in_use is None else months_in_use)
    not_negative(months_in_use=months)
    misses = _run_at_the_end(reached < planned * (1 - _ROUNDING))
    outgrown = _run_at_the_end((reached >= planned * OUTGROWN * (1 - _ROUNDING)) & (reached > planned))
    before, latest = reached[-2 * MONTHS_IN_A_ROW : -MONTHS_IN_A_ROW], reached[-MONTHS_IN_A_ROW:]
    change = latest.mean() - before.mean() if len(before) == MONTHS_IN_A_ROW else np.nan
    found = {
        Trigger.MISSES: (misses >= MONTHS_IN_A_ROW, misses),
        Trigger.STAGNATION: (change <= 0 and latest.sum() < planned[-MONTHS_IN_A_ROW:].sum(), change),
        Trigger.GROWTH: (outgrown >= MONTHS_IN_A_ROW, outgrown),
        Trigger.TOO_EARLY: (months < MONTHS_KEPT, months),
        Trigger.DUE: (months >= MONTHS_UNTIL_REVIEW, months),
    }
    applies, evidence = zip(*found.values(), strict=True)
    return Review(np.array([trigger.value for trigger in found]), np.array(applies), np.array(evidence, dtype=float))


def _run_at_the_end(months: NDArray[np.bool_]) -> int:
    return len(months) if months.all() else int(np.argmin(months[::-1]))
