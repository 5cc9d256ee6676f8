"""A tree of boxes: nothing overlaps, lines lead to their boxes, branches fold, missing figures are computed."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kpixl.workbook.blocks import Calc, Cell
from kpixl.workbook.boxes import DIVIDED, MINUS, PLUS, TIMES, Box, Place, arrange, draw

LABELS = ("target", "actual")


def box(name: str, *children: Box, sign: str = PLUS, target: float | None = 1, actual: float | None = 1) -> Box:
    """Make a box; the first of its children begins a breakdown."""
    first = [Box(**vars(child) | {"sign": "＝"}) for child in children[:1]]
    figures = [None if figure is None else Calc(str(figure), figure) for figure in (target, actual)]
    return Box(name, "count", *figures, sign=sign, children=(*first, *children[1:]))


def places(place: Place) -> dict[str, tuple[int, int]]:
    return {str(one.box.name): (one.level, one.line) for one in place}


def boxes_below(depth: int) -> st.SearchStrategy[Box]:
    return st.recursive(
        st.just(box("leaf")),
        lambda inner: st.lists(inner, min_size=1, max_size=4).map(lambda made: box("node", *made)),
        max_leaves=depth,
    )


def test_a_parent_is_on_the_line_of_its_first_child() -> None:
    tree = box("revenue", box("orders", box("meetings"), box("rate")), box("value"), box("secured"))
    assert places(arrange(tree)) == {
        "revenue": (0, 0),
        "orders": (1, 0),
        "meetings": (2, 0),
        "rate": (2, 1),
        "value": (1, 1),
        "secured": (1, 2),
    }


def test_a_branch_moves_down_no_further_than_needed() -> None:
    # b's first child must be below both of a's, and so b is too; c has nothing beside it
    tree = box("top", box("a", box("a1"), box("a2")), box("b", box("b1")), box("c"))
    found = places(arrange(tree))
    assert found["b"] == (1, 2)
    assert found["b1"] == (2, 2)
    assert found["c"] == (1, 3)


def test_a_short_branch_tucks_in_under_the_first_line_of_a_long_one() -> None:
    tree = box("top", box("a", box("a1"), box("a2"), box("a3")), box("b"))
    assert places(arrange(tree))["b"] == (1, 1)


@given(boxes_below(40))
def test_no_two_boxes_share_a_place(tree: Box) -> None:
    found = [(place.level, place.line) for place in arrange(tree)]
    assert len(set(found)) == len(found)


@given(boxes_below(40))
def test_children_are_one_level_deeper_in_order_and_the_first_beside_its_parent(tree: Box) -> None:
    for place in arrange(tree):
        lines = [child.line for child in place.children]
        assert {child.level for child in place.children} <= {place.level + 1}
        assert lines == sorted(lines)
        assert lines[:1] in ([], [place.line])


@given(boxes_below(40))
def test_lines_of_different_parents_never_meet(tree: Box) -> None:
    drawn: dict[tuple[int, int], int] = {}
    for number, place in enumerate(arrange(tree)):
        if place.children:
            for line in range(place.line, place.children[-1].line + 1):
                assert drawn.setdefault((place.level, line), number) == number


@given(boxes_below(40))
def test_every_line_and_level_is_used(tree: Box) -> None:
    found = list(arrange(tree))
    for axis in ("line", "level"):
        used = {getattr(place, axis) for place in found}
        assert used == set(range(len(used)))


def drawn(tree: Box) -> dict[tuple[int, int], Cell]:
    rows = draw(tree, "B9", LABELS).rows
    return {(r, c): cell for r, row in enumerate(rows) for c, cell in enumerate(row) if cell is not None}


def test_a_box_shows_name_attainment_target_and_actual() -> None:
    cells = drawn(Box("orders", "count", Calc("X", 20), Calc("Y", 6), Calc("due", 0.5)))
    assert cells[0, 0].content == "orders"
    assert cells[0, 1].content == Calc('IFERROR(C11/(C10*due),"")', 0.6)  # 6 of the 10 due by now
    assert [cells[row, 0].content for row in (1, 2)] == ["target", "actual"]
    assert [cells[row, 1].content for row in (1, 2)] == [Calc("X", 20), Calc("Y", 6)]


def test_a_line_with_its_sign_leads_to_every_child() -> None:
    cells = drawn(box("top", box("a"), box("b"), box("c")))
    signs = {place: (cell.content, cell.style) for place, cell in cells.items() if place[1] in (2, 3)}
    assert signs == {
        (0, 2): ("", "join"),
        (0, 3): ("＝", "join"),
        **{(row, 3): ("", "join_down") for row in (1, 2, 3, 5, 6, 7)},
        (4, 3): (PLUS, "join_turn"),
        (8, 3): (PLUS, "join_turn"),
    }


def test_the_rest_of_a_sum_is_what_the_others_leave() -> None:
    rest = box("rest", target=None, actual=None)
    cells = drawn(box("all", box("a", target=30, actual=10), box("b", target=20, actual=5), rest, target=60, actual=16))
    assert cells[9, 5].content == Calc('IFERROR(ROUND(C10-SUM(G10,G14),6),"")', 10)
    assert cells[10, 5].content == Calc('IFERROR(ROUND(C11-SUM(G11,G15),6),"")', 1)


def test_the_missing_factor_of_a_product_is_the_quotient() -> None:
    rate = box("rate", target=None, actual=None, sign=TIMES)
    cells = drawn(box("won", box("met", target=40, actual=0), rate, target=10, actual=0))
    assert cells[5, 5].content == Calc('IFERROR(C10/G10,"")', 0.25)
    assert cells[6, 5].content == Calc('IFERROR(C11/G11,"")', "")  # nothing went in: no rate


def test_a_missing_factor_beside_other_terms_leaves_them_out() -> None:
    value = box("value", target=None, actual=None, sign=TIMES)
    cells = drawn(box("money", box("orders", target=5), value, box("secured", target=100), target=600))
    assert cells[5, 5].content == Calc('IFERROR((C10-SUM(G18))/G10,"")', 100)


@pytest.mark.parametrize(
    ("signs", "formula", "value"),
    [
        (("＝", TIMES, PLUS), "(G10*G14+G18)", 2 * 3 + 5),
        (("＝", PLUS, TIMES), "(G10+G14*G18)", 2 + 3 * 5),
        (("＝", MINUS, DIVIDED), "(G10-G14/G18)", 2 - 3 / 5),
    ],
)
def test_the_leaves_of_the_tree_compute_to_its_root(signs: tuple[str, ...], formula: str, value: float) -> None:
    children = [box(str(n), sign=sign, target=n) for sign, n in zip(signs, (2, 3, 5), strict=True)]
    (whole,) = draw(box("top", *children), "B9", LABELS).wholes
    assert whole.formula == formula
    assert whole.value == pytest.approx(value)


def test_every_breakdown_of_the_root_has_its_total() -> None:
    one, other = box("a", target=7), Box("b", "count", Calc("9", 9), Calc("1", 1), sign="＝")
    tree = Box("top", "count", Calc("7", 7), Calc("1", 1), children=(Box(**vars(one) | {"sign": "＝"}), other))
    assert draw(tree, "B9", LABELS).wholes == (Calc("(G10)", 7), Calc("(G14)", 9))


def test_a_branch_with_its_lines_to_itself_folds_below_its_first_line() -> None:
    tree = box("top", box("a", box("a1"), box("a2")), box("b", box("b1"), box("b2")))
    # lines at rows 9, 13, 17, 21; the gap before a line folds with it
    assert draw(tree, "B9", LABELS).row_groups == (
        dict.fromkeys(range(12, 24), 1) | dict.fromkeys((*range(12, 16), *range(20, 24)), 2)
    )


def test_a_branch_that_shares_its_lines_does_not_fold_by_rows() -> None:
    tree = box("top", box("a", box("a1"), box("a2")), box("b"))
    assert set(draw(tree, "B9", LABELS).row_groups.values()) == {1}


def test_levels_fold_as_columns() -> None:
    drawing = draw(box("top", box("a", box("a1"))), "B9", LABELS)
    assert drawing.column_groups == dict(zip("DEFGHIJK", (1, 1, 1, 1, 2, 2, 2, 2), strict=True))


def test_there_are_at_most_seven_outline_levels() -> None:
    tree = box("end")
    for _ in range(12):
        tree = box("node", tree, box("beside"))
    drawing = draw(tree, "B9", LABELS)
    assert max(drawing.column_groups.values()) == 7
    assert max(drawing.row_groups.values()) <= 7


def test_a_spare_box_without_a_name_is_invisible_with_its_branch_and_line() -> None:
    spare = Box(**vars(box("", box("b1"), box("b2"))) | {"spare": True})
    drawing = draw(box("top", box("a"), spare), "B9", LABELS)
    # the line runs down from below the first box's name; the branch takes the second and the third line
    assert drawing.unseen == {"E10:E13 F13:K19": '$F$13=""'}


def test_a_spare_box_counts_nothing_while_it_has_no_figures() -> None:
    spare = Box("", "count", Calc("X", ""), Calc("Y", ""), sign=PLUS, spare=True)
    (whole,) = draw(box("top", box("a", target=7), spare, target=7), "B9", LABELS).wholes
    assert whole == Calc("(G10+IFERROR(G14,0))", 7)


def test_a_tree_of_many_lines_has_lower_rows() -> None:
    few, many = (draw(box("top", *[box("end")] * lines), "B9", LABELS).heights for lines in (10, 30))
    assert few[9] == 18.0
    assert many[9] == pytest.approx(18.0 * 0.8, abs=0.75)
