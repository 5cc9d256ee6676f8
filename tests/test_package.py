"""What importing kpixl costs and offers, and that its templates are found."""

import subprocess
import sys

import pytest

import kpixl
from kpixl import __version__, engine
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
