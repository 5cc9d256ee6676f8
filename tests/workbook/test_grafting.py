"""A sheet that a newer kpixl has is put into older workbooks as a new workbook has it, and nothing else is touched."""

import datetime as dt
import re
import shutil
import warnings
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from lxml import etree
from openxml_audit import OpenXmlValidator

from kpixl.errors import WorkbookRefused
from kpixl.workbook import grafting
from kpixl.workbook import refresh as refreshing
from kpixl.workbook.blocks import Block, Calc, Cell, Chart, Column, Series, Sheet, Table
from kpixl.workbook.books import Book
from kpixl.workbook.layout import titled
from kpixl.workbook.opened import in_excel
from kpixl.workbook.planbook import package_of
from kpixl.workbook.references import column_ref
from kpixl.workbook.refresh import Refreshed, read_state, refresh, refresh_book
from kpixl.workbook.schema import Key
from kpixl.workbook.sheets import plan_sheets
from kpixl.workbook.state import State
from kpixl.xlsx import Package

_DAY = dt.date(2025, 6, 18)
_OLDEST = min(Path(__file__).with_name("frozen").glob("*.xlsx"))
_BOARD, _DRAWN = "見通し", "見通しの図"
_SHARED = re.compile(r"xl/workbook\.xml(?:\.rels)?|xl/_rels/.*|xl/styles\.xml|docProps/app\.xml|\[Content.*")


def _with_board(state: State) -> list[Sheet]:
    """All sheets plus a new first sheet with two charts, the hidden sheet with their data, and one after the board."""
    columns = (
        Column(Key("board_name", "指標"), "strong", 20),
        Column(Key("board_twice", "二倍"), "count", formula='IF(ROW()>0,LEN("ab"),0)'),
        Column(Key("board_note", "メモ"), typed=True, choices=("はい", "いいえ")),
    )
    table = Table("B9", "kpixl_sight", columns, [("リード", 2, None), ("受注", 2, None)])
    goal = Cell(Calc("kpixl_goal", state.plan.goal.value), "money")
    head = Block("B5", ((goal, Cell(0.5, "attainment")),), "kpixl_sight_head")
    secured = sum(1 for _ in state.plan.period.starts)
    plain = Block("E5", ((Cell(Calc(f"ROWS({column_ref('kpixl_team', 'secured')})", secured), "count"),),))
    link = Block("E6", ((Cell("進捗へ", "link", link="internal:'進捗'!A1"),),))
    name, actual = (column.key for column in _found(state, "kpixl_progress").columns[:2])
    charts = (
        Chart("B14", "column", "進捗の図", "kpixl_progress", name, (Series(actual, "actual"),)),
        Chart("H14", "line", "推移の図", "kpixl_sight_drawn", "drawn_name", (Series("drawn_value", "plan"),)),
    )
    board = Sheet(
        _BOARD,
        (*titled(_BOARD, "今月の見通し"), head, plain, link),
        (table,),
        charts,
        widths={"E": 14},
        freeze="A4",
        heights={5: 41},
    )
    drawn = (Column(Key("drawn_name", "月")), Column(Key("drawn_value", "値"), "rate"))
    helper = Sheet(_DRAWN, tables=(Table("A1", "kpixl_sight_drawn", drawn, [("a", 0.1), ("b", 0.2)]),), hidden=True)
    more = Table("B6", "kpixl_trial", (Column(Key("trial_name", "試し")),), [("一つ",)])
    first, *rest = plan_sheets(state)
    return [board, first, helper, Sheet("試し", titled("試し"), (more,)), *rest]


def _found(state: State, name: str) -> Table:
    return next(table for sheet in plan_sheets(state) for table in sheet.tables if table.name == name)


class Brought(NamedTuple):
    """The oldest workbook refreshed without the board and with it, and a new workbook with the board."""

    without: Path
    now: Path
    said: Refreshed
    new: Path


@pytest.fixture
def _boards(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(refreshing, "plan_sheets", _with_board)


@pytest.fixture(scope="module")
def brought(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Brought]:
    """Refresh the oldest workbook; tests copy the results and never change them."""
    folder = tmp_path_factory.mktemp("boards")
    without, now, new = (Path(shutil.copy(_OLDEST, folder / f"{name}.xlsx")) for name in ("without", "now", "new"))
    refresh(without, as_of=_DAY)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(refreshing, "plan_sheets", _with_board)
        said = refresh(now, as_of=_DAY)
    with Book(_OLDEST) as book, book.speaking():
        new.write_bytes(package_of(_with_board(read_state(book, as_of=_DAY)), "ja", {}))
    yield Brought(without, now, said, new)


def _look(cell: Any) -> list[str]:
    return [*map(repr, (cell.font, cell.fill, cell.border, cell.number_format, cell.alignment, cell.protection))]


def _rules(sheet: Any) -> list[Any]:
    return [
        (str(area.sqref), rule.type, rule.formula, re.sub(r"numFmtId=\d+", "", repr(rule.dxf)))
        for area in sheet.conditional_formatting
        for rule in area.rules
    ]


def test_the_sheet_is_as_in_a_new_workbook(brought: Brought, load: Callable[..., Any]) -> None:
    now, new = load(brought.now), load(brought.new)
    values = [load(path, data_only=True) for path in (brought.now, brought.new)]
    assert now.sheetnames[:5] == [_BOARD, "ボード", "試し", "ガイド", "設定"]
    assert (new["試し"]["B1"].value, now["試し"]["B1"].value) == ("◀ 見通し", "◀ ガイド"), "where kpixl_home leads"
    assert now.sheetnames.index(_DRAWN) > now.sheetnames.index("私の集計")
    assert now[_DRAWN].sheet_state == "veryHidden"
    for title in (_BOARD, _DRAWN):
        one, two = new[title], now[title]
        assert two.dimensions == one.dimensions
        for row in one.iter_rows():
            for cell in row:
                there = two[cell.coordinate]
                assert _look(there) == _look(cell), cell
                assert there.style == cell.style
                assert values[0][title][cell.coordinate].value == values[1][title][cell.coordinate].value
                if cell.coordinate != "E5":  # the secured part is in a second table
                    assert there.value == cell.value
        assert _rules(two) == _rules(one)
        for kind in ("column_dimensions", "row_dimensions"):
            sizes = [{key: (one.width if "column" in kind else one.height) for key, one in getattr(s, kind).items()}
                     for s in (one, two)]  # fmt: skip
            assert sizes[0] == sizes[1]
        assert [repr(one) for one in two.data_validations.dataValidation] == [
            repr(one) for one in one.data_validations.dataValidation
        ]
        assert (two.print_area, two.freeze_panes, repr(two.page_setup)) == (
            one.print_area, one.freeze_panes, repr(one.page_setup),
        )  # fmt: skip
        assert two.oddFooter.center.text == one.oddFooter.center.text
        assert {name: (two.tables[name].ref, two.tables[name].column_names) for name in two.tables} == {
            name: (one.tables[name].ref, one.tables[name].column_names) for name in one.tables
        }
    assert len(_rules(now[_BOARD])) > 0
    assert now[_BOARD]["E5"].value == "=ROWS(kpixl_team_more[確保済み])"
    assert now[_BOARD]["E6"].hyperlink.location == "'進捗'!A1"
    assert now.defined_names["kpixl_sight_head"].attr_text == "見通し!$B$5:$C$5"


def test_its_charts_refer_to_the_tables_of_this_workbook(brought: Brought, load: Callable[..., Any]) -> None:
    book = load(brought.now)
    table = next(sheet for sheet in book if "kpixl_progress" in sheet.tables).tables["kpixl_progress"]
    top, bottom = (int(re.sub(r"\D", "", cell)) for cell in table.ref.split(":"))
    first, second = (chart.series[0].val.numRef for chart in book[_BOARD]._charts)
    assert re.fullmatch(rf"'?進捗'?!\$[A-Z]\${top + 1}:\$[A-Z]\${bottom}", first.f)
    assert second.f == f"{_DRAWN}!$B$2:$B$3"
    assert [float(point.v) for point in second.numCache.pt] == [0.1, 0.2]


def test_everything_else_is_as_without_the_sheet(brought: Brought, parts: Callable[[Path], dict[str, bytes]]) -> None:
    old, without, now = (parts(path) for path in (_OLDEST, brought.without, brought.now))
    differing = {name for name in old if without[name] != now[name] and not _SHARED.fullmatch(name)}
    assert differing == {"docProps/custom.xml"}, "the mark of the formulas"
    assert {name.split("/")[1] for name in set(now) - set(without)} <= {"worksheets", "drawings", "charts", "tables"}
    before, after = (etree.fromstring(version["xl/styles.xml"]) for version in (old, now))
    for holder in before:
        kept = [etree.tostring(one) for one in after.find(holder.tag)]
        assert [etree.tostring(one) for one in holder] == kept[: len(holder)]


def test_the_sheet_is_reported_and_active_and_a_second_refresh_changes_nothing(
    brought: Brought, tmp_path: Path, load: Callable[..., Any], _boards: None
) -> None:
    lines = [line.strip() for line in brought.said.migrated]
    assert "シートを追加：見通し" in lines
    assert "見えないシートを追加：見通しの図（計算やグラフのもとになる表）" in lines
    book = load(brought.now)
    assert book.active.title == _BOARD
    assert [sheet.title for sheet in book if sheet.sheet_view.tabSelected] == [_BOARD]
    again = refresh(Path(shutil.copy(brought.now, tmp_path / "again.xlsx")), as_of=_DAY)
    assert (again.migrated, again.receipt.changed) == ((), ())
    assert [str(one) for one in OpenXmlValidator().validate(brought.now).errors] == []


@pytest.mark.calc
def test_every_formula_has_the_value_that_it_computes(
    brought: Brought, differences: Callable[..., tuple[int, dict[Any, Any]]]
) -> None:
    _, wrong = differences(brought.now)
    assert set(wrong) <= {("私の集計", "B1")}


def test_the_sheets_that_its_user_named_are_found(tmp_path: Path, load: Callable[..., Any], _boards: None) -> None:
    """The user already has a sheet 見通し, has renamed 進捗 to 今月, and left the file open on the last sheet."""
    path = tmp_path / "plan.xlsx"
    with zipfile.ZipFile(_OLDEST) as old, zipfile.ZipFile(path, "w") as new:
        for name in old.namelist():
            content = old.read(name)
            if name.endswith((".xml", ".rels")):
                content = content.replace('name="進捗"'.encode(), 'name="今月"'.encode())
                content = content.replace("進捗!".encode(), "今月!".encode())
            if name == "xl/workbook.xml":
                content = content.replace(b"<workbookView ", b'<workbookView activeTab="13" ')
            new.writestr(name, content)
    with Package.open(path) as book:
        book.add_sheet("見通し", [["私の見通し"]])
        book.save()
    refresh(path, as_of=_DAY)
    book = load(path)
    assert book.sheetnames[:3] == ["見通し (2)", "ボード", "試し"]
    assert book["見通し"]["A1"].value == "私の見通し"
    board = book["見通し (2)"]
    assert "今月" in board._charts[0].series[0].val.numRef.f
    assert board["E6"].hyperlink.location == "'今月'!A1"
    assert book.defined_names["kpixl_sight_head"].attr_text == "'見通し (2)'!$B$5:$C$5"
    assert board.print_area.startswith("'見通し (2)'!")
    assert book.defined_names["kpixl_home"].attr_text == "ガイド!$A$1"


def test_a_sheet_that_its_user_deleted_is_refused_unless_it_may_be_missing(
    brought: Brought, tmp_path: Path, load: Callable[..., Any], monkeypatch: pytest.MonkeyPatch, _boards: None
) -> None:
    """Its columns are recorded, so the sheet existed, and references to it may be broken."""
    path = tmp_path / "plan.xlsx"
    with zipfile.ZipFile(brought.now) as old, zipfile.ZipFile(path, "w") as new:
        for name in old.namelist():
            content = old.read(name)
            if name == "xl/workbook.xml":
                content = re.sub('<sheet name="見通し"[^>]*/>'.encode(), b"", content)
                content = content.replace("見通し!".encode(), b"#REF!")
                content = re.sub(rb'<definedName name="[^"]*" localSheetId[^<]*</definedName>', b"", content)
                content = content.replace(b"activeTab", b"firstSheet")
            new.writestr(name, content)
    with pytest.raises(WorkbookRefused, match="kpixl_sight"):
        refresh(path, as_of=_DAY)
    monkeypatch.setattr(grafting, "is_added_table", lambda name: True)
    monkeypatch.setattr(grafting, "is_added_name", lambda name: True)
    assert "シートを追加：見通し" in [line.strip() for line in refresh(path, as_of=_DAY).migrated]
    assert load(path).sheetnames[0] == _BOARD


def test_an_open_workbook_gets_the_sheet_only_when_it_is_closed(
    brought: Brought, tmp_path: Path, opening: Callable[[Path], Any], _boards: None
) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        opened = opening(Path(shutil.copy(brought.without, tmp_path / "open.xlsx")))
    with in_excel(opened.book) as book, pytest.raises(WorkbookRefused, match="閉じて"):
        refresh_book(book, as_of=_DAY)
