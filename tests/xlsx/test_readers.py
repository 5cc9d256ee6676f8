"""Changed workbooks as other programs read them: openxml-audit, openpyxl, LibreOffice."""

import random
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import openxml_audit
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
    result = openxml_audit.OpenXmlValidator().validate(path)
    return {str(finding) for finding in result.errors if finding.severity.name == "ERROR"}


def rows(count: int) -> list[list[Any]]:
    return [["=cmd|x", index, index / 2] for index in range(count)]


def test_the_audit_finds_nothing(sales: Path) -> None:
    assert findings(sales) == set()
    change(sales, "Sales", ["Region", "Amount", "Qty"], rows(50))
    assert findings(sales) == set()


ALWAYS = """<?xml version="1.0" encoding="UTF-8"?>
<oor:items xmlns:oor="http://openoffice.org/2001/registry">
<item oor:path="/org.openoffice.Office.Calc/Formula/Load">
<prop oor:name="OOXMLRecalcMode" oor:op="fuse"><value>0</value></prop></item>
</oor:items>"""


@pytest.fixture(scope="session")
def office(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Path]:
    """Open a workbook with LibreOffice and save it anew, computing only what has no value, or everything."""
    profiles = {everything: tmp_path_factory.mktemp("profile") for everything in (False, True)}
    (profiles[True] / "user").mkdir()
    (profiles[True] / "user" / "registrymodifications.xcu").write_text(ALWAYS)

    def convert(path: Path, *, everything: bool = False) -> Path:
        target = path.parent / "converted"
        profile = f"-env:UserInstallation=file://{profiles[everything]}"
        call = ["soffice", "--headless", "--norestore", profile, "--convert-to", "xlsx", "--outdir", target, path]
        for _ in range(3):  # a new profile ends with 81: start again
            done = subprocess.run(call, capture_output=True, text=True, check=False, timeout=180)
            if done.returncode != 81:
                break
        assert done.returncode == 0, done.stderr
        return target / path.name

    return convert


@pytest.mark.calc
def test_libreoffice_computes_what_lost_its_value(sales: Path, office: Any, load: Any) -> None:
    """Amounts 0, 10 ... 190 sum to 1900; the dropped formulas are computed, the given value is shown as given."""
    with Package.open(sales) as book:
        given = [[f"R{index}", index * 10, 2, Cached(index * 20)] for index in range(20)]
        book.replace_table("Sales", ["Region", "Amount", "Qty", "Total"], given)
        book.set_cells("Report", {"B3": Cached(1900)})
        book.save()
    book = load(office(sales), data_only=True)
    report = book["Report"]
    assert [report[f"B{row}"].value for row in (1, 2, 3, 6)] == [1900, 1900, 1900, 21]
    assert [book["Data"][f"E{row}"].value for row in (2, 3, 21)] == [0, 20, 380]
    assert book["Data"].tables["Sales"].ref == "A1:F21"


def scattered(chance: random.Random) -> dict[str, str]:
    """Formulas of many kinds on two sheets; inputs stand in columns A and B."""
    formulas = {}
    for number in range(1, 121):
        sheet, other = chance.sample(["One", "Two"], 2)
        here = [f"{chance.choice('ABC')}{chance.randint(1, 12)}" for _ in range(3)]
        top = chance.randint(1, 8)
        first, last = f"{chance.choice('AB')}{top}", f"B{top + chance.randint(0, 4)}"
        formulas[f"{sheet}!{chance.choice('CDEF')}{number}"] = chance.choice(
            [
                f"={here[0]}+{here[1]}*2",
                f"=SUM({first}:{last})+{other}!{here[2]}",
                f"=SUM({other}!$A${top}:B{top + 2})",
                f"=IF({here[0]}>5,{other}!{here[1]},rate)",
                f"=total+{here[2]}",
                f"=SUM(T[Amount])+ROWS(T[Name])+{here[0]}",
                f"=MAX({other}!A:A)",
                f"=INDEX({other}!A1:B12,{chance.randint(1, 12)},2)",
                f"=SUM(OFFSET({other}!A1,{top},0,2,1))",
                f'=INDIRECT("{other}!A{top}")',
                f'=SUMIF(A1:A12,">4",{other}!B1)',
                f"=VLOOKUP({top},{other}!A1:B12,2)",
                f"=SUM({other}!{top}:{top})-SUM({other}!C{top}:Z{top})",
            ]
        )
    return formulas


@pytest.mark.calc
@pytest.mark.parametrize("seed", range(3))
def test_no_value_that_stays_is_stale(seed: int, make: Any, office: Any, load: Any, cells: Any) -> None:
    """LibreOffice computes everything before and after a change: what kept its value has the right one."""
    chance = random.Random(seed)  # noqa: S311 - a choice of formulas, not a secret
    formulas = scattered(chance)
    values: dict[str, Any] = {}

    def fill(book: Any) -> None:
        sheets = {name: book.add_worksheet(name) for name in ("One", "Two", "Three")}
        for name in ("One", "Two"):
            for row in range(1, 13):
                sheets[name].write_row(f"A{row}", [row, row * row % 7])
        columns = [{"header": "Name"}, {"header": "Amount"}]
        sheets["Three"].add_table("A1:B4", {"name": "T", "columns": columns, "data": [["a", 1], ["b", 2], ["c", 3]]})
        book.define_name("rate", "=One!$B$3")
        book.define_name("total", "=SUM(Two!$A$2:$A$5)")
        for place, formula in formulas.items():
            sheet, _, cell = place.partition("!")
            sheets[sheet].write_formula(cell, formula, None, values.get(place, 0))

    computed = load(office(make(fill), everything=True), data_only=True)
    for place in formulas:
        sheet, _, cell = place.partition("!")
        values[place] = computed[sheet][cell].value
    path = make(fill)
    with Package.open(path) as book:
        for sheet in ("One", "Two"):
            book.set_cells(sheet, {f"{chance.choice('AB')}{chance.randint(1, 12)}": chance.randint(20, 90)})
        if seed:
            book.replace_table("T", ["Name", "Amount"], [["x", 5]] * (seed + 3))
        book.save()
    truth = load(office(path, everything=True), data_only=True)
    kept = 0
    for name in ("One", "Two"):
        sheet_cells = cells(path, name)
        for place in (place.partition("!")[2] for place in formulas if place.startswith(name)):
            if sheet_cells.value(place) is not None:
                kept += 1
                assert float(sheet_cells.value(place)) == pytest.approx(truth[name][place].value), (name, place)
    assert 0 < kept < len(formulas)


def test_a_workbook_that_openpyxl_wrote(tmp_path: Path, load: Any, cells: Any) -> None:
    from openpyxl import Workbook
    from openpyxl.worksheet.table import Table

    path = tmp_path / "book.xlsx"
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.title = "S"
    for row in [["Name", "N"], ["a", 1], ["b", 2]]:
        sheet.append(row)
    sheet.add_table(Table(displayName="T", ref="A1:B3"))
    sheet["D1"] = "=SUM(B2:B3)"
    book.save(path)
    before = findings(path)
    change(path, "T", ["Name", "N"], [["=x", index] for index in range(5)])
    assert findings(path) <= before
    loaded = load(path)
    assert (loaded["S"]["D1"].value, loaded["S"]["A6"].value) == ("=SUM(B2:B6)", "=x")
    assert loaded["S"].tables["T"].ref == "A1:B6"
    assert loaded.sheetnames == ["S", "kpixl 追加"]


@pytest.mark.calc
def test_a_workbook_that_libreoffice_wrote(sales: Path, office: Any, load: Any) -> None:
    path = office(sales)
    change(path, "Sales", ["Region", "Amount", "Qty"], rows(30))
    loaded = load(path)
    assert loaded["Report"]["B2"].value == "=SUM(Data!C2:C31)"
    assert loaded["Data"].tables["Sales"].ref == "A1:F31"
    assert loaded["Data"]["B31"].value == "=cmd|x"
    again = load(office(path), data_only=True)
    assert again["Report"]["B2"].value == sum(range(30))
