"""Which driver moves the outcome, and how far must they go together?

A small change of each driver shows which of them matters most. To reach a goal, each is asked alone what it would have
to become; then all of them move alike, each to its cap at most, and the plan is run forward to see that it holds.
"""

import math
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from kpixl.engine.answers import Answer
from kpixl.engine.checks import above_zero, equal_lengths
from kpixl.engine.expression import Value, names_in
from kpixl.engine.formula import Formula, plain_name
from kpixl.engine.solve import curve, drivers_of, roots, solved
from kpixl.errors import InvalidValue, NoSolution

__all__ = ["Levers", "Sensitivity", "levers", "sensitivity"]

_MOST_SEARCHED = 5_000  # names to search for × names in the formula: fifty drivers that each appear twice
_MOST_UNDONE = 200_000  # the same for names that appear once


@dataclass(frozen=True, slots=True, eq=False)
class Sensitivity(Answer):
    """Drivers by what a change of each does to the outcome, the largest effect first.

    `elasticity` is the relative change of the outcome per relative change of the driver, NaN where the outcome is 0.
    """

    driver: list[str]
    now: NDArray[np.float64]
    effect: NDArray[np.float64]
    elasticity: NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Levers(Answer):
    """What each driver must become alone, its cap, and its value in the balanced plan.

    `needed` is NaN where the driver alone is not enough, `cap` is infinite where there is none. `present` is
    the outcome now, `outcome` that of the balanced plan: the goal, or as far as the caps get.
    """

    driver: list[str]
    now: NDArray[np.float64]
    needed: NDArray[np.float64]
    cap: NDArray[np.float64]
    planned: NDArray[np.float64]
    present: float
    outcome: float


def sensitivity(formula: str, labels: Sequence[str], values: ArrayLike, *, change: float = 0.01) -> Sensitivity:
    """Return what a relative change of each driver does to the outcome.

    Parameters
    ----------
    formula, labels, values
        As in `solve`.
    change : float, default 0.01
        The relative change of each driver, not 0: 0.01 is one percent more.

    Returns
    -------
    Sensitivity

    Raises
    ------
    InvalidValue
        If the formula or a name in it is unknown, or `change` is 0.

    Examples
    --------
    >>> found = sensitivity("商談数 × 成約率 + 10", ["商談数", "成約率"], [500, 0.2])
    >>> found.effect.round(9).tolist(), found.elasticity.round(4).tolist()
    ([1.0, 1.0], [0.9091, 0.9091])
    """
    if not math.isfinite(change) or change == 0:
        raise InvalidValue("change_zero", given=change)
    understood, known = drivers_of(formula, labels, values)
    now = float(understood.evaluate(known))
    drivers = list(understood.names)
    moved = np.array([float(understood.evaluate({**known, name: known[name] * (1 + change)})) for name in drivers])
    effect = moved - now
    size = np.abs(effect) / np.max(np.abs(effect), initial=np.finfo(float).tiny)
    order = np.argsort(-size.round(9), kind="stable")  # equal effects stay in order, whatever the rounding
    elasticity = effect / now / change if now else np.full(len(drivers), np.nan)
    current = np.array([known[name] for name in drivers])
    return Sensitivity([drivers[place] for place in order], current[order], effect[order], elasticity[order])


def levers(
    goal: float, formula: str, labels: Sequence[str], values: ArrayLike, *, caps: ArrayLike | None = None
) -> Levers:
    """Return what each driver must become alone, and a plan in which all of them move alike within their caps.

    Parameters
    ----------
    goal, formula, labels, values
        As in `solve`; the values are above 0.
    caps : array_like of float, shape (n,), optional
        How far each driver can go: the most where more of it helps, the least where less of it helps; NaN or infinite
        where there is no limit.

    Returns
    -------
    Levers

    Raises
    ------
    InvalidValue
        If the formula or a name in it is unknown, a value is not above 0, the lengths differ, or the formula is so
        large and has so many names that looking for each would take minutes.

    Notes
    -----
    The balanced plan multiplies every driver that helps by the same λ ≥ 1, and divides by it every driver that hurts,
    each up to its cap: ``min(λ · now, cap)``, with the λ that reaches the goal.

    Examples
    --------
    Twenty percent more revenue, when the win rate can go no further than 21%:

    >>> found = levers(120, "商談数 × 成約率", ["商談数", "成約率"], [500, 0.2], caps=[np.nan, 0.21])
    >>> found.needed.round(9).tolist(), found.planned.round(6).tolist()
    ([600.0, nan], [571.428571, 0.21])
    """
    understood, known = drivers_of(formula, labels, values)
    _refuse_endless(understood)
    drivers = list(understood.names)
    current = np.array([known[name] for name in drivers])
    for name in drivers:
        above_zero(**{name: known[name]})
    limits = _limits(drivers, labels, caps)
    helps = _helps(understood, known)
    limits = np.where(np.isnan(limits), np.where(helps, np.inf, 0.0), limits)
    limits = np.where(helps, np.maximum(limits, current), np.minimum(limits, current))
    needed = np.array([_alone(goal, understood, known, name) for name in drivers])
    with np.errstate(invalid="ignore"):
        needed[np.where(helps, needed > limits, needed < limits)] = np.nan

    def planned(stretch: Value) -> dict[str, Value]:
        moved = (
            np.minimum(now * stretch, limit) if help_ else np.maximum(now / stretch, limit)
            for now, limit, help_ in zip(current, limits, helps, strict=True)
        )
        return dict(zip(drivers, moved, strict=True))

    stretch = _stretch(lambda value: curve(understood, planned(value)) - goal)
    plan = planned(stretch)
    present, outcome = (float(understood.evaluate(values)) for values in (known, plan))
    return Levers(drivers, current, needed, limits, np.array(list(plan.values())), present, outcome)


def _refuse_endless(formula: Formula) -> None:
    """Raise where finding many names in a long formula would take too long, above all names that appear repeatedly."""
    times = Counter(names_in(formula.tree))
    repeated, size = sum(count > 1 for count in times.values()), times.total()
    if repeated * size > _MOST_SEARCHED or len(times) * size > _MOST_UNDONE:
        raise InvalidValue("formula_large", names=len(times), size=size)


def _limits(drivers: list[str], labels: Sequence[str], caps: ArrayLike | None) -> NDArray[np.float64]:
    if caps is None:
        return np.full(len(drivers), np.nan)
    given = np.atleast_1d(np.asarray(caps, dtype=float))
    equal_lengths(labels=labels, caps=given)
    by_name = dict(zip(map(plain_name, labels), given.tolist(), strict=True))
    return np.array([by_name[name] for name in drivers])


def _helps(formula: Formula, known: dict[str, float]) -> NDArray[np.bool_]:
    """Say for each driver whether a little more of it makes the outcome no smaller."""
    now = formula.evaluate(known)
    more = [formula.evaluate({**known, name: known[name] * 1.001}) for name in formula.names]
    return np.array([moved >= now for moved in more])


def _alone(goal: float, formula: Formula, known: dict[str, float], driver: str) -> float:
    try:
        return solved(formula, known, goal, driver)
    except NoSolution:
        return math.nan


def _stretch(gap: Callable[[Value], Value]) -> float:
    """Return the λ ≥ 1 at which the gap closes first, or the one at which it is smallest where it never does."""
    if gap(1.0) >= 0:
        return 1.0
    found = next(roots(lambda stretch: gap(np.maximum(stretch, 1.0)), 1.0), None)
    if found is not None:
        return found
    probes = 1 + np.geomspace(1e-4, 1e12, 400)
    return float(probes[np.nanargmax(np.broadcast_to(gap(probes), probes.shape))])
