"""The analysis functions, as a spreadsheet calls them."""

import pytest

from udfs.boundary import call


def test_the_wilson_interval_of_18_in_20() -> None:
    answer = call("KPI_RATE", [18, 20])
    assert isinstance(answer, list)
    assert answer[0] == pytest.approx([0.9, 0.6989663548, 0.9721335188])


def test_rates_of_a_row_stand_below_one_another() -> None:
    answer = call("KPI_RATE", [[[18, 0]], [[20, 0]]])
    assert isinstance(answer, list)
    assert [row[1] for row in answer] == ["#DIV/0!"] * 3
    assert [row[0] for row in answer] == pytest.approx([0.9, 0.6989663548, 0.9721335188])


def test_twelve_of_99_against_five_of_83() -> None:
    answer = call("KPI_EFFECT", [12, 99, 5, 83])
    assert isinstance(answer, list)
    assert answer[0][0] == pytest.approx(5 / 83 - 12 / 99)
    assert answer[0][3] == pytest.approx(0.1591812918)
    assert answer[0][5] == "差があるとは言えない"
    many = call("KPI_EFFECT", [[12, 10], [99, 100], [5, 40], [83, 100]])
    assert isinstance(many, list)
    assert [row[5] for row in many] == ["差があるとは言えない", "改善"]


def test_attribution_adds_a_total_to_several_segments() -> None:
    answer = call("KPI_ATTRIBUTION", [[[1, 10, 2], [4, 5, 3]], [[4, 5, 3], [5, 6, 4]]])
    assert isinstance(answer, list)
    assert answer[0] == pytest.approx([50.47438029, -25.23719014, 14.76280986])
    assert answer[1] == pytest.approx([19.31568569, 15.78206435, 24.90224996])
    assert answer[2] == pytest.approx([69.79006598, -9.455125793, 39.66505981])
    assert len(call("KPI_ATTRIBUTION", [[[2, 3]], [[3, 3]]])) == 1  # type: ignore[arg-type]


def test_calls_get_through_on_tuesdays_at_ten() -> None:
    times = [f"2025-06-03 10:{minute:02}" for minute in range(10)] + ["2025/6/4 12:00"]
    outcomes = [True, 1, "TRUE", "はい"] + [0] * 7
    answer = call("KPI_HEATMAP", [times, outcomes])
    assert isinstance(answer, list)
    assert answer[0] == ["", 10, 11, 12]
    assert answer[2] == ["火", 0.4, "", ""]
    assert call("KPI_HEATMAP", [times, outcomes, False])[1] == [0.4, "", ""]  # type: ignore[index]
    assert call("KPI_HEATMAP", [times, outcomes[1:]]) == "#VALUE!"


def test_what_won_deals_have_in_common() -> None:
    answer = call("KPI_FACTORS", [["IT"] * 200 + ["小売"] * 200, [1] * 120 + [0] * 80 + [1] * 40 + [0] * 160])
    assert isinstance(answer, list)
    assert answer[0][0] == "値"
    assert answer[1][:3] == ["IT", 200, 0.6]
    assert answer[1][7] == "全体より高い"
    assert answer[2][7] == "全体より低い"
