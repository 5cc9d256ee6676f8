"""Import beside the same GROUP BY in bare DuckDB, in one run: `python benchmarks/bench_import.py [events] [rounds]`.

Both start from the same CSV in a temporary folder. The import also reads whatever people write, finds rows that stand
twice, sets aside what it cannot read and takes the fingerprint of the file. The aim is 1.5 times as long.
"""

import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import duckdb

from kpixl.actuals import import_events, read_mapping

_MAPPING = """
[files.log]
[[events]]
event = { column = "event" }
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


def main(events: int = 5_000_000, rounds: int = 3) -> None:
    """Print both times and their ratio."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "log.csv"
        duckdb.sql(_LOG.format(events=events, path=path))
        (Path(folder) / "mapping.toml").write_text(_MAPPING, encoding="utf-8")
        mapping = read_mapping(Path(folder) / "mapping.toml")
        print(f"{events:,} events, {path.stat().st_size / 1e6:.0f} MB")
        ratios = []
        for _ in range(rounds):
            bare = _seconds(lambda: duckdb.connect().sql(_BARE.format(path=path)).df())
            ours = _seconds(lambda: import_events([path], mapping))
            ratios.append(ours / bare)
            print(f"DuckDB {bare:.2f} s   kpixl {ours:.2f} s   ratio {ours / bare:.2f}")
    print(f"median ratio {statistics.median(ratios):.2f}")


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
