"""The add-in inside LibreOffice Calc: every function hands its cells to the engine and puts the answer into the cell.

LibreOffice loads this file at the first kpixl formula, in a Python of its own (3.8 or later) that knows no kpixl.
"""

import json
import os
import struct
import sys
from pathlib import Path

_HERE = Path(__file__).resolve().parent
if str(_HERE) not in sys.path:
    sys.path.append(str(_HERE))

import unohelper  # noqa: E402
from com.kpixl.calc import XKpiFunctions  # noqa: E402
from com.sun.star.lang import Locale, XLocalizable, XServiceInfo, XServiceName  # noqa: E402
from com.sun.star.sheet import ResultEvent, XVolatileResult  # noqa: E402
from kpixl_engine import Engine, Missing  # noqa: E402

_SERVICE = "com.kpixl.calc.KpiFunctions"
_SPEC = json.loads((_HERE / "functions.json").read_text(encoding="utf-8"))


def _error(number):
    """Return what Calc shows as an error: a NaN whose low word is the number of the error."""
    return struct.unpack("<d", struct.pack("<II", number, 0x7FF80000))[0]


_ERRORS = {
    "#VALUE!": _error(519),
    "#NUM!": _error(503),
    "#DIV/0!": _error(532),
    "#N/A": _error(0x7FFF),
    "#REF!": _error(524),
    "#NAME?": _error(525),
    "#NULL!": _error(521),
}


def _cell(value):
    """Return what Calc takes: a number, a text or an error; TRUE is 1 here, and blank an empty text."""
    if value is None:
        return ""
    if isinstance(value, str):
        return _ERRORS.get(value, value)
    return float(value)


def _cells(answer):
    rows = answer if isinstance(answer, list) else [[answer]]
    return tuple(tuple(_cell(value) for value in row) for row in rows)


class _LastError(unohelper.Base, XVolatileResult):
    """The reason of the last error; whatever cell shows it follows by itself."""

    def __init__(self):
        self._reason = ""
        self._listeners = []

    def addResultListener(self, listener):
        self._listeners.append(listener)
        listener.modified(ResultEvent(self, self._reason))

    def removeResultListener(self, listener):
        if listener in self._listeners:
            self._listeners.remove(listener)

    def become(self, reason):
        if reason != self._reason:
            self._reason = reason
            for listener in list(self._listeners):
                listener.modified(ResultEvent(self, reason))


class KpiFunctions(unohelper.Base, XServiceName, XServiceInfo, XLocalizable, XKpiFunctions):
    """All functions of kpixl; Calc makes one of these for the whole office."""

    def __init__(self, context, *arguments):
        self._locale = Locale("en", "US", "")
        self._engine = Engine()
        self._last = _LastError()

    def answer(self, name, cells):
        if name == "KPIXL_LASTERROR":
            return self._last
        language = os.environ.get("KPIXL_LANG") or ("ja" if self._locale.Language == "ja" else "en")
        try:
            answer, reason = self._engine.answer(name, cells, language)
        except Missing as missing:
            sentence = _SPEC["texts"]["ja" if language == "ja" else "en"][missing.key]
            self._last.become(sentence.format(python=missing.python))
            return _cells("#VALUE!")
        self._last.become(reason)
        return _cells(answer)

    def getServiceName(self):
        return _SERVICE

    def getImplementationName(self):
        return _SERVICE

    def supportsService(self, name):
        return name == _SERVICE

    def getSupportedServiceNames(self):
        return (_SERVICE,)

    def setLocale(self, locale):
        self._locale = locale

    def getLocale(self):
        return self._locale


def _method(name):
    def method(self, *cells):
        return self.answer(name, cells)

    return method


for _name in _SPEC["functions"]:
    setattr(KpiFunctions, _name, _method(_name))

g_ImplementationHelper = unohelper.ImplementationHelper()
g_ImplementationHelper.addImplementation(KpiFunctions, _SERVICE, (_SERVICE,))
