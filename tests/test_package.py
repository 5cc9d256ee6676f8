"""What importing kpixl costs, and that its templates are found."""

import subprocess
import sys

import pytest

from kpixl import __version__
from kpixl.plan.sections import template_names

_HEAVY = ("pandas", "openpyxl", "xlsxwriter", "python_calamine", "ibis", "duckdb", "lxml", "pyarrow", "xlwings")


@pytest.mark.parametrize("module", ["kpixl", "kpixl.engine", "udfs"])
def test_the_engine_loads_neither_frames_nor_a_workbook_library(module: str) -> None:
    program = f"import sys, {module}; print(*[name for name in {_HEAVY!r} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=60)
    assert done.stdout.split() == []


def test_the_templates_are_found() -> None:
    assert "inside_sales" in template_names()


def test_the_version_is_one() -> None:
    assert [part.isdigit() for part in __version__.split(".")] == [True, True, True]
