"""One month of the small plan's team, and values in one line."""

import datetime as dt
from collections.abc import Callable
from dataclasses import replace

import pandas as pd
import pytest

from kpixl.plan import Channel, Plan
from kpixl.tracking import VALUE_COLUMNS


@pytest.fixture
def september(small_plan: Callable[..., Plan]) -> Plan:
    """A month of 19 business days in which 525 leads, 105 appointments and 84 meetings make 25 orders of 200万円."""
    plan = small_plan(channels=(Channel("Web", 1, (0.2, 0.8, 0.3)),))
    return replace(plan, period=replace(plan.period, months=1))


@pytest.fixture
def values() -> Callable[..., pd.DataFrame]:
    """KPI values from rows of (day of September 2026, member, channel, KPI, value)."""

    def make(*rows: tuple[int, str, str, str, float]) -> pd.DataFrame:
        dated = [(dt.date(2026, 9, day), *rest) for day, *rest in rows]
        frame = pd.DataFrame(dated, columns=VALUE_COLUMNS)
        return frame.assign(date=pd.to_datetime(frame["date"]))

    return make
