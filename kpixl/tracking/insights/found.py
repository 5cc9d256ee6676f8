"""What an insight is: one thing that happened, beyond chance, with its figures and its size in money."""

import datetime as dt
from dataclasses import dataclass
from enum import StrEnum

__all__ = ["Insight", "Kind", "Versus"]


class Kind(StrEnum):
    """What an insight is about."""

    VOLUME = "volume"
    ACTIVITY = "activity"
    RATE = "rate"
    VALUE = "value"
    JOINED = "joined"
    STOPPED = "stopped"
    CONCENTRATION = "concentration"
    RECORD = "record"
    MEASURE = "measure"


class Versus(StrEnum):
    """What the month's figure is held against: the plan, what it was before, or what the others would have made."""

    PLAN = "plan"
    BEFORE = "before"
    OTHERS = "others"


@dataclass(frozen=True)
class Insight:
    """One thing that made a difference in the month.

    `kpi` is what came of it (an event of the funnel, or the revenue) and `above` the stage that it came of, "" where it
    did not come of one. `channel` and `member` say whose it is, both "" where it is everybody's. `actual` is what came
    in the month, `reference` what was to come (`versus` says by what), `of` what it came of; for a rate both divided by
    `of` are rates. `since` is the first day of the month since which it is so, where that is not the plan's first;
    `level` is what has come since then by what was planned, `before` the same of the time before. `yen` is what the
    difference is worth further on, at the plan's rates and order value, below zero for a loss. `p` says how often
    chance alone would make as much of it, with every look at the figures allowed for. `note` is a text of the log.
    """

    kind: Kind
    kpi: str
    yen: float
    actual: float
    reference: float
    p: float = 0.0
    above: str = ""
    of: float = 0.0
    channel: str = ""
    member: str = ""
    versus: Versus = Versus.PLAN
    since: dt.date | None = None
    level: float | None = None
    before: float | None = None
    note: str = ""
