"""Every sheet prints on A4 (or A3 if it says so), one page wide, with its headings on every page."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from openpyxl.utils.cell import range_boundaries

from kpixl.workbook.blocks import Column, Sheet, Table
from kpixl.workbook.layout import ruled
from kpixl.workbook.planbook import package_of
from kpixl.workbook.schema import Key

A3, A4 = 8, 9


@pytest.fixture
def printed(tmp_path: Path, load: Callable[..., Any]) -> Callable[[Sheet], Any]:
    """Make a workbook of one sheet, and read it back."""

    def make(sheet: Sheet) -> Any:
        (tmp_path / "book.xlsx").write_bytes(package_of([sheet], "ja", {}))
        return load(tmp_path / "book.xlsx").active

    return make


def test_a_narrow_sheet_prints_in_portrait_and_a_wide_one_in_landscape(printed: Callable[[Sheet], Any]) -> None:
    assert printed(_of_columns(5)).page_setup.orientation == "portrait"
    assert printed(_of_columns(12)).page_setup.orientation == "landscape"


def test_frozen_headings_are_printed_on_every_page(printed: Callable[[Sheet], Any]) -> None:
    assert printed(_of_columns(3, freeze="C6")).print_title_rows == "$5:$5"


def test_what_is_printed_ends_with_the_last_table(printed: Callable[[Sheet], Any]) -> None:
    assert printed(_of_columns(3)).print_area.endswith("$A$1:$D$8")


def test_helper_columns_stay_off_the_page(printed: Callable[[Sheet], Any]) -> None:
    assert printed(_of_columns(6, print_columns="A:D")).print_area.endswith("$A$1:$D$8")


def test_the_members_sheet_prints_without_a_page_for_its_helper_tables(
    loop: Callable[[str], Any], load: Callable[..., Any]
) -> None:
    page = load(loop("ja").book)["メンバー"]
    (area,) = page.print_area.split(",")
    right = range_boundaries(page.tables["kpixl_member_status"].ref)[2]
    assert range_boundaries(area.rpartition("!")[2])[2] == right


def test_two_spans_of_columns_have_pages_of_their_own(printed: Callable[[Sheet], Any]) -> None:
    page = printed(_of_columns(6, print_columns="A:C,E:G"))
    assert [area.rpartition("!")[2] for area in page.print_area.split(",")] == ["$A$1:$C$8", "$E$1:$G$8"]


def test_a_hidden_sheet_is_not_printed(printed: Callable[[Sheet], Any], tmp_path: Path, load: Any) -> None:
    sheets = [_of_columns(3), replace(_of_columns(3, hidden=True), title="t", tables=())]
    (tmp_path / "hidden.xlsx").write_bytes(package_of(sheets, "ja", {}))
    assert [bool(page.print_area) for page in load(tmp_path / "hidden.xlsx").worksheets] == [True, False]


_SMALLEST = 0.75  # of body text at full size, which has 10.5 points: about 8
_INCH, _MARGINS = 96, 0.5  # pixels at full size, inches
_WIDTHS = {(A4, "portrait"): 8.27, (A4, "landscape"): 11.69, (A3, "portrait"): 11.69, (A3, "landscape"): 16.54}


@pytest.mark.parametrize("language", ["ja", "en"])
def test_body_text_is_printed_large_enough_to_read(
    loop: Callable[[str], Any], load: Callable[..., Any], language: str
) -> None:
    """At one page wide, the scale is the paper's width less margins, divided by the width of the columns."""
    small = {}
    for page in load(loop(language).book).worksheets:
        for area in filter(None, page.print_area.split(",")):
            left, _, right, _ = range_boundaries(area.rpartition("!")[2])
            pixels = sum(_pixels(page, column) for column in range(left, right + 1))
            paper = _WIDTHS[page.page_setup.paperSize, page.page_setup.orientation]
            scale = min(1, (paper - _MARGINS) * _INCH / pixels)
            if scale < _SMALLEST:
                small[page.title] = round(scale, 2)
    assert small == {}


def _pixels(page: Any, column: int) -> int:
    for group in page.column_dimensions.values():
        if group.min and group.min <= column <= group.max:
            return 0 if group.hidden else round(group.width * 7)
    return 68  # the width of a standard column


@pytest.mark.parametrize("language", ["ja", "en"])
def test_every_sheet_of_a_plan_is_ready_to_print(
    loop: Callable[[str], Any], load: Callable[..., Any], language: str
) -> None:
    for page in load(loop(language).new).worksheets:
        if page.sheet_state != "visible":
            assert not page.print_area  # LibreOffice prints whatever has one
            continue
        assert page.page_setup.paperSize in (A3, A4)
        assert page.sheet_properties.pageSetUpPr.fitToPage
        assert (page.page_setup.fitToWidth or 1) == 1
        assert "&P" in page.oddFooter.right.text
        left, top, right, bottom = range_boundaries(page.print_area.split(",")[0].rpartition("!")[2])
        assert (left, top) == (1, 1)
        assert right >= 2
        assert bottom >= 5


def test_a_page_ends_above_the_title_of_a_section_that_would_be_cut(printed: Callable[[Sheet], Any]) -> None:
    """A4 upright has (11.69 - 1.1) inches of 72 points, 762; a section here takes 24 + 24 + 14 × 20, 328."""
    column = Column(Key("1", "列"), width=15)
    tops = (3, 20, 37, 54)
    tables = tuple(Table(f"B{top}", f"table_{top}", (column,), ((1,),) * 14) for top in tops)
    titles = tuple(ruled(f"B{top - 1}", "節") for top in tops)
    page = printed(Sheet("s", blocks=titles, tables=tables))
    assert [mark.id for mark in page.row_breaks.brk] == [35]
    assert not page.print_title_rows


def test_a_section_longer_than_a_page_begins_where_it_stands_and_repeats_its_headings(
    printed: Callable[[Sheet], Any],
) -> None:
    column = Column(Key("1", "列"), width=15)
    tables = tuple(Table(f"B{top}", f"table_{top}", (column,), ((1,),) * rows) for top, rows in ((3, 4), (10, 60)))
    page = printed(Sheet("s", blocks=(ruled("B2", "節"), ruled("B9", "節")), tables=tables))
    assert [mark.id for mark in page.row_breaks.brk] == []
    assert page.print_title_rows == "$10:$10"


def _of_columns(count: int, **shown: Any) -> Sheet:
    columns = tuple(Column(Key(f"{number}", f"列{number}"), width=15) for number in range(count))
    return Sheet("s", tables=(Table("B5", "kpixl_t", columns, [("あ",) * count] * 3),), **shown)
