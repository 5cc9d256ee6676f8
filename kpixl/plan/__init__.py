"""The nouns of a plan, how one is written down, and what it asks of whom by when."""

from kpixl.plan.model import REVENUE, Channel, Goal, Kpi, Member, Period, Plan, Stage
from kpixl.plan.targets import Targets, set_targets
from kpixl.plan.template import parse_month, read_members, read_template

__all__ = [
    "REVENUE",
    "Channel",
    "Goal",
    "Kpi",
    "Member",
    "Period",
    "Plan",
    "Stage",
    "Targets",
    "parse_month",
    "read_members",
    "read_template",
    "set_targets",
]
