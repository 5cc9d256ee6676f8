"""Deals one by one, as a spreadsheet asks about them."""

import pytest

from kpixl import texts
from udfs.boundary import call, last_error


def test_the_textbook_answers_by_age_with_the_median() -> None:
    times = [0.5, 1, 1, 2, 2, 3, 4, 5, 6, 7, 8, 9, 10, 12, 14, 14, 17, 20, 21]
    events = [0, 1, 1, 1, 0, 1, 1, 0, 1, 0, 1, 1, 0, 1, 0, 1, 0, 1, 0]
    today = 45838.0
    starts, ends = [today - time for time in times], [today if event else None for event in events]
    answer = call("KPI_CONVERSION", [starts, ends, None, today, [1, 2, 3, 14, 20, 30]])
    assert isinstance(answer, list)
    assert answer[0] == ["経過日数", "転換した割合", "下限", "上限", "残っている件数", "中央値（日）"]
    assert [round(1 - row[1], 4) for row in answer[1:6]] == [0.8889, 0.8333, 0.7738, 0.3367, 0.1684]
    assert {row[5] for row in answer[1:]} == {12.0}
    assert answer[6][1:4] == ["", "", ""]


def test_blank_rows_are_no_leads_and_a_lead_without_a_start_is_named() -> None:
    starts, ends = ["2025/6/2", "", "2025/6/2"], ["2025/6/9", "", ""]
    answer = call("KPI_CONVERSION", [starts, ends, None, "2025/6/30", None, None, False])
    assert isinstance(answer, list)
    assert [row[:2] for row in answer] == [[7.0, 0.5]]
    assert call("KPI_CONVERSION", [["", "2025/6/2"], ["2025/6/9", ""], None, "2025/6/30"]) == "#VALUE!"
    assert "1行目に開始日がありません" in last_error()


def test_cohorts_stand_by_month_with_what_is_to_come() -> None:
    starts = ["2025/4/10"] * 4 + ["2025/5/12"] * 4
    ends = ["2025/4/20", "2025/5/20", "", "", "2025/5/20", "", "", ""]
    with texts.speaking("en"):
        answer = call("KPI_COHORT", [starts, ends, "2025/5/31"])
    assert answer == [
        ["Began in", "Entered", "0 later", "1 later", "Expected in the end"],
        [45748.0, 4.0, 1.0, 2.0, 2.0],
        [45778.0, 4.0, 1.0, "", 2.0],
    ]


def test_a_pipeline_says_by_stage_and_in_total_what_it_stands_on() -> None:
    closed = [["提案"] * 4, [3, 5, 8, 9], [1, 1, 1, 0]]
    answer = call("KPI_PIPELINE", [["提案", "商談"], [5, 50], [100, 300], *closed])
    assert isinstance(answer, list)
    assert [row[0] for row in answer] == ["段階", "提案", "商談", "合計"]
    assert [row[3] for row in answer[1:]] == pytest.approx([70, 210, 280])
    assert answer[3][7] == "受注の割合だけ（決着した案件が少ないため）"
    assert call("KPI_PIPELINE", [["提案", "商談"], [5], [100, 300], *closed]) == "#VALUE!"


def test_ten_thousand_leads_are_one_call() -> None:
    starts = [45000.0 + row % 300 for row in range(10_000)]
    ends = [start + 30 if row % 4 == 0 else None for row, start in enumerate(starts)]
    answer = call("KPI_CONVERSION", [starts, ends, None, 45400.0, [29, 30], None, False])
    assert isinstance(answer, list)
    assert [row[1] for row in answer] == pytest.approx([0, 0.25])
    assert isinstance(call("KPI_COHORT", [starts, ends, 45400.0]), list)
