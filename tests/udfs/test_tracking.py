"""The tracking functions, as a spreadsheet calls them."""

import pytest

from udfs.boundary import call, last_error

_JUNE = ["2025-06-01", "2025-06-30"]


def test_landing_goes_on_at_the_rate_so_far() -> None:
    # 10 of 21 business days are over at the end of 13 June 2025
    answer = call("KPI_LANDING", [48, *_JUNE, "2025-06-13", 100])
    assert isinstance(answer, list)
    ((landing, low, high, probability),) = answer
    assert landing == pytest.approx(48 * 21 / 10)
    assert low < landing < high
    assert 0 < probability < 1


def test_landing_of_many_rows_has_a_row_for_each() -> None:
    answer = call("KPI_LANDING", [[48, 0, None], *_JUNE, "2025-06-13", [100, None, 100]])
    assert isinstance(answer, list)
    assert [len(row) for row in answer] == [4, 4, 4]
    assert answer[0][0] == pytest.approx(100.8)
    assert answer[1][3] == ""
    assert answer[2] == ["#VALUE!"] * 4


def test_status_is_a_word() -> None:
    assert call("KPI_STATUS", [100, [[48, 46, 30]], *_JUNE, "2025-06-13"]) == [["順調", "挽回できる", "届かない見込み"]]
    assert call("KPI_STATUS", [100, 0, *_JUNE, "2025-06-03"]) == "判定はこれから"


def test_an_alert_is_a_sentence_or_nothing() -> None:
    assert call("KPI_ALERT", [100, 48, *_JUNE, "2025-06-17"]) == ""
    answer = call("KPI_ALERT", [100, [48, 20], *_JUNE, "2025-06-17"])
    assert answer == [[""], ["営業日の57%が過ぎましたが、達成率は20%です。"]]


def test_a_row_of_misses_calls_for_a_review() -> None:
    answer = call("KPI_REVIEW", [[100, 100, 100, 100], [120, 95, 92, 91]])
    assert isinstance(answer, list)
    assert answer[0] == ["きっかけ", "該当", "根拠の数"]
    assert answer[1] == ["未達が続いている（3か月以上）", True, 3]


def test_no_one_leads_on_three_calls() -> None:
    answer = call("KPI_RANK", [[3, 400, 300], [3, 1000, 1000], ["新人", "佐藤", "鈴木"], False])
    assert isinstance(answer, list)
    assert [row[0] for row in answer] == [1, 2, 3]
    assert answer[0][1] == "佐藤"
    assert answer[0][2] == 0.4


def test_a_ranking_of_unequal_columns_is_said() -> None:
    assert call("KPI_RANK", [[3, 400, 300], [3, 1000]]) == "#VALUE!"
    assert "成功数（3個）と試行数（2個）" in last_error()
    assert call("KPI_RANK", [[3, 4], [5, 9], ["佐藤"]]) == "#VALUE!"
    assert "成功数（2個）" in last_error()


def test_a_rate_without_trials_is_a_division_by_zero() -> None:
    assert call("FUNNEL_RATES", [[100, 20, 5]]) == [[0.2], [0.25]]
    assert call("FUNNEL_RATES", [[0, 20, 5]]) == "#DIV/0!"
    assert call("FUNNEL_RATES", [[[100, 20, 0, 0, 0]]]) == [[0.2, 0, "#DIV/0!", "#DIV/0!"]]
    assert "3番目の段階が0件" in last_error()


def test_the_dispersion_of_the_past_goes_into_landing_and_status() -> None:
    past = [[18, 25, 21, 44, 12, 19, None, 30, 22, 15, 51, 20, 24]]
    ratio = call("KPI_DISPERSION", [past])
    assert isinstance(ratio, float)
    assert ratio > 1
    assert call("KPI_DISPERSION", [past, True]) == [["ばらつき"], [ratio]]
    usual, careful = (
        call("KPI_LANDING", [48, *_JUNE, "2025-06-13", 100, *[None] * 4, given]) for given in (None, ratio)
    )
    assert isinstance(usual, list)
    assert isinstance(careful, list)
    assert careful[0][1] < usual[0][1] < usual[0][2] < careful[0][2]
    assert call("KPI_STATUS", [100, 38, *_JUNE, "2025-06-13", *[None] * 4, [[1, 30, "x"]]]) == [
        ["届かない見込み", "挽回できる", "#VALUE!"]
    ]


def test_a_dispersion_below_one_is_refused_in_words() -> None:
    assert call("KPI_STATUS", [100, 38, *_JUNE, "2025-06-13", *[None] * 4, 0.5]) == "#VALUE!"
    assert "ばらつきは1以上" in last_error()
