"""What to say to each member: the KPI furthest behind, and differences only where they are not chance."""

import datetime as dt
from collections.abc import Callable
from pathlib import Path
from typing import Any

from kpixl.workbook.refresh import refresh

Rows = Callable[[Path, str], list[dict[str, Any]]]


def test_each_member_has_a_sentence_on_what_is_furthest_behind(
    small_book: Callable[..., Path], importing: Callable[..., Any], table_rows: Rows
) -> None:
    path = small_book()
    rows = [("2026-09-03", "アポ", "佐藤", "Web", ""), ("2026-09-03", "リード", "佐藤", "Web", "")]
    refresh(path, imported=importing(*rows), as_of=dt.date(2026, 9, 18))
    for row in table_rows(path, "kpixl_member_status"):
        assert "今日までの目標の" in row["1on1で話すこと"]
        assert "強み" not in row["1on1で話すこと"]  # one appointment says nothing of anybody's skill
        assert row["強み"] is None


def test_nothing_is_said_before_anything_happened(small_book: Callable[..., Path], table_rows: Rows) -> None:
    said = {row["1on1で話すこと"] for row in table_rows(small_book(), "kpixl_member_status")}
    assert said == {None}


def test_strengths_and_weaknesses_of_the_table_are_in_the_sentence(
    loop: Callable[[str], Any], table_rows: Rows
) -> None:
    rows = table_rows(loop("ja").book, "kpixl_member_status")
    for heading, word in (("強み", "強みです"), ("弱み", "弱みです")):
        assert [bool(row[heading]) for row in rows] == [word in row["1on1で話すこと"] for row in rows]
        assert all(row[heading] in row["1on1で話すこと"] for row in rows if row[heading])
