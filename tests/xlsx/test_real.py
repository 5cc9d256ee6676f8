"""Real workbooks of many programs: a cell, a table of 5,000 rows and back, a new sheet, and nothing is lost.

The files lie beside the checkout; `tests/xlsx/conftest.sales` holds the same features for where they do not.
"""

import io
import re
import subprocess
import zipfile
from collections import Counter
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import Any

import openxml_audit
import pytest
import python_calamine
import xlsxwriter
from lxml import etree

from kpixl.errors import WorkbookRefused
from kpixl.xlsx import Formula, Graft, Package, Table
from kpixl.xlsx.address import column_number

REFUSED = {"poi_encrypted.xlsx": "パスワード", "poi_signed.xlsx": "署名"}
GROWN = 5_000
AUDITED = 100
MOST_TABLES = 6  # of one workbook; more are alike
FEATURES = {
    "conditional format": "cfRule",
    "data validation": "dataValidation",
    "sparkline": "sparkline",
    "series": "ser",
    "drawing": "drawing",
    "picture": "pic",
    "hyperlink": "hyperlink",
    "merged cells": "mergeCell",
    "comment": "comment",
    "threaded comment": "threadedComment",
    "table column": "tableColumn",
    "name": "definedName",
    "pivot field": "pivotField",
    "slicer": "slicer",
    "control": "control",
    "style": "xf",
    "column width": "col",
    "outline or pane": "pane",
    "print setting": "pageSetup",
    "formula": "f",
}


def copies(real_data: Path, folder: Path) -> Iterator[Path]:
    """A copy of each real workbook that can be changed."""
    for original in sorted((real_data / "xlsx").glob("*.xlsx")):
        if original.name not in REFUSED:
            path = folder / original.name
            path.write_bytes(original.read_bytes())
            yield path


@lru_cache(maxsize=2_000)
def looked_at(part: bytes) -> tuple[Counter[str], list[str]]:
    """How often each feature stands in a part, and everything in it that points at cells; equal parts are read once."""
    kinds = {tag: feature for feature, tag in FEATURES.items()}
    found, pointed = Counter[str](), []
    for element in etree.fromstring(part, etree.XMLParser(recover=True)).iter("{*}*"):
        tag = etree.QName(element).localname
        if tag in kinds:
            found[kinds[tag]] += 1
        if tag != "selection":
            pointed += [element.get("sqref"), element.get("fmlaRange")]
        if tag in ("table", "autoFilter", "worksheetSource"):
            pointed.append(element.get("ref"))
        if tag in ("f", "formula", "formula1", "formula2", "definedName", "sqref"):
            pointed.append(element.text)
    return found, [text for text in pointed if text]


def looks(path: Path) -> dict[str, tuple[Counter[str], list[str]]]:
    with zipfile.ZipFile(path) as archive:
        names = [name for name in archive.namelist() if name.endswith((".xml", ".rels", ".vml"))]
        return {name: looked_at(archive.read(name)) for name in names}


def features(path: Path) -> Counter[str]:
    """How often each feature stands in a workbook, over all parts."""
    return sum((found for found, _ in looks(path).values()), Counter[str]())


def references(path: Path) -> dict[str, list[str]]:
    """Everything that points at cells, part by part: formulas, names, areas of formats and validation."""
    return {name: pointed for name, (_, pointed) in looks(path).items()}


def followed(text: str, table: Table, last: int) -> str:
    """A reference of another sheet to whole columns of a table, after the table has come to end in row `last`."""
    body = table.body_area
    sheet = rf"(?:'{re.escape(table.sheet)}'|{re.escape(table.sheet)})"
    rows = rf"(?:{body.top}|{body.top - 1})" if table.header else str(body.top)
    whole = rf"({sheet}!\$([A-Z]+)\${rows}:\$([A-Z]+)\$){body.bottom}\b"

    def longer(found: re.Match[str]) -> str:
        first, final = (column_number(letters) for letters in found.groups()[1:])
        return f"{found[1]}{last}" if body.left <= first <= final <= body.right else found[0]

    return re.sub(whole, longer, text)


def resized(path: Path, table: str, rows: int) -> set[str]:
    """Give a table so many rows; return the parts that the receipt names."""
    with Package.open(path) as book:
        columns = book.tables[table].columns[:1]
        book.replace_table(table, columns, [[f"row {index}"] for index in range(rows)])
        receipt = book.save()
    return {*receipt.changed, *receipt.added, *receipt.dropped}


def unchanged_but(before: dict[str, bytes], after: dict[str, bytes], written: set[str]) -> bool:
    return all(before.get(name) == after.get(name) for name in {*before, *after} - written)


def test_a_cell_and_a_sheet(real_data: Path, tmp_path: Path, parts: Any) -> None:
    for path in copies(real_data, tmp_path):
        before, had = parts(path), features(path)
        with Package.open(path) as book:
            sheet = list(book._workbook.worksheets)[-1]
            book.set_cells(sheet, {"AZ77": "=x", "AZ78": 5})
            book.add_sheet("kpixl", [["text", 1]])
            book.set_property("kpixl.version", "1")
            receipt = book.save()
        after = parts(path)
        assert {*before} - {*after} == set(receipt.dropped), path.name
        assert {name for name in {*before} & {*after} if before[name] != after[name]} == set(receipt.changed), path.name
        assert features(path) == had, path.name
        with Package.open(path) as book:
            assert book._workbook.sheet(sheet).value(52, 77) == "=x"
            assert book.sheets[-1] == "kpixl"


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


def test_sheets_of_another_workbook(real_data: Path, tmp_path: Path, parts: Any) -> None:
    """The first sheet and the last: no part of another sheet is touched but which one is shown."""
    for path in copies(real_data, tmp_path):
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


def test_protected_workbooks_are_refused(real_data: Path) -> None:
    for name, reason in REFUSED.items():
        with pytest.raises(WorkbookRefused, match=reason):
            Package.open(real_data / "xlsx" / name)


def test_every_table_grows_to_five_thousand_rows_and_shrinks_again(real_data: Path, tmp_path: Path, parts: Any) -> None:
    """Or it is refused for a reason; what points at it follows there and back."""
    grown, refused = Counter[str](), []
    for path in copies(real_data, tmp_path):
        original = path.read_bytes()
        with Package.open(path) as book:
            tables = list(book.tables.values())
        for table in tables[:MOST_TABLES]:
            path.write_bytes(original)
            before, had, pointed = parts(path), features(path), references(path)
            body = table.body_area
            rows = body.bottom - body.top + 1
            try:
                written = resized(path, table.name, GROWN)
            except WorkbookRefused as refusal:
                assert table.name in str(refusal)
                assert path.read_bytes() == original
                refused.append(table.name)
                continue
            grown[path.name] += 1
            assert unchanged_but(before, parts(path), written), (path.name, table.name)
            kept = features(path)
            assert {feature for feature in had if feature != "formula" and kept[feature] != had[feature]} == set()
            last = body.top + GROWN - 1
            charted = [name for name in before if "/charts/" in name] + ["xl/workbook.xml"]
            now = references(path)
            for name in charted:
                expected = [followed(text, table, last) for text in pointed.get(name, [])]
                assert now.get(name, []) == expected, (path.name, table.name, name)
            written |= resized(path, table.name, rows)
            assert unchanged_but(before, parts(path), written), (path.name, table.name)
            kept = features(path)
            assert {feature for feature in had if feature != "formula" and kept[feature] != had[feature]} == set()
            now = references(path)
            for name in pointed.keys() - {name for name in pointed if "/worksheets/" in name}:
                assert now.get(name, []) == pointed[name], (path.name, table.name, name)
            with Package.open(path) as book:
                assert book.tables[table.name].ref == table.ref
    assert len(grown) >= 5
    assert len(refused) >= 2


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


def test_the_audit_finds_nothing_new(real_data: Path, tmp_path: Path) -> None:
    """The rows of a table are alike to it, so some are enough."""
    for path in copies(real_data, tmp_path):
        before = findings(path)
        changed(path, AUDITED)
        assert findings(path) <= before, path.name


@pytest.mark.calc
def test_libreoffice_opens_what_grew(real_data: Path, tmp_path: Path) -> None:
    """One start for all files: each has the new cells, computed, the new sheet and the last new row."""
    expected = {path: changed(path, GROWN) for path in copies(real_data, tmp_path)}
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
