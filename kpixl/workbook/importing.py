"""Import CRM exports into a plan workbook: read the files, merge them with what it holds, refresh the workbook.

Everything is written or nothing: if an import would remove more than half of what somebody has, brings nothing at all,
or no longer fits on a sheet, it ends with a message and leaves the workbook as it was.
"""

import datetime as dt
import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from kpixl.actuals import BALANCE_COLUMNS, Import, Losing, Mapping, Merged, import_events
from kpixl.errors import UnreadableData
from kpixl.plan import Plan
from kpixl.texts import say
from kpixl.workbook.books import Book
from kpixl.workbook.reading import read_plan
from kpixl.workbook.refresh import Refreshed, refresh_book
from kpixl.workbook.state import event_names

__all__ = ["Imported", "balance_rows", "control_rows", "import_into", "notes_of"]

_LOG = logging.getLogger("kpixl")
_ROWS = 1_048_576 - 10  # rows of a sheet below the headings of its tables
_A_YEAR = dt.timedelta(days=366)
_NAMED = 5


@dataclass(frozen=True)
class Imported:
    """What an import brought, the refresh that followed, and the file with the rows that were set aside."""

    brought: Import
    refreshed: Refreshed
    rejects: Path | None


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
        plan = read_plan(book)
        days = plan.period.start - _A_YEAR, plan.period.end + _A_YEAR
        names = {"members": [m.name for m in plan.members], "channels": [c.name for c in plan.channels]}
        imported = import_events(files, mapping, days=days, timezone=book.timezone, rejects=rejects, **names)

        def agree(merged: Merged) -> None:
            tell(imported, merged, plan)
            _refuse(imported, merged, plan, may_replace=may_replace)
            if strict and (first := imported.rejects.first()) is not None:
                raise UnreadableData("source_strict", file=first[0], line=first[1], reason=first[2])
            if remember is not None:
                book.set_property(*remember)
            if not dry_run:
                _LOG.info("%s\n%s", path, "\n".join(_said(imported, merged, plan)))

        try:
            refreshed = refresh_book(book, imported=imported, as_of=as_of, dry_run=dry_run, agree=agree)
        except BaseException:
            imported.rejects.drop()
            raise
        if dry_run:
            imported.rejects.drop()
            return Imported(imported, refreshed, None)
        return Imported(imported, refreshed, imported.rejects.keep(instead=path.absolute().parent))


def control_rows(imported: Import, plan: Plan) -> list[list[str | float]]:
    """Return the control totals: the headings, then a row per file and event."""
    names = event_names(plan)
    columns = ("read", "used", "set_aside", "duplicates", "other", "amount_in", "amount_out")
    return [
        [say(f"heading.{column}") for column in ("file", "event", *columns)],
        *(
            [control.file, names.get(control.event, say("blank")), *(getattr(control, column) for column in columns)]
            for control in imported.controls
        ),
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


def _refuse(imported: Import, merged: Merged, plan: Plan, *, may_replace: bool) -> None:
    if not any(control.used for control in imported.controls) and not len(merged.balances):
        raise UnreadableData("source_nothing_used")
    if merged.losing and not may_replace:
        raise UnreadableData("source_replaces", losing=_listed(merged.losing, event_names(plan)))
    records = len(merged.memory.records)  # facts that are too many for a sheet are condensed
    if records > _ROWS:
        raise UnreadableData("source_too_many", given=records, most=_ROWS)


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
