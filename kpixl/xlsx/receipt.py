"""What a save did, or would do."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

__all__ = ["Followed", "Receipt"]


class Followed(NamedTuple):
    """Something that says which cells it is about, and now says others, because a table has other rows.

    `where` is the table itself, a cell (`Report!B2`), a defined name, a sheet (its formats, validation, sparklines) or
    a part (a chart, a pivot table's source).
    """

    where: str
    before: str
    after: str


@dataclass(frozen=True)
class Receipt:
    """What a save wrote, or would write.

    Attributes
    ----------
    path
        The file.
    read
        The names of the parts that were looked into; all others were copied as they are.
    changed, added, dropped
        The names of parts within the package.
    cells
        The number of cells that hold something else, for each sheet with any, in the order of the sheets.
    followed
        The tables with more or fewer rows than before, and everything that refers to them.
    to_calculate
        The number of formulas that the spreadsheet computes when it opens the file.
    backup
        Where the last version is kept, None when there was none or nothing was written.
    """

    path: Path
    read: tuple[str, ...]
    changed: tuple[str, ...]
    added: tuple[str, ...]
    dropped: tuple[str, ...]
    cells: Mapping[str, int]
    followed: tuple[Followed, ...]
    to_calculate: int
    backup: Path | None = None
