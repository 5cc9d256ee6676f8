"""The report of a month, a week or a quarter: a frozen workbook for anywhere, with a page for every member's 1on1.

It holds values only, so that a report never changes afterwards.
"""

import dataclasses
import datetime as dt
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import TypedDict, Unpack

from kpixl import __version__
from kpixl.errors import InvalidValue
from kpixl.plan import Span, SpanKind, Wanted, span_of
from kpixl.plan.playbook import FILE, read_playbook
from kpixl.texts import say, section, speaking
from kpixl.tracking import Tracking
from kpixl.workbook.agreed import MEMBER, REPORT, keep_typed, offered
from kpixl.workbook.blocks import Sheet
from kpixl.workbook.books import Book
from kpixl.workbook.pages import report_pages
from kpixl.workbook.pages.summary import sentences
from kpixl.workbook.planbook import write_workbook
from kpixl.workbook.printed import put_beside
from kpixl.workbook.reading import read_period
from kpixl.workbook.refresh import read_state
from kpixl.workbook.state import AGREED, State
from kpixl.workbook.web import page_of

__all__ = ["Report", "ReportOptions", "report_book", "write_report"]

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


class ReportOptions(TypedDict, total=False):
    """How a report is written.

    members : bool
        Whether to write a file for every member too, with their page alone, into a folder beside the report.
    html : bool
        Whether to put a page for phone and mail beside each file; that of the report is without the members' pages.
    spoken : str
        The language of the report, if not that of the workbook.
    playbook : Path
        The playbook that suggestions are taken from. Left out, it is the `playbook.toml` beside the workbook, or else
        kpixl's own.
    progress : callable
        Called with each member's name while their page is made.
    """

    members: bool
    html: bool
    spoken: str | None
    playbook: Path | None
    progress: Callable[[str], None]


def write_report(
    book_path: Path, span: dt.date | Wanted | None, folder: Path, **options: Unpack[ReportOptions]
) -> Report:
    """Write the report of a month, week or quarter of the plan workbook at `book_path` into `folder`.

    An older report is kept as .bak. What was typed into it is not lost: see `kpixl.workbook.agreed`.

    Parameters
    ----------
    span : date or Wanted, optional
        The week, month or quarter; a date means its month. The report is as of its last day, or as of today if it is
        still running. Left out, it is the last month that was over at the last refresh.
    **options
        See `ReportOptions`.

    Raises
    ------
    InvalidPlan
        If the playbook is missing or wrong.
    InvalidValue
        If the span is not in the plan, or has not begun; where none is named, if none is over.
    WorkbookRefused
        If another file has the name of the report, or the report is open elsewhere or cannot be written.
    """
    with Book(book_path) as book:
        return report_book(book, span, folder, **options)


def report_book(book: Book, span: dt.date | Wanted | None, folder: Path, **options: Unpack[ReportOptions]) -> Report:
    """Write the report of a month, week or quarter of an opened plan workbook into `folder`; see `write_report`."""
    html, progress = options.get("html", False), options.get("progress", _quietly)
    wanted = span if isinstance(span, Wanted) else Wanted(SpanKind.MONTH, span)
    with book.speaking():
        state = _state(book, wanted)
        language = options.get("spoken") or state.plan.language
        stem = f"{book.path.stem}_{_code(state.tracking.span)}"
        stem += "" if language == state.plan.language else f"_{language}"
        path = folder / f"{stem}.xlsx"
        measures = read_playbook(options.get("playbook") or _beside(book.path), language=language)
        own = _own_files(folder / stem, state) if options.get("members") else {}
        agreements, said = keep_typed(book, [path, *own.values()])
        agreed = tuple(tuple(one[key] for key in AGREED) for one in agreements)
        state = _in_language(dataclasses.replace(state, agreements=agreed, playbook=measures), language)
        with speaking(language):
            properties = {"kpixl_version": __version__, REPORT: f"{state.month:%Y-%m}"}
            names = {f"{MEMBER}{number}": one.name for number, one in enumerate(state.plan.members, 1)}
            pages = report_pages(state, progress)
            write_workbook(path, pages.all, language, properties | names | offered(pages.all), replaces=REPORT)
            web = [_put_page(path, pages.team, language)] if html else []
            if own:
                (folder / stem).mkdir(exist_ok=True)
                for (number, name), file in zip(names.items(), own.values(), strict=True):
                    progress(name)
                    page = [pages.alone(name)]
                    mine = properties | {number: name} | offered(page)
                    write_workbook(file, page, language, mine, replaces=REPORT)
                    web += [_put_page(file, page, language)] if html else []
            return Report(path, state.tracking, sentences(state), tuple(said), tuple(own.values()), tuple(web))


def _quietly(_name: str) -> None:
    pass


def _put_page(book: Path, sheets: Sequence[Sheet], language: str) -> Path:
    note = say("web.made_of", product=say("product"), file=book.name)
    return put_beside(book, ".html", page_of(sheets, language, note).encode())


def _state(book: Book, wanted: Wanted) -> State:
    """Return the state of the workbook as of the end of a span, or of today if that is earlier."""
    today, period = dt.date.today(), read_period(book)
    noun = section(f"span.{wanted.kind}")["noun"]
    span = wanted.within(period)
    if span is None:
        seen = book.date("kpixl_as_of")
        span = span_of(period, wanted.kind, min(seen, today))
        if not span.over(min(seen, today)):
            if span.earlier is None:
                named = {"option": wanted.kind.value, "first": _code(span), "noun": noun}
                raise InvalidValue("no_span_over", day=seen, **named)
            span = span.earlier
    if span.start > today:
        raise InvalidValue("span_ahead", given=wanted.given or _code(span), noun=noun)
    return read_state(book, as_of=min(span.end, today), kind=wanted.kind)


def _code(span: Span) -> str:
    """Return a span as it stands in the name of a file: 2026-07, 2026-W29 (ISO 8601), 2026-Q2 (of the plan's year)."""
    if span.kind is SpanKind.WEEK:
        year, week, _ = span.start.isocalendar()
        return f"{year}-W{week:02}"
    return f"{span.year:%Y}-Q{span.number}" if span.kind is SpanKind.QUARTER else f"{span.start:%Y-%m}"


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
