"""Is it time to change the KPI?"""

import numpy as np
import pytest

from kpixl.engine.review import review
from kpixl.errors import InvalidValue, NothingToSay


def applying(*args, **options):
    found = review(*args, **options)
    return found.trigger[found.applies].tolist()


def evidence(trigger, *args, **options):
    found = review(*args, **options)
    return found.evidence[found.trigger == trigger].item()


def test_there_are_five_triggers_in_a_fixed_order():
    assert review([1], [1]).trigger.tolist() == ["misses", "stagnation", "growth", "too_early", "due"]


def test_three_misses_in_a_row_call_for_a_review_and_two_do_not():
    assert "misses" in applying([100] * 4, [100, 99, 98, 97])
    assert "misses" not in applying([100] * 4, [99, 100, 98, 97])
    assert evidence("misses", [100] * 4, [99, 100, 98, 97]) == 2


def test_misses_long_made_good_no_longer_count():
    assert evidence("misses", [100] * 5, [10, 10, 10, 10, 100]) == 0


def test_a_target_met_but_for_the_last_bit_is_met():
    assert evidence("misses", [0.1 * 3], [0.3]) == 0


def test_standing_still_below_the_target_is_stagnation():
    # A mean of 90 in both quarters, below 100.
    assert "stagnation" in applying([100] * 6, [80, 90, 100, 100, 90, 80])
    assert evidence("stagnation", [100] * 6, [80, 90, 100, 100, 90, 80]) == 0


def test_growing_or_standing_above_the_target_is_no_stagnation():
    assert "stagnation" not in applying([100] * 6, [80, 80, 80, 83, 83, 83])
    assert evidence("stagnation", [100] * 6, [80, 80, 80, 83, 83, 83]) == 3
    assert "stagnation" not in applying([100] * 6, [101] * 6)


def test_a_standstill_is_one_of_the_last_six_months_however_many_there_are():
    assert evidence("stagnation", [100] * 9, [50, 50, 50, 90, 90, 90, 80, 80, 80]) == -10


def test_five_months_are_too_few_to_see_a_standstill():
    assert "stagnation" not in applying([100] * 5, [50] * 5)
    assert np.isnan(evidence("stagnation", [100] * 5, [50] * 5))


def test_three_months_at_120_percent_have_outgrown_the_plan():
    assert "growth" in applying([100, 100, 50], [120, 130, 60])
    assert "growth" not in applying([100, 100, 50], [119, 130, 60])
    assert evidence("growth", [100, 100, 50], [119, 130, 60]) == 2


@pytest.mark.parametrize(("planned", "reached"), [(100, 120), (35, 42), (0.7, 0.84), (2.3, 2.76), (1 / 3, 0.4)])
def test_exactly_120_percent_has_outgrown_the_plan_and_less_has_not(planned, reached):
    assert "growth" in applying([planned] * 3, [reached] * 3)
    assert "growth" not in applying([planned] * 3, [reached * (1 - 1e-9)] * 3)


def test_nothing_asked_and_nothing_done_is_no_growth():
    assert evidence("growth", [0, 0, 0], [0, 0, 0]) == 0


@pytest.mark.parametrize(("months", "expected"), [(2, ["too_early"]), (3, []), (11, []), (12, ["due"])], ids=str)
def test_three_months_are_the_least_and_twelve_the_most(months, expected):
    assert applying([100], [100], months_in_use=months) == expected
    assert applying([100] * months, [100] * months) == expected


def test_without_a_month_there_is_nothing_to_say():
    with pytest.raises(NothingToSay) as caught:
        review([], [])
    assert str(caught.value)


@pytest.mark.parametrize(
    ("targets", "actuals", "months"), [([1, 2], [1], None), ([1], [-1], None), ([1], [1], -1), ([1], [1], float("nan"))]
)
def test_impossible_numbers_are_refused(targets, actuals, months):
    with pytest.raises(InvalidValue):
        review(targets, actuals, months_in_use=months)
