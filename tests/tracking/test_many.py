"""Very many values are tracked by code: the same figures as of few."""

import datetime as dt
from collections.abc import Callable

import pandas as pd
import pytest

from kpixl.plan import Plan
from kpixl.tracking import VALUE_COLUMNS, track, values


def test_the_figures_are_the_same(small_plan: Callable[..., Plan], monkeypatch: pytest.MonkeyPatch) -> None:
    days = pd.date_range("2026-09-01", "2026-10-15").astype("datetime64[s]")
    keys = pd.MultiIndex.from_product(
        [days, ["佐藤", "鈴木", "高橋"], ["Web", "展示会", ""], ["lead", "appointment", "meeting", "won"]]
    )
    facts = keys.to_frame(index=False, name=["date", "member", "channel", "event"])
    counts = [float(n % 5) for n in range(len(facts))]
    facts = facts.assign(source="log", count=counts, amount=[one * 1e5 for one in counts], minutes=0.0)
    plan, entries, day = small_plan(), pd.DataFrame(columns=VALUE_COLUMNS), dt.date(2026, 10, 15)
    few = track(plan, facts, entries, day)
    monkeypatch.setattr(values, "_MANY", 10)
    many = track(plan, facts, entries, day)
    assert many.values["kpi"].dtype == "category"
    for name in ("progress", "gap", "monthly", "attainment"):
        pd.testing.assert_frame_equal(getattr(few, name), getattr(many, name))
    assert few.members == many.members
    assert few.in_force == many.in_force
