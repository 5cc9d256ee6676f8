"""Notes, threads and links stay with the row that they were written beside."""

import re
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from kpixl.xlsx import Package


@pytest.fixture
def noted(make: Callable[..., Path]) -> Path:
    """Members A, B, C with a total; a note beside each, one on the total, one outside; a link beside C."""

    def fill(book: Any) -> None:
        sheet = book.add_worksheet("S")
        columns = [{"header": "Name"}, {"header": "Calls", "total_function": "sum"}, {"header": "Page"}]
        data = [["A", 1], ["B", 2], ["C", 3]]
        sheet.add_table("B3:D7", {"name": "T", "columns": columns, "data": data, "total_row": True})
        for row, name in enumerate("ABC", 4):
            sheet.write_comment(f"B{row}", f"about {name}")
        sheet.write_comment("C7", "about the total")
        sheet.write_comment("F5", "beside the table")
        sheet.write_url("D6", "https://example.com/C", string="C")

    return make(fill)


def boxes(vml: bytes) -> list[tuple[int, int, int]]:
    """Column and row of each note's box, and the row in which the box begins."""
    shapes = re.findall(rb"<v:shape .*?</v:shape>", vml, re.DOTALL)
    found = [
        [int(re.search(pattern, shape)[1]) for pattern in (rb"<x:Column>(\d+)", rb"<x:Row>(\d+)")] for shape in shapes
    ]
    anchors = [int(re.search(rb"<x:Anchor>([^<]+)", shape)[1].split(b",")[2]) for shape in shapes]
    return sorted((column, row, top) for (column, row), top in zip(found, anchors, strict=True))


def notes(path: Path, load: Any) -> dict[str, str]:
    return {cell.coordinate: cell.comment.text for row in load(path)["S"].iter_rows() for cell in row if cell.comment}


def test_a_note_goes_where_its_row_goes(noted: Path, load: Any, parts: Any) -> None:
    """C, a new member, A, another: C's note and link come first, A's third, B's goes with B, the total's last."""
    before = boxes(parts(noted)["xl/drawings/vmlDrawing1.vml"])
    with Package.open(noted) as book:
        rows = [["C", 3], ["N", 4], ["A", 1], ["M", 5]]
        book.replace_table("T", ["Name", "Calls"], rows, sources=[2, None, 0, None])
        receipt = book.save()
    expected = {"B4": "about C", "B6": "about A", "C8": "about the total", "F5": "beside the table"}
    assert notes(noted, load) == expected
    sheet = load(noted)["S"]
    assert sheet["D4"].hyperlink.target == "https://example.com/C"
    assert sheet["D6"].hyperlink is None
    after = boxes(parts(noted)["xl/drawings/vmlDrawing1.vml"])
    moves = {(1, 5): (1, 3), (1, 3): (1, 5), (2, 6): (2, 7), (5, 4): (5, 4)}
    assert [place[:2] for place in after] == sorted(moves.values())
    tops = {place[:2]: place[2] - place[1] for place in before}
    assert {new: tops[old] for old, new in moves.items()} == {place[:2]: place[2] - place[1] for place in after}
    told = {(place.before, place.after) for place in receipt.followed if place.where == "S"}
    assert told == {("B6", "B4"), ("B4", "B6"), ("B5", ""), ("C7", "C8"), ("D6", "D4")}


def test_a_table_that_shrinks_leaves_notes_below_it(noted: Path, load: Any, parts: Any) -> None:
    """The row of C ends up empty below the total: its note stays there and is not lost."""
    with Package.open(noted) as book:
        book.replace_table("T", ["Name", "Calls"], [["A", 1]])
        book.save()
    assert notes(noted, load) == {
        "B4": "about A",
        "B6": "about C",
        "C5": "about the total",
        "F5": "beside the table",
    }
    assert [place[:2] for place in boxes(parts(noted)["xl/drawings/vmlDrawing1.vml"])] == [
        (1, 3),
        (1, 5),
        (2, 4),
        (5, 4),
    ]


def test_two_notes_never_come_to_one_cell(make: Callable[..., Path], load: Any) -> None:
    """Below the total the user has noted something: the total's own note stays where it was."""

    def fill(book: Any) -> None:
        sheet = book.add_worksheet("S")
        columns = [{"header": "N", "total_function": "sum"}]
        sheet.add_table("A1:A4", {"name": "T", "columns": columns, "data": [[1], [2]], "total_row": True})
        sheet.write_comment("A4", "total")
        sheet.write_comment("A6", "below")

    path = make(fill)
    with Package.open(path) as book:
        book.replace_table("T", ["N"], [[1], [2], [3], [4]])
        book.save()
    assert notes(path, load) == {"A4": "total", "A6": "below"}


def test_rows_that_stay_keep_the_bytes_of_their_notes(noted: Path, parts: Any) -> None:
    before = parts(noted)
    with Package.open(noted) as book:
        book.replace_table("T", ["Name", "Calls"], [["A", 5], ["B", 6], ["C", 7]])
        book.save()
    after = parts(noted)
    assert {name for name in before if before[name] != after[name]} == {"xl/worksheets/sheet1.xml"}


def test_boxes_that_hold_html(noted: Path, edit_part: Callable[..., None], parts: Any) -> None:
    """Excel writes the text of controls as HTML, whose tags need not end, between the boxes of the notes."""
    button = b"<v:shape id='button'><v:textbox><div><font>one<br>two</font></div></v:textbox></v:shape><v:shape "
    edit_part(noted, "xl/drawings/vmlDrawing1.vml", lambda vml: vml.replace(b"<v:shape ", button, 1))
    with Package.open(noted) as book:
        book.replace_table("T", ["Name"], [["C"], ["A"], ["B"]], sources=[2, 0, 1])
        book.save()
    vml = parts(noted)["xl/drawings/vmlDrawing1.vml"]
    assert button in vml
    assert [int(row) for row in re.findall(rb"<x:Row>(\d+)<", vml)] == [4, 5, 4, 3, 6], "A, B, beside, C, total"


THREADS = b"""<?xml version="1.0" encoding="UTF-8" standalone="yes"?>
<ThreadedComments xmlns="http://schemas.microsoft.com/office/spreadsheetml/2018/threadedcomments">
<threadedComment ref="B6" id="{01}"><text>asked</text></threadedComment>
<threadedComment ref="B6" id="{02}" parentId="{01}"><text>answered</text></threadedComment></ThreadedComments>"""


def test_a_thread_travels_whole(noted: Path, edit_part: Callable[..., None], parts: Any) -> None:
    """Excel keeps the thread in a part of its own, beside the note that older versions show."""
    kind = b"http://schemas.microsoft.com/office/2017/10/relationships/threadedComment"
    relation = b'<Relationship Id="rId99" Type="' + kind + b'" Target="../threadedComments/threadedComment1.xml"/>'
    edit_part(
        noted,
        "xl/worksheets/_rels/sheet1.xml.rels",
        lambda xml: xml.replace(b"</Relationships>", relation + b"</Relationships>"),
    )
    with zipfile.ZipFile(noted, "a") as archive:
        archive.writestr("xl/threadedComments/threadedComment1.xml", THREADS)
    with Package.open(noted) as book:
        book.replace_table("T", ["Name"], [["C"], ["A"]], sources=[2, 0])
        book.save()
    threads = parts(noted)["xl/threadedComments/threadedComment1.xml"].decode()
    assert re.findall('ref="(.*?)" id="(.*?)"', threads) == [("B4", "{01}"), ("B4", "{02}")]
