"""Packages that were tampered with at random: a sentence or a right file, never a traceback."""

import io
import warnings
import zipfile
import zlib
from pathlib import Path
from typing import Any

import openpyxl
import pytest
import xlsxwriter
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kpixl.errors import WorkbookRefused
from kpixl.xlsx import Cached, Formula, Package

PARTS = [
    "xl/worksheets/sheet1.xml",
    "xl/worksheets/sheet2.xml",
    "xl/workbook.xml",
    "xl/tables/table1.xml",
    "xl/charts/chart1.xml",
    "xl/_rels/workbook.xml.rels",
    "xl/worksheets/_rels/sheet1.xml.rels",
    "[Content_Types].xml",
    "_rels/.rels",
    "xl/sharedStrings.xml",
    "docProps/custom.xml",
]
FRAGMENTS = [
    b"", b"<", b">", b'"', b"&", b"&amp;", b"]]>", b"<!--", b"-->", b"<![CDATA[", b"<?x ?>", b"\x00", b"\xff\xfe",
    b"<row>", b"</row>", b"<c/>", b"<c>", b"</c>", b"<f>", b"</f>", b'<f t="shared" si="9"/>', b"<v>9</v>", b"<v>x</v>",
    b"<sheetData/>", b"</sheetData>", b'r="A0"', b'r="ZZZ9999999"', b'r="-1"', b't="s"', b't="array" ref="A1:C9"',
    b'ref="A1:XFD1048576"', b"99999999999999999999", b"-1", b"#REF!", b"$", b":", b"'", b"!", b"\xe3\x80\x80", b"\xe3",
]  # fmt: skip


class Bytes(bytes):
    """A package that does not fill the screen when a test fails."""

    def __repr__(self) -> str:
        return f"<{len(self)} bytes>"


@pytest.fixture(scope="module")
def original() -> Bytes:
    out = io.BytesIO()
    with xlsxwriter.Workbook(out) as book:
        data, report = book.add_worksheet("Data"), book.add_worksheet("Report")
        columns = [{"header": "Name"}, {"header": "N"}, {"header": "Twice", "formula": "=T[@[N]]*2"}]
        data.add_table("A1:C4", {"name": "T", "columns": columns, "data": [["a", 1], ["b", 2], ["c", 3]]})
        data.write_formula("E1", "=SUM(B2:B4)", None, 6)
        data.merge_range("G1:H2", "merged")
        report.write_formula("A1", "=SUM(Data!B2:B4)*rate", None, 6)
        report.write_array_formula("B1:B3", "{=Data!B2:B4}", None, 1)
        report.conditional_format("A1:A3", {"type": "cell", "criteria": ">", "value": "=Data!$B$2"})
        book.define_name("rate", "=Data!$E$1")
        chart = book.add_chart({"type": "line"})
        chart.add_series({"values": "=Data!$B$2:$B$4", "values_data": [1, 2, 3]})
        report.insert_chart("D4", chart)
        book.set_custom_property("kpixl.version", "1")
    return Bytes(out.getvalue())


def tampered(original: bytes, part: str, edits: list[tuple[float, int, bytes]]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(original)) as old, zipfile.ZipFile(out, "w") as new:
        for name in old.namelist():
            content = old.read(name)
            if name == part:
                for place, length, fragment in edits:
                    start = int(place * len(content))
                    content = content[:start] + fragment + content[start + length :]
            new.writestr(name, content)
    return out.getvalue()


def change_everything(path: Path) -> None:
    with Package.open(path) as book:
        book.set_cells("Data", {"E1": Cached(9), "J5": "=x", "B9": Formula("B2+1"), "A8": 4})
        book.replace_table("T", ["Name", "N"], [["x", 1], ["y", 2], ["z", 3], ["w", 4]], sources=[2, None, 0, 1])
        book.set_property("kpixl.version", "2")
        book.add_sheet("new", [[1]])
        book.save()


def readable(path: Path) -> bool:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            openpyxl.load_workbook(io.BytesIO(path.read_bytes()))
    except Exception:
        return False
    return True


def broken(content: bytes) -> set[str]:
    """The parts that cannot be unpacked."""
    found = set()
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        for name in archive.namelist():
            try:
                archive.read(name)
            except (zipfile.BadZipFile, zlib.error, EOFError):
                found.add(name)
    return found


def survives(path: Path, content: bytes) -> None:
    path.write_bytes(content)
    was_readable = readable(path)
    try:
        change_everything(path)
    except WorkbookRefused as refusal:
        assert str(refusal)
        assert path.read_bytes() == content
    else:
        assert broken(path.read_bytes()) <= broken(content), "what was damaged before is copied as it is, no more"
        assert readable(path) or not was_readable
    assert {other.name for other in path.parent.iterdir()} <= {"x.xlsx", "x.xlsx.bak"}


hostile = settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)


@hostile
@given(
    part=st.sampled_from(PARTS),
    edits=st.lists(st.tuples(st.floats(0, 1), st.integers(0, 12), st.sampled_from(FRAGMENTS)), min_size=1, max_size=3),
)
def test_parts_with_inserted_fragments(tmp_path: Path, original: bytes, part: str, edits: Any) -> None:
    survives(tmp_path / "x.xlsx", tampered(original, part, edits))


@hostile
@given(edits=st.lists(st.tuples(st.floats(0, 1, exclude_max=True), st.integers(0, 255)), min_size=1, max_size=4))
def test_archives_with_flipped_bytes(tmp_path: Path, original: bytes, edits: list[tuple[float, int]]) -> None:
    content = bytearray(original)
    for place, value in edits:
        content[int(place * len(content))] = value
    survives(tmp_path / "x.xlsx", bytes(content))


@hostile
@given(start=st.floats(0, 1), length=st.floats(0, 0.3))
def test_archives_with_a_piece_missing(tmp_path: Path, original: bytes, start: float, length: float) -> None:
    cut = int(start * len(original))
    survives(tmp_path / "x.xlsx", original[:cut] + original[cut + int(length * len(original)) :])
