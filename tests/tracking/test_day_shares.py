"""The pace of a KPI goes by what its days brought, where the months that are over say that this foresees better."""

import datetime as dt
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from kpixl.plan import NOTHING_CLOSED, Period, Plan
from kpixl.tracking import DayBasis, day_shares, progress
from kpixl.tracking.closing import close

_START = dt.date(2026, 1, 1)
_AS_OF = dt.date(2026, 12, 16)


@pytest.fixture
def year(small_plan: Callable[..., Plan]) -> Plan:
    return small_plan(period=Period(_START, 12))


def _values(kpi: str, push: float = 1.0, weekend: float = 0.0, until: dt.date = _AS_OF) -> pd.DataFrame:
    """Return a row a day: 20 on business days, `push` times as many in the last week of a quarter."""
    days = pd.date_range(_START, until)
    last = days + pd.offsets.MonthEnd(0)
    late = (last - days).days < 7
    brought = np.where(days.day_of_week < 5, 20.0, 20.0 * weekend) * np.where(late & (days.month % 3 == 0), push, 1.0)
    return pd.DataFrame({"date": days, "member": "佐藤", "channel": "Web", "kpi": kpi, "value": brought})


def test_a_quarter_end_that_brings_three_times_as_much_is_not_due_before(year: Plan) -> None:
    """Half of December's business days are over on the 16th; of the weight of its days far less is."""
    shares = day_shares(year, _values("won", push=3.0), _AS_OF)
    own = shares.by_kpi["won"]
    assert (own.basis, own.months) == (DayBasis.LEARNED, 11)
    assert shares.elapsed("won", _AS_OF) < 0.42 < year.period.elapsed(_AS_OF)
    assert shares.elapsed("won", dt.date(2026, 12, 31)) == pytest.approx(1)
    assert shares.elapsed("won", dt.date(2026, 12, 1)) == pytest.approx(1 / 32, rel=0.15)


def test_the_revenue_goes_by_the_days_of_its_orders(year: Plan) -> None:
    shares = day_shares(year, _values("won", push=3.0), _AS_OF)
    assert shares.over("revenue", _AS_OF) == shares.over("won", _AS_OF)


def test_what_comes_evenly_or_never_goes_by_business_days(year: Plan) -> None:
    shares = day_shares(year, _values("lead"), _AS_OF)
    assert shares.by_kpi["lead"].basis is DayBasis.NO_BETTER
    assert shares.by_kpi["meeting"].basis is DayBasis.FEW_MONTHS
    assert shares.over("lead", _AS_OF) == (12, 23)
    assert shares.elapsed("lead", _AS_OF) == year.period.elapsed(_AS_OF)


def test_weekends_that_bring_leads_are_days_of_the_pace(year: Plan) -> None:
    """5 December 2026 is a Saturday: four business days and half a day are over."""
    shares = day_shares(year, _values("lead", weekend=0.5), _AS_OF)
    done, days = shares.over("lead", dt.date(2026, 12, 5))
    assert done == pytest.approx(4.5, abs=0.05)
    assert days == pytest.approx(23 + 8 / 2, abs=0.1)


def test_of_five_months_nothing_is_learned(year: Plan) -> None:
    june = dt.date(2026, 6, 30)
    shares = day_shares(year, _values("won", push=3.0, until=june), june)
    assert (shares.by_kpi["won"].basis, shares.by_kpi["won"].months) == (DayBasis.FEW_MONTHS, 5)


def test_a_month_that_was_recorded_in_part_is_not_learned_from(year: Plan) -> None:
    values = _values("won", push=3.0)
    later = values[values["date"] >= "2026-02-20"]
    assert day_shares(year, later, _AS_OF).by_kpi["won"].months == 9


def test_business_days_may_be_chosen(year: Plan) -> None:
    shares = day_shares(replace(year, learns_days=False), _values("won", push=3.0), _AS_OF)
    assert {own.basis for own in shares.by_kpi.values()} == {DayBasis.CHOSEN}
    assert not shares.learned


def test_without_weights_the_figures_are_those_of_business_days(year: Plan) -> None:
    values = _values("lead")
    targets, _ = close(year, NOTHING_CLOSED, _AS_OF, in_use=True, whole=False)
    shares = day_shares(year, values, _AS_OF)
    with_shares, without = (progress(year, targets, values, _AS_OF, shares=one) for one in (shares, None))
    pd.testing.assert_frame_equal(with_shares, without)


def test_pace_and_landing_go_by_the_weights(year: Plan) -> None:
    """On the 16th December of a business that lives on quarter ends is on its way, though business days say less."""
    values = _values("won", push=3.0)
    targets, _ = close(year, NOTHING_CLOSED, _AS_OF, in_use=True, whole=False)
    shares = day_shares(year, values, _AS_OF)
    weighed, plain = (
        progress(year, targets, values, _AS_OF, shares=one).set_index("kpi").loc["won"] for one in (shares, None)
    )
    assert weighed["landing"] == pytest.approx(20 * (18 + 5 * 3), rel=0.1)
    assert plain["landing"] <= 20 * 23
    assert weighed["pace"] < plain["pace"]
