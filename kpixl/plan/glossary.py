"""What the team agrees to call what: the KPIs of the plan and the candidates beside them, with their ratings."""

from dataclasses import dataclass

from kpixl.errors import InvalidPlan

__all__ = ["LEADING", "MAIN", "PERSON", "RATINGS", "ROLES", "SCOPES", "SUB", "TEAM", "TIMINGS", "Indicator"]

LEADING, LAGGING = TIMINGS = ("leading", "lagging")
MAIN, SUB, CANDIDATE = ROLES = ("main", "sub", "")
PERSON, TEAM, _ = SCOPES = ("person", "team", "")
RATINGS = (1, 2, 3)


@dataclass(frozen=True)
class Indicator:
    """A KPI that the plan follows (`role` main or sub), or a candidate for one (no role).

    `event` is the stage or event that is counted for it and `base` the one it is divided by ("" for a plain count);
    `target` is what a rate shall be. The ratings run from 1 (hardly) to 3 (fully): can it be measured without effort,
    can the person who is asked change it, does everybody understand it.
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

    def __post_init__(self) -> None:
        for key, given, known in (
            ("timing", self.timing, TIMINGS),
            ("role", self.role, ROLES),
            ("scope", self.scope, SCOPES),
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
