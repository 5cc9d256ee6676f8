"""The sheet of cohorts: what a list of deals says of what is open, and nothing before there is one."""

import datetime as dt
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from kpixl.actuals import Import, import_events, read_mapping
from kpixl.workbook.refresh import Refreshed, refresh

_LISTS = ("pipeline", "cohorts", "cycles", "factors", "oldest", "losses")
_DAY = dt.date(2026, 10, 15)
_MAPPING = """
source = "crm"
[files.deals]
[[events]]
event = "won"
occurred_at = "受注日"
member = "担当"
channel = "経路"
id = "ID"
amount = "金額"
[[events]]
event = "lost"
occurred_at = "失注日"
id = "ID"
[deals]
id = "ID"
created = "登録日"
stage = "フェーズ"
attributes = { loss_reason = "理由" }
"""
_HEAD = "ID,登録日,フェーズ,受注日,失注日,担当,経路,金額,理由\n"
_ROWS = (
    "A,2026-09-01,受注,2026-09-11,,佐藤,Web,2000000,\n",
    "B,2026-09-02,受注,2026-10-02,,佐藤,展示会,1000000,\n",
    "C,2026-09-03,失注,,2026-09-20,鈴木,Web,500000,価格\n",
    "D,2026-09-05,提案,,,鈴木,Web,3000000,\n",
    "E,2026-10-10,初回訪問,,,佐藤,Web,4000000,\n",
)


@pytest.fixture
def deals(tmp_path: Path) -> Callable[..., Import]:
    """Import a list of deals: `deals(*rows)`."""

    def run(*rows: str) -> Import:
        (tmp_path / "deals.toml").write_text(_MAPPING, encoding="utf-8")
        (tmp_path / "deals.csv").write_text(_HEAD + "".join(rows), encoding="utf-8")
        return import_events([tmp_path / "deals.csv"], read_mapping(tmp_path / "deals.toml"))

    return run


@pytest.fixture(scope="session")
def block(load: Callable[..., Any]) -> Callable[[Path, str], list[list[Any]]]:
    """Read the values of a named block, without blank rows: `block(path, "cohorts_deals")`."""

    def read(path: Path, name: str) -> list[list[Any]]:
        book = load(path, data_only=True)
        ((sheet, area),) = book.defined_names[f"kpixl_{name}"].destinations
        rows = [[cell.value for cell in row] for row in book[sheet][area]]
        return [row for row in rows if any(value is not None for value in row)]

    return read


def test_before_there_are_deals_a_sentence_says_what_to_import(
    small_book: Callable[..., Path], block: Callable[..., Any]
) -> None:
    path = small_book()
    for _ in range(2):
        assert [block(path, f"{name}_deals") for name in _LISTS] == [[]] * len(_LISTS)
        [[told]] = block(path, "cohorts_note")
        assert told.startswith("CRMの案件の一覧")
        refresh(path, as_of=_DAY)


def test_open_deals_cohorts_and_days_of_a_list(
    small_book: Callable[..., Path],
    deals: Callable[..., Import],
    refreshing: Callable[..., Refreshed],
    block: Callable[..., Any],
) -> None:
    path = small_book()
    refreshing(path, imported=deals(*_ROWS), as_of=_DAY)
    total, *stages = block(path, "pipeline_deals")
    assert total[:7] == ["合計", 2, 7_000_000, 1, 1, 0, 0]
    assert [row[:3] for row in stages] == [["提案", 1, 3_000_000], ["初回訪問", 1, 4_000_000]]
    cohorts = block(path, "cohorts_deals")
    assert [row[:5] for row in cohorts] == [
        ["2か月の計", 5, 2, 1, 2],
        [dt.datetime(2026, 9, 1), 4, 2, 1, 1],
        [dt.datetime(2026, 10, 1), 1, 0, 0, 1],
    ]
    assert cohorts[1][5] == 0.5
    assert block(path, "cycles_deals") == [
        ["合計", 2, 15, 20, 25],
        ["Web", 1, 10, 10, 10],
        ["展示会", 1, 30, 30, 30],
    ]
    assert block(path, "factors_deals") == []  # three decided deals tell nothing
    assert block(path, "losses_deals") == [["価格", 1, 1]]
    assert [row[:5] for row in block(path, "oldest_deals")] == [
        ["D", "鈴木", "提案", 3_000_000, 40],
        ["E", "佐藤", "初回訪問", 4_000_000, 5],
    ]
    told, _ = (row[0] for row in block(path, "cohorts_note"))
    assert "2026/10/15時点で、進行中の案件は2件、7,000,000円です。" in told


def test_once_the_month_is_over_it_is_the_next_that_open_deals_are_for(
    small_book: Callable[..., Path],
    deals: Callable[..., Import],
    block: Callable[..., Any],
    table_rows: Callable[..., Any],
) -> None:
    """Open at the end of September are D and E, and B, which is won in October: 8 million."""
    path = small_book()
    refresh(path, imported=deals(*_ROWS[:4], _ROWS[4].replace("10-10", "09-10")), as_of=dt.date(2026, 9, 30))
    told, coverage = (row[0] for row in block(path, "cohorts_note"))
    october = table_rows(path, "kpixl_team")[1]["売上"]
    assert "来月末までに" in told
    assert coverage == f"来月の目標は{october:,.0f}円で、進行中の案件はその{8_000_000 / october:.1f}倍あります。"


def test_a_later_list_takes_the_place_of_the_deals_that_it_has(
    small_book: Callable[..., Path],
    deals: Callable[..., Import],
    block: Callable[..., Any],
    table_rows: Callable[..., Any],
) -> None:
    path = small_book()
    refresh(path, imported=deals(*_ROWS), as_of=_DAY)
    refresh(path, imported=deals("D,2026-09-05,受注,2026-10-14,,鈴木,Web,3500000,\n"), as_of=_DAY)
    assert [row[0] for row in block(path, "oldest_deals")] == ["E"]
    kept = {row["ID"]: row for row in table_rows(path, "kpixl_deal_list")}
    assert sorted(kept) == ["A", "B", "C", "D", "E"]
    assert (kept["D"]["結果"], kept["D"]["受注"]) == ("受注", dt.datetime(2026, 10, 14))
    assert (kept["E"]["結果"], kept["C"]["失注"]) == ("進行中", dt.datetime(2026, 9, 20))
    before = path.read_bytes()
    refresh(path, imported=deals("D,2026-09-05,受注,2026-10-14,,鈴木,Web,3500000,\n"), as_of=_DAY)
    assert path.read_bytes() == before
    refresh(path, as_of=dt.date(2026, 9, 30))
    assert [row[0] for row in block(path, "oldest_deals")] == ["B", "D"]  # as it was on that day


def test_the_demo_shows_what_was_planted_in_its_deals(loop: Callable[[str], Any], block: Callable[..., Any]) -> None:
    path = loop("ja").book
    factors = block(path, "factors_deals")
    assert factors[0][:2] == ["業種", "IT・通信"]
    assert {row[0] for row in factors} == {"業種"}
    entered = block(path, "cohorts_deals")[0]
    assert entered[1] == sum(entered[2:5])
    assert entered[6] >= entered[2]
