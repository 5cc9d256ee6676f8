"""Write a new plan workbook, or any other made of sheets; it appears in its folder only when it is complete.

The same plan gives the same bytes: nothing in the file depends on the clock or on chance. A file that is replaced is
kept beside the new one with `.bak` appended to its name, and only a file of the same kind is replaced.
"""

import re
from pathlib import Path

from kpixl import __version__
from kpixl.errors import WorkbookRefused
from kpixl.files.whole import replace_file, require_writable, version
from kpixl.plan.currency import YEN, paid_in
from kpixl.texts import speaking
from kpixl.workbook.blocks import Sheet
from kpixl.workbook.books import LIVE
from kpixl.workbook.charts import localised
from kpixl.workbook.keys import key_sheet
from kpixl.workbook.mark import FORMULAS, formulas_mark
from kpixl.workbook.money import SHOWN
from kpixl.workbook.sheets import plan_sheets
from kpixl.workbook.state import State
from kpixl.workbook.writer import Writer
from kpixl.xlsx import Package, packed

__all__ = ["build", "has_property", "package_of", "write_workbook"]

# what goes without saying, in parts of which there are many; each begins with a text, which is quickly looked for
_SAID_ANYWAY = tuple(
    map(
        re.compile,
        (
            rb'^<\?xml version="1.0" encoding="UTF-8" standalone="yes"\?>\n',
            rb' totalsRowShown="0"',  # of tables that have no totals
            rb"<tableStyleInfo showFirstColumn[^>]*/>",  # of tables that have no style
            rb'<a:font script="(?!Jpan)[^>]*/>',  # of the theme, which no cell of kpixl's uses
            rb"<HeadingPairs>.*</TitlesOfParts>",  # what sheets and names there are, in docProps/app.xml
        ),
    )
)


def build(state: State, path: Path) -> None:
    """Write the plan workbook of `state` to `path`: an .xlsm with the functions' VBA if it is live, else an .xlsx.

    Raises
    ------
    WorkbookRefused
        If there is a file at `path`, its folder is missing, it cannot be written, or its name has another suffix.
    """
    with speaking(state.plan.language), paid_in(state.plan.currency):
        properties = {
            "kpixl_version": __version__,
            "kpixl_template": state.plan.template,
            "kpixl_language": state.plan.language,
        }
        if state.plan.currency != YEN:
            properties[SHOWN] = state.plan.currency
        if state.live:
            properties[LIVE] = "yes"
        sheets = plan_sheets(state)
        properties[FORMULAS] = formulas_mark(sheets)
        every = [*sheets, key_sheet(sheets)]
        write_workbook(path, every, state.plan.language, properties, live=state.live, smallest=True)


def write_workbook(
    path: Path,
    sheets: list[Sheet],
    language: str,
    properties: dict[str, str],
    *,
    replaces: str | None = None,
    live: bool = False,
    smallest: bool = False,
) -> None:
    """Write sheets into a new workbook, which appears at `path` only when it is complete.

    An existing file is replaced only if it has the custom document property `replaces`.
    """
    if path.suffix.lower() != (".xlsm" if live else ".xlsx"):
        raise WorkbookRefused("not_xlsx", path=path)
    there = path.exists() or path.is_symlink()
    if there and not (replaces and has_property(path, replaces)):
        raise WorkbookRefused("not_own" if replaces else "file_exists", path=path)
    if not path.parent.is_dir():
        raise WorkbookRefused("folder_missing", path=path.parent)
    require_writable(path)
    before = version(path) if there else None
    package = package_of(sheets, language, properties, live=live, smallest=smallest)
    if not there or path.read_bytes() != package:
        replace_file(path, lambda out: out.write(package), expected=before)


def has_property(path: Path, name: str) -> bool:
    """Say whether the file is a workbook with a custom document property."""
    try:
        with Package.open(path) as book:
            return name in book.properties
    except WorkbookRefused:
        return False


def package_of(
    sheets: list[Sheet], language: str, properties: dict[str, str], *, live: bool = False, smallest: bool = False
) -> bytes:
    """Return the bytes of a workbook, made in memory so that a killed program leaves no files behind.

    The `smallest` takes longer to write, and is worth it where the workbook is kept and sent on for a year.
    """
    writer = Writer(language)
    for sheet in sheets:
        writer.add(sheet)
    if live:
        writer.bring_functions()
    parts = ((name, _plain(name, part, language)) for name, part in writer.finish(properties))
    return packed(parts, smallest=smallest)


def _plain(name: str, content: bytes, language: str) -> bytes:
    """Localise a part if it is a chart, and leave out what goes without saying."""
    content = localised(content, language) if name.startswith("xl/charts/") else content
    for said in _SAID_ANYWAY:
        content = said.sub(b"", content)
    return content
