"""Hostile cells in every function: an answer, or an error that Excel knows with its reason; never a bug, and soon.

`KPIXL_CALLS=5000` tries as many; the few of an ordinary run are the first of them.
"""

import datetime as dt
import json
import math
import os
import random
import re
from collections.abc import Callable
from contextlib import AbstractContextManager
from decimal import Decimal
from typing import Any

import numpy as np
import pytest

from kpixl.errors import KpixlError
from udfs import boundary

_MANY = int(os.environ.get("KPIXL_CALLS", "300"))
_ERRORS = {"#NULL!", "#DIV/0!", "#VALUE!", "#REF!", "#NAME?", "#NUM!", "#N/A", "#GETTING_DATA", "#SPILL!", "#CALC!"}
_HOSTILE: list[Any] = [
    None, "", " ", "\u3000", 0.0, -0.0, 1.0, -1.0, 0.5, 1e-308, 5e-324, 1e308, -1e308, math.nan, math.inf, -math.inf,
    2.0**53, 1e15, 9e15, 1e-300, 1e300, 1e10, True, False, 10**400, -(10**400), Decimal("1E+400"), Decimal("NaN"),
    Decimal("0.1"), np.float64(3), np.int64(3), np.bool_(True), "#N/A", "#REF!", "#VALUE!", "#no", -2146826246,
    "1億円", "１００万", "20%", "120%", "-5%", "▲5", "(5)", "1,2,3", "1e400", "9" * 101, "千" * 99, "12k", "NaN", "inf",
    "2025-06-02", "2025/6/31", "令和7年6月2日", "令和0年1月1日", "0001-01-01", "9999-12-31", "25:00", 45810.0, 60.0,
    2958466.0, dt.date(2025, 6, 2), dt.date(1, 1, 1), dt.date(9999, 12, 31), dt.datetime(2025, 6, 2, 10, 30),
    "JP", "US", "QQ", "__class__", "なし", "month", "week", "shapley", "lmdi", "TRUE", "はい", "maybe",
    "a", "a × b", "a + b - c", "a ÷ (a - 1)", "a ^ a ^ a", "((((a", "x" + "%" * 20, "SUM(a, b)", "MIN(a, 10)", "1 ÷ 0",
    "=1+1", "'", '"', "{", "{x}", "%s", "\x00", "\x1b[2J", "\ud800", "\u202e", "日本\n語", "x" * 9000, "+" * 2000,
    b"bytes", object(), {}, set(), 1j, [], [[]], (), [[1.0], [1.0, 2.0]],
]  # fmt: skip


def _cell(chance: random.Random) -> Any:
    return chance.choice(_HOSTILE) if chance.random() < 0.6 else chance.choice((1.0, 2.0, 10.0, 0.2, 100.0, 3.0))


def _range(chance: random.Random) -> Any:
    if chance.random() < 0.4:
        return _cell(chance)
    rows, columns = chance.choice(((1, 3), (3, 1), (2, 2), (1, 40), (300, 1), (30, 30)))
    same = _cell(chance)
    return [[same if chance.random() < 0.5 else _cell(chance) for _ in range(columns)] for _ in range(rows)]


def _arguments(function: boundary.Function, chance: random.Random) -> list[Any]:
    """Return the documented example with a cell, an argument or all of it something else, or cut short."""
    inner = re.sub(r"([\d.]+)%", r'"\1%"', function.example()[len(function.name) + 2 : -1])
    cells: list[Any] = json.loads("[" + inner.replace("{", "[[").replace("}", "]]").replace(";", "],[") + "]")
    cells += [None] * (len(function.arguments) - len(cells))
    for place in range(len(cells)):
        if chance.random() < 1 / len(cells):
            if isinstance(cells[place], list) and chance.random() < 0.5:
                row = chance.choice(cells[place])
                row[chance.randrange(len(row))] = _cell(chance)
            else:
                cells[place] = _range(chance)
    return cells if chance.random() < 0.9 else [_range(chance) for _ in cells[: chance.randint(0, len(cells))]]


def _cells_of(answer: object) -> list[object]:
    return [cell for row in answer for cell in row] if isinstance(answer, list) else [answer]


def test_any_cells_are_answered_or_refused_with_a_reason(limited: Callable[[], AbstractContextManager[None]]) -> None:
    functions, wrong = boundary.functions(), []
    for number in range(_MANY):
        chance = random.Random(number)  # noqa: S311 - damage, not secrets
        function = functions[number % len(functions)]
        given = _arguments(function, chance)
        try:
            with limited():
                answer = boundary.evaluate(function.name, given)
            for cell in _cells_of(answer):
                assert type(cell) in (float, str, bool), cell
                assert not isinstance(cell, float) or math.isfinite(cell)
                assert not (isinstance(cell, str) and cell.startswith("#")) or cell in _ERRORS or cell == "#no"
        except KpixlError as error:
            assert error.excel in _ERRORS
            if len(str(error)) < 5:
                wrong.append((number, function.name, f"no reason: {error!r}"))
        except (Exception, pytest.fail.Exception) as error:
            wrong.append((number, function.name, f"{error!r}"[:300]))
    assert not wrong, "\n".join(map(str, wrong))
