"""The shared strings of a workbook, looked up only when a cell that uses one is compared or quoted.

A workbook may hold millions of them and a change asks for a few: a large part lies in a temporary file while the
workbook is open, and the place of every n-th string is known.
"""

import codecs
import re
import tempfile
from array import array
from collections.abc import Iterable, Iterator
from functools import lru_cache
from itertools import chain

from kpixl.xlsx.markup import forbid_declarations, other_encoding, read_text, unescape, without_phonetic

__all__ = ["SharedStrings"]

_ITEM = re.compile(rb"<(?:[\w.\-]+:)?si(?=[\s/>])")
_PLAIN = re.compile(rb"(<si><t(?: xml:space=\"preserve\")?>([^<]*)</t></si>)")
_TEXT = re.compile(rb"<(?:[\w.\-]+:)?t(?:\s[^>]*[^/>])?>([^<]*)</")
_IN_MEMORY = 4 << 20
_TOGETHER = 64


class SharedStrings:
    """The texts of the part `xl/sharedStrings.xml`, by index, from the pieces of its XML."""

    def __init__(self, chunks: Iterable[bytes]) -> None:
        self._file = tempfile.SpooledTemporaryFile(_IN_MEMORY)  # noqa: SIM115 - closed with the workbook
        self._starts = array("Q")
        self._count = 0
        self._block = lru_cache(maxsize=256)(self._read)
        try:
            self._keep(_utf8(chunks))
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """Let go of the temporary file."""
        self._file.close()

    def __getitem__(self, index: int) -> str:
        if not 0 <= index < self._count:
            raise ValueError(f"there is no shared string {index}")
        return self._block(index // _TOGETHER)[index % _TOGETHER]

    def _keep(self, chunks: Iterable[bytes]) -> None:
        tail = b""
        for chunk in chain(chunks, [b"<"]):
            piece, place = tail + chunk, self._file.tell()
            cut = max(piece.rfind(b"<"), 0)
            forbid_declarations(piece)
            for found in _ITEM.finditer(piece, 0, cut):
                if self._count % _TOGETHER == 0:
                    self._starts.append(place + found.start())
                self._count += 1
            self._file.write(piece[:cut])
            tail = piece[cut:]
        self._starts.append(self._file.tell())

    def _read(self, block: int) -> list[str]:
        start, end = self._starts[block : block + 2]
        self._file.seek(start)
        xml = self._file.read(end - start)
        plain = _PLAIN.findall(xml)
        if sum([len(item) for item, _ in plain]) == len(xml):
            return [read_text(unescape(text)) for _, text in plain]
        starts = [found.start() for found in _ITEM.finditer(xml)]
        items = (xml[first:last] for first, last in zip(starts, [*starts[1:], len(xml)], strict=True))
        return [read_text(unescape(b"".join(_TEXT.findall(without_phonetic(item))))) for item in items]


def _utf8(chunks: Iterable[bytes]) -> Iterator[bytes]:
    pieces = iter(chunks)
    first = next(pieces, b"")
    encoding = other_encoding(first)
    if encoding is None:
        return chain([first], pieces)
    return (text.encode() for text in codecs.iterdecode(chain([first], pieces), encoding))
