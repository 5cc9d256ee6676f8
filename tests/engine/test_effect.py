"""Did the measure change the rate?"""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from statsmodels.stats.proportion import confint_proportions_2indep, proportions_ztest

from kpixl.engine.rates import effect
from kpixl.errors import InvalidValue, NoTrials

counts = st.integers(1, 5000).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))


def test_twelve_of_99_before_and_five_of_83_after_are_the_known_case():
    change = effect(12, 99, 5, 83)
    assert change.p == pytest.approx(0.1591812918, abs=1e-10)
    assert change.difference == pytest.approx(5 / 83 - 12 / 99, rel=1e-12)
    assert change.verdict == "unclear"


def test_newcombes_published_interval_of_56_of_70_against_48_of_80():
    # Newcombe (1998), comparison of eleven methods, table II, method 10, contrast (a): +0.2000, 0.0524 to 0.3339.
    change = effect(48, 80, 56, 70)
    assert change.difference == pytest.approx(0.2, abs=1e-12)
    assert (change.low, change.high) == pytest.approx((0.0524, 0.3339), abs=5e-5)


@given(counts, counts)
def test_interval_and_p_are_those_of_statsmodels(before, after):
    change = effect(*before, *after)
    expected = confint_proportions_2indep(*after, *before, method="newcomb")
    assert (change.low, change.high) == pytest.approx(expected, abs=1e-9)
    assert -1 <= change.low <= change.difference <= change.high <= 1
    if 0 < before[0] + after[0] < before[1] + after[1]:
        _, p = proportions_ztest([after[0], before[0]], [after[1], before[1]])
        assert change.p == pytest.approx(p, rel=1e-7, abs=1e-300)


def test_fleiss_table_of_sample_sizes_tells_how_many_trials_are_still_needed():
    # 60% against 70% takes 356 a side at 5% and 80% power (Fleiss, Levin and Paik, without continuity correction).
    assert effect(60, 100, 70, 100).trials_needed == 356 - 100


def test_the_smaller_side_is_the_one_that_needs_trials():
    assert effect(60, 100, 140, 200).trials_needed == 356 - 100


@pytest.mark.parametrize(
    ("after", "verdict"), [(90, "better"), (10, "worse")], ids=["from half to nearly all", "from half to hardly any"]
)
def test_a_clear_change_is_called_by_name_and_needs_no_more_trials(after, verdict):
    change = effect(50, 100, after, 100)
    assert (change.verdict, change.trials_needed) == (verdict, 0)


def test_equal_rates_differ_by_nothing_and_no_number_of_trials_would_show_it():
    change = effect(5, 50, 10, 100)
    assert (change.difference, change.p, change.verdict) == (0, 1, "unclear")
    assert math.isinf(change.trials_needed)


def test_all_won_on_both_sides_is_no_difference():
    assert effect(5, 5, 9, 9).p == 1


def test_a_column_answers_as_each_row_does_alone():
    rng = np.random.default_rng(3)
    tried = rng.integers(1, 300, (2, 10_000))
    won = rng.integers(0, tried + 1)
    column = effect(won[0], tried[0], won[1], tried[1])
    alone = effect(won[0, 7], tried[0, 7], won[1, 7], tried[1, 7])
    assert {name: values[7] for name, values in vars(column).items()} == vars(alone)
    assert {type(value) for value in vars(alone).values()} == {float, str}


def test_a_side_without_trials_has_no_rate():
    with pytest.raises(NoTrials):
        effect(0, 0, 1, 2)


@pytest.mark.parametrize("given", [(3, 2, 1, 2), (1, 2, -1, 2)])
def test_impossible_counts_are_refused(given):
    with pytest.raises(InvalidValue):
        effect(*given)
