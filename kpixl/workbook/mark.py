"""Which formulas a workbook was written with: a property holds a mark of them, so that a newer kpixl renews them."""

import hashlib
from collections.abc import Sequence

from kpixl.workbook.blocks import Sheet

__all__ = ["FORMULAS", "formulas_mark"]

FORMULAS = "kpixl_formulas"  # the property that says which formulas a workbook was written with


def formulas_mark(sheets: Sequence[Sheet]) -> str:
    """Return a short text that is another one when any formula of kpixl's tables and blocks is another one."""
    told = hashlib.sha256()
    for sheet in sheets:
        for table in sheet.tables:
            for column in table.columns:
                if column.formula:
                    told.update(f"{table.name}\n{column.heading}\n{column.formula}\n".encode())
    return told.hexdigest()[:16]
