"""Hours of calls and mails are counted beside the facts, and replaced just as these are."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from kpixl.actuals import Import, Memory, import_events, merge, packed, read_mapping, unpacked
from kpixl.actuals.hours import HOUR_COLUMNS
from kpixl.actuals.undoing import changes, taken_back

_MAPPING = """
{more}
[files.log]
identical = "keep"
[[events]]
event = {{ column = "種別", values = {{ "架電" = "call", "接続" = "connect", "受注" = "won" }} }}
occurred_at = "日時"
member = "担当"
{id}
"""
Read = Callable[..., Import]


@pytest.fixture
def read(tmp_path: Path) -> Read:
    def run(*rows: str, more: str = "", ids: bool = False) -> Import:
        mapping = _MAPPING.format(more=more, id='id = "ID"' if ids else "")
        (tmp_path / "m.toml").write_text(mapping, encoding="utf-8")
        lines = ["日時,種別,担当,ID", *(f"{row}," if row.count(",") == 2 else row for row in rows)]
        (tmp_path / "log.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
        return import_events([tmp_path / "log.csv"], read_mapping(tmp_path / "m.toml"))

    return run


def _hours(frame: Any) -> dict[tuple[str, str, str, int], float]:
    keys = zip(frame["event"], frame["date"].dt.strftime("%m/%d"), frame["member"], frame["hour"], strict=True)
    return dict(zip(keys, frame["count"].tolist(), strict=True))


@pytest.mark.parametrize(
    ("written", "day", "hour"),
    [
        ("2025-06-02 09:05:00", "06/02", 9),
        ("2025/6/2 21:05", "06/02", 21),
        ("令和7年6月2日 10:15", "06/02", 10),
        ("Jun 2 2025 3:15 PM", "06/02", 15),
        ("2025-06-01T23:30:00Z", "06/02", 8),  # half past eight in Tokyo
        ("2025-06-02T18:30:00+09:00", "06/02", 18),
    ],
)
def test_an_hour_is_read_however_it_is_written(read: Read, written: str, day: str, hour: int) -> None:
    assert _hours(read(f"{written},架電,佐藤").hours) == {("call", day, "佐藤", hour): 1}


@pytest.mark.parametrize(
    "written", ["2025-06-02", "2025-06-02 00:00:00", "2025-06-02T00:00:00Z", "2025年6月2日", "45810"]
)
def test_a_day_alone_has_no_hour(read: Read, written: str) -> None:
    found = read(f"{written},架電,佐藤")
    assert found.facts["count"].tolist() == [1]
    assert not len(found.hours)


def test_other_events_have_none(read: Read) -> None:
    assert not len(read("2025-06-02 09:05:00,受注,佐藤").hours)


def test_more_in_an_hour_than_its_number_holds_are_counted_all_the_same(read: Read) -> None:
    """A mail to 1,500 readers at once, and two at night, beside somebody's single call."""
    rows = ["2025-06-04 10:00:00,架電,高橋"] * 1500 + ["2025-06-04 23:10:00,架電,高橋"] * 2
    found = read(*rows, "2025-06-04 10:20:00,架電,佐藤")
    assert _hours(found.hours) == {
        ("call", "06/04", "高橋", 10): 1500,
        ("call", "06/04", "高橋", 23): 2,
        ("call", "06/04", "佐藤", 10): 1,
    }


@pytest.mark.parametrize("covers", ["", 'covers = "days"', 'covers = "span"', 'covers = "all"'])
def test_hours_of_a_day_are_replaced_with_its_facts(read: Read, covers: str) -> None:
    june = read("2025-06-02 09:05:00,架電,佐藤", "2025-06-03 11:00:00,架電,佐藤", more=covers)
    again = read("2025-06-02 15:00:00,架電,佐藤", "2025-06-03 11:30:00,架電,佐藤", more=covers)
    memory = merge(merge(Memory.nothing(), june).memory, again).memory
    assert _hours(memory.hours) == {("call", "06/02", "佐藤", 15): 1, ("call", "06/03", "佐藤", 11): 1}
    assert memory.hours["count"].sum() == memory.facts["count"].sum()


def test_what_one_person_brings_leaves_the_others_hours_alone(read: Read) -> None:
    both = read("2025-06-02 09:05:00,架電,佐藤", "2025-06-02 10:05:00,架電,鈴木")
    mine = read("2025-06-02 17:05:00,架電,佐藤")
    memory = merge(merge(Memory.nothing(), both).memory, mine).memory
    assert _hours(memory.hours) == {("call", "06/02", "佐藤", 17): 1, ("call", "06/02", "鈴木", 10): 1}


def test_what_was_there_already_is_not_counted_again(read: Read) -> None:
    ids = {"ids": True, "more": 'covers = "added"'}
    first = read("2025-06-02 09:05:00,架電,佐藤,a", **ids)
    more = read("2025-06-02 09:05:00,架電,佐藤,a", "2025-06-02 16:00:00,架電,佐藤,b", **ids)
    memory = merge(merge(Memory.nothing(), first).memory, more).memory
    assert _hours(memory.hours) == {("call", "06/02", "佐藤", 9): 1, ("call", "06/02", "佐藤", 16): 1}


def test_hours_that_are_no_longer_known_go(read: Read) -> None:
    """Of two calls of a day one is told again: at what hour the other was cannot be said any more."""
    first = read("2025-06-02 09:05:00,架電,佐藤,a", "2025-06-02 16:00:00,架電,佐藤,b", ids=True)
    again = read("2025-06-02 10:00:00,架電,佐藤,a", ids=True)
    memory = merge(merge(Memory.nothing(), first).memory, again).memory
    assert memory.facts["count"].sum() == 2
    assert _hours(memory.hours) == {("call", "06/02", "佐藤", 10): 1}


def test_an_undone_import_leaves_the_hours_as_they_were(read: Read) -> None:
    before = merge(Memory.nothing(), read("2025-06-02 09:05:00,架電,佐藤")).memory
    after = merge(before, read("2025-06-02 15:00:00,架電,佐藤", "2025-06-03 15:00:00,架電,佐藤")).memory
    told = changes({"hours": before.hours}, {"hours": after.hours})
    back = taken_back(told, {"hours": after.hours})["hours"]
    assert _hours(back) == _hours(before.hours)


def test_hours_survive_the_way_into_cells_and_back(read: Read) -> None:
    memory = merge(Memory.nothing(), read("2025-06-02 09:05:00,架電,佐藤", "2025-06-02 10:00:00,接続,鈴木")).memory
    back = unpacked(packed(memory.hours))
    assert back is not None
    assert [*back.columns] == HOUR_COLUMNS
    assert _hours(back) == _hours(memory.hours)


def test_the_hours_of_a_very_large_team_are_no_longer_by_person_in_older_months(
    read: Read, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("kpixl.actuals.hours._MOST_ROWS", 3)
    rows = [f"2025-0{month}-03 10:00:00,架電,{name}" for month in (3, 5, 6) for name in ("佐藤", "鈴木")]
    memory = merge(Memory.nothing(), read(*rows)).memory
    assert _hours(memory.hours) == {("call", f"0{month}/03", "", 10): 2 for month in (3, 5, 6)}
    again = merge(memory, read("2025-03-03 12:00:00,架電,佐藤")).memory
    assert ("call", "03/03", "", 10) not in _hours(again.hours)  # whose of the two that was is not known
