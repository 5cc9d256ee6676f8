"""Did the measure work, or do rates move like that all the time?

A test of two rates knows chance alone. Rates of a business also move with quarter ends, seasons and good weeks, and
most days look as if something had worked. So the comparison before and after a measure is made on every earlier day of
the same series too, on which nothing was done (placebo), and a difference counts as an effect only where it is large
among these. Where others did not take part, what happened to them in the same weeks is taken off first.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from kpixl.engine.answers import Answer
from kpixl.engine.checks import Term, equal_lengths, vector
from kpixl.engine.columns import share
from kpixl.errors import InvalidValue, NothingToSay, NoTrials

__all__ = ["Placebo", "placebo"]

Floats = NDArray[np.float64]

_FEWEST_SPANS = 3.0


@dataclass(frozen=True, eq=False)
class Placebo(Answer):
    """The difference of the rates, its size in standard errors of chance, and what such a size is on placebo days.

    `spread` is how large it usually is on these (1: as chance alone makes it), `p` how often it is as large as it is,
    `stands` whether that is rare enough to speak of an effect, `days` how many placebo days there are.
    """

    difference: float
    size: float
    spread: float
    p: float
    stands: bool
    days: int


def placebo(
    successes: ArrayLike,
    trials: ArrayLike,
    at: int,
    span: int,
    *,
    other_successes: ArrayLike | None = None,
    other_trials: ArrayLike | None = None,
    confidence: float = 0.95,
) -> Placebo:
    r"""Hold the rate's difference before and after a day against that on the days before it.

    Parameters
    ----------
    successes, trials : array_like of float, shape (days,)
        Counts of each day, 0 or more, the oldest first and no day left out.
    at : int
        Place of the first day after the measure, from 0.
    span : int
        How many days before it are compared with as many from it on, 1 or more.
    other_successes, other_trials : array_like of float, shape (days,), optional
        The same of those that did not take part: their difference is taken off.
    confidence : float, default 0.95
        1 less the share of placebo days that may count as an effect, between 0 and 1.

    Returns
    -------
    Placebo
        Of one comparison.

    Raises
    ------
    InvalidValue
        A count is negative or not finite, columns are not equally long, the spans do not lie in them, or the confidence
        is not between 0 and 1.
    NoTrials
        One side of the comparison has no trials.
    NothingToSay
        The days before the measure make fewer than three spans of placebo days.

    Notes
    -----
    With the rates :math:`p_1, p_2` of the two spans and the pooled rate :math:`\bar p` the size is
    :math:`z = (p_2 - p_1) / \sqrt{\bar p (1 - \bar p) (1 / n_1 + 1 / n_2)}`; with others, of whom the same is
    marked by a dash, :math:`(p_2 - p_1 - p_2' + p_1') / \sqrt{v + v'}`. Placebo days are those of which both spans end
    before the measure. With their root mean square :math:`s`, at least 1, and m, how many spans they make, p is the
    larger of the two-sided p of :math:`z / s` by Student's t with m degrees of freedom, and of z's rank among the
    placebo days, :math:`(1 + \#\{|z_i| \ge |z|\}) / (1 + M)`. The first allows for how few they are, the second for
    sizes that are mostly small and at times, as at quarter ends, large.

    References
    ----------
    Abadie, A., Diamond, A., Hainmueller, J. (2010), Synthetic control methods for comparative case studies. JASA 105
    (placebo in time). Bertrand, M., Duflo, E., Mullainathan, S. (2004), How much should we trust
    differences-in-differences estimates? Quarterly Journal of Economics 119.

    Examples
    --------
    Calls lead to appointments in one case in ten, now more, now less; after the 80th day in one of five:

    >>> day = np.arange(100)
    >>> won = np.where(day < 80, 10 + 4 * np.sin(day), 20)
    >>> found = placebo(won, np.full(100, 100.0), 80, 10)
    >>> f"{found.difference:+.0%}: {found.stands}"
    '+9%: True'
    """
    alpha = 1 - share("confidence", confidence)
    won, tried = vector("successes", successes), vector("trials", trials)
    sides = [(won, tried)]
    if other_successes is not None and other_trials is not None:
        sides.append((vector("successes", other_successes), vector("trials", other_trials)))
    for successful, attempted in sides:
        equal_lengths(trials=tried, successes=successful, other_trials=attempted)
    if not (1 <= span <= at and at + span <= len(tried)):
        raise InvalidValue("span_outside", name=Term("span"), at=at, span=span, days=len(tried))
    places = np.append(np.arange(span, at - span + 1), at)
    compared = [_compared(*side, places, span) for side in sides]
    difference, variance = (sum(parts) for parts in zip(compared[0], *_negative(compared[1:]), strict=True))
    sizes = np.divide(difference, np.sqrt(variance), out=np.zeros_like(variance), where=variance > 0)
    if np.isnan(variance[-1]):
        raise NoTrials("effect_no_trials")
    earlier = np.abs(sizes[:-1][~np.isnan(variance[:-1])])
    spans = len(earlier) / span
    if spans < _FEWEST_SPANS:
        raise NothingToSay("few_placebo_days", given=len(earlier), least=int(np.ceil(_FEWEST_SPANS * span)))
    spread = max(1.0, float(np.sqrt(np.mean(earlier**2))))
    p = max(_two_sided(abs(sizes[-1]) / spread, spans), (1 + np.sum(earlier >= abs(sizes[-1]))) / (1 + len(earlier)))
    return Placebo(float(difference[-1]), float(sizes[-1]), spread, float(p), bool(p < alpha), len(earlier))


def _negative(others: list[tuple[Floats, Floats]]) -> list[tuple[Floats, Floats]]:
    return [(-difference, variance) for difference, variance in others]


def _compared(won: Floats, tried: Floats, places: NDArray[np.int64], span: int) -> tuple[Floats, Floats]:
    """Return the difference of the rates around each place and its variance by chance; NaN without trials."""
    sums = [np.append(0.0, np.cumsum(values)) for values in (won, tried)]
    won_1, tried_1 = (values[places] - values[places - span] for values in sums)
    won_2, tried_2 = (values[places + span] - values[places] for values in sums)
    both = (tried_1 > 0) & (tried_2 > 0)
    of_1, of_2 = np.where(both, tried_1, np.nan), np.where(both, tried_2, np.nan)
    pooled = np.clip((won_1 + won_2) / (of_1 + of_2), 0.0, 1.0)
    return won_2 / of_2 - won_1 / of_1, pooled * (1 - pooled) * (1 / of_1 + 1 / of_2)


def _two_sided(size: float, degrees: float) -> float:
    from scipy.special import stdtr  # noqa: PLC0415 - only who asks pays for scipy

    return float(2 * stdtr(degrees, -size))
