"""What is read together stands on the screen of a laptop together: 1366 × 768, with digits as wide as in Yu Gothic."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from openpyxl.utils.cell import coordinate_to_tuple, range_boundaries

from kpixl.plan import Member
from kpixl.workbook.planbook import build
from kpixl.workbook.state import new_state

_TEMPLATES = sorted((Path(__file__).parents[2] / "templates").glob("*.xlsx"))
_WIDE, _HIGH = 1366 - 26 - 20, 768  # pixels, without the numbers of the rows and the scroll bar
_AROUND = 175  # pixels of tabs, formula bar, column letters, status and a folded ribbon
_DIGIT, _PIXEL = 8, 4 / 3
_USUAL = 20  # points of a row


@pytest.mark.parametrize("name", [*(path.name for path in _TEMPLATES), "1", "25"])
def test_what_is_read_together_fits_the_screen_and_is_not_small(
    name: str, small_plan: Callable[..., Any], tmp_path: Path, load: Callable[..., Any]
) -> None:
    """Look at each template, and at plans for one person and for 25."""
    pages = [page for page in load(_workbook(name, small_plan, tmp_path)).worksheets if page.sheet_state == "visible"]
    for page in pages:
        left, _, right, bottom = range_boundaries(page.print_area.split(",")[0].rpartition("!")[2])
        zoom = (page.sheet_view.zoomScale or 100) / 100
        assert zoom >= 0.75, page.title
        assert sum(_width(page, column) for column in range(left, right + 1)) * zoom <= _WIDE, page.title
        frozen = coordinate_to_tuple(page.freeze_panes or "A1")[0] - 1
        assert _height(page, frozen) * zoom <= _HIGH / 4, page.title
        if page is pages[0]:
            assert _height(page, bottom) * zoom <= _HIGH - _AROUND, page.title


def _workbook(name: str, small_plan: Callable[..., Any], folder: Path) -> Path:
    if name.endswith(".xlsx"):
        return next(path for path in _TEMPLATES if path.name == name)
    people = tuple(Member(f"担当{number:02}") for number in range(int(name)))
    build(new_state(small_plan(members=people)), folder / "plan.xlsx")
    return folder / "plan.xlsx"


def _height(page: Any, rows: int) -> float:
    return sum((page.row_dimensions[row].height or _USUAL) * _PIXEL for row in range(1, rows + 1))


def _width(page: Any, column: int) -> float:
    for group in page.column_dimensions.values():
        if group.min and group.min <= column <= group.max:
            return 0 if group.hidden else group.width * _DIGIT
    return 72  # the width of a standard column
