"""A hash of the formulas that a workbook was written with, by which a newer kpixl knows whether to renew them."""

import hashlib
from collections.abc import Sequence

from kpixl.workbook.blocks import Sheet

__all__ = ["FORMULAS", "formulas_mark"]

FORMULAS = "kpixl_formulas"  # the property with the hash of the formulas that a workbook was written with


def formulas_mark(sheets: Sequence[Sheet]) -> str:
    """Return a short hash of the column formulas of kpixl's tables."""
    told = hashlib.sha256()
    for sheet in sheets:
        for table in sheet.tables:
            for column in table.columns:
                if column.formula:
                    told.update(f"{table.name}\n{column.heading}\n{column.formula}\n".encode())
    return told.hexdigest()[:16]
