"""The zip container: read one part, stream one, and write a new archive that copies untouched parts as they are.

Copied parts keep their compressed bytes, so a large workbook costs what copying costs, and nothing in it can change.
Archives that could harm the reader, or that kpixl could not write back whole, are refused before anything is read.
"""

import io
import struct
import zipfile
import zlib
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import BinaryIO
from xml.parsers import expat

from kpixl.errors import WorkbookRefused

__all__ = ["Container", "Content", "packed", "require_well_formed"]

Content = bytes | Callable[[], Iterable[bytes]]

_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_SEALS = {
    "DRMEncryptedDataSpace": "xlsx_rights",
    "DRMEncryptedTransform": "xlsx_rights",
    "EncryptedPackage": "xlsx_encrypted",
}
_CHUNK = 1 << 20
_LEVEL = 5  # half the time of 6, and rows of numbers come out no larger
_SMALLER, _SMALL = 11, 9  # levels of libdeflate: the first finds a few percent more, in ten times the time
_WORTH_IT = 60_000  # bytes of a part up to which that time is short
_LIMIT = 0xFFFF_FFFE
_MOST_ENTRIES = 0xFFFE
_MOST_BYTES = 8 << 30
_SUSPECT_BYTES = 64 << 20
_SUSPECT_RATIO = 400
_ENCRYPTED = 0x41  # an entry, or strongly
_PATCHED = 0x20
_DESCRIPTOR = 0x8
_UTF8 = 0x800


class Container:
    """An opened package. Part names are found whatever their case, slashes or leading slash.

    `seen` are the names of the parts that were unpacked. One that was made in memory is read from `file`.
    """

    def __init__(self, path: Path, file: BinaryIO | None = None) -> None:
        self.path = path
        self.seen: dict[str, None] = {}
        try:
            self.file: BinaryIO = path.open("rb") if file is None else file
        except PermissionError as error:
            raise WorkbookRefused("xlsx_in_use", file=path.name) from error
        try:
            self._zip = _archive(path, self.file)
            self._entries = {_key(entry.filename): entry for entry in self._zip.infolist()}
            self._examine()
        except BaseException:
            self.file.close()
            raise

    def close(self) -> None:
        """Let go of the file."""
        self._zip.close()
        self.file.close()

    def names(self) -> Iterator[str]:
        """Yield the part names as they are stored, in order."""
        return (entry.filename for entry in self._entries.values())

    def stored_name(self, name: str) -> str | None:
        """Return the name under which a part is stored, or None when there is no such part."""
        entry = self._entries.get(_key(name))
        return None if entry is None else entry.filename

    def read(self, name: str) -> bytes:
        """Return one part."""
        return self._zip.read(self._seen(name))

    def stream(self, name: str) -> Iterator[bytes]:
        """Yield one part a piece at a time."""
        with self._zip.open(self._seen(name)) as part:
            while chunk := part.read(_CHUNK):
                yield chunk

    def write(self, out: BinaryIO, changed: dict[str, Content], dropped: set[str]) -> None:
        """Write a new archive to the seekable `out`: `changed` parts anew (also new ones), the rest copied."""
        fresh = {_key(name): (name, content) for name, content in changed.items()}
        gone = {_key(name) for name in dropped}
        directory: list[bytes] = []
        for key, entry in self._entries.items():
            if key in gone:
                continue
            if key in fresh:
                directory.append(_put(out, entry, fresh.pop(key)[1]))
            else:
                directory.append(self._copy(out, entry))
        for name, content in fresh.values():
            entry = zipfile.ZipInfo(name)
            entry.flag_bits = 0 if name.isascii() else _UTF8
            directory.append(_put(out, entry, content))
        self._finish(out, directory)

    def _seen(self, name: str) -> zipfile.ZipInfo:
        entry = self._entries[_key(name)]
        self.seen[entry.filename] = None
        return entry

    def _copy(self, out: BinaryIO, entry: zipfile.ZipInfo) -> bytes:
        offset = out.tell()
        out.write(_local_header(entry, entry.CRC, entry.compress_size, entry.file_size))
        self.file.seek(entry.header_offset)
        header = self.file.read(30)
        if len(header) < 30 or header[:4] != b"PK\3\4":
            raise zipfile.BadZipFile("a local header is missing")
        name_length, extra_length = struct.unpack("<HH", header[26:30])
        self.file.seek(name_length + extra_length, 1)
        left = entry.compress_size
        while left:
            chunk = self.file.read(min(left, _CHUNK))
            if not chunk:
                raise zipfile.BadZipFile("the archive ends early")
            out.write(chunk)
            left -= len(chunk)
        return _directory_entry(entry, entry.CRC, entry.compress_size, entry.file_size, offset)

    def _finish(self, out: BinaryIO, directory: list[bytes]) -> None:
        if out.tell() + sum(map(len, directory)) > _LIMIT or len(directory) > _MOST_ENTRIES:
            raise WorkbookRefused("xlsx_too_large", file=self.path.name)
        _end(out, directory, self._zip.comment)

    def _examine(self) -> None:
        entries = self._zip.infolist()
        if len(self._entries) != len(entries):
            raise WorkbookRefused("xlsx_duplicate_parts", file=self.path.name)
        if any(entry.flag_bits & _ENCRYPTED for entry in entries):
            raise WorkbookRefused("xlsx_encrypted", file=self.path.name)
        if len(entries) > _MOST_ENTRIES or any(
            max(entry.file_size, entry.compress_size, entry.header_offset) > _LIMIT for entry in entries
        ):
            raise WorkbookRefused("xlsx_too_large", file=self.path.name)
        if any(entry.header_offset < 0 for entry in entries):
            raise WorkbookRefused("xlsx_truncated", file=self.path.name)
        packed = sum(entry.compress_size for entry in entries)
        swollen = [
            entry.filename
            for entry in entries
            if entry.file_size > _SUSPECT_BYTES and entry.file_size > _SUSPECT_RATIO * max(entry.compress_size, 1)
        ]
        if swollen or packed > self.file.seek(0, 2) or sum(entry.file_size for entry in entries) > _MOST_BYTES:
            raise WorkbookRefused("xlsx_bomb", file=self.path.name)
        if any(
            entry.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED) or entry.flag_bits & _PATCHED
            for entry in entries
        ):
            raise WorkbookRefused("xlsx_not_a_workbook", file=self.path.name)
        if any(key.startswith("_xmlsignatures/") for key in self._entries):
            raise WorkbookRefused("xlsx_signed", file=self.path.name)


def packed(parts: Iterable[tuple[str, bytes]], *, smallest: bool = False) -> bytes:
    """Return a new archive of parts, all dated 1980-01-01; the `smallest` takes longer for a few percent."""
    from deflate import deflate_compress  # noqa: PLC0415 - only what is new is made small

    out = io.BytesIO()
    directory = []
    for name, content in parts:
        entry = _renewed(zipfile.ZipInfo(name))
        entry.flag_bits = 0 if name.isascii() else _UTF8
        squeezed = bytes(deflate_compress(content, _SMALLER if smallest and len(content) <= _WORTH_IT else _SMALL))
        crc, offset = zlib.crc32(content), out.tell()
        out.write(_local_header(entry, crc, len(squeezed), len(content)) + squeezed)
        directory.append(_directory_entry(entry, crc, len(squeezed), len(content), offset))
    _end(out, directory)
    return out.getvalue()


def _end(out: BinaryIO, directory: list[bytes], comment: bytes = b"") -> None:
    """Write the directory of an archive, and what says where it is."""
    start = out.tell()
    out.writelines(directory)
    size = out.tell() - start
    out.write(struct.pack("<4sHHHHIIH", b"PK\5\6", 0, 0, len(directory), len(directory), size, start, len(comment)))
    out.write(comment)


def require_well_formed(path: Path, names: Iterable[str]) -> None:
    """Read parts of an archive once through; what XML forbids raises ExpatError."""
    with zipfile.ZipFile(path) as archive:
        for name in names:
            parser = expat.ParserCreate(namespace_separator=" ")
            with archive.open(name) as part:
                while chunk := part.read(_CHUNK):
                    parser.Parse(chunk)
            parser.Parse(b"", True)


def _archive(path: Path, file: BinaryIO) -> zipfile.ZipFile:
    head = file.read(len(_OLE))
    if head == _OLE:
        file.seek(0)
        raise WorkbookRefused(_sealed(file), file=path.name)
    if head[:4] != b"PK\3\4":
        raise WorkbookRefused("xlsx_not_a_workbook", file=path.name)
    try:
        return zipfile.ZipFile(file)
    except (
        zipfile.BadZipFile,
        NotImplementedError,
        UnicodeDecodeError,
        struct.error,
        ValueError,
        OverflowError,
    ) as error:
        raise WorkbookRefused("xlsx_truncated", file=path.name) from error


def _sealed(file: BinaryIO) -> str:
    """Why an OLE file is no workbook to be read: rights that are managed, a password, or the format before 2007."""
    found, before = set(), b""
    while chunk := file.read(_CHUNK):
        found |= {word for word in _SEALS if word.encode("utf-16-le") in before + chunk}
        before = chunk[-64:]
    return next((key for word, key in _SEALS.items() if word in found), "xlsx_legacy")


def _key(name: str) -> str:
    return name.replace("\\", "/").lstrip("/").lower()


def _put(out: BinaryIO, entry: zipfile.ZipInfo, content: Content) -> bytes:
    """Write one part compressed, in a single pass: the header is completed when the sizes are known."""
    offset = out.tell()
    entry = _renewed(entry)
    out.write(_local_header(entry, 0, 0, 0))
    start = out.tell()
    packer = zlib.compressobj(_LEVEL, zlib.DEFLATED, -15)
    crc = size = 0
    for chunk in (content,) if isinstance(content, bytes) else content():
        crc = zlib.crc32(chunk, crc)
        size += len(chunk)
        out.write(packer.compress(chunk))
    out.write(packer.flush())
    end = out.tell()
    out.seek(offset)
    out.write(_local_header(entry, crc, end - start, size & 0xFFFF_FFFF))
    out.seek(end)
    return _directory_entry(entry, crc, end - start, size, offset)


def _renewed(entry: zipfile.ZipInfo) -> zipfile.ZipInfo:
    renewed = zipfile.ZipInfo(entry.orig_filename, entry.date_time)
    renewed.compress_type = zipfile.ZIP_DEFLATED
    renewed.flag_bits = entry.flag_bits & _UTF8
    renewed.external_attr = entry.external_attr
    return renewed


def _name(entry: zipfile.ZipInfo) -> bytes:
    return entry.orig_filename.encode("utf-8" if entry.flag_bits & _UTF8 else "cp437")


def _stamp(entry: zipfile.ZipInfo) -> tuple[int, int]:
    year, month, day, hour, minute, second = entry.date_time
    return hour << 11 | minute << 5 | second // 2, (year - 1980) << 9 | month << 5 | day


def _local_header(entry: zipfile.ZipInfo, crc: int, packed: int, size: int) -> bytes:
    name, flags = _name(entry), entry.flag_bits & ~_DESCRIPTOR
    return (
        struct.pack(
            "<4sHHHHHIIIHH", b"PK\3\4", 20, flags, entry.compress_type, *_stamp(entry), crc, packed, size, len(name), 0
        )
        + name
    )


def _directory_entry(entry: zipfile.ZipInfo, crc: int, packed: int, size: int, offset: int) -> bytes:
    if max(packed, size, offset) > _LIMIT:
        raise WorkbookRefused("xlsx_too_large", file=entry.filename)
    name, flags = _name(entry), entry.flag_bits & ~_DESCRIPTOR
    system = entry.create_version | entry.create_system << 8
    return (
        struct.pack(
            "<4sHHHHHHIIIHHHHHII",
            *(b"PK\1\2", system, 20, flags, entry.compress_type, *_stamp(entry), crc, packed, size),
            *(len(name), 0, 0, 0, 0, entry.external_attr, offset),
        )
        + name
    )
