"""A goal becomes volumes, and the volumes reach the goal."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kpixl.engine import backsolve, forward
from kpixl.errors import InvalidValue

_RATES = st.lists(st.integers(1, 100).map(lambda percent: percent / 100), max_size=6)


def test_a_hundred_million_needs_500_meetings() -> None:
    assert backsolve(100_000_000, 1_000_000, [0.2]).tolist() == [500, 100]


def test_every_stage_is_rounded_up() -> None:
    assert backsolve(50_000_000, 2_000_000, [0.2, 0.8, 0.3]).tolist() == [525, 105, 84, 25]


def test_rounding_at_the_end_asks_for_less() -> None:
    # 25 ÷ 30% = 83.3…, ÷ 80% = 104.2, ÷ 20% = 520.8
    assert backsolve(50_000_000, 2_000_000, [0.2, 0.8, 0.3], rounding="end").tolist() == [521, 105, 84, 25]


def test_without_rounding_the_volumes_are_exact() -> None:
    volumes = backsolve(50_000_000, 2_000_000, [0.2, 0.8, 0.3], rounding="none")
    assert volumes == pytest.approx([25 / 0.3 / 0.8 / 0.2, 25 / 0.3 / 0.8, 25 / 0.3, 25])


def test_secured_revenue_needs_no_orders() -> None:
    assert backsolve(100, 10, [0.5], existing=40).tolist() == [12, 6]
    assert backsolve(100, 10, [0.5], existing=140).tolist() == [0, 0]


def test_calls_per_lead_may_exceed_one_where_the_plan_says_so() -> None:
    assert backsolve(30, 1, [3.0], max_rate=math.inf).tolist() == [10, 30]


def test_200_meetings_at_20_percent_and_500000_make_20_million() -> None:
    assert forward(200, [0.2], unit_value=500_000) == 20_000_000
    assert forward(200, [0.2], unit_value=500_000, existing=1_000_000) == 21_000_000


@given(st.integers(0, 10**10), st.integers(1, 10**7), _RATES, st.sampled_from(["each", "end", "none"]))
def test_met_kpis_reach_the_goal(goal: int, unit_value: int, rates: list[float], rounding: str) -> None:
    volumes = backsolve(goal, unit_value, rates, rounding=rounding)
    assert len(volumes) == len(rates) + 1
    assert forward(volumes[0], rates, unit_value=unit_value) >= goal * (1 - 1e-9)


@given(st.integers(0, 10**10), st.integers(1, 10**7), _RATES)
def test_rounding_at_the_end_never_asks_for_more(goal: int, unit_value: int, rates: list[float]) -> None:
    each, end = (backsolve(goal, unit_value, rates, rounding=rounding) for rounding in ("each", "end"))
    assert (end <= each).all()


@pytest.mark.parametrize(
    ("arguments", "key"),
    [
        ((-1, 1, [0.5]), "not_negative"),
        ((math.inf, 1, [0.5]), "not_negative"),
        ((1, 0, [0.5]), "above_zero"),
        ((1, 1, [0.5, 0.0]), "rate_range"),
        ((1, 1, [20]), "rate_range"),
        ((1, 1, [math.nan]), "rate_range"),
        ((1e308, 1, [1e-9]), "too_large"),
    ],
)
def test_what_is_out_of_range_is_named(refuses, arguments: tuple[float, float, list[float]], key: str) -> None:
    with refuses(InvalidValue, key):
        backsolve(*arguments)


def test_an_unknown_rounding_is_named(refuses) -> None:
    with refuses(InvalidValue, "unknown_choice") as caught:
        backsolve(1, 1, [0.5], rounding="up")
    assert "each, end, none" in str(caught.value)


def test_an_outcome_beyond_all_numbers_is_refused(refuses) -> None:
    with refuses(InvalidValue, "too_large"):
        forward(1e300, [0.5], unit_value=1e300)
