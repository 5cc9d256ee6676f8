"""Tables on a terminal or in a pipe: in columns where they fit, else one record below the other, and never cut.

Wide characters count as two, as terminals draw them. What would steer a terminal is written out instead.
"""

import os
import sys
import unicodedata
from collections.abc import Container, Iterator, Sequence
from itertools import chain

__all__ = ["harmless", "listed", "room"]

_GAP = "  "
_PIPE = 80  # columns, where nobody can tell


def room() -> int:
    """Return how many columns standard output has."""
    try:
        return os.get_terminal_size(sys.stdout.fileno()).columns
    except (OSError, ValueError):  # a pipe, a file, or nothing of the system's
        return _PIPE


def listed(
    headings: Sequence[str],
    rows: Sequence[Sequence[str | float]],
    width: int | None = None,
    *,
    right: Container[int] = (),
) -> list[str]:
    """Return the lines of a table within `width` columns; None is any width.

    Parameters
    ----------
    headings : sequence of str
        One for each column; without any, the rows stand alone.
    rows : sequence of sequences of str or float
        Texts, of one or more lines, stand left; numbers stand right, in whole units with commas.
    width : int, optional
        Where the columns do not fit, each row becomes a block of lines, a cell on each behind its heading.
    right : container of int
        Columns of texts, from 0, that stand right as well.

    Examples
    --------
    >>> for line in listed(["ファイル", "行数"], [["log.csv", 1200], ["calls.csv", 90]], 80):
    ...     print(line)
    ファイル    行数
    log.csv    1,200
    calls.csv     90
    >>> listed(["ファイル", "行数"], [["log.csv", 1200]], 12)
    ['ファイル  log.csv', '行数      1,200']
    """
    texts = [[_lines(cell) for cell in row] for row in rows]
    titles = [_lines(heading) for heading in headings]
    every = [titles, *texts] if titles else texts
    widths = [max(_width(line) for cell in column for line in cell) for column in zip(*every, strict=True)]
    if width is not None and sum(widths) + len(_GAP) * (len(widths) - 1) > width:
        return _blocks(titles, texts)
    numbers = [bool(rows) and not any(isinstance(cell, str) for cell in column) for column in zip(*rows, strict=True)]
    at_right = [place in right or number for place, number in enumerate(numbers or [False] * len(widths))]
    return [line for row in every for line in _side_by_side(row, widths, at_right)]


def _side_by_side(row: Sequence[Sequence[str]], widths: Sequence[int], right: Sequence[bool]) -> Iterator[str]:
    for place in range(max(map(len, row), default=0)):
        cells = (cell[place] if place < len(cell) else "" for cell in row)
        padded = (_padded(text, size, at_right) for text, size, at_right in zip(cells, widths, right, strict=True))
        yield _GAP.join(padded).rstrip()


def _blocks(titles: Sequence[Sequence[str]], rows: Sequence[Sequence[Sequence[str]]]) -> list[str]:
    labels = [" ".join(title) for title in titles]
    size = max(map(_width, labels), default=0)
    blocks = []
    for row in rows:
        marked = labels or [""] * len(row)
        heads = chain.from_iterable([label, *[""] * (len(cell) - 1)] for label, cell in zip(marked, row, strict=True))
        gap = _GAP if labels else ""
        blocks.append(
            [f"{_padded(head, size)}{gap}{line}".rstrip() for head, line in zip(heads, chain(*row), strict=True)]
        )
    return [line for place, block in enumerate(blocks) for line in (["", *block] if place else block)]


def _lines(cell: str | float) -> list[str]:
    text = cell if isinstance(cell, str) else f"{cell:,.0f}"
    return harmless(text).split("\n")


def harmless(text: str) -> str:
    """Return a text with what would steer a terminal written out; its line ends stay.

    >>> harmless("a\x1b[2Jb")
    'a\\\\x1b[2Jb'
    """
    steering = {one for one in text if unicodedata.category(one) in ("Cc", "Cf")} - {"\n"}
    return text.translate({ord(one): one.encode("unicode_escape").decode() for one in steering})


def _padded(text: str, size: int, at_right: bool = False) -> str:
    blanks = " " * (size - _width(text))
    return blanks + text if at_right else text + blanks


def _width(text: str) -> int:
    return sum(
        0 if unicodedata.combining(one) else 2 if unicodedata.east_asian_width(one) in "WF" else 1 for one in text
    )
