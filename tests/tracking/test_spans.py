"""A week and a quarter are tracked as a month is: targets by business days or summed, rates of the sums."""

import datetime as dt
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest

from kpixl.plan import REVENUE, Channel, Period, Plan, SpanKind, Targets, set_targets, span_of
from kpixl.tracking import Tracking, Unjudged, track, unjudged_of, weeks

Values = Callable[..., pd.DataFrame]
_ENTRIES = ["date", "member", "channel", "kpi", "value"]


@pytest.fixture
def half_year(small_plan: Callable[..., Plan]) -> Plan:
    """Six months from September 2026 on, with two channels."""
    channels = (Channel("Web", 0.6, (0.2, 0.8, 0.3)), Channel("展示会", 0.4, (0.25, 0.8, 0.5)))
    return replace(small_plan(channels=channels), period=Period(dt.date(2026, 9, 1), 6))


@pytest.fixture
def facts(half_year: Plan) -> pd.DataFrame:
    """Events on every working day of the plan until January: 9 leads, 3 appointments, 2 meetings, an order."""
    rows: list[dict[str, Any]] = []
    for place, day in enumerate(half_year.period.calendar.dates(half_year.period.start, dt.date(2027, 1, 31)).tolist()):
        person, channel = ("佐藤", "鈴木")[place % 2], ("Web", "展示会")[place % 3 == 0]
        for event, count in (("lead", 9), ("appointment", 3), ("meeting", 2), ("won", 1)):
            amount = 1_500_000.0 + 1000 * place if event == "won" else 0.0
            who = "" if event == "lead" else person
            rows.append({"date": day, "member": who, "channel": channel, "event": event, "count": count})
            rows[-1]["amount"] = amount
    return pd.DataFrame(rows).assign(minutes=0.0, source="crm", date=lambda frame: pd.to_datetime(frame["date"]))


def _tracked(plan: Plan, facts: pd.DataFrame, day: str, kind: SpanKind) -> Tracking:
    return track(plan, facts, pd.DataFrame(columns=_ENTRIES), dt.date.fromisoformat(day), kind=kind)


def test_a_week_asks_for_what_the_grid_of_weeks_asks(half_year: Plan, facts: pd.DataFrame) -> None:
    week = _tracked(half_year, facts, "2026-10-18", SpanKind.WEEK)
    month = _tracked(half_year, facts, "2026-10-18", SpanKind.MONTH)
    grid = weeks(half_year, month.targets, month.values, month.as_of)
    cells = grid[grid["start"] == dt.date(2026, 10, 12)].set_index("kpi")
    rows = week.progress.set_index("kpi")
    assert len(cells) == 5
    assert rows["target"].to_dict() == pytest.approx(cells["target"].to_dict())
    assert rows["actual"].to_dict() == pytest.approx(cells["actual"].to_dict())


def test_a_week_across_the_end_of_a_month_has_both_cells_of_the_grid(half_year: Plan, facts: pd.DataFrame) -> None:
    week = _tracked(half_year, facts, "2026-11-01", SpanKind.WEEK)
    targets, values = week.targets, week.values
    parts = [weeks(half_year, targets, values, day) for day in (dt.date(2026, 10, 31), dt.date(2026, 11, 1))]
    cells = pd.concat([part[part["start"].isin([dt.date(2026, 10, 26), dt.date(2026, 11, 1)])] for part in parts])
    rows = week.progress.set_index("kpi")
    assert rows["target"].to_dict() == pytest.approx(cells.groupby("kpi")["target"].sum().to_dict())
    assert rows["actual"].to_dict() == pytest.approx(cells.groupby("kpi")["actual"].sum().to_dict())


def test_a_quarter_is_the_sum_of_its_months(half_year: Plan, facts: pd.DataFrame) -> None:
    quarter = _tracked(half_year, facts, "2026-11-30", SpanKind.QUARTER).progress.set_index("kpi")
    months = [
        _tracked(half_year, facts, day, SpanKind.MONTH).progress.set_index("kpi")
        for day in ("2026-09-30", "2026-10-31", "2026-11-30")
    ]
    for column in ("target", "pace", "actual"):
        assert quarter[column].to_dict() == pytest.approx(sum(one[column] for one in months).to_dict()), column
    assert quarter["attainment"].to_dict() == pytest.approx(
        (sum(one["actual"] for one in months) / sum(one["target"] for one in months)).to_dict()
    )


def test_the_rates_of_a_quarter_are_those_of_its_sums(half_year: Plan, facts: pd.DataFrame) -> None:
    few = facts[(facts["date"] < "2026-10-01") | (facts["event"] != "meeting") | (facts["date"] > "2026-10-20")]
    gap = _tracked(half_year, few, "2026-11-30", SpanKind.QUARTER).gap
    inside = few[few["date"] <= "2026-11-30"].groupby("event")["count"].sum()
    assert gap["actual_rate"].iloc[2] == pytest.approx(inside["meeting"] / inside["appointment"])
    months = [few[few["date"].dt.month == month].groupby("event")["count"].sum() for month in (9, 10, 11)]
    average = np.mean([one["meeting"] / one["appointment"] for one in months])
    assert gap["actual_rate"].iloc[2] != pytest.approx(average)


def test_a_running_quarter_is_due_as_its_months_are(half_year: Plan, facts: pd.DataFrame) -> None:
    quarter, month = (_tracked(half_year, facts, "2027-01-18", kind) for kind in (SpanKind.QUARTER, SpanKind.MONTH))
    december = _tracked(half_year, facts, "2026-12-31", SpanKind.MONTH)
    for kpi in (REVENUE, "meeting"):
        assert quarter.kpi(kpi)["pace"] == pytest.approx(december.kpi(kpi)["target"] + month.kpi(kpi)["pace"])
        assert quarter.kpi(kpi)["target_to_date"] == month.kpi(kpi)["target_to_date"]
        assert quarter.kpi(kpi)["actual"] <= quarter.kpi(kpi)["landing"]


def test_members_and_channels_sum_up_to_the_team_in_a_week(half_year: Plan, facts: pd.DataFrame) -> None:
    week = _tracked(half_year, facts, "2026-10-18", SpanKind.WEEK)
    assert week.members.pace["won"].sum() == pytest.approx(week.kpi("won")["target"])
    assert week.members.actual["won"].sum() == week.kpi("won")["actual"] == 5
    counts = week.ledger.counts
    assert counts.stage(3)[counts.in_span].sum() == 5


def test_a_week_without_meetings_is_no_gap_in_the_records(half_year: Plan, facts: pd.DataFrame) -> None:
    """A week may bring an order and no meeting; a month that does so lacks its meetings."""
    quiet = facts[(facts["event"] != "meeting") | (facts["date"] < "2026-10-12") | (facts["date"] > "2026-10-18")]
    assert _tracked(half_year, quiet, "2026-10-18", SpanKind.WEEK).kpi("meeting")["unjudged"] == ""
    missing = facts[(facts["event"] != "meeting") | (facts["date"].dt.month != 10)]
    values = _tracked(half_year, missing, "2026-10-31", SpanKind.MONTH).values
    for kind, day in ((SpanKind.MONTH, dt.date(2026, 10, 31)), (SpanKind.QUARTER, dt.date(2026, 11, 30))):
        found = unjudged_of(half_year, values, span_of(half_year.period, kind, day), day)
        assert found == {"meeting": Unjudged.SKIPPED}


def test_a_week_without_business_days_asks_for_nothing(half_year: Plan, facts: pd.DataFrame) -> None:
    off = tuple(dt.date(2026, 12, 28) + dt.timedelta(days=place) for place in range(7))
    plan = replace(half_year, period=replace(half_year.period, closures=off))
    week = _tracked(plan, facts[~facts["date"].isin(pd.to_datetime(list(off)))], "2027-01-03", SpanKind.WEEK)
    assert week.progress["target"].tolist() == [0.0] * 5
    assert week.progress["actual"].tolist() == [0.0] * 5
    assert week.progress["landing"].tolist() == [0.0] * 5


def test_what_is_asked_of_a_week_is_not_rounded(half_year: Plan) -> None:
    targets: Targets = set_targets(half_year)
    span = span_of(half_year.period, SpanKind.WEEK, dt.date(2026, 9, 10))
    days = half_year.period.business_days[0]
    assert float(span.of(targets.team("won"))) == pytest.approx(targets.team("won")[0] * 5 / days)
