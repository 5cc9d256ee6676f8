"""What `import kpixl` offers: the engine's functions, and a plan workbook as frames, for analysts and notebooks.

Errors speak English here, or the language that was asked for by `kpixl.speaking` or `KPIXL_LANG`. A workbook speaks its
own. Nothing heavy is loaded before it is used: the engine needs numpy alone, a workbook pandas.
"""

import datetime as dt
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cached_property, wraps
from importlib import import_module
from pathlib import Path
from types import FunctionType
from typing import TYPE_CHECKING, Any

from kpixl import texts
from kpixl.errors import KpixlError

if TYPE_CHECKING:
    import pandas as pd

    from kpixl.plan import Plan
    from kpixl.tracking import Tracking
    from kpixl.workbook.refresh import Refreshed
    from kpixl.workbook.report import Report
    from kpixl.workbook.state import State

__all__ = ["PlanBook", "offered", "open_plan"]

_LANGUAGE = "en"
_ELSEWHERE = {"Plan": "kpixl.plan", "speaking": "kpixl.texts"}


def offered(name: str) -> Any:
    """Return what `kpixl` offers under a name; errors of the engine's functions then speak the language asked for."""
    if name in __all__:
        return globals()[name]
    if name in _ELSEWHERE:
        return getattr(import_module(_ELSEWHERE[name]), name)
    known = getattr(import_module("kpixl.engine"), name)
    return _spoken(known) if isinstance(known, FunctionType) else known


def open_plan(path: str | Path, *, as_of: dt.date | str | None = None) -> "PlanBook":
    """Open a plan workbook to read it as frames, refresh it, check it, and write its reports.

    Parameters
    ----------
    path : str or Path
        A plan workbook (.xlsx or .xlsm), as `kpixl new` makes it.
    as_of : date or str, optional
        The day to look at. Left out, it is that of the last refresh, as on the workbook's own sheets.

    Returns
    -------
    PlanBook

    Raises
    ------
    WorkbookRefused
        When the file is no plan workbook or cannot be read safely.
    InvalidPlan
        When a cell of it cannot be planned with; the error names the cell.
    """
    book = PlanBook(path, as_of=as_of)
    _ = book.tracking
    return book


class PlanBook:
    """A plan workbook as it was when it was first read; `refresh` reads it anew.

    Each frame has a row per observation and is the caller's to change. KPIs are named by their keys: `revenue`, or the
    event of a stage (`plan.kpis` says their names).
    """

    def __init__(self, path: str | Path, *, as_of: dt.date | str | None = None) -> None:
        self.path = Path(path)
        self._as_of = as_of

    def __repr__(self) -> str:
        return f"{type(self).__name__}({str(self.path)!r}, as_of={self.as_of.isoformat()!r})"

    @property
    def plan(self) -> "Plan":
        """The goal, period, stages, channels, members and KPIs, as they are typed in the settings."""
        return self._state.plan

    @property
    def as_of(self) -> dt.date:
        """The day that progress, gap and members are as of."""
        return self.tracking.as_of

    @property
    def tracking(self) -> "Tracking":
        """Everything that the sheets show, of which the frames below are the most used parts."""
        return self._state.tracking

    @property
    def settings(self) -> "pd.DataFrame":
        """What is typed in the settings: section, name of the entry, key, value; blank cells are left out."""
        from kpixl.tracking.tidy import settings_frame  # noqa: PLC0415 - heavy

        return settings_frame(self.plan)

    @property
    def facts(self) -> "pd.DataFrame":
        """What imports brought: date, member, channel, event, source, count, amount, minutes."""
        from kpixl.actuals import FACT_KEYS, FACT_MEASURES  # noqa: PLC0415

        return self._state.each_fact[[*FACT_KEYS, *FACT_MEASURES]].copy()

    @property
    def deals(self) -> "pd.DataFrame":
        """The deals of imported lists, a row each as of the day: owner, days of the stages, outcome, amount."""
        from kpixl.tracking.deals import deal_frame  # noqa: PLC0415 - heavy

        return deal_frame(self._state.deals, self._state.records, self.tracking.as_of)

    @property
    def values(self) -> "pd.DataFrame":
        """What counts for the KPIs, imported or typed: date, member, channel, kpi, value."""
        return self.tracking.values.copy()

    @property
    def targets(self) -> "pd.DataFrame":
        """What is asked of whom by when: month, level (team, channel, member), name, kpi, target."""
        from kpixl.tracking.tidy import targets_frame  # noqa: PLC0415 - heavy

        return targets_frame(self.plan, self.tracking.targets)

    @property
    def progress(self) -> "pd.DataFrame":
        """The month so far, a row per KPI: target, pace, actual, attainment, landing, probability, status."""
        return self.tracking.progress.copy()

    @property
    def gap(self) -> "pd.DataFrame":
        """Where the month's funnel leaks, a row per stage: target by now, actual, rates, effect in revenue, rank."""
        return self.tracking.gap.copy()

    @property
    def members(self) -> "pd.DataFrame":
        """The month so far, a row per member and KPI: pace, actual, attainment."""
        from kpixl.tracking.tidy import members_frame  # noqa: PLC0415 - heavy

        return members_frame(self.tracking.members)

    def refresh(self, *, as_of: dt.date | str | None = None, dry_run: bool = False) -> "Refreshed":
        """Bring the workbook up to date as of a day (today), as `kpixl refresh` does, and read it anew.

        With `dry_run` nothing is written: the answer says what would be.
        """
        from kpixl.workbook.refresh import refresh  # noqa: PLC0415 - heavy

        with _language():
            done = refresh(self.path, as_of=_day(as_of), dry_run=dry_run)
        if not dry_run:
            self._as_of = None
            self.__dict__.pop("_state", None)
        return done

    def report(
        self,
        month: dt.date | str | None = None,
        folder: str | Path | None = None,
        *,
        week: dt.date | str | None = None,
        quarter: dt.date | str | None = None,
    ) -> "Report":
        """Write the report of a month, a week or a quarter into a folder, and return where it is and what it says.

        Parameters
        ----------
        month : date or str, optional
            Any day of it, or "2026-09". Left out with `week` and `quarter`, it is the last one that was over at the
            last refresh.
        folder : str or Path, optional
            That of the workbook, if left out.
        week : date or str, optional
            Any day of it, or "2026-W38"; "" is the last one that was over.
        quarter : date or str, optional
            Any day of it, "2026-09", or "2026Q1", the first three months of the plan's year; "" is the last one that
            was over.

        Returns
        -------
        Report
            With its `path` and its `sentences`.

        Raises
        ------
        InvalidValue
            If more than one is given, or what is given cannot be read, is not in the plan or has not begun.
        """
        from kpixl.plan import SpanKind, Wanted, parse_month, parse_quarter, parse_week, the_only  # noqa: PLC0415
        from kpixl.workbook.report import write_report  # noqa: PLC0415

        read: dict[SpanKind, Callable[[str], dt.date | Wanted]]
        read = {SpanKind.MONTH: parse_month, SpanKind.WEEK: parse_week, SpanKind.QUARTER: parse_quarter}
        given = zip(read, (month, week, quarter), strict=True)
        with _language():
            asked = {
                kind.value: read[kind](one) if isinstance(one, str) else None if one is None else Wanted(kind, one)
                for kind, one in given
            }
            return write_report(self.path, the_only(asked), self.path.parent if folder is None else Path(folder))

    def check(self) -> "pd.DataFrame":
        """What is not sound in the plan, as of its last refresh: severity, rule, where, what, right.

        The sentences speak the workbook's language. There are no rows where all is well.
        """
        import pandas as pd  # noqa: PLC0415 - heavy

        from kpixl.workbook.check import check_book  # noqa: PLC0415

        with _language():
            _, remarks = check_book(self.path)
        columns = ["severity", "rule", "where", "what", "right"]
        return pd.DataFrame([[str(getattr(one, key)) for key in columns] for one in remarks], columns=columns)

    @cached_property
    def _state(self) -> "State":
        from kpixl.workbook.books import Book  # noqa: PLC0415 - heavy
        from kpixl.workbook.refresh import read_state  # noqa: PLC0415

        with _language(), Book(self.path) as book, book.speaking():
            return read_state(book, as_of=_day(self._as_of) or book.date("kpixl_as_of"))


def _day(given: dt.date | str | None) -> dt.date | None:
    from kpixl.engine.numbers import parse_date  # noqa: PLC0415

    return parse_date(given) if isinstance(given, str) else given


@contextmanager
def _language() -> Iterator[None]:
    """Have errors speak the language that was asked for, else English, also when they are read later."""
    language = texts.asked() or _LANGUAGE
    try:
        with texts.speaking(language):
            yield
    except KpixlError as error:
        error.language = language
        raise


def _spoken(function: FunctionType) -> Callable[..., Any]:
    @wraps(function)
    def call(*arguments: Any, **options: Any) -> Any:
        with _language():
            return function(*arguments, **options)

    return call
