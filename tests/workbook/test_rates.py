"""One cell of the settings has the plan made at the rates of the last months instead of the typed ones."""

import datetime as dt
import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from kpixl.plan import Channel
from kpixl.workbook.refresh import refresh
from kpixl.xlsx import Package
from kpixl.xlsx.address import Area

_CHANNEL = Channel("Web", 1.0, (0.5, 0.5, 0.5))
_OCTOBER = dt.date(2026, 10, 15)
Rows = Callable[[Path, str], list[dict[str, Any]]]


@pytest.fixture
def book(small_book: Callable[..., Path], importing: Callable[..., Any]) -> Path:
    """The plan with one channel in October; of 40 leads in September, 10 became appointments and 5 meetings."""
    path = small_book(channels=(_CHANNEL,))
    events = [*["リード"] * 40, *["アポ"] * 10, *["商談"] * 5]
    rows = [(f"2026-09-{day % 28 + 1:02}", event, "佐藤", "Web", "") for day, event in enumerate(events)]
    refresh(path, imported=importing(*rows), as_of=_OCTOBER)
    return path


def _choose(path: Path, word: str) -> None:
    with Package.open(path) as book:
        title, cell = book.names["kpixl_rates_from"].replace("$", "").split("!")
        book.set_cells(title.strip("'"), {cell: word})
        book.save()


def _note(path: Path) -> str:
    with Package.open(path) as book:
        title, cells = book.names["kpixl_recent_rates"].replace("$", "").split("!")
        return str(book.values(title.strip("'"), Area.parse(cells))[0][3])


def _leads_per_appointment(path: Path, table_rows: Rows) -> tuple[float, float, float]:
    """The leads that the funnel asks for, what they would be at 25 %, and at the typed 50 %."""
    [row] = table_rows(path, "kpixl_funnel")
    return row["リード"], math.ceil(row["アポ"] / 0.25), math.ceil(row["アポ"] / 0.5)


def test_the_typed_rates_hold_until_the_actual_ones_are_chosen(book: Path, table_rows: Rows) -> None:
    leads, _, typed = _leads_per_appointment(book, table_rows)
    assert leads == typed
    assert "直近の実績" in _note(book)


@pytest.mark.calc
def test_chosen_actual_rates_move_the_months_to_come(
    book: Path, table_rows: Rows, differences: Callable[..., tuple[int, dict[Any, Any]]]
) -> None:
    """The rate into appointments has 40 cases and is taken; the others have too few and stay at the typed 50 %."""
    september, _ = table_rows(book, "kpixl_team")
    _choose(book, "直近の実績")
    refresh(book, as_of=_OCTOBER)
    leads, actual, _ = _leads_per_appointment(book, table_rows)
    assert leads == actual
    [rates] = table_rows(book, "kpixl_rates")
    assert [rates[step] for step in ("リード→アポ", "アポ→商談", "商談→受注")] == [0.25, 0.5, 0.5]
    assert table_rows(book, "kpixl_channels")[0]["リード→アポ"] == 0.5
    now, _ = table_rows(book, "kpixl_team")
    assert [now[key] for key in ("売上", "リード", "アポ", "商談", "受注")] == [
        september[key] for key in ("売上", "リード", "アポ", "商談", "受注")
    ]
    assert "3個の率のうち1個" in _note(book)
    assert differences(book)[1] == {}
    _choose(book, "入力した率")
    refresh(book, as_of=_OCTOBER)
    leads, _, typed = _leads_per_appointment(book, table_rows)
    assert leads == typed
