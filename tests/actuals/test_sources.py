"""Parquet files and databases give the same facts as the CSV they came from."""

import sqlite3
from collections.abc import Callable
from pathlib import Path

import duckdb
import pandas as pd
import pytest

from kpixl.actuals import FACT_MEASURES, Import, import_events, read_mapping
from kpixl.errors import InvalidPlan, UnreadableData

Importing = Callable[..., Import]
_MAPPING = """
source = "crm"
[files.deals]
{where}
[[events]]
event = "won"
occurred_at = "won_date"
member = "owner"
id = "deal"
amount = "amount"
"""
_DEALS = pd.DataFrame(
    {
        "deal": ["A1", "A2", "A3"],
        "won_date": pd.to_datetime(["2025-06-02 09:00", "2025-06-02 10:00", None]),
        "owner": ["佐藤", "佐藤", "鈴木"],
        "amount": [100.0, 250.5, 900.0],
    }
)


def _imported(folder: Path, file: Path | str, where: str = "") -> Import:
    (folder / "mapping.toml").write_text(_MAPPING.format(where=where), encoding="utf-8")
    return import_events([file], read_mapping(folder / "mapping.toml"))


def _is_right(found: Import) -> bool:
    control = found.controls[0]
    return (
        found.facts[[*FACT_MEASURES]].to_numpy().tolist() == [[2, 350.5, 0.0]]
        and found.facts.date.tolist() == [pd.Timestamp(2025, 6, 2)]
        and (control.read, control.used, control.other) == (3, 2, 1)
    )


def test_parquet(tmp_path: Path) -> None:
    _DEALS.to_parquet(tmp_path / "deals.parquet")
    assert _is_right(_imported(tmp_path, tmp_path / "deals.parquet"))


def test_duckdb(tmp_path: Path) -> None:
    with duckdb.connect(tmp_path / "crm.duckdb") as connection:
        connection.register("raw", _DEALS)
        connection.execute("CREATE TABLE deals AS FROM raw")
    assert _is_right(_imported(tmp_path, f"duckdb://{tmp_path}/crm.duckdb", 'table = "deals"'))


def test_sqlite(tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / "crm.db") as connection:
        connection.execute("CREATE TABLE deals (deal TEXT, won_date TIMESTAMP, owner TEXT, amount REAL)")
        rows = _DEALS.assign(won_date=_DEALS.won_date.astype(str).replace("NaT", None)).to_numpy().tolist()
        connection.executemany("INSERT INTO deals VALUES (?, ?, ?, ?)", rows)
    connection.close()
    assert _is_right(_imported(tmp_path, f"sqlite://{tmp_path}/crm.db", 'table = "deals"'))


def test_a_row_that_stands_twice_in_a_database(tmp_path: Path) -> None:
    with duckdb.connect(tmp_path / "crm.duckdb") as connection:
        connection.register("raw", pd.concat([_DEALS, _DEALS]))
        connection.execute("CREATE TABLE deals AS FROM raw")
    found = _imported(tmp_path, f"duckdb://{tmp_path}/crm.duckdb", 'table = "deals"')
    assert found.facts["count"].tolist() == [2]
    assert found.controls[0].duplicates == 2


def test_an_id_that_stands_twice_in_another_database(tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / "crm.db") as connection:
        connection.execute("CREATE TABLE deals (deal TEXT, won_date TEXT, owner TEXT, amount REAL)")
        rows = [("A1", "2025-06-02", "佐藤", 100), ("A2", "2025-06-02", "佐藤", 7), ("A1", "2025-06-03", "佐藤", 150)]
        connection.executemany("INSERT INTO deals VALUES (?, ?, ?, ?)", rows)
    connection.close()
    found = _imported(tmp_path, f"sqlite://{tmp_path}/crm.db", 'table = "deals"')
    assert found.facts[["date", "amount"]].to_numpy().tolist() == [
        [pd.Timestamp(2025, 6, 2), 7.0],
        [pd.Timestamp(2025, 6, 3), 150.0],
    ]
    assert (found.controls[0].used, found.controls[0].duplicates) == (2, 1)


def test_ids_that_stand_often_in_parquet(tmp_path: Path) -> None:
    often = pd.DataFrame({"deal": [f"A{number % 1000}" for number in range(50_000)], "won_date": "2025-06-02"})
    often.assign(owner="佐藤", amount=1.0).to_parquet(tmp_path / "deals.parquet")  # ids lie there as a dictionary
    control = _imported(tmp_path, tmp_path / "deals.parquet").controls[0]
    assert (control.used, control.duplicates, control.amount_in, control.amount_out) == (1000, 49_000, 50_000, 1000)


_COUNTING = """
source = "crm"
[files.log]
query = """
_COUNTED = '"SELECT day, kind, who, count(*) AS times, sum(amount) AS yen FROM log GROUP BY day, kind, who"'
_COUNTS = """
[[events]]
event = { column = "kind", values = { C = "call", W = "won" } }
occurred_at = "day"
member = "who"
count = "times"
amount = "yen"
"""


@pytest.mark.parametrize("kind", ["sqlite", "duckdb"])
def test_a_database_counts_before_anything_is_brought_here(tmp_path: Path, kind: str) -> None:
    """Three calls and an order of 佐藤 on the 2nd, two calls of 鈴木: four lines come, six events are told."""
    rows = [("2025-06-02", "C", "佐藤", 0.0)] * 3 + [("2025-06-02", "W", "佐藤", 500.0)]
    rows += [("2025-06-02", "C", "鈴木", 0.0), ("2025-06-03", "C", "鈴木", 0.0)]
    log = pd.DataFrame(rows, columns=["day", "kind", "who", "amount"])
    if kind == "sqlite":
        with sqlite3.connect(tmp_path / "log.db") as connection:
            log.to_sql("log", connection, index=False)
        connection.close()
    else:
        with duckdb.connect(tmp_path / "log.db") as connection:
            connection.register("raw", log)
            connection.execute("CREATE TABLE log AS FROM raw")
    (tmp_path / "mapping.toml").write_text(_COUNTING + _COUNTED + _COUNTS, encoding="utf-8")
    found = import_events([f"{kind}://{tmp_path}/log.db"], read_mapping(tmp_path / "mapping.toml"))
    facts = found.facts.astype({"member": str})
    told = facts.assign(day=facts["date"].dt.day)[["day", "member", "event", "count"]]
    assert sorted(told.itertuples(index=False, name=None)) == [
        (2, "佐藤", "call", 3),
        (2, "佐藤", "won", 1),
        (2, "鈴木", "call", 1),
        (3, "鈴木", "call", 1),
    ]
    assert facts["amount"].sum() == 500
    assert {control.read for control in found.controls} == {4}
    assert {control.file.rpartition(" ")[2] for control in found.controls} == {"log"}


@pytest.mark.parametrize(
    "query",
    [
        "DELETE FROM deals",
        "SELECT 1; DROP TABLE deals",
        "WITH gone AS (DELETE FROM deals RETURNING *) SELECT * FROM gone",
        "SELECT * INTO copy FROM deals",
        "ATTACH 'other.db' AS other",
        "SELECT FROM WHERE",
        "",
    ],
)
def test_a_query_may_only_ask(tmp_path: Path, query: str) -> None:
    duckdb.connect(tmp_path / "crm.duckdb").execute("CREATE TABLE deals AS SELECT 1 AS deal").close()
    with pytest.raises((UnreadableData, InvalidPlan), match="query"):
        _imported(tmp_path, f"duckdb://{tmp_path}/crm.duckdb", f'query = "{query}"')
    with duckdb.connect(tmp_path / "crm.duckdb", read_only=True) as connection:
        assert connection.execute("FROM deals").fetchall() == [(1,)]
        assert connection.execute("SHOW TABLES").fetchall() == [("deals",)]


def test_a_missing_table_is_named_and_the_password_is_not(tmp_path: Path) -> None:
    duckdb.connect(tmp_path / "crm.duckdb").execute("CREATE TABLE deals (a INT)").close()
    with pytest.raises(UnreadableData, match=r"deal.*deals"):
        _imported(tmp_path, f"duckdb://{tmp_path}/crm.duckdb", 'table = "deal"')
    with pytest.raises(UnreadableData) as refused:
        _imported(tmp_path, "nosuch://kato:secret@localhost/crm", 'table = "deal"')
    assert "secret" not in str(refused.value)
    assert "localhost" in str(refused.value)


def test_files_of_the_same_name_in_two_folders(tmp_path: Path, importing: Importing) -> None:
    for folder, day in (("june", 2), ("july", 3)):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "a.csv").write_text(f"deal,won_date,owner,amount\n{day},2025-06-0{day},x,1\n")
    (tmp_path / "mapping.toml").write_text(_MAPPING.format(where=""), encoding="utf-8")
    files = [tmp_path / "june" / "a.csv", tmp_path / "july" / "a.csv"]
    found = import_events(files, read_mapping(tmp_path / "mapping.toml"))
    assert [control.file for control in found.controls] == [str(file) for file in files]


def test_rows_without_a_partner_are_said_with_the_nearest_key(tmp_path: Path) -> None:
    mapping = """
    source = "crm"
    [files.deals]
    match = "deals*"
    join = { leads = "lead" }
    [files.leads]
    match = "leads*"
    [[events]]
    event = "won"
    file = "deals"
    occurred_at = "date"
    channel = "leads.origin"
    """
    (tmp_path / "m.toml").write_text(mapping, encoding="utf-8")
    rows = "lead,date\nL-001,2025-06-02\nL-02,2025-06-02\nL-02,2025-06-03\n,2025-06-04\n"
    (tmp_path / "deals.csv").write_text(rows, encoding="utf-8")
    (tmp_path / "leads.csv").write_text("lead,origin\nL-001,Web\nL-002,展示会\n", encoding="utf-8")
    files = [tmp_path / "deals.csv", tmp_path / "leads.csv"]
    found = import_events(files, read_mapping(tmp_path / "m.toml"))
    told = dict(found.notes)["join_near"]
    assert (told["rows"], told["values"], told["near"]) == (3, "L-02", "L-02 → L-002")
    assert found.facts["count"].sum() == 4


_LOG_HEADINGS = ["日時", "担当", "経路", "種別", "金額", "ID"]
_EVERY_READER = """
source = "log"
[files.log]
{where}
[[events]]
event = {{ column = "種別" }}
occurred_at = "日時"
member = "担当"
channel = "経路"
amount = "金額"
id = "ID"
"""


def test_every_reader_gives_the_same_facts(tmp_path: Path) -> None:
    days = pd.date_range("2026-07-01", periods=400, freq="7h").floor("s")
    log = pd.DataFrame(
        {
            "日時": days.strftime("%Y-%m-%d %H:%M:%S"),
            "担当": [("佐藤", "髙橋", None)[n % 3] for n in range(400)],
            "経路": [("Web", "展示会")[n % 2] for n in range(400)],
            "種別": [("架電", "着電", "受注")[n % 3] for n in range(400)],
            "金額": [n * 1000.5 if n % 3 == 2 else None for n in range(400)],
            "ID": [f"A{n}" for n in range(400)],
        },
        columns=_LOG_HEADINGS,
    )
    for name, encoding, sign in (("a.csv", "utf-8", ","), ("b.csv", "cp932", ","), ("c.csv", "utf-16", "\t")):
        log.to_csv(tmp_path / name, index=False, encoding=encoding, sep=sign)
    log.to_csv(tmp_path / "e.csv.gz", index=False)
    log.assign(日時=days).to_excel(tmp_path / "f.xlsx", index=False, engine="xlsxwriter")
    log.assign(日時=days).to_parquet(tmp_path / "g.parquet")
    with sqlite3.connect(tmp_path / "h.db") as connection:
        log.to_sql("log", connection, index=False)
    connection.close()
    with duckdb.connect(tmp_path / "i.duckdb") as other:
        other.register("raw", log)
        other.execute("CREATE TABLE log AS FROM raw")

    def facts(file: Path | str, where: str = "") -> pd.DataFrame:
        (tmp_path / "m.toml").write_text(_EVERY_READER.format(where=where), encoding="utf-8")
        return import_events([file], read_mapping(tmp_path / "m.toml")).facts

    right = facts(tmp_path / "a.csv")
    assert (right["count"].sum(), right.amount.sum()) == (400, sum(n * 1000.5 for n in range(2, 400, 3)))
    for name in ("b.csv", "c.csv", "e.csv.gz", "f.xlsx", "g.parquet"):
        pd.testing.assert_frame_equal(facts(tmp_path / name), right)
    for url in (f"sqlite://{tmp_path}/h.db", f"duckdb://{tmp_path}/i.duckdb"):
        pd.testing.assert_frame_equal(facts(url, 'table = "log"'), right)
