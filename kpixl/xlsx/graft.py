"""Worksheets of another workbook put into this one with all that belongs to them; nothing that is there moves.

The other workbook is one that was just made and has the sheet as it should be: cells with their values, styles, widths,
formats, validation, links, notes, tables, drawings with their charts, names, and how it prints. Texts come as inline
strings and formats are found or appended (`styles`), so that the cells that are there mean what they did. What formulas
and charts say of other sheets is looked up here (`counterparts`).
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from copy import deepcopy
from typing import Any, NamedTuple

from lxml import etree

from kpixl.errors import WorkbookRefused
from kpixl.xlsx.addition import taken
from kpixl.xlsx.counterparts import Counterparts, names
from kpixl.xlsx.markup import children, parse, root_namespace, serialize
from kpixl.xlsx.parts import Relationship
from kpixl.xlsx.runs import behind_runs
from kpixl.xlsx.spills import spill_mark
from kpixl.xlsx.styles import EMPTY, Styles
from kpixl.xlsx.table import read_table
from kpixl.xlsx.titles import list_title
from kpixl.xlsx.workbook import Workbook

__all__ = ["Graft", "graft"]

_STYLES = "application/vnd.openxmlformats-officedocument.spreadsheetml.styles+xml"
_FORMULAS = ("formula", "formula1", "formula2", "f", "calculatedColumnFormula", "totalsRowFormula")
_DIFFERENCES = (
    *("dxfId", "dataDxfId", "headerRowDxfId", "totalsRowDxfId"),
    *("headerRowBorderDxfId", "tableBorderDxfId", "totalsRowBorderDxfId"),
)
_COPIED = ("table", "drawing", "chart", "chartUserShapes", "image", "comments", "vmlDrawing", "hyperlink")
_LEFT = ("printerSettings",)  # of the printer of whoever made it
_BYTES = ("image", "vmlDrawing")
_NUMBERED = re.compile(r"\d*(\.\w+)$")
_STRICT = (
    ("spreadsheetml/2006/main", "spreadsheetml/main"),
    ("officeDocument/2006/relationships", "officeDocument/relationships"),
    ("drawingml/2006/main", "drawingml/main"),
    ("drawingml/2006/chartDrawing", "drawingml/chartDrawing"),
    ("drawingml/2006/chart", "drawingml/chart"),
    ("drawingml/2006/spreadsheetDrawing", "drawingml/spreadsheetDrawing"),
)


class Graft(NamedTuple):
    """A sheet of another workbook: its title there, its name here, and behind which sheet it is to stand (None: first).

    Where a formula runs over sheets on both sides of that place, it stands behind them. It is hidden here where it is
    hidden there.
    """

    title: str
    name: str
    after: str | None


def graft(
    own: Workbook,
    other: Workbook,
    grafts: Sequence[Graft],
    *,
    titles: Mapping[str, str],
    pointed: Callable[[str], str],
) -> list[str]:
    """Put sheets of `other` into `own`, all or none; return the cells whose link leads nowhere here and is left out.

    `titles` says what sheets of the other workbook that are here already are called here; `pointed` has the last word
    on the formulas.
    """
    with own.whole_or_nothing():
        return _Grafting(own, other, grafts, titles, pointed).done()


class _Grafting:
    def __init__(
        self,
        own: Workbook,
        other: Workbook,
        grafts: Sequence[Graft],
        titles: Mapping[str, str],
        pointed: Callable[[str], str],
    ) -> None:
        self._own, self._other, self._grafts = own, other, grafts
        self._sheets = {one.title: one.name for one in grafts}
        self._there = Counterparts(own, other, self._sheets, titles, pointed)
        part = own.styles_part()
        self._look = parse(own.parts.read(part) if part else EMPTY.format(root_namespace(own.tree)[1:-1]).encode())
        theirs = other.styles_part()
        self._styles = Styles(self._look, self._parsed(theirs) if theirs else self._look)
        self._copies: dict[str, str] = {}
        self._used = set(_promised(own))
        self._tables = {table.part: table for table in other.tables.values() if table.sheet in self._sheets}
        self._lost: list[str] = []

    def done(self) -> list[str]:
        """Put all sheets in, then what they need of the workbook."""
        for table in self._tables.values():
            if table.name.casefold() in taken(self._own):
                raise WorkbookRefused("xlsx_table_name", name=table.name)
        for one in self._grafts:
            self._put(one)
        self._add_names()
        self._write_styles()
        self._own.forget_calculation_chain()
        self._own.changed()
        return self._lost

    def _put(self, one: Graft) -> None:
        own, other = self._own, self._other
        theirs = other.worksheets.get(one.title)
        if theirs is None or (one.after is not None and one.after not in own.sheets):
            name = one.title if theirs is None else str(one.after)
            raise WorkbookRefused("xlsx_no_sheet", name=name, known=", ".join(own.sheets))
        at = 0 if one.after is None else behind_runs(own, own.sheets.index(one.after) + 1)
        part = self._free_name(theirs)
        root = self._parsed(theirs)
        relations = self._relations(theirs, part, root, one)
        self._rewrite(root)
        self._rewrite_cells(root)
        for links in list(children(root, "hyperlinks")):
            self._lead(links, one.name)
        state = other.sheet_state(one.title)
        sheet = own.insert_sheet(one.name, part, serialize(root), at, state)
        own.parts.relate_all(part, own.relations, relations)
        list_title(own, one.name)
        for column, row, formula in sheet.rows.formulas():
            if formula.has_result:
                sheet.computed.add((row, column))
        for area in sheet.fills:
            for row in range(area.top, area.bottom + 1):
                sheet.computed |= {(row, column) for column in range(area.left, area.right + 1)}
        for table_part, table in self._tables.items():
            if table.sheet == one.title:
                copied = self._copies[table_part]
                own.tables[table.name] = read_table(copied, one.name, parse(own.parts.read(copied)))
        self._add_local_names(one)

    def _relations(self, source: str, target: str, root: Any, one: Graft) -> list[Relationship]:
        """Return the relationships of a part that is copied, and copy the parts that it needs."""
        kept = []
        for relation in self._other.parts.related(source):
            if relation.kind in _LEFT:
                _unrelate(root, relation.id)
                continue
            if relation.kind not in _COPIED:
                raise WorkbookRefused("xlsx_graft_part", sheet=one.title, kind=relation.kind)
            if relation.kind == "hyperlink":
                kept.append(relation if relation.external else relation._replace(target=self._led(relation.target)))
            else:
                kept.append(relation._replace(target=self._copy(relation.target, relation.kind, one)))
        return kept

    def _copy(self, source: str, kind: str, one: Graft) -> str:
        """Copy a part with all that it needs, once, and return its name here."""
        if source in self._copies:
            return self._copies[source]
        parts, content_type = self._own.parts, self._other.parts.content_type(source)
        target = self._copies[source] = self._free_name(source)
        if kind in _BYTES:
            parts.add(target, self._other.parts.read(source), content_type)
            return target
        root = self._parsed(source)
        relations = self._relations(source, target, root, one)
        if kind == "table":
            ids = (int(parse(parts.read(table.part)).get("id", "0")) for table in self._own.tables.values())
            mine = (int(parse(parts.read(copied)).get("id", "0")) for copied in self._copied_tables(target))
            root.set("id", str(1 + max((*ids, *mine), default=0)))
        self._rewrite(root)
        parts.add(target, serialize(root), content_type)
        parts.relate_all(target, self._own.relations, relations)
        return target

    def _copied_tables(self, but: str) -> Iterator[str]:
        return (self._copies[part] for part in self._tables if self._copies.get(part) not in (None, but))

    def _rewrite(self, root: Any) -> None:
        """Have everything in a part that names cells or formats name those of this workbook."""
        for element in root.iter("{*}*"):
            kind = etree.QName(element).localname
            if kind in _FORMULAS and element.text:
                element.text = self._there.formula(element.text)
            if kind == "cfvo" and element.get("type") == "formula":
                element.set("val", self._there.formula(element.get("val", "")))
            if element.get("textlink"):
                element.set("textlink", self._there.formula(element.get("textlink")))
            for name in _DIFFERENCES:
                if element.get(name) is not None:
                    element.set(name, str(self._styles.difference(int(element.get(name)))))

    def _rewrite_cells(self, root: Any) -> None:
        """Give cells, rows and columns of a sheet their formats here, and cells their texts."""
        space = root_namespace(root)
        for properties in children(root, "sheetPr"):
            properties.attrib.pop("codeName", None)  # of a module of VBA
        for view in root.iter(f"{space}sheetView"):
            view.attrib.pop("tabSelected", None)
        for kind, name in (("col", "style"), ("row", "s"), ("c", "s")):
            for element in root.iter(f"{space}{kind}"):
                if kind == "c" or element.get(name) is not None:
                    index = self._styles.cell(int(element.get(name, "0")))
                    element.attrib.pop(name, None)
                    if index:
                        element.set(name, str(index))
        for cell in root.iter(f"{space}c"):
            if cell.get("vm") is not None:
                raise WorkbookRefused("xlsx_graft_part", sheet=cell.get("r", ""), kind="richData")
            if cell.get("cm") is not None:
                cell.set("cm", spill_mark(self._own, self._other))
            if cell.get("t") == "s":
                self._write_out(cell, space)

    def _write_out(self, cell: Any, space: str) -> None:
        """Put the text of a shared string into its cell."""
        for value in list(children(cell, "v")):
            cell.remove(value)
            inline = etree.SubElement(cell, f"{space}is")
            inline.extend(deepcopy(one) for one in self._texts[int(value.text or "")])
            cell.set("t", "inlineStr")

    @property
    def _texts(self) -> list[Any]:
        if "texts" not in self.__dict__:
            part = next(one.target for one in self._other.related.values() if one.kind == "sharedStrings")
            self.__dict__["texts"] = list(children(self._parsed(part), "si"))
        texts: list[Any] = self.__dict__["texts"]
        return texts

    def _lead(self, links: Any, name: str) -> None:
        """Have links within the workbook lead to where its sheets are; one that has none is left out."""
        for link in list(links):
            location = link.get("location")
            if location is None:
                continue
            led = self._there.link(location)
            if led is None:
                self._lost.append(f"{name}!{link.get('ref', '')}")
                links.remove(link)
            else:
                link.set("location", led)
        if not len(links):
            links.getparent().remove(links)

    def _led(self, target: str) -> str:
        return f"#{self._there.link(target.removeprefix('#')) or ''}"

    def _add_local_names(self, one: Graft) -> None:
        place = str(self._other.sheets.index(one.title))
        for element in self._other.name_elements():
            if element.get("localSheetId") == place:
                self._own.add_name(
                    element.get("name", ""),
                    self._there.formula(element.text or ""),
                    {**element.attrib, "localSheetId": str(self._own.sheets.index(one.name))},
                )

    def _add_names(self) -> None:
        """Add the names that stand for cells of the sheets, and those that formulas there mention."""
        theirs, left = names(self._other), {}
        for element in self._other.name_elements():
            name = element.get("name", "").casefold()
            if element.get("localSheetId") is None and not self._stands(name):
                left[name] = element
        while left:
            wanted = [name for name in left if name in self._there.mentioned or self._there.comes_along(theirs[name])]
            if not wanted:
                break
            for name in wanted:
                element = left.pop(name)
                text = self._there.formula(theirs[name])
                self._own.add_name(element.get("name", ""), text, dict(element.attrib))
        known = {*taken(self._own)}
        for table in self._other.tables.values():
            if table.name.casefold() in self._there.mentioned - known:
                known_tables = ", ".join(self._own.tables)
                raise WorkbookRefused("xlsx_no_table", name=table.name, known=known_tables)

    def _stands(self, name: str) -> bool:
        """Say whether a name or table is here; a name of cells that are gone is none, and is given up."""
        for element in self._own.name_elements():
            if element.get("name", "").casefold() == name and element.get("localSheetId") is None:
                if "#REF!" not in (element.text or ""):
                    return True
                element.getparent().remove(element)
        return name in taken(self._own)

    def _write_styles(self) -> None:
        part = self._own.styles_part()
        if part is None:
            part = self._own.beside("styles.xml")
            self._own.parts.add(part, serialize(self._look), _STYLES)
            relation = self._own.parts.relate(self._own.part, f"{self._own.relations}/styles", part)
            self._own.related[relation] = Relationship(relation, "styles", part, external=False)
        elif self._styles.changed:
            self._own.parts.write(part, serialize(self._look))
        self._own.__dict__.pop("formats", None)

    def _free_name(self, source: str) -> str:
        """Return a name for the copy of a part, in the folder of its kind."""
        folder = self._other.part.rpartition("/")[0]
        name = source.removeprefix(f"{folder}/") if folder else source
        free = self._own.parts.free_name(self._own.beside(_NUMBERED.sub(r"{}\1", name)), self._used)
        self._used.add(free)
        return free

    def _parsed(self, part: str) -> Any:
        xml = self._other.parts.read(part)
        for loose, strict in _STRICT if self._own.strict else ():
            xml = xml.replace(
                f'"http://schemas.openxmlformats.org/{loose}"'.encode(),
                f'"http://purl.oclc.org/ooxml/{strict}"'.encode(),
            )
        return parse(xml)


def _promised(workbook: Workbook) -> Iterator[str]:
    """Yield the parts that are related to, be they there or not."""
    yield from (relation.target for relation in workbook.related.values())
    for part in workbook.worksheets.values():
        for relation in workbook.parts.related(part):
            yield relation.target
            if relation.kind == "drawing":
                yield from (further.target for further in workbook.parts.related(relation.target))


def _unrelate(root: Any, relation: str) -> None:
    """Take a relationship out of the elements that have it."""
    for element in root.iter("{*}*"):
        for name, value in list(element.attrib.items()):
            if name.endswith("/relationships}id") and value == relation:
                del element.attrib[name]
