"""An Excel in memory whose formulas call the functions of an add-in: pyopenvba, taught what it does not know.

pyopenvba 6.5 has Excel's calculation and objects and interprets VBA, but it calls no function of VBA from a cell, no
DLL and no other program, and reads no files.
"""

import csv
import datetime as dt
import locale
import os
import re
from pathlib import Path

from pyopenvba._a1 import Area
from pyopenvba.apps.excel import ExcelApplication, _model
from pyopenvba.apps.excel import _engine_book as book_engine
from pyopenvba.apps.excel._bridge import ExcelBridge
from pyopenvba.exceptions import VBARuntimeError
from pyopenvba.formula._calc import evaluator, registry
from pyopenvba.formula._calc.cells import CellError
from pyopenvba.formula._calc.nodes import Missing
from pyopenvba.formula._calc.values import VALUE, Array, Empty, Reference
from pyopenvba.interpreter import _ast, _runtime
from pyopenvba.interpreter._objects import MemberSpec, VBAObject, method
from pyopenvba.interpreter._runtime import Interpreter
from pyopenvba.interpreter._values import EMPTY, MISSING, VBAArray, VBAErrorValue, VBAInt, error, to_text
from variants import Held, com

__all__ = ["Excel"]

_DLL_WAITS = dt.timedelta(minutes=2)  # for a Python that does not start (seen under Wine)


class _Shell(VBAObject):
    """WScript.Shell, which shows messages."""

    vba_type_name = "WshShell"

    def __init__(self, excel):
        self._excel = excel

    @method
    def ExpandEnvironmentStrings(self, Text: object = MISSING) -> object:
        return to_text(Text)

    @method
    def SpecialFolders(self, Name: object = MISSING) -> object:
        return os.environ["HOME"] + "/" + to_text(Name)

    @method
    def Popup(self, Text: object = MISSING, *rest: object) -> object:
        self._excel.popups.append(to_text(Text))
        return VBAInt(1)


class _Bridge(ExcelBridge):
    excel = None

    def create(self, name):
        return _Shell(self.excel) if name.lower() == "wscript.shell" else super().create(name)

    def call_global(self, name, args, named):
        # pyopenvba looks for Range(cell, cell) on the sheet in front, whichever sheet the cells are on
        if name.lower() == "range" and len(args) == 2 and all(isinstance(one, _model.Range) for one in args):
            return args[0].sheet.vba_get("Range", args, named)
        return super().call_global(name, args, named)


class _Interpreter(Interpreter):
    """VBA some of whose functions are answered here: they get the places of their arguments and the values."""

    def __init__(self, host):
        super().__init__(host)
        self.handlers = {}

    def _call_name(self, callee, args, frame, *, statement_context=False):
        handler = self.handlers.get(callee.name.lower())
        if handler is None:
            return super()._call_name(callee, args, frame, statement_context=statement_context)
        places = [
            self.resolve_target(one.value, frame)
            if isinstance(one.value, _ast.Name) and frame is not None and frame.slot(one.value.name) is not None
            else None
            for one in args
        ]
        values = [
            self.evaluate(one.value, frame, want_object=True) if place is None else place.take()
            for place, one in zip(places, args, strict=True)
        ]
        return handler(places, values)


class Excel(ExcelApplication):
    """The Excel: `popups` are its messages, `described` its function wizard, `commands` how Python was started."""

    def __init__(self):
        super().__init__()
        bridge = _Bridge(self.application)
        bridge.excel = self.application.excel = self
        self.interpreter = self.application.interpreter = _Interpreter(bridge)
        self.popups, self.described, self.commands, self._dll, self._python = [], {}, [], None, None
        self.interpreter._intrinsics = dict(
            self.interpreter._intrinsics,
            getattr=self._attributes,
            environ=lambda interpreter, args, named: os.environ.get(to_text(args[0]), ""),
        )
        self.interpreter.handlers.update(
            xlpydllactivateauto=self._activate,
            loadlibrary=self._load,
            getconfigfromfile=self._setting,
        )

    def run(self, name, *given):
        """Run a procedure of the add-in and return what it answers."""
        procedure, module = self.interpreter.find_procedure(name)
        self.interpreter.initialise()
        return self.interpreter.call(procedure, module, list(given), {})

    def python(self):
        """Return the server that the add-in started last, or let it start one."""
        return self._python or self.run("XLPy")

    def answer(self, context, node):
        """Answer a formula's call of a function of the add-in."""
        procedure, _ = self.interpreter.find_procedure(node.name)
        args = [MISSING if isinstance(one, Missing) else _argument(context, context.evaluate(one)) for one in node.args]
        if not sum(not one.optional for one in procedure.params) <= len(args) <= len(procedure.params):
            return VALUE
        try:
            given = self.run(node.name, *args)
        except VBARuntimeError as failed:
            raise AssertionError(f"{node.name} ends in an error of VBA: {failed}") from failed
        if not isinstance(given, VBAArray):
            return book_engine.scalar(given)
        if given.dimensions == 2:
            (top, bottom), (left, right) = given.bounds
            rows = [[given.get([i, j]) for j in range(left, right + 1)] for i in range(top, bottom + 1)]
        else:
            rows = [list(given.elements())]
        return Array([[book_engine.scalar(value) for value in row] for row in rows])

    def add_module(self, source, *, name="", kind="standard"):
        # pyopenvba 6.5 reads no comment behind #Const and #If, and stops at attributes of procedures
        source = re.sub(r"(?m)^(\s*#(?:Const[^\n']*?|(?:Else)?If[^'\n]*?\bThen))\s*'[^\r\n]*", r"\1", source)
        source = re.sub(r"(?m)^Attribute \w+\.VB_\w+[^\r\n]*", "", source)
        return super().add_module(source, name=name, kind=kind)

    @staticmethod
    def _attributes(interpreter, args, named):
        if not _path(args[0]).exists():
            raise error(53)
        return VBAInt(16 if _path(args[0]).is_dir() else 32, "Integer")

    @staticmethod
    def _setting(places, values):
        """GetConfigFromFile, whose Open and Input # read quoted texts in the code page of Windows."""
        if not _path(values[0]).is_file():
            return False
        with _path(values[0]).open(encoding=locale.getencoding(), newline="") as file:
            for name, value in csv.reader(file):
                if name.lower() == to_text(values[1]).lower():
                    places[2].put(value, False)
                    return True
        return False

    def _load(self, places, values):
        path = to_text(values[0])
        loaded = com.load_library(path)
        self._dll = path if loaded else self._dll
        return VBAInt(int(loaded))

    def _activate(self, places, values):
        command, mode = to_text(values[1]), int(values[2])
        self.commands.append(command)
        try:
            server = com.activate(self._dll, command, mode)
        except VBARuntimeError as failed:
            if self.interpreter.frozen_now is not None:
                self.interpreter.freeze(self.interpreter.frozen_now + _DLL_WAITS)
            places[0].put(failed.description, False)
            return VBAInt(1)
        if server is not None:
            self._python = Held(server)
            places[0].put(self._python, True)
        return VBAInt(0)


def _path(given):
    return Path(to_text(given) if os.sep == "\\" else to_text(given).replace("\\", "/"))


def _argument(context, given):
    if isinstance(given, Reference):
        areas = [Area(one.top, one.left, one.bottom, one.right, one.sheet) for one in given.areas]
        return _model.Range(context.book._sheet(given.areas[0].sheet), areas)
    if isinstance(given, Array):
        made = VBAArray([(1, given.height), (1, given.width)])
        for i, row in enumerate(given.rows, 1):
            for j, value in enumerate(row, 1):
                made.set([i, j], _scalar(value))
        return made
    return _scalar(given)


def _scalar(given):
    if isinstance(given, Empty):
        return EMPTY
    return VBAErrorValue(book_engine.ERROR_NUMBERS.get(given.code, 2015)) if isinstance(given, CellError) else given


def _macro_options(application, macro, description, category, docs=None):
    texts = [category, description, *(docs.elements() if docs else ())]
    application.excel.described[to_text(macro)] = [to_text(text) for text in texts]


def _call(self, node, *, known=evaluator.Context._call):
    """Let formulas call functions of VBA."""
    excel = getattr(self.book.book.application, "excel", None)
    if registry.FUNCTIONS.get(node.function) is None and excel is not None:
        procedure, _ = excel.interpreter.find_procedure(node.name)
        if procedure is not None and procedure.kind == "function":
            return excel.answer(self, node)
    return known(self, node)


def _compare(operator, left, right, *, text_compare=False, known=_runtime.compare):
    """Let VBA compare a text with a truth value as VBA does."""
    if isinstance(right, bool) and isinstance(left, str) and left.lower() in ("true", "false"):
        left = left.lower() == "true"
    return known(operator, left, right, text_compare=text_compare)


evaluator.Context._call, _runtime.compare = _call, _compare
_model.Application.vba_add_member(
    MemberSpec(
        name="MacroOptions",
        kind="method",
        getter=_macro_options,
        parameters=("Macro", "Description", "Category", "ArgumentDescriptions"),
    )
)
