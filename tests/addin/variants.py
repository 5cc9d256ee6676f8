"""VBA's values as they cross over to Python and back: what Excel puts into a VARIANT, and what comes out of one."""

import sys

from pyopenvba.interpreter._objects import VBAObject
from pyopenvba.interpreter._runtime import Slot
from pyopenvba.interpreter._values import (
    EMPTY,
    MISSING,
    NOTHING,
    NULL,
    VBAArray,
    VBACurrency,
    VBADate,
    VBAErrorValue,
    VBAInt,
)

if sys.platform == "win32":
    import com_windows as com
else:
    import com_here as com

__all__ = ["Held", "OfExcel", "com", "to_python", "to_vba"]

_ERRORS = -2146828288  # 0x800A0000
_NOT_FOUND = -2147352572  # DISP_E_PARAMNOTFOUND
_NOTHINGS = ((EMPTY, "EMPTY"), (NULL, "NULL"), (NOTHING, "DISPATCH"))


class OfExcel:
    """What Python holds of an object of Excel; `inner` is the object."""

    inner: VBAObject


class Held(VBAObject):
    """A Python object that VBA holds, and whatever VBA asks of it by name."""

    vba_type_name = "XLPythonObject"

    def __init__(self, held):
        self.held = held

    def vba_get(self, name, args=(), named=None):
        assert not named
        wrapped = com.object_of_excel if name == "Tuple" else _refused  # what a function gets are values only
        return to_vba(com.invoke(self.held, name, [to_python(one, wrapped) for one in args]))


def _refused(given):
    raise AssertionError(f"an object of Excel crosses over to Python: {type(given).__name__}")


def to_python(given, wrapped=_refused):  # noqa: PLR0911 - a kind of value each
    """Return a value of VBA as Python sees it; `wrapped` makes something of an object of Excel."""
    if isinstance(given, Slot):
        given = given.get()
    for nothing, kind in _NOTHINGS:
        if given is nothing:
            return com.variant(kind, None)
    if given is MISSING:
        return com.variant("ERROR", _NOT_FOUND)
    if isinstance(given, VBAErrorValue):
        return com.variant("ERROR", _ERRORS + given.number)
    if isinstance(given, VBADate):
        return com.variant("DATE", given.to_datetime())
    if isinstance(given, VBACurrency):
        return com.variant("CY", given)
    if isinstance(given, VBAArray):
        return com.variant("ARRAY", _rows(given, wrapped))
    if isinstance(given, Held):
        return given.held
    if isinstance(given, VBAObject):
        return wrapped(given)
    if isinstance(given, bool | str):
        return given
    return int(given) if isinstance(given, VBAInt) else float(given)


def _rows(given, wrapped):
    if given.dimensions == 1:
        return tuple(to_python(one, wrapped) for one in given.elements())
    (top, bottom), (left, right) = given.bounds
    columns = range(left, right + 1)
    return tuple(
        tuple(to_python(given.get([row, column]), wrapped) for column in columns) for row in range(top, bottom + 1)
    )


def to_vba(given):
    """Return a value of Python as VBA sees it, by pywin32's PyCom_VariantFromPyObject."""
    if isinstance(given, OfExcel):
        return given.inner
    if isinstance(given, str | bool | float):
        return given
    if isinstance(given, int):
        return VBAInt(given, "Long")
    if given is None:
        return NULL
    if isinstance(given, list | tuple):
        return _array(given)
    assert com.is_object(given), f"{type(given).__name__} crosses over to VBA"
    return Held(given)


def _array(given):
    if not given or not isinstance(given[0], list | tuple):
        return VBAArray([(0, len(given) - 1)], items=[to_vba(value) for value in given])
    width = len(given[0])
    assert all(len(row) == width for row in given)
    made = VBAArray([(0, len(given) - 1), (0, width - 1)])
    for i, row in enumerate(given):
        for j, value in enumerate(row):
            made.set([i, j], to_vba(value))
    return made
