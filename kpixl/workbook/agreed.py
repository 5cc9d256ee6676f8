"""Keep what was typed into an earlier report of a month before a new report replaces it.

Agreements from 1on1s go into the plan, from which every later report takes them. Whoever saved the report may have
typed elsewhere in it too, so a report that was saved by anything but kpixl is kept under another name.
"""

import contextlib
import datetime as dt
import re
import zipfile
import zlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any

from kpixl.errors import UserError, WorkbookRefused
from kpixl.files.whole import copy_whole
from kpixl.texts import say
from kpixl.workbook.blocks import Sheet
from kpixl.workbook.books import Book
from kpixl.workbook.closed import FileStore
from kpixl.workbook.planbook import has_property
from kpixl.workbook.schema import spelled
from kpixl.workbook.sheets.agreements import AGREEMENTS, read_agreements
from kpixl.workbook.state import AGREED, State
from kpixl.workbook.typed import mended_lines

__all__ = ["MEMBER", "OFFERED", "REPORT", "keep_typed", "offered", "open_agreements", "take_over"]

REPORT = "kpixl_report"  # the property of a report
MEMBER = "kpixl_member_"  # plus a number: the property that names the member whose agreements table has that number
OFFERED = "kpixl_offered_"  # plus the same number: which rows of it kpixl has put a figure into, and nothing else
_OPEN = "report_agreed_"
_Agreement = dict[str, Any]
_CHECKED = ("check", "now", "goal")  # on a page only: what is agreed is kept with them in words
_SAVED = re.compile(rb"<dcterms:(created|modified)[^>]*>([^<]*)<")


def open_agreements(state: State) -> dict[str, list[_Agreement]]:
    """Return what each member's page shows: the agreements of the tracked months, and earlier ones not done yet."""
    first, found = state.span[0].replace(day=1), dict[str, list[_Agreement]]()
    for agreement in (dict(zip(AGREED, row, strict=True)) for row in state.agreements):
        month = _first(agreement["month"])
        shown = first <= month <= state.month or (month < first and not agreement["done"])
        if shown and any(agreement[key] for key in ("action", "by_whom", "by_when")):
            found.setdefault(str(agreement["member"]), []).append(agreement)
    return found


def keep_typed(book: Book, reports: Iterable[Path]) -> tuple[list[_Agreement], list[str]]:
    """Copy what was typed into older reports into the plan, and keep each report that may hold more than that.

    Returns
    -------
    list of dict, list of str
        All agreements, including those from the reports; and what was done, in sentences.
    """
    older = [report for report in reports if has_property(report, REPORT)]
    agreements, brought = _brought(book, older)
    for report in older:
        if not brought[report].whole or _saved_by_others(report):
            kept = next(path for number in count(2) if not (path := _numbered(report, number)).exists())
            copy_whole(report, kept)
            brought[report].said.append(say("member.kept", path=kept))
    return agreements, [sentence for report in older for sentence in brought[report].said]


def take_over(book: Book, folder: Path, *, dry_run: bool = False) -> list[str]:
    """Copy what was typed into the reports in a folder, and in those below it, into the plan; say what was done.

    With `dry_run` nothing is written: the sentences say what would be.

    Raises
    ------
    WorkbookRefused
        If there is no such folder, or no report of kpixl in it.
    """
    if not folder.is_dir():
        raise WorkbookRefused("folder_missing", path=folder)
    reports = [path for path in sorted(folder.rglob("*.xlsx")) if not path.name.startswith("~$")]
    reports = [path for path in reports if has_property(path, REPORT)]
    if not reports:
        raise WorkbookRefused("no_reports", path=folder)
    _, brought = _brought(book, reports, dry_run=dry_run)
    unread = [say("member.not_taken_over", path=report.name) for report in reports if not brought[report].whole]
    told = [sentence for report in reports for sentence in brought[report].said]
    return [*told, *unread] or [say("member.nothing_new", count=len(reports))]


@dataclass
class _Brought:
    """What came of a report: whether all that was typed into it is in the plan, and what was done, in sentences."""

    whole: bool
    said: list[str]


def _brought(
    book: Book, reports: list[Path], *, dry_run: bool = False
) -> tuple[list[_Agreement], dict[Path, _Brought]]:
    """Write the agreements in reports into the plan; return all agreements, and what came of each report."""
    agreements = read_agreements(book)
    typed = {report: _typed(report) for report in reports}
    added = {report: _merge(agreements, found or []) for report, found in typed.items()}
    places = sorted({place for found in added.values() for place in found})
    written = not places or dry_run or _written(book, agreements, places)
    brought = {report: _Brought(typed[report] is not None and (written or not added[report]), []) for report in reports}
    for report, found in added.items():
        if found and written:
            key = "would_take_over" if dry_run else "taken_over"
            brought[report].said.append(say(f"member.{key}", count=len(found), path=report.name))
    if places and written and not dry_run:
        brought[reports[-1]].said += mended_lines(book.mended)
    return agreements, brought


def _typed(report: Path) -> list[_Agreement] | None:
    """Return the agreements in a report; None if it does not say of which month it is, or whose a page is."""
    with contextlib.closing(FileStore(report)) as store:
        try:
            return list(_rows(store, dt.date.fromisoformat(f"{store.properties[REPORT]}-01")))
        except (KeyError, ValueError):
            return None


def _rows(store: FileStore, month: dt.date) -> Iterator[_Agreement]:
    headings = {spelling: key for key in (*AGREED, *_CHECKED) for spelling in spelled(f"member.{key}")}
    properties = store.properties
    for name, table in store.tables.items():
        if not name.startswith(_OPEN):
            continue
        keys = [headings.get(heading) for heading in table.columns]
        member = properties.get(MEMBER + name.removeprefix(_OPEN))
        given = str(properties.get(OFFERED + name.removeprefix(_OPEN), "")).split()
        for values in store.values(table.sheet, table.body_area):
            whole_row = {key: _plain(value) for key, value in zip(keys, values, strict=True) if key}
            cells = {} if _mark(whole_row) in given else _with_figure(whole_row)
            if any(value is not None for value in cells.values()):
                if member is None:
                    raise KeyError(name)
                whole = {"month": month, "member": str(member)} | cells
                yield {key: whole.get(key) or {"month": month}.get(key) for key in AGREED}


def _with_figure(cells: dict[str, Any]) -> dict[str, Any]:
    """Return the parts of an agreement with the figure to check behind its action: the plan keeps it there."""
    told = {key: _in_words(cells.get(key)) for key in _CHECKED}
    kept = {key: value for key, value in cells.items() if key not in _CHECKED}
    if not any(told.values()):
        return kept
    figure = say("member.from_to" if told["now"] and told["goal"] else "member.to", **told).strip()
    action = kept.get("action")
    return kept | {"action": say("member.checked", action=action, check=figure) if action else figure}


def _in_words(value: Any) -> str:
    """Return a figure as somebody would have typed it; a number up to 1 that is not whole is a rate."""
    if isinstance(value, float) and not value.is_integer():
        return f"{value:.1%}" if abs(value) < 1 else f"{value:g}"
    return "" if value is None else f"{value:g}" if isinstance(value, int | float) else str(value)


def offered(pages: Iterable[Sheet]) -> dict[str, str]:
    """Return properties of a report that mark the rows which hold a figure to check and nothing else: no agreements.

    Once somebody changes anything in such a row, its mark is another, and it is one.
    """
    found: dict[str, str] = {}
    for table in (table for page in pages for table in page.tables if table.name.startswith(_OPEN)):
        keys = [column.key.removeprefix("member.") for column in table.columns]
        rows = (dict(zip(keys, row, strict=True)) for row in table.rows)
        marks = [_mark(row) for row in rows if row["now"] is not None and row["action"] is None]
        found |= {OFFERED + table.name.removeprefix(_OPEN): " ".join(marks)} if marks else {}
    return found


def _mark(row: Mapping[str, Any]) -> str:
    told = ((key, value) for key, value in sorted(row.items()) if value is not None)
    return f"{zlib.crc32(repr(list(told)).encode()):08x}"


def _merge(agreements: list[_Agreement], typed: list[_Agreement]) -> list[int]:
    """Merge what was typed into the agreements, and return the indexes of those added or changed.

    Blanks of an agreement that is already there are filled in; one that contradicts it is added as another agreement.
    """
    places = []
    for agreement in typed:
        same = (
            index
            for index, other in enumerate(agreements)
            if all(other[key] == agreement[key] for key in ("month", "member", "action"))
            and all(other[key] is None or agreement[key] in (None, other[key]) for key in AGREED)
        )
        index = next(same, None)
        if index is None:
            blank = [number for number, other in enumerate(agreements) if not any(other.values())]
            used = max((number for number, other in enumerate(agreements) if any(other.values())), default=-1)
            index = next((number for number in blank if number > used), len(agreements))
            agreements[index : index + 1] = [agreement]
            places.append(index)
        elif any(agreements[index][key] is None and agreement[key] is not None for key in AGREED):
            agreements[index] = {
                key: agreements[index][key] if agreement[key] is None else agreement[key] for key in AGREED
            }
            places.append(index)
    return places


def _written(book: Book, agreements: list[_Agreement], places: list[int]) -> bool:
    """Write agreements into the plan, if it has room for them and can be saved."""
    if not book.has(AGREEMENTS):
        return False
    rows: dict[int, Mapping[str, Any]] = {
        index: {f"member.{key}": agreements[index][key] for key in AGREED} for index in places
    }
    try:
        book.writing.fill(AGREEMENTS, rows)
        book.save()
    except UserError:
        return False
    return True


def _saved_by_others(report: Path) -> bool:
    """Say whether another program has saved the report: kpixl writes the same date as created and modified."""
    with zipfile.ZipFile(report) as package:
        if "docProps/core.xml" not in package.namelist():
            return True
        dates = dict(_SAVED.findall(package.read("docProps/core.xml")))
    return len(dates) != 2 or dates[b"created"] != dates[b"modified"]


def _numbered(report: Path, number: int) -> Path:
    return report.with_name(f"{report.stem} ({number}){report.suffix}")


def _first(value: Any) -> dt.date:
    """Return the first day of an agreement's month; an agreement without a month counts as earlier than all others."""
    return dt.date(value.year, value.month, 1) if isinstance(value, dt.date) else dt.date.min


def _plain(value: Any) -> Any:
    if isinstance(value, dt.datetime):
        return value.date()
    return value.strip() or None if isinstance(value, str) else value
