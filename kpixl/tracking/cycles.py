"""How many days does an order take?

From the day on which a deal began to that of its order: the middle half of the orders, and the middle one, of all and
by channel or member. Deals that are still open may take longer.
"""

import pandas as pd

from kpixl.tracking.deals import Outcome, days_between

__all__ = ["cycle_days"]


def cycle_days(frame: pd.DataFrame, by: str) -> pd.DataFrame:
    """Return the days that orders took: all of them in the first row (name ""), then by channel or member.

    Parameters
    ----------
    frame : DataFrame
        Deals as `kpixl.tracking.deals.deal_frame` gives them.
    by : {"channel", "member"}
        The column of the names.

    Returns
    -------
    DataFrame
        name, orders, quarter, median, three_quarters (days by which that part of the orders was won), those with the
        most orders first. There is no row without an order.

    Examples
    --------
    >>> frame = pd.DataFrame(
    ...     {
    ...         "outcome": ["won"] * 3 + ["open"],
    ...         "channel": ["Web", "Web", "展示会", "Web"],
    ...         "begun": pd.to_datetime(["2025-04-01"] * 4),
    ...         "ended": pd.to_datetime(["2025-04-11", "2025-04-21", "2025-05-01", None]),
    ...     }
    ... )
    >>> cycle_days(frame, "channel")[["name", "orders", "median"]].to_numpy().tolist()
    [['', 3, 20.0], ['Web', 2, 15.0], ['展示会', 1, 30.0]]
    """
    won = frame[(frame["outcome"] == Outcome.WON.value) & frame["begun"].notna()]
    taken = won.assign(days=days_between(won["begun"], won["ended"]))
    named = taken[taken[by] != ""]
    rows = [("", taken["days"])] if len(taken) else []
    groups = sorted(named.groupby(by)["days"], key=lambda group: (-len(group[1]), group[0]))
    rows += [(str(name), days) for name, days in groups]
    figures = [(name, len(days), *days.quantile([0.25, 0.5, 0.75]).tolist()) for name, days in rows]
    return pd.DataFrame(figures, columns=["name", "orders", "quarter", "median", "three_quarters"])
