"""Which measures it was: those behind a change, and what became of the others.

A rate that moved in the month of a measure for its step is told with it. A measure whose difference stands out among
the days on which nothing was done counts as well; one that made no difference is told as such, worth nothing.
"""

import datetime as dt
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from kpixl.engine.thresholds import DAYS_AROUND_A_MEASURE
from kpixl.plan import Plan, SpanKind
from kpixl.tracking.actions import Action, Outcome, Pending, Standing
from kpixl.tracking.changes import months_before
from kpixl.tracking.insights.found import Insight, Kind, Versus
from kpixl.tracking.insights.ledger import Ledger

__all__ = ["attributed", "measures"]

_RECENT = 6  # months in which a measure is still news
_AROUND = 31  # days between a measure and the first day of the month in which its step is seen to move


def attributed(ledger: Ledger, found: list[Insight], actions: Sequence[Action | None]) -> list[Insight]:
    """Return the insights, with the text of the measure or trouble that a change came with."""
    return [replace(one, note=_cause(ledger.plan, one, actions)) for one in found]


def measures(
    ledger: Ledger,
    found: Sequence[Insight],
    actions: Sequence[Action | None],
    outcomes: Sequence[Outcome | Pending | None],
) -> list[Insight]:
    """Return an insight for each recent measure that had an effect, or none, and is not told already."""
    since = months_before(ledger.counts.as_of, _RECENT)
    told = {one.note for one in found if one.note}
    made = []
    for action, outcome in zip(actions, outcomes, strict=True):
        if not action or not isinstance(outcome, Outcome) or action.day < since or action.note in told:
            continue
        if outcome.days < DAYS_AROUND_A_MEASURE or outcome.overlaps:
            continue
        if outcome.standing in (Standing.EFFECT, Standing.NONE):
            made.append(_measure(ledger, action, outcome))
    return made


def _measure(ledger: Ledger, action: Action, outcome: Outcome) -> Insight:
    """Return what became of a measure: its difference, on as many as were tried in the span, in a quarter since it."""
    plan = ledger.plan
    place = _places(plan)[action.step]
    worth = float(ledger.worth[place + 1][-1])
    counts = ledger.counts
    since = np.array([end >= action.day for *_, end in counts.spans]) | (counts.span.kind is not SpanKind.QUARTER)
    tried = float(counts.stage(place)[counts.in_span & since].sum())
    effective = outcome.standing is Standing.EFFECT
    return Insight(
        kind=Kind.MEASURE,
        kpi=plan.stages[place + 1].event,
        yen=outcome.difference * tried * worth if effective else 0.0,
        actual=outcome.after * outcome.trials_after,
        reference=outcome.before * outcome.trials_after,
        p=outcome.placebo_p if effective else 1.0,
        above=plan.stages[place].event,
        of=outcome.trials_after,
        versus=Versus.BEFORE,
        since=action.day,
        note=action.note,
    )


def _cause(plan: Plan, insight: Insight, actions: Sequence[Action | None]) -> str:
    """Return the entry of the log that is about the step of a change and began with it, "" where there is none."""
    since = insight.since
    if since is None or insight.kind is not Kind.RATE or insight.channel or insight.member:
        return ""
    steps = {plan.stages[place + 1].event: step for step, place in _places(plan).items()}
    near = [
        action
        for action in actions
        if action
        and action.note
        and action.step == steps[insight.kpi]
        and abs(action.day - since) <= dt.timedelta(days=_AROUND)
    ]
    return min(near, key=lambda action: abs(action.day - since)).note if near else ""


def _places(plan: Plan) -> dict[str, int]:
    return {plan.step_name(place): place for place in range(len(plan.stages) - 1)}
