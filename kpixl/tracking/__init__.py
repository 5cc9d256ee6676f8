"""Plan × facts → frames: attainment, status, gap, members. `track` makes them all for one day."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import pandas as pd

from kpixl.engine.answers import Answer
from kpixl.engine.thresholds import DAYS_AROUND_A_MEASURE as LONGEST
from kpixl.engine.thresholds import MONTHS_KEPT as SHORTEST
from kpixl.plan import NOTHING_CLOSED, REVENUE, History, Plan, Span, SpanKind, Targets, span_of
from kpixl.tracking.actions import Action, Counted, Outcome, Pending, Standing, counted, outcomes
from kpixl.tracking.advice import Certainty, Found, Person, Point, for_steps, person, suggested
from kpixl.tracking.agenda import MOST_TASKS, Task, agenda, channel_standing, span_days
from kpixl.tracking.breakdown import breakdown, unlisted
from kpixl.tracking.by_hand import enterable, followed_by_hand, last_typed, typed_by_hand
from kpixl.tracking.changes import Change, InForce, changes, in_force, months_before
from kpixl.tracking.closing import Closing, close, kept
from kpixl.tracking.day_shares import DayBasis, DayShares, day_shares
from kpixl.tracking.deals import known_deals
from kpixl.tracking.deals_to_come import LandingBasis, ToCome, deals_to_come
from kpixl.tracking.gap import bottleneck, bridged, funnel_gap, impossible, waterfall
from kpixl.tracking.improvement import most_improved
from kpixl.tracking.indicators import attained, measured
from kpixl.tracking.insights import Insight, Kind, Ledger, Versus, ledger, standing_out
from kpixl.tracking.levers import Lever, Outlook, drivers, outlook
from kpixl.tracking.maturity import Basis, Matured, bases, matured
from kpixl.tracking.members import MemberFrames, Own, members
from kpixl.tracking.progress import burn_up, progress
from kpixl.tracking.recent import at_recent_rates, most_per_case, recent_counts, recent_span, taken
from kpixl.tracking.recorded import Unjudged, unjudged, unjudged_of
from kpixl.tracking.review import attainment, judged, market_changes, monthly, triggers
from kpixl.tracking.values import (
    VALUE_COLUMNS,
    between,
    followed_measures,
    kpi_values,
    numerator,
    records,
    side_events,
    total,
    totals,
    totals_by,
)
from kpixl.tracking.variation import FewData, variation
from kpixl.tracking.weeks import MOST_WEEKS, weeks

__all__ = [
    "LONGEST",
    "MOST_TASKS",
    "MOST_WEEKS",
    "SHORTEST",
    "VALUE_COLUMNS",
    "Action",
    "Basis",
    "Certainty",
    "Change",
    "Closing",
    "Counted",
    "DayBasis",
    "DayShares",
    "FewData",
    "Found",
    "InForce",
    "Insight",
    "Kind",
    "LandingBasis",
    "Lever",
    "Matured",
    "MemberFrames",
    "Outcome",
    "Outlook",
    "Own",
    "Pending",
    "Person",
    "Point",
    "Standing",
    "Task",
    "ToCome",
    "Tracking",
    "Unjudged",
    "Versus",
    "agenda",
    "attained",
    "bases",
    "between",
    "bottleneck",
    "breakdown",
    "bridged",
    "burn_up",
    "channel_standing",
    "counted",
    "day_shares",
    "deals_to_come",
    "drivers",
    "enterable",
    "followed_by_hand",
    "followed_measures",
    "for_steps",
    "impossible",
    "kept",
    "kpi_values",
    "last_typed",
    "measured",
    "months_before",
    "most_improved",
    "most_per_case",
    "numerator",
    "outlook",
    "person",
    "progress",
    "recent_counts",
    "recent_span",
    "records",
    "side_events",
    "span_days",
    "suggested",
    "taken",
    "total",
    "totals",
    "totals_by",
    "track",
    "unjudged",
    "unjudged_of",
    "unlisted",
    "variation",
    "waterfall",
    "weeks",
]


@dataclass(frozen=True, eq=False)
class Tracking(Answer):
    """Everything a workbook shows of a plan as of a day: the targets, the values, and the frames made of them.

    `span` is what `progress`, `gap` and `members` are about: the month of the day, in a report its week or quarter too.
    `values` are what is counted, by day or, of very many facts, mostly by month; `by_day` are then those of the team by
    day. `by_hand` are the entries of what is followed by hand, `deals` the deals as of the day (`tracking.deals`), None
    where none are known, `matured` the rates of those that can be followed. `shares` says how much of a month is due by
    each day, `to_come` what the deals bring in the rest of it.
    """

    plan: Plan
    targets: Targets
    as_of: dt.date
    span: Span
    values: pd.DataFrame
    by_hand: pd.DataFrame
    progress: pd.DataFrame
    gap: pd.DataFrame
    members: MemberFrames
    monthly: pd.DataFrame
    attainment: pd.DataFrame
    triggers: dict[str, list[str]]
    in_force: dict[str, InForce]
    changes: tuple[Change, ...]
    actions: tuple[Action | None, ...]
    outcomes: tuple[Outcome | Pending | None, ...]
    closing: Closing
    by_day: pd.DataFrame
    deals: pd.DataFrame | None
    matured: Matured
    shares: DayShares
    to_come: ToCome

    def kpi(self, key: str) -> dict[str, Any]:
        """Return the row of a KPI in the progress of the span."""
        return dict(self._by_kpi[key])

    @cached_property
    def _by_kpi(self) -> dict[str, dict[str, Any]]:
        return {row["kpi"]: row for row in records(self.progress)}

    @cached_property
    def unknown(self) -> frozenset[str]:
        """The KPIs whose actuals of the span are unknown."""
        why = {key: row["unjudged"] for key, row in self._by_kpi.items()}
        return frozenset(key for key, reason in why.items() if reason and Unjudged(reason).unknown)

    @cached_property
    def bases(self) -> tuple[Basis, ...]:
        """What the rate of each step rests on, in the span."""
        return bases(self.plan, self.matured, float(self.span.business_days))

    @cached_property
    def untouched(self) -> bool:
        """Whether nothing at all was achieved so far in a span that goes on, so that there is nothing to judge yet."""
        return self.as_of < self.span.end and not self.achieved

    @cached_property
    def achieved(self) -> bool:
        """Whether anything was achieved in the span so far."""
        return bool(self.progress["actual"].any())

    @property
    def goal(self) -> dict[str, float]:
        """The revenue with what is secured already, which comes by itself: as the revenue's row in the progress."""
        row, existing, to_date = self.kpi(REVENUE), self.targets.existing, self.targets.secured(self.as_of)
        of_span, so_far = float(self.span.of(existing)), float(self.span.due(self.as_of) @ existing)
        secured = {"target": of_span, "actual": so_far, "target_to_date": to_date, "actual_to_date": to_date}
        return {figure: float(row[figure]) + more for figure, more in secured.items()}

    @cached_property
    def ledger(self) -> Ledger:
        """What each step, channel and member made of the plan until now (`kpixl.tracking.insights`)."""
        return ledger(self.plan, self.targets, self.values, self.as_of, self.span)

    @cached_property
    def insights(self) -> tuple[Insight, ...]:
        """What made the span what it is, beyond chance, the largest in money first (`kpixl.tracking.insights`)."""
        return standing_out(self.ledger, actions=self.actions, outcomes=self.outcomes)

    @property
    def bottleneck(self) -> dict[str, Any] | None:
        """The step that costs the most, if any costs anything (see `kpixl.tracking.gap.bottleneck`)."""
        return bottleneck(self.gap)


def track(
    plan: Plan,
    facts: pd.DataFrame,
    entries: pd.DataFrame,
    as_of: dt.date | None = None,
    *,
    known: Mapping[str, InForce] | None = None,
    actions: tuple[Action | None, ...] = (),
    history: History = NOTHING_CLOSED,
    whole: bool = False,
    daily: pd.DataFrame | None = None,
    listed: tuple[pd.DataFrame, pd.DataFrame] | None = None,
    kind: SpanKind = SpanKind.MONTH,
) -> Tracking:
    """Compare `facts` and `entries` with the plan as of a day (today, or the nearest day of the plan).

    `kind` says of what: of the month of the day, of its week or of its quarter.
    `known` are the targets that have been in force until now, by the KPI's name; `actions` is the log of measures, an
    entry for each of its rows (None where it says no day). `history` are the closed months, whose targets stay unless
    the settings are to hold for the `whole` period; months that are over by now are closed with them. Where `facts`
    are by month but for those of the span, `daily` are those of the team by day. `listed` are the deals as their
    lists have them, and the events with an id: where deals can be followed, so are the rates of the funnel. A plan that
    asks for recent rates is tracked at them (`kpixl.tracking.recent`).
    """
    today = as_of or dt.date.today()
    day = plan.period.nearest(today)
    values = kpi_values(plan, facts, entries)
    plan = at_recent_rates(plan, values, day)
    targets, closing = close(plan, history, today, in_use=bool(len(values)), whole=whole)
    by_day = values if daily is None else kpi_values(plan, daily, entries)
    shares = day_shares(plan, by_day, day)
    span = span_of(plan.period, kind, day)
    varied = variation(plan, targets, facts if daily is None else daily, by_day, day, shares, span)
    ratios = dict(zip(varied["kpi"], varied["dispersion"], strict=True))
    deals = known_deals(*listed, day) if listed else None
    to_come = deals_to_come(plan, targets, by_day, deals, day, ratios[plan.stages[-1].event], span)
    of_span = progress(plan, targets, values, day, varied["dispersion"], varied["drift"], shares, to_come.by_kpi, span)
    by_month = monthly(plan, values, day)
    known_months = judged(plan, values, day)
    holding = in_force(plan, targets, values, known or {}, day)
    market = market_changes(plan, actions, day)
    rates_of_deals = matured(plan, deals, values, day)
    return Tracking(
        plan,
        targets,
        day,
        span,
        values,
        typed_by_hand(plan, entries),
        of_span,
        funnel_gap(plan, of_span, targets.unit_value_of(span), rates_of_deals, float(span.business_days)),
        members(plan, targets, values, day, rates_of_deals, shares, span),
        by_month,
        attainment(plan, targets, by_month, day, known=known_months, shares=shares),
        triggers(plan, targets, by_month, day, in_force=holding, known=known_months, market=market),
        holding,
        changes(known or {}, holding),
        actions,
        outcomes(plan, by_day, actions, day),
        closing,
        by_day,
        deals,
        rates_of_deals,
        shares,
        to_come,
    )
