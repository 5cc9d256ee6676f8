"""Which share converts within so many days, where open entries count for as long as they have waited?"""

import datetime as dt

import numpy as np
import pytest
from statsmodels.duration.survfunc import CumIncidenceRight, SurvfuncRight

from kpixl.engine.conversion import conversion
from kpixl.engine.lifetimes import curve
from kpixl.errors import InvalidValue, NothingToSay

_AS_OF = np.datetime64("2025-06-30")
_NEVER = np.datetime64("NaT", "s")
# A textbook's nineteen patients: months seen, and whether the event came.
_TIMES = np.array([0.5, 1, 1, 2, 2, 3, 4, 5, 6, 7, 8, 9, 10, 12, 14, 14, 17, 20, 21])
_EVENTS = np.array([0, 1, 1, 1, 0, 1, 1, 0, 1, 0, 1, 1, 0, 1, 0, 1, 0, 1, 0])


def _entries(times, outcome):
    """Return starts, ends and losses of entries that were last seen on 30 June: 1 converted, 2 lost, 0 open."""
    starts = _AS_OF.astype("datetime64[s]") - (np.asarray(times) * 86400).astype("timedelta64[s]")
    ends, lost = (np.where(np.asarray(outcome) == code, _AS_OF.astype("datetime64[s]"), _NEVER) for code in (1, 2))
    return starts, ends, lost


def test_the_shares_are_those_of_the_textbook():
    starts, ends, _ = _entries(_TIMES, _EVENTS)
    found = conversion(starts, ends, as_of=_AS_OF, ages=[1, 2, 3, 14, 20])
    assert (1 - found.converted).round(4).tolist() == [0.8889, 0.8333, 0.7738, 0.3367, 0.1684]
    assert found.at_risk.tolist() == [18, 16, 14, 5, 2]


def test_variance_and_median_are_greenwoods_and_statsmodels():
    oracle = SurvfuncRight(_TIMES, _EVENTS)
    steps = curve(_TIMES, _EVENTS)
    at = np.isin(steps.ages, oracle.surv_times)
    assert np.sqrt(steps.variance[at]) == pytest.approx(oracle.surv_prob_se, abs=1e-12)
    starts, ends, _ = _entries(_TIMES, _EVENTS)
    assert conversion(starts, ends, as_of=_AS_OF).median == oracle.quantile(0.5)


def test_the_interval_is_that_of_the_log_log_transformation():
    oracle = SurvfuncRight(_TIMES, _EVENTS)
    starts, ends, _ = _entries(_TIMES, _EVENTS)
    found = conversion(starts, ends, as_of=_AS_OF, ages=[6])
    place = list(oracle.surv_times).index(6)
    still, error = oracle.surv_prob[place], oracle.surv_prob_se[place]
    width = 1.959963985 * error / (still * np.log(still))
    ends = sorted(still ** np.exp([width, -width]))
    assert [1 - found.high[0], 1 - found.low[0]] == pytest.approx(ends, rel=1e-9)


def test_where_losing_competes_the_shares_are_those_of_aalen_and_johansen():
    chance = np.random.default_rng(5)
    times, outcome = chance.integers(1, 60, 800), chance.integers(0, 3, 800)
    oracle = CumIncidenceRight(times, outcome)
    starts, ends, lost = _entries(times, outcome)
    found = conversion(starts, ends, lost=lost, as_of=_AS_OF, ages=oracle.times)
    assert found.converted == pytest.approx(oracle.cinc[0], abs=1e-12)
    steps = curve(times.astype(float), outcome)
    assert np.sqrt(steps.variance[1:]) == pytest.approx(oracle.cinc_se[0], abs=1e-12)


def test_half_of_the_intervals_hold_what_is_true():
    """Converted by day 30 of an exponential with mean 30, a third of them not yet seen so long: 1 - 1 / e."""
    chance, held = np.random.default_rng(11), []
    for _ in range(400):
        wait, seen = chance.exponential(30, 60), chance.uniform(10, 90, 60)
        starts, ends, _ = _entries(np.minimum(wait, seen), (wait <= seen).astype(int))
        found = conversion(starts, ends, as_of=_AS_OF, ages=[30], confidence=0.5)
        held.append(found.low[0] <= 1 - np.exp(-1) <= found.high[0])
    assert 0.42 < np.mean(held) < 0.58


def test_what_happens_after_as_of_is_not_known_yet():
    days = np.array(["2025-06-01", "2025-06-01", "2025-07-02"], dtype="datetime64[D]")
    ends = np.array(["2025-06-11", "2025-07-10", "2025-07-03"], dtype="datetime64[D]")
    found = conversion(days, ends, as_of=dt.date(2025, 6, 30))
    assert (found.age.tolist(), found.converted.tolist(), found.at_risk.tolist()) == ([10], [0.5], [2])


def test_an_end_in_the_afternoon_of_as_of_counts_and_the_moment_may_be_given():
    start, end = np.array(["2025-06-30T09:00"], "datetime64[s]"), np.array(["2025-06-30T15:00"], "datetime64[s]")
    assert conversion(start, end, as_of=dt.date(2025, 6, 30)).age.tolist() == [0.25]
    noon = conversion(start, end, as_of=np.datetime64("2025-06-30T12:00"))
    assert (noon.age.tolist(), noon.converted.tolist()) == ([0.125], [0])


def test_without_a_day_it_is_as_of_today():
    start = np.array([np.datetime64("today", "D") - np.timedelta64(5, "D")])
    assert conversion(start, np.array([_NEVER])).age.tolist() == [5]


def test_where_none_or_all_converted_the_interval_is_the_binomial_one():
    starts, ends, _ = _entries([10] * 8, [0] * 8)
    none = conversion(starts, ends, as_of=_AS_OF, ages=[10])
    assert (none.converted[0], none.low[0], np.isnan(none.median)) == (0, 0, True)
    assert none.high[0] == pytest.approx(1 - 0.025 ** (1 / 8))
    starts, ends, _ = _entries([10] * 8, [1] * 8)
    every = conversion(starts, ends, as_of=_AS_OF)
    assert (every.converted[0], every.high[0], every.median) == (1, 1, 10)
    assert every.low[0] == pytest.approx(0.025 ** (1 / 8))


def test_of_ages_that_nobody_has_reached_nothing_is_said():
    starts, ends, _ = _entries([10, 20], [1, 0])
    found = conversion(starts, ends, as_of=_AS_OF, ages=[0, 20, 21])
    assert found.converted[:2].tolist() == [0, 0.5]
    assert np.isnan([found.converted[2], found.low[2], found.high[2]]).all()
    assert found.at_risk.tolist() == [2, 1, 0]


def test_rows_without_any_day_are_none_and_what_converted_after_all_was_not_lost():
    starts = np.array(["2025-06-01", "NaT", "2025-06-01"], dtype="datetime64[D]")
    ends = np.array(["2025-06-11", "NaT", "NaT"], dtype="datetime64[D]")
    lost = np.array(["2025-06-05", "NaT", "2025-06-05"], dtype="datetime64[D]")
    found = conversion(starts, ends, lost=lost, as_of=_AS_OF, ages=[5, 10])
    assert found.converted.tolist() == [0, 0.5]


@pytest.mark.parametrize(
    ("starts", "ends", "options", "kind", "key"),
    [
        (["2025-06-02"], ["2025-06-01"], {}, InvalidValue, "entry_reversed"),
        (["NaT"], ["2025-06-01"], {}, InvalidValue, "entry_not_begun"),
        (["2025-06-02"], ["NaT"], {"lost": np.array(["2025-06-01"], "datetime64[D]")}, InvalidValue, "entry_reversed"),
        (["2025-06-02"] * 2, ["NaT"], {}, InvalidValue, "unequal_lengths"),
        (["2025-07-02"], ["NaT"], {}, NothingToSay, "no_entries"),
        (["NaT"], ["NaT"], {}, NothingToSay, "no_entries"),
        (["2025-06-02"], ["NaT"], {"ages": [-1]}, InvalidValue, "vector_range"),
        (["2025-06-02"], ["NaT"], {"confidence": 1}, InvalidValue, "share_range"),
    ],
)
def test_what_cannot_be_is_refused(refuses, starts, ends, options, kind, key):
    with refuses(kind, key):
        conversion(np.array(starts, "datetime64[D]"), np.array(ends, "datetime64[D]"), as_of=_AS_OF, **options)
