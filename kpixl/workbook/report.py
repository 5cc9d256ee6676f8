"""The monthly report: a frozen workbook that opens anywhere, with a page for every member's 1on1.

It holds values only, so that a report never changes afterwards.
"""

import dataclasses
import datetime as dt
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import count
from pathlib import Path

from kpixl import __version__
from kpixl.errors import InvalidValue
from kpixl.plan.playbook import FILE, read_playbook
from kpixl.texts import say, speaking
from kpixl.tracking import Tracking
from kpixl.workbook.agreed import MEMBER, REPORT, keep_typed, offered
from kpixl.workbook.blocks import Sheet
from kpixl.workbook.books import Book
from kpixl.workbook.pages import member_page, report_pages, team_pages
from kpixl.workbook.pages.summary import sentences
from kpixl.workbook.planbook import write_workbook
from kpixl.workbook.printed import put_beside
from kpixl.workbook.refresh import read_state
from kpixl.workbook.state import AGREED, State
from kpixl.workbook.web import page_of

__all__ = ["Report", "report_book", "write_report"]

_NOT_IN_A_NAME = re.compile(r'[\x00-\x1f<>:"/\\|?*]')  # of a file on Windows
_LONGEST_NAME = 60


@dataclass(frozen=True)
class Report:
    """A written report: its path and its summary in sentences; `kept` says what was taken over from an older report.

    `own` are the files of the members, each with the page of one of them alone, `web` the pages for phone and mail.
    """

    path: Path
    tracking: Tracking
    sentences: list[str]
    kept: tuple[str, ...] = ()
    own: tuple[Path, ...] = ()
    web: tuple[Path, ...] = ()


def write_report(
    book_path: Path,
    month: dt.date | None,
    folder: Path,
    *,
    members: bool = False,
    html: bool = False,
    spoken: str | None = None,
    playbook: Path | None = None,
    progress: Callable[[str], None] = lambda name: None,
) -> Report:
    """Write the report of a month of the plan workbook at `book_path` into `folder`; an older report is kept as .bak.

    What was typed into the older report is not lost: see `kpixl.workbook.agreed`.

    Parameters
    ----------
    month : date, optional
        The first day of the month. The report is as of its last day, or as of today if it is still running. Left out,
        it is the last month that was over at the last refresh.
    members : bool
        Whether to write a file for every member too, with their page alone, into a folder beside the report.
    html : bool
        Whether to put a page for phone and mail beside each file; that of the report is without the members' pages.
    spoken : str, optional
        The language of the report, if not that of the workbook.
    playbook : Path, optional
        The playbook that suggestions are taken from. Left out, it is the `playbook.toml` beside the workbook, or else
        kpixl's own.

    Raises
    ------
    InvalidPlan
        If the playbook is missing or wrong.
    InvalidValue
        If the month is not in the plan, or has not begun; without a month, if none is over.
    WorkbookRefused
        If another file has the name of the report, or the report is open elsewhere or cannot be written.
    """
    with Book(book_path) as book:
        return report_book(
            book, month, folder, members=members, html=html, spoken=spoken, playbook=playbook, progress=progress
        )


def report_book(
    book: Book,
    month: dt.date | None,
    folder: Path,
    *,
    members: bool = False,
    html: bool = False,
    spoken: str | None = None,
    playbook: Path | None = None,
    progress: Callable[[str], None] = lambda name: None,
) -> Report:
    """Write the report of a month of an opened plan workbook into `folder`; see `write_report`."""
    with book.speaking():
        state = _state(book, month)
        language = spoken or state.plan.language
        stem = f"{book.path.stem}_{state.month:%Y-%m}" + ("" if language == state.plan.language else f"_{language}")
        path = folder / f"{stem}.xlsx"
        measures = read_playbook(playbook or _beside(book.path), language=language)
        own = _own_files(folder / stem, state) if members else {}
        agreements, said = keep_typed(book, [path, *own.values()])
        agreed = tuple(tuple(one[key] for key in AGREED) for one in agreements)
        state = _in_language(dataclasses.replace(state, agreements=agreed, playbook=measures), language)
        with speaking(language):
            properties = {"kpixl_version": __version__, REPORT: f"{state.month:%Y-%m}"}
            names = {f"{MEMBER}{number}": one.name for number, one in enumerate(state.plan.members, 1)}
            pages = report_pages(state, progress)
            write_workbook(path, pages, language, properties | names | offered(pages), replaces=REPORT)
            web = [_put_page(path, team_pages(state), language)] if html else []
            if own:
                (folder / stem).mkdir(exist_ok=True)
                for (number, name), file in zip(names.items(), own.values(), strict=True):
                    progress(name)
                    page = [member_page(state, name)]
                    mine = properties | {number: name} | offered(page)
                    write_workbook(file, page, language, mine, replaces=REPORT)
                    web += [_put_page(file, page, language)] if html else []
            return Report(path, state.tracking, sentences(state), tuple(said), tuple(own.values()), tuple(web))


def _put_page(book: Path, sheets: Sequence[Sheet], language: str) -> Path:
    note = say("web.made_of", product=say("product"), file=book.name)
    return put_beside(book, ".html", page_of(sheets, language, note).encode())


def _state(book: Book, month: dt.date | None) -> State:
    """Return the state of the workbook as of the end of a month, or of today if that is earlier."""
    today = dt.date.today()
    if month is None:
        seen = book.date("kpixl_as_of")
        period = read_state(book, as_of=seen).plan.period
        over = [start for start, end in zip(period.starts, period.ends, strict=True) if end <= min(seen, today)]
        if not over:
            raise InvalidValue("no_month_over", first=f"{period.start:%Y-%m}", day=seen)
        month = over[-1]
    if month > today:
        raise InvalidValue("month_ahead", given=f"{month:%Y-%m}")
    state = read_state(book, as_of=min(_last_day(month), today))
    period = state.plan.period
    if month not in period.starts:
        raise InvalidValue(
            "month_outside", given=f"{month:%Y-%m}", first=f"{period.start:%Y-%m}", last=f"{period.end:%Y-%m}"
        )
    return state


def _beside(book: Path) -> Path | None:
    """Return the playbook that lies beside a workbook, if one does."""
    path = book.parent / FILE
    return path if path.is_file() else None


def _own_files(folder: Path, state: State) -> dict[str, Path]:
    """Return the path of each member's own file."""
    files: dict[str, Path] = {}
    taken: set[str] = set()
    for person in state.plan.members:
        base = _NOT_IN_A_NAME.sub("_", person.name).strip(" .")[:_LONGEST_NAME] or "_"
        name = next(
            one for number in count(1) if (one := base if number == 1 else f"{base} {number}").lower() not in taken
        )
        taken.add(name.lower())
        files[person.name] = folder / f"{folder.name}_{name}.xlsx"
    return files


def _numbered(name: str) -> Iterator[str]:
    yield name
    yield from (f"{name} {number}" for number in count(2))


def _in_language(state: State, language: str) -> State:
    plan = dataclasses.replace(state.plan, language=language)
    return dataclasses.replace(state, tracking=dataclasses.replace(state.tracking, plan=plan))


def _last_day(month: dt.date) -> dt.date:
    return (month + dt.timedelta(days=31)).replace(day=1) - dt.timedelta(days=1)
