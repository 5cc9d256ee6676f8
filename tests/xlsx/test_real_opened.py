"""Real workbooks of many programs, changed: an independent audit and LibreOffice open them and find nothing amiss."""

import subprocess
from collections.abc import Iterable
from pathlib import Path

import openxml_audit
import pytest
import python_calamine

from kpixl.errors import WorkbookRefused
from kpixl.xlsx import Formula, Package

GROWN = 5_000
AUDITED = 100


def findings(path: Path) -> set[str]:
    result = openxml_audit.OpenXmlValidator().validate(path)
    return {str(finding) for finding in result.errors if finding.severity.name == "ERROR"}


def changed(path: Path, rows: int) -> tuple[str, int, int] | None:
    """Ask for everything at once; return where the last row of the table that grew is, if there is one that can."""
    grown = None
    with Package.open(path) as book:
        sheet = next(iter(book._workbook.worksheets))
        book.set_cells(sheet, {"AZ77": "=x", "AZ78": 5, "AZ79": Formula("AZ78*2", 10), "AZ80": Formula("AZ79*2")})
        book.add_sheet("kpixl", [["text", 1.5], [None, Formula("B1*2", 3)]])
        book.set_property("kpixl.version", "1")
        for table in book.tables.values():
            try:
                book.replace_table(table.name, table.columns[:1], [[f"row {index}"] for index in range(rows)])
            except WorkbookRefused:
                continue
            grown = table.sheet, table.body_area.top + rows - 1, table.body_area.left
            break
        book.save()
    return grown


def test_the_audit_finds_nothing_new(copies: Iterable[Path]) -> None:
    """The rows of a table are alike to it, so some are enough."""
    for path in copies:
        before = findings(path)
        changed(path, AUDITED)
        assert findings(path) <= before, path.name


@pytest.mark.calc
def test_libreoffice_opens_what_grew(copies: Iterable[Path], tmp_path: Path) -> None:
    """One start for all files: each has the new cells, computed, the new sheet and the last new row."""
    expected = {path: changed(path, GROWN) for path in copies}
    out = tmp_path / "opened"
    profile = f"-env:UserInstallation=file://{tmp_path / 'profile'}"
    call = ["soffice", "--headless", "--norestore", profile, "--convert-to", "xlsx", "--outdir", out, *expected]
    for _ in range(3):  # a new profile ends with 81: start again
        if subprocess.run(call, capture_output=True, check=False, timeout=300).returncode != 81:
            break
    assert sum(place is not None for place in expected.values()) >= 5
    for path, place in expected.items():
        book = python_calamine.CalamineWorkbook.from_path(str(out / path.name))
        first = book.get_sheet_by_index(0).to_python(skip_empty_area=False)
        assert [first[row][51] for row in range(76, 80)] == ["=x", 5, 10, 20], path.name
        assert book.get_sheet_by_name("kpixl").to_python(skip_empty_area=False) == [["text", 1.5], ["", 3]], path.name
        if place is not None:
            sheet, row, column = place
            cells = book.get_sheet_by_name(sheet).to_python(skip_empty_area=False)
            assert cells[row - 1][column - 1] == f"row {GROWN - 1}", path.name
