"""How a plan is written down: the `.toml` files of `templates/` and those of users, and a list of members.

A template names everything in both languages or in one; a plan made from it speaks one. A user's file that says
`extends = "inside_sales"` replaces only the sections that it holds.
"""

import csv
import datetime as dt
import tomllib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import kpixl
from kpixl import texts
from kpixl.engine.calendar import national_holidays
from kpixl.engine.numbers import parse_date, parse_number
from kpixl.errors import InvalidPlan, InvalidValue, UserError
from kpixl.plan.model import Channel, Goal, Member, Period, Plan, Stage

__all__ = ["default_start", "parse_month", "read_members", "read_template", "template_names"]

_SECTIONS: dict[str, tuple[str, ...]] = {
    "name": ("ja", "en"),
    "extends": (),
    "goal": ("value", "unit_value", "existing"),
    "period": ("fiscal_start", "months", "country", "closures", "seasonality"),
    "stages": ("event", "name", "capacity"),
    "channels": ("name", "mix", "rates"),
    "members": ("name", "weight", "joined"),
}
_MEMBER_HEADINGS = {
    "name": ("氏名", "名前", "担当", "担当者", "メンバー", "name", "member"),
    "weight": ("重み", "ウェイト", "weight"),
    "joined": ("入社日", "着任日", "joined"),
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
    reader = _Reader(source, language)
    with texts.speaking(language):
        goals, period = reader.table(data, "goal"), reader.table(data, "period")
        fiscal_start = reader.whole(period, "fiscal_start", 4, highest=12)
        first = default_start(dt.date.today(), fiscal_start) if start is None else start
        count = reader.whole(period, "months", 12, highest=60) if months is None else months
        empty = Period(first, count)
        closures = sorted(
            set(national_holidays(empty.start, empty.end, str(period.get("country", "JP"))))
            | {reader.date(day, "closures") for day in reader.days(period, "closures")}
        )
        return Plan(
            template=Path(source).stem,
            language=language,
            goal=Goal(
                value=goal if goal is not None else reader.number(goals, "value"),
                unit_value=unit_value if unit_value is not None else reader.number(goals, "unit_value"),
                existing=reader.number(goals, "existing", 0),
            ),
            period=Period(
                first,
                count,
                tuple(day for day in closures if day.weekday() < 5),
                tuple(reader.numbers(period, "seasonality", [1.0] * 12)),
            ),
            stages=tuple(
                Stage(
                    event=reader.text(row, "event"),
                    name=reader.text(row, "name"),
                    capacity=reader.number(row, "capacity") if "capacity" in row else None,
                )
                for row in reader.rows(data, "stages")
            ),
            channels=tuple(
                Channel(reader.text(row, "name"), reader.number(row, "mix"), tuple(reader.numbers(row, "rates")))
                for row in reader.rows(data, "channels")
            ),
            members=members
            if members is not None
            else tuple(
                Member(
                    reader.text(row, "name"),
                    reader.number(row, "weight", 1),
                    reader.date(row["joined"], "members.joined") if "joined" in row else None,
                )
                for row in reader.rows(data, "members")
            ),
        )


def parse_month(text: str) -> dt.date:
    """Return the first day of a month written as 2025-06.

    >>> parse_month("2025-06")
    datetime.date(2025, 6, 1)
    """
    try:
        return dt.datetime.strptime(text.strip().replace("/", "-"), "%Y-%m").date()
    except ValueError:
        raise InvalidValue("month_named", given=text) from None


def read_members(path: Path) -> tuple[Member, ...]:
    """Read members from a CSV with a heading for the name and, optionally, the weight and the day of joining."""
    if not path.is_file():
        raise InvalidPlan("members_missing", path=path)
    raw = path.read_bytes()
    try:
        lines = raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        lines = raw.decode("cp932", errors="replace")
    rows = csv.DictReader(lines.splitlines())
    column = {
        key: heading
        for key, known in _MEMBER_HEADINGS.items()
        for heading in rows.fieldnames or ()
        if heading.strip().lower() in known
    }
    if "name" not in column:
        raise InvalidPlan("members_heading", path=path.name, given=", ".join(rows.fieldnames or ()))
    return tuple(_member(row, column, path.name, line) for line, row in enumerate(rows, 2) if row[column["name"]])


def _member(row: Mapping[str, str], column: Mapping[str, str], file: str, line: int) -> Member:
    weight, joined = row.get(column.get("weight", "")), row.get(column.get("joined", ""))
    try:
        return Member(
            row[column["name"]].strip(),
            parse_number(weight) if weight else 1.0,
            parse_date(joined) if joined else None,
        )
    except UserError as error:
        raise InvalidPlan("members_line", path=file, line=line, reason=error) from error


class _Reader:
    """Reads typed values out of a template and says where one is missing or wrong."""

    def __init__(self, source: str, language: str) -> None:
        self.source, self.language = source, language

    def table(self, data: Mapping[str, Any], key: str) -> Mapping[str, Any]:
        section: Mapping[str, Any] = self._kind(data.get(key), Mapping, key, "template_section")
        return section

    def rows(self, data: Mapping[str, Any], key: str) -> list[Mapping[str, Any]]:
        rows = self._kind(data.get(key), list, key, "template_section")
        return [self._kind(row, Mapping, key, "template_section") for row in rows]

    def number(self, row: Mapping[str, Any], key: str, default: float | None = None) -> float:
        return self._number(row.get(key, default), key)

    def numbers(self, row: Mapping[str, Any], key: str, default: list[float] | None = None) -> Iterable[float]:
        return [self._number(value, key) for value in self._kind(row.get(key, default), list, key, "template_list")]

    def whole(self, row: Mapping[str, Any], key: str, default: int, *, highest: int) -> int:
        number = self.number(row, key, default)
        if number != int(number) or not 1 <= number <= highest:
            raise InvalidPlan("template_whole", source=self.source, key=key, given=number, highest=highest)
        return int(number)

    def days(self, row: Mapping[str, Any], key: str) -> list[Any]:
        days: list[Any] = self._kind(row.get(key, []), list, key, "template_section")
        return days

    def text(self, row: Mapping[str, Any], key: str) -> str:
        value = row.get(key)
        if isinstance(value, Mapping):
            value = value.get(self.language) or next(iter(value.values()), None)
        return str(self._kind(value, str, key, "template_text"))

    def date(self, value: Any, key: str) -> dt.date:
        if isinstance(value, dt.date):
            return value
        try:
            return parse_date(self._kind(value, str, key, "template_text"))
        except InvalidValue as error:
            raise InvalidPlan("template_date", source=self.source, key=key, reason=error) from error

    def _number(self, value: Any, key: str) -> float:
        if isinstance(value, str):
            try:
                return parse_number(value)
            except UserError:
                raise InvalidPlan("template_number", source=self.source, key=key, given=value) from None
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise InvalidPlan("template_number", source=self.source, key=key, given=value)
        return float(value)

    def _kind(self, value: Any, kind: Any, key: str, error: str) -> Any:
        if not isinstance(value, kind):
            raise InvalidPlan(error, source=self.source, key=key, given=value)
        return value


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
