"""Rows that hold already what is to be written stay as they are, however a program has written them."""

from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from kpixl.xlsx import Formula, Package

COLUMNS = ["Name", "Day", "Calls", "Twice", "Said"]
SAID = 'IF(C{row}>2,"many","few")'


def row(number: int, calls: float) -> list[Any]:
    """A row as kpixl gives it: texts that repeat, a day, a number, and two formulas with their values."""
    said = Formula(SAID.format(row=number + 2), "many" if calls > 2 else "few")
    return [
        f"M{number % 3}",
        date(2026, 9, 1 + number % 28),
        calls,
        Formula(f"C{number + 2}*2+0*$H$1", calls * 2),
        said,
    ]


def log(book: Any) -> None:
    """A table of sixty rows as XlsxWriter writes it: shared texts, bare quotes in formulas, whole values as 2.0."""
    sheet = book.add_worksheet("S")
    sheet.add_table(0, 0, 60, 4, {"name": "T", "columns": [{"header": name} for name in COLUMNS]})
    for number in range(60):
        name, day, calls, twice, said = row(number, float(number % 5))
        sheet.write_string(number + 1, 0, name)
        sheet.write_datetime(number + 1, 1, day, None)
        sheet.write_number(number + 1, 2, calls)
        sheet.write_formula(number + 1, 3, f"={twice.text}", None, twice.cached)
        sheet.write_formula(number + 1, 4, f"={said.text}", None, said.cached)


ROWS = [row(number, float(number % 5)) for number in range(60)]


def test_rows_that_hold_the_same_are_not_written(make: Callable[..., Path]) -> None:
    path = make(log)
    before = path.read_bytes()
    with Package.open(path) as book:
        assert book.stands("T", COLUMNS, ROWS)
        receipt = book.save()
    assert (receipt.changed, receipt.to_calculate) == ((), 0)
    assert path.read_bytes() == before


def test_the_row_that_differs_is_written_and_no_other(make: Callable[..., Path], load: Any) -> None:
    path = make(log)
    rows = [*ROWS[:40], row(40, 9.0), *ROWS[41:]]
    with Package.open(path) as book:
        assert not book.stands("T", COLUMNS, rows)
        book.replace_table("T", COLUMNS, rows)
        assert book.save().cells == {"S": 3}
    sheet = load(path, data_only=True)["S"]
    assert [cell.value for cell in sheet[42]][2:] == [9, 18, "many"]
    assert [cell.value for cell in sheet[41]][2:] == [4, 8, "many"]


def test_what_kpixl_has_written_itself_stands_too(make: Callable[..., Path]) -> None:
    path = make(log)
    rows = [row(number, number / 7) for number in range(60)]
    with Package.open(path) as book:
        book.replace_table("T", COLUMNS, rows)
        book.save()
    with Package.open(path) as book:
        assert book.stands("T", COLUMNS, rows)
        assert not book.stands("T", COLUMNS, [*rows, row(60, 1.0)])
        assert not book.stands("T", COLUMNS, rows[:-1])
        assert book.save().changed == ()


@pytest.mark.parametrize("column", ["A", "C", "E"])
def test_a_cell_that_somebody_has_changed_is_seen(make: Callable[..., Path], column: str) -> None:
    path = make(log)
    with Package.open(path) as book:
        book.set_cells("S", {f"{column}31": 7.5})
        book.save()
    with Package.open(path) as book:
        assert not book.stands("T", COLUMNS, ROWS)


def test_values_given_for_formulas_are_no_longer_left_to_the_spreadsheet(make: Callable[..., Path]) -> None:
    path = make(log)
    with Package.open(path) as book:
        book.set_cells("S", {"H1": 1})  # which every row reads
        assert book.stands("T", COLUMNS, ROWS)
        assert book.save().to_calculate == 0


def test_what_only_looks_like_a_cell_is_none(make: Callable[..., Path], edit_part: Callable[..., None]) -> None:
    path = make(log)
    wanted = b'<c r="C31"><v>4</v></c>'
    with Package.open(path) as book:
        book.set_cells("S", {"C31": 5})
        book.save()
    edit_part(
        path, "xl/worksheets/sheet1.xml", lambda xml: xml.replace(b'<c r="D31"', b"<!--" + wanted + b'--><c r="D31"')
    )
    with Package.open(path) as book:
        assert not book.stands("T", COLUMNS, ROWS)


def test_a_table_that_a_query_fills_is_not_said_to_stand(
    make: Callable[..., Path], edit_part: Callable[..., None]
) -> None:
    path = make(log)
    edit_part(path, "xl/tables/table1.xml", lambda xml: xml.replace(b" ref=", b' tableType="queryTable" ref=', 1))
    with Package.open(path) as book:
        assert not book.stands("T", COLUMNS, ROWS)
