"""Which physical records does a text file hold?

Where each line plainly is a record, counting lines is enough, and the query engine reads the file as it is. Where cells
hold line breaks, or rows are broken, the records are split here: the sound ones are copied with the line that each
starts on, the broken ones are handed back with the reason. Either way every record of the file is in one of the two.
"""

import csv
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

from kpixl.errors import UnreadableData
from kpixl.files.text import TextFile

__all__ = ["LINE", "SHARED", "Broken", "Split", "plain_records", "split"]

LINE = "LINE"  # the column of a copy that says on which line of the file a record starts
SHARED = "SHARED"  # the column of a copy of several files that says of which a record is
_PIECE = 1 << 18  # what the nearest memory holds is looked through in half the time
_CELL = 1 << 17  # characters that a cell may hold
_MOST_LINES = 1000  # that one record may run over: beyond, a quotation mark was never closed
_MOST_BROKEN = 1_000_000  # of more, which would fill the memory, the headings are not those of the file
_SHOWN = 32_000  # characters of a broken record that are kept


@dataclass(frozen=True, slots=True)
class Broken:
    """A record that does not fit the headings: its line, why (the key of a text), and how it stands."""

    line: int
    reason: str
    row: str


@dataclass(frozen=True)
class Split:
    """How many records a file has in all, and the broken ones among them."""

    records: int
    broken: tuple[Broken, ...]


def plain_records(path: Path) -> int | None:
    """Return how many records stand below the headings if each line plainly is one; None where that is not so.

    Plain are lines that are not blank (but for the end of the file) and whose quotation marks come in pairs.
    """
    lines = blank = 0
    with path.open("rb") as file:
        while piece := file.read(_PIECE) + file.readline():
            if blank:
                return None
            ended = piece.rstrip(b"\r\n")
            blank = piece[len(ended) :].count(b"\n") - piece.endswith(b"\n")
            ends = _plain_ends(ended)
            if ends is None or (b'"' in ended and not _in_pairs(ended)):
                return None
            lines += ends + 1
    return lines - 1


def _plain_ends(piece: bytes) -> int | None:
    """Return how many ends of lines a piece holds; None where one ends a blank line, or is not of one byte or two."""
    import numpy as np  # noqa: PLC0415 - only an import should cost it

    ends = np.frombuffer(piece, np.uint8) == ord("\n")  # a search for two of them in a row takes four times as long
    if piece[:1] in b"\r\n" or (ends[1:] & ends[:-1]).any() or (b"\r" in piece and not _ends_of_windows(piece)):
        return None
    return int(np.count_nonzero(ends))


def _ends_of_windows(piece: bytes) -> bool:
    """Say whether each carriage return of a piece ends a line, and none a blank one."""
    return piece.count(b"\r") == piece.count(b"\r\n") and b"\n\r\n" not in piece


def _in_pairs(piece: bytes) -> bool:
    """Say whether each line of a piece holds an even number of quotation marks."""
    import numpy as np  # noqa: PLC0415 - only an import should cost it

    signs = np.frombuffer(piece, np.uint8)
    marks = np.flatnonzero(signs == ord('"'))
    before_end = np.searchsorted(marks, np.flatnonzero(signs == ord("\n")))
    return len(marks) % 2 == 0 and not (before_end % 2).any()


def split(text: TextFile, copy: Any, name: str, in_front: tuple[int, ...] = ()) -> Split:
    """Split a file into its records, and write the sound ones to `copy`, a CSV writer, with the line of each in front.

    `in_front` stands before the line.

    Raises
    ------
    UnreadableData
        If too many records do not fit the headings.
    """
    broken: list[Broken] = []
    records = -1  # the headings are none
    width = len(text.headings)
    with text.utf8.open(encoding="utf-8-sig", newline=None) as lines:
        above = sum(1 for _ in islice(lines, len(text.above)))
        for line, cells, reason, raw in _records(lines, text.delimiter, above):
            records += 1
            if not records:
                continue
            misfit = reason or _misfit(len(cells), width)
            if misfit and len(broken) == _MOST_BROKEN:
                raise UnreadableData("source_broken", file=name, most=_MOST_BROKEN, line=broken[0].line)
            if misfit:
                broken.append(Broken(line, misfit, raw.strip("\n")[:_SHOWN]))
            else:
                copy.writerow([*in_front, line, *cells])
    return Split(records, tuple(broken))


def _misfit(cells: int, width: int) -> str:
    return "too_few_cells" if cells < width else "too_many_cells" if cells > width else ""


def _records(lines: Iterator[str], delimiter: str, number: int) -> Iterator[tuple[int, list[str], str, str]]:
    """Yield each record below `number` lines: its line, its cells, why it is broken (or ""), and its text.

    Blank lines are none.
    """
    waiting: deque[str] = deque()  # lines that were read for a record which turned out to be broken
    while (line := waiting.popleft() if waiting else next(lines, None)) is not None:
        number += 1
        if not line.strip("\n"):
            continue
        if '"' not in line:
            cells = line.rstrip("\n").split(delimiter)
            yield number, cells, "too_long" if max(map(len, cells)) > _CELL else "", line
            continue
        taken = [line]
        try:
            cells = next(csv.reader(_further(taken, waiting, lines), delimiter=delimiter, strict=True))
        except (csv.Error, StopIteration) as error:
            waiting.extendleft(reversed(taken[1:]))
            yield number, [], "too_long" if "field limit" in str(error) else "open_quote", line
            continue
        yield number, cells, "", "".join(taken)
        number += len(taken) - 1


def _further(taken: list[str], waiting: deque[str], lines: Iterator[str]) -> Iterator[str]:
    """Yield the lines that a record may run over, and note in `taken` which were asked for."""
    yield taken[0]
    while len(taken) < _MOST_LINES and (line := waiting.popleft() if waiting else next(lines, None)) is not None:
        taken.append(line)
        yield line
