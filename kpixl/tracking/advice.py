"""What to talk about with a person, and what to do about a gap: findings, how sure each is, and measures of a playbook.

What is beyond chance comes first: the month's insights, then strengths and weaknesses since the plan began
(`tracking.skills`). After these come the steps that cost the person's month most; they may be chance, and say so. A
measure is suggested for a gap that is there and has a size, and for nothing else.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from itertools import islice
from typing import TYPE_CHECKING, Any

from kpixl.plan import REVENUE
from kpixl.plan.playbook import GapKind, Measure, Playbook
from kpixl.tracking.gap import costly_steps
from kpixl.tracking.insights import Insight, Kind, Versus
from kpixl.tracking.maturity import Basis

if TYPE_CHECKING:
    from kpixl.tracking import Tracking

__all__ = ["MOST_POINTS", "Certainty", "Found", "Person", "Point", "for_steps", "person", "suggested"]

MOST_POINTS = 3
_LEAST = 1.0  # counts: a smaller gap is nothing to talk about
_GAPS = {
    Kind.VOLUME: GapKind.VOLUME,
    Kind.ACTIVITY: GapKind.ACTIVITY,
    Kind.RATE: GapKind.RATE,
    Kind.MEASURE: GapKind.RATE,
    Kind.VALUE: GapKind.VALUE,
}
_OF_SKILL = (Kind.RATE, Kind.ACTIVITY)


class Certainty(StrEnum):
    """How sure it is: beyond chance this month or since the plan began, perhaps chance, or just what a target lacks."""

    MONTH = "month"
    START = "start"
    OPEN = "open"
    TARGET = "target"


@dataclass(frozen=True)
class Found:
    """A finding about a person, and how sure it is; since the plan began its counts are those since then."""

    insight: Insight
    certainty: Certainty


@dataclass(frozen=True)
class Point:
    """Something to talk about, with measures for it."""

    found: Found
    measures: tuple[Measure, ...]


@dataclass(frozen=True)
class Person:
    """What stands out about a person beyond chance, if anything does, and what to talk about."""

    strength: Found | None
    growth: Found | None
    points: tuple[Point, ...]


def suggested(tracking: "Tracking", playbook: Playbook, insight: Insight) -> tuple[Measure, ...]:
    """Return the measures of a playbook for an insight that cost something, the most fitting first."""
    if insight.yen >= 0 or insight.kind not in _GAPS:
        return ()
    return _measures(tracking, playbook, insight, _GAPS[insight.kind])


def for_steps(tracking: "Tracking", playbook: Playbook) -> tuple[tuple[dict[str, Any], Measure], ...]:
    """Return the steps of the funnel that cost most, as `costly_steps` does, each with a measure for it.

    A measure is named once, and a step that the playbook has nothing for is left out. What a step costs may be chance.
    """
    stages = {stage.name: stage.event for stage in tracking.plan.stages}
    found: list[tuple[dict[str, Any], Measure]] = []
    for row in costly_steps(tracking.gap):
        above = row["stage_above"]
        kind = GapKind.VOLUME if above is None else GapKind.ACTIVITY if row["activity"] else GapKind.RATE
        fitting = playbook.chosen(
            kind,
            stages[row["name"]],
            above=stages.get(above, ""),
            person=False,
            running=tracking.as_of < tracking.span.end,
        )
        taken = [measure for _, measure in found]
        found += [(row, one) for one in fitting if one not in taken][:1]
    return tuple(found[:MOST_POINTS])


def person(tracking: "Tracking", playbook: Playbook, name: str) -> Person:
    """Return what stands out about a member of the plan, and what to talk about with them.

    Beyond chance are the month's insights about them, then the steps in which they differ from the others since the
    plan began. The points are the gaps, those beyond chance first, each kind of step once, and the strength last.
    """
    of_month = [Found(one, Certainty.MONTH) for one in tracking.insights if one.member == name]
    since_start = list(_skills(tracking, name))
    strengths = [one for one in of_month if one.insight.yen > 0 and one.insight.kind in _OF_SKILL]
    weak = [one for one in of_month if one.insight.yen < 0 and one.insight.kind in (*_OF_SKILL, Kind.STOPPED)]
    strengths += [one for one in since_start if one.insight.yen > 0]
    weak += [one for one in since_start if one.insight.yen < 0]
    gaps = _each_once([*weak, *_open(tracking, name), *_below_target(tracking, name)])
    strength = strengths[0] if strengths else None
    return Person(strength, weak[0] if weak else None, _points(tracking, playbook, gaps, strength))


def _points(
    tracking: "Tracking", playbook: Playbook, gaps: Iterable[Found], strength: Found | None
) -> tuple[Point, ...]:
    found: list[Point] = []
    taken: set[str] = set()
    room = MOST_POINTS - (strength is not None)

    def add(about: Found, kind: GapKind, most: int) -> None:
        fitting = (
            one for one in _measures(tracking, playbook, about.insight, kind, person=True) if one.key not in taken
        )
        if measures := tuple(islice(fitting, most)):
            taken.update(one.key for one in measures)
            found.append(Point(about, measures))

    listed = [one for one in gaps if one.insight.kind in _GAPS]
    for one in listed:
        if len(found) < room:
            add(one, _GAPS[one.insight.kind], 1 if len(listed) > 1 else 2)
    if strength:
        add(strength, GapKind.STRENGTH, 1)
    return tuple(found)


def _measures(
    tracking: "Tracking", playbook: Playbook, found: Insight, kind: GapKind, *, person: bool | None = None
) -> tuple[Measure, ...]:
    plan, day = tracking.plan, tracking.as_of
    month = plan.period.month_of(day)
    since = plan.period.month_of(found.since) if found.since else 0
    return playbook.chosen(
        kind,
        found.kpi,
        above=found.above,
        person=bool(found.member) if person is None else person,
        running=day < tracking.span.end,
        months=month + 1 - since if found.level is not None else 0,
    )


def _each_once(listed: Iterable[Found]) -> list[Found]:
    """Return the first of each step."""
    first: dict[str, Found] = {}
    for one in listed:
        first.setdefault(one.insight.kpi, one)
    return list(first.values())


def _skills(tracking: "Tracking", name: str) -> Iterator[Found]:
    """Yield the steps in which a member differs from the others since the plan began, the largest in yen first."""
    frames, plan = tracking.members, tracking.plan
    worth = tracking.ledger.worth[:, -1]
    apart = {*frames.steps(name, 1), *frames.steps(name, -1)}
    found = []
    for place, (upper, lower) in enumerate(zip(plan.stages, plan.stages[1:], strict=False)):
        step = plan.step_name(place)
        if step not in apart:
            continue
        (won, tried), (others_won, others_tried) = frames.beside_others(name, step)
        usual = others_won / others_tried * tried
        found.append(
            Insight(
                kind=Kind.RATE,
                kpi=lower.event,
                yen=(won - usual) * float(worth[place + 1]),
                actual=won,
                reference=usual,
                above=upper.event,
                of=tried,
                member=name,
                versus=Versus.OTHERS,
            )
        )
    yield from (Found(one, Certainty.START) for one in sorted(found, key=lambda one: -abs(one.yen)))


def _open(tracking: "Tracking", name: str) -> Iterator[Found]:
    """Yield what each step of the span lacks for a member, the largest in yen first, be it chance or not."""
    plan, ledger = tracking.plan, tracking.ledger
    slow = [
        (above.event, into.event)
        for above, into, basis in zip(plan.stages, plan.stages[1:], tracking.bases, strict=False)
        if basis is Basis.SLOW
    ]
    inside = ledger.counts.in_span
    place = tracking.members.of(name).place
    found = []
    for step in ledger.steps:
        if (step.above, step.kpi) in slow:
            continue  # the orders of the span come of meetings of another
        if not step.by_member or step.kpi == REVENUE or not step.judged[inside].all():
            continue
        got, due, of = (one[inside, :, place].sum(axis=0) for one in (step.brought, step.due, step.tried))
        if due.sum() - got.sum() < _LEAST or due.sum() <= 0:
            continue
        found.append(
            Insight(
                kind=step.kind if step.carried or step.kind is not Kind.RATE else Kind.ACTIVITY,
                kpi=step.kpi,
                yen=float(((got - due) * step.worth).sum()),
                actual=float(got.sum()),
                reference=float(due.sum()),
                p=1.0,
                above=step.above or "",
                of=float(of.sum()),
                member=name,
            )
        )
    lacking = (one for one in found if one.yen < 0)
    yield from (Found(one, Certainty.OPEN) for one in sorted(lacking, key=lambda one: one.yen))


def _below_target(tracking: "Tracking", name: str) -> Iterator[Found]:
    """Yield what a member did too little of, of the first stage that has targets for members, if that is so."""
    first, own = tracking.plan.stages[1], tracking.members.of(name)
    wanted, actual = own.pace[first.event], own.actual[first.event]
    if tracking.kpi(first.event)["unjudged"] or actual <= 0 or wanted - actual < _LEAST:
        return
    yen = (actual - wanted) * float(tracking.ledger.worth[1, -1])
    yield Found(Insight(Kind.ACTIVITY, first.event, yen, actual, wanted, member=name), Certainty.TARGET)
