"""Rules on the goals: dated, in order, within reach, and carried by a few success factors."""

from collections.abc import Iterator

from kpixl import engine, texts
from kpixl.engine.smart import Reach
from kpixl.engine.thresholds import CSFS
from kpixl.plan.audit.findings import Audited, Finding, Place, Rule, Severity
from kpixl.plan.goals import Kgi

__all__ = ["CSFS", "CsfCount", "CsfUnserved", "KgiDeadline", "KgiLeap", "KgiPriority", "KgiTooLow", "KgiTradeOff"]


class KgiDeadline(Rule):
    """Every KGI is due within the plan."""

    name = "kgi_deadline"

    def check(self, audited: Audited) -> Iterator[Finding]:
        """Yield the KGIs without a deadline, or with one that the plan does not reach."""
        period = audited.plan.period
        for index, kgi in enumerate(audited.plan.kgis):
            if kgi.deadline is None or not period.start <= kgi.deadline <= period.end:
                given = kgi.deadline or texts.say("blank")
                yield self.found(
                    _kgi(kgi, "deadline", index), kgi=kgi.name, given=given, start=period.start, end=period.end
                )


class KgiPriority(Rule):
    """Several KGIs have an order."""

    name = "kgi_priority"

    def check(self, audited: Audited) -> Iterator[Finding]:
        """Yield the KGIs whose priority is missing or given to another one too."""
        kgis = audited.plan.kgis
        priorities = [kgi.priority for kgi in kgis]
        for index, kgi in enumerate(kgis[1:], 1):
            if kgi.priority is None or priorities.count(kgi.priority) > 1:
                yield self.found(_kgi(kgi, "priority", index), kgi=kgi.name, given=kgi.priority or texts.say("blank"))


class KgiTradeOff(Rule):
    """Where several KGIs can collide, it is said which gives way."""

    name = "kgi_trade_off"

    def check(self, audited: Audited) -> Iterator[Finding]:
        """Yield one finding where no KGI of several names a trade-off."""
        kgis = audited.plan.kgis
        if len(kgis) > 1 and not any(kgi.trade_off for kgi in kgis):
            yield self.found(_kgi(kgis[1], "trade_off", 1), kgis=" / ".join(kgi.name for kgi in kgis))


class KgiLeap(Rule):
    """A KGI stretches, but does not leap from last year."""

    name = "kgi_leap"

    def check(self, audited: Audited) -> Iterator[Finding]:
        """Yield the KGIs that are far beyond last year; of a cost, far below it."""
        for index, kgi in enumerate(audited.plan.kgis):
            aim, before = _rising(kgi)
            if before > 0 and engine.feasibility(aim, [before]).verdict is Reach.LEAP:
                yield self.found(_kgi(kgi, "value", index), kgi=kgi.name, target=kgi.target, last_year=kgi.last_year)


class KgiTooLow(Rule):
    """A KGI asks for more than last year brought."""

    name = "kgi_too_low"
    severity = Severity.HINT

    def check(self, audited: Audited) -> Iterator[Finding]:
        """Yield the KGIs that last year has reached already."""
        for index, kgi in enumerate(audited.plan.kgis):
            aim, before = _rising(kgi)
            if 0 < aim <= before:
                yield self.found(_kgi(kgi, "value", index), kgi=kgi.name, target=kgi.target, last_year=kgi.last_year)


class CsfCount(Rule):
    """There are three to five success factors."""

    name = "csf_count"

    def check(self, audited: Audited) -> Iterator[Finding]:
        """Yield one finding where there are fewer or more."""
        given = len(audited.plan.csfs)
        least, most = CSFS
        if not least <= given <= most:
            yield self.found(Place("csfs"), given=given, least=least, most=most)


class CsfUnserved(Rule):
    """Every success factor has a KPI that shows whether it comes about."""

    name = "csf_unserved"

    def check(self, audited: Audited) -> Iterator[Finding]:
        """Yield the success factors that no chosen KPI serves."""
        served = {one.csf for one in audited.chosen}
        for index, csf in enumerate(audited.plan.csfs):
            if csf.name not in served:
                yield self.found(Place("csfs", csf.name, index=index), csf=csf.name)


def _kgi(kgi: Kgi, key: str, index: int) -> Place:
    return Place("kgis", kgi.name, key, index)


def _rising(kgi: Kgi) -> tuple[float, float]:
    """Return the target and last year's value so that more is better; zeros where nothing is known."""
    if not kgi.last_year or not kgi.measure or not kgi.target > 0:
        return 0.0, 0.0
    return (kgi.last_year, kgi.target) if kgi.measure == "cost" else (kgi.target, kgi.last_year)
