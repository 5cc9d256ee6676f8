"""Typed values out of a template. What is missing or of the wrong kind is noted with its line, and reading goes on.

A value that cannot be read is replaced by a stand-in, so that all problems of a file are found in one go; nobody ever
sees a plan that was made from one.
"""

import datetime as dt
from collections.abc import Callable, Iterable
from functools import partial
from typing import Any, TypeVar

from kpixl.engine.numbers import is_whole, parse_date, parse_number
from kpixl.engine.weekend import SATURDAY_SUNDAY
from kpixl.errors import InvalidPlan, InvalidValue, UserError
from kpixl.plan.names import clean
from kpixl.plan.sections import Problem, Problems, Section
from kpixl.plan.weekend import parse_weekend
from kpixl.texts import LANGUAGES, speaking

__all__ = ["Reader"]

_T = TypeVar("_T")


class Reader:
    """Reads typed values out of the sections of a template, texts in one language, and keeps what is wrong."""

    def __init__(self, language: str) -> None:
        self.language = language
        self._problems: dict[tuple[str, int | None, str], Problem] = {}
        self._absent: list[Section] = []

    @property
    def sound(self) -> bool:
        """Whether no problem was found so far."""
        return not self._problems

    @property
    def problems(self) -> Problems:
        """All problems so far, from top to bottom."""
        return Problems(tuple(sorted(self._problems.values(), key=lambda one: (one.file, one.line or 0))))

    def refuse(self, section: Section, key: str, reason: UserError) -> None:
        """Note a problem of a section, on the line of a key; what is absent was noted already."""
        if not any(section is absent for absent in self._absent):
            problem = Problem(section.file, section.line_of(key), reason)
            self._problems.setdefault((problem.file, problem.line, str(reason)), problem)

    def only(self, section: Section, known: Iterable[str]) -> None:
        """Refuse keys that are not known: a misspelt key would otherwise be ignored silently."""
        for key in section:
            if key not in known:
                self.refuse(section, key, InvalidPlan("template_key", key=key, known=", ".join(known)))

    def made(self, section: Section, make: Callable[[], _T]) -> _T | None:
        """Return what `make` makes of a section; None, with the reason noted, where that is not sound."""
        before = len(self._problems)
        try:
            return make()
        except UserError as error:
            if len(self._problems) == before:
                self.refuse(section, str(error.values.get("key", "")), error)
            return None

    def each(
        self, data: Section, key: str, make: Callable[["Reader", Section], _T], *, needed: bool = True
    ) -> list[tuple[Section, _T]]:
        """Return the entries of the list `key` with what is made of each, without those that are not sound."""
        found = []
        for row in self.rows(data, key, needed=needed):
            if not isinstance(row, Section):
                self._kind(data, key, row, Section, "template_section", None)
                continue
            before = len(self._problems)
            entry = self.made(row, partial(make, self, row))
            if entry is not None and len(self._problems) == before:
                found.append((row, entry))
        return found

    def rows(self, data: Section, key: str, *, needed: bool = False) -> list[Any]:
        """Return the list `key` as it is written."""
        rows: list[Any] = self._kind(data, key, data.get(key, None if needed else []), list, "template_section", [])
        return rows

    def table(self, data: Section, key: str, *, needed: bool = True) -> Section:
        """Return the section `key`."""
        absent = Section({}, data.file)
        found: Section = self._kind(
            data, key, data.get(key, None if needed else absent), Section, "template_section", absent
        )
        if found is absent:
            self._absent.append(absent)
        return found

    def number(self, row: Section, key: str, default: float | None = None) -> float:
        """Return a number, which must be there unless it has a default."""
        return self._number(row, key, row.get(key, default))

    def optional(self, row: Section, key: str) -> float | None:
        """Return a number, None where there is none."""
        return self.number(row, key) if key in row else None

    def numbers(self, row: Section, key: str, default: list[float] | None = None) -> tuple[float, ...]:
        """Return a list of numbers."""
        values = self._kind(row, key, row.get(key, default), list, "template_list", [])
        return tuple(self._number(row, key, value) for value in values)

    def whole(self, row: Section, key: str, default: int | None, *, highest: int) -> int:
        """Return a whole number from 1 to `highest`."""
        number = self.number(row, key, default)
        if not 1 <= number <= highest or not is_whole(number):
            self.refuse(row, key, InvalidPlan("template_whole", key=key, given=number, highest=highest))
            return 1
        return int(number)

    def text(self, row: Section, key: str, default: str | None = None) -> str:
        """Return a text, in the reader's language where there are several."""
        value = row.get(key, default)
        if isinstance(value, dict):
            value = value.get(self.language) or next(iter(value.values()), None)
        return clean(str(self._kind(row, key, value, str, "template_text", "")), lines=True)

    def day_shares(self, row: Section, key: str) -> dict[dt.date, float]:
        """Return how much of each listed day is worked: nothing of a date, a share of `{ date = .., open = .. }`."""
        shares = {}
        for value in self._kind(row, key, row.get(key, []), list, "template_section", []):
            parts = value if isinstance(value, dict) else {"date": value}
            day = self._date(row, key, parts.get("date"))
            share = self._number(row, key, parts.get("open", 0.0))
            if set(parts) - {"date", "open"}:
                self._unfit(row, key, value, "template_section")
            elif not 0 <= share <= 1:
                self.refuse(row, key, InvalidPlan("closure_share", day=day, given=share))
            elif day:
                shares[day] = share
        return shares

    def weekend(self, row: Section, key: str) -> str:
        """Return the days of the week that are off, as seven digits from Monday on; any language may name them."""
        value = self._kind(row, key, row.get(key, SATURDAY_SUNDAY), str | int, "template_text", SATURDAY_SUNDAY)
        refused = []
        for language in dict.fromkeys((self.language, *LANGUAGES)):
            try:
                with speaking(language):
                    return parse_weekend(str(value))
            except InvalidValue as error:
                refused.append(error)
        self.refuse(row, key, refused[0])
        return SATURDAY_SUNDAY

    def date(self, row: Section, key: str) -> dt.date | None:
        """Return a date, None where there is none."""
        return self._date(row, key, row[key]) if key in row else None

    def _date(self, row: Section, key: str, value: Any) -> dt.date | None:
        if isinstance(value, dt.date):
            return value
        if not isinstance(value, str):
            self._kind(row, key, value, str, "template_text", "")
            return None
        try:
            return parse_date(value)
        except InvalidValue as error:
            self.refuse(row, key, InvalidPlan("template_date", key=key, reason=error))
            return None

    def _number(self, row: Section, key: str, value: Any) -> float:
        """Return a number; the stand-in is 1, which is sound wherever a number can be."""
        if isinstance(value, str):
            try:
                return parse_number(value)
            except UserError:
                pass
        elif isinstance(value, int | float) and not isinstance(value, bool):
            return float(value)
        self._unfit(row, key, value, "template_number")
        return 1.0

    def _kind(self, row: Section, key: str, value: Any, kind: Any, error: str, instead: Any) -> Any:
        if isinstance(value, kind):
            return value
        self._unfit(row, key, value, error)
        return instead

    def _unfit(self, row: Section, key: str, value: Any, error: str) -> None:
        reason = InvalidPlan("template_absent", key=key) if value is None else InvalidPlan(error, key=key, given=value)
        self.refuse(row, key, reason)
