"""Real workbooks of many programs, changed: an independent audit and LibreOffice open them and find nothing amiss."""

import io
import subprocess
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import openxml_audit
import pytest
import python_calamine
import xlsxwriter
from lxml import etree

from kpixl.errors import WorkbookRefused
from kpixl.xlsx import Formula, Graft, Package

GROWN = 5_000
AUDITED = 100


def findings(path: Path) -> set[str]:
    result = openxml_audit.OpenXmlValidator().validate(path)
    return {str(finding) for finding in result.errors if finding.severity.name == "ERROR"}


def board() -> bytes:
    """A sheet with a chart, formats, a table behind it on a hidden sheet, a note and links."""
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True}) as book:
        sheet, drawn = book.add_worksheet("Board"), book.add_worksheet("Drawn")
        drawn.very_hidden()
        columns = [{"header": "Step"}, {"header": "Value"}]
        drawn.add_table("A1:B3", {"name": "kpixl_drawn", "columns": columns, "data": [["one", 1], ["two", 2]]})
        pale = book.add_format({"bg_color": "#EEF2F7", "num_format": '0.0"％"', "border": 1})
        sheet.write("B2", "売上", pale)
        sheet.write_formula("B3", "=SUM(kpixl_drawn[Value])", pale, 3)
        bad = book.add_format({"font_color": "#A3162F"})
        sheet.conditional_format("B3", {"type": "cell", "criteria": ">", "value": 2, "format": bad})
        sheet.conditional_format("B4", {"type": "data_bar", "data_bar_2010": True})
        sheet.write_comment("B3", "a note")
        sheet.write_url("B5", "https://example.com")
        sheet.write_url("B6", "internal:Drawn!A1")
        chart = book.add_chart({"type": "column"})
        chart.add_series({"values": "=Drawn!$B$2:$B$3"})
        sheet.insert_chart("D2", chart)
        sheet.print_area("A1:K20")
    return out.getvalue()


def changed(path: Path, rows: int) -> tuple[str, int, int] | None:
    """Ask for everything at once; return where the last row of the table that grew is, if there is one that can."""
    grown = None
    with Package.open(path) as book:
        sheet = next(iter(book._workbook.worksheets))
        book.set_cells(sheet, {"AZ77": "=x", "AZ78": 5, "AZ79": Formula("AZ78*2", 10), "AZ80": Formula("AZ79*2")})
        book.add_sheet("kpixl", [["text", 1.5], [None, Formula("B1*2", 3)]])
        book.set_property("kpixl.version", "1")
        book.graft(board(), [Graft("Board", "kpixl board", "kpixl"), Graft("Drawn", "kpixl drawn", "kpixl board")])
        book.open_on("kpixl board")
        for table in book.tables.values():
            try:
                book.replace_table(table.name, table.columns[:1], [[f"row {index}"] for index in range(rows)])
            except WorkbookRefused:
                continue
            grown = table.sheet, table.body_area.top + rows - 1, table.body_area.left
            break
        book.save()
    return grown


def test_sheets_of_another_workbook(copies: Iterable[Path], parts: Any) -> None:
    """The first sheet and the last: no part of another sheet is touched but which one is shown."""
    for path in copies:
        before = parts(path)
        with Package.open(path) as book:
            tables, last = set(book.tables), book.sheets[-1]
            book.graft(board(), [Graft("Board", "kpixl board", None), Graft("Drawn", "kpixl drawn", last)])
            receipt = book.save()
        after = parts(path)
        assert {name for name in before if before[name] != after.get(name)} == {*receipt.changed, *receipt.dropped}
        assert not any("/worksheets/" in name or "sharedStrings" in name for name in receipt.changed), path.name
        for name in receipt.changed:
            if name.endswith("styles.xml"):
                old, new = (etree.fromstring(version[name]) for version in (before, after))
                for holder in old:
                    kept = [etree.tostring(one) for one in new.find(holder.tag)]
                    assert [etree.tostring(one) for one in holder] == kept[: len(holder)], path.name
        with Package.open(path) as book:
            assert set(book.tables) == tables | {"kpixl_drawn"}
            assert (book.sheets[0], book.sheets[-1]) == ("kpixl board", "kpixl drawn")


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
        shown = book.get_sheet_by_name("kpixl board").to_python(skip_empty_area=False)
        assert [shown[1][1], shown[2][1]] == ["売上", 3], path.name
        if place is not None:
            sheet, row, column = place
            cells = book.get_sheet_by_name(sheet).to_python(skip_empty_area=False)
            assert cells[row - 1][column - 1] == f"row {GROWN - 1}", path.name
