"""Is this a good KPI of this plan?

The five criteria of SMART (`engine.smart`) with what a plan knows: the target that is typed or follows from the funnel,
its unit, the end of the period, and whether the KPI moves the revenue by formula or serves a success factor.
"""

from numpy.typing import ArrayLike

from kpixl import engine
from kpixl.plan.glossary import Indicator
from kpixl.plan.selection import elasticity
from kpixl.plan.targets import Targets

__all__ = ["judge", "target_of"]


def judge(
    targets: Targets, indicator: Indicator, *, target: float | None = None, history: ArrayLike = ()
) -> tuple[engine.Judgement, ...]:
    """Judge a KPI by the criteria of SMART.

    `history` are its actuals of earlier periods, which `target` is of the same length as; without it, the target of
    the whole period is judged.
    """
    plan = targets.plan
    wanted = target_of(targets, indicator) if target is None else target
    linked = elasticity(plan, indicator) is not None or indicator.csf in {csf.name for csf in plan.csfs}
    return engine.smart(indicator.name, wanted, indicator.unit, plan.period.end, history=history, linked=linked)


def target_of(targets: Targets, indicator: Indicator) -> float | None:
    """Return the target of a KPI for the whole period: the one typed for it, else what the funnel asks."""
    return targets.planned(indicator) if indicator.target is None else indicator.target
