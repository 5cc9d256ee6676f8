"""Files that are not changed: each is refused with a sentence, in both languages, and stays as it is."""

import io
import struct
import zipfile
from pathlib import Path
from typing import Any

import pytest

from kpixl import texts
from kpixl.errors import WorkbookRefused
from kpixl.xlsx import Package


def refusal(path: Path) -> str:
    """The English sentence with which a file is refused."""
    content = path.read_bytes()
    with pytest.raises(WorkbookRefused) as caught, Package.open(path) as book:
        book.set_cells(book.sheets[0], {"H1": 1})
        book.save()
    assert path.read_bytes() == content
    assert sorted(other.name for other in path.parent.iterdir()) == [path.name]
    assert path.name in str(caught.value)
    with texts.speaking("en"):
        return str(caught.value)


def zipped(path: Path, contents: dict[str, bytes]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in contents.items():
            archive.writestr(name, content)
    return path


@pytest.mark.parametrize("content", [b"", b"not a zip at all", b"PK", b"PK\x05\x06" + bytes(18), b"<html></html>"])
def test_no_workbook_at_all(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "x.xlsx"
    path.write_bytes(content)
    assert "is not an Excel workbook" in refusal(path)


def test_a_missing_file(tmp_path: Path) -> None:
    with pytest.raises(WorkbookRefused, match=r"gone\.xlsx"):
        Package.open(tmp_path / "gone.xlsx")


def test_a_zip_or_document_that_is_no_workbook(tmp_path: Path) -> None:
    assert "not an Excel workbook" in refusal(zipped(tmp_path / "x.xlsx", {"a.txt": b"hello"}))
    relation = (
        b'<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1"'
        b' Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument"'
        b' Target="word/document.xml"/></Relationships>'
    )
    kinds = b'<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"/>'
    contents = {"_rels/.rels": relation, "word/document.xml": b"<document/>", "[Content_Types].xml": kinds}
    assert "not an Excel workbook" in refusal(zipped(tmp_path / "x.xlsx", contents))


def test_a_password_or_an_old_format(tmp_path: Path, real_data: Path) -> None:
    path = tmp_path / "x.xlsx"
    path.write_bytes((real_data / "xlsx" / "poi_encrypted.xlsx").read_bytes())
    assert "password" in refusal(path)
    path.write_bytes(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600) + "Workbook".encode("utf-16-le"))
    assert "old .xls format" in refusal(path)


def test_a_binary_workbook(sales: Path, edit_part: Any) -> None:
    edit_part(
        sales,
        "[Content_Types].xml",
        lambda xml: xml.replace(
            b"application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml",
            b"application/vnd.ms-excel.sheet.binary.macroEnabled.main",
        ),
    )
    assert ".xlsb" in refusal(sales)


@pytest.mark.parametrize(("flag", "told"), [(0x01, "password"), (0x40, "password"), (0x20, "not an Excel workbook")])
def test_entries_that_are_encrypted_or_patches(sales: Path, flag: int, told: str) -> None:
    content = bytearray(sales.read_bytes())
    place = content.rfind(b"PK\x01\x02")
    content[place + 8] |= flag
    sales.write_bytes(content)
    assert told in refusal(sales)


def test_entries_in_the_zip64_way(sales: Path, load: Any) -> None:
    """Programs that write to a pipe use it for small parts too; the sizes count, not the way."""
    with zipfile.ZipFile(sales) as archive:
        contents = {name: archive.read(name) for name in archive.namelist()}
    with zipfile.ZipFile(sales, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in contents.items():
            with archive.open(name, "w", force_zip64=True) as part:
                part.write(content)
    with Package.open(sales) as book:
        book.set_cells("Data", {"H1": 1})
        book.save()
    with zipfile.ZipFile(sales) as archive:
        assert {name for name in contents if archive.read(name) != contents[name]} == {"xl/worksheets/sheet1.xml"}
    assert load(sales)["Data"]["H1"].value == 1


def test_a_part_larger_than_a_plain_zip_can_hold(sales: Path) -> None:
    """An entry of the directory that says 5 GB, in the zip64 way."""
    content = sales.read_bytes()
    start, end = content.find(b"PK\x01\x02"), content.rfind(b"PK\x05\x06")
    record = bytearray(content[start:end])
    name, extra = struct.unpack_from("<HH", record, 28)
    assert extra == 0
    record[24:28] = b"\xff" * 4
    record[30:32] = struct.pack("<H", 12)
    record[46 + name : 46 + name] = struct.pack("<HHQ", 1, 8, 5 << 30)
    tail = bytearray(content[end:])
    tail[12:16] = struct.pack("<I", len(record))
    sales.write_bytes(content[:start] + record + tail)
    assert "4 GB" in refusal(sales)


def test_more_parts_than_a_plain_zip_can_hold(sales: Path) -> None:
    with zipfile.ZipFile(sales, "a", zipfile.ZIP_STORED) as archive:
        for number in range(65_536 - len(archive.namelist())):
            archive.writestr(f"x/{number}", b"")
    assert "65,534 parts" in refusal(sales)


def test_many_parts_that_swell_together(sales: Path) -> None:
    """Each is below the limit of a single part; together they would fill 9 GB."""
    content = sales.read_bytes()
    start, end = content.find(b"PK\x01\x02"), content.rfind(b"PK\x05\x06")
    records = content[start:end]
    added = b""
    for number in range(150):
        name = b"xl/x%03d.xml" % number
        fixed = (b"PK\1\2", 20, 0, 20, 0, 0, 8, 0, 33, 0, 0, 60 << 20, len(name))
        added += struct.pack("<4s4B4HIIIHHHHHII", *fixed, *[0] * 6) + name
    tail = bytearray(content[end:])
    total = struct.unpack_from("<H", tail, 8)[0] + 150
    tail[8:16] = struct.pack("<HHI", total, total, len(records) + len(added))
    sales.write_bytes(content[:end] + added + tail)
    assert "unusual size" in refusal(sales)


def test_a_digital_signature(tmp_path: Path, real_data: Path) -> None:
    path = tmp_path / "x.xlsx"
    path.write_bytes((real_data / "xlsx" / "poi_signed.xlsx").read_bytes())
    assert "signature" in refusal(path)


def test_two_parts_of_the_same_name(sales: Path) -> None:
    with zipfile.ZipFile(sales, "a") as archive:
        archive.writestr("XL/Workbook.xml", b"<workbook/>")
    assert "two parts of the same name" in refusal(sales)


def test_a_zip_bomb(sales: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with zipfile.ZipFile(sales, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/media/huge.xml", bytes(70 << 20))
    assert "unusual size" in refusal(sales)


def test_overlapping_entries(sales: Path) -> None:
    """Every entry of the directory points at the same data: small on disk, huge when unpacked."""
    with zipfile.ZipFile(sales) as archive:
        entries = archive.infolist()
        biggest = max(entries, key=lambda entry: entry.compress_size)
    content = sales.read_bytes()
    start = content.find(b"PK\x01\x02")
    end = content.rfind(b"PK\x05\x06")
    place = content.find(biggest.filename.encode(), start) - 46
    record = content[place : place + 46]
    copies = b""
    for number in range(200):
        name = f"xl/copy{number:03}.xml".encode()
        copies += record[:28] + struct.pack("<H", len(name)) + b"\0\0\0\0" + record[34:46] + name
    tail = bytearray(content[end:])
    total = len(entries) + 200
    tail[8:16] = struct.pack("<HHI", total, total, end - start + len(copies))
    sales.write_bytes(content[:end] + copies + bytes(tail))
    assert refusal(sales)


@pytest.mark.parametrize("share", [0.1, 0.5, 0.9, 0.999])
def test_a_truncated_file(sales: Path, share: float) -> None:
    content = sales.read_bytes()
    sales.write_bytes(content[: int(len(content) * share)])
    assert "incomplete or damaged" in refusal(sales)


def test_a_damaged_part(sales: Path) -> None:
    with zipfile.ZipFile(sales) as archive:
        place = archive.getinfo("xl/worksheets/sheet1.xml")
    content = bytearray(sales.read_bytes())
    middle = place.header_offset + 60 + place.compress_size // 2
    content[middle : middle + 8] = b"\xff" * 8
    sales.write_bytes(content)
    assert "damaged" in refusal(sales)


@pytest.mark.parametrize("part", ["xl/workbook.xml", "xl/worksheets/sheet1.xml", "xl/tables/table1.xml"])
@pytest.mark.parametrize(
    "declared",
    [
        b'<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;">]>',
        b'<!DOCTYPE x SYSTEM "file:///etc/passwd">',
    ],
)
def test_document_types_and_entities(sales: Path, edit_part: Any, part: str, declared: bytes) -> None:
    edit_part(sales, part, lambda xml: xml.replace(b"?>", b"?>" + declared, 1))
    assert "declares a document type or entities" in refusal(sales)


@pytest.mark.parametrize(
    ("part", "change"),
    [
        ("xl/worksheets/sheet1.xml", lambda xml: xml.replace(b"</sheetData>", b"")),
        ("xl/worksheets/sheet1.xml", lambda xml: xml.replace(b'<row r="3"', b'<row r="1"')),
        ("xl/worksheets/sheet1.xml", lambda xml: xml.replace(b'<row r="3"', b'<row r="99999999999999999999"')),
        ("xl/worksheets/sheet1.xml", lambda xml: xml.replace(b'<row r="3"', b'<row r="1048577"')),
        ("xl/worksheets/sheet1.xml", lambda xml: xml.replace(b"</worksheet>", b"")),
        ("xl/workbook.xml", lambda xml: xml[:-20]),
        ("xl/tables/table1.xml", lambda xml: xml.replace(b'ref="A1:F11"', b'ref="A1:Z11"')),
        ("xl/tables/table1.xml", lambda xml: xml.replace(b'ref="A1:F11"', b'ref="nonsense"')),
        ("xl/_rels/workbook.xml.rels", lambda xml: b"<a>"),
        ("[Content_Types].xml", lambda xml: b"\xff\xfe"),
    ],
)
def test_parts_that_do_not_hold_together(sales: Path, edit_part: Any, part: str, change: Any) -> None:
    edit_part(sales, part, change)
    assert refusal(sales)


def test_properties_that_are_another_part(sales: Path, edit_part: Any) -> None:
    edit_part(sales, "_rels/.rels", lambda xml: xml.replace(b"docProps/custom.xml", b"xl/workbook.xml"))
    with Package.open(sales) as book, pytest.raises(WorkbookRefused, match=r"xl/workbook\.xml"):
        book.set_property("kpixl.version", "2")


def test_entries_written_without_sizes_can_be_copied(sales: Path, load: Any) -> None:
    """Programs that write to a stream put the sizes behind the data."""

    class Stream(io.RawIOBase):
        def __init__(self) -> None:
            self.content = bytearray()

        def writable(self) -> bool:
            return True

        def write(self, data: Any) -> int:
            self.content += bytes(data)
            return len(data)

    stream = Stream()
    with zipfile.ZipFile(sales) as old, zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            new.writestr(name, old.read(name))
        new.comment = b"made by a stream"
    sales.write_bytes(bytes(stream.content))
    with Package.open(sales) as book:
        book.set_cells("Data", {"H1": 1})
        book.save()
    with zipfile.ZipFile(sales) as archive:
        assert archive.testzip() is None
        assert archive.comment == b"made by a stream"
    assert load(sales)["Data"]["H1"].value == 1


def test_part_names_outside_ascii(sales: Path) -> None:
    with zipfile.ZipFile(sales, "a") as archive:
        archive.writestr("xl/media/写真.png", b"picture")
    with Package.open(sales) as book:
        book.set_cells("Data", {"H1": 1})
        book.save()
    with zipfile.ZipFile(sales) as archive:
        assert archive.read("xl/media/写真.png") == b"picture"


def test_every_refusal_has_a_sentence_in_both_languages() -> None:
    ours = {
        lang: {key: text for key, text in texts.section("errors", lang).items() if key.startswith("xlsx_")}
        for lang in ("ja", "en")
    }
    assert ours["ja"].keys() == ours["en"].keys()
    kpixl = Path(__file__).parents[2] / "kpixl"
    code = "".join(
        path.read_text(encoding="utf-8") for floor in ("xlsx", "files") for path in kpixl.glob(f"{floor}/*.py")
    )
    assert {key for key in ours["ja"] if f'"{key}"' not in code} == set()
