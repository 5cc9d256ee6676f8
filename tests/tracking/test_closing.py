"""A month closes once it is over and the plan is in use, and stays closed."""

import datetime as dt
from collections.abc import Callable

from kpixl.plan import NOTHING_CLOSED, Goal, Period, Plan, set_targets
from kpixl.tracking.closing import close, kept

_LAST, _NEXT = dt.date(2026, 9, 30), dt.date(2026, 10, 1)


def test_a_month_closes_on_the_day_after_it(small_plan: Callable[..., Plan]) -> None:
    assert close(small_plan(), NOTHING_CLOSED, _LAST, in_use=True)[0].closed == 0
    targets, closing = close(small_plan(), NOTHING_CLOSED, _NEXT, in_use=True)
    assert targets.closed == 1
    assert closing.closed == (dt.date(2026, 9, 1),)


def test_a_plan_that_is_still_being_made_closes_no_month(small_plan: Callable[..., Plan]) -> None:
    assert close(small_plan(), NOTHING_CLOSED, dt.date(2027, 1, 1), in_use=False)[0].closed == 0


def test_the_last_month_closes_after_the_plan(small_plan: Callable[..., Plan]) -> None:
    assert close(small_plan(), NOTHING_CLOSED, dt.date(2026, 11, 1), in_use=True)[0].closed == 2


def test_an_earlier_day_opens_no_month_again(small_plan: Callable[..., Plan]) -> None:
    history = close(small_plan(), NOTHING_CLOSED, _NEXT, in_use=True)[0].history
    targets, closing = close(small_plan(), history, dt.date(2026, 9, 10), in_use=True)
    assert targets.closed == 1
    assert closing.closed == ()


def test_closed_months_differ_from_the_settings_once_these_are_changed(small_plan: Callable[..., Plan]) -> None:
    history = close(small_plan(), NOTHING_CLOSED, _NEXT, in_use=True)[0].history
    assert kept(close(small_plan(), history, _NEXT, in_use=True)[0]) == ()
    raised = small_plan(goal=Goal(90_000_000, 2_000_000))
    assert kept(close(raised, history, _NEXT, in_use=True)[0]) == (dt.date(2026, 9, 1),)


def test_on_purpose_the_settings_hold_for_the_whole_period(small_plan: Callable[..., Plan]) -> None:
    history = close(small_plan(), NOTHING_CLOSED, _NEXT, in_use=True)[0].history
    raised = small_plan(goal=Goal(90_000_000, 2_000_000))
    targets, closing = close(raised, history, _NEXT, in_use=True, whole=True)
    assert closing.computed == (dt.date(2026, 9, 1),)
    assert targets.by_member.tolist() == set_targets(raised).by_member.tolist()
    assert targets.closed == 1


def test_a_plan_that_begins_earlier_is_made_anew(small_plan: Callable[..., Plan]) -> None:
    history = close(small_plan(), NOTHING_CLOSED, _NEXT, in_use=True)[0].history
    from_august = small_plan(period=Period(dt.date(2026, 8, 1), 3))
    targets, closing = close(from_august, history, _NEXT, in_use=True)
    assert closing.reopened
    assert targets.closed == 2
