"""How long until kpixl is there: `import kpixl.engine` beside `import numpy`, `kpixl --help` beside `import typer`.

Run `python benchmarks/bench_startup.py`. Each pair is run alternately, the best of many taken, and shown as a ratio.
Both have their bytecode cached, as an installed package has.
"""

import os
import subprocess
import sys
import tempfile
import time

ROUNDS = 15
PAIRS = {
    "import kpixl.engine / import numpy (at most 1.5)": (["-c", "import kpixl.engine"], ["-c", "import numpy"]),
    "kpixl --help / import typer (at most 2)": (
        ["-c", "from kpixl.cli import main; main(['--help'])"],
        ["-c", "import typer"],
    ),
}


def main() -> None:
    """Print the ratios."""
    with tempfile.TemporaryDirectory() as bytecode:
        environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
        environment["PYTHONPYCACHEPREFIX"] = bytecode
        for name, (ours, peer) in PAIRS.items():
            best = {"ours": float("inf"), "peer": float("inf")}
            for _ in range(ROUNDS):
                for who, arguments in (("ours", ours), ("peer", peer)):
                    best[who] = min(best[who], _seconds(arguments, environment))
            print(f"{name}: {best['ours'] / best['peer']:.2f}  ({best['ours']:.3f} s / {best['peer']:.3f} s)")


def _seconds(arguments: list[str], environment: dict[str, str]) -> float:
    start = time.perf_counter()
    subprocess.run([sys.executable, *arguments], check=True, capture_output=True, env=environment)
    return time.perf_counter() - start


if __name__ == "__main__":
    main()
