"""Columns are as wide, and rows as high, as their contents need."""

import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from kpixl.plan import Goal
from kpixl.workbook.blocks import Block, Cell, Column, Sheet, Table
from kpixl.workbook.fitting import ROW_HEIGHT, column_widths, display_width, row_heights, wraps
from kpixl.workbook.schema import Key


def test_a_full_width_character_counts_as_two() -> None:
    assert display_width("受注") == 4
    assert display_width("KPI") == 3
    assert display_width("ｶﾅ") == 2


def test_a_text_wraps_when_it_is_wider_than_its_column() -> None:
    assert not wraps("受注", 7)
    assert wraps("商談の設定数", 10)


def test_a_number_widens_its_column() -> None:
    sheet = _sheet(Column(Key("売上", "売上"), "money", 10), 12_345_678_901)
    assert column_widths(sheet)["B"] >= len("12,345,678,901") + 2  # and the yen sign


def test_a_short_number_leaves_the_width_that_was_asked_for() -> None:
    assert column_widths(_sheet(Column(Key("売上", "売上"), "money", 15), 5))["B"] == 15


def test_an_english_heading_keeps_its_words_whole() -> None:
    assert column_widths(_sheet(Column(Key("rate", "Rate attainment"), "rate", 5), 0.5))["B"] >= len("attainment")


def test_an_english_name_keeps_its_words_whole() -> None:
    stage = Column(Key("stage", "Stage"), "strong", 9)
    assert column_widths(_sheet(stage, "Qualified appointments"))["B"] >= len("appointments") + 2
    assert column_widths(_sheet(stage, "Calls"))["B"] == 9


def test_a_long_text_makes_its_row_higher() -> None:
    sheet = _sheet(
        Column(Key("m", "意味"), "text", 20), "架電のうち、相手と話せたものの割合。不在と番号違いは数えない。"
    )
    heights = row_heights(sheet, column_widths(sheet))
    assert heights[6] > ROW_HEIGHT
    assert 6 not in row_heights(_sheet(Column(Key("意味", "意味"), "text", 20), "短い"), {"B": 20})


def test_a_long_paragraph_outside_a_table_makes_its_row_higher() -> None:
    """60 half-width characters and the indent take four lines of 20."""
    block = Block("B2", ((Cell("長" * 30, "paragraph"),),))
    assert row_heights(Sheet("s", (block,)), {"B": 20})[2] == 4 * 18
    assert 2 not in row_heights(Sheet("s", (block,)), {"B": 80})


def test_a_title_has_room() -> None:
    sheet = Sheet("s", (Block("B2", ((Cell("進捗", "title"),),)),))
    assert row_heights(sheet, {})[2] > ROW_HEIGHT


@pytest.mark.calc
@pytest.mark.skipif(not shutil.which("pdftotext"), reason="pdftotext is not installed")
def test_a_goal_of_billions_fits_its_cells(small_book: Callable[..., Path], tmp_path: Path) -> None:
    book = small_book(goal=Goal(98_765_432_100, 2_000_000))
    profile = f"-env:UserInstallation={(tmp_path / 'office').as_uri()}"
    for _ in range(2):  # a new profile may ask to be started again
        command = ["soffice", profile, "--headless", "--convert-to", "pdf", "--outdir", str(tmp_path), str(book)]
        subprocess.run(command, check=False, capture_output=True, timeout=180)
    text = subprocess.run(["pdftotext", str(book.with_suffix(".pdf")), "-"], check=True, capture_output=True, text=True)
    assert "98,765,432,100円" in text.stdout
    assert "###" not in text.stdout


def _sheet(column: Column, value: str | float) -> Sheet:
    return Sheet("s", tables=(Table("B5", "kpixl_t", (column,), [(value,)]),))
