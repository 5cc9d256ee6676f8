"""The members sheet: calm before there are actuals, then who leads, who has improved, and what is left to do."""

import datetime as dt
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from kpixl.plan import Channel, Goal, Stage
from kpixl.workbook.refresh import refresh
from kpixl.xlsx import Package
from kpixl.xlsx.address import Area

_FRIDAY = dt.date(2026, 9, 18)  # 14 of the 19 business days are over
Rows = Callable[[Path, str], list[dict[str, Any]]]
_EVENING_OUT = {
    "goal": Goal(80, 1),
    "channels": (Channel("Web", 1, (1.0, 1.0, 1.0)),),
    "stages": (
        Stage("lead", "リード"),
        Stage("appointment", "アポ"),
        Stage("meeting", "商談", 4),
        Stage("won", "受注"),
    ),
}


@pytest.fixture
def named(load: Callable[..., Any]) -> Callable[[Path, str], Any]:
    """What a cell with a defined name shows: `named(path, "kpixl_mvp")`."""

    def read(path: Path, name: str) -> Any:
        with Package.open(path) as book:
            sheet, _, cell = book.names[name].rpartition("!")
        return load(path, data_only=True)[sheet.strip("'")][str(Area.parse(cell.replace("$", "")))].value

    return read


def _events(day: str, event: str, member: str, count: int) -> list[tuple[str, ...]]:
    return [(day, event, member, "Web", "1")] * count


def test_before_anything_happened_the_sheet_is_calm(
    small_book: Callable[..., Path], table_rows: Rows, named: Callable[[Path, str], Any]
) -> None:
    path = small_book()
    for _ in range(2):
        assert [named(path, name) for name in ("kpixl_mvp", "kpixl_most_improved")] == [None, None]
        assert [row["受注"] or None for row in table_rows(path, "kpixl_member_status")] == [None, None]
        assert [row["順位"] for row in table_rows(path, "kpixl_member_status")] == [None, None]
        assert [set(row.values()) for row in table_rows(path, "kpixl_member_ranking")] == [{None}]
        assert [row["達成率の伸び"] for row in table_rows(path, "kpixl_member_improvement")] == [None, None]
        refresh(path, as_of=_FRIDAY)


def test_the_mvp_and_the_fair_ranking_are_named(
    small_book: Callable[..., Path],
    importing: Callable[..., Any],
    table_rows: Rows,
    named: Callable[[Path, str], Any],
) -> None:
    """Each has a target of 19 orders in September, 14 of them by the 18th."""
    path = small_book(**_EVENING_OUT)
    rows = [
        *_events("2026-09-03", "アポ", "佐藤", 20),
        *_events("2026-09-03", "商談", "佐藤", 8),
        *_events("2026-09-04", "アポ", "鈴木", 1),
        *_events("2026-09-04", "商談", "鈴木", 1),
        *_events("2026-09-07", "受注", "鈴木", 21),
    ]
    refresh(path, imported=importing(*rows), as_of=_FRIDAY)
    assert "鈴木" in named(path, "kpixl_mvp")
    assert "150%" in named(path, "kpixl_mvp")  # 21 of 14
    ranked = [row for row in table_rows(path, "kpixl_member_ranking") if row["対象の率"] == "アポ→商談"]
    assert [(row["担当"], row["順位"], row["母数"], row["成功数"], row["実際の率"]) for row in ranked] == [
        ("佐藤", 1, 20, 8, 0.4),
        ("鈴木", 2, 1, 1, 1),
    ]
    assert {row["チームとの差"] for row in ranked} == {"チーム並み"}


def test_the_workload_is_what_is_left_by_the_days_left(
    small_book: Callable[..., Path], importing: Callable[..., Any], typing: Callable[..., None], table_rows: Rows
) -> None:
    path = small_book(**_EVENING_OUT)
    typing(path, "kpixl_members", 2, {"1日の上限": 1})
    refresh(path, imported=importing(*_events("2026-09-03", "商談", "佐藤", 9)), as_of=_FRIDAY)
    first, second = table_rows(path, "kpixl_workload")
    keys = ("担当", "1日の上限", "目標", "実績", "残り営業日", "1日に必要", "負荷率")
    assert [first[key] for key in keys] == ["佐藤", 4, 19, 9, 5, 2, 0.5]
    assert [second[key] for key in keys] == ["鈴木", 1, 19, 0, 5, pytest.approx(3.8), pytest.approx(3.8)]


def test_a_member_who_is_added_has_a_row_everywhere(
    small_book: Callable[..., Path], importing: Callable[..., Any], typing: Callable[..., None], table_rows: Rows
) -> None:
    path = small_book(**_EVENING_OUT)
    refresh(path, imported=importing(*_events("2026-09-03", "商談", "佐藤", 9)), as_of=_FRIDAY)
    typing(path, "kpixl_members", 2, {"担当": "高橋"})
    refresh(path, as_of=_FRIDAY)
    for table in ("kpixl_member_status", "kpixl_member_improvement", "kpixl_workload", "kpixl_member_actuals"):
        assert [row["担当"] for row in table_rows(path, table)] == ["佐藤", "高橋"]


@pytest.mark.calc
def test_what_is_cached_is_what_the_spreadsheet_computes(
    small_book: Callable[..., Path],
    importing: Callable[..., Any],
    typing: Callable[..., None],
    differences: Callable[[Path], tuple[int, dict[Any, Any]]],
) -> None:
    path = small_book(**_EVENING_OUT)
    typing(path, "kpixl_members", 2, {"1日の上限": 1, "着任日": dt.date(2026, 9, 25)})
    typing(path, "kpixl_actions", 1, {"日付": dt.date(2026, 9, 16), "種類": "施策", "対象の率": "アポ→商談"})
    rows = [
        *_events("2026-09-03", "アポ", "佐藤", 5),
        *_events("2026-09-17", "アポ", "佐藤", 5),
        *_events("2026-09-17", "商談", "佐藤", 9),
    ]
    refresh(path, imported=importing(*rows), as_of=_FRIDAY)
    typing(path, "kpixl_kgis", 1, {"目標値": 100})
    refresh(path, as_of=_FRIDAY)
    count, wrong = differences(path)
    ours = {place: found for place, found in wrong.items() if place[0] in ("メンバー", "施策ログ", "見直し")}
    assert ours == {}
    assert count > 100
