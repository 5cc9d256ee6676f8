"""The page of a 1on1: own figures beside the team's and the plan's, what is sure, what to talk about."""

import datetime as dt
import math
import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import openpyxl
import pandas as pd
import pytest

from kpixl.errors import InvalidPlan
from kpixl.plan import Channel, Goal, Member, Period, Plan
from kpixl.plan.playbook import read_playbook
from kpixl.texts import LANGUAGES, speaking
from kpixl.tracking import Certainty, person, track
from kpixl.workbook.blocks import Sheet, value_of
from kpixl.workbook.pages import report_pages
from kpixl.workbook.pages.story import story
from kpixl.workbook.report import Report, write_report
from kpixl.workbook.state import AGREED, FACT_COLUMNS, State, new_state

_SEPTEMBER = dt.date(2026, 9, 30)
Facts = tuple[tuple[str, str, str, str, float, float], ...]
Rows = Callable[[Path, str], list[dict[str, Any]]]
_MONTH = dt.date(2025, 9, 1)


def _state(plan: Plan, facts: Facts, day: dt.date = _SEPTEMBER) -> State:
    """The plan as of a day with facts: date, event, member, channel, count, amount."""
    frame = pd.DataFrame(
        [
            dict(zip(("date", "event", "member", "channel", "count", "amount"), fact, strict=True))
            | {"source": "crm", "minutes": 0.0}
            for fact in facts
        ],
        columns=FACT_COLUMNS,
    )
    frame["date"] = pd.to_datetime(frame["date"])
    blank = new_state(plan)
    entries = pd.DataFrame(columns=["date", "member", "channel", "kpi", "value"])
    tracking = track(plan, frame, entries, day)
    with speaking(plan.language):
        return replace(blank, tracking=tracking, facts=frame, playbook=read_playbook(language=plan.language))


def _made(state: State, name: str) -> Sheet:
    with speaking(state.plan.language):
        return report_pages(state).alone(name)


def _texts(page: Sheet) -> list[str]:
    cells = [value_of(cell.content) for block in page.blocks for *_, cell in block.cells()]
    cells += [value_of(value) for table in page.tables for row in table.rows for value in row]
    assert [one for one in cells if isinstance(one, float) and not math.isfinite(one)] == []
    texts = [one for one in cells if isinstance(one, str)]
    assert not re.search(r"\bnan\b|None|\binf\b|#[A-Z]", " ".join(texts))
    return texts


def _said(page: Sheet) -> str:
    return " ".join(_texts(page))


def _figures(page: Sheet) -> dict[str, dict[str, Any]]:
    table = next(table for table in page.tables if table.name.startswith("report_member_"))
    keys = [column.key for column in table.columns]
    return {str(row[0]): dict(zip(keys, row, strict=True)) for row in table.rows}


def _funnel(name: str, *counts: float, month: str = "2026-09") -> Facts:
    events = zip(("lead", "appointment", "meeting", "won"), counts, strict=True)
    return tuple(
        (f"{month}-03", event, name, "Web", float(count), 2e6 * count if event == "won" else 0.0)
        for event, count in events
        if count
    )


def test_own_rates_stand_beside_the_teams_and_the_plans(small_plan: Callable[..., Plan]) -> None:
    """10 of 20 against 22 of 40; the team's 26 meetings and 34 appointments are 26 / 34."""
    plan = small_plan()
    state = _state(plan, (*_funnel("佐藤", 60, 20, 10, 4), *_funnel("鈴木", 60, 20, 12, 6)))
    meeting = _figures(_made(state, "佐藤"))["商談"]
    assert (meeting["actual"], meeting["own_rate"], meeting["team_rate"]) == (10, 0.5, 0.55)
    wanted = [float(state.tracking.targets.team(event)[0]) for event in ("meeting", "appointment")]
    assert meeting["plan_rate"] == wanted[0] / wanted[1]
    assert meeting["attainment"] == 10 / float(state.tracking.targets.members("meeting")[0, 0])
    assert (_figures(_made(state, "佐藤"))["アポ"]["own_rate"], meeting["pace"]) == (
        None,
        meeting["actual"] / meeting["attainment"],
    )


def test_a_strength_and_a_weakness_beyond_chance_say_how_sure_they_are(small_plan: Callable[..., Plan]) -> None:
    """80 of 100 beside 40 of 100: Fisher's p is below one in ten million."""
    plan = small_plan(period=Period(dt.date(2026, 9, 1), 2))
    state = _state(plan, (*_funnel("佐藤", 200, 100, 80, 40), *_funnel("鈴木", 200, 100, 40, 20)))
    strong, weak = (person(state.tracking, state.playbook, name) for name in ("佐藤", "鈴木"))
    assert strong.strength and strong.growth is None
    assert (strong.strength.insight.above, strong.strength.insight.kpi) == ("appointment", "meeting")
    assert weak.growth and weak.strength is None
    assert weak.growth.certainty in (Certainty.MONTH, Certainty.START)
    assert weak.growth.insight.yen < 0
    said = _said(_made(state, "鈴木"))
    assert "伸びしろ　アポ→商談の率" in said
    assert "偶然" in said
    assert "商談前の確認" in said
    assert "強みをチームへ" in _said(_made(state, "佐藤"))


def test_where_nothing_is_beyond_chance_the_page_says_so(small_plan: Callable[..., Plan]) -> None:
    state = _state(small_plan(), (*_funnel("佐藤", 60, 20, 14, 4), *_funnel("鈴木", 60, 20, 13, 5)))
    said = _said(_made(state, "佐藤"))
    assert "偶然とは言えない強みは、まだ見つかっていません。" in said
    assert "偶然とは言えない弱みはありません。" in said


def test_a_gap_that_may_be_chance_is_called_so_and_has_its_size(small_plan: Callable[..., Plan]) -> None:
    """Of the web's 20 appointments the plan makes 10 meetings; 7 came: 3 x 50 % x 2 million yen are missing."""
    plan = small_plan(channels=(Channel("Web", 1.0, (0.5, 0.5, 0.5)),))
    state = _state(plan, (*_funnel("佐藤", 40, 20, 7, 4), *_funnel("鈴木", 40, 20, 13, 5)))
    found = person(state.tracking, state.playbook, "佐藤")
    [point] = [one for one in found.points if one.found.insight.kpi == "meeting"]
    assert point.found.certainty is Certainty.OPEN
    assert (point.found.insight.actual, point.found.insight.reference, point.found.insight.yen) == (7, 10, -3e6)
    assert "アポ→商談は、計画の率なら10.0件のところ7件でした（売上にして▲300万円、まだ偶然の範囲です）。" in _said(
        _made(state, "佐藤")
    )


def test_who_does_too_little_hears_it_and_a_rate_beyond_one_is_none(small_plan: Callable[..., Plan]) -> None:
    """The leads are few, so that the step is as planned, but the target is missed; 6 meetings of 4 are no rate."""
    state = _state(small_plan(), (*_funnel("佐藤", 8, 4, 6, 2), *_funnel("鈴木", 8, 4, 2, 1)))
    due = float(state.tracking.targets.members("appointment")[0, 0])
    page = _made(state, "佐藤")
    assert f"アポは、目標{due:,.0f}件に対して4件でした" in _said(page)
    assert "動く時間を先に取る" in _said(page) or "一緒に振り返る" in _said(page)
    assert _figures(page)["商談"]["own_rate"] is None


def test_the_figure_to_check_goes_from_now_to_the_plan(small_plan: Callable[..., Plan]) -> None:
    plan = small_plan(channels=(Channel("Web", 1.0, (0.5, 0.5, 0.5)),))
    page = _made(_state(plan, (*_funnel("佐藤", 40, 20, 7, 4), *_funnel("鈴木", 40, 20, 13, 5))), "佐藤")
    [agreed] = [table for table in page.tables if table.name == "report_agreed_1"]
    check = dict(zip([column.key for column in agreed.columns], agreed.rows[0], strict=True))
    planned = _figures(page)["商談"]["plan_rate"]
    assert [check[f"member.{key}"] for key in ("check", "now", "goal")] == ["アポ→商談の率", "35.0%", f"{planned:.1%}"]
    assert check["member.action"] is None


@pytest.mark.parametrize(
    "facts",
    [
        (),
        _funnel("佐藤", 0, 0, 0, 3),
        _funnel("", 40, 20, 10, 5),
        (*_funnel("鈴木", 40, 20, 10, 5), *_funnel("佐藤", 10, 2, 0, -1)),
        (*_funnel("佐藤", 10, 5, 3, 2), ("2026-09-20", "cancelled", "佐藤", "Web", 3.0, 6e6)),
        (("2026-09-03", "won", "佐藤", "Web", 0.0, 0.0),),
        _funnel("佐藤", 40, 50, 60, 70, month="2026-08"),
    ],
    ids=["nothing", "orders alone", "nobody's", "cancelled", "more cancelled than won", "zero", "before"],
)
@pytest.mark.parametrize("names", [("佐藤",), ("佐藤", "鈴木")])
def test_no_page_has_a_figure_that_is_none(
    small_plan: Callable[..., Plan], facts: Facts, names: tuple[str, ...]
) -> None:
    for language, day in zip(LANGUAGES, (dt.date(2026, 9, 15), _SEPTEMBER), strict=True):
        plan = small_plan(language=language, members=tuple(map(Member, names)))
        page = _made(_state(plan, facts, day), "佐藤")
        assert len(_texts(page)) > 20
        assert (page.upright, page.one_page) == (True, True)


@pytest.mark.parametrize("day", [dt.date(2026, 9, 1), dt.date(2026, 10, 31)])
def test_the_first_and_the_last_day_of_a_plan_have_their_pages(small_plan: Callable[..., Plan], day: dt.date) -> None:
    assert len(_texts(_made(_state(small_plan(), _funnel("佐藤", 40, 20, 10, 5), day), "佐藤"))) > 20


def test_who_has_no_data_gets_a_page_that_says_so(small_plan: Callable[..., Plan]) -> None:
    page = _made(_state(small_plan(), _funnel("佐藤", 60, 20, 10, 4)), "鈴木")
    said = _said(page)
    assert "9月の記録がありません。" in said
    assert "期首からの記録がまだない" in said
    assert [row["actual"] for row in _figures(page).values()] == [None] * 3
    assert all(row["pace"] for row in _figures(page).values())


@pytest.mark.parametrize(
    ("member", "said"),
    [
        (Member("鈴木", joined=dt.date(2026, 10, 5)), "2026/10/05の着任です"),
        (Member("鈴木", left=dt.date(2026, 8, 31)), "2026/08/31に退任しました"),
        (Member("鈴木", pinned=0), "この月は個人の目標がありません（アポ 2件、商談 1件、受注 0件）"),
    ],
    ids=["joins later", "left before", "without targets"],
)
def test_joiners_leavers_and_members_without_targets(
    small_plan: Callable[..., Plan], member: Member, said: str
) -> None:
    plan = small_plan(members=(Member("佐藤"), member))
    page = _made(_state(plan, (*_funnel("佐藤", 60, 20, 10, 4), *_funnel("鈴木", 4, 2, 1, 0))), "鈴木")
    assert said in _said(page)


def test_the_page_is_for_two_and_names_the_month(small_plan: Callable[..., Plan]) -> None:
    page = _made(_state(small_plan(), ()), "佐藤")
    assert page.footer == "本人と上長のみ"
    assert "佐藤さんの1on1　2026年9月" in _texts(page)
    assert len({table.area.right for table in page.tables}) == 1


def test_what_was_agreed_comes_with_its_state(small_plan: Callable[..., Plan]) -> None:
    agreed = [
        dict.fromkeys(AGREED) | {"month": dt.date(2026, 9, 1), "member": "佐藤", "action": "録音を聞く", "done": "済"},
        dict.fromkeys(AGREED)
        | {"month": dt.date(2026, 8, 1), "member": "佐藤", "action": "同行", "by_when": dt.date(2026, 9, 10)},
    ]
    state = replace(_state(small_plan(), ()), agreements=tuple(tuple(one[key] for key in AGREED) for one in agreed))
    said = _said(_made(state, "佐藤"))
    assert "前回までの約束2件：済1件、持ち越し1件。うち1件は期限を過ぎています。" in said


def test_the_summary_has_a_measure_for_the_largest_shortfall(small_plan: Callable[..., Plan]) -> None:
    facts = (*_funnel("佐藤", 200, 100, 80, 40), *_funnel("鈴木", 200, 100, 40, 20))
    state = _state(small_plan(), facts)
    short, following = story(state)[1:]
    assert short.insight
    assert following.detail.startswith("打ち手「")
    running = story(_state(small_plan(), facts, dt.date(2026, 9, 29)))[2]
    assert "への打ち手「" in running.detail or not running.detail


@pytest.fixture
def reporting(small_book: Callable[..., Path], tmp_path: Path) -> Any:
    path = small_book(period=Period(_MONTH, 2), goal=Goal(50_000_000, 2_000_000))
    return path, lambda: write_report(path, _MONTH, tmp_path)


def _type(path: Path, row: int, values: dict[str, Any]) -> None:
    book = openpyxl.load_workbook(path)
    sheet = next(sheet for sheet in book.worksheets if "report_agreed_1" in sheet.tables)
    head, *rows = sheet[sheet.tables["report_agreed_1"].ref]
    for cell, heading in zip(rows[row - 1], head, strict=True):
        if heading.value in values:
            cell.value = values[heading.value]
    book.save(path)


def test_the_figure_to_check_comes_into_the_plan_with_what_was_agreed(reporting: Any, table_rows: Rows) -> None:
    path, report = reporting
    first: Report = report()
    _type(first.path, 1, {"行動": "台本を直す", "確かめる数": "アポ→商談の率", "次回まで": 0.6})
    _type(first.path, 2, {"確かめる数": "アポ", "次回まで": "30件"})
    report()
    agreed = [row["行動"] for row in table_rows(path, "kpixl_agreements") if row["行動"]]
    assert agreed == ["台本を直す（アポ→商談の率 60.0%）", "アポ 30件"]
    report()
    assert [row["行動"] for row in table_rows(path, "kpixl_agreements") if row["行動"]] == agreed


def test_an_own_playbook_beside_the_plan_is_used_or_refused_by_its_line(reporting: Any, tmp_path: Path) -> None:
    path, report = reporting
    own = path.parent / "playbook.toml"
    own.write_text('[[measures]]\nkey = "visit"\n', encoding="utf-8")
    with pytest.raises(InvalidPlan, match=r"playbook.toml 1行目"):
        report()
    assert list(tmp_path.glob("*_2025-09.xlsx")) == []
