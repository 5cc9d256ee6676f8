"""How fast the engine and its functions are, as ratios within one run: ``python benchmarks/bench_engine.py``.

Each line compares with something that the same machine does in the same run: a bare Python loop, or the same function
called row by row. The number in brackets is what is asked for.
"""

import math
import timeit
from collections.abc import Callable

from kpixl.engine import backsolve, solve, tree
from udfs.boundary import call

_ROWS = 10_000
_DAYS = (46266.0, 46295.0, 46283.0)  # September 2026, as of the 18th


def main() -> None:
    """Print the ratios."""
    bare = _seconds(_two_divisions)
    print(f"backsolve, scalar: {_seconds(lambda: backsolve(1e8, 1e6, [0.2])) / bare:.1f} x bare Python (30)")
    adapter = _seconds(lambda: call("KPI_BACKSOLVE", [1e8, 1e6, 0.2]))
    trivial = _seconds(lambda: call("KPIXL_VERSION", []))
    print(f"backsolve through the adapter: {adapter * 1e6:.0f} µs (100)")
    print(f"KPIXL_VERSION through the adapter: {trivial * 1e6:.0f} µs")
    for name, columns in _columns().items():
        _print_rows(name, columns)
    _print_funnel()
    labels, values = ["a", "b", "c"], [500.0, 0.2, 1e6]
    print(f"solve: {_seconds(lambda: solve(1.2e8, 'a × b × c', labels, values, 'b')) * 1e3:.3f} ms (0.2)")
    names, contents = _thousand_nodes()
    value = float(tree(names, contents).value[0])
    print(f"tree of {len(names)} nodes: {_seconds(lambda: tree(names, contents)) * 1e3:.1f} ms (10)")
    print(f"the same with a goal: {_seconds(lambda: tree(names, contents, goal=1.3 * value)) * 1e3:.1f} ms (100)")


def _print_rows(name: str, columns: list[object]) -> None:
    """Compare one call for all rows with a call for each row."""
    rows = [[column[0] if isinstance(column, list) else column for column in columns] for _ in range(100)]
    one_by_one = _seconds(lambda: [call(name, row) for row in rows]) * _ROWS / len(rows)
    together = _seconds(lambda: call(name, columns))
    print(f"{name}, {_ROWS:,} rows in one call: {one_by_one / together:.0f} x faster than one by one (50)")


def _print_funnel() -> None:
    """Compare a funnel of many stages with as many funnels of two."""
    targets, actuals = ([[1000.0 + (7 * stage) % step] for stage in range(_ROWS)] for step in (13, 17))
    one_by_one = _seconds(lambda: call("FUNNEL_GAP", [targets[:2], actuals[:2]])) * _ROWS
    together = _seconds(lambda: call("FUNNEL_GAP", [targets, actuals]))
    print(f"FUNNEL_GAP, {_ROWS:,} stages in one call: {one_by_one / together:.0f} x faster than one by one (50)")


def _columns() -> dict[str, list[object]]:
    start, end, as_of = ([[day]] * _ROWS for day in _DAYS)
    target, actual = [[40.0 + row % 7] for row in range(_ROWS)], [[20.0 + row % 11] for row in range(_ROWS)]
    return {
        "KPI_PACE": [target, start, end, as_of],
        "KPI_RATE": [actual, target],
        "KPI_STATUS": [target, actual, start, end, as_of],
        "KPI_LANDING": [actual, start, end, as_of, target],
    }


def _two_divisions() -> tuple[int, int]:
    orders = math.ceil(1e8 / 1e6)
    return math.ceil(orders / 0.2), orders


def _thousand_nodes() -> tuple[list[str], list[float | str]]:
    """A tree of 30 groups with 8 members of 3 drivers each."""
    nodes: dict[str, float | str] = {"root": "+".join(f"g{group}" for group in range(30))}
    for group in range(30):
        nodes[f"g{group}"] = "+".join(f"m{group}_{member}" for member in range(8))
        for member in range(8):
            place = f"{group}_{member}"
            nodes[f"m{place}"] = f"a{place} * b{place} * c{place}"
            nodes |= {f"a{place}": 100.0, f"b{place}": 0.2, f"c{place}": 1e4}
    return list(nodes), list(nodes.values())


def _seconds(action: Callable[[], object]) -> float:
    """Return the best of several runs of `action`, in seconds."""
    action()
    timer = timeit.Timer(action)
    number = max(1, int(0.05 / max(timer.timeit(1), 1e-9)))
    return min(timer.repeat(5, number)) / number


if __name__ == "__main__":
    main()
