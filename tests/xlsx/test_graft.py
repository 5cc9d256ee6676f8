"""Worksheets taken out of another workbook: there with all that belongs to them, and nothing else is touched."""

import io
import re
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import openxml_audit
import pytest
import xlsxwriter
from lxml import etree

from kpixl.errors import WorkbookRefused
from kpixl.xlsx import Graft, Package

_BOARD = Graft("Board", "Board", None)
_HELPER = Graft("Helper", "Helper", "Dashboard")
_PIXEL = bytes.fromhex(
    "89504e470d0a1a0a0000000d494844520000000100000001080600000"
    "01f15c4890000000d49444154789c6360000002000001e221bc330000000049454e44ae426082"
)


def _look(cell: Any) -> list[str]:
    parts = cell.font, cell.fill, cell.border, cell.number_format, cell.alignment, cell.protection, cell.style
    return [*map(repr, parts)]


@pytest.fixture
def new() -> bytes:
    """A workbook like `sales`, its table in another place, and two sheets more: Board and the hidden Helper."""
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True}) as book:
        board, data = book.add_worksheet("Board"), book.add_worksheet("Data")
        helper = book.add_worksheet("Helper")
        helper.very_hidden()
        title = book.add_format({"bold": True, "font_size": 18, "font_color": "#1D3557", "font_name": "Yu Gothic"})
        pale = book.add_format({"bg_color": "#EEF2F7", "num_format": "#,##0", "border": 1, "border_color": "#D8DEE6"})
        share = book.add_format({"num_format": '0.0"％"', "align": "right", "locked": False})
        bad = book.add_format({"font_color": "#A3162F", "bg_color": "#FADADD", "num_format": '0.0"！"'})
        columns = [{"header": heading} for heading in ("Region", "Amount", "Qty")]
        data.add_table("B3:D5", {"name": "Sales", "columns": columns})
        helper.add_table("A1:B3", {"name": "steps", "columns": [{"header": "Step"}, {"header": "Value"}]})
        helper.write_column("A2", ["one", "two"])
        helper.write_column("B2", [1, 2], pale)
        board.set_column("A:A", 2)
        board.set_column("B:C", 21.5, pale)
        board.set_row(1, 34, title)
        board.write("B2", "売上 & <計>", title)
        board.write_rich_string("B3", "plain ", title, "bold", " end", pale)
        board.write_formula("B4", "=SUM(Sales[Amount])", pale, 5500)
        board.write_formula("B5", "=Helper!$B$2+step_rate", share, 2)
        board.write_formula("B6", "=B4*2", pale, 11_000)
        board.write_blank("C4", None, share)
        columns = [{"header": "KPI"}, {"header": "Twice", "formula": "=LEN([@KPI])*step_rate", "format": share}]
        board.add_table("B8:C10", {"name": "board_table", "columns": columns, "data": [["a"], ["bb"]]})
        board.conditional_format("B4:B6", {"type": "cell", "criteria": ">", "value": "=Helper!$B$3", "format": bad})
        board.conditional_format("C9:C10", {"type": "data_bar", "data_bar_2010": True, "bar_color": "#37474F"})
        board.data_validation("C4", {"validate": "list", "source": "=rates"})
        board.add_sparkline("D4", {"range": "Helper!B2:B3"})
        board.write_url("B12", "internal:'Data'!A1", title, "to the data")
        board.write_url("B13", "https://example.com/?a=1&b=2", title, "away")
        board.write_url("B14", "internal:home", title, "home")
        board.write_comment("B4", "how this is reckoned")
        board.insert_image("H2", "pixel.png", {"image_data": io.BytesIO(_PIXEL)})
        board.insert_textbox("H8", "", {"textlink": "=$B$4"})
        for place, values in (("E2", "=Helper!$B$2:$B$3"), ("E20", "=Data!$C$4:$C$5")):
            chart = book.add_chart({"type": "column"})
            chart.add_series({"values": values, "categories": "=Helper!$A$2:$A$3", "name": "=Board!$B$2"})
            board.insert_chart(place, chart, {"description": "what it shows"})
        board.freeze_panes("A3")
        board.set_landscape()
        board.print_area("A1:K30")
        board.repeat_rows(1, 2)
        board.set_footer("&L&F")
        book.define_name("step_rate", "=Helper!$B$2")
        book.define_name("rates", "=Sales[Qty]")
        book.define_name("home", "=Data!$A$1")
        book.define_name("Amounts", "=Board!$B$4")
    return out.getvalue()


def _grafted(path: Path, new: bytes, **options: Any) -> Any:
    with Package.open(path) as book:
        lost = book.graft(new, [_BOARD, _HELPER], **options)
        assert lost == []
        return book.save()


def _findings(path: Path) -> list[str]:
    result = openxml_audit.OpenXmlValidator().validate(path)
    return [str(finding) for finding in result.errors if finding.severity.name == "ERROR"]


def test_the_sheet_is_there_as_it_was_made(sales: Path, new: bytes, load: Callable[..., Any], tmp_path: Path) -> None:
    _grafted(sales, new)
    (tmp_path / "new.xlsx").write_bytes(new)
    there, here = load(tmp_path / "new.xlsx"), load(sales)
    assert here.sheetnames == ["Board", "Data", "Report", "Dashboard", "Helper"]
    assert [sheet.sheet_state for sheet in here] == ["visible", *["visible"] * 3, "veryHidden"]
    for title in ("Board", "Helper"):
        one, two = there[title], here[title]
        assert one.dimensions == two.dimensions
        for row in one.iter_rows():
            for cell in row:
                assert _look(two[cell.coordinate]) == _look(cell), cell
                if cell.coordinate != "B12":
                    assert two[cell.coordinate].value == cell.value, cell
        assert {key: value.width for key, value in two.column_dimensions.items()} == {
            key: value.width for key, value in one.column_dimensions.items()
        }
        assert two.row_dimensions[2].height == one.row_dimensions[2].height
        assert two.tables.keys() == one.tables.keys()
        assert [len(two._charts), len(two._images)] == [len(one._charts), len(one._images)]
    board = here["Board"]
    assert board["B4"].comment.text == "how this is reckoned"
    links = [board[cell].hyperlink for cell in ("B12", "B13", "B14")]
    assert [link.location or link.target for link in links] == [
        "'Data'!A1", "https://example.com/?a=1&b=2", "Data!$A$1",
    ]  # fmt: skip
    assert board.freeze_panes == "A3"
    assert (board.print_area, board.print_title_rows) == ("'Board'!$A$1:$K$30", "$2:$3")
    assert board.oddFooter.left.text == "&F"
    assert board.data_validations.dataValidation[0].formula1 == "rates"
    [rule] = board.conditional_formatting["B4:B6"]
    assert (rule.formula, rule.dxf.font.color.rgb) == (["Helper!$B$3"], "FFA3162F")
    assert rule.dxf.numFmt.formatCode == '0.0"！"'
    assert board.tables["board_table"].tableColumns[1].calculatedColumnFormula.attr_text
    assert here.defined_names["step_rate"].attr_text == "Helper!$B$2"
    assert here.defined_names["Amounts"].attr_text == "Data!$C$2:$C$11", "a name that is there keeps what it means"


def test_everything_else_keeps_its_bytes(sales: Path, new: bytes, parts: Callable[[Path], dict[str, bytes]]) -> None:
    before = parts(sales)
    receipt = _grafted(sales, new)
    after = parts(sales)
    assert set(before) <= set(after)
    changed = {name for name in before if before[name] != after[name]}
    assert changed == set(receipt.changed)
    shared = {"xl/workbook.xml", "xl/_rels/workbook.xml.rels", "[Content_Types].xml"}
    assert changed == shared | {"xl/styles.xml", "docProps/app.xml"}
    old, now = (etree.fromstring(version["xl/styles.xml"]) for version in (before, after))
    for holder in old:
        kept = now.find(holder.tag)
        assert [etree.tostring(one) for one in holder] == [etree.tostring(one) for one in kept][: len(holder)]
        assert holder.get("count") is None or kept.get("count") == str(len(kept))
    assert _findings(sales) == []


def test_titles_and_numbers_of_sheets_follow(sales: Path, new: bytes, edit_part: Callable[..., None]) -> None:
    """A print area of the first sheet, and the sheet that its user looked at last."""
    local = b'<definedName name="_xlnm.Print_Area" localSheetId="0">Data!$A$1:$F$11</definedName></definedNames>'
    edit_part(sales, "xl/workbook.xml", lambda xml: xml.replace(b"</definedNames>", local))
    edit_part(sales, "xl/workbook.xml", lambda xml: xml.replace(b"<workbookView", b'<workbookView activeTab="2"'))
    _grafted(sales, new)
    with zipfile.ZipFile(sales) as archive:
        book, titles = archive.read("xl/workbook.xml").decode(), archive.read("docProps/app.xml").decode()
    assert 'localSheetId="1">Data!$A$1:$F$11' in book
    assert 'localSheetId="0">Board!$A$1:$K$30' in book
    assert 'activeTab="3"' in book
    assert len(set(re.findall(r'sheetId="(\d+)"', book))) == 5
    listed = re.findall(r"<vt:lpstr>([^<]*)</vt:lpstr>", titles)
    assert listed[listed.index("Board") :][:5] == ["Board", "Data", "Report", "Dashboard", "Helper"]
    assert "<vt:i4>5</vt:i4>" in titles


def test_a_chart_follows_its_table_to_where_it_stands_here(sales: Path, new: bytes, load: Callable[..., Any]) -> None:
    """There Data!C4:C5 is the amount; here it has ten rows in C2:C11, and the sheet may be called otherwise."""
    _grafted(sales, new)
    first, second = load(sales)["Board"]._charts
    assert first.series[0].val.numRef.f == "Helper!$B$2:$B$3"
    assert second.series[0].val.numRef.f == "'Data'!$C$2:$C$11"


def test_another_name_is_followed_by_formulas_links_and_names(
    sales: Path, new: bytes, load: Callable[..., Any]
) -> None:
    with Package.open(sales) as book:
        grafts = [Graft("Board", "Data's board", "Data"), Graft("Helper", "Helper (2)", "Data's board")]
        assert book.graft(new, grafts, titles={"Data": "Report"}) == []
        book.open_on("Data's board")
        book.save()
    here = load(sales)
    assert here.sheetnames == ["Data", "Data's board", "Helper (2)", "Report", "Dashboard"]
    board = here["Data's board"]
    assert board["B5"].value == "='Helper (2)'!$B$2+step_rate"
    assert board.conditional_formatting["B4:B6"][0].formula == ["'Helper (2)'!$B$3"]
    assert here.defined_names["step_rate"].attr_text == "'Helper (2)'!$B$2"
    assert board.print_area == "'Data''s board'!$A$1:$K$30"
    assert board._charts[0].series[0].tx.strRef.f == "'Data''s board'!$B$2"
    assert board["B12"].hyperlink.location == "'Report'!A1"
    assert (here.active.title, board.sheet_view.tabSelected) == ("Data's board", True)
    assert [sheet.title for sheet in here if sheet.sheet_view.tabSelected] == ["Data's board"]
    assert _findings(sales) == []


def test_a_link_to_a_sheet_that_is_not_here_is_left_out_and_said(sales: Path, new: bytes) -> None:
    with Package.open(sales) as book:
        assert book.graft(new, [_BOARD, _HELPER], titles={"Data": "gone"}) == ["Board!B12", "Board!B14"]
        book.save()
    assert _findings(sales) == []


@pytest.mark.calc
def test_values_are_kept_until_something_they_read_changes(
    sales: Path, new: bytes, recalculate: Callable[[Path], Path], load: Callable[..., Any]
) -> None:
    with Package.open(sales) as book:
        book.graft(new, [_BOARD, _HELPER])
        assert book.save().to_calculate == 0
    for path in (sales, recalculate(sales)):
        board = load(path, data_only=True)["Board"]
        assert [board[cell].value for cell in ("B4", "B5", "B6")] == [5500, 2, 11_000]
    with Package.open(sales) as book:
        book.set_cells("Data", {"C3": 1_200})
        assert book.save().to_calculate > 2
    assert [load(sales, data_only=True)["Board"][cell].value for cell in ("B4", "B5", "B6")] == [None, 2, None]


def test_what_cannot_be_is_refused_and_nothing_changes(sales: Path, new: bytes) -> None:
    content = sales.read_bytes()
    with Package.open(sales) as book:
        for grafts, reason in (
            ([Graft("Board", "REPORT", None)], "REPORT"),
            ([Graft("Board", "a/b", None)], "a/b"),
            ([Graft("Board", "Board", "Nowhere")], "Nowhere"),
            ([Graft("Nowhere", "Board", None)], "Nowhere"),
            ([_BOARD], "Helper!"),
            ([Graft("Data", "More data", None)], "Sales"),
        ):
            with pytest.raises(WorkbookRefused, match=reason):
                book.graft(new, grafts)
            assert book.sheets == ("Data", "Report", "Dashboard")
        assert book.save().changed == ()
    assert sales.read_bytes() == content


def test_a_sheet_taken_away_in_excel_comes_back_with_its_names(
    sales: Path, new: bytes, edit_part: Callable[..., None], load: Callable[..., Any]
) -> None:
    """Excel leaves the names of a sheet that is deleted, without their cells."""
    left = b'<definedName name="step_rate">#REF!$B$2</definedName></definedNames>'
    edit_part(sales, "xl/workbook.xml", lambda xml: xml.replace(b"</definedNames>", left))
    _grafted(sales, new)
    assert load(sales).defined_names["step_rate"].attr_text == "Helper!$B$2"


def test_no_sum_over_a_run_of_sheets_counts_a_new_one_in(make: Callable[..., Path], load: Callable[..., Any]) -> None:
    """SUM(Jan:Mar!A1) goes over three sheets before and after."""

    def fill(book: Any) -> None:
        for title in ("Total", "Jan", "Feb", "Mar", "Dec"):
            book.add_worksheet(title).write("A1", 1)
        book.get_worksheet_by_name("Total").write_formula("B1", "=SUM(Jan:Mar!A1)", None, 3)

    path = make(fill)
    helper = io.BytesIO()
    with xlsxwriter.Workbook(helper, {"in_memory": True}) as book:
        book.add_worksheet("More").write("A1", 5)
    for name, after, order in (
        ("One", "Feb", ["Total", "Jan", "Feb", "Mar", "One", "Dec"]),
        ("Two", "Total", ["Total", "Two", "Jan", "Feb", "Mar", "One", "Dec"]),
        ("Three", "Mar", ["Total", "Two", "Jan", "Feb", "Mar", "Three", "One", "Dec"]),
    ):
        with Package.open(path) as package:
            package.graft(helper.getvalue(), [Graft("More", name, after)])
            assert list(package.sheets) == order
            package.save()
    assert load(path)["Total"]["B1"].value == "=SUM(Jan:Mar!A1)"


def test_a_workbook_without_styles_titles_or_windows_gets_them(
    make: Callable[..., Path], edit_part: Callable[..., None], load: Callable[..., Any]
) -> None:
    """As some programs write workbooks: no more than sheets."""
    path = make(lambda book: book.add_worksheet("S").write("A1", 1))
    for part, what in (
        ("xl/workbook.xml", rb"<bookViews>.*</bookViews>|<calcPr[^>]*/>"),
        ("xl/_rels/workbook.xml.rels", rb"<Relationship [^>]*styles[^>]*/>"),
        ("[Content_Types].xml", rb'<Override PartName="/(?:xl/styles|docProps)[^>]*/>'),
        ("_rels/.rels", rb"<Relationship [^>]*docProps[^>]*/>"),
    ):
        edit_part(path, part, lambda xml, what=what: re.sub(what, b"", xml))
    with zipfile.ZipFile(path) as archive:
        kept = {name: archive.read(name) for name in archive.namelist()}
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in kept.items():
            if not re.match(r"xl/styles|docProps", name):
                archive.writestr(name, content)
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True}) as book:
        book.add_worksheet("More").write("A1", 5, book.add_format({"bold": True, "num_format": "0.000"}))
    with Package.open(path) as package:
        package.graft(out.getvalue(), [Graft("More", "More", "S")])
        package.open_on("More")
        package.save()
    here = load(path)
    assert (here.active.title, here["More"]["A1"].number_format, here["More"]["A1"].font.b) == ("More", "0.000", True)
    assert here["S"]["A1"].font.b is False
    assert _findings(path) == []


def test_formulas_that_spill_do_so_here(make: Callable[..., Path], parts: Callable[[Path], dict[str, bytes]]) -> None:
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True}) as book:
        book.add_worksheet("More").write_dynamic_array_formula("A1:A2", "=SORT({2;1})", None, 1)
    plain = make(lambda book: book.add_worksheet("S").write("A1", 1), "plain.xlsx")
    sorted_down = ("A1:A2", "=SORT({4;3})", None, 3)
    spilling = make(lambda book: book.add_worksheet("S").write_dynamic_array_formula(*sorted_down), "spilling.xlsx")
    for path in (plain, spilling):
        with Package.open(path) as package:
            package.graft(out.getvalue(), [Graft("More", "More", "S")])
            assert package.save().to_calculate == 0
        assert b'cm="1"' in parts(path)["xl/worksheets/sheet2.xml"]
        assert len([name for name in parts(path) if name.endswith("metadata.xml")]) == 1
        assert _findings(path) == []
