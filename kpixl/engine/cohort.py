"""What became of those who came in together, and what is still to come of them?

Entries are laid out by the period in which they came in and by how many periods later they had converted: a triangle,
as the young cohorts have not had their time. The chain ladder of insurers completes it with what the older ones did.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from kpixl.engine.answers import Answer
from kpixl.engine.calendar import Date, Dates
from kpixl.engine.checks import known as one_of
from kpixl.engine.lifetimes import CONVERTED, lifetimes, moment
from kpixl.errors import InvalidValue

__all__ = ["Cohort", "cohort"]

Floats = NDArray[np.float64]

_MOST_PERIODS = 600


@dataclass(frozen=True, eq=False)
class Cohort(Answer):
    """By period of entry: its first day, entries, converted by each age in periods (a row each), expected in the end.

    `converted` is not a number (NaN) at ages that a cohort has not begun; its last number is that of the period that
    goes on.
    """

    period: Dates
    entered: Floats
    converted: Floats
    expected: Floats


def cohort(starts: ArrayLike, ends: ArrayLike, *, as_of: Date | None = None, by: str = "month") -> Cohort:
    r"""Follow entries by the period in which they came in.

    Parameters
    ----------
    starts, ends, as_of
        As in `conversion`.
    by : {"month", "quarter", "week"}, default "month"
        The periods; weeks begin on Monday.

    Returns
    -------
    Cohort
        A row for every period from the first entry's to that of `as_of`. Age 0 is the period of entry itself.

    Raises
    ------
    InvalidValue
        The columns are not equally long, an entry ends before it begins, `by` is something else, or there are more than
        600 periods.
    NothingToSay
        No entry has begun by `as_of`.

    Notes
    -----
    With :math:`C_{ij}` converted of cohort i by age j, the factors are volume-weighted over the cohorts for which both
    ages are over: :math:`f_j = \sum C_{i,j+1} / \sum C_{ij}`. Expected is the last :math:`C_{ij}` whose age is over
    times the factors still to come. Where that is 0, or no age is over yet, a multiple says nothing; then what is still
    to come is the share of the entries that older cohorts brought after that age (Cape Cod). Nobody converts twice, so
    there are no more than entries, and no fewer than have converted. What comes later than the oldest cohort has seen
    is not in it.

    References
    ----------
    Mack, T. (1993), Distribution-free calculation of the standard error of chain ladder reserve estimates. ASTIN
    Bulletin 23. Stanard, J. N. (1985), A simulation test of prediction errors of loss reserve estimation techniques
    (Cape Cod).

    Examples
    --------
    Of 10 leads of April 2 became orders in April and 4 by the end of May; of 10 of May 3 did so in May, so that 6 are
    to be expected:

    >>> april, may = np.datetime64("2025-04-10"), np.datetime64("2025-05-10")
    >>> ends = np.array([april] * 2 + [may] * 2 + ["NaT"] * 6 + [may] * 3 + ["NaT"] * 7, dtype="datetime64[D]")
    >>> cohort([april] * 10 + [may] * 10, ends, as_of=np.datetime64("2025-05-31")).expected.tolist()
    [4.0, 6.0]
    """
    one_of("by", by, ("month", "quarter", "week"))
    entries = lifetimes(starts, ends, None, as_of)
    last = moment(as_of)
    begun, ended, now, after = (
        _number(days, by) for days in (entries.starts, entries.ends, last, last + np.timedelta64(1, "s"))
    )
    first = int(begun.min())
    count = int(now) - first + 1
    if count > _MOST_PERIODS:
        raise InvalidValue("cohort_too_long", first=_day(first, by), last=_day(int(now), by), most=_MOST_PERIODS)
    rows = begun - first
    entered = np.bincount(rows, minlength=count).astype(float)
    won = entries.outcome == CONVERTED
    cells = np.bincount(rows[won] * count + (ended - begun)[won], minlength=count * count)
    brought = cells.reshape(count, count).cumsum(axis=1).astype(float)
    ages, places = np.arange(count), np.arange(count)[:, None]
    over = int(after) - first - places > ages
    expected = _expected(entered, brought, over)
    periods = np.array([_day(first + row, by) for row in range(count)])
    return Cohort(periods, entered, np.where(places + ages < count, brought, np.nan), expected)


def _expected(entered: Floats, brought: Floats, over: NDArray[np.bool_]) -> Floats:
    """Complete the triangle of what each cohort `brought` by each age, of which some are `over`."""
    both = over[:, 1:]
    later, earlier = (np.where(both, part, 0).sum(axis=0) for part in (brought[:, 1:], brought[:, :-1]))
    factors = np.divide(later, earlier, out=np.ones_like(later), where=earlier > 0)
    still = np.append(np.cumprod(factors[::-1])[::-1], 1.0)  # by age: what the rest multiplies by
    ages = over.sum(axis=1) - 1  # the last age that is over, -1 where none is
    sure = np.where(ages >= 0, np.take_along_axis(brought, np.maximum(ages, 0)[:, None], axis=1)[:, 0], 0.0)
    developed = np.where(ages >= 0, 1 / still[np.maximum(ages, 0)], 0.0)
    known = np.sum(entered * developed)
    usual = sure.sum() / known if known > 0 else 0.0
    so_far = brought[:, -1]
    expected = np.where(sure > 0, sure * still[np.maximum(ages, 0)], entered * usual * (1 - developed))
    completed: Floats = np.clip(expected, so_far, entered)
    return completed


def _number(days: Dates | np.datetime64, by: str) -> NDArray[np.intp]:
    """Number periods so that the next is one more: months since 1970, quarters, or weeks from Monday."""
    if by == "week":
        return (np.asarray(days).astype("datetime64[D]").astype(np.intp) + 3) // 7  # 1970 began on a Thursday
    months = np.asarray(days).astype("datetime64[M]").astype(np.intp)
    return months // 3 if by == "quarter" else months


def _day(number: int, by: str) -> np.datetime64:
    """Return the first day of the period with that number."""
    if by == "week":
        return np.datetime64("1969-12-29", "D") + np.timedelta64(7 * number, "D")
    months = np.timedelta64(number * (3 if by == "quarter" else 1), "M")
    first: np.datetime64 = (np.datetime64("1970-01", "M") + months).astype("datetime64[D]")
    return first
