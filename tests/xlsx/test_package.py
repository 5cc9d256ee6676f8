"""Opening, changing and saving a workbook: nothing else changes."""

import re
import zipfile
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest

from kpixl.errors import WorkbookRefused
from kpixl.xlsx import Cached, Formula, Package
from kpixl.xlsx.address import Area


def test_reads_sheets_tables_names_and_properties(sales: Path) -> None:
    with Package.open(sales) as book:
        assert book.sheets == ("Data", "Report", "Dashboard")
        table = book.tables["Sales"]
        assert (table.sheet, table.ref, table.body) == ("Data", "A1:F11", "A2:F11")
        assert table.columns == ("Date", "Region", "Amount", "Qty", "Total", "Note")
        assert table.header
        assert not table.totals
        assert book.names == {"Amounts": "Data!$C$2:$C$11", "Rate": "Report!$A$20"}
        assert book.properties == {"kpixl.version": "1.0"}


def test_one_changed_cell_leaves_every_other_part_as_it_was(
    sales: Path, parts: Callable[[Path], dict[str, bytes]]
) -> None:
    before = parts(sales)
    with Package.open(sales) as book:
        book.set_cells("Dashboard", {"B30": 5})
        receipt = book.save()
    after = parts(sales)
    assert list(after) == list(before)
    assert [name for name in before if before[name] != after[name]] == ["xl/worksheets/sheet3.xml"]
    assert receipt.changed == ("xl/worksheets/sheet3.xml",)
    assert receipt.cells == {"Dashboard": 1}


def test_changed_sheets_are_told_in_the_order_of_the_workbook(sales: Path) -> None:
    with Package.open(sales) as book:
        for sheet in ("Dashboard", "Report", "Data"):
            book.set_cells(sheet, {"Z30": 5})
        assert list(book.save().cells.items()) == [("Data", 1), ("Report", 1), ("Dashboard", 1)]


def test_untouched_parts_keep_even_their_compressed_bytes(sales: Path) -> None:
    def compressed(path: Path) -> dict[str, tuple[int, int]]:
        with zipfile.ZipFile(path) as archive:
            return {item.filename: (item.CRC, item.compress_size) for item in archive.infolist()}

    with zipfile.ZipFile(sales) as archive:
        contents = {item: archive.read(item) for item in archive.namelist()}
    with zipfile.ZipFile(sales, "w", zipfile.ZIP_STORED) as archive:
        for item, content in contents.items():
            archive.writestr(item, content)
    before = compressed(sales)
    with Package.open(sales) as book:
        book.set_cells("Dashboard", {"B30": 5})
        book.save()
    changed = {item for item, state in compressed(sales).items() if state != before[item]}
    assert changed == {"xl/worksheets/sheet3.xml"}


def test_saving_without_a_change_writes_nothing(sales: Path) -> None:
    state = sales.stat()
    with Package.open(sales) as book:
        book.set_cells(
            "Data",
            {
                "C2": 100,
                "B2": "South",
                "A2": date(2025, 4, 1),
                "E2": Formula("Sales[[#This Row],[Amount]]*Sales[[#This Row],[Qty]]", 100),
            },
        )
        receipt = book.save()
    assert (receipt.changed, receipt.cells, receipt.backup) == ((), {}, None)
    assert sales.stat().st_mtime_ns == state.st_mtime_ns
    assert [path.name for path in sales.parent.iterdir()] == ["book.xlsx"]


def test_a_dry_run_says_what_would_change_and_writes_nothing(sales: Path) -> None:
    content = sales.read_bytes()
    with Package.open(sales) as book:
        book.set_cells("Data", {"C2": 7})
        planned = book.save(dry_run=True)
        assert sales.read_bytes() == content
        done = book.save()
    assert "xl/worksheets/sheet1.xml" in planned.changed
    assert (planned.changed, planned.cells) == (done.changed, done.cells)


def test_saves_to_another_file(sales: Path, tmp_path: Path, load: Any) -> None:
    content = sales.read_bytes()
    with Package.open(sales) as book:
        book.set_cells("Data", {"H1": "copy"})
        book.save(tmp_path / "copy.xlsx")
    assert sales.read_bytes() == content
    assert load(tmp_path / "copy.xlsx")["Data"]["H1"].value == "copy"


def test_text_is_never_a_formula(sales: Path, load: Any) -> None:
    texts = {
        "H1": '=HYPERLINK("http://x")',
        "H2": "+1",
        "H3": "-1",
        "H4": "@SUM(A1)",
        "H5": "=cmd|' /C calc'!A0",
        "H6": "\t=1",
    }
    with Package.open(sales) as book:
        book.set_cells("Data", texts)
        book.save()
    sheet = load(sales)["Data"]
    for place, text in texts.items():
        assert (sheet[place].value, sheet[place].data_type) == (text, "s")


@pytest.mark.parametrize(
    "text",
    ["  kept  ", "two\nlines", "a & b < c > d \" '", "_x0041_", "bell \x07", "😀 目標", "tab\there", "", "]]>"],
)
def test_any_text_comes_back_as_it_went_in(sales: Path, text: str) -> None:
    with Package.open(sales) as book:
        book.set_cells("Data", {"H1": text})
        book.save()
    with zipfile.ZipFile(sales) as archive:
        assert b'xml:space="preserve"' in archive.read("xl/worksheets/sheet1.xml") or text == text.strip()
    with Package.open(sales) as book:
        sheet = book._workbook.sheet("Data")
        assert sheet.value(8, 1) == text


def test_numbers_truth_dates_and_blanks(sales: Path, load: Any) -> None:
    with Package.open(sales) as book:
        book.set_cells(
            "Data",
            {
                "H1": 12,
                "H2": 0.1,
                "H3": True,
                "H4": date(2025, 6, 2),
                "H5": datetime(2025, 6, 2, 12),
                "C2": None,
                "H6": 10**18,
                "H7": float("nan"),
            },
        )
        book.save()
    sheet = load(sales)["Data"]
    assert [sheet[f"H{row}"].value for row in range(1, 8)] == [12, 0.1, True, 45810, 45810.5, 10**18, "#NUM!"]
    assert sheet["C2"].value is None
    assert sheet["C2"].number_format == "#,##0"


def test_a_written_cell_takes_the_style_of_cell_row_or_column(make: Callable[..., Path], load: Any) -> None:
    def fill(book: Any) -> None:
        sheet = book.add_worksheet("S")
        sheet.set_column("B:B", 10, book.add_format({"num_format": "0%"}))
        sheet.set_row(4, 20, book.add_format({"num_format": "0.00"}))
        sheet.write("A1", 1, book.add_format({"num_format": "0.0"}))

    path = make(fill)
    with Package.open(path) as book:
        book.set_cells("S", {"A1": 2, "B2": 3, "B5": 4, "C2": 5})
        book.save()
    sheet = load(path)["S"]
    assert [sheet[place].number_format for place in ("A1", "B2", "B5", "C2")] == ["0.0", "0%", "0.00", "General"]


def test_dates_follow_the_workbooks_date_system(make: Callable[..., Path], load: Any) -> None:
    path = make(lambda book: book.add_worksheet("S"), date_1904=True)
    with Package.open(path) as book:
        book.set_cells("S", {"A1": date(1904, 1, 2)})
        book.save()
        with pytest.raises(WorkbookRefused, match="1904-01-01"):
            book.set_cells("S", {"A1": date(1903, 12, 31)})
    assert load(path)["S"]["A1"].value == 1


def test_rows_and_sheet_say_how_far_they_reach(sales: Path, cells: Any) -> None:
    """A row's span and the sheet's dimension are hints; wrong ones would mislead readers."""
    with Package.open(sales) as book:
        book.set_cells("Data", {"J3": 1, "B40": 2})
        book.save()
    root = cells(sales, "Data").root
    assert [item.get("ref") for item in root.iter("{*}dimension")] == ["A1:J40"]
    assert {item.get("r"): item.get("spans") for item in root.iter("{*}row")} == {
        "1": "1:6",
        "3": None,
        "40": None,
    } | {str(row): "1:6" for row in (2, *range(4, 12))}


def test_cells_in_percent_get_another_number_format_and_keep_all_else(make: Callable[..., Path], load: Any) -> None:
    def fill(book: Any) -> None:
        page = book.add_worksheet("S")
        bold = book.add_format({"bold": True, "num_format": "0.0%"})
        page.write_formula("A1", "=1/8", bold, 0.125)
        page.write("A2", 0.5, book.add_format({"num_format": "0%"}))
        page.write("A3", 7, book.add_format({"num_format": "#,##0"}))
        page.write("B1", 0.25, bold)

    path = make(fill)
    with Package.open(path) as book:
        assert book.renumber_percent("S", Area.parse("A1:A9"), '0.0"pt"') == 2
        assert book.renumber_percent("S", Area.parse("A1:A9"), '0.0"pt"') == 0
        book.save()
    sheet = load(path)["S"]
    assert [sheet[cell].number_format for cell in ("A1", "A2", "A3", "B1")] == ['0.0"pt"', '0.0"pt"', "#,##0", "0.0%"]
    assert [sheet[cell].value for cell in ("A1", "A2", "A3", "B1")] == ["=1/8", 0.5, 7, 0.25]
    assert sheet["A1"].font.bold


def test_adds_a_sheet(sales: Path, parts: Callable[[Path], dict[str, bytes]], load: Any) -> None:
    before = parts(sales)
    with Package.open(sales) as book:
        book.add_sheet("見直し", [["月", "達成率"], ["4月", 0.9], [None, Formula("B2*2", 1.8)]])
        receipt = book.save()
    assert receipt.added == ("xl/worksheets/sheet4.xml",)
    after = parts(sales)
    changed = {name for name in before if before[name] != after[name]}
    assert changed == {"[Content_Types].xml", "xl/workbook.xml", "xl/_rels/workbook.xml.rels"}
    book = load(sales)
    assert book.sheetnames == ["Data", "Report", "Dashboard", "見直し"]
    assert [[cell.value for cell in row] for row in book["見直し"]["A1:B3"]] == [
        ["月", "達成率"],
        ["4月", 0.9],
        [None, "=B2*2"],
    ]
    assert load(sales, data_only=True)["見直し"]["B3"].value == 1.8


def test_a_new_sheet_does_not_inherit_what_a_lost_one_left(sales: Path, parts: Any) -> None:
    orphan = "xl/worksheets/_rels/sheet4.xml.rels"
    with zipfile.ZipFile(sales, "a") as archive:
        archive.writestr(orphan, parts(sales)["xl/worksheets/_rels/sheet1.xml.rels"])
    with Package.open(sales) as book:
        book.add_sheet("new", [[1]])
        assert book.save().added == ("xl/worksheets/sheet5.xml",)


@pytest.mark.parametrize("name", ["data", "", "a" * 32, "a/b", "a:b", "'a", "[a]"])
def test_refuses_a_sheet_name_that_excel_would(sales: Path, name: str) -> None:
    with Package.open(sales) as book, pytest.raises(WorkbookRefused, match="シート名"):
        book.add_sheet(name, [])


@pytest.mark.parametrize(
    "value",
    ["1.2", "日本", 3, 2.5, True, False, datetime(2025, 6, 2, 9, 30, tzinfo=UTC), 2**40],
)
def test_properties_come_back_as_they_went_in(sales: Path, value: Any) -> None:
    with Package.open(sales) as book:
        book.set_property("kpixl.version", value)
        book.set_property("kpixl.other", "x")
        book.save()
    with Package.open(sales) as book:
        assert book.properties == {"kpixl.version": value, "kpixl.other": "x"}


def test_gives_a_workbook_its_first_property(make: Callable[..., Path], load: Any) -> None:
    path = make(lambda book: book.add_worksheet("S"))
    with Package.open(path) as book:
        assert book.properties == {}
        book.set_property("kpixl.template", "inside_sales")
        book.save()
    assert load(path).custom_doc_props["kpixl.template"].value == "inside_sales"


def test_says_what_there_is_when_a_name_is_unknown(sales: Path) -> None:
    with Package.open(sales) as book:
        with pytest.raises(WorkbookRefused, match="Data, Report, Dashboard"):
            book.set_cells("Dta", {"A1": 1})
        with pytest.raises(WorkbookRefused, match="Sales"):
            book.replace_table("Slaes", [], [])
        with pytest.raises(WorkbookRefused, match="Date, Region, Amount, Qty, Total, Note"):
            book.replace_table("Sales", ["Amnt"], [[1]])
        for place in ("A0", "ZZZ1", "A1:B2", "", "1"):
            with pytest.raises(WorkbookRefused, match="番地"):
                book.set_cells("Data", {place: 1})


def test_refuses_what_would_break_a_table_or_hide_a_value(make: Callable[..., Path], sales: Path) -> None:
    with Package.open(sales) as book:
        with pytest.raises(WorkbookRefused, match="Amount"):
            book.set_cells("Data", {"C1": "Sum"})
        book.set_cells("Data", {"C1": "Amount"})

    def fill(book: Any) -> None:
        sheet = book.add_worksheet("S")
        sheet.merge_range("A1:B2", "merged")
        sheet.write_array_formula("D1:D3", "{=ROW(A1:A3)}", None, 1)

    with Package.open(make(fill, "other.xlsx")) as book:
        book.set_cells("S", {"A1": "first cell"})
        with pytest.raises(WorkbookRefused, match="A1:B2"):
            book.set_cells("S", {"B2": 1})
        with pytest.raises(WorkbookRefused, match="D1:D3"):
            book.set_cells("S", {"D2": 1})


def test_a_refused_change_changes_nothing(sales: Path) -> None:
    content = sales.read_bytes()
    long = "x" * 40_000
    with Package.open(sales) as book:
        with pytest.raises(WorkbookRefused):
            book.set_cells("Data", {"H1": 1, "H2": long})
        with pytest.raises(WorkbookRefused):
            book.replace_table("Sales", ["Region"], [["a"], ["b"], [long]], sources=[3, 2, 1])
        with pytest.raises(TypeError):
            book.replace_table("Sales", ["Amount"], [[1], [object()]])
        assert book.save().changed == ()
    assert sales.read_bytes() == content


def test_refuses_a_text_that_no_cell_can_hold(sales: Path) -> None:
    with Package.open(sales) as book:
        book.set_cells("Data", {"H1": "x" * 32_767})
        with pytest.raises(WorkbookRefused, match="32767"):
            book.set_cells("Data", {"H1": "x" * 32_768})


@pytest.mark.parametrize("encoding", ["utf-16", "utf-8-sig", "shift_jis"])
def test_parts_in_other_encodings(sales: Path, edit_part: Callable[..., None], encoding: str, load: Any) -> None:
    def recode(xml: bytes) -> bytes:
        name = encoding.removesuffix("-sig").encode()
        return xml.replace(b'encoding="UTF-8"', b'encoding="' + name + b'"').decode().encode(encoding)

    for part in ("xl/worksheets/sheet1.xml", "xl/workbook.xml", "xl/tables/table1.xml", "xl/worksheets/sheet2.xml"):
        edit_part(sales, part, recode)
    with Package.open(sales) as book:
        book.replace_table("Sales", ["Amount"], [[1], [2]])
        book.save()
    report = load(sales)["Report"]
    assert report["B2"].value == "=SUM(Data!C2:C3)"


def test_prefixed_and_strict_namespaces(sales: Path, edit_part: Callable[..., None], cells: Any) -> None:
    """Other programs write `x:` before every tag, or the namespaces of ISO/IEC 29500 Strict."""

    def other(xml: bytes) -> bytes:
        xml = xml.replace(
            b"http://schemas.openxmlformats.org/officeDocument/2006/relationships",
            b"http://purl.oclc.org/ooxml/officeDocument/relationships",
        ).replace(
            b"http://schemas.openxmlformats.org/spreadsheetml/2006/main",
            b"http://purl.oclc.org/ooxml/spreadsheetml/main",
        )
        xml = re.sub(rb"<(/?)([a-zA-Z]\w*)(?=[\s/>])", rb"<\1x:\2", xml)
        return xml.replace(b' xmlns="', b' xmlns:x="')

    for part in ("xl/workbook.xml", "xl/worksheets/sheet1.xml", "xl/worksheets/sheet2.xml", "xl/tables/table1.xml"):
        edit_part(sales, part, other)
    with Package.open(sales) as book:
        book.replace_table("Sales", ["Region", "Amount"], [["=x", index] for index in range(14)])
        book.set_cells("Report", {"B5": 1, "B3": Cached(91), "H1": Formula("1+1", 2)})
        book.add_sheet("new", [["a", 1]])
        book.save()
    report, data = cells(sales, "Report"), cells(sales, "Data")
    assert report.formula("B2") == "SUM(Data!C2:C15)"
    assert (report.value("B2"), report.value("B3"), report.value("H1")) == (None, "91", "2")
    assert (data.value("B15"), data.value("C15")) == ("=x", "13")
    with Package.open(sales) as book:
        assert book.tables["Sales"].ref == "A1:F15"
        assert book.sheets[-1] == "new"
        assert book.names["Amounts"] == "Data!$C$2:$C$15"
        assert book._workbook.sheet("new").value(2, 1) == 1


def test_part_names_in_other_case_and_absolute_targets(sales: Path, edit_part: Callable[..., None]) -> None:
    edit_part(sales, "xl/worksheets/sheet1.xml", lambda xml: xml, rename="XL/Worksheets/Sheet1.xml")
    edit_part(
        sales,
        "xl/_rels/workbook.xml.rels",
        lambda xml: xml.replace(b'Target="worksheets/sheet2.xml"', b'Target="/xl/worksheets/sheet2.xml"'),
    )
    with Package.open(sales) as book:
        book.set_cells("Data", {"H1": 1})
        book.set_cells("Report", {"H1": 1})
        assert book.save().changed == ("XL/Worksheets/Sheet1.xml", "xl/worksheets/sheet2.xml")


@pytest.mark.parametrize(
    "kind",
    [
        "ms-excel.sheet.macroEnabled.main+xml",
        "ms-excel.addin.macroEnabled.main+xml",
        "openxmlformats-officedocument.spreadsheetml.template.main+xml",
    ],
)
def test_macro_workbooks_and_templates(sales: Path, edit_part: Callable[..., None], kind: str) -> None:
    plain = b"openxmlformats-officedocument.spreadsheetml.sheet.main+xml"
    edit_part(sales, "[Content_Types].xml", lambda xml: xml.replace(plain, kind.encode()))
    with zipfile.ZipFile(sales, "a") as archive:
        archive.writestr("xl/vbaProject.bin", b"\0binary")
    with Package.open(sales) as book:
        book.set_cells("Data", {"H1": 1})
        book.save()
    with zipfile.ZipFile(sales) as archive:
        assert archive.read("xl/vbaProject.bin") == b"\0binary"


def test_relationships_to_missing_parts_do_no_harm(sales: Path, edit_part: Callable[..., None]) -> None:
    kind = b"http://schemas.openxmlformats.org/officeDocument/2006/relationships/table"
    dangling = b'<Relationship Id="rId99" Type="' + kind + b'" Target="../tables/gone.xml"/>'
    edit_part(
        sales,
        "xl/worksheets/_rels/sheet1.xml.rels",
        lambda xml: xml.replace(b"</Relationships>", dangling + b"</Relationships>"),
    )
    with Package.open(sales) as book:
        assert list(book.tables) == ["Sales"]
        book.set_cells("Data", {"C2": 5})
        book.save()


def test_rows_and_cells_without_addresses(sales: Path, edit_part: Callable[..., None], cells: Any, load: Any) -> None:
    def strip(xml: bytes) -> bytes:
        return re.sub(rb'(<(?:row|c))( [^>]*?)?\sr="[A-Z0-9]+"', rb"\1\2", xml)

    edit_part(sales, "xl/worksheets/sheet1.xml", strip)
    with Package.open(sales) as book:
        book.set_cells("Data", {"C3": 7})
        book.save()
    after = load(sales)["Data"]
    assert (after["C3"].value, after["D3"].value, after["C4"].value) == (7, 2, 300)


def test_comments_and_cdata_between_rows(sales: Path, edit_part: Callable[..., None], load: Any) -> None:
    edit_part(
        sales,
        "xl/worksheets/sheet1.xml",
        lambda xml: xml.replace(b"<sheetData>", b"<sheetData><!-- <row r='1'> -->", 1).replace(
            b"<v>1000</v>", b"<v><![CDATA[1000]]></v>"
        ),
    )
    with Package.open(sales) as book:
        book.set_cells("Data", {"C3": 7})
        book.save()
    after = load(sales)["Data"]
    assert (after["C3"].value, after["C11"].value) == (7, 1000)
