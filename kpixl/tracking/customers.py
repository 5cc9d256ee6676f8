"""What is a customer worth, and do customers buy more than before?

Customers are known where a list of deals names them (the attribute `customer`). What they are worth over a span of time
is what they ordered by how many they are, which is

    value of a customer = value of an order × orders per customer.

Whether it moves is asked of those who were customers before both spans that are compared: whoever is chosen for an
order in the first of them would seem to fall off in the second.
"""

import datetime as dt
from dataclasses import dataclass
from typing import Any

import pandas as pd

from kpixl.actuals import attributes_in
from kpixl.engine.thresholds import CONFIDENCE
from kpixl.plan.glossary import AMOUNT, COUNT, CUSTOMERS, DAYS, Indicator
from kpixl.tracking.deals import Outcome, days_between

__all__ = ["CUSTOMER", "MONTHS", "Trend", "customer_orders", "customer_spans", "of_deals", "trend"]

CUSTOMER = "customer"  # the attribute of a deal
MONTHS = 12  # over which customers are counted
_SPAN, _SPANS = 3, 4  # months of a row of the trend, and rows
_LEAST = 6  # changed customers: of five, all may go one way by chance


@dataclass(frozen=True)
class Trend:
    """How many known customers bought more and less in the last `months` than in as many before, and how sure it is.

    `p` is that of as uneven a split by chance.
    """

    months: int
    more: int
    less: int
    p: float

    @property
    def sure(self) -> bool:
        """Whether the difference is beyond chance."""
        return self.p < 1 - CONFIDENCE


def customer_orders(frame: pd.DataFrame) -> pd.DataFrame:
    """Return the orders of the deals whose customer is known: customer, date, amount, channel, first (theirs of all).

    Parameters
    ----------
    frame : DataFrame
        Deals as `kpixl.tracking.deals.deal_frame` gives them.
    """
    won = frame[(frame["outcome"] == Outcome.WON.value) & frame["ended"].notna()]
    named = won.assign(customer=won["attributes"].map(attributes_in).map(lambda known: known.get(CUSTOMER, "")))
    orders = named.loc[named["customer"] != "", ["customer", "ended", "amount", "channel"]]
    orders = orders.rename(columns={"ended": "date"}).sort_values("date", kind="stable", ignore_index=True)
    return orders.assign(first=~orders["customer"].duplicated())


def customer_spans(orders: pd.DataFrame, as_of: dt.date) -> pd.DataFrame:
    """Return what customers were worth in the twelve months to a day, and in each three of them.

    Parameters
    ----------
    orders : DataFrame
        As `customer_orders` gives them.
    as_of : date
        The last day.

    Returns
    -------
    DataFrame
        until (the last day of a span; missing in the first row, which is all twelve months), customers, new (whose
        first order of all it was), repeat (who had ordered before), orders, per_customer, average (amount of an order),
        value (amount of a customer). A span without an order has no row; amounts are missing where none is known.

    Examples
    --------
    >>> days = pd.to_datetime(["2025-05-01", "2025-06-10", "2025-06-20", "2025-06-30"])
    >>> orders = pd.DataFrame({"customer": ["A", "A", "B", "A"], "date": days, "amount": [100.0, 200.0, 300.0, 600.0]})
    >>> orders = orders.assign(first=[True, False, True, False])
    >>> found = customer_spans(orders, dt.date(2025, 6, 30))[["customers", "repeat", "orders", "value"]]
    >>> found.to_numpy(dtype=float)[0].tolist()
    [2.0, 1.0, 4.0, 600.0]
    """
    rows = [_span(orders, as_of, MONTHS) | {"until": pd.NaT}]
    ends = [_months_before(as_of, place * _SPAN) for place in range(_SPANS)]
    rows += [_span(orders, end, _SPAN) | {"until": pd.Timestamp(end)} for end in ends]
    columns = ["until", "customers", "new", "repeat", "orders", "per_customer", "average", "value"]
    found = pd.DataFrame(rows, columns=columns)
    return found[found["orders"] > 0].reset_index(drop=True)


def trend(orders: pd.DataFrame, as_of: dt.date) -> Trend | None:
    """Return whether known customers buy more or less than before, by the sign test; None where too few tell.

    The last twelve months are compared with the twelve before, or six with six where less is known: of customers who
    had ordered before both.

    References
    ----------
    Conover, W. J. (1999), Practical Nonparametric Statistics, 3rd ed., section 3.4 (the sign test).

    Examples
    --------
    Eight customers who ordered for 100 each half-year, and now for 150:

    >>> days = pd.to_datetime(["2024-06-01", "2024-11-01", "2025-05-01"]).repeat(8)
    >>> orders = pd.DataFrame({"customer": [*"ABCDEFGH"] * 3, "date": days, "amount": [100.0] * 16 + [150.0] * 8})
    >>> found = trend(orders, dt.date(2025, 6, 30))
    >>> found.months, found.more, found.less, round(found.p, 4), found.sure
    (6, 8, 0, 0.0078, True)
    """
    from scipy.stats import binomtest  # noqa: PLC0415 - only who asks pays for scipy

    known = orders[orders["amount"].notna()]
    for months in (MONTHS, MONTHS // 2):
        middle, start = (pd.Timestamp(_months_before(as_of, times * months)) for times in (1, 2))
        before = set(known.loc[known["date"] <= start, CUSTOMER])
        theirs = known[known[CUSTOMER].isin(before) & (known["date"] > start)]
        later = theirs["date"] > middle
        bought = [theirs[part].groupby(CUSTOMER)["amount"].sum() for part in (later, ~later)]
        change = bought[0].sub(bought[1], fill_value=0.0)
        more, less = int((change > 0).sum()), int((change < 0).sum())
        if more + less >= _LEAST:
            return Trend(months, more, less, float(binomtest(more, more + less).pvalue))
    return None


def of_deals(one: Indicator, frame: pd.DataFrame | None, start: dt.date, as_of: dt.date) -> tuple[float, float | None]:
    """Return numerator and denominator of a KPI that deals tell: days from `start` to a day, customers of a year.

    The denominator is None where there is nothing to divide by. Both are not a number (NaN) where deals do not tell.
    """
    unknown = float("nan"), float("nan") if one.base else None
    if frame is None:
        return unknown
    mine = frame[frame["channel"] == one.channel] if one.channel else frame
    if one.measure == DAYS:
        return _days(one, mine, start, as_of) or unknown
    orders = customer_orders(frame)
    if one.channel:
        orders = orders[orders["channel"] == one.channel]
    if not len(orders):
        return unknown
    span = _within(orders, as_of, MONTHS)
    part = _counted(one.event, one.measure, span)
    whole = _counted(one.base, COUNT, span) if one.base else None
    return unknown if part is None or (one.base and whole is None) else (part, whole)


def _days(one: Indicator, frame: pd.DataFrame, start: dt.date, as_of: dt.date) -> tuple[float, float | None] | None:
    """Return the days that deals took which were won (or lost) in a span, and how many those are."""
    if one.event not in (Outcome.WON.value, Outcome.LOST.value) or one.base not in ("", one.event):
        return None
    over = frame[(frame["outcome"] == one.event) & frame["begun"].notna() & frame["ended"].notna()]
    if not len(over):
        return None
    inside = (over["ended"] >= pd.Timestamp(start)) & (over["ended"] < pd.Timestamp(as_of) + pd.Timedelta(days=1))
    days = days_between(over.loc[inside, "begun"], over.loc[inside, "ended"])
    return float(days.sum()), float(len(days)) if one.base else None


def _counted(event: str, measure: str, orders: pd.DataFrame) -> float | None:
    """Return the orders, their amount or the customers in a span; None for anything else."""
    if event in CUSTOMERS and measure == COUNT:
        return float(_customers(orders)[event])
    if event == Outcome.WON.value and measure in (COUNT, AMOUNT):
        return float(orders["amount"].sum() if measure == AMOUNT else len(orders))
    return None


def _customers(orders: pd.DataFrame) -> dict[str, int]:
    counts = (
        orders[CUSTOMER].nunique(),
        int(orders["first"].sum()),
        orders.loc[~orders["first"], CUSTOMER].nunique(),
    )
    return dict(zip(CUSTOMERS, counts, strict=True))


def _span(orders: pd.DataFrame, end: dt.date, months: int) -> dict[str, Any]:
    span = _within(orders, end, months)
    counts = _customers(span)
    people, amounts = counts[CUSTOMERS[0]], span["amount"].dropna()
    return {
        "customers": people,
        "new": counts[CUSTOMERS[1]],
        "repeat": counts[CUSTOMERS[2]],
        "orders": len(span),
        "per_customer": len(span) / people if people else float("nan"),
        "average": amounts.mean() if len(amounts) else float("nan"),
        "value": amounts.sum() / people if people and len(amounts) else float("nan"),
    }


def _within(orders: pd.DataFrame, end: dt.date, months: int) -> pd.DataFrame:
    day = pd.Timestamp(end) + pd.Timedelta(days=1)
    return orders[
        (orders["date"] < day) & (orders["date"] >= pd.Timestamp(_months_before(end, months)) + pd.Timedelta(days=1))
    ]


def _months_before(day: dt.date, months: int) -> dt.date:
    """Return the day so many months before; the last of a month stays the last."""
    stamp = pd.Timestamp(day)
    back = stamp - pd.DateOffset(months=months)
    return (back + pd.offsets.MonthEnd(0) if stamp.is_month_end else back).date()
