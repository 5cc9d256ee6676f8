"""The day sheet of another kpixl workbook is imported as it says itself, whatever its columns are called there."""

import datetime as dt
from collections.abc import Callable
from pathlib import Path

import pytest

from kpixl.actuals import import_events
from kpixl.actuals.samples import recognised, samples_of
from kpixl.errors import UnreadableData
from kpixl.plan import Stage


@pytest.fixture
def days(small_book: Callable[..., Path], typing: Callable[..., None]) -> Path:
    """A workbook that calls a meeting by a word of its own, with two days typed."""
    stages = (
        Stage("lead", "リード"),
        Stage("appointment", "アポ"),
        Stage("meeting", "顔合わせ", 4.0),
        Stage("won", "受注"),
    )
    book = small_book(stages=stages)
    typing(book, "kpixl_days", 1, {"日付": dt.date(2026, 9, 1), "担当": "佐藤", "アポ": 3, "顔合わせ": 2})
    typing(book, "kpixl_days", 2, {"日付": dt.date(2026, 9, 2), "担当": "鈴木", "受注": 1, "売上": 1_800_000})
    return book


def test_the_day_sheet_of_another_plan(days: Path) -> None:
    (found,) = recognised(samples_of([days]))
    assert found.name == "kpixl の日報"
    facts = import_events([days], found.mapping()).facts
    assert facts[["member", "event", "count", "amount"]].to_numpy().tolist() == [
        ["佐藤", "appointment", 3, 0],
        ["佐藤", "meeting", 2, 0],
        ["鈴木", "won", 1, 1_800_000],
    ]


def test_the_day_sheet_saved_as_csv(tmp_path: Path) -> None:
    text = "日報,,,,\n\n担当,,目標,40,\n日付,担当,チャネル,アポ,商談,受注,売上\n2026-09-01,佐藤,Web,3,2,1,1800000\n"
    (tmp_path / "日報.csv").write_text(text, encoding="utf-8")
    (found,) = recognised(samples_of([tmp_path / "日報.csv"]))
    facts = import_events([tmp_path / "日報.csv"], found.mapping()).facts.set_index("event")
    assert facts["count"].to_dict() == {"appointment": 3, "meeting": 2, "won": 1}
    assert facts.amount["won"] == 1_800_000


def test_a_plan_that_has_no_day_sheet_yet_is_named(tmp_path: Path) -> None:
    old = min(Path(__file__).with_name("frozen").glob("*.xlsx"))
    with pytest.raises(UnreadableData, match="日報のシートがありません"):
        samples_of([old])
