"""Where a plan's actuals come from: the connections that are kept in its workbook, and the journal of its imports."""

import datetime as dt
import getpass
import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from kpixl.actuals import Import
from kpixl.actuals.databases import is_url
from kpixl.actuals.events import CANCELLED, WON
from kpixl.actuals.given import expanded
from kpixl.actuals.rejects import holds_rejects
from kpixl.actuals.sources import KNOWN, shown

__all__ = ["Connection", "Entry", "Sources", "entries_of", "entry_of", "hash_of", "now"]

_UNREAD = 1 << 20  # bytes of a file that are read at once


@dataclass(frozen=True)
class Connection:
    """A source that every refresh brings in, and how: by a mapping's file, as the export of a tool, or as recognised.

    `covers` is what its exports replace ("": as the mapping says). `brought` says when it was last brought in and
    `said` what came of the last time; `seen` is the mark of what was brought.
    """

    source: str
    mapping: str = ""
    brought: str = ""
    said: str = ""
    seen: str = ""
    covers: str = ""


@dataclass(frozen=True)
class Entry:
    """A line of the journal: who imported which file when, its hash, and what came of its rows."""

    when: str
    who: str
    kind: str
    source: str
    file: str = ""
    read: float | None = None
    used: float | None = None
    set_aside: float | None = None
    amount: float | None = None
    hash: str = ""


@dataclass(frozen=True)
class Sources:
    """The connections, a place for each row of their table (None where it is blank), with all that goes with imports.

    `aliases` are other names of members and channels, each with the name in the plan. `undo` is what the last import
    changed (`kpixl.actuals.undoing`); None says that the workbook's own stays as it is.
    """

    connections: tuple[Connection | None, ...] = ()
    aliases: tuple[tuple[str, str], ...] = ()
    journal: tuple[Entry, ...] = ()
    undo: str | None = None

    def with_entries(self, entries: Iterable[Entry]) -> "Sources":
        """Return the same with more lines in the journal."""
        return replace(self, journal=(*self.journal, *entries))


def now() -> str:
    """Return the date and time of a journal's line."""
    return f"{dt.datetime.now():%Y-%m-%d %H:%M}"


def entries_of(imported: Import, source: str, hashes: Mapping[str, str], kind: str) -> list[Entry]:
    """Return the journal's lines of an import, one for each of its files; `hashes` are by path."""
    lines: dict[str, Entry] = {}
    marks: dict[str, str] = {}
    for path, mark in hashes.items():
        for name in (path, shown(path)):
            marks.setdefault(name, mark)
    aside = imported.rejects.counts()
    for control in imported.controls:
        amount = control.amount_out if control.event in (WON, CANCELLED) else 0.0
        before = lines.get(control.file, entry_of(kind, source, control.file))
        lines[control.file] = replace(
            before,
            read=float(control.read),
            used=(before.used or 0) + control.used,
            set_aside=float(aside.get(control.file, 0)),
            amount=(before.amount or 0) + amount,
            hash=marks.get(control.file.partition(" [")[0], ""),  # the sheet is named behind the file
        )
    return list(lines.values())


def entry_of(kind: str, source: str, file: str) -> Entry:
    """Return a line of the journal for whoever runs kpixl now."""
    return Entry(now(), _user(), kind, source, file)


def hash_of(given: Sequence[str | Path]) -> dict[str, str]:
    """Return the SHA-256 of each file that is meant, by its path; databases, and what is not there, have none."""
    files = [Path(file) for file in expanded(given, KNOWN).files if not is_url(file)]
    return {str(file): _hash(file) for file in files if file.is_file() and not holds_rejects(file)}


def _hash(path: Path) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while piece := file.read(_UNREAD):
            digest.update(piece)
    return digest.hexdigest()


def _user() -> str:
    try:
        return getpass.getuser()
    except (OSError, KeyError, ImportError):  # a system that knows no name for whoever runs it
        return ""
