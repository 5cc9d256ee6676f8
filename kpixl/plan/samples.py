"""What in a plan is still sample data of the template that it was made from.

A template shows how a plan is written down, with an invented team, last year and costs. They are marked as samples
until somebody changes them, and are not reported as wrong.
"""

from dataclasses import dataclass

from kpixl.plan.audit import Finding
from kpixl.plan.model import Plan
from kpixl.plan.sections import template_names
from kpixl.plan.template import read_template

__all__ = ["Samples", "samples_in"]


@dataclass(frozen=True)
class Samples:
    """The names of the entries of a plan that are still those of its template.

    `kgis` are those beside the revenue with the template's figures, `pasts` those with its figure of last year.
    """

    members: frozenset[str] = frozenset()
    channels: frozenset[str] = frozenset()
    kgis: frozenset[str] = frozenset()
    pasts: frozenset[str] = frozenset()

    def blamed(self, finding: Finding) -> bool:
        """Say whether a finding is about nothing but samples."""
        if finding.rule in ("kgi_leap", "kgi_too_low"):
            return finding.place.name in self.pasts
        known = {
            "member_capacity": self.members,
            "channel_capacity": self.channels,
            "kgi_reached": self.kgis,
        }
        return finding.place.name in known.get(finding.rule, ())


def samples_in(plan: Plan) -> Samples:
    """Return what in a plan is still as its template has it; nothing where the template is the user's own."""
    if plan.template not in template_names():
        return Samples()
    sample = read_template(plan.template, language=plan.language, start=plan.period.start, months=plan.period.months)
    pasts = {kgi.name: kgi.last_year for kgi in sample.kgis if kgi.last_year is not None}
    return Samples(
        frozenset(one.name for one in plan.members if one in sample.members),
        frozenset(one.name for one in plan.channels if one in sample.channels),
        frozenset(one.name for one in plan.kgis[1:] if one in sample.kgis),
        frozenset(one.name for one in plan.kgis if one.last_year is not None and pasts.get(one.name) == one.last_year),
    )
