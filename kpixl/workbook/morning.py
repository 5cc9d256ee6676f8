"""The morning look at a plan: where the month stands in a sentence, every KPI with its verdict, and what to do next.

It says what the board says, as of the last refresh or another day, and changes nothing.
"""

import datetime as dt
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from kpixl.engine.status import Status
from kpixl.files.office import print_workbooks
from kpixl.plan.currency import paid_in
from kpixl.texts import say, speaking
from kpixl.tracking import records
from kpixl.workbook.books import Book
from kpixl.workbook.pages import summary_page
from kpixl.workbook.planbook import write_workbook
from kpixl.workbook.printed import first_page
from kpixl.workbook.refresh import read_state
from kpixl.workbook.sheets.board import day_said, headline_said, told_tasks
from kpixl.workbook.sheets.progress import status_word
from kpixl.workbook.sheets.reasons import reason, shown_actual
from kpixl.workbook.sheets.said import money_unit, money_unit_said
from kpixl.workbook.state import State

__all__ = ["Look", "Row", "look", "picture"]


@dataclass(frozen=True)
class Row:
    """A KPI of the month: its figures as numbers, None where unknown, and its verdict as a code and in words.

    `status` is "" where there is none (`said` then says why); `attained` is the share of what is due by now.
    """

    kpi: str
    name: str
    money: bool
    target: float
    due: float
    actual: float | None
    attained: float | None
    landing: float | None
    low: float | None
    high: float | None
    probability: float | None
    status: str
    said: str
    alert: bool


@dataclass(frozen=True)
class Look:
    """What there is to see of a plan on a day, in the language of its workbook; `unit` is that of amounts in words."""

    path: Path
    state: State
    day: str
    headline: str
    rows: tuple[Row, ...]
    tasks: tuple[tuple[str, str], ...]
    unit: tuple[str, int]

    @property
    def language(self) -> str:
        """The language of the workbook."""
        return self.state.plan.language

    @property
    def as_of(self) -> dt.date:
        """The day that was looked at."""
        return self.state.tracking.as_of

    @property
    def missed(self) -> tuple[str, ...]:
        """The names of the KPIs that will be missed, or have been."""
        return tuple(row.name for row in self.rows if row.status == Status.WILL_MISS)

    @property
    def alerts(self) -> tuple[str, ...]:
        """The names of the KPIs whose alert is raised."""
        return tuple(row.name for row in self.rows if row.alert)


def look(path: Path, as_of: dt.date | None = None) -> Look:
    """Look at a plan workbook as of its last refresh, or another day.

    Raises
    ------
    WorkbookRefused
        If the file is no plan workbook or cannot be read safely.
    InvalidPlan
        If a cell of it cannot be planned with; the error names the cell.
    """
    with Book(path) as book, book.speaking():
        state = read_state(book, as_of=as_of or book.date("kpixl_as_of"))
        return Look(
            path,
            state,
            day_said(state),
            headline_said(state),
            tuple(_row(state, row) for row in records(state.tracking.progress)),
            tuple(told_tasks(state)),
            (money_unit_said(), money_unit()),
        )


def picture(seen: Look) -> bytes:
    """Return the summary of the month so far as a PNG; see `print_workbooks` for what it needs."""
    name = f"{seen.path.stem}_{seen.as_of:%Y-%m-%d}.xlsx"
    plan = seen.state.plan
    with tempfile.TemporaryDirectory(prefix="kpixl-") as folder, speaking(plan.language), paid_in(plan.currency):
        page = Path(folder, name)
        write_workbook(page, [summary_page(seen.state)], plan.language, {})
        return first_page(print_workbooks([page])[0])


def _row(state: State, row: dict[str, Any]) -> Row:
    silent = state.tracking.untouched
    actual = shown_actual(row)
    judged = not (silent or row["unjudged"])
    compared = actual is not None and not silent and row["pace"] > 0 and row["actual"] >= 0
    landing, low, high, probability = (
        float(row[key]) if judged else None for key in ("landing", "low", "high", "probability")
    )
    said = say("status.undecided") if silent else status_word(state, row["status"]) if judged else reason(row)
    return Row(
        row["kpi"],
        row["name"],
        bool(row["money"]),
        float(row["target"]),
        float(row["pace"]),
        float(actual) if isinstance(actual, float) else None,
        float(row["actual"] / row["pace"]) if compared else None,
        landing,
        low,
        high,
        probability,
        row["status"] if judged else "",
        said,
        bool(row["alert"]) and not silent,
    )
