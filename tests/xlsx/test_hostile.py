"""Packages that were tampered with at random: a sentence or a right file, never a traceback."""

import copy
import io
import random
import re
import signal
import warnings
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path

import openpyxl
import pytest
import xlsxwriter
from lxml import etree

from kpixl.errors import WorkbookRefused
from kpixl.xlsx import Cached, Formula, Package
from kpixl.xlsx.receipt import Receipt

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
    "xl/comments1.xml",
    "xl/drawings/vmlDrawing1.vml",
    "docProps/custom.xml",
]
FRAGMENTS = [
    b"", b"<", b">", b'"', b"&", b"&amp;", b"]]>", b"<!--", b"-->", b"<![CDATA[", b"<?x ?>", b"\x00", b"\xff\xfe",
    b"<row>", b"</row>", b"<c/>", b"<c>", b"</c>", b"<f>", b"</f>", b'<f t="shared" si="9"/>', b"<v>9</v>", b"<v>x</v>",
    b"<sheetData/>", b"</sheetData>", b'r="A0"', b'r="ZZZ9999999"', b'r="-1"', b't="s"', b't="array" ref="A1:C9"',
    b'ref="A1:XFD1048576"', b"99999999999999999999", b"-1", b"#REF!", b"$", b":", b"'", b"!", b"\xe3\x80\x80", b"\xe3",
]  # fmt: skip


VALUES = [
    "", "0", "-1", "9", "x", "A1", "A0", "XFE1", "A1:C9", "A1:XFD1048576", "1e308", "99999999999999999999", "rId1", "n",
    "s", "str", "array", "shared", "#REF!", "Data!A1", "T[N]", "SUM(Data!A:A)", "'", "../../x", "/xl/workbook.xml",
    "日本",
]  # fmt: skip


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


Parts = dict[str, bytes]


def unpacked(package: bytes) -> Parts:
    with zipfile.ZipFile(io.BytesIO(package)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def packed(contents: Parts) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, content in contents.items():
            archive.writestr(name, content)
    return out.getvalue()


def inserted_fragments(package: bytes, chance: random.Random) -> bytes:
    contents = unpacked(package)
    part = chance.choice(PARTS)
    for _ in range(chance.randint(1, 3)):
        place = chance.randint(0, len(contents[part]))
        rest = contents[part][place + chance.choice((0, 0, 1, 4, 12)) :]
        contents[part] = contents[part][:place] + chance.choice(FRAGMENTS) + rest
    return packed(contents)


def changed_elements(package: bytes, chance: random.Random) -> bytes:
    """Still well-formed, but elements are missing, doubled, moved or renamed, and attributes say something else."""
    contents = unpacked(package)
    part = chance.choice(PARTS)
    root = etree.fromstring(contents[part])
    for _ in range(chance.randint(1, 3)):
        elements = [element for element in root.iter() if element is not root]
        if not elements:
            break
        one, other = chance.choice(elements), chance.choice(elements)
        kind = chance.randrange(6)
        if kind == 0:
            one.getparent().remove(one)
        elif kind == 1:
            one.addnext(copy.deepcopy(one))
        elif kind == 2:
            one.getparent().append(copy.deepcopy(other))
        elif kind == 3:
            one.tag = other.tag
        elif kind == 4 and one.attrib:
            one.set(chance.choice(list(one.attrib)), chance.choice(VALUES))
        else:
            one.text = chance.choice(VALUES)
    contents[part] = etree.tostring(root)
    return packed(contents)


def changed_parts(package: bytes, chance: random.Random) -> bytes:
    """Parts are missing, empty, in each other's place or under another name."""
    contents = unpacked(package)
    one, other = chance.sample(list(contents), 2)
    kind = chance.randrange(5)
    if kind == 0:
        del contents[one]
    elif kind == 1:
        contents[one] = b""
    elif kind == 2:
        contents[one], contents[other] = contents[other], contents[one]
    elif kind == 3:
        contents[chance.choice((one.upper(), one.replace("/", "\\"), f"/{one}", f"../{one}", "x"))] = contents.pop(one)
    else:
        contents[one] = contents[one].decode("latin-1").encode(chance.choice(("utf-16", "utf-8-sig", "utf-32")))
    return packed(contents)


def changed_bytes(package: bytes, chance: random.Random) -> bytes:
    """Bytes of the archive are others, or a piece of it is missing."""
    content = bytearray(package)
    for _ in range(chance.randint(1, 6)):
        content[chance.randrange(len(content))] = chance.randrange(256)
    if chance.random() < 0.25:
        start = chance.randrange(len(package))
        del content[start : start + chance.randrange(len(package) // 3)]
    return bytes(content)


def changed_headers(package: bytes, chance: random.Random) -> bytes:
    """The directory or the headers of the archive lie: sizes, offsets, methods, flags, names, counts."""
    content = bytearray(package)
    for _ in range(chance.randint(1, 2)):
        mark = chance.choice((b"PK\1\2", b"PK\3\4", b"PK\5\6"))
        place = chance.choice([found.start() for found in re.finditer(re.escape(mark), content)])
        field = place + chance.randrange(4, 46 if mark == b"PK\1\2" else 30 if mark == b"PK\3\4" else 22)
        width = chance.choice((1, 2, 4))
        value = chance.choice(
            (0, 1, 8, 0x7F, 0xFF, 0xFFFF, 0x7FFF_FFFF, 0xFFFF_FFFF, len(package), chance.randrange(256))
        )
        content[field : field + width] = (value & (256**width - 1)).to_bytes(width, "little")
    return bytes(content)


def change_everything(path: Path) -> Receipt:
    with Package.open(path) as book:
        book.set_cells("Data", {"E1": Cached(9), "J5": "=x", "B9": Formula("B2+1"), "A8": 4})
        book.replace_table("T", ["Name", "N"], [["x", 1], ["y", 2], ["z", 3], ["w", 4]], sources=[2, None, 0, 1])
        book.set_property("kpixl.version", "2")
        book.add_sheet("new", [[1]])
        return book.save()


def readable(content: bytes) -> bool:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            openpyxl.load_workbook(io.BytesIO(content))
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


def survives(path: Path, content: bytes, *, other_reader: bool) -> bool:
    """Change a package that may be damaged; return whether it was changed rather than refused."""
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
        assert readable(after) or not readable(content)
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
        assert book.sheets[-1] == "new"
    path.with_name("x.xlsx.bak").unlink()
    assert [other.name for other in path.parent.iterdir()] == [path.name]
    return True


@pytest.mark.parametrize(
    ("mutate", "times"),
    [
        (inserted_fragments, 1_250),
        (changed_elements, 1_250),
        (changed_parts, 500),
        (changed_bytes, 1_000),
        (changed_headers, 1_000),
    ],
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
            changed += survives(tmp_path / "x.xlsx", content, other_reader=seed % 4 == 0)
        except BaseException as error:
            error.add_note(f"{mutate.__name__}, seed {seed}")
            raise
        finally:
            if hasattr(signal, "SIGALRM"):
                signal.alarm(0)
    assert 0 < changed < times, "some have to be refused and some to be changed, or nothing was tried"
