"""The functions in Excel on Windows: `build` writes kpixl.xlam, an add-in with the functions and a tab in the ribbon.

pyopenvba writes the VBA project into an empty add-in that Excel itself once saved. Its one sheet, hidden in an add-in,
is kpixl.conf.
"""

import re
import tempfile
import zipfile
from itertools import groupby
from operator import itemgetter
from pathlib import Path
from xml.sax.saxutils import escape, quoteattr

from kpixl import __version__, texts
from kpixl.addin.conf import SHEET, cells
from kpixl.addin.vba import modules
from kpixl.errors import InvalidValue
from kpixl.files.whole import write_whole
from kpixl.texts import LANGUAGES
from kpixl.xlsx.address import address

__all__ = ["FILE", "build", "content", "version"]

FILE = "kpixl.xlam"

_XML = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
_SHEET, _BOOK, _CORE, _RIBBON, _ROOT = (
    "xl/worksheets/sheet1.xml",
    "xl/workbook.xml",
    "docProps/core.xml",
    "customUI/customUI.xml",
    "_rels/.rels",
)
_BUTTONS = {
    "refresh": ("KpixlRefresh", "RefreshAll"),
    "report": ("KpixlReport", "FileSaveAsPdfOrXps"),
    "check": ("KpixlCheck", "Spelling"),
    "help": ("KpixlHelp", "Help"),
}
_OURS = re.compile(r"<dc:creator>kpixl</dc:creator><cp:version>([^<]+)</cp:version>")


def build(folder: Path, language: str) -> Path:
    """Write kpixl.xlam into `folder`, which is made where it is missing, and return its path.

    The same versions of kpixl and xlwings write the same bytes, wherever and whenever they run. The file is replaced
    as a whole or not at all.

    Raises
    ------
    InvalidValue
        If the language is none of kpixl's, or the VBA module of the installed xlwings is missing or not as known.
    OSError
        If the file cannot be written.
    """
    made = content(language)
    folder.mkdir(parents=True, exist_ok=True)
    write_whole(folder / FILE, made)
    return folder / FILE


def content(language: str) -> bytes:
    """Return the bytes of the add-in; see `build`."""
    if language not in LANGUAGES:
        raise InvalidValue("addin_language", given=language, known=", ".join(LANGUAGES))
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / FILE
        _write_project(path)
        with zipfile.ZipFile(path) as package:
            parts = {name: package.read(name) for name in package.namelist()}
        replaced = {
            _SHEET: _with_cells(parts[_SHEET].decode(), language),
            _BOOK: _once(parts[_BOOK].decode(), 'name="Sheet1"', f'name="{SHEET}"'),
            _ROOT: _once(parts[_ROOT].decode(), "</Relationships>", _ribbon_link() + "</Relationships>"),
            _CORE: _properties(),
            _RIBBON: _ribbon(language),
        }
        with zipfile.ZipFile(path, "w") as package:
            for name, data in {**parts, **{name: text.encode() for name, text in replaced.items()}}.items():
                entry = zipfile.ZipInfo(name)  # dated 1980-01-01
                entry.compress_type = zipfile.ZIP_DEFLATED
                entry.create_system = 0
                package.writestr(entry, data)
        return path.read_bytes()


def version(path: Path) -> str | None:
    """Return the version of kpixl that wrote the add-in at `path`, or None where it is not kpixl's."""
    try:
        with zipfile.ZipFile(path) as package:
            found = _OURS.search(package.read(_CORE).decode())
    except (zipfile.BadZipFile, KeyError, UnicodeDecodeError):
        return None
    return found[1] if found else None


def _write_project(path: Path) -> None:
    from pyopenvba import ExcelFile  # noqa: PLC0415 - slow to import, and needed only to build an add-in

    with ExcelFile.create_new(path) as book:
        project = book.vba_project()
        project.delete_module("Module1")
        for name, source in modules().items():
            project.add_module(name, source)
        book.save()


def _with_cells(sheet: str, language: str) -> str:
    lines = [
        f'<row r="{number}">{"".join(_cell(address(column, row), text) for row, column, text in row_cells)}</row>'
        for number, row_cells in groupby(cells(language), key=itemgetter(0))
    ]
    sheet = _once(sheet, "<sheetData/>", f"<sheetData>{''.join(lines)}</sheetData>")
    return re.sub(r'<dimension ref="[^"]*"/>', "", sheet)


def _cell(address: str, text: str) -> str:
    return f'<c r="{address}" t="inlineStr"><is><t xml:space="preserve">{escape(text)}</t></is></c>'


def _ribbon(language: str) -> str:
    shown = texts.section("excel.ribbon", language)
    buttons = "".join(
        f'<button id="kpixl_{key}" size="large" imageMso="{image}" onAction="{macro}"'
        f" label={quoteattr(shown[key])} screentip={quoteattr(shown[key])} supertip={quoteattr(shown[f'{key}_tip'])}/>"
        for key, (macro, image) in _BUTTONS.items()
    )
    return (
        f'{_XML}<customUI xmlns="http://schemas.microsoft.com/office/2006/01/customui"><ribbon><tabs>'
        f'<tab id="kpixl_tab" label="kpixl"><group id="kpixl_group" label={quoteattr(shown["group"])}>{buttons}'
        "</group></tab></tabs></ribbon></customUI>"
    )


def _ribbon_link() -> str:
    kind = "http://schemas.microsoft.com/office/2006/relationships/ui/extensibility"
    return f'<Relationship Id="rIdKpixl" Type="{kind}" Target="{_RIBBON}"/>'


def _properties() -> str:
    return (
        f'{_XML}<cp:coreProperties xmlns:cp="http://schemas.openxmlformats.org/package/2006/metadata/core-properties"'
        ' xmlns:dc="http://purl.org/dc/elements/1.1/">'
        f"<dc:creator>kpixl</dc:creator><cp:version>{__version__}</cp:version></cp:coreProperties>"
    )


def _once(text: str, old: str, new: str) -> str:
    if text.count(old) != 1:
        raise RuntimeError(f"the empty add-in of pyopenvba has changed: {old} stands there {text.count(old)} times")
    return text.replace(old, new)
