"""What the workbook part says: the sheets in order, the defined names, the tables, the date system.

Worksheets are read when they are asked for; the others are only glanced at.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from copy import deepcopy
from functools import cached_property
from types import MappingProxyType
from typing import Any

from lxml import etree

from kpixl.errors import WorkbookRefused
from kpixl.xlsx.container import Container
from kpixl.xlsx.glance import Glance, glance
from kpixl.xlsx.markup import children, parse, root_namespace, serialize
from kpixl.xlsx.parts import Parts, Relationship
from kpixl.xlsx.sheet import Sheet
from kpixl.xlsx.strings import SharedStrings
from kpixl.xlsx.table import Table, read_table
from kpixl.xlsx.values import Formats

__all__ = ["Workbook"]

_MAIN = ("spreadsheetml.sheet.main+xml", "spreadsheetml.template.main+xml", "ms-excel.sheet.macroEnabled.main+xml")
_MAIN_TEMPLATES = ("ms-excel.template.macroEnabled.main+xml", "ms-excel.addin.macroEnabled.main+xml")
_WORKSHEET = "application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml"
_MOST_OF_TABLE = 16 << 20
_MOST_NAMES = 1 << 16
_TRANSITIONAL = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_STRICT = "http://purl.oclc.org/ooxml/officeDocument/relationships"
_NAMES_FOLLOW = ("externalReferences", "functionGroups", "sheets")
_CALCULATION_FOLLOWS = ("definedNames", "externalReferences", "functionGroups", "sheets")


class Workbook:
    """The workbook part of a package, and the sheets that were opened from it."""

    def __init__(self, container: Container) -> None:
        self.parts = Parts(container)
        main = [relation.target for relation in self.parts.related("") if relation.kind == "officeDocument"]
        if not main or not self.parts.has(main[0]):
            raise WorkbookRefused("xlsx_not_a_workbook", file=container.path.name)
        self.part = main[0]
        self._require_spreadsheet(container)
        self.tree = parse(self.parts.read(self.part))
        self._namespace = root_namespace(self.tree)
        if len(self.name_elements()) > _MOST_NAMES:
            raise WorkbookRefused("xlsx_names", file=container.path.name, most=_MOST_NAMES)
        self.related = {relation.id: relation for relation in self.parts.related(self.part)}
        self._changed = False
        self._names: Mapping[str, str] | None = None
        self.loaded: dict[str, Sheet] = {}
        self._glances: dict[str, Glance | None] = {}
        self.worksheets: dict[str, str] = {}
        self.sheets: list[str] = []
        for element in self._sheet_elements():
            self.sheets.append(element.get("name", ""))
            relation = self.related.get(self._relation(element))
            if relation is not None and relation.kind == "worksheet" and self.parts.has(relation.target):
                self.worksheets[self.sheets[-1]] = relation.target
        self.tables: dict[str, Table] = {table.name: table for table in self._read_tables()}

    @cached_property
    def date1904(self) -> bool:
        """Whether days are counted from 1904."""
        return any(part.get("date1904") in ("1", "true", "on") for part in children(self.tree, "workbookPr"))

    @property
    def calculated_by_hand(self) -> bool:
        """Whether formulas are computed only when the user asks for it."""
        return any(part.get("calcMode") == "manual" for part in children(self.tree, "calcPr"))

    @cached_property
    def strings(self) -> SharedStrings:
        """The shared strings."""
        parts = [relation.target for relation in self.related.values() if relation.kind == "sharedStrings"]
        return SharedStrings(self.parts.container.stream(parts[0]) if parts and self.parts.has(parts[0]) else ())

    @cached_property
    def formats(self) -> Formats:
        """The formats of the cells."""
        part = self.styles_part()
        return Formats(lambda: None if part is None else self.parts.read(part))

    def close(self) -> None:
        """Let go of what was opened to be read."""
        if "strings" in self.__dict__:
            self.strings.close()

    def sheet(self, name: str) -> Sheet:
        """Return a worksheet to be read or changed."""
        if name not in self.loaded:
            if name not in self.worksheets:
                known = ", ".join(self.worksheets)
                raise WorkbookRefused("xlsx_no_sheet", name=name, known=known)
            xml = self.parts.read(self.worksheets[name])
            self.loaded[name] = Sheet(name, xml, date1904=self.date1904, strings=lambda: self.strings)
        return self.loaded[name]

    def glance(self, name: str) -> Glance | None:
        """Return what the formulas of a sheet that is not loaded mention; None when it has to be loaded."""
        if name not in self._glances:
            self._glances[name] = glance(self.parts.container.stream(self.worksheets[name]))
        return self._glances[name]

    def name_elements(self) -> list[Any]:
        """Return the elements of all defined names."""
        return [name for names in children(self.tree, "definedNames") for name in children(names, "definedName")]

    def add_name(self, name: str, text: str, attributes: Mapping[str, str] = MappingProxyType({})) -> None:
        """Define a name, of the whole workbook unless its attributes say of which sheet."""
        holder = next(children(self.tree, "definedNames"), None)
        if holder is None:
            holder = etree.Element(f"{self._namespace}definedNames")
            before = next(element for kind in _NAMES_FOLLOW for element in children(self.tree, kind))
            before.addnext(holder)
        etree.SubElement(holder, f"{self._namespace}definedName", {**attributes, "name": name}).text = text
        self.changed()

    def redefine_name(self, name: str, text: str) -> None:
        """Let a name of the whole workbook, which must be defined, stand for another text."""
        own = (element for element in self.name_elements() if element.get("localSheetId") is None)
        found = next(element for element in own if element.get("name", "").casefold() == name.casefold())
        if found.text != text:
            found.text = text
            self.changed()

    def sheet_state(self, name: str) -> str:
        """Return `hidden` or `veryHidden`, "" for a sheet that can be seen."""
        state = str(self._sheet_elements()[self.sheets.index(name)].get("state", ""))
        return "" if state == "visible" else state

    @property
    def names(self) -> Mapping[str, str]:
        """The defined names of the whole workbook, each with the text it stands for."""
        if self._names is None:
            self._names = {
                element.get("name", ""): element.text or ""
                for element in self.name_elements()
                if element.get("localSheetId") is None
            }
        return self._names

    def changed(self) -> None:
        """Note that the tree of the workbook part was changed."""
        self._changed = True
        self._names = None

    def add_sheet(self, name: str, *, hidden: bool = False) -> Sheet:
        """Append an empty worksheet, which nobody sees where it is `hidden`."""
        promised = {relation.target for relation in self.related.values()}
        part = self.parts.free_name(self.beside("worksheets/sheet{}.xml"), promised)
        xml = f'<worksheet xmlns="{self._namespace.strip("{}")}"><sheetData/></worksheet>'
        return self.insert_sheet(name, part, xml.encode(), len(self.sheets), "veryHidden" if hidden else "")

    def insert_sheet(self, name: str, part: str, xml: bytes, at: int, state: str = "") -> Sheet:
        """Add a part as a worksheet that stands as number `at` from 0; those from there on move up by one."""
        self.parts.add(part, xml, _WORKSHEET)
        relation = self.parts.relate(self.part, f"{self.relations}/worksheet", part)
        self.related[relation] = Relationship(relation, "worksheet", part, external=False)
        elements = self._sheet_elements()
        number = 1 + max((int(element.get("sheetId", "0")) for element in elements), default=0)
        new = etree.Element(f"{self._namespace}sheet", name=name, sheetId=str(number))
        if state:
            new.set("state", state)
        new.set(f"{{{self.relations}}}id", relation)
        if at < len(elements):
            elements[at].addprevious(new)
            self._move_up(at)
        else:
            [*children(self.tree, "sheets")][-1].append(new)
        self.changed()
        self.sheets.insert(at, name)
        self.worksheets[name] = part
        return self.sheet(name)

    def beside(self, name: str) -> str:
        """Return the name of a part in the folder of the workbook part."""
        folder = self.part.replace("\\", "/").rpartition("/")[0]
        return f"{folder}/{name}" if folder else name

    @contextmanager
    def whole_or_nothing(self) -> Iterator[None]:
        """Take back what was added within the block when it is left by an error; no sheet may be changed there."""
        parts, tree = self.parts.snapshot(), deepcopy(self.tree)
        kept = self._changed, dict(self.related), dict(self.loaded), dict(self.worksheets), list(self.sheets)
        tables, formats = dict(self.tables), self.__dict__.get("formats")
        try:
            yield
        except BaseException:
            self.parts.restore(parts)
            self.tree, self.tables, self._names = tree, tables, None
            self._changed, self.related, self.loaded, self.worksheets, self.sheets = kept
            self.__dict__.pop("formats", None)
            if formats is not None:
                self.__dict__["formats"] = formats
            raise

    def list_table(self, name: str, part: str) -> None:
        """Relate a sheet to the part of a table that stands on it, and list it there."""
        tree = self.sheet(name).frame.tree
        space = root_namespace(tree)
        relation = self.parts.relate(self.worksheets[name], f"{self.relations}/table", part)
        listed = next(children(tree, "tableParts"), None)
        if listed is None:
            listed = etree.Element(f"{space}tableParts")
            extensions = next(children(tree, "extLst"), None)
            if extensions is None:
                tree.append(listed)
            else:
                extensions.addprevious(listed)
        etree.SubElement(listed, f"{space}tablePart").set(f"{{{self.relations}}}id", relation)
        listed.set("count", str(len(listed)))
        self.sheet(name).frame.changed = True

    def calculate_on_load(self) -> None:
        """Have every formula computed when the workbook is opened."""
        for calculation in children(self.tree, "calcPr"):
            if calculation.get("fullCalcOnLoad") not in ("1", "true"):
                calculation.set("fullCalcOnLoad", "1")
                self.changed()
            return
        calculation = etree.Element(f"{self._namespace}calcPr", fullCalcOnLoad="1")
        for name in _CALCULATION_FOLLOWS:
            for element in children(self.tree, name):
                element.addnext(calculation)
                self.changed()
                return

    def forget_calculation_chain(self) -> None:
        """Drop the list of formula cells; the spreadsheet makes it anew."""
        for relation in self.related.values():
            if relation.kind == "calcChain" and self.parts.has(relation.target):
                self.parts.drop(relation.target, self.part)

    def collect(self) -> None:
        """Hand all that changed in sheets and in the workbook part over to the parts."""
        if self._changed:
            self.parts.write(self.part, serialize(self.tree))
        for name, sheet in self.loaded.items():
            if sheet.touched:
                self.parts.write(self.worksheets[name], sheet.chunks)

    @property
    def relations(self) -> str:
        """What goes before the kind of a relationship, and the namespace of its ids."""
        return _STRICT if self.strict else _TRANSITIONAL

    @property
    def strict(self) -> bool:
        """Whether the workbook has the namespaces of the strict format."""
        return "purl.oclc.org" in self._namespace

    def styles_part(self) -> str | None:
        """Return the part of the cells' formats, if there is one."""
        parts = [relation.target for relation in self.related.values() if relation.kind == "styles"]
        return parts[0] if parts and self.parts.has(parts[0]) else None

    def _move_up(self, at: int) -> None:
        """Have whatever tells a sheet by its number follow, where one is put before it."""
        for name in self.name_elements():
            local = name.get("localSheetId")
            if local is not None and int(local) >= at:
                name.set("localSheetId", str(int(local) + 1))
        for views in children(self.tree, "bookViews"):
            for view in children(views, "workbookView"):
                if int(view.get("activeTab", "0")) >= at:
                    view.set("activeTab", str(int(view.get("activeTab", "0")) + 1))
                if int(view.get("firstSheet", "0")) >= max(at, 1):
                    view.set("firstSheet", str(int(view.get("firstSheet", "0")) + 1))

    def _relation(self, element: Any) -> str:
        return next((value for name, value in element.attrib.items() if name.endswith("/relationships}id")), "")

    def _sheet_elements(self) -> list[Any]:
        return [sheet for sheets in children(self.tree, "sheets") for sheet in children(sheets, "sheet")]

    def _require_spreadsheet(self, container: Container) -> None:
        kind = self.parts.content_type(self.part)
        if "sheet.binary" in kind or self.part.lower().endswith(".bin"):
            raise WorkbookRefused("xlsx_binary", file=container.path.name)
        if not kind.endswith(_MAIN + _MAIN_TEMPLATES):
            raise WorkbookRefused("xlsx_not_a_workbook", file=container.path.name)

    def _read_tables(self) -> list[Table]:
        return [
            read_table(relation.target, name, parse(self.parts.read(relation.target), most=_MOST_OF_TABLE))
            for name, part in self.worksheets.items()
            for relation in self.parts.related(part)
            if relation.kind == "table" and self.parts.has(relation.target)
        ]
