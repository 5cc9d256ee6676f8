"""The cells of a column of a table, read at once where a table has very many rows.

Most cells hold just what kpixl wrote there, and are taken as they are. Any other is read as any cell that somebody may
have typed (`kpixl.workbook.typed`), with the same errors and the same cells mended.
"""

from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Any

from kpixl.workbook.typed import Row

__all__ = ["texts_of", "values_of"]


def values_of(
    rows: Sequence[Row],
    key: str,
    read: Callable[[Row], Any],
    *,
    own: type | None = None,
    known: Mapping[Any, Any] = MappingProxyType({}),
) -> list[Any]:
    """Return what `read` makes of each row.

    What is of the type `own` is what it makes of it, and of what is `known` it makes what is said there.
    """
    found: list[Any] = []
    for row, held in zip(rows, Row.column(rows, key), strict=True):
        kind = type(held)
        if kind is own:
            found.append(held)
        elif (kind is str or held is None) and held in known:
            found.append(known[held])
        else:
            found.append(read(row))
    return found


def texts_of(rows: Sequence[Row], key: str) -> list[str]:
    """Return the text in a column of each row, "" where it is blank; see `Row.text`."""
    known: dict[Any, str] = {None: ""}
    found = []
    for row, held in zip(rows, Row.column(rows, key), strict=True):
        text = known.get(held) if type(held) is str or held is None else None
        if text is None:
            text = row.text(key)
            if text and type(held) is str:  # one of blanks alone is emptied, cell by cell
                known[held] = text
        found.append(text)
    return found
