"""Which rows could not be read, and why?

They are kept in a CSV file that Excel opens (UTF-8 with a byte-order mark) with the file, the line, the reason in
the user's language and the row as it stood, so that they can be mended and imported again. The file is written aside
first, and takes its place when the import has taken effect.
"""

import csv
import io
import os
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from itertools import chain, groupby
from operator import itemgetter
from pathlib import Path
from typing import Any

from kpixl import texts
from kpixl.actuals.desk import new_file_aside
from kpixl.actuals.rows import Rows
from kpixl.actuals.sources import Source
from kpixl.errors import UnreadableData
from kpixl.files.whole import write_whole

__all__ = ["Reject", "Rejects", "broken_rows", "collect", "holds_rejects", "unread_rows"]

_NAME = "_kpixl_rejects.csv"
_ROWS = 10_000
_LONGEST = 32_000  # characters of a row that are kept; a spreadsheet's cell holds little more
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "＝", "＋", "－", "＠")


@dataclass(frozen=True)
class Reject:
    """A row set aside: its file, its line there (None in a database), what it was to be, the reason, the row itself."""

    file: str
    line: int | None
    event: str
    reason: str
    row: str


@dataclass
class Rejects:
    """The rows of an import that were set aside, and where they belong: beside the first file, or in a folder given.

    `waiting` is the file that holds them so far (None: there are none). `keep` puts it in its place, and removes what
    an earlier import of the same file left there; `drop` forgets it.
    """

    path: Path
    waiting: Path | None
    kept: Path | None = None

    def keep(self, instead: Path | None = None) -> Path | None:
        """Put the file in its place, or into the folder `instead` where that cannot be written; return where it is.

        Raises
        ------
        UnreadableData
            If it cannot be written, for example because Excel holds the old one open.
        """
        if self.kept is not None:
            return self.kept
        if self.waiting is None:
            if self.path.is_file() and not self.path.is_symlink():
                with suppress(OSError):
                    self.path.unlink()
            return None
        folders = [self.path.parent, *([] if instead is None else [instead])]
        folder = next((folder for folder in folders if os.access(folder, os.W_OK)), folders[-1])
        self.path = folder / self.path.name
        try:
            write_whole(self.path, self.waiting.read_bytes())
        except OSError as error:
            raise UnreadableData("source_rejects", file=self.path, reason=error.strerror or error) from error
        self.drop()
        self.kept = self.path
        return self.kept

    def first(self) -> tuple[str, str, str] | None:
        """Return file, line and reason of the first row; None where there are none."""
        if self.waiting is None:
            return None
        with self.waiting.open(encoding="utf-8-sig", newline="") as file:
            rows = csv.reader(file)
            next(rows)
            name, line, _, reason, *_ = next(rows)
            return name, line, reason

    def counts(self) -> dict[str, int]:
        """Return how many rows there are of each file; a row that says several events is one."""
        if self.waiting is None:
            return {}
        with self.waiting.open(encoding="utf-8-sig", newline="") as file:
            rows = csv.reader(file)
            next(rows)
            return Counter(name for name, *_ in {(name, line, row) for name, line, *_, row in rows})

    def drop(self) -> None:
        """Forget the rows."""
        if self.waiting is not None:
            self.waiting.unlink(missing_ok=True)
            self.waiting = None


def holds_rejects(file: str | Path) -> bool:
    """Say whether `file` is named as what an earlier import has set aside."""
    return str(file).casefold().endswith(_NAME)


def broken_rows(sources: Iterable[Source]) -> Iterator[Reject]:
    """Yield the rows of text files that could not be split into the columns of the header, in the order they stand."""
    for source in sources:
        for broken in source.broken:
            reason = texts.say(f"import.{broken.reason}", columns=len(source.headings))
            yield Reject(source.name, broken.line, "", reason, broken.row)


def unread_rows(rows: Rows, aside: Any) -> Iterator[Reject]:
    """Yield the rows a second look has set aside, with their lines."""
    found = chain.from_iterable(batch.to_pylist() for batch in aside.to_pyarrow().to_batches(_ROWS))
    for number, mine in groupby(found, key=itemgetter("FILE")):
        source = rows.sources[number]
        for row in mine:
            yield Reject(
                file=source.name,
                line=row["RECORD"] if source.lined else None,
                event=row["EVENT"] or "",
                reason=texts.say(f"import.bad_{row['REASON']}", given=(row["VALUE"] or "")[:_LONGEST]),
                row=_as_csv(row[rows.columns[name]] for name in source.columns if name in rows.columns),
            )


def collect(first: str | Path, rejects: Iterable[Reject], folder: Path | None = None) -> Rejects:
    """Write `rejects` aside; they belong in `folder`, or beside the file `first`, under its name."""
    place = Path("import") if "://" in str(first) else Path(first)
    path = (folder or place.parent) / f"{place.stem}{_NAME}"
    rows = iter(rejects)
    one = next(rows, None)
    if one is None:
        return Rejects(path, None)
    waiting = new_file_aside(".csv")
    with waiting.open("w", encoding="utf-8-sig", newline="", errors="replace") as file:
        writer = csv.writer(file)
        writer.writerow(texts.section("import.rejects").values())
        for reject in chain([one], rows):
            cells = (reject.file, reject.line, reject.event, reject.reason, reject.row[:_LONGEST])
            writer.writerow([_harmless(cell) if isinstance(cell, str) else cell for cell in cells])
    return Rejects(path, waiting)


def _as_csv(cells: Iterable[object]) -> str:
    line = io.StringIO()
    csv.writer(line, lineterminator="").writerow(["" if cell is None else cell for cell in cells])
    return line.getvalue()


def _harmless(text: str) -> str:
    """Keep Excel from taking a text for a formula when it opens the file."""
    return f"'{text}" if text.lstrip()[:1] in _FORMULA else text
