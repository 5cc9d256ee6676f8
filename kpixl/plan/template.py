"""How a plan is written down: the `.toml` files of `templates/` and those of users.

A template names everything in both languages or in one; a plan made from it speaks one. A user's file that says
`extends = "inside_sales"` replaces only the sections that it holds.
"""

import datetime as dt
import re
from difflib import get_close_matches
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple
from unicodedata import normalize

from kpixl import texts
from kpixl.engine.calendar import national_holidays
from kpixl.engine.numbers import parse_date
from kpixl.errors import InvalidPlan, InvalidValue, UserError
from kpixl.plan.glossary import COUNT, Indicator
from kpixl.plan.goals import Goal, Kgi, SuccessFactor
from kpixl.plan.members import MemberList
from kpixl.plan.model import REVENUE, Channel, Plan, Stage
from kpixl.plan.period import Period
from kpixl.plan.reader import Reader
from kpixl.plan.sections import Section, Written, read_sections
from kpixl.plan.team import Level, Member

__all__ = ["default_start", "parse_month", "read_template", "read_written"]

_SECTIONS: dict[str, tuple[str, ...]] = {
    "name": ("ja", "en"),
    "extends": (),
    "goal": ("value", "unit_value", "existing", "last_year", "growth", "trade_off"),
    "kgis": ("name", "measure", "value", "last_year", "growth", "priority", "deadline", "trade_off"),
    "csfs": ("name", "note"),
    "period": ("fiscal_start", "months", "country", "weekend", "closures", "seasonality"),
    "stages": ("event", "name", "capacity", "days"),
    "channels": ("name", "mix", "rates", "unit_value", "cost_per_lead", "capacity"),
    "team": ("stretch",),
    "levels": ("name", "factor"),
    "members": ("name", "weight", "joined", "left", "team", "level", "ramp", "capacity", "pinned"),
    "kpis": (
        *("key", "name", "event", "base", "meaning", "numerator", "denominator", "unit", "timing", "role", "scope"),
        *("csf", "owner", "source", "measurable", "controllable", "understandable", "target", "measure", "channel"),
    ),
}
_CLOSE = 6
_ALONE = ("channels", "members", "csfs", "kpis")  # what is left out where it is wrong, to look at the rest
_LINES = {  # where something is wrong with all entries together
    "plan_stages": "stages",
    "plan_last_stage": "stages",
    "plan_no_mix": "channels",
    "plan_no_weight": "members",
    "plan_stretch": "team",
}
_FIELDS = {"kpis": "indicators"}  # what a plan calls a section of a template
_OF_MEMBERS = ("plan_no_weight", "plan_nobody", "plan_pinned")
_Entries = dict[str, list[tuple[Section, Any]]]


class _Given(NamedTuple):
    """What takes precedence over a template's own."""

    goal: float | None = None
    unit_value: float | None = None
    start: dt.date | None = None
    months: int | None = None
    members: tuple[Member, ...] = ()


def default_start(today: dt.date, fiscal_start: int = 4) -> dt.date:
    """Return the first day of the fiscal year that `today` falls in.

    >>> default_start(dt.date(2026, 3, 31))
    datetime.date(2025, 4, 1)
    """
    return dt.date(today.year - (today.month < fiscal_start), fiscal_start, 1)


def read_template(
    source: str,
    *,
    language: str,
    goal: float | None = None,
    unit_value: float | None = None,
    start: dt.date | None = None,
    months: int | None = None,
    members: tuple[Member, ...] | None = None,
) -> Plan:
    """Make a plan from a template's name or the path of a `.toml`; what is given here takes precedence.

    Raises
    ------
    InvalidPlan
        When there is no such template.
    Problems
        When keys of it are missing, unknown or wrong: all of them, each with its line.
    """
    plan, _ = _read(source, language, _Given(goal, unit_value, start, months, members or ()))
    return plan


def read_written(source: str, *, language: str) -> tuple[Plan, Written]:
    """Make a plan of a template alone, as `read_template` does, and return where its entries are written."""
    return _read(source, language, _Given())


def _read(source: str, language: str, given: _Given) -> tuple[Plan, Written]:
    reader, data = Reader(language), read_sections(source)
    with texts.speaking(language):
        _refuse_unknown(reader, data)
        goals, times = reader.table(data, "goal"), reader.table(data, "period")
        team = reader.table(data, "team", needed=False)
        period = reader.made(times, lambda: _period(reader, times, given))
        end = period.end if period else None
        revenue, secured = reader.made(goals, lambda: _goal(reader, goals, end, given)) or (None, None)
        listed = [(_listed(data, given.members, place), member) for place, member in enumerate(given.members)]
        own_goal = given.goal is not None or given.unit_value is not None
        sampled = goals.sample and not own_goal  # else the sample's other goals fit no more
        entries: _Entries = {
            "stages": reader.each(data, "stages", _stage),
            "channels": reader.each(data, "channels", _channel),
            "members": listed or reader.each(data, "members", _member),
            "kgis": [
                (goals, revenue),
                *(
                    (row, kgi)
                    for row, kgi in reader.each(data, "kgis", partial(_kgi, end=end), needed=False)
                    if sampled or not row.sample
                ),
            ],
            "csfs": reader.each(data, "csfs", _csf, needed=False),
            "levels": reader.each(data, "levels", _level, needed=False),
            "kpis": reader.each(data, "kpis", _indicator, needed=False),
        }
        whole = {
            "template": Path(source).stem,
            "language": language,
            "goal": secured,
            "period": period,
            "stretch": reader.number(team, "stretch", 0),
        }
        missed = any(len(entries[kind]) < len(reader.rows(data, kind)) for kind in ("stages", "levels"))
        if missed or None in whole.values():
            raise reader.problems
        plan = _plan(reader, data, whole, entries)
        if not reader.sound:
            raise reader.problems
        return plan, Written(data, {kind: [row for row, _ in pairs] for kind, pairs in entries.items()})


def _plan(reader: Reader, data: Section, whole: dict[str, Any], entries: _Entries) -> Plan:
    """Return the plan. An entry that it refuses is noted and left out, so that the others are looked at too."""
    while True:
        try:
            lists = {_FIELDS.get(kind, kind): tuple(entry for _, entry in pairs) for kind, pairs in entries.items()}
            return Plan(**(whole | lists))
        except UserError as error:
            if error.entry is None:
                if reader.sound:
                    _refuse_whole(reader, data, entries, error)
                raise reader.problems from error
            kind, place = error.entry
            reader.refuse(entries[kind][place][0], "", error)
            if kind not in _ALONE:
                raise reader.problems from error
            del entries[kind][place]


def _refuse_whole(reader: Reader, data: Section, entries: _Entries, error: UserError) -> None:
    """Note what is wrong with all entries together: in the file of the members, if they are it, else on its section."""
    listed = next((section for section, _ in entries["members"] if section.file != data.file), None)
    if listed is not None and error.key in _OF_MEMBERS:
        reader.refuse(Section({}, listed.file), "", error)
    else:
        reader.refuse(data, _LINES.get(error.key, "extends"), error)


def _listed(data: Section, members: tuple[Member, ...], place: int) -> Section:
    """Return where a given member stands: on a line of their file, where they come from one."""
    return Section({}, members.file, members.lines[place]) if isinstance(members, MemberList) else data


def _refuse_unknown(reader: Reader, data: Section) -> None:
    reader.only(data, _SECTIONS)
    for key, known in _SECTIONS.items():
        found = data.get(key)
        for section in found if isinstance(found, list) else [found]:
            if isinstance(section, Section):
                reader.only(section, known)


def _period(reader: Reader, section: Section, given: _Given) -> Period:
    fiscal_start = reader.whole(section, "fiscal_start", 4, highest=12)
    first = default_start(dt.date.today(), fiscal_start) if given.start is None else given.start
    count = reader.whole(section, "months", 12, highest=60) if given.months is None else given.months
    empty = Period(first, count)
    holidays = national_holidays(empty.start, empty.end, reader.text(section, "country", "JP"))
    shares = dict.fromkeys(holidays, 0.0) | reader.day_shares(section, "closures")
    return Period(
        first,
        count,
        tuple(sorted(day for day, share in shares.items() if not share)),
        reader.numbers(section, "seasonality", [1.0] * 12),
        reader.weekend(section, "weekend"),
        tuple(sorted((day, share) for day, share in shares.items() if share)),
    )


def _goal(reader: Reader, goals: Section, end: dt.date | None, given: _Given) -> tuple[Kgi, Goal]:
    """Return the KGI that the plan is made from, and what it takes to reach it."""
    if given.goal is not None and goals.sample:  # last year's figure was the sample's
        past = ("last_year", "growth")
        goals = Section({key: goals[key] for key in goals if key not in past}, goals.file, goals.line, goals.keys_at)
    value = given.goal if given.goal is not None else reader.optional(goals, "value")
    if value is None and "growth" not in goals:
        value = reader.number(goals, "value")
    revenue = Kgi(
        texts.say("kpi.revenue"),
        REVENUE,
        value,
        reader.optional(goals, "last_year"),
        reader.optional(goals, "growth"),
        priority=1,
        deadline=end,
        trade_off=reader.text(goals, "trade_off", ""),
        sample=goals.sample,
    )
    worth = reader.number(goals, "unit_value") if given.unit_value is None else given.unit_value
    return revenue, Goal(revenue.target, worth, reader.number(goals, "existing", 0))


def _kgi(reader: Reader, row: Section, *, end: dt.date | None) -> Kgi:
    return Kgi(
        reader.text(row, "name"),
        reader.text(row, "measure", ""),
        reader.optional(row, "value"),
        reader.optional(row, "last_year"),
        reader.optional(row, "growth"),
        reader.whole(row, "priority", None, highest=99) if "priority" in row else None,
        reader.date(row, "deadline") or end,
        reader.text(row, "trade_off", ""),
        row.sample,
    )


def _stage(reader: Reader, row: Section) -> Stage:
    return Stage(
        reader.text(row, "event"),
        reader.text(row, "name"),
        reader.optional(row, "capacity"),
        reader.number(row, "days", 0),
    )


def _channel(reader: Reader, row: Section) -> Channel:
    return Channel(
        reader.text(row, "name"),
        reader.number(row, "mix"),
        reader.numbers(row, "rates"),
        reader.optional(row, "unit_value"),
        reader.optional(row, "cost_per_lead"),
        reader.optional(row, "capacity"),
    )


def _member(reader: Reader, row: Section) -> Member:
    return Member(
        reader.text(row, "name"),
        reader.number(row, "weight", 1),
        reader.date(row, "joined"),
        reader.text(row, "team", ""),
        reader.text(row, "level", ""),
        reader.number(row, "ramp", 0),
        reader.optional(row, "capacity"),
        reader.optional(row, "pinned"),
        reader.date(row, "left"),
        sample=row.sample,
    )


def _csf(reader: Reader, row: Section) -> SuccessFactor:
    return SuccessFactor(reader.text(row, "name"), reader.text(row, "note", ""))


def _level(reader: Reader, row: Section) -> Level:
    return Level(reader.text(row, "name"), reader.number(row, "factor"))


def _indicator(reader: Reader, row: Section) -> Indicator:
    """Return a KPI of the plan; what it does not say itself comes from the catalogue, by its `key`."""
    key = reader.text(row, "key", "")
    catalogue = texts.section("catalogue")
    if key and key not in catalogue:
        close = get_close_matches(key, catalogue, _CLOSE, cutoff=0)
        raise InvalidPlan("template_kpi", key="key", given=key, known=", ".join(close))
    known = row.beside(catalogue.get(key, {}))
    return Indicator(
        name=reader.text(known, "name"),
        event=reader.text(row, "event", ""),
        base=reader.text(row, "base", ""),
        meaning=reader.text(known, "meaning", ""),
        numerator=reader.text(known, "numerator", ""),
        denominator=reader.text(known, "denominator", ""),
        unit=reader.text(known, "unit", ""),
        timing=reader.text(row, "timing", _timing(key)),
        role=reader.text(row, "role", ""),
        scope=reader.text(row, "scope", ""),
        csf=reader.text(row, "csf", ""),
        owner=reader.text(row, "owner", ""),
        source=reader.text(row, "source", ""),
        measurable=reader.whole(row, "measurable", 3, highest=3),
        controllable=reader.whole(row, "controllable", 3, highest=3),
        understandable=reader.whole(row, "understandable", 3, highest=3),
        target=reader.optional(row, "target"),
        measure=reader.text(row, "measure", COUNT),
        channel=reader.text(row, "channel", ""),
    )


def _timing(key: str) -> str:
    """Return whether the KPI of the catalogue leads or lags; the English catalogue says so in our own words."""
    return str(texts.section("catalogue", "en").get(key, {}).get("timing", "leading"))


def parse_month(text: str) -> dt.date:
    """Return the first day of a month as people write it: 2025-06, 2025/6, 2025年6月, R7.6, 令和7年6月, 2025-06-01.

    >>> parse_month("2025-06"), parse_month("令和7年6月")
    (datetime.date(2025, 6, 1), datetime.date(2025, 6, 1))
    """
    plain = normalize("NFKC", text).strip()
    try:
        match len(re.findall(r"\d+|元", plain)):
            case 2:
                return parse_date(f"{plain.removesuffix('月')}.1")
            case 3 if (day := parse_date(plain)).day == 1:
                return day
    except InvalidValue:
        pass  # said as below
    raise InvalidValue("month_named", given=text[:40])
