"""Import CRM exports into a plan workbook: read the files, merge them with what it holds, refresh the workbook.

Everything is written or nothing: if an import would remove more than half of what somebody has, brings nothing at all,
or no longer fits on a sheet, it ends with a message and leaves the workbook as it was. The last import can be undone.
"""

import datetime as dt
import logging
from collections.abc import Callable, Sequence
from collections.abc import Mapping as Lookup
from dataclasses import dataclass, replace
from math import fsum
from pathlib import Path

from kpixl.actuals import BALANCE_COLUMNS, MOST_DEALS, Import, Losing, Mapping, Merged, import_events
from kpixl.actuals.headings import plain
from kpixl.actuals.undoing import changes, taken_back
from kpixl.errors import UnreadableData
from kpixl.plan import Plan
from kpixl.texts import say
from kpixl.workbook.books import Book
from kpixl.workbook.held import Held, day_of, read_held
from kpixl.workbook.newcomers import KINDS, add_newcomers, newcomers
from kpixl.workbook.reading import read_plan
from kpixl.workbook.refresh import Refreshed, refresh_book
from kpixl.workbook.sheets.archive import require_archive
from kpixl.workbook.sheets.sources import keep_aliases, read_sources, read_undo
from kpixl.workbook.sources import Entry, entries_of, entry_of, hash_of
from kpixl.workbook.state import event_names

__all__ = [
    "Brought",
    "Imported",
    "also_called",
    "balance_rows",
    "bring",
    "control_rows",
    "import_into",
    "notes_of",
    "refuse",
    "undo_last",
]

_LOG = logging.getLogger("kpixl")
_ROWS = 1_048_576 - 10  # rows of a sheet below the headings of its tables
_A_YEAR = dt.timedelta(days=366)
_HOURS_OF = dt.timedelta(days=100)  # as far back as a report of the day looks at the hours of calls
_NAMED = 5
_MOST_TOLD = 200  # lines of control totals in a terminal


@dataclass(frozen=True)
class Brought:
    """What an import brought, what it replaced, what the workbook would hold after it, and its lines in the journal."""

    imported: Import
    merged: Merged
    held: Held
    entries: tuple[Entry, ...]


@dataclass(frozen=True)
class Imported:
    """What an import brought, the refresh that followed, and the file with the rows that were set aside.

    `added` says which members and channels were added to the settings.
    """

    brought: Import
    refreshed: Refreshed
    rejects: Path | None
    added: tuple[str, ...] = ()


def import_into(
    path: Path,
    files: Sequence[str | Path],
    mapping: Mapping,
    *,
    as_of: dt.date | None = None,
    dry_run: bool = False,
    may_replace: bool = False,
    rejects: Path | None = None,
    remember: tuple[str, str] | None = None,
    strict: bool = False,
    aliases: Sequence[tuple[str, str]] = (),
    wanted: Callable[[str, list[str]], bool] = lambda kind, names: False,
    progress: Callable[[str], None] | None = None,
    tell: Callable[[Import, Merged, Plan], None] = lambda brought, merged, plan: None,
) -> Imported:
    """Import files and databases into the plan workbook at `path`, and refresh it.

    Parameters
    ----------
    path : Path
        The plan workbook.
    files, mapping, rejects
        As in `kpixl.actuals.import_events`.
    as_of, dry_run
        As in `kpixl.workbook.refresh.refresh`.
    may_replace : bool
        Whether more than half of what a member or channel has may be removed.
    remember : pair of str, optional
        Name and value of a custom document property to set with the import.
    strict : bool
        Whether a single row that cannot be read makes the whole import fail.
    aliases : sequence of (str, str)
        Other names of members and channels with those of the plan, which the workbook remembers.
    wanted : callable
        Whether members or channels (`member`, `channel`) with these names, which the plan does not have, are to be
        added to the settings.
    progress : callable, optional
        As in `kpixl.actuals.import_events`.
    tell : callable
        Called with what was read, before anything is refused or written.

    Raises
    ------
    UnreadableData
        If a file cannot be read, no row counts, too much would be removed, or the result does not fit on a sheet.
    WorkbookRefused, InvalidPlan
        As in a refresh.
    """
    with Book(path) as book, book.speaking():
        plan, sources = read_plan(book), read_sources(book)
        told = dict((*sources.aliases, *aliases))
        before = read_held(book, plan)
        named = also_called(mapping, told)
        brought = bring(book, plan, before, files, named, as_of=as_of, rejects=rejects, progress=progress)
        imported = brought.imported
        try:
            tell(imported, brought.merged, plan)
            refuse(brought, plan, may_replace=may_replace, strict=strict)
            added = tuple(
                add_newcomers(book, plan, kind, names)
                for kind in KINDS
                if (names := newcomers(imported, plan, kind)) and wanted(kind, names)
            )
            if remember is not None:
                book.set_property(*remember)
            if not dry_run:
                _LOG.info("%s\n%s", path, "\n".join(_said(imported, brought.merged, plan)))
            sources = replace(
                sources.with_entries(brought.entries),
                aliases=tuple(told.items()),
                undo=changes(before.frames, brought.held.frames),
            )
            keep_aliases(book, dict(aliases))
            refreshed = refresh_book(book, held=brought.held, sources=sources, as_of=as_of, dry_run=dry_run)
        except BaseException:
            imported.rejects.drop()
            raise
        if dry_run:
            imported.rejects.drop()
            return Imported(imported, refreshed, None, added)
        return Imported(imported, refreshed, imported.rejects.keep(instead=path.absolute().parent), added)


def undo_last(path: Path, *, as_of: dt.date | None = None, dry_run: bool = False) -> Refreshed:
    """Undo the last import into the plan workbook at `path`, and refresh it; whatever was typed since then stays.

    Raises
    ------
    UnreadableData
        If nothing was imported since the last time, or what was imported has been changed since.
    """
    with Book(path) as book, book.speaking():
        plan, sources = read_plan(book), read_sources(book)
        now = read_held(book, plan)
        held = now.of(taken_back(read_undo(book), now.frames))
        last = sources.journal[-1] if sources.journal else None
        entry = entry_of(say("sources.undone"), last.source if last else "", last.file if last else "")
        sources = replace(sources.with_entries([entry]), undo="")
        return refresh_book(book, held=held, sources=sources, as_of=as_of, dry_run=dry_run)


def bring(
    book: Book,
    plan: Plan,
    before: Held,
    files: Sequence[str | Path],
    mapping: Mapping,
    *,
    as_of: dt.date | None,
    rejects: Path | None = None,
    progress: Callable[[str], None] | None = None,
) -> Brought:
    """Read files and merge them with what is held before; nothing is written, and nothing refused yet."""
    days = plan.period.start - _A_YEAR, plan.period.end + _A_YEAR
    names = {"members": [m.name for m in plan.members], "channels": [c.name for c in plan.channels]}
    require_archive(book)
    hashes = hash_of(files)
    day = day_of(plan, as_of)
    imported = import_events(
        files,
        mapping,
        days=days,
        timezone=book.timezone,
        rejects=rejects,
        hours_from=day - _HOURS_OF,
        progress=progress,
        **names,
    )
    try:
        held, merged = before.after(imported, day)
    except BaseException:
        imported.rejects.drop()
        raise
    entries = entries_of(imported, merged.source, hashes, say("sources.imported"))
    return Brought(imported, merged, held, tuple(entries))


def also_called(mapping: Mapping, aliases: Lookup[str, str]) -> Mapping:
    """Return a mapping in which people and channels have other names besides."""
    more = {plain(old): new for old, new in aliases.items()}
    return replace(mapping, members={**mapping.members, **more}, channels={**mapping.channels, **more})


def control_rows(imported: Import, plan: Plan) -> list[list[str | float]]:
    """Return the control totals: the headings, then a row per file and event; of very many, the sums of all files."""
    names = event_names(plan)
    columns = ("read", "used", "set_aside", "duplicates", "other", "amount_in", "amount_out")
    told = [
        (control.file, names.get(control.event, say("blank")), [getattr(control, column) for column in columns])
        for control in imported.controls
    ]
    if len(told) > _MOST_TOLD:
        everything = say("import.all_files", files=len({file for file, *_ in told}))
        by_event: dict[str, list[list[float]]] = {}
        for _, event, figures in told:
            by_event.setdefault(event, []).append(figures)
        told = [
            (everything, event, [fsum(part) for part in zip(*rows, strict=True)]) for event, rows in by_event.items()
        ]
    return [
        [say(f"heading.{column}") for column in ("file", "event", *columns)],
        *([file, event, *figures] for file, event, figures in told),
    ]


def balance_rows(merged: Merged, plan: Plan) -> list[list[str | float]]:
    """Return, per event, the count and amount that the workbook held, gained, replaced and holds now.

    The first row holds the headings.
    """
    names = event_names(plan)
    columns = BALANCE_COLUMNS[2:]
    return [
        [say("heading.event"), *(say(f"heading.balance_{column}") for column in columns)],
        *(
            [names.get(row["event"], row["event"]), *(row[column] for column in columns)]
            for row in merged.balances.to_dict("records")
        ),
    ]


def notes_of(imported: Import, merged: Merged) -> list[str]:
    """Return the remarks on how rows were read or kept, in sentences."""
    said = [say(f"import.{key}", **values) for key, values in imported.notes]
    if merged.known:
        said.append(say("import.known", rows=merged.known))
    if merged.too_many_deals:
        said.append(say("import.deals_too_many", rows=merged.too_many_deals, most=MOST_DEALS))
    rows, amount = merged.absent
    if rows:
        said.append(say("import.absent", rows=rows, amount=amount))
    return said


def _said(imported: Import, merged: Merged, plan: Plan) -> list[str]:
    headings, *rows = balance_rows(merged, plan)
    figures = [
        say(
            "import.balance",
            event=row[0],
            figures=say("join").join(f"{h} {v:,.0f}" for h, v in zip(headings[1:], row[1:], strict=True)),
        )
        for row in rows
    ]
    return [*figures, *notes_of(imported, merged)]


def refuse(brought: Brought, plan: Plan, *, may_replace: bool = False, strict: bool = False) -> None:
    """Raise an error if an import is not to be done; see `import_into`."""
    imported, merged = brought.imported, brought.merged
    if not any(control.used for control in imported.controls) and not len(merged.balances):
        raise UnreadableData("source_nothing_used")
    if merged.losing and not may_replace:
        raise UnreadableData("source_replaces", losing=_listed(merged.losing, event_names(plan)))
    records = len(merged.memory.records)  # facts that are too many for a sheet are condensed
    if records > _ROWS:
        raise UnreadableData("source_too_many", given=records, most=_ROWS)
    if strict and (first := imported.rejects.first()) is not None:
        raise UnreadableData("source_strict", file=first[0], line=first[1], reason=first[2])


def _listed(losing: Sequence[Losing], names: dict[str, str]) -> str:
    said = [
        say(
            "import.losing",
            name=lost.name or say("blank"),
            event=names.get(lost.event, lost.event),
            before=lost.before,
            gone=lost.gone,
        )
        for lost in losing[:_NAMED]
    ]
    if len(losing) > _NAMED:
        said.append(say("import.more", rows=len(losing) - _NAMED))
    return say("join").join(said)
