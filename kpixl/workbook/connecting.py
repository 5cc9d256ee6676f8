"""Connect a plan workbook to the sources that every refresh brings in, and take sources out again."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from kpixl.actuals.databases import is_url, refuse_secret
from kpixl.actuals.sources import shown
from kpixl.errors import InvalidPlan, UnreadableData
from kpixl.texts import say
from kpixl.workbook.books import Book
from kpixl.workbook.connections import mapping_of_source, place_for, resolved
from kpixl.workbook.refresh import refresh
from kpixl.workbook.sheets.sources import CONNECTIONS, read_sources
from kpixl.workbook.sources import Connection

__all__ = ["Connected", "connect", "connections_of", "disconnect", "prepared"]


@dataclass(frozen=True)
class Connected:
    """A source to connect to: as the workbook names it, how it is read, and whether there is anything to read yet.

    `covers` is what its exports replace ("": as the mapping says).
    """

    source: str
    mapping: str
    name: str
    empty: bool = False
    covers: str = ""


def connections_of(path: Path) -> list[Connection]:
    """Return what the plan workbook at `path` is connected to."""
    with Book(path) as book, book.speaking():
        return [one for one in read_sources(book).connections if one is not None]


def prepared(
    path: Path, given: Sequence[str], mapping: Path | None, tool: str | None, covers: str = ""
) -> list[Connected]:
    """Return what would be connected to the plan workbook at `path`, having looked into each source.

    Raises
    ------
    UnreadableData, InvalidPlan
        If a source holds a password, is missing, or is not known to be the export of (that) one tool.
    """
    folder = path.absolute().parent
    how = tool or "" if mapping is None else place_for(str(mapping), folder)
    return [replace(_prepared(one, how, folder), covers=covers) for one in given]


def connect(path: Path, sources: Sequence[Connected]) -> list[bool]:
    """Keep sources in the plan workbook at `path`; say of each whether it was there already, read in whatever way."""
    _require_sheet(path)
    with Book(path) as book, book.speaking():
        there = [one and one.source for one in read_sources(book).connections]
        known = [one.source in there for one in sources]
        for one in sources:
            if one.source not in there:
                place = there.index(None) if None in there else len(there)
                there[place : place + 1] = [one.source]
        rows = {
            there.index(one.source): {
                "connection": one.source,
                "mapping": one.mapping or None,
                "covers": say(f"covers.{one.covers}") if one.covers else None,
            }
            for one in sources
        }
        book.writing.fill(CONNECTIONS, rows)
        book.save()
        return known


def disconnect(path: Path, given: Sequence[str]) -> list[str]:
    """Take sources out of the plan workbook at `path`, and return how it called them; what they brought stays."""
    folder = path.absolute().parent
    with Book(path) as book, book.speaking():
        there = [one and one.source for one in read_sources(book).connections]
        gone = []
        for name in given:
            found = next((one for one in (name, place_for(name, folder)) if one in there), None)
            if found is None:
                known = ", ".join(_shown(one) for one in there if one) or "-"
                raise InvalidPlan("not_connected", given=_shown(name), known=known)
            gone.append(found)
        blank = dict.fromkeys(("connection", "mapping", "covers", "brought", "said"))
        book.writing.fill(CONNECTIONS, {there.index(one): blank for one in gone})
        book.save()
        return gone


def _prepared(given: str, how: str, folder: Path) -> Connected:
    if is_url(given):
        refuse_secret(given)
    source = place_for(given, folder)
    place = resolved(source, folder)
    try:
        _, name = mapping_of_source(place, how, folder)
    except UnreadableData as error:
        if error.key != "source_none_there" or not Path(place).is_dir():
            raise
        return Connected(source, how, how, empty=True)
    if not is_url(given) and not any(sign in given for sign in "*?[") and not Path(place).exists():
        raise UnreadableData("source_missing", file=given)
    return Connected(source, how, name)


def _require_sheet(path: Path) -> None:
    """Bring up a workbook of an older kpixl, which has no place for sources."""
    with Book(path) as book:
        lacking = not book.has(CONNECTIONS)
    if lacking:
        refresh(path)


def _shown(source: str) -> str:
    return shown(source) if is_url(source) else source
