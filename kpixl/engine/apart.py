r"""What sets the months, or the people, that reached a goal apart from those that did not?

Whoever compares them after the fact finds what luck has put there: a month with many orders has a high win rate
because it has many orders. So each month is cut in two by its weeks. What somebody does well shows in both halves, what
luck did in one; only drivers that differ in both, and go with the goal, are called so.
"""

from dataclasses import dataclass
from math import factorial

import numpy as np
from numpy.typing import ArrayLike, NDArray

from kpixl.engine.answers import Answer
from kpixl.engine.checks import Term
from kpixl.errors import InvalidValue

__all__ = ["Apart", "set_apart"]

Floats = NDArray[np.float64]

_SHUFFLES, _AT_ONCE = 1999, 100
_LEAST_ORDERS = 1000  # ways to shuffle, else chance cannot be told from anything


@dataclass(frozen=True, eq=False)
class Apart(Answer):
    """One entry per driver: how sure it is that it differs (`differs`) and goes with the goal (`goes_with`).

    Both are p-values that allow for all drivers asked; `p` is the larger one.
    """

    differs: Floats
    goes_with: Floats

    @property
    def p(self) -> Floats:
        """The chance that luck alone would show any of the drivers as clearly."""
        larger: Floats = np.maximum(self.differs, self.goes_with)
        return larger


def set_apart(drivers: ArrayLike, outcomes: ArrayLike, *, seed: int = 0) -> Apart:
    r"""Say of each driver whether it truly differs between people or months, and goes with the outcome.

    Parameters
    ----------
    drivers : array_like of float, shape (drivers, 2, people, months)
        What each driver did in either half of a person's month beyond what was to be expected; 0 where that is unknown.
    outcomes : array_like of float, shape (drivers, people, months)
        What became of the goal, for each driver as much later as it takes. One row of people is the team as a whole.
    seed : int, default 0
        Of the shuffles, so that the same numbers give the same answer.

    Returns
    -------
    Apart
        With p of 1 throughout where there are too few people and months to shuffle.

    Raises
    ------
    InvalidValue
        The shapes do not fit.

    Notes
    -----
    A driver with the halves :math:`d_1, d_2` differs by :math:`T = \sum d_1 d_2`, and goes with the outcome by
    :math:`U = \sum (d_1 + d_2) y`, y being the ranks of the outcome without a straight trend over the months, which
    everything that grows has in common. People and months are shuffled as wholes, since what belongs to a person or a
    month stays with them. Either p is the share of shuffles in which some driver is as unlikely, by its own shuffles,
    as this one: one-sided, as a driver is sought that helps.

    References
    ----------
    Hubert, L. J. (1987), Assignment Methods in Combinatorial Data Analysis (shuffling rows and columns). Westfall,
    P. H., Young, S. S. (1993), Resampling-Based Multiple Testing (the least p of all). Berger, R. L. (1982),
    Multiparameter hypothesis testing and acceptance sampling. Technometrics 24 (both must hold).

    Examples
    --------
    Six people over six months; the first driver is a skill that the goal follows, the second is luck:

    >>> skill = np.arange(6)[:, np.newaxis] + np.zeros(6)
    >>> luck = np.random.default_rng(1).normal(size=(2, 6, 6))
    >>> (set_apart([[skill, skill], luck], [skill, skill]).p < 0.05).tolist()
    [True, False]
    """
    given, became = np.asarray(drivers, dtype=float), np.asarray(outcomes, dtype=float)
    if given.ndim != 4 or given.shape[1] != 2 or (len(given), *given.shape[2:]) != became.shape:
        raise InvalidValue(
            "unequal_ranges", name=Term("drivers"), shape=given.shape, other=Term("outcomes"), other_shape=became.shape
        )
    many, _, people, months = given.shape
    if not many or factorial(min(people, 20)) * factorial(min(months, 20)) < _LEAST_ORDERS:
        return Apart(np.ones(many), np.ones(many))
    first, second = given[:, 0], given[:, 1]
    ranked = np.array([_ranked(one) for one in became])
    chance, shuffled = np.random.default_rng(seed), []
    for start in range(0, _SHUFFLES, _AT_ONCE):
        count = min(_AT_ONCE, _SHUFFLES - start)
        rows, columns = (chance.permuted(np.tile(np.arange(size), (count, 1)), axis=1) for size in (people, months))
        places = slice(None), rows[:, :, np.newaxis], columns[:, np.newaxis, :]
        sums = [
            np.einsum("knpm,kpm->nk", mixed[places], kept)
            for mixed, kept in ((second, first), (ranked, first + second))
        ]
        shuffled.append(np.array(sums))
    by_luck = np.concatenate(shuffled, axis=1)
    seen = np.array([(first * second).sum(axis=(1, 2)), ((first + second) * ranked).sum(axis=(1, 2))])
    differs, goes_with = (_chance(one, luck) for one, luck in zip(seen, by_luck, strict=True))
    return Apart(differs, goes_with)


def _chance(seen: Floats, by_luck: Floats) -> Floats:
    """Return the share of shuffles in which the least likely of all drivers is as unlikely as each."""
    error = by_luck.std(axis=0)
    told = error > 1e-9 * np.abs(by_luck).max(axis=0)
    shuffles, many = by_luck.shape
    alone, of_luck = np.ones(many), np.ones((shuffles, many))
    for place in np.flatnonzero(told):
        ordered = np.sort(by_luck[:, place])
        slack = 1e-9 * error[place]
        alone[place] = (1 + shuffles - np.searchsorted(ordered, seen[place] - slack)) / (1 + shuffles)
        of_luck[:, place] = (1 + shuffles - np.searchsorted(ordered, by_luck[:, place] - slack)) / (1 + shuffles)
    least = np.sort(of_luck.min(axis=1))
    p: Floats = (1 + np.searchsorted(least, alone, side="right")) / (1 + shuffles)
    return np.where(told, np.maximum(p, alone), 1.0)


def _ranked(became: Floats) -> Floats:
    """Return the ranks of all cells, less a straight line over the months."""
    order = np.unique(became, return_inverse=True)[1].reshape(became.shape)
    counts = np.bincount(order.ravel())
    ranks = (np.cumsum(counts) - (counts - 1) / 2)[order]
    ranks -= ranks.mean()
    time = np.arange(became.shape[1]) - (became.shape[1] - 1) / 2
    slope = (ranks.mean(axis=0) @ time) / max(float(time @ time), 1.0)
    freed: Floats = ranks - slope * time
    return freed
