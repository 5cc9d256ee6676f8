"""What a damaged or tampered package makes fail, turned into a sentence for the user."""

import struct
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from xml.parsers import expat

from lxml import etree

from kpixl.errors import WorkbookRefused
from kpixl.xlsx.markup import ForbiddenDeclaration

__all__ = ["reading"]

_LONGEST = 200
_DAMAGE = (
    ValueError,
    LookupError,
    OverflowError,
    EOFError,
    NotImplementedError,
    zipfile.BadZipFile,
    zlib.error,
    struct.error,
    etree.XMLSyntaxError,
    expat.ExpatError,
)


@contextmanager
def reading(path: Path) -> Iterator[None]:
    """Raise WorkbookRefused where the content of the package at `path` makes the block fail."""
    try:
        yield
    except ForbiddenDeclaration as error:
        raise WorkbookRefused("xlsx_declaration", file=path.name) from error
    except _DAMAGE as error:
        raise WorkbookRefused("xlsx_damaged", file=path.name, reason=_reason(error)) from error


def _reason(error: Exception) -> str:
    """What went wrong on one line of characters that can be shown; a damaged part can be quoted in it."""
    line = str(error).partition("\n")[0].strip(" ,")
    shown = "".join(character if character.isprintable() else "\N{REPLACEMENT CHARACTER}" for character in line)
    return shown if len(shown) <= _LONGEST else f"{shown[:_LONGEST]}…"
