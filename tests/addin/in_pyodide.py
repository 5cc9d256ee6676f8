"""What pyodide.mjs runs: the examples of all functions, from the folder for Lite, then the tests of engine and udfs.

Both results are written to /out, for tests/addin/test_lite.py. Fewer examples are tried of each property, as this is
slower by some ten times; what simulates years, or needs more than numpy, scipy and holidays, is left out.
"""

import json
import os
import sys
from contextlib import nullcontext
from pathlib import Path
from typing import Any

_EXAMPLES = 10
_LEFT_OUT = ("calibration", "apart", "standing", "import")  # long simulations, and what is loaded in a process
_UNKNOWN = ("statsmodels", "pandas", "subprocess")


def answers() -> list[list[Any]]:
    """Return what the functions that are offered to Lite answer to /out/examples.json, with the reason of an error."""
    sys.path[:0] = ["/personal", "/site"]
    import kpixl_lite

    from udfs.boundary import last_error

    asked = json.loads(Path("/out/examples.json").read_text(encoding="utf-8"))
    given = [[getattr(kpixl_lite, name)(*cells), last_error()] for name, cells in asked]
    for name in [name for name in sys.modules if name.partition(".")[0] in ("kpixl", "kpixl_lite", "udfs")]:
        del sys.modules[name]
    sys.path[:] = [path for path in sys.path if not path.startswith("/personal")]
    return given


def tests() -> dict[str, Any]:
    """Run the tests in /checkout; return how many passed, and what failed with its reason."""
    os.chdir("/checkout")
    sys.dont_write_bytecode = True
    sys.path.insert(0, "/checkout")
    import pytest
    from hypothesis import HealthCheck, settings

    settings.register_profile(
        "slow", max_examples=_EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck), database=None
    )
    settings.load_profile("slow")

    class Told:
        """Count what passed, keep what failed, and lift the limits that only Linux has."""

        passed = 0
        failed: dict[str, str] = {}  # noqa: RUF012

        @pytest.fixture(scope="session")
        def limited(self) -> Any:
            return nullcontext

        def pytest_runtest_logreport(self, report: Any) -> None:
            self.passed += report.when == "call" and report.passed
            if report.failed:
                self.failed[report.nodeid] = str(report.longrepr)[-2000:]

    files = [
        str(path)
        for room in ("engine", "udfs")
        for path in sorted(Path("tests", room).glob("test_*.py"))
        if not any(word in path.name for word in _LEFT_OUT)
        and not any(word in path.read_text(encoding="utf-8") for word in _UNKNOWN)
    ]
    told = Told()
    options = "-q --capture=sys -c /dev/null --rootdir=/checkout --confcutdir=/checkout/tests/engine"
    options += " -p no:cacheprovider -p no:faulthandler --import-mode=importlib --tb=short"
    code = pytest.main([*options.split(), *files], plugins=[told])
    return {"code": int(code), "files": len(files), "passed": told.passed, "failed": told.failed}


if __name__ == "__main__":
    for name, run in (("answers", answers), ("tests", tests)):
        Path(f"/out/{name}.json").write_text(json.dumps(run(), ensure_ascii=False), encoding="utf-8")
