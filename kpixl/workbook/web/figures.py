"""How a value is shown: by the number format of its style and by the style's conditional formats, as in a cell.

The formats are those of `style` and `signals`, and none is written down again here, so that a page shows what the
workbook shows.
"""

import datetime as dt
import operator
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from kpixl.workbook import signals, style
from kpixl.workbook.blocks import Value

__all__ = ["Shown", "formatted", "shown"]

_SECTIONS = re.compile(r'((?:"[^"]*"|\\.|\[[^\]]*\]|[^;])*)(?:;|$)')
_PARTS = re.compile(r'"[^"]*"|\\.|_.|\[[^\]]*\]|General|[0#?][0#?,.]*|[ymdh]+|.', re.DOTALL)
_CONDITION = re.compile(r"\[(>=|<=|<>|>|<|=)(-?[\d.]+)\]")
_MONTHS = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec"
_COMPARED = {
    ">=": operator.ge,
    "<=": operator.le,
    ">": operator.gt,
    "<": operator.lt,
    "=": operator.eq,
    "==": operator.eq,
    "<>": operator.ne,
}
_DIGITS = 10  # significant ones of a number without a format
_MIDDLE = 50  # percent of a cell, where the bars of signed numbers begin


@dataclass(frozen=True)
class Shown:
    """A value as a cell shows it: its text, and the colours that the conditional formats of its style give it.

    `bar` is the part of the cell that its data bar covers, from left to right in percent, with the colour.
    """

    text: str
    colour: str | None = None
    ground: str | None = None
    bold: bool = False
    bar: tuple[float, float, str] | None = None


def shown(value: Value, name: str, language: str, column: Iterable[Value] = ()) -> Shown:
    """Return how a value looks in a cell of a style, among the values of its `column`, by which bars are scaled."""
    number = style.cell_style(name, language).get("num_format", "General")
    look: dict[str, Any] = {}
    bar = None
    for rule in signals.rules(name):
        if rule["type"] == "blanks" and value in (None, ""):
            break
        if rule["type"] == "data_bar":
            bar = _bar(value, rule, column)
        elif rule["type"] == "cell" and _holds(value, rule):
            look = rule["format"] | look
    text = formatted(value, look.get("num_format", number))
    return Shown(text, look.get("font_color"), look.get("bg_color"), bool(look.get("bold")), bar)


def formatted(value: Value, number: str) -> str:
    """Return a value by a number format, rounded as spreadsheets round: halves away from zero.

    >>> formatted(-1234.5, "+#,##0;▲#,##0;0"), formatted(0.125, "0.0%"), formatted(2.5, '0.0#"回"')
    ('▲1,235', '12.5%', '2.5回')
    >>> formatted(0, "+#,##0;▲#,##0;"), formatted(1250, "[>=1000]#,##0;General"), formatted(999.5, "#,##0,")
    ('', '1,250', '1')
    >>> formatted(dt.date(2026, 2, 1), 'yyyy"年"m"月"'), formatted(None, "0")
    ('2026年2月', '')
    """
    if value is None or isinstance(value, str):
        return value or ""
    if isinstance(value, bool):
        return str(value).upper()
    if isinstance(value, dt.date):
        return "".join(_dated(value, number))
    amount, section = _chosen(float(value), _SECTIONS.findall(number)[: number.count(";") + 1])
    return _numbered(amount, section)


def _chosen(value: float, sections: list[str]) -> tuple[float, str]:
    """Return the section of a format that a number is shown by, and the number without the sign that this implies."""
    if any(map(_CONDITION.match, sections)):
        for section in sections:
            condition = _CONDITION.match(section)
            if condition is None or _COMPARED[condition[1]](value, float(condition[2])):
                below = condition is not None and condition[1].startswith("<")
                return (abs(value) if below else value), section[condition.end() :] if condition else section
    if len(sections) > 1 and value < 0:
        return abs(value), sections[1]
    return value, sections[2] if len(sections) > 2 and value == 0 else sections[0]


def _numbered(value: float, section: str) -> str:
    parts = _PARTS.findall(section)
    scaled = Decimal(repr(value)) * (100 if "%" in parts else 1)
    texts = []
    sign = ""
    for part in parts:
        if part == "General":
            texts.append(f"{value:,.{_DIGITS}g}".replace(",", ""))
        elif part[0] in "0#?":
            digits = _digits(abs(scaled), part)
            sign = "-" if scaled < 0 and any(digit in "123456789" for digit in digits) else ""
            texts.append(digits)
        else:
            texts.append(_literal(part))
    return sign + "".join(texts)


def _digits(amount: Decimal, places: str) -> str:
    """Return the digits of a number by placeholders, such as `#,##0.0#`."""
    whole, _, decimals = places.rstrip(",").partition(".")
    amount = amount.scaleb(-3 * (len(places) - len(places.rstrip(","))))
    rounded = amount.quantize(Decimal(1).scaleb(-len(decimals)), ROUND_HALF_UP)
    before, _, behind = f"{rounded:{',' if ',' in whole else ''}f}".partition(".")
    kept = decimals.count("0")
    behind = behind[:kept] + behind[kept:].rstrip("0")
    return f"{before}.{behind}" if behind else before


def _literal(part: str) -> str:
    """Return what a part of a format shows that is no digit; padding and the codes of languages show nothing."""
    if part[0] == '"':
        return part[1:-1]
    if part[0] == "[":
        return part[2:-1].partition("-")[0] if part.startswith("[$") else ""
    return "" if part[0] in "_@" else part.removeprefix("\\")


def _dated(day: dt.date, number: str) -> Iterator[str]:
    before = ""
    for part in _PARTS.findall(number):
        if part[0] not in "ymdh":
            yield _literal(part)
            continue
        minutes = part[0] == "m" and before == "h"
        before = part[0]
        if part == "mmm":
            yield _MONTHS.split()[day.month - 1]
        elif part[0] == "y":
            yield f"{day.year:04d}"[-len(part) :]
        else:
            figures = {"m": day.month, "d": day.day, "h": getattr(day, "hour", 0)}
            figure = getattr(day, "minute", 0) if minutes else figures[part[0]]
            yield f"{figure:0{len(part)}d}"


def _holds(value: Value, rule: dict[str, Any]) -> bool:
    """Say whether a conditional format that compares its cell applies to a value."""
    if isinstance(value, str):
        return bool(rule["criteria"] == "==" and rule["value"] == f'"{value}"')
    if value is None or isinstance(value, dt.date):
        return False
    if rule["criteria"] == "not between":
        return not rule["minimum"] <= value <= rule["maximum"]
    return not isinstance(rule["value"], str) and bool(_COMPARED[rule["criteria"]](value, rule["value"]))


def _bar(value: Value, rule: dict[str, Any], column: Iterable[Value]) -> tuple[float, float, str] | None:
    if isinstance(value, bool) or not isinstance(value, int | float) or not value:
        return None
    if "max_value" in rule:
        return 0.0, 100 * min(max(value / rule["max_value"], 0.0), 1.0), rule["bar_color"]
    most = max((abs(one) for one in column if isinstance(one, int | float)), default=0.0) or abs(value)
    reach = _MIDDLE * abs(value) / most
    if value < 0:
        return _MIDDLE - reach, _MIDDLE, rule["bar_negative_color"]
    return _MIDDLE, _MIDDLE + reach, rule["bar_color"]
