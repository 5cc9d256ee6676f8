"""Packages that were tampered with at random: a sentence or a right file, never a traceback."""

import io
import random
import re
import signal
import warnings
import zipfile
import zlib
from collections.abc import Callable
from functools import partial
from pathlib import Path

import openpyxl
import pytest
import xlsxwriter
from damaged_packages import changed_bytes, changed_elements, changed_headers, changed_parts, inserted_fragments
from lxml import etree

from kpixl.errors import WorkbookRefused
from kpixl.xlsx import Cached, Formula, Graft, Package
from kpixl.xlsx.receipt import Receipt

PARTS = re.compile(
    r"xl/(?:workbook|sharedStrings|comments1|charts/chart1|tables/table1|worksheets/sheet[12])\.xml"
    r"|xl/drawings/vmlDrawing1\.vml|docProps/custom\.xml|\[Content_Types\]\.xml"
    r"|_rels/\.rels|xl/_rels/workbook\.xml\.rels|xl/worksheets/_rels/sheet1\.xml\.rels"
)


@pytest.fixture(scope="module")
def original() -> bytes:
    out = io.BytesIO()
    with xlsxwriter.Workbook(out) as book:
        data, report = book.add_worksheet("Data"), book.add_worksheet("Report")
        columns = [{"header": "Name"}, {"header": "N"}, {"header": "Twice", "formula": "=T[@[N]]*2"}]
        data.add_table("A1:C4", {"name": "T", "columns": columns, "data": [["a", 1], ["b", 2], ["c", 3]]})
        data.write_formula("E1", "=SUM(B2:B4)", None, 6)
        data.merge_range("G1:H2", "merged")
        data.write_comment("A3", "about b")
        report.write_formula("A1", "=SUM(Data!B2:B4)*rate", None, 6)
        report.write_array_formula("B1:B3", "{=Data!B2:B4}", None, 1)
        report.conditional_format("A1:A3", {"type": "cell", "criteria": ">", "value": "=Data!$B$2"})
        book.define_name("rate", "=Data!$E$1")
        chart = book.add_chart({"type": "line"})
        chart.add_series({"values": "=Data!$B$2:$B$4", "values_data": [1, 2, 3]})
        report.insert_chart("D4", chart)
        book.set_custom_property("kpixl.version", "1")
    return out.getvalue()


def _board() -> bytes:
    """A workbook with a sheet to be put in: a chart over the table T, a table, formats."""
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True}) as book:
        board, data = book.add_worksheet("Board"), book.add_worksheet("Data")
        data.add_table("A1:C4", {"name": "T", "columns": [{"header": "Name"}, {"header": "N"}, {"header": "Twice"}]})
        pale = book.add_format({"bg_color": "#EEF2F7", "num_format": "0.000"})
        board.write_formula("A1", "=SUM(T[N])", pale, 10)
        board.add_table("C1:C2", {"name": "board_table"})
        board.conditional_format("A1", {"type": "cell", "criteria": ">", "value": 1, "format": pale})
        chart = book.add_chart({"type": "line"})
        chart.add_series({"values": "=Data!$B$2:$B$4"})
        board.insert_chart("D4", chart)
    return out.getvalue()


_BOARD = _board()


def change_everything(path: Path) -> Receipt:
    with Package.open(path) as book:
        book.set_cells("Data", {"E1": Cached(9), "J5": "=x", "B9": Formula("B2+1"), "A8": 4})
        book.replace_table("T", ["Name", "N"], [["x", 1], ["y", 2], ["z", 3], ["w", 4]], sources=[2, None, 0, 1])
        book.set_property("kpixl.version", "2")
        book.add_sheet("new", [[1]])
        book.graft(_BOARD, [Graft("Board", "board", None)])
        return book.save()


def readable(content: bytes, usual: list[str]) -> bool:
    """Say whether another reader takes all of a package, its charts included.

    A part's name means the same in any case and with either slash, but this reader finds it by the `usual` name only.
    """
    known = {name.lower(): name for name in usual}
    out = io.BytesIO()
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive, zipfile.ZipFile(out, "w") as renamed:
            for name in archive.namelist():
                key = name.replace("\\", "/").lstrip("/")
                renamed.writestr(known.get(key.lower(), key), archive.read(name))
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            warnings.filterwarnings("error", "Unable to read chart")  # it is left out
            openpyxl.load_workbook(out)
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


def not_forever(*_: object) -> None:
    raise TimeoutError("this takes for ever")


def survives(path: Path, original: bytes, content: bytes, *, other_reader: bool) -> bool:
    """Change a package that is a damaged `original`; return whether it was changed rather than refused."""
    path.write_bytes(content)
    try:
        receipt = change_everything(path)
    except WorkbookRefused as refusal:
        assert str(refusal)
        assert path.read_bytes() == content
        assert [other.name for other in path.parent.iterdir()] == [path.name]
        return False
    after = path.read_bytes()
    assert not broken(after) or broken(after) <= broken(content), "what was damaged before is copied as it is, no more"
    if other_reader:
        usual = zipfile.ZipFile(io.BytesIO(original)).namelist()
        assert readable(after, usual) or not readable(content, usual)
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(io.BytesIO(after)) as new:
        written = {*receipt.changed, *receipt.added}
        assert set(new.namelist()) == ({*old.namelist()} | written) - {*receipt.dropped}
        for name in new.namelist():
            if name in written:
                etree.fromstring(new.read(name), etree.XMLParser(recover=name.endswith(".vml")))
            else:
                assert new.getinfo(name).CRC == old.getinfo(name).CRC, name
    with Package.open(path) as book:
        assert book.tables["T"].body_area.bottom == book.tables["T"].body_area.top + 3
        assert [book._workbook.sheet("Data").value(*place) for place in ((10, 5), (1, 8))] == ["=x", 4]
        assert book.properties["kpixl.version"] == "2"
        assert (book.sheets[0], book.sheets[-1]) == ("board", "new")
        assert book.tables["board_table"].sheet == "board"
    path.with_name("x.xlsx.bak").unlink()
    assert [other.name for other in path.parent.iterdir()] == [path.name]
    return True


@pytest.mark.parametrize(
    ("mutate", "times"),
    [
        (partial(inserted_fragments, parts=PARTS), 1_250),
        (partial(changed_elements, parts=PARTS, values=["Data!A1", "T[N]", "SUM(Data!A:A)"]), 1_250),
        (changed_parts, 500),
        (changed_bytes, 1_000),
        (changed_headers, 1_000),
    ],
    ids=["fragments", "elements", "parts", "bytes", "headers"],
)
def test_five_thousand_mutations(
    tmp_path: Path, original: bytes, mutate: Callable[[bytes, random.Random], bytes], times: int
) -> None:
    """A refusal in words, or a file that is right; never a traceback, never for ever."""
    if hasattr(signal, "SIGALRM"):
        signal.signal(signal.SIGALRM, not_forever)
    changed = 0
    for seed in range(times):
        content = mutate(original, random.Random(seed))  # noqa: S311 - mutations, not secrets
        if hasattr(signal, "SIGALRM"):
            signal.alarm(20)
        try:
            changed += survives(tmp_path / "x.xlsx", original, content, other_reader=seed % 4 == 0)
        except BaseException as error:
            error.add_note(f"seed {seed}")
            raise
        finally:
            if hasattr(signal, "SIGALRM"):
                signal.alarm(0)
    assert 0 < changed < times, "some have to be refused and some to be changed, or nothing was tried"
