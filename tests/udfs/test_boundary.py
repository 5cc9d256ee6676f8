"""Cells in, cells out: shapes, blanks, errors and rows are treated alike by every function."""

import dataclasses
import datetime as dt
import logging
import math
from decimal import Decimal
from pathlib import Path
from typing import cast

import pytest

from kpixl import texts
from kpixl.errors import InvalidValue
from udfs import boundary
from udfs.boundary import call, evaluate, last_error

_SEPTEMBER = ["2026-09-01", "2026-09-30", "2026-09-18"]


def test_a_column_answers_a_column_and_a_row_a_row() -> None:
    assert call("KPI_BACKSOLVE", [5e7, 2e6, [[0.2], [0.8], [0.3]]]) == [[525], [105], [84], [25]]
    assert call("KPI_BACKSOLVE", [5e7, 2e6, [[0.2, 0.8, 0.3]]]) == [[525, 105, 84, 25]]
    assert call("KPI_BACKSOLVE", [5e7, 2e6, [0.2, 0.8, 0.3]]) == [[525], [105], [84], [25]]
    assert call("KPI_BACKSOLVE", [1e8, 1e6, 0.2]) == [[500], [100]]


def test_cells_hold_text_numbers_one_by_one_ranges_and_decimals() -> None:
    assert call("KPI_BACKSOLVE", ["1億円", [["１００万円"]], "20%"]) == [[500], [100]]
    assert call("KPI_FORWARD", [Decimal(200), 0.2, ((500000.0,),)]) == 20_000_000


def test_blank_is_not_zero() -> None:
    assert call("KPI_BACKSOLVE", [100, 10, 0.5, None, ""]) == [[20], [10]]
    assert call("KPI_BACKSOLVE", [100, None, 0.5]) == "#VALUE!"
    assert "単価が空です" in last_error()
    assert call("KPI_BACKSOLVE", [100, 0, 0.5]) == "#VALUE!"
    assert "0より大きい" in last_error()
    assert call("KPI_BACKSOLVE", [100, 10, [0.5, None]]) == "#VALUE!"


def test_an_error_cell_comes_back_as_itself() -> None:
    assert call("KPI_BACKSOLVE", ["#REF!", 10, 0.5]) == "#REF!"
    assert call("KPI_BACKSOLVE", [100, 10, [0.5, "#DIV/0!"]]) == "#DIV/0!"
    assert call("KPI_BACKSOLVE", [-2146826246, 10, 0.5]) == "#N/A"
    assert call("FUNNEL_BOTTLENECK", [[2, 1], [2, 0], ["a", "#NAME?"]]) == "#NAME?"


@pytest.mark.parametrize(
    ("name", "cells", "error"),
    [
        ("KPI_BACKSOLVE", [True, 1, 1], "#VALUE!"),
        ("KPI_ALLOCATE", [100, [1, 1], [60, 60]], "#NUM!"),
        ("KPI_PHASE", [1, "2025-01-01", "2025-01-01"], "#N/A"),
        ("FUNNEL_RATES", [[0, 0, 0]], "#DIV/0!"),
        ("KPI_PACE", [math.nan, *_SEPTEMBER], "#VALUE!"),
        ("KPI_BACKSOLVE", [100, 10, [[0.5, 0.5], [0.5, 0.5]]], "#VALUE!"),
        ("KPI_BACKSOLVE", [[100, 200], 10, 0.5], "#VALUE!"),
        ("KPI_BACKSOLVE", [100, 10, [[0.5], [0.5, 0.5]]], "#VALUE!"),
        ("KPI_BACKSOLVE", [100, 10, [[0.5], 0.5]], "#VALUE!"),
        ("KPI_BACKSOLVE", [100, 10, {}], "#VALUE!"),
        ("KPI_BACKSOLVE", [1, 2, 3, 4, 5, 6], "#VALUE!"),
        ("KPI_BACKSOLVE", [1], "#VALUE!"),
        ("KPI_PHASE", [1, True, "2025-01-01"], "#VALUE!"),
        ("KPI_PHASE", [1, "2025-01-01", "2025-01-31", {}], "#VALUE!"),
        ("KPI_PHASE", [1, "2025-01-01", "2025-01-31", 5], "#VALUE!"),
        ("KPI_PHASE", [1, "2025-01-01", "2025-01-31", None, None, None, None, None, "maybe"], "#VALUE!"),
        ("KPI_PACE", [[1, 2], ["2026-09-01"] * 3, "2026-09-30"], "#VALUE!"),
        ("NO_SUCH", [], "#VALUE!"),
    ],
)
def test_bad_input_is_the_error_that_excel_knows(name: str, cells: list[object], error: str) -> None:
    assert call(name, cells) == error
    assert last_error().startswith(f"{name}: ")


def test_the_reason_is_one_cell_away_and_in_the_users_language() -> None:
    with texts.speaking("en"):
        call("KPI_BACKSOLVE", ["abc", 1, 1])
    assert call("KPIXL_LASTERROR", []) == (
        "KPI_BACKSOLVE: goal: “abc” cannot be read as a number. Type it like 1,200 or 20% or (5)."
    )


def test_the_shell_gets_the_error_itself() -> None:
    with pytest.raises(InvalidValue):
        evaluate("kpi_backsolve", [-1, 1, 1])


def test_many_rows_are_answered_in_one_call() -> None:
    targets = [[19.0], [38.0], [0.0]]
    assert call("KPI_PACE", [targets, *_SEPTEMBER]) == [[14], [28], [0]]
    assert call("KPI_PACE", [[[19.0, 38.0]], *_SEPTEMBER]) == [[14, 28]]
    assert call("KPI_PACE", [[[19.0, 38.0], [0.0, 57.0]], *_SEPTEMBER]) == [[14, 28], [0, 42]]
    assert call("KPI_PACE", [[[19.0], [38.0]], [["2026-09-01", "2026-09-01"]], *_SEPTEMBER[1:]]) == [[14], [28]]


def test_only_the_bad_rows_become_errors() -> None:
    column = [19, "#N/A", "abc", "", "３８", math.nan, -(10**400), 57]
    answer = call("KPI_PACE", [column, *_SEPTEMBER])
    assert answer == [[14], ["#N/A"], ["#VALUE!"], [""], [28], ["#VALUE!"], ["#VALUE!"], [42]]


def test_rows_that_the_engine_refuses_leave_the_others_alone() -> None:
    starts = ["2026-09-01", "2026-10-01", "2026-09-05", "1066-10-14", "2026-09-01"]
    ends = ["2026-09-30", "2026-09-30", "2026-09-06", "2026-09-30", "2026-09-30"]
    assert call("KPI_PACE", [19, starts, ends, "2026-09-18"]) == [[14], ["#VALUE!"], ["#N/A"], ["#VALUE!"], [14]]
    assert "2026-09-30" in last_error()


def test_a_million_wrong_rows_ask_the_engine_a_few_times(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []
    described = boundary.REGISTRY["KPI_RATE"]

    def count(*args: object, **given: object) -> object:
        asked.append(given)
        return described.adapter(*args, **given)

    monkeypatch.setitem(boundary.REGISTRY, "KPI_RATE", dataclasses.replace(described, adapter=count))
    rows = 100_000
    wrong = [[float(row % 7)] for row in range(rows)]
    answer = call("KPI_RATE", [wrong, [[float(row % 5)] for row in range(rows)]])
    assert len(asked) <= 3
    for row, shown in enumerate(cast(list[list[object]], answer)[:70]):
        expected = "#VALUE!" if row % 7 > row % 5 else "#DIV/0!" if row % 5 == 0 else row % 7 / (row % 5)
        assert shown[0] == (pytest.approx(expected) if isinstance(expected, float) else expected)
    asked.clear()
    assert call("KPI_RATE", [wrong, [[9.0]] * rows, 7.0]) == [["#VALUE!"]] * rows
    assert len(asked) == 1


def test_the_reason_names_the_row_of_the_range() -> None:
    call("KPI_RATE", [[1.0, "x", 3.0, 9.0], [2.0, 2.0, 3.0, 4.0]])
    assert "成功数（2番目）" in last_error()
    call("KPI_RATE", [[1.0, 2.0, 3.0, 9.0], [2.0, 2.0, 3.0, 4.0]])
    assert "4行目の成功数 9" in last_error()
    call("KPI_RATE", [[1.0, "", 3.0, 9.0], [2.0, "", 3.0, 4.0]])
    assert "4行目の成功数 9" in last_error()


def test_what_was_typed_is_cut_to_a_sentence() -> None:
    call("KPI_SOLVE", [1.0, "9" * 4000 + "x", [["x"]], [[1.0]], "x"])
    assert len(last_error()) < 1000


def test_a_missing_optional_cell_takes_its_default_in_its_own_row() -> None:
    past = [["2000-01-01"], ["2000-01-01"]]
    ends = [["2000-12-31"], ["2000-12-31"]]
    assert call("KPI_PACE", [7, past, ends, [["1999-12-31"], [None]]]) == [[0], [7]]
    assert call("KPI_PACE", [[7, None], past, ends]) == [[7], ["#VALUE!"]]
    assert call("KPI_PACE", [7, "2000-01-01", "2000-12-31", [["1999-12-31"], [None]]]) == [[0], [7]]


def test_plain_columns_of_floats_and_mixed_ones_agree() -> None:
    serials = [[46266.0], [46266.0]]
    assert call("KPI_PACE", [[[19.0], [38.0]], serials, *_SEPTEMBER[1:]]) == [[14], [28]]
    assert call("KPI_PACE", [[[19.0], [38.0]], [[46266.0], [60.0]], *_SEPTEMBER[1:]]) == [[14], ["#VALUE!"]]


def test_dates_come_back_as_serials() -> None:
    assert call("KPI_DATE", ["令和7年6月2日"]) == 45810
    assert call("KPI_DATE", [[dt.date(2025, 6, 2), dt.datetime(2025, 6, 3, 12)]]) == [[45810], [45811]]
    answer = call("KPI_PHASE", [3, "2025-05-29", "2025-06-02", None, None, None, None, None, False])
    assert answer == [[45806, 2, 2], [45809, 1, 1]]


def test_tables_have_headings_in_the_users_language() -> None:
    cells = [[500, 100, 25], [500, 100, 20], ["リード", "商談", "受注"]]
    japanese = call("FUNNEL_GAP", cells)
    with texts.speaking("en"):
        english = call("FUNNEL_GAP", cells)
    assert isinstance(japanese, list)
    assert isinstance(english, list)
    assert japanese[0][:3] == ["段階", "目標", "実績"]
    assert english[0][:3] == ["Stage", "Target", "Actual"]
    assert japanese[1:] == english[1:]
    assert japanese[1][5:8] == ["", "", ""]
    assert call("FUNNEL_GAP", [*cells, None, "false"]) == japanese[1:]


def test_stages_without_names_are_numbered() -> None:
    assert call("FUNNEL_BOTTLENECK", [[500, 100], [500, 80]]) == "2"
    assert call("FUNNEL_BOTTLENECK", [[500, 100], [500, 80], [1, 2.5]]) == "2.5"
    assert call("FUNNEL_BOTTLENECK", [[500, 100], [500, 100]]) == ""
    assert call("FUNNEL_BOTTLENECK", [[500, 100], [500, 80], ["a"]]) == "#VALUE!"


def test_a_bug_has_its_own_message_and_an_entry_in_the_log(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(*_: object, **__: object) -> None:
        raise ZeroDivisionError("oops")

    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setattr("kpixl.engine.forward", broken)
    logger = logging.getLogger("kpixl")
    monkeypatch.setattr(logger, "handlers", [])
    with caplog.at_level(logging.ERROR):
        assert call("KPI_FORWARD", [1, 1]) == "#VALUE!"
    assert "不具合" in last_error()
    assert "oops" not in last_error()
    assert "ZeroDivisionError" in (tmp_path / ".kpixl" / "kpixl.log").read_text()
    for handler in logger.handlers:
        handler.close()


def test_a_bug_is_still_reported_where_no_log_can_be_written(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / ".kpixl").write_text("a file is in the way")
    monkeypatch.setenv("HOME", str(tmp_path / ".kpixl"))
    monkeypatch.setattr("kpixl.engine.forward", lambda *_, **__: 1 / 0)
    monkeypatch.setattr(logging.getLogger("kpixl"), "handlers", [])
    assert call("KPI_FORWARD", [1, 1]) == "#VALUE!"


def test_names_that_a_host_cannot_take_are_refused_at_once() -> None:
    def KPI_BAD(end: boundary.Argument) -> None:
        pass

    with pytest.raises(ValueError, match="end is a keyword"):
        boundary.function("planning")(KPI_BAD)


def test_the_reason_names_the_place_of_the_cell() -> None:
    call("KPI_BACKSOLVE", [100, 10, [0.5, "abc"]])
    assert "転換率（2番目）：「abc」" in last_error()
    call("KPI_BACKSOLVE", [100, 10, [0.5, None]])
    assert "転換率（2番目）が空です" in last_error()
    call("KPI_PACE", [[1, 2, "x"], *_SEPTEMBER])
    assert "目標（3番目）" in last_error()
    call("KPI_ATTRIBUTION", [[[1, 2], [3, "x"]], [[1, 2], [3, 4]]])
    assert "（4番目）" in last_error()


def test_what_is_no_number_spoils_only_its_place() -> None:
    assert call("FUNNEL_RATES", [[[10.0], [math.nan]]]) == "#VALUE!"
    assert call("KPI_PACE", [[[19.0], [math.inf]], [[46266.0], [46266.0]], *_SEPTEMBER[1:]]) == [[14], ["#VALUE!"]]


def test_an_answer_beyond_all_numbers_is_an_error() -> None:
    assert call("KPI_ATTRIBUTION", [[[1e200, 1e200]], [[1, 1]]]) == "#VALUE!"
    assert call("KPI_EFFECT", [1, 10, 1, 10])[0][4] == ""  # type: ignore[index]


def test_empty_ranges_are_missing() -> None:
    assert call("FUNNEL_RATES", [[]]) == "#VALUE!"
    assert call("FUNNEL_RATES", [[[]]]) == "#VALUE!"
