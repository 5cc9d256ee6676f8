"""Who is really better?"""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import integrate, stats

from kpixl.engine.ranking import rank, shrink
from kpixl.errors import InvalidValue, NothingToSay

counts = st.integers(0, 300).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))
tables = st.lists(counts, min_size=1, max_size=8).filter(lambda rows: any(n for _, n in rows))

# Efron, B., Morris, C. (1975), Data analysis using Stein's estimator and its generalizations, JASA 70, table 1:
# hits of 18 batters in their first 45 at bats of 1970, and their averages over the rest of the season.
HITS = [18, 17, 16, 15, 14, 14, 13, 12, 11, 11, 10, 10, 10, 10, 10, 9, 8, 7]
SEASON = [0.346, 0.298, 0.276, 0.222, 0.273, 0.270, 0.263, 0.210, 0.269]
SEASON += [0.230, 0.264, 0.256, 0.303, 0.264, 0.226, 0.286, 0.316, 0.200]


@pytest.mark.parametrize("best", [80, 60, 40, 20])
def test_no_one_leads_on_three_calls(best):
    assert rank([3, best, best / 2], [3, 100, 100]).rank[1] == 1
    assert rank([best, 3], [100, 3]).rank.tolist() == [1, 2]


def test_early_batting_averages_shrink_as_far_as_efron_and_morris_found():
    # They shrink by 0.212: Clemente's .400 to .294, the last one's .156 to .242.
    batters = rank(HITS, [45] * 18)
    assert batters.shrunk[[0, -1]] == pytest.approx([0.294, 0.242], abs=0.002)
    assert not batters.outside.any()


def test_shrunk_batting_averages_foretell_the_season_better_than_the_raw_ones():
    # Total squared error .077 against .022, a factor of 3.5 (Efron and Morris 1975, section 1).
    batters = rank(HITS, [45] * 18)
    raw, shrunk = (((rates - np.array(SEASON)) ** 2).sum() for rates in (batters.rate, batters.shrunk))
    assert raw / shrunk == pytest.approx(3.5, abs=0.1)


def test_shrunk_rate_is_the_integral_over_every_strength_of_shrinking():
    won, tried = np.array([3, 80, 40]), np.array([3, 100, 100])
    team, usual = won.sum() / tried.sum(), stats.hmean(tried)

    def likelihood(shrinkage):
        strength = usual * shrinkage / (1 - shrinkage)
        return np.prod(stats.betabinom.pmf(won, tried, team * strength, (1 - team) * strength))

    def weighted(shrinkage):
        strength = usual * shrinkage / (1 - shrinkage)
        return likelihood(shrinkage) * (won[0] + team * strength) / (tried[0] + strength)

    shrunk, _, _ = shrink(won, tried)
    expected = integrate.quad(weighted, 0, 1)[0] / integrate.quad(likelihood, 0, 1)[0]
    assert shrunk[0] == pytest.approx(expected, rel=1e-4)


def test_a_single_row_is_its_own_team():
    alone = rank([5], [10])
    assert (alone.rank[0], alone.rate[0], alone.shrunk[0], alone.outside[0]) == (1, 0.5, 0.5, False)


@pytest.mark.parametrize("won", [[0, 0, 0], [1, 2, 4], [10, 20, 40]], ids=["none", "a tenth", "all"])
def test_equal_rates_are_the_teams_rate(won):
    same = rank(won, [10, 20, 40])
    assert same.shrunk == pytest.approx(same.rate, abs=1e-12)
    assert not same.outside.any()


def test_of_equal_rates_the_one_from_more_trials_leads_and_equals_share_the_better_rank():
    assert rank([1, 4, 1, 4], [10, 40, 10, 40]).rank.tolist() == [3, 1, 3, 1]
    assert rank([0, 0, 0], [10, 20, 40]).rank.tolist() == [1, 1, 1]


def test_of_equally_many_trials_one_success_more_leads():
    assert rank([500_000, 500_001], [1e6, 1e6]).rank.tolist() == [2, 1]


def test_the_ends_of_an_interval_leave_out_half_of_the_rest_each():
    """Of very many trials 95% reach 1.96 standard errors to either side, and 50% reach 0.674."""
    alone = rank([500_000], [1_000_000])
    narrower = rank([500_000], [1_000_000], confidence=0.5)
    width = (alone.high - alone.low) / (narrower.high - narrower.low)
    assert width == pytest.approx(stats.norm.ppf(0.975) / stats.norm.ppf(0.75), rel=1e-3)


def test_a_row_without_trials_is_taken_for_average_and_has_no_rate_of_its_own():
    new = rank([20, 0, 40], [100, 0, 100])
    assert new.rank.tolist()[2] == 1
    assert np.isnan(new.rate[1])
    assert new.shrunk[1] == pytest.approx(0.3, abs=1e-12)


def test_control_limits_are_those_of_the_binomial_distribution():
    # Team: 500 of 1,000. By scipy, P(X >= 66) is .0009 and P(X >= 65) is .0018 for a binomial of 100 trials at 50%.
    rows = np.array([66, 34, 65, 35, 300])
    assert stats.binom.sf([65, 64], 100, 0.5).round(4).tolist() == [0.0009, 0.0018]
    assert rank(rows, [100, 100, 100, 100, 600]).outside.tolist() == [True, True, False, False, False]


@settings(max_examples=40, deadline=None)
@given(tables, st.randoms(use_true_random=False))
def test_the_order_of_the_rows_does_not_matter(rows, random):
    order = list(range(len(rows)))
    random.shuffle(order)
    won, tried = np.array(rows, dtype=float).T
    here, there = rank(won, tried), rank(won[order], tried[order])
    assert here.rank[order].tolist() == there.rank.tolist()
    np.testing.assert_allclose(here.shrunk[order], there.shrunk, atol=1e-10)
    assert here.outside[order].tolist() == there.outside.tolist()


@settings(max_examples=40, deadline=None)
@given(tables)
def test_shrunk_rates_lie_between_the_raw_rate_and_the_teams_and_within_their_interval(rows):
    won, tried = np.array(rows, dtype=float).T
    answer = rank(won, tried)
    team = won.sum() / tried.sum()
    raw = np.where(tried > 0, answer.rate, team)
    assert (np.minimum(raw, team) - 1e-9 <= answer.shrunk).all()
    assert (answer.shrunk <= np.maximum(raw, team) + 1e-9).all()
    assert ((answer.low >= 0) & (answer.low <= answer.shrunk)).all()
    assert ((answer.shrunk <= answer.high) & (answer.high <= 1)).all()


def test_many_rows_with_much_data_keep_nearly_their_own_rates():
    answer = rank([1000, 3000, 5000], [10_000] * 3)
    assert answer.shrunk == pytest.approx([0.1, 0.3, 0.5], abs=0.002)


@pytest.mark.parametrize(("won", "tried"), [([], []), ([0, 0], [0, 0])])
def test_without_any_trial_there_is_nothing_to_rank(won, tried):
    with pytest.raises(NothingToSay):
        rank(won, tried)


@pytest.mark.parametrize(("won", "tried"), [([1, 0], [0, 5]), ([-1, 0], [3, 5])])
def test_impossible_counts_are_refused(won, tried):
    with pytest.raises(InvalidValue):
        rank(won, tried)


def test_more_trials_than_can_be_told_apart_are_refused_by_row():
    """Ten thousand million calls are beyond any team, and their likelihoods differ by less than their last bits."""
    assert rank([3e9, 4e9], [1e10, 1e10]).rank.tolist() == [2, 1]
    with pytest.raises(InvalidValue, match="2行目") as caught:
        rank([1, 5e14], [2, 1e15])
    assert caught.value.key == "too_many_trials"


def test_unequal_numbers_of_successes_and_trials_are_said():
    with pytest.raises(InvalidValue) as caught:
        rank([1, 2, 3], [4, 5])
    assert caught.value.key == "unequal_lengths"
    assert "3" in str(caught.value)
    assert "2" in str(caught.value)
