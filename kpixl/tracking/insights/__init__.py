"""What happened in a month, a week or a quarter, ranked by what it is worth: the findings for the report.

Each is beyond chance or not told at all. Every figure that is looked at may stand out by luck, so the more are looked
at the more an answer must stand out (Benjamini and Hochberg, `engine.discoveries`). None is better than noise: one in
which nothing stands out says so.
"""

import datetime as dt
from collections.abc import Sequence

import numpy as np
import pandas as pd

from kpixl.engine.discoveries import discoveries
from kpixl.engine.thresholds import INSIGHTS_BY_LUCK, SHIFT
from kpixl.plan import Plan, Span, SpanKind, Targets, span_of
from kpixl.tracking.actions import Action, Outcome, Pending
from kpixl.tracking.insights.concentrated import concentration
from kpixl.tracking.insights.counts import Counts
from kpixl.tracking.insights.found import Insight, Kind, Versus
from kpixl.tracking.insights.ledger import Ledger, contributions
from kpixl.tracking.insights.measures import attributed, measures
from kpixl.tracking.insights.people import joined, stopped
from kpixl.tracking.insights.records import record
from kpixl.tracking.insights.shifted import Shift, looks, shifted

_LEAST = 1.0  # cases that a week or quarter must show of a shift; of what an order brings, a tenth of one
_LEAST_VALUE = 0.1

__all__ = ["Insight", "Kind", "Ledger", "Versus", "contributions", "insights", "ledger", "standing_out"]


def ledger(plan: Plan, targets: Targets, values: pd.DataFrame, as_of: dt.date, span: Span | None = None) -> Ledger:
    """Return what each step, channel and member of a plan made of it until a day of a span, by default its month."""
    return Ledger(plan, targets, Counts(plan, values, as_of, span or span_of(plan.period, SpanKind.MONTH, as_of)))


def insights(
    plan: Plan,
    targets: Targets,
    values: pd.DataFrame,
    as_of: dt.date,
    *,
    actions: Sequence[Action | None] = (),
    outcomes: Sequence[Outcome | Pending | None] = (),
    span: Span | None = None,
) -> tuple[Insight, ...]:
    """Return what made a span (by default the month) until `as_of` what it is, the largest in yen first.

    Nothing where nothing stands out. What stands out is told from the months of the plan whatever the span is, so that
    a week claims nothing that its months would not; the figures are those of the span.
    `values` are the KPI values (`kpi_values`), `actions` the log of measures and `outcomes` what became of each.
    """
    return standing_out(ledger(plan, targets, values, as_of, span), actions=actions, outcomes=outcomes)


def standing_out(
    book: Ledger, *, actions: Sequence[Action | None] = (), outcomes: Sequence[Outcome | Pending | None] = ()
) -> tuple[Insight, ...]:
    """Return the insights of a ledger; see `insights`."""
    plan, off = book.plan, shifted(book)
    others = [*joined(book), *stopped(book), *concentration(book), *record(book)]
    asked = looks(book) + 2 * len(plan.members) + len(plan.channels) + len(plan.members) + 1
    p = np.array([*(shift.p for shift in off), *(one.p for one in others)])
    named = discoveries(p, looks=max(asked, len(p)), false_alarms=INSIGHTS_BY_LUCK)
    people = {one.member for one, sure in zip(others, named[len(off) :], strict=True) if sure and _of_person(one)}
    found = [one for shift, sure in zip(off, named, strict=False) if sure and (one := _insight(book, shift))]
    found = [one for one in found if not (one.member in people and one.kind is Kind.ACTIVITY)]
    found += [one for one, sure in zip(others, named[len(off) :], strict=True) if sure]
    found = attributed(book, found, actions)
    found += measures(book, found, actions, outcomes)
    return tuple(sorted(found, key=lambda one: -abs(one.yen)))


def _of_person(insight: Insight) -> bool:
    return insight.kind in (Kind.JOINED, Kind.STOPPED)


def _insight(book: Ledger, shift: Shift) -> Insight | None:
    """Return the insight of a shift: held against the plan where it is off that, else against what was before.

    A week or a quarter may go against a shift of months, or show nothing of it: then there is none.
    """
    plan, step, subject = book.plan, shift.step, shift.subject
    kind = step.kind
    if kind is Kind.RATE and subject.member is not None and not step.carried:
        kind = Kind.ACTIVITY
    rose = not shift.since or shift.level > shift.before
    off_plan = not shift.since or (shift.level >= 1 + SHIFT if rose else shift.level <= 1 - SHIFT)
    reference = shift.expected * (1.0 if off_plan else shift.before)
    beside = abs(shift.expected - shift.planned) > 1e-9 * max(shift.planned, 1.0)
    if book.counts.span.kind is not SpanKind.MONTH:
        usual = 1.0 if off_plan else shift.before
        seen = (shift.actual - reference) * np.sign(shift.level - usual)
        if seen < (_LEAST_VALUE if kind is Kind.VALUE else _LEAST) or (step.above and shift.tried <= 0):
            return None
    return Insight(
        kind=kind,
        kpi=step.kpi,
        yen=(shift.actual - reference) * shift.worth,
        actual=shift.actual,
        reference=reference,
        p=shift.p,
        above=step.above or "",
        of=shift.tried,
        channel="" if subject.channel is None else plan.channels[subject.channel].name,
        member="" if subject.member is None else plan.members[subject.member].name,
        versus=Versus.BEFORE if not off_plan else Versus.OTHERS if beside else Versus.PLAN,
        since=plan.period.starts[shift.since] if shift.since else None,
        level=shift.level,
        before=shift.before if shift.since else None,
    )
