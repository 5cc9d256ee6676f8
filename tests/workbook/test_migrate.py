"""Plan workbooks of older versions are migrated by a refresh, and nothing that their users put there is lost.

Each workbook in `frozen` was made and filled by the kpixl of its day: facts of three months, entries, settings, a
decision, a formula typed over, and the user's own note, text box, chart, name, sheet and column.
"""

import datetime as dt
import re
import shutil
import warnings
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from lxml import etree

from kpixl.errors import WorkbookRefused
from kpixl.workbook.books import Book
from kpixl.workbook.check import check_book
from kpixl.workbook.migrate import Migration
from kpixl.workbook.opened import in_excel
from kpixl.workbook.planbook import build
from kpixl.workbook.refresh import Refreshed, read_state, refresh, refresh_book
from kpixl.workbook.report import write_report
from kpixl.workbook.sheets import plan_sheets
from kpixl.xlsx import Package
from kpixl.xlsx.address import Area, address

_DAY = dt.date(2025, 6, 18)
_KEPT = {  # what the workbooks of that time call headings and words of today
    "今日までの目標": "標準進捗",
    "今日までの差": "進捗差",
    "受注件数を固定": "受注の固定",
    "稼働量": "戦力",
    "1人1日の上限": "上限/人日",
    "1日の上限": "上限/日",
    "月の進捗率": "達成率",
    "今日までの達成率": "達成率",
    "○ 順調": "計画通り",
    "△ 挽回できる": "挽回可能",
    "× 届かない見込み": "未達見込み",
}
_FROZEN = sorted(Path(__file__).with_name("frozen").glob("*.xlsx"))
_OWN = "私の列"
_TYPED = ("kpixl_entries", "kpixl_members", "kpixl_channels", "kpixl_csfs", "kpixl_stages", "kpixl_closures")
Rows = Callable[[Path, str], list[dict[str, Any]]]


@dataclass(frozen=True)
class Brought:
    """An older workbook, the same after a refresh, and the receipt. Tests copy them and never change them."""

    old: Path
    now: Path
    said: Refreshed


@pytest.fixture(scope="module")
def bringing(tmp_path_factory: pytest.TempPathFactory) -> Callable[[Path], Brought]:
    """Refresh a frozen workbook; each is refreshed only once."""

    @cache
    def run(old: Path) -> Brought:
        now = Path(shutil.copy(old, tmp_path_factory.mktemp(old.stem) / "plan.xlsx"))
        return Brought(old, now, refresh(now, as_of=_DAY))

    return run


@pytest.fixture(params=_FROZEN, ids=lambda path: path.stem)
def brought(request: pytest.FixtureRequest, bringing: Callable[[Path], Brought]) -> Brought:
    """Each workbook of an older kpixl, refreshed."""
    return bringing(request.param)


@pytest.fixture
def oldest(tmp_path: Path) -> Path:
    """A copy of the plan workbook of 24 November."""
    return Path(shutil.copy(_FROZEN[0], tmp_path / "plan.xlsx"))


def _state(path: Path) -> Any:
    with Book(path) as book, book.speaking():
        return read_state(book, as_of=_DAY)


def test_what_was_typed_and_imported_is_the_same_before_and_after(brought: Brought, table_rows: Rows) -> None:
    before, after = _state(brought.old), _state(brought.now)
    assert before.plan == after.plan
    assert before.facts.equals(after.facts)
    assert len(after.facts) > 50
    assert before.tracking.values.equals(after.tracking.values)
    for name in (*_TYPED, "kpixl_facts"):
        rows = table_rows(brought.old, name)
        assert [{key: row[key] for key in rows[0]} for row in table_rows(brought.now, name)] == rows, name
    for name, column in (("kpixl_progress", _OWN), ("kpixl_triggers", -1)):
        told = [
            [row[column] if column == _OWN else [*row.values()][column] for row in table_rows(path, name)]
            for path in (brought.old, brought.now)
        ]
        assert told[0] == told[1]
    assert told[0][0] == "据え置き"


def test_parts_outside_kpixls_own_keep_their_bytes(brought: Brought, parts: Callable[[Path], dict[str, bytes]]) -> None:
    before, after = parts(brought.old), parts(brought.now)
    assert set(before) <= set(after)
    kept = {name for name in before if re.search(r"comments|vmlDrawing|drawings/|theme|sharedStrings", name)}
    own = [name for name in before if "私の集計".encode() in before[name] and "chart" in name]
    assert len(kept) > 6
    assert own
    assert {name for name in (*kept, *own) if before[name] != after[name]} == set()
    old, new = (etree.fromstring(version["xl/styles.xml"]) for version in (before, after))
    for holder in old:  # new sheets have formats besides, behind those that were there
        formats = [etree.tostring(one) for one in new.find(holder.tag)]
        assert [etree.tostring(one) for one in holder] == formats[: len(holder)]


def test_differences_of_rates_are_in_points_then_and_are_shown_so(
    brought: Brought, table_rows: Rows, place: Callable[..., tuple[str, str]], load: Callable[..., Any]
) -> None:
    english = brought.said.tracking.plan.members[0].name.isascii()
    heading, minus = ("Rate gap", "-") if english else ("率の差", "▲")
    for table in ("kpixl_gap", "kpixl_actions"):
        sheet, cell = place(brought.now, table, heading, 1)
        assert "%" in load(brought.old)[sheet][cell].number_format
        assert load(brought.now)[sheet][cell].number_format == f'+0.0"pt"_0;{minus}0.0"pt"_0;0.0"pt"_0'
    rows = [[*row.values()] for row in table_rows(brought.now, "kpixl_gap")[2:]]
    points = [row[5:8] for row in rows if row[7] not in (None, "")]  # target rate, actual rate, and their difference
    assert points
    for target, actual, difference in points:
        assert difference == pytest.approx((actual - target) * 100)
    assert sum("pt" in line or "in points" in line for line in brought.said.migrated) == 3


def test_notes_charts_names_and_the_cell_typed_over_are_still_there(brought: Brought, load: Callable[..., Any]) -> None:
    charts = {sheet.title: len(sheet._charts) for sheet in load(brought.old).worksheets}
    book = load(brought.now)
    assert {title: len(book[title]._charts) for title in charts} == charts
    assert book.worksheets[2]["B6"].comment.text == "根拠は議事録"
    assert [row[0].value for row in book["私の集計"]["A1:A3"]] == [10, 20, 30]
    assert book.defined_names["私の名前"].attr_text == "'私の集計'!$A$1"
    [(sheet, area)] = [(s, s.tables["kpixl_bands"].ref) for s in book.worksheets if "kpixl_bands" in s.tables]
    assert sheet[area][1][2].value == 0.5
    with zipfile.ZipFile(brought.now) as archive:
        drawings = b"".join(archive.read(name) for name in archive.namelist() if "/drawings/drawing" in name)
    assert "会議で話す".encode() in drawings


def test_an_older_plan_is_in_yen_until_another_currency_is_chosen(oldest: Path) -> None:
    refresh(oldest, as_of=_DAY)
    assert _state(oldest).plan.currency == "JPY"
    with Package.open(oldest) as book:
        sheet, cell = book.names["kpixl_currency"].split("!")
        book.set_cells(sheet.strip("'"), {cell.replace("$", ""): "$"})
        book.save()
    refresh(oldest, as_of=_DAY)
    with zipfile.ZipFile(oldest) as archive:
        codes = re.findall(r'formatCode="([^"]+)"', archive.read("xl/styles.xml").decode())
    assert any("$" in code and "#,##0" in code for code in codes)
    assert not any("円" in code for code in codes)


def test_nothing_is_put_below_a_table_that_is_typed_into(brought: Brought) -> None:
    """The rates of the last months would fit below the channels of an older plan, which then could not grow."""
    with Package.open(brought.now) as book:
        place = book.names["kpixl_recent_rates"].split("!")[0].strip("'")
        assert place != book.tables["kpixl_channels"].sheet


@pytest.mark.calc
def test_every_formula_has_the_value_that_it_computes(
    brought: Brought, differences: Callable[..., tuple[int, dict[Any, Any]]]
) -> None:
    formulas, wrong = differences(brought.now)
    assert formulas > 1500
    assert {key: found for key, found in wrong.items() if found[1] is not None} == {}  # None: left to be computed
    assert set(wrong) <= {("私の集計", "B1")}


def test_the_figures_are_those_of_a_new_workbook(
    bringing: Callable[[Path], Brought], tmp_path: Path, table_rows: Rows
) -> None:
    brought, new = bringing(_FROZEN[0]), tmp_path / "new.xlsx"
    build(_state(brought.old), new)
    for name in ("kpixl_progress", "kpixl_gap", "kpixl_by_member", "kpixl_monthly", "kpixl_funnel"):
        made = table_rows(new, name)
        now = table_rows(brought.now, name)
        assert len(now) == len(made)
        for row, other in zip(now, made, strict=True):
            for key, value in other.items():
                same = pytest.approx(value, rel=1e-12) if isinstance(value, float) else _KEPT.get(value, value)
                assert row[_KEPT.get(key, key)] == same, (name, key)
    more = [row["確保済み"] for row in table_rows(brought.now, "kpixl_team_more")]
    assert more == pytest.approx([row["確保済み"] for row in table_rows(new, "kpixl_team")])


def test_it_is_reported_and_a_dry_run_reports_it_without_writing(
    bringing: Callable[[Path], Brought], oldest: Path
) -> None:
    brought, content = bringing(_FROZEN[0]), oldest.read_bytes()
    would = refresh(oldest, as_of=_DAY, dry_run=True)
    assert oldest.read_bytes() == content
    assert would.told[: len(would.migrated)] == would.migrated == brought.said.migrated
    lines = "\n".join(would.migrated)
    assert all(name in lines for name in ("kpixl_closed", "kpixl_team_more", "kpixl_whole_period", "kpixl_monthly"))


def test_a_second_refresh_changes_nothing(bringing: Callable[[Path], Brought], tmp_path: Path) -> None:
    brought = bringing(_FROZEN[0])
    again = refresh(Path(shutil.copy(brought.now, tmp_path / "again.xlsx")), as_of=_DAY)
    assert (again.migrated, again.receipt.changed) == ((), ())


def test_every_typed_cell_has_a_hint_afterwards(brought: Brought, load: Callable[..., Any]) -> None:
    state, book = _state(brought.old), load(brought.now)
    rules = {sheet.title: sheet.data_validations.dataValidation for sheet in book.worksheets}
    silent, seen = [], 0
    with Book(brought.now) as now, now.speaking():
        for table in (table for sheet in plan_sheets(state) for table in sheet.tables):
            found = now.tables[table.name]
            hinted = [one for rule in rules[found.sheet] if rule.prompt for one in str(rule.sqref).split()]
            left, top, _, bottom = found.body_area
            for column in table.columns:
                if column.typed and column.heading in found.columns:
                    place = left + found.columns.index(column.heading)
                    cells = [(place, row) for row in range(top, bottom + 1)]
                    seen += len(cells)
                    silent += [cell for cell in cells if not any(Area.parse(one).holds(*cell) for one in hinted)]
    assert silent == []
    assert seen > 300


def test_reports_and_checks_read_it_as_it_is(brought: Brought, tmp_path: Path) -> None:
    old = Path(shutil.copy(brought.old, tmp_path / "plan.xlsx"))
    content = old.read_bytes()
    report = write_report(old, dt.date(2025, 5, 1), tmp_path)
    _, remarks = check_book(old)
    assert old.read_bytes() == content
    assert remarks == check_book(brought.now)[1]
    (tmp_path / "later").mkdir()
    assert write_report(brought.now, dt.date(2025, 5, 1), tmp_path / "later").sentences == report.sentences


def test_a_last_day_typed_into_the_added_column_counts(oldest: Path, typing: Callable[..., None]) -> None:
    refresh(oldest, as_of=_DAY)
    typing(oldest, "kpixl_members", 3, {"退任日": dt.date(2025, 6, 30)})
    assert _state(oldest).plan.members[2].left == dt.date(2025, 6, 30)


@pytest.mark.calc
def test_columns_without_room_go_into_a_second_table_and_count(
    oldest: Path,
    typing: Callable[..., None],
    table_rows: Rows,
    differences: Callable[..., tuple[int, dict[Any, Any]]],
) -> None:
    """The user has written right beside the members, so the last days are typed into a second table."""
    with Package.open(oldest) as book:
        members = book.tables["kpixl_members"]
        book.set_cells(members.sheet, {address(members.body_area.right + 1, 9): "私のメモ"})
        book.save()
    refresh(oldest, as_of=_DAY)
    typing(oldest, "kpixl_members_more", 3, {"退任日": dt.date(2025, 6, 30)})
    assert _state(oldest).plan.members[2].left == dt.date(2025, 6, 30)
    refresh(oldest, as_of=_DAY)
    names = [row["担当"] for row in table_rows(oldest, "kpixl_members")]
    assert [row["担当"] for row in table_rows(oldest, "kpixl_members_more")] == names
    assert _state(oldest).plan.members[2].left == dt.date(2025, 6, 30)
    assert {key for key, found in differences(oldest)[1].items() if found[1] is not None} == set()


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


def test_a_workbook_open_in_excel_is_migrated_only_when_closed(oldest: Path, opening: Callable[[Path], Any]) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        opened = opening(oldest)
    with in_excel(opened.book) as book, pytest.raises(WorkbookRefused, match="閉じて"):
        refresh_book(book, as_of=_DAY)


def test_a_table_or_column_of_today_is_in_the_oldest_workbook_or_listed_as_added(oldest: Path) -> None:
    """A new one must be listed in `kpixl.workbook.added`, or every older plan would be refused."""
    state = _state(oldest)
    with Book(oldest) as book, book.speaking():
        Migration(book, plan_sheets(state))
        for sheet in plan_sheets(state):
            for table in sheet.tables:
                more = book.tables.get(f"{table.name}_more")
                there = {*book.tables[table.name].columns, *(more.columns if more else ())}
                assert {column.heading for column in table.columns} <= there, table.name
            assert all(book.place(block.name) for block in sheet.blocks if block.name)
            assert all(book.refers_to(name) for name in sheet.names)
