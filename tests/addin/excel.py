"""Ask an Excel in memory, in a process of its own: ``python excel.py ADDIN < steps.json`` prints what it shows as JSON.

Real are the add-in's VBA, which pyopenvba interprets, xlwings' COM server with its call_udf and conversions, and kpixl.
Stood in for are Excel's calculation and objects (pyopenvba), COM's marshalling (`com`, after pywin32) and xlwings' DLL.
"""

import json
import os
import re
import sys
import traceback

import pywin32
from com import Reach, to_python, to_vba
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
from pyopenvba.interpreter._values import (
    EMPTY,
    MISSING,
    NOTHING,
    VBAArray,
    VBAErrorValue,
    VBAInt,
    error,
    to_text,
)

SERVER = pywin32.install()
REACH = Reach()

_FAILED = -2147467259  # E_FAIL
_DEAD = -2147023174  # the RPC server is unavailable
popups: list[str] = []
described: dict[str, list[str]] = {}  # what the function wizard would show


class _Server(VBAObject):
    """The COM object that XLPy() answers, which hands on to xlwings' own."""

    vba_type_name = "XLPython"

    def __init__(self):
        self.python, self.calls, self.dies, self.fails = SERVER.XLPython(), 0, False, False

    def _ask(self, name, *given):
        if self.dies:
            self.dies = False
            raise error(_DEAD, "The RPC server is unavailable.")
        try:
            if self.fails:
                raise ImportError("no module named numpy")
            return to_vba(getattr(self.python, name)(*(to_python(one, REACH) for one in given if one is not MISSING)))
        except Exception as bug:  # the gateway of pywin32, whose text the DLL turns upside down (seen under Wine)
            trace = "\n".join(reversed("".join(traceback.format_tb(bug.__traceback__)).rstrip().split("\n")))
            text = f"{type(bug).__name__}: {bug}\n{trace}"
            raise error(_FAILED, text, source="Python COM Server Internal Error") from bug

    @method
    def CallUDF(
        self,
        Module: object = MISSING,
        Func: object = MISSING,
        Args: object = MISSING,
        Book: object = MISSING,
        Caller: object = MISSING,
    ) -> object:
        assert Book is NOTHING and Caller is NOTHING
        assert not any(isinstance(one, VBAObject) for one in Args.elements()), "an object of Excel crosses over"
        self.calls += 1
        return self._ask("CallUDF", Module, Func, Args, Book, Caller)

    @method
    def Exec(self, Text: object = MISSING) -> object:
        return self._ask("Exec", Text)

    @method
    def Module(self, Name: object = MISSING) -> object:
        return self._ask("Module", Name)

    @method
    def Tuple(self, A: object = MISSING, B: object = MISSING, C: object = MISSING) -> object:
        return self._ask("Tuple", A, B, C)

    @method
    def Call(self, A: object = MISSING, B: object = MISSING, C: object = MISSING) -> object:
        return self._ask("Call", A, B, C)

    @method
    def Str(self, A: object = MISSING) -> object:
        return self._ask("Str", A)


class _Shell(VBAObject):
    vba_type_name = "WshShell"

    @method
    def ExpandEnvironmentStrings(self, Text: object = MISSING) -> object:
        return to_text(Text)

    @method
    def SpecialFolders(self, Name: object = MISSING) -> object:
        return os.environ["HOME"] + "/" + to_text(Name)

    @method
    def Popup(self, Text: object = MISSING, *rest: object) -> object:
        popups.append(to_text(Text))
        return VBAInt(1)


class _Bridge(ExcelBridge):
    def create(self, name):
        return _Shell() if name.lower() == "wscript.shell" else super().create(name)

    def call_global(self, name, args, named):
        # pyopenvba looks for Range(cell, cell) on the sheet in front, whichever sheet the cells are on
        if name.lower() == "range" and len(args) == 2 and all(isinstance(one, _model.Range) for one in args):
            return args[0].sheet.vba_get("Range", args, named)
        return super().call_global(name, args, named)


class _Interpreter(Interpreter):
    """VBA whose functions declared in a DLL are answered here."""

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


class _Excel(ExcelApplication):
    def __init__(self):
        super().__init__()
        self.interpreter = _Interpreter(_Bridge(self.application))
        self.application.interpreter = self.interpreter
        self.server, self.commands, self.works = _Server(), [], True
        self.interpreter._intrinsics = dict(
            self.interpreter._intrinsics,
            getattr=self._no_file,
            environ=lambda interpreter, args, named: os.environ.get(to_text(args[0]), ""),
        )
        self.interpreter.handlers["xlpydllactivateauto"] = self._activate
        self.interpreter.handlers["loadlibrary"] = lambda places, values: VBAInt(1)

    @staticmethod
    def _no_file(interpreter, args, named):
        raise error(53)

    def _activate(self, places, values):
        if not self.works:
            places[0].put("Could not activate Python COM server", False)
            return VBAInt(1)
        self.commands.append(to_text(values[1]))
        places[0].put(self.server, True)
        return VBAInt(0)

    def add_module(self, source, *, name="", kind="standard"):
        # pyopenvba 6.5 reads no comment behind #Const and #If, and stops at attributes of procedures
        source = re.sub(r"(?m)^(\s*#(?:Const[^\n']*?|(?:Else)?If[^'\n]*?\bThen))\s*'[^\r\n]*", r"\1", source)
        source = re.sub(r"(?m)^Attribute \w+\.VB_\w+[^\r\n]*", "", source)
        return super().add_module(source, name=name, kind=kind)

    def find(self, name):
        procedure, module = self.interpreter.find_procedure(name)
        return (procedure, module) if procedure is not None and procedure.kind == "function" else None

    def answer(self, context, node):
        procedure, module = self.find(node.name)
        args = [MISSING if isinstance(one, Missing) else _argument(context, context.evaluate(one)) for one in node.args]
        if not sum(not one.optional for one in procedure.params) <= len(args) <= len(procedure.params):
            return VALUE
        self.interpreter.initialise()
        try:
            given = self.interpreter.call(procedure, module, args, {})
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
    described[to_text(macro)] = [
        to_text(category),
        to_text(description),
        *map(to_text, docs.elements() if docs else ()),
    ]


_model.Application.vba_add_member(
    MemberSpec(
        name="MacroOptions",
        kind="method",
        getter=_macro_options,
        parameters=("Macro", "Description", "Category", "ArgumentDescriptions"),
    )
)


def _teach(excel):
    """Let formulas call the add-in's functions, and VBA compare a text with a truth value as VBA does."""
    known, compared = evaluator.Context._call, _runtime.compare

    def call(self, node):
        if registry.FUNCTIONS.get(node.function) is None and excel.find(node.name):
            return excel.answer(self, node)
        return known(self, node)

    def compare(operator, left, right, *, text_compare=False):
        if isinstance(right, bool) and isinstance(left, str) and left.lower() in ("true", "false"):
            left = left.lower() == "true"
        return compared(operator, left, right, text_compare=text_compare)

    evaluator.Context._call, _runtime.compare = call, compare


def _broken(excel, what):
    from udfs import boundary

    if what == "no python":
        excel.works = False
        excel.server.dies = True
    elif what == "server dies":
        excel.server.dies = True
    elif what == "import fails":
        excel.server.fails = True
    elif what == "cloud":
        _model.Workbook._vba_members["path"].getter = lambda book: "https://example.sharepoint.com/plans"
    elif what == "bug":
        import dataclasses

        def adapter(**given):
            raise ZeroDivisionError

        adapter.__name__ = "KPI_NUMBER"
        boundary.REGISTRY["KPI_NUMBER"] = dataclasses.replace(boundary.REGISTRY["KPI_NUMBER"], adapter=adapter)


def main(addin, steps):
    excel = _Excel.open(addin)
    _teach(excel)
    excel.application._this_workbook = excel.workbook
    book = excel.add_workbook()
    excel.activate_workbook(book)
    sheet = excel.sheet(1, workbook=book)
    shown = []
    for step in steps:
        _broken(excel, step.get("break"))
        if "open" in step:
            from open_excel import members

            excel.application.vba_get("Workbooks").vba_get("Open", [step["open"]])
            REACH.members.update(members(step["open"]))
        for address, value in step.get("values", {}).items():
            sheet.set_value(address, value)
        for address, style in step.get("formats", {}).items():
            sheet.sheet.vba_get("Range", [address]).vba_set("NumberFormat", style)
        for address, formula in step.get("formulas", {}).items():
            sheet.sheet.vba_get("Range", [address]).vba_set("Formula2", formula)
        if "run" in step:
            name, *given = step["run"]
            procedure, module = excel.interpreter.find_procedure(name)
            excel.interpreter.initialise()
            answer = excel.interpreter.call(procedure, module, [NOTHING if one is None else one for one in given], {})
            shown.append(answer if isinstance(answer, str) else None)
        for address in step.get("read", []):
            value = sheet.value(address)
            shown.append(str(value) if isinstance(value, VBAErrorValue | CellError) else value)
    told = {"commands": excel.commands, "calls": excel.server.calls, "popups": popups, "described": described}
    print(json.dumps({"shown": shown, **told}, default=str))


if __name__ == "__main__":
    main(sys.argv[1], json.load(sys.stdin))
