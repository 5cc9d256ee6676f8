"""What importing kpixl costs and offers, and that its templates are found."""

import dataclasses
import importlib
import inspect
import pkgutil
import re
import subprocess
import sys

import pytest

import kpixl
from kpixl import __version__, engine
from kpixl.engine.answers import Answer
from kpixl.plan.sections import template_names

_HEAVY = ("pandas", "openpyxl", "xlsxwriter", "python_calamine", "ibis", "duckdb", "lxml", "pyarrow", "xlwings")


def _loaded(statements: str, watched: tuple[str, ...]) -> list[str]:
    """Return which of the watched modules a new Python has loaded after some statements."""
    program = f"import sys; {statements}; print(*[name for name in {watched!r} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=60)
    return done.stdout.split()


@pytest.mark.parametrize("module", ["kpixl", "kpixl.engine", "udfs"])
def test_the_engine_loads_neither_frames_nor_a_workbook_library(module: str) -> None:
    assert _loaded(f"import {module}", _HEAVY) == []


def test_importing_kpixl_loads_nothing_and_a_function_the_engine_alone() -> None:
    assert _loaded("import kpixl; dir(kpixl)", ("numpy", "kpixl.engine", "kpixl.plan", *_HEAVY)) == []
    assert _loaded("import kpixl; kpixl.backsolve(100, 1, [0.2])", ("numpy", "scipy", *_HEAVY)) == ["numpy"]


def test_kpixl_offers_the_engine_and_plan_workbooks() -> None:
    more = {"Plan", "PlanBook", "__version__", "open_plan", "speaking"}
    assert set(kpixl.__all__) == {*engine.__all__, *more}
    assert list(kpixl.__all__) == sorted(kpixl.__all__)
    assert set(kpixl.__all__) <= set(dir(kpixl))
    for name in engine.__all__:
        assert getattr(kpixl, name).__doc__ == getattr(engine, name).__doc__


def test_an_unknown_name_raises_the_usual_attribute_error() -> None:
    with pytest.raises(AttributeError, match="module 'kpixl' has no attribute 'backsolv'"):
        kpixl.backsolv  # type: ignore[attr-defined] # noqa: B018


def test_the_templates_are_found() -> None:
    assert "inside_sales" in template_names()


def test_the_version_is_one() -> None:
    assert [part.isdigit() for part in __version__.split(".")] == [True, True, True]


def test_whatever_holds_frames_or_arrays_compares_by_their_numbers() -> None:
    """A dataclass compares its fields by ==, which frames and arrays answer with one of them, not with yes or no."""
    holding = set()
    for module in pkgutil.walk_packages(kpixl.__path__, "kpixl."):
        if not module.name.startswith(("kpixl.addin.oxt", "kpixl.__main__")):
            for kind in vars(importlib.import_module(module.name)).values():
                ours = inspect.isclass(kind) and dataclasses.is_dataclass(kind) and kind.__module__.startswith("kpixl.")
                if ours and re.search("DataFrame|Series'|ndarray", str(inspect.get_annotations(kind))):
                    holding.add(kind)
    assert {"Import", "Coverage", "Tracking", "Targets", "Landing", "Curve"} <= {kind.__name__ for kind in holding}
    assert [kind for kind in holding if not issubclass(kind, Answer)] == []
