"""Install the add-in in Excel on Windows, remove it, and say what is there and what is wrong.

Only two places are written: XLSTART, from which Excel loads the add-in by itself, and ~/.kpixl/kpixl.conf,
in which the add-in finds Python.
"""

import csv
import io
import locale
import os
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from kpixl import __version__
from kpixl.addin.excel import FILE, content, version
from kpixl.addin.vba import xlwings_version
from kpixl.errors import InvalidValue
from kpixl.files.whole import NotReplaced, write_whole
from kpixl.texts import say

__all__ = ["Places", "install", "interpreter", "places", "problems", "status", "uninstall"]

_KEY = "INTERPRETER_WIN"


@dataclass(frozen=True)
class Places:
    """Where things lie on this machine."""

    addin: Path
    settings: Path
    python: Path
    encoding: str  # of the settings: VBA reads them in the code page of Windows


def places(platform: str = sys.platform, environment: Mapping[str, str] = os.environ) -> Places:
    """Return the places of this user.

    Raises
    ------
    InvalidValue
        If this is not Windows, or the user's folders are not known.
    """
    if platform != "win32":
        raise InvalidValue("addin_not_windows")
    missing = [name for name in ("APPDATA", "USERPROFILE") if not environment.get(name)]
    if missing:
        raise InvalidValue("addin_no_folder", name=missing[0])
    return Places(
        Path(environment["APPDATA"], "Microsoft", "Excel", "XLSTART", FILE),
        Path(environment["USERPROFILE"], ".kpixl", "kpixl.conf"),
        Path(sys.executable),
        locale.getencoding(),
    )


def install(at: Places, language: str, *, force: bool = False) -> None:
    """Write the add-in and the interpreter; both or none.

    Raises
    ------
    InvalidValue
        If the language is unknown, xlwings' DLL is missing, another version or somebody else's kpixl.xlam is there and
        `force` is not given, Excel holds the add-in, or a folder cannot be written.
    """
    addin = content(language)
    _dll(at.python)
    _must_be_ours(at.addin, force=force)
    settings = _settings_with(at, str(at.python))
    before = at.addin.read_bytes() if at.addin.exists() else None
    _replace(at.addin, addin)
    try:
        _replace(at.settings, settings)
    except InvalidValue:
        if before is None:
            at.addin.unlink(missing_ok=True)
        else:
            _replace(at.addin, before)
        raise


def uninstall(at: Places) -> bool:
    """Remove the add-in and the interpreter; return whether there was an add-in.

    Raises
    ------
    InvalidValue
        If the kpixl.xlam there is not kpixl's, or Excel holds it.
    """
    was_there = at.addin.exists()
    if was_there and version(at.addin) is None:
        raise InvalidValue("addin_foreign", path=at.addin)
    try:
        at.addin.unlink(missing_ok=True)
    except OSError as error:
        raise InvalidValue("addin_held", path=at.addin) from error
    if at.settings.exists():
        rest = _settings_with(at, None)
        if rest:
            _replace(at.settings, rest)
        else:
            at.settings.unlink()
    return was_there


def status(at: Places) -> Iterator[str]:
    """Say, sentence by sentence, what is installed, and which Python and versions it meets."""
    if at.addin.exists():
        yield say("excel.status_addin", version=version(at.addin) or "?", path=at.addin)
    else:
        yield say("excel.not_installed")
    yield say("excel.status_python", path=interpreter(at) or "-")
    yield say("excel.status_versions", kpixl=__version__, xlwings=xlwings_version())


def problems(at: Places) -> Iterator[str]:
    """Say, sentence by sentence, what keeps the installed add-in from working."""
    if not at.addin.exists():
        return
    installed, python = version(at.addin), interpreter(at)
    if installed != __version__:
        yield say("excel.problem_version", installed=installed or "?", version=__version__)
    if python is None:
        yield say("excel.problem_no_python")
    elif not Path(python).is_file():
        yield say("excel.problem_python_gone", path=python)
    else:
        try:
            _dll(Path(python))
        except InvalidValue as error:
            yield str(error)


def interpreter(at: Places) -> str | None:
    """Return the Python that the add-in is told to start; None where it is told none."""
    return next((row[1] for row in _rows(at) if row[0].upper() == _KEY and len(row) > 1), None)


def _dll(python: Path) -> None:
    """Look where xlwings' VBA will look for its DLL: beside Python, and one folder above."""
    name = f"xlwings{64 if sys.maxsize > 2**32 else 32}-{xlwings_version()}.dll"
    if not any((folder / name).is_file() for folder in (python.parent, python.parent.parent)):
        raise InvalidValue("addin_no_dll", dll=name, folder=python.parent)


def _must_be_ours(path: Path, *, force: bool) -> None:
    if not path.exists() or force:
        return
    installed = version(path)
    if installed is None:
        raise InvalidValue("addin_foreign", path=path)
    if installed != __version__:
        raise InvalidValue("addin_other_version", installed=installed, version=__version__)


def _rows(at: Places) -> list[list[str]]:
    """Read the settings, written as VBA's Write # and Input # do: two quoted texts a line."""
    if not at.settings.exists():
        return []
    text = at.settings.read_bytes().decode(at.encoding, errors="surrogateescape")
    return [row for row in csv.reader(io.StringIO(text)) if row]


def _settings_with(at: Places, interpreter: str | None) -> bytes:
    """Return the settings with this interpreter, or without one; whatever else stands there stays."""
    rows = [row for row in _rows(at) if row[0].upper() != _KEY]
    if interpreter is not None:
        rows.append([_KEY, interpreter])
    text = io.StringIO()
    csv.writer(text, quoting=csv.QUOTE_ALL, lineterminator="\r\n").writerows(rows)
    try:
        return text.getvalue().encode(at.encoding, errors="surrogateescape")
    except UnicodeEncodeError as error:
        raise InvalidValue("addin_path", path=at.python, encoding=at.encoding) from error


def _replace(path: Path, data: bytes) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        write_whole(path, data)
    except NotReplaced as error:
        raise InvalidValue("addin_held", path=path) from error
    except OSError as error:
        raise InvalidValue("addin_read_only", folder=path.parent) from error
