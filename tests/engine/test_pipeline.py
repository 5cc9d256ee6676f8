"""What will the open deals bring, by what became of those before?"""

import numpy as np
import pytest
from statsmodels.duration.survfunc import CumIncidenceRight, SurvfuncRight

from kpixl.engine.pipeline import pipeline, win_chances
from kpixl.errors import InvalidValue, NothingToSay

_DECIDED = [10, 12, 14, 16, 18, 20, 40, 40, 40, 40]
_WON = [True] * 6 + [False] * 4


def test_the_chance_of_a_stage_is_the_conditional_share_of_aalen_and_johansen():
    """statsmodels has the curves of the twelve deals of which two are open; 11 are older than 5 days, 4 than 30 days.

    All deals are of one stage, so that both steps lean on the same curve, and on 6.5 / 11 by five deals.
    """
    times, outcome = np.array([*_DECIDED, 5, 30]), np.array([1] * 6 + [2] * 4 + [0, 0])
    share = CumIncidenceRight(times, outcome, freq_weights=np.ones(12))
    still = SurvfuncRight(times, (outcome > 0).astype(int))

    def at(ages, values, age, before):
        known = values[ages <= age]
        return known[-1] if len(known) else before

    for age, older in ((5, 11), (30, 4)):
        won = share.cinc[0][-1] - at(share.times, share.cinc[0], age, 0.0)
        own = won / at(still.surv_times, still.surv_prob, age, 1.0)
        pooled = (older * own + 5 * 6.5 / 11) / (older + 5)
        expected = (older * own + 5 * pooled) / (older + 5)
        found = win_chances(["A", "A"], [5, 30], ["A"] * 10, _DECIDED, _WON).chance
        assert found[[5, 30].index(age)] == pytest.approx(expected)


def test_of_few_decided_deals_only_the_share_speaks_and_says_so():
    found = pipeline(["A", "B"], [5, 50], [100, 300], ["A"] * 4, [3, 5, 8, 9], [True, True, True, False])
    assert found.basis.tolist() == ["share"] * 3
    assert found.expected == pytest.approx([70, 210, 280])
    assert found.coverage == pytest.approx([1 / 0.7] * 3)
    assert found.stage.tolist() == ["A", "B", ""]
    assert found.deals.tolist() == [1, 1, 2]


def test_with_little_time_left_few_decide_in_it():
    """Two of the four were decided within five days: half of 0.7."""
    found = win_chances(["A"], [5], ["A"] * 4, [3, 5, 8, 9], [True, True, True, False], days_left=5)
    assert found.chance == pytest.approx([0.35])


def test_a_stage_that_has_seen_few_deals_leans_on_all():
    found = pipeline(["A", "B"], [5, 5], [100, 100], [*["A"] * 10, "B"], [*_DECIDED, 9], [*_WON, True], days_left=30)
    assert found.basis.tolist() == ["stage", "all_stages", "all_stages"]
    assert 0 < found.low[2] < found.expected[2] < found.high[2] < 200


def test_older_deals_than_any_that_was_won_have_less_of_a_chance():
    found = win_chances(["A"] * 3, [1, 15, 39], ["A"] * 10, _DECIDED, _WON).chance
    assert found[0] > found[1] > found[2]


def test_no_time_left_wins_nothing_and_deals_without_amounts_bring_nothing():
    none = pipeline(["A"], [5], [100], ["A"] * 10, _DECIDED, _WON, days_left=0)
    assert none.expected.tolist() == [0, 0]
    assert np.isnan(none.coverage).all()
    free = pipeline(["A"], [5], [0], ["A"] * 10, _DECIDED, _WON)
    assert (free.expected.tolist(), free.low.tolist(), free.high.tolist()) == ([0, 0],) * 3


def test_the_expected_comes_and_the_range_holds_it():
    """300 businesses of three stages with gamma waits: what the open deals brought in the next 20 days."""
    chance, expected, came, held = np.random.default_rng(0), [], [], []
    for _ in range(300):
        stage = chance.integers(0, 3, 300)
        won = chance.random(300) < np.array([0.2, 0.4, 0.7])[stage]
        waits = np.where(won, chance.gamma(2, 15, 300), chance.gamma(2, 40, 300))
        ends = chance.uniform(0, 365, 300) + waits
        decided, amounts, names = ends <= 365, chance.lognormal(0, 0.8, 300), np.array(["A", "B", "C"])[stage]
        ages = (365 - ends + waits)[~decided]
        closed = names[decided].tolist(), waits[decided], won[decided]
        found = pipeline(names[~decided].tolist(), ages, amounts[~decided], *closed, days_left=20)
        came.append(amounts[~decided & won & (ends <= 385)].sum())
        expected.append(found.expected[-1])
        held.append(found.low[-1] <= came[-1] <= found.high[-1])
    assert np.sum(expected) == pytest.approx(np.sum(came), rel=0.1)
    assert 0.74 <= np.mean(held) <= 0.86


def test_ten_thousand_deals_are_one_call():
    names = (["A", "B", "C", "D"] * 2500)[:10_000]
    days = np.arange(10_000) % 90.0
    found = pipeline(names, days, np.ones(10_000), names, days, np.arange(10_000) % 3 == 0, days_left=30)
    assert found.deals.tolist() == [2500] * 4 + [10_000]


@pytest.mark.parametrize(
    ("change", "kind", "key"),
    [
        ({"stages": [], "ages": [], "amounts": []}, NothingToSay, "pipeline_no_open"),
        ({"closed_stages": [], "closed_ages": [], "closed_outcomes": []}, NothingToSay, "pipeline_no_closed"),
        ({"ages": [1, 2]}, InvalidValue, "unequal_lengths"),
        ({"amounts": [1, 2]}, InvalidValue, "unequal_lengths"),
        ({"closed_outcomes": [True, False]}, InvalidValue, "unequal_lengths"),
        ({"ages": [-1]}, InvalidValue, "vector_range"),
        ({"days_left": -1}, InvalidValue, "not_negative"),
        ({"confidence": 0}, InvalidValue, "share_range"),
    ],
)
def test_what_cannot_be_is_refused(refuses, change, kind, key):
    given = {"stages": ["A"], "ages": [1], "amounts": [1], "closed_stages": ["A"], "closed_ages": [1]}
    given |= {"closed_outcomes": [True]} | change
    options = {name: given.pop(name) for name in ("days_left", "confidence") if name in given}
    with refuses(kind, key):
        pipeline(*given.values(), **options)
