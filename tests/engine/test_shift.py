"""A series is told to be off its plan, or to have moved, as often as that is so."""

import numpy as np
import pytest
import statsmodels.api as sm

from kpixl.engine.shift import moving_scale, shifts, usual_scale
from kpixl.errors import InvalidValue


def test_a_series_below_its_plan_all_along_is_told_so() -> None:
    found = shifts([[60, 58, 62, 61, 59, 60]], [[100] * 6])
    assert (found.since[0], found.level[0], np.isnan(found.before[0])) == (0, 0.6, True)
    assert found.size[0] < 0
    assert found.p[0] < 0.001


def test_the_size_is_that_of_a_likelihood_ratio() -> None:
    """Beside statsmodels' deviances of Poisson regressions with one level and with two; chance alone varies them."""
    counts, due = np.array([40, 55, 47, 80, 71, 90]), np.array([50, 60, 50, 50, 45, 60])
    after = (np.arange(6) >= 3).astype(float)
    fits = [
        sm.GLM(counts, regressors, family=sm.families.Poisson(), exposure=due).fit()
        for regressors in (np.ones((6, 1)), np.column_stack([np.ones(6), after]))
    ]
    found = shifts([counts], [due], usual=0.0, usual_degrees=1e9)
    assert found.since[0] == 3
    assert found.size[0] == pytest.approx(np.sqrt(fits[0].deviance - fits[1].deviance))
    assert found.level[0] == pytest.approx(np.exp(fits[1].params.sum()))
    assert found.before[0] == pytest.approx(np.exp(fits[1].params[0]))


def test_what_always_varies_so_much_is_no_move() -> None:
    """A trade show brings leads every third month: the last two months without are nothing new."""
    assert shifts([[300, 0, 0, 300, 0, 0, 300, 0, 0]], [[100] * 9]).p[0] > 0.5


def test_less_than_a_tenth_changes_no_plan() -> None:
    assert shifts([[92_000] * 6], [[100_000] * 6]).p[0] == 1
    assert shifts([[92_000] * 6], [[100_000] * 6], least=0.05).p[0] < 1e-6


def test_few_are_too_few() -> None:
    assert shifts([[0, 0, 0, 0]], [[1] * 4]).p[0] == 1


def test_two_months_alike_are_no_proof_that_nothing_varies() -> None:
    """The range of two months may be none by luck: the least variation to reckon with is that of chance."""
    assert shifts([[108, 108]], [[90, 90]]).p[0] > 0.01


def test_months_in_which_nothing_was_expected_say_nothing() -> None:
    with_gap = shifts([[0, 60, 58, 62, 61]], [[0, 100, 100, 100, 100]])
    without = shifts([[60, 58, 62, 61]], [[100] * 4])
    assert with_gap.level[0] == without.level[0]
    assert with_gap.since[0] in (0, 1)


@pytest.mark.parametrize("dispersion", [1.0, 3.0, 10.0])
def test_where_nothing_happened_a_twentieth_is_told_at_most(dispersion: float) -> None:
    """2,000 series of a year, each judged with a usual variation learned from twenty of them."""
    chance, scale = np.random.default_rng(5), dispersion - 1
    mean = chance.gamma(120 / scale, scale, (2000, 12)) if scale else np.full((2000, 12), 120.0)
    counts = chance.poisson(mean)
    due = np.full(counts.shape, 120.0)
    told = []
    for group in range(0, 2000, 20):
        rows = slice(group, group + 20)
        told += (shifts(counts[rows], due[rows], usual=usual_scale(counts[rows], due[rows])).p < 0.05).tolist()
    assert 0.001 < np.mean(told) < 0.05


def test_the_usual_variation_is_that_around_a_move() -> None:
    chance = np.random.default_rng(1)
    level = np.where(np.arange(24) < 12, 100.0, 60.0)
    counts = chance.poisson(np.tile(level, (40, 1)))
    assert usual_scale(counts, np.full(counts.shape, 100.0)) == pytest.approx(1.0, abs=0.12)


def test_of_one_month_there_is_no_variation_to_learn() -> None:
    assert np.isnan(usual_scale([[5]], [[5]]))
    assert shifts([[200]], [[100]], least_scale=1.0).p[0] < 1e-6


def test_the_moving_range_tells_the_variation_of_chance() -> None:
    counts = np.random.default_rng(2).poisson(50, (400, 30))
    scale, degrees = moving_scale(counts, np.full(counts.shape, 50.0))
    assert scale.mean() == pytest.approx(1.0, abs=0.03)
    assert degrees[0] == pytest.approx(29 * 2 / 3)


@pytest.mark.parametrize(
    "wrong", [{"counts": [[-1, 2]]}, {"expected": [[1, 2, 3]]}, {"least": 1.5}, {"least_scale": 0}]
)
def test_it_refuses_what_is_no_series(wrong: dict[str, object]) -> None:
    with pytest.raises(InvalidValue):
        shifts(**{"counts": [[1, 2]], "expected": [[1, 2]]} | wrong)  # type: ignore[arg-type]
