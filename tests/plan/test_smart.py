"""A KPI of a plan against SMART: its target from the funnel, its link to the goal by formula or by success factor."""

from collections.abc import Callable

import pytest

from kpixl.plan import Indicator, Plan, SuccessFactor, set_targets
from kpixl.plan.smart import judge, target_of
from kpixl.plan.targets import Targets


@pytest.fixture
def targets(small_plan: Callable[..., Plan]) -> Targets:
    """The targets of the small plan, which has one success factor."""
    return set_targets(small_plan(csfs=(SuccessFactor("満足"),)))


@pytest.mark.parametrize(
    ("kpi", "wanted"),
    [
        (Indicator("商談数", "meeting"), 70),
        (Indicator("Web の商談数", "meeting", channel="Web"), 20),
        (Indicator("受注率", "won", "meeting"), 25 / 70),
        (Indicator("展示会の受注率", "won", "meeting", channel="展示会"), 0.3),
        (Indicator("売上高", "won", measure="amount"), 50_000_000),
        (Indicator("平均受注単価", "won", "won", measure="amount"), 2_000_000),
        (Indicator("受注率", "won", "meeting", target=0.4), 0.4),
        (Indicator("NPS"), None),
        (Indicator("架電数", "call"), None),
        (Indicator("着電率", "meeting", "call"), None),
        (Indicator("紹介の商談数", "meeting", channel="紹介"), None),
        (Indicator("商談の時間", "meeting", measure="minutes"), None),
        (Indicator("商談の金額", "meeting", measure="amount"), None),
    ],
)
def test_the_target_is_typed_or_follows_from_the_funnel(targets: Targets, kpi: Indicator, wanted: float | None) -> None:
    assert target_of(targets, kpi) == wanted


def _failed(targets: Targets, kpi: Indicator, **more: object) -> list[str]:
    return [str(one.criterion) for one in judge(targets, kpi, **more) if not one.passed]  # type: ignore[arg-type]


def test_what_moves_the_revenue_or_serves_a_success_factor_is_relevant(targets: Targets) -> None:
    assert "relevant" not in _failed(targets, Indicator("商談数", "meeting"))
    assert "relevant" not in _failed(targets, Indicator("NPS", csf="満足"))
    assert "relevant" in _failed(targets, Indicator("NPS", csf="別の要因"))
    assert "relevant" in _failed(targets, Indicator("NPS"))


def test_a_target_without_a_number_or_unit_is_not_measurable(targets: Targets) -> None:
    assert "measurable" in _failed(targets, Indicator("NPS", unit="点"))
    assert "measurable" in _failed(targets, Indicator("商談数", "meeting"))
    assert "measurable" not in _failed(targets, Indicator("商談数", "meeting", unit="件"))


def test_a_month_is_held_against_months(targets: Targets) -> None:
    meetings = Indicator("商談数", "meeting", unit="件")
    assert _failed(targets, meetings, target=36, history=[30, 30]) == []  # 1.2 times the best
    assert _failed(targets, meetings, target=37, history=[30, 30]) == ["achievable"]
    assert _failed(targets, meetings, history=[30, 30]) == ["achievable"]  # 70 in the whole period
