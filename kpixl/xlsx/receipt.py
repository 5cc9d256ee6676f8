"""What a save did, or would do."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

__all__ = ["Receipt"]


@dataclass(frozen=True)
class Receipt:
    """What a save wrote, or would write.

    Attributes
    ----------
    path
        The file.
    changed, added, dropped
        The names of parts within the package.
    cells
        The number of cells that hold something else, for each sheet with any.
    to_calculate
        The number of formulas that the spreadsheet computes when it opens the file.
    backup
        Where the last version is kept, None when there was none or nothing was written.
    """

    path: Path
    changed: tuple[str, ...]
    added: tuple[str, ...]
    dropped: tuple[str, ...]
    cells: Mapping[str, int]
    to_calculate: int
    backup: Path | None = None
