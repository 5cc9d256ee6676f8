"""What xlwings does not offer, asked of Excel for Windows directly, with one small function for each.

The `api` attribute of xlwings objects is Excel's own object; its members are those of Excel's object model.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from kpixl.xlsx.properties import Property

__all__ = [
    "add_row",
    "counts_from_1904",
    "delete_row",
    "filling_off",
    "is_filtered",
    "is_protected",
    "plain_values",
    "properties",
    "reason",
    "set_property",
]

_TEXT = 4  # msoPropertyTypeString


def properties(book: Any) -> dict[str, Property]:
    """Return the custom document properties of a workbook."""
    return {str(item.Name): item.Value for item in _properties(book)}


def set_property(book: Any, name: str, value: str) -> None:
    """Set a custom document property to a text."""
    for item in _properties(book):
        if item.Name == name:
            item.Value = value
            return
    book.api.CustomDocumentProperties.Add(name, False, _TEXT, value)


def counts_from_1904(book: Any) -> bool:
    """Say whether the workbook counts its days from 1904."""
    return bool(book.api.Date1904)


def plain_values(area: Any) -> Any:
    """Return the values of a range as they are stored: dates as serial numbers, no rounding to currency."""
    return area.api.Value2


def is_protected(sheet: Any) -> bool:
    """Say whether the cells of a sheet are protected."""
    return bool(sheet.api.ProtectContents)


def is_filtered(table: Any) -> bool:
    """Say whether a filter hides rows of a table."""
    return bool(table.show_autofilter) and bool(table.api.AutoFilter.FilterMode)


def add_row(table: Any) -> None:
    """Insert a row at the end of a table, above its totals row; the cells below the table move down."""
    table.api.ListRows.Add()


def delete_row(table: Any) -> None:
    """Delete the last row of a table; the cells below the table move up."""
    rows = table.api.ListRows
    rows.Item(rows.Count).Delete()


@contextmanager
def filling_off(app: Any) -> Iterator[None]:
    """Keep Excel from filling a table's column with a formula that is written into one of its cells."""
    correction = app.api.AutoCorrect
    before = correction.AutoFillFormulasInLists
    correction.AutoFillFormulasInLists = False
    try:
        yield
    finally:
        correction.AutoFillFormulasInLists = before


def reason(error: BaseException) -> str | None:
    """Return Excel's message if it refused something, None if the error did not come from Excel."""
    if not hasattr(error, "excepinfo"):
        return None
    told = error.excepinfo
    return str(told[2] if told and told[2] else error)


def _properties(book: Any) -> list[Any]:
    items = book.api.CustomDocumentProperties
    return [items(number) for number in range(1, items.Count + 1)]  # COM cannot always iterate over them
