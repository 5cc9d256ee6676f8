"""What a cell of an open workbook holds, and what must be entered so that it holds exactly that.

Excel treats whatever it is given as if somebody had typed it: a text that looks like a formula, a number or a date
becomes one. Such a text is entered with a leading apostrophe, which Excel hides. Dates are entered as serial numbers,
because a date would change the format of its cell.
"""

import datetime as dt
import math
import re
import unicodedata
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from numbers import Real
from typing import Any

from kpixl.workbook.store import CellError
from kpixl.xlsx import Formula, Value
from kpixl.xlsx.cells import serial_number
from kpixl.xlsx.formulas import shift
from udfs.cells import error_in

__all__ = ["Entry", "Held", "calculated", "content", "entered", "moved", "read", "same", "to_enter"]

_MIDNIGHT, _DAY_ZERO = dt.time(), dt.date(1899, 12, 30)
_LOOKS_LIKE_MORE = re.compile(r"\d|^\s*[=+\-@'#]|^\s*(?:true|false)\s*$", re.IGNORECASE)
_ROW = re.compile(r"\[\[#This Row\],\s*\[((?:[^\[\]']|'.)*)\]\]|\[@\[((?:[^\[\]']|'.)*)\]\]")
_ELSEWHERE = re.compile(r"(?<!\[)@")


@dataclass(frozen=True)
class Held:
    """A formula, or an error without a formula, as the cell holds it."""

    text: str


Entry = str | float | bool | Held | Formula | None


def read(raw: Any) -> Any:
    """Return a value from Excel as kpixl would read it from a file; an error becomes its name.

    >>> read(Decimal("12.5")), read(dt.datetime(2026, 9, 1, tzinfo=dt.UTC)), read(-2146826246), read("")
    (12.5, datetime.date(2026, 9, 1), '#N/A', None)
    """
    if isinstance(raw, dt.datetime):
        moment = raw.replace(tzinfo=None)
        if moment.date() == _DAY_ZERO:
            return moment.time()
        return moment.date() if moment.time() == _MIDNIGHT else moment
    if isinstance(raw, int) and not isinstance(raw, bool):  # numbers are floats; whole numbers are errors
        return CellError(error_in(raw) or f"#{raw & 0xFFFF}!")
    if isinstance(raw, Decimal):
        return float(raw)
    return None if raw == "" else raw


def content(value: Any, formula: Any) -> Entry:
    """Return what a cell holds, given its `Value2` and its formula.

    >>> content(3.0, "=1+2"), content("=1+2", "=1+2"), content(3.0, "3"), content(-2146826246, "#N/A")
    (Held(text='=1+2'), '=1+2', 3.0, Held(text='#N/A'))
    """
    if isinstance(formula, str) and formula.startswith("=") and formula != value:
        return Held(formula)
    if isinstance(value, int) and not isinstance(value, bool):
        return Held(str(formula))
    held: Entry = None if value == "" else value
    return held


def to_enter(value: Value | Formula, *, date1904: bool) -> Entry:
    """Return what a cell has to hold for a value that kpixl writes."""
    if isinstance(value, dt.date):
        return float(serial_number(value, date1904=date1904))
    if isinstance(value, Real) and not isinstance(value, bool):
        return float(value) if math.isfinite(value) else Held("#NUM!")
    return value or None if isinstance(value, str) else value


def entered(entry: Entry) -> Any:
    """Return what to enter so that a cell holds this entry.

    >>> entered("佐藤"), entered("=1+1"), entered("9月1日"), entered(2.0), entered(Held("=A1")), entered(None)
    ('佐藤', "'=1+1", "'9月1日", 2.0, '=A1', '')
    """
    if isinstance(entry, Held):
        return entry.text
    if isinstance(entry, Formula):
        return f"={entry.text.removeprefix('=')}"
    if isinstance(entry, str):
        return f"'{entry}" if _LOOKS_LIKE_MORE.search(unicodedata.normalize("NFKC", entry)) else entry
    return "" if entry is None else entry


def same(held: Entry, wanted: Entry, table: str) -> bool:
    """Say whether a cell of a table already holds what is wanted, however its formula is spelled.

    >>> same(Held("=[@[件 数]]*SUM([金額])"), Formula("facts[[#This Row],[件 数]]*SUM(facts[金額])"), "facts")
    True
    """
    if isinstance(held, Held) and isinstance(wanted, Held | Formula):
        return _plain(held.text, table) == _plain(wanted.text, table)
    return held == wanted and isinstance(held, bool) == isinstance(wanted, bool)


def moved(entry: Entry, rows: int) -> Entry:
    """Return the content of a cell after a move down by some rows; its relative references move along.

    >>> moved(Held("=B2*$B$1"), 3)
    Held(text='=B5*$B$1')
    """
    if rows and isinstance(entry, Held) and entry.text.startswith("="):
        return Held(f"={shift(entry.text[1:], 0, rows)}")
    return entry


def calculated(column: Sequence[Entry]) -> Held | None:
    """Return the formula of a column as of its first row, if most of its rows have the same formula.

    >>> calculated([Held("=B2*2"), 7.0, Held("=B4*2")])
    Held(text='=B2*2')
    """
    first = [moved(entry, -index) for index, entry in enumerate(column) if isinstance(entry, Held)]
    formulas = Counter(entry for entry in first if isinstance(entry, Held) and entry.text.startswith("="))
    return next((formula for formula, rows in formulas.most_common(1) if 2 * rows > len(column)), None)


def _plain(formula: str, table: str) -> str:
    """Normalise a formula: Excel shortens references to its own row and table, and may write `@` for a row."""
    text = _ROW.sub(lambda found: f"[@{found[1] or found[2]}]", formula.removeprefix("="))
    return _ELSEWHERE.sub("", text.replace(f"{table}[", "["))
