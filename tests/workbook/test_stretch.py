"""Stretch targets are there once the plan has a stretch, and nowhere before."""

import datetime as dt
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from kpixl.workbook.refresh import refresh
from kpixl.xlsx import Package

_DAY = dt.date(2026, 9, 18)
_TABLE = "kpixl_stretch_targets"


def _stretch(path: Path, share: float) -> None:
    with Package.open(path) as book:
        title, cell = book.names["kpixl_stretch"].replace("$", "").split("!")
        book.set_cells(title.strip("'"), {cell: share})
        book.save()


def test_a_plan_without_stretch_has_no_stretch_targets(small_book: Callable[..., Path]) -> None:
    with Package.open(small_book()) as book:
        assert _TABLE not in book.tables


@pytest.mark.calc
def test_a_stretch_typed_later_adds_them_at_the_next_refresh(
    small_book: Callable[..., Path],
    table_rows: Callable[[Path, str], list[dict[str, Any]]],
    differences: Callable[..., tuple[int, dict[Any, Any]]],
) -> None:
    """Ten percent more than 395, 103, 70 and 25, rounded up, for two members of equal strength."""
    path = small_book()
    _stretch(path, 0.1)
    added = refresh(path, as_of=_DAY).migrated
    assert any(_TABLE in line for line in added)
    rows = table_rows(path, _TABLE)
    assert [row["担当"] for row in rows] == ["佐藤", "鈴木"]
    assert [sum(row[stage] for row in rows) for stage in ("リード", "アポ", "商談", "受注")] == [435, 114, 77, 28]
    assert differences(path)[1] == {}
    _stretch(path, 0)
    refresh(path, as_of=_DAY)
    assert [sum(row[stage] for row in table_rows(path, _TABLE)) for stage in ("リード", "受注")] == [395, 25]
