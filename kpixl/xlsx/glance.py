"""What the formulas of a worksheet mention, read in one pass over its bytes without parsing it.

Most sheets of a workbook have nothing to do with a change. Reading only the text of their formulas tells which do, so
that the others are neither held in memory nor written. Formulas that differ in nothing but addresses of cells and
numbers are kept once, so that it does not matter how many rows there are.
"""

import re
from collections.abc import Iterable
from functools import cached_property

from kpixl.xlsx.markup import ATTRIBUTES, other_encoding, unescape

__all__ = ["Glance", "glance"]

_FORMULAS = [
    re.compile(beginning + rb"(?:ormula[12]?)?(?=[\s>])" + ATTRIBUTES + rb">([^<]+)<") for beginning in (rb"<f", rb":f")
]
_ADDRESSES_AND_NUMBERS = re.compile(
    rb"('(?:[^'\n]|'')*+')"
    rb"|(?<![\w.$\x80-\xff])(?:\$?(?:[A-Za-z]{1,2}|[A-Wa-w][A-Za-z]{2})\$?[0-9]{1,7}|[0-9]++(?:\.[0-9]++)?)"
    rb"(?![\w.!(\[\x80-\xff]|:[^\s!'(),;:=<>+\-*/^&\"]++!)"
)
_RUN_OF_SHEETS = re.compile(r"[^\s!'(),;=<>+\-*/^&\"]:[^\s!'(),;:=<>+\-*/^&\"]+!|'[^'!]+:[^'!]+'!")


class Glance:
    """The text of all formulas of a sheet (cells, formats, validation, sparklines)."""

    def __init__(self, text: str) -> None:
        self._text = text.casefold()

    def names_sheet(self, sheet: str) -> bool:
        """Return whether a formula may refer to that sheet, alone or within a run of sheets."""
        name = sheet.casefold().replace("'", "''")
        return self._has(name, "!") or self._has(name, "'!") or self.runs

    def mentions(self, words: Iterable[str]) -> bool:
        """Return whether one of these words (names, tables, functions) stands in a formula."""
        return any(self._has(word.casefold()) for word in words)

    def _has(self, word: str, then: str = "") -> bool:
        """Return whether the word stands there by itself; the quick look comes first, as most texts lack it."""
        after = re.escape(then) or r"(?![\w.])"
        return word + then in self._text and re.search(rf"(?<![\w.]){re.escape(word)}{after}", self._text) is not None

    @cached_property
    def runs(self) -> bool:
        """Whether a formula may refer to a run of sheets."""
        return _RUN_OF_SHEETS.search(self._text) is not None


def glance(chunks: Iterable[bytes]) -> Glance | None:
    """Return what the formulas of a worksheet mention; None when its bytes cannot be searched as they are."""
    texts: set[bytes] = set()
    carried = b""
    for number, chunk in enumerate(chunks):
        piece = carried + chunk
        if (
            (number == 0 and other_encoding(piece))
            or b"<![CDATA[" in piece
            or b"<!DOCTYPE" in piece
            or b"dataRef" in piece
        ):
            return None
        cut = piece.rfind(b"<")
        for pattern in _FORMULAS:
            texts.update(_alike(pattern.findall(piece, 0, cut + 1)))
        carried = piece[max(cut, 0) :]
    return Glance(unescape(b"\n".join(texts)))


def _alike(formulas: list[bytes]) -> set[bytes]:
    """The formulas without addresses and numbers, where names of sheets stand in quotes that can be seen as such."""
    text = b"\n".join(formulas)
    if b"&apos;" in text:
        return set(formulas)
    left = filter(None, _ADDRESSES_AND_NUMBERS.split(text))  # sub(rb"\1", text) is five times as slow
    return set(b"".join(left).split(b"\n"))
