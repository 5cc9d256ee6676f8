"""Which KPIs should the plan follow?

A good KPI can be measured without effort, can be changed by the person who is asked, is understood by everybody, and
moves the goal. The first three are judged by people, from 1 to 3; the fourth follows from the plan's own formula,

    revenue = secured + Σ channels: first stage × rate × … × rate × value of an order,

as an elasticity: by what part of one percent the revenue grows when the KPI grows by one percent. All four weigh
alike, so that the score runs from 3 to 12:

    score = measurable + controllable + understandable + 3 · min(elasticity, 1).

Few KPIs are better than many: a team can follow five to eight, of which three to five measure each person. What the
plan has chosen is kept, main KPIs first, as long as there is room and no rating speaks against it. Candidates are taken
up to the smallest numbers, for a success factor that no KPI serves, and where all KPIs lead or all of them lag.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from kpixl import engine
from kpixl.engine.thresholds import PERSON_KPIS, TEAM_KPIS
from kpixl.plan.glossary import AMOUNT, COUNT, MAIN, PERSON, RATINGS, TIMINGS, Indicator
from kpixl.plan.model import Plan
from kpixl.plan.once import once_per_plan

__all__ = ["PERSON_KPIS", "TEAM_KPIS", "Score", "Suggestion", "elasticity", "select"]

_DIGITS = 9  # a difference beyond these is rounding, not a stronger effect


class Suggestion(StrEnum):
    """What to do with a KPI: keep or drop a chosen one; take a candidate for persons or for the team, or leave it."""

    KEEP = "keep"
    DROP = "drop"
    PERSON = "person"
    TEAM = "team"
    LEAVE = "leave"


@dataclass(frozen=True)
class Score:
    """A KPI with its elasticity (None: not in the plan's formula), its score from 3 to 12, and what to do with it."""

    indicator: Indicator
    effect: float | None
    total: float
    suggestion: Suggestion


def select(plan: Plan) -> tuple[Score, ...]:
    """Score the KPIs and candidates of a plan, in its order, and say which to keep, drop, take or leave."""
    known = _elasticities(plan)
    effects = {one: _effect(plan, one, known) for one in plan.indicators}
    totals = {one: _total(one, effect) for one, effect in effects.items()}
    taken = _taken(plan, totals)
    return tuple(
        Score(one, effect, totals[one], taken.get(one, Suggestion.DROP if one.chosen else Suggestion.LEAVE))
        for one, effect in effects.items()
    )


def elasticity(plan: Plan, indicator: Indicator) -> float | None:
    """Return by what part of one percent the revenue grows when a KPI grows by one percent.

    None for what is not in the plan's formula: neither the volume of a stage, nor the rate between two stages, nor
    the revenue of orders. A KPI of all channels grows in each of them; one of a single channel moves only its part.
    """
    return _effect(plan, indicator, _elasticities(plan))


def _effect(plan: Plan, indicator: Indicator, known: Mapping[str, float]) -> float | None:
    driver = _driver(plan, indicator)
    places = [place for place, one in enumerate(plan.channels) if indicator.channel in ("", one.name)]
    return round(sum(known[f"{driver}_{place}"] for place in places), _DIGITS) if driver and places else None


def _driver(plan: Plan, indicator: Indicator) -> str | None:
    """Return which factor of a channel's revenue grows with the KPI; a rate over several steps grows with its first."""
    stages = [stage.event for stage in plan.stages]
    event, base = indicator.event, indicator.base
    if event not in stages or (base and base not in stages):
        return None
    if indicator.measure == AMOUNT:
        return "worth" if event == stages[-1] else None
    if indicator.measure != COUNT:
        return None
    if not base:
        return "volume"
    step = stages.index(base)
    return f"rate{step}" if stages.index(event) > step else None


@once_per_plan
def _elasticities(plan: Plan) -> Mapping[str, float]:
    """Return the elasticity of every factor of the plan's formula, by its name and the place of its channel."""
    goal, mix = plan.goal, sum(channel.mix for channel in plan.channels)
    values, terms = {"secured": goal.existing}, ["secured"]
    for place, (channel, worth) in enumerate(zip(plan.channels, plan.unit_values.tolist(), strict=True)):
        orders = (goal.value - goal.existing) * channel.mix / mix / worth
        volume = engine.backsolve(orders, 1.0, channel.rates, rounding="none", max_rate=float("inf"))[0]
        rates = {f"rate{step}_{place}": rate for step, rate in enumerate(channel.rates)}
        factors = {f"volume_{place}": float(volume), **rates, f"worth_{place}": worth}
        values |= factors
        terms.append("*".join(factors))
    found = engine.sensitivity("+".join(terms), list(values), list(values.values()))
    return dict(zip(found.driver, found.elasticity.tolist(), strict=True))


def _total(indicator: Indicator, effect: float | None) -> float:
    rated = indicator.measurable + indicator.controllable + indicator.understandable
    return rated + RATINGS[-1] * min(effect or 0.0, 1.0)


def _taken(plan: Plan, totals: dict[Indicator, float]) -> dict[Indicator, Suggestion]:
    """Return what to keep and what to take; persons come first, since by their KPIs the team is measured too."""
    sound = [one for one in totals if RATINGS[0] not in (one.measurable, one.controllable, one.understandable)]
    best = sorted(sound, key=lambda one: (one.role != MAIN, -totals[one]))
    chosen, candidates = [one for one in best if one.chosen], [one for one in best if not one.chosen]
    kept = [one for one in chosen if one.scope == PERSON][: PERSON_KPIS[1]]
    theirs = [one for one in candidates if one.scope in (PERSON, "") and one.controllable == RATINGS[-1]]
    personal = theirs[: max(PERSON_KPIS[0] - len(kept), 0)]
    kept += [one for one in chosen if one.scope != PERSON][: TEAM_KPIS[1] - len(kept) - len(personal)]
    taken = kept + personal
    for key, wanted in (*(("csf", csf.name) for csf in plan.csfs), *(("timing", timing) for timing in TIMINGS)):
        if len(taken) < TEAM_KPIS[1] and all(getattr(one, key) != wanted for one in taken):
            taken += [one for one in candidates if getattr(one, key) == wanted][:1]
    taken += [one for one in candidates if one not in taken][: max(TEAM_KPIS[0] - len(taken), 0)]
    found = {one: Suggestion.KEEP if one.chosen else Suggestion.TEAM for one in taken}
    return found | dict.fromkeys(personal, Suggestion.PERSON)
