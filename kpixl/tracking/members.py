"""How the members stand: each against their own targets, who leads, and what each is strong in.

Whole numbers leave some with a target of 0. That does not put them last: where people are compared, a target of 0
counts as one order, the smallest whole number.
"""

import datetime as dt
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from kpixl.engine.answers import Answer
from kpixl.plan import Plan, Span, SpanKind, Targets, span_of
from kpixl.tracking.day_shares import DayShares
from kpixl.tracking.improvement import improvement
from kpixl.tracking.maturity import Matured, unfollowed
from kpixl.tracking.ranking import ranking
from kpixl.tracking.recorded import unjudged_of
from kpixl.tracking.skills import skills, step_counts
from kpixl.tracking.values import between, records, totals_by
from kpixl.tracking.workload import workload

__all__ = ["MemberFrames", "Own", "members"]

_ROUNDING = 1e-12


@dataclass(frozen=True)
class Own:
    """What was due of a member, what they did and their attainment, by KPI; `place` is that in the plan."""

    place: int
    pace: dict[str, float]
    actual: dict[str, float]
    attainment: dict[str, float]

    @property
    def recorded(self) -> bool:
        """Whether anything at all was recorded of the member in the span."""
        return any(self.actual.values())


@dataclass(frozen=True, eq=False)
class MemberFrames(Answer):
    """The members in three frames with a row per member and a column per KPI: pace, actual, attainment.

    `rank` orders the members by attainment of the orders, then of the stages before; `skills` says for each member
    which steps are a strength (+1) or a weakness (-1), a column per step. `ranking`, `improvement` and `workload` are
    those of the modules of these names. `compared` is the attainment of the orders by which people are compared.
    """

    pace: pd.DataFrame
    actual: pd.DataFrame
    attainment: pd.DataFrame
    skills: pd.DataFrame
    rank: pd.Series
    compared: pd.Series
    ranking: pd.DataFrame
    improvement: pd.DataFrame
    workload: pd.DataFrame

    def mvp(self) -> str | None:
        """Return who leads the members that are on or above their pace of the orders, if anybody is."""
        reached = self.rank[self.compared >= 1 - _ROUNDING]
        return str(reached.idxmin()) if len(reached) else None

    def steps(self, name: str, sign: int) -> list[str]:
        """Return the steps in which a member is strong (+1) or weak (-1)."""
        return [step for step, own in self._signs[name].items() if own == sign]

    def overloads(self, name: str) -> list[dict[str, Any]]:
        """Return the rows of `workload` that say that more is asked of a member than they can do."""
        return self._overloads.get(name, [])

    def of(self, name: str) -> Own:
        """Return the figures of one member."""
        return self._own[name]

    def beside_others(self, name: str, step: str) -> tuple[tuple[float, float], tuple[float, float]]:
        """Return what a member won at a step and of how many, then what all others did, as `ranking` has it."""
        own, whole = self._won[step][name], self._won[step][""]
        return own, (whole[0] - own[0], whole[1] - own[1])

    @cached_property
    def team(self) -> dict[str, float]:
        """What all members of the plan did, by KPI."""
        return {str(kpi): float(done) for kpi, done in self.actual.sum().items()}

    @cached_property
    def _own(self) -> dict[str, Own]:
        figures = zip(*(records(frame) for frame in (self.pace, self.actual, self.attainment)), strict=True)
        named = zip(self.pace.index, figures, strict=True)
        return {str(name): Own(place, *own) for place, (name, own) in enumerate(named)}

    @cached_property
    def _won(self) -> dict[str, dict[str, tuple[float, float]]]:
        """What was won at each step and of how many, by member, and under "" by all of them."""
        found: dict[str, dict[str, tuple[float, float]]] = {}
        for step, rows in self.ranking.groupby("step", sort=False):
            won, tried = (rows[column].astype(float) for column in ("successes", "trials"))
            mine = dict(zip(rows["member"], zip(won.tolist(), tried.tolist(), strict=True), strict=True))
            found[str(step)] = mine | {"": (float(won.sum()), float(tried.sum()))}
        return found

    @cached_property
    def _signs(self) -> dict[str, dict[str, int]]:
        return dict(zip(self.skills.index, records(self.skills), strict=True))

    @cached_property
    def _overloads(self) -> dict[str, list[dict[str, Any]]]:
        found: dict[str, list[dict[str, Any]]] = {}
        for row in records(self.workload[self.workload["load"] > 1]):
            found.setdefault(row["member"], []).append(row)
        return found


def members(
    plan: Plan,
    targets: Targets,
    values: pd.DataFrame,
    as_of: dt.date,
    matured: Matured | None = None,
    shares: DayShares | None = None,
    span: Span | None = None,
) -> MemberFrames:
    """Return how each member of the plan stands in the `span` until `as_of` (by default its month).

    `matured` are the rates of followed deals; the pace goes by the days of `shares`.
    """
    period, matured = plan.period, matured or unfollowed(plan)
    span = span or span_of(period, SpanKind.MONTH, as_of)
    weighed, order = shares or DayShares(period), plan.stages[-1].event
    mine = between(values, span.start, as_of)
    names = [member.name for member in plan.members]
    keys = [kpi.key for kpi in plan.kpis]
    pace = pd.DataFrame({key: weighed.due(key, span, as_of) @ targets.members(key) for key in keys}, index=names)
    actual = pd.DataFrame({key: totals_by(mine, "member", key, names) for key in keys}, index=names)
    attainment = (actual / pace).where((pace > 0) & (actual >= 0))
    attainment[list(unjudged_of(plan, values, span, as_of))] = np.nan
    so_far = between(values, period.start, as_of)
    won, tried = step_counts(plan, so_far, matured, float(period.calendar.count(period.start, as_of)))
    strengths = skills(plan, won, tried)
    due = weighed.due(order, span, as_of)
    compared = _compared(plan, due @ targets.members(order), actual, min(float(due.sum()), 1.0))
    return MemberFrames(
        pace,
        actual,
        attainment,
        strengths,
        _rank(plan, actual, compared),
        compared,
        ranking(plan, won, tried, strengths),
        improvement(plan, targets, values, attainment, as_of, matured, span),
        workload(plan, targets, values, as_of),
    )


def _compared(plan: Plan, due: NDArray[np.float64], actual: pd.DataFrame, share: float) -> pd.Series:
    """Return the attainment of the orders, of a target of 0 that of a single order; missing before anything is due."""
    yardstick = np.where(due > 0, due, share)
    return (actual[plan.stages[-1].event] / yardstick).where(yardstick > 0)


def _rank(plan: Plan, actual: pd.DataFrame, compared: pd.Series) -> pd.Series:
    """Rank by attainment of the orders; ties by their number, then by the stages before, from the last up."""
    stages = [stage.event for stage in reversed(plan.stages)]
    order = pd.concat([compared.fillna(0), actual[stages]], axis=1)
    keys = [tuple(row) for row in order.round(9).to_numpy()]
    return pd.Series([1 + sum(other > key for other in keys) for key in keys], index=actual.index)
