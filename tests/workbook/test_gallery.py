"""Excel's gallery shows kpixl's styles, and a cell follows its style except in its own properties."""

import xml.etree.ElementTree as ET
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from openxml_audit import OpenXmlValidator

from kpixl.workbook.gallery import NamedStyle, StyledWorkbook, named_styles
from kpixl.xlsx import packed

MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
NORMAL = NamedStyle("標準", {"font_name": "Yu Gothic", "font_size": 10.5}, 0)
INPUT = NamedStyle("入力", {"font_color": "#1B4F9C", "bg_color": "#FFF9E3"}, 20)
PLAIN = {"bg_color": "#FFF9E3", "font_color": "#1B4F9C"}


@pytest.fixture
def styled(tmp_path: Path) -> Path:
    """A workbook with a cell of a style, a cell of that style with a number format of its own, and a default cell."""
    book = StyledWorkbook({}, (NORMAL, INPUT))
    page = book.add_worksheet()
    page.write_number("A1", 0.5, book.add_styled(PLAIN, "入力"))
    page.write_number("A2", 0.5, book.add_styled(PLAIN | {"num_format": "0%", "bold": True}, "入力"))
    page.write_number("A3", 0.5)
    (tmp_path / "styled.xlsx").write_bytes(packed(book.parts()))
    return tmp_path / "styled.xlsx"


def test_a_cell_says_which_style_it_belongs_to(styled: Path, load: Callable[..., Any]) -> None:
    page = load(styled).active
    assert [page[cell].style for cell in ("A1", "A2", "A3")] == ["入力", "入力", "標準"]
    assert page["A2"].number_format == "0%"
    assert page["A1"].fill.fgColor.rgb == page["A2"].fill.fgColor.rgb == "FFFFF9E3"


def test_only_what_differs_from_the_style_is_the_cells_own(
    styled: Path, parts: Callable[[Path], dict[str, bytes]]
) -> None:
    xfs = ET.fromstring(parts(styled)["xl/styles.xml"]).find(f"{MAIN}cellXfs")  # noqa: S314
    assert xfs is not None
    own = [{name for name in xf.keys() if name.startswith("apply")} for xf in xfs]  # noqa: SIM118
    # The default, the style's own look, the percentage in bold.
    assert own == [set(), set(), {"applyNumberFormat", "applyFont"}]


def test_a_style_sets_only_its_own_properties(styled: Path, parts: Callable[[Path], dict[str, bytes]]) -> None:
    xfs = ET.fromstring(parts(styled)["xl/styles.xml"]).find(f"{MAIN}cellStyleXfs")  # noqa: S314
    assert xfs is not None
    left_alone = {name for name, value in xfs[1].items() if name.startswith("apply") and value == "0"}
    assert left_alone == {"applyNumberFormat", "applyBorder", "applyAlignment", "applyProtection"}


def test_excels_own_styles_keep_their_number(styled: Path, parts: Callable[[Path], dict[str, bytes]]) -> None:
    styles = ET.fromstring(parts(styled)["xl/styles.xml"]).findall(f"{MAIN}cellStyles/{MAIN}cellStyle")  # noqa: S314
    assert [(style.get("name"), style.get("builtinId")) for style in styles] == [("標準", "0"), ("入力", "20")]


def test_a_validator_of_the_format_finds_nothing(styled: Path) -> None:
    assert [str(error) for error in OpenXmlValidator().validate(styled).errors] == []


@pytest.mark.parametrize("language", ["ja", "en"])
def test_a_plan_has_all_styles_of_kpixl(
    loop: Callable[[str], Any], load: Callable[..., Any], place: Callable[..., tuple[str, str]], language: str
) -> None:
    made = loop(language).new
    book = load(made)
    assert {style.name for style in named_styles(language)} <= {str(name) for name in book.named_styles}
    guide = book.worksheets[0]
    title, entry = ("タイトル", "入力") if language == "ja" else ("Title", "Input")
    assert guide["B2"].style == title
    with_pages = [sheet for sheet in book.worksheets if "kpixl_entries" in sheet.tables]
    first = with_pages[0].tables["kpixl_entries"].ref.split(":")[0]
    assert with_pages[0][first].offset(1, 0).style == entry
