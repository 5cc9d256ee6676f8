"""How long did each entry wait, and how did it end: what cohorts, conversion curves and pipelines are counted from.

An entry (a lead, a deal) begins on its day; it may convert, be lost, or still be open when it was last looked at, and
then all that is known is that it takes longer than that. Curves allow for it (Kaplan and Meier; Aalen and Johansen
where losing competes with converting), so that young entries neither count as failures nor drop out.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from kpixl.engine.answers import Answer
from kpixl.engine.calendar import Date, Dates
from kpixl.engine.checks import equal_lengths
from kpixl.errors import InvalidValue, NothingToSay

__all__ = ["CONVERTED", "LOST", "OPEN", "Curve", "Lifetimes", "curve", "lifetimes", "moment"]

Floats = NDArray[np.float64]

OPEN, CONVERTED, LOST = 0, 1, 2

_SECOND, _DAY = np.timedelta64(1, "s"), np.timedelta64(1, "D")


@dataclass(frozen=True, eq=False)
class Lifetimes(Answer):
    """The entries known by a moment: when each began, how many days it took or has taken, how it ended (or OPEN)."""

    starts: Dates
    ends: Dates
    days: Floats
    outcome: NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Curve(Answer):
    """Steps of the curves at the distinct ages: at risk just before, still open, converted by then, and its variance.

    An age 0 without anything is put in front, so that every age has a step at or before it.
    """

    ages: Floats
    at_risk: Floats
    open: Floats
    converted: Floats
    variance: Floats

    def step(self, ages: Floats) -> NDArray[np.int64]:
        """Return the place of the step at or before each age."""
        return np.maximum(np.searchsorted(self.ages, ages, side="right") - 1, 0)


def moment(as_of: Date | None) -> np.datetime64:
    """Return the last second that counts: that of the day, or the moment itself where `as_of` has a time of day.

    >>> moment(np.datetime64("2025-06-02")), moment(np.datetime64("2025-06-02T10:30"))
    (np.datetime64('2025-06-02T23:59:59'), np.datetime64('2025-06-02T10:30:00'))
    """
    given = np.datetime64("today", "D") if as_of is None else np.datetime64(as_of)
    exact: np.datetime64 = given.astype("datetime64[s]")
    return exact + _DAY - _SECOND if exact == exact.astype("datetime64[D]") else exact


def lifetimes(starts: ArrayLike, ends: ArrayLike, lost: ArrayLike | None, as_of: Date | None) -> Lifetimes:
    """Return what is known of the entries at the end of `as_of`.

    What begins later is not there yet, what ends later is still open, and what has no day at all is no entry. Whatever
    converted counts as converted, also where it was given up before.

    Raises
    ------
    InvalidValue
        The columns are not equally long, or an entry ends without having begun or before it began.
    NothingToSay
        There is no entry by then.
    """
    begun, won = (np.atleast_1d(np.asarray(given, dtype="datetime64[s]")) for given in (starts, ends))
    gone = (
        np.full(len(begun), np.datetime64("NaT", "s")) if lost is None else np.atleast_1d(lost).astype("datetime64[s]")
    )
    equal_lengths(starts=begun, ends=won, lost=gone)
    for ended in (won, gone):
        wrong = ~np.isnat(ended) & ~(begun <= ended)  # NaT is never earlier
        if wrong.any():
            row = int(np.argmax(wrong))
            if np.isnat(begun[row]):
                raise InvalidValue("entry_not_begun", row=row + 1, end=ended[row].astype("datetime64[D]"))
            start, end = (day[row].astype("datetime64[D]") for day in (begun, ended))
            raise InvalidValue("entry_reversed", row=row + 1, start=start, end=end)
    last = moment(as_of)
    there = begun <= last
    if not there.any():
        raise NothingToSay("no_entries", as_of=last.astype("datetime64[D]"))
    begun, won, gone = begun[there], won[there], gone[there]
    outcome = np.select([won <= last, gone <= last], [CONVERTED, LOST], OPEN)
    seen = last + _SECOND - _DAY if last + _SECOND == (last + _SECOND).astype("datetime64[D]") else last
    until = np.select([outcome == CONVERTED, outcome == LOST], [won, gone], np.maximum(seen, begun))
    return Lifetimes(begun, until, (until - begun) / _DAY, outcome)


def curve(days: Floats, outcome: NDArray[np.int64]) -> Curve:
    r"""Return the share converted by each age, where losing competes with converting and open entries are censored.

    Notes
    -----
    Aalen and Johansen: with :math:`n_j` at risk at age j, of whom :math:`d_j` end and :math:`c_j` of these convert,
    :math:`S_j = \prod (1 - d_i / n_i)` and :math:`I_j = \sum S_{i-1} c_i / n_i`; without losses
    :math:`I = 1 - S` of Kaplan and Meier. The variance is that of the delta method, which without losses is
    Greenwood's.

    References
    ----------
    Kaplan, E. L., Meier, P. (1958), Nonparametric estimation from incomplete observations. JASA 53. Aalen, O. O.,
    Johansen, S. (1978), An empirical transition matrix for non-homogeneous Markov chains based on censored
    observations. Scandinavian Journal of Statistics 5. Marubini, E., Valsecchi, M. G. (1995), Analysing Survival Data
    from Clinical Trials and Observational Studies, section 10.2.

    Examples
    --------
    >>> found = curve(np.array([1.0, 2, 2, 3]), np.array([CONVERTED, OPEN, CONVERTED, OPEN]))
    >>> found.ages.tolist(), found.converted.tolist()
    ([0.0, 1.0, 2.0, 3.0], [0.0, 0.25, 0.5, 0.5])
    """
    ages, place = np.unique(np.append(days, 0.0), return_inverse=True)
    counted = [np.bincount(place[:-1][mine], minlength=len(ages)) for mine in (outcome >= OPEN, outcome == CONVERTED)]
    left, converted = (count.astype(float) for count in counted)
    ended = left - np.bincount(place[:-1][outcome == OPEN], minlength=len(ages))
    at_risk = np.maximum(left[::-1].cumsum()[::-1], 1.0)
    still = np.cumprod(1 - ended / at_risk)
    before = np.append(1.0, still[:-1])
    share = np.cumsum(before * converted / at_risk)
    both = at_risk > ended  # where all end, nothing comes after
    risk = np.divide(ended, at_risk * (at_risk - ended), out=np.zeros_like(ended), where=both)
    once = before * converted / at_risk**2
    variance = (
        share**2 * np.cumsum(risk)
        - 2 * share * np.cumsum(share * risk)
        + np.cumsum(share**2 * risk)
        + np.cumsum(before**2 * (at_risk - converted) * converted / at_risk**3)
        - 2 * (share * np.cumsum(once) - np.cumsum(share * once))
    )
    return Curve(ages, at_risk, still, share, np.maximum(variance, 0.0))
