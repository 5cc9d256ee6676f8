"""Charts in IBCS notation: actuals dark, plan outlined or dashed, no decoration, a title that says what is shown."""

import re
from typing import Any

from xlsxwriter.utility import quote_sheetname, xl_range_abs

from kpixl.texts import section
from kpixl.workbook import style
from kpixl.workbook.blocks import Chart, Series, Table

__all__ = ["KINDS", "draw", "entitle", "localised", "plan_and_actual", "rows_high"]

KINDS = {
    "line": {"type": "line"},
    "column": {"type": "column"},
    "waterfall": {"type": "column", "subtype": "stacked"},
    "bands": {"type": "bar", "subtype": "stacked"},
    "variance": {"type": "bar"},
    "difference": {"type": "column"},
    "attainment": {"type": "bar"},
}
_ALONG: dict[str, dict[str, Any]] = {
    "line": {"date_axis": True, "major_unit": 7, "major_unit_type": "days"},
    "waterfall": {"label_position": "low"},
    "difference": {"label_position": "low"},
    "bands": {"reverse": True, "crossing": "max", "interval_unit": 1},
    "variance": {"reverse": True, "label_position": "low"},
    "attainment": {"reverse": True, "interval_unit": 1},
}
_UPWARDS: dict[str, dict[str, Any]] = {"bands": {"min": 0, "major_unit": 0.5}, "attainment": {"min": 0}}
_ROW_PIXELS = 26
_LABELLED = 16  # up to this many columns have data labels instead of an axis
_LATIN = re.compile(rb'<a:latin typeface="([^"]*)"[^>]*/>')


def plan_and_actual(at: str, title: str, table: str, by: str, planned: str, size: tuple[int, int]) -> Chart:
    """Return a column chart of a table's actuals beside the plan; `planned` is the key of the plan's column."""
    return Chart(at, "column", title, table, by, (Series(planned, "plan"), Series("actual", "actual")), size)


def draw(book: Any, chart: Chart, sheet: str, table: Table, language: str) -> Any:
    """Return a chart of the columns of `table`, which is on `sheet`."""
    drawn = book.add_chart(KINDS[chart.kind])
    upwards = style.axis_number(table.column(chart.series[0].key).style, language)
    labelled = chart.kind == "column" and len(table.rows) <= _LABELLED
    few = len(table.rows) * len(chart.series) <= _LABELLED
    for series in chart.series:
        look = style.LOOKS[series.look]
        options: dict[str, Any] = {
            "name": table.column(series.key).heading,
            "categories": _range(sheet, table, chart.categories),
            "values": _range(sheet, table, series.key),
        }
        if chart.kind == "line":
            options |= {"line": look["line"], "marker": {"type": "none"}}
        else:
            options |= {key: look[key] for key in ("fill", "pattern", "border") if key in look}
            if chart.kind in ("variance", "difference"):
                options["data_labels"] = {
                    "value": True,
                    "position": "outside_end",
                    "num_format": style.bar_label(language),
                    "font": style.chart_font(9, language, bold=True),
                }
            if (labelled and (series is chart.series[-1] or few)) or (
                chart.kind == "attainment" and series is chart.series[-1]
            ):
                options["data_labels"] = {
                    "value": True,
                    "num_format": upwards or style.WHOLE,
                    "font": style.chart_font(8, language),
                }
            alone = "subtype" not in KINDS[chart.kind] and chart.kind not in ("variance", "difference", "attainment")
            options |= {"gap": 60, "overlap": -5 if alone else 100}
        drawn.add_series(options)
    axis = {
        "num_font": style.chart_font(9, language),
        "line": {"color": style.PALETTE["line"]},
        "major_tick_mark": "none",
    }
    across = style.axis_number(table.column(chart.categories).style, language)
    named = {"num_format": across, "text_axis": chart.kind != "line"} if across else {}
    categories = axis | named | _ALONG.get(chart.kind, {})
    values = axis | ({"num_format": upwards} if upwards else {}) | _UPWARDS.get(chart.kind, {})
    values |= {
        "line": {"none": True},
        "major_gridlines": {"visible": True, "line": {"color": style.PALETTE["line"], "width": 0.5}},
    }
    # data labels, or the category names, give the figures
    if labelled or chart.kind in ("variance", "difference", "waterfall", "attainment"):
        values |= {"visible": False, "major_gridlines": {"visible": False}}
    lying = KINDS[chart.kind]["type"] == "bar"
    drawn.set_x_axis(values if lying else categories)
    drawn.set_y_axis(categories if lying else values)
    drawn.set_title({"name": chart.title, **_title(language)})
    unlisted = [place for place, series in enumerate(chart.series) if not series.listed]
    drawn.set_legend(
        {"none": True}
        if chart.kind in ("variance", "difference", "attainment")
        else {"position": "top", "font": style.chart_font(9, language), "delete_series": unlisted}
    )
    drawn.set_chartarea({"border": {"none": True}, "fill": {"color": style.PALETTE["white"]}})
    drawn.show_blanks_as("gap")
    drawn.show_hidden_data()
    drawn.set_size({"width": chart.size[0], "height": chart.size[1]})
    return drawn


def entitle(drawn: Any, cell: str, text: str, language: str) -> None:
    """Make the text of a cell the title of a chart."""
    drawn.set_title({"name": cell, "data": [text], **_title(language)})


def _title(language: str) -> dict[str, Any]:
    return {
        "name_font": style.chart_font(11, language, bold=True),
        "overlay": False,
        "layout": {"x": 0.01, "y": 0.02},
    }


def _range(sheet: str, table: Table, key: str) -> str:
    body, column = table.body, table.area.left + table.columns.index(table.column(key)) - 1
    cells = xl_range_abs(body.top - 1, column, body.bottom - 1, column)
    return f"={quote_sheetname(sheet)}!{cells}"


def rows_high(chart: Chart) -> int:
    """Return how many rows of ordinary height a chart covers."""
    return chart.size[1] // _ROW_PIXELS + 1


def localised(part: bytes, language: str) -> bytes:
    """Return the XML of a chart in a language, with typefaces for East Asian text, which XlsxWriter leaves out.

    >>> localised(b'<a:defRPr lang="en-US"><a:latin typeface="Yu Gothic"/>', "ja")
    b'<a:defRPr lang="ja-JP"><a:latin typeface="Yu Gothic"/><a:ea typeface="Yu Gothic"/>'
    """
    both = _LATIN.sub(rb'\g<0><a:ea typeface="\1"/>', part)
    return both.replace(b'lang="en-US"', b'lang="%s"' % section("language", language)["tag"].encode())
