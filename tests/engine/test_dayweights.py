"""What weekdays, days off, month ends and quarter ends bring is learned as far as it is beyond chance."""

import numpy as np
import pytest

from kpixl.engine.dayweights import OFF, Days, DayWeights, days_of, helps, learned, misses

_YEAR = np.arange("2025-01-01", "2026-01-01", dtype="datetime64[D]")
_DAYS = days_of(_YEAR, np.is_busday(_YEAR).astype(float), [3, 6, 9, 12])
_PUSHED = np.where(_DAYS.closing & (_DAYS.part == 3), 2.5, 1.0) * _DAYS.worked


def _drawn(means: np.ndarray, dispersion: float, seed: int = 7) -> np.ndarray:
    chance = np.random.default_rng(seed)
    return chance.poisson(chance.gamma(means / (dispersion - 1), dispersion - 1)).astype(float)


def test_the_parts_of_a_month_are_its_first_and_last_two_weeks_of_business_days_and_what_is_between() -> None:
    """July 2025 has 23 business days and begins on a Tuesday."""
    july = _DAYS.month == 6
    parts = [int(np.sum(_DAYS.worked[july & (_DAYS.part == part)])) for part in range(4)]
    assert parts == [5, 8, 5, 5]
    assert not _DAYS.closing[july].any()
    assert _DAYS.closing[_DAYS.month == 8].all()


def test_a_short_month_has_its_last_week_first() -> None:
    week = np.arange("2025-06-02", "2025-06-09", dtype="datetime64[D]")
    found = days_of(week, np.is_busday(week).astype(float), [6])
    assert set(found.part.tolist()) == {3}


def test_a_half_day_weighs_half() -> None:
    half = days_of(_YEAR, np.is_busday(_YEAR) * 0.5, [3])
    weights = learned(np.where(half.worked > 0, 10.0, 0), half)
    assert set(weights.of(half).round(9).tolist()) == {0.0, 0.5}


def test_days_that_bring_the_same_weigh_the_same() -> None:
    weights = learned(10 * _DAYS.worked, _DAYS)
    assert weights.of(_DAYS) == pytest.approx(_DAYS.worked)


def test_chance_alone_leaves_hardly_a_trace() -> None:
    weights = learned(_drawn(20 * np.maximum(_DAYS.worked, 1e-9), 3.0), _DAYS).of(_DAYS)
    assert np.abs(weights - _DAYS.worked).max() < 0.15


def test_a_push_at_quarter_ends_is_told_from_other_month_ends() -> None:
    weights = learned(_drawn(20 * np.maximum(_PUSHED, 1e-9), 3.0), _DAYS)
    assert weights.part == pytest.approx(np.ones(4), abs=0.15)
    assert weights.closing == pytest.approx([1, 1, 1, 2.5], abs=0.4)


def test_weekends_that_bring_a_third_weigh_a_third() -> None:
    means = np.where(_DAYS.weekday == OFF, 10.0, 30.0)
    assert learned(_drawn(means, 2.0), _DAYS).weekday[OFF] == pytest.approx(1 / 3, abs=0.05)


def test_one_order_on_one_sunday_makes_no_weekend_work() -> None:
    counts = 10 * _DAYS.worked
    counts[_DAYS.weekday == OFF] = 0
    counts[4] = 1
    assert learned(counts, _DAYS).weekday[OFF] == 0


def test_of_two_months_only_weekdays_are_learned() -> None:
    two = _DAYS.month < 2
    days = Days(*(column[two] for column in (_DAYS.month, _DAYS.worked, _DAYS.weekday, _DAYS.part, _DAYS.closing)))
    counts = np.where(days.part == 3, 40.0, 10.0) * days.worked
    assert learned(counts, days).part.tolist() == [1, 1, 1, 1]


def test_weights_that_foresee_better_help_and_others_do_not() -> None:
    plain, weighed = misses(_drawn(30 * np.maximum(_PUSHED, 1e-9), 2.0), _DAYS)
    assert helps(plain, weighed)
    even = [helps(*misses(_drawn(30 * np.maximum(_DAYS.worked, 1e-9), 2.0, seed), _DAYS)) for seed in range(20)]
    assert sum(even) <= 4


def test_months_without_anything_are_no_test() -> None:
    counts = 10 * _DAYS.worked
    counts[_DAYS.month >= 5] = 0
    assert len(misses(counts, _DAYS)[0]) == 2
    assert len(misses(np.zeros(len(_YEAR)), _DAYS)[0]) == 0


def test_a_closed_kind_of_day_is_left_at_its_usual_weight() -> None:
    """A business that is open on Mondays only has no other weekday to compare with."""
    mondays = days_of(_YEAR, (np.arange(len(_YEAR)) % 7 == 5).astype(float), [3])
    weights = learned(np.where(mondays.worked > 0, 10.0, 0), mondays)
    assert weights.weekday[0] == pytest.approx(1.0)


def test_weights_multiply() -> None:
    weights = DayWeights(np.append(np.full(7, 2.0), 0.5), np.array([1, 1, 1, 3.0]), np.array([1, 1, 1, 2.0]))
    last, off = (np.flatnonzero(mine)[-1] for mine in (_DAYS.worked > 0, (_DAYS.weekday == OFF) & (_DAYS.part == 1)))
    assert weights.of(_DAYS)[[last, off]].tolist() == [12, 0.5]
