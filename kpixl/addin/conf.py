"""The sheet kpixl.conf, which the VBA reads: every text that it shows, and never a setting.

It is the one sheet of the add-in, and a hidden one of a live workbook. A VBA project has one code page while a sheet
can hold any script, so texts stand here and not in the code.
"""

from collections.abc import Iterator

from kpixl import texts
from udfs.boundary import functions

__all__ = ["DESCRIPTION_LENGTH", "SHEET", "cells"]

SHEET = "kpixl.conf"
DESCRIPTION_LENGTH = 255  # Excel takes no more


def cells(language: str) -> Iterator[tuple[int, int, str]]:
    """Yield row, column (from 1) and text of every cell, row by row."""
    for row, shown in enumerate(_texts(language), 1):
        for column, text in enumerate(shown, 1):
            yield row, column, text


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
