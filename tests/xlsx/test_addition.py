"""A table, columns or a name that a workbook did not have: added where nothing stands, read back by other programs."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import openpyxl
import pytest
import xlsxwriter

from kpixl.errors import WorkbookRefused
from kpixl.xlsx import Formula, NewColumn, Package
from kpixl.xlsx.address import Area


@pytest.fixture
def book(tmp_path: Path) -> Path:
    """Two months and their orders in a table, a chart over G8:K20, and a note in F30."""
    path = tmp_path / "book.xlsx"
    with xlsxwriter.Workbook(path) as new:
        sheet = new.add_worksheet("Plan")
        exact = new.add_format({"num_format": "0.000"})
        sheet.add_table("B2:C4", {"name": "orders", "columns": [{"header": "month"}, {"header": "count"}]})
        sheet.write_column("B3", [1, 2])
        sheet.write_column("C3", [10, 20], exact)
        sheet.write_string("F30", "mine")
        chart = new.add_chart({"type": "line"})
        chart.add_series({"values": "=Plan!$C$3:$C$4"})
        sheet.insert_chart("G8", chart, {"x_scale": 0.4, "y_scale": 0.4})
    return path


@pytest.mark.calc
def test_a_column_stands_at_the_right_end_with_its_formula_and_look(
    book: Path, recalculate: Callable[[Path], Path]
) -> None:
    with Package.open(book) as package:
        twice = NewColumn("twice", "orders[[#This Row],[count]]*2", None, package.style("Plan", 3, 3))
        package.add_columns("orders", [twice])
        formula = twice.formula or ""
        package.set_cells("Plan", {"D3": Formula(formula, 20), "D4": Formula(formula, 40)})
        assert package.column_formulas("orders") == {"twice": formula}
        package.save()
    sheet = openpyxl.load_workbook(book)["Plan"]
    table = sheet.tables["orders"]
    assert (table.ref, table.autoFilter.ref) == ("B2:D4", "B2:D4")
    assert [column.name for column in table.tableColumns] == ["month", "count", "twice"]
    assert len({column.id for column in table.tableColumns}) == 3
    assert sheet["D3"].number_format == "0.000"
    computed = openpyxl.load_workbook(recalculate(book), data_only=True)["Plan"]
    assert [computed["D3"].value, computed["D4"].value] == [20, 40]


def test_a_table_and_a_name_are_found_by_other_programs(book: Path) -> None:
    with Package.open(book) as package:
        package.add_table("Plan", "costs", "M2", [NewColumn("item"), NewColumn("price")])
        package.add_sheet("More", [])
        package.add_table("More", "first_here", "B2", [NewColumn("a <b> & c")])
        package.replace_table("costs", ["item", "price"], [["pen", 3], ["ink", 4]])
        package.define_name("prices", "costs[price]")
        package.widen("More", {2: 14.0})
        receipt = package.save()
    assert len([name for name in receipt.added if "/tables/" in name]) == 2
    read: Any = openpyxl.load_workbook(book)
    assert read["Plan"].tables["costs"].ref == "M2:N4"
    assert read["More"].tables["first_here"].tableColumns[0].name == "a <b> & c"
    assert len({table.id for sheet in read for table in sheet.tables.values()}) == 3
    assert read.defined_names["prices"].attr_text == "costs[price]"
    assert read["More"].column_dimensions["B"].width == 14
    with Package.open(book) as package:
        assert package.tables["costs"].columns == ("item", "price")


@pytest.mark.parametrize(
    ("area", "what"), [("F29:F31", "F30"), ("D2:E5", ""), ("C4:D9", "C4"), ("H10:H11", "G8:"), ("B5:C7", "")]
)
def test_what_stands_in_the_way_is_said(book: Path, area: str, what: str) -> None:
    with Package.open(book) as package:
        found = package.obstacle("Plan", Area.parse(area))
    assert found.startswith(what)
    assert bool(found) == bool(what)


def test_what_would_cover_or_double_something_is_refused_and_nothing_changes(book: Path) -> None:
    content = book.read_bytes()
    with Package.open(book) as package:
        package.set_cells("Plan", {"D4": "mine"})
        for refused in (
            lambda: package.add_columns("orders", [NewColumn("new")]),
            lambda: package.add_table("Plan", "costs", "F29", [NewColumn("a")]),
            lambda: package.add_table("Plan", "ORDERS", "M2", [NewColumn("a")]),
            lambda: package.add_table("Plan", "not a name", "M2", [NewColumn("a")]),
            lambda: package.define_name("Orders", "Plan!$A$1"),
        ):
            with pytest.raises(WorkbookRefused):
                refused()
        package.set_cells("Plan", {"D4": None})
        assert package.tables["orders"].columns == ("month", "count")
        with pytest.raises(WorkbookRefused, match="COUNT"):
            package.add_columns("orders", [NewColumn("COUNT")])
    assert book.read_bytes() == content
