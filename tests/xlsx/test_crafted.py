"""Small files made to keep a reader busy for minutes: done or refused within seconds and without much memory."""

import time
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from kpixl.errors import WorkbookRefused
from kpixl.xlsx import Cached, Package
from kpixl.xlsx.address import Area

_SECONDS = 5
_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"


@contextmanager
def _soon() -> Iterator[None]:
    started = time.process_time()
    yield
    assert time.process_time() - started < _SECONDS


@pytest.mark.parametrize(
    "cell", ['<c r="A1"><v>1', '<c r="A1"><f>B1', '<c r="A1"><f>B1</f>', '<c r="A1" t="inlineStr"><is><rPh>'], ids=str
)
def test_cells_that_do_not_end(make: Callable[..., Path], edit_part: Callable[..., None], cell: str) -> None:
    path = make(lambda book: book.add_worksheet("S").write("A1", 1))
    edit_part(path, "xl/worksheets/sheet1.xml", lambda xml: _sheet(f'<row r="1">{cell * 60_000}</c></row>'))
    with _soon(), Package.open(path) as book, pytest.raises(WorkbookRefused, match="壊れて"):
        book.values("S", Area(1, 1, 5, 5))
        book.set_cells("S", {"B9": 1})
        book.save()


def test_readings_that_do_not_end(make: Callable[..., Path], edit_part: Callable[..., None]) -> None:
    path = make(lambda book: book.add_worksheet("S").write("A1", "a"))
    readings = '<rPh sb="0" eb="1"><t>x' * 30_000
    strings = f'<sst xmlns="{_MAIN}"><si>{readings}<t>a</t></si></sst>'
    edit_part(path, "xl/sharedStrings.xml", lambda xml: strings.encode())
    with _soon(), Package.open(path) as book, pytest.raises(WorkbookRefused, match="壊れて"):
        book.values("S", Area(1, 1, 1, 1))


@pytest.mark.parametrize("ref", ["A1:XFD1048576", "C1:C1048576", "A5:XFD5"])
def test_a_formula_that_fills_the_sheet(make: Callable[..., Path], edit_part: Callable[..., None], ref: str) -> None:
    """What it reads changes: its values go, and those of who reads it; its cells cannot be written."""
    path = make(lambda book: book.add_worksheet("S").write("A1", 1) or book.add_worksheet("T").write("A1", 1))
    first = ref.partition(":")[0]
    cells = {"A1": "<v>1</v>", "C1": "<v>1</v>", "A5": "<v>1</v>"} | {
        first: f'<f t="array" ref="{ref}">T!A1</f><v>1</v>'
    }
    places = {1: ("A1", "C1"), 5: ("A5",)}
    rows = "".join(
        f'<row r="{row}">' + "".join(f'<c r="{place}">{cells[place]}</c>' for place in places[row]) + "</row>"
        for row in places
    )
    edit_part(path, "xl/worksheets/sheet1.xml", lambda xml: _sheet(rows))
    with _soon(), Package.open(path) as book:
        book.set_cells("T", {"A1": 2})
        with pytest.raises(WorkbookRefused, match="一つの数式"):
            book.set_cells("S", {first: 1})
        book.set_cells("T", {"C1": Cached(1)})
        assert book.save().to_calculate >= 1


def test_a_table_part_of_sixty_megabytes(sales: Path, edit_part: Callable[..., None]) -> None:
    column = b'<tableColumn id="1" name="x"/>'
    edit_part(
        sales,
        "xl/tables/table1.xml",
        lambda xml: xml.replace(b"</tableColumns>", column * 2_000_000 + b"</tableColumns>"),
    )
    with _soon(), pytest.raises(WorkbookRefused, match="壊れて"):
        Package.open(sales)


def test_names_by_the_hundred_thousand(sales: Path, edit_part: Callable[..., None]) -> None:
    """As many as are taken are no burden; more are refused."""

    def names(many: int) -> Callable[[bytes], bytes]:
        new = "".join(f'<definedName name="n{number}">Data!$C${number + 1}</definedName>' for number in range(many))
        return lambda xml: xml.replace(b"</definedNames>", new.encode() + b"</definedNames>")

    edit_part(sales, "xl/workbook.xml", names(60_000))
    with _soon(), Package.open(sales) as book:
        book.set_cells("Data", {"C5": 7})
        book.save()
    edit_part(sales, "xl/workbook.xml", names(20_000))
    with _soon(), pytest.raises(WorkbookRefused, match="名前の定義"):
        Package.open(sales)


def test_a_table_as_long_as_the_sheet(sales: Path, edit_part: Callable[..., None]) -> None:
    """A million blank rows are neither read nor written one by one."""
    edit_part(sales, "xl/tables/table1.xml", lambda xml: xml.replace(b'ref="A1:F11"', b'ref="A1:F1048576"'))
    with _soon(), Package.open(sales) as book:
        book.replace_table("Sales", ["Amount"], [[1], [2]])
        book.save()
    with Package.open(sales) as book:
        assert book.tables["Sales"].ref == "A1:F3"


def test_many_cells_of_a_merged_kind(make: Callable[..., Path], edit_part: Callable[..., None]) -> None:
    def fill(book: Any) -> None:
        book.add_worksheet("S").write("A1", 1)

    path = make(fill)
    merged = "".join(f'<mergeCell ref="A{2 * row}:XFD{2 * row + 1}"/>' for row in range(1, 100_000))
    edit_part(
        path,
        "xl/worksheets/sheet1.xml",
        lambda xml: _sheet('<row r="1"><c r="A1"><v>1</v></c></row>', f"<mergeCells>{merged}</mergeCells>"),
    )
    with _soon(), Package.open(path) as book:
        book.set_cells("S", {f"{letter}1": 5 for letter in "ABCDEFGHIJ"})
        book.save()
    assert zipfile.is_zipfile(path)


def _sheet(rows: str, after: str = "") -> bytes:
    return f'<worksheet xmlns="{_MAIN}"><sheetData>{rows}</sheetData>{after}</worksheet>'.encode()


def test_the_sentence_for_damage_is_one_short_line(sales: Path, edit_part: Callable[..., None]) -> None:
    """Whatever the damaged part holds: a terminal or a log shows it as it is."""
    for junk in (b"\x00" * 512, b"\n\n</x>\x1b[2J", b"<" + b"y" * 5_000):
        edit_part(sales, "xl/tables/table1.xml", lambda xml, junk=junk: junk + xml)
        with pytest.raises(WorkbookRefused) as refused:
            Package.open(sales)
        assert len(str(refused.value)) < 400
        assert str(refused.value).isprintable()
