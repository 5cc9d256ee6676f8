"""Real workbooks of many programs: a cell, a table of 5,000 rows and back, a new sheet, and nothing is lost.

The files lie beside the checkout; `tests/xlsx/conftest.sales` holds the same features for where they do not.
`test_real_opened` lets other programs open them.
"""

import re
import zipfile
from collections import Counter
from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path
from typing import Any

import pytest
from lxml import etree

from kpixl.errors import WorkbookRefused
from kpixl.xlsx import Package, Table
from kpixl.xlsx.address import column_number

REFUSED = {"poi_encrypted.xlsx": "パスワード", "poi_signed.xlsx": "署名"}
GROWN = 5_000
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


def test_a_cell_and_a_sheet(copies: Iterable[Path], parts: Any) -> None:
    for path in copies:
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


def test_protected_workbooks_are_refused(real_data: Path) -> None:
    for name, reason in REFUSED.items():
        with pytest.raises(WorkbookRefused, match=reason):
            Package.open(real_data / "xlsx" / name)


def test_every_table_grows_to_five_thousand_rows_and_shrinks_again(copies: Iterable[Path], parts: Any) -> None:
    """Or it is refused for a reason; what points at it follows there and back."""
    grown, refused = Counter[str](), []
    for path in copies:
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
