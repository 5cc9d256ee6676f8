"""Other rows for a table: what kpixl gives, what the user keeps, and where the table may not go."""

from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from kpixl.errors import WorkbookRefused
from kpixl.xlsx import Cached, Formula, Package

GIVEN = ["Date", "Region", "Amount", "Qty"]


def sale(index: int) -> list[Any]:
    return [date(2025, 4, 1), f"R{index}", index * 10, index]


def members(book: Any) -> None:
    """A table of three members: name and calls are ours; note, bonus and remark are the user's."""
    sheet = book.add_worksheet("S")
    bold = book.add_format({"bold": True})
    columns = [{"header": name} for name in ("Name", "Calls", "Note", "Bonus", "Twice")]
    columns[4]["formula"] = "=T[@[Calls]]*2"
    sheet.add_table("B3:F7", {"name": "T", "columns": columns, "total_row": True})
    for row, (name, calls, note) in enumerate([("A", 1, "first"), ("B", 2, "second"), ("C", 3, "third")], 3):
        sheet.write(row, 1, name)
        sheet.write(row, 2, calls, bold if name == "C" else None)
        sheet.write(row, 3, note)
        sheet.write_formula(row, 4, f"=C{row + 1}*10+$A$1", None, calls * 10)
        sheet.write_formula(row, 5, "=T[[#This Row],[Calls]]*2", None, calls * 2)
    sheet.write_formula("C7", "=SUBTOTAL(109,T[Calls])", bold, 6)
    sheet.write_formula("D7", "=C7/2", None, 3)
    sheet.write_formula("H1", "=C7", None, 6)


def column(sheet: Any, letters: str, first: int, last: int) -> list[Any]:
    return [sheet[f"{letters}{row}"].value for row in range(first, last + 1)]


def test_grows_to_five_thousand_rows_and_shrinks_again(sales: Path, load: Any, parts: Any) -> None:
    before = parts(sales)
    with Package.open(sales) as book:
        book.replace_table("Sales", GIVEN, [sale(index) for index in range(5000)])
        assert book.tables["Sales"].ref == "A1:F5001"
        book.save()
    data = load(sales)["Data"]
    assert data.tables["Sales"].ref == data.tables["Sales"].autoFilter.ref == "A1:F5001"
    assert (data["B5001"].value, data["C5001"].value, data["A5001"].number_format) == ("R4999", 49990, "yyyy-mm-dd")
    assert data["E5001"].value == "=Sales[[#This Row],[Amount]]*Sales[[#This Row],[Qty]]"
    assert (data["F11"].value, data["F12"].value) == ("note 10", None)
    with Package.open(sales) as book:
        book.replace_table("Sales", GIVEN, [sale(index) for index in range(10)])
        book.save()
    data = load(sales)["Data"]
    assert data.tables["Sales"].ref == "A1:F11"
    assert column(data, "B", 12, 5001) == [None] * 4990
    assert data["C12"].number_format == "#,##0"
    after = parts(sales)
    untouched = {"xl/styles.xml", "xl/sharedStrings.xml", "xl/drawings/drawing1.xml", "xl/comments1.xml"}
    assert untouched <= {name for name in before if before[name] == after[name]}


def test_user_columns_stay_with_their_rows(make: Callable[..., Path], load: Any) -> None:
    """C, a new member, A: notes and bonuses travel, B's are gone with B."""
    path = make(members)
    with Package.open(path) as book:
        book.replace_table("T", ["Name", "Calls"], [["C", 30], ["N", 40], ["A", 10]], sources=[2, None, 0])
        book.save()
    sheet = load(path)["S"]
    assert column(sheet, "B", 4, 6) == ["C", "N", "A"]
    assert column(sheet, "C", 4, 6) == [30, 40, 10]
    assert column(sheet, "D", 4, 6) == ["third", None, "first"]
    assert column(sheet, "E", 4, 6) == ["=C4*10+$A$1", None, "=C6*10+$A$1"]
    assert column(sheet, "F", 4, 6) == ["=T[[#This Row],[Calls]]*2"] * 3
    assert [sheet[f"C{row}"].font.b for row in (4, 6)] == [True, False]


def test_totals_row_moves_with_the_table(make: Callable[..., Path], load: Any, cells: Any) -> None:
    path = make(members)
    with Package.open(path) as book:
        book.replace_table("T", ["Name", "Calls"], [[f"M{index}", index] for index in range(6)])
        book.save()
        assert book.tables["T"].ref == "B3:F10"
    sheet = load(path)["S"]
    assert (sheet["C10"].value, sheet["D10"].value) == ("=SUBTOTAL(109,T[Calls])", "=C10/2")
    assert sheet["C10"].font.b
    assert sheet["H1"].value == "=C10"
    assert (sheet["C7"].value, sheet["C7"].font.b) == (3, True)
    with Package.open(path) as book:
        book.replace_table("T", ["Name", "Calls"], [["A", 1]])
        book.save()
    sheet = load(path)["S"]
    assert (sheet["C5"].value, sheet["D5"].value, sheet["H1"].value) == ("=SUBTOTAL(109,T[Calls])", "=C5/2", "=C5")
    assert column(sheet, "C", 6, 10) == [None] * 5
    assert not sheet["C10"].font.b


def test_cached_keeps_the_users_formula_and_fills_new_rows(make: Callable[..., Path], cells: Any) -> None:
    def fill(book: Any) -> None:
        members(book)
        book.get_worksheet_by_name("S").write("F5", 99)

    path = make(fill)
    rows = [["A", 1, Cached(20), Cached(2)], ["B", 2, Cached(30), Cached(4)], ["C", 3, Cached(40), Cached(6)]]
    with Package.open(path) as book:
        book.replace_table("T", ["Name", "Calls", "Bonus", "Twice"], [*rows, ["D", 4, Cached(50), Cached(8)]])
        book.save()
    sheet = cells(path, "S")
    assert [(sheet.formula(f"E{row}"), sheet.value(f"E{row}")) for row in (4, 5)] == [
        ("C4*10+$A$1", "20"),
        ("C5*10+$A$1", "30"),
    ]
    assert (sheet.formula("F5"), sheet.value("F5")) == (None, "99"), "the user put a constant there"
    assert (sheet.formula("F7"), sheet.value("F7")) == ("T[[#This Row],[Calls]]*2", "8")
    assert (sheet.formula("E7"), sheet.value("E7")) == (None, None)


def test_given_formulas_are_written_with_their_values(make: Callable[..., Path], cells: Any) -> None:
    path = make(members)
    with Package.open(path) as book:
        book.replace_table("T", ["Calls"], [[Formula(f"={index}+1", index + 1)] for index in range(3)])
        book.save()
    sheet = cells(path, "S")
    assert [(sheet.formula(f"C{row}"), sheet.value(f"C{row}")) for row in (4, 5, 6)] == [
        ("0+1", "1"),
        ("1+1", "2"),
        ("2+1", "3"),
    ]


def test_no_rows_leave_one_empty_row(make: Callable[..., Path], load: Any) -> None:
    path = make(members)
    with Package.open(path) as book:
        book.replace_table("T", ["Name", "Calls"], [])
        book.save()
        assert book.tables["T"].body == "B4:F4"
    sheet = load(path)["S"]
    assert [sheet[place].value for place in ("B4", "C4", "D4", "F4")] == [None, None, None, "=T[[#This Row],[Calls]]*2"]
    assert sheet["C5"].value == "=SUBTOTAL(109,T[Calls])"


def test_a_table_without_header_starts_with_its_rows(make: Callable[..., Path], load: Any) -> None:
    def fill(book: Any) -> None:
        sheet = book.add_worksheet("S")
        sheet.add_table("A1:B2", {"name": "T", "header_row": False, "data": [[1, 2], [3, 4]]})

    path = make(fill)
    with Package.open(path) as book:
        assert not book.tables["T"].header
        book.replace_table("T", ["Column2"], [[5], [6], [7]])
        book.save()
    sheet = load(path)["S"]
    assert (column(sheet, "A", 1, 3), column(sheet, "B", 1, 3)) == ([1, 3, None], [5, 6, 7])
    assert sheet.tables["T"].ref == "A1:B3"


def test_shared_formulas_of_the_user_survive_reordering(
    make: Callable[..., Path], edit_part: Callable[..., None], load: Any
) -> None:
    path = make(members)

    def share(xml: bytes) -> bytes:
        xml = xml.replace(b"<f>C4*10+$A$1</f>", b'<f t="shared" ref="E4:E6" si="0">C4*10+$A$1</f>')
        return xml.replace(b"<f>C5*10+$A$1</f>", b'<f t="shared" si="0"/>').replace(
            b"<f>C6*10+$A$1</f>", b'<f t="shared" si="0"/>'
        )

    edit_part(path, "xl/worksheets/sheet1.xml", share)
    with Package.open(path) as book:
        book.replace_table("T", ["Name"], [["B"], ["C"]], sources=[1, 2])
        book.save()
    sheet = load(path)["S"]
    assert column(sheet, "E", 4, 5) == ["=C4*10+$A$1", "=C5*10+$A$1"]
    assert column(sheet, "D", 4, 5) == ["second", "third"]


def test_calculated_columns_that_name_cells_or_are_arrays_go_on(
    make: Callable[..., Path], edit_part: Any, load: Any
) -> None:
    def fill(book: Any) -> None:
        sheet = book.add_worksheet("S")
        columns = [{"header": "N"}, {"header": "Double", "formula": "=A2*2"}, {"header": "Share", "formula": "=1"}]
        sheet.add_table("A1:C3", {"name": "T", "columns": columns, "data": [[1], [2]]})
        for row in (2, 3):
            sheet.write_formula(f"B{row}", f"=A{row}*2", None, 0)
            sheet.write_array_formula(f"C{row}:C{row}", "{=SUM((T[N]=T[[#This Row],[N]])*T[N])}", None, 0)

    path = make(fill)
    edit_part(
        path,
        "xl/tables/table1.xml",
        lambda xml: xml.replace(
            b"<calculatedColumnFormula>1<",
            b'<calculatedColumnFormula array="1">SUM((T[N]=T[[#This Row],[N]])*T[N])<',
        ),
    )
    with Package.open(path) as book:
        book.replace_table("T", ["N", "Double"], [[index, Cached(index * 2)] for index in range(4)])
        book.save()
    sheet = load(path)["S"]
    assert column(sheet, "B", 2, 5) == ["=A2*2", "=A3*2", "=A4*2", "=A5*2"]
    assert [sheet[f"C{row}"].value.ref for row in range(2, 6)] == ["C2", "C3", "C4", "C5"]
    assert sheet["C5"].value.text == "=SUM((T[N]=T[[#This Row],[N]])*T[N])"
    assert column(load(path, data_only=True)["S"], "B", 2, 5) == [0, 2, 4, 6]


def test_writing_over_the_first_of_a_shared_formula_keeps_the_others(
    make: Callable[..., Path], edit_part: Callable[..., None], load: Any
) -> None:
    path = make(lambda book: book.add_worksheet("S").write_row("A1", [1, 2, 3]))
    edit_part(
        path,
        "xl/worksheets/sheet1.xml",
        lambda xml: xml.replace(
            b"</sheetData>",
            b'<row r="2"><c r="A2"><f t="shared" ref="A2:C2" si="3">A1*$A$1</f><v>1</v></c>'
            b'<c r="B2"><f t="shared" si="3"/><v>2</v></c><c r="C2"><f t="shared" si="3"/><v>3</v></c>'
            b"</row></sheetData>",
        ),
    )
    with Package.open(path) as book:
        book.set_cells("S", {"A2": 0})
        book.save()
    sheet = load(path)["S"]
    assert [sheet[place].value for place in ("A2", "B2", "C2")] == [0, "=B1*$A$1", "=C1*$A$1"]


@pytest.mark.parametrize(
    ("obstacle", "named"),
    [
        (lambda sheet: sheet.write("D9", "note below"), "D9"),
        (lambda sheet: sheet.write_formula("F8", "=1"), "F8"),
        (lambda sheet: sheet.merge_range("F8:H8", ""), "F8:H8"),
        (lambda sheet: sheet.add_table("F9:G11", {"name": "Other"}), "Other|F9"),
        (lambda sheet: sheet.write_array_formula("C8:C9", "{=ROW(1:2)}", None, 1), "C8"),
    ],
)
def test_refuses_to_overwrite_what_stands_below(
    make: Callable[..., Path], obstacle: Callable[[Any], Any], named: str
) -> None:
    def fill(book: Any) -> None:
        members(book)
        obstacle(book.get_worksheet_by_name("S"))

    path = make(fill)
    content = path.read_bytes()
    with Package.open(path) as book:
        with pytest.raises(WorkbookRefused, match=named):
            book.replace_table("T", ["Calls"], [[index] for index in range(6)])
        assert book.save().changed == ()
    assert path.read_bytes() == content


def test_what_stands_beside_or_right_below_is_left_alone(make: Callable[..., Path], load: Any) -> None:
    def fill(book: Any) -> None:
        members(book)
        sheet = book.get_worksheet_by_name("S")
        sheet.write("A8", "left")
        sheet.write("G8", "right")
        sheet.write("B9", "below")

    path = make(fill)
    with Package.open(path) as book:
        book.replace_table("T", ["Calls"], [[1], [2], [3], [4]])
        book.save()
    sheet = load(path)["S"]
    assert [sheet[place].value for place in ("A8", "G8", "B9")] == ["left", "right", "below"]


def test_wrong_rows_are_a_programming_error(sales: Path) -> None:
    with Package.open(sales) as book:
        with pytest.raises(ValueError, match="2 values"):
            book.replace_table("Sales", ["Amount", "Qty"], [[1]])
        with pytest.raises(ValueError, match="sources"):
            book.replace_table("Sales", ["Amount"], [[1]], sources=[10])
        with pytest.raises(ValueError, match="sources"):
            book.replace_table("Sales", ["Amount"], [[1]], sources=[0, 1])


def test_refuses_a_table_that_a_query_fills(real_data: Path) -> None:
    path = real_data / "xlsx" / "ox_connection_query.xlsx"
    with Package.open(path) as book, pytest.raises(WorkbookRefused, match="クエリ"):
        book.replace_table("Sheet_1", ["mpg"], [[1]])


def test_rows_that_hold_what_is_given_keep_their_bytes(make: Callable[..., Path], parts: Any) -> None:
    path = make(members)
    before = parts(path)["xl/worksheets/sheet1.xml"]
    rows = [[name, calls, Cached(calls * 10), Cached(calls * 2)] for name, calls in (("A", 1), ("B", 2), ("C", 3))]
    with Package.open(path) as book:
        book.replace_table("T", ["Name", "Calls", "Bonus", "Twice"], rows)
        book.save()
    assert parts(path)["xl/worksheets/sheet1.xml"] == before


def test_only_the_row_that_differs_is_written(make: Callable[..., Path], cells: Any) -> None:
    def fill(book: Any) -> None:
        members(book)
        book.get_worksheet_by_name("S").write_formula("C5", "=1+1", None, 2)  # shows what is given, and is none of it

    path = make(fill)
    rows = [["A", 1, Cached(10)], ["B", 2, Cached(20)], ["C", 3, Cached(31)]]
    with Package.open(path) as book:
        book.replace_table("T", ["Name", "Calls", "Bonus"], rows)
        book.save()
    sheet = cells(path, "S")
    assert (sheet.formula("C5"), sheet.value("C5")) == (None, "2")
    assert (sheet.formula("E6"), sheet.value("E6")) == ("C6*10+$A$1", "31")
    assert (sheet.formula("E4"), sheet.value("E4")) == ("C4*10+$A$1", "10")


def test_a_formula_that_stands_there_is_recomputed_with_what_it_reads(make: Callable[..., Path], cells: Any) -> None:
    """The second row stays as it is, so the value given for its formula is still known to be right."""
    path = make(members)
    rows = [[7, Formula("=C4*10+$A$1", 70)], [2, Formula("=C5*10+$A$1", 20)], [3, Formula("=C6*10+$A$1", 30)]]
    with Package.open(path) as book:
        book.set_cells("S", {"A1": 0})
        book.replace_table("T", ["Calls", "Bonus"], rows)
        book.save()
    sheet = cells(path, "S")
    assert [sheet.value(f"E{row}") for row in (4, 5, 6)] == ["70", "20", "30"]
