"""A workbook that is open in an Excel in memory, as xlwings sees it.

Real are xlwings, with its conversions and its engine for Windows, and kpixl. Stood in for are Excel, whose objects and
calculation are pyopenvba's, measured against live Excel, and COM (`excel_objects`). Here is only what pyopenvba leaves
out of the object model: custom document properties, AutoCorrect, and the filter of a table.
"""

import sys
import zlib
from functools import cache
from itertools import product
from operator import itemgetter
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import excel_objects
import pywin32
import xlwings
from pyopenvba import _a1
from pyopenvba.apps.excel import ExcelApplication, _calc, _engine_book, _table_edits
from pyopenvba.formula import _parse
from pyopenvba.formula._calc.values import Empty
from pyopenvba.powerquery import _opc

from kpixl.xlsx import Package

_WINDOWS = pywin32.load()
_calculated = _table_edits.calculated
_read = _engine_book.EngineBook.read
_tokens = _parse.tokenize
_made = _calc.Calculator.__init__
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


for _module in [module for name, module in sys.modules.items() if name.startswith("pyopenvba.")]:
    if getattr(_module, "tokenize", None) is _tokens:
        _module.tokenize = _tokenize
_a1.split_sheet = cache(_a1.split_sheet)


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
_calc.Calculator._reading = _reading
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
