"""Every business day of a workbook is counted by one calendar: weekly days off, holidays, closures and half days."""

import datetime as dt
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import xlsxwriter

from kpixl.errors import InvalidPlan
from kpixl.plan import Plan
from kpixl.plan.weekend import parse_weekend, weekend_choices
from kpixl.texts import speaking
from kpixl.workbook.books import Book
from kpixl.workbook.planbook import build
from kpixl.workbook.reading import read_plan
from kpixl.workbook.refresh import refresh
from kpixl.workbook.sheets.calendar import WEEKEND, calendar_sheet
from kpixl.workbook.state import new_state
from kpixl.xlsx import Package

_DAY_OFF = dt.date(2026, 9, 21)


def _choose(path: Path, words: object, name: str = WEEKEND) -> str:
    """Type the weekly days off, or what another cell is for; return the sheet and address."""
    with Package.open(path) as book:
        sheet, _, cell = book.names[name].replace("$", "").replace("'", "").rpartition("!")
        book.set_cells(sheet, {cell: words})
        book.save()
    return f"{sheet}!{cell}"


def _read(path: Path) -> Plan:
    with Book(path) as book:
        return read_plan(book)


@pytest.fixture
def shop(small_plan: Callable[..., Plan]) -> Plan:
    """A plan of a shop that closes on Wednesdays, with a half day and a holiday on which it is open."""
    period = small_plan().period
    closures = tuple(day for day in period.closures if day != _DAY_OFF)
    parts = (_DAY_OFF, 1.0), (dt.date(2026, 10, 30), 0.5)
    return small_plan(period=replace(period, closures=closures, weekend="0010000", part_days=parts))


def test_days_off_and_half_days_are_kept_in_the_workbook(shop: Plan, tmp_path: Path) -> None:
    path = tmp_path / "shop.xlsx"
    build(new_state(shop), path)
    assert _read(path) == shop
    # September: 30 days, 5 Wednesdays, of the three holidays the 22nd is left; October: 31, 4, the 12th, half a day
    assert shop.period.business_days.tolist() == [24, 25.5]


@pytest.mark.parametrize(
    ("words", "weekend"),
    [("水曜", "0010000"), ("日・祝", "0000001"), (11.0, "0000001"), ("0000000", "0000000"), (None, "0000011")],
)
def test_days_off_are_typed_as_people_write_them(small_book: Callable[..., Path], words: object, weekend: str) -> None:
    path = small_book()
    _choose(path, words)
    assert _read(path).period.weekend == weekend


def test_days_off_that_cannot_be_read_are_named_by_their_cell(small_book: Callable[..., Path]) -> None:
    path = small_book()
    cell = _choose(path, "不定休")
    with pytest.raises(InvalidPlan, match=f"{cell}.*不定休.*土日"):
        _read(path)


def test_the_share_of_a_day_is_typed_beside_it(small_book: Callable[..., Path], typing: Callable[..., None]) -> None:
    path = small_book()
    typing(path, "kpixl_closures", 1, {"営業の割合": "50%"})
    period = _read(path).period
    assert period.part_days == ((_DAY_OFF, 0.5),)
    assert period.business_days.tolist() == [19.5, 21]


def test_a_share_beyond_a_day_and_two_shares_of_a_day_are_named_by_their_cell(
    small_book: Callable[..., Path], typing: Callable[..., None], place: Callable[..., tuple[str, str]]
) -> None:
    path = small_book()
    typing(path, "kpixl_closures", 1, {"営業の割合": 1.5})
    with pytest.raises(InvalidPlan, match="!".join(place(path, "kpixl_closures", "営業の割合"))):
        _read(path)
    typing(path, "kpixl_closures", 1, {"営業の割合": 0.5})
    typing(path, "kpixl_closures", 2, {"日付": _DAY_OFF})
    with pytest.raises(InvalidPlan, match="!".join(place(path, "kpixl_closures", "営業の割合", 2))):
        _read(path)
    typing(path, "kpixl_closures", 2, {"日付": None, "営業の割合": 0.5})
    with pytest.raises(InvalidPlan, match="!".join(place(path, "kpixl_closures", "営業の割合", 2))):
        _read(path)


def test_a_refresh_spreads_the_months_by_what_was_typed(
    small_book: Callable[..., Path], typing: Callable[..., None], table_rows: Callable[..., list[dict[str, Any]]]
) -> None:
    path = small_book()
    typing(path, "kpixl_closures", 1, {"営業の割合": 0.5})
    _choose(path, "日曜")
    refresh(path, as_of=dt.date(2026, 9, 18))
    # 26 days without Sundays in September, three holidays, one of them half a day; 27 in October, one holiday
    assert [row["営業日"] for row in table_rows(path, "kpixl_team")[:2]] == [23.5, 26]
    days = table_rows(path, "kpixl_calendar")
    assert sum(row["営業の割合"] for row in days) == 49.5
    assert len(days) == 61


@pytest.mark.calc
def test_a_spreadsheet_counts_the_same_days_before_any_refresh(
    shop: Plan,
    tmp_path: Path,
    differences: Callable[..., tuple[int, dict[Any, Any]]],
    recalculate: Callable[..., Path],
    table_rows: Callable[..., list[dict[str, Any]]],
    typing: Callable[..., None],
    load: Callable[..., Any],
) -> None:
    made, typed, said = (tmp_path / name for name in ("made.xlsx", "typed.xlsx", "said.xlsx"))
    build(new_state(shop), made)
    shutil.copy(made, typed)
    _choose(typed, "なし")
    typing(typed, "kpixl_closures", 2, {"営業の割合": 0.25})
    read = _say(shop, said)
    computed = recalculate(made, typed, said)
    assert differences(made, lambda path: computed)[1] == {}
    days = [row["営業日"] for row in table_rows(computed.with_name(typed.name), "kpixl_team")[:2]]
    assert days == _read(typed).period.business_days.tolist() == [28.25, 29.5]
    cells = load(computed.with_name(said.name), data_only=True).worksheets[0]
    assert [cells.cell(row, 2).value for row in range(1, len(read) + 1)] == read


def _say(plan: Plan, path: Path) -> list[str]:
    """Write days off as people write them, each beside the formula that reads it, and return how they are read."""
    said: dict[str, list[Any]] = {
        "ja": ["土日祝", "日曜のみ", "水・祝日", "月曜日と木曜日", "年中無休", "0010001", "11", 11, 7, 1000001],
        "en": ["None", "Saturdays and Sundays", "wed only", "Mon & Thursday", "Sundays and holidays"],
    }
    said["ja"] += weekend_choices()
    read = []
    with xlsxwriter.Workbook(path) as book:
        page = book.add_worksheet()
        for language, words in said.items():
            with speaking(language):
                formula = (
                    calendar_sheet(new_state(replace(plan, language=language))).blocks[0].rows[0][0].content.formula
                )
                for word in words:
                    read.append(parse_weekend(word))
                    page.write(len(read) - 1, 0, word)
                    page.write_formula(len(read) - 1, 1, formula.replace(WEEKEND, f"A{len(read)}"))
    return read


def test_the_calendar_grows_with_the_plan(
    small_book: Callable[..., Path], table_rows: Callable[..., list[Any]]
) -> None:
    path = small_book()
    _choose(path, 3, "kpixl_months")
    refresh(path, as_of=dt.date(2026, 9, 18))
    assert [len(table_rows(path, "kpixl_calendar")), len(table_rows(path, "kpixl_team"))] == [91, 3]
