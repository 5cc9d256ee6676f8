"""Who has improved most: each member against their own months before, not against the others.

A step's rate counts as improved only where its rise is more than chance (`engine.effect`), at a confidence that allows
for looking at every member and step at once (Bonferroni). Beside it stands the rise in attainment, which may be chance.
"""

import datetime as dt

import numpy as np
import pandas as pd

from kpixl import engine
from kpixl.engine.rates import Verdict
from kpixl.engine.thresholds import FALSE_ALARMS, MONTHS_BEFORE
from kpixl.plan import Plan, Span, SpanKind, Targets, span_of
from kpixl.tracking.changes import months_before
from kpixl.tracking.maturity import Matured, too_slow, unfollowed
from kpixl.tracking.recorded import unjudged_of
from kpixl.tracking.values import between, stage_counts, totals_by

__all__ = ["improvement", "most_improved"]


def improvement(
    plan: Plan,
    targets: Targets,
    values: pd.DataFrame,
    attainment: pd.DataFrame,
    as_of: dt.date,
    matured: Matured | None = None,
    span: Span | None = None,
) -> pd.DataFrame:
    """Return how far each member has come since before the `span`, the month of `as_of` by default.

    What is missing has no before. `attainment` is that of the span so far by member and KPI. Columns:
    attainment_before (of the span before) and attainment (medians over the member's KPIs), change; step (the one whose
    rate rose most, beyond chance), rate_before (of up to three months before), rate, difference, p. A step that takes
    longer than the span is not compared; how long it takes is known of the deals followed (`matured`) and from the
    settings.
    """
    span = span or span_of(plan.period, SpanKind.MONTH, as_of)
    names = [member.name for member in plan.members]
    keys = [kpi.key for kpi in plan.personal_kpis]
    before = _before(plan, targets, values, span.earlier)[keys].median(axis=1)
    now = attainment[keys].median(axis=1)
    frame = pd.DataFrame({"attainment_before": before, "attainment": now, "change": now - before}, index=names)
    return frame.join(_rises(plan, values, as_of, matured or unfollowed(plan), span))


def most_improved(frame: pd.DataFrame) -> str | None:
    """Return who has improved most: by a rate's rise beyond chance, where there is none by attainment, else nobody."""
    for column in ("difference", "change"):
        rises = frame[column].dropna()
        if len(rises) and rises.max() > 0:
            return str(rises.idxmax())
    return None


def _before(plan: Plan, targets: Targets, values: pd.DataFrame, span: Span | None) -> pd.DataFrame:
    """Return the attainment of the span before by member and KPI; missing where it lies before the plan."""
    names = [member.name for member in plan.members]
    keys = [kpi.key for kpi in plan.kpis]
    if span is None:
        return pd.DataFrame(np.nan, index=names, columns=keys)
    mine = between(values, span.start, span.end)
    actual = pd.DataFrame({key: totals_by(mine, "member", key, names) for key in keys}, index=names)
    target = pd.DataFrame({key: span.of(targets.members(key)) for key in keys}, index=names)
    shares = (actual / target).where((target > 0) & (actual >= 0))
    shares[list(unjudged_of(plan, values, span, span.end))] = np.nan
    return shares


def _rises(plan: Plan, values: pd.DataFrame, as_of: dt.date, matured: Matured, span: Span) -> pd.DataFrame:
    """Return for each member the step whose rate rose most among those that rose beyond chance."""
    start, first = span.start, max(months_before(span.start, MONTHS_BEFORE), plan.period.start)
    before = stage_counts(plan, between(values, first, start - dt.timedelta(days=1)))
    now = stage_counts(plan, between(values, start, as_of))
    tested = (before[:-1] > 0) & (now[:-1] > 0) & (before[1:] <= before[:-1]) & (now[1:] <= now[:-1])
    tested &= (before[1:] >= 0) & (now[1:] >= 0)
    tested[0] &= not plan.is_activity(0)
    tested &= ~too_slow(plan, matured, span.business_days)[:, None]
    confidence = 1 - FALSE_ALARMS / max(tested.sum(), 1)
    pairs = [counts[tested] for counts in (before[1:], before[:-1], now[1:], now[:-1])]
    rows: list[tuple[str | float, ...]] = []
    if tested.any():
        found = engine.effect(*pairs, confidence=confidence)
        steps, people = np.nonzero(tested)
        told = zip(steps.tolist(), people.tolist(), pairs[0] / pairs[1], pairs[2] / pairs[3], strict=True)
        better = np.equal(found.verdict, Verdict.BETTER.value)
        rows = [
            (plan.members[person].name, plan.step_name(step), *rates, difference, p)
            for (step, person, *rates), difference, p, is_better in zip(
                told, np.atleast_1d(found.difference), np.atleast_1d(found.p), np.atleast_1d(better), strict=True
            )
            if is_better
        ]
    rises = pd.DataFrame(rows, columns=["member", "step", "rate_before", "rate", "difference", "p"])
    return rises.sort_values("difference", ascending=False).drop_duplicates("member").set_index("member")
