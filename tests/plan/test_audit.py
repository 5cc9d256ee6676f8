"""The audit: a sound plan breaks no rule, and every mistake is found by the one rule that is about it."""

import datetime as dt
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from kpixl.plan import (
    Channel,
    Indicator,
    Kgi,
    Member,
    Period,
    Plan,
    Stage,
    SuccessFactor,
    Targets,
    read_template,
    set_targets,
)
from kpixl.plan.audit import RULES, Audited, Change, Finding, Place, audit
from kpixl.plan.sections import template_names
from kpixl.texts import LANGUAGES, speaking

END = dt.date(2026, 10, 31)
REVENUE = Kgi("売上", "revenue", 50_000_000, priority=1, deadline=END)
SECOND = Kgi("解約率", "", 0.03, priority=2, deadline=END, trade_off="売上を優先し、解約率を譲る")
STAGES = (Stage("lead", "リード"), Stage("appointment", "アポ"), Stage("meeting", "商談", 4.0), Stage("won", "受注"))
CHANNELS = (Channel("展示会", 0.6, (0.2, 0.8, 0.3)), Channel("Web", 0.4, (0.5, 0.5, 0.5)))
MEMBERS = (Member("佐藤", 1.2), Member("鈴木"))
CSFS = (SuccessFactor("リード"), SuccessFactor("行動"), SuccessFactor("提案"))
HALF_YEAR = Period(dt.date(2026, 9, 1), 6)


def _kpi(name: str, event: str = "", **changes: Any) -> Indicator:
    known = {
        "meaning": f"{name}の数",
        "numerator": f"期間中の{name}",
        "unit": "件",
        "role": "sub",
        "scope": "team",
        "csf": "提案",
        "owner": "課長",
        "source": "SFA",
    }
    return Indicator(name, event, **(known | changes))


LEADS = _kpi("リード", "lead", csf="リード")
APPOINTMENTS = _kpi("アポ", "appointment", role="main", scope="person", csf="行動")
MEETINGS = _kpi("商談", "meeting", role="main", scope="person")
ORDERS = _kpi("受注", "won", scope="person", timing="lagging")
RATE = _kpi("成約率", "won", base="meeting", denominator="商談", unit="%", timing="lagging")
KPIS = (LEADS, APPOINTMENTS, MEETINGS, ORDERS, RATE)


def _other(kpi: Indicator, **changes: Any) -> tuple[Indicator, ...]:
    """Return the KPIs of the sound plan with one of them changed."""
    return tuple(replace(one, **changes) if one is kpi else one for one in KPIS)


@pytest.fixture
def sound(small_plan: Callable[..., Plan]) -> Callable[..., Plan]:
    """Make a plan that is sound, with anything in it replaced."""

    def make(**changes: Any) -> Plan:
        parts = {
            "stages": STAGES,
            "channels": CHANNELS,
            "members": MEMBERS,
            "kgis": (REVENUE,),
            "csfs": CSFS,
            "indicators": KPIS,
        }
        return small_plan(**(parts | changes))

    return make


def _audit(plan: Plan, **more: Any) -> tuple[Finding, ...]:
    return audit(Audited(**{"plan": plan, "targets": set_targets(plan)} | more))


def _rules(findings: tuple[Finding, ...]) -> set[str]:
    return {finding.rule for finding in findings}


def test_a_sound_plan_breaks_no_rule(sound: Callable[..., Plan]) -> None:
    assert _audit(sound()) == ()
    assert _audit(sound(kgis=(REVENUE, SECOND))) == ()


@pytest.mark.parametrize("name", template_names())
@pytest.mark.parametrize("language", LANGUAGES)
def test_the_templates_are_sound(name: str, language: str) -> None:
    assert _audit(read_template(name, language=language, start=dt.date(2025, 4, 1))) == ()


_MISTAKES: dict[str, tuple[dict[str, Any], Place]] = {
    "kgi_reached": (
        {"kgis": (REVENUE, replace(SECOND, name="受注数", measure="orders", value=26))},
        Place("kgis", "受注数", "value"),
    ),
    "kgi_deadline": ({"kgis": (replace(REVENUE, deadline=None),)}, Place("kgis", "売上", "deadline")),
    "kgi_priority": ({"kgis": (REVENUE, replace(SECOND, priority=1))}, Place("kgis", "解約率", "priority")),
    "kgi_trade_off": ({"kgis": (REVENUE, replace(SECOND, trade_off=""))}, Place("kgis", "解約率", "trade_off")),
    "kgi_leap": ({"kgis": (replace(REVENUE, last_year=41_000_000),)}, Place("kgis", "売上", "value")),
    "kgi_too_low": ({"kgis": (replace(REVENUE, last_year=50_000_000),)}, Place("kgis", "売上", "value")),
    "csf_count": ({"csfs": CSFS[1:], "indicators": _other(LEADS, csf="行動")}, Place("csfs")),
    "csf_unserved": ({"csfs": (*CSFS, SuccessFactor("単価"))}, Place("csfs", "単価")),
    "team_kpis": ({"indicators": KPIS[:4]}, Place("kpis")),
    "person_kpis": ({"indicators": _other(APPOINTMENTS, scope="team")}, Place("kpis")),
    "main_and_sub": ({"indicators": tuple(replace(one, role="main") for one in KPIS)}, Place("kpis", key="role")),
    "leading_and_lagging": (
        {"indicators": tuple(replace(one, timing="leading") for one in KPIS)},
        Place("kpis", key="timing"),
    ),
    "kpi_scope": ({"indicators": _other(LEADS, scope="")}, Place("kpis", "リード", "scope")),
    "kpi_csf": ({"indicators": _other(ORDERS, csf="")}, Place("kpis", "受注", "csf")),
    "controllable": ({"indicators": _other(LEADS, controllable=1)}, Place("kpis", "リード", "controllable")),
    "measurable": ({"indicators": _other(LEADS, measurable=1)}, Place("kpis", "リード", "measurable")),
    "complicated": ({"indicators": _other(LEADS, understandable=1)}, Place("kpis", "リード", "understandable")),
    "vague": ({"indicators": _other(MEETINGS, name="商談の強化")}, Place("kpis", "商談の強化", "name")),
    "unknown_event": ({"indicators": (*KPIS, Indicator("架電", "cal"))}, Place("kpis", "架電", "event")),
    "kpi_target": (
        {"indicators": (*KPIS, replace(RATE, name="開封率", event="email_opened", base="email_sent"))},
        Place("kpis", "開封率", "target"),
    ),
    "undefined": ({"indicators": _other(RATE, denominator="")}, Place("kpis", "成約率", "denominator")),
    "kpi_owner": ({"indicators": _other(LEADS, owner="")}, Place("kpis", "リード", "owner")),
    "kpi_source": ({"indicators": _other(LEADS, source="")}, Place("kpis", "リード", "source")),
    "member_capacity": ({"members": (Member("佐藤", 1.2, capacity=0.5), MEMBERS[1])}, Place("members", "佐藤")),
    "channel_capacity": (
        {"channels": (CHANNELS[0], replace(CHANNELS[1], capacity=41))},  # 80 leads: 38 and 42
        Place("channels", "Web", "capacity"),
    ),
    "lead_time": ({"stages": (replace(STAGES[0], days=40), *STAGES[1:])}, Place("stages", key="days")),
    "same_for_all_members": ({"members": (Member("佐藤"), Member("鈴木"))}, Place("members")),
    "same_for_all_channels": ({"channels": CHANNELS[:1]}, Place("channels")),
}


@pytest.mark.parametrize("rule", _MISTAKES)
def test_a_mistake_is_found_by_its_rule_alone(sound: Callable[..., Plan], rule: str) -> None:
    changes, place = _MISTAKES[rule]
    assert [(finding.rule, finding.place) for finding in _audit(sound(**changes))] == [(rule, place)]


def _moved(counts: Any, more: tuple[int, int, int], less: tuple[int, int, int]) -> Any:
    """Return counts by stage, month and name with one more in a cell and one less in another."""
    changed = counts.copy()
    changed[more] += 1
    changed[less] -= 1
    return changed


def _typed_over(targets: Targets) -> dict[str, Targets]:
    return {
        "sums_by_month": replace(targets, by_member=_moved(targets.by_member, (1, 0, 0), (1, 1, 0))),
        "sums_of_period": replace(targets, by_channel=_moved(targets.by_channel, (1, 0, 0), (1, 0, 1))),
    }


@pytest.mark.parametrize("rule", ["sums_by_month", "sums_of_period"])
def test_targets_that_were_typed_over_no_longer_sum(sound: Callable[..., Plan], rule: str) -> None:
    plan = sound()
    found = _audit(plan, targets=_typed_over(set_targets(plan))[rule])
    assert _rules(found) == {rule}
    assert found[0].place == Place("targets", "アポ")


_PASTS = {
    "leap": {"lead": [40.0, 50.0, 45.0]},  # 315 + 80 leads in six months: about 66 a month
    "optimistic_rate": {"appointment": [100.0, 100.0, 100.0], "meeting": [20.0, 25.0, 30.0]},  # planned 70 of 103
}


@pytest.mark.parametrize("rule", _PASTS)
def test_what_was_reached_tells_what_is_a_leap(sound: Callable[..., Plan], rule: str) -> None:
    end = dt.date(2027, 2, 28)
    plan = sound(period=HALF_YEAR, kgis=(replace(REVENUE, deadline=end),))
    past = {kpi: np.array(months) for kpi, months in _PASTS[rule].items()}
    assert _rules(_audit(plan, history=past)) == {rule}
    assert _audit(plan, history={kpi: months[:2] for kpi, months in past.items()}) == ()  # too short to tell
    assert _audit(plan, history={kpi: 10 * months for kpi, months in past.items() if kpi != "appointment"}) == ()


def _log(*entries: tuple[dt.date, str]) -> tuple[Change, ...]:
    return tuple(Change(day, kpi, index) for index, (day, kpi) in enumerate(entries))


def test_changes_within_three_months_are_too_often(sound: Callable[..., Plan]) -> None:
    monthly = _log(*((dt.date(2026, month, 1), "アポ") for month in (9, 10)))
    [found] = _audit(sound(), changes=monthly)
    assert (found.rule, found.place, found.place.index) == ("changed_often", Place("changes", "アポ"), 1)
    day_short = _log((dt.date(2026, 8, 30), "アポ"), (dt.date(2026, 11, 29), "アポ"))
    assert _rules(_audit(sound(), changes=day_short)) == {"changed_often"}
    for calm in (
        _log((dt.date(2026, 9, 1), "アポ"), (dt.date(2026, 12, 1), "アポ")),
        _log((dt.date(2026, 9, 1), "アポ"), (dt.date(2026, 10, 1), "商談")),
        _log((dt.date(2026, 9, 1), "アポ"), (dt.date(2026, 9, 1), "アポ")),
    ):
        assert _audit(sound(), changes=calm) == ()


def test_every_rule_has_a_plan_that_breaks_it() -> None:
    tested = {*_MISTAKES, *_PASTS, "sums_by_month", "sums_of_period", "changed_often"}
    assert tested == {rule.name for rule in RULES}
    assert len(tested) == len(RULES)


def test_the_five_mistakes_of_setting_kpis(sound: Callable[..., Plan]) -> None:
    """Beyond control, too many, too complicated, changed every month, results only."""
    share = replace(RATE, name="市場シェア", event="", base="", target=0.2, controllable=1)
    more = tuple(replace(LEADS, name=f"リード{number}") for number in range(4))
    tangled = replace(LEADS, name="活動指数", numerator="架電数 × 通話分 × 訪問数")
    results = tuple(replace(one, timing="lagging") for one in KPIS)
    changes = _log(*((dt.date(2026, month, 1), "アポ") for month in range(4, 8)))
    assert _rules(_audit(sound(indicators=(*KPIS, share)))) == {"controllable"}
    assert _rules(_audit(sound(indicators=(*KPIS, *more)))) == {"team_kpis"}
    assert _rules(_audit(sound(indicators=(*KPIS, tangled)))) == {"complicated"}
    assert _rules(_audit(sound(), changes=changes)) == {"changed_often"}
    assert _rules(_audit(sound(indicators=results))) == {"leading_and_lagging"}
    everything = (*results, *more, replace(share, timing="lagging"), replace(tangled, timing="lagging"))
    everything = tuple(replace(one, timing="lagging") for one in everything)
    found = _rules(_audit(sound(indicators=everything), changes=changes))
    assert found == {"controllable", "team_kpis", "complicated", "changed_often", "leading_and_lagging"}


def test_candidates_need_nothing(sound: Callable[..., Plan]) -> None:
    bare = Indicator("紹介", measurable=1, controllable=1, understandable=1)
    assert _audit(sound(indicators=(*KPIS, bare))) == ()


def test_a_fraction_of_two_sums_is_simple_enough(sound: Callable[..., Plan]) -> None:
    simple = replace(LEADS, name="着電率", numerator="着電数(電話・Web/1on1)", denominator="架電数 + 再架電数")
    assert _audit(sound(indicators=(*KPIS, simple))) == ()


def test_a_cost_is_kept_where_the_leads_cost_no_more(sound: Callable[..., Plan]) -> None:
    priced = tuple(replace(channel, cost_per_lead=1_000) for channel in CHANNELS)  # 395 leads
    most = replace(SECOND, name="費用", measure="cost", value=395_000)
    assert _audit(sound(channels=priced, kgis=(REVENUE, most))) == ()
    [found] = _audit(sound(channels=priced, kgis=(REVENUE, replace(most, value=394_000))))
    assert found.rule == "kgi_reached"
    assert "395,000" in found.what
    assert _audit(sound(kgis=(REVENUE, most))) == ()  # without prices nothing is known


def test_a_cost_leaps_downwards(sound: Callable[..., Plan]) -> None:
    cost = replace(SECOND, name="費用", measure="cost", value=1_000_000)
    assert _rules(_audit(sound(kgis=(REVENUE, replace(cost, last_year=1_300_000))))) == {"kgi_leap"}
    assert _rules(_audit(sound(kgis=(REVENUE, replace(cost, last_year=1_000_000))))) == {"kgi_too_low"}
    assert _audit(sound(kgis=(REVENUE, replace(cost, last_year=1_100_000)))) == ()


def test_a_busy_month_counts_not_the_average(sound: Callable[..., Plan]) -> None:
    changes, _ = _MISTAKES["channel_capacity"]
    [found] = _audit(sound(**changes))
    assert found.what == "チャネル「Web」は2026/10に42件のリードが必要で、月の上限41件を超えます。"


def test_the_audit_names_what_a_bare_plan_lacks(small_plan: Callable[..., Plan]) -> None:
    assert _rules(_audit(small_plan())) == {"csf_count", "team_kpis", "person_kpis", "same_for_all_members"}


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("rule", _MISTAKES)
def test_a_finding_says_what_is_wrong_and_what_would_be_right(
    sound: Callable[..., Plan], language: str, rule: str
) -> None:
    [found] = _audit(sound(**_MISTAKES[rule][0]))
    with speaking(language):
        assert "{" not in found.what + found.right
        assert found.what.endswith(("。", "."))
        assert found.right.endswith(("。", "."))
