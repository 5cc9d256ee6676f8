"""A monthly report beside XlsxWriter writing the same cells: `python benchmarks/bench_report.py [people] [months]`.

A plan of so many people (100) and months (12) has a log of 20 calls and what came of them for each of them and week.
kpixl reads and tracks the plan, makes the pages, one for everybody among them, and writes them; XlsxWriter is given
every cell of that report with its format, and its charts, ready made, and only writes. kpixl may take 1.5 times as long
for the writing, and is to come near to it for the whole. Then files for 50, 100 and 200 members are written, whose time
is to grow as their number does, and with LibreOffice the report is printed. All is in seconds of processor time, the
best of several rounds, but the printing; kpixl and XlsxWriter take turns, so that a busy machine slows both.
"""

import datetime as dt
import gc
import shutil
import sys
import tempfile
import time
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import openpyxl
import xlsxwriter

from kpixl.actuals import read_mapping
from kpixl.plan import Member, Plan, read_template
from kpixl.workbook.books import Book
from kpixl.workbook.importing import import_into
from kpixl.workbook.pages import report_pages
from kpixl.workbook.planbook import build, package_of
from kpixl.workbook.printed import print_beside
from kpixl.workbook.reading import read_period
from kpixl.workbook.refresh import read_state, refresh
from kpixl.workbook.report import write_report
from kpixl.workbook.state import new_state

_FACTOR, _ROUNDS, _MONTHS = 1.5, 5, 12
_START = dt.date(2025, 4, 1)
_MAPPING = """
source = "log"
[files.log]
identical = "keep"
[[events]]
event = { column = "event" }
occurred_at = "day"
member = "member"
channel = "channel"
amount = "amount"
"""
_LOG = """
COPY (
    SELECT strftime(DATE '{start}' + INTERVAL (7 * week + i % 5) DAY, '%Y-%m-%d') AS day,
        CASE WHEN h % 1000 < 500 THEN 'call' WHEN h % 1000 < 700 THEN 'lead' WHEN h % 1000 < 820 THEN 'connect'
            WHEN h % 1000 < 900 THEN 'appointment' WHEN h % 1000 < 950 THEN 'meeting'
            WHEN h % 1000 < 985 THEN 'qualified' ELSE 'won' END AS event,
        '担当' || lpad(CAST(person AS VARCHAR), 3, '0') AS member,
        {channels}[1 + h // 1000 % 4] AS channel,
        CASE WHEN h % 1000 >= 985 THEN 1000 * (500 + h // 7000 % 1000) END AS amount
    FROM (SELECT *, CAST(hash(week * 1000000 + person * 1000 + i) // 2 AS BIGINT) AS h
        FROM range({weeks}) w(week), range({people}) p(person), range(40) e(i))
) TO '{path}' (HEADER)
"""


def _planned(people: int, months: int) -> Plan:
    members = tuple(Member(f"担当{number:03}", team=f"{number // 20 + 1}課") for number in range(people))
    return read_template("inside_sales", language="ja", start=_START, months=months, members=members)


def _book(folder: Path, people: int, months: int) -> tuple[Path, dt.date]:
    """Make the workbook of a plan with its actuals, and return the month before the last one."""
    plan, path, log = _planned(people, months), folder / f"{people}.xlsx", folder / f"{people}.csv"
    build(new_state(plan), path)
    last = plan.period.ends[-2]
    given = {"start": _START, "weeks": (last - _START).days // 7, "people": people, "path": log}
    duckdb.sql(_LOG.format(channels=[channel.name for channel in plan.channels], **given))
    (folder / "m.toml").write_text(_MAPPING, encoding="utf-8")
    import_into(path, [log], read_mapping(folder / "m.toml"), as_of=last)
    refresh(path, as_of=last)
    return path, plan.period.starts[-2]


def _formats(path: Path) -> list[tuple[Any, ...]]:
    """Read every sheet of a report: title, widths, cells with the number of their format, charts; and the formats."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        book = openpyxl.load_workbook(path)
    return [
        (
            sheet.title,
            [(place, column.width) for place, column in sheet.column_dimensions.items()],
            [
                (cell.row - 1, cell.column - 1, cell.value, cell.style_id, _look(cell))
                for row in sheet.iter_rows()
                for cell in row
                if cell.has_style or cell.value is not None
            ],
            [(table.ref, [column.name for column in table.tableColumns]) for table in sheet.tables.values()],
            [(_at(chart), [_series(one) for one in chart.series]) for chart in sheet._charts],
        )
        for sheet in book.worksheets
    ]


def _look(cell: Any) -> dict[str, Any]:
    ground = cell.fill.fgColor.rgb if cell.fill.fill_type == "solid" else None
    return {
        "num_format": cell.number_format,
        "bold": bool(cell.font.bold),
        "font_size": cell.font.size or 10.5,
        "text_wrap": bool(cell.alignment.wrap_text),
        **({"bg_color": f"#{ground[-6:]}", "pattern": 1} if isinstance(ground, str) else {}),
    }


def _at(chart: Any) -> tuple[int, int]:
    return chart.anchor._from.row, chart.anchor._from.col


def _series(series: Any) -> dict[str, str]:
    names = series.cat.strRef or series.cat.numRef
    return {"categories": f"={names.f}", "values": f"={series.val.numRef.f}"}


def _write(path: Path, sheets: list[Any]) -> None:
    with xlsxwriter.Workbook(path, {"strings_to_formulas": False, "strings_to_urls": False}) as book:
        looks = {}
        for title, widths, cells, tables, charts in sheets:
            page = book.add_worksheet(title)
            for letters, width in widths:
                page.set_column(f"{letters}:{letters}", width)
            for area, headings in tables:
                page.add_table(area, {"columns": [{"header": heading} for heading in headings], "autofilter": False})
            for row, column, content, style, look in cells:
                if style not in looks:
                    looks[style] = book.add_format(look)
                if content is None:
                    page.write_blank(row, column, None, looks[style])
                elif isinstance(content, dt.datetime):
                    page.write_datetime(row, column, content, looks[style])
                else:
                    page.write(row, column, content, looks[style])
            for (row, column), series in charts:
                chart = book.add_chart({"type": "column"})
                for one in series:
                    chart.add_series(one)
                page.insert_chart(row, column, chart)


def _timed(work: Callable[[], Any]) -> tuple[float, Any]:
    started = time.process_time()
    made = work()
    return time.process_time() - started, made


def _parts(path: Path) -> dict[str, float]:
    """Return how long each part of a report takes: reading and tracking, the pages, writing them."""
    with Book(path) as book, book.speaking():
        last = read_period(book).ends[-2]
        read, state = _timed(lambda: read_state(book, as_of=last))
        made, pages = _timed(lambda: report_pages(state).all)
        wrote, _ = _timed(lambda: package_of(pages, state.plan.language, {}))
    return {"reading and tracking": read, "pages": made, "writing": wrote}


def _whole(path: Path, month: dt.date, folder: Path, **options: Any) -> float:
    """Return how long a report takes into an empty folder, where there is no older one to take typed words from."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    return _timed(lambda: write_report(path, month, folder, **options))[0]


def main(people: int = 100, months: int = _MONTHS) -> int:
    """Print the times and their ratio; 1 where the bound is broken."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        path, month = _book(folder, people, months)
        _whole(path, month, folder / "out")
        report = next((folder / "out").glob("*.xlsx"))
        sheets = _formats(report)
        gc.freeze()  # or kpixl would look for garbage among what stands ready for XlsxWriter
        ours, theirs, parts = [], [], []
        for _ in range(_ROUNDS):
            ours.append(_whole(path, month, folder / "out"))
            theirs.append(_timed(lambda: _write(folder / "plain.xlsx", sheets))[0])
            parts.append(_parts(path))
        whole, plain = min(ours), min(theirs)
        best = {part: min(one[part] for one in parts) for part in parts[0]}
        cells, charts = (sum(len(sheet[place]) for sheet in sheets) for place in (2, 4))
        print(f"{people} people, {months} months, {cells:,} cells, {charts} charts: XlsxWriter {plain:.2f} s")
        print("  " + ", ".join(f"{part} {took:.2f} s" for part, took in best.items()))
        ratios = {"writing": best["writing"] / plain, "the whole": whole / plain}
        print(f"  the whole {whole:.2f} s; beside XlsxWriter (bound {_FACTOR}): ", end="")
        print(", ".join(f"{part} {ratio:.2f} x" for part, ratio in ratios.items()), flush=True)
        for some in (people // 2, people, 2 * people):
            own, month = (path, month) if some == people else _book(folder, some, months)
            took = _whole(own, month, folder / f"own{some}", members=True)
            print(f"with {some} files of members: {took:.2f} s, {took / some * 1000:.0f} ms each", flush=True)
        if shutil.which("soffice"):
            started = time.perf_counter()
            print_beside([report], pdf=True, png=False)
            print(f"as PDF: {time.perf_counter() - started:.1f} s of the clock")
    return int(max(ratios.values()) > _FACTOR)


if __name__ == "__main__":
    sys.exit(main(*map(int, sys.argv[1:])))
