"""How cells look, carried from one workbook to another: formats that it has already are found, others are appended.

A cell's format names its font, fill, border and number format by their numbers, and the named style that it belongs
to. Nothing that stands in the workbook's part of styles moves, so all its own cells look as before. A named style is
taken for the same where both have one of the same name, or the same of Excel's own; a format then says by itself
wherever it differs from that style.
"""

from collections.abc import Iterator
from copy import deepcopy
from typing import Any

from lxml import etree

from kpixl.xlsx.markup import children, root_namespace

__all__ = ["EMPTY", "Styles"]

EMPTY = """<styleSheet xmlns="{}"><fonts count="1"><font><sz val="11"/><name val="Calibri"/></font></fonts>\
<fills count="2"><fill><patternFill patternType="none"/></fill>\
<fill><patternFill patternType="gray125"/></fill></fills>\
<borders count="1"><border><left/><right/><top/><bottom/><diagonal/></border></borders>\
<cellStyleXfs count="1"><xf numFmtId="0" fontId="0" fillId="0" borderId="0"/></cellStyleXfs>\
<cellXfs count="1"><xf numFmtId="0" fontId="0" fillId="0" borderId="0" xfId="0"/></cellXfs>\
<cellStyles count="1"><cellStyle name="Normal" xfId="0" builtinId="0"/></cellStyles></styleSheet>"""

_ORDER = ("numFmts", "fonts", "fills", "borders", "cellStyleXfs", "cellXfs", "cellStyles", "dxfs", "tableStyles")
_LISTED = {"fontId": "fonts", "fillId": "fills", "borderId": "borders"}
_APPLIED = {
    "numFmtId": "applyNumberFormat",
    "fontId": "applyFont",
    "fillId": "applyFill",
    "borderId": "applyBorder",
}
_INSIDE = {"alignment": "applyAlignment", "protection": "applyProtection"}
_FIRST_OWN_NUMBER = 164  # those below are Excel's own
_PERCENT = (9, 10)  # Excel's own formats in percent
_Likeness = tuple[str, tuple[tuple[str, str], ...], str, tuple[Any, ...]]


class Styles:
    """The styles of a workbook (`own`, which is added to) as cells of another one (`other`) are to have them.

    Both are root elements of parts of styles, in the same namespace.
    """

    def __init__(self, own: Any, other: Any) -> None:
        self._own, self._other = own, other
        self._space = root_namespace(own)
        self._known: dict[str, dict[_Likeness, int]] = {}
        self._cells: dict[int, int] = {}
        self._differences: dict[int, int] = {}
        self._styles: dict[int, int] = {}
        self.changed = False

    def cell(self, index: int) -> int:
        """Return the index here of a cell's format."""
        if index not in self._cells:
            xf = self._moved(self._listed("cellXfs")[index])
            style = self._style(int(xf.get("xfId", "0")))
            xf.set("xfId", str(style))
            self._say_differences(xf, _elements(self._own, "cellStyleXfs")[style])
            self._cells[index] = self._place("cellXfs", xf)
        return self._cells[index]

    def difference(self, index: int) -> int:
        """Return the index here of a format that is laid over a cell's own, as conditional formats have it."""
        if index not in self._differences:
            dxf = deepcopy(self._listed("dxfs")[index])
            for number in children(dxf, "numFmt"):
                number.set("numFmtId", str(self._number(int(number.get("numFmtId", "0")), number.get("formatCode"))))
            self._differences[index] = self._place("dxfs", dxf)
        return self._differences[index]

    def in_percent(self, index: int) -> bool:
        """Say whether a cell's format here shows a number in percent."""
        number = int(_elements(self._own, "cellXfs")[index].get("numFmtId", "0"))
        codes = {int(one.get("numFmtId", "0")): one.get("formatCode", "") for one in _elements(self._own, "numFmts")}
        return number in _PERCENT or "%" in codes.get(number, "")

    def numbered(self, index: int, code: str) -> int:
        """Return the index here of the format that differs from one here only by the code of its number format."""
        xf = deepcopy(_elements(self._own, "cellXfs")[index])
        xf.set("numFmtId", str(self._number(_FIRST_OWN_NUMBER, code)))
        xf.set("applyNumberFormat", "1")
        return self._place("cellXfs", xf)

    def _listed(self, kind: str) -> list[Any]:
        return _elements(self._other, kind)

    def _moved(self, xf: Any) -> Any:
        """Return a format with the numbers that its parts have here."""
        moved = deepcopy(xf)
        moved.set("numFmtId", str(self._number(int(xf.get("numFmtId", "0")))))
        for name, kind in _LISTED.items():
            part = self._listed(kind)[int(xf.get(name, "0"))]
            moved.set(name, str(self._place(kind, deepcopy(part))))
        for extensions in list(children(moved, "extLst")):
            moved.remove(extensions)
        return moved

    def _number(self, index: int, code: str | None = None) -> int:
        """Return the number here of a number format, which is known by its code."""
        known = (one for one in self._listed("numFmts") if int(one.get("numFmtId", "0")) == index)
        code = code or next((one.get("formatCode") for one in known), None)
        if code is None or index < _FIRST_OWN_NUMBER:
            return index
        here = _elements(self._own, "numFmts")
        for own in here:
            if own.get("formatCode") == code:
                return int(own.get("numFmtId", "0"))
        number = max([_FIRST_OWN_NUMBER - 1, *(int(own.get("numFmtId", "0")) for own in here)]) + 1
        new = etree.Element(f"{self._space}numFmt", numFmtId=str(number), formatCode=code)
        self._append("numFmts", new)
        return number

    def _style(self, index: int) -> int:
        """Return where the named style of a cell's format stands here."""
        if index not in self._styles:
            named = next((one for one in self._listed("cellStyles") if one.get("xfId", "0") == str(index)), None)
            mine = None if named is None else self._same_style(named)
            known = _elements(self._own, "cellStyleXfs")
            if mine is None or not int(mine.get("xfId", "0")) < len(known):
                formats = self._listed("cellStyleXfs")
                xf = self._moved(formats[index]) if formats else etree.Element(f"{self._space}xf")
                self._styles[index] = self._append("cellStyleXfs", xf)
                if named is not None and mine is None:
                    new = deepcopy(named)
                    new.set("xfId", str(self._styles[index]))
                    self._append("cellStyles", new)
            else:
                self._styles[index] = int(mine.get("xfId", "0"))
        return self._styles[index]

    def _same_style(self, named: Any) -> Any:
        """Return the style here that is the same of Excel's own, or else of the same name."""
        here = _elements(self._own, "cellStyles")
        builtin, level = named.get("builtinId"), named.get("iLevel")
        same = (own for own in here if builtin and own.get("builtinId") == builtin and own.get("iLevel") == level)
        called = (own for own in here if own.get("name", "").casefold() == named.get("name", "").casefold())
        return next((one for candidates in (same, called) for one in candidates), None)

    def _say_differences(self, xf: Any, style: Any) -> None:
        for name, applied in _APPLIED.items():
            if xf.get(name, "0") != style.get(name, "0"):
                xf.set(applied, "1")
        for inside, applied in _INSIDE.items():
            both = [[_likeness(one) for one in children(element, inside)] for element in (xf, style)]
            if both[0] != both[1]:
                xf.set(applied, "1")

    def _place(self, kind: str, element: Any) -> int:
        """Return where an element stands in a list, which gets it where it has none that is alike."""
        if kind not in self._known:
            known = self._known[kind] = {}
            for place, own in enumerate(_elements(self._own, kind)):
                known.setdefault(_likeness(own), place)
        like = _likeness(element)
        if like not in self._known[kind]:
            self._known[kind][like] = self._append(kind, element)
        return self._known[kind][like]

    def _append(self, kind: str, element: Any) -> int:
        holder = next(children(self._own, kind), None)
        if holder is None:
            holder = etree.Element(f"{self._space}{kind}")
            behind = {*_ORDER[_ORDER.index(kind) + 1 :], "colors", "extLst"}
            later = (one for one in self._own if isinstance(one.tag, str) and etree.QName(one).localname in behind)
            follower = next(later, None)
            if follower is None:
                self._own.append(holder)
            else:
                follower.addprevious(holder)
        element.tail = None
        holder.append(element)
        place = len(_elements(self._own, kind)) - 1
        holder.set("count", str(place + 1))
        self.changed = True
        return place


def _elements(root: Any, kind: str) -> list[Any]:
    return [one for holder in children(root, kind) for one in _tags(holder)]


def _tags(element: Any) -> Iterator[Any]:
    return (one for one in element if isinstance(one.tag, str))


def _likeness(element: Any) -> _Likeness:
    """Return what two elements that mean the same have in common, whatever their prefixes."""
    attributes = tuple(sorted(element.attrib.items()))
    inside = tuple(_likeness(one) for one in _tags(element))
    return etree.QName(element).localname, attributes, (element.text or "").strip(), inside
