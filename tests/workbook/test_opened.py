"""A workbook open in Excel is refreshed, reported and checked as its file would be, completely or not at all.

xlwings is real, with its engine for Windows; Excel and COM are simulated (tests/addin/open_excel.py).
"""

import datetime as dt
import shutil
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from pyopenvba.interpreter._values import EMPTY

from kpixl import ribbon
from kpixl.actuals import Import
from kpixl.errors import InvalidPlan, WorkbookRefused
from kpixl.plan import Plan
from kpixl.workbook.books import Book
from kpixl.workbook.check import audit_book, check_book
from kpixl.workbook.opened import in_excel
from kpixl.workbook.planbook import build
from kpixl.workbook.refresh import Refreshed, refresh, refresh_book
from kpixl.workbook.report import report_book, write_report
from kpixl.workbook.state import new_state
from kpixl.xlsx import Package

_DAY = dt.date(2026, 9, 18)
_BY_HAND = -4135  # xlCalculationManual
_ROWS = (
    ("2026-09-01", "リード", "", "Web", ""),
    ("2026-09-03", "アポ", "佐藤", "Web", ""),
    ("2026-09-17", "受注", "佐藤", "Web", "1,800,000"),
    ("2026-09-17", "受注", "高橋", "Web", "2,500,000"),
)
Opening = Callable[[Path], Any]
Importing = Callable[..., Import]


@pytest.fixture
def differing(load: Callable[..., Any]) -> Callable[..., dict[tuple[str, str], Any]]:
    """Compare two workbooks: which cells hold other formulas, and which (of tables, or of all) show other values."""

    def compare(one: Path, other: Path, *, all_values: bool = False) -> dict[tuple[str, str], Any]:
        wrong = {}
        for data_only in (False, True):
            books = load(one, data_only=data_only), load(other, data_only=data_only)
            assert books[0].sheetnames == books[1].sheetnames
            for first, second in zip(*(book.worksheets for book in books), strict=True):
                areas = dict(first.tables.items())
                assert dict(second.tables.items()) == areas
                if all_values or not data_only:
                    areas = {"all": first.dimensions, "others": second.dimensions}
                for place in {cell.coordinate for area in areas.values() for row in first[area] for cell in row}:
                    values = [_plain(sheet[place].value) for sheet in (first, second)]
                    if values[0] != (pytest.approx(values[1], rel=1e-9) if isinstance(values[1], float) else values[1]):
                        wrong[first.title, place] = values
        return wrong

    return compare


def _plain(value: Any) -> Any:
    if isinstance(value, dt.datetime):
        return float((value - dt.datetime(1899, 12, 30)) / dt.timedelta(days=1))
    if isinstance(value, int | float) and not isinstance(value, bool):
        return float(value)
    return value or None


def _refreshed(opened: Any, **options: Any) -> Refreshed:
    with in_excel(opened.workbook) as book:
        return refresh_book(book, **{"as_of": _DAY, **options})


def _standing(opened: Any) -> dict[Any, Any]:
    """Every formula and constant, every table and name of a workbook, and Excel's settings."""
    book, app = opened.book, opened.book.app
    standing: dict[Any, Any] = {name.name: name.refers_to for name in book.names}
    standing["app"] = app.calculation, app.screen_updating, app.enable_events, str(opened.correction)
    for sheet in opened.excel.workbook.sheets_:  # as Excel holds them, computed values apart
        for place, cell in sheet.cells_.items():
            if cell.formula or (cell.value is not EMPTY and cell.value != ""):
                standing[sheet.name, *place] = cell.formula, None if cell.formula else cell.value
    for sheet in book.sheets:
        standing.update({table.name: table.range.address for table in sheet.tables})
    return standing


def _table(opened: Any, name: str) -> Any:
    return next(table for sheet in opened.book.sheets for table in sheet.tables if table.name == name)


def _cell(opened: Any, name: str, heading: str, row: int = 1) -> Any:
    table = _table(opened, name)
    headings = table.header_row_range.value
    return table.parent.range((table.range.row + row, table.range.column + headings.index(heading)))


def _relative(cell: Any) -> str:
    return str(cell.address).replace("$", "")


@pytest.fixture(scope="module")
def _changed(small_plan: Callable[..., Plan], tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("changed") / "small.xlsx"
    build(new_state(small_plan()), path)
    refresh(path, as_of=_DAY)
    _staff(path, "佐藤", "鈴木", "高橋")
    with Package.open(path) as book:
        book.replace_table("kpixl_channels", ["構成比"], [[0.5], [0.5]])
        book.replace_table("kpixl_kgis", ["目標値"], [[60_000_000]], [0])
        book.save()
    return path


@pytest.fixture
def changed(_changed: Path, tmp_path: Path) -> Path:
    """A workbook whose user has changed the settings since the last refresh: one more member, and other goals."""
    return Path(shutil.copy(_changed, tmp_path / "small.xlsx"))


def _staff(path: Path, *names: str) -> None:
    """Type the members of the team as a user does in Excel, where the table grows with them."""
    with Package.open(path) as book:
        book.replace_table("kpixl_members", ["担当", "エリアの重み"], [[name, 1] for name in names])
        book.save()


def test_an_open_workbook_becomes_what_its_file_becomes(
    changed: Path, importing: Importing, opening: Opening, differing: Callable[..., dict[Any, Any]]
) -> None:
    """Formulas, and values as an independent engine computes them, in every cell of every sheet."""
    closed = Path(shutil.copy(changed, changed.with_name("closed.xlsx")))
    refresh(closed, imported=importing(*_ROWS), as_of=_DAY)
    opened = opening(changed)
    _refreshed(opened, imported=importing(*_ROWS))
    opened.save()
    assert differing(changed, closed) == {}


@pytest.mark.calc
def test_both_are_the_same_when_recalculated(
    changed: Path,
    importing: Importing,
    opening: Opening,
    differing: Callable[..., dict[Any, Any]],
    recalculate: Callable[[Path], Path],
) -> None:
    closed = Path(shutil.copy(changed, changed.with_name("closed.xlsx")))
    refresh(closed, imported=importing(*_ROWS), as_of=_DAY)
    opened = opening(changed)
    _refreshed(opened, imported=importing(*_ROWS))
    opened.save()
    assert differing(recalculate(changed), recalculate(closed), all_values=True) == {}


def test_a_member_who_left_takes_the_rows_along(
    changed: Path, opening: Opening, differing: Callable[..., dict[Any, Any]]
) -> None:
    refresh(changed, as_of=_DAY)
    _staff(changed, "佐藤", "鈴木")
    closed = Path(shutil.copy(changed, changed.with_name("closed.xlsx")))
    refresh(closed, as_of=_DAY)
    opened = opening(changed)
    _refreshed(opened)
    opened.save()
    assert differing(changed, closed) == {}


def test_a_second_refresh_changes_nothing(changed: Path, importing: Importing, opening: Opening) -> None:
    opened = opening(changed)
    first = _refreshed(opened, imported=importing(*_ROWS))
    assert {"目標", "実績", "進捗"} <= set(first.receipt.cells)
    before = _standing(opened)
    asked: list[str] = []
    opened.reach.told = asked.append
    assert _refreshed(opened, imported=importing(*_ROWS)).receipt.cells == {}
    assert [one for one in asked if one.endswith("=")] == []
    opened.reach.told = lambda asked: None
    assert _standing(opened) == before


def test_a_dry_run_says_what_would_change_and_changes_nothing(
    changed: Path, importing: Importing, opening: Opening
) -> None:
    opened = opening(changed)
    before = _standing(opened)
    told = _refreshed(opened, imported=importing(*_ROWS), dry_run=True).receipt.cells
    assert _standing(opened) == before
    assert told == _refreshed(opened, imported=importing(*_ROWS)).receipt.cells != {}


def test_cells_around_a_table_with_totals_stay(changed: Path, opening: Opening) -> None:
    """As the table grows and shrinks, a formula still refers to the total, and a note below stays where it is."""
    opened = opening(changed)
    table = _table(opened, "kpixl_by_member")
    sheet, total = table.parent, table.range[-1, -1]
    below = (table.range.row + table.range.shape[0] + 3, table.range.column)
    sheet.range(below).value = "私のメモ"
    aside = opened.book.sheets[0].range("Z99")
    aside.formula = f"='{sheet.name}'!{total.address}"
    rows = table.range.shape[0]
    _refreshed(opened)
    table = _table(opened, "kpixl_by_member")
    assert table.range.shape[0] == rows + 1
    assert aside.formula.replace("'", "") == f"={sheet.name}!{table.range[-1, -1].address}"
    assert aside.value == table.range[-1, -1].value == 30  # orders of 2 million for 60 million
    assert sheet.range(below).value == "私のメモ"
    for heading in ("担当", "エリアの重み"):
        _cell(opened, "kpixl_members", heading, 3).value = None
    _refreshed(opened)
    table = _table(opened, "kpixl_by_member")
    assert table.range.shape[0] == rows
    assert aside.formula.replace("'", "") == f"={sheet.name}!{table.range[-1, -1].address}"
    assert sheet.range(below).value == "私のメモ"


def test_a_formula_beside_a_row_moves_with_it_and_reads_its_own_row(
    small_book: Callable[..., Path], importing: Importing, opening: Opening
) -> None:
    opened = opening(small_book())
    late, early = ("2026-09-17", "受注", "鈴木", "Web", "2000000"), ("2026-09-14", "受注", "佐藤", "Web", "1800000")
    _refreshed(opened, imported=importing(late))
    facts = _table(opened, "kpixl_facts")
    beside = facts.range.column + facts.range.shape[1]
    facts.parent.range((facts.range.row, beside)).value = "私の列"  # the table grows by this column
    amount = _cell(opened, "kpixl_facts", "金額")
    _cell(opened, "kpixl_facts", "私の列").formula = f"={_relative(amount)}/2"
    _refreshed(opened, imported=importing(early, late, file="later.csv"))
    assert [_cell(opened, "kpixl_facts", "金額", row).value for row in (1, 2)] == [1_800_000, 2_000_000]
    moved = _relative(_cell(opened, "kpixl_facts", "金額", 2))
    assert _cell(opened, "kpixl_facts", "私の列", 2).formula == f"={moved}/2"
    assert _cell(opened, "kpixl_facts", "私の列", 2).value == 1_000_000


def test_a_target_that_was_typed_over_stays(changed: Path, opening: Opening) -> None:
    opened = opening(changed)
    cell = _cell(opened, "kpixl_progress", "目標", 2)
    assert cell.formula.startswith("=")
    cell.value = 77
    _refreshed(opened)
    assert _cell(opened, "kpixl_progress", "目標", 2).formula == "77"


def test_text_stays_text(small_book: Callable[..., Path], importing: Importing, opening: Opening) -> None:
    """Excel treats values as if they were typed, so it would turn these into dates, numbers or formulas."""
    texts = ["9月1日", "00123", "1/2", "50%", "１２", "TRUE", "'引用'", "#N/A", "1e5", "=1+1", "+81-3", "Sep 5", "佐藤"]
    opened = opening(small_book())
    _refreshed(opened, imported=importing(*(("2026-09-03", "受注", text, "Web", "5") for text in texts)))
    cells = [_cell(opened, "kpixl_facts", "担当", row + 1) for row in range(len(texts))]
    assert sorted(cell.api.Value2 for cell in cells) == sorted(texts)
    assert sorted(cell.formula for cell in cells) == sorted(texts)
    assert _refreshed(opened).receipt.cells == {}


def test_amounts_are_read_in_full_where_they_are_shown_as_currency(changed: Path, opening: Opening) -> None:
    """For a cell formatted as currency, Excel returns only four decimals."""
    opened = opening(changed)
    cell = next(name for name in opened.book.names if name.name == "kpixl_unit_value").refers_to_range
    cell.number_format = "$#,##0.00"
    cell.value = 2_000_000.123456
    assert str(cell.raw_value) == "2000000.1235"
    with in_excel(opened.book) as book:
        assert book.number("kpixl_unit_value") == 2_000_000.123456


def test_a_heading_that_was_renamed_is_found(changed: Path, opening: Opening) -> None:
    opened = opening(changed)
    _table(opened, "kpixl_progress").header_row_range[0, 3].value = "ペース"
    with in_excel(opened.book) as book:
        refresh_book(book, as_of=_DAY)


def test_an_error_in_a_cell_is_named(changed: Path, opening: Opening) -> None:
    opened = opening(changed)
    cell = _cell(opened, "kpixl_kgis", "目標値")
    cell.formula = "=1/0"
    before = _standing(opened)
    with pytest.raises(InvalidPlan) as refused:
        _refreshed(opened)
    assert "#DIV/0!" in str(refused.value)
    assert _relative(cell) in str(refused.value)
    assert _standing(opened) == before


def _renamed(opened: Any) -> None:
    _table(opened, "kpixl_progress").name = "my_progress"


def _unnamed(opened: Any) -> None:
    opened.book.names["kpixl_as_of"].delete()


def _protected(opened: Any) -> None:
    opened.book.sheets["進捗"].api.Protect()


def _filtered(opened: Any) -> None:
    opened.filter.FilterMode = True
    for sheet in opened.book.sheets:
        for table in sheet.tables:
            table.api.ShowAutoFilter = table.name == "kpixl_by_member"


def _merged(opened: Any) -> None:
    below = _table(opened, "kpixl_facts").range.offset(2, 0)
    below[0, :3].merge()


def _newer(opened: Any) -> None:
    next(one for one in opened.properties if one.Name == "kpixl_version").Value = "99.1.0"


def _foreign(opened: Any) -> None:
    opened.properties.clear()


@pytest.mark.parametrize(
    ("spoil", "told"),
    [
        (_renamed, "kpixl_progress"),
        (_unnamed, "kpixl_as_of"),
        (_protected, "「進捗」は保護"),
        (_filtered, "kpixl_by_member は絞り込まれて"),
        (_merged, "kpixl_facts"),
        (_newer, "99.1.0"),
        (_foreign, "small.xlsx は kpixl の計画ワークブックではありません"),
    ],
)
def test_what_cannot_be_done_safely_is_refused(
    changed: Path, importing: Importing, opening: Opening, spoil: Callable[[Any], None], told: str
) -> None:
    opened = opening(changed)
    spoil(opened)
    before = _standing(opened)
    with pytest.raises(WorkbookRefused) as refused:
        _refreshed(opened, imported=importing(*_ROWS))
    assert told in str(refused.value)
    assert _standing(opened) == before


_CHANGES = {"Range.Value=", "Range.Formula2=", "Range.Insert", "Range.Delete", "Range.AutoFill"}
_CHANGES |= {"ListObject.Resize", "ListRows.Add", "ListRow.Delete"}


class _Refuses:
    """Makes Excel refuse the change with a given number, or only counts the changes."""

    def __init__(self, opened: Any, *numbers: int, error: Exception | None = None) -> None:
        self.steps: list[str] = []
        self._numbers, self._error = numbers, error or opened.refusal("Not now")
        opened.reach.told = self

    def __call__(self, asked: str) -> None:
        if asked in _CHANGES:
            self.steps.append(asked)
            if len(self.steps) - 1 in self._numbers:
                raise self._error


def _rehearsed(path: Path, opening: Opening, **options: Any) -> list[str]:
    """The steps with which a refresh changes the workbook."""
    opened = opening(path)
    counted = _Refuses(opened)
    _refreshed(opened, **options)
    opened.close()
    return counted.steps


def _each_kind(steps: list[str]) -> list[int]:
    """The first step of each kind, and the very last step."""
    return sorted({*map(steps.index, steps), len(steps) - 1})


def test_whatever_excel_refuses_midway_everything_is_as_it_was(
    changed: Path, importing: Importing, opening: Opening
) -> None:
    """A member joins, and facts are inserted above existing ones; then a member leaves."""
    refresh(changed, imported=importing(_ROWS[-1]), as_of=_DAY)
    _staff(changed, "佐藤", "鈴木", "高橋", "田中")
    steps = _rehearsed(changed, opening, imported=importing(*_ROWS, file="more.csv"))
    assert set(steps) >= {"Range.Value=", "ListObject.Resize", "ListRows.Add", "Range.Delete", "Range.AutoFill"}
    _refused_midway(opening(changed), steps, imported=importing(*_ROWS, file="more.csv"))
    refresh(changed, as_of=_DAY)
    _staff(changed, "佐藤", "鈴木")
    steps = _rehearsed(changed, opening)
    assert set(steps) >= {"Range.Value=", "ListRow.Delete", "Range.Insert", "ListObject.Resize"}
    _refused_midway(opening(changed), steps)


def _refused_midway(opened: Any, steps: list[str], **options: Any) -> None:
    before = _standing(opened)
    for number in _each_kind(steps):
        _Refuses(opened, number)
        with pytest.raises(WorkbookRefused) as refused:
            _refreshed(opened, **options)
        opened.reach.told = lambda asked: None
        assert "Not now" in str(refused.value)
        assert "元のまま" in str(refused.value)
        assert _standing(opened) == before, steps[number]


def test_a_failed_undo_is_reported(changed: Path, opening: Opening) -> None:
    opened = opening(changed)
    _Refuses(opened, *range(8, 1000))
    with pytest.raises(WorkbookRefused) as refused:
        _refreshed(opened)
    assert "保存せずにブックを閉じ" in str(refused.value)


def test_a_bug_is_undone_too_and_stays_a_bug(changed: Path, opening: Opening) -> None:
    opened = opening(changed)
    before = _standing(opened)
    _Refuses(opened, 8, error=ZeroDivisionError())
    with pytest.raises(ZeroDivisionError):
        _refreshed(opened)
    opened.reach.told = lambda asked: None
    assert _standing(opened) == before


def test_screen_events_and_calculation_are_switched_off_and_restored(changed: Path, opening: Opening) -> None:
    """If the user calculates manually, the workbook is calculated once."""
    opened = opening(changed)
    app = opened.book.app
    app.calculation = "manual"
    seen: set[tuple[Any, ...]] = set()

    def told(asked: str) -> None:
        if asked == "Range.Value=":
            inner = opened.excel.application
            seen.add(
                (inner.vba_get("ScreenUpdating"), inner.vba_get("EnableEvents"), int(inner.vba_get("Calculation")))
            )

    opened.reach.told = told
    _refreshed(opened)
    assert seen == {(False, False, _BY_HAND)}
    assert (app.calculation, app.screen_updating, app.enable_events) == ("manual", True, True)
    assert opened.correction.AutoFillFormulasInLists is True
    assert _cell(opened, "kpixl_kgi_progress", "目標").value == 60_000_000


def test_an_excel_without_dynamic_arrays(
    changed: Path, importing: Importing, opening: Opening, differing: Callable[..., dict[Any, Any]]
) -> None:
    closed = Path(shutil.copy(changed, changed.with_name("closed.xlsx")))
    refresh(closed, imported=importing(*_ROWS), as_of=_DAY)
    opened = opening(changed)

    def told(asked: str) -> None:
        if asked.startswith("Range.Formula2"):
            raise AttributeError(asked)

    opened.reach.told = told
    _refreshed(opened, imported=importing(*_ROWS))
    opened.save()
    assert differing(changed, closed) == {}


def test_the_report_is_of_the_open_workbook(
    changed: Path, importing: Importing, opening: Opening, tmp_path: Path, differing: Callable[..., dict[Any, Any]]
) -> None:
    """It need not be saved: the file on disk still has the old contents."""
    opened = opening(changed)
    _refreshed(opened, imported=importing(*_ROWS))
    (tmp_path / "live").mkdir()
    month = dt.date(2026, 9, 1)
    with in_excel(opened.workbook) as book:
        written = report_book(book, month, tmp_path / "live")
    assert written.path == tmp_path / "live" / "small_2026-09.xlsx"
    opened.save()
    assert differing(written.path, write_report(changed, month, tmp_path).path, all_values=True) == {}


def test_the_check_finds_in_the_open_workbook_what_it_finds_in_the_file(changed: Path, opening: Opening) -> None:
    opened = opening(changed)
    _cell(opened, "kpixl_channels", "構成比").value = "三割"
    with in_excel(opened.workbook) as book:
        language, [remark] = audit_book(book)
    assert (language, remark.rule) == ("ja", "unreadable")
    opened.save()
    assert check_book(changed) == (language, (remark,))


def test_on_a_mac_the_closed_file_is_refreshed(
    opening: Opening, changed: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened = opening(changed)
    monkeypatch.setattr(sys, "platform", "darwin")
    with pytest.raises(WorkbookRefused, match="kpixl refresh"):
        in_excel(opened.book)


def test_on_a_mac_the_workbook_is_closed_while_its_file_is_refreshed(
    changed: Path, opening: Opening, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Unsaved entries count, and the workbook is open again before the message is shown."""
    import xlwings

    opened = opening(changed)
    _cell(opened, "kpixl_kgis", "目標値").value = 70_000_000
    told: list[tuple[Any, ...]] = []
    monkeypatch.setattr(xlwings.Book, "_mock_caller", opened.book, raising=False)
    monkeypatch.setattr(xlwings.App, "alert", lambda app, *given: told.append((len(app.books), *given)))
    ribbon.refresh_closed()
    [(books, sentence, title)] = told
    assert (books, title) == (1, "kpixl")
    assert sentence.startswith("更新しました：small.xlsx")
    with Book(changed) as book, book.speaking():
        assert sum(row.number("kpi.won") for row in book.rows("kpixl_team")) == 35  # orders of 2 million each


def test_the_buttons_answer_in_a_sentence(changed: Path, opening: Opening, tmp_path: Path) -> None:
    workbook = opening(changed).workbook
    assert ribbon.refresh(workbook, "", "").startswith("更新しました：small.xlsx")
    assert ribbon.report(workbook, "2025-01", str(tmp_path)).startswith("2025-01")
    assert str(tmp_path / "small_2026-09.xlsx") in ribbon.report(workbook, "2026-09", str(tmp_path))
    assert "エラー" in ribbon.check(workbook, "", "")
