"""What a pass over a sheet's bytes tells about its formulas."""

from itertools import pairwise

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
