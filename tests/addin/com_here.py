"""Stand-ins for COM and for xlwings' DLL, where there is no Windows: xlwings' own server answers in this process.

Values cross over as pywin32 hands them to the server. The counterpart with the real things is `com_windows`.
"""

import datetime as dt
import decimal
import os
import re
import traceback
from functools import cache
from pathlib import Path

import pywin32
from pyopenvba.interpreter._values import error

prepare = cache(pywin32.install)  # for good, and so not in the process of the tests
_FAILED = -2147467259  # E_FAIL
_DEAD = -2147023174  # the RPC server is unavailable
_state = {"dies": False}


def variant(kind, value):
    """Return what the server sees of a VARIANT of that kind, as pywin32's PyCom_PyObjectFromVariant."""
    if kind == "DATE":
        return pywin32.PyTime(*value.timetuple()[:6], tzinfo=dt.UTC)
    return decimal.Decimal(value) if kind == "CY" else value


def object_of_excel(given):
    """Return what Python holds of an object of Excel."""
    from excel_objects import Com

    return Com(given, reach())


@cache
def reach():
    """Return what all objects of this Excel share."""
    from excel_objects import Reach

    return Reach()


def is_object(value):
    return hasattr(value, "obj")


def load_library(path):
    return Path(path.replace("\\", "/")).is_file()


def activate(_dll, command, mode):
    """Return the server; where Python does not run, an error with the words of the DLL."""
    interpreter = re.search(r'/K ""(.*?)"', command)[1]
    if not os.access(interpreter.replace("\\", "/"), os.X_OK):
        raise error(1000, "Could not activate Python COM server, hr = -2147221164 1000")
    return prepare().XLPython() if mode == 1 else None


def kill(_held):
    _state["dies"] = True


def invoke(held, name, given):
    if _state["dies"]:
        _state["dies"] = False
        raise error(_DEAD, "The RPC server is unavailable.")
    try:
        return getattr(held, name)(*given)
    except Exception as bug:  # the gateway of pywin32, whose text the DLL turns upside down (seen under Wine)
        trace = "\n".join(reversed("".join(traceback.format_tb(bug.__traceback__)).rstrip().split("\n")))
        text = f"{type(bug).__name__}: {bug}\n{trace}"
        raise error(_FAILED, text, source="Python COM Server Internal Error") from bug
