"""A worksheet without its rows: columns, merges, formats, validation, extensions, as a small tree.

The rows can be hundreds of megabytes and stay bytes; what stands before and after them is parsed only when it is
looked at, and written anew only when it was changed.
"""

import re
from functools import cached_property
from typing import Any

from kpixl.xlsx.address import Area
from kpixl.xlsx.markup import ATTRIBUTES, children, parse, serialize, utf8

__all__ = ["Frame"]

_ROOT = re.compile(rb"<(?:([\w.\-]+):)?worksheet(?=[\s/>])")
_EMPTY_DATA = re.compile(rb"<(?:[\w.\-]+:)?sheetData/>")


class Frame:
    """What stands around the rows of a worksheet: `xml` is the whole part, `rows` where its rows begin and end."""

    def __init__(self, xml: bytes) -> None:
        self.xml = _plain(utf8(xml))
        root = _ROOT.search(self.xml)
        if root is None:
            raise ValueError("the part is no worksheet")
        self.prefix = root[1] + b":" if root[1] else b""
        start, begin, end, stop = _data(self.xml, self.prefix)
        self.rows = begin, end
        self.changed = False
        self._head, self._tail = self.xml[:start], self.xml[stop:]
        self._tag = self.xml[start:begin].removesuffix(b"/>").removesuffix(b">").rstrip() + b">"

    @cached_property
    def tree(self) -> Any:
        """The worksheet with empty rows; set `changed` after changing it."""
        return parse(self._head + b"<" + self.prefix + b"sheetData/>" + self._tail)

    @cached_property
    def merges(self) -> list[Area]:
        """The merged areas."""
        return [
            Area.parse(cell.get("ref", ""))
            for merged in children(self.tree, "mergeCells")
            for cell in children(merged, "mergeCell")
        ]

    @cached_property
    def column_styles(self) -> list[tuple[int, int, bytes]]:
        """First column, last column and style index of the columns that have a style."""
        return [
            (int(column.get("min", "")), int(column.get("max", "")), column.get("style").encode())
            for columns in children(self.tree, "cols")
            for column in children(columns, "col")
            if column.get("style")
        ]

    def stretch(self, extent: Area) -> None:
        """Make the stated dimension of the sheet cover an area."""
        for dimension in children(self.tree, "dimension"):
            old = Area.find(dimension.get("ref", "")) or extent
            new = Area(*map(min, old[:2], extent[:2]), *map(max, old[2:], extent[2:]))
            if str(new) != dimension.get("ref"):
                dimension.set("ref", str(new))
                self.changed = True

    def around(self) -> tuple[bytes, bytes]:
        """Return the XML before and after the rows."""
        head, tail = self._head, self._tail
        if self.changed:
            xml = serialize(self.tree)
            place = _EMPTY_DATA.search(xml)
            if place is None:
                raise ValueError("the rows have no place")
            head, tail = xml[: place.start()], xml[place.end() :]
        return head + self._tag, b"</" + self.prefix + b"sheetData>" + tail


def _plain(xml: bytes) -> bytes:
    """Return the same worksheet without comments, instructions and CDATA, which the byte patterns do not expect."""
    if b"<!" not in xml and xml.find(b"<?", 1) < 0:
        return xml
    root = parse(xml)
    for node in list(root.iter()):
        if not isinstance(node.tag, str) and node.getparent() is not None:
            _remove(node)
    return serialize(root)


def _remove(node: Any) -> None:
    """Take a comment or an instruction out of the tree; what follows it stays."""
    parent, before = node.getparent(), node.getprevious()
    if node.tail:
        if before is None:
            parent.text = (parent.text or "") + node.tail
        else:
            before.tail = (before.tail or "") + node.tail
    node.tail = None
    parent.remove(node)


def _data(xml: bytes, prefix: bytes) -> tuple[int, int, int, int]:
    """Return where `sheetData` starts, where its rows begin and end, and where what follows begins."""
    name = re.escape(prefix) + b"sheetData"
    opened = re.compile(b"<" + name + rb"(?=[\s/>])(" + ATTRIBUTES + rb")(/?)>").search(xml)
    if opened is None:
        raise ValueError("the worksheet has no rows")
    if opened[2]:
        return opened.start(), opened.end(), opened.end(), opened.end()
    closed = re.compile(b"</" + name + rb"\s*>").search(xml, opened.end())
    if closed is None:
        raise ValueError("the rows do not end")
    return opened.start(), opened.end(), closed.start(), closed.end()
