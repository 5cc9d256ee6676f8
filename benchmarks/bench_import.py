"""Import beside the same GROUP BY in bare DuckDB, polars and pandas: `python benchmarks/bench_import.py [events]`.

All start from the same CSV, and the same Parquet file, in a temporary folder; they take turns, each in a process of its
own, and are judged by the best of their rounds in seconds of processor time, imports of libraries left out. The import
also reads whatever people write, finds rows that stand twice and sets aside what it cannot read. The aim is at most 1.3
times as long as DuckDB where identical rows are kept, at least 5 times as fast as pandas, less than 1.5 GB of memory,
and a time that grows as the number of events does. Where identical rows count once, DuckDB with SELECT DISTINCT does
the same work: the aim is held against that, and the ratio to DuckDB without it stands beside. polars is left out where
it is not installed.
"""

import datetime as dt
import importlib.util
import json
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

_MAPPING = """
covers = "days"
[files.log]
identical = "{identical}"
[[events]]
event = {{ column = "event" }}
occurred_at = "occurred_at"
member = "member"
channel = "channel"
lead = "lead"
amount = "amount"
minutes = "minutes"
"""
_LOG = """
COPY (
    SELECT TIMESTAMP '2024-04-01' + to_seconds(one % 31536000) AS occurred_at,
        ['call', 'connect', 'email_sent', 'email_opened', 'appointment', 'meeting', 'won'][1 + two % 7] AS event,
        'member' || one % 30 AS member,
        ['web', 'phone', 'event', 'partner'][1 + one % 4] AS channel,
        'L' || lpad(CAST(i % 1000000 AS VARCHAR), 8, '0') AS lead,
        CASE WHEN two % 7 = 6 THEN two % 1000000 END AS amount,
        two % 60 AS minutes
    FROM (
        SELECT i, CAST(hash(i) // 2 AS BIGINT) AS one, CAST(hash(i * 7) // 2 AS BIGINT) AS two FROM range({events}) t(i)
    )
) TO '{path}' ({form})
"""
_BARE = """
SELECT CAST(occurred_at AS DATE) AS day, member, channel, event, count(*) AS count, sum(amount) AS amount,
    sum(minutes) AS minutes
FROM '{path}' GROUP BY ALL
"""
_ONCE = _BARE.replace("FROM '{path}'", "FROM (SELECT DISTINCT * FROM '{path}')")
_HOURS_FROM = dt.date(2024, 12, 21)  # 100 days before the last of the log, as a workbook asks for
_DISTINCT, _COUNTED_ONCE = "DuckDB, SELECT DISTINCT before", "kpixl, identical rows count once"
_KEYS = ("day", "member", "channel", "event")


def _duckdb(path: str, question: str = _BARE) -> Callable[[], int]:
    import duckdb
    import pandas  # noqa: F401
    import pyarrow  # noqa: F401

    return lambda: len(duckdb.connect().sql(question.format(path=path)).df())


def _duckdb_once(path: str) -> Callable[[], int]:
    return _duckdb(path, _ONCE)


def _polars(path: str) -> Callable[[], int]:
    import polars as pl

    def work() -> int:
        log = pl.scan_parquet(path) if path.endswith("parquet") else pl.scan_csv(path, try_parse_dates=True)
        day = pl.col("occurred_at").dt.date().alias("day")
        sums = (pl.len().alias("count"), pl.col("amount").sum(), pl.col("minutes").sum())
        return len(log.with_columns(day).group_by(*_KEYS).agg(*sums).collect(engine="streaming"))

    return work


def _pandas(path: str) -> Callable[[], int]:
    import pandas as pd

    def work() -> int:
        log = pd.read_parquet(path) if path.endswith("parquet") else pd.read_csv(path, parse_dates=["occurred_at"])
        log["day"] = log["occurred_at"].dt.normalize()
        return len(log.groupby([*_KEYS])[["amount", "minutes"]].sum())

    return work


def _kpixl(path: str, mapping: str) -> Callable[[], int]:
    import ibis.backends.duckdb  # noqa: F401
    import pandas  # noqa: F401
    import pyarrow.parquet  # noqa: F401

    from kpixl.actuals import import_events, read_mapping

    return lambda: len(import_events([path], read_mapping(mapping), hours_from=_HOURS_FROM).loose)


_WAYS: dict[str, Callable[..., Callable[[], int]]] = {
    "duckdb": _duckdb,
    "duckdb_once": _duckdb_once,
    "polars": _polars,
    "pandas": _pandas,
    "kpixl": _kpixl,
}


def _took(way: str, *given: object) -> tuple[float, float]:
    """Return the seconds of processor time and the peak of memory of one way, in a process of its own."""
    ran = subprocess.run([sys.executable, __file__, way, *map(str, given)], capture_output=True, text=True, check=True)
    found = json.loads(ran.stdout.splitlines()[-1])
    return found["cpu"], found["memory"]


def main(events: int = 10_000_000, rounds: int = 3) -> None:
    """Print time and memory of all ways, for all events and for a tenth of them."""
    import duckdb

    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        maps = {identical: folder / f"{identical}.toml" for identical in ("keep", "once")}
        for identical, path in maps.items():
            path.write_text(_MAPPING.format(identical=identical), encoding="utf-8")
        for kind, form in (("csv", "HEADER"), ("parquet", "FORMAT parquet")):
            best: dict[tuple[int, str], list[tuple[float, float]]] = {}
            for number in (events // 10, events):
                log = folder / f"log{number}.{kind}"
                duckdb.sql(_LOG.format(events=number, path=log, form=form))
                ways = {"DuckDB": ("duckdb", log), "pandas": ("pandas", log)}
                ways[_DISTINCT] = ("duckdb_once", log)
                if importlib.util.find_spec("polars"):
                    ways["polars"] = ("polars", log)
                ways["kpixl, identical rows are kept"] = ("kpixl", log, maps["keep"])
                ways[_COUNTED_ONCE] = ("kpixl", log, maps["once"])
                if kind == "csv":
                    bad = folder / f"bad{number}.csv"
                    shutil.copy(log, bad)
                    with bad.open("a", encoding="utf-8") as file:
                        file.write("someday,call,member1,web,L00000001,,5\n")
                    ways["kpixl, with one bad row"] = ("kpixl", bad, maps["keep"])
                for _ in range(rounds):
                    for title, given in ways.items():
                        best.setdefault((number, title), []).append(_took(*given))
                print(f"{number:,} events, {kind}, {log.stat().st_size / 1e6:.0f} MB")
                for title in ways:
                    seconds, memory = (min(parts) for parts in zip(*best[number, title], strict=True))
                    ratio = seconds / min(best[number, "DuckDB"])[0]
                    same = seconds / min(best[number, _DISTINCT if title == _COUNTED_ONCE else "DuckDB"])[0]
                    told = f"{ratio:5.2f} x DuckDB  {same:5.2f} x the same work"
                    print(f"  {title:<34}{seconds:6.2f} s CPU  {told}  {memory:5.2f} GB", flush=True)


if __name__ == "__main__":
    if len(sys.argv) < 2 or sys.argv[1].isdigit():
        main(*map(int, sys.argv[1:]))
    else:
        work = _WAYS[sys.argv[1]](*sys.argv[2:])
        began = time.process_time()
        rows = work()
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
        print(json.dumps({"rows": rows, "cpu": time.process_time() - began, "memory": peak}))
