"""Who stands apart from the others beyond chance?"""

import numpy as np
import pytest
from scipy.stats import fisher_exact
from statsmodels.stats.multitest import multipletests

from kpixl.engine.standing import p_values, standing
from kpixl.errors import InvalidValue

_RUNS = {2: 2000, 3: 2000, 5: 1500, 30: 300}


def test_the_p_value_is_fishers_of_one_row_against_all_others() -> None:
    won, tried = np.array([[18], [30], [4]]), np.array([[20], [100], [9]])
    expected = [fisher_exact([[18, 2], [34, 75]])[1], fisher_exact([[30, 70], [22, 7]])[1]]
    assert p_values(won, tried)[:2, 0] == pytest.approx(expected, rel=1e-9)


@pytest.mark.parametrize("scale", [1, 40, 4000])
def test_small_and_large_counts_agree_with_another_library(scale: int) -> None:
    chance = np.random.default_rng(7)
    tried = chance.integers(1, 30 * scale, (4, 2))
    won = chance.binomial(tried, 0.3)
    for column in range(2):
        for row in range(4):
            mine, of = won[row, column], tried[row, column]
            others, total = won[:, column].sum() - mine, tried[:, column].sum() - of
            expected = fisher_exact([[mine, of - mine], [others, total - others]])[1]
            assert p_values(won, tried)[row, column] == pytest.approx(expected, rel=1e-6, abs=1e-300)


def test_what_lies_beyond_all_doubt_has_no_p_value_to_speak_of() -> None:
    assert p_values([[900_000], [100_000]], [[1_000_000], [1_000_000]]).max() == 0
    assert standing([[900_000], [100_000]], [[1_000_000], [1_000_000]]).ravel().tolist() == [1, -1]


def test_the_named_are_those_of_benjamini_and_hochberg_over_all_members_and_steps() -> None:
    chance = np.random.default_rng(3)
    tried = chance.integers(20, 200, (8, 4))
    won = chance.binomial(tried, chance.uniform(0.2, 0.5, (8, 4)))
    named = multipletests(p_values(won, tried).ravel(), alpha=0.05, method="fdr_bh")[0].reshape(8, 4)
    assert 0 < named.sum() < named.size
    found = standing(won, tried)
    assert ((found != 0) == named).all()
    others = (won.sum(axis=0) - won) / (tried.sum(axis=0) - tried)
    assert (found[named] == np.sign(won / tried - others)[named]).all()


@pytest.mark.parametrize("people", _RUNS)
def test_of_equal_members_hardly_ever_anybody_is_named(people: int) -> None:
    """The bound is 5 %, with three standard errors of so many runs on top; four steps of a shrinking funnel."""
    chance, runs = np.random.default_rng(people), _RUNS[people]
    alarms = 0
    for _ in range(runs):
        counts = [chance.integers(20, 120, people)]
        for rate in (0.4, 0.3, 0.5, 0.3):
            counts.append(chance.binomial(counts[-1], rate))
        stages = np.array(counts)
        alarms += bool(standing(stages[1:].T, stages[:-1].T).any())
    assert alarms / runs <= 0.05 + 3 * np.sqrt(0.05 * 0.95 / runs)


def test_who_is_really_better_is_found() -> None:
    """60 % beside 30 % of 200 calls each: power near 1."""
    chance = np.random.default_rng(1)
    found = [standing(chance.binomial(200, [[0.6], [0.3], [0.3]]), np.full((3, 1), 200))[0, 0] for _ in range(200)]
    assert np.mean(found) > 0.95


def test_without_a_rate_or_others_nobody_is_judged() -> None:
    """No trials, more successes than trials, nobody else; and such a row is no yardstick for the others."""
    assert standing([[5]], [[10]]).tolist() == [[0]]
    assert standing([[0], [0]], [[0], [0]]).tolist() == [[0], [0]]
    found = p_values([[0], [30], [9], [50]], [[0], [10], [10], [100]])
    assert np.isnan(found[:2]).all()
    assert found[2, 0] == pytest.approx(fisher_exact([[9, 1], [50, 50]])[1])


def test_parts_of_a_shared_order_are_rounded() -> None:
    assert p_values([[3.6], [1.2]], [[4], [4]]) == pytest.approx(p_values([[4], [1]], [[4], [4]]))


@pytest.mark.parametrize(
    ("won", "tried", "chance"), [([[-1]], [[1]], 0.05), ([[1], [2]], [[3]], 0.05), ([[1]], [[2]], 0.0)]
)
def test_impossible_counts_are_refused(won: list[list[int]], tried: list[list[int]], chance: float) -> None:
    with pytest.raises(InvalidValue) as caught:
        standing(won, tried, false_alarms=chance)
    assert str(caught.value)
