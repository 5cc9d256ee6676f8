"""spread and share_table: whole numbers that sum both ways, as near to the claims as can be."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kpixl.engine import share_table, spread
from kpixl.errors import InvalidValue


def test_a_running_total_is_rounded_half_up() -> None:
    assert spread(10, [1, 1, 1, 1]).tolist() == [3, 2, 3, 2]  # 2.5, 5, 7.5 and 10
    assert spread(25, [19, 21]).tolist() == [12, 13]  # 25 × 19/40 = 11.9


def test_a_half_is_rounded_up_despite_rounding_errors() -> None:
    """9 × 0.1 / 0.6 is one and a half, though floating point finds a little less: 1.5, 3, 4.5 and 9."""
    assert spread(9, [0.1, 0.1, 0.1, 0.3]).tolist() == [2, 1, 2, 4]


def test_a_period_without_weight_gets_nothing() -> None:
    assert spread(7, [1, 0, 1]).tolist() == [4, 0, 3]


@given(st.integers(0, 10_000), st.lists(st.integers(0, 50), min_size=1, max_size=60).filter(any))
def test_a_spread_is_whole_and_near(total: int, weights: list[int]) -> None:
    parts = spread(total, weights)
    assert parts.sum() == total
    assert (parts >= 0).all()
    assert (parts == np.round(parts)).all()
    exact = total * np.cumsum(weights) / sum(weights)
    assert (np.abs(np.cumsum(parts) - exact) <= 0.5 + 1e-6).all()


def test_three_members_share_in_turn() -> None:
    # By hand, month 1: round(10/3) = 3, round(7/2) = 4, the rest 3. By month 2: round(20/3) = 7, round(13/2) = 7, 6.
    assert share_table([10, 10, 10], [10, 10, 10], [[1, 1, 1]] * 3).tolist() == [[3, 4, 3], [4, 3, 3], [3, 3, 4]]


def test_one_order_a_month_goes_round() -> None:
    table = share_table([1] * 6, [2, 2, 2], [[1, 1, 1]] * 6)
    assert table.sum(axis=0).tolist() == [2, 2, 2]
    assert table[:3].sum(axis=0).tolist() == [1, 1, 1]


def test_claims_count_from_the_first_row_on() -> None:
    """By hand: of 2, 4 and 6 in all a third, a half and a half are the first one's: 1, 2 and 3."""
    assert share_table([2, 2, 2], [3, 3], [[1, 2], [1, 0], [1, 1]]).tolist() == [[1, 1], [1, 1], [1, 1]]


def test_who_comes_later_gets_nothing_before() -> None:
    assert share_table([4, 4], [6, 2], [[4, 0], [2, 2]]).tolist() == [[4, 0], [2, 2]]


def test_one_column_takes_all() -> None:
    assert share_table([3, 0, 5], [8], [[3], [0], [5]]).tolist() == [[3], [0], [5]]


def test_without_any_claim_the_sums_still_hold() -> None:
    table = share_table([2, 1], [1, 2], [[0, 0], [0, 0]])
    assert table.sum(axis=1).tolist() == [2, 1]
    assert table.sum(axis=0).tolist() == [1, 2]
    assert table.tolist() == [[0, 2], [1, 0]], "the last takes what nobody claims"


@given(st.data(), st.integers(1, 14), st.integers(1, 8))
def test_both_sums_are_exact_whatever_the_claims(data: st.DataObject, rows: int, columns: int) -> None:
    row = st.lists(st.integers(0, 20), min_size=columns, max_size=columns)
    claims = np.array(data.draw(st.lists(row, min_size=rows, max_size=rows)), dtype=float)
    across = data.draw(st.lists(st.integers(0, 50), min_size=rows, max_size=rows))
    cuts = sorted(data.draw(st.lists(st.integers(0, sum(across)), min_size=columns - 1, max_size=columns - 1)))
    down = np.diff([0, *cuts, sum(across)])
    table = share_table(across, down, claims)
    assert table.sum(axis=1).tolist() == across
    assert table.sum(axis=0).tolist() == down.tolist()
    assert (table >= 0).all()


@given(st.integers(1, 24), st.lists(st.integers(1, 9), min_size=2, max_size=12), st.integers(0, 400))
def test_running_sums_stay_near_what_is_due(months: int, weights: list[int], total: int) -> None:
    share = np.array(weights) / sum(weights)
    down = np.floor(total * share)
    down[: int(total - down.sum())] += 1
    across = spread(total, [1] * months)
    table = share_table(across, down, np.ones((months, len(weights))))
    due = np.outer(np.cumsum(across) / max(total, 1), down)
    assert (np.abs(np.cumsum(table, axis=0) - due) < 2).all()


@pytest.mark.parametrize(
    ("call", "key"),
    [
        (lambda: spread(-1, [1]), "not_negative"),
        (lambda: spread(1, [0, 0]), "weights_all_zero"),
        (lambda: share_table([1, 2], [3], [[1]]), "rows_per_total"),
        (lambda: share_table([1], [1], [[-1]]), "rows_per_total"),
        (lambda: share_table([1], [1], [[np.inf]]), "rows_per_total"),
        (lambda: share_table([1], [2], [[1]]), "sums_differ"),
        (lambda: share_table([2], [1], [[1]]), "sums_differ"),
    ],
)
def test_what_is_out_of_range_is_named(refuses, call: "object", key: str) -> None:
    with refuses(InvalidValue, key):
        call()  # type: ignore[operator]
