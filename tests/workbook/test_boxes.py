"""Trees of boxes: lines lead to their boxes, branches fold, attainment is told, what is spare stays out of sight."""

import pytest

from kpixl.workbook.blocks import Calc, Cell
from kpixl.workbook.boxes import COLUMNS, EQUALS, MINUS, PLUS, Box, Line, Tree, box_cell, draw

DUE = Calc("$C$99", 0.5)


def box(name: str, target: float = 1, actual: float = 1, *, sign: str = EQUALS, paced: bool = False) -> Box:
    return Box(name, "count", Calc(str(target), target), Calc(str(actual), actual), paced, sign)


def lines(*names: str) -> list[Line]:
    return [Line((box(name),)) for name in names]


def cells(tree: Tree) -> dict[tuple[int, int], Cell]:
    rows = draw(tree, DUE).rows
    return {(r, c): cell for r, row in enumerate(rows) for c, cell in enumerate(row) if cell is not None}


def test_a_box_shows_name_attainment_target_and_actual() -> None:
    found = cells(Tree("B9", [Line((box("orders", 20, 6, paced=True),))], chained=True))
    assert found[1, 1] == Cell("orders", "box")
    assert found[1, 2] == Cell(Calc('IFERROR(D11/(C11*$C$99),"")', 0.6), "box_attainment")  # 6 of the 10 due by now
    assert found[2, 1] == Cell(Calc("20", 20), "box_target_count")
    assert found[2, 2] == Cell(Calc("6", 6), "box_actual_count")


def test_what_is_not_paced_is_compared_with_its_whole_target() -> None:
    found = cells(Tree("B9", [Line((box("rate", 20, 6),))], chained=True))
    assert found[1, 2].content == Calc('IFERROR(D11/C11,"")', 0.3)


def test_nothing_is_attained_of_a_target_of_zero() -> None:
    found = cells(Tree("B9", [Line((box("rate", 0, 6),))], chained=True))
    assert found[1, 2].content == Calc('IFERROR(D11/C11,"")', "")


def test_boxes_of_a_line_are_joined_by_their_signs() -> None:
    found = cells(Tree("B9", [Line((box("all"), box("secured", sign=MINUS), box("more", sign=PLUS)))], chained=True))
    assert [found[1, column] for column in (3, 6)] == [Cell(MINUS, "join"), Cell(PLUS, "join")]


def test_a_chained_line_has_its_sign_under_the_box_that_it_explains() -> None:
    found = cells(Tree("B9", lines("revenue", "orders", "meetings"), chained=True))
    assert {place: cell.content for place, cell in found.items() if cell.style == "join_between"} == {
        (3, 1): EQUALS,
        (6, 1): EQUALS,
    }
    assert not any(column == 0 for _, column in found)


def test_a_line_leads_from_the_top_down_to_every_term() -> None:
    tree = Tree("B9", [*lines("all", "a"), Line((box("b", sign=PLUS),))], chained=False)
    side = {row: (cell.content, cell.style) for (row, column), cell in cells(tree).items() if column == 0}
    assert side == {
        **dict.fromkeys((2, 3, 5, 6), ("", "join_down")),
        4: (EQUALS, "join_turn"),
        7: (PLUS, "join_turn"),
    }


def test_the_cells_of_a_box_are_known_before_it_is_drawn() -> None:
    tree = Tree("C20", lines("a", "b"), chained=True)
    rows = draw(tree, DUE).rows
    assert rows[4][1] is not None
    assert rows[4][1].content == "b"
    assert box_cell("C20", 1, 0, 0) == "D24"


@pytest.mark.parametrize(("chained", "depths"), [(True, [1, 1, 1, 2, 2, 2]), (False, [1] * 6)])
def test_lines_below_the_top_fold(chained: bool, depths: list[int]) -> None:
    groups = draw(Tree("B9", lines("a", "b", "c"), chained), DUE).row_groups
    assert groups == dict(zip(range(12, 18), depths, strict=True))


def test_there_are_at_most_seven_outline_levels() -> None:
    groups = draw(Tree("B9", lines(*"abcdefghijkl"), chained=True), DUE).row_groups
    assert max(groups.values()) == 7


def test_a_spare_line_without_a_name_is_invisible_with_the_line_to_it() -> None:
    tree = Tree("B9", [*lines("all", "a"), Line((box(""),), spare=True)], chained=False)
    # the line to it runs down from below the box before; its boxes are in rows 16 and 17
    assert draw(tree, DUE).unseen == {"B14:B16 C16:M17": '$C$16=""'}


def test_a_drawing_is_as_wide_as_four_boxes_with_their_signs() -> None:
    assert {len(row) for row in draw(Tree("B9", lines("a"), chained=True), DUE).rows} == {COLUMNS} == {12}
