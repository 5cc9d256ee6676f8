"""What was asked in the months that are closed: targets that nothing changes any more, kept in the workbook.

A month is closed when it is over and the plan is in use. Its targets stay what they were, by the names they were asked
of, even of members and channels that the plan no longer lists; only the rest of the goal is shared by the settings.
"""

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from kpixl.plan.model import Plan
from kpixl.plan.period import Period

__all__ = ["CHANNEL", "MEMBER", "NOTHING_CLOSED", "SECURED", "Asked", "History", "fingerprint", "unchanged"]

MEMBER, CHANNEL, SECURED = "member", "channel", "secured"
_ALIKE, _DIGITS = 1e-8, 10


@dataclass(frozen=True)
class Asked:
    """What was asked of a member or channel (`kind`) in a closed month: a count per event, and the revenue.

    The revenue that was secured already in a month (`SECURED`) has no name and no counts.
    """

    month: dt.date
    kind: str
    name: str
    revenue: float
    counts: Mapping[str, int]


@dataclass(frozen=True)
class History:
    """The closed months: what was asked in them, and the first day of the last one (None: no month is closed).

    What was left then is shared from the month `since` on, which was the first open one when the settings were changed
    last; the closed months from there on are part of that sharing. `fingerprint` tells the settings it was made with.
    """

    asked: tuple[Asked, ...] = ()
    until: dt.date | None = None
    since: dt.date | None = None
    fingerprint: float = 0.0

    def months(self, period: Period) -> int:
        """Return how many months of the period are closed; none where it begins before what is known."""
        if self.until is None:
            return 0
        known = {one.month for one in self.asked}
        closed = [start for start in period.starts if start <= self.until]
        return len(closed) if known.issuperset(closed) else 0

    def counts(
        self, kind: str, months: Sequence[dt.date], names: Sequence[str], events: Sequence[str]
    ) -> NDArray[np.int64]:
        """Return the counts by event, month and name."""
        table = np.zeros((len(events), len(months), len(names)), dtype=np.int64)
        for one, month, place in self._placed(kind, months, names):
            table[:, month, place] = [one.counts.get(event, 0) for event in events]
        return table

    def revenue(self, kind: str, months: Sequence[dt.date], names: Sequence[str]) -> NDArray[np.float64]:
        """Return the revenue by month and name."""
        table = np.zeros((len(months), len(names)))
        for one, month, place in self._placed(kind, months, names):
            table[month, place] = one.revenue
        return table

    def gone(self, kind: str, names: Iterable[str]) -> tuple[Asked, ...]:
        """Return what was asked of members or channels that are not among `names` any more."""
        listed = {name.casefold() for name in names}
        return tuple(one for name, one in self._by_kind.get(kind, ()) if name not in listed)

    @cached_property
    def _by_kind(self) -> dict[str, list[tuple[str, Asked]]]:
        """What was asked, by kind, each with its name without regard to case."""
        found: dict[str, list[tuple[str, Asked]]] = {}
        for one in self.asked:
            found.setdefault(one.kind, []).append((one.name.casefold(), one))
        return found

    def _placed(self, kind: str, months: Sequence[dt.date], names: Sequence[str]) -> Iterable[tuple[Asked, int, int]]:
        """Yield what was asked of these names in these months; a spreadsheet looks names up without regard to case."""
        rows = {month: place for place, month in enumerate(months)}
        columns = {name.casefold(): place for place, name in enumerate(names)}
        for name, one in self._by_kind.get(kind, ()):
            if one.month in rows and name in columns:
                yield one, rows[one.month], columns[name]


NOTHING_CLOSED = History()


def fingerprint(plan: Plan, strength: NDArray[np.float64]) -> float:
    """Return a number that changes with whatever targets are made from; the same as a formula in the workbook says.

    Each figure is weighed by the sine of its place, so that no two changes cancel each other. It is rounded where
    processors begin to differ, so that the same plan makes the same workbook on all of them.
    """
    unit = plan.goal.unit_value
    figures = (
        plan.period.weights,
        strength.ravel(),
        [channel.mix for channel in plan.channels],
        [(channel.unit_value or 0.0) / unit for channel in plan.channels],
        [member.pinned or 0.0 for member in plan.members],
        *np.array([channel.rates for channel in plan.channels]).T,
    )
    pins = sum(member.pinned is not None for member in plan.members)
    waves = sum(float(_wave(number, len(part)) @ np.asarray(part)) for number, part in enumerate(figures, 1))
    return round(float((plan.goal.value + plan.goal.existing / 3) / unit + np.log(unit) + pins / 7 + waves), _DIGITS)


def unchanged(before: float, now: float) -> bool:
    """Say whether two fingerprints are of the same settings; rounding does not count."""
    return abs(before - now) <= _ALIKE


def _wave(number: int, count: int) -> NDArray[np.float64]:
    wave: NDArray[np.float64] = np.sin(1000.0 * number + np.arange(1, count + 1))
    return wave
