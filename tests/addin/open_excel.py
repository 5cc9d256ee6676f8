"""A workbook that is open in an Excel in memory, as xlwings sees it.

Real are xlwings, with its conversions and its engine for Windows, and kpixl. Stood in for are Excel, whose objects and
calculation are pyopenvba's, measured against live Excel, and COM (`excel_objects`). Here is only what pyopenvba leaves
out of the object model: custom document properties, AutoCorrect, and the filter of a table.
"""

import sys
import zlib
from collections import defaultdict
from collections.abc import Callable
from functools import cache
from itertools import chain, product
from operator import itemgetter
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import excel_objects
import pywin32
import xlwings
from pyopenvba import _a1
from pyopenvba.apps.excel import ExcelApplication, _calc, _engine_book, _table_edits, _tables
from pyopenvba.formula import _parse, _prefixes, _structured
from pyopenvba.formula._calc.values import Empty
from pyopenvba.powerquery import _opc

from kpixl.xlsx import Package

_WINDOWS = pywin32.load()
_calculated = _table_edits.calculated
_read = _engine_book.EngineBook.read
_tokens = _parse.tokenize
_in_file = _structured.in_file
_always = _prefixes.calculated_always
_name = _engine_book.EngineBook.defined_name
_made = _calc.Calculator.__init__
_built = _calc.Calculator.build
_all_cells = _engine_book.EngineBook.cells


@cache
def _read_once(formula: str, tables: tuple[str, ...]) -> Any:
    """Read a formula into its tree, which nobody changes: most of opening a plan would else be reading them again."""
    return _read(SimpleNamespace(table_names=lambda: tables), formula)


@cache
def _tokens_once(formula: str, spaces: bool) -> tuple[Any, ...]:
    return tuple(_tokens(formula, spaces=spaces))


def _tokenize(source: str, *, spaces: bool = False) -> list[Any]:
    """Split a formula into its tokens, which nobody changes: each row that moves would else split all of them again."""
    return list(_tokens_once(source, spaces))


@cache
def _in_file_once(formula: str, tables: tuple[str, ...], at_escaped: bool) -> str:
    return str(_in_file(formula, tables, at_escaped=at_escaped))


def _spelled_in_file(formula: str, tables: Any, *, at_escaped: bool = False) -> str:
    """Spell a formula as a file does, each once: most of saving a plan would else be spelling them again."""
    return _in_file_once(formula, tuple(tables), at_escaped)


@cache
def _asked_for(formula: str) -> tuple[bool, tuple[str, ...]]:
    asked: list[str] = []
    always = _always(formula, lambda name: asked.append(name) is None)
    return always, tuple(asked)


def _calculated_always(formula: str, known: Callable[[str], bool]) -> bool:
    """Whether a formula is always calculated: because of one of Excel's functions, or one that nobody knows."""
    always, asked = _asked_for(formula)
    return always or not all(map(known, asked))


for _own, _kept in (
    (_tokens, _tokenize),
    (_in_file, _spelled_in_file),
    (_always, _calculated_always),
    *((_same, cache(_same)) for _same in (_prefixes.in_file, _prefixes.from_file, _structured.from_file)),
    (_a1.split_sheet, cache(_a1.split_sheet)),
    (_a1.column_letter, cache(_a1.column_letter)),
):
    for _module in [module for name, module in sys.modules.items() if name.startswith("pyopenvba.")]:
        for _held in [name for name, held in vars(_module).items() if held is _own]:
            setattr(_module, _held, _kept)


@cache
def _scoped(names: tuple[str, ...]) -> dict[tuple[str, str], int]:
    """The place of each defined name, by scope and name."""
    split = [_a1.split_sheet(name) for name in names]
    return {(scope.casefold(), name.casefold()): place for place, (scope, name) in reversed([*enumerate(split)])}


_LAST = defaultdict[str, int](int)  # the place among its like at which a name was found last


def _named(like: Any, name: str) -> Any:
    """Find a sheet or table, each formula that is computed asks for some: look first where one of that name stood."""
    key = name.lower()
    for place in chain([_LAST[key]], range(len(like))):
        if place < len(like) and like[place].name.lower() == key:
            _LAST[key] = place
            return like[place]
    return None


def _sheet_named(calculator: Any, name: str) -> Any:
    return _named(calculator.book.sheets_, name)


def _cell(calculator: Any, key: tuple[str, int, int]) -> Any:
    sheet = _sheet_named(calculator, key[0])
    return None if sheet is None else sheet.cells_.get(key[1:])


def _table(calculator: Any, name: str) -> Any:
    found = _named([table for sheet in calculator.book.sheets_ for table in sheet.tables], name)
    return None if found is None else _tables.shape(found)


def _defined_name(book: Any, name: str, sheet: str | None) -> Any:
    """Find a defined name in one scope; those of the workbook are many, and each formula asks for several."""
    entries = book.book.names_.entries
    wanted = (sheet or "").casefold(), name.casefold()
    place = _scoped(tuple([entry.name for entry in entries])).get(wanted)
    if place is None:
        return None
    only = SimpleNamespace(names_=SimpleNamespace(entries=[entries[place]]))
    return _name(SimpleNamespace(book=only, read=book.read), name, sheet)


class _Blocks(dict):
    """The blocks of cells that formulas read, which also says by sheet and block which formulas read it."""

    def __init__(self) -> None:
        super().__init__()
        self.readers: dict[str, dict[Any, set[tuple[str, int, int]]]] = {}

    def __setitem__(self, key, areas):
        self.pop(key, None)
        super().__setitem__(key, areas)
        for area in areas:
            self.readers.setdefault(area.sheet.lower(), {}).setdefault(area, set()).add(key)

    def pop(self, key, default=None):
        for area in self.get(key, ()):
            self.readers[area.sheet.lower()][area].discard(key)
        return super().pop(key, default)

    def clear(self):
        super().clear()
        self.readers.clear()


def _new_calculator(calculator: Any, book: Any) -> None:
    _made(calculator, book)
    calculator._blocks = _Blocks()


def _build(calculator: Any) -> None:
    """Read all formulas: as nothing changes meanwhile, each table and each name is looked up once."""
    if calculator._built:
        return
    book = calculator.engine_book
    book.table, book.defined_name = cache(book.table), cache(book.defined_name)
    _built(calculator)
    del book.table, book.defined_name


def _reading(calculator: Any, name: str, row: int, column: int) -> set[tuple[str, int, int]]:
    """Find the formulas that read a cell: of each block once, however many formulas read it."""
    found = set(calculator._readers.get((name, row, column), ()))
    for area, readers in calculator._blocks.readers.get(name, {}).items():
        if area.top <= row <= area.bottom and area.left <= column <= area.right:
            found |= readers
    return found


def _cells(book: Any, area: Any) -> Any:
    """Read an area's cells; of a small one each place is looked up, rather than each cell of the sheet compared."""
    held = book._sheet(area.sheet).cells_
    if area.height * area.width > len(held) or book._sheet(area.sheet).array_formulas:
        return _all_cells(book, area)
    places = product(range(area.top, area.bottom + 1), range(area.left, area.right + 1))
    values = ((row, column, book.cell(area.sheet, row, column)) for row, column in places if (row, column) in held)
    return iter([found for found in values if not isinstance(found[2], Empty)])


def _used(book: Any, sheet: str) -> tuple[int, int]:
    """The last row and column with a cell, be it an empty one: how far a formula has to look."""
    held = book._sheet(sheet).cells_
    return (max(held)[0], max(map(itemgetter(1), held))) if held else (0, 0)


def _packed(content: bytes) -> bytes:
    return zlib.compress(content, wbits=-15)


_calc.Calculator.__init__ = _new_calculator
_calc.Calculator.build = _build
_calc.Calculator._reading = _reading
_calc.Calculator._sheet_named = _sheet_named
_calc.Calculator._cell = _cell
_calc.Calculator.table = _table
_engine_book.EngineBook.defined_name = _defined_name
_engine_book.EngineBook.cells = _cells
_engine_book.EngineBook.read = lambda book, formula: _read_once(formula, tuple(book.table_names()))
_engine_book.EngineBook.used = _used
_opc.raw_compress = _packed


class _Properties(list):
    @property
    def Count(self):
        return len(self)

    def __call__(self, number):
        return self[number - 1]

    def Add(self, name, link, kind, value):
        assert (link, kind) == (False, 4)
        self.append(SimpleNamespace(Name=name, Value=value))


def members(path: str | Path) -> dict[str, dict[str, Any]]:
    """The members of Excel's objects that pyopenvba leaves out, by type, with this workbook in front."""
    with Package.open(path) as package:
        found = [SimpleNamespace(Name=name, Value=value) for name, value in package.properties.items()]
    return {
        "Workbook": {"CustomDocumentProperties": _Properties(found), "Date1904": False, "FileFormat": 51},
        "Application": {"AutoCorrect": SimpleNamespace(AutoFillFormulasInLists=True), "Hwnd": 1},
        "ListObject": {"AutoFilter": SimpleNamespace(FilterMode=False)},
    }


class Opened:
    """A workbook file that is open; `book` is xlwings' and `workbook` Excel's own object."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.excel = ExcelApplication.open(path)
        self.reach = excel_objects.Reach(members(path))
        self.properties = self.reach.members["Workbook"]["CustomDocumentProperties"]
        self.correction = self.reach.members["Application"]["AutoCorrect"]
        self.filter = self.reach.members["ListObject"]["AutoFilter"]
        self.workbook = excel_objects.Com(self.excel.workbook, self.reach)
        self.book = xlwings.Book(impl=_WINDOWS.Book(xl=self.workbook))
        _table_edits.calculated = self._fill

    @staticmethod
    def refusal(text: str) -> Exception:
        """What xlwings raises where Excel refuses something."""
        return pywin32.ComError(excepinfo=(0, "Microsoft Excel", text, None, 0, -2146827284))

    def save(self) -> None:
        """Save the workbook as its user would."""
        for sheet in self.excel.workbook.sheets_:
            sheet.touched()  # pyopenvba leaves the values of formulas on other sheets as they were; Excel does not
        self.workbook.Save()
        with Package.open(self.path) as package:
            for one in self.properties:
                package.set_property(one.Name, one.Value)
            package.save()

    def close(self) -> None:
        """Close the workbook without saving."""
        _table_edits.calculated = _calculated

    def _fill(self, sheet, written):
        if self.correction.AutoFillFormulasInLists:
            _calculated(sheet, written)
