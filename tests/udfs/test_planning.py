"""The planning functions, as a spreadsheet calls them."""

import pytest

from kpixl import texts
from udfs.boundary import call, last_error

_LABELS, _VALUES = [["商談数"], ["成約率"], ["単価"]], [[500.0], ["20%"], ["100万円"]]
_FORMULA = "商談数 × 成約率 × 単価"
_TREE = [
    ["売上", "=商談数 × 成約率 × 単価", None],
    ["商談数", 500.0, 1.0],
    [None, "", " "],
    ["成約率", "20%", None],
    ["単価", "100万円", None],
]


def _rows(name: str, *cells: object) -> list[list[object]]:
    answer = call(name, cells)
    assert isinstance(answer, list), last_error()
    return answer


def test_the_driver_that_makes_up_for_the_rest() -> None:
    assert call("KPI_SOLVE", ["1.2億円", _FORMULA, _LABELS, _VALUES, "成約率"]) == pytest.approx(0.24)
    assert call("KPI_SOLVE", [1, "0 × a", "a", 1, "a"]) == "#NUM!"


def test_a_tree_is_computed_where_it_stands() -> None:
    assert _rows("KPI_TREE", _TREE) == [
        ["階層", "名前", "式", "値"],
        [0, "売上", "=商談数 × 成約率 × 単価", 100_000_000],
        [1, "商談数", "", 500],
        [1, "成約率", "", 0.2],
        [1, "単価", "", 1_000_000],
    ]


def test_a_tree_with_a_goal_says_what_must_grow() -> None:
    rows = _rows("KPI_TREE", _TREE, "1億2000万", False)
    assert rows[0][3:] == pytest.approx([100_000_000, 120_000_000, -20_000_000])
    assert rows[1][3:] == pytest.approx([500, 600, -100])
    assert rows[3][3:] == pytest.approx([1_000_000, 1_000_000, 0])


def test_without_a_column_of_weights_all_leaves_grow() -> None:
    rows = _rows("KPI_TREE", [["r", "a × b"], ["a", 10], ["b", 10]], 400, False)
    assert [row[4] for row in rows] == pytest.approx([400, 20, 20])


@pytest.mark.parametrize(
    ("nodes", "sentence"),
    [
        ([["r"], ["a"]], "2列以上"),
        ([["r", "a +"], ["a", 1]], "文字目"),
        ([["r", None], ["a", 1]], "文字目"),
        ([["r", "a × 2"], ["a", True]], "数"),
        ([["r", "x"], ["a", 1]], "x"),
    ],
)
def test_what_is_wrong_with_a_tree_is_said(nodes: list[list[object]], sentence: str) -> None:
    assert call("KPI_TREE", [nodes]) == "#VALUE!"
    assert sentence in last_error()


def test_an_error_in_a_tree_comes_back() -> None:
    assert call("KPI_TREE", [[["r", "#N/A"]]]) == "#N/A"


def test_one_percent_more_of_each() -> None:
    rows = _rows("KPI_SENSITIVITY", "a × b + c", ["a", "b", "c"], [5, 4, 30])
    assert rows[0] == ["要因", "現在", "結果への影響", "弾力性"]
    assert rows[1][:2] == ["c", 30]
    assert rows[1][2:] == pytest.approx([0.3, 0.6])
    assert rows[2][2:] == pytest.approx([0.2, 0.4])


def test_levers_show_what_is_not_enough_and_what_the_plan_makes() -> None:
    with texts.speaking("en"):
        rows = _rows("KPI_LEVERS", 150, "a × b", ["a", "b"], [10, 10], [None, 11])
    assert rows[0] == ["Driver", "Now", "Needed alone", "Cap", "Plan"]
    assert rows[1] == ["a", 10, pytest.approx(15), "", pytest.approx(150 / 11)]
    assert rows[2] == ["b", 10, "not enough alone", 11, pytest.approx(11)]
    assert rows[3] == ["Outcome", 100, 150, "", pytest.approx(150)]


def test_a_share_without_bounds_has_blank_ones() -> None:
    assert call("KPI_ALLOCATE", [100, [[1, 1, 1]], [[None, 10, None]], [[None, 10, ""]]]) == [[45, 10, 45]]


def test_lead_times_of_zero_are_the_back_solved_months() -> None:
    rows = _rows("KPI_LEADTIME", [25, 30], ["20%", "80%", "30%"], [0, 0, 0], "2025-04-01")
    assert rows[0] == ["月", "段階1", "段階2", "段階3", "受注"]
    assert rows[1] == [45748, 525, 105, 84, 25]
    assert rows[3] == ["この日まで有効", 45807, 45807, 45807, 45807]
    assert _rows("KPI_LEADTIME", [25], [0.2], [0], "2025-04-01", None, None, False)[0] == [45748, 125, 25]


def test_a_good_kpi_passes_five_times() -> None:
    rows = _rows("KPI_SMART", "月間商談数", "４０", "件", "令和7年9月30日", [[30, None, 38]], True)
    assert rows[0] == ["基準", "判定", "理由"]
    assert [row[1] for row in rows[1:]] == [True] * 5


def test_what_a_kpi_lacks_is_no_error_but_an_answer() -> None:
    rows = _rows("KPI_SMART", "商談を増やす", "たくさん", None, "そのうち", None, None, False)
    assert [row[1] for row in rows] == [False] * 5
    assert "単位" not in str(rows[1][2])
    assert call("KPI_SMART", ["a", "#REF!", "件", None]) == "#REF!"


def test_a_target_beside_the_past() -> None:
    assert call("KPI_FEASIBILITY", [60, [[30, 40], [50, None]]]) == [[1.5, 1.2, 1, "過去最高を更新"]]
    assert call("KPI_FEASIBILITY", [60, [0, 0]]) == "#N/A"


def test_no_countrys_holidays_count_where_the_closures_are_all_there_are() -> None:
    # May 2025 has 22 weekdays, of which the 5th and the 6th are holidays in Japan
    assert call("KPI_BUSINESSDAYS", ["2025-05-01", "2025-05-31"]) == 20
    assert call("KPI_BUSINESSDAYS", ["2025-05-01", "2025-05-31", None, "なし"]) == 22
    assert call("KPI_BUSINESSDAYS", ["2025-05-01", "2025-05-31", [["2025-05-30"]], "none"]) == 21


def test_a_weekend_is_written_as_in_networkdays_intl() -> None:
    # May 2025 has 22 weekdays, five Saturdays, four Sundays and four Wednesdays; without holidays
    may = ["2025-05-01", "2025-05-31", None, "なし"]
    assert call("KPI_BUSINESSDAYS", [*may, 11]) == call("KPI_BUSINESSDAYS", [*may, "0000001"]) == 27
    assert call("KPI_BUSINESSDAYS", [*may, "００１００００"]) == 27
    assert call("KPI_BUSINESSDAYS", [*may, 1000001.0]) == 23
    assert call("KPI_BUSINESSDAYS", [*may, ""]) == call("KPI_BUSINESSDAYS", [*may, "1"]) == 22
    assert call("KPI_BUSINESSDAYS", [*may, "1111111"]) == "#VALUE!"
    assert "営業日が1日もありません" in last_error()
    assert call("KPI_BUSINESSDAYS", [*may, 8]) == "#VALUE!"
    assert "定休日" in last_error()
    assert call("KPI_BUSINESSDAYS", [*may, "#N/A"]) == "#N/A"


def test_a_second_column_of_closures_says_how_much_is_open() -> None:
    may = ["2025-05-01", "2025-05-31"]  # 20 business days
    halves: list[list[object]] = [["2025-05-30", "50%"], ["2025-05-29", None], [None, 0.0], ["2025-05-31", 1.0]]
    assert call("KPI_BUSINESSDAYS", [*may, halves]) == 19.5
    assert call("KPI_BUSINESSDAYS", [*may, [["2025-05-29", "2025-05-30"]]]) == 18  # two columns of days
    assert call("KPI_BUSINESSDAYS", [*may, [["2025-05-29", None], ["2025-05-30", ""]]]) == 18
    assert call("KPI_BUSINESSDAYS", [*may, [[None, 0.5]]]) == "#VALUE!"
    assert call("KPI_BUSINESSDAYS", [*may, [["2025-05-30", 0.5], ["2025-05-30", None]]]) == "#VALUE!"
    assert "2回" in last_error()


@pytest.mark.parametrize(
    ("name", "cells", "weekdays", "sundays"),
    [
        ("KPI_PACE", [54, "2025-05-01", "2025-05-31", "2025-05-03", None, "なし"], 54 * 2 / 22, 6),
        ("KPI_ALERT", [10, 3, "2025-05-01", "2025-05-31", "2025-05-16", None, None, None, "なし"], "55%", "52%"),
        ("KPI_LANDING", [9, "2025-05-01", "2025-05-31", "2025-05-10", *[None] * 4, "なし", None], 9 * 22 / 7, 27),
        (
            "KPI_STATUS",
            [400, 0, "2025-05-01", "2025-05-31", "2025-05-03", *[None] * 3, "なし", None],
            "判定はこれから",
            "届かない見込み",
        ),
    ],
)
def test_the_weekend_is_the_last_argument(name: str, cells: list[object], weekdays: object, sundays: object) -> None:
    for weekend, expected in ((None, weekdays), (11, sundays)):
        answer = call(name, [*cells, weekend])
        answer = answer[0][0] if isinstance(answer, list) else answer
        assert expected in answer if isinstance(answer, str) else answer == pytest.approx(expected)
