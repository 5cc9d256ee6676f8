"""Which driver matters, and what a plan within the caps looks like."""

import math

import numpy as np
import pytest

from kpixl.engine.levers import levers, sensitivity
from kpixl.errors import InvalidValue

_LABELS, _VALUES = ["商談数", "成約率", "単価", "コスト"], [500.0, 0.2, 1_000_000.0, 20_000_000.0]
_PROFIT = "商談数 × 成約率 × 単価 − コスト"


def test_one_percent_more_of_each() -> None:
    found = sensitivity(_PROFIT, _LABELS, _VALUES)
    assert found.driver == ["商談数", "成約率", "単価", "コスト"]
    assert found.effect == pytest.approx([1_000_000, 1_000_000, 1_000_000, -200_000])
    assert found.elasticity == pytest.approx([1.25, 1.25, 1.25, -0.25])


def test_the_largest_effect_stands_first() -> None:
    found = sensitivity("a + b", ["a", "b"], [1, 9], change=0.1)
    assert found.driver == ["b", "a"]
    assert found.now.tolist() == [9, 1]
    assert found.effect == pytest.approx([0.9, 0.1])


def test_no_outcome_has_no_elasticity() -> None:
    assert math.isnan(sensitivity("a - b", ["a", "b"], [5, 5]).elasticity[0])


def test_equal_effects_stay_in_order_and_larger_ones_lead_whatever_their_sign() -> None:
    """One percent more of any factor is one percent more of the product."""
    assert sensitivity("a × b × c", ["a", "b", "c"], [0.1, 1.1, 0.1]).driver == ["a", "b", "c"]
    assert sensitivity("a + b", ["a", "b"], [9, 10]).driver == ["b", "a"]
    assert sensitivity("a - b", ["a", "b"], [1, 9]).driver == ["b", "a"]


def test_no_change_shows_nothing(refuses) -> None:
    with refuses(InvalidValue, "change_zero"):
        sensitivity("a", ["a"], [1], change=0)


def test_alone_each_must_do_everything_together_each_does_a_part() -> None:
    found = levers(144, "a × b", ["a", "b"], [10, 10])
    assert found.needed == pytest.approx([14.4, 14.4])
    assert found.planned == pytest.approx([12, 12])
    assert found.outcome == pytest.approx(144)
    assert found.cap.tolist() == [math.inf, math.inf]


def test_a_cap_leaves_the_rest_to_the_others() -> None:
    found = levers(150, "a × b", ["b", "a"], [10, 10], caps=[11, np.nan])
    assert found.driver == ["a", "b"]
    assert found.needed[0] == pytest.approx(15)
    assert math.isnan(found.needed[1])
    assert found.planned == pytest.approx([150 / 11, 11])
    assert found.outcome == pytest.approx(150)


def test_caps_that_do_not_suffice_say_how_far_they_get() -> None:
    found = levers(200, "a × b", ["a", "b"], [10, 10], caps=[12, 11])
    assert found.planned == pytest.approx([12, 11])
    assert found.outcome == pytest.approx(132)


def test_costs_go_down_to_their_floor() -> None:
    # Revenue ×λ, cost ÷λ down to 15: 100 λ − 20 ÷ λ = 95, and λ = 1.0865…, cost 18.4
    found = levers(95, "売上 − コスト", ["売上", "コスト"], [100, 20], caps=[np.nan, 15])
    stretch = (95 + math.sqrt(95**2 + 4 * 100 * 20)) / 200
    assert found.planned == pytest.approx([100 * stretch, 20 / stretch])
    assert found.needed[0] == pytest.approx(115)
    assert math.isnan(levers(95, "売上 − コスト", ["売上", "コスト"], [100, 20], caps=[np.nan, 15]).needed[1])


def test_names_that_stand_twice_move_alike() -> None:
    found = levers(12, "a × b + a × c + b × c", ["a", "b", "c"], [1, 1, 1])
    assert found.planned == pytest.approx([2, 2, 2])
    assert found.needed == pytest.approx([5.5] * 3)  # a · 2 + 1 = 12


def test_who_stands_beyond_the_cap_stays_there() -> None:
    found = levers(150, "a × b", ["a", "b"], [10, 10], caps=[8, np.nan])
    assert found.cap.tolist() == [10, math.inf]
    assert found.planned == pytest.approx([10, 15])


def test_a_cap_that_just_suffices_suffices() -> None:
    assert levers(120, "a × b", ["a", "b"], [10, 10], caps=[12, np.nan]).needed.tolist() == [12, 12]


def test_costs_can_go_to_nothing_and_no_further() -> None:
    found = levers(130, "a - b", ["a", "b"], [100, 20])
    assert found.cap.tolist() == [math.inf, 0]
    assert math.isnan(found.needed[1])  # it would have to be -30


def test_a_floor_that_is_met_leaves_the_rest_to_the_others() -> None:
    """Stretched by 1.4, 100 is 140 and 20 would be 14.3, below its floor: 140 - 15 = 125."""
    assert levers(125, "a - b", ["a", "b"], [100, 20], caps=[np.nan, 15]).planned == pytest.approx([140, 15])


def test_what_makes_no_difference_has_no_floor() -> None:
    assert levers(200, "MIN(a, 20) × b", ["a", "b"], [30, 5]).cap.tolist() == [math.inf, math.inf]


def test_a_goal_already_reached_moves_nothing() -> None:
    assert levers(50, "a × b", ["a", "b"], [10, 10]).planned.tolist() == [10, 10]


def test_a_driver_that_can_never_do_it_alone() -> None:
    assert math.isnan(levers(100, "MIN(a, 20) + b", ["a", "b"], [10, 10]).needed[0])


def test_drivers_start_above_zero(refuses) -> None:
    with refuses(InvalidValue, "above_zero"):
        levers(1, "a", ["a"], [0])
    with refuses(InvalidValue, "unequal_lengths"):
        levers(1, "a", ["a"], [1], caps=[1, 2])
