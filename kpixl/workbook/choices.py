"""Data validation: what may be typed into a cell, the hint beside it, and Excel's message for anything else.

Only lists are strict, unless they merely suggest. In all other cases Excel warns and accepts the entry, because a
refresh reads numbers and dates as people write them and corrects them.
"""

import datetime as dt
from collections.abc import Iterable
from typing import Any

from kpixl.texts import say
from kpixl.workbook.blocks import BY_ROW
from kpixl.xlsx import Validation
from kpixl.xlsx.address import Area

__all__ = ["Choices", "Suggested", "allow", "validation"]

Choices = str | tuple[str, ...] | None
_KINDS = {
    **dict.fromkeys(("count", "decimal", "money", "price", "quantity", "weight", BY_ROW), "number"),
    **dict.fromkeys(("share", "rate", "growth"), "share"),
    **dict.fromkeys(("date", "month"), "date"),
    **dict.fromkeys(("strong", "key"), "name"),
}
_RULES: dict[str, dict[str, Any]] = {
    "number": {"validate": "decimal", "criteria": "between", "minimum": -1e15, "maximum": 1e15},
    "share": {"validate": "decimal", "criteria": "between", "minimum": -100, "maximum": 100},
    "whole": {"validate": "integer", "criteria": "between", "minimum": 0, "maximum": 10**9},
    "date": {"validate": "date", "criteria": ">=", "value": dt.date(2000, 1, 1)},
    "plan_day": {
        "validate": "date",
        "criteria": "between",
        "minimum": "=kpixl_start",
        "maximum": "=EDATE(kpixl_start,kpixl_months)-1",
    },
    "from_zero": {"validate": "decimal", "criteria": ">=", "value": 0},
    "name": {"validate": "length", "criteria": "<=", "value": 100},
    **{kind: {"validate": "any"} for kind in ("text", "export", "mapping", "alias")},
}
_TYPES = {"integer": "whole", "length": "textLength", "any": ""}  # where the file has another word
_OPERATORS = {">=": "greaterThanOrEqual", "<=": "lessThanOrEqual"}
_LONGEST_LIST = 255  # characters of a list within the rule itself, including the commas between its words


class Suggested(tuple[str, ...]):
    """Words to choose from, where other entries are accepted after a warning."""


def allow(page: Any, typed: Iterable[tuple[Area, str, Choices]]) -> None:
    """Add data validation to typed cells of a sheet; cells with the same rule share it.

    Each item is an area, its style, and what may be typed there: one of some words, a value from a range, or a kind of
    value in `_RULES`. By default it follows from the style: a number, a share, a date, a name or any text.
    """
    areas: dict[tuple[str, Choices], list[Area]] = {}
    for area, style, choices in typed:
        areas.setdefault(_kind(style, choices), []).append(area)
    for (kind, choices), (first, *others) in areas.items():
        besides = {
            "other_cells": [[other.top - 1, other.left - 1, other.bottom - 1, other.right - 1] for other in others]
        }
        page.data_validation(str(first), _rule(kind, choices) | besides)


def validation(area: Area, style: str, choices: Choices) -> Validation:
    """Return the rule for typed cells as it stands in a file, the same that `allow` gives to a new sheet."""
    rule = _rule(*_kind(style, choices))
    bounds = [rule[key] for key in ("source", "value", "minimum", "maximum") if key in rule]
    attributes = {
        "type": _TYPES.get(rule["validate"], rule["validate"]),
        "operator": _OPERATORS.get(rule.get("criteria", ""), ""),
        "errorStyle": rule.get("error_type", ""),
        "errorTitle": rule.get("error_title", ""),
        "error": rule.get("error_message", ""),
        "promptTitle": rule["input_title"],
        "prompt": rule["input_message"],
    }
    shown = dict.fromkeys(("allowBlank", "showInputMessage", "showErrorMessage"), "1")
    return Validation(area, {key: text for key, text in attributes.items() if text} | shown, tuple(map(_bound, bounds)))


def _bound(value: Any) -> str:
    """Return what a rule compares with, as a formula."""
    if isinstance(value, list):
        return f'"{",".join(value)}"'
    if isinstance(value, dt.date):
        return f"DATE({value.year},{value.month},{value.day})"
    return f"{value:.15g}" if isinstance(value, float | int) else str(value).removeprefix("=")


def _rule(kind: str, choices: Choices) -> dict[str, Any]:
    """Return a rule with its hint and its message, as XlsxWriter takes it."""
    if kind in ("list", "suggested"):
        rule = {"validate": "list", "source": list(choices) if isinstance(choices, tuple) else choices}
    else:
        rule = dict(_RULES[kind])
    if kind != "list":
        rule["error_type"] = "warning"
    free = rule["validate"] == "any"
    told = {} if free else {"error_title": say("choices.title"), "error_message": say(f"choices.{kind}")}
    hint = {"input_title": say(f"choices.hint_title_{kind}"), "input_message": say(f"choices.hint_{kind}")}
    return rule | told | hint


def _kind(style: str, choices: Choices) -> tuple[str, Choices]:
    """Return the kind of rule and its choices; a list that is too long or that Excel would split wrongly is dropped."""
    if isinstance(choices, tuple) and (len(",".join(choices)) > _LONGEST_LIST or any("," in word for word in choices)):
        return "name", None
    if isinstance(choices, str) and choices in _RULES:
        return choices, None
    if isinstance(choices, Suggested):
        return "suggested", choices
    return ("list", choices) if choices else (_KINDS.get(style, "text"), None)
