"""COM, stood in for after pywin32: what crosses over between Excel's objects (pyopenvba's) and Python, and how."""

import datetime as dt
import decimal
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import takewhile
from typing import Any

import pywin32
from pyopenvba.exceptions import VBARuntimeError, VBAUnsupportedError
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
    VBASingle,
)

_ERRORS = -2146828288  # 0x800A0000
_NOT_FOUND = -2147352572  # DISP_E_PARAMNOTFOUND


class Handle(VBAObject):
    """A Python object that VBA holds."""

    vba_type_name = "XLPythonObject"

    def __init__(self, held):
        self.held = held


@dataclass
class Reach:
    """What all objects of an Excel share.

    `members` are those that pyopenvba leaves out, by type; `told` hears what is read (`Range.Value`), set
    (`Range.Value=`) and called.
    """

    members: dict[str, dict[str, Any]] = field(default_factory=dict)
    told: Callable[[str], None] = lambda asked: None


class Com(pywin32.Dispatch):
    """An object of Excel that Python holds."""

    def __init__(self, inner, reach):
        self.__dict__.update(inner=inner, reach=reach, also=reach.members.get(inner.vba_type_name, {}))

    def __getattr__(self, name):
        if name in self.also:
            return self.also[name]
        spec = self.inner.vba_member(name)
        if spec is None:
            raise AttributeError(f"{self.inner.vba_type_name}.{name}")
        if spec.kind == "method" or (name in ("Range", "Item") and spec.parameters):
            return _Member(self, name)
        held = self.ask(name)
        return _Member(self, name) if spec.parameters and isinstance(held, Com) else held

    def __setattr__(self, name, value):
        if name in self.also:
            self.also[name] = value
        else:
            self._answer(self.inner.vba_set, name, to_vba(value))

    def __call__(self, *given):
        return self.ask("Item", *given)

    def __iter__(self):
        return (to_python(one, self.reach) for one in self.inner.vba_iterate())

    def ask(self, name, *given, **named):
        left_out = sum(1 for _ in takewhile(lambda one: one is None, reversed(given)))
        args = [MISSING if one is None else to_vba(one) for one in given[: len(given) - left_out]]
        named = {key: to_vba(one) for key, one in named.items() if one is not None}
        answer = to_python(self._answer(self.inner.vba_get, name, args, named), self.reach)
        return self._whole(answer) if name in ("Value", "Value2") and isinstance(answer, tuple) else answer

    def _whole(self, rows):
        """Excel tells of blank cells beyond those in use too."""
        area = self.inner.first
        rows = [(*row, *[None] * (area.columns - len(row))) for row in rows]
        return (*rows, *[(None,) * area.columns] * (area.rows - len(rows)))

    def _answer(self, ask, name, *given):
        try:
            self.reach.told(f"{self.inner.vba_type_name}.{name}{'=' if ask == self.inner.vba_set else ''}")
            return ask(name, *given)
        except VBAUnsupportedError:
            if name == "Formula2":  # which differs by an @ only, where there are no dynamic arrays
                return ask("Formula", *given)
            raise
        except VBARuntimeError as refused:
            told = (0, "Microsoft Excel", refused.description, None, 0, -2146827284)
            raise pywin32.ComError(excepinfo=told) from refused


class _Member:
    """A member that takes arguments, all of which may be left out."""

    def __init__(self, owner, name):
        self._owner, self._name = owner, name

    def __call__(self, *given, **named):
        return self._owner.ask(self._name, *given, **named)

    def __getattr__(self, name):
        return getattr(self._owner.ask(self._name), name)

    def __iter__(self):
        return iter(self._owner.ask(self._name))


def to_python(given, reach=None):  # noqa: PLR0911 - a kind of value each
    """VARIANT to Python, as pywin32's PyCom_PyObjectFromVariant."""
    if isinstance(given, Slot):
        given = given.get()
    if any(given is nothing for nothing in (EMPTY, NULL, NOTHING, None)):
        return None
    if given is MISSING:
        return _NOT_FOUND
    if isinstance(given, bool):
        return given
    if isinstance(given, VBAErrorValue):
        return _ERRORS + given.number
    if isinstance(given, VBADate):
        day = given.to_datetime()
        return pywin32.PyTime(day.year, day.month, day.day, day.hour, day.minute, day.second, tzinfo=dt.UTC)
    if isinstance(given, VBACurrency):
        return decimal.Decimal(given)
    if isinstance(given, VBAInt):
        return int(given)
    if isinstance(given, VBASingle | float):
        return float(given)
    if isinstance(given, VBAArray):
        if given.dimensions == 2:
            (top, bottom), (left, right) = given.bounds
            return tuple(
                tuple(to_python(given.get([row, column]), reach) for column in range(left, right + 1))
                for row in range(top, bottom + 1)
            )
        return tuple(map(to_python, given.elements()))
    if isinstance(given, Handle):
        return given.held
    return Com(given, reach or Reach()) if isinstance(given, VBAObject) else given


def to_vba(given):  # noqa: PLR0911 - a kind of value each
    """Python to VARIANT, as pywin32's PyCom_VariantFromPyObject."""
    if isinstance(given, Com):
        return given.inner
    if isinstance(given, str | bool):
        return given
    if isinstance(given, int):
        return VBAInt(given, "Long")
    if isinstance(given, float):
        return given
    if given is None:
        return NULL
    if isinstance(given, list | tuple):
        if given and isinstance(given[0], list | tuple):
            width = len(given[0])
            assert all(len(row) == width for row in given)
            made = VBAArray([(0, len(given) - 1), (0, width - 1)])
            for i, row in enumerate(given):
                for j, value in enumerate(row):
                    made.set([i, j], to_vba(value))
            return made
        return VBAArray([(0, len(given) - 1)], items=[to_vba(value) for value in given])
    if hasattr(given, "obj"):
        return Handle(given)
    raise AssertionError(f"{type(given).__name__} crosses over to VBA")
