"""The shared strings of a workbook, looked up only when a cell that uses one is compared or quoted.

The part is kept as bytes with the place where each string begins, since a workbook may hold a million of them and a
change asks for a few.
"""

import re
from array import array

from kpixl.xlsx.markup import read_text, unescape, utf8

__all__ = ["SharedStrings"]

_ITEM = re.compile(rb"<(?:[\w.\-]+:)?si(?=[\s/>])")
_TEXT = re.compile(rb"<(?:[\w.\-]+:)?t(?:\s[^>]*[^/>])?>([^<]*)</")
_PHONETIC = re.compile(rb"<([\w.\-]+:)?rPh[\s>].*?</(?(1)\1)rPh\s*>", re.DOTALL)


class SharedStrings:
    """The texts of the part `xl/sharedStrings.xml`, by index."""

    def __init__(self, xml: bytes) -> None:
        self._xml = utf8(xml)
        self._starts = array("Q", (found.start() for found in _ITEM.finditer(self._xml)))
        self._starts.append(len(self._xml))

    def __getitem__(self, index: int) -> str:
        if not 0 <= index < len(self._starts) - 1:
            raise ValueError(f"there is no shared string {index}")
        item = _PHONETIC.sub(b"", self._xml[self._starts[index] : self._starts[index + 1]])
        return read_text(unescape(b"".join(_TEXT.findall(item))))
