"""What hangs on a cell without being in it: notes, threads of comments, links. They travel with the row of a table.

A note is written twice, as text in one part and as a box in a drawing (VML, which need not be well-formed and stays
bytes); both have to name the same cell.
"""

import re
from collections.abc import Container, Iterator, Sequence
from typing import Any

from kpixl.xlsx.address import Area, address
from kpixl.xlsx.growth import Growth
from kpixl.xlsx.markup import parse, serialize, utf8
from kpixl.xlsx.receipt import Followed
from kpixl.xlsx.workbook import Workbook

__all__ = ["travel"]

_BOX = re.compile(rb"<(\w+:)?shape\b(?:(?!</(?:\w+:)?shape>).)*</(?:\w+:)?shape>", re.DOTALL)
_ROW = re.compile(rb"(<(?:\w+:)?Row>\s*)(\d+)(\s*</)")
_COLUMN = re.compile(rb"<(?:\w+:)?Column>\s*(\d+)\s*</")
_ANCHOR = re.compile(rb"(<(?:\w+:)?Anchor>)([\d\s,.\-]+)(</)")
_TOP, _BOTTOM = 2, 6


def travel(workbook: Workbook, growths: Sequence[Growth]) -> Iterator[Followed]:
    """Move what hangs on cells of tables along with their rows, and yield what moved."""
    for name, part in workbook.worksheets.items():
        here = [growth for growth in growths if growth.sheet == name]
        if not here:
            continue
        hung = [related for related in workbook.parts.related(part) if workbook.parts.has(related.target)]
        texts = [related.target for related in hung if related.kind in ("comments", "threadedComment")]
        boxes = [related.target for related in hung if related.kind == "vmlDrawing"]
        trees = {text: parse(workbook.parts.read(text)) for text in texts}
        now = _Now(here, {element.get("ref") for tree in trees.values() for element in tree.iter("{*}comment")})
        for text, tree in trees.items():
            followed = list(_moved(tree, name, now))
            if followed:
                yield from followed
                workbook.parts.write(text, serialize(tree))
        for drawing in boxes:
            old = utf8(workbook.parts.read(drawing))
            new = _BOX.sub(lambda box, now=now: _box(box[0], now), old)  # type: ignore[misc]
            if new != old:
                workbook.parts.write(drawing, new)
        frame = workbook.sheet(name).frame
        followed = list(_moved(frame.tree, name, now, "hyperlink"))
        frame.changed |= bool(followed)
        yield from followed


class _Now:
    """In which row what belonged to a cell now stands; where a note of the user's stands already, it stays."""

    def __init__(self, growths: Sequence[Growth], taken: Container[str | None]) -> None:
        self._growths = growths
        self._taken = taken

    def __call__(self, column: int, row: int) -> int | None:
        there = self._row(column, row)
        if there is None or there == row:
            return there
        return row if address(column, there) in self._taken and self._row(column, there) == there else there

    def _row(self, column: int, row: int) -> int | None:
        for growth in self._growths:
            there = growth.row_now(column, row)
            if there is None:
                return None
            row = there
        return row


def _moved(root: Any, sheet: str, now: _Now, kind: str = "*") -> Iterator[Followed]:
    for element in list(root.iter(f"{{*}}{kind}")):
        area = Area.find(element.get("ref", ""))
        if area is None or area[:2] != area[2:] or element is root:
            continue
        row = now(area.left, area.top)
        if row == area.top:
            continue
        place = "" if row is None else address(area.left, row)
        yield Followed(sheet, str(area), place)
        if row is None:
            element.getparent().remove(element)
        else:
            element.set("ref", place)


def _box(box: bytes, now: _Now) -> bytes:
    row, column = _ROW.search(box), _COLUMN.search(box)
    if row is None or column is None or b'ObjectType="Note"' not in box:
        return box
    old = int(row[2]) + 1
    new = now(int(column[1]) + 1, old)
    if new is None:
        return b""
    box = _ROW.sub(lambda found: found[1] + str(new - 1).encode() + found[3], box, count=1)
    return _ANCHOR.sub(lambda found: found[1] + _lower(found[2], new - old) + found[3], box, count=1)


def _lower(anchor: bytes, rows: int) -> bytes:
    """The place of a box so many rows further down: column, offset, row, offset of two corners."""
    numbers = anchor.split(b",")
    for place in (_TOP, _BOTTOM):
        if place < len(numbers):
            numbers[place] = b" " + str(max(0, int(numbers[place]) + rows)).encode()
    return b",".join(numbers)
