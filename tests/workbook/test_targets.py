"""Targets follow the settings within the spreadsheet, and are the numbers that the engine computes."""

import datetime as dt
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from kpixl.plan import Plan, Targets, set_targets
from kpixl.workbook.books import Book
from kpixl.workbook.reading import read_plan

pytestmark = pytest.mark.calc

_CHANGES: dict[str, list[tuple[str, int, dict[str, Any]]]] = {
    "KGI": [("kpixl_kgis", 1, {"目標値": 73_000_000})],
    "KGI as growth": [("kpixl_kgis", 1, {"目標値": None, "前年実績": 60_000_000, "前年比": 0.15})],
    "rate": [("kpixl_channels", 1, {"アポ→商談": 0.37}), ("kpixl_channels", 2, {"リード→アポ": 0.91})],
    "mix": [("kpixl_channels", 1, {"構成比": 0.2}), ("kpixl_channels", 3, {"構成比": 0.55})],
    "unit value": [("kpixl_channels", 2, {"単価": 3_300_000})],
    "weight": [("kpixl_members", 2, {"エリアの重み": 2.5}), ("kpixl_members", 3, {"エリアの重み": 0})],
    "level": [("kpixl_levels", 1, {"係数": 0.3}), ("kpixl_members", 1, {"レベル": "新人"})],
    "joiner": [("kpixl_members", 4, {"着任日": dt.date(2026, 10, 14), "立ち上がり（月）": 4})],
    "pin": [("kpixl_members", 2, {"受注件数を固定": 7}), ("kpixl_members", 4, {"受注件数を固定": 1})],
    "season": [("kpixl_seasonality", 10, {"重み": 2.4})],
    "day off": [("kpixl_closures", 1, {"日付": dt.date(2026, 11, 17)})],
}


@pytest.fixture
def team(small_book: Callable[..., Path], four_months: dict[str, Any]) -> Path:
    """The plan of four months, with a stretch."""
    return small_book(**four_months, stretch=0.1)


def _plan(path: Path) -> Plan:
    with Book(path) as book:
        return read_plan(book)


@pytest.mark.parametrize("change", _CHANGES)
def test_targets_move_as_the_engine_says(
    team: Path,
    typing: Callable[..., None],
    recalculate: Callable[[Path], Path],
    table_rows: Callable[[Path, str], list[dict[str, Any]]],
    load: Callable[..., Any],
    change: str,
) -> None:
    before = set_targets(_plan(team))
    for table, row, values in _CHANGES[change]:
        typing(team, table, row, values)
    plan = _plan(team)
    targets = set_targets(plan)
    assert _numbers(targets) != _numbers(before)
    computed = recalculate(team)

    def rows(name: str) -> list[dict[str, Any]]:
        return table_rows(computed, name)

    months, channels, members = plan.period.months, len(plan.channels), len(plan.members)
    for place, stage in enumerate(plan.stages):
        name = stage.name
        assert [row[name] for row in rows("kpixl_funnel")] == targets.volumes[:, place].tolist()
        assert [row[name] for row in rows("kpixl_team")] == targets.team(stage.event).tolist()
        by_channel = [row[name] for row in rows("kpixl_channel_targets")]
        assert by_channel == targets.channels(stage.event).reshape(months * channels).tolist()
        by_member = [row[name] for row in rows("kpixl_member_targets")]
        assert by_member == targets.members(stage.event).reshape(months * members).tolist()
        assert [row[name] for row in rows("kpixl_by_member")] == targets.members(stage.event).sum(axis=0).tolist()
        assert [row[name] for row in rows("kpixl_stretch_targets")] == targets.stretched[place].tolist()
    tree = load(computed, data_only=True)["KPIツリー"]
    for stage in plan.stages:  # as of the plan's first day, the tree shows its first month
        box = next(cell for row in tree.iter_rows() for cell in row if cell.value == stage.name)
        assert box.offset(1, 0).value == targets.team(stage.event)[0]
    revenue = [row["売上"] for row in rows("kpixl_team")]
    assert revenue == pytest.approx(targets.team("revenue").tolist())
    assert sum(revenue) >= plan.goal.value - 1e-6


def _numbers(targets: Targets) -> list[Any]:
    return [targets.by_channel.tolist(), targets.by_member.tolist()]
