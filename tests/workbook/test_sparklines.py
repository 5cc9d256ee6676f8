"""The small charts of the months in cells: on the board, in the target table and on the review."""

import datetime as dt
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from lxml import etree

from kpixl.workbook.refresh import refresh
from kpixl.xlsx import Package

_DAY = dt.date(2026, 9, 18)


def _lines(path: Path) -> dict[str, list[tuple[str, str]]]:
    """The cells of the small charts of each part, and what they are drawn from."""
    with zipfile.ZipFile(path) as package:
        parts = {name: package.read(name) for name in package.namelist() if name.startswith("xl/worksheets/sheet")}
    found = {
        name: [(_text(line, "sqref"), _text(line, "f")) for line in etree.fromstring(part).iter("{*}sparkline")]
        for name, part in parts.items()
    }
    return {name: lines for name, lines in found.items() if lines}


def _text(line: Any, tag: str) -> str:
    return "".join(element.text or "" for element in line.iter(f"{{*}}{tag}"))


def test_each_kpi_of_the_board_has_its_months_from_the_review(small_book: Callable[..., Path]) -> None:
    path = small_book()
    with Package.open(path) as book:
        months, kpis = book.tables["kpixl_monthly"], book.tables["kpixl_board"]
    top, bottom = months.body_area[1::2]
    first = kpis.body_area.top
    wanted = [
        (f"L{first + place}", f"{months.sheet}!{letters}{top}:{letters}{bottom}")
        for place, letters in enumerate("CDEFG")
    ]
    assert _lines(path)["xl/worksheets/sheet1.xml"] == wanted


def test_all_of_them_survive_a_refresh(small_book: Callable[..., Path], importing: Callable[..., Any]) -> None:
    path = small_book()
    before = _lines(path)
    assert len(before) == 3
    refresh(path, imported=importing(("2026-09-03", "受注", "佐藤", "Web", "2000000")), as_of=_DAY)
    refresh(path, as_of=dt.date(2026, 10, 2))
    assert _lines(path) == before
