"""The targets of one KPI by month: rows match the lists of targets, and groups are the sums of their members."""

import datetime as dt
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from kpixl.plan import Member
from kpixl.workbook.refresh import refresh
from kpixl.xlsx import Package

_MONTHS = ("1か月目", "2か月目")
Rows = Callable[[Path, str], list[dict[str, Any]]]


@pytest.fixture
def grouped(small_book: Callable[..., Path]) -> Path:
    people = Member("佐藤", team="東京"), Member("鈴木", team="大阪"), Member("田中", team="東京"), Member("伊藤")
    return small_book(members=people)


def _by_name(rows: list[dict[str, Any]]) -> dict[str, list[float]]:
    return {row["名前"]: [row[month] for month in _MONTHS] for row in rows}


def test_a_group_comes_before_its_members_and_is_their_sum(grouped: Path, table_rows: Rows) -> None:
    rows = table_rows(grouped, "kpixl_matrix")
    assert [(row["種類"], row["名前"]) for row in rows] == [
        ("全体", "チーム全体"),
        ("課", "東京"),
        ("担当", "佐藤"),
        ("担当", "田中"),
        ("課", "大阪"),
        ("担当", "鈴木"),
        ("担当", "伊藤"),
        ("チャネル", "展示会"),
        ("チャネル", "Web"),
    ]
    shown = _by_name(rows)
    assert shown["東京"] == [sum(month) for month in zip(shown["佐藤"], shown["田中"], strict=True)]
    people = zip(*(shown[name] for name in ("佐藤", "田中", "鈴木", "伊藤")), strict=True)
    channels = zip(shown["展示会"], shown["Web"], strict=True)
    assert shown["チーム全体"] == [sum(month) for month in people] == [sum(month) for month in channels]
    assert all(row["合計"] == sum(row[month] for month in _MONTHS) for row in rows)


def test_it_shows_the_chosen_kpi(grouped: Path, table_rows: Rows) -> None:
    """25 orders of 200万円 in two months."""
    with Package.open(grouped) as book:
        sheet, cell = book.names["kpixl_matrix_kpi"].rsplit("!", 1)
        book.set_cells(sheet.strip("'"), {cell.replace("$", ""): "売上"})
        book.save()
    refresh(grouped, as_of=dt.date(2026, 9, 1))
    team = table_rows(grouped, "kpixl_matrix")[0]
    assert team["合計"] == 50_000_000
    assert sum(team[month] for month in _MONTHS) == 50_000_000
