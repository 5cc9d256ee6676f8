"""What is promised in numbers is what is used, wherever a function can be called."""

import inspect

import pytest

from kpixl import engine
from kpixl.engine import thresholds
from udfs import boundary

_PROMISED = {  # docs/functions.md
    ("KPI_RATE", "confidence"): 0.95,
    ("KPI_EFFECT", "confidence"): 0.95,
    ("KPI_LANDING", "confidence"): 0.8,
    ("KPI_STATUS", "recover_at"): 0.25,
    ("KPI_ALERT", "threshold"): 0.3,
    ("KPI_ALERT", "checkpoint"): 0.5,
}
_NAMED = {
    "KPI_RATE": "CONFIDENCE",
    "KPI_EFFECT": "CONFIDENCE",
    "KPI_LANDING": "LANDING_CONFIDENCE",
    "KPI_STATUS": "RECOVER_AT",
    "threshold": "ALERT_UP_TO",
    "checkpoint": "ALERT_AFTER",
}


@pytest.mark.parametrize(("function", "argument"), _PROMISED)
def test_every_host_and_python_go_by_the_same_number(function: str, argument: str) -> None:
    promised = _PROMISED[function, argument]
    in_python = inspect.signature(getattr(engine, function.removeprefix("KPI_").lower()))
    in_cells = {one.name: one.default for one in boundary.REGISTRY[function].arguments}
    assert (in_python.parameters[argument].default, in_cells[argument]) == (promised, promised)
    assert getattr(thresholds, _NAMED.get(argument) or _NAMED[function]) == promised


def test_no_number_is_named_twice() -> None:
    assert sorted(thresholds.__all__) == sorted(name for name in vars(thresholds) if name.isupper())
