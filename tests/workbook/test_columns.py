"""Imported rows, of which there are very many, are read as any typed cell, whatever has become of them."""

import datetime as dt
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from kpixl.errors import InvalidPlan
from kpixl.workbook.books import Book
from kpixl.workbook.reading import read_plan
from kpixl.workbook.sheets.actuals import read_facts
from kpixl.xlsx import Package

_ROW = [dt.date(2026, 9, 2), "佐藤", "Web", "アポ", "log", 2, 0, 1.5, None]


@pytest.fixture
def facts(small_book: Callable[..., Path]) -> Callable[..., Any]:
    """Read the facts of a workbook into whose table rows were written by hand."""

    def read(*rows: list[Any]) -> tuple[pd.DataFrame, tuple[Any, ...]]:
        path = small_book()
        with Package.open(path) as package:
            package.replace_table("kpixl_facts", package.tables["kpixl_facts"].columns, rows)
            package.save()
        with Book(path) as book, book.speaking():
            return read_facts(book, read_plan(book)), book.mended

    return read


def _with(**cells: Any) -> list[Any]:
    names = ["date", "member", "channel", "event", "source", "count", "amount", "minutes", "itemised"]
    return [cells.get(name, value) for name, value in zip(names, _ROW, strict=True)]


def test_what_stands_there_is_read(facts: Callable[..., Any]) -> None:
    frame, mended = facts(_ROW, _with(member=None, count=None, itemised="○"))
    assert not mended
    assert frame["date"].tolist() == [pd.Timestamp("2026-09-02")] * 2
    assert frame["member"].tolist() == ["佐藤", ""]
    assert frame["event"].tolist() == ["appointment"] * 2
    assert frame["count"].tolist() == [2.0, 0.0]
    assert frame["itemised"].tolist() == [False, True]


def test_what_somebody_typed_there_is_read_as_people_write_it(facts: Callable[..., Any]) -> None:
    frame, mended = facts(_ROW, _with(date="令和8年9月3日", member=" 佐藤 ", count="１２", event="アポ "), _ROW)
    assert frame["date"].tolist()[1] == pd.Timestamp("2026-09-03")
    assert frame["member"].tolist() == ["佐藤"] * 3
    assert frame["count"].tolist() == [2.0, 12.0, 2.0]
    assert sorted(right for *_, right in mended if isinstance(right, float)) == [12.0]


@pytest.mark.parametrize("wrong", [{"event": "商談2"}, {"event": None}, {"date": "あした"}, {"count": "多数"}])
def test_what_cannot_be_read_is_an_error_with_its_cell(facts: Callable[..., Any], wrong: dict[str, Any]) -> None:
    with pytest.raises(InvalidPlan, match="実績!"):
        facts(_ROW, _with(**wrong))
