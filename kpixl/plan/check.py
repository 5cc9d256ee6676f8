"""What the audit has to say, with the place where it can be mended; and the check of a template, by its lines."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from kpixl import texts
from kpixl.errors import InvalidPlan
from kpixl.plan.apportioning import set_targets
from kpixl.plan.audit import Audited, Finding, Place, Severity, audit
from kpixl.plan.playbook import is_playbook, read_playbook
from kpixl.plan.sections import Problems
from kpixl.plan.template import read_written

__all__ = ["Remark", "check_template", "remark", "unreadable"]


@dataclass(frozen=True)
class Remark:
    """A finding as the user reads it: `at` is a file and line or a sheet and cell, as far as known; `where` says so."""

    rule: str
    severity: Severity
    at: Mapping[str, str | int]
    where: str
    what: str
    right: str


def remark(finding: Finding, **at: str | int) -> Remark:
    """Return a finding in the language in force."""
    finest = [key for key in ("line", "cell") if key in at]
    where = texts.say(f"audit.at_{finest[0]}", **at) if finest else str(next(iter(at.values()), ""))
    return Remark(finding.rule, finding.severity, at, where, finding.what, finding.right)


def unreadable(reason: Exception, **at: str | int) -> Remark:
    """Return what keeps a plan from being made at all."""
    return remark(Finding("unreadable", Severity.ERROR, Place(""), {"reason": reason}), **at)


def check_template(source: str, language: str) -> tuple[Remark, ...]:
    """Return what is wrong with the `.toml` of a plan: all that keeps it from being a plan, else what the audit finds.

    A file that is a playbook is checked as one.

    Raises
    ------
    InvalidPlan
        When there is no such file.
    """
    if is_playbook(Path(source)):
        return _check_playbook(Path(source), language)
    with texts.speaking(language):
        try:
            plan, written = read_written(source, language=language)
        except Problems as problems:
            return _told(problems)
        file = written.data.file
        try:
            targets = set_targets(plan)
        except InvalidPlan as error:
            section, index = error.entry or ("members", None)
            return (unreadable(error, **_at(file, written.line(section, index))),)
        found = audit(Audited(plan, targets))
        return tuple(remark(one, **_at(file, written.line(*_entry(one.place), one.place.key))) for one in found)


def _check_playbook(path: Path, language: str) -> tuple[Remark, ...]:
    with texts.speaking(language):
        try:
            read_playbook(path, language=language)
        except Problems as problems:
            return _told(problems)
    return ()


def _told(problems: Problems) -> tuple[Remark, ...]:
    return tuple(unreadable(one.reason, **_at(one.file, one.line)) for one in problems.found)


def _at(file: str, line: int | None) -> dict[str, str | int]:
    return {"file": file} if line is None else {"file": file, "line": line}


def _entry(place: Place) -> tuple[str, int | None]:
    """Return the section and number of the entry that a place is about: the target of a KPI is made by its stage."""
    if place.section != "targets" or place.index is None:
        return place.section, place.index
    return ("stages", place.index - 1) if place.index else ("kgis", 0)
