"""Which files are meant?

A folder stands for the exports in it, a pattern such as `*.csv` for the files that fit it, also where no shell expands
it. A file that is there by just that name is itself, whatever signs its name holds.
"""

import glob
import zipfile
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from kpixl.actuals.databases import is_url
from kpixl.actuals.rejects import holds_rejects
from kpixl.errors import UnreadableData

__all__ = ["Given", "expanded", "is_plan"]


@dataclass(frozen=True)
class Given:
    """The files to import, and of those the ones that nobody named one by one: what is no export may be left out."""

    files: tuple[str | Path, ...]
    found: frozenset[Path] = frozenset()


def expanded(given: Sequence[str | Path], known: Sequence[str]) -> Given:
    """Return the files that are meant, those of a folder in the order of their names.

    Parameters
    ----------
    given : sequence of str or Path
        Files, folders, patterns, URLs of databases.
    known : sequence of str
        How the names of files end that can be imported.

    Raises
    ------
    UnreadableData
        If a folder has no such file, or none fits a pattern.
    """
    files: list[str | Path] = []
    found: set[Path] = set()
    for one in given:
        try:
            there = None if is_url(one) else _there(one, known)
        except OSError as error:  # such as a name that is too long for any file
            raise UnreadableData("source_unreadable", file=one, reason=error.strerror or error) from error
        if there is None:
            files.append(one)
            continue
        exports = [file for file in there if file.is_file() and not _is_other(file)]
        if not exports:
            raise UnreadableData("source_none_there", given=one, known=", ".join(known))
        files += [file for file in exports if file not in found]
        found.update(exports)
    return Given(tuple(files), frozenset(found))


def _there(given: str | Path, known: Sequence[str]) -> list[Path] | None:
    """Return what is in a folder, or fits a pattern; None for a file that is named."""
    path = Path(given)
    if path.is_file():
        return None
    if path.is_dir():
        return [file for file in sorted(path.iterdir()) if file.name.lower().endswith(tuple(known))]
    if glob.has_magic(str(given)):
        return sorted(Path(name) for name in glob.glob(str(given)))  # noqa: PTH207 - of any root, on any system
    return None


def _is_other(file: Path) -> bool:
    """Say whether a file is no export: what an import set aside, what Excel keeps while it is open, a plan of kpixl."""
    return file.name.startswith((".", "~$")) or holds_rejects(file) or is_plan(file)


def is_plan(file: Path) -> bool:
    """Say whether a file is a plan workbook of kpixl."""
    if file.suffix.lower() in (".xlsx", ".xlsm"):
        with suppress(OSError, KeyError, zipfile.BadZipFile, RuntimeError), zipfile.ZipFile(file) as archive:
            entry = archive.getinfo("docProps/custom.xml")
            return entry.file_size < 1 << 20 and b"kpixl_template" in archive.read(entry)
    return False
