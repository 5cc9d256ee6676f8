"""The helpers, as a spreadsheet calls them."""

import kpixl
from kpixl import texts
from udfs.boundary import call


def test_text_becomes_numbers_and_dates() -> None:
    assert call("KPI_NUMBER", [["1億2,000万円", "▲5", None]]) == [[120_000_000], [-5], [""]]
    assert call("KPI_DATE", [[["平成元年1月8日", "来月"]]]) == [[32516, "#VALUE!"]]


def test_a_definition_is_one_row() -> None:
    assert call("KPI_DEFINITION", ["成約率"]) == [
        ["受注率", "商談のうち、受注になった割合", "受注数", "商談数", "%", "遅行指標", "高いほど良い"]
    ]
    with texts.speaking("en"):
        assert call("KPI_DEFINITION", ["受注率"])[0][0] == "Win rate"  # type: ignore[index]
    assert call("KPI_DEFINITION", ["xyz"]) == "#VALUE!"


def test_the_version_is_that_of_the_package() -> None:
    assert call("KPIXL_VERSION", []) == kpixl.__version__
