"""The functions for xlwings Lite, in Excel on the web, on a Mac and on Windows: `build` writes a folder of modules.

Lite runs Python within Excel and reads modules of the user's own from a folder `personal`. There `kpixl_lite.py` offers
the functions; beside it lies what they need of kpixl, found by following their imports, and of the texts only the
sections that they show. What it takes besides is numpy, scipy and holidays.
"""

import ast
import re
import shutil
from collections.abc import Iterator
from pathlib import Path

from kpixl import __version__
from kpixl.errors import InvalidValue
from kpixl.files.whole import write_whole
from kpixl.texts import LANGUAGES, say

__all__ = ["FOLDER", "REQUIREMENTS", "build"]

FOLDER = "personal"  # the name that Lite looks for
REQUIREMENTS = ("numpy", "scipy", "holidays")

_ENTRY, _PARTS = "kpixl_lite.py", "kpixl_lite_files"
_HOME = Path(__file__).parents[2]
_PACKAGES = ("kpixl", "udfs")
_HEADER = re.compile(r"^\[{1,2}([\w-]+)[^\n]*\]\s*$", re.MULTILINE)
_OFFERS = f'''"""The functions of kpixl {__version__} for xlwings Lite. Made by kpixl, not to be edited."""

import sys
from contextlib import suppress
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent / "{_PARTS}"))

with suppress(ImportError):
    import xlwings  # before the functions, which are then offered to it

from udfs import *
'''
_PACKAGE = f'"""What the functions need of kpixl."""\n\n__version__ = "{__version__}"\n'


def build(folder: Path) -> Path:
    """Write the modules into the folder `personal` in `folder`, and return its path.

    What else stands in it is left alone. The same version of kpixl writes the same files.

    Raises
    ------
    InvalidValue
        If there is already something that is not kpixl's where its modules would go.
    OSError
        If a file cannot be written.
    """
    into = folder / FOLDER
    for taken in (into / _ENTRY, into / _PARTS):
        if taken.exists() and not _ours(taken):
            raise InvalidValue("lite_foreign", path=taken)
    if (into / _PARTS).exists():
        shutil.rmtree(into / _PARTS)  # of another version, perhaps with modules that are gone
    for name, content in sorted(_files().items()):
        path = into / name
        path.parent.mkdir(parents=True, exist_ok=True)
        write_whole(path, content.encode())
    return into


def _ours(path: Path) -> bool:
    marked = path if path.is_file() else path / "kpixl" / "__init__.py"
    return marked.is_file() and "kpixl" in marked.read_text(encoding="utf-8", errors="replace")


def _files() -> dict[str, str]:
    inside = {source.relative_to(_HOME).as_posix(): source.read_text(encoding="utf-8") for source in _needed("udfs")}
    inside["kpixl/__init__.py"] = _PACKAGE
    named = {first for source in inside.values() for first in _first_words(source)}
    parts = inside | {
        **{f"kpixl/locale/{code}.toml": _sections(code, named) for code in LANGUAGES},
        "requirements.txt": "\n".join([*REQUIREMENTS, ""]),
        "README.txt": say("lite.readme", version=__version__, folder=FOLDER, entry=_ENTRY.removesuffix(".py")),
    }
    return {_ENTRY: _OFFERS, **{f"{_PARTS}/{name}": content for name, content in parts.items()}}


def _needed(module: str) -> set[Path]:
    """Return the files of a module and of all that it imports of kpixl, now or later."""
    found: set[Path] = set()
    open_ = [module]
    while open_:
        source = _source(open_.pop())
        if source is not None and source not in found:
            found.add(source)
            open_ += _imported(source)
    return found


def _source(module: str) -> Path | None:
    place = _HOME.joinpath(*module.split("."))
    return next((file for file in (place.with_suffix(".py"), place / "__init__.py") if file.is_file()), None)


def _imported(source: Path) -> Iterator[str]:
    if source == _HOME / "kpixl" / "__init__.py":
        return  # another one is written, which offers nothing
    for node in ast.walk(ast.parse(source.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module and node.module.split(".")[0] in _PACKAGES:
            parents = node.module.split(".")
            yield from (".".join(parents[:end]) for end in range(1, len(parents) + 1))
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def _first_words(source: str) -> Iterator[str]:
    """Yield what each text of a program is up to its first dot: so are the sections named of which texts are shown."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value.partition(".")[0]


def _sections(code: str, named: set[str]) -> str:
    """Return the named sections of a language, as they stand in its file."""
    text = (_HOME / "kpixl" / "locale" / f"{code}.toml").read_text(encoding="utf-8")
    starts = [*_HEADER.finditer(text)]
    ends = [start.start() for start in starts[1:]] + [len(text)]
    return "".join(text[start.start() : end] for start, end in zip(starts, ends, strict=True) if start[1] in named)
