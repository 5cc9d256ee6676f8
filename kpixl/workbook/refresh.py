"""Bring a plan workbook up to date: read the settings and actuals, write kpixl's own tables and names.

Everything else in the file keeps its bytes. Newly imported events, if any, take the place of those that they replace.
"""

import datetime as dt
import logging
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from kpixl.actuals import Import, packed
from kpixl.plan import SpanKind, span_of
from kpixl.texts import say
from kpixl.tracking import Tracking, kept, track, unlisted
from kpixl.workbook.books import Book
from kpixl.workbook.condensing import condense
from kpixl.workbook.day_columns import add_day_columns
from kpixl.workbook.held import Held, day_of, read_held
from kpixl.workbook.migrate import Migration
from kpixl.workbook.reading import read_plan, read_whole_period
from kpixl.workbook.receipts import told
from kpixl.workbook.sheets import plan_sheets
from kpixl.workbook.sheets.actions import read_actions
from kpixl.workbook.sheets.actuals import IMPORTED, read_entries
from kpixl.workbook.sheets.archive import ARCHIVE, is_lost, mark_archived, require_archive
from kpixl.workbook.sheets.closed import read_history
from kpixl.workbook.sheets.days import read_days, read_shown_member
from kpixl.workbook.sheets.deals import DEAL_LIST
from kpixl.workbook.sheets.former_tree import former_tree
from kpixl.workbook.sheets.hours import HOURS, hours_are_lost, read_hour_pieces
from kpixl.workbook.sheets.matrix import read_shown_kpi
from kpixl.workbook.sheets.measures import measure_rows
from kpixl.workbook.sheets.review import read_changes, read_in_force
from kpixl.workbook.sheets.settings import WHOLE_PERIOD, whole_words
from kpixl.workbook.sheets.sources import UNDO, read_sources
from kpixl.workbook.sheets.targets import shows_stretch
from kpixl.workbook.sources import Sources
from kpixl.workbook.state import State
from kpixl.workbook.tables import FACTS
from kpixl.workbook.typed import mended_lines
from kpixl.xlsx import Receipt

__all__ = ["Refreshed", "read_state", "refresh", "refresh_book"]

_AROUND_A_WEEK = dt.timedelta(days=31)  # that say what is recorded in it
_LOG = logging.getLogger("kpixl")


@dataclass(frozen=True)
class Refreshed:
    """What a refresh computed and what it changed (or, in a dry run, would change).

    `read` maps the tables and named cells that were read to their addresses. `mended` says which typed cells were
    rewritten as they were read, and `migrated` what was added: what an older kpixl did not have, and the columns
    of new KPIs. `told` is all of it in words; `remarks` is the part that nobody should miss: what is no longer
    there, which months were closed, and whose targets were kept or recomputed.
    """

    tracking: Tracking
    receipt: Receipt
    read: Mapping[str, str]
    mended: tuple[str, ...]
    told: tuple[str, ...]
    remarks: tuple[str, ...] = ()
    migrated: tuple[str, ...] = ()

    @property
    def unlisted(self) -> dict[str, list[str]]:
        """The members and channels with actuals but no row in the settings, under `member` and `channel`."""
        found = {by: unlisted(self.tracking.plan, self.tracking.values, by) for by in ("member", "channel")}
        return {by: names for by, names in found.items() if names}


def refresh(
    path: Path, *, imported: Import | None = None, as_of: dt.date | None = None, dry_run: bool = False
) -> Refreshed:
    """Refresh the plan workbook at `path` as of a day (by default today), with newly imported events if there are any.

    What was read, changed and adjusted goes to the logger `kpixl`, except in a dry run.

    Raises
    ------
    WorkbookRefused
        If the file cannot be read or changed safely; it is left as it was.
    InvalidPlan
        If a cell of the settings or the actuals holds something unusable.
    """
    with Book(path) as book:
        return refresh_book(book, imported=imported, as_of=as_of, dry_run=dry_run)


def refresh_book(
    book: Book,
    *,
    imported: Import | None = None,
    held: Held | None = None,
    sources: Sources | None = None,
    as_of: dt.date | None = None,
    dry_run: bool = False,
) -> Refreshed:
    """Refresh an opened plan workbook; see `refresh`.

    `held` takes the place of what the workbook holds of imports, and `sources` of what it says about them.
    """
    with book.speaking():
        if imported is not None:
            plan = read_plan(book)
            require_archive(book)
            held, _ = read_held(book, plan).after(imported, day_of(plan, as_of))
        state = read_state(book, held=held, sources=sources, as_of=as_of)
        lost = tuple(_lost(book, imported=held is not None))
        grown = add_day_columns(book, state.plan)
    with book.speaking():  # with the headings of the new columns
        sums = {FACTS} if state.archive else set()  # of which a refresh may show others
        unchanged = () if held else (*(set(IMPORTED) - sums), DEAL_LIST, ARCHIVE, HOURS)
        unchanged = (*unchanged, *(() if state.sources.undo is not None else (UNDO,)))
        if held:
            mark_archived(book, archived=bool(state.archive))
        sheets = plan_sheets(state)
        migration = Migration(book, sheets)
        for sheet in sheets:
            for table in sheet.tables:
                if table.typed:
                    book.writing.apart(table)
                elif table.name not in unchanged:
                    book.writing.table(table, migration.renewed(table))
            for block in sheet.blocks:
                if block.name and not block.typed:
                    book.writing.block(block, formulas=migration.formulas(block))
        former = former_tree(state)
        book.writing.block(former, formulas=migration.formulas(former))  # where it remains
        read_whole_period(book)  # in an older workbook the migration has only just added this cell
        shown = book.follow_currency(state.plan.currency)
        receipt = book.save(dry_run=dry_run)
        mended = tuple(mended_lines(book.mended))
        remarks = (*lost, *_closing(state.tracking, book.read[WHOLE_PERIOD]), *shown)
        migrated = (*migration.said(), *grown)
        lines = (*migrated, *told(receipt, book.read, mended), *remarks)
        if not dry_run:
            _LOG.info("%s (%s)\n%s", receipt.path, state.tracking.as_of, "\n".join(lines))
        return Refreshed(state.tracking, receipt, dict(book.read), mended, lines, remarks, migrated)


def read_state(
    book: Book,
    *,
    held: Held | None = None,
    sources: Sources | None = None,
    as_of: dt.date | None = None,
    kind: SpanKind = SpanKind.MONTH,
) -> State:
    """Read everything that the sheets of an opened workbook show, except for what is given; see `refresh_book`.

    `kind` says what is tracked: the month of the day, its week or its quarter.
    """
    plan = read_plan(book)
    new, held = held is not None, read_held(book, plan, hours=False) if held is None else held
    memory = held.memory
    typed = [read_entries(book, plan), read_days(book, plan)]
    entries = pd.concat([frame for frame in typed if len(frame)] or typed[:1], ignore_index=True)
    actions = read_actions(book)
    day = plan.period.nearest(as_of or dt.date.today())
    since = span_of(plan.period, kind, day).start - (_AROUND_A_WEEK if kind is SpanKind.WEEK else dt.timedelta())
    condensation = condense(book, memory.facts, day, actions, new=new, since=since)
    tracking = track(
        plan,
        condensation.facts,
        entries,
        as_of,
        known=read_in_force(book),
        actions=actions,
        history=read_history(book, plan),
        whole=read_whole_period(book),
        daily=condensation.daily,
        listed=(memory.deals, memory.records),
        kind=kind,
    )
    return State(
        tracking,
        condensation.facts,
        held.log,
        memory.records,
        held.balances,
        read_changes(book),
        book.live,
        read_sources(book) if sources is None else sources,
        archive=condensation.archive,
        shown_facts=condensation.shown,
        shown_kpi=read_shown_kpi(book, plan),
        shown_member=read_shown_member(book, plan),
        deals=memory.deals,
        stretched=shows_stretch(book, plan),
        measure_rows=measure_rows(book),
        hour_pieces=_hours(book, memory.hours) if new else read_hour_pieces(book),
    )


def _hours(book: Book, hours: pd.DataFrame) -> tuple[str, ...] | None:
    """Return the hours of calls and mails as pieces of text; None where there are none, and no sheet for them."""
    return tuple(packed(hours)) if len(hours) or book.has(HOURS) else None


def _lost(book: Book, *, imported: bool) -> Iterator[str]:
    """Yield a sentence about each hidden sheet that was cleared or changed; no import comes to a lost archive."""
    if not imported and is_lost(book):
        yield say("errors.archive_lost", sheet=ARCHIVE)
    if hours_are_lost(book):
        yield say("hours.lost", sheet=HOURS)


def _closing(tracking: Tracking, cell: str) -> tuple[str, ...]:
    """Return the sentences about months closed, recomputed or kept; `cell` is the one that chooses between the two."""
    closing, yes = tracking.closing, whole_words()[0]
    told = [say("closing.reopened")] if closing.reopened else []
    for key, months in (
        ("computed", closing.computed),
        ("closed", closing.closed),
        ("kept", () if closing.computed else kept(tracking.targets)),
    ):
        if months:
            told.append(say(f"closing.{key}", months=_span(months), cell=cell, yes=yes))
    targets = tracking.targets
    if targets.since < tracking.plan.period.months and not targets.to_win:
        told.append(say("closing.nothing_left", since=f"{tracking.plan.period.starts[targets.since]:%Y-%m}"))
    return tuple(told)


def _span(months: tuple[dt.date, ...]) -> str:
    first, last = (f"{month:%Y-%m}" for month in (months[0], months[-1]))
    return first if first == last else f"{first}–{last}"
