"""Rules on what may be typed are added to a sheet; those that are there stay as their owner made them."""

from pathlib import Path
from typing import Any

import openpyxl
import pytest
import xlsxwriter

from kpixl.xlsx import Package, Validation
from kpixl.xlsx.address import Area

_SHOWN = {"allowBlank": "1", "showInputMessage": "1", "showErrorMessage": "1"}


def _rule(area: str, owner: str = "kpixl") -> Validation:
    told = {
        "type": "decimal",
        "operator": "greaterThanOrEqual",
        "errorTitle": owner,
        "promptTitle": "数",
        "prompt": "例：3",
    }
    return Validation(Area.parse(area), told | _SHOWN, ("0",))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A sheet with a rule of kpixl's without a hint on B2:B3, one of somebody else's on C2, and a link."""
    with xlsxwriter.Workbook(tmp_path / "book.xlsx") as book:
        page = book.add_worksheet("表")
        page.write("A1", 1)
        page.write_url("A2", "https://example.com")
        own: dict[str, Any] = {"validate": "decimal", "criteria": ">=", "value": 5}
        page.data_validation("B2:B3", own | {"error_title": "kpixl"})
        page.data_validation("C2", own | {"error_title": "私の規則"})
    return tmp_path / "book.xlsx"


def _added(path: Path, rule: Validation) -> bool:
    with Package.open(path) as book:
        changed = book.add_validation("表", rule)
        book.save()
    return changed


def _rules(path: Path) -> dict[str, tuple[str, str | None, str | None]]:
    rules = openpyxl.load_workbook(path)["表"].data_validations.dataValidation
    return {str(rule.sqref): (rule.formula1, rule.errorTitle, rule.prompt) for rule in rules}


def test_cells_without_a_rule_get_it(path: Path) -> None:
    assert _added(path, _rule("D2:D9"))
    assert _rules(path)["D2:D9"] == ("0", "kpixl", "例：3")
    assert not _added(path, _rule("D2:D9"))


def test_a_sheet_without_any_rule_gets_its_first(tmp_path: Path) -> None:
    with xlsxwriter.Workbook(tmp_path / "book.xlsx") as book:
        page = book.add_worksheet("表")
        page.write_url("A2", "https://example.com")
        page.conditional_format("A1", {"type": "no_blanks"})
    assert _added(tmp_path / "book.xlsx", _rule("A1"))
    assert _rules(tmp_path / "book.xlsx") == {"A1": ("0", "kpixl", "例：3")}


def test_an_older_rule_gets_the_hint_and_keeps_what_it_allows(path: Path) -> None:
    assert _added(path, _rule("B2:B5"))
    assert _rules(path) == {
        "B2:B3": ("5", "kpixl", "例：3"),
        "C2": ("5", "私の規則", None),
        "B4:B5": ("0", "kpixl", "例：3"),
    }


def test_a_rule_of_somebody_elses_stays_as_it_is(path: Path) -> None:
    before = _rules(path)["C2"]
    assert not _added(path, _rule("C2"))
    assert _added(path, _rule("C1:C3"))
    assert _rules(path)["C2"] == before
    assert _rules(path)["C1 C3"] == ("0", "kpixl", "例：3")
