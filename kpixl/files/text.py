"""Which text do these bytes encode?

CSV files come from Excel and CRMs in UTF-8 with or without a byte-order mark, in UTF-16, CP932 (Shift_JIS) and EUC-JP.
The file is read in pieces; what is not UTF-8 is copied as UTF-8, with uniform line ends.
Bytes that are no text are refused with their line.
"""

import codecs
import csv
import io
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, islice
from pathlib import Path
from tempfile import TemporaryDirectory

from kpixl.errors import UnreadableData

__all__ = ["TextFile", "lines_at", "read_records", "read_text"]

_PIECE = 1 << 20
_LOOKED_AT = 60  # lines in which the headings may stand
_MARKS = {codecs.BOM_UTF8: "utf-8", codecs.BOM_UTF16_LE: "utf-16-le", codecs.BOM_UTF16_BE: "utf-16-be"}
_DELIMITERS = (",", "\t", ";")
_ONLY_CP932 = frozenset(range(0x81, 0xA0)) - {0x8E, 0x8F}  # the first bytes of its kana and of most of its kanji
_HALF_WIDTH = bytes([*range(0x80), *range(0xA1, 0xE0)])  # letters and half-width kana
_COMMON = 0xB0, 0xCF  # the first bytes of the common kanji in EUC-JP


Records = Sequence[tuple[int, list[str]]]  # with the line on which each begins


@dataclass(frozen=True)
class TextFile:
    """A file of separated values: where its text lies as UTF-8, what separates them, and the headings as written.

    `above` are the lines above the headings.
    """

    utf8: Path
    delimiter: str
    headings: tuple[str, ...]
    above: tuple[str, ...] = ()


def read_text(
    path: Path, copy: Path, header: Callable[[Sequence[tuple[int, list[str]]]], int] = lambda records: 0
) -> TextFile:
    """Find encoding, delimiter and headings of the file at `path`; where it is not plain UTF-8, write that to `copy`.

    `header` says of the first records and their lines, blank ones left out, which of them has the headings. The lines
    above it are in `above`.

    Raises
    ------
    UnreadableData
        If the file is empty, or its bytes are neither UTF-8, UTF-16, CP932 nor EUC-JP (with the line where they break).
    """
    broken, alike = _scan(path)
    utf8 = path if broken is None and alike else _copied(path, copy, broken)
    with utf8.open(encoding="utf-8-sig", newline="") as lines:
        first = list(islice(iter(lambda: lines.readline(_PIECE), ""), _LOOKED_AT))
        if not any(line.strip() for line in first):
            raise UnreadableData("source_empty", file=path.name)
        told = next((line for line in first if any(sign in _outside_quotes(line) for sign in _DELIMITERS)), first[0])
        delimiter = max(_DELIMITERS, key=_outside_quotes(told).count)
        records = list(_first_records(path.name, first, lines, delimiter))
    begin, headings = records[header(records)]
    above = tuple(line.strip("\n") for line in first[: begin - 1])
    return TextFile(utf8, delimiter, tuple(headings), above if any(line.strip() for line in above) else ())


def _first_records(
    file: str, first: Sequence[str], lines: Iterator[str], delimiter: str
) -> Iterator[tuple[int, list[str]]]:
    """Yield the records that begin in the first lines, each with its line; one that is broken ends them."""
    reader, begin = csv.reader(chain(first, lines), delimiter=delimiter), 1
    found = False
    while begin <= len(first):
        try:
            cells = next(reader, None)
        except csv.Error as error:
            if found:
                return
            raise UnreadableData("source_line", file=file, line=begin, reason=error) from error
        if cells is None:
            return
        if any(cell.strip() for cell in cells):
            found = True
            yield begin, cells
        begin = reader.line_num + 1


def read_records(path: Path) -> list[tuple[int, list[str]]]:
    """Return the records of a small file with the line on which each begins; the headings are the first of them.

    Raises
    ------
    UnreadableData
        As for `read_text`, or if a cell is too long to have been typed.
    """
    with TemporaryDirectory() as folder:
        text = read_text(path, Path(folder, "utf8"))
        with text.utf8.open(encoding="utf-8-sig", newline="") as lines:
            reader, begin, records = csv.reader(lines, delimiter=text.delimiter), 1, []
            try:
                for record in reader:
                    records.append((begin, record))
                    begin = reader.line_num + 1
            except csv.Error as error:
                raise UnreadableData("source_line", file=path.name, line=begin, reason=error) from error
    return [(line, record) for line, record in records if any(cell.strip() for cell in record)]


def lines_at(path: Path, offsets: Iterable[int]) -> Iterator[int]:
    """Yield the line numbers, from 1, of the bytes at `offsets` (ascending) of the file at `path`."""
    line, read = 1, 0
    with path.open("rb") as file:
        for offset in offsets:
            while read < offset and (piece := file.read(min(_PIECE, offset - read))):
                line += piece.count(b"\n")
                read += len(piece)
            yield line


def _scan(path: Path) -> tuple[int | None, bool]:
    """Return the offset of the first byte that is not UTF-8 text, and whether all lines end alike."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    broken: int | None = None
    read = feeds = returns = 0
    last = b""
    with path.open("rb") as file:
        while piece := file.read(_PIECE):
            if broken is None:
                broken = _first_broken(decoder, piece, read)
            if b"\r" in piece or last == b"\r":
                returns += piece.count(b"\r\n") + (last == b"\r" and piece[:1] == b"\n")
                feeds += piece.count(b"\n")
            else:
                feeds += b"\n" in piece  # one is enough to tell that they differ
            read += len(piece)
            last = piece[-1:]
    if broken is None and decoder.getstate()[0]:
        broken = read
    return broken, returns in (0, feeds)


def _first_broken(decoder: codecs.IncrementalDecoder, piece: bytes, read: int) -> int | None:
    pending = len(decoder.getstate()[0])
    if not pending and piece.isascii():  # ten times as quick as decoding, and most of a large export
        return read + piece.index(0) if 0 in piece else None
    try:
        text = decoder.decode(piece)
    except UnicodeDecodeError as error:
        return read - pending + error.start
    return read if "\0" in text else None


def _copied(path: Path, copy: Path, broken: int | None) -> Path:
    """Copy the text in UTF-8, each line ended alike."""
    decoder = codecs.getincrementaldecoder("utf-8" if broken is None else _encoding(path))()
    line_ends = io.IncrementalNewlineDecoder(None, translate=True)
    read = 0
    with path.open("rb") as file, copy.open("w", encoding="utf-8", newline="") as target:
        while True:
            piece = file.read(_PIECE)
            pending = len(decoder.getstate()[0])
            try:
                text = decoder.decode(piece, final=not piece)
            except UnicodeDecodeError as error:
                further = max(broken or 0, read - pending + error.start)  # the better guess breaks later
                raise UnreadableData(
                    "source_undecodable", file=path.name, line=next(lines_at(path, [further]))
                ) from error
            target.write(line_ends.decode(text if read else text.removeprefix("\ufeff"), final=not piece))
            if not piece:
                return copy
            read += len(piece)


def _encoding(path: Path) -> str:
    with path.open("rb") as file:
        start = file.read(_PIECE)
    found = next((name for mark, name in _MARKS.items() if start.startswith(mark)), None) or _unmarked(start)
    if not found:
        raise UnreadableData("source_encoding", file=path.name)
    return found


def _unmarked(start: bytes) -> str:
    """Tell UTF-16 by its zero bytes (commas and digits have one each), and CP932 from EUC-JP by where kanji stand.

    Kana and most kanji of CP932 begin with a byte that EUC-JP does not have at all.
    """
    if b"\0" in start:
        return "utf-16-le" if start[1::2].count(0) >= start[0::2].count(0) else "utf-16-be"
    if not start.translate(None, bytes({*range(256)} - _ONLY_CP932)):
        text = _decoded(start, "euc_jp")
        if text is not None and _is_japanese(text):
            return "euc_jp"
        if start.translate(None, _HALF_WIDTH):
            return ""
    return "cp932"


def _decoded(start: bytes, encoding: str) -> str | None:
    try:
        return codecs.getincrementaldecoder(encoding)().decode(start)
    except UnicodeDecodeError:
        return None


def _is_japanese(text: str) -> bool:
    """Say whether a text in EUC-JP has kana, or kanji that are nearly all common ones."""
    if any("ぁ" <= sign <= "ヶ" for sign in text):
        return True
    rows = [sign.encode("euc_jp")[0] for sign in text if not sign.isascii()]
    return sum(_COMMON[0] <= row <= _COMMON[1] for row in rows) >= 0.95 * len(rows)


def _outside_quotes(record: str) -> str:
    return "".join(record.split('"')[::2])
