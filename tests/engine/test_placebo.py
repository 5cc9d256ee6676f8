"""A difference is an effect only where it is large among those of days on which nothing was done."""

import numpy as np
import pytest
from scipy import stats
from statsmodels.stats.proportion import proportions_ztest

from kpixl.engine.placebo import placebo
from kpixl.errors import InvalidValue, NothingToSay, NoTrials

_SPAN = 28
_DISPERSION = 10


def _year(chance: np.random.Generator, days: int, quarter_end: float) -> tuple[np.ndarray, np.ndarray]:
    """Draw calls and appointments a day, both with dispersion 10 and more of both in the last weeks of a quarter."""
    day = np.arange(days)
    season = np.where(day % 91 >= 70, 1 + quarter_end, 1.0)
    calls = chance.poisson(chance.gamma(40 * season / (_DISPERSION - 1), _DISPERSION - 1))
    together = (_DISPERSION - 1) / (40 * 7 - 1)  # correlation within a week that makes rates vary ten times as much
    rate, weight, week = 0.2 * season, 1 / together - 1, day // 7
    luck = stats.beta.ppf(chance.random(week.max() + 1)[week], rate * weight, (1 - rate) * weight)
    return chance.binomial(calls, luck).astype(float), calls.astype(float)


@pytest.mark.parametrize("others", [False, True], ids=["alone", "held against others"])
@pytest.mark.parametrize("quarter_end", [0.0, 0.3])
def test_at_most_7_of_100_days_on_which_nothing_was_done_count_as_an_effect(quarter_end: float, others: bool) -> None:
    chance, stood, by_chance_alone = np.random.default_rng(8), [], []
    for _ in range(400):
        days = int(chance.integers(220, 540))
        at = int(chance.integers(160, days - _SPAN))
        options = dict(zip(("other_successes", "other_trials"), _year(chance, days, quarter_end), strict=True))
        found = placebo(*_year(chance, days, quarter_end), at, _SPAN, **(options if others else {}))
        stood.append(found.stands)
        by_chance_alone.append(abs(found.size) > 1.96)
    assert np.mean(stood) <= 0.07
    assert np.mean(by_chance_alone) > 0.4


def test_a_measure_that_doubles_a_rate_is_an_effect() -> None:
    chance, stood = np.random.default_rng(9), []
    for _ in range(60):
        won, calls = _year(chance, 365, 0.0)
        won[300:] = np.minimum(calls[300:], 2 * won[300:] + 10)
        stood.append(placebo(won, calls, 300, _SPAN).stands)
    assert np.mean(stood) > 0.8


def test_what_happened_to_the_others_too_is_no_effect_of_the_measure() -> None:
    """All rates rise by half on the day: alone it would be an effect, against those who took no part it is none."""
    day, calls = np.arange(160), np.full(160, 100.0)
    won = np.where(day < 130, 20 + 2 * np.sin(day), 30)
    same = np.where(day < 130, 20 + 2 * np.cos(day), 30)
    assert placebo(won, calls, 130, 20).stands
    against = placebo(won, calls, 130, 20, other_successes=same, other_trials=calls)
    assert not against.stands
    assert abs(against.difference) < 0.01


def test_the_size_is_that_of_the_pooled_z_test() -> None:
    """12 of 99 before and 5 of 83 after; the 60 days before that come and go by themselves."""
    calls = np.full(80, 10.0)
    won = np.tile([1.0, 3.0], 40)
    calls[60], won[60], calls[61:70], won[61:70] = 99, 12, 0, 0
    calls[70], won[70], calls[71:], won[71:] = 83, 5, 0, 0
    found = placebo(won, calls, 70, 10)
    assert found.size == pytest.approx(proportions_ztest([5, 12], [83, 99])[0])
    assert found.difference == pytest.approx(5 / 83 - 12 / 99)


def test_p_is_the_larger_of_students_t_and_the_rank() -> None:
    """Days of 20 of 100 but for one week of 40: 41 placebo days with spans of 10 days; by hand their sizes and s."""
    calls, won = np.full(70, 100.0), np.full(70, 20.0)
    won[20:27] = 40
    won[60:] = 30
    found = placebo(won, calls, 60, 10)

    def size(place: int) -> float:
        before, after = (won[part].sum() for part in (slice(place - 10, place), slice(place, place + 10)))
        return float(proportions_ztest([after, before], [1000, 1000])[0])

    earlier = np.array([abs(size(place)) for place in range(10, 51)])
    spread = np.sqrt(np.mean(earlier**2))
    by_t = 2 * stats.t.sf(abs(size(60)) / spread, 4.1)
    by_rank = (1 + np.sum(earlier >= abs(size(60)))) / 42
    assert found.days == 41
    assert found.spread == pytest.approx(spread)
    assert found.p == pytest.approx(max(by_t, by_rank))


def test_days_without_trials_are_no_placebo_days() -> None:
    calls, won = np.full(120, 10.0), np.tile([2.0, 3.0], 60)
    calls[:40], won[:40] = 0, 0
    # from the 41st day on, whose ten days before hold one with calls, to the 90th, whose ten after end before the 100th
    assert placebo(won, calls, 100, 10).days == 90 - 41 + 1


def test_a_rate_of_nothing_moves_nowhere() -> None:
    found = placebo(np.zeros(100), np.full(100, 5.0), 80, 10)
    assert (found.difference, found.size, found.stands) == (0, 0, False)


@pytest.mark.parametrize(
    ("calls", "at", "span", "options", "kind", "key"),
    [
        (np.ones(50), 45, 10, {}, InvalidValue, "span_outside"),
        (np.ones(50), 5, 10, {}, InvalidValue, "span_outside"),
        (np.ones(50), 20, 0, {}, InvalidValue, "span_outside"),
        (np.ones(50), 30, 10, {}, NothingToSay, "few_placebo_days"),
        (np.append(np.ones(80), np.zeros(20)), 80, 10, {}, NoTrials, "effect_no_trials"),
        (np.ones(50), 30, 10, {"confidence": 1.0}, InvalidValue, "share_range"),
        (
            np.ones(50),
            30,
            10,
            {"other_successes": np.ones(3), "other_trials": np.ones(3)},
            InvalidValue,
            "unequal_lengths",
        ),
    ],
)
def test_what_cannot_be_is_refused(refuses, calls, at, span, options, kind, key) -> None:
    with refuses(kind, key):
        placebo(np.zeros(len(calls)), calls, at, span, **options)
