"""The check of a plan workbook: the findings of the audit, each with the sheet and cell where it can be mended."""

import dataclasses
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from kpixl.actuals import reconciled
from kpixl.engine.numbers import parse_date
from kpixl.errors import InvalidPlan, UserError
from kpixl.plan import Plan, Targets
from kpixl.plan.audit import Audited, Change, Finding, Place, Severity, audit
from kpixl.plan.check import Remark, remark, unreadable
from kpixl.plan.samples import samples_in
from kpixl.texts import section
from kpixl.tracking import records
from kpixl.workbook.books import Book
from kpixl.workbook.refresh import read_state
from kpixl.workbook.schema import heading_of, kpi_key
from kpixl.workbook.sheets.definitions import ratings
from kpixl.workbook.sheets.review import CHANGES
from kpixl.workbook.state import State, event_names
from kpixl.workbook.tables import (
    CANDIDATES,
    CHANNEL_TARGETS,
    CHANNELS,
    CSFS,
    DEFINITIONS,
    FACTS,
    KGIS,
    LEVELS,
    MEMBER_TARGETS,
    MEMBERS,
    STAGES,
    TEAM,
)
from kpixl.workbook.typed import Mended, Row, shown

__all__ = ["audit_book", "check_book"]

_ENTRIES = {
    "kgis": (KGIS, "kgi"),
    "csfs": (CSFS, "csf"),
    "stages": (STAGES, "stage"),
    "channels": (CHANNELS, "channel"),
    "levels": (LEVELS, "level"),
    "members": (MEMBERS, "member"),
    "kpis": (DEFINITIONS, "kpi"),
    "ratings": (CANDIDATES, "kpi"),
    "changes": (CHANGES, "kpi"),
    "targets": (TEAM, "month"),
}
_RATINGS = ("measurable", "controllable", "understandable")
_HEADINGS = {
    ("kgis", "value"): "goal_value",
    ("channels", "capacity"): "channel_capacity",
    ("kpis", "source"): "data_source",
    ("kpis", "target"): "own_target",
    ("kpis", "event"): "counted_event",
    ("kpis", "base"): "divided_by",
}


def check_book(path: Path) -> tuple[str, tuple[Remark, ...]]:
    """Return the language of a plan workbook and what is wrong with its plan, as of the last refresh.

    Raises
    ------
    WorkbookRefused
        If the file is not a plan workbook, or one of its tables is missing.
    """
    with Book(path) as book:
        return audit_book(book)


def audit_book(book: Book) -> tuple[str, tuple[Remark, ...]]:
    """Return the language of an opened plan workbook and what is wrong with its plan; see `check_book`."""
    with book.speaking():
        try:
            state = read_state(book, as_of=book.date("kpixl_as_of"))
        except InvalidPlan as error:
            return book.language, (unreadable(error, **_cell(_blamed(book, error))),)
        samples = samples_in(state.plan)
        findings = [one for one in audit(_audited(book, state)) if not samples.blamed(one)]
        unlike = tuple(remark(_unlike(one), **_cell(one.cell)) for one in book.mended)
        audited = (remark(one, **_cell(_address(book, state.plan, one.place))) for one in findings)
        return book.language, (*unlike, *audited, *_unreconciled(book, state))


def _unreconciled(book: Book, state: State) -> Iterator[Remark]:
    """Yield a remark for each event whose facts in the workbook differ from what the imports recorded."""
    rows = reconciled(state.balances, state.facts)
    cell = next(iter(book.headings(FACTS).values()))
    names = event_names(state.plan)
    for row in records(rows[rows["said"].notna() & ~rows["agrees"]]):
        values = row | {"event": names.get(row["event"], row["event"])}
        yield remark(Finding("unreconciled", Severity.ERROR, Place("facts"), values), **_cell(cell))


def _unlike(mended: Mended) -> Finding:
    """Return the finding that kpixl reads a cell differently from the workbook's formulas until the next refresh."""
    values = {"given": shown(mended.before), "right": shown(mended.after)}
    return Finding("read_otherwise", Severity.ERROR, Place(""), values)


def _audited(book: Book, state: State) -> Audited:
    tracking = state.tracking
    over = sum(end <= tracking.as_of for end in state.plan.period.ends)
    history = {kpi.key: tracking.monthly[kpi.key].to_numpy(dtype=float)[:over].clip(min=0) for kpi in state.plan.kpis}
    return Audited(state.plan, _as_they_stand(book, tracking.targets), _changes(state), history)


def _changes(state: State) -> tuple[Change, ...]:
    """Return the entries of the change log that have a date and a KPI; others are the user's notes."""
    changes = []
    for index, (day, kpi, *_) in enumerate(state.changes):
        with suppress(UserError):
            changes.append(Change(parse_date(day or ""), str(kpi), index))
    return tuple(changes)


def _as_they_stand(book: Book, targets: Targets) -> Targets:
    """Return the targets with the whole numbers on their sheet, since somebody may have typed over them."""
    return dataclasses.replace(
        targets,
        by_member=_standing(book, MEMBER_TARGETS, "member", targets, targets.by_member),
        by_channel=_standing(book, CHANNEL_TARGETS, "channel", targets, targets.by_channel),
    )


def _standing(book: Book, table: str, by: str, targets: Targets, computed: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the numbers of a table by stage, month and name; the computed ones where the table has none."""
    plan, counts = targets.plan, computed.copy()
    names = [entry.name for entry in (plan.members if by == "member" else plan.channels)]
    for row in book.rows(table):
        month, name = row.date("month", None), row.text(by)
        if month in plan.period.starts and name in names:
            for place, stage in enumerate(plan.stages):
                count = row.number(kpi_key(stage), None)
                if count is not None:
                    counts[place, plan.period.starts.index(month), names.index(name)] = round(count)
    return counts


def _blamed(book: Book, error: InvalidPlan) -> str:
    """Return the cell that keeps the plan from being read: the one that the error names, or its entry's name cell."""
    if error.entry is None:
        return str(error.values.get("cell", ""))
    kind, index = error.entry
    table, key = _ENTRIES[kind]
    return book.rows(table)[index].address(key)


def _address(book: Book, plan: Plan, place: Place) -> str:
    """Return the sheet and address of a place in the plan: its cell if it has one, else a heading of its table."""
    kind = "ratings" if place.key in _RATINGS else place.section
    table, key = _ENTRIES[kind]
    cells = book.headings(table)
    if kind == "targets" and place.index is not None:
        return cells[heading_of(table, kpi_key(plan.kpis[place.index]))]
    wanted = _HEADINGS.get((kind, place.key), place.key)
    if wanted not in section("heading") or heading_of(table, wanted) not in cells:
        wanted = key
    row = None if place.index is None else _row(book, plan, kind, place.index)
    return cells[heading_of(table, wanted)] if row is None else row.address(wanted)


def _row(book: Book, plan: Plan, kind: str, index: int) -> Row | None:
    """Return the row of an entry of the plan; ratings are in another table, in any order, and not for every KPI."""
    if kind == "ratings":
        return ratings(book).get(plan.indicators[index].name)
    return book.rows(_ENTRIES[kind][0], blank=kind == "changes")[index]


def _cell(address: str) -> dict[str, str | int]:
    sheet, _, cell = address.rpartition("!")
    return {"sheet": sheet, "cell": cell} if sheet else {}
