"""What follows from a plan alone and is asked for again and again: worked out once, and kept with the plan."""

from collections.abc import Callable
from functools import wraps
from typing import TypeVar

from kpixl.plan.model import Plan

__all__ = ["once_per_plan"]

_T = TypeVar("_T")


def once_per_plan(function: Callable[[Plan], _T]) -> Callable[[Plan], _T]:
    """Have a function of a plan worked out once for each plan, as a cached property is; nobody may change the answer.

    >>> from kpixl.plan import read_template
    >>> @once_per_plan
    ... def names(plan):
    ...     return tuple(stage.name for stage in plan.stages)
    >>> plan = read_template("inside_sales", language="en")
    >>> names(plan) is names(plan)
    True
    """
    place = f"{function.__module__}.{function.__qualname__}"

    @wraps(function)
    def known(plan: Plan) -> _T:
        if place not in plan.__dict__:
            plan.__dict__[place] = function(plan)
        answer: _T = plan.__dict__[place]
        return answer

    return known
