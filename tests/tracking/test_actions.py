"""A measure is judged by the rate before and after it, over spans of equal length."""

import datetime as dt
from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest
from statsmodels.stats.proportion import confint_proportions_2indep, proportions_ztest

from kpixl.plan import Plan
from kpixl.tracking.actions import Action, Outcome, Pending, Standing, outcome, outcomes

_STEP = "アポ→商談"


def _judged(plan: Plan, values: pd.DataFrame, day: int, *, as_of: int = 30) -> Outcome:
    action = Action(dt.date(2026, 9, day), "施策", _STEP, "")
    found = outcome(plan, values, action, dt.date(2026, 9, as_of))
    assert isinstance(found, Outcome)
    return found


def test_a_rate_that_fell_from_12_of_99_to_5_of_83_may_be_chance(
    september: Plan, values: Callable[..., pd.DataFrame]
) -> None:
    # z-test of the two proportions: p = 0.159, as in any textbook's calculator
    frame = values(
        (3, "佐藤", "Web", "appointment", 99),
        (4, "佐藤", "Web", "meeting", 12),
        (17, "佐藤", "Web", "appointment", 83),
        (18, "佐藤", "Web", "meeting", 5),
    )
    found = _judged(september, frame, 16)
    assert found.before == pytest.approx(12 / 99)
    assert found.after == pytest.approx(5 / 83)
    assert found.difference == pytest.approx(5 / 83 - 12 / 99)
    assert (found.trials_before, found.trials_after, found.days) == (99, 83, 15)
    assert (found.low, found.high) == pytest.approx(
        confint_proportions_2indep(5, 83, 12, 99, method="newcomb", compare="diff")
    )
    assert found.p == pytest.approx(proportions_ztest([5, 12], [83, 99])[1])
    assert found.verdict == "unclear"
    assert found.trials_needed > 0


def test_a_rate_that_doubled_on_many_trials_is_better(september: Plan, values: Callable[..., pd.DataFrame]) -> None:
    frame = values(
        (3, "佐藤", "Web", "appointment", 1000),
        (3, "佐藤", "Web", "meeting", 300),
        (17, "佐藤", "Web", "appointment", 1000),
        (17, "佐藤", "Web", "meeting", 600),
    )
    found = _judged(september, frame, 16)
    assert (found.verdict, found.trials_needed) == ("better", 0)


def test_only_as_long_before_as_after_counts(september: Plan, values: Callable[..., pd.DataFrame]) -> None:
    # as of the 18th three days of the measure are over, so the 13th to the 15th are what it is held against
    frame = values(
        (12, "佐藤", "Web", "appointment", 500),
        (15, "佐藤", "Web", "appointment", 10),
        (15, "佐藤", "Web", "meeting", 4),
        (18, "佐藤", "Web", "appointment", 10),
        (18, "佐藤", "Web", "meeting", 5),
        (19, "佐藤", "Web", "meeting", 5),
    )
    found = _judged(september, frame, 16, as_of=18)
    assert (found.before, found.after) == (0.4, 0.5)


@pytest.mark.parametrize(
    ("rows", "day", "step", "why"),
    [
        pytest.param((), 16, _STEP, Pending.NO_TRIALS, id="no trials"),
        pytest.param(
            ((3, "", "", "appointment", 1), (17, "", "", "appointment", 1)), 16, "違う率", Pending.NO_STEP, id="no step"
        ),
        pytest.param(
            ((3, "", "", "appointment", 9), (17, "", "", "appointment", 9)), 31, _STEP, Pending.NOT_BEGUN, id="ahead"
        ),
        pytest.param(
            ((3, "", "", "appointment", 1), (3, "", "", "meeting", 2), (17, "", "", "appointment", 9)),
            16,
            _STEP,
            Pending.NO_RATE,
            id="more out than in",
        ),
    ],
)
def test_where_there_is_nothing_to_compare_the_reason_is_said(
    september: Plan,
    values: Callable[..., pd.DataFrame],
    rows: tuple[tuple[object, ...], ...],
    day: int,
    step: str,
    why: Pending,
) -> None:
    began = dt.date(2026, 9, 1) + dt.timedelta(days=day - 1)
    assert outcome(september, values(*rows), Action(began, "施策", step, ""), dt.date(2026, 9, 30)) is why


def test_two_entries_about_one_rate_within_the_same_weeks_cannot_be_told_apart(
    september: Plan, values: Callable[..., pd.DataFrame]
) -> None:
    """As of the 30th the 16th looks at the 1st to the 30th, the 28th at the 25th to the 30th only."""
    frame = values(*((day, "佐藤", "Web", "appointment", 10) for day in (2, 17, 26, 29)))
    log = [
        Action(dt.date(2026, 9, day), "施策", step, "") for day, step in ((16, _STEP), (28, _STEP), (3, "商談→受注"))
    ]
    first, second, other = outcomes(september, frame, [*log[:2], None], dt.date(2026, 9, 30))
    assert isinstance(first, Outcome)
    assert isinstance(second, Outcome)
    assert (first.overlaps, second.overlaps, other) == (True, False, None)
    alone = outcome(september, frame, log[0], dt.date(2026, 9, 30), [log[0], log[2]])
    assert isinstance(alone, Outcome)
    assert not alone.overlaps


def _days(plan: Plan, rates: dict[str, tuple[float, float]], began: dt.date) -> pd.DataFrame:
    """Return the values of 200 days to 30 September: per person 20 appointments a day, of which `rates` are held.

    Rates are those before and from `began` on; three days in each week are better by a tenth.
    """
    rows = []
    for day in pd.date_range("2026-03-15", "2026-09-30"):
        for member, (before, after) in rates.items():
            held = 20 * (after if day.date() >= began else before) + (day.day_of_year % 7 < 3) * 2
            rows += [(day, member, "Web", "appointment", 20.0), (day, member, "Web", "meeting", held)]
    return pd.DataFrame(rows, columns=["date", "member", "channel", "kpi", "value"])


_BEGAN = dt.date(2026, 9, 3)


def _standing(plan: Plan, frame: pd.DataFrame, took_part: tuple[str, ...] = ()) -> Outcome:
    found = outcome(plan, frame, Action(_BEGAN, "施策", _STEP, "", took_part), dt.date(2026, 9, 30))
    assert isinstance(found, Outcome)
    return found


def test_a_difference_larger_than_on_any_other_day_is_an_effect(september: Plan) -> None:
    found = _standing(september, _days(september, {"佐藤": (0.3, 0.5), "鈴木": (0.3, 0.5)}, _BEGAN))
    assert (found.verdict, found.standing, found.judged) == ("better", Standing.EFFECT, "better")
    assert found.placebo_p < 0.05
    assert found.placebo_days == 172 - 2 * 28 + 1


def test_a_difference_as_on_other_days_is_a_difference(september: Plan) -> None:
    frame = _days(september, {"佐藤": (0.3, 0.38)}, _BEGAN)
    swings = (frame["kpi"] == "meeting") & (frame["date"] < "2026-09-03") & (frame["date"].dt.month % 2 == 1)
    frame.loc[swings, "value"] += 2.5
    found = _standing(september, frame)
    assert (found.verdict, found.standing, found.judged) == ("better", Standing.DIFFERENCE, "difference")


def test_what_those_who_took_no_part_went_through_too_is_no_effect(september: Plan) -> None:
    frame = _days(september, {"佐藤": (0.3, 0.5), "鈴木": (0.3, 0.5)}, _BEGAN)
    tried = _standing(september, frame, ("佐藤",))
    assert (tried.verdict, tried.standing) == ("better", Standing.DIFFERENCE)
    assert tried.trials_after == 28 * 20
    alone = _standing(september, _days(september, {"佐藤": (0.3, 0.5), "鈴木": (0.3, 0.3)}, _BEGAN), ("佐藤",))
    assert alone.standing is Standing.EFFECT


def test_with_little_past_an_effect_is_not_known_and_no_difference_is_none(september: Plan) -> None:
    frame = _days(september, {"佐藤": (0.3, 0.5)}, _BEGAN)
    young = _standing(september, frame[frame["date"] >= "2026-08-01"])
    assert (young.verdict, young.standing, np.isnan(young.placebo_p)) == ("better", Standing.UNTESTED, True)
    steady = _days(september, {"佐藤": (0.3, 0.3)}, _BEGAN)
    assert _standing(september, steady).standing is Standing.NONE
    assert _standing(september, steady[steady["date"] >= "2026-08-01"]).standing is Standing.NONE


def test_an_effect_that_may_be_of_another_measure_is_no_effect_of_this_one(september: Plan) -> None:
    frame = _days(september, {"佐藤": (0.3, 0.5)}, _BEGAN)
    log = [Action(day, "施策", _STEP, "") for day in (_BEGAN, _BEGAN + dt.timedelta(days=5))]
    found = outcome(september, frame, log[0], dt.date(2026, 9, 30), log)
    assert isinstance(found, Outcome)
    assert (found.standing, found.judged) == (Standing.EFFECT, "difference")


def test_at_most_7_of_100_measures_that_did_nothing_are_called_better_or_worse(september: Plan) -> None:
    """A year and a half with dispersion 10 and better rates in the last three weeks of each quarter."""
    chance, named, differing = np.random.default_rng(20), 0, 0
    days = pd.date_range("2025-04-01", "2026-09-30")
    for _ in range(100):
        quarter_end = np.where(np.arange(len(days)) % 91 >= 70, 1.3, 1.0)
        tried = chance.poisson(chance.gamma(40 * quarter_end / 9, 9))
        week = np.arange(len(days)) // 7
        p, weight = 0.2 * quarter_end, 279 / 9 - 1
        luck = np.clip(chance.beta(0.2 * weight, 0.8 * weight, week[-1] + 1)[week] * p / 0.2, 0, 1)
        won = chance.binomial(tried, luck)
        frame = pd.DataFrame({"date": days, "member": "佐藤", "channel": "Web"})
        counts = {"appointment": tried, "meeting": won}
        values = pd.concat([frame.assign(kpi=kpi, value=count.astype(float)) for kpi, count in counts.items()])
        day = days[int(chance.integers(230, len(days) - 28))].date()
        found = outcome(september, values, Action(day, "施策", _STEP, ""), dt.date(2026, 9, 30))
        assert isinstance(found, Outcome)
        named += found.judged in ("better", "worse")
        differing += found.verdict != "unclear"
    assert named <= 7
    assert differing > 40  # what the test of two rates alone would have called
