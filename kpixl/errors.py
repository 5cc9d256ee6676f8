"""What can go wrong, in words.

::

    KpixlError
    └── UserError              the user can mend it: a sentence, exit 2, an Excel error in a cell
        ├── InvalidValue       #VALUE!  a wrong kind of value, or one out of range
        ├── NoSolution         #NUM!    nothing satisfies the request, and why
        ├── NothingToSay       #N/A     no data to answer from
        ├── NoTrials           #DIV/0!  a rate without a denominator
        ├── ErrorCell          the error of an input cell, handed back as it is
        ├── InvalidPlan        #VALUE!  a template, a mapping or the settings of a plan are wrong
        ├── UnreadableData     #VALUE!  a source of events cannot be read
        └── WorkbookRefused    #VALUE!  a workbook cannot be read or changed safely

Each error is a key of the `errors` section of the locale files plus the values its sentence names, so that
the same error speaks the language in force. A bug is any other exception.
"""

from typing import Any, Self

from kpixl import texts

__all__ = [
    "ErrorCell",
    "InvalidPlan",
    "InvalidValue",
    "KpixlError",
    "NoSolution",
    "NoTrials",
    "NothingToSay",
    "UnreadableData",
    "UserError",
    "WorkbookRefused",
]

_LONGEST = 300
_TYPED = ("circle", "formula", "found", "given", "key", "known", "name", "names", "node")


class KpixlError(Exception):
    """The root of all errors that kpixl raises on purpose.

    `language` is the one it speaks, whatever is in force when it is read; None is the one in force.
    """

    excel = "#VALUE!"
    language: str | None = None

    def __init__(self, key: str, /, **values: object) -> None:
        super().__init__(key, values)
        self.key = key
        self.values = values

    def __str__(self) -> str:
        with texts.speaking(self.language or texts.language()):
            return texts.say(f"errors.{self.key}", **{name: _short(name, value) for name, value in self.values.items()})


class UserError(KpixlError):
    """Something the user can mend.

    `rows` says which rows of a column of numbers it is about, as a mask, where the engine knows: one True for all.
    `entry` says which entry of a plan: its section and its place in it, from 0.
    """

    rows: Any = None
    entry: tuple[str, int] | None = None

    def of_rows(self, mask: Any) -> Self:
        """Say which rows the error is about, so that the others can be answered without a search for it."""
        self.rows = mask
        return self

    def of_entry(self, section: str, place: int) -> Self:
        """Say which entry of a plan the error is about, whatever it is called."""
        self.entry = section, place
        return self


class InvalidValue(UserError):
    """A value of the wrong kind or out of range."""


class NoSolution(UserError):
    """Nothing satisfies the request."""

    excel = "#NUM!"


class NothingToSay(UserError):
    """There is no data to answer from."""

    excel = "#N/A"


class NoTrials(UserError):
    """A rate has no denominator."""

    excel = "#DIV/0!"


class ErrorCell(UserError):
    """An input cell holds an error; it comes back as that error."""

    def __init__(self, code: str) -> None:
        super().__init__("error_cell", code=code)
        self.excel = code


class InvalidPlan(UserError):
    """A template, a mapping or the settings of a plan are wrong."""


class UnreadableData(UserError):
    """A source of events cannot be read."""


class WorkbookRefused(UserError):
    """A workbook cannot be read or changed safely."""


def _short(name: str, value: object) -> object:
    """Cut what somebody typed where it is too long for a sentence."""
    long = name in _TYPED and isinstance(value, str) and len(value) > _LONGEST
    return f"{value[:_LONGEST]}…" if long else value  # type: ignore[index]
