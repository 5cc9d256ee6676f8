"""What the team agrees to call what: the KPIs of the plan and the candidates beside them, with their ratings."""

from dataclasses import dataclass

from kpixl.errors import InvalidPlan

__all__ = [
    "AMOUNT",
    "COUNT",
    "LEADING",
    "MAIN",
    "PERSON",
    "RATINGS",
    "ROLES",
    "SCOPES",
    "SUB",
    "SUMS",
    "TEAM",
    "TIMINGS",
    "Indicator",
]

LEADING, LAGGING = TIMINGS = ("leading", "lagging")
MAIN, SUB, CANDIDATE = ROLES = ("main", "sub", "")
PERSON, TEAM, _ = SCOPES = ("person", "team", "")
COUNT, AMOUNT, MINUTES = SUMS = ("count", "amount", "minutes")
RATINGS = (1, 2, 3)


@dataclass(frozen=True)
class Indicator:
    """A KPI that the plan follows (`role` main or sub), or a candidate for one (no role).

    `event` is the stage or event that is counted for it ("": followed by hand) and `base` the one whose count it is
    divided by ("": a plain sum); `measure` says what of the event is summed: its count, its amount or its minutes, of
    all channels or of one `channel`. `target` is its target, where the plan's own funnel gives none.

    By a KPI of scope person each member is measured, and the team by their sum; one of scope team is the team's alone,
    so that the team follows all that are chosen. The ratings run from 1 (hardly) to 3 (fully): can it be measured
    without effort, can the person who is asked change it, does everybody understand it.
    """

    name: str
    event: str = ""
    base: str = ""
    meaning: str = ""
    numerator: str = ""
    denominator: str = ""
    unit: str = ""
    timing: str = LEADING
    role: str = ""
    scope: str = ""
    csf: str = ""
    owner: str = ""
    source: str = ""
    measurable: int = 3
    controllable: int = 3
    understandable: int = 3
    target: float | None = None
    measure: str = COUNT
    channel: str = ""

    def __post_init__(self) -> None:
        for key, given, known in (
            ("timing", self.timing, TIMINGS),
            ("role", self.role, ROLES),
            ("scope", self.scope, SCOPES),
            ("measure", self.measure, SUMS),
        ):
            if given not in known:
                raise InvalidPlan(
                    "kpi_choice", name=self.name, key=key, given=given, known=", ".join(filter(None, known))
                )
        for key, rating in (
            ("measurable", self.measurable),
            ("controllable", self.controllable),
            ("understandable", self.understandable),
        ):
            if rating not in RATINGS:
                raise InvalidPlan("kpi_rating", name=self.name, key=key, given=rating)

    @property
    def chosen(self) -> bool:
        """Whether the plan follows it."""
        return self.role != CANDIDATE
