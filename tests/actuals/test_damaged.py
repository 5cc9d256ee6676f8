"""Damaged rows of every kind among good ones: each reader sets them aside with their place, value and reason."""

import csv
import sqlite3
from collections.abc import Callable
from pathlib import Path

import duckdb
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from kpixl.actuals import Import, import_events, read_mapping

_HEADINGS = ["日時", "種別", "担当", "経路", "金額", "分", "ID"]
_MAPPING = """
source = "log"
[files.log]
{where}
[[events]]
event = {{ column = "種別", values = {{ "架電" = "call", "受注" = "won" }} }}
occurred_at = "日時"
member = "担当"
channel = "経路"
amount = "金額"
minutes = "分"
id = "ID"
"""
# what stands in place of a good cell, and the value and the reason that are said of it
_DAMAGE = (
    *(
        ("日時", day, "日付")
        for day in (
            *("来週", "2025-02-30", "2025-13-01", "0000-00-00", "2025-06-02 25:00", "99999999", "令和0年1月1日"),
            *("2025-06", "2025-06-02x", "infinity", "epoch", "#REF!", "25/6/2"),
        )
    ),
    ("日時", "", "日付がありません"),
    ("日時", "1850-01-01", "期間"),
    *(("種別", event, "対応表にありません") for event in ("訪問", "=1+1", "架電 受注", "")),
    *(
        ("金額", amount, "数として読めません")
        for amount in (
            "いくらか",
            "1_000",
            "nan",
            "inf",
            "-Infinity",
            "1e400",
            "1,2,3",
            "0x1F",
            "#N/A",
            "--",
            "12億円億",
        )
    ),
    *(("分", minutes, "数として読めません") for minutes in ("少し", "1:99:99", "0:0x:00")),
    ("担当", "合計", "合計"),
)
_ROWS_THAT_MISFIT = ("2025-06-02,架電", '2025-06-02,架電,"佐藤', "2025-06-02,架電,佐藤,,,,X1,余り")


def _rows() -> list[list[str]]:
    """Good rows, with a damaged one behind each."""
    rows = []
    for number, (heading, value, _) in enumerate(_DAMAGE):
        good = ["2025-06-02 09:00:00", "受注", "佐藤", "Web", "1000", "5", f"G{number}"]
        damaged = [*good[:-1], f"D{number}"]
        damaged[_HEADINGS.index(heading)] = value
        rows += [good, damaged]
    return rows


def _text(rows: list[list[str]], sign: str = ",") -> str:
    return "".join(sign.join(f'"{cell}"' if sign in cell else cell for cell in row) + "\n" for row in rows)


def _csv(folder: Path, encoding: str, sign: str = ",") -> Path:
    path = folder / "log.csv"
    path.write_bytes(_text([_HEADINGS, *_rows()], sign).encode(encoding))
    return path


def _xlsx(folder: Path) -> Path:
    as_text = {"options": {"strings_to_formulas": False, "strings_to_urls": False}}
    with pd.ExcelWriter(folder / "log.xlsx", engine="xlsxwriter", engine_kwargs=as_text) as book:
        pd.DataFrame(_rows(), columns=_HEADINGS).to_excel(book, index=False)
    return folder / "log.xlsx"


def _parquet(folder: Path) -> Path:
    pd.DataFrame(_rows(), columns=_HEADINGS).to_parquet(folder / "log.parquet")
    return folder / "log.parquet"


def _packed(folder: Path) -> Path:
    pd.DataFrame(_rows(), columns=_HEADINGS).to_csv(folder / "log.csv.gz", index=False)
    return folder / "log.csv.gz"


def _sqlite(folder: Path) -> str:
    with sqlite3.connect(folder / "log.db") as connection:
        pd.DataFrame(_rows(), columns=_HEADINGS).to_sql("log", connection, index=False)
    connection.close()
    return f"sqlite://{folder}/log.db"


def _duckdb(folder: Path) -> str:
    with duckdb.connect(folder / "log.duckdb") as connection:
        connection.register("raw", pa.table(dict(zip(_HEADINGS, map(list, zip(*_rows(), strict=True)), strict=True))))
        connection.execute("CREATE TABLE log AS FROM raw")
    return f"duckdb://{folder}/log.duckdb"


def _imported(folder: Path, file: Path | str) -> tuple[Import, list[dict[str, str]]]:
    where = 'table = "log"' if isinstance(file, str) else ""
    (folder / "m.toml").write_text(_MAPPING.format(where=where), encoding="utf-8")
    found = import_events([file], read_mapping(folder / "m.toml"), rejects=folder)
    kept = found.rejects.keep()
    if kept is None:
        return found, []
    with kept.open(encoding="utf-8-sig", newline="") as rows:
        return found, list(csv.DictReader(rows))


_READERS: dict[str, tuple[Callable[[Path], Path | str], bool]] = {
    "CSV, UTF-8": (lambda folder: _csv(folder, "utf-8"), True),
    "CSV, CP932": (lambda folder: _csv(folder, "cp932"), True),
    "TSV, UTF-16": (lambda folder: _csv(folder, "utf-16", "\t"), True),
    "CSV, packed": (_packed, True),
    "Excel": (_xlsx, True),
    "Parquet": (_parquet, False),
    "SQLite": (_sqlite, False),
    "DuckDB": (_duckdb, False),
}


@pytest.mark.parametrize("reader", _READERS)
def test_each_damaged_row_is_set_aside_with_its_place_value_and_reason(reader: str, tmp_path: Path) -> None:
    made, lined = _READERS[reader]
    found, aside = _imported(tmp_path, made(tmp_path))
    assert len(_DAMAGE) >= 30
    assert sum(control.used for control in found.controls) == found.facts["count"].sum() == len(_DAMAGE)
    assert found.facts["amount"].sum() == 1000 * len(_DAMAGE)
    assert sum(control.set_aside for control in found.controls) == len(aside) == len(_DAMAGE)
    of_row = {int(row["元の行"].rpartition(",D")[2]): row for row in aside}
    for number, (heading, value, reason) in enumerate(_DAMAGE):
        row = of_row[number]
        assert reason in row["理由"], (heading, value, row)
        assert value in row["理由"], (heading, value, row)
        assert row["行"] == (str(2 * number + 3) if lined else "")


def test_rows_that_do_not_fit_the_headings_are_set_aside_among_the_others(tmp_path: Path) -> None:
    text = _text([_HEADINGS, *_rows()]) + "".join(f"{row}\n" for row in _ROWS_THAT_MISFIT)
    (tmp_path / "log.csv").write_text(text, "utf-8")
    found, aside = _imported(tmp_path, tmp_path / "log.csv")
    assert found.facts["count"].sum() == len(_DAMAGE)
    first = 2 * len(_DAMAGE) + 2
    misfits = {int(row["行"]): row["元の行"] for row in aside if int(row["行"]) >= first}
    assert misfits == dict(enumerate(_ROWS_THAT_MISFIT, first))


def test_figures_that_are_none_and_days_out_of_reach_in_typed_columns(tmp_path: Path) -> None:
    table = {
        "日時": pa.array([0, 1_748_822_400, 1_748_822_400, 1_748_822_400, None, -9_000_000_000], pa.timestamp("s")),
        "種別": ["受注"] * 6,
        "担当": ["佐藤"] * 6,
        "経路": ["Web"] * 6,
        "金額": [1000.0, float("nan"), float("inf"), 1000.0, 1000.0, 1000.0],
        "分": [5, 5, 5, 5, 5, 5],
        "ID": [f"D{number}" for number in range(6)],
    }
    pq.write_table(pa.table(table), tmp_path / "log.parquet")
    with duckdb.connect(tmp_path / "log.duckdb") as connection:
        connection.execute(f"CREATE TABLE log AS FROM '{tmp_path}/log.parquet'")
    for file in (tmp_path / "log.parquet", f"duckdb://{tmp_path}/log.duckdb"):
        found, aside = _imported(tmp_path, file)
        assert sorted(found.records["id"]) == ["D0", "D3"]
        assert sorted(row["元の行"].rpartition(",")[2] for row in aside) == ["D1", "D2", "D4", "D5"]
        assert found.facts["amount"].sum() == 2000


def test_errors_and_formulas_of_a_sheet(tmp_path: Path) -> None:
    import xlsxwriter

    with xlsxwriter.Workbook(tmp_path / "log.xlsx") as book:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, _HEADINGS)
        for row in range(1, 5):
            sheet.write_row(row, 0, [45810, "受注", "佐藤", "Web", 1000, 5, f"D{row}"])
        sheet.write_formula("A3", "=1/0", None, "#DIV/0!")
        sheet.write_formula("E4", "=NA()", None, "#N/A")
        sheet.write_formula("E5", "=500*4", None, 2000)
    found, aside = _imported(tmp_path, tmp_path / "log.xlsx")
    assert [(row["行"], row["理由"].partition("」")[0]) for row in aside] == [("3", "「#DIV/0!"), ("4", "金額「#N/A")]
    assert found.facts["amount"].sum() == 3000
