"""Plan workbooks of older versions are brought up by a refresh, and nothing that their users put there is lost.

Each in `frozen` was made and filled by the kpixl of its day: facts of three months, entries, settings, a decision, a
formula typed over, a note, a text box, a chart, a name, a sheet and a column of the user's.
"""

import datetime as dt
import re
import shutil
import warnings
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from kpixl.errors import WorkbookRefused
from kpixl.plan import read_template
from kpixl.texts import speaking
from kpixl.workbook.books import Book
from kpixl.workbook.check import check_book
from kpixl.workbook.migrate import Migration
from kpixl.workbook.opened import in_excel
from kpixl.workbook.planbook import build
from kpixl.workbook.refresh import read_state, refresh, refresh_book
from kpixl.workbook.report import write_report
from kpixl.workbook.sheets import plan_sheets
from kpixl.workbook.state import new_state
from kpixl.xlsx import Package

_DAY = dt.date(2025, 6, 18)
_FROZEN = sorted(Path(__file__).with_name("frozen").glob("*.xlsx"))
_OWN = "私の列"
_TYPED = ("kpixl_entries", "kpixl_members", "kpixl_channels", "kpixl_csfs", "kpixl_stages", "kpixl_closures")
Rows = Callable[[Path, str], list[dict[str, Any]]]


@pytest.fixture(params=_FROZEN, ids=lambda path: path.stem)
def old(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """A copy of a plan workbook that an older kpixl made."""
    return Path(shutil.copy(request.param, tmp_path / "plan.xlsx"))


@pytest.fixture
def oldest(tmp_path: Path) -> Path:
    """A copy of the plan workbook of 24 November."""
    return Path(shutil.copy(_FROZEN[0], tmp_path / "plan.xlsx"))


def _state(path: Path) -> Any:
    with Book(path) as book, speaking(book.language):
        return read_state(book, as_of=_DAY)


def test_what_was_typed_and_imported_is_the_same_before_and_after(old: Path, table_rows: Rows) -> None:
    before, typed = _state(old), {name: table_rows(old, name) for name in (*_TYPED, "kpixl_facts")}
    own = {str(row["KPI"]): row[_OWN] for row in table_rows(old, "kpixl_progress")}
    decisions = [[*row.values()][-1] for row in table_rows(old, "kpixl_triggers")]
    refresh(old, as_of=_DAY)
    after = _state(old)
    assert before.plan == after.plan
    assert before.facts.equals(after.facts)
    assert len(after.facts) > 50
    assert before.tracking.values.equals(after.tracking.values)
    for name, rows in typed.items():
        now = table_rows(old, name)
        assert [{key: row[key] for key in rows[0]} for row in now] == rows, name
    assert {str(row["KPI"]): row[_OWN] for row in table_rows(old, "kpixl_progress")} == own
    assert [[*row.values()][-1] for row in table_rows(old, "kpixl_triggers")] == decisions
    assert decisions[0] == "据え置き"


def test_parts_outside_kpixls_own_keep_their_bytes(old: Path, parts: Callable[[Path], dict[str, bytes]]) -> None:
    before = parts(old)
    refresh(old, as_of=_DAY)
    after = parts(old)
    assert set(before) <= set(after)
    kept = {name for name in before if re.search(r"comments|vmlDrawing|drawings/|styles|theme|sharedStrings", name)}
    own = [name for name in before if "私の集計".encode() in before[name] and "chart" in name]
    assert len(kept) > 6 and own
    assert {name for name in (*kept, *own) if before[name] != after[name]} == set()


def test_notes_charts_names_and_the_cell_typed_over_are_still_there(old: Path, load: Callable[..., Any]) -> None:
    charts = {sheet.title: len(sheet._charts) for sheet in load(old).worksheets}
    refresh(old, as_of=_DAY)
    book = load(old)
    assert {title: len(book[title]._charts) for title in charts} == charts
    assert book.worksheets[1]["B6"].comment.text == "根拠は議事録"
    assert [row[0].value for row in book["私の集計"]["A1:A3"]] == [10, 20, 30]
    assert book.defined_names["私の名前"].attr_text == "'私の集計'!$A$1"
    [(sheet, area)] = [(s, s.tables["kpixl_bands"].ref) for s in book.worksheets if "kpixl_bands" in s.tables]
    assert sheet[area][1][2].value == 0.5
    with zipfile.ZipFile(old) as archive:
        drawings = b"".join(archive.read(name) for name in archive.namelist() if "/drawings/drawing" in name)
    assert "会議で話す".encode() in drawings


def test_the_workbook_then_has_all_that_a_new_one_has(old: Path, tmp_path: Path) -> None:
    with Book(old) as book:
        template, language = book.template, book.language
    new = tmp_path / "new.xlsx"
    with speaking(language):
        build(new_state(read_template(template, language=language, start=dt.date(2025, 4, 1))), new)
    refresh(old, as_of=_DAY)
    with Package.open(old) as brought, Package.open(new) as made:
        assert set(made.tables) <= set(brought.tables)
        assert set(made.names) <= set(brought.names)
        for name, table in made.tables.items():
            apart = brought.tables.get(f"{name}_more")
            assert {*table.columns} <= {*brought.tables[name].columns, *(apart.columns if apart else ())}


@pytest.mark.calc
def test_every_formula_has_the_value_that_it_computes(
    old: Path, differences: Callable[..., tuple[int, dict[Any, Any]]]
) -> None:
    refresh(old, as_of=_DAY)
    formulas, wrong = differences(old)
    assert formulas > 1500
    assert {key: found for key, found in wrong.items() if found[1] is not None} == {}  # None: left to be computed
    assert set(wrong) <= {("私の集計", "B1")}


def test_the_figures_are_those_of_a_new_workbook(oldest: Path, tmp_path: Path, table_rows: Rows) -> None:
    state, new = _state(oldest), tmp_path / "new.xlsx"
    build(state, new)
    refresh(oldest, as_of=_DAY)
    for name in ("kpixl_progress", "kpixl_gap", "kpixl_by_member"):
        made = table_rows(new, name)
        assert [{key: row[key] for key in made[0]} for row in table_rows(oldest, name)] == made, name
    more = [row["確保済み"] for row in table_rows(oldest, "kpixl_team_more")]
    assert more == [row["確保済み"] for row in table_rows(new, "kpixl_team")]


def test_it_is_said_and_a_dry_run_says_it_without_writing(old: Path) -> None:
    content = old.read_bytes()
    told = refresh(old, as_of=_DAY, dry_run=True).told
    assert old.read_bytes() == content
    lines = "\n".join(told)
    assert all(name in lines for name in ("kpixl_closed", "kpixl_team_more", "kpixl_whole_period", "kpixl_monthly"))
    assert refresh(old, as_of=_DAY).migrated == tuple(told[: told.index(next(t for t in told if "kpixl_stages" in t))])


def test_a_second_refresh_changes_nothing(old: Path) -> None:
    refresh(old, as_of=_DAY)
    content = old.read_bytes()
    again = refresh(old, as_of=_DAY)
    assert (again.migrated, again.receipt.changed) == ((), ())
    assert old.read_bytes() == content


def test_reports_and_checks_read_it_as_it_is(old: Path, tmp_path: Path) -> None:
    content = old.read_bytes()
    (tmp_path / "reports").mkdir()
    report = write_report(old, dt.date(2025, 5, 1), tmp_path / "reports")
    _, remarks = check_book(old)
    assert old.read_bytes() == content
    assert [remark for remark in remarks if remark.finding.severity.name == "ERROR"] == []
    refresh(old, as_of=_DAY)
    again = write_report(old, dt.date(2025, 5, 1), tmp_path / "reports")
    assert again.sentences == report.sentences


def test_a_last_day_typed_into_the_added_column_counts(oldest: Path, typing: Callable[..., None]) -> None:
    refresh(oldest, as_of=_DAY)
    typing(oldest, "kpixl_members", 3, {"退任日": dt.date(2025, 6, 30)})
    assert _state(oldest).plan.members[2].left == dt.date(2025, 6, 30)


def test_where_columns_find_no_room_they_stand_apart_and_count_too(
    oldest: Path, typing: Callable[..., None], table_rows: Rows, place: Callable[..., tuple[str, str]]
) -> None:
    """The user has written right beside the members: the last days are typed into a table of their own."""
    sheet, cell = place(oldest, "kpixl_members", "氏名", 1)
    with Package.open(oldest) as book:
        right = book.tables["kpixl_members"].body_area.right
        book.set_cells(sheet, {f"{openpyxl.utils.get_column_letter(right + 1)}9": "私のメモ"})
        book.save()
    refresh(oldest, as_of=_DAY)
    typing(oldest, "kpixl_members_more", 3, {"退任日": dt.date(2025, 6, 30)})
    assert _state(oldest).plan.members[2].left == dt.date(2025, 6, 30)
    refresh(oldest, as_of=_DAY)
    names = [row["氏名"] for row in table_rows(oldest, "kpixl_members")]
    assert [row["氏名"] for row in table_rows(oldest, "kpixl_members_more")] == names
    assert _state(oldest).plan.members[2].left == dt.date(2025, 6, 30)


def test_a_new_table_never_lands_on_what_the_user_has(oldest: Path, load: Callable[..., Any]) -> None:
    with Package.open(oldest) as book:
        sheet = book.tables["kpixl_facts"].sheet
        book.set_cells(sheet, {"AT40": "私のメモ"})
        book.save()
    refresh(oldest, as_of=_DAY)
    with Package.open(oldest) as book:
        assert book.tables["kpixl_deals"].sheet == "追加の表"
        assert book.tables["kpixl_balances"].sheet == sheet
    assert load(oldest)[sheet]["AT40"].value == "私のメモ"


def test_a_table_that_every_version_had_is_refused_when_it_is_gone(oldest: Path) -> None:
    with zipfile.ZipFile(oldest) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    with zipfile.ZipFile(oldest, "w") as archive:
        for name, content in parts.items():
            archive.writestr(name, content.replace(b'"kpixl_levels"', b'"my_levels"'))
    with pytest.raises(WorkbookRefused, match="kpixl_levels"):
        refresh(oldest, as_of=_DAY)


def test_a_workbook_open_in_excel_is_brought_up_when_closed(oldest: Path, opening: Callable[[Path], Any]) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        opened = opening(oldest)
    with in_excel(opened.book) as book, pytest.raises(WorkbookRefused, match="閉じて"):
        refresh_book(book, as_of=_DAY)


def test_a_table_or_column_of_today_is_in_the_oldest_workbook_or_said_to_be_added(oldest: Path) -> None:
    """Whoever adds one says so in `kpixl.workbook.added`, or every older plan would be refused."""
    state = _state(oldest)
    with Book(oldest) as book, speaking(book.language):
        Migration(book, plan_sheets(state))
        for sheet in plan_sheets(state):
            for table in sheet.tables:
                more = book.tables.get(f"{table.name}_more")
                there = {*book.tables[table.name].columns, *(more.columns if more else ())}
                assert {column.heading for column in table.columns} <= there, table.name
            assert all(book.place(block.name) for block in sheet.blocks if block.name)
            assert all(book.refers_to(name) for name in sheet.names)
