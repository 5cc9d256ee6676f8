"""A KPI tree is worth what its leaves make, and grows towards a goal."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kpixl.engine.tree import tree
from kpixl.errors import InvalidValue, NoSolution, NoTrials

_NAMES = ["売上高", "顧客数", "単価", "新規顧客数", "既存顧客数", "商談数", "成約率"]
_CONTENTS = ["顧客数 × 単価", "新規顧客数 ＋ 既存顧客数", 500_000, "商談数 × 成約率", 40, 200, 0.2]


def test_the_tree_of_the_textbook() -> None:
    found = tree(_NAMES, _CONTENTS)
    assert found.value.tolist() == [40_000_000, 80, 500_000, 40, 40, 200, 0.2]
    assert found.level.tolist() == [0, 1, 1, 2, 2, 3, 3]
    assert found.formula[0] == "顧客数 × 単価"
    assert found.formula[2] == ""
    assert found.target is None
    assert found.gap is None


def test_only_leaves_with_a_weight_move() -> None:
    weights = [None, None, None, None, None, 1.0, None]
    found = tree(_NAMES, _CONTENTS, weights=weights, goal=50_000_000)
    assert found.target is not None
    assert found.gap is not None
    # 100 customers, 60 of them new: 300 meetings at 20%
    assert found.target == pytest.approx([50_000_000, 100, 500_000, 60, 40, 300, 0.2])
    assert found.gap == pytest.approx([-10_000_000, -20, 0, -20, 0, -100, 0])


def test_weights_are_powers_of_one_factor() -> None:
    found = tree(["r", "a", "b"], ["a × b", 10, 10], weights=[None, 2, 1], goal=800)
    assert found.target == pytest.approx([800, 40, 20])  # λ = 2


def test_all_leaves_move_alike_where_no_weights_are_given() -> None:
    assert tree(["r", "a", "b"], ["a × b", 10, 10], goal=400).target == pytest.approx([400, 20, 20])


def test_a_cost_can_shrink() -> None:
    found = tree(["利益", "売上", "費用"], ["売上 − 費用", 100, 60], weights=[None, None, -1], goal=70)
    assert found.target == pytest.approx([70, 100, 30])


def test_a_shared_node_stands_at_its_shortest_way() -> None:
    assert tree(["r", "a", "b"], ["a × b", "b × 2", 3]).level.tolist() == [0, 1, 1]


@given(st.floats(0.2, 5), st.lists(st.floats(1, 100), min_size=2, max_size=6))
def test_the_goal_is_reached(factor: float, leaves: list[float]) -> None:
    names = [f"n{place}" for place in range(len(leaves))]
    formula = " + ".join(f"{name} × {name}" for name in names)
    value = float(np.sum(np.square(leaves)))
    found = tree(["r", *names], [formula, *leaves], goal=value * factor)
    assert found.target is not None
    assert found.target[0] == pytest.approx(value * factor, rel=1e-8)
    assert found.target[1:] == pytest.approx(np.array(leaves) * factor**0.5, rel=1e-6)


def test_a_circle_is_named(refuses) -> None:
    with refuses(InvalidValue, "tree_cycle") as caught:
        tree(["r", "a", "b"], ["a", "b + 1", "a + 1"])
    assert "a → b → a" in str(caught.value) or "b → a → b" in str(caught.value)


def test_several_roots_are_named(refuses) -> None:
    with refuses(InvalidValue, "tree_roots") as caught:
        tree(["売上", "利益", "a"], ["a × 2", "a × 3", 1])
    assert "売上, 利益" in str(caught.value)


def test_unknown_names_are_named_with_their_node(refuses) -> None:
    with refuses(InvalidValue, "tree_unknown") as caught:
        tree(["売上", "商談数"], ["商談数 × 単価", 1])
    assert "売上" in str(caught.value)
    assert "単価" in str(caught.value)


def test_rows_must_be_named_once(refuses) -> None:
    with refuses(InvalidValue, "tree_blank"):
        tree(["r", " "], ["1+1", 2])
    with refuses(InvalidValue, "label_twice"):
        tree(["r", "ｒ"], [1, 2])
    with refuses(InvalidValue, "tree_empty"):
        tree([], [])


def test_a_goal_beyond_reach_is_said(refuses) -> None:
    with refuses(NoSolution, "tree_goal"):
        tree(["r", "a"], ["MIN(a, 10)", 5], goal=20)
    with refuses(NoSolution, "tree_goal"):
        tree(["r", "a"], ["a × 2", 5], weights=[None, None], goal=20)
    with refuses(NoTrials, "formula_zero"):
        tree(["r", "a"], ["1 ÷ a", 0])


def test_a_pole_on_the_way_is_no_goal(refuses) -> None:
    # 1 ÷ (a − 20) changes its sign at 20 without ever being 0
    with refuses(NoSolution, "tree_goal"):
        tree(["r", "a"], ["1 ÷ (a - 20)", 10], goal=0)
