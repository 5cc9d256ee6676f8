"""If the date is changed without a refresh, results of the old date are marked, and are not mixed with new figures."""

import datetime as dt
from collections.abc import Callable
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from kpixl.plan import Plan
from kpixl.texts import say, speaking
from kpixl.workbook.refresh import refresh
from kpixl.workbook.sheets import plan_sheets
from kpixl.workbook.state import new_state
from kpixl.xlsx import Package
from kpixl.xlsx.address import Area

_DAY, _LATER = dt.date(2026, 9, 18), dt.date(2026, 9, 25)
_EVENTS = (
    *[("2026-09-03", "リード", "", "Web", "")] * 9,
    *[("2026-09-04", "アポ", "佐藤", "Web", "")] * 4,
    *[("2026-09-07", "商談", "佐藤", "Web", "")] * 2,
    ("2026-09-17", "受注", "佐藤", "Web", "1,800,000"),
    ("2026-09-24", "受注", "鈴木", "Web", "3,000,000"),
)
_FOUND = {  # columns that only a refresh computes, by table
    "kpixl_gap": ["effect", "rank"],
    "kpixl_member_status": ["rank", "strengths", "weaknesses"],
    "kpixl_triggers": ["months_in_force", "reasons"],
}
_WHOLE = ("kpixl_member_ranking", "kpixl_member_improvement")
_HEADS = (
    *("kpixl_gap_head", "kpixl_waterfall_head", "kpixl_levers_head", "kpixl_triggers_head"),
    *("kpixl_member_status_head", "kpixl_member_ranking_head", "kpixl_member_improvement_head", "kpixl_actions_head"),
)


def _type_day(path: Path, day: dt.date) -> None:
    with Package.open(path) as book:
        sheet, cell = book.names["kpixl_as_of"].replace("$", "").split("!")
        book.set_cells(sheet, {cell: day})
        book.save()


def _named(path: Path, name: str) -> Any:
    book = openpyxl.load_workbook(path, data_only=True)
    sheet, cell = book.defined_names[name].value.replace("$", "").split("!")
    return book[sheet.strip("'")][cell].value


@pytest.mark.parametrize(("language", "told"), [("ja", "2026/09/18"), ("en", "2026-09-18")])
def test_each_headline_names_the_day_of_the_last_refresh(
    small_book: Callable[..., Path], language: str, told: str
) -> None:
    path = small_book(language=language)
    refresh(path, as_of=_DAY)
    book = openpyxl.load_workbook(path, data_only=True)
    for name in _HEADS:
        sheet, cell = book.defined_names[name].value.replace("$", "").split("!")
        assert told in book[sheet.strip("'")][cell].value
    assert _named(path, "kpixl_analysed_on").date() == _DAY


def test_what_a_refresh_found_is_grey_on_another_day(small_book: Callable[..., Path]) -> None:
    path = small_book()
    book = openpyxl.load_workbook(path)
    grey = {
        (sheet.title, area)
        for sheet in book.worksheets
        for formats in sheet.conditional_formatting
        for rule in formats.rules
        if rule.formula == ["kpixl_as_of<>kpixl_analysed_on"] and rule.stopIfTrue
        for area in map(Area.parse, str(formats.sqref).split())
    }
    with speaking("ja"):
        wanted = {name: [say(f"heading.{key}") for key in keys] for name, keys in _FOUND.items()}
    for sheet in book.worksheets:
        for table in sheet.tables.values():
            name = table.name
            left, top, _, bottom = Area.parse(table.ref)
            headings = [column.name for column in table.tableColumns]
            for heading in headings if name in _WHOLE else wanted.get(name, ()):
                column = left + headings.index(heading)
                assert any(title == sheet.title and area.holds(column, top + 1) for title, area in grey), heading
                assert any(title == sheet.title and area.holds(column, bottom) for title, area in grey), heading


@pytest.mark.parametrize("live", [False, True])
def test_the_progress_is_formulas_and_never_grey(small_plan: Callable[..., Plan], live: bool) -> None:
    with speaking("ja"):
        sheets = plan_sheets(new_state(small_plan(), live=live))
        heads = {block.name: block.rows[0][0] for sheet in sheets for block in sheet.blocks}
    progress = next(table for sheet in sheets for table in sheet.tables if table.name == "kpixl_progress")
    landing = {"landing", "low", "high", "probability", "status", "alert"}
    assert {column.key for column in progress.columns if column.formula and not column.analysed} >= landing
    head = heads["kpixl_progress_head"]
    assert head is not None
    assert head.content == "今月のKPI"


@pytest.mark.calc
def test_no_chart_mixes_the_figures_of_two_days(
    small_book: Callable[..., Path],
    importing: Callable[..., Any],
    recalculate: Callable[..., Path],
    table_rows: Callable[..., Any],
) -> None:
    """On the later date the waterfall shows only its ends; the bars, which are formulas, follow at once."""
    path = small_book()
    refresh(path, imported=importing(*_EVENTS), as_of=_DAY)
    _type_day(path, _LATER)
    computed = recalculate(path)
    first, *steps, last = table_rows(computed, "kpixl_waterfall")
    assert last["影響"] == 4_800_000
    assert first["影響"] > 0
    assert [step["影響"] for step in steps] == [0] * len(steps)
    assert [step["グラフの見出し"] for step in steps] == [step["要因"] for step in steps]
    bands = table_rows(computed, "kpixl_bands")
    refresh(path, as_of=_LATER)
    refreshed = recalculate(path)
    anew = table_rows(refreshed, "kpixl_bands")
    assert [row["実績"] for row in bands] == pytest.approx([row["実績"] for row in anew])
    assert all(row["下限〜上限"] is not None for row in bands)
    assert any(step["影響"] for step in table_rows(refreshed, "kpixl_waterfall")[1:-1])
    assert any(row["下限〜上限"] for row in table_rows(refreshed, "kpixl_bands"))


def test_samples_are_in_italics_until_they_are_changed(loop: Callable[[str], Any]) -> None:
    made = loop("ja")
    book = openpyxl.load_workbook(made.new)
    slanted = {
        rule.formula[0].strip('"')
        for formats in book["設定"].conditional_formatting
        for rule in formats.rules
        if rule.type == "cellIs" and rule.dxf.font.i
    }
    assert {member.name for member in made.plan.members} <= slanted
    assert {"104000000", "25000000", "-0.05"} <= slanted
