"""What is each node of the KPI tree worth, and what should it be?

A KPI tree is a list of nodes: a name and a number, or a name and a formula of other nodes. Computed from the leaves up
it gives the value of the KGI at its root. With a goal for the root, the leaves that may move are scaled by λ^weight,
with the one λ that reaches the goal, and every node gets its target.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from graphlib import CycleError, TopologicalSorter

import numpy as np
from numpy.typing import NDArray

from kpixl.engine.answers import Answer
from kpixl.engine.checks import equal_lengths, finite
from kpixl.engine.expression import Value, value_of
from kpixl.engine.formula import Formula, parse, plain_name
from kpixl.engine.solve import roots
from kpixl.errors import InvalidValue, NoSolution, UserError

__all__ = ["Tree", "tree"]

_RESIDUAL = 1e-9


@dataclass(frozen=True, slots=True, eq=False)
class Tree(Answer):
    """The nodes in the order given: level below the root (0), value, and with a goal target and gap.

    `formula` is empty for a leaf; `target` and `gap` are None where no goal was given.
    """

    level: NDArray[np.int64]
    name: list[str]
    formula: list[str]
    value: NDArray[np.float64]
    target: NDArray[np.float64] | None
    gap: NDArray[np.float64] | None


def tree(
    names: Sequence[str],
    contents: Sequence[float | str],
    *,
    weights: Sequence[float | None] | None = None,
    goal: float | None = None,
) -> Tree:
    """Compute a KPI tree, and with a goal for its root what every node should be.

    Parameters
    ----------
    names : sequence of str, length n
        Name of each node, no two alike.
    contents : sequence of float or str, length n
        A number makes a leaf, a text is a formula of other nodes (see `kpixl.engine.formula.parse`).
    weights : sequence of float or None, length n, optional
        How much a leaf moves with the goal, as a power of λ; None is fixed. All leaves move alike where left out.
    goal : float, optional
        What the root should be.

    Returns
    -------
    Tree

    Raises
    ------
    InvalidValue
        If a formula or a name in it is unknown, a name stands twice, nodes run in a circle, or there are several roots.
    NoSolution
        If no λ reaches the goal.

    Examples
    --------
    >>> found = tree(["売上", "商談数", "成約率", "単価"], ["商談数 × 成約率 × 単価", 500, 0.2, 1_000_000],
    ...              weights=[None, 1, None, None], goal=120_000_000)
    >>> found.value[0], found.target.round(6).tolist()
    (np.float64(100000000.0), [120000000.0, 600.0, 0.2, 1000000.0])
    """
    known = _distinct(names)
    equal_lengths(names=known, contents=contents, weights=known if weights is None else weights)
    formulas = {name: parse(text) for name, text in zip(known, contents, strict=True) if isinstance(text, str)}
    leaves = {name: float(number) for name, number in zip(known, contents, strict=True) if not isinstance(number, str)}
    order = _leaves_first(known, formulas)
    root = _root(known, formulas)
    values = _evaluated(order, formulas, leaves)
    targets = None
    if goal is not None:
        moves = dict(zip(known, [1.0] * len(known) if weights is None else weights, strict=True))
        targets = _reaching(goal, root, order, formulas, leaves, moves)
    levels = _levels(root, formulas)
    now = np.array([values[name] for name in known])
    planned = None if targets is None else np.array([targets[name] for name in known])
    return Tree(
        level=np.array([levels[name] for name in known], dtype=np.int64),
        name=known,
        formula=[formulas[name].text if name in formulas else "" for name in known],
        value=now,
        target=planned,
        gap=None if planned is None else now - planned,
    )


def _distinct(names: Sequence[str]) -> list[str]:
    known: dict[str, int] = {}
    for row, name in enumerate(map(plain_name, names), 1):
        if not name:
            raise InvalidValue("tree_blank", row=row)
        if name in known:
            raise InvalidValue("label_twice", name=name)
        known[name] = row
    if not known:
        raise InvalidValue("tree_empty")
    return list(known)


def _leaves_first(names: list[str], formulas: Mapping[str, Formula]) -> list[str]:
    """Order the nodes so that each comes after those in its formula."""
    known = set(names)
    for name, formula in formulas.items():
        for part in formula.names:
            if part not in known:
                raise InvalidValue("tree_unknown", node=name, name=part, known=", ".join(names[:20]))
    try:
        return list(TopologicalSorter({name: _parts(name, formulas) for name in names}).static_order())
    except CycleError as error:
        raise InvalidValue("tree_cycle", circle=" → ".join(reversed(error.args[1]))) from None


def _parts(name: str, formulas: Mapping[str, Formula]) -> tuple[str, ...]:
    return formulas[name].names if name in formulas else ()


def _root(names: list[str], formulas: Mapping[str, Formula]) -> str:
    used = {part for formula in formulas.values() for part in formula.names}
    found = [name for name in names if name not in used]
    if len(found) > 1:
        raise InvalidValue("tree_roots", names=", ".join(found[:20]))
    return found[0]


def _levels(root: str, formulas: Mapping[str, Formula]) -> dict[str, int]:
    """Count the steps down from the root, by the shortest way."""
    levels = {root: 0}
    rank = [root]
    while rank:
        below = [(part, levels[name] + 1) for name in rank for part in _parts(name, formulas)]
        rank = list(dict.fromkeys(part for part, _ in below if part not in levels))
        for part, level in below:
            levels.setdefault(part, level)
    return levels


def _evaluated(order: list[str], formulas: Mapping[str, Formula], leaves: Mapping[str, float]) -> dict[str, float]:
    values: dict[str, float] = {name: finite(leaves[name]) for name in order if name in leaves}
    for name in order:
        if name in formulas:
            values[name] = float(formulas[name].evaluate(values))
    return values


def _reaching(
    goal: float,
    root: str,
    order: list[str],
    formulas: Mapping[str, Formula],
    leaves: Mapping[str, float],
    weights: Mapping[str, float | None],
) -> dict[str, float]:
    """Return the values of all nodes under the λ nearest to 1 that brings the root to the goal."""

    def scaled(logarithm: Value) -> dict[str, Value]:
        with np.errstate(over="ignore"):
            return {name: leaf * np.exp((weights[name] or 0.0) * logarithm) for name, leaf in leaves.items()}

    def gap(logarithm: Value) -> Value:
        values: dict[str, Value] = scaled(logarithm)
        if isinstance(logarithm, float):
            try:
                return _evaluated(order, formulas, {name: float(value) for name, value in values.items()})[root] - goal
            except UserError:
                pass  # numpy says how: infinite, or none
        with np.errstate(all="ignore"):
            for name in order:
                if name in formulas:
                    values[name] = np.asarray(value_of(formulas[name].tree, values))
            return values[root] - goal

    for logarithm in roots(gap, 0.0):
        try:
            reached = _evaluated(order, formulas, {name: float(value) for name, value in scaled(logarithm).items()})
        except UserError:
            continue  # a pole of the formula, no root
        if abs(reached[root] - goal) <= _RESIDUAL * max(abs(goal), 1.0):
            return reached
    raise NoSolution("tree_goal", root=root, goal=f"{goal:,.15g}")
