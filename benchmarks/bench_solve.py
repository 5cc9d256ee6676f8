"""How fast `KPI_SOLVE` is beside one Goal Seek of LibreOffice, in the same run: `python benchmarks/bench_solve.py`.

Both find the rate at which 500 meetings at a million each bring 120 million. Needs LibreOffice with its Python bridge
(`python3-uno`); the seek is timed inside a running office, so that starting it does not count.
"""

import os
import subprocess
import tempfile
import timeit
from pathlib import Path

from kpixl.engine import solve

OFFICE = Path(os.environ.get("LO_PROG", "/usr/lib/libreoffice/program"))
PYTHON = os.environ.get("LO_PYTHON", "/usr/bin/python3")
ROUNDS = 500


def main() -> None:
    """Print both times and their ratio."""
    labels, values = ["meetings", "rate", "value"], [500.0, 0.2, 1e6]
    own = (
        min(timeit.repeat(lambda: solve(1.2e8, "meetings × rate × value", labels, values, "rate"), number=ROUNDS))
        / ROUNDS
    )
    seek = _goal_seek()
    print(f"KPI_SOLVE {own * 1e3:.3f} ms, Goal Seek {seek * 1e3:.3f} ms: {seek / own:.1f} x faster (more than 1)")


def _goal_seek() -> float:
    pipe = f"kpixl{os.getpid()}"
    with tempfile.TemporaryDirectory() as profile:
        command = [
            str(OFFICE / "soffice.bin"),
            "--headless",
            "--norestore",
            f"-env:UserInstallation=file://{profile}",
            f"--accept=pipe,name={pipe};urp;",
        ]
        subprocess.run([command[0], command[3], "--headless", "--terminate_after_init"], check=False, timeout=120)
        office = subprocess.Popen(command, env={**os.environ, "SAL_USE_VCLPLUGIN": "svp"})
        try:
            script = Path(__file__).with_name("goalseek_in_office.py")
            clean = {key: value for key, value in os.environ.items() if not key.startswith(("PYTHON", "VIRTUAL_ENV"))}
            done = subprocess.run(
                [PYTHON, str(script), pipe, str(ROUNDS)],
                env=clean,
                check=True,
                capture_output=True,
                text=True,
                timeout=120,
            )
            return float(done.stdout)
        finally:
            office.terminate()
            office.wait(30)


if __name__ == "__main__":
    main()
