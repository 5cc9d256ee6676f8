"""What is followed by hand is worth what was typed last, and is no part of the funnel's KPIs."""

import datetime as dt
from collections.abc import Callable

import pandas as pd
import pytest

from kpixl.plan import Indicator, Kgi, Plan, Stage
from kpixl.tracking import enterable, followed_by_hand, kpi_values, last_typed, side_events, track
from kpixl.tracking.by_hand import typed_by_hand

_KPIS = (
    Indicator("NPS", role="sub", target=30),
    Indicator("市場シェア", unit="%", target=0.2),
    Indicator("返信の速さ"),
    Indicator("成約率", "won", "meeting", role="sub", target=0.3),
    Indicator("開封率", "email_opened", "email_sent", target=0.25),
)
_KGIS = (Kgi("売上", "revenue", 50_000_000, priority=1), Kgi("粗利益", value=20_000_000, priority=2))


@pytest.fixture
def plan(small_plan: Callable[..., Plan]) -> Plan:
    """The small plan with KPIs and a KGI that nothing is counted for, and a candidate that nobody follows."""
    return small_plan(indicators=_KPIS, kgis=_KGIS)


def _entries(plan: Plan, *rows: tuple[dt.date, str, float]) -> pd.DataFrame:
    keys = enterable(plan)
    found = [(day, "", "", keys[name], value) for day, name, value in rows]
    return pd.DataFrame(found, columns=["date", "member", "channel", "kpi", "value"])


def test_followed_by_hand_is_what_nothing_is_counted_for(plan: Plan) -> None:
    assert [one.name for one in followed_by_hand(plan)] == ["NPS", "市場シェア", "粗利益"]


def test_it_may_be_typed_beside_what_is_counted(plan: Plan) -> None:
    names = ["売上", "リード", "アポ", "商談", "受注", "メール開封", "メール送信", "NPS", "市場シェア", "粗利益"]
    assert list(enterable(plan)) == names
    assert side_events(plan) == ["email_opened", "email_sent"]


@pytest.mark.parametrize("name", ["商談", "Leads", "leads"])
def test_what_is_called_like_something_counted_is_that(small_plan: Callable[..., Plan], name: str) -> None:
    stages = small_plan().stages
    renamed = small_plan(
        stages=(Stage("lead", "Leads"), *stages[1:]), indicators=(Indicator(name, role="sub", target=9),)
    )
    assert followed_by_hand(renamed) == ()
    assert list(enterable(renamed)) == ["売上", "Leads", "アポ", "商談", "受注"]


def test_the_last_value_of_a_span_counts(plan: Plan) -> None:
    """Rows stand as they were typed: the 18th before the 10th, and the 18th was corrected below."""
    day = dt.date(2026, 9, 18)
    rows = ((day, "NPS", 28.0), (dt.date(2026, 9, 10), "NPS", 31.0), (day, "NPS", 26.5), (day, "粗利益", 4e6))
    typed = typed_by_hand(plan, _entries(plan, *rows, (day, "商談", 3.0)))
    assert last_typed(typed, "NPS", dt.date(2026, 9, 1), dt.date(2026, 9, 30)) == 26.5
    assert last_typed(typed, "NPS", dt.date(2026, 9, 1), dt.date(2026, 9, 17)) == 31.0
    assert last_typed(typed, "NPS", dt.date(2026, 9, 19), dt.date(2026, 9, 30)) is None
    assert last_typed(typed, "市場シェア", dt.date(2026, 9, 1), dt.date(2026, 9, 30)) is None
    assert last_typed(typed, "粗利益", day, day) == 4e6


def test_it_is_no_part_of_what_is_counted(plan: Plan) -> None:
    facts = pd.DataFrame(columns=["date", "member", "channel", "event", "source", "count", "amount", "minutes"])
    entries = _entries(plan, (dt.date(2026, 9, 3), "NPS", 28.0), (dt.date(2026, 9, 3), "商談", 2.0))
    assert kpi_values(plan, facts, entries)[["kpi", "value"]].to_numpy().tolist() == [["meeting", 2.0]]
    found = track(plan, facts, entries, dt.date(2026, 9, 18))
    assert found.progress["actual"].sum() == 2
    assert found.by_hand["value"].tolist() == [28.0]
