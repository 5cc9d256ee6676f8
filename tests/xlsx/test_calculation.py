"""Cached values after a change: right, or gone and to be computed; never stale."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kpixl.xlsx import Cached, Formula, Package
from kpixl.xlsx.formulas import CellRange, Name, TableColumns, Unknowable, precedents, row_pattern, shift


def book_of(make: Callable[..., Path], formulas: dict[str, str], names: dict[str, str] | None = None) -> Path:
    """Sheets S and T; A1:A5 of S hold numbers; each formula has the cached value 7."""

    def fill(book: Any) -> None:
        sheets = {name: book.add_worksheet(name) for name in ("S", "T", "実績 表")}
        for row in range(5):
            sheets["S"].write(row, 0, row + 1)
        for name, text in (names or {}).items():
            book.define_name(name, text)
        for place, formula in formulas.items():
            sheet, _, cell = place.rpartition("!")
            sheets[sheet].write_formula(cell, formula, None, 7)

    return make(fill)


def is_flagged(parts: dict[str, bytes]) -> bool:
    return b'fullCalcOnLoad="1"' in parts["xl/workbook.xml"]


@pytest.fixture
def stale(make: Callable[..., Path], cells: Any, edit_part: Any) -> Callable[..., set[str]]:
    """Change S!A1 and return the formulas (of those given) that lost their value."""

    def change(formulas: dict[str, str], names: dict[str, str] | None = None) -> set[str]:
        path = book_of(make, formulas, names)
        with Package.open(path) as book:
            book.set_cells("S", {"A1": 100})
            book.save()
        sheets = {name: cells(path, name) for name in ("S", "T", "実績 表")}
        lost = set()
        for place in formulas:
            sheet, _, cell = place.rpartition("!")
            if sheets[sheet].value(cell) is None:
                lost.add(place)
        return lost

    return change


def test_direct_and_transitive_readers_lose_their_value(stale: Any) -> None:
    formulas = {
        "S!B1": "=A1*2",
        "S!B2": "=A2*2",
        "T!A1": "=S!B1+1",
        "T!A2": "=SUM(S!A:A)",
        "T!A3": "=SUM(S!A2:A5)",
        "T!A4": "=SUM(S!1:1)",
        "T!B1": "=A1",
        "実績 表!A1": "=T!B1",
        "S!C1": "='実績 表'!A1",
        "S!D1": "=$A$1",
        "S!E5": "=T!A3",
    }
    assert stale(formulas) == set(formulas) - {"S!B2", "T!A3", "S!E5"}


def test_chains_in_both_directions(stale: Any) -> None:
    down = {"S!B1": "=A1"} | {f"S!B{row}": f"=B{row - 1}+1" for row in range(2, 40)}
    up = {"S!C40": "=A1"} | {f"S!C{row}": f"=C{row + 1}+1" for row in range(1, 40)}
    zigzag = {"S!D1": "=A1"} | {
        f"{'ST'[step % 2]}!E{(step * 17) % 101 + 1}": f"={'ST'[(step - 1) % 2]}!E{((step - 1) * 17) % 101 + 1}"
        for step in range(1, 90)
    }
    zigzag["S!E1"] = "=D1"
    formulas = down | up | zigzag
    assert stale(formulas) == set(formulas)


def test_names_lead_to_their_cells(stale: Any) -> None:
    names = {"goal": "=S!$A$1", "all": "=goal", "other": "=S!$A$2", "T!local": "=S!$A$1", "half": "=0.5"}
    formulas = {
        "T!A1": "=goal*2",
        "T!A2": "=ALL",
        "T!A3": "=other",
        "T!A4": "=local",
        "T!A5": "=half",
        "T!A6": '="goal"',
        "T!A7": "=goals",
    }
    assert stale(formulas, names) == {"T!A1", "T!A2", "T!A4"}


def test_names_that_depend_on_where_they_are_used(make: Callable[..., Path], cells: Any, edit_part: Any) -> None:
    """A name may mean `the cell to the left`: it counts as any cell of its sheet."""
    path = book_of(make, {"S!B1": "=lefthand*2"}, {"lefthand": "=S!$Z$9"})
    edit_part(path, "xl/workbook.xml", lambda xml: xml.replace(b"S!$Z$9", b"S!XFD1"))
    with Package.open(path) as book:
        book.set_cells("S", {"A1": 100})
        book.save()
    assert cells(path, "S").value("B1") is None


def test_what_cannot_be_known_counts_as_reading_everything(stale: Any) -> None:
    formulas = {
        "T!A1": '=INDIRECT("S!A"&1)',
        "T!A2": "=OFFSET(S!A2,-1,0)",
        "T!A3": "=SUM(S!A2:INDEX(S!A:A,3))",
        "T!A4": '=SUMIF(T!C1:C5,"x",S!A1)',
        "T!A5": "=TODAY()",
        "T!A6": "=SUM(S:T!A1)",
        "T!A7": "=LOG10(1000)+1E1",
    }
    assert stale(formulas) == {"T!A1", "T!A2", "T!A3", "T!A4", "T!A6"}


def test_only_the_columns_and_rows_that_a_formula_names(sales: Path, cells: Any) -> None:
    """One region changes: sums of amounts stay right, counts of regions do not."""
    with Package.open(sales) as book:
        book.set_cells("Data", {"B3": "West", "D4": 50})
        book.save()
    report, data = cells(sales, "Report"), cells(sales, "Data")
    assert [report.value(f"B{row}") for row in range(1, 8)] == ["5500", "5500", "5500", "550", "0", None, "4500"]
    assert [data.value(f"E{row}") for row in (3, 4, 5)] == ["400", None, "1600"]


@pytest.mark.parametrize("rows", [4, 14])
def test_a_table_of_other_size_is_another_table(sales: Path, cells: Any, rows: int) -> None:
    """The first four rows stay equal, or four empty ones are added: sums and counts change all the same."""
    with Package.open(sales) as book:
        book.set_cells("Report", {"C1": Formula("ROWS(Sales[Note])", 10), "C2": Formula("Data!C3", 200)})
        book.save()
    kept = [[row * 100] for row in range(1, 11)]
    with Package.open(sales) as book:
        book.replace_table("Sales", ["Amount"], [*kept, *[[None]] * 4][:rows])
        book.save()
    report, data = cells(sales, "Report"), cells(sales, "Data")
    assert [report.value(place) for place in ("B1", "B2", "B3", "B4", "B6", "C1")] == [None] * 6
    assert report.value("C2") == "200"
    assert [data.value(f"E{row}") for row in (2, 3, 4, 5)] == ["100", "400", "900", "1600"]


def test_values_the_caller_knows_stay(sales: Path, cells: Any, parts: Any) -> None:
    with Package.open(sales) as book:
        book.set_cells("Data", {"C2": 200, "E2": Cached(200)})
        book.set_cells("Report", {"B1": Cached(5600), "B2": Cached(5600), "B3": Cached(5600), "B4": Cached(560)})
        book.set_cells("Report", {"B7": Cached(4600), "A20": Cached(5)})
        receipt = book.save()
    report = cells(sales, "Report")
    assert [report.value(f"B{row}") for row in range(1, 8)] == ["5600", "5600", "5600", "560", "0", "11", "4600"]
    assert report.formula("B4") == "B3*Rate"
    assert report.value("A20") == "0.1", "no formula: the user's constant stays"
    assert receipt.to_calculate == 0
    assert cells(sales, "Data").value("E2") == "200"


def test_the_workbook_asks_for_calculation_only_when_it_must(make: Callable[..., Path], parts: Any) -> None:
    path = book_of(make, {"T!A1": "=S!A1*2"})

    def unflag(xml: bytes) -> bytes:
        return xml.replace(b' fullCalcOnLoad="1"', b"")

    import zipfile

    contents = parts(path)
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in contents.items():
            archive.writestr(name, unflag(content))
    with Package.open(path) as book:
        book.set_cells("S", {"A2": 5, "B1": Formula("A2+1", 6)})
        book.save()
    assert not is_flagged(parts(path))
    with Package.open(path) as book:
        book.set_cells("S", {"A1": 5})
        book.set_cells("T", {"A1": Cached(10)})
        book.save()
    assert not is_flagged(parts(path))
    with Package.open(path) as book:
        book.set_cells("S", {"B2": Formula("A2+2")})
        book.save()
    assert is_flagged(parts(path))


def test_a_spill_whose_source_changed_loses_all_its_values(make: Callable[..., Path], cells: Any) -> None:
    def fill(book: Any) -> None:
        sheet = book.add_worksheet("S")
        sheet.write_column("A1", [1, 2, 3])
        sheet.write_dynamic_array_formula("B1:B3", "=A1:A3*2", None, 2)
        sheet.write("B2", 4)
        sheet.write("B3", 6)
        sheet.write_formula("C1", "=SUM(B1:B3)", None, 12)

    path = make(fill)
    with Package.open(path) as book:
        book.set_cells("S", {"A1": 10})
        book.save()
    sheet = cells(path, "S")
    assert [sheet.value(place) for place in ("B1", "B2", "B3", "C1")] == [None] * 4
    assert sheet.formula("B1") == "A1:A3*2"
    with Package.open(path) as book:
        book.set_cells("S", {"B1": Cached(20), "B2": Cached(4), "B3": Cached(6), "C1": Cached(30)})
        book.save()
    sheet = cells(path, "S")
    assert [sheet.value(place) for place in ("B1", "B2", "B3", "C1")] == ["20", "4", "6", "30"]


def test_a_spilling_formula_is_given_new_values_of_any_kind(
    make: Callable[..., Path], cells: Any, parts: Any, load: Any
) -> None:
    """Formula, its mark as dynamic (`cm` and the metadata) and styles stay; each cell it fills gets its own value."""

    def fill(book: Any) -> None:
        sheet = book.add_worksheet("S")
        percent = book.add_format({"num_format": "0%"})
        sheet.write("A1", 1)
        sheet.write_dynamic_array_formula("B2:D3", "=OWN(A1)", percent, "old")
        for place in ("C2", "D2", "B3", "C3", "D3"):
            sheet.write(place, 0.5, percent)

    path = make(fill)
    before = parts(path)
    values = {"B2": "名前", "C2": 0.25, "D2": True, "B3": "#N/A", "C3": None, "D3": 7}
    with Package.open(path) as book:
        book.set_cells("S", {"A1": 2} | {place: Cached(value) for place, value in values.items()})
        book.set_cells("S", {"E2": Cached("beside it")})
        assert book.save().to_calculate == 0
    sheet, after = cells(path, "S"), parts(path)
    assert sheet.formula("B2") == "OWN(A1)"
    assert (sheet.attribute("B2", "cm"), sheet.attribute("B2", "s")) == ("1", sheet.attribute("C2", "s"))
    assert [sheet.formula(place) for place in list(values)[1:]] == [None] * 5
    shown = load(path, data_only=True)["S"]
    assert {place: shown[place].value for place in values} == values
    assert {shown[place].number_format for place in values} == {"0%"}
    assert "E2" not in sheet
    assert {name for name in before if before[name] != after[name]} == {"xl/worksheets/sheet1.xml"}
    root = sheet.root.find(".//{*}f[@ref]")
    assert (root.get("t"), root.get("ref")) == ("array", "B2:D3")


def test_who_reads_a_spill_by_its_first_cell_reads_all_of_it(make: Callable[..., Path], cells: Any) -> None:
    def fill(book: Any) -> None:
        sheet = book.add_worksheet("S")
        sheet.write_dynamic_array_formula("B1:B3", "=SEQUENCE(3)", None, 1)
        sheet.write_formula("C1", "=SUM(_xlfn.ANCHORARRAY(B1))", None, 6)

    path = make(fill)
    with Package.open(path) as book:
        book.set_cells("S", {"B3": Cached(30)})
        book.save()
    assert cells(path, "S").value("C1") is None


def test_an_error_is_a_cached_value_too(make: Callable[..., Path], cells: Any) -> None:
    path = book_of(make, {"S!B1": "=A1/0"})
    with Package.open(path) as book:
        book.set_cells("S", {"B1": Cached("#DIV/0!")})
        book.save()
    sheet = cells(path, "S")
    assert (sheet.value("B1"), sheet.attribute("B1", "t"), sheet.formula("B1")) == ("#DIV/0!", "e", "A1/0")


MAIN = b"http://schemas.openxmlformats.org/spreadsheetml/2006/main"
CHAIN = b'<calcChain xmlns="' + MAIN + b'"><c r="A1" i="2"/></calcChain>'


@pytest.fixture
def chained(make: Callable[..., Path], edit_part: Any, parts: Any) -> Path:
    """A workbook with a list of its formula cells, as Excel writes one."""
    import zipfile

    path = book_of(make, {"T!A1": "=S!A1*2"})
    kind = b"http://schemas.openxmlformats.org/officeDocument/2006/relationships/calcChain"
    relation = b'<Relationship Id="rId77" Type="' + kind + b'" Target="calcChain.xml"/></Relationships>'
    content = b"application/vnd.openxmlformats-officedocument.spreadsheetml.calcChain+xml"
    override = b'<Override PartName="/xl/calcChain.xml" ContentType="' + content + b'"/></Types>'
    edit_part(path, "xl/_rels/workbook.xml.rels", lambda xml: xml.replace(b"</Relationships>", relation))
    edit_part(path, "[Content_Types].xml", lambda xml: xml.replace(b"</Types>", override))
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr("xl/calcChain.xml", CHAIN)
    return path


def test_the_calculation_chain_stays_while_the_formula_cells_do(chained: Path, parts: Any) -> None:
    with Package.open(chained) as book:
        book.set_cells("S", {"A1": 9})
        book.set_cells("T", {"A1": Formula("S!A1*3", 27)})
        book.save()
    assert parts(chained)["xl/calcChain.xml"] == CHAIN


@pytest.mark.parametrize("change", [{"A1": 5}, {"A2": Formula("1+1", 2)}, {"A1": None}])
def test_the_calculation_chain_goes_when_they_change(chained: Path, parts: Any, change: dict[str, Any]) -> None:
    with Package.open(chained) as book:
        book.set_cells("T", change)
        assert book.save().dropped == ("xl/calcChain.xml",)
    files = parts(chained)
    assert "xl/calcChain.xml" not in files
    assert b"calcChain" not in files["[Content_Types].xml"] + files["xl/_rels/workbook.xml.rels"]


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("tbl[[#This Row],[Amount]]*2", (TableColumns("tbl", ("amount",), True),)),
        ("[@Qty]", (TableColumns("", ("qty",), True),)),
        ("tbl[it''s '[x']]", (TableColumns("tbl", ("it's [x]",), False),)),
        ("tbl[[#Headers],[A]:[C]]", (TableColumns("tbl", (), False),)),
        ("Rate*'S 1'!Local", (Name(None, "rate"), Name("S 1", "local"))),
        ('"A1"&LOG10(1)&1E5', ()),
        ("A1:INDEX(B1,1)", None),
        ("#REF!+Sheet1!#REF!", ()),
        ("$C$3", (CellRange(None, (True, 3), (True, 3), (True, 3), (True, 3)),)),
    ],
)
def test_what_a_formula_reads(text: str, read: Any) -> None:
    found = precedents(text, 1, 1)
    assert Unknowable() in found if read is None else found == read


@settings(max_examples=200, deadline=None)
@given(st.text(st.sampled_from("A1B$:!'\"[]()#@,+ S表x.9%{}\n\\"), max_size=30), st.integers(-3, 3), st.integers(-3, 3))
def test_any_text_can_be_read_and_moved(text: str, columns: int, rows: int) -> None:
    precedents(text, 5, 5)
    assert shift(text, 0, 0) == text
    shift(text, columns, rows)


@given(st.integers(1, 200), st.integers(1, 5000), st.integers(0, 50), st.integers(0, 50))
def test_moving_there_and_back_changes_nothing(column: int, row: int, right: int, down: int) -> None:
    from kpixl.xlsx.address import address

    text = f"SUM({address(column, row)}:{address(column + 1, row + 2)},$B$2)*'a b'!{address(column, row)}"
    assert shift(shift(text, right, down), -right, -down) == text


@settings(max_examples=300, deadline=None)
@given(
    st.text(st.sampled_from("A1B2$:!'\"[]()Q3+表・"), max_size=12),
    st.text(st.sampled_from("A1B2$:!'\"[]()Q3+表・"), max_size=12),
    st.integers(1, 9),
    st.integers(1, 9),
)
def test_formulas_of_one_pattern_read_the_same(one: str, other: str, row: int, other_row: int) -> None:
    for text in (one, other, shift(one, 0, other_row - row)):
        pattern = row_pattern(one, row)
        if pattern is not None and pattern == row_pattern(text, other_row):
            assert precedents(one, 3, row) == precedents(text, 3, other_row)


def test_a_pattern_tells_columns_and_sheets_with_digits_apart() -> None:
    for one, other in [("t[Q1]+A1", "t[Q2]+A2"), ("'Q1 x'!A1", "'Q2 x'!A2"), ("1:1", "1:1"), ("S!A1", "S!A1")]:
        assert row_pattern(one, 1) is None
        assert row_pattern(other, 2) is None


def test_moving_off_the_sheet_is_an_error_reference() -> None:
    assert shift("A1+$A$1+S!B2", -1, -1) == "#REF!+$A$1+S!A1"


@pytest.mark.parametrize("changed", [1, 1_023, 1_024, 1_025, 2_047, 2_048, 2_500])
def test_readers_far_below_or_above_are_found(make: Callable[..., Path], cells: Any, changed: int) -> None:
    """In each of 2,500 rows stand formulas that read their own row, one far above and the rows up to their own."""
    rows = 2_500
    texts = {"B": "A{0}*2", "C": "A{above}", "D": "SUM(A$1:A{0})", "E": "SUM(A{0}:A${last})"}

    def fill(book: Any) -> None:
        sheet = book.add_worksheet("S")
        for row in range(1, rows + 1):
            sheet.write(f"A{row}", 1)
            for column, text in texts.items():
                formula = text.format(row, above=max(1, row - 1_500), last=rows)
                sheet.write_formula(f"{column}{row}", formula, None, 7)

    path = make(fill)
    with Package.open(path) as book:
        book.set_cells("S", {f"A{changed}": 5})
        book.save()
    after = cells(path, "S")
    for column, reads in {
        "B": lambda row: row == changed,
        "C": lambda row: max(1, row - 1_500) == changed,
        "D": lambda row: row >= changed,
        "E": lambda row: row <= changed,
    }.items():
        lost = [row for row in range(1, rows + 1) if after.value(f"{column}{row}") is None]
        assert lost == [row for row in range(1, rows + 1) if reads(row)], column


def test_a_running_total_over_many_rows_loses_all_below(make: Callable[..., Path], cells: Any) -> None:
    def fill(book: Any) -> None:
        sheet = book.add_worksheet("S")
        for row in range(1, 3_001):
            sheet.write(f"A{row}", 1)
            sheet.write_formula(f"B{row}", f"A{row}+B{row - 1}" if row > 1 else "A1", None, row)

    path = make(fill)
    with Package.open(path) as book:
        book.set_cells("S", {"A1500": 5})
        assert book.save().to_calculate == 1_501
    after = cells(path, "S")
    assert (after.value("B1499"), after.value("B1500"), after.value("B3000")) == ("1499", None, None)
