"""A KPI is good when it says what, how much, until when, and can be reached."""

import datetime as dt

import pytest

from kpixl.engine.smart import Reach, feasibility, smart
from kpixl.errors import InvalidValue, NothingToSay

_DUE = dt.date(2025, 9, 30)


def _reasons(*arguments: object, **options: object) -> list[tuple[bool, str]]:
    judged = smart(*arguments, **options)  # type: ignore[arg-type]
    assert [judgement.criterion.value[0] for judgement in judged] == list("smart")
    return [(judgement.passed, judgement.reason) for judgement in judged]


def test_forty_meetings_a_month_by_september() -> None:
    assert _reasons("月間商談数", 40, "件", _DUE, history=[30, 34, 45], linked=True) == [
        (True, "named"),
        (True, "number"),
        (True, "stretch"),
        (True, "linked"),
        (True, "dated"),
    ]


def test_more_meetings_is_no_kpi() -> None:
    assert _reasons("商談数を増やす", None, "", None) == [
        (False, "vague"),
        (False, "no_number"),
        (False, "no_number"),
        (False, "unseen"),
        (False, "undated"),
    ]


def test_what_is_missing_is_said() -> None:
    assert [reason for _, reason in _reasons(" ", 40, " ", _DUE, linked=False)] == [
        "unnamed", "no_unit", "no_history", "unlinked", "dated",
    ]  # fmt: skip
    assert _reasons("受注数", 40, "件", _DUE, history=[10, 12])[2] == (False, "leap")
    assert _reasons("利益", -5, "円", _DUE, history=[1])[2] == (False, "no_history")


@pytest.mark.parametrize(
    ("target", "verdict"),
    [(40, Reach.SAFE), (41, Reach.STRETCH), (50, Reach.STRETCH), (60, Reach.RECORD), (61, Reach.LEAP)],
)
def test_a_leap_is_a_fifth_beyond_the_best(target: float, verdict: Reach) -> None:
    assert feasibility(target, [30, 40, 50]).verdict is verdict


def test_the_ratios_are_plain_arithmetic() -> None:
    found = feasibility(45, [30, 40, 45, 45])
    assert (found.to_mean, found.to_best, found.percentile) == (45 / 40, 1, 0.75)


def test_nothing_reached_says_nothing(refuses) -> None:
    with refuses(NothingToSay, "history_empty"):
        feasibility(1, [])
    with refuses(NothingToSay, "history_empty"):
        feasibility(1, [0, 0])
    with refuses(InvalidValue, "not_negative"):
        feasibility(-1, [1])
    with refuses(InvalidValue, "vector_range"):
        smart("a", 1, "件", None, history=[-1])
