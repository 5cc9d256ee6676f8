"""Charts and sparklines as inline SVG, in the notation of the workbook's charts, narrow enough for a phone.

Bars that lie have their label above them; a waterfall lies too, as its labels find no room side by side on a phone.
Colours and hatching are those of `style.LOOKS`.
"""

import datetime as dt
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from html import escape
from typing import Any

from kpixl.workbook import style
from kpixl.workbook.blocks import Chart, Series, Table, Value, value_of
from kpixl.workbook.fitting import display_width
from kpixl.workbook.web.figures import formatted

__all__ = ["chart_svg", "sparkline_svg"]

_WIDE, _HIGH = 380, 230  # of a drawing, in its own units; the page scales it
_SMALL, _LETTER = 10, 5.6  # the size of texts, and the width of a half-width character
_LEGEND, _FOOT, _AIR = 22, 18, 14  # heights: the legend, the names of the columns, a figure on a bar
_ROW, _BAR = 34, 14  # heights: a bar that lies with its label, and it alone
_LABELLED = 16  # up to this many columns have figures instead of an axis
_LISTED = ("column", "line", "waterfall", "bands")  # kinds with a legend
_LYING = ("waterfall", "bands", "variance", "attainment")
_STACKED = ("waterfall", "bands")
_SIGNED = ("variance", "difference")
_SPARK = (96, 20)


@dataclass(frozen=True)
class _Drawn:
    """What a chart draws: the names of its rows, and each series with its values (None: there is none)."""

    chart: Chart
    language: str
    names: tuple[str, ...]
    series: tuple[tuple[Series, tuple[float | None, ...]], ...]
    number: str

    @property
    def legend(self) -> float:
        return _LEGEND if self.chart.kind in _LISTED else 0


def chart_svg(chart: Chart, table: Table, language: str, title: str) -> str:
    """Return a chart of a table's columns; "" if none of its figures is known."""
    number = style.axis_number(table.column(chart.series[0].key).style, language) or style.WHOLE
    if chart.kind in _SIGNED:
        number = style.bar_label(language)
    drawn = _Drawn(
        chart,
        language,
        tuple(_names(table, chart.categories, language)),
        tuple((series, tuple(_figures(table, series.key))) for series in chart.series),
        number,
    )
    if all(value is None for _, values in drawn.series for value in values):
        return ""
    high, shapes = _lying(drawn) if chart.kind in _LYING else _upright(drawn)
    legend = _legend(drawn, table) if drawn.legend else []
    return _svg(_WIDE, high, title, [*_patterns(chart), *legend, *shapes])


def sparkline_svg(values: Sequence[Value], title: str) -> str:
    """Return a sparkline: a column for each value, from zero; a blank has none. Of blanks alone it is ""."""
    wide, high = _SPARK
    figures = [value if isinstance(value, int | float) else None for value in values]
    most = max((one for one in figures if one is not None), default=None)
    if most is None:
        return ""
    step = wide / max(len(figures), 1)
    shapes = [
        _rectangle(place * step, high - reach, step - 1, reach, f'fill="{style.SPARKLINE["series_color"]}"')
        for place, one in enumerate(figures)
        if one is not None and most > 0
        for reach in (high * max(one, 0.0) / most,)
    ]
    return _svg(wide, high, title, shapes, "spark")


def _names(table: Table, key: str, language: str) -> Iterable[str]:
    name = table.column(key).style
    number = style.axis_number(name, language) or style.cell_style(name, language).get("num_format", "General")
    return (formatted(value, number) for value in _values(table, key))


def _figures(table: Table, key: str) -> Iterable[float | None]:
    for value in _values(table, key):
        known = isinstance(value, int | float) and not isinstance(value, bool) and not math.isnan(value)
        yield float(value) if known and not isinstance(value, str | dt.date | None) else None


def _values(table: Table, key: str) -> list[Value]:
    place = table.columns.index(table.column(key))
    return [value_of(row[place]) for row in table.rows]


def _upright(drawn: _Drawn) -> tuple[float, list[str]]:
    """Return columns side by side, or lines, above the names of the rows."""
    chart, count = drawn.chart, max(len(drawn.names), 1)
    line = chart.kind == "line"
    figures = [one for _, values in drawn.series for one in values if one is not None]
    most, least = max([0.0, *figures]), min([0.0, *figures])
    top, foot = drawn.legend + _AIR, _HIGH - _FOOT
    room = foot - top - (_AIR if least < 0 else 0)
    unit = room / ((most - least) or 1.0)
    step = _WIDE / count
    zero = top + most * unit
    labelled = not line and count <= _LABELLED
    shapes = [] if labelled or chart.kind in _SIGNED else _grid(drawn, most, zero, unit)
    single = chart.kind in _SIGNED
    few = count * len(drawn.series) <= _LABELLED
    wide = step * 0.66 / (1 if single else len(drawn.series))
    for place, (series, values) in enumerate(drawn.series):
        if line:
            shapes += _line(series, values, step, zero, unit)
            continue
        told = single or (labelled and (few or place == len(drawn.series) - 1))
        for row, value in enumerate(values):
            if value is None:
                continue
            left = row * step + step * 0.17 + (0 if single else place * wide)
            shapes.append(_box(left, zero - max(value, 0.0) * unit, wide, abs(value) * unit, series.look))
            text = formatted(value, drawn.number) if told else ""
            above = zero - value * unit + (-4 if value >= 0 else _SMALL + 2)
            shapes += [_text(left + wide / 2, above, text, "middle")] if text else []
    every = math.ceil(max((display_width(name) for name in drawn.names), default=0) * _LETTER / step) or 1
    shapes.append(_rule(0, zero, _WIDE, zero))
    shapes += [
        _text((row + 0.5) * step, _HIGH - 5, name, "middle") for row, name in enumerate(drawn.names) if row % every == 0
    ]
    return _HIGH, shapes


def _line(series: Series, values: Sequence[float | None], step: float, zero: float, unit: float) -> list[str]:
    """Return the line of a series, interrupted where values are missing."""
    runs: list[list[str]] = [[]]
    for row, value in enumerate(values):
        if value is None:
            runs.append([])
        else:
            runs[-1].append(f"{_n((row + 0.5) * step)},{_n(zero - value * unit)}")
    look = style.LOOKS[series.look]["line"]
    dash = ' stroke-dasharray="5 3"' if "dash_type" in look else ""
    stroke = f'fill="none" stroke="{look["color"]}" stroke-width="{look["width"]}"{dash}'
    return [f'<polyline points="{" ".join(run)}" {stroke}/>' for run in runs if run]


def _grid(drawn: _Drawn, most: float, zero: float, unit: float) -> list[str]:
    """Return lines at a half and the whole of a round number."""
    if most <= 0:
        return []
    size = 10 ** math.floor(math.log10(most))
    whole = max(one * size for one in (1, 2, 5) if one * size <= most)
    shapes = []
    for value in (whole / 2, whole):
        shapes += [_rule(0, zero - value * unit, _WIDE, zero - value * unit)]
        shapes += [_text(0, zero - value * unit - 3, formatted(value, drawn.number), "start")]
    return shapes


def _lying(drawn: _Drawn) -> tuple[float, list[str]]:
    """Return bars that lie below each other, each under its label."""
    chart = drawn.chart
    stacked = chart.kind in _STACKED
    ends = [_ends(drawn, row, stacked=stacked) for row in range(len(drawn.names))]
    most = max([0.0, *(max(begin, end) for row in ends for begin, end, _ in row)])
    least = min([0.0, *(min(begin, end) for row in ends for begin, end, _ in row)])
    told = not stacked
    margin = 44 if told else 2
    left = margin if least < 0 else 1
    unit = (_WIDE - left - margin) / ((most - least) or 1.0)
    zero = left - least * unit
    shapes = []
    for row, (name, bars) in enumerate(zip(drawn.names, ends, strict=True)):
        top = drawn.legend + row * _ROW
        label, broken, figure = name.rpartition("\n")
        label, figure = (label.replace("\n", ""), figure) if broken else (figure, "")
        shapes.append(_text(0, top + _SMALL, label, "start"))
        shapes += [_text(_WIDE, top + _SMALL, figure, "end")] if figure else []
        for begin, end, series in bars:
            x = zero + min(begin, end) * unit
            shapes.append(_box(x, top + _SMALL + 5, abs(end - begin) * unit, _BAR, series.look))
        last = drawn.series[-1][1][row]
        if chart.kind == "attainment":
            reach = max((end for _, end, _ in bars), default=0.0)
            text = "" if last is None else formatted(last, drawn.number)
            shapes += [_text(zero + reach * unit + 4, top + _SMALL + 16, text, "start")] if text else []
        elif told:
            for begin, end, _ in bars:
                text = formatted(end - begin, drawn.number)
                side = ("start", 4) if end >= 0 else ("end", -4)
                shapes += [_text(zero + end * unit + side[1], top + _SMALL + 16, text, side[0])] if text else []
    high = drawn.legend + len(drawn.names) * _ROW + 4
    if least < 0:
        shapes.append(_rule(zero, drawn.legend, zero, high))
    return high, shapes


def _ends(drawn: _Drawn, row: int, *, stacked: bool) -> list[tuple[float, float, Series]]:
    """Return where each bar of a row begins and ends: at zero, or stacked where those before it on its side end."""
    bars = []
    reached = {True: 0.0, False: 0.0}
    for series, values in drawn.series:
        value = values[row]
        if value is None or value == 0:
            continue
        begin = reached[value > 0] if stacked else 0.0
        reached[value > 0] = begin + value
        bars.append((begin, begin + value, series))
    return bars


def _legend(drawn: _Drawn, table: Table) -> list[str]:
    shapes: list[str] = []
    left = 0.0
    for series in drawn.chart.series:
        if not series.listed:
            continue
        name = table.column(series.key).heading
        if drawn.chart.kind == "line":
            sample = "".join(_line(series, (0.0, 0.0), _SMALL, _SMALL - 2, 1.0))
            shapes.append(f'<g transform="translate({_n(left - _SMALL / 2)})">{sample}</g>')
        else:
            shapes.append(_box(left + 1, 3, _SMALL, _SMALL, series.look))
        shapes.append(_text(left + 16, 12, name, "start"))
        left += display_width(name) * _LETTER + 32
    return shapes


def _patterns(chart: Chart) -> list[str]:
    """Return the hatchings that a chart uses."""
    hatched = [name for name in dict.fromkeys(one.look for one in chart.series) if "pattern" in style.LOOKS[name]]
    return [
        f'<defs><pattern id="{name}" width="5" height="5" patternUnits="userSpaceOnUse"'
        f' patternTransform="rotate(45)"><rect width="5" height="5" fill="{pattern["bg_color"]}"/>'
        f'<rect width="2" height="5" fill="{pattern["fg_color"]}"/></pattern></defs>'
        for name in hatched
        for pattern in (style.LOOKS[name]["pattern"],)
    ]


def _box(x: float, y: float, wide: float, high: float, look: str) -> str:
    """Return a bar in a look; those that only hold others up are left out."""
    if look == "hidden":
        return ""
    drawn: dict[str, Any] = style.LOOKS[look]
    fill = f"url(#{look})" if "pattern" in drawn else drawn["fill"].get("color", "none")
    stroke = f' stroke="{drawn["border"]["color"]}"' if "color" in drawn["border"] else ""
    return _rectangle(x, y, wide, high, f'fill="{fill}"{stroke}')


def _rectangle(x: float, y: float, wide: float, high: float, paint: str) -> str:
    place = f'x="{_n(x)}" y="{_n(y)}" width="{_n(max(wide, 0))}" height="{_n(max(high, 0))}"'
    return f"<rect {place} {paint}/>"


def _text(x: float, y: float, text: str, anchor: str) -> str:
    return f'<text x="{_n(x)}" y="{_n(y)}" text-anchor="{anchor}">{escape(text)}</text>'


def _rule(left: float, top: float, right: float, bottom: float) -> str:
    place = f'x1="{_n(left)}" y1="{_n(top)}" x2="{_n(right)}" y2="{_n(bottom)}"'
    return f'<line {place} stroke="{style.PALETTE["line"]}"/>'


def _svg(wide: float, high: float, title: str, shapes: Iterable[str], kind: str = "chart") -> str:
    """Return a drawing with its title, which is also what a reader of the screen says."""
    told = escape(title)
    head = f'<svg class="{kind}" viewBox="0 0 {_n(wide)} {_n(high)}" role="img" aria-label="{told}"'
    font = f' font-size="{_SMALL}" fill="{style.PALETTE["ink"]}"' if kind == "chart" else ""
    return f'{head}{font} xmlns="http://www.w3.org/2000/svg"><title>{told}</title>{"".join(shapes)}</svg>'


def _n(number: float) -> str:
    return f"{number:.1f}".removesuffix(".0")
