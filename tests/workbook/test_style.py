"""Everybody can read the sheets: contrast by WCAG 2.2, colours distinct for the colour-blind, short numbers."""

import itertools
import subprocess
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from xlsxwriter import Workbook

from kpixl.plan import Plan
from kpixl.texts import speaking
from kpixl.workbook.gallery import named_styles, style_name
from kpixl.workbook.sheets import plan_sheets
from kpixl.workbook.signals import rules
from kpixl.workbook.state import new_state
from kpixl.workbook.style import LOOKS, PALETTE, axis_number, cell_style

READABLE = 4.5  # WCAG 2.2, success criterion 1.4.3, level AA
GROUNDS = ("white", "pale")
STATES: tuple[dict[str, bool], ...] = ({}, {"typed": True}, {"ruled": True}, {"total": True})
# Machado, Oliveira and Fernandes (2009), severity 1.0, on linear RGB.
COLOUR_BLIND = {
    "protanopia": [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]],
    "deuteranopia": [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]],
    "tritanopia": [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.303900]],
}
TO_XYZ = np.array(
    [[0.4124564, 0.3575761, 0.1804375], [0.2126729, 0.7151522, 0.0721750], [0.0193339, 0.1191920, 0.9503041]]
)
CLEARLY_APART = 15  # CIE76; 2.3 is the just noticeable difference


def test_every_text_is_readable_on_its_background(small_plan: Callable[..., Plan]) -> None:
    for language in ("ja", "en"):
        in_blocks, in_tables = _styles_of_sheets(small_plan(language=language))
        shown = [*((name, {}) for name in in_blocks | {"heading", "home"}), *itertools.product(in_tables, STATES)]
        for name, state in shown:
            look = cell_style(name, language, **state)
            assert _contrast(look["font_color"], look.get("bg_color", "#FFFFFF")) >= READABLE, (name, state)


@pytest.mark.parametrize("name", ["attainment", "gap", "gap_money", "points", "status", "verdict", "check"])
def test_a_signal_is_readable_on_its_own_background_or_any_tables(name: str) -> None:
    looks = [rule["format"] for rule in rules(name) if rule["format"]]
    assert len(looks) >= 2
    for look in looks:
        grounds = [look["bg_color"]] if "bg_color" in look else [PALETTE[ground] for ground in GROUNDS]
        assert min(_contrast(look["font_color"], ground) for ground in grounds) >= READABLE


def test_black_on_white_has_the_contrast_that_the_standard_gives() -> None:
    assert _contrast("#000000", "#FFFFFF") == pytest.approx(21)
    assert _contrast("#777777", "#FFFFFF") == pytest.approx(4.48, abs=0.005)


@pytest.mark.parametrize("kind", COLOUR_BLIND)
def test_good_warn_and_bad_are_distinct_for_the_colour_blind(kind: str) -> None:
    seen = [_lab(np.array(COLOUR_BLIND[kind]) @ _linear(PALETTE[shade])) for shade in ("good", "warn", "bad")]
    assert min(float(np.linalg.norm(one - other)) for one, other in itertools.combinations(seen, 2)) > CLEARLY_APART


@pytest.mark.parametrize(("language", "signs"), [("ja", ["○", "△", "×"]), ("en", ["●", "◐", "○"])])
def test_a_level_of_attainment_has_the_usual_sign_of_its_language(language: str, signs: list[str]) -> None:
    """In Japan a circle means good."""
    with speaking(language):
        levels = [rule["format"] for rule in rules("attainment") if rule["format"]]
    assert [level["num_format"].split('"')[1].strip() for level in levels] == signs


@pytest.mark.parametrize("language", ["ja", "en"])
def test_a_shortfall_has_a_sign_of_its_own(language: str) -> None:
    for name in ("gap", "gap_money", "points", "growth"):
        gained, lost, *_ = cell_style(name, language)["num_format"].split(";")
        assert gained.startswith("+")
        assert lost.startswith("▲" if language == "ja" else "-")


@pytest.mark.parametrize("language", ["ja", "en"])
def test_every_style_of_a_sheet_is_in_the_gallery(small_plan: Callable[..., Plan], language: str) -> None:
    shown = {style.name for style in named_styles(language)}
    for name in set().union(*_styles_of_sheets(small_plan(language=language))):
        assert {style_name(name, language, **state) for state in STATES} <= shown


@pytest.mark.parametrize("language", ["ja", "en"])
def test_no_two_styles_of_the_gallery_look_the_same(language: str) -> None:
    looks = [tuple(sorted(style.look.items())) for style in named_styles(language)]
    assert len(set(looks)) == len(looks) == len({style.name for style in named_styles(language)})


def test_charts_follow_the_notation_of_ibcs() -> None:
    assert LOOKS["actual"]["fill"]["color"] == LOOKS["actual"]["border"]["color"]
    assert LOOKS["plan"]["fill"] == {"none": True}
    assert LOOKS["plan"]["border"]["color"]
    assert LOOKS["forecast"]["pattern"]["pattern"].endswith("diagonal")
    assert _luminance(LOOKS["previous"]["fill"]["color"]) > _luminance(LOOKS["actual"]["fill"]["color"])
    assert (LOOKS["good"]["fill"]["color"], LOOKS["bad"]["fill"]["color"]) == (PALETTE["good"], PALETTE["bad"])


@pytest.mark.calc
def test_a_difference_of_rates_is_in_points_unlike_growth(tmp_path: Path) -> None:
    assert _shown(tmp_path, cell_style("points", "ja"), [3.2, -10, 0]) == ["+3.2pt", "▲10.0pt", "0.0pt"]
    assert _shown(tmp_path, cell_style("points", "en"), [3.2, -10, 0]) == ["+3.2pt", "-10.0pt", "0.0pt"]
    assert _shown(tmp_path, cell_style("growth", "ja"), [0.032, -0.1, 0]) == ["+3.2%", "▲10.0%", "0.0%"]


@pytest.mark.parametrize("language", ["ja", "en"])
def test_no_font_is_replaced_by_that_of_the_theme(small_book: Callable[..., Path], language: str) -> None:
    with zipfile.ZipFile(small_book(language=language)) as package:
        styles = package.read("xl/styles.xml").decode()
    assert '<name val="Yu Gothic"/>' in styles or '<name val="Arial"/>' in styles
    assert "<scheme" not in styles


def test_an_axis_shows_a_month_shorter_than_a_cell() -> None:
    assert axis_number("month", "ja") == cell_style("month_axis", "ja")["num_format"]
    assert axis_number("count", "ja") is None


def _styles_of_sheets(plan: Plan) -> tuple[set[str], set[str]]:
    """Return the styles of the cells outside of tables, and of those in tables."""
    with speaking(plan.language):
        sheets = plan_sheets(new_state(plan))
    in_blocks = {cell.style for sheet in sheets for block in sheet.blocks for row in block.rows for cell in row if cell}
    tables = [table for sheet in sheets for table in sheet.tables]
    return in_blocks, {name for table in tables for column in table.columns for name in table.styles(column)}


def _shown(folder: Path, look: dict[str, Any], numbers: list[float]) -> list[str]:
    """Return the text that LibreOffice shows for numbers in a format."""
    book = Workbook(str(folder / "numbers.xlsx"))
    book.add_worksheet().write_column(0, 0, numbers, book.add_format({"num_format": look["num_format"]}))
    book.close()
    profile = f"-env:UserInstallation={(folder / 'office').as_uri()}"
    encoding = "csv:Text - txt - csv (StarCalc):9,34,76"
    for _ in range(2):  # a new profile may ask to be started again
        command = ["soffice", profile, "--headless", "--convert-to", encoding, "--outdir", str(folder)]
        subprocess.run([*command, str(folder / "numbers.xlsx")], check=False, capture_output=True, timeout=180)
    return (folder / "numbers.csv").read_text(encoding="utf-8").split()


def _linear(colour: str) -> Any:
    channels = np.array([int(colour[place : place + 2], 16) for place in (1, 3, 5)]) / 255
    return np.where(channels <= 0.04045, channels / 12.92, ((channels + 0.055) / 1.055) ** 2.4)


def _luminance(colour: str) -> float:
    return float(np.array([0.2126, 0.7152, 0.0722]) @ _linear(colour))


def _contrast(one: str, other: str) -> float:
    dark, light = sorted((_luminance(one), _luminance(other)))
    return (light + 0.05) / (dark + 0.05)


def _lab(linear: Any) -> Any:
    """Return CIE L*a*b* under D65."""
    xyz = TO_XYZ @ np.clip(linear, 0, 1) / np.array([0.95047, 1, 1.08883])
    curve = np.where(xyz > 216 / 24389, np.cbrt(xyz), (24389 / 27 * xyz + 16) / 116)
    return np.array([116 * curve[1] - 16, 500 * (curve[0] - curve[1]), 200 * (curve[1] - curve[2])])
