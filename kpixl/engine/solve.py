"""What must a driver become?

A formula says how drivers make the outcome: 商談数 × 成約率 × 単価. Turned around it says what one driver must become
to reach a goal. Where the driver stands once, the formula is undone step by step; else the root is bracketed and found
by Brent's method (Brent, *Algorithms for Minimization Without Derivatives*, 1973). Either way the result is checked.
"""

import math
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from heapq import heappop, heappush

import numpy as np
from numpy.typing import ArrayLike

from kpixl.engine.checks import equal_lengths
from kpixl.engine.expression import Call, Chain, Name, Negative, Node, Percent, Value, names_in, value_of
from kpixl.engine.formula import Formula, parse, plain_name
from kpixl.errors import InvalidValue, NoSolution, UserError

__all__ = ["curve", "drivers_of", "roots", "solve", "solved"]

_RESIDUAL = 1e-9
_MOST_TURNS = 20  # changes of sign that are looked into; no formula of a plan has more poles
_MOST_STEPS = 200


def solve(goal: float, formula: str, labels: Sequence[str], values: ArrayLike, driver: str) -> float:
    """Return the value that `driver` must take for `formula` to reach `goal`, the others as given.

    Parameters
    ----------
    goal : float
        What the formula should make.
    formula : str
        See `kpixl.engine.formula.parse`.
    labels, values : sequence of str, array_like of float
        The drivers' names and present values.
    driver : str
        The driver that may move.

    Returns
    -------
    float
        The solution; where there are several, the one nearest the present value.

    Raises
    ------
    InvalidValue
        If the formula or a name in it is unknown, or the driver is not in the formula.
    NoSolution
        If no value of the driver reaches the goal.

    Examples
    --------
    >>> solve(120_000_000, "商談数 × 成約率 × 単価", ["商談数", "成約率", "単価"], [500, 0.2, 1_000_000], "成約率")
    0.24
    """
    understood, known = drivers_of(formula, labels, values)
    name = plain_name(driver)
    if name not in understood.names:
        raise InvalidValue("driver_absent", name=driver, known=", ".join(understood.names))
    return solved(understood, known, goal, name)


def solved(formula: Formula, known: dict[str, float], goal: float, driver: str) -> float:
    """Return the value of a driver as `solve` does, for a formula that is understood and the values of its names.

    >>> solved(parse("a × b"), {"a": 2.0, "b": 3.0}, 12.0, "b")
    6.0
    """
    found = _closed_form(formula.tree, goal, driver, known)
    if found is not None and _reaches(formula, {**known, driver: found}, goal):
        return found
    for root in roots(lambda value: curve(formula, {**known, driver: value}) - goal, known[driver]):
        if _reaches(formula, {**known, driver: root}, goal):
            return root
    raise NoSolution("driver_cannot", name=driver, goal=f"{goal:,.15g}", now=f"{known[driver]:,.15g}")


def roots(gap: Callable[[Value], Value], start: float) -> Iterator[float]:
    """Yield the places where a sign change of `gap` reveals a root, the nearest to `start` first.

    The function is probed on both sides of `start` at growing distances, all at once; within each change of sign
    Brent's method closes in. A pole changes sign as well: the caller must check what is found.

    >>> next(roots(lambda x: x**2 - 9.0, 2.0))
    3.0
    """
    from scipy.optimize import brentq  # noqa: PLC0415 - slower to import than numpy, and needed only for roots

    steps = max(abs(start), 1.0) * np.geomspace(1e-4, 1e12, 400)
    brackets = []
    for sign in (1, -1):
        probes = np.concatenate([[start], start + sign * steps])
        signs = np.sign(np.broadcast_to(gap(probes), probes.shape))
        turns = np.flatnonzero(signs[:-1] * signs[1:] <= 0)
        brackets += [(abs(probes[turn] - start), probes[turn], probes[turn + 1]) for turn in turns]
    waiting: list[tuple[float, float]] = []  # found, while a bracket that begins nearer may still hold a nearer one
    for distance, near, far in sorted(brackets)[:_MOST_TURNS]:
        while waiting and waiting[0][0] <= distance:
            yield heappop(waiting)[1]
        root = float(brentq(gap, float(near), float(far), xtol=1e-300, rtol=1e-15, maxiter=_MOST_STEPS, disp=False))
        heappush(waiting, (abs(root - start), root))
    yield from (root for _, root in sorted(waiting))


def drivers_of(formula: str, labels: Sequence[str], values: ArrayLike) -> tuple[Formula, dict[str, float]]:
    """Return the formula understood, and the present value of every name it may use."""
    numbers = np.atleast_1d(np.asarray(values, dtype=float))
    equal_lengths(labels=labels, values=numbers)
    names = [plain_name(label) for label in labels]
    for name, times in Counter(names).items():
        if times > 1:
            raise InvalidValue("label_twice", name=name)
    known = dict(zip(names, numbers.tolist(), strict=True))
    understood = parse(formula)
    for name in understood.names:
        if name not in known:
            raise InvalidValue("formula_name", name=name, known=", ".join(known))
    return understood, known


def curve(formula: Formula, values: dict[str, Value]) -> Value:
    """Compute the formula without warnings; where it has no value the result is NaN or infinite."""
    if all(type(value) is float for value in values.values()):
        try:
            result = value_of(formula.tree, values)
        except ArithmeticError:
            pass  # numpy says how: infinite, or none
        else:
            return math.nan if isinstance(result, complex) else float(result)
    with np.errstate(all="ignore"):
        return np.asarray(value_of(formula.tree, {name: np.asarray(value) for name, value in values.items()}))


def _reaches(formula: Formula, values: dict[str, float], goal: float) -> bool:
    try:
        outcome = float(formula.evaluate(values))
    except UserError:
        return False
    return abs(outcome - goal) <= _RESIDUAL * max(abs(goal), 1.0)


def _closed_form(node: Node, goal: float, driver: str, known: dict[str, float]) -> float | None:
    """Undo the operations around a driver that stands once, from the outside in; None where that cannot be done."""
    if sum(name == driver for name in names_in(node)) != 1:
        return None
    try:
        while not isinstance(node, Name):
            step = _undo(node, goal, driver, known)
            if step is None:
                return None
            node, goal = step
    except (ArithmeticError, ValueError):
        return None
    return float(goal) if math.isfinite(goal) else None


def _undo(node: Node, goal: float, driver: str, known: dict[str, float]) -> tuple[Node, float] | None:
    """Return the operand that holds the driver, and what it must be worth for the node to be worth `goal`."""
    match node:
        case Negative(operand):
            return operand, -goal
        case Percent(operand, times):
            return operand, goal * 100**times
        case Call("SUM", arguments):
            others = sum(value_of(argument, known) for argument in arguments if driver not in names_in(argument))
            return next(argument for argument in arguments if driver in names_in(argument)), goal - others
        case Chain(first, rest) if rest[0][0] != "^":
            return _undo_chain(first, list(rest), goal, driver, known)
    return None


def _undo_chain(
    first: Node, rest: list[tuple[str, Node]], goal: float, driver: str, known: dict[str, float]
) -> tuple[Node, float]:
    while rest:
        sign, last = rest.pop()
        if driver in names_in(last):
            return last, _SECOND[sign](goal, value_of(Chain(first, tuple(rest)), known))
        goal = _FIRST[sign](goal, value_of(last, known))
    return first, goal


_FIRST: dict[str, Callable[[float, float], float]] = {  # the first operand, from the goal and the second
    "+": lambda goal, second: goal - second,
    "-": lambda goal, second: goal + second,
    "*": lambda goal, second: goal / second,
    "/": lambda goal, second: goal * second,
}
_SECOND: dict[str, Callable[[float, float], float]] = {  # the second operand, from the goal and the first
    "+": lambda goal, first: goal - first,
    "-": lambda goal, first: first - goal,
    "*": lambda goal, first: goal / first,
    "/": lambda goal, first: first / goal,
}
