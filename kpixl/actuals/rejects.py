"""Which rows could not be read, and why?

They are kept in a CSV file that Excel opens (UTF-8 with a byte-order mark) with the file, the line, the reason in
the user's language and the row as it stood, so that they can be mended and imported again.
"""

import csv
import io
from codecs import BOM_UTF8
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Any

from kpixl import texts
from kpixl.actuals.encoding import line_at
from kpixl.actuals.sources import Desk, Rows, Source
from kpixl.errors import UnreadableData

__all__ = ["Reject", "broken_rows", "unread_rows", "write_rejects"]

_REASONS = {  # what DuckDB's reader cannot split into cells
    "MISSING COLUMNS": "too_few_cells",
    "TOO MANY COLUMNS": "too_many_cells",
    "UNQUOTED VALUE": "open_quote",
    "LINE SIZE OVER MAXIMUM": "too_long",
}


@dataclass(frozen=True)
class Reject:
    """A row set aside: its file, its line there (None in a database), what it was to be, the reason, the row itself."""

    file: str
    line: int | None
    event: str
    reason: str
    row: str


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
    return [
        Reject(
            file=by_path[path].name,
            line=line_at(Path(path), offset + _mark(Path(path))),
            event="",
            reason=texts.say(f"import.{_REASONS.get(kind, 'unsplit')}", columns=len(by_path[path].headings)),
            row=row.strip("\r\n"),
        )
        for path, offset, kind, row in found
        if path in by_path
    ]


def unread_rows(rows: Rows, aside: Any, broken: Iterable[Reject]) -> Iterator[Reject]:
    """Yield the rows a second look has set aside, with their lines."""
    lines: dict[int, Iterator[tuple[int, int]]] = {}
    skipped = {(reject.file, reject.line) for reject in broken}
    for batch in aside.to_pyarrow().to_batches():
        for row in batch.to_pylist():
            source = rows.sources[row["FILE"]]
            if source.text is not None and row["FILE"] not in lines:
                lines[row["FILE"]] = _lines(source, skipped)
            yield Reject(
                file=source.name,
                line=next((line for record, line in lines.get(row["FILE"], ()) if record == row["RECORD"]), None),
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


def _lines(source: Source, skipped: set[tuple[str, int | None]]) -> Iterator[tuple[int, int]]:
    """Yield number and line of each row; quoted cells may hold line breaks, blank lines are none."""
    assert source.text is not None  # noqa: S101 - only text files have lines
    record, start, quotes, text = -1, 1, 0, ""
    with source.text.utf8.open(encoding="utf-8-sig", newline="") as file:
        for number, line in enumerate(file, 1):
            quotes += line.count('"')
            text = text or line.strip("\r\n")
            if quotes % 2:
                continue
            if text and (source.name, start) not in skipped:
                record += 1
                yield record, start
            start, quotes, text = number + 1, 0, ""


def _as_csv(cells: Iterable[object]) -> str:
    line = io.StringIO()
    csv.writer(line, lineterminator="").writerow(["" if cell is None else cell for cell in cells])
    return line.getvalue()


def _harmless(row: str) -> str:
    """Keep Excel from taking a row for a formula when it opens the file."""
    return f"'{row}" if row[:1] in ("=", "+", "-", "@", "\t") else row
