"""Reports of plans at the ends of what there is: their pages are of figures and sentences, never `nan` or an error."""

import datetime as dt
import math
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from kpixl.plan import Channel, Goal, Member, Period
from kpixl.workbook.refresh import refresh
from kpixl.workbook.report import write_report

_SEPTEMBER = dt.date(2026, 9, 1)
_LONG = "長い名前の担当者" * 5  # 40 characters
_PERIOD = Period(_SEPTEMBER, 36, ())
_EVENTS = [
    ("2026-09-03", "リード", "", "Web", ""),
    ("2026-09-04", "アポ", "佐藤", "Web", ""),
    ("2026-09-08", "商談", "佐藤", "Web", ""),
    ("2026-09-15", "受注", "佐藤", "Web", 1_800_000),
]
_CASES: dict[str, tuple[dict[str, Any], list[tuple[Any, ...]]]] = {
    "nothing recorded": ({}, []),
    "nothing in the month": ({}, [("2026-10-05", "リード", "", "Web", "")]),
    "one member": ({"members": (Member("佐藤"),)}, _EVENTS),
    "one channel": ({"channels": (Channel("Web", 1.0, (0.5, 0.5, 0.5)),)}, _EVENTS),
    "hardly a target": ({"goal": Goal(2_000_000, 2_000_000)}, _EVENTS),
    "all zero": ({}, [(day, kind, who, where, 0) for day, kind, who, where, _ in _EVENTS]),
    "cancelled": ({}, [*_EVENTS, ("2026-09-20", "受注", "佐藤", "Web", -5_000_000)]),
    "36 months": ({"period": _PERIOD}, _EVENTS),
    "200 members": ({"members": tuple(Member(f"担当{number:03}") for number in range(200))}, _EVENTS),
    "long names": (
        {
            "members": (Member(_LONG), Member("Bartholomew Featherstonehaugh-Cholmondeley")),
            "channels": (
                Channel("とても長い名前の流入経路" * 3, 0.5, (0.5, 0.5, 0.5)),
                Channel("Web", 0.5, (0.5, 0.5, 0.5)),
            ),
        },
        [(day, kind, who and _LONG, where, amount) for day, kind, who, where, amount in _EVENTS],
    ),
}


@pytest.fixture(params=_CASES)
def book(
    request: pytest.FixtureRequest, small_book: Callable[..., Path], importing: Callable[..., Any]
) -> Iterator[Path]:
    changes, rows = _CASES[request.param]
    path = small_book(**changes)
    refresh(path, imported=importing(*rows) if rows else None, as_of=dt.date(2026, 9, 30))
    yield path


@pytest.mark.parametrize("language", ["ja", "en"])
def test_pages_are_of_figures_and_sentences(
    book: Path, load: Callable[..., Any], table_rows: Callable[..., Any], tmp_path: Path, language: str
) -> None:
    written = write_report(book, _SEPTEMBER, tmp_path, html=True, spoken=language)
    assert ("実績" in table_rows(written.path, "report_funnel")[0]) is (language == "ja")
    none = "|None" if language == "ja" else ""  # which is a word in English
    odd = re.compile(rf"\b(nan|inf|NaT{none})\b|#[A-Z]+[/!?]")
    for sheet in load(written.path).worksheets:
        cells = [cell for row in sheet.iter_rows() for cell in row if cell.value is not None]
        assert cells, sheet.title
        for cell in cells:
            finite = not isinstance(cell.value, float) or math.isfinite(cell.value)
            assert finite, (sheet.title, cell.coordinate)
            assert not odd.search(str(cell.value)), (sheet.title, cell.coordinate, cell.value)
    assert not odd.search(re.sub(r"<style>.*?</style>", "", written.web[0].read_text("utf-8"), flags=re.DOTALL))
    assert all(not odd.search(sentence) for sentence in written.sentences)
