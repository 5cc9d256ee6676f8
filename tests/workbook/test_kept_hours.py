"""The hours of calls and mails on their hidden sheet: kept, put into older plans, undone, and said to be lost."""

import datetime as dt
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from kpixl.actuals import read_mapping
from kpixl.cli import main
from kpixl.plan import read_template
from kpixl.workbook.importing import Imported, import_into, undo_last
from kpixl.workbook.planbook import build
from kpixl.workbook.report import write_report
from kpixl.workbook.state import new_state
from kpixl.xlsx import Package

_OLD = Path(__file__).with_name("frozen") / "2026-11-24_inside_sales.xlsx"
_DAY, _MONTH = dt.date(2025, 6, 18), dt.date(2025, 6, 1)
_MAPPING = """
source = "cti"
[files.cti]
[[events]]
event = { column = "種別", values = { "架電" = "call", "着電" = "connect" } }
occurred_at = "日時"
"""
_ROWS = [  # thirty calls from ten on, twelve of which got through
    *(f"2025-06-02 10:{minute:02},架電" for minute in range(30)),
    *(f"2025-06-02 10:{minute:02},着電" for minute in range(0, 24, 2)),
]
_LOST = "架電やメールの時刻が、見えないシート「kpixl_hours」に残っていません"
Rows = Callable[[Path, str], list[dict[str, Any]]]
Damage = Callable[[list[str]], list[str]]


def _bring(book: Path, rows: list[str] = _ROWS) -> Imported:
    log, mapping = book.with_name("cti.csv"), book.with_name("m.toml")
    log.write_text("日時,種別\n" + "\n".join(rows) + "\n", encoding="utf-8")
    mapping.write_text(_MAPPING, encoding="utf-8")
    return import_into(book, [log], read_mapping(mapping), as_of=_DAY)


def _refreshed(book: Path) -> None:
    with pytest.raises(SystemExit) as left:
        main(["refresh", str(book), "--as-of", f"{_DAY}"])
    assert not left.value.code


def _at_ten(book: Path, table_rows: Rows) -> tuple[float, float]:
    """Return the calls at ten o'clock on Mondays and their connect rate, as a report shows them."""
    path = write_report(book, _MONTH, book.parent).path
    shown = [table_rows(path, table)[0] for table in ("report_call_hours", "report_connect_hours")]
    assert {row["時間帯"] for row in shown} == {"10時台"}
    return shown[0]["月"], shown[1]["月"]


@pytest.fixture
def older(tmp_path: Path) -> Path:
    """A plan of a kpixl that knew no hours."""
    return Path(shutil.copy(_OLD, tmp_path / "plan.xlsx"))


@pytest.fixture
def plan(tmp_path: Path) -> Path:
    """A plan with hours."""
    path = tmp_path / "plan.xlsx"
    build(new_state(read_template("inside_sales", language="ja", start=dt.date(2025, 4, 1), months=3)), path)
    _bring(path)
    return path


def test_an_older_plan_gets_them(older: Path, table_rows: Rows) -> None:
    _bring(older)
    assert _at_ten(older, table_rows) == (30, pytest.approx(0.4))
    _refreshed(older)
    assert _at_ten(older, table_rows) == (30, pytest.approx(0.4))


def test_an_undone_import_takes_them_back(plan: Path, table_rows: Rows) -> None:
    _bring(plan, [*_ROWS, "2025-06-02 10:31,架電"])
    assert _at_ten(plan, table_rows)[0] == 31
    undo_last(plan, as_of=_DAY)
    assert _at_ten(plan, table_rows) == (30, pytest.approx(0.4))


@pytest.mark.parametrize("damage", [lambda pieces: [], lambda pieces: [pieces[0], pieces[1].swapcase(), *pieces[2:]]])
def test_lost_ones_are_said_to_be(
    plan: Path, damage: Damage, table_rows: Rows, load: Callable[..., Any], capsys: pytest.CaptureFixture[str]
) -> None:
    calls = {row["KPI"]: row["実績"] for row in table_rows(plan, "kpixl_progress")}["架電"]
    with Package.open(plan) as package:
        table = package.tables["kpixl_hours"]
        pieces = damage([str(row[0]) for row in package.values(table.sheet, table.body_area)])
        package.replace_table("kpixl_hours", table.columns, [[piece] for piece in pieces])
        package.save()
    _refreshed(plan)
    assert _LOST in capsys.readouterr().out
    assert {row["KPI"]: row["実績"] for row in table_rows(plan, "kpixl_progress")}["架電"] == calls == 30
    report = load(write_report(plan, _MONTH, plan.parent).path)["時間帯"]
    assert str(report["B3"].value).startswith(_LOST)
    assert any(_LOST in line for line in _bring(plan).refreshed.remarks)
    assert _at_ten(plan, table_rows) == (30, pytest.approx(0.4))
    _refreshed(plan)
    assert _LOST not in capsys.readouterr().out
