"""The sheet kpixl.conf, which the VBA reads: xlwings' settings, and every text that kpixl's own VBA shows.

It is the one sheet of the add-in, and a hidden one of a live workbook. A VBA project holds one code page and a sheet
every script, so texts stand here and not in the code.
"""

from collections.abc import Iterator

from kpixl import texts
from udfs.boundary import functions

__all__ = ["DESCRIPTION_LENGTH", "SHEET", "cells"]

SHEET = "kpixl.conf"
DESCRIPTION_LENGTH = 255  # Excel takes no more

_SETTINGS = {
    "ADD_WORKBOOK_TO_PYTHONPATH": "False",
    "UDF MODULES": "udfs",
    "DEBUG UDFS": "False",
    "SHOW CONSOLE": "False",
}
_SETTINGS_AT, _TEXTS_AT = 1, 4  # columns A and D


def cells(language: str) -> Iterator[tuple[int, int, str]]:
    """Yield row, column (from 1) and text of every cell, row by row."""
    settings, shown = list(_SETTINGS.items()), _texts(language)
    for row in range(max(len(settings), len(shown))):
        for left, table in ((_SETTINGS_AT, settings), (_TEXTS_AT, shown)):
            for place, text in enumerate(table[row] if row < len(table) else ()):
                yield row + 1, left + place, text


def _texts(language: str) -> list[list[str]]:
    """Return rows of key, text and, for a function, what its arguments are."""
    own = [["language", language], *([key, text] for key, text in texts.section("excel.vba", language).items())]
    described = [
        [
            function.name,
            function.summary(language)[:DESCRIPTION_LENGTH],
            *(function.doc(argument.name, language)[:DESCRIPTION_LENGTH] for argument in function.arguments),
        ]
        for function in functions()
    ]
    return [*own, *described]
