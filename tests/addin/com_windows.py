"""COM and xlwings' DLL as they are on Windows, or under Wine; comtypes and ctypes are the client that VBA would be."""

import ctypes
import itertools
from contextlib import suppress

from comtypes import COMError, automation
from comtypes.automation import VARIANT, IDispatch
from pyopenvba.interpreter._values import error

_CALL = automation.DISPATCH_METHOD | automation.DISPATCH_PROPERTYGET  # VBA does not know which a late-bound name is
_EXCEPTION = -2147352567  # DISP_E_EXCEPTION: Python raised one
_windows = ctypes.oledll.oleaut32
_windows.SafeArrayCreate.restype = ctypes.c_void_p


def prepare():
    """All is there."""


def object_of_excel(given):
    """Excel is in memory here, and none of its objects is one of COM."""
    raise AssertionError(f"an object of Excel crosses over to Python: {type(given).__name__}")


def variant(kind, value):
    """Return a VARIANT of a kind that comtypes would not choose by itself."""
    if kind in ("DATE", "CY"):
        return VARIANT(value)
    made = VARIANT()
    if kind == "ARRAY":
        made.vt, made._.c_void_p = automation.VT_ARRAY | automation.VT_VARIANT, _array(value)
        return made
    made.vt = getattr(automation, f"VT_{kind}")
    if value is not None:
        made._.VT_I4 = value
    return made


def is_object(value):
    return _pointer(value) is not None


def load_library(path):
    return ctypes.windll.kernel32.LoadLibraryA(path.encode("mbcs")) != 0


def activate(dll, command, mode):
    """Call XLPyDLLActivateAuto as VBA calls what it declares: a VARIANT by reference, text in the code page, a Long."""
    call = ctypes.WinDLL(dll).XLPyDLLActivateAuto
    call.restype, call.argtypes = ctypes.c_long, (ctypes.POINTER(VARIANT), ctypes.c_char_p, ctypes.c_long)
    result = VARIANT()
    if call(ctypes.byref(result), command.encode("mbcs"), mode):
        raise error(1000, result.value or "")
    return result.value


def kill(held):
    """End the server in the middle of a call."""
    with suppress(COMError):
        _invoke(held, "Exec", ["import os; os._exit(1)"])


def invoke(held, name, given):
    try:
        return _invoke(held, name, given)
    except COMError as failed:
        if failed.hresult != _EXCEPTION:
            raise error(failed.hresult, failed.text or "") from failed
        text, source, _, _, code = failed.details
        raise error(code or failed.hresult, text or "", source=source or "") from failed


def _invoke(held, name, given):
    object_ = _pointer(held)
    (member,) = object_.GetIDsOfNames(name)
    return object_.Invoke(member, *given, _invkind=_CALL)


def _pointer(value):
    value = getattr(value, "_comobj", value)
    return value if isinstance(value, ctypes.POINTER(IDispatch)) else None


def _array(value):
    """Return a SAFEARRAY of VARIANTs in one or two dimensions, numbered from 1 as the values of a range are."""
    shape = (len(value), len(value[0])) if value and isinstance(value[0], tuple) else (len(value),)
    bounds = (ctypes.c_ulong * (2 * len(shape)))(*itertools.chain(*((count, 1) for count in shape)))
    array = ctypes.c_void_p(_windows.SafeArrayCreate(automation.VT_VARIANT, len(shape), bounds))
    for place in itertools.product(*map(range, shape)):
        element = value
        for index in place:
            element = element[index]
        indices = (ctypes.c_long * len(shape))(*(index + 1 for index in place))
        _windows.SafeArrayPutElement(array, indices, ctypes.byref(VARIANT(element)))
    return array.value
