"""The nouns of a plan, how one is written down, and what it asks of whom by when."""

from kpixl.plan.glossary import Indicator
from kpixl.plan.goals import Goal, Kgi, SuccessFactor
from kpixl.plan.members import MemberList, known_headings, read_members
from kpixl.plan.model import REVENUE, Channel, Kpi, Plan, Stage
from kpixl.plan.period import Period
from kpixl.plan.targets import Targets, set_targets
from kpixl.plan.team import Level, Member
from kpixl.plan.template import parse_month, read_template

__all__ = [
    "REVENUE",
    "Channel",
    "Goal",
    "Indicator",
    "Kgi",
    "Kpi",
    "Level",
    "Member",
    "MemberList",
    "Period",
    "Plan",
    "Stage",
    "SuccessFactor",
    "Targets",
    "known_headings",
    "parse_month",
    "read_members",
    "read_template",
    "set_targets",
]
