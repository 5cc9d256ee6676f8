"""One cell: what a caller may write into it, and its XML read and written.

Text is always text: it goes in as an inline string, so nothing that begins with `=` can become a formula, and the
workbook's shared strings stay as they are. Dates are serial numbers of the workbook's own date system.
"""

import math
import re
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from numbers import Integral, Real
from typing import NamedTuple

from kpixl.errors import WorkbookRefused
from kpixl.xlsx.address import LAST_COLUMN, column_number
from kpixl.xlsx.markup import (
    ATTRIBUTES,
    attribute,
    escape,
    read_text,
    unescape,
    with_attribute,
    without_attribute,
    without_phonetic,
    write_text,
)

__all__ = [
    "Cached",
    "CellFormula",
    "CellReader",
    "Content",
    "Formula",
    "PlainCell",
    "Value",
    "Written",
    "column_of",
    "read_plain",
    "serial_number",
]

Value = str | int | float | bool | date | datetime | None

_LONGEST_TEXT = 32_767
_ERRORS = {"#N/A", "#VALUE!", "#NUM!", "#DIV/0!", "#REF!", "#NAME?", "#NULL!", "#SPILL!", "#CALC!"}


@dataclass(frozen=True)
class Formula:
    """A formula to be written, with the value it has (None: the spreadsheet computes it when it opens the file)."""

    text: str
    cached: Value = None


@dataclass(frozen=True)
class Cached:
    """The value that the formula standing in a cell now has; the formula stays as the user has it."""

    value: Value


Written = Value | Formula | Cached


class CellFormula(NamedTuple):
    """The `<f>` of a cell: its text (None in the followers of a shared formula) and how it is stored."""

    text: str | None
    kind: str
    shared: str | None
    ref: str | None
    has_result: bool


class Content(NamedTuple):
    """What a cell holds, for comparing: kind is `n`, `b`, `e`, `s` (index of a shared string), `text` or empty."""

    formula: CellFormula | None
    kind: str
    value: str | float


PlainCell = tuple[bytes, bytes, bytes, bytes, bytes, bytes]
"""The XML of a cell, the letters of its column, and, blank where there is none: the index of its format, the text that
stands in it, its type, and its value."""


class CellReader:
    """Reads and writes the cells of one worksheet, in its XML prefix and its workbook's date system."""

    def __init__(self, prefix: bytes, date1904: bool) -> None:
        self._prefix = prefix
        self._date1904 = date1904
        self._opening = b"<" + prefix + b"f"
        self._patterns = _patterns(prefix)

    def cells(self, row: bytes) -> list[tuple[bytes | None, bytes]]:
        """Return the cells of a row's XML: address (None where it is left out) and XML.

        A cell ends before the next one begins, so that a row costs no more than its length, whatever it holds.
        """
        tags = list(self._patterns.cell.finditer(row))
        stops = (*(tag.start() for tag in tags[1:]), len(row))
        return [(attribute(tag[1], b"r"), self._cell(row, tag, stop)) for tag, stop in zip(tags, stops, strict=False)]

    def plain(self, xml: bytes, start: int, end: int) -> list[PlainCell] | None:
        """Return the cells between two places of a row, where all of them are written as Excel does.

        None where one is not: then it takes `cells` and `value`, which are several times slower.
        """
        cells: list[PlainCell] = self._patterns.plain.findall(xml, start, end)
        if sum([len(cell[0]) for cell in cells]) != end - start:  # something stands between them
            return None
        return cells

    def contents(self, row: bytes, start: int, end: int) -> dict[int, Content] | None:
        """Return what the cells between two places of a row hold, by column.

        None where not all are in order and written as Excel writes them, or a formula is more than its text.
        """
        cells = self._patterns.compared.findall(row, start, end)
        columns = [column_of(cell[1]) for cell in cells]
        if sum([len(cell[0]) for cell in cells]) != end - start or columns != sorted(set(columns)):
            return None
        return {
            column: Content(
                CellFormula(_plain_text(formula), "normal", None, None, bool(text)) if formula else None,
                *(("text", _plain_text(inline)) if inline else _read(kind or b"n", text) if text else ("", "")),
            )
            for column, (_, _, inline, kind, formula, text) in zip(columns, cells, strict=True)
        }

    def style(self, cell: bytes) -> bytes | None:
        """Return the style index of a cell."""
        return attribute(cell[: cell.index(b">")], b"s")

    def content(self, cell: bytes) -> Content:
        """Return what a cell holds."""
        plain = None if self._opening in cell else self._patterns.plain.fullmatch(cell)
        if plain is not None and (plain[4] or plain[6]):
            return Content(None, *read_plain(plain[4] or b"", plain[5] or b"", plain[6] or b""))
        formula = self.formula(cell)
        return Content(formula, *self.value(cell))

    def value(self, cell: bytes) -> tuple[str, str | float]:
        """Return the kind and the value of what a cell shows; see `Content`."""
        kind = attribute(cell[: cell.index(b">")], b"t") or b"n"
        if kind == b"inlineStr":
            texts = self._patterns.text.findall(without_phonetic(cell))
            return "text", read_text(unescape(b"".join(texts)))
        found = self._patterns.value.search(cell)
        if found is not None and found[1]:
            return _read(kind, found[1])
        return ("text", "") if kind == b"str" and found is not None and self._opening in cell else ("", "")

    def formula(self, cell: bytes) -> CellFormula | None:
        """Return the formula of a cell, or None."""
        found = self._patterns.formula.search(cell) if self._opening in cell else None
        if found is None:
            return None
        text = _plain_text(found[2]) if found[2] else None
        if not found[1]:
            return CellFormula(text, "normal", None, None, self._has_result(cell))
        shared, ref = attribute(found[1], b"si"), attribute(found[1], b"ref")
        return CellFormula(
            text=text,
            kind=(attribute(found[1], b"t") or b"normal").decode(),
            shared=None if shared is None else shared.decode(),
            ref=None if ref is None else ref.decode(),
            has_result=self._has_result(cell),
        )

    def write(self, address: str, style: bytes | None, value: Value | Formula) -> bytes:
        """Return the XML of a cell that holds `value`."""
        formula = b""
        if isinstance(value, Formula):
            formula, value = self.formula_xml(value.text), value.cached
            kind, inside = self._result(value)
        else:
            kind, inside = self._constant(value)
        tag = b'c r="' + address.encode() + b'"'
        if style not in (None, b"0"):
            tag += b' s="' + (style or b"") + b'"'
        return self._element(tag + kind, formula + inside)

    def formula_xml(self, text: str) -> bytes:
        """Return the `<f>` element of an ordinary formula."""
        return self._element(b"f", escape(write_text(text.removeprefix("="))))

    def with_result(self, cell: bytes, value: Value) -> bytes:
        """Return a formula's cell with another cached value, None for none."""
        kind, inside = self._result(value)
        return self._with_value(cell, kind, inside)

    def with_formula(self, cell: bytes, text: str) -> bytes:
        """Return the cell with another formula text, everything else as it is."""
        found = self._patterns.formula.search(cell)
        if found is None:
            raise ValueError("the cell has no formula")
        attributes = found[1]
        if attribute(attributes, b"t") == b"shared":
            for name in (b"t", b"si", b"ref"):
                attributes = without_attribute(attributes, name)
        new = self._element(b"f" + attributes, escape(write_text(text)))
        return cell[: found.start()] + new + cell[found.end() :]

    def moved(self, cell: bytes, address: str) -> bytes:
        """Return the cell with another address."""
        end = cell.index(b">") + 1
        tag, inside = cell[:end], cell[end:]
        found = self._patterns.formula.search(cell)
        if found and attribute(found[1], b"ref") == attribute(tag, b"r"):
            here = with_attribute(b"<f" + found[1] + b">", b"ref", address.encode())[2:-1]
            inside = inside.replace(found[1], here, 1)
        return with_attribute(tag, b"r", address.encode()) + inside

    def _has_result(self, cell: bytes) -> bool:
        return self._patterns.value.search(cell) is not None or self._patterns.inline.search(cell) is not None

    def _cell(self, row: bytes, tag: re.Match[bytes], stop: int) -> bytes:
        if tag[2]:
            return tag[0]
        closed = self._patterns.closed.search(row, tag.end(), stop)
        if closed is None:
            raise ValueError(f"a cell does not end: {tag[0][:80].decode(errors='replace')}")
        return row[tag.start() : closed.end()]

    def _with_value(self, cell: bytes, kind: bytes, inside: bytes) -> bytes:
        end = cell.index(b">") + 1
        tag = without_attribute(without_attribute(cell[:end], b"t"), b"vm")
        tag = tag.rstrip(b"/>").rstrip()[1 + len(self._prefix) :]
        found = self._patterns.formula.search(cell)
        return self._element(tag + kind, (found[0] if found else b"") + inside)

    def _element(self, tag: bytes, inside: bytes) -> bytes:
        if not inside:
            return b"<" + self._prefix + tag + b"/>"
        name = tag.split(b" ", 1)[0]
        return b"<" + self._prefix + tag + b">" + inside + b"</" + self._prefix + name + b">"

    def _constant(self, value: Value) -> tuple[bytes, bytes]:
        if not isinstance(value, str):
            return self._number(value)
        return b' t="inlineStr"', self._element(b"is", self._element(b"t" + _kept_spaces(value), _text(value)))

    def _result(self, value: Value) -> tuple[bytes, bytes]:
        if not isinstance(value, str):
            return self._number(value)
        kind = b' t="e"' if value in _ERRORS else b' t="str"'
        inside = b"v" + _kept_spaces(value) + b">" + _text(value) + b"</" + self._prefix + b"v>"
        return kind, b"<" + self._prefix + inside

    def _number(self, value: int | float | date | None) -> tuple[bytes, bytes]:
        if value is None:
            return b"", b""
        if isinstance(value, bool):
            return b' t="b"', self._element(b"v", b"1" if value else b"0")
        if isinstance(value, date):
            value = serial_number(value, date1904=self._date1904)
        if not isinstance(value, Real):
            raise TypeError(f"a cell cannot hold {type(value).__name__}")
        number = int(value) if isinstance(value, Integral) and abs(value) < 10**15 else float(value)
        if not math.isfinite(number):
            return b' t="e"', self._element(b"v", b"#NUM!")
        return b"", self._element(b"v", repr(number).removesuffix(".0").encode())


def serial_number(day: date, *, date1904: bool = False) -> float:
    """Return the serial number of a date or a date and time, as Excel counts days.

    Excel takes 1900 for a leap year: days before 1 March 1900 are counted one less.

    >>> serial_number(date(2025, 6, 2)), serial_number(date(1900, 1, 1)), serial_number(date(2025, 6, 2), date1904=True)
    (45810, 1, 44348)
    """
    moment = day.replace(tzinfo=None) if isinstance(day, datetime) else datetime(day.year, day.month, day.day)
    since = moment - datetime(1904 if date1904 else 1899, 1 if date1904 else 12, 1 if date1904 else 30)
    if not date1904 and since.days < 61:
        since -= datetime(1900, 1, 2) - datetime(1900, 1, 1)
    if since.days < (0 if date1904 else 1):
        raise WorkbookRefused(
            "xlsx_date_too_early", value=day.isoformat(), first="1904-01-01" if date1904 else "1900-01-01"
        )
    fraction = (since.seconds + since.microseconds / 1_000_000) / 86_400
    return since.days + fraction if fraction else since.days


def read_plain(inline: bytes, kind: bytes, text: bytes) -> tuple[str, str | float]:
    """Return the kind and the value of a plain cell, as `Content` has them; see `PlainCell`."""
    return _read(b"str", inline) if inline else _read(kind or b"n", text) if text else ("", "")


def _read(kind: bytes, text: bytes) -> tuple[str, str | float]:
    """The kind and the value of what stands in a `v`, for a cell of this type."""
    if kind == b"n":
        number = float(text)
        if not math.isfinite(number):
            raise ValueError(f"no number: {text.decode()}")
        return "n", number
    return "text" if kind == b"str" else kind.decode(), _plain_text(text)


@lru_cache(maxsize=8192)
def _plain_text(text: bytes) -> str:
    return read_text(unescape(text))


@lru_cache(maxsize=LAST_COLUMN)
def column_of(letters: bytes) -> int:
    """Return the number of a column."""
    return column_number(letters.decode())


def _kept_spaces(text: str) -> bytes:
    return b' xml:space="preserve"' if text != text.strip() or "\n" in text or "  " in text else b""


def _text(value: str) -> bytes:
    if len(value.encode("utf-16-le", "surrogatepass")) > 2 * _LONGEST_TEXT:
        raise WorkbookRefused("xlsx_text_too_long", length=len(value), most=_LONGEST_TEXT, start=value[:20])
    return escape(write_text(value))


class _Patterns(NamedTuple):
    cell: re.Pattern[bytes]
    plain: re.Pattern[bytes]
    compared: re.Pattern[bytes]
    closed: re.Pattern[bytes]
    formula: re.Pattern[bytes]
    value: re.Pattern[bytes]
    inline: re.Pattern[bytes]
    text: re.Pattern[bytes]


@lru_cache
def _patterns(prefix: bytes) -> _Patterns:
    p = re.escape(prefix)
    cell = b"<" + p + rb"c(?=[\s/>])(" + ATTRIBUTES + rb")(/?)>"
    formula = b"<" + p + rb"f(?=[\s/>])(" + ATTRIBUTES + rb")(?:/>|>([^<]*)</" + p + rb"f\s*>)"
    plain = (
        rb'(<@c r="([A-Z]+)[0-9]+"(?: s="([0-9]+)")?'
        rb'(?: t="inlineStr"><@is><@t(?: xml:space="preserve")?>([^<]*)</@t></@is></@c>'
        rb'|(?: t="([a-z]+)")?(?:/>|>(?:<@f(?=[\s/>])'
        + ATTRIBUTES
        + rb'(?:/>|>[^<]*</@f>))?(?:<@v(?: xml:space="preserve")?(?:/>|>([^<]*)</@v>))?</@c>)))'
    )
    compared = (
        rb'(<@c r="([A-Z]+)[0-9]+"(?: s="[0-9]+")?'
        rb'(?: t="inlineStr"><@is><@t(?: xml:space="preserve")?>([^<]*)</@t></@is></@c>'
        rb'|(?: t="([a-z]+)")?(?:/>|>(?:<@f>([^<]+)</@f>)?'
        rb'(?:<@v(?: xml:space="preserve")?(?:/>|>([^<]*)</@v>))?</@c>)))'
    )
    return _Patterns(
        cell=re.compile(cell),
        plain=re.compile(plain.replace(b"@", p)),
        compared=re.compile(compared.replace(b"@", p)),
        closed=re.compile(b"</" + p + rb"c\s*>"),
        formula=re.compile(formula),
        value=re.compile(b"<" + p + rb"v(?:\s[^>]*?)?(?:/>|>([^<]*)</" + p + b"v)"),
        inline=re.compile(b"<" + p + rb"is[\s>]"),
        text=re.compile(b"<" + p + rb"t(?:\s[^>]*[^/>])?>([^<]*)</" + p + b"t"),
    )
