"""The settings from top to bottom: what must be typed first is first, and every list has room for more."""

import datetime as dt
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from kpixl.plan import Channel, Plan
from kpixl.workbook.blocks import Sheet, Table
from kpixl.workbook.refresh import refresh
from kpixl.workbook.sheets.settings import sheet
from kpixl.workbook.signals import rules
from kpixl.workbook.state import new_state
from kpixl.xlsx import Package
from kpixl.xlsx.address import Area

_CHANNEL = Channel("Web", 1.0, (0.5, 0.5, 0.5))


def _standing(small_plan: Callable[..., Plan], **changes: Any) -> Sheet:
    return sheet(new_state(small_plan(**changes)))


def _top(settings: Sheet, name: str) -> int:
    return settings.table(f"kpixl_{name}").area.top


def test_the_goal_the_channels_and_the_members_come_first(small_plan: Callable[..., Plan]) -> None:
    settings = _standing(small_plan)
    unit_value = next(block for block in settings.blocks if block.name == "kpixl_unit_value").area.top
    first = [_top(settings, "kgis"), unit_value, _top(settings, "channels"), _top(settings, "members")]
    later = [_top(settings, name) for name in ("csfs", "stages", "levels", "seasonality", "closures")]
    assert first == sorted(first)
    assert max(first) < min(later)
    assert settings.table("kpixl_kgis").columns[1].key == "goal_value"


def test_a_list_with_something_below_has_rows_to_type_into(small_plan: Callable[..., Plan]) -> None:
    settings = _standing(small_plan)
    for table in settings.tables:
        below = Area(table.area.left, table.area.bottom + 1, table.area.right, 1 << 20)
        others = [other for other in settings.tables if other is not table and other.area.overlaps(below)]
        if others and table.name not in ("kpixl_stages", "kpixl_seasonality"):
            assert _blank(table) >= 2, table.name


def _blank(table: Table) -> int:
    return sum(all(value in (None, "") for value in row) for row in table.rows)


def test_what_is_side_by_side_never_wraps(small_plan: Callable[..., Plan]) -> None:
    settings = _standing(small_plan)
    top = _top(settings, "stages")
    beside = {table.name for table in settings.tables if table.area.top >= top}
    assert beside == {"kpixl_stages", "kpixl_levels", "kpixl_seasonality", "kpixl_closures"}
    assert all(len(str(value)) < 15 for name in beside for row in settings.table(name).rows for value in row)


@pytest.mark.parametrize(
    ("mix", "shown", "told"), [((0.6, 0.4), 1.0, "ちょうど100%"), ((0.333, 0.333), 0.666, "100%ではありません")]
)
def test_the_total_of_the_mix_says_whether_it_is_whole(
    small_plan: Callable[..., Plan], mix: tuple[float, float], shown: float, told: str
) -> None:
    channels = tuple(Channel(name, part, (0.5, 0.5, 0.5)) for name, part in zip("AB", mix, strict=True))
    settings = _standing(small_plan, channels=channels)
    [[total, note]] = next(block for block in settings.blocks if block.name == "kpixl_mix_total").rows
    assert total.content.value == pytest.approx(shown)
    assert told in note.content.value


def test_a_member_typed_into_a_spare_row_belongs_to_the_plan(
    small_book: Callable[..., Path], typing: Callable[..., None], table_rows: Callable[..., Any]
) -> None:
    path = small_book()
    rows = table_rows(path, "kpixl_members")
    typing(path, "kpixl_members", len(rows), {"担当": "高橋"})  # the last of the blank rows
    refresh(path, as_of=dt.date(2026, 9, 18))
    assert "高橋" in {row["担当"] for row in table_rows(path, "kpixl_by_member")}


def test_the_rates_of_the_last_months_are_offered_from_thirty_cases_on(
    small_book: Callable[..., Path], importing: Callable[..., Any]
) -> None:
    """In September: 40 leads and 10 appointments from the web, so a rate of 25 %; too few appointments for the next."""
    path = small_book(channels=(_CHANNEL,))
    events = [*["リード"] * 40, *["アポ"] * 10, *["商談"] * 5]
    rows = [(f"2026-09-{day % 28 + 1:02}", event, "佐藤", "Web", "") for day, event in enumerate(events)]
    refresh(path, imported=importing(*rows), as_of=dt.date(2026, 10, 15))
    with Package.open(path) as book:
        title, cells = book.names["kpixl_recent_rates"].split("!")
        grid = book.values(title.strip("'"), Area.parse(cells.replace("$", "")))
    rates = 2 + (len(grid) - 1) // 2
    assert str(grid[0][0]) == "直近3か月の実績（2026/7〜2026/9）"
    assert grid[2][:5] == ["Web", 40, 10, 5, 0]
    assert [value or None for value in grid[rates][:5]] == ["Web", None, 0.25, None, None]


def test_a_mix_that_is_not_whole_is_marked() -> None:
    [rule] = rules("mix_total")
    assert (rule["criteria"], rule["minimum"], rule["maximum"]) == ("not between", 0.9995, 1.0005)
