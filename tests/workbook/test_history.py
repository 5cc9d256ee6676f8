"""Closed months are kept in the workbook: nothing typed changes them, and the open months share the rest at once."""

import datetime as dt
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from kpixl.actuals import Import
from kpixl.plan import History, Period, Plan, Targets, set_targets
from kpixl.workbook.books import Book
from kpixl.workbook.reading import read_plan
from kpixl.workbook.refresh import refresh
from kpixl.workbook.sheets.closed import read_history
from kpixl.xlsx import Package

_NOVEMBER = dt.date(2026, 11, 5)
_EVENTS = (
    ("2026-09-03", "リード", "佐藤", "Web", ""),
    ("2026-09-10", "受注", "佐藤", "Web", "3000000"),
    ("2026-10-08", "受注", "鈴木", "展示会", "2000000"),
)
_CHANGES: dict[str, list[tuple[str, int, dict[str, Any]]]] = {
    "KGI": [("kpixl_kgis", 1, {"目標値": 93_000_000})],
    "lower KGI": [("kpixl_kgis", 1, {"目標値": 10_000_000})],
    "rate": [("kpixl_channels", 1, {"アポ→商談": 0.37}), ("kpixl_channels", 2, {"リード→アポ": 0.91})],
    "mix": [("kpixl_channels", 1, {"構成比": 0.05}), ("kpixl_channels", 3, {"構成比": 0.85})],
    "unit value": [("kpixl_channels", 2, {"単価": 3_300_000})],
    "weight": [("kpixl_members", 1, {"エリアの重み": 2.5}), ("kpixl_members", 3, {"エリアの重み": 0})],
    "level": [("kpixl_levels", 1, {"係数": 0.3}), ("kpixl_members", 1, {"レベル": "新人"})],
    "leaver": [("kpixl_members", 3, {"退任日": dt.date(2026, 11, 13)})],
    "leaver with a pin": [("kpixl_members", 2, {"退任日": dt.date(2026, 10, 31)})],
    "joiner": [("kpixl_members", 4, {"着任日": dt.date(2026, 12, 14)})],
    "pin": [("kpixl_members", 1, {"受注件数を固定": 11})],
    "season": [("kpixl_seasonality", 12, {"重み": 2.4})],
    "day off": [("kpixl_closures", 1, {"日付": dt.date(2026, 11, 17)})],
    "nothing": [],
}


@pytest.fixture
def team(
    once: Callable[..., Path],
    small_book: Callable[..., Path],
    importing: Callable[..., Import],
    four_months: dict[str, Any],
) -> Path:
    """The plan of four months; September and October are closed."""

    def make() -> Path:
        path = small_book(**four_months)
        refresh(path, imported=importing(*_EVENTS), as_of=_NOVEMBER)
        return path

    return once("team", make)


def _read(path: Path) -> tuple[Plan, History]:
    with Book(path) as book:
        plan = read_plan(book)
        return plan, read_history(book, plan)


def _targets(path: Path) -> Targets:
    return set_targets(*_read(path))


def _switch(path: Path, answer: str) -> None:
    """Type the answer to whether the settings apply to closed months too."""
    with Package.open(path) as book:
        sheet, cell = book.names["kpixl_whole_period"].replace("$", "").replace("'", "").split("!")
        book.set_cells(sheet, {cell: answer})
        book.save()


@pytest.mark.calc
def test_closing_moves_no_target(
    small_book: Callable[..., Path], importing: Callable[..., Import], recalculated_targets: Callable[[Path], Any]
) -> None:
    path = small_book(period=Period(dt.date(2026, 9, 1), 4, (dt.date(2026, 9, 21), dt.date(2026, 11, 3))))
    before = recalculated_targets(path)
    told = refresh(path, imported=importing(*_EVENTS), as_of=_NOVEMBER).remarks
    assert told == ("2026-09–2026-10を締めました。この月の目標は、設定を変えても変わりません。",)
    assert recalculated_targets(path) == before
    assert refresh(path, as_of=_NOVEMBER).remarks == ()
    assert _targets(path).closed == 2


def test_a_plan_without_actuals_closes_no_month(small_book: Callable[..., Path]) -> None:
    path = small_book()
    assert refresh(path, as_of=dt.date(2026, 12, 1)).remarks == ()
    assert _targets(path).closed == 0


def test_an_earlier_day_reopens_no_month(team: Path) -> None:
    assert refresh(team, as_of=dt.date(2026, 9, 10)).remarks == ()
    assert _targets(team).closed == 2


@pytest.mark.calc
@pytest.mark.parametrize("change", _CHANGES)
def test_open_months_follow_the_engine_and_closed_months_stay(
    team: Path,
    typing: Callable[..., None],
    recalculated_targets: Callable[[Path], Any],
    differences: Callable[[Path], tuple[int, dict[Any, Any]]],
    change: str,
) -> None:
    before = _targets(team)
    for table, row, values in _CHANGES[change]:
        typing(team, table, row, values)
    targets = _targets(team)
    for kpi in targets.plan.kpis:
        assert targets.team(kpi.key)[:2].tolist() == before.team(kpi.key)[:2].tolist()
    assert recalculated_targets(team) == _numbers(targets)
    refresh(team, as_of=_NOVEMBER)
    assert _numbers(_targets(team)) == _numbers(targets)
    if change in ("lower KGI", "unit value", "leaver", "pin"):
        assert differences(team)[1] == {}


@pytest.mark.calc
def test_a_member_who_is_removed_keeps_the_rows_of_closed_months(
    team: Path,
    typing: Callable[..., None],
    table_rows: Callable[[Path, str], list[dict[str, Any]]],
    differences: Callable[[Path], tuple[int, dict[Any, Any]]],
) -> None:
    before = _targets(team)
    typing(team, "kpixl_members", 3, {"担当": "伊藤"})
    typing(team, "kpixl_channels", 3, {"チャネル": "代理店"})
    refresh(team, as_of=_NOVEMBER)
    after = _targets(team)
    for kpi in after.plan.kpis:
        assert after.team(kpi.key)[:2].tolist() == before.team(kpi.key)[:2].tolist()
    for table, by, gone, new in (
        ("kpixl_member_targets", "担当", "高橋", "伊藤"),
        ("kpixl_channel_targets", "チャネル", "紹介", "代理店"),
    ):
        rows = table_rows(team, table)
        assert [row["月"].month for row in rows if row[by] == gone] == [9, 10]
        assert all(row["リード"] for row in rows if row[by] == gone)
        assert not any(row["リード"] for row in rows if row[by] == new and row["月"].month < 11)
    assert differences(team)[1] == {}


def test_targets_that_differ_from_the_settings_are_reported(team: Path, typing: Callable[..., None]) -> None:
    typing(team, "kpixl_kgis", 1, {"目標値": 93_000_000})
    told = "2026-09–2026-10の目標は締めたときのままで、今の設定とは違います。今の設定に合わせるときは"
    assert refresh(team, as_of=_NOVEMBER).remarks == (f"{told} 設定!C23 を「はい」にしてください。",)


def test_a_goal_that_closed_months_reach_asks_for_nothing_more_and_says_so(
    team: Path, typing: Callable[..., None]
) -> None:
    typing(team, "kpixl_kgis", 1, {"目標値": 10_000_000})
    told = refresh(team, as_of=_NOVEMBER).remarks
    assert told[-1] == "締めた月の目標だけで売上目標に届いているので、2026-11からの月の目標は0です。"
    assert not _targets(team).team("lead")[2:].any()


@pytest.mark.calc
def test_the_switch_applies_the_settings_to_the_whole_period(
    team: Path, typing: Callable[..., None], differences: Callable[[Path], tuple[int, dict[Any, Any]]]
) -> None:
    typing(team, "kpixl_kgis", 1, {"目標値": 93_000_000})
    refresh(team, as_of=_NOVEMBER)
    _switch(team, "はい")
    told = "設定!C23 が「はい」なので、締めた2026-09–2026-10の目標も今の設定で計算し直しました。"
    assert refresh(team, as_of=_NOVEMBER).remarks == (told,)
    plan, history = _read(team)
    assert _numbers(set_targets(plan, history)) == _numbers(set_targets(plan))
    assert differences(team)[1] == {}
    _switch(team, "いいえ")
    assert refresh(team, as_of=_NOVEMBER).remarks == ()


def test_another_answer_to_the_switch_is_refused(team: Path) -> None:
    _switch(team, "たぶん")
    with pytest.raises(Exception, match=r"設定!C23.*たぶん.*はい, いいえ"):
        refresh(team, as_of=_NOVEMBER)


def _numbers(targets: Targets) -> dict[str, Any]:
    """Return the counts in every row of targets, by month and name, without rows that are all 0."""
    plan, found = targets.plan, {}
    for kind, names, counts in (
        ("member", [one.name for one in plan.members], targets.by_member),
        ("channel", [one.name for one in plan.channels], targets.by_channel),
    ):
        for month, start in enumerate(plan.period.starts):
            for place, name in enumerate(names):
                found[kind, start, name] = counts[:, month, place].tolist()
    return found


@pytest.fixture
def recalculated_targets(
    recalculate: Callable[[Path], Path], table_rows: Callable[[Path, str], list[dict[str, Any]]]
) -> Callable[[Path], Any]:
    """Recalculate a workbook and return its targets as `_numbers` does."""

    def compute(path: Path) -> dict[str, Any]:
        computed, found = recalculate(path), {}
        for kind, table, by in (
            ("member", "kpixl_member_targets", "担当"),
            ("channel", "kpixl_channel_targets", "チャネル"),
        ):
            for row in table_rows(computed, table):
                counts = [row[name] for name in ("リード", "アポ", "商談", "受注")]
                found[kind, row["月"].date(), row[by]] = counts
        return found

    return compute
