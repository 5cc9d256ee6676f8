"""Draw what a refresh costs against the size of the sheets that it does not touch: `python benchmarks/chart_xlsx.py`.

The same change as in `bench_xlsx` (5,000 rows of a table) is made to workbooks whose other sheet is ever larger, by
kpixl and, where they are installed, by others. Needs `pip install -e ".[docs]" openpyxl wolfxl excelize` and five
minutes; writes docs/pictures/refresh.png, or the file that is named.
"""

import sys
import tempfile
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from bench_xlsx import OTHERS, TABLE, Cost, make, measured

_PICTURE = Path(__file__).parents[1] / "docs" / "pictures" / "refresh.png"
_SIZES = (5_000, 25_000, 50_000, 100_000, 200_000)
_COLUMNS = 20
_APART = 1.3  # between two names, on a scale of powers
_OURS, _THEIRS = "#1F4E79", "#8C8C8C"

Costs = dict[str, dict[int, Cost]]


def main(picture: str | Path = _PICTURE) -> None:
    """Measure, print and draw."""
    draw(_measure(), picture)


def draw(costs: Costs, picture: str | Path) -> None:
    """Draw time and memory side by side; loaded late, as a child's peak counts its parent's memory too."""
    from matplotlib import pyplot

    with pyplot.rc_context({"font.size": 9}):
        figure, (time, memory) = pyplot.subplots(1, 2, figsize=(9, 3.6), layout="constrained")
        _lines(time, {program: {size: cost.seconds for size, cost in by.items()} for program, by in costs.items()})
        time.set_title("Seconds", loc="left")
        _lines(memory, {program: {size: cost.megabytes for size, cost in by.items()} for program, by in costs.items()})
        memory.set_title("Megabytes of memory at the peak", loc="left")
        figure.supxlabel("million cells on the sheet that is not touched", fontsize=9)
        figure.savefig(picture, dpi=120, metadata={"Software": None})


def _measure() -> Costs:
    works = {"kpixl": TABLE} | {program: work for program, work in OTHERS.items() if find_spec(program)}
    costs: Costs = {program: {} for program in works}
    with tempfile.TemporaryDirectory() as folder:
        source, target = Path(folder) / "book.xlsx", Path(folder) / "changed.xlsx"
        for rows in _SIZES:
            make(source, rows)
            for program, work in works.items():
                cost = costs[program][rows * _COLUMNS] = measured(work, source, target)
                print(f"{rows:9,} rows {program:9} {cost.seconds:7.2f} s {cost.megabytes:6.0f} MB", flush=True)
    return costs


def _lines(axes: Any, lines: dict[str, dict[int, float]]) -> None:
    lowest = 0.0
    for program, values in sorted(lines.items(), key=lambda line: line[1][max(line[1])]):
        ours = program == "kpixl"
        x, y = [size / 1e6 for size in values], list(values.values())
        colour = _OURS if ours else _THEIRS
        axes.plot(x, y, marker="o", markersize=3, color=colour, linewidth=2.2 if ours else 1.2)
        axes.annotate(
            f"{program} {y[-1]:,.0f}" if y[-1] >= 10 else f"{program} {y[-1]:.1f}",
            (x[-1], lowest := max(y[-1], lowest * _APART)),
            xytext=(6, 0),
            textcoords="offset points",
            va="center",
            color=colour,
            weight="bold" if ours else "normal",
        )
    axes.set_yscale("log")
    axes.yaxis.set_major_formatter("{x:g}")
    axes.set_xlim(0, max(_SIZES) * _COLUMNS / 1e6 * 1.35)
    axes.set_xticks([0, 1, 2, 3, 4])
    axes.spines[["top", "right"]].set_visible(False)
    axes.grid(axis="y", color="#E5E5E5", linewidth=0.6)


if __name__ == "__main__":
    main(*sys.argv[1:])
