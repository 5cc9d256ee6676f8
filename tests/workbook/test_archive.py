"""More actuals than a sheet shows: its formulas stay right, the days stay known, and re-imports stay exact.

Two workbooks of the same plan take the same imports; one may show a thousand times as many rows as the other.
"""

import datetime as dt
import itertools
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

import kpixl
from kpixl.actuals import condensing as sums
from kpixl.actuals import ledger, read_mapping, undoing_many
from kpixl.errors import UnreadableData
from kpixl.plan import Plan
from kpixl.workbook import condensing
from kpixl.workbook.importing import Imported, import_into, undo_last
from kpixl.workbook.planbook import build
from kpixl.workbook.refresh import refresh
from kpixl.workbook.state import new_state
from kpixl.xlsx import Package

_SHOWN = 600
_DAY = dt.date(2026, 10, 20)
_MAPPING = """
source = "log"
covers = "days"
[files.log]
identical = "keep"
[[events]]
event = { column = "種別", values = { "リード" = "lead", "アポ" = "appointment", "商談" = "meeting", "受注" = "won" } }
occurred_at = "日付"
member = "担当"
channel = "経路"
amount = "金額"
minutes = { column = "秒", unit = "seconds" }
"""
_KINDS = {"リード": 6, "アポ": 3, "商談": 2, "受注": 1}


def _rows(first: dt.date, last: dt.date, more: int = 0) -> Iterator[str]:
    """Yield the rows of a log: each day, member and channel has its own numbers, and some rows have no member."""
    days = [first + dt.timedelta(days=number) for number in range((last - first).days + 1)]
    for number, (day, who, where) in enumerate(itertools.product(days, ("佐藤", "鈴木", ""), ("Web", "展示会"))):
        for kind, times in _KINDS.items():
            for again in range((number * 7 + times) % (times + 2) + more):
                amount = 1_000_000 + 10_000 * number + again if kind == "受注" else ""
                yield f"{day},{kind},{who},{where},{amount},{number % 97}"


def _bring(book: Path, first: dt.date, last: dt.date, more: int = 0) -> Imported:
    """Import the log of some days."""
    log, mapping = book.parent / "log.csv", book.parent / "m.toml"
    mapping.write_text(_MAPPING, encoding="utf-8")
    log.write_text("日付,種別,担当,経路,金額,秒\n" + "\n".join(_rows(first, last, more)) + "\n", encoding="utf-8")
    return import_into(book, [log], read_mapping(mapping), as_of=_DAY, may_replace=True)


@contextmanager
def _few(most: int = 50) -> Iterator[None]:
    """Let a sheet show so few rows that there is an archive."""
    with pytest.MonkeyPatch.context() as patch:
        for module in (condensing, ledger, undoing_many):
            patch.setattr(module, "MOST_BY_DAY", most)
        patch.setattr(sums, "MOST_SHOWN", _SHOWN)
        yield


@pytest.fixture(scope="module")
def _both(small_plan: Callable[..., Plan], tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    folder = tmp_path_factory.mktemp("archive")
    whole, packed = folder / "whole.xlsx", folder / "packed.xlsx"
    build(new_state(small_plan()), whole)
    shutil.copy(whole, packed)
    _bring(whole, dt.date(2026, 9, 1), _DAY)
    with _few():
        _bring(packed, dt.date(2026, 9, 1), _DAY)
    return whole, packed


@pytest.fixture
def books(_both: tuple[Path, Path], tmp_path: Path) -> tuple[Path, Path]:
    """Two workbooks with the same two months: one that shows all rows, one that shows sums."""
    whole, packed = (shutil.copy(book, tmp_path / book.name) for book in _both)
    return whole, packed


def test_what_is_tracked_and_known_is_the_same(books: tuple[Path, Path]) -> None:
    whole, packed = (kpixl.open_plan(book, as_of=_DAY) for book in books)
    pd.testing.assert_frame_equal(whole.facts, packed.facts)
    assert whole.tracking.progress.equals(packed.tracking.progress)
    assert whole.tracking.monthly.equals(packed.tracking.monthly)
    assert whole.tracking.members == packed.tracking.members


def test_the_sheet_shows_fewer_rows_with_the_same_sums(
    books: tuple[Path, Path], table_rows: Callable[[Path, str], list[dict[str, Any]]]
) -> None:
    whole, packed = (
        pd.DataFrame(table_rows(book, "kpixl_facts")).fillna({"担当者": "", "チャネル": ""}) for book in books
    )
    assert len(packed) < len(whole) / 1.3
    for keys in (["日付", "イベント"], ["日付", "イベント", "チャネル"]):
        totals = [frame.groupby(keys)[["件数", "金額", "分"]].sum() for frame in (whole, packed)]
        shown = totals[1][totals[1].abs().sum(axis=1) > 1e-6]
        pd.testing.assert_frame_equal(totals[0], shown, check_dtype=False)


def test_importing_an_old_span_again_stays_exact(books: tuple[Path, Path]) -> None:
    _bring(books[0], dt.date(2026, 9, 8), dt.date(2026, 9, 14), more=2)
    with _few():
        _bring(books[1], dt.date(2026, 9, 8), dt.date(2026, 9, 14), more=2)
    whole, packed = (kpixl.open_plan(book, as_of=_DAY) for book in books)
    pd.testing.assert_frame_equal(whole.facts, packed.facts)
    assert whole.tracking.monthly.equals(packed.tracking.monthly)


def test_the_last_import_can_be_undone(books: tuple[Path, Path]) -> None:
    packed = books[1]
    before = kpixl.open_plan(packed, as_of=_DAY).facts
    with _few():
        _bring(packed, dt.date(2026, 9, 8), dt.date(2026, 9, 14), more=2)
        undo_last(packed, as_of=_DAY)
    pd.testing.assert_frame_equal(kpixl.open_plan(packed, as_of=_DAY).facts, before)


def test_an_older_month_can_be_followed(books: tuple[Path, Path]) -> None:
    day = dt.date(2026, 9, 16)
    with _few():
        done = [refresh(book, as_of=day).tracking for book in books]
    assert done[0].progress.equals(done[1].progress)
    assert done[0].members == done[1].members


@pytest.mark.calc
def test_formulas_agree_with_what_is_tracked(
    books: tuple[Path, Path], differences: Callable[..., tuple[int, dict[Any, Any]]]
) -> None:
    counted, stale = differences(books[1])
    assert counted > 500
    assert not stale


def test_an_import_is_refused_when_the_days_are_gone(books: tuple[Path, Path]) -> None:
    packed = books[1]
    before = kpixl.open_plan(packed, as_of=_DAY).tracking
    with Package.open(packed) as package:
        package.replace_table("kpixl_archive", package.tables["kpixl_archive"].columns, [])
        package.save()
    done = refresh(packed, as_of=_DAY)
    assert any("日別の実績" in line for line in done.told)
    assert done.tracking.monthly.equals(before.monthly)
    held = packed.read_bytes()
    with pytest.raises(UnreadableData, match="日別の実績"):
        _bring(packed, dt.date(2026, 10, 1), _DAY)
    assert packed.read_bytes() == held


def test_fewer_actuals_need_no_archive(
    books: tuple[Path, Path], table_rows: Callable[[Path, str], list[dict[str, Any]]]
) -> None:
    for book in books:
        _bring(book, dt.date(2026, 10, 20), _DAY, more=1)
    assert len(table_rows(books[0], "kpixl_facts")) == len(table_rows(books[1], "kpixl_facts"))
    whole, packed = (kpixl.open_plan(book, as_of=_DAY) for book in books)
    pd.testing.assert_frame_equal(whole.facts, packed.facts)
