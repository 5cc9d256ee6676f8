"""Changed workbooks as other programs read them: openxml-audit, openpyxl, LibreOffice."""

import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from kpixl.xlsx import Cached, Formula, Package


def change(path: Path, table: str | None, columns: list[str], rows: list[list[Any]]) -> None:
    """Everything that can be asked for at once."""
    with Package.open(path) as book:
        sheet = next(iter(book._workbook.worksheets))
        book.set_cells(sheet, {"AZ77": "=x", "AZ78": 5, "AZ79": Formula("AZ78*2", 10), "AZ80": Formula("AZ79*2")})
        if table:
            book.replace_table(table, columns, rows)
        book.add_sheet("kpixl 追加", [["text", 1.5], [None, Formula("B1*2", 3)]])
        book.set_property("kpixl.version", "1.0")
        book.save()


def findings(path: Path) -> set[str]:
    openxml_audit = pytest.importorskip("openxml_audit")
    result = openxml_audit.OpenXmlValidator().validate(path)
    return {str(finding) for finding in result.errors}


def rows(count: int) -> list[list[Any]]:
    return [["=cmd|x", index, index / 2] for index in range(count)]


def test_the_audit_finds_nothing(sales: Path) -> None:
    assert findings(sales) == set()
    change(sales, "Sales", ["Region", "Amount", "Qty"], rows(50))
    assert findings(sales) == set()


def test_the_audit_finds_nothing_new_in_real_workbooks(real_data: Path, tmp_path: Path) -> None:
    tables = {
        "ox_table_slicer": ("Table1", ["mpg"]),
        "poi_cities_pivot_chart": ("SmallCity", ["City"]),
        "ox_loadexample_slicer_charts": ("Table2", ["Species"]),
        "xw_features": ("tblSales", ["Region"]),
        "php_ns_prefixed": (None, []),
        "php_sparkline_charts": (None, []),
        "ox_threaded": (None, []),
        "ox_checkboxes": (None, []),
    }
    for name, (table, columns) in tables.items():
        source = real_data / "xlsx" / f"{name}.xlsx"
        path = tmp_path / source.name
        path.write_bytes(source.read_bytes())
        change(path, table, columns, [[f"new {index}"] for index in range(14)])
        assert findings(path) <= findings(source), name


@pytest.fixture(scope="session")
def office(tmp_path_factory: pytest.TempPathFactory) -> Callable[[Path, str], Path]:
    """Convert a workbook with LibreOffice."""
    profile = tmp_path_factory.mktemp("profile")

    def convert(path: Path, kind: str) -> Path:
        target = path.parent / "converted"
        call = [
            "soffice",
            "--headless",
            "--norestore",
            f"-env:UserInstallation=file://{profile}",
            "--convert-to",
            kind,
            "--outdir",
            str(target),
            str(path),
        ]
        for _ in range(3):  # a new profile ends with 81: start again
            done = subprocess.run(call, capture_output=True, text=True, check=False, timeout=180)
            if done.returncode != 81:
                break
        assert done.returncode == 0, done.stderr
        return target / f"{path.stem}.{kind}"

    return convert


@pytest.mark.calc
def test_libreoffice_computes_what_lost_its_value(sales: Path, office: Any, load: Any) -> None:
    """Amounts 0, 10 ... 190 sum to 1900; the dropped formulas are computed, the given value is shown as given."""
    with Package.open(sales) as book:
        given = [[f"R{index}", index * 10, 2, Cached(index * 20)] for index in range(20)]
        book.replace_table("Sales", ["Region", "Amount", "Qty", "Total"], given)
        book.set_cells("Report", {"B3": Cached(1900)})
        book.save()
    book = load(office(sales, "xlsx"), data_only=True)
    report = book["Report"]
    assert [report[f"B{row}"].value for row in (1, 2, 3, 6)] == [1900, 1900, 1900, 21]
    assert [book["Data"][f"E{row}"].value for row in (2, 3, 21)] == [0, 20, 380]
    assert book["Data"].tables["Sales"].ref == "A1:F21"


@pytest.mark.calc
def test_libreoffice_opens_changed_real_workbooks(real_data: Path, tmp_path: Path, office: Any, load: Any) -> None:
    tables = {"ox_table_slicer": ("Table1", ["mpg"]), "php_ns_prefixed": (None, []), "poi_strict": (None, [])}
    for name, (table, columns) in tables.items():
        path = tmp_path / f"{name}.xlsx"
        path.write_bytes((real_data / "xlsx" / path.name).read_bytes())
        change(path, table, columns, [[index] for index in range(14)])
        book = load(office(path, "xlsx"), data_only=True)
        first = book[book.sheetnames[0]]
        assert [first[f"AZ{row}"].value for row in (77, 78, 79, 80)] == ["=x", 5, 10, 20], name
        assert book.sheetnames[-1] == "kpixl 追加"
