"""A workbook patched beside the same change by other programs, in one run: `python benchmarks/bench_xlsx.py [rows]`.

The workbook holds a sheet of 20 columns (200,000 rows make 17 MB) and, on another sheet, a table that charts draw and
whose rows become 5,000. Each program runs in a process of its own, so that the peak of its memory is its own; those
that are not installed (`pip install openpyxl wolfxl excelize`) are left out. kpixl has to be 30 times as fast as
openpyxl and faster than every other, in less than 100 MB; changing a cell of the large sheet itself has to take an
eighth of openpyxl's time, and 400 MB.
"""

import json
import math
import multiprocessing
import subprocess
import sys
import tempfile
from importlib.util import find_spec
from pathlib import Path
from typing import NamedTuple

import xlsxwriter

_FACTOR, _MEGABYTES = 30, 100
_QUICK = 15
_FACTOR_TOUCHED, _MEGABYTES_TOUCHED = 8, 400
_MEASURED = """
import json, resource, sys, time
started = time.perf_counter()
{work}
seconds = time.perf_counter() - started
print(json.dumps([seconds, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024]))
"""
TABLE = """
from kpixl.xlsx import Cached, Package
with Package.open(sys.argv[1]) as book:
    rows = [[f"item {i}", i * 1.5, i, Cached(i * i * 1.5)] for i in range(5000)]
    book.replace_table("Sales", ["Item", "Amount", "Qty", "Total"], rows)
    book.save(sys.argv[2])
"""
_CELL = """
from kpixl.xlsx import Package
with Package.open(sys.argv[1]) as book:
    book.set_cells("Large", {"C5": 1.25})
    book.save(sys.argv[2])
"""
_TOTAL = "Sales[[#This Row],[Amount]]*Sales[[#This Row],[Qty]]"
OTHERS = {
    "openpyxl": f"""
import openpyxl
book = openpyxl.load_workbook(sys.argv[1])
sheet = book["Data"]
for i in range(5000):
    for column, value in enumerate([f"item {{i}}", i * 1.5, i, "={_TOTAL}"], 1):
        sheet.cell(i + 2, column, value)
sheet.tables["Sales"].ref = sheet.tables["Sales"].autoFilter.ref = "A1:D5001"
book.save(sys.argv[2])
""",
    "wolfxl": f"""
import wolfxl
book = wolfxl.load_workbook(sys.argv[1], modify=True)
sheet = book["Data"]
for i in range(5000):
    for column, value in enumerate([f"item {{i}}", i * 1.5, i, "={_TOTAL}"], 1):
        sheet.cell(i + 2, column).value = value
sheet.tables["Sales"].ref = "A1:D5001"
book.save(sys.argv[2])
""",
    # excelize has no way to give a table other rows: it only writes the cells
    "excelize": f"""
import excelize
book = excelize.open_file(sys.argv[1])
for i in range(5000):
    for column, value in zip("ABC", [f"item {{i}}", i * 1.5, i]):
        book.set_cell_value("Data", f"{{column}}{{i + 2}}", value)
    book.set_cell_formula("Data", f"D{{i + 2}}", "{_TOTAL}")
book.save_as(sys.argv[2])
""",
}


class Cost(NamedTuple):
    """Seconds, and megabytes of memory at the peak."""

    seconds: float
    megabytes: float


def measured(work: str, source: Path, target: Path) -> Cost:
    """Run `work`, which reads `source` and writes `target`, in its own process; if it is quick, the best of three."""
    call = [sys.executable, "-c", _MEASURED.format(work=work), str(source), str(target)]
    costs: list[Cost] = []
    while len(costs) < 3 and sum(cost.seconds for cost in costs) < _QUICK:
        done = subprocess.run(call, check=True, capture_output=True, text=True)
        costs.append(Cost(*json.loads(done.stdout.splitlines()[-1])))
        target.unlink()
    return min(costs)


def make(path: Path, rows: int) -> None:
    """Write the workbook in a process of its own: a child's peak counts its parent's memory too."""
    maker = multiprocessing.get_context("spawn").Process(target=_make, args=(path, rows))
    maker.start()
    maker.join()


def _make(path: Path, rows: int) -> None:
    with xlsxwriter.Workbook(path) as book:
        data, report, large = (book.add_worksheet(name) for name in ("Data", "Report", "Large"))
        columns = [{"header": name} for name in ("Item", "Amount", "Qty", "Total")]
        columns[3]["formula"] = "=Sales[@[Amount]]*Sales[@[Qty]]"
        data.add_table(0, 0, 10, 3, {"name": "Sales", "columns": columns})
        report.write_formula("A1", "=SUM(Sales[Amount])", None, 0)
        report.write_formula("A2", "=SUM(Data!B2:B11)", None, 0)
        for place, kind in (("C2", "column"), ("C20", "line")):
            chart = book.add_chart({"type": kind})
            chart.add_series({"categories": "=Data!$A$2:$A$11", "values": "=Data!$B$2:$B$11"})
            report.insert_chart(place, chart)
        chart = book.add_chart({"type": "line"})
        chart.add_series({"values": "=Large!$C$1:$C$1000"})
        large.insert_chart("W2", chart)
        for row in range(rows):
            large.write_string(row, 0, f"key {row % 5000}")
            for column in range(1, 19):
                large.write_number(row, column, row * 0.5 + column)
            large.write_formula(row, 19, f"=B{row + 1}+C{row + 1}", None, row + 3)


def main(rows: int = 200_000) -> int:
    """Print times, peaks and ratios; return 1 when a promise is not kept."""
    with tempfile.TemporaryDirectory() as folder:
        source, target = Path(folder) / "book.xlsx", Path(folder) / "changed.xlsx"
        make(source, rows)
        print(f"{rows:,} rows of 20 cells, {source.stat().st_size / 1e6:.1f} MB")

        def shown(program: str, change: str, work: str) -> Cost:
            cost = measured(work, source, target)
            print(f"{program:9} {change:43} {cost.seconds:7.2f} s {cost.megabytes:6.0f} MB", flush=True)
            return cost

        ours = shown("kpixl", "5,000 rows of a table on another sheet", TABLE)
        touched = shown("kpixl", "one cell of the large sheet", _CELL)
        others = {}
        for program, work in OTHERS.items():
            if find_spec(program) is None:
                print(f"{program:9} is not installed")
            else:
                others[program] = shown(program, "5,000 rows of a table on another sheet", work)
    ratios = {program: cost.seconds / ours.seconds for program, cost in others.items()}
    openpyxl = others.get("openpyxl", Cost(math.inf, 0)).seconds
    print("times kpixl's time: " + ", ".join(f"{program} {ratio:.1f}" for program, ratio in ratios.items()))
    kept = (
        ratios.pop("openpyxl", _FACTOR) >= _FACTOR
        and all(ratio > 1 for ratio in ratios.values())
        and ours.megabytes < _MEGABYTES
        and openpyxl / touched.seconds >= _FACTOR_TOUCHED
        and touched.megabytes < _MEGABYTES_TOUCHED
    )
    return 0 if kept else 1


if __name__ == "__main__":
    sys.exit(main(*map(int, sys.argv[1:])))
