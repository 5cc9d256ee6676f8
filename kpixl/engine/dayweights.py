"""How much of a month comes on which of its days, beyond business day by business day?

Orders pile up at the end of a month and more so of a quarter; leads come on weekends too; Fridays are short. What each
weekday and each part of the month brings is learned from the months that are over, as far as it is beyond chance: the
rest stays as business days have it. Whether such weights are any good is for the past to say: each month is foreseen
from those before it, and if business days did as well, they stay.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from kpixl.engine.answers import Answer
from kpixl.engine.calendar import Dates

__all__ = ["FEWEST_MONTHS", "OFF", "PARTS", "DayWeights", "Days", "days_of", "helps", "learned", "misses"]

Floats = NDArray[np.float64]
Places = NDArray[np.intp]

FEWEST_MONTHS = 3  # of which weights are learned, and as many again on which they are tried
OFF = 7  # the place of days off among the weekdays
PARTS = 4  # of a month: its first week, the middle, the last but one week, the last
_WEEK = 5  # business days
_ROUNDS = 5  # of fitting: each changes a weight by less than a tenth of the one before
_NEVER = 1e-9


@dataclass(frozen=True, eq=False)
class Days(Answer):
    """Days of whole months, one after the other, as weights look at them.

    `month` counts from 0, `worked` is how much of each day is a business day, `weekday` is 0 (Monday) to 6 for business
    days and `OFF` for others, `part` 0 to 3 as in `PARTS`, and `closing` says that the month is the last of a quarter.
    """

    month: Places
    worked: Floats
    weekday: Places
    part: Places
    closing: NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class DayWeights(Answer):
    """What a day of each kind brings; a business day brings 1 on average.

    `weekday` has a factor for each weekday from Monday on and one for days off, `part` one for each part of a month,
    `closing` what these are multiplied with in the last month of a quarter.
    """

    weekday: Floats
    part: Floats
    closing: Floats

    def of(self, days: Days) -> Floats:
        """Return the weight of each day."""
        worked = np.where(days.weekday == OFF, 1.0, days.worked)
        weights: Floats = worked * self.weekday[days.weekday] * self.part[days.part]
        return weights * np.where(days.closing, self.closing[days.part], 1.0)


def days_of(dates: Dates, worked: Floats, closing_months: Sequence[int]) -> Days:
    """Return how weights look at the days of whole months.

    Parameters
    ----------
    dates : ndarray of datetime64[D]
        All days of the months, in order.
    worked : ndarray of float
        How much of each day is a business day, 0 to 1.
    closing_months : sequence of int
        The calendar months (1 to 12) with which a quarter ends.

    Examples
    --------
    The first week of June 2025 begins on a Sunday, and its last day is a Monday:

    >>> june = np.arange("2025-06-01", "2025-07-01", dtype="datetime64[D]")
    >>> found = days_of(june, np.is_busday(june).astype(float), [3, 6, 9, 12])
    >>> found.weekday[:3].tolist(), found.part[[0, 8, -1]].tolist(), bool(found.closing.all())
    ([7, 0, 1], [0, 1, 3], True)
    """
    months = dates.astype("datetime64[M]").astype(np.int64)
    month = np.searchsorted(np.unique(months), months)
    weekday = np.where(worked > 0, (dates.astype("datetime64[D]").astype(np.intp) + 3) % 7, OFF)
    before = np.concatenate(([0.0], np.cumsum(worked)))
    first, last = (np.searchsorted(month, month, side=side) for side in ("left", "right"))
    past, left = before[:-1] - before[first], before[last] - before[1:]
    part = np.select([left < _WEEK, past < _WEEK, left < 2 * _WEEK], [3, 0, 2], 1)
    return Days(month, np.asarray(worked, dtype=np.float64), weekday, part, np.isin(months % 12 + 1, closing_months))


def learned(counts: Floats, days: Days) -> DayWeights:
    r"""Learn the weights of days from what they brought.

    Parameters
    ----------
    counts : ndarray of float, shape (days,)
        What each day brought, 0 or more.
    days : Days
        The days of whole months.

    Notes
    -----
    Given the N of a month, its days share it as a multinomial does, whatever the level of the month. The weight of a
    day is the product of its factors, found in turn (iterative proportional fitting): a factor that saw O where E is
    expected without it is

    .. math:: f = \frac{O / \varphi + \kappa}{E / \varphi + \kappa},

    where :math:`\varphi` is Pearson's dispersion of the months' sums by kind of day, and :math:`1 / \kappa` the
    variance of the factors of one kind beyond chance by the method of moments: where there is none, they are 1. That of
    days off leans on 0 instead, :math:`f = O / E \cdot \max(0, 1 - \varphi / O)`. How the level of the last month of
    a quarter compares with others cannot be told from shares of months; its usual part, the median, is taken for even.

    References
    ----------
    Deming, W. E., Stephan, F. F. (1940), On a least squares adjustment of a sampled frequency table. Annals of
    Mathematical Statistics 11. DerSimonian, R., Laird, N. (1986), Meta-analysis in clinical trials. Controlled Clinical
    Trials 7. Efron, B., Morris, C. (1975), Data analysis using Stein's estimator. JASA 70.

    Examples
    --------
    Twelve months in which a third of the orders come in the last week:

    >>> year = np.arange("2025-01-01", "2026-01-01", dtype="datetime64[D]")
    >>> days = days_of(year, np.is_busday(year).astype(float), [3, 6, 9, 12])
    >>> late = learned(np.where(days.part == 3, 20.0, 10.0) * days.worked, days)
    >>> (late.part / late.part[1]).round(1).tolist(), float(late.weekday[OFF])
    ([1.0, 1.0, 1.0, 2.0], 0.0)
    """
    found = DayWeights(np.append(np.ones(OFF), 0.1), np.ones(PARTS), np.ones(PARTS))
    months = int(days.month[-1]) + 1
    for _ in range(_ROUNDS):
        off = days.weekday == OFF
        weekday = _factors(counts, days, found, days.weekday, found.weekday, ~off)
        weekday[OFF] = _days_off(counts, days, found, off)
        found = DayWeights(weekday, found.part, found.closing)
        if months >= FEWEST_MONTHS:
            part = _factors(counts, days, found, days.part, found.part, ~days.closing)
            found = DayWeights(weekday, part, found.closing)
        if days.closing.any() and months >= FEWEST_MONTHS:
            found = DayWeights(
                weekday, found.part, _factors(counts, days, found, days.part, found.closing, days.closing)
            )
    found = DayWeights(found.weekday, found.part, found.closing / np.median(found.closing))
    business = days.weekday != OFF
    level = found.of(days)[business].sum() / days.worked[business].sum()
    return DayWeights(found.weekday / level, found.part, found.closing)


def misses(counts: Floats, days: Days) -> tuple[Floats, Floats]:
    """Return how far off business days and learned weights were, month by month, each foreseen from those before.

    The miss of a month is the mean square of the difference between the share of it that was due by the end of each
    day and the one that had come. Months in which nothing came are left out.

    Examples
    --------
    >>> year = np.arange("2025-01-01", "2026-01-01", dtype="datetime64[D]")
    >>> days = days_of(year, np.is_busday(year).astype(float), [3, 6, 9, 12])
    >>> plain, weighed = misses(np.where(days.part == 3, 20.0, 10.0) * days.worked, days)
    >>> len(plain), bool((weighed < plain / 10).all())
    (9, True)
    """
    plain, weighed = [], []
    for month in range(FEWEST_MONTHS, int(days.month[-1]) + 1):
        here, before = days.month == month, days.month < month
        if counts[here].sum() <= 0 or counts[before].sum() <= 0:
            continue
        now = _some(days, here)
        weights = learned(counts[before], _some(days, before)).of(now)
        came = _shares(counts[here])
        plain.append(float(np.mean((_shares(now.worked) - came) ** 2)))
        weighed.append(float(np.mean((_shares(weights) - came) ** 2)))
    return np.array(plain), np.array(weighed)


def helps(plain: Floats, weighed: Floats) -> bool:
    """Say whether the weights were better than business days by more than a standard error of the difference.

    Parameters
    ----------
    plain, weighed : ndarray of float
        The `misses` of as many months.

    References
    ----------
    Breiman, L., Friedman, J., Olshen, R., Stone, C. (1984), Classification and Regression Trees, section 3.4.3 (the
    rule of one standard error).

    Examples
    --------
    >>> helps(np.array([0.03, 0.02, 0.04]), np.array([0.01, 0.01, 0.01]))
    True
    >>> helps(np.array([0.03, 0.02]), np.array([0.01, 0.01]))
    False
    """
    if len(plain) < FEWEST_MONTHS:
        return False
    better = plain - weighed
    return bool(better.mean() > better.std(ddof=1) / np.sqrt(len(better)))


def _some(days: Days, which: NDArray[np.bool_]) -> Days:
    month = days.month[which]
    return Days(month - month[0], days.worked[which], days.weekday[which], days.part[which], days.closing[which])


def _shares(weights: Floats) -> Floats:
    shares: Floats = np.cumsum(weights) / weights.sum()
    return shares


def _sums(places: Places, values: Floats, size: int) -> Floats:
    sums: Floats = np.bincount(places, values, size).astype(np.float64)
    return sums


def _expected(counts: Floats, days: Days, weights: DayWeights) -> Floats:
    """Return what each day should have brought of what its month did."""
    own = weights.of(days)
    of_month = np.bincount(days.month, own)
    share = np.divide(np.bincount(days.month, counts), of_month, out=np.zeros_like(of_month), where=of_month > 0)
    expected: Floats = own * share[days.month]
    return expected


def _factors(
    counts: Floats,
    days: Days,
    weights: DayWeights,
    kind: Places,
    now: Floats,
    which: NDArray[np.bool_],
) -> Floats:
    """Return the factors of the kinds of day, those of `which` days only, as far as they are beyond chance."""
    expected = _expected(counts, days, weights)
    size = len(now)
    cell = days.month * size + kind
    seen, due = (_sums(cell, of, (int(days.month[-1]) + 1) * size) for of in (counts, expected))
    varied = _dispersion(seen, due, size)
    got, without = (_sums(kind[which], of[which], size) for of in (counts, expected))
    without = without / np.maximum(now, _NEVER)
    known = without > _NEVER
    if known.sum() < 2:
        return now.copy()
    ratio = np.divide(got, without, out=np.ones(size), where=known)
    sure = np.where(known, without, 0.0) / varied
    level = float(got[known].sum() / without[known].sum())
    ratio = ratio / level if level > 0 else np.ones(size)
    beyond = float(sure @ (ratio - 1) ** 2) - (known.sum() - 1)
    spread = beyond / max(float(sure.sum() - (sure @ sure) / sure.sum()), _NEVER)
    factors = now.copy()
    factors[known] = 1.0 if spread <= 0 else ((ratio * sure + 1 / spread) / (sure + 1 / spread))[known]
    return factors


def _dispersion(seen: Floats, due: Floats, size: int) -> float:
    """Return Pearson's dispersion of the sums by month and kind of day, 1 or more."""
    counted = due > _NEVER
    square = float(np.sum((seen[counted] - due[counted]) ** 2 / due[counted]))
    free = int(counted.sum()) - int(counted.reshape(-1, size).any(axis=1).sum()) - (size - 1)
    return max(1.0, square / free) if free > 0 else 1.0


def _days_off(counts: Floats, days: Days, weights: DayWeights, off: NDArray[np.bool_]) -> float:
    """Return what a day off brings, leaning on nothing."""
    got = float(counts[off].sum())
    if got <= 0:
        return 0.0
    some = DayWeights(np.append(weights.weekday[:OFF], max(weights.weekday[OFF], 0.01)), weights.part, weights.closing)
    expected = _expected(counts, days, some)
    months = int(days.month[-1]) + 1
    seen, due = (_sums(days.month[off], of[off], months) for of in (counts, expected))
    varied = _dispersion(seen, due, 1)
    factor = some.weekday[OFF] * got / float(due.sum())
    return float(factor) * max(0.0, 1.0 - varied / got)
