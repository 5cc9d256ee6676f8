"""What a pass over a sheet's bytes tells about its formulas."""

import tracemalloc
from collections.abc import Iterator
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kpixl.xlsx.glance import glance

SHEET = (
    b"<worksheet><sheetData><row r='1'><c r='A1'><v>3</v></c><c r='B1'><f>SUM('My Data'!A1:A3)*goal</f><v>1</v></c>"
    b"<c r='C1'><f t='shared' si='0' ref='C1:C2'>A&amp;B!B2&amp;Sales[Qty]</f></c></row></sheetData>"
    b"<conditionalFormatting><cfRule><formula>Plan!$A$1</formula></cfRule></conditionalFormatting>"
    b"<extLst><xm:f>Trend!A1:A9</xm:f></extLst></worksheet>"
)


@given(st.lists(st.integers(0, len(SHEET)), max_size=8))
def test_wherever_the_bytes_are_cut(cuts: list[int]) -> None:
    edges = [0, *sorted(cuts), len(SHEET)]
    seen = glance(SHEET[start:end] for start, end in pairwise(edges) if start < end)
    assert seen is not None
    assert [seen.names_sheet(name) for name in ("my data", "A&B", "plan", "TREND")] == [True] * 4
    assert [seen.names_sheet(name) for name in ("data1", "lan", "Sales", "B")] == [False, False, False, True]
    assert seen.mentions(["GOAL"])
    assert seen.mentions(["Sales"])
    assert not seen.mentions(["goa", "oal", "Qt", "offset"])


def test_what_cannot_be_searched_says_so() -> None:
    assert glance([SHEET.decode().encode("utf-16")]) is None
    assert glance([b"<worksheet><f><![CDA", b"TA[A1]]></f></worksheet>"]) is None


def test_runs_of_sheets_count_as_naming_any() -> None:
    seen = glance([b"<worksheet><f>SUM(Jan:Mar!A1)</f></worksheet>"])
    assert seen is not None
    assert seen.names_sheet("Feb")


@pytest.mark.parametrize(
    ("formula", "sheets", "words"),
    [
        ("B2*'Q1 x'!B2+1", ["Q1 x"], []),
        ("'it''s A1'!B2", ["it's A1"], []),
        ("Q1!B2+Q2!C3", ["Q1", "Q2"], []),
        ("SUM(Q1:Q3!B2)", ["Q2"], []),
        ("SUM(B2:C3)*XFE1+R2D2!A1", ["R2D2"], ["XFE1"]),
        ("T1[Amount]+Rate2*2.5+A1B", [], ["T1", "Rate2", "A1B"]),
        ("LOG10(B2)+INDIRECT(A1)+目標1*B2", [], ["indirect", "目標1"]),
        ("&apos;A1 B2&apos;!C3", ["A1 B2"], []),
        ("$B$2:$C$3+2024!A1+データ1!A1", ["2024", "データ1"], []),
    ],
)
def test_no_name_is_taken_for_an_address(formula: str, sheets: list[str], words: list[str]) -> None:
    seen = glance([f"<worksheet><f>{formula}</f></worksheet>".encode()])
    assert seen is not None
    assert all(seen.names_sheet(sheet) for sheet in sheets)
    assert all(seen.mentions([word]) for word in words)


def memory(rows: int) -> int:
    """The most that is held at once while a sheet of so many rows is looked at, in bytes."""

    def chunks() -> Iterator[bytes]:
        for row in range(1, rows + 1):
            yield b'<row r="%d"><c r="B%d"><f>A%d*\'My Data\'!$C$%d+%d.5</f><v>1</v></c></row>' % ((row,) * 5)

    tracemalloc.start()
    try:
        seen = glance(chunks())
        assert seen is not None
        assert seen.names_sheet("my data")
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def test_memory_does_not_grow_with_the_rows() -> None:
    few, many = memory(100), memory(20_000)
    assert many < few + 10_000
