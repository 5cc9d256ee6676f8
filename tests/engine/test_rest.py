"""What the rest of a period brings, by its rate or given by mean and variance."""

import numpy as np
import pytest
from scipy import stats

from kpixl.engine.landing import foreseen, rest_of
from kpixl.engine.rest import either, given_rest, rest_at_rate


def _arrays(*numbers: float) -> list[np.ndarray]:
    return [np.array(number, dtype=float) for number in numbers]


def test_a_given_rest_is_the_negative_binomial_with_this_mean_and_variance() -> None:
    """Steps of one order: scipy's nbinom with n = 10² / (30 - 10) = 5 and p = 10 / 30."""
    rest = given_rest(*_arrays(10, 30, 1))
    reference = stats.nbinom(5, 1 / 3)
    assert [float(rest.quantile(q)) for q in (0.1, 0.5, 0.9)] == [reference.ppf(q) for q in (0.1, 0.5, 0.9)]
    assert float(rest.reaches(np.array(12.0))) == pytest.approx(reference.sf(11))


def test_a_rest_that_varies_less_than_chance_has_finer_steps() -> None:
    """Ten deals of 90 % each: mean 9, variance 0.9."""
    rest = given_rest(*_arrays(9, 0.9, 1))
    assert float(rest.step) == pytest.approx(0.05)
    assert float(rest.step * rest.mean / (1 - rest.part)) == pytest.approx(0.9)
    assert 7 <= float(rest.quantile(0.1)) <= 8
    assert 10 <= float(rest.quantile(0.9)) <= 11


def test_nothing_to_come_is_nothing() -> None:
    rest = given_rest(*_arrays(0, 0, 1))
    assert (float(rest.mean), float(rest.quantile(0.9)), float(rest.reaches(np.array(1.0)))) == (0, 0, 0)


def test_drift_widens_the_range_by_its_part_of_the_mean_squared() -> None:
    """50 orders in 10 of 20 days without a prior: the rest has mean 50 and variance 50 * 20 / 10; a drift of 0.04 adds
    0.04 * 50²."""
    still, moved = (rest_at_rate(*_arrays(50, 10, 20), (0.0, 0.0), 1.0, drift) for drift in (0.0, 0.04))
    assert [float(rest.step * rest.mean / (1 - rest.part)) for rest in (still, moved)] == pytest.approx([100, 200])
    assert float(moved.mean) == pytest.approx(float(still.mean)) == 50


def test_drift_leaves_alone_what_is_over_or_never_began() -> None:
    shape, part = np.array([0.0, 5.0]), np.array([10, 20])
    rest = rest_at_rate(shape, part, np.array([20, 20]), (0.0, 0.0), 1.0, 0.04)
    assert rest.mean.tolist() == [0, 0]
    assert rest.quantile(0.9).tolist() == [0, 0]


def test_a_known_rest_lands_at_its_mean_and_any_other_at_its_rate() -> None:
    target, actual, done, days, unit = (np.full(2, number) for number in (100.0, 50.0, 10.0, 20.0, 2.0))
    known = np.array([True, False])
    rest = either(
        known, given_rest(*(np.full(2, one) for one in (10.0, 30.0, 1.0))), rest_of(target, actual, done, days, unit)
    )
    answer = foreseen(target, actual, done, days, unit, rest, known=known)
    assert np.asarray(answer.landing).tolist() == [70, 100]


def test_without_a_target_there_is_no_probability() -> None:
    _, actual, done, days, unit = _arrays(0, 50, 10, 20, 1)
    assert np.isnan(foreseen(None, actual, done, days, unit, rest_of(None, actual, done, days, unit)).probability)
