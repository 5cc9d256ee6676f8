"""What to do this week: the steps that cost the month most, what each takes a day, and who is furthest behind.

A step that falls short of the plan is worth its effect in revenue (`tracking.gap`); those that cost most come first.
What its stage has to bring on each business day that is left is plain arithmetic on the month's target.
"""

from collections.abc import Container, Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from kpixl.plan import Kpi
from kpixl.tracking.gap import costly_steps
from kpixl.tracking.values import between, totals_by

if TYPE_CHECKING:
    from kpixl.tracking import Tracking

__all__ = ["MOST_TASKS", "Task", "agenda", "channel_standing", "span_days"]

MOST_TASKS = 3
_MOST_NAMES = 2


@dataclass(frozen=True)
class Task:
    """A step to work on: `kind` is volume, activity (per head) or rate.

    `needed` is what its stage has to bring on each business day that is left of the month, `so_far` what it has brought
    on each until now; `planned` and `reached` are the volumes or rates of the step, `effect` what it costs in revenue,
    below zero. `who` are the channels (of a volume) or members furthest behind, with their attainment to date; of a
    rate only those who are low in it beyond chance.
    """

    kind: str
    stage: str
    above: str | None
    needed: float
    so_far: float
    planned: float
    reached: float
    effect: float
    who: Mapping[str, float]


def agenda(tracking: "Tracking") -> tuple[Task, ...]:
    """Return the steps to work on in what is left of the month, the costliest first; none when no day is left."""
    done, left = span_days(tracking)
    if not done or not left or tracking.untouched:
        return ()
    return tuple(_task(tracking, row, done, left) for row in costly_steps(tracking.gap)[:MOST_TASKS])


def span_days(tracking: "Tracking") -> tuple[float, float]:
    """Return the business days of the tracked span that are over, and those that are left."""
    return tracking.span.done_and_left(tracking.as_of)


def channel_standing(tracking: "Tracking", kpi: str) -> dict[str, tuple[float, float]]:
    """Return what each channel should have brought of a KPI by now, and what it has brought."""
    names = [channel.name for channel in tracking.plan.channels]
    due = tracking.shares.due(kpi, tracking.span, tracking.as_of) @ tracking.targets.channels(kpi)
    made = totals_by(between(tracking.values, tracking.span.start, tracking.as_of), "channel", kpi, names)
    return dict(zip(names, zip(due.tolist(), made.tolist(), strict=True), strict=True))


def _task(tracking: "Tracking", row: dict[str, Any], done: float, left: float) -> Task:
    kpi = next(kpi for kpi in tracking.plan.kpis if kpi.name == row["name"])
    month = tracking.kpi(kpi.key)
    kind = "volume" if row["stage_above"] is None else "activity" if row["activity"] else "rate"
    if kind == "volume":
        standing = {name: made / due for name, (due, made) in channel_standing(tracking, kpi.key).items() if due > 0}
    else:
        attainment, asked = tracking.members.attainment[kpi.key].dropna(), _answerable(tracking, kpi, kind)
        standing = {str(name): float(share) for name, share in attainment.items() if name in asked}
    return Task(
        kind,
        kpi.name,
        row["stage_above"],
        max(0.0, float(month["target"] - month["actual"])) / left,
        float(month["actual"]) / done,
        float(row["planned"]),
        float(row["reached"]),
        float(row["effect"]),
        dict(_behind(standing.items())),
    )


def _answerable(tracking: "Tracking", kpi: Kpi, kind: str) -> Container[object]:
    """Return whom a step may be put to: all who carry its volume; of a rate only who is low in it beyond chance."""
    if kind == "activity":
        return tracking.members.attainment.index if kpi in tracking.plan.personal_kpis else ()
    step = tracking.plan.step_name([stage.event for stage in tracking.plan.stages].index(kpi.key) - 1)
    skills = tracking.members.skills
    return skills.index[skills[step] < 0] if step in skills else ()


def _behind(standing: Iterable[tuple[str, float]]) -> list[tuple[str, float]]:
    """Return the few who are furthest behind, of those that are."""
    return sorted(((name, share) for name, share in standing if share < 1), key=lambda one: one[1])[:_MOST_NAMES]
