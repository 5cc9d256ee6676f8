"""The nouns of a plan, how one is written down, and what it asks of whom by when."""

from kpixl.plan.apportioning import set_targets
from kpixl.plan.glossary import Indicator
from kpixl.plan.goals import Goal, Kgi, SuccessFactor
from kpixl.plan.history import CHANNEL, MEMBER, NOTHING_CLOSED, SECURED, Asked, History, fingerprint
from kpixl.plan.members import MemberList, known_headings, read_members
from kpixl.plan.model import REVENUE, Channel, Kpi, Plan, Stage, event_names
from kpixl.plan.once import once_per_plan
from kpixl.plan.period import Period
from kpixl.plan.span import Span, SpanKind, span_of
from kpixl.plan.targets import Targets
from kpixl.plan.team import Level, Member
from kpixl.plan.template import parse_month, read_template
from kpixl.plan.wanted import Wanted, parse_quarter, parse_week, the_only

__all__ = [
    "CHANNEL",
    "MEMBER",
    "NOTHING_CLOSED",
    "REVENUE",
    "SECURED",
    "Asked",
    "Channel",
    "Goal",
    "History",
    "Indicator",
    "Kgi",
    "Kpi",
    "Level",
    "Member",
    "MemberList",
    "Period",
    "Plan",
    "Span",
    "SpanKind",
    "Stage",
    "SuccessFactor",
    "Targets",
    "Wanted",
    "event_names",
    "fingerprint",
    "known_headings",
    "once_per_plan",
    "parse_month",
    "parse_quarter",
    "parse_week",
    "read_members",
    "read_template",
    "set_targets",
    "span_of",
    "the_only",
]
