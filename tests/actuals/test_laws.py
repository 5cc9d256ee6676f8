"""The laws of an import, for every reader: the order of rows, how they are spread over files, and doing it again."""

import random
import sqlite3
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest

from kpixl.actuals import Memory, import_events, merge, read_mapping

_HEADINGS = ["日時", "種別", "担当", "金額", "ID"]
_MAPPING = """
source = "log"
[files.log]
{where}
[[events]]
event = {{ column = "種別" }}
occurred_at = "日時"
member = "担当"
amount = "金額"
id = "ID"
"""
_ROWS = [
    [
        f"2026-07-{1 + n % 9:02} 09:00:00",
        ("架電", "受注")[n % 2],
        ("佐藤", "鈴木")[n % 3 == 0],
        str(n * 1000.5),
        f"A{n}",
    ]
    for n in range(40)
]
Rows = list[list[str]]


def _csv(path: Path, rows: Rows) -> Path:
    pd.DataFrame(rows, columns=_HEADINGS).to_csv(path.with_suffix(".csv"), index=False, encoding="cp932")
    return path.with_suffix(".csv")


def _xlsx(path: Path, rows: Rows) -> Path:
    pd.DataFrame(rows, columns=_HEADINGS).to_excel(path.with_suffix(".xlsx"), index=False, engine="xlsxwriter")
    return path.with_suffix(".xlsx")


def _parquet(path: Path, rows: Rows) -> Path:
    pd.DataFrame(rows, columns=_HEADINGS).to_parquet(path.with_suffix(".parquet"))
    return path.with_suffix(".parquet")


def _sqlite(path: Path, rows: Rows) -> str:
    with sqlite3.connect(path.with_suffix(".db")) as connection:
        pd.DataFrame(rows, columns=_HEADINGS).to_sql("log", connection, index=False)
    connection.close()
    return f"sqlite://{path.with_suffix('.db')}"


@pytest.mark.parametrize("written", [_csv, _xlsx, _parquet, _sqlite])
def test_order_files_and_repetition_change_nothing(tmp_path: Path, written: Callable[[Path, Rows], Path | str]) -> None:
    shuffled = random.Random(1).sample(_ROWS, len(_ROWS))  # noqa: S311 - an order, no secret
    whole = written(tmp_path / "whole", _ROWS)
    where = 'table = "log"' if isinstance(whole, str) else ""
    (tmp_path / "m.toml").write_text(_MAPPING.format(where=where), encoding="utf-8")
    mapping = read_mapping(tmp_path / "m.toml")
    right = import_events([whole], mapping)
    assert right.facts["count"].sum() == 40
    assert right.facts["amount"].sum() == 1000.5 * sum(range(40))
    parts = [written(tmp_path / f"part{part}", _ROWS[part::3]) for part in range(3)]
    for files in ([written(tmp_path / "other", shuffled)], parts, [*parts[::-1], whole]):
        pd.testing.assert_frame_equal(import_events(files, mapping).facts, right.facts)
    once = merge(Memory.nothing(), right).memory
    again = merge(once, import_events(parts[:2], mapping)).memory
    pd.testing.assert_frame_equal(again.facts, once.facts)
    assert sorted(again.records["id"]) == sorted(once.records["id"]) == sorted(row[-1] for row in _ROWS)
