"""What do the deals that were won have in common?"""

import numpy as np
import pytest

from kpixl.engine.factors import factors
from kpixl.engine.ranking import shrink
from kpixl.errors import InvalidValue, NothingToSay

# 30 of 50 deals with IT companies were won, 10 of 50 with retailers, and both of the two others: 42 of 102.
VALUES = ["IT"] * 50 + ["retail"] * 50 + ["other"] * 2
WON = [1] * 30 + [0] * 20 + [1] * 10 + [0] * 40 + [1] * 2


def test_trials_rates_and_lift_are_counted_per_value():
    found = factors(VALUES, WON)
    by_value = dict(zip(found.value.tolist(), zip(found.trials, found.rate, found.lift, strict=True), strict=True))
    assert by_value["IT"] == pytest.approx((50, 0.6, 0.6 / (42 / 102)))
    assert by_value["retail"] == pytest.approx((50, 0.2, 0.2 / (42 / 102)))
    assert by_value["other"] == pytest.approx((2, 1, 102 / 42))


def test_two_deals_both_won_neither_lead_nor_stand_out():
    found = factors(VALUES, WON)
    assert found.value.tolist() == ["IT", "other", "retail"]
    assert found.verdict.tolist() == ["better", "unclear", "worse"]


def test_rates_are_shrunk_as_in_the_ranking():
    found = factors(VALUES, WON)
    shrunk, low, high = shrink([30, 2, 10], [50, 2, 50])
    np.testing.assert_allclose([found.shrunk, found.low, found.high], [shrunk, low, high], rtol=1e-12)


def test_the_order_of_the_deals_does_not_matter():
    order = np.random.default_rng(5).permutation(len(VALUES))
    here, there = factors(VALUES, WON), factors(np.array(VALUES)[order], np.array(WON)[order] == 1)
    assert here.value.tolist() == there.value.tolist()
    np.testing.assert_allclose(here.shrunk, there.shrunk, rtol=1e-10)


def test_an_attribute_that_never_varies_explains_nothing():
    found = factors(["IT"] * 4, [1, 0, 0, 1])
    assert (found.rate.tolist(), found.lift.tolist(), found.verdict.tolist()) == ([0.5], [1], ["unclear"])


def test_deals_that_were_all_won_differ_in_nothing():
    assert factors(["a", "b", "b"], [1, 1, 1]).verdict.tolist() == ["unclear", "unclear"]


@pytest.mark.parametrize(
    ("outcomes", "key"), [([], "rank_no_trials"), ([0, 0], "factors_no_success")], ids=["no deals", "none won"]
)
def test_without_a_won_deal_there_is_nothing_to_say(outcomes, key):
    with pytest.raises(NothingToSay) as caught:
        factors(["a"] * len(outcomes), outcomes)
    assert caught.value.key == key
    assert str(caught.value)


@pytest.mark.parametrize(("values", "outcomes"), [(["a"], [1, 0]), (["a"], [0.5]), (["a"], [2])])
def test_what_is_no_outcome_is_refused(values, outcomes):
    with pytest.raises(InvalidValue) as caught:
        factors(values, outcomes)
    assert str(caught.value)
