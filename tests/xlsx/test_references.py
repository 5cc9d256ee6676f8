"""What points at a table follows it; what points at something else stays."""

import re
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from kpixl.xlsx import Package

GIVEN = ["Region", "Amount"]


def grow(path: Path, rows: int, table: str = "Sales", columns: list[str] | None = None) -> None:
    given = columns or GIVEN
    with Package.open(path) as book:
        book.replace_table(table, given, [[f"R{index}", index][-len(given) :] for index in range(rows)])
        book.save()


def test_everything_that_covers_the_rows_follows(sales: Path, parts: Any, load: Any) -> None:
    for rows in (25, 4):
        last = rows + 1
        grow(sales, rows)
        book = load(sales)
        report, data = book["Report"], book["Data"]
        assert report["B2"].value == f"=SUM(Data!C2:C{last})"
        assert report["B6"].value == f"=COUNTA(Data!$B$1:$B${last})"
        assert book.defined_names["Amounts"].attr_text == f"Data!$C$2:$C${last}"
        assert report.data_validations.dataValidation[0].formula1 == f"Data!$B$2:$B${last}"
        formats = {str(area.sqref): rules[0] for area, rules in data.conditional_formatting._cf_rules.items()}
        assert set(formats) == {f"A2:A{last}", f"C2:C{last}", f"D2:D{last}"}
        assert formats[f"A2:A{last}"].formula == [f"COUNTIF($B$2:$B${last},$B2)>3"]
        files = parts(sales)
        assert f"<xm:f>Data!C2:C{last}</xm:f>".encode() in files["xl/worksheets/sheet3.xml"]
        assert f"<xm:sqref>C2:C{last}</xm:sqref>".encode() in files["xl/worksheets/sheet1.xml"]
        chart = files["xl/charts/chart1.xml"].decode()
        assert re.findall("<c:f>(.*?)</c:f>", chart) == ["Data!$C$1", f"Data!$B$2:$B${last}", f"Data!$C$2:$C${last}"]


def test_the_receipt_tells_all_that_followed_from_where_to_where(sales: Path) -> None:
    with Package.open(sales) as book:
        book.replace_table("Sales", GIVEN, [[f"R{index}", index] for index in range(25)])
        planned = book.save(dry_run=True)
        done = book.save()
    expected = {
        ("Sales", "A1:F11", "A1:F26"),
        ("Amounts", "Data!$C$2:$C$11", "Data!$C$2:$C$26"),
        ("Report!B2", "SUM(Data!C2:C11)", "SUM(Data!C2:C26)"),
        ("Report!B6", "COUNTA(Data!$B$1:$B$11)", "COUNTA(Data!$B$1:$B$26)"),
        ("Report", "Data!$B$2:$B$11", "Data!$B$2:$B$26"),
        ("Data", "A2:A11", "A2:A26"),
        ("Data", "C2:C11", "C2:C26"),
        ("Data", "D2:D11", "D2:D26"),
        ("Data", "COUNTIF($B$2:$B$11,$B2)>3", "COUNTIF($B$2:$B$26,$B2)>3"),
        ("Dashboard", "Data!C2:C11", "Data!C2:C26"),
        ("xl/charts/chart1.xml", "Data!$B$2:$B$11", "Data!$B$2:$B$26"),
        ("xl/charts/chart1.xml", "Data!$C$2:$C$11", "Data!$C$2:$C$26"),
    }
    assert set(planned.followed) == set(done.followed) == expected
    assert {"xl/workbook.xml", "xl/worksheets/sheet2.xml", "xl/tables/table1.xml"} <= set(done.read)
    assert not {"xl/styles.xml", "xl/theme/theme1.xml", "xl/comments1.xml"} & set(done.read)


def test_other_ranges_stay(sales: Path, load: Any) -> None:
    grow(sales, 25)
    report = load(sales)["Report"]
    assert (report["B5"].value, report["B7"].value) == ("=Data!C1048576", "=SUM(Data!C2:C10)")


def test_a_chart_keeps_a_right_copy_of_what_it_draws(sales: Path, parts: Any) -> None:
    grow(sales, 3)
    chart = parts(sales)["xl/charts/chart1.xml"].decode()
    numbers = re.search("<c:numCache>(.*?)</c:numCache>", chart)
    assert numbers
    assert re.findall('ptCount val="(.*?)"', numbers[1]) == ["3"]
    assert re.findall('idx="(.*?)"><c:v>(.*?)</c:v>', numbers[1]) == [("0", "0"), ("1", "1"), ("2", "2")]


def test_a_chart_is_redrawn_when_values_change_without_growth(sales: Path, parts: Any) -> None:
    with Package.open(sales) as book:
        book.set_cells("Data", {"C3": 777})
        assert "xl/charts/chart1.xml" in book.save().changed
    assert b"<c:v>777</c:v>" in parts(sales)["xl/charts/chart1.xml"]


def test_a_chart_of_whole_columns_is_copied_as_far_as_there_are_rows(make: Callable[..., Path], parts: Any) -> None:
    def fill(book: Any) -> None:
        sheet = book.add_worksheet("S")
        sheet.write_column("A1", [1, 2, 3])
        chart = book.add_chart({"type": "line"})
        chart.add_series({"values": "=S!$A:$A", "values_data": [1, 2, 3]})
        sheet.insert_chart("C1", chart)

    path = make(fill)
    with Package.open(path) as book:
        book.set_cells("S", {"A2": 20})
        book.save()
    chart = parts(path)["xl/charts/chart1.xml"].decode()
    assert re.findall("<c:v>(.*?)</c:v>", chart) == ["1", "20", "3"]


@pytest.mark.parametrize(
    ("values", "shown"),
    [
        ("(S!$A$1,S!$A$3:$A$4)", ["1", "3", "40"]),
        ("(S!$B$1:$B$2,S!$A$3:$A$4)", ["5", "6", "3", "40"]),
        ("[0]!drawn", ["2", "3", "40"]),
        ("S!here", ["3", "40"]),
        ("[0]!both", ["2", "3", "40", "5"]),
        ("[0]!moving", None),
        ("[0]!column", None),
        ("S!$A$3:$B$4", None),
        ("(S!$A$1,S!$B$1)", ["9", "9", "9"]),
        ("[0]!elsewhere", ["9", "9", "9"]),
    ],
)
def test_a_chart_shows_what_the_cells_hold_or_nothing(
    make: Callable[..., Path], edit_part: Any, parts: Any, values: str, shown: list[str] | None
) -> None:
    """Lists and names are followed to their cells; where it cannot be told which those are, no old copy stays."""
    names = {
        "drawn": "=S!$A$2:$A$4",
        "S!here": "=S!$A$3:$A$4",
        "both": "=drawn,S!$B$1",
        "moving": "=OFFSET(S!$A$1,0,0,4)",
        "column": "=T[N]",
        "elsewhere": "=S!$B$1:$B$2",
    }

    def fill(book: Any) -> None:
        sheet = book.add_worksheet("S")
        sheet.write_column("A1", [1, 2, 3, 4])
        sheet.write_column("B1", [5, 6])
        sheet.add_table("D1:D3", {"name": "T", "columns": [{"header": "N"}], "data": [[1], [2]]})
        for name, text in names.items():
            book.define_name(name, text)
        chart = book.add_chart({"type": "line"})
        chart.add_series({"values": "=S!$C$1:$C$3", "values_data": [9, 9, 9]})
        sheet.insert_chart("F1", chart)

    path = make(fill)
    edit_part(path, "xl/charts/chart1.xml", lambda xml: xml.replace(b"S!$C$1:$C$3", values.encode()))
    with Package.open(path) as book:
        book.set_cells("S", {"A4": 40, "D3": 20})
        book.save()
    chart = parts(path)["xl/charts/chart1.xml"].decode()
    assert f"<c:f>{values}</c:f>" in chart
    assert re.findall("<c:v>(.*?)</c:v>", chart) == (shown or [])
    assert ("numCache" in chart) == (shown is not None)


def test_running_totals_inside_the_table_are_not_stretched(make: Callable[..., Path], load: Any) -> None:
    def fill(book: Any) -> None:
        sheet = book.add_worksheet("S")
        sheet.add_table("A1:C4", {"name": "T", "columns": [{"header": name} for name in ("N", "Sum", "Share")]})
        for row in (2, 3, 4):
            sheet.write(f"A{row}", row)
            sheet.write_formula(f"B{row}", f"=SUM(A$2:A{row})", None, 1)
            sheet.write_formula(f"C{row}", f"=A{row}/SUM(A$2:A$4)", None, 1)

    path = make(fill)
    grow(path, 5, "T", ["N"])
    sheet = load(path)["S"]
    assert [sheet[f"B{row}"].value for row in (2, 3, 4)] == ["=SUM(A$2:A2)", "=SUM(A$2:A3)", "=SUM(A$2:A4)"]
    assert [sheet[f"C{row}"].value for row in (2, 3, 4)] == [f"=A{row}/SUM(A$2:A$6)" for row in (2, 3, 4)]


def test_quoted_sheet_names_texts_and_other_workbooks(make: Callable[..., Path], load: Any) -> None:
    formulas = {
        "A1": ("='O''Brien 目標'!$A$2:$A$3", "='O''Brien 目標'!$A$2:$A$6"),
        "A2": ("=SUM('o''brien 目標'!A1:A3)", "=SUM('o''brien 目標'!A1:A6)"),
        "A3": ("=\"see 'O''Brien 目標'!$A$2:$A$3\"&1", "=\"see 'O''Brien 目標'!$A$2:$A$3\"&1"),
        "A4": ("=SUM(A2:A3)", "=SUM(A2:A3)"),
        "A5": ("=SUM([1]Other!A2:A3)", "=SUM([1]Other!A2:A3)"),
        "A6": ("=SUM('O''Brien 目標'!A2:B3)", "=SUM('O''Brien 目標'!A2:B3)"),
    }

    def fill(book: Any) -> None:
        sheet = book.add_worksheet("O'Brien 目標")
        sheet.add_table("A1:A3", {"name": "T", "columns": [{"header": "N"}], "data": [[1], [2]]})
        other = book.add_worksheet("Other")
        for place, (formula, _) in formulas.items():
            other.write_formula(place, formula, None, 0)

    path = make(fill)
    grow(path, 5, "T", ["N"])
    other = load(path)["Other"]
    assert {place: other[place].value for place in formulas} == {place: new for place, (_, new) in formulas.items()}


def test_shared_formulas_follow_cell_by_cell(make: Callable[..., Path], edit_part: Any, load: Any) -> None:
    """The first is over the table's rows, its follower one row lower is not."""

    def fill(book: Any) -> None:
        sheet = book.add_worksheet("S")
        sheet.add_table("A1:A3", {"name": "T", "columns": [{"header": "N"}], "data": [[1], [2]]})
        sheet.write("C1", 0)
        sheet.write("C2", 0)

    path = make(fill)
    edit_part(
        path,
        "xl/worksheets/sheet1.xml",
        lambda xml: xml.replace(
            b'<c r="C1"><v>0</v></c>', b'<c r="C1"><f t="shared" ref="C1:C2" si="0">SUM(A2:A3)</f><v>3</v></c>'
        ).replace(b'<c r="C2"><v>0</v></c>', b'<c r="C2"><f t="shared" si="0"/><v>2</v></c>'),
    )
    grow(path, 4, "T", ["N"])
    sheet = load(path)["S"]
    assert (sheet["C1"].value, sheet["C2"].value) == ("=SUM(A2:A5)", "=SUM(A3:A4)")


def test_real_workbooks_with_sparklines_pivots_and_charts(real_data: Path, tmp_path: Path, parts: Any) -> None:
    source = real_data / "xlsx" / "ox_loadexample_slicer_charts.xlsx"
    path = tmp_path / source.name
    path.write_bytes(source.read_bytes())
    before = parts(path)
    with Package.open(path) as book:
        book.replace_table("Table2", ["Species"], [["setosa"]] * 60)
        book.save()
    after = parts(path)
    assert set(before) - set(after) <= {"xl/calcChain.xml"}
    caches = [
        name
        for name in before
        if re.search("pivotCacheDefinition", name) and not name.endswith(".rels") and b"Table2" in before[name]
    ]
    assert caches
    for name in caches:
        assert b'refreshOnLoad="1"' in after[name]


def test_areas_written_in_other_ways_do_no_harm(sales: Path, edit_part: Any, parts: Any) -> None:
    """Whole columns, dimensions that are none, a selection that happens to cover the table."""
    edit_part(
        sales,
        "xl/worksheets/sheet1.xml",
        lambda xml: (
            xml.replace(b'sqref="D2:D11"', b'sqref="D:D B2:A1 D2:D11"')
            .replace(b'<dimension ref="A1:F11"/>', b'<dimension ref="whole"/>')
            .replace(b'workbookViewId="0"/>', b'workbookViewId="0"><selection sqref="C2:C11"/></sheetView>')
        ),
    )
    grow(sales, 25)
    sheet = parts(sales)["xl/worksheets/sheet1.xml"]
    assert b'sqref="D:D B2:A1 D2:D26"' in sheet
    assert b'<selection sqref="C2:C11"/>' in sheet
    assert b'<dimension ref="A2:F26"/>' in sheet


def test_what_a_consolidating_pivot_table_or_sheet_reads_follows(
    sales: Path, edit_part: Callable[..., None], parts: Callable[[Path], dict[str, bytes]]
) -> None:
    """Both name a sheet and an area beside each other, one in its own part, one on a sheet that is not loaded."""
    main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    _add_part(
        sales,
        "xl/pivotCache/pivotCacheDefinition1.xml",
        f'<pivotCacheDefinition xmlns="{main}"><cacheSource type="consolidation"><consolidation><rangeSets count="1">'
        '<rangeSet ref="A1:F11" sheet="Data"/></rangeSets></consolidation></cacheSource></pivotCacheDefinition>',
        "application/vnd.openxmlformats-officedocument.spreadsheetml.pivotCacheDefinition+xml",
    )
    consolidate = (
        b'<dataConsolidate><dataRefs count="1"><dataRef ref="B1:C11" sheet="Data"/></dataRefs></dataConsolidate>'
    )
    edit_part(
        sales, "xl/worksheets/sheet3.xml", lambda xml: xml.replace(b"<pageMargins", consolidate + b"<pageMargins", 1)
    )
    _grow(sales)
    after = parts(sales)
    assert b'<rangeSet ref="A1:F13" sheet="Data"/>' in after["xl/pivotCache/pivotCacheDefinition1.xml"]
    assert b'refreshOnLoad="1"' in after["xl/pivotCache/pivotCacheDefinition1.xml"]
    assert b'<dataRef ref="B1:C13" sheet="Data"/>' in after["xl/worksheets/sheet3.xml"]


def test_a_list_box_and_a_camera_follow(
    sales: Path, edit_part: Callable[..., None], parts: Callable[[Path], dict[str, bytes]]
) -> None:
    """The list of a form control in VML, the picture of a camera in both of its drawings."""
    boxes = (
        b"<x:FmlaRange>Data!$B$2:$B$11</x:FmlaRange><x:FmlaPict>Data!$A$1:$F$11</x:FmlaPict>"
        b"<x:FmlaLink>Data!$B$11</x:FmlaLink><x:Row>"
    )
    edit_part(sales, "xl/drawings/vmlDrawing1.vml", lambda xml: xml.replace(b"<x:Row>", boxes, 1))
    space = b"http://schemas.microsoft.com/office/drawing/2010/main"
    camera = b'<a14:cameraTool xmlns:a14="' + space + b'" cellRange="Data!$A$1:$F$11"/>'
    edit_part(sales, "xl/drawings/drawing1.xml", lambda xml: xml.replace(b"</xdr:wsDr>", camera + b"</xdr:wsDr>", 1))
    _grow(sales)
    after = parts(sales)
    vml = after["xl/drawings/vmlDrawing1.vml"]
    assert b"<x:FmlaRange>Data!$B$2:$B$13</x:FmlaRange><x:FmlaPict>Data!$A$1:$F$13</x:FmlaPict>" in vml
    assert b"<x:FmlaLink>Data!$B$11</x:FmlaLink>" in vml
    assert b'cellRange="Data!$A$1:$F$13"' in after["xl/drawings/drawing1.xml"]


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("SUM(Data!C2:Data!C11)", "SUM(Data!C2:C13)"),
        ("SUM(Data:Report!C2:C11)", "SUM(Data:Report!C2:C13)"),
        ("SUM('Report:Data'!$C$2:$C$11)", "SUM('Report:Data'!$C$2:$C$13)"),
        ("SUM(Report:Dashboard!C2:C11)", "SUM(Report:Dashboard!C2:C11)"),
        ("SUM(Data!C2:Data!C10)", "SUM(Data!C2:Data!C10)"),
    ],
)
def test_runs_of_sheets_and_a_sheet_named_twice_follow(
    sales: Path, edit_part: Callable[..., None], cells: Callable[..., Any], before: str, after: str
) -> None:
    edit_part(sales, "xl/worksheets/sheet2.xml", lambda xml: xml.replace(b"SUM(Data!C2:C11)", before.encode(), 1))
    _grow(sales)
    assert cells(sales, "Report").formula("B2") == after


def _grow(path: Path) -> None:
    """Give the table two rows more."""
    with Package.open(path) as book:
        book.replace_table("Sales", ["Amount"], [[row * 100] for row in range(1, 13)])
        book.save()


def _add_part(path: Path, name: str, xml: str, content_type: str) -> None:
    with zipfile.ZipFile(path) as archive:
        contents = {item: archive.read(item) for item in archive.namelist()}
    override = f'<Override PartName="/{name}" ContentType="{content_type}"/></Types>'
    contents["[Content_Types].xml"] = contents["[Content_Types].xml"].replace(b"</Types>", override.encode())
    contents[name] = xml.encode()
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for item, content in contents.items():
            archive.writestr(item, content)
