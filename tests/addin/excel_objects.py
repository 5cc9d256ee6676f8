"""What Python holds of Excel's objects (pyopenvba's), after pywin32: members by name, values as they cross over."""

from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import takewhile
from typing import Any

import pywin32
from pyopenvba.exceptions import VBARuntimeError, VBAUnsupportedError
from pyopenvba.interpreter._values import MISSING
from variants import OfExcel, to_python, to_vba


@dataclass
class Reach:
    """What all objects of an Excel share.

    `members` are those that pyopenvba leaves out, by type; `told` hears what is read (`Range.Value`), set
    (`Range.Value=`) and called.
    """

    members: dict[str, dict[str, Any]] = field(default_factory=dict)
    told: Callable[[str], None] = lambda asked: None


class Com(pywin32.Dispatch, OfExcel):
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
        return (to_python(one, self._wrapped) for one in self.inner.vba_iterate())

    def ask(self, name, *given, **named):
        left_out = sum(1 for _ in takewhile(lambda one: one is None, reversed(given)))
        args = [MISSING if one is None else to_vba(one) for one in given[: len(given) - left_out]]
        named = {key: to_vba(one) for key, one in named.items() if one is not None}
        answer = to_python(self._answer(self.inner.vba_get, name, args, named), self._wrapped)
        return self._whole(answer) if name in ("Value", "Value2") and isinstance(answer, tuple) else answer

    def _wrapped(self, inner):
        return Com(inner, self.reach)

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
