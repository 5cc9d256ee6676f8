"""What is a formula made of, and what is it worth?

A formula is a small frozen tree of numbers, names, signs, chains of operations and function calls. It is computed with
single numbers or whole arrays, and written down again as Excel writes it. Precedence is Excel's: a sign binds before ^,
and ^ runs from left to right.
"""

import operator
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from kpixl.engine.numbers import ceil

__all__ = [
    "FUNCTIONS",
    "Call",
    "Chain",
    "Name",
    "Negative",
    "Node",
    "Number",
    "Percent",
    "Value",
    "in_excel",
    "names_in",
    "value_of",
]

Value: TypeAlias = float | NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Number:
    """A number as it stands in the formula."""

    value: float


@dataclass(frozen=True, slots=True)
class Name:
    """A driver or another node."""

    name: str


@dataclass(frozen=True, slots=True)
class Negative:
    """A value with a minus sign."""

    operand: "Node"


@dataclass(frozen=True, slots=True)
class Percent:
    """A value in percent, or in percent of percent: as many times as there are signs in a row."""

    operand: "Node"
    times: int = 1


@dataclass(frozen=True, slots=True)
class Chain:
    """Operations of one precedence from left to right: ``a × b ÷ c``."""

    first: "Node"
    rest: tuple[tuple[str, "Node"], ...]


@dataclass(frozen=True, slots=True)
class Call:
    """One of the `FUNCTIONS` with its arguments."""

    function: str
    arguments: tuple["Node", ...]


Node: TypeAlias = Number | Name | Negative | Percent | Chain | Call

OPERATIONS: dict[str, Callable[[Any, Any], Any]] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "/": operator.truediv,
    "^": operator.pow,
}
_LEVELS = {"+": 1, "-": 1, "*": 2, "/": 2, "^": 3}
_SIGN, _PERCENT = 4, 5


def _least(*values: Value) -> Value:
    return min(values) if all(isinstance(value, float) for value in values) else np.minimum.reduce(_together(values))


def _most(*values: Value) -> Value:
    return max(values) if all(isinstance(value, float) for value in values) else np.maximum.reduce(_together(values))


def _together(values: tuple[Value, ...]) -> NDArray[np.float64]:
    return np.array(np.broadcast_arrays(*values))


def _round_up(x: Value, digits: Value = 0.0) -> Value:
    """Round away from zero, as ROUNDUP does, without being misled by floating point."""
    scale = 10.0**digits
    rounded: Value = np.sign(x) * ceil(np.abs(np.asarray(x)) * scale) / scale
    return rounded


FUNCTIONS: dict[str, tuple[Callable[..., Value], int, int]] = {  # the function, and how many arguments it takes
    "MIN": (_least, 1, 255),
    "MAX": (_most, 1, 255),
    "SUM": (lambda *values: sum(values[1:], start=values[0]), 1, 255),
    "ROUNDUP": (_round_up, 1, 2),
}


def value_of(node: Node, values: Mapping[str, Value]) -> Any:
    """Compute a tree without any check of names or results."""
    match node:
        case Number(value):
            return value
        case Name(name):
            return values[name]
        case Chain(first, rest):
            total = value_of(first, values)
            for sign, operand in rest:
                total = OPERATIONS[sign](total, value_of(operand, values))
            return total
        case Negative(operand):
            return -value_of(operand, values)
        case Percent(operand, times):
            share = value_of(operand, values)
            for _ in range(times):
                share = share / 100
            return share
        case _:
            return FUNCTIONS[node.function][0](*(value_of(argument, values) for argument in node.arguments))


def names_in(node: Node) -> Iterator[str]:
    """Yield the names of a tree from left to right, each as often as it stands there."""
    match node:
        case Name(name):
            yield name
        case Chain(first, rest):
            yield from names_in(first)
            for _, operand in rest:
                yield from names_in(operand)
        case Negative(operand) | Percent(operand):
            yield from names_in(operand)
        case Call(_, arguments):
            for argument in arguments:
                yield from names_in(argument)
        case _:
            return


def in_excel(node: Node, cells: Mapping[str, str], above: int = 0) -> str:
    """Write a tree as Excel does, in brackets where it binds less than the operation `above` it."""
    match node:
        case Number(value):
            return repr(value).removesuffix(".0").upper()
        case Name(name):
            return cells[name]
        case Call(function, arguments):
            given = [in_excel(argument, cells) for argument in arguments]
            if function == "ROUNDUP" and len(given) == 1:
                given.append("0")
            return f"{function}({','.join(given)})"
        case Negative(operand):
            level, printed = _SIGN, "-" + in_excel(operand, cells, _SIGN)
        case Percent(operand, times):
            level, printed = _PERCENT, in_excel(operand, cells, _PERCENT) + "%" * times
        case _:
            level = _LEVELS[node.rest[0][0]]
            printed = in_excel(node.first, cells, level + 1)
            printed += "".join(sign + in_excel(operand, cells, level + 1) for sign, operand in node.rest)
    return f"({printed})" if level < above else printed
