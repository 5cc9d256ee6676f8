"""The engine is as light as numpy."""

import subprocess
import sys


def test_importing_the_engine_loads_numpy_only() -> None:
    heavy = "{'scipy', 'pandas', 'holidays', 'tomllib', 'xlwings', 'openpyxl', 'ibis', 'duckdb'}"
    code = f"import sys, kpixl.engine; print(sorted({heavy} & set(sys.modules)))"
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "[]"
