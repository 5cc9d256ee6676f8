"""A new plan beside XlsxWriter writing the same cells without thinking: `python benchmarks/bench_new.py`.

Twelve months, thirty members, six channels. kpixl plans, lays out and writes the workbook; XlsxWriter is given every
cell of it (values, formulas with their results, formats) and the columns of its tables, ready made, and only writes.
kpixl may take 1.5 times as long.
"""

import datetime as dt
import sys
import tempfile
import time
import warnings
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import openpyxl
import xlsxwriter

from kpixl.plan import Member, Plan, read_template
from kpixl.workbook.planbook import build
from kpixl.workbook.state import new_state

_FACTOR, _ROUNDS = 1.5, 5


def _plan() -> Plan:
    plan = read_template("inside_sales", language="ja", start=dt.date(2026, 4, 1))
    members = tuple(Member(f"担当{number:02}", 1 + number % 3 / 5) for number in range(30))
    channels = tuple(replace(plan.channels[number % 4], name=f"チャネル{number}") for number in range(6))
    return replace(plan, members=members, channels=channels)


def _cells(path: Path) -> list[tuple[str, list[tuple[int, int, Any, Any, int]], list[tuple[str, list[str]]]]]:
    """Read every sheet: its title, its cells (row, column, formula or value, result, style), and its tables."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        formulas, values = (openpyxl.load_workbook(path, data_only=only) for only in (False, True))
    return [
        (
            sheet.title,
            [
                (
                    cell.row - 1,
                    cell.column - 1,
                    cell.value,
                    values[sheet.title][cell.coordinate].value,
                    cell._style.xfId,
                )
                for row in sheet.iter_rows()
                for cell in row
                if cell.has_style or cell.value is not None
            ],
            [(table.ref, [column.name for column in table.tableColumns]) for table in sheet.tables.values()],
        )
        for sheet in formulas.worksheets
    ]


def _write(path: Path, sheets: list[Any]) -> None:
    with xlsxwriter.Workbook(path, {"strings_to_formulas": False, "strings_to_urls": False}) as book:
        looks = [book.add_format({"bold": number % 2, "indent": number // 2}) for number in range(100)]
        for title, cells, tables in sheets:
            page = book.add_worksheet(title)
            for area, headings in tables:
                page.add_table(area, {"columns": [{"header": heading} for heading in headings], "autofilter": False})
            for row, column, content, result, style in cells:
                look = looks[style % 100]
                if isinstance(content, str) and content.startswith("="):
                    page.write_formula(row, column, content, look, result)
                elif content is None:
                    page.write_blank(row, column, None, look)
                elif isinstance(content, dt.datetime):
                    page.write_datetime(row, column, content, look)
                else:
                    page.write(row, column, content, look)


def _best(work: Callable[[], None]) -> float:
    times = []
    for _ in range(_ROUNDS):
        started = time.perf_counter()
        work()
        times.append(time.perf_counter() - started)
    return min(times)


def _built(plan: Plan, path: Path) -> None:
    path.unlink(missing_ok=True)
    build(new_state(plan), path)


def main() -> int:
    """Print both times and their ratio; 1 where the bound is broken."""
    with tempfile.TemporaryDirectory() as folder:
        path, plan = Path(folder) / "plan.xlsx", _plan()
        ours = _best(lambda: _built(plan, path))
        sheets = _cells(path)
        theirs = _best(lambda: _write(Path(folder) / "plain.xlsx", sheets))
        cells = sum(len(cells) for _, cells, _ in sheets)
    print(f"{cells:,} cells: kpixl {ours:.2f} s, XlsxWriter {theirs:.2f} s, {ours / theirs:.2f} x (bound {_FACTOR})")
    return int(ours > _FACTOR * theirs)


if __name__ == "__main__":
    sys.exit(main())
