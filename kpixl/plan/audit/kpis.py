"""Rules on the KPIs: few, of every kind, within people's control, simple, defined, and kept for a while."""

import re
from collections.abc import Iterator
from itertools import pairwise

from kpixl import engine, texts
from kpixl.engine.thresholds import MONTHS_KEPT, PERSON_KPIS, TEAM_KPIS
from kpixl.plan.audit.findings import Audited, Change, Finding, Place, Rule, Severity
from kpixl.plan.glossary import CUSTOMERS, LAGGING, LEADING, MAIN, PERSON, SUB, Indicator
from kpixl.plan.smart import target_of

__all__ = [
    "ChangedOften",
    "Complicated",
    "Controllable",
    "KpiCsf",
    "KpiOwner",
    "KpiScope",
    "KpiSource",
    "KpiTarget",
    "LeadingAndLagging",
    "MainAndSub",
    "Measurable",
    "PersonKpis",
    "TeamKpis",
    "Undefined",
    "UnknownEvent",
    "Vague",
]

_HARDLY = 1
_OPERATORS = re.compile(r"[×÷*+＋]|\s[-−/]\s")


class TeamKpis(Rule):
    """The team follows five to eight KPIs."""

    name = "team_kpis"

    def check(self, audited: Audited) -> Iterator[Finding]:
        """Yield one finding where there are fewer or more; those of persons are the team's too."""
        yield from _counted(self, len(audited.chosen), TEAM_KPIS)


class PersonKpis(Rule):
    """Each person is measured by three to five KPIs."""

    name = "person_kpis"

    def check(self, audited: Audited) -> Iterator[Finding]:
        """Yield one finding where there are fewer or more."""
        yield from _counted(self, sum(one.scope == PERSON for one in audited.chosen), PERSON_KPIS)


class MainAndSub(Rule):
    """Main KPIs are told apart from sub-KPIs."""

    name = "main_and_sub"

    def check(self, audited: Audited) -> Iterator[Finding]:
        """Yield one finding where all are main KPIs, or none is."""
        roles = [one.role for one in audited.chosen]
        if roles and set(roles) != {MAIN, SUB}:
            yield self.found(Place("kpis", key="role"), main=roles.count(MAIN), sub=roles.count(SUB))


class LeadingAndLagging(Rule):
    """Some KPIs lead, so that there is time to act, and some lag, so that the result is seen."""

    name = "leading_and_lagging"

    def check(self, audited: Audited) -> Iterator[Finding]:
        """Yield one finding where all KPIs lead or all of them lag."""
        timings = [one.timing for one in audited.chosen]
        if timings and set(timings) != {LEADING, LAGGING}:
            place = Place("kpis", key="timing")
            yield self.found(place, leading=timings.count(LEADING), lagging=timings.count(LAGGING))


class _EachKpi(Rule):
    """A rule that every chosen KPI keeps or breaks by itself, in the cell of one `key`."""

    key: str

    def check(self, audited: Audited) -> Iterator[Finding]:
        """Yield the chosen KPIs that break the rule."""
        for index, one in enumerate(audited.plan.indicators):
            if one.chosen and self.broken(one, audited):
                given = getattr(one, self.key) or texts.say("blank")
                yield self.found(Place("kpis", one.name, self.key, index), kpi=one.name, given=given)

    def broken(self, one: Indicator, audited: Audited) -> bool:
        """Say whether a KPI breaks the rule; unless told otherwise, where its cell is blank."""
        return not getattr(one, self.key)


class KpiScope(_EachKpi):
    """It is said whether a KPI measures persons or the team."""

    name, key = "kpi_scope", "scope"


class KpiOwner(_EachKpi):
    """Every KPI has an owner."""

    name, key = "kpi_owner", "owner"


class KpiSource(_EachKpi):
    """It is said where the figures of a KPI come from."""

    name, key = "kpi_source", "source"
    severity = Severity.HINT


class KpiCsf(_EachKpi):
    """Every KPI serves a success factor of the plan."""

    name, key = "kpi_csf", "csf"

    def broken(self, one: Indicator, audited: Audited) -> bool:
        """Say whether the KPI names none of the plan's success factors."""
        return one.csf not in [csf.name for csf in audited.plan.csfs]


class Controllable(_EachKpi):
    """The person who is asked can change it."""

    name, key = "controllable", "controllable"

    def broken(self, one: Indicator, audited: Audited) -> bool:
        """Say whether it is hardly in the hands of those who are asked."""
        return one.controllable == _HARDLY


class Measurable(_EachKpi):
    """It can be measured without much effort."""

    name, key = "measurable", "measurable"

    def broken(self, one: Indicator, audited: Audited) -> bool:
        """Say whether it is hardly measurable."""
        return one.measurable == _HARDLY


class Complicated(_EachKpi):
    """Everybody understands it: it is made of one thing, or of one divided by another."""

    name, key = "complicated", "understandable"

    def broken(self, one: Indicator, audited: Audited) -> bool:
        """Say whether it is hardly understood, or its fraction is made of more than two things above or below."""
        parts = (len(_OPERATORS.split(term)) for term in (one.numerator, one.denominator))
        return one.understandable == _HARDLY or max(parts) > 2


class Vague(_EachKpi):
    """Its name says what is counted, not what is hoped for."""

    name, key = "vague", "name"

    def broken(self, one: Indicator, audited: Audited) -> bool:
        """Say whether the name is one of good intentions."""
        return not engine.smart(one.name, None, "", None)[0].passed


class KpiTarget(_EachKpi):
    """Every KPI has a number to reach: from the funnel, or its own."""

    name, key = "kpi_target", "target"

    def broken(self, one: Indicator, audited: Audited) -> bool:
        """Say whether neither the funnel nor the KPI itself has a target."""
        return target_of(audited.targets, one) is None


class Undefined(Rule):
    """All who use a KPI mean the same by it."""

    name = "undefined"

    def check(self, audited: Audited) -> Iterator[Finding]:
        """Yield the chosen KPIs whose definition is incomplete."""
        for index, one in enumerate(audited.plan.indicators):
            needed = ("meaning", "numerator", "denominator", "unit") if one.base else ("meaning", "numerator", "unit")
            missing = [key for key in needed if not getattr(one, key)]
            if one.chosen and missing:
                names = texts.say("join").join(texts.say(f"heading.{key}") for key in missing)
                yield self.found(Place("kpis", one.name, missing[0], index), kpi=one.name, missing=names)


class UnknownEvent(Rule):
    """What a KPI counts is something that happens: a stage of the funnel, or an event that an import knows."""

    name = "unknown_event"

    def check(self, audited: Audited) -> Iterator[Finding]:
        """Yield the KPIs and candidates that would never count anything."""
        plan = audited.plan
        stages = (stage.event for stage in plan.stages)
        known = [*dict.fromkeys((*stages, *texts.section("event", plan.language), *CUSTOMERS))]
        for index, one in enumerate(plan.indicators):
            for key in ("event", "base"):
                given = getattr(one, key)
                if given and given not in known:
                    place = Place("kpis", one.name, key, index)
                    yield self.found(place, kpi=one.name, given=given, known=", ".join(known))


class ChangedOften(Rule):
    """A KPI is kept for three months at least, so that a trend can be seen."""

    name = "changed_often"

    def check(self, audited: Audited) -> Iterator[Finding]:
        """Yield the KPIs that were changed again within three months, once each."""
        for kpi in dict.fromkeys(change.kpi for change in audited.changes):
            mine = sorted((one for one in audited.changes if one.kpi == kpi), key=lambda one: one.day)
            soon = [(first, second) for first, second in pairwise(mine) if _soon(first, second)]
            if soon:
                first, second = soon[-1]
                place = Place("changes", kpi, index=second.index)
                yield self.found(place, kpi=kpi, first=first.day, second=second.day, months=MONTHS_KEPT)


def _counted(rule: Rule, given: int, bounds: tuple[int, int]) -> Iterator[Finding]:
    least, most = bounds
    if not least <= given <= most:
        yield rule.found(Place("kpis"), given=given, least=least, most=most)


def _soon(first: Change, second: Change) -> bool:
    """Say whether less than three months lie between two changes; what is changed on one day is one change."""
    months = (second.day.year - first.day.year) * 12 + second.day.month - first.day.month
    return first.day < second.day and months - (second.day.day < first.day.day) < MONTHS_KEPT
