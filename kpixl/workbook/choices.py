"""Data validation: what may be typed into a cell, the hint beside it, and Excel's message for anything else.

Only lists are strict, unless they merely suggest. In all other cases Excel warns and accepts the entry, because a
refresh reads numbers and dates as people write them and corrects them.
"""

import datetime as dt
from collections.abc import Iterable
from typing import Any

from kpixl.texts import say
from kpixl.workbook.blocks import BY_ROW
from kpixl.xlsx.address import Area

__all__ = ["Choices", "Suggested", "allow"]

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
    "name": {"validate": "length", "criteria": "<=", "value": 100},
    "text": {"validate": "any"},
}
_LONGEST_LIST = 255  # characters of a list within the rule itself, including the commas between its words


class Suggested(tuple[str, ...]):
    """Words to choose from, where other entries are accepted after a warning."""


def allow(page: Any, typed: Iterable[tuple[Area, str, Choices]]) -> None:
    """Add data validation to typed cells of a sheet; cells with the same rule share it.

    Each item is an area, its style, and what may be typed there: one of some words, a value from a range, a date or a
    whole number. By default it follows from the style: a number, a share, a date, a name or any text.
    """
    areas: dict[tuple[str, Choices], list[Area]] = {}
    for area, style, choices in typed:
        areas.setdefault(_kind(style, choices), []).append(area)
    for (kind, choices), (first, *others) in areas.items():
        if kind in ("list", "suggested"):
            rule = {"validate": "list", "source": list(choices) if isinstance(choices, tuple) else choices}
        else:
            rule = dict(_RULES[kind])
        if kind != "list":
            rule["error_type"] = "warning"
        told = {"error_title": say("choices.title"), "error_message": say(f"choices.{kind}")} if kind != "text" else {}
        hint = {"input_title": say(f"choices.hint_title_{kind}"), "input_message": say(f"choices.hint_{kind}")}
        besides = {
            "other_cells": [[other.top - 1, other.left - 1, other.bottom - 1, other.right - 1] for other in others]
        }
        page.data_validation(str(first), rule | told | hint | besides)


def _kind(style: str, choices: Choices) -> tuple[str, Choices]:
    """Return the kind of rule and its choices; a list that is too long or that Excel would split wrongly is dropped."""
    if isinstance(choices, tuple) and (len(",".join(choices)) > _LONGEST_LIST or any("," in word for word in choices)):
        return "name", None
    if isinstance(choices, str) and choices in _RULES:
        return choices, None
    if isinstance(choices, Suggested):
        return "suggested", choices
    return ("list", choices) if choices else (_KINDS.get(style, "text"), None)
