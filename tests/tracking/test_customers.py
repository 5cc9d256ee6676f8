"""What customers are worth, from deals that name them; by hand: A ordered 3 times, B once, C is lost."""

import datetime as dt

import numpy as np
import pandas as pd
import pytest

from kpixl.plan import Indicator
from kpixl.tracking.customers import customer_orders, customer_spans, of_deals, trend

_DAY = dt.date(2026, 7, 10)
_ROWS = (
    ("won", "2026-04-10", "2026-05-10", 1_000_000, "問い合わせ", "A"),
    ("won", "2026-06-01", "2026-06-20", 2_000_000, "問い合わせ", "A"),
    ("won", "2026-06-22", "2026-07-02", 600_000, "セミナー", "B"),
    ("won", "2026-06-18", "2026-07-08", 900_000, "セミナー", "A"),
    ("won", "2026-06-18", "2026-07-08", 900_000, "セミナー", ""),
    ("lost", "2026-06-18", "2026-07-08", 900_000, "セミナー", "C"),
)


@pytest.fixture
def deals() -> pd.DataFrame:
    frame = pd.DataFrame(_ROWS, columns=["outcome", "begun", "ended", "amount", "channel", "name"])
    known = frame["name"].map(lambda name: f'{{"customer": "{name}"}}' if name else "")
    return frame.assign(begun=pd.to_datetime(frame["begun"]), ended=pd.to_datetime(frame["ended"]), attributes=known)


def _asked(deals: pd.DataFrame, *what: str, **more: str) -> tuple[float, float | None]:
    return of_deals(Indicator("x", *what, **more), deals, dt.date(2026, 7, 1), _DAY)


def test_the_value_of_a_customer_is_that_of_an_order_by_orders_per_customer(deals: pd.DataFrame) -> None:
    year = customer_spans(customer_orders(deals), _DAY).iloc[0]
    assert year[["customers", "new", "repeat", "orders", "per_customer"]].tolist() == [2, 2, 1, 4, 2.0]
    assert year["average"] * year["per_customer"] == year["value"] == 2_250_000


def test_spans_of_three_months_end_with_the_day(deals: pd.DataFrame) -> None:
    spans = customer_spans(customer_orders(deals), dt.date(2026, 8, 31))
    assert spans["until"].tolist()[1:] == [pd.Timestamp("2026-08-31"), pd.Timestamp("2026-05-31")]
    assert spans["orders"].tolist() == [4, 3, 1]


def test_measures_of_deals(deals: pd.DataFrame) -> None:
    assert _asked(deals, "won", "customer", measure="amount") == (4_500_000, 2)
    assert _asked(deals, "won", "customer", channel="セミナー") == (2, 2)
    assert _asked(deals, "repeat_customer", "customer") == (1, 2)
    assert _asked(deals, "new_customer") == (2, None)
    assert _asked(deals, "won", "won", measure="days") == (10 + 20 + 20, 3)


def test_what_deals_do_not_tell_is_unknown(deals: pd.DataFrame) -> None:
    for part, _ in (
        _asked(deals.assign(attributes=""), "customer"),
        _asked(deals, "call", "customer"),
        _asked(deals, "meeting", "meeting", measure="days"),
        of_deals(Indicator("x", "customer"), None, _DAY, _DAY),
    ):
        assert np.isnan(part)


def _orders(*halves: tuple[str, str, float]) -> pd.DataFrame:
    rows = [(name, day, amount) for names, day, amount in halves for name in names]
    frame = pd.DataFrame(rows, columns=["customer", "date", "amount"])
    return frame.assign(date=pd.to_datetime(frame["date"]))


def test_a_trend_is_told_of_customers_of_long_standing_alone() -> None:
    """Ten buy less by the sign test at 2 / 1024; whoever is new tells nothing of them."""
    fell = _orders(
        ("ABCDEFGHIJ", "2025-01-10", 100), ("ABCDEFGHIJ", "2025-09-10", 100), ("KLMNOPQRSTUVW", "2026-03-01", 900)
    )
    found = trend(fell, dt.date(2026, 6, 30))
    assert found is not None
    assert (found.months, found.more, found.less, found.p) == (6, 0, 10, pytest.approx(2 / 1024))
    assert trend(_orders(("ABC", "2025-01-10", 100), ("ABC", "2025-09-10", 90)), dt.date(2026, 6, 30)) is None


def test_customers_who_buy_at_random_have_no_trend() -> None:
    chance, claimed = np.random.default_rng(1), 0
    for _ in range(200):
        names = [f"c{number}" for number in chance.integers(0, 30, 150)]
        days = pd.Timestamp("2024-07-01") + pd.to_timedelta(chance.integers(0, 730, 150), "D")
        amounts = chance.lognormal(12, 1, 150)
        found = trend(pd.DataFrame({"customer": names, "date": days, "amount": amounts}), dt.date(2026, 6, 30))
        claimed += found is not None and found.sure
    assert claimed <= 200 * 0.08
