"""What the rules of the audit look at, and how they say what they found."""

import datetime as dt
from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from kpixl import texts
from kpixl.engine.answers import Answer
from kpixl.plan.glossary import Indicator
from kpixl.plan.model import Plan
from kpixl.plan.targets import Targets

__all__ = ["Audited", "Change", "Finding", "Place", "Rule", "Severity"]


class Severity(StrEnum):
    """How much a finding matters: the plan does not add up, a practice is broken, or it could be better."""

    ERROR = "error"
    WARNING = "warning"
    HINT = "hint"


@dataclass(frozen=True)
class Place:
    """Where in a plan, in the words of a template: a section, the name of an entry in it, a key of that entry.

    `index` is the number of the entry among those of the plan, from 0; of `targets` that of the KPI, of `changes` that
    in the log. It alone says which entry is meant; the name is for people.
    """

    section: str
    name: str = ""
    key: str = ""
    index: int | None = field(default=None, compare=False)


@dataclass(frozen=True)
class Change:
    """An entry of the log of changes: on which day which KPI was changed, and its number in the log, from 0."""

    day: dt.date
    kpi: str
    index: int


@dataclass(frozen=True, eq=False)
class Audited(Answer):
    """A plan with its targets and, once it is in use, the log of changes and what was reached.

    `history` holds the team's actuals of the months that are over, oldest first, by the key of the KPI.
    """

    plan: Plan
    targets: Targets
    changes: tuple[Change, ...] = ()
    history: Mapping[str, NDArray[np.float64]] = field(default_factory=dict)

    @property
    def chosen(self) -> tuple[Indicator, ...]:
        """The KPIs that the plan follows."""
        return tuple(one for one in self.plan.indicators if one.chosen)


@dataclass(frozen=True)
class Finding:
    """What a rule found and where; its sentences speak the language in force when they are read."""

    rule: str
    severity: Severity
    place: Place
    values: Mapping[str, object]

    @property
    def what(self) -> str:
        """What is wrong."""
        return texts.say(f"audit.rule.{self.rule}.what", **self.values)

    @property
    def right(self) -> str:
        """What would be right."""
        return texts.say(f"audit.rule.{self.rule}.right", **self.values)


class Rule(ABC):
    """A practice that a sound plan keeps."""

    name: ClassVar[str]
    severity: ClassVar[Severity] = Severity.WARNING

    @abstractmethod
    def check(self, audited: Audited) -> Iterator[Finding]:
        """Yield a finding for every place where the plan breaks the rule."""

    def found(self, place: Place, **values: object) -> Finding:
        """Return a finding of this rule."""
        return Finding(self.name, self.severity, place, values)
