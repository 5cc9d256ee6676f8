"""Stand-ins for what xlwings' own udfs and com_server name of pywin32, so that these run as they are on Linux."""

import atexit
import ctypes
import datetime as dt
import sys
import types
from unittest import mock


class ComError(Exception):
    def __init__(self, hresult=-2147352567, strerror="Exception occurred.", excepinfo=None, argerror=None):
        super().__init__(hresult, strerror, excepinfo, argerror)
        self.hresult, self.strerror, self.excepinfo = hresult, strerror, excepinfo


class Dispatch:
    """What xlwings takes for an object of Excel."""


class PyTime(dt.datetime):
    """A date as pywin32 hands it over."""


class _Variant:
    def __init__(self, kind, value):
        self.varianttype, self.value = kind, value


class _Anything:
    def __getattr__(self, name):
        return _Anything()

    def __call__(self, *args, **named):
        return 0

    def __setattr__(self, name, value):
        pass


def _unwrap(given):
    if not hasattr(given, "obj"):
        raise ComError(-2147467262, "not a Python object")
    return given


def _module(name, **members):
    made = types.ModuleType(name)
    made.__file__ = f"{name}.py"
    made.__dict__.update(members)
    sys.modules[name] = made
    parent, _, leaf = name.rpartition(".")
    if parent:
        setattr(sys.modules[parent], leaf, made)


def _stand_in():
    """Put the stand-ins in place of pywin32's modules."""
    dispatch_id = "{00020400-0000-0000-C000-000000000046}"
    _module("pywintypes", com_error=ComError, error=ComError, IID=str, TimeType=PyTime)
    _module(
        "pythoncom",
        IID_IDispatch=dispatch_id,
        IID_IEnumVARIANT="{00020404-0000-0000-C000-000000000046}",
        TypeIIDs={dispatch_id: type("PyIDispatch", (), {})},
        CoInitialize=lambda: None,
        CoUninitialize=lambda: None,
        CoMarshalInterThreadInterfaceInStream=lambda kind, given: given,
        CoGetInterfaceAndReleaseStream=lambda stream, kind: stream,
        ole_error=ComError,
        com_error=ComError,
    )
    for name in ("win32api", "win32con", "win32gui", "win32event"):
        _module(name)
    _module("win32process", GetWindowThreadProcessId=lambda window: (0, 1))
    _module("win32timezone", TimeZoneInfo=types.SimpleNamespace(utc=lambda: dt.UTC))
    _module("win32com")
    bases = {name: type(name, (), {}) for name in ("DispatchBaseClass", "CoClassBaseClass")}
    same = {"Dispatch": lambda given, **named: given, "DispatchEx": lambda given, **named: given}
    _module("win32com.client", VARIANT=_Variant, CDispatch=Dispatch, **bases, **same)
    for name in ("win32com.client.dynamic", "win32com.client.gencache", "win32com.server"):
        _module(name)
    _module("win32com.server.dispatcher")
    _module("win32com.server.exception", COMException=ComError)
    _module("win32com.server.policy", DefaultPolicy=object)
    _module("win32com.server.util", unwrap=_unwrap, wrap=lambda given, *rest: given)


def load():
    """Load xlwings' engine for Windows over the stand-ins, which are gone again afterwards, and return it."""
    import xlwings  # noqa: F401 - before its engine, so that it stays

    dlls = {"oledll": _Anything(), "windll": _Anything(), "PyDLL": lambda *args, **named: _Anything()}
    with mock.patch.dict(sys.modules), mock.patch.multiple(ctypes, create=True, **dlls):
        _stand_in()
        from xlwings import _xlwindows
    atexit.unregister(_xlwindows.cleanup)  # it would end processes
    return _xlwindows


def install():
    """Put the stand-ins in place for good and load xlwings as it loads on Windows; return its com_server."""
    ctypes.oledll = ctypes.windll = _Anything()
    kept, ctypes.PyDLL = ctypes.PyDLL, lambda *args, **named: _Anything()
    _stand_in()
    import xlwings
    from xlwings import _xlwindows

    ctypes.PyDLL = kept
    atexit.unregister(_xlwindows.cleanup)  # it would end processes
    if "excel" not in [engine.name for engine in xlwings.engines]:
        xlwings.engines.add(xlwings.Engine(impl=_xlwindows.engine))
    xlwings.engines.active = xlwings.engines["excel"]
    from xlwings import com_server, udfs

    xlwings.func, xlwings.arg, xlwings.ret = udfs.xlfunc, udfs.xlarg, udfs.xlret
    return com_server
