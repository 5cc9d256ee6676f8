"""Is it time to sound the alarm?"""

import datetime as dt

import numpy as np
import pytest

from kpixl.engine.status import alert
from kpixl.errors import InvalidValue

WEEK = dt.date(2025, 6, 2), dt.date(2025, 6, 6)
TUESDAY, WEDNESDAY = dt.date(2025, 6, 3), dt.date(2025, 6, 4)


def test_three_of_ten_meetings_by_the_middle_of_the_week_raise_the_alarm():
    found = alert(10, 3, *WEEK, as_of=WEDNESDAY)
    assert (found.raised, found.elapsed, found.attainment) == (True, 0.6, 0.3)


def test_four_of_ten_do_not():
    assert alert(10, 4, *WEEK, as_of=WEDNESDAY).raised is False


def test_before_the_middle_of_the_week_it_is_too_early():
    assert alert(10, 0, *WEEK, as_of=TUESDAY).raised is False


def test_the_middle_itself_counts():
    # Two of the four business days from Monday to Thursday.
    assert alert(10, 1, dt.date(2025, 6, 2), dt.date(2025, 6, 5), as_of=TUESDAY).raised is True


def test_threshold_and_checkpoint_are_the_users():
    assert alert(10, 4, *WEEK, as_of=WEDNESDAY, threshold=0.4).raised is True
    assert alert(10, 3, *WEEK, as_of=WEDNESDAY, checkpoint=0.61).raised is False
    assert alert(10, 0, *WEEK, as_of=dt.date(2025, 6, 1), checkpoint=0).raised is True


def test_a_share_that_is_met_but_for_the_last_bit_is_met():
    # 0.1 x 3 is a little more than 0.3 in binary.
    assert alert(1, 0.1 * 3, *WEEK, as_of=WEDNESDAY).raised is True


def test_nothing_asked_is_nothing_missed():
    found = alert([0, 10], 0, *WEEK, as_of=WEDNESDAY)
    assert found.attainment.tolist() == [1, 0]
    assert found.raised.tolist() == [False, True]


def test_ten_thousand_rows_answer_in_one_call():
    found = alert(np.full(10_000, 10.0), np.arange(10_000.0), *WEEK, as_of=WEDNESDAY)
    assert found.raised.sum() == 4
    assert found.elapsed.shape == (10_000,)


@pytest.mark.parametrize("given", [{"threshold": -0.1}, {"checkpoint": 1.1}])
def test_impossible_settings_are_refused(given):
    with pytest.raises(InvalidValue):
        alert(10, 3, *WEEK, as_of=WEDNESDAY, **given)
