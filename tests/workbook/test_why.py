"""The page of the report on why: three bridges from the revenue due to the revenue made, and each adds up."""

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest

from kpixl.workbook.books import Book
from kpixl.workbook.pages import deals, measures, why
from kpixl.workbook.refresh import read_state
from kpixl.workbook.state import new_state

_FEBRUARY = dt.date(2026, 2, 28)


@pytest.fixture
def state(loop: Callable[[str], Any]) -> Any:
    with Book(loop("ja").book) as book, book.speaking():
        yield read_state(book, as_of=_FEBRUARY)


def test_steps_channels_and_members_each_add_up_to_the_gap(state: Any) -> None:
    page = why.page(state)
    row = state.tracking.kpi("revenue")
    for by in ("step", "channel", "member"):
        change = [line[1] for line in page.table(f"report_why_{by}").rows]
        assert (change[0], change[-1]) == (row["pace"], row["actual"])
        assert sum(change[:-1]) == pytest.approx(change[-1])
    parts = [line[3] for line in page.table("report_why_parts").rows]
    assert parts[:5] == sorted(parts[:5])
    assert parts[0] < 0 < parts[-1]


def test_the_demos_fading_channel_costs_and_is_named(state: Any) -> None:
    """Seminars bring three fifths of their leads since October, which is planted in the demo."""
    channels = {line[0]: line[1] for line in why.page(state).table("report_why_channel").rows}
    assert channels["セミナー"] < 0


def test_the_largest_findings_stand_on_the_board(
    loop: Callable[[str], Any], load: Callable[..., Any], state: Any
) -> None:
    """Each with its number and its size in money, as of the day of the refresh."""
    book = load(loop("ja").book, data_only=True)
    [(sheet, area)] = book.defined_names["kpixl_board_insights"].destinations
    lines = [[cell.value for cell in row] for row in book[sheet][area]]
    assert (lines[0][0], lines[1][0]) == ("わかったこと", "3/13時点")
    assert "トークスクリプトを改訂" in lines[0][1]
    assert all("万円" in line for _, line in lines if line)


def test_deals_and_measures_have_pages(state: Any) -> None:
    assert deals.page(state) is not None
    log = measures.page(state).table("report_measures").rows
    assert [line[6] for line in log][:2] == ["改善", "差があるとは言えない"]
    assert log[1][7] > 0  # cases that would settle it


def test_a_plan_without_actuals_has_pages_that_say_so(small_plan: Callable[..., Any]) -> None:
    blank = new_state(small_plan())
    assert why.page(blank).tables == ()
    assert deals.page(blank) is None
    assert measures.page(blank).tables
