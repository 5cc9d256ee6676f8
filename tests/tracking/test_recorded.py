"""A blank is not zero: what was never recorded is not judged."""

import datetime as dt
import math
from collections.abc import Callable
from dataclasses import replace

import pandas as pd
import pytest

from kpixl.plan import Plan
from kpixl.tracking import Unjudged, kpi_values, track, unjudged

_COLUMNS = ["date", "member", "channel", "event", "source", "count", "amount", "minutes"]
_FRIDAY, _LAST = dt.date(2026, 9, 18), dt.date(2026, 9, 30)
_LEADS, _ORDERS = (2, "lead", 300, 0.0), (4, "won", 3, 6e6)
Fact = tuple[int, str, float, float]


def _facts(*rows: Fact) -> pd.DataFrame:
    """Facts from rows of (day of September 2026, event, count, amount)."""
    dated = [(pd.Timestamp(2026, 9, day), "佐藤", "Web", event, "crm", n, money, 0.0) for day, event, n, money in rows]
    return pd.DataFrame(dated, columns=_COLUMNS)


@pytest.fixture
def reasons(september: Plan, values: Callable[..., pd.DataFrame]) -> Callable[..., dict[str, str]]:
    """Say what is not judged, and why, on a day of September."""

    def run(*rows: Fact, typed: tuple[tuple[int, str, float], ...] = (), day: dt.date = _FRIDAY) -> dict[str, str]:
        entries = values(*((on, "佐藤", "Web", kpi, value) for on, kpi, value in typed))
        known = kpi_values(september, _facts(*rows), entries)
        return {key: str(reason) for key, reason in unjudged(september, known, day.replace(day=1), day).items()}

    return run


def test_what_nobody_recorded_is_not_known(reasons: Callable[..., dict[str, str]]) -> None:
    assert reasons(_LEADS) == dict.fromkeys(("appointment", "meeting", "won", "revenue"), "not_recorded")


def test_a_typed_nought_is_a_nought(reasons: Callable[..., dict[str, str]]) -> None:
    typed = tuple((3, kpi, 0.0) for kpi in ("appointment", "meeting", "won", "revenue"))
    assert reasons(_LEADS, typed=typed) == {}


def test_what_is_recorded_only_later_is_not_known_yet(reasons: Callable[..., dict[str, str]]) -> None:
    late = (21, "won", 1, 2e6)
    assert reasons(_LEADS, late)["won"] == "not_recorded"
    assert "won" not in reasons(_LEADS, late, day=_LAST)


def test_a_stage_of_nought_above_one_that_is_not_was_not_recorded(reasons: Callable[..., dict[str, str]]) -> None:
    found = reasons(_LEADS, _ORDERS, (4, "meeting", 5, 0.0), typed=((3, "appointment", 0.0),))
    assert found == {"appointment": "skipped"}


def test_orders_without_amounts_leave_the_revenue_unknown(reasons: Callable[..., dict[str, str]]) -> None:
    found = reasons(_LEADS, (3, "appointment", 9, 0.0), (3, "meeting", 9, 0.0), (4, "won", 3, 0.0))
    assert found == {"revenue": "no_amount"}


def test_less_than_nothing_is_known_and_not_judged(reasons: Callable[..., dict[str, str]]) -> None:
    found = reasons(_LEADS, (3, "appointment", 9, 0.0), (3, "meeting", 9, 0.0), (4, "won", 1, -3e6))
    assert found == {"revenue": "negative"}


def test_only_what_has_no_value_is_unknown() -> None:
    assert [reason for reason in Unjudged if not reason.unknown] == [Unjudged.NEGATIVE]


def test_what_is_not_judged_has_no_attainment_status_or_alert(september: Plan, values: Callable[..., object]) -> None:
    tracking = track(september, _facts(_LEADS), values(), _LAST)
    won, lead = tracking.kpi("won"), tracking.kpi("lead")
    assert won["unjudged"] == "not_recorded"
    assert all(math.isnan(won[column]) for column in ("attainment", "gap", "landing", "low", "high", "probability"))
    assert (won["status"], won["alert"]) == ("", False)
    assert (lead["unjudged"], lead["status"], lead["alert"]) == ("", "will_miss", False)
    assert tracking.bottleneck is None
    assert tracking.members.attainment["won"].isna().all()


def test_a_month_of_cancellations_shows_its_true_number(september: Plan, values: Callable[..., object]) -> None:
    """An order of 300万円 is cancelled in the month after: -300万円, and nothing is reckoned from it."""
    plan = replace(september, period=replace(september.period, months=2))
    facts = _facts(_LEADS, (4, "won", 1, 3e6), (25, "won", 1, -7e6))
    tracking = track(plan, facts, values(), _LAST)
    revenue = tracking.kpi("revenue")
    assert (revenue["actual"], revenue["unjudged"]) == (-4e6, "negative")
    assert revenue["gap"] == pytest.approx(-4e6 - revenue["pace"])
    assert math.isnan(revenue["attainment"])
    assert revenue["status"] == ""
    assert math.isnan(tracking.attainment.loc[dt.date(2026, 9, 1), "revenue"])


def test_a_month_that_is_over_and_brought_nothing_is_missed(september: Plan, values: Callable[..., object]) -> None:
    plan = replace(september, period=replace(september.period, start=dt.date(2026, 9, 1), months=2))
    facts = _facts(_LEADS, (3, "appointment", 9, 0.0), (3, "meeting", 9, 0.0), _ORDERS)
    running = track(plan, facts, values(), dt.date(2026, 10, 30))
    over = track(plan, facts, values(), dt.date(2026, 10, 31))
    assert running.untouched
    assert not over.untouched
    assert over.progress["status"].tolist() == ["will_miss"] * 5
    assert over.attainment.iloc[1].tolist() == [0] * 5
