"""Where will the period land?"""

import datetime as dt

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import integrate, stats

from kpixl.engine.landing import chance, landing
from kpixl.errors import InvalidValue, NothingToSay

# June 2025 has 21 business days and no holiday; 10 of them are over on Friday the 13th.
JUNE = dt.date(2025, 6, 1), dt.date(2025, 6, 30)
FRIDAY = dt.date(2025, 6, 13)


def test_the_landing_is_the_run_rate():
    assert landing(40, *JUNE, as_of=FRIDAY, target=100).landing == pytest.approx(40 / 10 * 21)


def test_the_probability_is_the_poisson_chance_averaged_over_the_gamma_rate():
    # 50 of 100 are there; the rate is Gamma(50 + 2 x 100 / 21, 10 + 2), and the 11 days left must bring 50.
    rate = stats.gamma(50 + 200 / 21, scale=1 / 12)
    expected, _ = integrate.quad(lambda x: rate.pdf(x) * stats.poisson.sf(49, 11 * x), 0, 20)
    assert landing(50, *JUNE, as_of=FRIDAY, target=100).probability == pytest.approx(expected, rel=1e-7)


def test_the_range_holds_four_outcomes_in_five():
    rest = stats.nbinom(50 + 200 / 21, 12 / 23)
    forecast = landing(50, *JUNE, as_of=FRIDAY, target=100)
    low, high = forecast.low - 50, forecast.high - 50
    assert rest.cdf(low - 1) < 0.1 <= rest.cdf(low)
    assert rest.cdf(high - 1) < 0.9 <= rest.cdf(high)


def test_without_a_target_the_prior_is_that_of_jeffreys_and_there_is_no_probability():
    rest = stats.nbinom(50.5, 10 / 21)
    forecast = landing(50, *JUNE, as_of=FRIDAY, confidence=0.5)
    assert (forecast.low, forecast.high) == (50 + rest.ppf(0.25), 50 + rest.ppf(0.75))
    assert np.isnan(forecast.probability)


def test_money_is_as_uncertain_as_the_orders_it_is_made_of():
    # 5,000万円 of 1億円 with orders of 100万円 is 50 orders of 100.
    money = landing(50e6, *JUNE, as_of=FRIDAY, target=100e6, unit_value=1e6)
    orders = landing(50, *JUNE, as_of=FRIDAY, target=100)
    assert (money.landing, money.low, money.high) == pytest.approx(
        (orders.landing * 1e6, orders.low * 1e6, orders.high * 1e6)
    )
    assert money.probability == pytest.approx(orders.probability, rel=1e-12)


@pytest.mark.parametrize(("actual", "probability"), [(99, 0), (100, 1), (120, 1)])
def test_once_the_period_is_over_the_actual_is_the_landing(actual, probability):
    forecast = landing(actual, *JUNE, as_of=dt.date(2025, 7, 15), target=100)
    assert vars(forecast) == {"landing": actual, "low": actual, "high": actual, "probability": probability}


def test_before_the_period_only_the_target_speaks():
    forecast = landing(0, *JUNE, as_of=dt.date(2025, 5, 30), target=100)
    rest = stats.nbinom(200 / 21, 2 / 23)
    assert forecast.landing == 100
    assert (forecast.low, forecast.high) == (rest.ppf(0.1), rest.ppf(0.9))


def test_what_came_before_the_first_business_day_does_not_drive_the_rate():
    """January 2021 begins with a holiday and a weekend: on the 3rd nothing is known of the rate but the target."""
    forecast = landing(176, dt.date(2021, 1, 1), dt.date(2021, 1, 31), as_of=dt.date(2021, 1, 3), target=1583)
    days = 19  # business days of the month in Japan
    rest = stats.nbinom(2 * 1583 / days, 2 / (2 + days))
    assert (forecast.low, forecast.high) == (176 + rest.ppf(0.1), 176 + rest.ppf(0.9))
    assert forecast.landing == 176 + 1583
    assert forecast.probability == pytest.approx(rest.sf(1583 - 176 - 1), rel=1e-9)


@settings(deadline=None, max_examples=200)
@given(st.integers(0, 3000), st.integers(0, 3000), st.integers(1, 30), st.sampled_from([0.5, 0.8, 0.95]))
def test_the_landing_lies_in_its_own_range(target, actual, day, confidence):
    forecast = landing(actual, *JUNE, as_of=dt.date(2025, 6, day), target=target, confidence=confidence)
    assert forecast.low <= forecast.landing <= forecast.high


def test_in_the_first_days_the_landing_is_kept_in_a_range_that_leans_towards_the_target():
    """Nothing on the first of 21 days: the run rate says 0, but a target of 100 is worth two days."""
    forecast = landing(0, *JUNE, as_of=dt.date(2025, 6, 2), target=100)
    rest = stats.nbinom(200 / 21, 3 / 23)
    assert forecast.landing == forecast.low == rest.ppf(0.1) > 0


def test_a_target_that_is_reached_is_certain_and_one_of_zero_is_reached():
    forecast = landing([100, 0], *JUNE, as_of=FRIDAY, target=[100, 0])
    assert forecast.probability.tolist() == [1, 1]
    assert (forecast.low[1], forecast.high[1]) == (0, 0)


def test_a_half_day_that_is_over_counts_half():
    """9.5 of 20.5 days, the first a half one; after that one alone, two orders would be 82 by the run rate."""
    half = {"closures": {dt.date(2025, 6, 2): 0.5}, "target": 100}
    forecast = landing(50, *JUNE, as_of=FRIDAY, **half)
    rest = stats.nbinom(2 * 100 / 20.5 + 50, (2 + 9.5) / (2 + 20.5))
    assert (forecast.low, forecast.high) == (50 + rest.ppf(0.1), 50 + rest.ppf(0.9))
    assert forecast.landing == pytest.approx(50 * 20.5 / 9.5)
    assert landing(2, *JUNE, as_of=dt.date(2025, 6, 2), **half).landing == pytest.approx(82)


def test_a_closed_day_more_leaves_less_time():
    open_, closed = (
        landing(50, *JUNE, as_of=FRIDAY, target=100, closures=closures).probability
        for closures in ((), [dt.date(2025, 6, 30)])
    )
    assert closed < open_


@settings(deadline=None, max_examples=50)
@given(st.integers(1, 500), st.integers(0, 500), st.integers(1, 30))
def test_probability_rises_with_the_actual_and_stays_within_bounds(target, actual, day):
    actuals = np.array([actual, actual + 1.0, actual + 10.0])
    forecast = landing(actuals, *JUNE, as_of=dt.date(2025, 6, day), target=target)
    assert (np.diff(forecast.probability) >= 0).all()
    assert ((forecast.probability >= 0) & (forecast.probability <= 1)).all()
    assert (actuals <= forecast.low).all()
    assert (forecast.low <= forecast.high).all()


def test_a_column_answers_as_each_row_does_alone():
    actual, target = np.arange(10_000.0) % 97, 50 + np.arange(10_000.0) % 41
    column = landing(actual, *JUNE, as_of=FRIDAY, target=target)
    alone = landing(actual[70], *JUNE, as_of=FRIDAY, target=target[70])
    assert {name: values[70] for name, values in vars(column).items()} == vars(alone)
    assert {type(value) for value in vars(alone).values()} == {float}


def test_every_row_may_have_a_period_of_its_own():
    days = np.array(["2025-06-01", "2025-05-01"], dtype="datetime64[D]")
    ends = np.array(["2025-06-30", "2025-05-31"], dtype="datetime64[D]")
    forecast = landing(50, days, ends, as_of=FRIDAY)
    assert forecast.landing.tolist() == pytest.approx([105, 50])


def test_no_rate_and_no_target_cannot_be_reached():
    # A target of 10 after nothing at all, where the prior too is worth nothing.
    nothing = np.array(0.0)
    assert chance(np.array(10.0), nothing, np.array(5), np.array(5), np.array(1.0)) == 0


def test_with_no_day_over_and_no_target_there_is_nothing_to_say():
    with pytest.raises(NothingToSay) as caught:
        landing(0, *JUNE, as_of=dt.date(2025, 5, 30))
    assert caught.value.key == "landing_no_days"
    assert str(caught.value)


@pytest.mark.parametrize(
    ("given", "key"),
    [
        ({"actual": -1}, "column_range"),
        ({"actual": 1, "target": float("nan")}, "column_range"),
        ({"actual": 1, "unit_value": 0}, "column_positive"),
        ({"actual": 1, "confidence": 1.0}, "share_range"),
    ],
)
def test_impossible_numbers_are_refused_with_a_reason(given, key):
    with pytest.raises(InvalidValue) as caught:
        landing(given.pop("actual"), *JUNE, as_of=FRIDAY, **given)
    assert caught.value.key == key
    assert str(caught.value)


def test_a_range_beyond_a_milliard_orders_is_that_of_the_normal_limit() -> None:
    # 10 of 21 business days are over; the rest is negative binomial with r = n + 2/21 n and 1 - p = 11/23
    n = 21e12
    found = landing(n * 10 / 21, *JUNE, as_of=FRIDAY, target=n)
    r, part = n * 12 / 21, 11 / 23
    mean, variance = r * part / (1 - part), r * part / (1 - part) ** 2
    assert found.low == pytest.approx(n * 10 / 21 + mean - 1.2815515655 * variance**0.5, rel=1e-12)
    assert found.high == pytest.approx(n * 10 / 21 + mean + 1.2815515655 * variance**0.5, rel=1e-12)


# As a spreadsheet asks it, with dispersion 4, 40 of 84 orders and 10 of 21 days: the target is worth 2 x 84 / 21
# steps over 2 x 4 days, what came 40 / 4 steps, and P = 11 / (21 + 8).
STEPS, PART = 8 + 40 / 4, 11 / 29


def test_with_a_dispersion_the_chance_is_a_beta_integral_of_its_steps():
    forecast = landing(40, *JUNE, as_of=FRIDAY, target=84, dispersion=4)
    missing = (44 - 0.5) / 4 + 0.5
    assert forecast.probability == pytest.approx(stats.beta.cdf(PART, missing, STEPS), rel=1e-12)
    assert forecast.landing == pytest.approx(84)


def test_with_a_dispersion_the_range_counts_beta_integrals_as_sumproduct_does():
    steps = (np.arange(1, 400) - 0.5) / 4 + 0.5
    below = stats.beta.cdf(1 - PART, STEPS, steps)
    forecast = landing(40, *JUNE, as_of=FRIDAY, target=84, dispersion=4)
    assert (forecast.low, forecast.high) == (40 + np.sum(below < 0.1), 40 + np.sum(below < 0.9))


def test_a_dispersion_spreads_the_rest_as_quasi_poisson_counts():
    """Variance of the rest: dispersion x mean x (21 + 8) / (10 + 8) where the target is worth 8 days."""
    below = stats.beta.cdf(1 - PART, STEPS, (np.arange(1, 2000) - 0.5) / 4 + 0.5)  # of 0, 1, 2 ... orders
    mean = np.sum(1 - below)
    variance = np.sum((2 * np.arange(len(below)) + 1) * (1 - below)) - mean**2
    expected = 4 * STEPS * 11 / 18
    assert mean == pytest.approx(expected, rel=0.01)
    assert variance == pytest.approx(4 * expected * 29 / 18, rel=0.01)


@pytest.mark.parametrize(
    ("target", "weight"),
    [pytest.param(1050, 1 / 0.35**2 / 100, id="off by 35 %"), pytest.param(21_000, 1 / 16, id="at most so weak")],
)
def test_a_large_target_is_believed_less_where_days_vary_more(target, weight):
    shape = weight * 2 * target / 21 + target / 2 / 4
    part = 11 / (21 + 8 * weight)
    expected = stats.beta.cdf(part, (target / 2 - 0.5) / 4 + 0.5, shape)
    found = landing(target / 2, *JUNE, as_of=FRIDAY, target=target, dispersion=4)
    assert found.probability == pytest.approx(expected, rel=1e-7)


def test_a_dispersion_of_one_changes_nothing_and_a_larger_one_widens():
    actual, target = np.arange(0.0, 120), np.full(120, 100.0)
    assert landing(actual, *JUNE, as_of=FRIDAY, target=target, dispersion=1) == landing(
        actual, *JUNE, as_of=FRIDAY, target=target
    )
    ranges = [landing(60, *JUNE, as_of=FRIDAY, target=100, dispersion=ratio) for ratio in (1, 3, 10, 30)]
    widths = [found.high - found.low for found in ranges]
    assert widths == sorted(set(widths))


def test_every_row_may_have_a_dispersion_of_its_own():
    together = landing(50, *JUNE, as_of=FRIDAY, target=100, dispersion=[1, 5])
    alone = [landing(50, *JUNE, as_of=FRIDAY, target=100, dispersion=ratio) for ratio in (1, 5)]
    assert together.low.tolist() == [found.low for found in alone]
    assert together.probability.tolist() == [found.probability for found in alone]


@pytest.mark.parametrize("ratio", [0.9, 0, -1, float("nan"), float("inf")])
def test_a_dispersion_below_that_of_chance_is_refused(ratio):
    with pytest.raises(InvalidValue) as caught:
        landing(50, *JUNE, as_of=FRIDAY, target=100, dispersion=ratio)
    assert caught.value.key in ("column_least", "column_range")
    assert str(caught.value)
