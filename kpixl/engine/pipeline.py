"""What will the deals that are open now still bring by the end of the period?

Each open deal is given the chance that deals of the business's own past had: those of the same stage that were open as
long, won within as many days as are left, while losing competes with winning. A stage that has seen few deals leans on
all stages, and where hardly any deal has been decided yet, on the share that was won.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import ArrayLike, NDArray

from kpixl.engine.answers import Answer
from kpixl.engine.checks import equal_lengths, not_negative, vector
from kpixl.engine.columns import share
from kpixl.engine.lifetimes import CONVERTED, LOST, OPEN, curve
from kpixl.errors import NothingToSay

__all__ = ["Basis", "Chances", "Pipeline", "pipeline", "spread_of", "weigh", "win_chances"]

Floats = NDArray[np.float64]

_ENOUGH = 10  # decided deals from which ages tell something
_BORROWED = 5.0  # deals that what all stages say is worth to one of them, and the plain share to all


class Basis(StrEnum):
    """What the chances of a stage's deals stand on."""

    STAGE = "stage"
    ALL_STAGES = "all_stages"
    SHARE = "share"


@dataclass(frozen=True, eq=False)
class Pipeline(Answer):
    """By stage, in the order in which they first stand among the open deals, the total last.

    Number and amount of the open deals, what of it is to be expected with the range that holds it, `coverage` (how many
    times the expected amount is open; NaN where nothing is to be expected), and the `Basis` of it.
    """

    stage: NDArray[np.str_]
    deals: Floats
    amount: Floats
    expected: Floats
    low: Floats
    high: Floats
    coverage: Floats
    basis: NDArray[np.str_]


def pipeline(
    stages: Sequence[str],
    ages: ArrayLike,
    amounts: ArrayLike,
    closed_stages: Sequence[str],
    closed_ages: ArrayLike,
    closed_outcomes: ArrayLike,
    *,
    days_left: float | None = None,
    confidence: float = 0.8,
) -> Pipeline:
    r"""Weigh open deals with their chance to be won within `days_left`.

    Parameters
    ----------
    stages, ages, amounts : sequence of str, array_like of float, shape (open deals,)
        Stage, age in days and amount of each open deal, 0 or more.
    closed_stages, closed_ages, closed_outcomes : sequence of str, array_like of float and bool, shape (closed deals,)
        The stage from which each decided deal was won (true) or lost (false), and its age in days on that day.
    days_left : float, optional
        Days to the end of the period, 0 or more; however long it takes where they are left out.
    confidence : float, default 0.8
        Probability of the range, between 0 and 1.

    Returns
    -------
    Pipeline
        The last row, whose stage is "", is the total; its basis is the weakest of all.

    Raises
    ------
    InvalidValue
        A number is negative or not finite, columns are not equally long, or the confidence is not between 0 and 1.
    NothingToSay
        There is no open deal, or no decided one.

    Notes
    -----
    A deal of age a is won within t days with :math:`(I(a + t) - I(a)) / S(a)`, the conditional share of Aalen and
    Johansen's curve (`kpixl.engine.lifetimes.curve`) of its stage, in which open deals count as not decided yet. With n
    deals still at risk at age a the estimate of a stage is :math:`(n p + 5 p_0) / (n + 5)`, where :math:`p_0` is that
    of all stages, found alike from the share of the c decided deals that were won, :math:`(w + 1/2) / (c + 1)`, times
    the part of them that was decided within t days. A stage with fewer than 10 decided deals takes :math:`p_0`; with
    fewer than 10 in all there is only the share. The range is that of the beta distribution from 0 to all of the amount
    x that has the mean and the variance :math:`\sum p (1 - p) x^2 + (\sum x \sqrt{p (1 - p) / (n + 6)})^2`, for chance
    and for what is not known of p; the second term is that of deals with a common basis, and is summed over these.

    References
    ----------
    Aalen, O. O., Johansen, S. (1978), as in `conversion`. Putter, H., Fiocco, M., Geskus, R. B. (2007), Tutorial in
    biostatistics: competing risks and multi-state models. Statistics in Medicine 26.

    Examples
    --------
    Of ten decided proposals six were won, all within 20 days; the others were lost after 40:

    >>> decided = [10.0, 12, 14, 16, 18, 20, 40, 40, 40, 40]
    >>> found = pipeline(["提案", "提案"], [5, 30], [100, 100], ["提案"] * 10, decided, [True] * 6 + [False] * 4)
    >>> found.expected.round().tolist(), found.basis.tolist()
    ([73.0, 73.0], ['stage', 'stage'])
    """
    share("confidence", confidence)
    worth = vector("amounts", amounts)
    equal_lengths(stages=stages, amounts=worth)
    chances = win_chances(stages, ages, closed_stages, closed_ages, closed_outcomes, days_left=days_left)
    names, place = _numbered(stages)
    rows = [*(place == row for row in range(len(names))), np.ones(len(place), dtype=bool)]
    deals, amount, expected, low, high = np.array([weigh(worth, chances, mine, confidence) for mine in rows]).T
    coverage = np.divide(amount, expected, out=np.full_like(amount, np.nan), where=expected > 0)
    bases = [chances.basis[int(np.argmax(mine))] for mine in rows[:-1]]
    weakest = max(bases, key=list(Basis).index)
    return Pipeline(np.array([*names, ""]), deals, amount, expected, low, high, coverage, np.array([*bases, weakest]))


@dataclass(frozen=True, eq=False)
class Chances(Answer):
    """By open deal: the chance to be won, how many deals it stands on, and the `Basis` of it."""

    chance: Floats
    stands_on: Floats
    stage: NDArray[np.intp]
    basis: NDArray[np.str_]


def win_chances(
    stages: Sequence[str],
    ages: ArrayLike,
    closed_stages: Sequence[str],
    closed_ages: ArrayLike,
    closed_outcomes: ArrayLike,
    *,
    days_left: float | None = None,
) -> Chances:
    """Return the chance of each open deal to be won within `days_left`; parameters and method are those of `pipeline`.

    Examples
    --------
    Three of four decided deals were won, too few to look at ages: 3.5 of 5.

    >>> win_chances(["提案"], [5], ["提案"] * 4, [3, 5, 8, 9], [True, True, True, False]).chance.tolist()
    [0.7]
    """
    open_for, decided_at = vector("ages", ages), vector("closed_ages", closed_ages)
    won = np.atleast_1d(np.asarray(closed_outcomes, dtype=bool))
    equal_lengths(stages=stages, ages=open_for)
    equal_lengths(closed_stages=closed_stages, closed_ages=decided_at, closed_outcomes=won)
    if not len(open_for) or not len(decided_at):
        raise NothingToSay("pipeline_no_open" if not len(open_for) else "pipeline_no_closed")
    if days_left is not None:
        not_negative(days_left=days_left)
    left = np.inf if days_left is None else days_left
    _, place = _numbered([*stages, *closed_stages])
    mine, theirs = place[: len(open_for)], place[len(open_for) :]
    days = np.append(open_for, decided_at)
    outcome = np.append(np.full(len(open_for), OPEN), np.where(won, CONVERTED, LOST))
    in_time = np.mean(decided_at <= left)
    chance = np.full(len(open_for), (won.sum() + 0.5) / (len(won) + 1) * in_time)
    stands_on = np.full(len(open_for), float(len(won)))
    basis = np.full(len(open_for), Basis.SHARE.value, dtype="<U12")
    stage = np.full(len(open_for), -1)
    if len(won) >= _ENOUGH:
        chance, stands_on = _leaning(days, outcome, open_for, left, chance)
        basis[:] = Basis.ALL_STAGES.value
        for one in np.unique(mine):
            if np.sum(theirs == one) >= _ENOUGH:
                here, of_stage = mine == one, place == one
                own = _leaning(days[of_stage], outcome[of_stage], open_for[here], left, chance[here])
                chance[here], stands_on[here] = own
                basis[here], stage[here] = Basis.STAGE.value, one
    return Chances(chance, stands_on, stage, basis)


def _leaning(
    days: Floats, outcome: NDArray[np.int64], ages: Floats, left: float, usual: Floats
) -> tuple[Floats, Floats]:
    """Return the chances by age among these deals, leaning on the `usual`, and how many deals are older than that."""
    steps = curve(days, outcome)
    now, then = steps.step(ages), steps.step(ages + left)
    still = steps.open[now]
    won = np.divide(steps.converted[then] - steps.converted[now], still, out=np.zeros_like(still), where=still > 0)
    older = len(days) - np.searchsorted(np.sort(days), ages, side="right").astype(float)
    chance = (older * won + _BORROWED * usual) / (older + _BORROWED)
    return np.clip(chance, 0.0, 1.0), older + _BORROWED


def weigh(
    worth: Floats, chances: Chances, mine: NDArray[np.bool_], confidence: float = 0.8
) -> tuple[float, float, float, float, float]:
    """Return number, amount, expected amount and range of those open deals that are `mine`.

    The method is that of `pipeline`, for any part of the deals.

    Examples
    --------
    >>> found = win_chances(["提案"], [5], ["提案"] * 4, [3, 5, 8, 9], [True, True, True, False])
    >>> weigh(np.array([100.0]), found, np.array([True]))[:3]
    (1.0, 100.0, 70.0)
    """
    from scipy.special import betaincinv  # noqa: PLC0415 - only who asks pays for scipy

    outside = (1 - confidence) / 2
    amounts = worth[mine]
    own = Chances(chances.chance[mine], chances.stands_on[mine], chances.stage[mine], chances.basis[mine])
    total, (mean, variance) = float(amounts.sum()), spread_of(amounts, own)
    if variance == 0:  # nothing open is worth anything, or all of it is decided
        return float(len(amounts)), total, mean, mean, mean
    part = mean / total
    size = max(part * (1 - part) / (variance / total**2) - 1, 1e-6)
    low, high = (total * betaincinv(part * size, (1 - part) * size, q) for q in (outside, 1 - outside))
    return float(len(amounts)), total, mean, float(min(low, mean)), float(max(high, mean))


def spread_of(worth: Floats, chances: Chances) -> tuple[float, float]:
    """Return mean and variance of what open deals bring; the method is that of `pipeline`.

    Examples
    --------
    >>> found = win_chances(["提案"], [5], ["提案"] * 4, [3, 5, 8, 9], [True, True, True, False])
    >>> [round(number, 3) for number in spread_of(np.array([100.0]), found)]
    [70.0, 2520.0]
    """
    spread = chances.chance * (1 - chances.chance)
    unknown = worth * np.sqrt(spread / (chances.stands_on + 1))
    together = np.bincount(chances.stage + 1, unknown)
    return float(worth @ chances.chance), float(worth**2 @ spread + together @ together)


def _numbered(stages: Sequence[str]) -> tuple[list[str], NDArray[np.intp]]:
    """Return the stages in the order in which they first stand, and the place of each entry's among them."""
    places: dict[str, int] = {}
    numbers = [places.setdefault(stage, len(places)) for stage in stages]
    return list(places), np.array(numbers, dtype=np.intp)
