"""How a plan is written down: the `.toml` files of `templates/` and those of users.

A template names everything in both languages or in one; a plan made from it speaks one. A user's file that says
`extends = "inside_sales"` replaces only the sections that it holds.
"""

import datetime as dt
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import kpixl
from kpixl import texts
from kpixl.engine.calendar import national_holidays
from kpixl.errors import InvalidPlan, InvalidValue
from kpixl.plan.glossary import COUNT, Indicator
from kpixl.plan.goals import Goal, Kgi, SuccessFactor
from kpixl.plan.model import REVENUE, Channel, Plan, Stage
from kpixl.plan.period import Period
from kpixl.plan.reader import Reader
from kpixl.plan.team import Level, Member

__all__ = ["default_start", "parse_month", "read_template", "template_names"]

_SECTIONS: dict[str, tuple[str, ...]] = {
    "name": ("ja", "en"),
    "extends": (),
    "goal": ("value", "unit_value", "existing", "last_year", "growth", "trade_off"),
    "kgis": ("name", "measure", "value", "last_year", "growth", "priority", "deadline", "trade_off"),
    "csfs": ("name", "note"),
    "period": ("fiscal_start", "months", "country", "closures", "seasonality"),
    "stages": ("event", "name", "capacity", "days"),
    "channels": ("name", "mix", "rates", "unit_value", "cost_per_lead", "capacity"),
    "team": ("stretch",),
    "levels": ("name", "factor"),
    "members": ("name", "weight", "joined", "team", "level", "ramp", "capacity", "pinned"),
    "kpis": (
        *("key", "name", "event", "base", "meaning", "numerator", "denominator", "unit", "timing", "role", "scope"),
        *("csf", "owner", "source", "measurable", "controllable", "understandable", "target", "measure", "channel"),
    ),
}


def template_names() -> tuple[str, ...]:
    """Return the names of the templates that come with kpixl."""
    return tuple(sorted(path.stem for path in _folder().glob("*.toml")))


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
    """Make a plan from a template's name or the path of a `.toml`; what is given here goes before what it says.

    Raises
    ------
    InvalidPlan
        When there is no such template, or a key of it is missing, unknown or wrong.
    """
    data = _read(source)
    reader = Reader(source, language)
    with texts.speaking(language):
        period = _period(reader, reader.table(data, "period"), start, months)
        kgis = _kgis(reader, data, period, goal)
        goals = reader.table(data, "goal")
        return Plan(
            template=Path(source).stem,
            language=language,
            goal=Goal(
                value=kgis[0].target,
                unit_value=unit_value if unit_value is not None else reader.number(goals, "unit_value"),
                existing=reader.number(goals, "existing", 0),
            ),
            period=period,
            stages=tuple(
                Stage(
                    reader.text(row, "event"),
                    reader.text(row, "name"),
                    reader.optional(row, "capacity"),
                    reader.number(row, "days", 0),
                )
                for row in reader.rows(data, "stages")
            ),
            channels=tuple(
                Channel(
                    reader.text(row, "name"),
                    reader.number(row, "mix"),
                    reader.numbers(row, "rates"),
                    reader.optional(row, "unit_value"),
                    reader.optional(row, "cost_per_lead"),
                    reader.optional(row, "capacity"),
                )
                for row in reader.rows(data, "channels")
            ),
            members=_members(reader, data) if members is None else members,
            kgis=kgis,
            csfs=tuple(
                SuccessFactor(reader.text(row, "name"), reader.text(row, "note", ""))
                for row in reader.rows(data, "csfs", [])
            ),
            levels=tuple(
                Level(reader.text(row, "name"), reader.number(row, "factor")) for row in reader.rows(data, "levels", [])
            ),
            indicators=tuple(_indicator(reader, row) for row in reader.rows(data, "kpis", [])),
            stretch=reader.number(data.get("team", {}), "stretch", 0),
        )


def _period(reader: Reader, section: Mapping[str, Any], start: dt.date | None, months: int | None) -> Period:
    fiscal_start = reader.whole(section, "fiscal_start", 4, highest=12)
    first = default_start(dt.date.today(), fiscal_start) if start is None else start
    count = reader.whole(section, "months", 12, highest=60) if months is None else months
    empty = Period(first, count)
    holidays = national_holidays(empty.start, empty.end, reader.text(section, "country", "JP"))
    closures = sorted(set(holidays) | reader.dates(section, "closures"))
    return Period(
        first,
        count,
        tuple(day for day in closures if day.weekday() < 5),
        reader.numbers(section, "seasonality", [1.0] * 12),
    )


def _kgis(reader: Reader, data: Mapping[str, Any], period: Period, goal: float | None) -> tuple[Kgi, ...]:
    """Return the KGIs: the revenue of the section `goal`, then those of `kgis`."""
    goals = reader.table(data, "goal")
    value = goal if goal is not None else reader.optional(goals, "value")
    if value is None and "growth" not in goals:
        value = reader.number(goals, "value")
    revenue = Kgi(
        texts.say("kpi.revenue"),
        REVENUE,
        value,
        reader.optional(goals, "last_year"),
        reader.optional(goals, "growth"),
        priority=1,
        deadline=period.end,
        trade_off=reader.text(goals, "trade_off", ""),
    )
    others = (
        Kgi(
            reader.text(row, "name"),
            reader.text(row, "measure", ""),
            reader.optional(row, "value"),
            reader.optional(row, "last_year"),
            reader.optional(row, "growth"),
            reader.whole(row, "priority", None, highest=99) if "priority" in row else None,
            reader.date(row, "deadline") or period.end,
            reader.text(row, "trade_off", ""),
        )
        for row in reader.rows(data, "kgis", [])
    )
    return (revenue, *others)


def _members(reader: Reader, data: Mapping[str, Any]) -> tuple[Member, ...]:
    return tuple(
        Member(
            reader.text(row, "name"),
            reader.number(row, "weight", 1),
            reader.date(row, "joined"),
            reader.text(row, "team", ""),
            reader.text(row, "level", ""),
            reader.number(row, "ramp", 0),
            reader.optional(row, "capacity"),
            reader.optional(row, "pinned"),
        )
        for row in reader.rows(data, "members")
    )


def _indicator(reader: Reader, row: Mapping[str, Any]) -> Indicator:
    """Return a KPI of the plan; what it does not say itself comes from the catalogue, by its `key`."""
    key = reader.text(row, "key", "")
    catalogue = texts.section("catalogue")
    if key and key not in catalogue:
        raise InvalidPlan("template_kpi", source=reader.source, given=key, known=", ".join(catalogue))
    known = {**catalogue.get(key, {}), **row}
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
    """Return the first day of a month written as 2025-06.

    >>> parse_month("2025-06")
    datetime.date(2025, 6, 1)
    """
    try:
        return dt.datetime.strptime(text.strip().replace("/", "-"), "%Y-%m").date()
    except ValueError:
        raise InvalidValue("month_named", given=text) from None


def _read(source: str) -> dict[str, Any]:
    path = Path(source) if source.endswith(".toml") else _folder() / f"{source}.toml"
    if not path.is_file():
        raise InvalidPlan("template_missing", source=source, known=", ".join(template_names()))
    try:
        data = tomllib.loads(path.read_text("utf-8-sig"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise InvalidPlan("template_syntax", source=source, reason=error) from error
    _check_keys(source, data, tuple(_SECTIONS))
    for section, known in _SECTIONS.items():
        found = data.get(section)
        for row in found if isinstance(found, list) else [found]:
            _check_keys(source, row if isinstance(row, Mapping) else {}, known)
    base = data.get("extends")
    if base is None:
        return data
    if base not in template_names():
        raise InvalidPlan("template_missing", source=base, known=", ".join(template_names()))
    return {**_read(base), **data}


def _check_keys(source: str, table: Mapping[str, Any], known: tuple[str, ...]) -> None:
    """Refuse what is not known: a misspelt key would otherwise be left out without a word."""
    for key in table:
        if key not in known:
            raise InvalidPlan("template_key", source=source, key=key, known=", ".join(known))


def _folder() -> Path:
    """Find the templates: inside an installed package, beside it in a checkout."""
    package = Path(kpixl.__file__).parent
    installed = package / "templates"
    return installed if installed.is_dir() else package.parent / "templates"
