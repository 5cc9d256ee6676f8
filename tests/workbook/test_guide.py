"""The guide's checks: green for a sound plan; red, with and without a refresh, once somebody breaks it."""

import datetime as dt
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from kpixl.plan import read_template
from kpixl.texts import section, speaking
from kpixl.workbook.planbook import build
from kpixl.workbook.refresh import refresh
from kpixl.workbook.state import new_state

START = dt.date(2025, 4, 1)
CHECKS = 16
_CALLS, _APPOINTMENTS, _QUALIFIED, _ORDERS, _LEADS, _MEETINGS, _OPEN_RATE, _WIN_RATE, _TALK_TIME = range(1, 10)
_CHOSEN = range(_CALLS, _WIN_RATE + 1)
_Typed = list[tuple[str, int, dict[str, Any]]]

_BROKEN: dict[str, tuple[_Typed, set[str]]] = {
    "goals": (
        [
            ("kpixl_kgis", 2, {"期限": dt.date(2027, 1, 1), "優先順位": 1, "目標値": 1_000_000}),
            ("kpixl_csfs", 1, {"CSF（重要成功要因）": None, "なぜ重要か": None}),
            ("kpixl_csfs", 4, {"CSF（重要成功要因）": None, "なぜ重要か": None}),
            ("kpixl_stages", 2, {"1人1日の上限": 5}),
        ],
        {"deadline", "priority", "goal", "csfs", "linked", "capacity"},
    ),
    "kpis": (
        [
            ("kpixl_definitions", _TALK_TIME, {"メイン/サブ": "サブ", "責任者": "課長"}),
            ("kpixl_definitions", _CALLS, {"対象": "チーム", "責任者": None}),
            ("kpixl_definitions", _APPOINTMENTS, {"対象": "チーム"}),
            ("kpixl_definitions", _OPEN_RATE, {"個別の目標": None}),
            ("kpixl_candidates", _LEADS, {"変えやすさ": 1}),
        ],
        {"team_kpis", "person_kpis", "defined", "numbers", "controllable"},
    ),
    "kinds": (
        [("kpixl_definitions", row, {"メイン/サブ": "メイン", "先行/遅行": "先行指標"}) for row in _CHOSEN],
        {"main", "timing"},
    ),
}


@pytest.fixture(scope="session")
def _new(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("guide") / "plan.xlsx"
    build(new_state(read_template("inside_sales", language="ja", start=START)), path)
    return path


@pytest.fixture
def book(_new: Path, tmp_path: Path) -> Path:
    """A new plan workbook of the template for inside sales."""
    return Path(shutil.copy(_new, tmp_path / "plan.xlsx"))


@pytest.fixture
def signs(load: Callable[..., Any]) -> Callable[[Path], dict[str, str]]:
    """Read the cached sign of each check, by its key."""

    def read(path: Path) -> dict[str, str]:
        workbook = load(path, data_only=True)
        [(sheet, area)] = workbook.defined_names["kpixl_checks"].destinations
        with speaking("ja"):
            keys = {text: key.removeprefix("check_") for key, text in section("guide").items()}
        return {keys[row[1].value]: row[0].value for row in workbook[sheet][area]}

    return read


def _red(signs: dict[str, str]) -> set[str]:
    assert len(signs) == CHECKS
    assert set(signs.values()) <= {"✓", "✗"}
    return {key for key, sign in signs.items() if sign == "✗"}


@pytest.mark.calc
@pytest.mark.parametrize("mistakes", _BROKEN)
def test_what_breaks_the_plan_turns_red(
    book: Path,
    typing: Callable[..., None],
    signs: Callable[[Path], dict[str, str]],
    recalculate: Callable[[Path], Path],
    mistakes: str,
) -> None:
    assert _red(signs(book)) == set()
    typed, broken = _BROKEN[mistakes]
    for table, row, values in typed:
        typing(book, table, row, values)
    assert _red(signs(recalculate(book))) == broken
    refresh(book, as_of=START)
    assert _red(signs(book)) == broken


@pytest.mark.calc
def test_a_target_that_is_typed_over_turns_red_until_a_refresh(
    book: Path,
    typing: Callable[..., None],
    signs: Callable[[Path], dict[str, str]],
    recalculate: Callable[[Path], Path],
) -> None:
    typing(book, "kpixl_member_targets", 12 * 6, {"リード": 999})
    assert _red(signs(recalculate(book))) == {"members", "months"}
    refresh(book, as_of=START)
    typing(book, "kpixl_channel_targets", 12 * 4, {"リード": 999})
    # 999 more leads from exhibitions, at 15,000 each, exceed the KGI for cost
    assert _red(signs(recalculate(book))) == {"channels", "goal"}
    refresh(book, as_of=START)
    assert _red(signs(recalculate(book))) == set()
