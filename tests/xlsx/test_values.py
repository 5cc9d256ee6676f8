"""What cells show: the same as other readers say, on real workbooks and on every kind of cell, however sparse."""

import datetime as dt
import io
import re
import time
import tracemalloc
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import python_calamine

from kpixl.errors import WorkbookRefused
from kpixl.xlsx import Package
from kpixl.xlsx.address import Area
from kpixl.xlsx.values import CellError, moment

_FORMATS = {
    "General": 45810.75,
    "yyyy-mm-dd": dt.datetime(2025, 6, 2, 18),
    "h:mm": dt.datetime(2025, 6, 2, 18),
    "m/d;@": dt.datetime(2025, 6, 2, 18),
    'yyyy"年"m"月"': dt.datetime(2025, 6, 2, 18),
    "[$-411]ge.m.d": dt.datetime(2025, 6, 2, 18),
    "[$-F800]dddd\\,\\ mmmm\\ dd": dt.datetime(2025, 6, 2, 18),
    "[h]:mm": dt.timedelta(45810.75),
    'General"日"': 45810.75,
    '0.00"day"': 45810.75,
    "[Red]0": 45810.75,
    '#,##0;[Red]-#,##0;"d"': 45810.75,
    "0.00E+00": 45810.75,
    "\\d0": 45810.75,
}


def _all_kinds(book: Any, formats: list[str]) -> None:
    page = book.add_worksheet("S")
    for column, text in enumerate(formats):
        look = book.add_format({"num_format": text})
        for row, number in enumerate((45810, 45810.75, 0.25, 1, 59, 45810.123456789, 3_000_000)):
            page.write_number(row, column, number, look)
    page.write_row(10, 0, ["text", True, False, " two  blanks ", "a\nb", "_x0041_", "😀"])
    page.write_rich_string(11, 0, "a", book.add_format({"bold": True}), "bold", " end")
    page.write_formula(11, 1, '="x"', None, "x")
    page.write_formula(11, 2, "=1/0", None, "#DIV/0!")
    page.write_formula(11, 3, "=1=1", None, True)
    page.write_blank(11, 4, None, book.add_format({"bold": True}))


def _grid(path: Path, sheet: str) -> list[list[Any]]:
    book = python_calamine.CalamineWorkbook.from_path(str(path))
    return book.get_sheet_by_name(sheet).to_python(skip_empty_area=False)


def _differences(path: Path) -> tuple[int, list[Any]]:
    """Compare with calamine, which takes errors for blanks and blanks for empty texts."""
    compared, wrong = 0, []
    with Package.open(path) as book:
        for sheet in book._workbook.worksheets:
            grid = _grid(path, sheet)
            if not grid:
                continue
            values = book.values(sheet, Area(1, 1, max(map(len, grid)), len(grid)))
            for number, (theirs, ours) in enumerate(zip(grid, values, strict=True), 1):
                for one, other in zip(theirs, ours, strict=True):
                    compared += 1
                    shown = "" if other is None or isinstance(other, CellError) else other
                    if (type(shown), shown) != (type(one), one):
                        wrong.append((path.name, sheet, number, one, other))
    return compared, wrong


def test_texts_that_kpixl_wrote_read_as_another_library_reads_them(make: Callable[..., Path]) -> None:
    """They stand in their cells, not among the shared strings."""
    texts = ["a & b < c", " two  blanks ", "a\nb", "😀", "=1+1", "#N/A", "1", "受注", "TRUE", "'"]
    path = make(lambda book: book.add_worksheet("S"))
    with Package.open(path) as book:
        book.set_cells("S", {f"{'ABC'[row % 3]}{row + 1}": text for row, text in enumerate(texts)} | {"D1": 1})
        book.save()
    compared, wrong = _differences(path)
    assert compared == 4 * len(texts)
    assert wrong == []
    with Package.open(path) as book:
        assert [cell for row in book.values("S", Area(1, 1, 3, len(texts))) for cell in row if cell] == texts


@pytest.mark.parametrize("date_1904", [False, True])
def test_every_kind_of_cell_reads_as_another_library_reads_it(make: Callable[..., Path], date_1904: bool) -> None:
    path = make(lambda book: _all_kinds(book, list(_FORMATS)), date_1904=date_1904)
    compared, wrong = _differences(path)
    assert compared > 100
    assert wrong == []


def test_a_number_is_a_date_when_its_format_says_so(make: Callable[..., Path]) -> None:
    path = make(lambda book: _all_kinds(book, list(_FORMATS)))
    with Package.open(path) as book:
        [row] = book.values("S", Area(1, 2, len(_FORMATS), 2))
    assert dict(zip(_FORMATS, row, strict=True)) == _FORMATS


def test_the_date_formats_of_japanese_excel_are_dates(
    make: Callable[..., Path], edit_part: Callable[..., None]
) -> None:
    """Numbers 27 to 36 and 50 to 58 are formats of East Asian Excel, which the file does not spell out."""
    path = make(lambda book: book.add_worksheet("S").write("A1", 45810, book.add_format({"num_format": 14})))
    for number in (31, 55, 58):
        edit_part(
            path, "xl/styles.xml", lambda xml, to=number: re.sub(rb'(numFmtId=")[1-9]\d"', rb'\g<1>%d"' % to, xml)
        )
        with Package.open(path) as book:
            assert book.values("S", Area(1, 1, 1, 1)) == [[dt.date(2025, 6, 2)]]


def test_real_workbooks_read_as_another_library_reads_them(real_data: Path, tmp_path: Path) -> None:
    total = 0
    for path in sorted((real_data / "xlsx").glob("*.xlsx")):
        try:
            compared, wrong = _differences(path)
        except WorkbookRefused:
            continue
        assert wrong == []
        total += compared
    assert total > 50_000


def test_the_templates_read_as_another_library_reads_them() -> None:
    for path in sorted(Path("templates").glob("*.xlsx")):
        compared, wrong = _differences(path)
        assert compared > 1_000
        assert wrong == []


@pytest.mark.parametrize(
    ("cell", "shown"),
    [
        ('<c r="A1" t="e"><v>#N/A</v></c>', CellError("#N/A")),
        ('<c r="A1" t="str"><f>x</f><v/></c>', None),
        ('<c r="A1" t="str"><f>x</f><v></v></c>', None),
        ('<c r="A1" t="s"><v></v></c>', None),
        ('<c r="A1"/>', None),
        ('<c r="A1" t="inlineStr"><f>x</f><is><t>a</t></is></c>', "a"),
        (
            '<c r="A1" t="inlineStr"><is><r><t>東</t></r><r><t>京</t></r><rPh sb="0" eb="1"><t>トウ</t></rPh></is></c>',
            "東京",
        ),
        ('<c r="A1" t="d"><v>2025-06-01</v></c>', dt.date(2025, 6, 1)),
        ('<c r="A1" t="d"><v>2025-06-01T10:30:00</v></c>', dt.datetime(2025, 6, 1, 10, 30)),
        ('<c r="A1" t="str"><f>x</f><v>a&amp;b &#12354;_x000D_</v></c>', "a&b あ\r"),
        ('<c t="str" r="A1"><v>a</v></c>', "a"),
        ("<c><v>7</v></c>", 7),
        ('<c r="A1" t="inlineStr"><is><t>_xD83D__xDE00_</t></is></c>', "😀"),
    ],
)
def test_a_cell_as_other_programs_write_it(make: Callable[..., Path], cell: str, shown: Any) -> None:
    path = make(lambda book: book.add_worksheet("S"))
    _rows(path, f"<row>{cell}</row>")
    with Package.open(path) as book:
        [[value]] = book.values("S", Area(1, 1, 1, 1))
    assert (value, type(value)) == (shown, float if shown == 7 else type(shown))


@pytest.mark.parametrize("number", ["INF", "NaN", "1e999", "12x"])
def test_what_is_no_number_is_damage(make: Callable[..., Path], number: str) -> None:
    path = make(lambda book: book.add_worksheet("S"))
    _rows(path, f'<row r="1"><c r="A1"><v>{number}</v></c></row>')
    with Package.open(path) as book, pytest.raises(WorkbookRefused, match="壊れて"):
        book.values("S", Area(1, 1, 1, 1))


def test_a_stray_cell_costs_nothing(make: Callable[..., Path]) -> None:
    """One at the end of a column and one at the last corner of the sheet: as fast and as small as without."""
    path = make(lambda book: book.add_worksheet("S").write("B2", 5))
    _rows(
        path,
        '<row r="2"><c r="B2"><v>5</v></c><c r="XFD2"><v>1</v></c></row>'
        '<row r="1048576"><c r="A1048576"><v>1</v></c><c r="XFD1048576"><v>1</v></c></row>',
    )
    tracemalloc.start()
    started = time.perf_counter()
    with Package.open(path) as book:
        assert book.values("S", Area(1, 1, 3, 3))[1] == [None, 5, None]
        whole = book.values("S", Area(1, 1, 2, 1_048_576))
    seconds, (_, peak) = time.perf_counter() - started, tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert (len(whole), whole[-1][0], whole[-2][0]) == (1_048_576, 1, None)
    assert (seconds < 2, peak < 32 << 20) == (True, True)


def test_only_rows_in_which_something_stands_are_given(make: Callable[..., Path]) -> None:
    """A sheet has a million rows, of which an export fills some; the others cost nothing, one by one."""
    path = make(lambda book: book.add_worksheet("S"))
    _rows(
        path,
        '<row r="1"/><row r="3"><c r="A3"><v>1</v></c><c r="B3" t="inlineStr"><is><t>x</t></is></c></row>'
        '<row r="4"><c r="C4"><v>2</v></c></row>'
        '<row r="1048576"><c r="B1048576"><v>8</v></c><c r="A1048576"><v>9</v></c></row>',
    )
    with Package.open(path) as book:
        rows = book.rows("S", Area(1, 1, 2, 1_048_575))
        assert list(rows) == [(3, [1, "x"])]
        with pytest.raises(WorkbookRefused, match="cell A"):
            list(book.rows("S", Area(1, 1, 2, 1_048_576)))


def test_an_area_with_too_many_cells_is_refused(make: Callable[..., Path]) -> None:
    path = make(lambda book: book.add_worksheet("S"))
    _rows(path, "".join(f'<row r="{row}"/>' for row in range(1, 2_001)))
    with Package.open(path) as book, pytest.raises(WorkbookRefused, match="A1:XFD2000"):
        book.values("S", Area(1, 1, 16_384, 2_000))


def test_a_document_type_in_the_shared_strings_or_styles_is_refused(
    make: Callable[..., Path], edit_part: Callable[..., None]
) -> None:
    for part in ("xl/sharedStrings.xml", "xl/styles.xml"):
        path = make(
            lambda book: book.add_worksheet("S").write_row("A1", ["a", 45810], book.add_format({"num_format": 14}))
        )
        edit_part(path, part, lambda xml: xml.replace(b"?>", b"?><!DOCTYPE x>", 1))
        with Package.open(path) as book, pytest.raises(WorkbookRefused, match="文書型宣言"):
            book.values("S", Area(1, 1, 2, 1))


def test_what_the_shared_strings_say_of_themselves_is_not_believed(
    make: Callable[..., Path], edit_part: Callable[..., None]
) -> None:
    path = make(lambda book: book.add_worksheet("S").write("A1", "a"))
    edit_part(path, "xl/sharedStrings.xml", lambda xml: xml.replace(b'uniqueCount="1"', b'uniqueCount="4294967295"'))
    with Package.open(path) as book:
        assert book.values("S", Area(1, 1, 1, 1)) == [["a"]]


def test_days_before_the_leap_year_that_was_none() -> None:
    """Excel counts a 29 February 1900: days before it are counted one less."""
    assert [moment(serial) for serial in (1, 59, 61)] == [
        dt.date(1900, 1, 1),
        dt.date(1900, 2, 28),
        dt.date(1900, 3, 1),
    ]
    assert moment(0, date1904=True) == dt.time(0)
    assert moment(1, date1904=True) == dt.date(1904, 1, 2)
    assert (moment(-1), moment(3_000_000)) == (-1, 3_000_000)


def _rows(path: Path, rows: str) -> None:
    """Give the first sheet other rows, as a program may have written them."""
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    parts["xl/worksheets/sheet1.xml"] = f'<worksheet xmlns="{main}"><sheetData>{rows}</sheetData></worksheet>'.encode()
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    path.write_bytes(out.getvalue())
