"""Typed values out of a template: what is missing or of the wrong kind is said with the template and the key."""

import datetime as dt
from collections.abc import Mapping
from typing import Any

from kpixl.engine.numbers import parse_date, parse_number
from kpixl.errors import InvalidPlan, InvalidValue, UserError

__all__ = ["Reader"]


class Reader:
    """Reads typed values out of a template, texts in one language."""

    def __init__(self, source: str, language: str) -> None:
        self.source, self.language = source, language

    def table(self, data: Mapping[str, Any], key: str) -> Mapping[str, Any]:
        """Return the section `key`, which must be there."""
        section: Mapping[str, Any] = self._kind(data.get(key), Mapping, key, "template_section")
        return section

    def rows(self, data: Mapping[str, Any], key: str, default: list[Any] | None = None) -> list[Mapping[str, Any]]:
        """Return the entries of the list `key`."""
        rows = self._kind(data.get(key, default), list, key, "template_section")
        return [self._kind(row, Mapping, key, "template_section") for row in rows]

    def number(self, row: Mapping[str, Any], key: str, default: float | None = None) -> float:
        """Return a number, which must be there unless it has a default."""
        return self._number(row.get(key, default), key)

    def optional(self, row: Mapping[str, Any], key: str) -> float | None:
        """Return a number, None where there is none."""
        return self.number(row, key) if key in row else None

    def numbers(self, row: Mapping[str, Any], key: str, default: list[float] | None = None) -> tuple[float, ...]:
        """Return a list of numbers."""
        return tuple(
            self._number(value, key) for value in self._kind(row.get(key, default), list, key, "template_list")
        )

    def whole(self, row: Mapping[str, Any], key: str, default: int | None, *, highest: int) -> int:
        """Return a whole number from 1 to `highest`."""
        number = self.number(row, key, default)
        if number != int(number) or not 1 <= number <= highest:
            raise InvalidPlan("template_whole", source=self.source, key=key, given=number, highest=highest)
        return int(number)

    def text(self, row: Mapping[str, Any], key: str, default: str | None = None) -> str:
        """Return a text, in the reader's language where there are several."""
        value = row.get(key, default)
        if isinstance(value, Mapping):
            value = value.get(self.language) or next(iter(value.values()), None)
        return str(self._kind(value, str, key, "template_text"))

    def dates(self, row: Mapping[str, Any], key: str) -> set[dt.date]:
        """Return a list of dates, empty where there is none."""
        return {self._date(day, key) for day in self._kind(row.get(key, []), list, key, "template_section")}

    def date(self, row: Mapping[str, Any], key: str) -> dt.date | None:
        """Return a date, None where there is none."""
        return self._date(row[key], key) if key in row else None

    def _date(self, value: Any, key: str) -> dt.date:
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
