"""Is the plan sound?

A plan that can be computed can still be a bad one: too many KPIs, none that anybody can change, a deadline forgotten,
more calls than a day holds. Each rule is a practice that a sound plan keeps, and says what is wrong, where, and what
would be right. `audit` asks them all; they work on a plan wherever it was read from.
"""

from kpixl.plan.audit.findings import Audited, Change, Finding, Place, Rule, Severity
from kpixl.plan.audit.goals import (
    CsfCount,
    CsfUnserved,
    KgiDeadline,
    KgiLeap,
    KgiPriority,
    KgiTooLow,
    KgiTradeOff,
)
from kpixl.plan.audit.kpis import (
    ChangedOften,
    Complicated,
    Controllable,
    KpiCsf,
    KpiOwner,
    KpiScope,
    KpiSource,
    KpiTarget,
    LeadingAndLagging,
    MainAndSub,
    Measurable,
    PersonKpis,
    TeamKpis,
    Undefined,
    Vague,
)
from kpixl.plan.audit.numbers import (
    ChannelCapacity,
    KgiReached,
    LeadTime,
    Leap,
    MemberCapacity,
    OptimisticRate,
    SameForAllChannels,
    SameForAllMembers,
    SumsByMonth,
    SumsOfPeriod,
)

__all__ = ["RULES", "Audited", "Change", "Finding", "Place", "Rule", "Severity", "audit"]

RULES: tuple[Rule, ...] = (
    SumsByMonth(),
    SumsOfPeriod(),
    KgiReached(),
    KgiDeadline(),
    KgiPriority(),
    KgiTradeOff(),
    KgiLeap(),
    CsfCount(),
    CsfUnserved(),
    TeamKpis(),
    PersonKpis(),
    MainAndSub(),
    LeadingAndLagging(),
    KpiScope(),
    KpiCsf(),
    Controllable(),
    Measurable(),
    Complicated(),
    Vague(),
    KpiTarget(),
    Undefined(),
    KpiOwner(),
    ChangedOften(),
    MemberCapacity(),
    ChannelCapacity(),
    LeadTime(),
    Leap(),
    OptimisticRate(),
    KgiTooLow(),
    KpiSource(),
    SameForAllMembers(),
    SameForAllChannels(),
)


def audit(audited: Audited) -> tuple[Finding, ...]:
    """Return what is not sound about a plan: what does not add up first, mere hints last."""
    return tuple(finding for rule in RULES for finding in rule.check(audited))
