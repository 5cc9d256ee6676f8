"""Shares are whole, keep their bounds and add up."""

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kpixl.engine import allocate
from kpixl.errors import InvalidValue, NoSolution

_WEIGHTS = st.lists(st.integers(0, 1000), min_size=1, max_size=12).filter(any)


def test_the_largest_remainders_get_the_units_left_over() -> None:
    # Quotas 9.6, 6.4, 4.0 (Hamilton's method): one unit is left, and 0.6 is the largest remainder.
    assert allocate(20, [48, 32, 20]).tolist() == [10, 6, 4]


def test_a_weight_of_next_to_nothing_gets_nothing_of_the_largest_total() -> None:
    """The quotas are 9e15 / 1e600 and 9e15 less that: the unit left over is owed to the second, by its remainder."""
    assert allocate(9e15, [1e-300, 1e300]).tolist() == [0, 9e15]
    assert allocate(9e15, [1e-40, 1e40], minimums=[1, 0]).tolist() == [1, 9e15 - 1]


def test_remainders_of_the_largest_totals_are_told_apart() -> None:
    """2⁵³ = 3 · 3002399751580330 + 2 = 7 · 1286742750677284 + 4: shares so large hold no remainder themselves."""
    assert allocate(2**53, [1, 1, 1]).tolist() == [3002399751580331, 3002399751580331, 3002399751580330]
    # Of sevenths: 4/7 for the first, 3 · 4/7 = 1 5/7 for the second (its quota 3860228252031853 5/7), the same for 3/7
    assert allocate(2**53, [1, 3, 3]).tolist() == [1286742750677284, 3860228252031854, 3860228252031854]


@given(st.lists(st.floats(0, 1e6), min_size=1, max_size=8).filter(any), st.integers(0, 2**53))
def test_the_shares_are_those_of_exact_arithmetic(weights: list[float], total: int) -> None:
    claims = [Fraction(str(weight)) for weight in weights]
    quotas = [total * claim / sum(claims) for claim in claims]
    expected = [quota.numerator // quota.denominator for quota in quotas]
    by_remainder = sorted(range(len(quotas)), key=lambda place: expected[place] - quotas[place])
    for place in by_remainder[: total - sum(expected)]:
        expected[place] += 1
    assert allocate(total, weights).tolist() == expected


def test_among_equals_the_first_gets_it() -> None:
    assert allocate(100, [1, 1, 1]).tolist() == [34, 33, 33]
    # 7.5 and 67.5 of 150, although the floating-point number next to 0.45 lies farther above it than that next to 0.05
    assert allocate(150, [0.05, 0.30, 0.20, 0.45]).tolist() == [8, 45, 30, 67]


def test_a_newcomer_is_pinned_and_the_others_share_the_rest() -> None:
    assert allocate(100, [1, 1, 1], minimums=[0, 10, 0], maximums=[100, 10, 100]).tolist() == [45, 10, 45]


def test_a_minimum_is_given_first() -> None:
    assert allocate(100, [98, 1, 1], minimums=[0, 20, 0]).tolist() == [79, 20, 1]


def test_weight_zero_gets_its_minimum() -> None:
    assert allocate(10, [1, 0], minimums=[0, 3]).tolist() == [7, 3]
    assert allocate(10, [1, 0]).tolist() == [10, 0]


def test_yen_are_shared_in_ten_thousands() -> None:
    assert allocate(1_000_000, [1, 2], unit=10_000).tolist() == [330_000, 670_000]


def test_tenths_stay_tenths() -> None:
    assert allocate(1, [1, 1, 1], unit=0.1).tolist() == [0.4, 0.3, 0.3]
    assert allocate(3, [1, 1, 2], unit=0.75).tolist() == [0.75, 0.75, 1.5]


def test_nothing_is_shared_as_nothing() -> None:
    assert allocate(0, [1, 2]).tolist() == [0, 0]


@given(_WEIGHTS, st.integers(0, 10**9))
def test_each_share_is_its_quota_rounded_up_or_down(weights: list[int], total: int) -> None:
    shares = allocate(total, weights)
    quotas = [total * weight / sum(weights) for weight in weights]
    assert shares.sum() == total
    assert all(abs(share - quota) < 1 for share, quota in zip(shares, quotas, strict=True))
    assert (shares == np.round(shares)).all()


@given(st.data(), _WEIGHTS.filter(all))
def test_bounds_are_kept_and_the_sum_is_exact(data: st.DataObject, weights: list[int]) -> None:
    count = len(weights)
    low = np.array(data.draw(st.lists(st.integers(0, 50), min_size=count, max_size=count)))
    high = low + np.array(data.draw(st.lists(st.integers(0, 50), min_size=count, max_size=count)))
    total = data.draw(st.integers(int(low.sum()), int(high.sum())))
    shares = allocate(total, weights, minimums=low, maximums=high)
    assert shares.sum() == total
    assert (low <= shares).all()
    assert (shares <= high).all()


@given(st.integers(2, 200), st.integers(1, 10**15))
def test_huge_totals_still_sum(count: int, total: int) -> None:
    assert sum(int(share) for share in allocate(total, np.sqrt(np.arange(1, count + 1)))) == total


@pytest.mark.parametrize(
    ("options", "key"),
    [
        ({"minimums": [60, 60]}, "minimums_exceed"),
        ({"maximums": [40, 40]}, "maximums_short"),
        ({"minimums": [50, 0], "maximums": [40, 100]}, "bounds_crossed"),
    ],
)
def test_impossible_bounds_say_why(refuses, options: dict[str, list[float]], key: str) -> None:
    with refuses(NoSolution, key):
        allocate(100, [1, 1], **options)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("call", "key"),
    [
        (lambda: allocate(-1, [1]), "not_negative"),
        (lambda: allocate(1, [1], unit=0), "above_zero"),
        (lambda: allocate(1.5, [1]), "not_a_multiple"),
        (lambda: allocate(4.7e166, [1, 2]), "too_many_units"),
        (lambda: allocate(1e15, [1, 2], unit=0.01), "too_many_units"),
        (lambda: allocate(1e308, [1, 2], unit=1e-10), "too_many_units"),
        (lambda: allocate(1, [0, 0]), "weights_all_zero"),
        (lambda: allocate(1, [1, -1]), "vector_range"),
        (lambda: allocate(9, [1e-300, 1e300], minimums=[1, 0]), "weights_far_apart"),
        (lambda: allocate(1, [1, 1], minimums=[0]), "unequal_lengths"),
    ],
)
def test_what_is_out_of_range_is_named(refuses, call: "object", key: str) -> None:
    with refuses(InvalidValue, key):
        call()  # type: ignore[operator]
