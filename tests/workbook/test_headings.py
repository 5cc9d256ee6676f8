"""The meaning of a column does not depend on its heading: users may rename it, and kpixl may change the wording."""

import datetime as dt
import re
import zipfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from kpixl import texts
from kpixl.plan import Channel, Plan, Stage
from kpixl.workbook import planbook
from kpixl.workbook.blocks import Column, Sheet, Table
from kpixl.workbook.books import Book
from kpixl.workbook.check import check_book
from kpixl.workbook.keys import KEYS
from kpixl.workbook.planbook import build
from kpixl.workbook.refresh import Refreshed, read_state, refresh
from kpixl.workbook.report import write_report
from kpixl.workbook.schema import Key
from kpixl.workbook.sheets import plan_sheets
from kpixl.workbook.state import State, new_state
from kpixl.xlsx import Package
from kpixl.xlsx.address import Area, address

_DAY, _MONTH = dt.date(2026, 9, 18), dt.date(2026, 9, 1)
_ROWS = [("2026-09-14", "受注", "佐藤", "Web", "1800000"), ("2026-09-15", "商談", "鈴木", "Web", "0")]
Rows = Callable[[Path, str], list[dict[str, Any]]]
_RENAMED = {
    ("kpixl_kgis", "目標値"): "ねらい",  # typed
    ("kpixl_members", "担当"): "氏名",  # a key, which lists and formulas name
    ("kpixl_channels", "構成比"): "割合",
    ("kpixl_team", "月"): "年月",
    ("kpixl_team", "受注"): "成約",  # a stage
    ("kpixl_channel_targets", "受注"): "成約",  # looked up by name
    ("kpixl_funnel", "商談"): "面談",
    ("kpixl_progress", "今日までの目標"): "標準進捗",
    ("kpixl_facts", "金額"): "売上額",
    ("kpixl_definitions", "メイン/サブ"): "主か副か",
    ("kpixl_closed", "リード"): "見込客",
}


def _rename(path: Path, names: Mapping[tuple[str, str], str]) -> None:
    """Rename headings as Excel does: the cell, the table's column, and every reference to it in a formula."""
    with Package.open(path) as book:
        cells = {}
        for (name, heading), new in names.items():
            table = book.tables[name]
            area = Area.parse(table.ref)
            cells[name, heading] = (
                table.part,
                table.sheet,
                address(area.left + table.columns.index(heading), area.top),
                new,
            )
        parts = dict(book._workbook.worksheets)
    with zipfile.ZipFile(path) as archive:
        content = {name: archive.read(name) for name in archive.namelist()}
    for (name, heading), (part, title, cell, new) in cells.items():
        sheet = parts[title]
        content[part] = re.sub(
            rf'(<tableColumn id="\d+" name="){re.escape(heading)}"'.encode(), rf'\g<1>{new}"'.encode(), content[part]
        )
        text = f'<c r="{cell}"\\1 t="inlineStr"><is><t>{new}</t></is></c>'.encode()
        content[sheet] = re.sub(rf'<c r="{cell}"([^>]*?) t="s"><v>\d+</v></c>'.encode(), text, content[sheet])
        own = rf"({name}\[(?:\[#[A-Z][A-Za-z ]+\],)?\[?(?:[^\[\]]+\]:\[)?){re.escape(heading)}(?=\])".encode()
        content |= {
            other: re.sub(own, rb"\g<1>" + new.encode(), data)
            for other, data in content.items()
            if other.endswith(".xml")
        }
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in content.items():
            archive.writestr(name, data)


@contextmanager
def _worded(monkeypatch: pytest.MonkeyPatch, others: Mapping[str, str]) -> Iterator[None]:
    """Have the locale files say something else."""
    found = texts._find

    def say(key: str, code: str) -> Any:
        told = found(key, code)
        if isinstance(told, dict):
            begin = f"{key}."
            return told | {one[len(begin) :]: text for one, text in others.items() if one.startswith(begin)}
        return others.get(key, told)

    with monkeypatch.context() as patch:
        patch.setattr(texts, "_find", say)
        yield


def _read(path: Path) -> State:
    with Book(path) as book, book.speaking():
        return read_state(book, as_of=_DAY)


def _goes_on(path: Path, before: State, folder: Path) -> Refreshed:
    """Assert that a workbook is refreshed, checked and reported with all its contents."""
    refreshed = refresh(path, as_of=_DAY)
    after = _read(path)
    assert after.plan == before.plan
    assert after.facts.equals(before.facts)
    assert after.tracking.values.equals(before.tracking.values)
    write_report(path, _MONTH, folder)
    check_book(path)
    assert refresh(path, as_of=_DAY).receipt.changed == ()
    return refreshed


@pytest.fixture
def filled(
    once: Callable[..., Path],
    small_book: Callable[..., Path],
    importing: Callable[..., Any],
    typing: Callable[..., None],
) -> Path:
    """The small plan with facts and entries."""

    def make() -> Path:
        path = small_book()
        typing(path, "kpixl_entries", 1, {"日付": dt.date(2026, 9, 16), "KPI": "アポ", "値": 3})
        refresh(path, imported=importing(*_ROWS), as_of=_DAY)
        return path

    return once("filled", make)


def test_headings_that_a_user_renamed_stay_and_keep_their_meaning(
    filled: Path, tmp_path: Path, table_rows: Rows
) -> None:
    before = _read(filled)
    figures = [[*row.values()] for row in table_rows(filled, "kpixl_progress")]
    _rename(filled, _RENAMED)
    _goes_on(filled, before, tmp_path)
    with Package.open(filled) as book:
        for (table, heading), new in _RENAMED.items():
            assert new in book.tables[table].columns
            assert heading not in book.tables[table].columns
    assert [[*row.values()] for row in table_rows(filled, "kpixl_progress")] == figures


@pytest.mark.parametrize(
    ("language", "of_month", "to_date"),
    [("ja", "月の進捗率", "今日までの達成率"), ("en", "Month so far", "Attainment to date")],
)
def test_a_share_of_the_month_and_one_of_what_is_due_have_names_of_their_own(
    small_book: Callable[..., Path], language: str, of_month: str, to_date: str
) -> None:
    with Package.open(small_book(language=language)) as book:
        columns = {name: set(table.columns) for name, table in book.tables.items()}
    assert [{of_month, to_date} & columns[f"kpixl_{name}"] for name in ("progress", "gap", "board")] == [
        {of_month},
        {to_date},
        {to_date},
    ]
    assert all(
        not {of_month, to_date} & headings
        for name, headings in columns.items()
        if name not in ("kpixl_progress", "kpixl_gap", "kpixl_board", "kpixl_member_improvement")
    )


@pytest.mark.calc
def test_formulas_of_renamed_headings_compute_the_same(
    filled: Path, differences: Callable[..., tuple[int, dict[Any, Any]]]
) -> None:
    _rename(filled, _RENAMED)
    refresh(filled, as_of=_DAY)
    formulas, wrong = differences(filled)
    assert formulas > 500
    assert {key: found for key, found in wrong.items() if found[1] is not None} == {}


def test_ten_headings_and_words_may_be_worded_otherwise(
    filled: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = _read(filled)
    keys = ("month", "member", "channel", "kpi", "value", "goal_value", "amount", "event", "mix", "target", "count")
    others = {f"heading.{key}": f"別の{key}" for key in keys} | {
        "measure.revenue": "売上高",
        "role.main": "最重要",
        "event.lost": "見送り",
        "settings.whole_no": "ちがう",
        "status.on_track": "順調",
    }
    with _worded(monkeypatch, others):
        _goes_on(filled, before, tmp_path)
    with Package.open(filled) as book:
        assert "月" in book.tables["kpixl_team"].columns


def test_a_workbook_without_its_keys_is_read_by_any_spelling_of_any_version(
    filled: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As in the workbooks of 24 November: the period's target was called 目標; some headings are in English."""
    before = _read(filled)
    _rename(filled, {("kpixl_definitions", "目標（全期間）"): "目標", ("kpixl_team", "月"): "Month"})
    with zipfile.ZipFile(filled) as archive:
        content = {name: archive.read(name) for name in archive.namelist()}
    with zipfile.ZipFile(filled, "w") as archive:
        for name, data in content.items():
            archive.writestr(name, data.replace(f'"{KEYS}"'.encode(), b'"my_keys"'))
    refreshed = _goes_on(filled, before, tmp_path)
    assert any(KEYS in line for line in refreshed.migrated)
    with Package.open(filled) as book:
        assert "目標" in book.tables["kpixl_definitions"].columns
        assert "Month" in book.tables["kpixl_team"].columns
        assert KEYS in book.tables


@pytest.mark.parametrize("name", ["月", "Month", "目標", "戦略", "売上目標"])
def test_a_stage_may_have_the_name_of_a_heading(
    name: str, small_plan: Callable[..., Plan], importing: Callable[..., Any], tmp_path: Path, table_rows: Rows
) -> None:
    plan = small_plan(
        stages=(
            Stage("lead", "リード"),
            Stage("appointment", name),
            Stage("meeting", "商談", 4.0),
            Stage("won", "受注"),
        )
    )
    path = tmp_path / "plan.xlsx"
    build(new_state(plan), path)
    refresh(path, imported=importing(*_ROWS), as_of=_DAY)
    _goes_on(path, _read(path), tmp_path)
    [own] = [heading for heading in table_rows(path, "kpixl_team")[0] if heading.startswith(name)][-1:]
    total = sum(row[own] for row in table_rows(path, "kpixl_team"))
    assert total == {row["段階"]: row["全期間"] for row in table_rows(path, "kpixl_needs")}[name] == 103


@pytest.mark.calc
def test_formulas_of_a_stage_with_the_name_of_a_heading_compute_the_plan(
    small_plan: Callable[..., Plan], tmp_path: Path, differences: Callable[..., tuple[int, dict[Any, Any]]]
) -> None:
    stages = (Stage("lead", "月"), Stage("appointment", "目標"), Stage("meeting", "商談", 4.0), Stage("won", "受注"))
    build(new_state(small_plan(stages=stages)), tmp_path / "plan.xlsx")
    formulas, wrong = differences(tmp_path / "plan.xlsx")
    assert formulas > 500
    assert wrong == {}


def _shuffled(state: State) -> list[Sheet]:
    """The sheets with a user's column before the others of each table, and the last two columns swapped."""

    def moved(table: Table) -> Table:
        if len(table.columns) < 3 or table.samples:
            return table
        *others, last, end = range(len(table.columns))
        order = [*others, end, last]
        columns = (Column(Key("own", "私の列")), *(table.columns[place] for place in order))
        return replace(
            table,
            columns=columns,
            rows=[(None, *(row[place] for place in order)) for row in table.rows],
            keys=table.keys and table.keys + 1,
        )

    return [replace(sheet, tables=tuple(map(moved, sheet.tables))) for sheet in plan_sheets(state)]


def test_columns_may_be_inserted_and_reordered(
    small_plan: Callable[..., Plan],
    importing: Callable[..., Any],
    tmp_path: Path,
    table_rows: Rows,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    plain, path = tmp_path / "plain.xlsx", tmp_path / "plan.xlsx"
    state = new_state(small_plan())
    build(state, plain)
    with monkeypatch.context() as patch:
        patch.setattr(planbook, "plan_sheets", _shuffled)
        build(state, path)
    for book in (plain, path):
        refresh(book, imported=importing(*_ROWS), as_of=_DAY)
    _goes_on(path, _read(plain), tmp_path)
    for name in ("kpixl_team", "kpixl_progress", "kpixl_facts", "kpixl_monthly", "kpixl_closed"):
        rows = [{key: row[key] for key in row if key != "私の列"} for row in table_rows(path, name)]
        assert rows == table_rows(plain, name)


def test_a_column_of_the_users_is_not_taken_for_a_new_one_with_the_same_heading(
    small_plan: Callable[..., Plan], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The user's own column has the heading of a column that a later kpixl adds."""
    path = tmp_path / "plan.xlsx"

    def older(state: State) -> list[Sheet]:
        def without(table: Table) -> Table:
            if table.name != "kpixl_members":
                return table
            columns = [Key("own", "退任日") if one.key == "left" else one.key for one in table.columns]
            named = zip(table.columns, columns, strict=True)
            return replace(table, columns=tuple(replace(column, key=key) for column, key in named))

        return [replace(sheet, tables=tuple(map(without, sheet.tables))) for sheet in plan_sheets(state)]

    with monkeypatch.context() as patch:
        patch.setattr(planbook, "plan_sheets", older)
        build(new_state(small_plan(channels=(Channel("Web", 1, (0.5, 0.5, 0.5)),))), path)
    refresh(path, as_of=_DAY)
    with Package.open(path) as book:
        columns, tables = book.tables["kpixl_members"].columns, [*book.tables]
    assert columns.count("退任日") == 1
    assert "退任日（KPI）" in columns or "kpixl_members_more" in tables
