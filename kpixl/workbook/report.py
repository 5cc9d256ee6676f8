"""The monthly report: a frozen workbook that opens anywhere, with a page for every member's 1on1.

It holds values only, so that a report never changes afterwards.
"""

import dataclasses
import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from kpixl import __version__
from kpixl.errors import InvalidValue
from kpixl.tracking import Tracking
from kpixl.workbook.agreed import MEMBER, REPORT, keep_typed
from kpixl.workbook.books import Book
from kpixl.workbook.pages import report_pages
from kpixl.workbook.pages.summary import sentences
from kpixl.workbook.planbook import write_workbook
from kpixl.workbook.refresh import read_state
from kpixl.workbook.state import AGREED

__all__ = ["Report", "report_book", "write_report"]


@dataclass(frozen=True)
class Report:
    """A written report: its path and its summary in sentences; `kept` says what was taken over from an older report."""

    path: Path
    tracking: Tracking
    sentences: list[str]
    kept: tuple[str, ...] = ()


def write_report(
    book_path: Path, month: dt.date, folder: Path, *, progress: Callable[[str], None] = lambda name: None
) -> Report:
    """Write the report of a month of the plan workbook at `book_path` into `folder`; an older report is kept as .bak.

    What was typed into the older report is not lost: see `kpixl.workbook.agreed`.

    The report is as of the last day of the month, or as of today if the month is still running.

    Raises
    ------
    InvalidValue
        If the month is not in the plan, or has not begun.
    WorkbookRefused
        If another file has the name of the report, or the report is open elsewhere or cannot be written.
    """
    with Book(book_path) as book:
        return report_book(book, month, folder, progress=progress)


def report_book(
    book: Book, month: dt.date, folder: Path, *, progress: Callable[[str], None] = lambda name: None
) -> Report:
    """Write the report of a month of an opened plan workbook into `folder`; see `write_report`."""
    with book.speaking():
        if month > dt.date.today():
            raise InvalidValue("month_ahead", given=f"{month:%Y-%m}")
        state = read_state(book, as_of=min(_last_day(month), dt.date.today()))
        period = state.plan.period
        if month not in period.starts:
            raise InvalidValue(
                "month_outside", given=f"{month:%Y-%m}", first=f"{period.start:%Y-%m}", last=f"{period.end:%Y-%m}"
            )
        path = folder / f"{book.path.stem}_{month:%Y-%m}.xlsx"
        agreements, said = keep_typed(book, path, month)
        state = dataclasses.replace(state, agreements=tuple(tuple(one[key] for key in AGREED) for one in agreements))
        properties = {"kpixl_version": __version__, REPORT: f"{month:%Y-%m}"}
        properties |= {f"{MEMBER}{number}": one.name for number, one in enumerate(state.plan.members, 1)}
        write_workbook(path, report_pages(state, progress), state.plan.language, properties, replaces=REPORT)
        return Report(path, state.tracking, sentences(state), tuple(said))


def _last_day(month: dt.date) -> dt.date:
    return (month + dt.timedelta(days=31)).replace(day=1) - dt.timedelta(days=1)
