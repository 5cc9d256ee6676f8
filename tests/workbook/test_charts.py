"""Charts as written to the file: in IBCS notation, over the whole table, with short numbers on the axes."""

import xml.etree.ElementTree as ET
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from kpixl.workbook.blocks import Chart, Column, Series, Sheet, Table
from kpixl.workbook.planbook import package_of
from kpixl.workbook.schema import Key

A = "{http://schemas.openxmlformats.org/drawingml/2006/main}"
C = "{http://schemas.openxmlformats.org/drawingml/2006/chart}"
Drawn = Callable[..., ET.Element]


@pytest.fixture
def drawn(tmp_path: Path, parts: Callable[[Path], dict[str, bytes]]) -> Drawn:
    """Draw two months of amounts, and return the XML of the chart: `drawn("column", "plan", "actual")`."""

    def make(kind: str, *looks: str, language: str = "ja", listed: bool = True) -> ET.Element:
        columns = (Column(Key("月", "月"), "month"), *(Column(Key(look, look), "money") for look in looks))
        table = Table("B5", "kpixl_t", columns, [("4", *(1.0 for _ in looks)), ("5", *(2.0 for _ in looks))])
        series = tuple(Series(look, look, listed) for look in looks)
        sheet = Sheet("売上", tables=(table,), charts=(Chart("B9", kind, "月ごとの売上", "kpixl_t", "月", series),))
        (tmp_path / "book.xlsx").write_bytes(package_of([sheet], language, {}))
        return ET.fromstring(parts(tmp_path / "book.xlsx")["xl/charts/chart1.xml"])  # noqa: S314

    return make


def test_actual_is_solid_and_plan_an_outline(drawn: Drawn) -> None:
    plan, actual = (series.find(f"{C}spPr") for series in drawn("column", "plan", "actual").iter(f"{C}ser"))
    assert plan is not None
    assert actual is not None
    assert plan.find(f"{A}noFill") is not None
    assert plan.find(f"{A}ln/{A}solidFill") is not None
    assert actual.find(f"{A}solidFill") is not None


def test_a_forecast_is_hatched(drawn: Drawn) -> None:
    hatched = drawn("column", "forecast").find(f".//{C}ser/{C}spPr/{A}pattFill")
    assert hatched is not None
    assert hatched.get("prst") == "wdUpDiag"


def test_a_forecast_line_is_dashed_and_a_line_of_actuals_is_solid(drawn: Drawn) -> None:
    lines = [
        series.find(f"{C}spPr/{A}ln/{A}prstDash") for series in drawn("line", "actual", "forecast").iter(f"{C}ser")
    ]
    assert [line is not None for line in lines] == [False, True]


def test_a_series_covers_the_whole_table(drawn: Drawn) -> None:
    (series,) = drawn("column", "actual").iter(f"{C}ser")
    assert series.findtext(f"{C}val//{C}f") == "売上!$C$6:$C$7"
    assert series.findtext(f"{C}cat//{C}f") == "売上!$B$6:$B$7"


def test_a_few_columns_have_data_labels_instead_of_an_axis(drawn: Drawn) -> None:
    chart = drawn("column", "plan", "actual")
    assert [label.get("val") for label in chart.findall(f".//{C}ser/{C}dLbls/{C}showVal")] == ["1", "1"]
    assert chart.find(f".//{C}valAx/{C}delete").get("val") == "1"
    assert chart.find(f".//{C}valAx/{C}majorGridlines") is None


def test_lines_keep_their_axis_and_a_label_for_every_week(drawn: Drawn) -> None:
    chart = drawn("line", "plan", "actual")
    assert chart.find(f".//{C}dLbls") is None
    assert chart.find(f".//{C}valAx/{C}delete") is None
    assert chart.find(f".//{C}dateAx/{C}majorUnit").get("val") == "7"
    assert chart.find(f".//{C}dateAx/{C}majorTimeUnit").get("val") == "days"


def test_the_base_of_a_waterfall_is_invisible_and_not_in_the_legend(drawn: Drawn) -> None:
    chart = drawn("waterfall", "hidden", listed=False)
    assert chart.find(f".//{C}ser/{C}spPr/{A}noFill") is not None
    assert [entry.get("val") for entry in chart.findall(f".//{C}legendEntry/{C}delete")] == ["1"]


def test_a_chart_has_a_title_and_alternative_text(
    drawn: Drawn, tmp_path: Path, parts: Callable[[Path], dict[str, bytes]]
) -> None:
    assert (
        "".join(text.text or "" for text in drawn("column", "actual").find(f".//{C}title").iter(f"{A}t"))
        == "月ごとの売上"
    )
    assert 'descr="月ごとの売上"' in parts(tmp_path / "book.xlsx")["xl/drawings/drawing1.xml"].decode()


def test_japanese_text_in_charts_has_the_typeface_of_the_cells(small_book: Callable[..., Path], parts: Any) -> None:
    """Excel draws kana and kanji in the East Asian typeface of a run, whatever its Latin typeface."""
    charts = [part for name, part in parts(small_book()).items() if name.startswith("xl/charts/chart")]
    assert charts
    for part in charts:
        fonts = [run for run in ET.fromstring(part).iter() if run.find(f"{A}latin") is not None]  # noqa: S314
        assert fonts
        assert {run.find(f"{A}ea").get("typeface") for run in fonts} == {"Yu Gothic"}
        assert {run.get("lang") for run in fonts} <= {"ja-JP", None}
