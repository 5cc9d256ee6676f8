"""Imported facts and typed entries become the same values."""

import datetime as dt
from collections import Counter

import pandas as pd
import pytest

from kpixl.plan import Plan
from kpixl.tracking import VALUE_COLUMNS, kpi_values, total, totals_by, track

_FACTS = ["date", "member", "channel", "event", "source", "count", "amount", "minutes"]


def _facts(*rows: tuple[str, str, int, float]) -> pd.DataFrame:
    made = [(pd.Timestamp(day), "佐藤", "Web", event, "crm", count, amount, 0.0) for day, event, count, amount in rows]
    return pd.DataFrame(made, columns=_FACTS)


def test_an_order_counts_once_as_an_order_and_its_amount_as_revenue(september: Plan) -> None:
    facts = _facts(("2026-09-03", "won", 2, 3_500_000), ("2026-09-04", "lost", 4, 0), ("2026-09-04", "lead", 9, 0))
    values = kpi_values(september, facts, pd.DataFrame(columns=VALUE_COLUMNS))
    kpis = ("revenue", "lead", "appointment", "won")
    assert [total(values, kpi) for kpi in kpis] == [3_500_000, 9, 0, 2]


def test_typed_entries_add_to_imported_facts(september: Plan) -> None:
    typed = pd.DataFrame([(dt.date(2026, 9, 5), "鈴木", "", "won", 3)], columns=VALUE_COLUMNS)
    values = kpi_values(september, _facts(("2026-09-03", "won", 2, 0)), typed)
    assert total(values, "won") == 5


@pytest.mark.parametrize("column", ["member", "channel"])
def test_names_are_codes_and_sum_up_as_the_rows_do(september: Plan, column: str) -> None:
    days, members, channels = pd.date_range("2026-09-01", "2026-09-30"), ["佐藤", "鈴木", "高橋"], ["Web", "展示会", ""]
    keys = pd.MultiIndex.from_product([days, members, channels, ["lead", "won"]]).tolist()
    facts = pd.DataFrame([(*key, "crm", place % 5, place * 1e5, 0.0) for place, key in enumerate(keys)], columns=_FACTS)
    values = kpi_values(september, facts, pd.DataFrame(columns=VALUE_COLUMNS))
    sums: Counter[str] = Counter()
    for place, (_, member, channel, event) in enumerate(keys):
        if event == "won":
            sums[member if column == "member" else channel] += place * 100_000
    assert values["kpi"].dtype == "category"
    assert totals_by(values, column, "revenue", [*sums]).tolist() == [*sums.values()]


def test_a_day_outside_the_plan_is_tracked_as_its_nearest_day(september: Plan) -> None:
    nothing = (pd.DataFrame(columns=_FACTS), pd.DataFrame(columns=VALUE_COLUMNS))
    days = [track(september, *nothing, day).as_of for day in (dt.date(2020, 1, 1), dt.date(2030, 1, 1))]
    assert days == [dt.date(2026, 9, 1), dt.date(2026, 9, 30)]
