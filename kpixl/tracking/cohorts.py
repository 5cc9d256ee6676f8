"""Of the deals that began in a month, how many became orders, and how many will have in the end?

This month's orders came from deals of earlier months, so that the rate of one by the other says little where a sale
takes long. Here deals are followed from the month in which they began (`kpixl.engine.cohort`).
"""

import datetime as dt

import numpy as np
import pandas as pd

from kpixl.engine.cohort import cohort
from kpixl.tracking.deals import Outcome, followed

__all__ = ["entry_cohorts"]


def entry_cohorts(frame: pd.DataFrame, as_of: dt.date) -> pd.DataFrame:
    """Return what became of the deals, by the month in which they began.

    Parameters
    ----------
    frame : DataFrame
        Deals as `kpixl.tracking.deals.deal_frame` gives them for `as_of`. Those that began on no known day, or were won
        on none, are left out.
    as_of : date
        The day.

    Returns
    -------
    DataFrame
        month, entered, won, lost (with those that ended otherwise), open, rate (won so far of those that entered),
        expected (orders in the end), expected_rate; a row for every month from the first one. Months more than 50 years
        ago are left out, as nobody's deal began then.

    Examples
    --------
    >>> begun = pd.to_datetime(["2025-04-02"] * 10 + ["2025-05-03"] * 10)
    >>> ended = ["2025-04-10"] * 2 + ["2025-05-10"] * 2 + [None] * 6 + ["2025-05-10"] * 3 + [None] * 7
    >>> outcome = ["won"] * 4 + ["open"] * 6 + ["won"] * 3 + ["open"] * 7
    >>> frame = pd.DataFrame({"begun": begun, "ended": pd.to_datetime(ended), "outcome": outcome, "step": ""})
    >>> found = entry_cohorts(frame, dt.date(2025, 5, 31))
    >>> found[["entered", "won", "rate", "expected", "expected_rate"]].to_numpy().tolist()
    [[10.0, 4.0, 0.4, 4.0, 0.4], [10.0, 3.0, 0.3, 6.0, 0.6]]
    """
    columns = ["month", "entered", "won", "lost", "open", "rate", "expected", "expected_rate"]
    last = pd.Timestamp(as_of)
    known = followed(frame)
    dated = known[known["begun"].notna() & (known["begun"] > last - pd.DateOffset(years=50))]
    if not len(dated):
        return pd.DataFrame(columns=columns)
    won = dated["outcome"] == Outcome.WON.value
    triangle = cohort(
        dated["begun"].to_numpy(), dated["ended"].where(won).to_numpy(), as_of=np.datetime64(as_of), by="month"
    )
    begun = dated["begun"].dt.to_period("M")
    months = pd.PeriodIndex(triangle.period.astype("datetime64[M]").astype(str), freq="M")
    counts = {
        "won": won,
        "lost": dated["outcome"].isin([Outcome.LOST.value, Outcome.ENDED.value]),
        "open": dated["outcome"] == Outcome.OPEN.value,
    }
    by_month = {name: mine.groupby(begun).sum().reindex(months, fill_value=0) for name, mine in counts.items()}
    found = pd.DataFrame({"entered": triangle.entered, "expected": triangle.expected}, index=months).assign(**by_month)
    entered = found["entered"].where(found["entered"] > 0)
    found = found.assign(rate=found["won"] / entered, expected_rate=found["expected"] / entered)
    return found.assign(month=months.to_timestamp()).reset_index(drop=True)[columns]
