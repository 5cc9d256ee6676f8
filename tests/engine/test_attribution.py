"""Which factor made the gap."""

from fractions import Fraction
from itertools import permutations
from math import log, prod

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kpixl.engine.attribution import attribution
from kpixl.errors import InvalidValue

METHODS = ("lmdi", "shapley", "sequential")
counts = st.integers(0, 60)
pairs_of_rows = st.integers(1, 5).flatmap(
    lambda n: st.tuples(st.lists(counts, min_size=n, max_size=n), st.lists(counts, min_size=n, max_size=n))
)


def test_factors_that_make_up_for_each_other_cancel_out():
    # 2 x 4 becomes 4 x 2: 8 ln 2 gained and lost.
    assert attribution([2, 4], [4, 2]) == pytest.approx([8 * np.log(2), -8 * np.log(2)])


def test_the_largest_takes_up_the_rounding():
    before, after = np.array([1.0, 1.2, 1.9]), np.array([1.4, 1.3, 1.1])
    assert attribution(before, after).sum() == after.prod() - before.prod()


def test_a_negative_factor_on_either_side_is_refused():
    for before, after in (([-1, 2], [1, 2]), ([1, 2], [-1, 2])):
        with pytest.raises(InvalidValue) as caught:
            attribution(before, after)
        assert caught.value.key == "attribution_negative"


def shapley_by_enumeration(before, after):
    """Let the factors change one after the other, in every order, and take the mean of what each one did."""
    orders = list(permutations(range(len(before))))
    shares = [Fraction(0)] * len(before)
    for order in orders:
        state = [Fraction(x) for x in before]
        for factor in order:
            was = prod(state)
            state[factor] = Fraction(after[factor])
            shares[factor] += (prod(state) - was) / len(orders)
    return [float(share) for share in shares]


def test_lmdi_of_two_segments_and_three_factors_is_the_known_case():
    shares = attribution([[1, 10, 2], [4, 5, 3]], [[4, 5, 3], [5, 6, 4]])
    known = [[50.47438029, -25.23719014, 14.76280986], [19.31568569, 15.78206435, 24.90224996]]
    np.testing.assert_allclose(shares, known, rtol=1e-9)
    np.testing.assert_allclose(shares.sum(axis=0), [69.79006598, -9.455125793, 39.66505981], rtol=1e-9)


def test_sequential_changes_one_rate_after_the_other_from_left_to_right():
    shares = attribution(
        [1000, 150 / 1000, 120 / 150, 8600 / 120], [1000, 120 / 1000, 100 / 120, 9055 / 100], method="sequential"
    )
    assert shares.round().tolist() == [0, -1720, 287, 1888]


def test_shapley_of_two_factors_splits_the_joint_effect_in_half():
    # 10 x 4 becomes 12 x 7: volume 2 x (4 + 7) / 2 = 11, rate 3 x (10 + 12) / 2 = 33.
    assert attribution([10, 4], [12, 7], method="shapley").tolist() == pytest.approx([11, 33], rel=1e-14)


def test_shapley_bears_negative_factors():
    # A margin that turns from -2 to 3 while volume rises from 10 to 20: 10 x (-2 + 3) / 2 = 5, 5 x (10 + 20) / 2 = 75.
    assert attribution([10, -2], [20, 3], method="shapley").tolist() == pytest.approx([5, 75], rel=1e-14)


@given(st.integers(1, 4).flatmap(lambda n: st.tuples(*[st.lists(st.integers(-9, 9), min_size=n, max_size=n)] * 2)))
def test_shapley_is_the_mean_over_all_orders(rows):
    before, after = rows
    shares = attribution(before, after, method="shapley")
    np.testing.assert_allclose(shares, shapley_by_enumeration(before, after), rtol=1e-11, atol=1e-8)


def test_ten_factors_that_change_alike_share_alike_under_shapley():
    shares = attribution([1.0] * 10, [2.0] * 10, method="shapley")
    np.testing.assert_allclose(shares, [102.3] * 10, rtol=1e-13)


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        ([0, 5], [4, 6], [24, 0]),
        ([4, 6], [0, 5], [-24, 0]),
        ([0, 0, 5], [2, 3, 4], [12, 12, 0]),
        ([0, 3], [0, 7], [0, 0]),
        ([0, 3], [5, 0], [0, 0]),
        ([0, 0], [0, 0], [0, 0]),
    ],
    ids=["from zero", "to zero", "two from zero", "always zero", "zeros change places", "nothing at all"],
)
def test_lmdi_takes_the_limit_at_zero(before, after, expected):
    assert attribution(before, after).tolist() == expected


def test_the_limit_at_zero_is_where_ever_smaller_numbers_lead():
    # With 1e-200 for zero the formula gives 24 x ln(4 / 1e-200) / ln(24 / 6e-200), about 23.95: on its way to 24.
    small = 1e-200
    by_formula = (24 - 5 * small) / log(24 / (5 * small)) * log(4 / small)
    assert attribution([small, 5], [4, 6])[0] == pytest.approx(by_formula, rel=1e-12)
    assert attribution([0, 5], [4, 6])[0] == pytest.approx(by_formula, rel=1e-2)


@pytest.mark.parametrize("method", METHODS)
@given(rows=pairs_of_rows)
def test_contributions_sum_to_the_change(method, rows):
    before, after = rows
    shares = attribution(before, after, method=method)
    change = prod(after) - prod(before)
    assert shares.sum() == pytest.approx(change, rel=1e-9, abs=1e-14 * np.abs(shares).sum())


@pytest.mark.parametrize("method", METHODS)
def test_a_factor_that_does_not_change_makes_no_gap(method):
    assert attribution([10, 3, 5], [10, 4, 6], method=method)[0] == 0


@pytest.mark.parametrize("method", METHODS)
def test_one_factor_makes_the_whole_gap(method):
    assert attribution([10], [4], method=method).tolist() == [-6]


@pytest.mark.parametrize("method", METHODS)
def test_ten_thousand_segments_answer_in_one_call_as_each_of_them_does_alone(method):
    rng = np.random.default_rng(1)
    before, after = rng.integers(0, 9, (2, 10_000, 3)).astype(float)
    shares = attribution(before, after, method=method)
    assert shares.shape == (10_000, 3)
    np.testing.assert_allclose(shares[17], attribution(before[17], after[17], method=method), rtol=1e-12)


def test_the_inputs_stay_as_they_were():
    before, after = np.array([10.0, 2.0]), np.array([5.0, 3.0])
    attribution(before, after)
    assert (before.tolist(), after.tolist()) == ([10, 2], [5, 3])


@pytest.mark.parametrize(
    ("before", "after", "method", "key"),
    [
        ([1, 2], [1, 2, 3], "lmdi", "attribution_shape"),
        (3, 4, "lmdi", "attribution_shape"),
        ([], [], "lmdi", "attribution_shape"),
        ([[[1]]], [[[1]]], "lmdi", "attribution_shape"),
        ([1, 2], [1, 2], "ldmi", "unknown_choice"),
        ([1, -2], [1, 2], "lmdi", "attribution_negative"),
        ([1, float("nan")], [1, 2], "lmdi", "attribution_not_finite"),
        ([1e200, 1e200], [1, 2], "lmdi", "attribution_not_finite"),
        ([1, 1e200], [1e200, 1], "sequential", "attribution_not_finite"),
    ],
)
def test_what_cannot_be_attributed_is_refused_with_a_reason(before, after, method, key):
    with pytest.raises(InvalidValue) as caught:
        attribution(before, after, method=method)
    assert caught.value.key == key
    assert str(caught.value)
