"""How much more than chance do counts vary?"""

import numpy as np
import pytest
import statsmodels.api as sm

from kpixl.engine.dispersion import dispersion, estimates, usual_dispersion
from kpixl.errors import InvalidValue, NothingToSay

# Twelve weeks without one that stands apart, so that Pearson's statistic counts in full.
WEEKS = [18, 25, 21, 34, 12, 19, 30, 22, 15, 31, 20, 24]


def test_many_spans_give_pearsons_statistic_by_its_degrees_of_freedom():
    pearson = sm.GLM(WEEKS, np.ones(12), family=sm.families.Poisson()).fit().pearson_chi2
    usual = 1 + 0.25**2 * np.mean(WEEKS)
    assert dispersion(WEEKS) == pytest.approx((pearson + usual) / 12, rel=1e-9)


def test_spans_of_unequal_length_are_held_against_their_own_length():
    days = np.array([5, 5, 4, 5, 2, 5, 5, 5, 3, 5, 5, 4])
    pearson = sm.GLM(WEEKS, np.ones(12), family=sm.families.Poisson(), exposure=days).fit().pearson_chi2
    usual = 1 + 0.25**2 * np.mean(WEEKS)
    assert dispersion(WEEKS, exposures=days) == pytest.approx((pearson + usual) / 12, rel=1e-9)


@pytest.mark.parametrize("ratio", [1.0, 3.0, 10.0, 30.0])
def test_a_year_of_weeks_tells_the_ratio_they_were_drawn_with(ratio):
    chance = np.random.default_rng(7)
    mean = 20 * ratio
    rates = chance.gamma(mean / (ratio - 1), ratio - 1, (500, 52)) if ratio > 1 else mean
    found = estimates(chance.poisson(rates, (500, 52)).astype(float), np.ones(52))
    assert np.mean(found) == pytest.approx(ratio, rel=0.1)


def test_one_span_says_no_more_than_what_is_usual():
    assert dispersion([100]) == usual_dispersion(100) == 1 + 0.25**2 * 100


def test_a_short_past_stays_near_the_usual_and_a_long_one_leaves_it():
    steady = [dispersion([100] * weeks) for weeks in (1, 4, 12, 200)]
    assert steady == sorted(steady, reverse=True)
    assert steady[0] == 7.25
    assert steady[-1] == 1


def test_one_freak_week_does_not_decide():
    """Held against the mean of 133 its square would be (500 - 133)² / 133 = 1,010, and the answer 85."""
    usual = [100, 103, 98, 101, 99, 97, 102, 100, 100, 101, 99]
    assert dispersion([*usual, 500]) < 25


def test_it_is_never_below_that_of_chance():
    assert dispersion([0, 0, 0]) == 1
    assert dispersion([10] * 1000) == 1


@pytest.mark.parametrize(
    ("given", "kind", "key"),
    [
        (([],), NothingToSay, "dispersion_no_spans"),
        (([1, -1],), InvalidValue, "vector_range"),
        (([1, float("nan")],), InvalidValue, "vector_range"),
        (([1, 2], [5, 0]), InvalidValue, "column_positive"),
        (([1, 2], [5]), InvalidValue, "unequal_lengths"),
    ],
)
def test_what_is_no_past_is_refused(refuses, given, kind, key):
    counts, *exposures = given
    with refuses(kind, key):
        dispersion(counts, exposures=exposures[0] if exposures else None)
