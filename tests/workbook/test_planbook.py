"""A new plan workbook: the same bytes every time, valid to a validator, and never written over another file."""

import datetime as dt
import errno
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from lxml import etree
from openxml_audit import OpenXmlValidator
from xlsxwriter.worksheet import Worksheet

from kpixl.errors import WorkbookRefused
from kpixl.plan import Channel, Goal, Member, Period, Plan
from kpixl.workbook.planbook import build
from kpixl.workbook.refresh import refresh
from kpixl.workbook.state import new_state
from kpixl.xlsx import Package


def test_the_same_plan_gives_the_same_bytes(small_plan: Callable[..., Plan], tmp_path: Path) -> None:
    first, second = tmp_path / "a.xlsx", tmp_path / "b.xlsx"
    for path in (first, second):
        build(new_state(small_plan()), path)
    assert first.read_bytes() == second.read_bytes()


def test_a_new_plan_is_a_small_file(loop: Callable[[str], Any]) -> None:
    for language in ("ja", "en"):
        assert loop(language).new.stat().st_size < 200_000


def test_a_file_is_never_overwritten(small_plan: Callable[..., Plan], tmp_path: Path) -> None:
    path = tmp_path / "plan.xlsx"
    path.write_text("precious")
    with pytest.raises(WorkbookRefused, match=r"plan\.xlsx"):
        build(new_state(small_plan()), path)
    assert path.read_text() == "precious"


def test_a_missing_folder_is_reported(small_plan: Callable[..., Plan], tmp_path: Path) -> None:
    with pytest.raises(WorkbookRefused, match="nowhere"):
        build(new_state(small_plan()), tmp_path / "nowhere" / "plan.xlsx")


def test_a_full_disk_leaves_nothing_behind(
    small_plan: Callable[..., Plan], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_: Any) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(WorkbookRefused, match="ディスクに空きがない"):
        build(new_state(small_plan()), tmp_path / "plan.xlsx")
    assert not list(tmp_path.iterdir())


def test_everything_of_kpixl_is_found_by_name(loop: Callable[[str], Any]) -> None:
    for language in ("ja", "en"):
        with Package.open(loop(language).new) as book:
            assert {name.partition("_")[0] for name in book.tables} == {"kpixl"}
            assert len(book.tables) >= 15
            assert {"kpixl_goal", "kpixl_as_of", "kpixl_month_start", "kpixl_elapsed"} <= set(book.names)
            assert book.properties["kpixl_language"] == language


def test_every_sheet_leads_back_to_the_first_whatever_it_is_called(
    loop: Callable[[str], Any], load: Callable[..., Any]
) -> None:
    book = load(loop("ja").new)
    first, *others = [sheet for sheet in book.worksheets if sheet.sheet_state == "visible"]
    assert {sheet["B1"].hyperlink.location for sheet in others} == {"kpixl_home"}
    assert {sheet.sheet_state for sheet in book.worksheets} == {"visible", "veryHidden"}
    assert book.defined_names["kpixl_home"].attr_text == f"{first.title}!$A$1"


def test_no_table_has_merged_cells(loop: Callable[[str], Any], load: Callable[..., Any]) -> None:
    for sheet in load(loop("ja").new).worksheets:
        assert list(sheet.merged_cells.ranges) == []


@pytest.mark.parametrize("language", ["ja", "en"])
@pytest.mark.parametrize("made", ["new", "report"])
def test_a_validator_of_the_format_finds_nothing(loop: Callable[[str], Any], language: str, made: str) -> None:
    found = getattr(loop(language), made)
    assert _audit(found if isinstance(found, Path) else found.path) == []


def test_a_validator_of_the_format_finds_nothing_after_a_refresh(
    small_book: Callable[..., Path], importing: Callable[..., Any]
) -> None:
    path = small_book()
    rows = [(f"2026-09-{day:02}", "受注", "佐藤", "Web", "1800000") for day in range(1, 19)]
    refresh(path, imported=importing(*rows), as_of=dt.date(2026, 9, 18))
    assert _audit(path) == []


def _audit(path: Path) -> list[str]:
    return [str(error) for error in OpenXmlValidator().validate(path).errors]


@pytest.mark.calc
@pytest.mark.parametrize(
    "changes",
    [
        {
            "channels": tuple(Channel(f"経路 {n}'[x]#@", 1, (0.37, 1.0, 0.013)) for n in range(9)),
            "members": tuple(Member(name, 1 / 3) for name in ('O\'Neil "Pat"', "[外注]", "#1", "&<>", "-1", "@x")),
            "goal": Goal(77_777_777, 333_333, 1_234_567),
        },
        {
            "channels": (Channel("一つ", 1, (1.0, 1.0, 1.0)),),
            "members": (Member("一人", 1), Member("後から", 1, dt.date(2026, 10, 16))),
            "period": Period(dt.date(2026, 9, 1), 14),
            "goal": Goal(1, 3),
        },
    ],
    ids=["odd names, many channels", "the smallest goal, no days off"],
)
def test_odd_plans_compute_to_their_cached_values_too(
    small_book: Callable[..., Path],
    importing: Callable[..., Any],
    differences: Callable[[Path], tuple[int, dict[Any, Any]]],
    changes: dict[str, Any],
) -> None:
    path = small_book(**changes)
    who, where = changes["members"][-1].name, changes["channels"][0].name
    rows = [("2026-09-03", event, who, where, "1800000") for event in ("リード", "アポ", "商談", "受注")]
    refresh(path, imported=importing(*rows), as_of=dt.date(2026, 9, 18))
    count, wrong = differences(path)
    assert wrong == {}
    assert count > 100


def test_no_formula_has_a_function_that_needs_a_prefix(small_book: Callable[..., Path]) -> None:
    """XlsxWriter knows these functions: in a file, for example, XLOOKUP is `_xlfn.XLOOKUP`."""
    page = Worksheet()
    with zipfile.ZipFile(small_book()) as package:
        sheets = [etree.fromstring(package.read(name)) for name in package.namelist() if "worksheets/sheet" in name]
    formulas = {formula.text for sheet in sheets for formula in sheet.iter("{*}f")}
    assert len(formulas) > 300
    assert [text for text in formulas if page._prepare_formula(text, True) != text] == []
