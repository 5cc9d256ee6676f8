"""One worksheet: what its cells hold, and how they are changed without harming their neighbours.

The rows stay bytes (`rows`), what stands around them is a small tree (`frame`). A cell that is written takes the
style of the cell, else of its row, else of its column. A formula that several cells share is given to each of them
before one of them changes; one that fills several cells is not broken.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import date
from functools import cached_property

from kpixl.errors import WorkbookRefused
from kpixl.xlsx.address import Area, address
from kpixl.xlsx.areas import Areas
from kpixl.xlsx.cells import Cached, CellFormula, CellReader, Content, Formula, Value, Written, serial_number
from kpixl.xlsx.formulas import shift
from kpixl.xlsx.frame import Frame
from kpixl.xlsx.markup import attribute, with_attribute
from kpixl.xlsx.rows import Rows
from kpixl.xlsx.strings import SharedStrings

__all__ = ["Sheet"]


class Sheet:
    """A worksheet that is being read or changed."""

    def __init__(self, name: str, xml: bytes, *, date1904: bool, strings: Callable[[], SharedStrings]) -> None:
        self.name = name
        self.frame = Frame(xml)
        self._date1904 = date1904
        self._strings = strings
        self.reader = CellReader(self.frame.prefix, date1904)
        self.rows = Rows(self.frame.xml, *self.frame.rows, self.frame.prefix, self.reader)
        self.computed: set[tuple[int, int]] = set()
        self.written: set[tuple[int, int]] = set()

    @cached_property
    def fills(self) -> list[Area]:
        """The areas that one formula fills: array formulas, spills and data tables of more than one cell."""
        if not self.rows.mention(b"array", b"dataTable"):
            return []
        areas = [
            Area.parse(formula.ref)
            for _, _, formula in self.rows.formulas()
            if formula.kind in ("array", "dataTable") and formula.ref
        ]
        return [area for area in areas if area[:2] != area[2:]]

    @cached_property
    def commented(self) -> bool:
        """Whether something stands between the cells that is no cell, though it may look like one."""
        return self.rows.mention(b"<!--", b"<![CDATA[")

    @contextmanager
    def whole_or_nothing(self) -> Iterator[None]:
        """Take back what was changed within the block when it is left by an error."""
        rows, computed, written = self.rows.snapshot(), set(self.computed), set(self.written)
        try:
            yield
        except BaseException:
            self.rows.restore(rows)
            self.computed, self.written = computed, written
            for cached in ("_masters", "_shared"):
                self.__dict__.pop(cached, None)
            raise

    def write(self, column: int, row: int, value: Written, style: bytes | None = None) -> None:
        """Write one cell; what holds that value already stays as it is, byte for byte."""
        old = self.rows.row(row).get(column)
        if isinstance(value, Cached):
            self._cache(column, row, old, value.value)
            return
        if value is None and old is None and style is None:
            return
        self._examine(column, row, value)
        content = None if old is None else self.reader.content(old)
        if style is None:
            style = self.style(column, row)
        if old is None or self.reader.style(old) != style or not self._holds(content, value):
            formula = None if content is None else content.formula
            if formula is not None and formula.kind == "shared" and formula.text is not None:
                self.share_no_more(formula.shared)
            self.rows.edit(row)[column] = self.reader.write(address(column, row), style, value)
        if isinstance(value, Formula):
            self.written.add((row, column))
            if value.cached is not None:
                self.computed.add((row, column))

    def stands(self, row: int, cells: Mapping[int, Written]) -> bool:
        """Say whether a row that was not changed holds what is to be written into it, so that it can stay as it is.

        It is asked of rows by the thousand, so that a row that needs a closer look counts as one that does not.
        """
        contents = None if self.fills or self.frame.merges else self.rows.contents(row)
        if contents is None:
            return False
        computed: list[int] = []
        written: list[int] = []
        for column, value in cells.items():
            content = contents.get(column)
            if isinstance(value, Cached):
                if content is None or content.formula is None:
                    continue
                if not self._shows(content, value.value):
                    return False
                computed.append(column)
                continue
            if not (value is None if content is None else self._holds(content, value)):
                return False
            if isinstance(value, Formula):
                written.append(column)
                computed += [] if value.cached is None else [column]
        self.computed.update((row, column) for column in computed)
        self.written.update((row, column) for column in written)
        return True

    def holds_formula(self, column: int, row: int) -> bool:
        """Say whether a formula stands in a cell, also one that fills it from another cell."""
        cell = self.rows.row(row).get(column)
        own = cell is not None and self.reader.formula(cell) is not None
        return own or any(area.holds(column, row) for area in self.fills)

    def own_formula(self, column: int, row: int) -> str | None:
        """Return the formula of a cell, None where there is none or it fills several cells."""
        cell = self.rows.row(row).get(column)
        formula = None if cell is None else self.reader.formula(cell)
        if formula is None or formula.kind in ("array", "dataTable"):
            return None
        return self.formula_text(column, row, formula)

    def refill(self, column: int, row: int, text: str) -> None:
        """Give a formula that fills several cells another text; the cells it fills stay the same."""
        cell = self.rows.row(row).get(column)
        formula = None if cell is None else self.reader.formula(cell)
        if cell is None or formula is None or formula.kind != "array":
            raise ValueError(f"{address(column, row)} holds no formula that fills other cells")
        if formula.text != text:
            self.rows.edit(row)[column] = self.reader.with_formula(cell, text)

    def restyle(self, column: int, row: int, style: int) -> None:
        """Give a cell another style; what it holds stays the same."""
        cell = self.rows.row(row)[column]
        end = cell.index(b">") + 1
        self.rows.edit(row)[column] = with_attribute(cell[:end], b"s", b"%d" % style) + cell[end:]

    def place(self, column: int, row: int, cell: bytes | None) -> None:
        """Put the XML of a cell (or nothing) at an address."""
        if cell is None:
            self.rows.edit(row).pop(column, None)
        else:
            self.rows.edit(row)[column] = self.reader.moved(cell, address(column, row))

    def style(self, column: int, row: int) -> bytes | None:
        """Return the style index that a value written here takes."""
        cell = self.rows.row(row).get(column)
        if cell is not None:
            return self.reader.style(cell)
        tag = self.rows.tag(row)
        if attribute(tag, b"customFormat") in (b"1", b"true"):
            return attribute(tag, b"s")
        return next((style for first, last, style in self.frame.column_styles if first <= column <= last), None)

    def formula_text(self, column: int, row: int, formula: CellFormula) -> str:
        """Return the text of a formula, also where it is shared and stands in another cell."""
        if formula.text is not None or formula.kind != "shared":
            return formula.text or ""
        left, top, text = self._shared_text(formula.shared)
        return shift(text, column - left, row - top)

    def share_no_more(self, shared: str | None) -> None:
        """Give every cell of a shared formula its own."""
        self._shared_text(shared)
        for column, row in self._shared.pop(shared, []):
            cell = self.rows.row(row).get(column)
            formula = None if cell is None else self.reader.formula(cell)
            if cell is not None and formula is not None and formula.shared == shared:
                left, top, text = self._masters[shared]
                self.rows.edit(row)[column] = self.reader.with_formula(cell, shift(text, column - left, row - top))

    def shared_formulas(self) -> list[str | None]:
        """Return the ids of the shared formulas."""
        return list(self._shared)

    def shared_texts(self, shared: str | None) -> Iterator[tuple[int, int, str]]:
        """Yield column, row and text of the cells that share a formula."""
        left, top, text = self._shared_text(shared)
        for column, row in self._shared[shared]:
            yield column, row, shift(text, column - left, row - top)

    def changes(self) -> Iterator[tuple[int, int, Content | None, Content | None]]:
        """Yield column, row, content before and content now of every cell that holds something else."""
        for number in self.rows.edited():
            before, now = self.rows.original(number), self.rows.row(number)
            for column in before.keys() | now.keys():
                old, new = before.get(column), now.get(column)
                if old == new:
                    continue
                was = None if old is None else self.reader.content(old)
                is_now = None if new is None else self.reader.content(new)
                if not self._equal(was, is_now):
                    yield column, number, was, is_now

    def filled_from(self, column: int, row: int) -> list[tuple[int, int]]:
        """Return the cell whose formula fills this one among others, if there is one."""
        return [area[:2] for area in self._filled.around(column, row)]

    def value(self, column: int, row: int) -> Value:
        """Return what a cell shows after the change; None when it holds nothing, an error or a value yet unknown."""
        cell = self.rows.row(row).get(column)
        return None if cell is None or self.rows.forgets(column, row) else self.text(self.reader.content(cell))

    def string(self, index: int) -> str:
        """Return a shared string."""
        return self._strings()[index]

    def text(self, content: Content) -> Value:
        """Return what a cell shows: a number, a text, or None when it holds nothing or an error."""
        if content.kind == "s":
            return self.string(int(content.value))
        return None if content.kind in ("", "e") else content.value

    @property
    def touched(self) -> bool:
        """Whether the part has to be written again."""
        return self.frame.changed or self.rows.touched

    def chunks(self) -> Iterator[bytes]:
        """Yield the part's XML."""
        extent = self.rows.extent()
        if extent is not None:
            self.frame.stretch(extent)
        head, tail = self.frame.around()
        yield head
        yield from self.rows.chunks()
        yield tail

    def _cache(self, column: int, row: int, old: bytes | None, value: Value) -> None:
        spilled = any(self._filled.around(column, row))
        content = Content(None, "", "") if old is None else self.reader.content(old)
        if content.formula is None and not spilled:
            return
        self.computed.add((row, column))
        if not self._shows(content, value):
            cell = old or self.reader.write(address(column, row), self.style(column, row), None)
            self.rows.edit(row)[column] = self.reader.with_result(cell, value)

    def _examine(self, column: int, row: int, value: Value | Formula) -> None:
        for area in self._filled.around(column, row):
            raise WorkbookRefused("xlsx_filled", sheet=self.name, cell=address(column, row), area=str(area))
        for area in self._merged.around(column, row):
            if value is not None and (column, row) != area[:2]:
                raise WorkbookRefused("xlsx_merged", sheet=self.name, cell=address(column, row), area=str(area))

    def _holds(self, content: Content | None, value: Value | Formula) -> bool:
        if content is None:
            return False
        if isinstance(value, Formula):
            formula = content.formula
            same = formula is not None and formula.kind == "normal" and formula.text == value.text.removeprefix("=")
            return same and (value.cached is None or self._shows(content, value.cached))
        return content.formula is None and self._shows(content, value)

    def _shows(self, content: Content, value: Value) -> bool:
        if value is None or value == "":  # a formula may answer "", which is blank too
            return content.kind == "" or (content.kind == "text" and content.value == "")
        if isinstance(value, bool):
            return content.kind == "b" and content.value == str(int(value))
        if isinstance(value, str):
            return self.text(content) == value or (content.kind == "e" and content.value == value)
        number = serial_number(value, date1904=self._date1904) if isinstance(value, date) else value
        return content.kind == "n" and content.value == number

    def _equal(self, before: Content | None, now: Content | None) -> bool:
        before, now = (Content(None, "", "") if content is None else content for content in (before, now))
        if (before.formula is None) != (now.formula is None):
            return False
        if before.formula is not None and now.formula is not None:
            texts = {before.formula.text, now.formula.text} - {None}  # None: the text stands where it is shared
            if len(texts) > 1:
                return False
        if before.kind == now.kind:
            return before.value == now.value
        return {before.kind, now.kind} == {"s", "text"} and self.text(before) == self.text(now)

    @cached_property
    def _filled(self) -> Areas:
        return Areas(self.fills)

    @cached_property
    def _merged(self) -> Areas:
        return Areas(self.frame.merges)

    @cached_property
    def _masters(self) -> dict[str | None, tuple[int, int, str]]:
        return {
            formula.shared: (column, row, formula.text)
            for column, row, formula in self._sharing()
            if formula.text is not None
        }

    @cached_property
    def _shared(self) -> dict[str | None, list[tuple[int, int]]]:
        cells: dict[str | None, list[tuple[int, int]]] = {}
        for column, row, formula in self._sharing():
            cells.setdefault(formula.shared, []).append((column, row))
        return cells

    def _sharing(self) -> Iterator[tuple[int, int, CellFormula]]:
        if self.rows.mention(b"shared"):
            yield from (found for found in self.rows.formulas() if found[2].kind == "shared")

    def _shared_text(self, shared: str | None) -> tuple[int, int, str]:
        if shared not in self._masters:
            raise ValueError(f"the shared formula {shared} is missing")
        return self._masters[shared]
