"""Where does it come from?

Opens files and tables of databases as Ibis tables on one embedded DuckDB, so that one expression counts them all. Text
is read as text, in one stream; what a cell means is decided later.
"""

import csv
import fnmatch
import gzip
import shutil
import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from kpixl.actuals.databases import Query, is_url, pull, shown_url
from kpixl.actuals.desk import Desk
from kpixl.actuals.header import header_in
from kpixl.actuals.headings import plain
from kpixl.actuals.mapping import Files
from kpixl.actuals.records import LINE, SHARED, Broken, plain_records, split
from kpixl.actuals.spreadsheets import SPREADSHEETS, tables_in
from kpixl.errors import UnreadableData
from kpixl.files.text import TextFile, read_text

__all__ = ["KNOWN", "Source", "belongs", "look_into", "open_sources", "shown"]

_TEXT = (".csv", ".tsv", ".txt")
_PACKED = tuple(f"{end}.gz" for end in _TEXT)
_PARQUET = (".parquet",)
KNOWN = (*_TEXT, *_PACKED, *SPREADSHEETS, *_PARQUET)
_MOST_UNPACKED = 64 << 30
_SURELY_UNPACKED = 256 << 20  # beyond it, a file that swells more than any log does is refused
_MOST_SWELLING = 300
_TOO_FINE, _MOMENT = "TIMESTAMPTZ_NS", "timestamp('UTC')"  # nanoseconds with a zone, a kind that Ibis does not know
_MOST_COLUMNS = 1000
_LONGEST_HEADING = 1000
_MANY = 50  # text files, of more of which the rows are copied into one: a query over thousands of tables takes hours
_SHOWN = 80  # characters of a row that is no part of the table


@dataclass(frozen=True)
class Source:
    """One open file or database table, as it is named to the user; the columns of `table` are in plain form.

    `records` is how many physical records it has, the `broken` ones among them. `lined` says that RECORD is the line on
    which a record starts; `plain` that the query engine reads the file as it stands. Where `table` has the rows of
    several files, those of this one have `shared` in SHARED.
    """

    name: str
    table: Any
    headings: tuple[str, ...]
    records: int
    broken: tuple[Broken, ...] = ()
    lined: bool = False
    plain: bool = False
    shared: int | None = None
    notes: tuple[tuple[str, dict[str, object]], ...] = ()

    @property
    def columns(self) -> list[str]:
        """Return the columns of the file."""
        return [name for name in self.table.columns if name not in (LINE, SHARED)]


def open_sources(on: Desk, files: Files, wanted: frozenset[str]) -> list[Source]:
    """Open the files on the desk that belong to a group; `wanted` are the headings that are looked for.

    Raises
    ------
    UnreadableData
        If one cannot be read.
    """
    mine = [file for file in on.files if belongs(file, files)]
    how = f"{files.table or files.query or files.sheet or ''}:{files.header or ''}"
    texts = [Path(file) for file in mine if not is_url(file) and _is_text(Path(file)) and (file, how) not in on.opened]
    if len(texts) > _MANY:
        on.opened.update({(file, how): [source] for file, source in _open_together(on, texts, files, wanted)})
    for file in mine:
        if (file, how) not in on.opened:
            on.opened[file, how] = (
                [_open_table(on, str(file), files)] if is_url(file) else _open_file(on, Path(file), files, wanted)
            )
    return [source for file in mine for source in on.opened[file, how]]


def look_into(on: Desk, path: Path, wanted: frozenset[str]) -> list[Source]:
    """Open a file before there is a mapping: all of its tables that have most of the headings in `wanted`.

    Raises
    ------
    UnreadableData
        If it cannot be read.
    """
    return _open_file(on, path, Files("", sheet="*"), wanted)


def belongs(file: str | Path, files: Files) -> bool:
    """Say whether `file`, a path or a URL, belongs to the group."""
    if is_url(file):
        return files.table is not None or files.query is not None
    return any(fnmatch.fnmatchcase(plain(Path(file).name), plain(pattern)) for pattern in files.match)


def shown(file: str | Path) -> str:
    """Return how a file or database is named to the user."""
    return shown_url(str(file)) if is_url(file) else Path(file).name


def _open_file(on: Desk, path: Path, files: Files, wanted: frozenset[str]) -> list[Source]:
    with _readable(path):
        name, ending = on.name_of(path), path.suffix.lower()
        if ending in _PARQUET:
            return [_open_parquet(on, path, name)]
        if ending in SPREADSHEETS:
            return list(_open_spreadsheet(on, path, name, files, wanted))
        if not _is_text(path):
            raise UnreadableData("source_kind", file=path.name, known=", ".join(KNOWN))
        return [_open_text(on, path, name, files, wanted)]


def _is_text(path: Path) -> bool:
    return path.name.lower().endswith((*_TEXT, *_PACKED))


@contextmanager
def _readable(path: Path) -> Iterator[None]:
    """Say in a sentence that a file cannot be read, or is no longer there."""
    try:
        yield
    except (OSError, EOFError, zlib.error) as error:
        reason = getattr(error, "strerror", None) or error
        raise UnreadableData("source_unreadable", file=path, reason=reason) from error


def _open_spreadsheet(on: Desk, path: Path, name: str, files: Files, wanted: frozenset[str]) -> Iterator[Source]:
    with tables_in(path, wanted, files.sheet, files.header) as tables:
        for table in tables:
            copy, records = on.new_file(".csv"), 0
            _refuse_wide(path.name, table.headings)
            with _writing(copy) as writer:
                writer.writerow([LINE, *range(len(table.headings))])
                for number, row in table.rows:
                    writer.writerow([number, *row])
                    records += 1
            own = f"{name} [{table.sheet}]" if len(tables) > 1 else name
            rows = on.read_csv(copy, [LINE, *_distinct(table.headings)], ",")
            notes = tuple(_skipped(own, table.above, table.below, sheet=table.sheet, row=table.row))
            yield Source(own, rows, table.headings, records, lined=True, notes=notes)


def _skipped(
    name: str, above: Sequence[str], below: Sequence[str], *, sheet: str, row: int
) -> Iterator[tuple[str, dict[str, object]]]:
    if sheet:
        yield "read_sheet", {"file": name, "sheet": sheet, "row": row}
    told = [line.strip()[:_SHOWN] for line in (*above, *below) if line.strip()]
    if told:
        yield "skipped_rows", {"file": name, "rows": len(told), "given": " / ".join(told[:3])}


def _headings(file: str, records: Sequence[tuple[int, list[str]]], files: Files, wanted: frozenset[str]) -> int:
    """Return which of the first records of a text file has the headings."""
    if files.header is None:
        return header_in([cells for _, cells in records], wanted)
    place = next((place for place, (line, _) in enumerate(records) if line == files.header), None)
    if place is None:
        raise UnreadableData("source_header", file=file, row=files.header)
    return place


def _unpacked(on: Desk, path: Path) -> Path:
    """Return the file at `path`, or what is packed in it by gzip."""
    if path.suffix.lower() != ".gz":
        return path
    folder = on.new_file("")
    folder.mkdir()
    likely = max(_SURELY_UNPACKED, _MOST_SWELLING * path.stat().st_size)
    copy, left = folder / path.stem, min(_MOST_UNPACKED, likely, shutil.disk_usage(on.folder).free // 2)
    with gzip.open(path) as packed, copy.open("wb") as target:
        while piece := packed.read(1 << 20):
            left -= len(piece)
            if left < 0:
                raise UnreadableData("source_unpacked", file=path.name)
            target.write(piece)
    return copy


def _open_text(on: Desk, path: Path, name: str, files: Files, wanted: frozenset[str]) -> Source:
    text, names = _text_of(on, path, files, wanted)
    notes = tuple(_skipped(name, text.above, (), sheet="", row=0))
    simple = path not in on.irregular and not text.above and path.suffix.lower() != ".gz"
    records = plain_records(text.utf8) if simple else None
    if records is not None:
        table = on.read_csv(text.utf8, names, text.delimiter)
        return Source(name, table, text.headings, records, lined=True, plain=True)
    copy = on.new_file(".csv")
    with _writing(copy) as target:
        target.writerow([LINE, *range(len(names))])
        whole = split(text, target, path.name)
    table = on.read_csv(copy, [LINE, *names], ",")
    return Source(name, table, text.headings, whole.records, whole.broken, lined=True, notes=notes)


def _open_together(
    on: Desk, paths: Sequence[Path], files: Files, wanted: frozenset[str]
) -> Iterator[tuple[Path, Source]]:
    """Copy many text files into one for each set of columns, and open that."""
    copies: dict[tuple[str, ...], Path] = {}
    found = []
    for number, path in enumerate(paths):
        with _readable(path):
            text, columns = _text_of(on, path, files, wanted)
            names = tuple(columns)
            new = names not in copies
            with _writing(copies.setdefault(names, on.new_file(".csv"))) as target:
                if new:
                    target.writerow([SHARED, LINE, *range(len(names))])
                whole = split(text, target, path.name, (number,))
            if text.utf8 != path:  # or the folder fills with copies
                text.utf8.unlink()
        name = on.name_of(path)
        notes = tuple(_skipped(name, text.above, (), sheet="", row=0))
        made = Source(name, None, text.headings, whole.records, whole.broken, lined=True, shared=number, notes=notes)
        found.append((path, names, made))
    tables = {names: on.read_csv(copy, [SHARED, LINE, *names], ",") for names, copy in copies.items()}
    return ((path, replace(made, table=tables[names])) for path, names, made in found)


def _text_of(on: Desk, path: Path, files: Files, wanted: frozenset[str]) -> tuple[TextFile, list[str]]:
    """Return the text of a file, and what its columns are called."""
    text = read_text(
        _unpacked(on, path),
        on.new_file(".csv"),
        lambda records: _headings(path.name, records, files, wanted),
    )
    _refuse_wide(path.name, text.headings)
    return text, _distinct(text.headings)


@contextmanager
def _writing(copy: Path) -> Iterator[Any]:
    """Write rows at the end of a copy."""
    with copy.open("a", encoding="utf-8", newline="") as target:
        yield csv.writer(target, lineterminator="\n")


def _open_parquet(on: Desk, path: Path, name: str) -> Source:
    table = on.read_parquet(path)
    return _named(name, table, tuple(table.columns))


def _open_table(on: Desk, url: str, files: Files) -> Source:
    kept = on.new_table()
    headings = pull(url, files.table or Query(str(files.query)), on.duckdb.con, kept)
    return _named(f"{shown(url)} {files.table or files.name}", on.duckdb.table(kept), headings)


def _named(name: str, table: Any, headings: tuple[str, ...]) -> Source:
    _refuse_wide(name, headings)
    named = table.rename(dict(zip(_distinct(headings), table.columns, strict=True)))
    named = named.cast({column: _MOMENT for column, kind in named.schema().items() if _TOO_FINE in str(kind)})
    return Source(name, named, headings, int(table.count().execute()))


def _refuse_wide(file: str, headings: Sequence[str]) -> None:
    """Refuse what no export has: it would take minutes, and a report of it many pages."""
    if len(headings) > _MOST_COLUMNS:
        raise UnreadableData("source_columns", file=file, given=len(headings), most=_MOST_COLUMNS)
    longest = max(map(len, headings), default=0)
    if longest > _LONGEST_HEADING:
        raise UnreadableData("source_heading", file=file, given=longest, most=_LONGEST_HEADING)


def _distinct(headings: Sequence[str]) -> list[str]:
    """Name columns by their headings in plain form; blank and repeated ones by their place."""
    names: list[str] = []
    taken = {LINE.lower(), SHARED.lower()}
    for place, heading in enumerate(map(plain, headings), 1):
        name = heading if heading and heading not in taken else f"{heading}({place})"
        names.append(name)
        taken.add(name)
    return names
