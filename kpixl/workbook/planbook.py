"""A new plan workbook, and any other made of sheets: it appears in its folder only when it is whole.

The same plan gives the same bytes: nothing in the file comes from the clock or from chance.
"""

import os
import tempfile
import zipfile
from pathlib import Path

from xlsxwriter.exceptions import FileCreateError

from kpixl import __version__
from kpixl.errors import WorkbookRefused
from kpixl.texts import speaking
from kpixl.workbook.blocks import Sheet
from kpixl.workbook.books import LIVE
from kpixl.workbook.sheets import plan_sheets
from kpixl.workbook.state import State
from kpixl.workbook.writer import Writer

__all__ = ["build", "write_workbook"]


def build(state: State, path: Path, *, replace: bool = False) -> None:
    """Write the plan workbook of `state` to `path`: an .xlsm where it is live, with the functions' VBA, else an .xlsx.

    Raises
    ------
    WorkbookRefused
        When there is a file at `path` already, unless it may be replaced, its folder is missing, or its name ends
        otherwise.
    """
    with speaking(state.plan.language):
        properties = {
            "kpixl_version": __version__,
            "kpixl_template": state.plan.template,
            "kpixl_language": state.plan.language,
        }
        if state.live:
            properties[LIVE] = "yes"
        write_workbook(path, plan_sheets(state), state.plan.language, properties, replace=replace, live=state.live)


def write_workbook(
    path: Path,
    sheets: list[Sheet],
    language: str,
    properties: dict[str, str],
    *,
    replace: bool = False,
    live: bool = False,
) -> None:
    """Write sheets into a new workbook, which appears at `path` only when it is whole."""
    if path.suffix.lower() != (".xlsm" if live else ".xlsx"):
        raise WorkbookRefused("not_xlsx", path=path)
    if path.exists() and not replace:
        raise WorkbookRefused("file_exists", path=path)
    if not path.parent.is_dir():
        raise WorkbookRefused("folder_missing", path=path.parent)
    handle, beside = tempfile.mkstemp(dir=path.parent, prefix=".kpixl-", suffix=path.suffix.lower())
    os.close(handle)
    try:
        writer = Writer(Path(beside), language)
        for sheet in sheets:
            writer.add(sheet)
        if live:
            writer.bring_functions()
        writer.finish(properties)
        _pack(Path(beside))
        Path(beside).chmod(0o644)
        Path(beside).replace(path)
    except FileCreateError as error:
        raise error.args[0] from error  # what the system said, such as that the disk is full
    finally:
        Path(beside).unlink(missing_ok=True)


def _pack(path: Path) -> None:
    """Compress a package as far as deflate goes: thousands of formulas that are much alike."""
    with zipfile.ZipFile(path) as loose:
        parts = [(part, loose.read(part)) for part in loose.infolist()]
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as packed:
        for part, content in parts:
            packed.writestr(part, content, compresslevel=9)
