"""Many facts in few rows: what a sheet shows of them, and what the tracking of a month needs of them.

A sheet that shows all facts is a file of 20 MB for 200 people in a year. Its formulas ask for less: what the team and
each channel did on any day, and what each member did in the month that is followed. So much is shown, and all days stay
known elsewhere (`archive`). Where even this is too much, days become weeks or months, coarser step by step.
"""

import datetime as dt
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from kpixl.actuals.events import FACT_KEYS, FACT_MEASURES
from kpixl.actuals.frames import in_words, one_name, summed, together
from kpixl.engine.answers import Answer

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["MOST_BY_DAY", "MOST_SHOWN", "Condensed", "condensed", "daily"]

MOST_BY_DAY = 50_000  # facts; up to so many a sheet shows each of them
MOST_SHOWN = 80_000  # rows of a sheet, 3 MB of a file
_SUNDAY, _EPOCH = 6, 3  # weekdays; 1 January 1970 was a Thursday


@dataclass(frozen=True, eq=False)
class Condensed(Answer):
    """Facts in few rows, with the names as text.

    Attributes
    ----------
    shown : DataFrame
        What a sheet shows: sums that all its formulas can use. Each day, channel and event sums up exactly, and so does
        each member in the month that is followed. Where members stand in rows of their own, beside those of the
        channels, a row without either takes off again what would else be there twice.
    followed : DataFrame
        What the tracking needs: the months that are followed by day, all others by month, on its last day.
    """

    shown: "pd.DataFrame"
    followed: "pd.DataFrame"


def condensed(facts: "pd.DataFrame", as_of: dt.date, since: dt.date | None = None) -> Condensed:
    """Return facts, their names as codes, in few rows, when the month of `as_of` is followed.

    The tracking may need more: the months from that of `since` on.
    """
    current = _in_months(facts, as_of, as_of)
    month, others = facts[current], facts[~current]
    by_month = _sums(_at_ends(others))
    rows = facts
    for rows in _coarser(month, others, by_month, as_of):
        if len(rows) <= MOST_SHOWN:
            break
    if since is not None and since < as_of.replace(day=1):
        current = _in_months(facts, since, as_of)
        month, by_month = facts[current], _sums(_at_ends(facts[~current]))
    return Condensed(in_words(rows), in_words(together([by_month, month])))


def daily(facts: "pd.DataFrame", names: Iterable[str] = ()) -> "pd.DataFrame":
    """Return what the team did on each day, and apart from it what the members or channels in `names` did."""
    wanted = {*names}
    told = {by: sorted(wanted.intersection(facts[by].cat.categories)) for by in ("member", "channel")}
    folded = {by: facts[by].where(facts[by].isin(known)).cat.set_categories(["", *known]) for by, known in told.items()}
    return in_words(_sums(facts.assign(**{by: names.fillna("") for by, names in folded.items()})))


def _coarser(
    month: "pd.DataFrame", others: "pd.DataFrame", by_month: "pd.DataFrame", as_of: dt.date
) -> "Iterator[pd.DataFrame]":
    """Yield the rows of a sheet, each time fewer of them."""
    by_day, months = _sums(_blank(others, "member")), _sums(_blank(by_month, "member"))
    with_members = together([by_day, *_members(by_month)])
    days, weeks = (
        together([_sums(_blank(month, "member")), *_members(month.assign(date=dates))])
        for dates in (month["date"], _last_days(month, as_of))
    )
    yield together([with_members, month])
    yield together([with_members, days])
    yield together([by_day, month])
    yield together([by_day, days])
    yield together([by_day, weeks])
    yield together([months, weeks])


def _members(facts: "pd.DataFrame") -> "tuple[pd.DataFrame, pd.DataFrame]":
    """Return what each member did, whatever the channel, and rows without a name that take as much off."""
    mine = _sums(_blank(facts[facts["member"] != ""], "channel"))
    off = _sums(_blank(mine, "member"))
    return mine, off.assign(**{measure: -off[measure] for measure in FACT_MEASURES})


def _sums(facts: "pd.DataFrame") -> "pd.DataFrame":
    keys = [*FACT_KEYS, *(str(name) for name in facts if name not in (*FACT_KEYS, *FACT_MEASURES))]
    return summed(facts, keys, FACT_MEASURES)[[*facts.columns]]


def _blank(facts: "pd.DataFrame", by: str) -> "pd.DataFrame":
    return facts.assign(**{by: one_name("", len(facts))})


def _in_months(facts: "pd.DataFrame", since: dt.date, until: dt.date) -> "pd.Series":
    """Say which facts are of the months from that of one day to that of another."""
    import pandas as pd  # noqa: PLC0415

    first, last = (pd.Timestamp(day.replace(day=1)) for day in (since, until))
    return (facts["date"] >= first) & (facts["date"] < last + pd.DateOffset(months=1))


def _at_ends(facts: "pd.DataFrame") -> "pd.DataFrame":
    return facts.assign(date=_ends(facts["date"]))


def _ends(dates: "pd.Series") -> "pd.Series":
    """Return the last day of the month of each date."""
    return _dates(dates, (dates.to_numpy().astype("datetime64[M]") + 1).astype("datetime64[D]") - 1)


def _last_days(facts: "pd.DataFrame", as_of: dt.date) -> "pd.Series":
    """Return the last day of the week of each date, in its month; up to `as_of` none is later than that."""
    import numpy as np  # noqa: PLC0415

    days, until = facts["date"].to_numpy().astype("datetime64[D]"), np.datetime64(as_of)
    sundays = days + (_SUNDAY - (days.astype("int64") + _EPOCH) % 7)
    ends = np.minimum(sundays, _ends(facts["date"]).to_numpy().astype("datetime64[D]"))
    return _dates(facts["date"], np.where((days <= until) & (ends > until), until, ends))


def _dates(like: "pd.Series", days: Any) -> "pd.Series":
    import pandas as pd  # noqa: PLC0415

    return pd.Series(days.astype("datetime64[s]"), index=like.index)
