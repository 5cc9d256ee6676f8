"""The log of measures: what was typed stays where it was typed, and its outcome stands beside it."""

import datetime as dt
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from kpixl.workbook.refresh import refresh

_LOG = "kpixl_actions"
_BEGAN = dt.date(2026, 9, 16)


@pytest.fixture
def judged(
    small_book: Callable[..., Path],
    importing: Callable[..., Any],
    typing: Callable[..., None],
    table_rows: Callable[[Path, str], list[dict[str, Any]]],
) -> list[dict[str, Any]]:
    """The log after a refresh, with a measure in its second row and a note without a day in its third."""
    book = small_book()
    typing(book, _LOG, 2, {"日付": _BEGAN, "種類": "施策", "対象の率": "アポ→商談", "内容": "=スクリプト改訂"})
    typing(book, _LOG, 3, {"内容": "日付はあとで"})
    counts = {"2026-09-03": (("アポ", 10), ("商談", 4)), "2026-09-17": (("アポ", 10), ("商談", 5))}
    rows = [(day, event, "佐藤", "Web", "") for day, events in counts.items() for event, n in events for _ in range(n)]
    refresh(book, imported=importing(*rows), as_of=dt.date(2026, 9, 30))
    return table_rows(book, _LOG)


def test_the_rates_before_and_after_stand_beside_the_measure(judged: list[dict[str, Any]]) -> None:
    row = judged[1]
    assert (row["前の率"], row["後の率"]) == (0.4, 0.5)
    assert row["率の差"] == pytest.approx(0.1)
    assert row["判定結果"] == "差は確かでない"


def test_what_was_typed_stays_in_its_row(judged: list[dict[str, Any]]) -> None:
    assert judged[1]["内容"] == "=スクリプト改訂"
    assert judged[1]["日付"] == dt.datetime(2026, 9, 16)
    assert judged[2] == {**dict.fromkeys(judged[2]), "内容": "日付はあとで"}
    assert all(value is None for value in judged[0].values())


def test_owners_of_definitions_survive_a_refresh(
    small_book: Callable[..., Path],
    typing: Callable[..., None],
    table_rows: Callable[[Path, str], list[dict[str, Any]]],
) -> None:
    book = small_book()
    typing(book, "kpixl_definitions", 3, {"責任者": "営業企画"})
    refresh(book, as_of=dt.date(2026, 9, 18))
    owners = [row["責任者"] for row in table_rows(book, "kpixl_definitions")]
    assert owners[2] == "営業企画"
    assert owners.count(None) == len(owners) - 1


def test_attainment_of_a_month_is_its_actual_over_its_target(
    small_book: Callable[..., Path],
    importing: Callable[..., Any],
    table_rows: Callable[[Path, str], list[dict[str, Any]]],
) -> None:
    book = small_book()
    rows = [("2026-09-03", "受注", "佐藤", "Web", "2000000")] * 3
    refresh(book, imported=importing(*rows), as_of=dt.date(2026, 9, 30))
    target = table_rows(book, "kpixl_team")[0]["受注"]
    assert table_rows(book, "kpixl_monthly")[0]["受注"] == pytest.approx(3 / target)
