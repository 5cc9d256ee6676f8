"""Is it on track, or can it still be made?"""

import datetime as dt

import numpy as np
import pytest

from kpixl.engine.landing import landing
from kpixl.engine.status import Status, status
from kpixl.errors import InvalidValue

# September 2026 has 19 business days, of which 14 are over on Friday the 18th (silver week is still to come).
SEPTEMBER = dt.date(2026, 9, 1), dt.date(2026, 9, 30)
FRIDAY = dt.date(2026, 9, 18)


def test_at_the_pace_is_on_track_and_one_short_of_it_is_not():
    # 14/19 of 38 is 28.
    assert status(38, 28, *SEPTEMBER, as_of=FRIDAY) == Status.ON_TRACK
    assert status(38, 27, *SEPTEMBER, as_of=FRIDAY) == Status.RECOVERABLE


def test_just_below_the_pace_is_below_it():
    # 14/19 of 3,800 is 2,800.
    assert status(3800, [2800, 2799], *SEPTEMBER, as_of=FRIDAY).tolist() == [Status.ON_TRACK, Status.RECOVERABLE]


def test_hopelessly_behind_will_miss():
    assert status(38, 5, *SEPTEMBER, as_of=FRIDAY) == Status.WILL_MISS


def test_recoverable_ends_where_the_probability_of_the_landing_does():
    odds = landing(25, *SEPTEMBER, as_of=FRIDAY, target=38).probability
    assert status(38, 25, *SEPTEMBER, as_of=FRIDAY, recover_at=odds) == Status.RECOVERABLE
    assert status(38, 25, *SEPTEMBER, as_of=FRIDAY, recover_at=odds + 1e-9) == Status.WILL_MISS


@pytest.mark.parametrize("day", [dt.date(2026, 8, 31), dt.date(2026, 9, 1), dt.date(2026, 9, 2)])
def test_nothing_is_decided_in_the_first_two_business_days(day):
    assert status(38, 0, *SEPTEMBER, as_of=day) == Status.UNDECIDED
    assert status(38, 38, *SEPTEMBER, as_of=day) == Status.UNDECIDED


def test_the_third_business_day_decides():
    assert status(38, 38, *SEPTEMBER, as_of=dt.date(2026, 9, 3)) == Status.ON_TRACK


@pytest.mark.parametrize(("actual", "expected"), [(38, Status.ON_TRACK), (37, Status.WILL_MISS)])
def test_a_period_that_is_over_is_made_or_missed(actual, expected):
    assert status(38, actual, *SEPTEMBER, as_of=dt.date(2026, 10, 1)) == expected


def test_a_period_of_one_day_is_decided_when_it_is_over():
    day = dt.date(2026, 9, 1)
    assert status(3, 2, day, day, as_of=day) == Status.WILL_MISS


def test_few_large_orders_leave_more_hope_than_many_small_ones():
    # 2,600万円 of 3,800万円 are there: 120 orders of 10万円 are missing, or a single one of 1,200万円.
    assert status(38e6, 26e6, *SEPTEMBER, as_of=FRIDAY, unit_value=[1e5, 12e6]).tolist() == ["will_miss", "recoverable"]


def test_ten_thousand_rows_answer_in_one_call():
    actual = np.tile([30.0, 27.0, 5.0, 0.0], 2500)
    codes = status(np.tile([38.0, 38.0, 38.0, 0.0], 2500), actual, *SEPTEMBER, as_of=FRIDAY)
    assert codes.shape == (10_000,)
    assert codes[:4].tolist() == ["on_track", "recoverable", "will_miss", "on_track"]


@pytest.mark.parametrize("given", [{"recover_at": 0}, {"recover_at": 1}, {"unit_value": 0}])
def test_impossible_settings_are_refused(given):
    with pytest.raises(InvalidValue):
        status(38, 20, *SEPTEMBER, as_of=FRIDAY, **given)


def test_what_varies_more_can_still_be_made_where_chance_alone_could_not():
    june = dt.date(2025, 6, 1), dt.date(2025, 6, 30)
    steady, varied = (
        status(100, 38, *june, as_of=dt.date(2025, 6, 13), dispersion=ratio, recover_at=0.2) for ratio in (1, 10)
    )
    assert (steady, varied) == ("will_miss", "recoverable")
