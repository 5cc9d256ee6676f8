"""The plan at the rates of the last full months, where they rest on enough cases."""

import datetime as dt
from collections.abc import Callable

import pandas as pd

from kpixl.plan import Channel, Plan
from kpixl.tracking.recent import at_recent_rates, recent_span

_DAY = dt.date(2026, 10, 15)


def _values(counts: dict[str, int], channel: str = "Web", day: str = "2026-09-10") -> pd.DataFrame:
    rows = [(pd.Timestamp(day), "佐藤", channel, kpi, float(count)) for kpi, count in counts.items()]
    return pd.DataFrame(rows, columns=["date", "member", "channel", "kpi", "value"])


def _rates(plan: Plan, values: pd.DataFrame) -> list[tuple[float, ...]]:
    return [channel.rates for channel in at_recent_rates(plan, values, _DAY).channels]


def test_the_last_three_full_months_count() -> None:
    assert recent_span(_DAY) == (dt.date(2026, 7, 1), dt.date(2026, 9, 30))


def test_a_rate_needs_thirty_cases_and_some_success(small_plan: Callable[..., Plan]) -> None:
    web = Channel("Web", 1.0, (0.5, 0.4, 0.3))
    plan = small_plan(channels=(web,), by_actuals=True)
    values = _values({"lead": 120, "appointment": 30, "meeting": 15, "won": 3})
    assert _rates(plan, values) == [(0.25, 0.5, 0.3)]  # 30 of 120, 15 of 30; 15 meetings are too few
    assert _rates(plan, _values({"lead": 120, "appointment": 0})) == [web.rates]
    assert _rates(plan, _values({"lead": 29, "appointment": 10})) == [web.rates]


def test_no_conversion_beyond_the_whole_is_taken(small_plan: Callable[..., Plan]) -> None:
    web = Channel("Web", 1.0, (0.5, 0.4, 0.3))
    assert _rates(small_plan(channels=(web,), by_actuals=True), _values({"lead": 30, "appointment": 31})) == [web.rates]


def test_each_channel_has_its_own_rates_and_the_running_month_is_left_out(small_plan: Callable[..., Plan]) -> None:
    plan = small_plan(by_actuals=True)
    fair, web = plan.channels
    values = pd.concat(
        [
            _values({"lead": 40, "appointment": 10}, fair.name),
            _values({"lead": 90, "appointment": 90}, web.name, "2026-10-02"),
        ]
    )
    assert _rates(plan, values) == [(0.25, *fair.rates[1:]), web.rates]


def test_typed_rates_hold_unless_the_plan_asks_for_actual_ones(small_plan: Callable[..., Plan]) -> None:
    plan = small_plan()
    assert at_recent_rates(plan, _values({"lead": 100, "appointment": 50}), _DAY) is plan
