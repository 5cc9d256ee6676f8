"""What in a plan is still sample data of the template that it was made from.

A template shows how a plan is written down, with an invented team, last year and costs. They are marked as samples
until somebody changes them, and are not reported as wrong.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from kpixl.plan.audit import Finding
from kpixl.plan.model import Plan
from kpixl.plan.sections import template_names
from kpixl.plan.template import read_template

__all__ = ["Samples", "samples_in"]


@dataclass(frozen=True)
class Samples:
    """The entries of a plan, by their numbers, that are still those of its template.

    `kgis` are those beside the revenue with the template's figures, `pasts` those with its figure of last year.
    """

    members: frozenset[int] = frozenset()
    channels: frozenset[int] = frozenset()
    kgis: frozenset[int] = frozenset()
    pasts: frozenset[int] = frozenset()

    def blamed(self, finding: Finding) -> bool:
        """Say whether a finding is about nothing but samples."""
        if finding.rule in ("kgi_leap", "kgi_too_low"):
            return finding.place.index in self.pasts
        known = {
            "member_capacity": self.members,
            "channel_capacity": self.channels,
            "kgi_reached": self.kgis,
        }
        return finding.place.index in known.get(finding.rule, ())


def samples_in(plan: Plan) -> Samples:
    """Return what in a plan is still as its template has it; nothing where the template is the user's own."""
    if plan.template not in template_names():
        return Samples()
    sample = read_template(plan.template, language=plan.language, start=plan.period.start, months=plan.period.months)
    pasts = {kgi.name: kgi.last_year for kgi in sample.kgis if kgi.last_year is not None}
    return Samples(
        _where(one in sample.members for one in plan.members),
        _where(one in sample.channels for one in plan.channels),
        _where(one in sample.kgis for one in plan.kgis) - {0},
        _where(one.last_year is not None and pasts.get(one.name) == one.last_year for one in plan.kgis),
    )


def _where(as_in_template: Iterable[bool]) -> frozenset[int]:
    return frozenset(index for index, same in enumerate(as_in_template) if same)
