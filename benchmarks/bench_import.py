"""Import beside the same GROUP BY in bare DuckDB, in one run: `python benchmarks/bench_import.py [events] [rounds]`.

Both start from the same CSV in a temporary folder, take turns, and are judged by the best of their rounds. The import
also reads whatever people write, finds rows that stand twice and sets aside what it cannot read. The aim is 1.5 times
as long as DuckDB, and 3 times where a row is bad, for then the file is read again.
"""

import shutil
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path

import duckdb

from kpixl.actuals import Mapping, import_events, read_mapping

_MAPPING = """
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
) TO '{path}' (HEADER)
"""
_BARE = """
SELECT CAST(occurred_at AS DATE) AS day, member, channel, event, count(*) AS count, sum(amount) AS amount,
    sum(minutes) AS minutes
FROM read_csv('{path}') GROUP BY ALL
"""


def _seconds(work: Callable[[], object]) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def _mapping(folder: Path, identical: str) -> Mapping:
    path = folder / f"{identical}.toml"
    path.write_text(_MAPPING.format(identical=identical), encoding="utf-8")
    return read_mapping(path)


def main(events: int = 5_000_000, rounds: int = 5) -> None:
    """Print the times of both and their ratio."""
    with tempfile.TemporaryDirectory() as folder:
        log, bad = Path(folder) / "log.csv", Path(folder) / "bad.csv"
        duckdb.sql(_LOG.format(events=events, path=log))
        shutil.copy(log, bad)
        with bad.open("a", encoding="utf-8") as file:
            file.write("someday,call,member1,web,L00000001,,5\n")
        once, keep = (_mapping(Path(folder), identical) for identical in ("once", "keep"))
        print(f"{events:,} events, {log.stat().st_size / 1e6:.0f} MB")
        times = defaultdict(list)
        for _ in range(rounds):
            times["DuckDB"].append(_seconds(lambda: duckdb.connect().sql(_BARE.format(path=log)).df()))
            times["kpixl, identical rows count once"].append(_seconds(lambda: import_events([log], once)))
            times["kpixl, identical rows are kept"].append(_seconds(lambda: import_events([log], keep)))
            times["kpixl, with one bad row"].append(_seconds(lambda: import_events([bad], once)))
        for name, seconds in times.items():
            print(f"{name:<34}{min(seconds):6.2f} s   ratio {min(seconds) / min(times['DuckDB']):.2f}")


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
