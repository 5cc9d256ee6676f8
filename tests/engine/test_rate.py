"""How sure is this rate?"""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from statsmodels.stats.proportion import proportion_confint

from kpixl.engine.rates import rate
from kpixl.errors import InvalidValue, NoTrials


def test_eighteen_wins_of_twenty_are_the_known_case():
    sure = rate(18, 20)
    assert (sure.rate, sure.low, sure.high) == pytest.approx((0.9, 0.6989663548, 0.9721335188), abs=1e-10)


def test_newcombes_published_score_intervals():
    # Newcombe (1998), Two-sided confidence intervals for the single proportion, table I: 81/263, 15/148, 0/20, 1/29.
    published = [(81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0, 0.1611), (1, 29, 0.0061, 0.1718)]
    won, tried, low, high = np.array(published).T
    sure = rate(won, tried)
    np.testing.assert_allclose(sure.low, low, atol=5e-5)
    np.testing.assert_allclose(sure.high, high, atol=5e-5)


@given(st.integers(1, 10**6).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))), st.floats(0.5, 0.999))
def test_the_interval_is_that_of_statsmodels(counts, confidence):
    won, tried = counts
    sure = rate(won, tried, confidence=confidence)
    expected = proportion_confint(won, tried, alpha=1 - confidence, method="wilson")
    assert (sure.low, sure.high) == pytest.approx(expected, rel=1e-9, abs=1e-12)
    assert 0 <= sure.low <= sure.rate <= sure.high <= 1


def test_a_rate_of_nothing_or_everything_touches_its_end():
    sure = rate([0, 7], [7, 7])
    assert (sure.low[0], sure.high[1]) == (0, 1)
    assert (sure.high[0], sure.low[1]) == (pytest.approx(0.3543, abs=5e-5), pytest.approx(0.6457, abs=5e-5))


def test_single_numbers_answer_plain_floats_and_columns_answer_columns():
    assert {type(value) for value in vars(rate(np.float64(1), 2)).values()} == {float}
    assert rate([1, 2, 3], 4).rate.tolist() == [0.25, 0.5, 0.75]
    assert rate(np.ones(10_000), np.arange(1, 10_001)).low.shape == (10_000,)


def test_no_trials_is_a_division_by_zero_that_names_the_row():
    with pytest.raises(NoTrials, match="2行目") as caught:
        rate([1, 0], [2, 0])
    assert caught.value.excel == "#DIV/0!"


@pytest.mark.parametrize(
    ("won", "tried", "confidence", "key"),
    [
        (3, 2, 0.95, "successes_exceed"),
        (-1, 2, 0.95, "column_range"),
        (1, float("nan"), 0.95, "column_range"),
        (1, float("inf"), 0.95, "column_range"),
        (1, 2, 1, "share_range"),
        (1, 2, 0, "share_range"),
    ],
)
def test_what_is_no_rate_is_refused_with_a_reason(won, tried, confidence, key):
    with pytest.raises(InvalidValue) as caught:
        rate(won, tried, confidence=confidence)
    assert caught.value.key == key
    assert str(caught.value)
