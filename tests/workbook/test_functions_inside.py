"""The live workbook: its analyses are kpixl functions, which are included in the file, and follow whatever is typed."""

import datetime as dt
import re
import zipfile
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from lxml import etree
from openxml_audit import OpenXmlValidator

from kpixl.addin import conf
from kpixl.addin.vba import function_modules
from kpixl.cli import main
from kpixl.plan import Plan, read_template
from kpixl.texts import LANGUAGES
from kpixl.workbook.planbook import build
from kpixl.workbook.refresh import refresh
from kpixl.workbook.state import new_state
from kpixl.xlsx import Package

_DAY = dt.date(2026, 9, 18)
_ERRORS = ("#VALUE!", "#NUM!", "#DIV/0!", "#N/A", "#REF!", "#NAME?", "#NULL!")
_EVENTS = [
    *[("2026-09-03", "リード", "佐藤", "展示会", "")] * 90,
    *[("2026-09-04", "アポ", "佐藤", "展示会", "")] * 11,
    *[("2026-09-08", "リード", "佐藤", "Web", "")] * 30,
    *[("2026-09-08", "アポ", "鈴木", "Web", "")] * 6,
    *[("2026-09-10", "商談", "鈴木", "展示会", "")] * 9,
    *[("2026-09-16", "受注", "佐藤", "展示会", 2_200_000)] * 2,
]
_MEASURES = [
    (dt.date(2026, 9, 8), "リード→アポ"),
    (dt.date(2026, 9, 10), ""),
    (dt.date(2026, 9, 10), "アポ→商談"),
    (dt.date(2026, 9, 30), "アポ→商談"),
    (dt.date(2026, 9, 5), "商談→受注"),
    (dt.date(2026, 9, 16), "リード→アポ"),
]
_VARIED = ("下限", "上限", "達成確率")
_ANALYSED = {
    "kpixl_progress": ("着地見込み", "下限", "上限", "達成確率", "判定", "アラート"),
    "kpixl_gap": ("売上への影響", "順位"),
    "kpixl_actions": (
        "後の率",
        "前の率",
        "率の差",
        "差の下限（95%）",
        "差の上限（95%）",
        "p値",
        "判定結果",
        "判断にあと必要な件数",
        "所見",
    ),
    "kpixl_levers": ("今のまま", "単独で届く値", "これだけで届くか", "上限", "分担した場合", "伸ばす幅", "分担の割合"),
}
Rows = Callable[[Path, str], list[dict[str, Any]]]
Differences = Callable[..., tuple[int, dict[Any, Any]]]
Compute = Callable[[Path], Path]


@pytest.fixture
def books(
    once: Callable[..., Path],
    small_plan: Callable[..., Plan],
    importing: Callable[..., Any],
    typing: Callable[..., None],
    tmp_path: Path,
) -> dict[bool, Path]:
    """The small plan with some events and measures, refreshed: live (True) and plain (False)."""

    def made(live: bool) -> Path:
        path = tmp_path / f"plan.{'xlsm' if live else 'xlsx'}"
        build(new_state(small_plan(), live=live), path)
        for row, (day, step) in enumerate(_MEASURES, 1):
            typing(path, "kpixl_actions", row, {"日付": day, "種類": "施策", "対象の率": step, "内容": "試す"})
        refresh(path, imported=importing(*_EVENTS), as_of=_DAY)
        return path

    return {live: once(live, partial(made, live)) for live in (True, False)}


def _told(value: Any) -> Any:
    return None if value == "" else pytest.approx(value, rel=1e-9) if isinstance(value, float) else value


@pytest.mark.calc
@pytest.mark.parametrize("template", ["inside_sales", "field_sales", "account_growth"])
@pytest.mark.parametrize("language", LANGUAGES)
def test_a_new_live_workbook_computes_to_its_cached_values(
    template: str,
    language: str,
    tmp_path: Path,
    differences: Differences,
    recalculate_with_addin: Compute,
    load: Callable[..., Any],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("KPIXL_LANG", language)
    path = tmp_path / "plan.xlsm"
    build(new_state(read_template(template, language=language, start=dt.date(2026, 4, 1)), live=True), path)
    count, wrong = differences(path, recalculate_with_addin)
    assert wrong == {}
    assert count > 1_000
    assert _errors(load(path, data_only=True)) == set()


def _errors(book: Any) -> set[str]:
    cells = [cell.value for sheet in book for row in sheet.iter_rows() for cell in row]
    return set(_ERRORS) & {cell for cell in cells if isinstance(cell, str)}


@pytest.mark.calc
def test_a_refreshed_live_workbook_computes_to_its_cached_values(
    books: dict[bool, Path], differences: Differences, recalculate_with_addin: Compute
) -> None:
    assert differences(books[True], recalculate_with_addin)[1] == {}


@pytest.mark.calc
def test_without_macros_the_values_of_the_last_refresh_remain_with_their_day(
    books: dict[bool, Path], recalculate: Compute, load: Callable[..., Any], table_rows: Rows
) -> None:
    """In Excel on the web, on a phone, or when a download is blocked, the functions do not answer."""
    computed = recalculate(books[True])
    assert _errors(load(computed, data_only=True)) == set()
    for table, headings in _ANALYSED.items():
        for mine, known in zip(table_rows(computed, table), table_rows(books[True], table), strict=True):
            for heading in headings:
                assert _told(mine[heading] or None) == _told(known[heading] or None), (table, heading)
    for path, day in ((books[True], False), (computed, True)):
        book = load(path, data_only=True)
        for sheet, cell in (("ギャップ", "B5"), ("施策ログ", "B5")):
            assert ("2026年9月18日時点の分析" in book[sheet][cell].value) is day
        assert ("許可する" in (book["ボード"]["A1"].value or "")) is day


def test_it_shows_what_a_plain_workbook_shows(books: dict[bool, Path], table_rows: Rows) -> None:
    for table, headings in _ANALYSED.items():
        live, plain = (table_rows(books[kind], table) for kind in (True, False))
        for mine, other in zip(live, plain, strict=True):
            for heading in headings:
                assert _told(mine[heading]) == _told(other[heading]), (table, heading)
        assert any(row[headings[0]] not in (None, "") for row in live), table


@pytest.mark.calc
def test_it_follows_what_is_typed(
    books: dict[bool, Path], typing: Callable[..., None], recalculate_with_addin: Compute, table_rows: Rows
) -> None:
    """After sixty more meetings, the recalculated live workbook shows what a refresh shows in the plain one.

    How much the meetings vary is learned by a refresh alone, so that the range around their landing is another one.
    """
    before = {row["KPI"]: row["判定"] for row in table_rows(books[True], "kpixl_progress")}
    for path in books.values():
        typing(path, "kpixl_entries", 1, {"日付": dt.date(2026, 9, 17), "担当": "佐藤", "KPI": "商談", "値": 60})
    refresh(books[False], as_of=_DAY)
    computed = recalculate_with_addin(books[True])
    for table, headings in _ANALYSED.items():
        for mine, other in zip(table_rows(computed, table), table_rows(books[False], table), strict=True):
            for heading in (one for one in headings if table != "kpixl_progress" or one not in _VARIED):
                assert _told(mine[heading]) == _told(other[heading]), (table, heading)
    after = {row["KPI"]: row["判定"] for row in table_rows(computed, "kpixl_progress")}
    assert (before["商談"], after["商談"]) == ("× 届かない見込み", "○ 順調")


def test_each_analysis_is_one_formula(books: dict[bool, Path]) -> None:
    texts = " ".join(formula for formula, _ in _array_formulas(books[True]))
    asked = re.findall(r"(?:KPI|FUNNEL)_\w+", texts)
    assert sorted(set(asked)) == ["FUNNEL_GAP", "KPI_BACKSOLVE", "KPI_EFFECT", "KPI_LEVERS"]
    assert asked.count("KPI_BACKSOLVE") == 3  # each asks it whether functions answer at all


def test_it_brings_the_functions_along(
    books: dict[bool, Path], load: Callable[..., Any], vba_modules: Callable[[Path], dict[str, str]]
) -> None:
    """An independent reader finds the modules as generated, and a module for the code name of each sheet."""
    sources = vba_modules(books[True])
    assert {name: sources[name] for name in function_modules()} == function_modules()
    code_names = {sheet.find("{*}sheetPr").get("codeName") for sheet in _sheets(books[True])}
    assert len(code_names) == 30  # with the twelve that are hidden
    assert sources.keys() - function_modules().keys() == code_names | {"ThisWorkbook"}
    hidden = load(books[True])[conf.SHEET]
    assert hidden.sheet_state == "veryHidden"
    assert (hidden["A1"].value, hidden["B1"].value) == ("language", "ja")


def test_a_refresh_keeps_the_functions_and_the_formulas(books: dict[bool, Path], parts: Any) -> None:
    before, formulas = parts(books[True]), _array_formulas(books[True])
    refresh(books[True], as_of=dt.date(2026, 9, 28))
    assert parts(books[True])["xl/vbaProject.bin"] == before["xl/vbaProject.bin"]
    assert _array_formulas(books[True]) == formulas
    assert len(formulas) == 3


def test_the_same_plan_is_the_same_bytes_and_keeps_to_the_standard(
    small_plan: Callable[..., Plan], tmp_path: Path
) -> None:
    first, second = tmp_path / "first.xlsm", tmp_path / "second.xlsm"
    for path in (first, second):
        build(new_state(small_plan(), live=True), path)
    assert first.read_bytes() == second.read_bytes()
    assert [str(error) for error in OpenXmlValidator().validate(first).errors] == []


def test_the_command_makes_it_from_the_name(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stopped:
        main(["new", str(tmp_path / "計画.xlsm"), "--goal", "1.2億"])
    assert not stopped.value.code
    assert "計画.xlsm" in capsys.readouterr().out
    with zipfile.ZipFile(tmp_path / "計画.xlsm") as package:
        types = package.read("[Content_Types].xml").decode()
    assert "application/vnd.ms-excel.sheet.macroEnabled.main+xml" in types


def _sheets(path: Path) -> list[Any]:
    with zipfile.ZipFile(path) as package:
        names = [name for name in package.namelist() if re.fullmatch(r"xl/worksheets/sheet\d+\.xml", name)]
        return [etree.fromstring(package.read(name)) for name in sorted(names)]


def _array_formulas(path: Path) -> list[tuple[str, str]]:
    """The formulas that fill more than their own cell, with the areas that they fill."""
    formulas = (formula for sheet in _sheets(path) for formula in sheet.iter("{*}f"))
    return [(formula.text, formula.get("ref")) for formula in formulas if formula.get("t") == "array"]


@pytest.mark.calc
def test_rows_of_the_log_that_are_not_evaluated_say_so(
    books: dict[bool, Path], differences: Differences, recalculate_with_addin: Compute, table_rows: Rows
) -> None:
    """Only the first hundred rows are evaluated; the remark in the next row does not claim that there is no effect."""
    typed = [[dt.date(2026, 9, 8), "施策", "リード→アポ", "試す"]]
    with Package.open(books[True]) as book:
        blank = [[None] * 4] * 99
        book.replace_table("kpixl_actions", ["日付", "種類", "対象の率", "内容"], [*typed, *blank, *typed])
        book.save()
    refresh(books[True], as_of=_DAY)
    rows = table_rows(books[True], "kpixl_actions")
    assert rows[0]["判定結果"] == "差があるとは言えない"
    assert rows[100]["判定結果"] in ("", None)
    assert "100行" in rows[100]["所見"]
    assert differences(books[True], recalculate_with_addin)[1] == {}
