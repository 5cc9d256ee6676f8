"""Charts as SVG: lengths are in proportion to the figures, from zero, and what is not known is not drawn."""

from typing import Any

import pytest
from lxml import etree

from kpixl.workbook.blocks import Chart, Column, Series, Table
from kpixl.workbook.charts import KINDS
from kpixl.workbook.style import LOOKS
from kpixl.workbook.web.drawing import chart_svg, sparkline_svg


def _table(*rows: tuple[Any, ...]) -> Table:
    columns = Column("stage", "strong"), Column("target", "count"), Column("actual", "count")
    return Table("B2", "report_drawn", columns, rows)


def _drawn(kind: str, *rows: tuple[Any, ...], looks: tuple[str, str] = ("plan", "actual")) -> Any:
    series = Series("target", looks[0]), Series("actual", looks[1])
    chart = Chart("B2", kind, "目標と実績", "report_drawn", "stage", series)
    return etree.fromstring(chart_svg(chart, _table(*rows), "ja", chart.title))


def _sizes(svg: Any, look: str, side: str) -> list[float]:
    colour = LOOKS[look]["fill"].get("color", "none")
    legend = 10.0
    boxes = [box for box in svg.iter("{*}rect") if box.get("fill") == colour and float(box.get("height")) != legend]
    return [float(box.get(side)) for box in boxes]


def test_columns_are_as_high_as_their_figures() -> None:
    svg = _drawn("column", ("4月", 100, 50), ("5月", 100, 200), ("6月", 100, None))
    [first, second] = _sizes(svg, "actual", "height")
    assert second == pytest.approx(4 * first, abs=0.2)
    assert _sizes(svg, "plan", "height") == pytest.approx([2 * first] * 3, abs=0.2)
    assert {"50", "200"} <= {text.text for text in svg.iter("{*}text")}


def test_a_waterfall_is_carried_by_its_base() -> None:
    svg = _drawn("waterfall", ("計画\n100円", None, 100), ("件数\n▲40円", 60, 40), looks=("hidden", "actual"))
    (whole, left), (part, carried) = zip(_sizes(svg, "actual", "width"), _sizes(svg, "actual", "x"), strict=True)
    assert part == pytest.approx(0.4 * whole, abs=0.2)
    assert carried - left == pytest.approx(0.6 * whole, abs=0.2)
    assert "▲40円" in {text.text for text in svg.iter("{*}text")}


def test_losses_lie_on_the_other_side_of_zero() -> None:
    svg = _drawn("difference", ("4月", 30, 0), ("5月", 0, -60), looks=("good", "bad"))
    [up, *_], [*_, down] = _sizes(svg, "good", "y"), _sizes(svg, "bad", "y")
    [high, *_] = _sizes(svg, "good", "height")
    assert down == pytest.approx(up + high, abs=0.2)
    assert [text.text for text in svg.iter("{*}text")][:2] == ["+30", "▲60"]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    "rows", [(("4月", None, ""), ("5月", 1, 2)), (("4月", 0, 0), ("5月", 0, 0)), (("4月", -5, -3),)]
)
def test_every_kind_is_drawn_of_any_figures(kind: str, rows: tuple[tuple[Any, ...], ...]) -> None:
    svg = _drawn(kind, *rows)
    assert svg.findtext("{*}title") == svg.get("aria-label") == "目標と実績"
    assert svg.get("role") == "img"
    assert "nan" not in etree.tostring(svg).decode()


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("rows", [(), (("4月", None, ""),)])
def test_of_nothing_known_nothing_is_drawn(kind: str, rows: tuple[tuple[Any, ...], ...]) -> None:
    series = Series("target", "plan"), Series("actual", "actual")
    assert not chart_svg(Chart("B2", kind, "題", "report_drawn", "stage", series), _table(*rows), "ja", "題")
    assert not sparkline_svg([None, None], "推移")


def test_a_plan_alone_is_no_attainment() -> None:
    svg = _drawn("attainment", ("リード", 1.0, 0.85), ("架電", 1.0, ""))
    assert [text.text for text in svg.iter("{*}text")] == ["リード", "1", "架電"]


def test_hatched_looks_are_hatched() -> None:
    assert "url(#forecast)" in etree.tostring(_drawn("column", ("4月", 1, 2), looks=("plan", "forecast"))).decode()


def test_a_sparkline_leaves_out_what_is_not_known() -> None:
    svg = etree.fromstring(sparkline_svg([4, None, 8], "推移"))
    first, last = svg.iter("{*}rect")
    assert float(last.get("height")) == 2 * float(first.get("height"))
    assert float(last.get("x")) == 2 * 96 / 3
