"""Which rows could not be read, and why?

They are kept in a CSV file that Excel opens (UTF-8 with a byte-order mark) with the file, the line, the reason in
the user's language and the row as it stood, so that they can be mended and imported again.
"""

import csv
import io
from codecs import BOM_UTF8
from collections.abc import Iterable, Iterator, Set
from dataclasses import dataclass
from itertools import chain, groupby
from operator import itemgetter
from pathlib import Path
from typing import Any

from kpixl import texts
from kpixl.actuals.sources import Desk, Rows, Source
from kpixl.errors import UnreadableData
from kpixl.files.text import lines_at

__all__ = ["Reject", "broken_rows", "holds_rejects", "rejects_beside", "unread_rows", "write_rejects"]

_REASONS = {  # what DuckDB's reader cannot split into cells
    "MISSING COLUMNS": "too_few_cells",
    "TOO MANY COLUMNS": "too_many_cells",
    "UNQUOTED VALUE": "open_quote",
    "LINE SIZE OVER MAXIMUM": "too_long",
}
_NAME = "_kpixl_rejects.csv"
_PIECE = 1 << 20
_ROWS = 10_000


@dataclass(frozen=True)
class Reject:
    """A row set aside: its file, its line there (None in a database), what it was to be, the reason, the row itself."""

    file: str
    line: int | None
    event: str
    reason: str
    row: str


def rejects_beside(file: Path) -> Path:
    """Return where the rows that cannot be read are written by default."""
    return file.with_name(f"{file.stem}{_NAME}")


def holds_rejects(file: str | Path) -> bool:
    """Say whether `file` is named as what an earlier import has set aside."""
    return str(file).casefold().endswith(_NAME)


def broken_rows(on: Desk) -> list[Reject]:
    """Return the rows of text files that could not be split into the columns of the header, in the order they stand."""
    opened = [source for group in on.opened.values() for source in group]
    by_path = {str(source.text.utf8): source for source in opened if source.text is not None}
    if not by_path:
        return []
    found = on.duckdb.raw_sql(
        "SELECT file_path, line_byte_position, any_value(error_type), any_value(csv_line)"
        " FROM reject_errors JOIN reject_scans USING (scan_id, file_id) GROUP BY ALL ORDER BY ALL"
    ).fetchall()
    rejects = []
    for path, entries in groupby((entry for entry in found if entry[0] in by_path), key=itemgetter(0)):
        source, rows = by_path[path], list(entries)
        mark = _mark(Path(path))
        lines = lines_at(Path(path), [offset + mark for _, offset, _, _ in rows])
        for (_, _, kind, row), line in zip(rows, lines, strict=True):
            reason = texts.say(f"import.{_REASONS.get(kind, 'unsplit')}", columns=len(source.headings))
            rejects.append(Reject(source.name, line, "", reason, row.strip("\r\n")))
    return rejects


def unread_rows(rows: Rows, aside: Any, broken: Iterable[Reject]) -> Iterator[Reject]:
    """Yield the rows a second look has set aside, with their lines."""
    skipped = {(reject.file, reject.line) for reject in broken}
    found = chain.from_iterable(batch.to_pylist() for batch in aside.to_pyarrow().to_batches(_ROWS))
    for number, mine in groupby(found, key=itemgetter("FILE")):
        source = rows.sources[number]
        for row, line in _with_lines(mine, source, {line for file, line in skipped if file == source.name}):
            yield Reject(
                file=source.name,
                line=line,
                event=row["EVENT"] or "",
                reason=texts.say(f"import.bad_{row['REASON']}", given=row["VALUE"] or ""),
                row=_as_csv(row[rows.columns[name]] for name in source.table.columns),
            )


def write_rejects(path: Path, rejects: Iterable[Reject]) -> bool:
    """Write `rejects` to a CSV file at `path`, which is made only if there are any; say whether there were.

    Raises
    ------
    UnreadableData
        If the file cannot be written, for example because Excel holds it open.
    """
    rows = iter(rejects)
    first = next(rows, None)
    if first is None:
        return False
    try:
        with path.open("w", encoding="utf-8-sig", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(texts.section("import.rejects").values())
            for reject in chain([first], rows):
                writer.writerow([reject.file, reject.line, reject.event, reject.reason, _harmless(reject.row)])
    except OSError as error:
        raise UnreadableData("source_rejects", file=path, reason=error.strerror or error) from error
    return True


def _mark(path: Path) -> int:
    """Return the length of the byte-order mark, which DuckDB does not count."""
    with path.open("rb") as file:
        return len(BOM_UTF8) if file.read(len(BOM_UTF8)) == BOM_UTF8 else 0


def _with_lines(
    rows: Iterable[dict[str, Any]], source: Source, skipped: Set[int | None]
) -> Iterator[tuple[dict[str, Any], int | None]]:
    """Yield each row with the line it starts on; there is none in a database."""
    if source.text is None:
        yield from ((row, None) for row in rows)
        return
    runs = _runs(source.text.utf8, skipped)
    record, line, length = next(runs)
    for row in rows:
        while row["RECORD"] >= record + length:
            record, line, length = next(runs)
        yield row, line + row["RECORD"] - record


def _runs(path: Path, skipped: Set[int | None]) -> Iterator[tuple[int, int, int]]:
    """Yield number of record (the header's is 0), line, and for how many records both run in step.

    Quoted cells may hold line breaks; blank lines and those `skipped` are no records.
    """
    record, start, number, inside = 0, 1, 0, False
    for piece in _pieces(path):
        length = _in_step(piece) if not inside else 0
        if length and not any(number < line <= number + length for line in skipped if line):
            yield record, number + 1, length
            record, number, start = record + length, number + length, number + length + 1
            continue
        for line in io.StringIO(piece.decode(), newline=""):
            number += 1
            inside ^= line.count('"') % 2 == 1
            if inside:
                continue
            if (line.strip("\r\n") or start < number) and start not in skipped:
                yield record, start, 1
                record += 1
            start = number + 1


def _pieces(path: Path) -> Iterator[bytes]:
    """Read a file in pieces of whole lines."""
    with path.open("rb") as file:
        file.seek(_mark(path))
        while piece := file.read(_PIECE) + file.readline():
            yield piece


def _in_step(piece: bytes) -> int:
    """Return how many lines there are if each is plainly a record of its own: none blank, none quoted; else 0."""
    import numpy as np  # noqa: PLC0415 - only an import should cost it

    ends = np.flatnonzero(np.frombuffer(piece, np.uint8) == ord("\n"))
    if b'"' in piece or not piece.endswith(b"\n") or np.diff(ends, prepend=-1).min() <= len("\r\n"):
        return 0
    return len(ends) if b"\r" not in piece or piece.count(b"\r") == piece.count(b"\r\n") else 0


def _as_csv(cells: Iterable[object]) -> str:
    line = io.StringIO()
    csv.writer(line, lineterminator="").writerow(["" if cell is None else cell for cell in cells])
    return line.getvalue()


def _harmless(row: str) -> str:
    """Keep Excel from taking a row for a formula when it opens the file."""
    return f"'{row}" if row[:1] in ("=", "+", "-", "@", "\t") else row
