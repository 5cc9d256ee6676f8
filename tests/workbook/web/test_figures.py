"""Values as a page shows them: what Excel shows for the same value, number format and conditional formats."""

import datetime as dt
from typing import Any

import pytest

from kpixl.plan.currency import paid_in
from kpixl.workbook.web.figures import formatted, shown


@pytest.mark.parametrize(
    ("value", "number", "text"),
    [
        (1234567, "#,##0", "1,234,567"),
        (2.5, "#,##0", "3"),  # Excel rounds halves away from zero
        (-2.5, "#,##0", "-3"),
        (-0.4, "#,##0", "0"),
        (0.0455, "0.0%", "4.6%"),  # 4.55 % in decimals, although a little less in binary
        (-0.046, "+0.0%;▲0.0%;0.0%", "▲4.6%"),
        (0, "+#,##0;▲#,##0;0", "0"),
        (0, "+#,##0;▲#,##0;", ""),
        (1.25, '0.0#"×"', "1.25×"),
        (0.5, "[>=1000]#,##0;[<=-1000]-#,##0;General", "0.5"),
        (-12345.6, "[>=1000]#,##0;[<=-1000]-#,##0;General", "-12,346"),
        (850, "[$-409]#,##0_0", "850"),
        (3, '"○ "0%_0', "○ 300%"),
        (dt.date(2026, 2, 3), "yyyy/mm/dd", "2026/02/03"),
        (dt.date(2026, 2, 3), "mmm yyyy", "Feb 2026"),
        (dt.date(2026, 2, 3), 'yy"年"m"月"', "26年2月"),
        (dt.datetime(2026, 2, 3, 9, 5), "yyyy/mm/dd hh:mm", "2026/02/03 09:05"),
        ("リード", "#,##0", "リード"),
        (None, "#,##0", ""),
    ],
)
def test_formats(value: Any, number: str, text: str) -> None:
    assert formatted(value, number) == text


@pytest.mark.parametrize(("value", "text"), [(1.0, "○ 100%"), (0.95, "△ 95%"), (0.5, "× 50%"), (None, "")])
def test_attainment_has_its_sign(value: float | None, text: str) -> None:
    assert shown(value, "attainment", "ja").text == text


def test_good_and_bad_differ_in_colour_and_bars_are_scaled_by_the_column() -> None:
    good, bad = (shown(value, "variance", "ja", (0.5, -0.25, None)) for value in (0.5, -0.25))
    assert good.colour != bad.colour
    assert good.bar
    assert bad.bar
    assert (good.bar[:2], bad.bar[:2]) == ((50, 100), (25, 50))
    assert shown("× 未達", "status", "ja").bold


def test_amounts_are_in_the_currency_in_force() -> None:
    with paid_in("USD"):
        assert shown(1200, "money", "en").text == "$1,200"
    assert shown(-1200, "gap_money", "ja").text == "▲1,200円"
