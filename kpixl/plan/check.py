"""What the audit has to say, with the place where it can be mended; and the check of a template, by its lines."""

from collections.abc import Mapping
from dataclasses import dataclass

from kpixl import texts
from kpixl.errors import InvalidPlan
from kpixl.plan.apportioning import set_targets
from kpixl.plan.audit import Audited, Finding, Place, Severity, audit
from kpixl.plan.reader import Reader
from kpixl.plan.sections import Problems, Section, read_sections
from kpixl.plan.template import read_template

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

    Raises
    ------
    InvalidPlan
        When there is no such file.
    """
    with texts.speaking(language):
        try:
            plan = read_template(source, language=language)
        except Problems as problems:
            return tuple(unreadable(one.reason, **_at(one.file, one.line)) for one in problems.found)
        data = read_sections(source)
        try:
            targets = set_targets(plan)
        except InvalidPlan as error:
            place = Place("members", str(error.values.get("member", "")))
            return (unreadable(error, **_at(data.file, _line(data, place, language))),)
        found = audit(Audited(plan, targets))
        return tuple(remark(one, **_at(data.file, _line(data, one.place, language))) for one in found)


def _at(file: str, line: int | None) -> dict[str, str | int]:
    return {"file": file} if line is None else {"file": file, "line": line}


def _line(data: Section, place: Place, language: str) -> int | None:
    """Return the line of a place in the user's own file: of `extends` for what stands in the template beneath."""
    listed = "stages" if place.section == "targets" else place.section
    rows = data.get(listed, [])
    named = (row for row in rows if isinstance(row, Section) and _name(row, language) == place.name)
    found = next(named, None)
    if place.name and found is None and place.section in ("kgis", "targets"):
        found = data["goal"]  # the revenue, which has no entry of its own
    if found is None:
        found = next((row for row in rows if isinstance(row, Section)), data)
        line = data.keys_at.get(listed)
    else:
        line = found.line_of(place.key)
    return line if found.file == data.file and line is not None else data.keys_at.get("extends")


def _name(row: Section, language: str) -> str:
    known = texts.section("catalogue", language).get(str(row.get("key", "")), {})
    return Reader(language).text(row.beside(known), "name", "")
