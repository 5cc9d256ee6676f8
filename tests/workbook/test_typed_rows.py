"""A row reads plain cells quickly, and says of every cell what the cell itself says."""

import datetime as dt
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from kpixl.errors import UserError
from kpixl.workbook.store import CellError
from kpixl.workbook.typed import Cell, Row

_CONTENT = (
    st.text(max_size=6)
    | st.text("  \u3000\xa0\u200b\u200d\t\n\x07が\u304b\u3099a1é", max_size=6)
    | st.floats()
    | st.booleans()
    | st.dates()
    | st.datetimes()
    | st.none()
    | st.just(CellError("#N/A"))
)


def _said(read: Any) -> tuple[Any, ...]:
    """What comes of reading: the value with its type, or the sentence."""
    try:
        found = read()
    except UserError as error:
        return type(error), str(error)
    return type(found), found


@given(_CONTENT)
@example("か\u3099")  # two signs that are one
@example(" 佐藤 ")
@example("佐藤\u200b")
@example("#N/A")
@example(CellError("#N/A"))
def test_a_row_says_what_its_cell_says(content: Any) -> None:
    mended: list[tuple[str, Any]] = []
    row = Row(str, "S", 2, 1, {"a": 0}, [content], lambda cell, right: mended.append(("row", right)))
    cell = Cell("S", 1, 2, "a", content, lambda cell, right: mended.append(("cell", right)))
    for of_row, of_cell in ((row.text, cell.text), (row.number, cell.number), (row.date, cell.date)):
        mended.clear()
        assert repr(_said(lambda of_row=of_row: of_row("a"))) == repr(_said(of_cell))  # nan is not itself
        assert repr([right for by, right in mended if by == "row"]) == repr([r for by, r in mended if by == "cell"])


@pytest.mark.parametrize(
    ("values", "blank"),
    [
        ([None, None], True),
        ([" \u3000", None], True),
        ([None, "佐藤"], False),
        (["\u200b", 0.0], False),
        ([dt.date(2026, 7, 1), None], False),
        ([CellError("#REF!"), None], False),
        ([" ", CellError("#REF!")], False),
    ],
)
def test_a_row_is_blank_where_nothing_can_be_seen(values: list[Any], blank: bool) -> None:
    assert Row(str, "S", 2, 1, {"a": 0, "b": 1}, values, lambda cell, right: None).blank is blank
