"""A workbook patched beside the same change by openpyxl, in one run: `python benchmarks/bench_xlsx.py [rows]`.

The workbook holds a sheet of 20 columns (200,000 rows make 17 MB) and, on another sheet, a table whose rows become
5,000. Each program runs in a process of its own, so that the peak of its memory is its own. kpixl has to be 30 times
as fast in less than 100 MB; changing a cell of the large sheet itself has to stay below 400 MB.
"""

import json
import multiprocessing
import subprocess
import sys
import tempfile
from pathlib import Path

import xlsxwriter

_FACTOR, _MEGABYTES, _MEGABYTES_TOUCHED = 30, 100, 400
_MEASURED = """
import json, resource, sys, time
started = time.perf_counter()
{work}
seconds = time.perf_counter() - started
print(json.dumps([seconds, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024]))
"""
_TABLE = """
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
_OPENPYXL = """
import openpyxl
book = openpyxl.load_workbook(sys.argv[1])
sheet = book["Data"]
for i in range(5000):
    total = "=Sales[[#This Row],[Amount]]*Sales[[#This Row],[Qty]]"
    for column, value in enumerate([f"item {i}", i * 1.5, i, total], 1):
        sheet.cell(i + 2, column, value)
sheet.tables["Sales"].ref = sheet.tables["Sales"].autoFilter.ref = "A1:D5001"
book.save(sys.argv[2])
"""


def _measured(work: str, source: Path, target: Path) -> tuple[float, float]:
    call = [sys.executable, "-c", _MEASURED.format(work=work), str(source), str(target)]
    seconds, megabytes = json.loads(subprocess.run(call, check=True, capture_output=True, text=True).stdout)
    target.unlink()
    return seconds, megabytes


def _make(path: Path, rows: int) -> None:
    with xlsxwriter.Workbook(path) as book:
        data, report, large = (book.add_worksheet(name) for name in ("Data", "Report", "Large"))
        columns = [{"header": name} for name in ("Item", "Amount", "Qty", "Total")]
        columns[3]["formula"] = "=Sales[@[Amount]]*Sales[@[Qty]]"
        data.add_table(0, 0, 10, 3, {"name": "Sales", "columns": columns})
        report.write_formula("A1", "=SUM(Sales[Amount])", None, 0)
        report.write_formula("A2", "=SUM(Data!B2:B11)", None, 0)
        for row in range(rows):
            large.write_string(row, 0, f"key {row % 5000}")
            for column in range(1, 19):
                large.write_number(row, column, row * 0.5 + column)
            large.write_formula(row, 19, f"=B{row + 1}+C{row + 1}", None, row + 3)


def main(rows: int = 200_000) -> int:
    """Print times, peaks and the ratio; return 1 when a promise is not kept."""
    with tempfile.TemporaryDirectory() as folder:
        source, target = Path(folder) / "book.xlsx", Path(folder) / "changed.xlsx"
        maker = multiprocessing.get_context("spawn").Process(target=_make, args=(source, rows))
        maker.start()
        maker.join()  # a child's peak counts its parent's memory too, so what is large is made elsewhere
        print(f"{rows:,} rows of 20 cells, {source.stat().st_size / 1e6:.1f} MB")
        ours, peak = _measured(_TABLE, source, target)
        print(f"kpixl     5,000 rows of a table on another sheet  {ours:7.2f} s {peak:6.0f} MB")
        touched, peak_touched = _measured(_CELL, source, target)
        print(f"kpixl     one cell of the large sheet             {touched:7.2f} s {peak_touched:6.0f} MB")
        theirs, peak_theirs = _measured(_OPENPYXL, source, target)
        print(f"openpyxl  5,000 rows of a table on another sheet  {theirs:7.2f} s {peak_theirs:6.0f} MB")
        print(f"ratio {theirs / ours:.0f}")
    kept = theirs / ours >= _FACTOR and peak < _MEGABYTES and peak_touched < _MEGABYTES_TOUCHED
    return 0 if kept else 1


if __name__ == "__main__":
    sys.exit(main(*map(int, sys.argv[1:])))
