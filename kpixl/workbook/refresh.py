"""Bring a plan workbook up to date: read the settings and actuals, write kpixl's own tables and names.

Everything else in the file keeps its bytes. Newly imported events, if any, take the place of those that they replace.
"""

import datetime as dt
import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from kpixl.actuals import Import, Memory, Merged, merge
from kpixl.errors import UnreadableData
from kpixl.texts import say
from kpixl.tracking import Tracking, kept, track, unlisted
from kpixl.workbook.books import Book
from kpixl.workbook.condensing import condense
from kpixl.workbook.day_columns import add_day_columns
from kpixl.workbook.migrate import Migration
from kpixl.workbook.reading import read_plan, read_whole_period
from kpixl.workbook.receipts import told
from kpixl.workbook.sheets import plan_sheets
from kpixl.workbook.sheets.actions import read_actions
from kpixl.workbook.sheets.actuals import (
    IMPORTED,
    read_balances,
    read_entries,
    read_facts,
    read_imports,
    read_records,
)
from kpixl.workbook.sheets.archive import ARCHIVE, is_lost, mark_archived
from kpixl.workbook.sheets.closed import read_history
from kpixl.workbook.sheets.days import read_days, read_shown_member
from kpixl.workbook.sheets.former_tree import former_tree
from kpixl.workbook.sheets.matrix import read_shown_kpi
from kpixl.workbook.sheets.review import read_changes, read_in_force
from kpixl.workbook.sheets.settings import WHOLE_PERIOD, whole_words
from kpixl.workbook.state import IMPORT_COLUMNS, LEFT_COLUMNS, State
from kpixl.workbook.tables import FACTS
from kpixl.workbook.typed import mended_lines
from kpixl.xlsx import Receipt

__all__ = ["Refreshed", "read_state", "refresh", "refresh_book"]

_LOG = logging.getLogger("kpixl")


@dataclass(frozen=True)
class Refreshed:
    """What a refresh computed and what it changed (or, in a dry run, would change).

    `read` maps the tables and named cells that were read to their addresses. `mended` says which typed cells were
    rewritten as they were read, and `migrated` what was added to a workbook of an older kpixl. `told` is all of it in
    words; `closing` is the part about closed months: which were closed, and whose targets were kept or recomputed.
    """

    tracking: Tracking
    receipt: Receipt
    read: Mapping[str, str]
    mended: tuple[str, ...]
    told: tuple[str, ...]
    closing: tuple[str, ...] = ()
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
    as_of: dt.date | None = None,
    dry_run: bool = False,
    agree: Callable[[Merged], None] = lambda merged: None,
) -> Refreshed:
    """Refresh an opened plan workbook; see `refresh`. `agree` may refuse the import, before anything is written."""
    with book.speaking():
        state = read_state(book, imported=imported, as_of=as_of)
        if state.merged is not None:
            agree(state.merged)
        grown = add_day_columns(book, state.plan)
    with book.speaking():  # with the headings of the new columns
        unchanged = () if imported else tuple(table for table in IMPORTED if table != FACTS or not state.archive)
        unchanged = (*unchanged, *(() if imported else (ARCHIVE,)))
        if imported:
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
        lost = () if imported or not is_lost(book) else (say("errors.archive_lost", sheet=ARCHIVE),)
        receipt = book.save(dry_run=dry_run)
        mended = tuple(mended_lines(book.mended))
        closing = (*_closing(state.tracking, book.read[WHOLE_PERIOD]), *shown)
        migrated = migration.said()
        lines = (*migrated, *grown, *lost, *told(receipt, book.read, mended), *closing)
        if not dry_run:
            _LOG.info("%s (%s)\n%s", receipt.path, state.tracking.as_of, "\n".join(lines))
        return Refreshed(state.tracking, receipt, dict(book.read), mended, lines, closing, migrated)


def read_state(book: Book, *, imported: Import | None = None, as_of: dt.date | None = None) -> State:
    """Read everything that the sheets of an opened workbook show, and merge in newly imported events."""
    plan = read_plan(book)
    log, balances = read_imports(book, plan), read_balances(book, plan)
    memory, merged = Memory(read_facts(book, plan), read_records(book, plan)), None
    if imported is not None:
        if is_lost(book):
            raise UnreadableData("archive_lost", sheet=ARCHIVE)
        merged = merge(memory, imported)
        memory = merged.memory
    typed = [read_entries(book, plan), read_days(book, plan)]
    entries = pd.concat([frame for frame in typed if len(frame)] or typed[:1], ignore_index=True)
    actions = read_actions(book)
    condensation = condense(
        book, memory.facts, plan.period.nearest(as_of or dt.date.today()), actions, new=imported is not None
    )
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
    )
    if imported is not None and merged is not None:
        controls = pd.DataFrame([vars(control) | {"source": merged.source} for control in imported.controls])
        log = _replaced(log, controls[IMPORT_COLUMNS], ["source", "file", "event"])
        balances = _replaced(
            balances, merged.balances.assign(imported_on=tracking.as_of)[LEFT_COLUMNS], ["source", "event"]
        )
    return State(
        tracking,
        condensation.facts,
        log,
        memory.records,
        balances,
        read_changes(book),
        book.live,
        merged,
        archive=condensation.archive,
        shown_facts=condensation.shown,
        shown_kpi=read_shown_kpi(book, plan),
        shown_member=read_shown_member(book, plan),
    )


def _replaced(old: pd.DataFrame, new: pd.DataFrame, keys: list[str]) -> pd.DataFrame:
    """Put new rows in place of old rows with the same keys."""
    kept = old[~old.set_index(keys).index.isin(new.set_index(keys).index)]
    return pd.concat([kept, new], ignore_index=True) if len(kept) else new


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
