"""Where the funnel is off: steps, channels and members that are off their plan, or off what they were, beyond chance.

One thing moves many figures: a member who books less lowers the team's rate, a channel that fades the team's leads. So
the most striking one is taken first, what it explains is taken off all others, and these are asked again, until nothing
stands out. The variation of each is told from its own months and weeks, drawn towards that of its kind where it is
short (`engine.shift`).
"""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from kpixl.engine.shift import Shifts, moving_scale, shifts, usual_scale
from kpixl.tracking.insights.counts import Floats
from kpixl.tracking.insights.found import Kind
from kpixl.tracking.insights.ledger import Ledger, Step

__all__ = ["Shift", "Subject", "looks", "shifted"]

_PRIOR_DEGREES = 6.0  # that the variation of a kind is worth, beside a channel's or member's own
_FLOOR = 0.05  # least variance by mean of what hardly varies by itself, such as what orders bring
_RECORDED = 0.5  # of the weeks must show something before they tell of a variation
_USUAL_DEGREES = {Kind.RATE: 20.0}  # people and channels differ in their rates, hardly in how these vary
_CANDIDATE = 0.05  # of p: what is less sure on its own is not sure among others


class Subject(NamedTuple):
    """Whose step it is: the place of a channel or of a member in the plan; everybody's, where both are None."""

    channel: int | None = None
    member: int | None = None

    @property
    def kind(self) -> int:
        """0: everybody, 1: a channel, 2: a member."""
        return 1 if self.channel is not None else 2 if self.member is not None else 0

    @property
    def cells(self) -> tuple[slice, int | slice, int | slice]:
        """Where it stands among counts by week, channel and member."""
        whole = slice(None)
        return whole, whole if self.channel is None else self.channel, whole if self.member is None else self.member


@dataclass(frozen=True)
class Shift:
    """A step that is off.

    `since` is the number of the month since which it is, 0 for all along; `level` and `before` are what came by what
    was planned. `actual`, `expected` (with all other shifts taken as given), `planned` and `tried` are of the
    span, `worth` is what one of the difference is worth there.
    """

    step: Step
    subject: Subject
    since: int
    level: float
    before: float
    p: float
    actual: float
    expected: float
    planned: float
    tried: float
    worth: float


def looks(ledger: Ledger) -> int:
    """Return how many series are looked at."""
    return sum(len(_subjects(ledger, step)) for step in ledger.steps)


def shifted(ledger: Ledger) -> list[Shift]:
    """Return the shifts of every step, those of a step in the order in which they stand out."""
    return [shift for step in ledger.steps for shift in _of_step(ledger, step)]


def _subjects(ledger: Ledger, step: Step) -> list[Subject]:
    channels, members = (np.flatnonzero(ledger.counts.recorded(axis)).tolist() for axis in (1, 2))
    found = [Subject()]
    if step.by_channel and len(ledger.plan.channels) > 1 and step.kind is not Kind.ACTIVITY:  # more of it is not better
        found += [Subject(channel=place) for place in channels]
    if step.by_member and len(ledger.plan.members) > 1 and step.kind is not Kind.VALUE:  # a few deals each
        found += [Subject(member=place) for place in members]
    return found


def _of_step(ledger: Ledger, step: Step) -> list[Shift]:
    subjects, months = _subjects(ledger, step), ledger.counts.month_of
    if not step.judged.any():
        return []
    brought = np.where(step.judged[:, None, None], step.brought, 0.0)
    expected = np.where(step.judged[:, None, None], step.due, 0.0)
    taken: list[tuple[int, Shifts]] = []
    open_to = np.array((_series(brought, subjects) >= 0).all(axis=1))  # no test fits a week of more cancellations
    while True:
        got, due = (_series(one, subjects) for one in (brought, expected))
        found = _found(step, np.maximum(got, 0.0), due, months, subjects)
        p = np.where(open_to, found.p, 1.0)
        best = int(np.lexsort((-np.abs(found.size), p))[0])
        if p[best] > _CANDIDATE:
            break
        taken.append((best, found))
        open_to[best] = False
        expected = _explained(expected, subjects[best], found, best, months)
    beside = np.divide(expected, step.due, out=np.ones_like(expected), where=step.due > 0)
    return [_shift(ledger, step, subjects[place], found, place, step.expected * beside) for place, found in taken]


def _explained(expected: Floats, subject: Subject, found: Shifts, place: int, months: NDArray[np.int64]) -> Floats:
    """Return what is expected with a shift taken as given."""
    after = months >= found.since[place]
    before = found.before[place] if found.since[place] else 1.0
    factor = np.where(after, found.level[place], before)
    explained = expected.copy()
    cells = subject.cells
    explained[cells] = (expected[cells].T * factor).T
    return explained


def _shift(
    ledger: Ledger,
    step: Step,
    subject: Subject,
    found: Shifts,
    place: int,
    explained: Floats,
) -> Shift:
    last = ledger.counts.in_span
    cells = subject.cells
    since, level, before = int(found.since[place]), float(found.level[place]), float(found.before[place])
    factor = np.where(ledger.counts.month_of >= since, level, before)[last]
    alone = (explained[cells][last].T, step.expected[cells][last].T)
    beside = np.divide(alone[0], factor, out=alone[1].copy(), where=factor > 0).T
    worth = np.broadcast_to(step.worth[None, :, None], step.brought.shape)[cells][last]
    whole = float(beside.sum())
    return Shift(
        step,
        subject,
        since,
        level,
        before,
        float(found.p[place]),
        float(step.brought[cells][last].sum()),
        whole,
        float(step.expected[cells][last].sum()),
        float(step.tried[cells][last].sum()),
        float((beside * worth).sum() / whole) if whole else float(worth.mean()),
    )


def _found(step: Step, got: Floats, due: Floats, months: NDArray[np.int64], subjects: list[Subject]) -> Shifts:
    """Return the most striking shift of each series, by its own variation and that which is usual of its kind."""
    monthly, due_monthly = _by_month(got, months), _by_month(due, months)
    floor = _floor(step, got)
    least, degrees = np.full(len(got), floor), np.full(len(got), np.inf)
    if not step.days:  # what comes later than it was tried misses its own week, which is no variation
        weekly, freedom = moving_scale(got, due)
        shown = (got > 0).sum(axis=1) >= _RECORDED * (due > 0).sum(axis=1)
        weekly, freedom = _drawn(np.where(shown, weekly, 0.0), np.where(shown, freedom, 0.0), subjects)
        degrees = np.where(weekly > floor, freedom, degrees)
        least = np.maximum(weekly, floor)
    kinds = np.array([subject.kind for subject in subjects])
    usual = np.full(len(got), np.nan)
    for kind in (0, 1, 2):
        alike = kinds != 0 if kind == 0 and (kinds != 0).any() else kinds == kind
        if alike.any():
            usual[kinds == kind] = usual_scale(monthly[alike], due_monthly[alike])
    return shifts(
        monthly,
        due_monthly,
        least_scale=least,
        least_degrees=degrees,
        usual=np.maximum(usual, floor),
        usual_degrees=_USUAL_DEGREES.get(step.kind, _PRIOR_DEGREES),
    )


def _floor(step: Step, got: Floats) -> float:
    """Return what chance alone makes of the variance by mean: 1 of counts, 1 - p of those that a rate lets through."""
    if step.kind in (Kind.VOLUME, Kind.ACTIVITY):
        return 1.0
    tried = float(step.tried[step.judged].sum())
    return max(1.0 - float(got[0].sum()) / tried, _FLOOR) if step.kind is Kind.RATE and tried else _FLOOR


def _drawn(scale: Floats, degrees: Floats, subjects: list[Subject]) -> tuple[Floats, Floats]:
    """Return each scale drawn towards that of its kind: of all channels, of all members, the team's towards both."""
    kinds = np.array([subject.kind for subject in subjects])
    drawn, freedom = np.zeros_like(scale), np.full_like(scale, _PRIOR_DEGREES)
    for kind in (0, 1, 2):
        mine = kinds == kind
        alike = kinds != 0 if kind == 0 and (kinds != 0).any() else mine
        weight = degrees[alike].sum()
        usual = float((scale[alike] * degrees[alike]).sum() / weight) if weight else 0.0
        drawn[mine] = (scale[mine] * degrees[mine] + usual * _PRIOR_DEGREES) / (degrees[mine] + _PRIOR_DEGREES)
        freedom[mine] = degrees[mine] + _PRIOR_DEGREES
    return drawn, freedom


def _series(cells: Floats, subjects: list[Subject]) -> Floats:
    """Return the sums by week of each subject."""
    by_channel, by_member = cells.sum(axis=2), cells.sum(axis=1)
    everybody = by_channel.sum(axis=1)
    return np.array(
        [
            by_channel[:, one.channel]
            if one.channel is not None
            else by_member[:, one.member]
            if one.member is not None
            else everybody
            for one in subjects
        ]
    )


def _by_month(series: Floats, months: NDArray[np.int64]) -> Floats:
    return np.add.reduceat(series, np.flatnonzero(np.diff(months, prepend=-1)), axis=1)
