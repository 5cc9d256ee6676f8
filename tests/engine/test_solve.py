"""A formula is turned around: what one driver must become."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kpixl.engine.formula import parse
from kpixl.engine.solve import curve, roots, solve
from kpixl.errors import InvalidValue, NoSolution

_LABELS, _VALUES = ["商談数", "成約率", "単価"], [500.0, 0.2, 1_000_000.0]


@pytest.mark.parametrize(("driver", "needed"), [("商談数", 600), ("成約率", 0.24), ("単価", 1_200_000)])
def test_a_fifth_more_revenue_needs_a_fifth_more_of_one(driver: str, needed: float) -> None:
    assert solve(120_000_000, "商談数 × 成約率 × 単価", _LABELS, _VALUES, driver) == pytest.approx(needed)


@pytest.mark.parametrize(
    ("formula", "goal", "needed"),
    [
        ("a + 3", 10, 7),
        ("3 - a", 10, -7),
        ("a - 3 - 4", 10, 17),
        ("60 ÷ a", 20, 3),
        ("a ÷ 4 × 2", 10, 20),
        ("-a%", 0.5, -50),
        ("SUM(1, a, 2) × 2", 10, 2),
        ("2 × (a + 1) - 1", 9, 4),
        ("a × a", 9, 3),
        ("a ^ 2", 16, 4),
        ("a + a ÷ 2", 9, 6),
        ("MIN(a, 100) + 1", 51, 50),
        ("2 ^ a", 8, 3),
    ],
)
def test_the_driver_is_found_where_it_stands(formula: str, goal: float, needed: float) -> None:
    assert solve(goal, formula, ["a"], [2], "a") == pytest.approx(needed)


def test_of_two_roots_the_nearest_is_taken() -> None:
    assert solve(4, "a × a", ["a"], [5], "a") == pytest.approx(2)
    assert solve(4, "a × a", ["a"], [-5], "a") == pytest.approx(-2)


@pytest.mark.parametrize("present", [0.01, -0.01, 1e-6])
def test_of_two_roots_about_as_far_away_the_nearest_is_taken(present: float) -> None:
    """From 0.01 the root 2 lies 1.99 away, the root -2 lies 2.01 away: both in the same stretch of the search."""
    assert solve(4, "a × a", ["a"], [present], "a") == pytest.approx(math.copysign(2, present))


def test_what_stands_right_is_left_as_it_is() -> None:
    assert solve(4, "a × a", ["a"], [2], "a") == 2
    assert solve(3, "a + 3", ["a"], [2], "a") == 0


def test_from_nothing_the_nearest_is_found() -> None:
    """a² + a is 6 at 2 and at -3."""
    assert solve(6, "a × a + a", ["a"], [0], "a") == pytest.approx(2)


@pytest.mark.parametrize(
    ("formula", "goal", "needed"),
    [
        ("a × a", 1e10, 1e5),
        ("a ^ 30 + a", 2**30 + 2, 2),
        ("a × a - 2", 0, math.sqrt(2)),
        ("a × 0.7 + a × 0.1", 8e9 / 7, 1e10 / 7),
    ],
)
def test_far_steep_and_small_goals_are_reached(formula: str, goal: float, needed: float) -> None:
    assert solve(goal, formula, ["a"], [1], "a") == pytest.approx(needed, rel=1e-9)


@pytest.mark.parametrize(
    ("formula", "goal", "needed"),
    [
        ("a + 3", 2e15, 2e15 - 3),
        ("a - 3", 2e15, 2e15 + 3),
        ("3 - a", -2e15, 2e15 + 3),
        ("3 + a", 2e15, 2e15 - 3),
        ("a × 8", 2e15, 2.5e14),
        ("8 × a", 2e15, 2.5e14),
        ("a ÷ 8", 2e15, 1.6e16),
        ("-a", 2e15, -2e15),
        ("a%", 2e13, 2e15),
        ("a%%", 2e11, 2e15),
        ("SUM(1, a, 2)", 2e15, 2e15 - 3),
    ],
)
def test_a_driver_that_stands_once_is_found_however_far(formula: str, goal: float, needed: float) -> None:
    """Beyond a million million times the present value no search goes: the formula is undone, step by step."""
    assert solve(goal, formula, ["a"], [1], "a") == needed


def test_a_quotient_is_undone_from_either_side() -> None:
    assert solve(1e-14, "60 ÷ a", ["a"], [1], "a") == pytest.approx(6e15)


def test_roots_within_one_step_of_the_search_are_told_apart() -> None:
    assert next(roots(lambda x: (x - 1.01) * (x - 1.05), 1.0)) == pytest.approx(1.01)


def test_a_pole_is_not_a_root() -> None:
    # a ÷ (a − 1) jumps at 1 and is 3 at 1.5
    assert solve(3, "a ÷ (a - 1)", ["a"], [0.5], "a") == pytest.approx(1.5)


@given(
    st.floats(1, 1e6),
    st.sampled_from(["a × b + c", "(a + b) × c", "a ÷ b - c", "a × a + b × c", "b ÷ a + c", "a × (b + a ÷ c)"]),
    st.floats(0.5, 2),
)
def test_the_solution_reaches_the_goal(value: float, formula: str, factor: float) -> None:
    values = {"a": value, "b": 3.0, "c": 7.0}
    goal = float(parse(formula).evaluate({**values, "a": value * factor}))
    found = solve(goal, formula, list(values), list(values.values()), "a")
    assert parse(formula).evaluate({**values, "a": found}) == pytest.approx(goal, rel=1e-6)


@pytest.mark.parametrize(
    ("formula", "goal"),
    [
        ("MIN(a, 10)", 20),
        ("a × a", -1),
        ("0 × a", 5),
        ("a - a", 5),
        ("5 ÷ a", 0),
        ("a ^ 0.5", -3),
        ("1 ÷ (a - 3)", 1e300),
    ],
)
def test_what_cannot_be_reached_is_said(refuses, formula: str, goal: float) -> None:
    with refuses(NoSolution, "driver_cannot"):
        solve(goal, formula, ["a"], [2], "a")


def test_names_must_fit(refuses) -> None:
    with refuses(InvalidValue, "driver_absent"):
        solve(1, "a", ["a", "b"], [1, 2], "b")
    with refuses(InvalidValue, "formula_name"):
        solve(1, "a + c", ["a"], [1], "a")
    with refuses(InvalidValue, "label_twice"):
        solve(1, "a", ["a", "ａ"], [1, 2], "a")
    with refuses(InvalidValue, "unequal_lengths"):
        solve(1, "a", ["a"], [1, 2], "a")


def test_where_a_formula_has_no_value_it_is_infinite_or_none() -> None:
    assert curve(parse("1 ÷ a"), {"a": 0.0}) == math.inf
    assert math.isnan(float(curve(parse("a ÷ a"), {"a": 0.0})))
    assert math.isnan(float(curve(parse("a ^ 0.5"), {"a": -1.0})))


def test_roots_come_nearest_first() -> None:
    found = list(roots(lambda x: np.asarray((x - 1) * (x + 2)), 0.5))
    assert found == pytest.approx([1, -2])
    found = list(roots(lambda x: np.asarray((x - 1) * (x + 2) * (x - 4) * (x + 8) * (x - 16)), 0.0))
    assert found == pytest.approx([1, -2, 4, -8, 16])
