"""The cached value of every native formula is what a spreadsheet computes."""

import datetime as dt
import math
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from kpixl import engine
from kpixl.workbook.refresh import refresh
from kpixl.xlsx import Package

pytestmark = pytest.mark.calc


@pytest.mark.parametrize("language", ["ja", "en"])
@pytest.mark.parametrize("made", ["new", "book"])
def test_cached_values_are_what_the_spreadsheet_computes(
    loop: Callable[[str], Any], differences: Callable[[Path], tuple[int, dict[Any, Any]]], language: str, made: str
) -> None:
    count, wrong = differences(getattr(loop(language), made))
    assert wrong == {}
    assert count > 500


@pytest.mark.parametrize("language", ["ja", "en"])
def test_no_cell_holds_an_error(loop: Callable[[str], Any], load: Callable[..., Any], language: str) -> None:
    made = loop(language)
    for path in (made.new, made.book, made.report.path):
        assert _errors(load(path, data_only=True)) == []


def _errors(book: Any) -> list[tuple[str, str, Any]]:
    return [
        (sheet.title, cell.coordinate, cell.value)
        for sheet in book.worksheets
        for row in sheet.iter_rows()
        for cell in row
        if cell.data_type == "e"
        or (isinstance(cell.value, str) and cell.value.startswith("#") and cell.value[1:2].isupper())
    ]


def test_the_funnel_follows_the_settings(
    loop: Callable[[str], Any],
    load: Callable[..., Any],
    table_rows: Callable[[Path, str], list[dict[str, Any]]],
    recalculate: Callable[[Path], Path],
    tmp_path: Path,
) -> None:
    path = tmp_path / "changed.xlsx"
    shutil.copy(loop("ja").new, path)
    settings = load(path)["設定"]
    top, left = settings.tables["kpixl_channels"].ref.split(":")[0][1:], "B"
    assert settings[f"{left}{top}"].value == "チャネル"
    first = int(top) + 1
    with Package.open(path) as book:
        goal = book.names["kpixl_goal"].split("!")[1].replace("$", "")
        book.set_cells("設定", {goal: 150_000_000, f"C{first}": 0.05, f"I{first}": 0.21, f"C{first + 3}": 0.45})
        book.save()
    computed = recalculate(path)
    rows = table_rows(computed, "kpixl_funnel")

    # 150 orders of 100万円: mix .05 .30 .20 .45 of 1
    rates = [
        [1.5, 0.40, 0.35, 0.90, 0.70, 0.21],
        [2.0, 0.25, 0.25, 0.85, 0.60, 0.25],
        [2.5, 0.22, 0.18, 0.80, 0.55, 0.22],
        [3.0, 0.18, 0.12, 0.80, 0.50, 0.20],
    ]
    orders = engine.allocate(150, [0.05, 0.30, 0.20, 0.45])
    assert orders.sum() == 150
    stages = ["リード", "架電", "着電", "アポ", "商談", "有効商談", "受注"]
    for row, count, step in zip(rows, orders, rates, strict=True):
        needed = engine.backsolve(float(count), 1.0, step, max_rate=math.inf)
        assert [row[stage] for stage in stages] == needed.tolist()
    needs = {row["段階"]: row["全期間"] for row in table_rows(computed, "kpixl_needs")}
    assert needs["受注"] == 150
    assert needs["リード"] == sum(row["リード"] for row in rows)


@pytest.mark.calc
def test_a_blank_weight_counts_as_one_everywhere(
    small_book: Callable[..., Path],
    typing: Callable[..., None],
    table_rows: Callable[..., Any],
    differences: Callable[..., Any],
) -> None:
    """One of two members has a blank weight: each person needs half of what the team needs in a month."""
    path = small_book()
    typing(path, "kpixl_members", 2, {"エリアの重み": None})
    refresh(path, as_of=dt.date(2026, 9, 18))
    assert differences(path)[1] == {}
    for row in table_rows(path, "kpixl_needs"):
        assert row["1人あたり/月"] == pytest.approx(row["月平均"] / 2)
