"""How long until kpixl is there: `import kpixl.engine` beside `import numpy`, `kpixl --help` beside `import typer`.

Run `python benchmarks/bench_startup.py`. Each pair is run alternately, the best of many taken, and shown as a ratio.
"""

import subprocess
import sys
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
    for name, (ours, peer) in PAIRS.items():
        best = {"ours": float("inf"), "peer": float("inf")}
        for _ in range(ROUNDS):
            for who, arguments in (("ours", ours), ("peer", peer)):
                best[who] = min(best[who], _seconds(arguments))
        print(f"{name}: {best['ours'] / best['peer']:.2f}  ({best['ours']:.3f} s / {best['peer']:.3f} s)")


def _seconds(arguments: list[str]) -> float:
    start = time.perf_counter()
    subprocess.run([sys.executable, *arguments], check=True, capture_output=True)
    return time.perf_counter() - start


if __name__ == "__main__":
    main()
