"""The insights say what was planted in a year and nothing else, the largest in money first; the gap adds up."""

import datetime as dt
import math
from collections.abc import Callable
from dataclasses import replace

import pandas as pd
import pytest
from stories import AS_OF, Stories, year

from kpixl.engine.thresholds import SHIFT
from kpixl.plan import REVENUE, Channel, Plan, SpanKind, read_template, set_targets, span_of
from kpixl.tracking import Action, Insight, Kind, Versus, kpi_values
from kpixl.tracking.actions import Outcome, Standing, outcomes
from kpixl.tracking.insights import contributions, insights, ledger
from kpixl.tracking.insights.measures import measures

_START = dt.date(2025, 4, 1)
_FADES, _CAME, _LEFT, _SCRIPT, _MAIL = (
    dt.date(2025, 10, 1),
    dt.date(2025, 12, 1),
    dt.date(2025, 12, 26),
    dt.date(2025, 12, 15),
    dt.date(2025, 11, 10),
)
_PLANTED = {
    (Kind.VOLUME, "lead", "セミナー", ""),
    (Kind.RATE, "appointment", "", "鈴木"),
    (Kind.RATE, "qualified", "", "伊藤"),
    (Kind.JOINED, REVENUE, "", "渡辺"),
    (Kind.STOPPED, REVENUE, "", "田中"),
    (Kind.RATE, "appointment", "", ""),
    (Kind.MEASURE, "appointment", "", ""),
}
_ALWAYS = {one for one in _PLANTED if one[1] != "appointment" or one[3]}
_STORIES = Stories(
    leads={"セミナー": (_FADES, 0.55)},
    rates={(2, "鈴木"): (_START, 1.6), (4, "伊藤"): (_START, 0.5), (2, ""): (_SCRIPT, 1.35)},
    first={"渡辺": _CAME},
    last={"田中": _LEFT},
)


@pytest.fixture(scope="module")
def team() -> Plan:
    """The plan of the inside-sales template: 120 million, four channels, six members."""
    return read_template("inside_sales", language="ja", start=_START)


def _told(plan: Plan, stories: Stories, seed: int, log: tuple[Action, ...] = ()) -> tuple[Insight, ...]:
    plan, targets, values = year(plan, stories, seed)
    became = outcomes(plan, values, log, AS_OF)
    return insights(plan, targets, values, AS_OF, actions=log, outcomes=became)


def _told_of(plan: Plan, stories: Stories, seed: int, kind: SpanKind, day: dt.date) -> tuple[Insight, ...]:
    """What is told of the week or quarter of a day, as of that day."""
    plan, targets, values = year(plan, stories, seed)
    return insights(plan, targets, values[values["date"] <= str(day)], day, span=span_of(plan.period, kind, day))


def _subjects(found: tuple[Insight, ...]) -> list[tuple[str, str, str, str]]:
    return [(one.kind, one.kpi, one.channel, one.member) for one in found if one.yen or one.kind is Kind.JOINED]


@pytest.mark.parametrize("dispersion", [1.0, 3.0, 10.0])
def test_where_nothing_is_planted_nothing_is_told(team: Plan, dispersion: float) -> None:
    """Twenty years each: less than one claim in five years, where one in each is allowed."""
    assert sum(len(_told(team, Stories(dispersion), seed)) for seed in range(20)) <= 4


def test_what_is_planted_is_told_and_hardly_anything_else(team: Plan) -> None:
    """Twenty years with a fading channel, a star, a weak step, a joiner, a leaver, and two measures, one in vain."""
    log = (
        Action(_MAIL, "施策", team.step_name(1), "SMSで予告する"),
        Action(_SCRIPT, "施策", team.step_name(2), "トークスクリプトを改訂"),
    )
    missing, false, scripts, in_vain = 0, 0, 0, 0
    for seed in range(20):
        found = _told(team, _STORIES, seed, log)
        told = set(_subjects(found))
        missing += len(_ALWAYS - told)
        false += len(told - _PLANTED)
        scripts += any(one.note == "トークスクリプトを改訂" and one.yen for one in found)
        in_vain += any(one.note == "SMSで予告する" and one.yen for one in found)
        sizes = [abs(one.yen) for one in found]
        assert sizes == sorted(sizes, reverse=True)
    assert missing <= 5  # of a hundred
    assert false <= 20
    assert scripts >= 10  # a rate that rises by a third in ten weeks cannot always be seen
    assert in_vain <= 1


@pytest.mark.parametrize(
    ("kind", "day"),
    [
        (SpanKind.QUARTER, dt.date(2025, 12, 31)),
        (SpanKind.WEEK, dt.date(2026, 2, 15)),
        (SpanKind.WEEK, dt.date(2026, 2, 1)),
    ],
)
def test_a_week_and_a_quarter_tell_what_is_planted_and_hardly_anything_else(
    team: Plan, kind: SpanKind, day: dt.date
) -> None:
    """Six years each, with everything planted and with nothing: one false claim a year is allowed, half of it made."""
    false, fading, without = 0, 0, 0
    for seed in range(6):
        found = _told_of(team, _STORIES, seed, kind, day)
        false += len(set(_subjects(found)) - _PLANTED)
        fading += any(one.channel == "セミナー" and one.kpi == "lead" and one.yen < 0 for one in found)
        without += len(_told_of(team, Stories(), seed, kind, day))
    assert (false <= 3, fading >= 5, without <= 1) == (True, True, True)


def test_a_finding_of_a_quarter_has_the_figures_of_the_quarter(team: Plan) -> None:
    plan, targets, values = year(team, Stories(leads={"セミナー": (_FADES, 0.5)}), 1)
    day = dt.date(2025, 12, 31)
    quarter = span_of(plan.period, SpanKind.QUARTER, day)
    [one] = insights(plan, targets, values[values["date"] <= str(day)], day, span=quarter)
    place = [channel.name for channel in plan.channels].index("セミナー")
    leads = values[(values["kpi"] == "lead") & (values["channel"] == "セミナー")]
    assert one.actual == leads[leads["date"].between("2025-10-01", "2025-12-31")]["value"].sum()
    assert one.reference == pytest.approx(targets.channels("lead")[6:9, place].sum())
    assert one.yen == pytest.approx((one.actual - one.reference) * math.prod(plan.channels[place].rates) * 1_000_000)


def test_a_measure_late_in_a_quarter_counts_since_it_was_taken(team: Plan) -> None:
    """On 1 December, a Monday: ten points more of the connects of December, at what an appointment is worth."""
    plan, targets, values = year(team, Stories(), 4)
    day, began = dt.date(2025, 12, 31), dt.date(2025, 12, 1)
    rates = {"before": 0.2, "after": 0.3, "difference": 0.1, "low": 0.05, "high": 0.15, "p": 0.001}
    cases = {"trials_before": 300.0, "trials_after": 300.0, "trials_needed": 0.0, "days": 28, "overlaps": False}
    became = Outcome(**rates, **cases, verdict="better", standing=Standing.EFFECT, placebo_p=0.01)
    log = (Action(began, "施策", team.step_name(2), "トークスクリプトを改訂"),)
    known = values[values["date"] <= str(day)]
    book = ledger(plan, targets, known, day, span_of(plan.period, SpanKind.QUARTER, day))
    [one] = measures(book, [], log, (became,))
    connects = known[(known["kpi"] == "connect") & (known["date"] >= str(began))]["value"].sum()
    assert one.yen == pytest.approx(0.1 * connects * book.worth[3, -1])


def test_a_week_that_goes_against_a_fading_channel_does_not_tell_of_it(team: Plan) -> None:
    plan, targets, values = year(team, Stories(leads={"セミナー": (_FADES, 0.5)}), 1)
    day = dt.date(2026, 2, 15)
    week = span_of(plan.period, SpanKind.WEEK, day)
    known = values[values["date"] <= str(day)]
    mine = (known["kpi"] == "lead") & (known["channel"] == "セミナー") & (known["date"] >= "2026-02-09")
    many = known.assign(value=known["value"].where(~mine, known["value"] * 4))
    assert [one.channel for one in insights(plan, targets, known, day, span=week)] == ["セミナー"]
    assert all(one.yen > 0 for one in insights(plan, targets, many, day, span=week) if one.channel == "セミナー")


def test_a_fading_channel_is_told_with_its_figures(team: Plan) -> None:
    plan, targets, values = year(team, Stories(leads={"セミナー": (_FADES, 0.5)}), 1)
    [one] = insights(plan, targets, values, AS_OF)
    place = [channel.name for channel in plan.channels].index("セミナー")
    month = values[(values["kpi"] == "lead") & (values["channel"] == "セミナー") & (values["date"] >= "2026-02-01")]
    assert one.actual == month["value"].sum()
    assert one.reference == targets.channels("lead")[10, place]
    assert one.since == _FADES
    assert one.level == pytest.approx(0.5, abs=0.08)
    assert one.before == pytest.approx(1.0, abs=0.08)
    onward = math.prod(plan.channels[place].rates) * 1_000_000
    assert one.yen == pytest.approx((one.actual - one.reference) * onward)
    assert one.versus is Versus.PLAN


def test_a_recovery_to_plan_is_held_against_what_was_before(team: Plan) -> None:
    """Half of the leads until September and the planned ones since: nothing is off plan any more, much has changed."""
    both = {"セミナー": (_START, 0.5)}
    plan, targets, values = year(team, Stories(leads=both), 2)
    later = year(team, Stories(), 2)[2]
    mixed = pd.concat([values[values["date"] < "2025-10-01"], later[later["date"] >= "2025-10-01"]])
    [one] = [one for one in insights(plan, targets, mixed, AS_OF) if one.kind is Kind.VOLUME]
    assert (one.channel, one.versus, one.since) == ("セミナー", Versus.BEFORE, _FADES)
    assert one.yen > 0


def test_a_channel_that_is_not_recorded_is_not_zero(team: Plan) -> None:
    plan, targets, values = year(team, Stories(), 8)
    known = values[values["channel"] != "展示会"]
    assert all(one.channel != "展示会" for one in insights(plan, targets, known, AS_OF))


def test_a_smaller_shift_is_not_told(team: Plan) -> None:
    """A market of 95 % all year is surely off, and by less than a tenth changes no plan."""
    stories = Stories(leads={channel.name: (_START, 0.95) for channel in team.channels})
    assert SHIFT > 0.05
    assert [one for one in _told(team, stories, 3) if one.kind is Kind.VOLUME] == []


def test_the_parts_of_the_gap_add_up_to_it(team: Plan) -> None:
    plan, targets, values = year(team, _STORIES, 4)
    due = float(targets.team(REVENUE)[10])
    frame = contributions(ledger(plan, targets, values, AS_OF), due)
    month = values[(values["kpi"] == REVENUE) & (values["date"] >= "2026-02-01")]["value"].sum()
    assert frame["yen"].sum() == pytest.approx(month - due)
    rest = frame.loc[frame["kpi"] == "", "yen"].item()
    assert abs(rest) < 0.05 * due  # whole-number targets are all that is left


def test_a_contribution_is_what_came_beyond_the_rate_at_the_onward_worth(small_plan: Callable[..., Plan]) -> None:
    """Of 100 leads 20 appointments were to come, 30 came: 10 more at 80 % x 30 % x 200万円 = 480万円."""
    plan = small_plan(channels=(Channel("Web", 1, (0.2, 0.8, 0.3)),))
    plan = replace(plan, period=replace(plan.period, months=1))
    day = pd.Timestamp("2026-09-04")
    counts = {"lead": 100, "appointment": 30, "meeting": 24, "won": 7}
    rows = [(day, "佐藤", "Web", event, count) for event, count in counts.items()]
    values = pd.DataFrame(
        [*rows, (day, "佐藤", "Web", REVENUE, 15e6)], columns=["date", "member", "channel", "kpi", "value"]
    )
    targets = set_targets(plan)
    frame = contributions(ledger(plan, targets, values, dt.date(2026, 9, 30)), float(targets.team(REVENUE)[0]))
    yen = frame.set_index("kpi")["yen"]
    assert yen["appointment"] == pytest.approx(10 * 0.8 * 0.3 * 2e6)
    assert "meeting" not in yen.index  # 24 of 30 are the planned 80 %
    assert yen["won"] == pytest.approx((7 - 24 * 0.3) * 2e6)
    assert yen[REVENUE] == pytest.approx(15e6 - 7 * 2e6)
    assert yen.sum() == pytest.approx(15e6 - targets.team(REVENUE)[0])


def test_most_of_the_revenue_from_one_channel_is_a_risk(team: Plan) -> None:
    """Twelve orders a month from a channel that is planned to bring a third."""
    plan, targets, values = year(team, Stories(), 5)
    won = values["kpi"].isin(["won", REVENUE]) & (values["channel"] != "問い合わせ")
    one_sided = values[~won | (values.index % 7 == 0)]
    found = [one for one in insights(plan, targets, one_sided, AS_OF) if one.kind is Kind.CONCENTRATION]
    assert [one.channel for one in found] == ["問い合わせ"]
    assert found[0].actual / found[0].of > 0.6


def test_a_record_must_surely_beat_the_best_month(team: Plan) -> None:
    plan, targets, values = year(team, Stories(), 6)
    month = (values["kpi"] == REVENUE) & (values["date"] >= "2026-02-01")
    doubled = values.assign(value=values["value"].where(~month, values["value"] * 4))
    records = [one for one in insights(plan, targets, doubled, AS_OF) if one.kind is Kind.RECORD]
    assert len(records) == 1
    assert records[0].actual > 2 * records[0].reference


def test_before_anything_came_there_is_nothing_to_tell(team: Plan) -> None:
    facts = pd.DataFrame(columns=["date", "member", "channel", "event", "count", "amount", "minutes"])
    entries = pd.DataFrame(columns=["date", "member", "channel", "kpi", "value"])
    values = kpi_values(team, facts, entries)
    assert insights(team, set_targets(team), values, _START) == ()


@pytest.mark.parametrize("missing", ["lead", "call", "appointment", "won", REVENUE])
def test_a_stage_that_nobody_records_is_left_out(team: Plan, missing: str) -> None:
    plan, targets, values = year(team, Stories(), 7)
    known = values[values["kpi"] != missing]
    assert all(one.kpi != missing for one in insights(plan, targets, known, AS_OF))
    frame = contributions(ledger(plan, targets, known, AS_OF), 1e7)
    assert missing not in set(frame["kpi"])
