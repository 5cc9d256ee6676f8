"""The committed workbooks are what their templates produce today, in both languages, and small."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from openxml_audit import OpenXmlValidator

from kpixl.plan import read_template
from kpixl.plan.sections import template_names
from kpixl.texts import LANGUAGES
from kpixl.workbook.books import Book
from kpixl.workbook.planbook import build
from kpixl.workbook.state import new_state

_TEMPLATES = Path(__file__).parents[2] / "templates"


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", template_names())
def test_the_committed_workbook_is_a_fresh_build(
    name: str, language: str, parts: Callable[[Path], dict[str, bytes]], tmp_path: Path
) -> None:
    committed, fresh = _TEMPLATES / f"{name}.{language}.xlsx", tmp_path / "fresh.xlsx"
    with Book(committed) as book:
        start = book.date("kpixl_start")
    build(new_state(read_template(name, language=language, start=start)), fresh)
    said = f"python docs/templates.py builds {committed.name} again"
    old, new = parts(committed), parts(fresh)
    assert [part for part in old.keys() | new.keys() if old.get(part) != new.get(part)] == [], said
    assert fresh.stat().st_size < 200_000


def test_there_is_a_workbook_for_every_template_and_no_other() -> None:
    wanted = {f"{name}.{language}.xlsx" for name in template_names() for language in LANGUAGES}
    assert {path.name for path in _TEMPLATES.glob("*.xlsx")} == wanted


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", template_names())
def test_the_workbook_is_sound(name: str, language: str) -> None:
    result = OpenXmlValidator().validate(_TEMPLATES / f"{name}.{language}.xlsx")
    assert [str(error) for error in result.errors] == []


@pytest.mark.calc
@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", template_names())
def test_every_formula_shows_what_a_spreadsheet_computes(
    name: str, language: str, differences: Callable[[Path], tuple[int, dict[Any, Any]]], load: Callable[..., Any]
) -> None:
    path = _TEMPLATES / f"{name}.{language}.xlsx"
    count, wrong = differences(path)
    assert wrong == {}
    assert count > 1_500
    cells = (cell for sheet in load(path, data_only=True).worksheets for row in sheet.iter_rows() for cell in row)
    assert [cell.coordinate for cell in cells if cell.data_type == "e"] == []
