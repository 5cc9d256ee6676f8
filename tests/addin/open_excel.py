"""A workbook that is open in an Excel in memory, as xlwings sees it.

Real are xlwings, with its conversions and its engine for Windows, and kpixl. Stood in for are Excel, whose objects and
calculation are pyopenvba's, measured against live Excel, and COM (`excel_objects`). Here is only what pyopenvba leaves
out of the object model: custom document properties, AutoCorrect, and the filter of a table.
"""

import sys
from functools import cache
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import excel_objects
import pywin32
import xlwings
from pyopenvba import _a1
from pyopenvba.apps.excel import ExcelApplication, _calc, _engine_book, _table_edits
from pyopenvba.formula import _parse

from kpixl.xlsx import Package

_WINDOWS = pywin32.load()
_calculated = _table_edits.calculated
_read = _engine_book.EngineBook.read
_tokens = _parse.tokenize


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


def _reading(calculator: Any, name: str, row: int, column: int) -> set[tuple[str, int, int]]:
    """Find the formulas that read a cell; of the blocks they read, most lie elsewhere, so sheets are compared last."""
    found = set(calculator._readers.get((name, row, column), ()))
    for key, blocks in calculator._blocks.items():
        for area in blocks:
            here = area.top <= row <= area.bottom and area.left <= column <= area.right
            if here and area.sheet.lower() == name:
                found.add(key)
                break
    return found


_calc.Calculator._reading = _reading
_engine_book.EngineBook.read = lambda book, formula: _read_once(formula, tuple(book.table_names()))


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
