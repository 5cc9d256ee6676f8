"""What the team agrees to call what: the KPIs of the plan and the candidates beside them, with their ratings."""

from dataclasses import dataclass

from kpixl.engine.definition import lower_is_better
from kpixl.errors import InvalidPlan

__all__ = [
    "AMOUNT",
    "COUNT",
    "CUSTOMERS",
    "DAYS",
    "LEADING",
    "MAIN",
    "MINUTES",
    "PERSON",
    "RATINGS",
    "ROLES",
    "SCOPES",
    "SCORES",
    "SUB",
    "SUMS",
    "TEAM",
    "TIMINGS",
    "Indicator",
]

LEADING, LAGGING = TIMINGS = ("leading", "lagging")
MAIN, SUB, CANDIDATE = ROLES = ("main", "sub", "")
PERSON, TEAM, _ = SCOPES = ("person", "team", "")
COUNT, AMOUNT, MINUTES, DAYS = SUMS = ("count", "amount", "minutes", "days")
SCORES = ("satisfaction", "nps")  # replies to a survey; the amount is the score, for NPS 100, 0 or -100
CUSTOMERS = ("customer", "new_customer", "repeat_customer")  # counted from deals, over twelve months
RATINGS = (1, 2, 3)


@dataclass(frozen=True)
class Indicator:
    """A KPI that the plan follows (`role` main or sub), or a candidate for one (no role).

    `event` is the stage or event that is counted for it ("": followed by hand) and `base` the one whose count it is
    divided by ("": a plain sum); `measure` says what of the event is summed: its count, its amount, its minutes or the
    days until it since the deal began, of all channels or of one `channel`. Beside events, `CUSTOMERS` can be counted.
    `target` is its target, where the plan's own funnel gives none.

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

    @property
    def lower_is_better(self) -> bool:
        """Whether less of it is better: costs, days, what was lost, and what the catalogue says so of."""
        cost = self.event == "cost" or (self.measure == DAYS and self.event)
        return bool(cost) or self.event in ("lost", "cancelled") or lower_is_better(self.name)

    @property
    def is_score(self) -> bool:
        """Whether it is the average score of a survey."""
        return self.event in SCORES and self.measure == AMOUNT and self.base == self.event

    @property
    def of_deals(self) -> bool:
        """Whether it is told by deals and their customers, not by what is counted a day."""
        return self.measure == DAYS or self.event in CUSTOMERS or self.base in CUSTOMERS
