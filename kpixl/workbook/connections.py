"""Bring in the sources that a plan workbook is connected to, and refresh it.

Each source is brought in whole or not at all, and a sentence says what came of it; one that is missing or cannot be
read does not keep the others from coming. Sources that share a mapping which joins files, or which says that its list
is whole, are one import. What is the same as last time, by content and by all that decides how it is read, stays.
"""

import glob
import hashlib
import logging
import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING

from kpixl import __version__
from kpixl.actuals import Mapping, read_mapping
from kpixl.actuals.databases import is_url, refuse_secret
from kpixl.actuals.samples import recognised, samples_of
from kpixl.actuals.sources import shown
from kpixl.actuals.undoing import changes
from kpixl.errors import UnreadableData, UserError
from kpixl.plan import Plan
from kpixl.texts import say
from kpixl.workbook.books import Book
from kpixl.workbook.held import Held, read_held
from kpixl.workbook.importing import Brought, also_called, bring, notes_of, refuse
from kpixl.workbook.reading import read_plan
from kpixl.workbook.refresh import Refreshed, refresh_book
from kpixl.workbook.sheets.sources import read_sources
from kpixl.workbook.sources import Connection, Sources, hash_of, now

if TYPE_CHECKING:
    import datetime as dt

__all__ = ["Came", "mapping_of_source", "place_for", "refresh_connected", "resolved"]

_LOG = logging.getLogger("kpixl")
_MAPPING = ".toml"


@dataclass(frozen=True)
class Came:
    """What came of a source: whether it was brought in, is the same as last time or failed; and that in words."""

    source: str
    outcome: str
    said: str
    notes: tuple[str, ...] = ()

    @property
    def failed(self) -> bool:
        """Whether it could not be brought in."""
        return self.outcome == "failed"


def refresh_connected(
    book: Book,
    *,
    as_of: "dt.date | None" = None,
    dry_run: bool = False,
    progress: Callable[[str], None] | None = None,
) -> tuple[Refreshed, tuple[Came, ...]]:
    """Bring in what an opened plan workbook is connected to, and refresh it; with no connections, only refresh it.

    `progress` is called with what is being read, and how far that is.
    """
    with book.speaking():
        sources = read_sources(book)
        if not any(sources.connections):
            return refresh_book(book, as_of=as_of, dry_run=dry_run), ()
        plan = read_plan(book)
        work = _Work(book, plan, sources, as_of, dry_run=dry_run, progress=progress)
        try:
            told: list[Came] = []
            for rows in _groups(sources, book.folder):
                told += work.do(rows)
            refreshed = refresh_book(book, held=work.held, sources=work.after(), as_of=as_of, dry_run=dry_run)
            if not dry_run:
                work.keep_rejects()
        finally:
            work.drop_rejects()
        if not dry_run:
            _LOG.info("%s\n%s", book.path, "\n".join(f"{came.source}: {came.said}" for came in told))
        return refreshed, tuple(told)


def mapping_of_source(source: str | Path, how: str, folder: Path | None) -> tuple[Mapping, str]:
    """Return how a source is read, and what that is called: by a mapping's file, as a tool's export, or as recognised.

    Raises
    ------
    UnreadableData, InvalidPlan
        If the mapping cannot be read, or the source is not recognised as the export of (that) one tool.
    """
    if how.lower().endswith(_MAPPING):
        return read_mapping(resolved(how, folder)), Path(how).name
    samples = samples_of([source])
    found = recognised(samples)
    chosen = [one for one in found if how in ("", one.key, one.name)]
    if len(chosen) != 1:
        keys = ", ".join(one.key for one in found) or "-"
        key = "source_unrecognised" if not found else "source_no_tool" if how else "source_several"
        raise UnreadableData(key, file=samples[0].file, given=how, known=keys)
    return chosen[0].mapping(), chosen[0].name


def resolved(place: str, folder: Path | None) -> str | Path:
    """Return the file, folder, pattern or URL that is meant by a place as seen from the workbook's folder.

    Raises
    ------
    UnreadableData
        If it is seen from the workbook's folder, and the workbook has none.
    """
    if is_url(place):
        return place
    path = Path(place.strip().strip('"')).expanduser()  # Windows copies a path with quotes
    if path.is_absolute():
        return path
    if folder is None:
        raise UnreadableData("source_no_folder", file=place)
    pattern = glob.has_magic(str(path)) and not (folder / path).exists()
    return Path(glob.escape(str(folder))) / path if pattern else folder / path


def place_for(given: str, folder: Path) -> str:
    """Return how a workbook in a folder names a file, so that both may be moved together.

    >>> place_for("https://example.com/x", Path("/team"))
    'https://example.com/x'
    """
    if is_url(given):
        return given
    path, home = Path(os.path.abspath(given)), Path(os.path.abspath(folder))  # noqa: PTH100 - a pattern may be in it
    if path.anchor.lower() != home.anchor.lower():
        return str(path)
    common = Path(os.path.commonpath([path, home]))
    far = common == Path(common.anchor) and not common.anchor.startswith("\\\\")
    return str(path) if far else Path(os.path.relpath(path, home)).as_posix()


def _groups(sources: Sources, folder: Path | None) -> Iterator[list[int]]:
    """Yield the rows of the connections that are one import."""
    together: dict[str, list[int]] = {}
    for place, one in enumerate(sources.connections):
        if one is not None:
            together.setdefault(one.mapping if _is_whole(one.mapping, folder) else f"{place}", []).append(place)
    yield from together.values()


def _is_whole(how: str, folder: Path | None) -> bool:
    """Say whether all sources with a mapping are one import."""
    if not how.lower().endswith(_MAPPING):
        return False
    try:
        mapping = read_mapping(resolved(how, folder))
    except (UserError, OSError):
        return False  # each source says so
    return mapping.covers == "all" or any(files.joins for files in mapping.files.values())


def _shown(one: Connection) -> str:
    return shown(one.source) if is_url(one.source) else one.source


class _Work:
    """The sources of a workbook, brought in one after the other."""

    def __init__(
        self,
        book: Book,
        plan: Plan,
        sources: Sources,
        as_of: "dt.date | None",
        *,
        dry_run: bool,
        progress: Callable[[str], None] | None,
    ) -> None:
        self._book, self._plan, self._sources, self._as_of, self._dry_run = book, plan, sources, as_of, dry_run
        self._progress = progress
        self._before: Held = read_held(book, plan)
        self.held: Held | None = None
        self._brought: list[Brought] = []
        self._connections = list(sources.connections)

    def do(self, rows: Sequence[int]) -> Iterator[Came]:
        """Bring in the sources of some rows as one import, and yield what came of each."""
        connections = [one for row in rows if (one := self._connections[row]) is not None]
        notes: list[str] = []
        if self._progress is not None:
            self._progress(", ".join(map(_shown, connections)))
        try:
            outcome, said, seen = self._bring(connections, notes)
        except UserError as error:
            outcome, said, seen = "failed", str(error), ""
        except OSError as error:
            reason = error.strerror or error
            outcome, said, seen = "failed", say("errors.system", reason=reason, path=error.filename or ""), ""
        for row, one in zip(rows, connections, strict=True):
            if outcome == "brought":
                self._connections[row] = replace(one, brought=now(), said=said, seen=seen)
            elif outcome == "failed":
                self._connections[row] = replace(one, said=said)
            yield Came(_shown(one), outcome, said, tuple(notes))

    def after(self) -> Sources:
        """Return the sources as they are after all that was done."""
        done = replace(self._sources, connections=tuple(self._connections))
        if self.held is None:
            return done
        entries = chain.from_iterable(brought.entries for brought in self._brought)
        return replace(done.with_entries(entries), undo=changes(self._before.frames, self.held.frames))

    def keep_rejects(self) -> None:
        """Put the files with the rows that were set aside in their places."""
        for brought in self._brought:
            brought.imported.rejects.keep(instead=self._book.folder)

    def drop_rejects(self) -> None:
        """Forget the rows that were set aside, except for those kept."""
        for brought in self._brought:
            brought.imported.rejects.drop()

    def _bring(self, connections: Sequence[Connection], notes: list[str]) -> tuple[str, str, str]:
        files = []
        for one in connections:
            if is_url(one.source):
                refuse_secret(one.source)
            files.append(resolved(one.source, self._book.folder))
        how, covers = connections[0].mapping, connections[0].covers
        seen = self._mark(files, how, covers)
        if seen and all(one.seen == seen for one in connections):
            return "same", say("sources.same"), seen
        mapping, name = mapping_of_source(files[0], how, self._book.folder)
        mapping = also_called(mapping, dict(self._sources.aliases))
        if covers:
            mapping = replace(mapping, covers=covers)
        before = self._before if self.held is None else self.held
        brought = bring(self._book, self._plan, before, files, mapping, as_of=self._as_of, progress=self._progress)
        try:
            refuse(brought, self._plan)
        except BaseException:
            brought.imported.rejects.drop()
            raise
        self.held = brought.held
        self._brought.append(brought)
        notes += [say("cli.recognised", file=_shown(connections[0]), name=name)]
        notes += notes_of(brought.imported, brought.merged)
        aside = int(sum(entry.set_aside or 0 for entry in brought.entries))
        rows = int(sum(entry.read or 0 for entry in brought.entries)) - aside
        key = "came" if not aside else "came_unread" if self._dry_run else "came_aside"
        return "brought", say(f"sources.{key}", rows=rows, aside=aside, file=brought.imported.rejects.path.name), seen

    def _mark(self, files: Sequence[str | Path], how: str, covers: str) -> str:
        """Return a mark of what is read and of all that decides how; "" for databases, which may change unseen."""
        if any(is_url(file) for file in files):
            return ""
        plan = self._plan
        names = [member.name for member in plan.members], [channel.name for channel in plan.channels]
        text = Path(resolved(how, self._book.folder)).read_bytes() if how.lower().endswith(_MAPPING) else how
        hashes = sorted((Path(file).name, mark) for file, mark in hash_of(files).items())
        period = plan.period.start, plan.period.end, self._book.timezone
        told: tuple[object, ...] = (__version__, text, self._sources.aliases, names, period, hashes)
        told += (covers,) if covers else ()  # without it the mark is that of older versions
        return hashlib.sha256(repr(told).encode()).hexdigest()[:32]
