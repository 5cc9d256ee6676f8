"""The VBA project inside a live workbook: the functions without the add-in's tab, so that the file brings them along.

Excel wants a module for every sheet, each under the sheet's code name. pyopenvba makes the project as Excel does when
the first macro is written into a workbook with so many sheets.
"""

import tempfile
from pathlib import Path

from kpixl.addin.vba import function_modules

__all__ = ["vba_project"]


def vba_project(sheets: int) -> bytes:
    """Return the project of a workbook with so many sheets, whose code names are Sheet1, Sheet2 and so on.

    Raises
    ------
    InvalidValue
        If the VBA module of the installed xlwings is missing or not as known.
    """
    from pyopenvba import ExcelFile  # noqa: PLC0415 - slow to import, and needed only for a live workbook
    from xlsxwriter import Workbook  # noqa: PLC0415

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "empty.xlsm"
        with Workbook(str(path)) as empty:
            for _ in range(sheets):
                empty.add_worksheet()
        with ExcelFile(path) as book:
            project = book.add_vba_project()
            for name, source in function_modules().items():
                project.add_module(name, source)
            book.save()
        with ExcelFile(path) as book:
            return bytes(book.vba_project_bytes())
