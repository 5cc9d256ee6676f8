"""The same log through every reader: `python benchmarks/bench_readers.py [rows] [spark] [postgres URL]`.

Whatever a log is exported as, the facts must be the same, to the row and the yen, or no time is printed. Each reader is
compared with pandas reading the same file into a frame, without counting anything. A PostgreSQL server, if named, gets
a table `kpixl_bench_log`; its password is taken from PGPASSWORD. `spark` starts Spark in local mode. What servers and
Spark take in processes of their own is not in the time.
"""

import sqlite3
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd

from kpixl.actuals import import_events, read_mapping

_MAPPING = """
source = "crm"
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
_TABLE = "kpixl_bench_log"


def _log(rows: int) -> pd.DataFrame:
    chance = np.random.default_rng(1)
    kinds = chance.choice(["架電", "着電", "アポ", "受注"], rows, p=[0.7, 0.2, 0.08, 0.02])
    seconds = np.sort(chance.integers(0, 360 * 86_400, rows))
    return pd.DataFrame(
        {
            "日時": pd.Timestamp("2026-04-01") + pd.to_timedelta(seconds, unit="s"),
            "担当": chance.choice(["佐藤", "髙橋", "田中", "伊藤", "渡辺"], rows),
            "経路": chance.choice(["Web", "展示会", "資料請求"], rows),
            "種別": kinds,
            "金額": np.where(kinds == "受注", chance.integers(100, 5_000, rows) * 1_000, np.nan),
            "ID": [f"A{number:07}" for number in range(rows)],
        }
    )


def _written(log: pd.DataFrame, folder: Path) -> dict[str, tuple[Path | str, Callable[[], pd.DataFrame]]]:
    """Write the log in every form; return, by name, what kpixl is given and how pandas reads it."""
    text = log.assign(日時=log["日時"].dt.strftime("%Y-%m-%d %H:%M:%S"))
    ways: dict[str, tuple[Path | str, Callable[[], pd.DataFrame]]] = {}
    for name, encoding in (("CSV, UTF-8", "utf-8"), ("CSV, CP932", "cp932")):
        path = folder / f"{encoding}.csv"
        text.to_csv(path, index=False, encoding=encoding)
        ways[name] = path, lambda path=path, encoding=encoding: pd.read_csv(path, encoding=encoding)
    sheet, parquet, lite = folder / "log.xlsx", folder / "log.parquet", folder / "log.db"
    log.to_excel(sheet, index=False, engine="xlsxwriter")
    ways["Excel (pandas by calamine)"] = sheet, lambda: pd.read_excel(sheet, engine="calamine")
    log.to_parquet(parquet)
    ways["Parquet"] = parquet, lambda: pd.read_parquet(parquet)
    with sqlite3.connect(lite) as connection:
        text.to_sql(_TABLE, connection, index=False)
    connection.close()
    ways["SQLite"] = f"sqlite://{lite}", lambda: pd.read_sql(f"SELECT * FROM {_TABLE}", sqlite3.connect(lite))
    return ways


def _into_postgres(url: str, log: pd.DataFrame) -> Callable[[], pd.DataFrame]:
    """Put the log into a table of a PostgreSQL server; return how pandas reads it, by psycopg."""
    import psycopg

    kinds = ("timestamp", "text", "text", "text", "numeric", "text")
    columns = ", ".join(f'"{name}" {kind}' for name, kind in zip(log.columns, kinds, strict=True))
    with psycopg.connect(url, autocommit=True) as server:
        server.execute(f"DROP TABLE IF EXISTS {_TABLE}; CREATE TABLE {_TABLE} ({columns})")
        with server.cursor().copy(f"COPY {_TABLE} FROM STDIN (FORMAT csv)") as copy:
            copy.write(log.to_csv(index=False, header=False))

    def read() -> pd.DataFrame:
        with psycopg.connect(url) as server:
            return pd.DataFrame(server.execute(f"SELECT * FROM {_TABLE}").fetchall())

    return read


def _into_spark(folder: Path) -> Callable[[], pd.DataFrame]:
    """Start Spark in local mode with the log as a view; return how pandas reads it, by Arrow."""
    from pyspark.sql import SparkSession

    local = {"spark.driver.bindAddress": "127.0.0.1", "spark.driver.host": "127.0.0.1", "spark.ui.enabled": "false"}
    session = SparkSession.builder.master("local[*]").config(map=local).getOrCreate()
    pd.read_parquet(folder / "log.parquet").to_parquet(folder / "spark.parquet", coerce_timestamps="us")
    session.read.parquet(str(folder / "spark.parquet")).createOrReplaceTempView(_TABLE)
    return lambda: session.table(_TABLE).toArrow().to_pandas()


def _timed(work: Callable[[], object]) -> tuple[float, object]:
    began = time.process_time()
    found = work()
    return time.process_time() - began, found


def main(rows: int = 200_000, *servers: str) -> None:
    """Print the time of each reader, and how it compares with pandas."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        log = _log(rows)
        ways = _written(log, folder)
        for server in servers:
            if server == "spark":
                ways["Spark"] = "pyspark://", _into_spark(folder)
            else:
                ways["PostgreSQL"] = server, _into_postgres(server, log)
        right = None
        for title, (given, peer) in ways.items():
            where = f'table = "{_TABLE}"' if "://" in str(given) else ""
            (folder / "m.toml").write_text(_MAPPING.format(where=where), encoding="utf-8")
            seconds, found = _timed(lambda given=given: import_events([given], read_mapping(folder / "m.toml")).facts)
            right = found if right is None else right
            pd.testing.assert_frame_equal(found, right)
            assert (found["count"].sum(), found["amount"].sum()) == (rows, log["金額"].sum()), title
            theirs = _timed(peer)[0]
            print(f"{title:<28}{seconds:6.2f} s CPU  {seconds / theirs:6.2f} x pandas reading it", flush=True)


if __name__ == "__main__":
    main(*map(int, sys.argv[1:2]), *sys.argv[2:])
