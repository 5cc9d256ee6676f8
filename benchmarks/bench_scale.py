"""How large may a team be: `python benchmarks/bench_scale.py [people] [months] [events] [csv|parquet]`.

A log of so many people and events is imported into a plan of theirs, and the workbook is refreshed. Printed are the
seconds of processor time and the peak of memory of each, each in a process of its own, the size of the workbook, and,
in the same run, what bare DuckDB and pandas take for the facts alone. 500 people, 36 months and 20 million events are
to stay under 10 MB, 1.5 GB and a refresh of 20 s.
"""

import datetime as dt
import json
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

_START = "2024-04-01"
_CHANNELS = ("web", "phone", "event", "partner")
_MAPPING = """
source = "log"
covers = "days"
[files.log]
identical = "keep"
[[events]]
event = { column = "event" }
occurred_at = "occurred_at"
member = "member"
channel = "channel"
amount = "amount"
minutes = "minutes"
"""
_LOG = """
COPY (
    SELECT TIMESTAMP '{start}' + INTERVAL (7 * (c % ({months} * 52 // 12)) + a % 5) DAY
            + INTERVAL (32400 + b // 1000 % 32400) SECOND AS occurred_at,
        CASE WHEN b % 1000 < 620 THEN 'call' WHEN b % 1000 < 800 THEN 'connect' WHEN b % 1000 < 900 THEN 'email_sent'
            WHEN b % 1000 < 940 THEN 'email_opened' WHEN b % 1000 < 975 THEN 'appointment'
            WHEN b % 1000 < 992 THEN 'meeting' WHEN b % 1000 < 997 THEN 'qualified' ELSE 'won' END AS event,
        'member' || lpad(CAST(a // 5 % {people} AS VARCHAR), 3, '0') AS member,
        {channels}[1 + CASE WHEN a // 5000 % 10 < 6 THEN a // 5 % {people} % 4 ELSE a // 50000 % 4 END] AS channel,
        CASE WHEN b % 1000 >= 997 THEN 10000 * (1 + c // 7 % 300) END AS amount,
        CASE WHEN b % 1000 < 620 THEN c // 11 % 20 END AS minutes
    FROM (
        SELECT CAST(hash(i) // 2 AS BIGINT) AS a, CAST(hash(i * 7 + 1) // 2 AS BIGINT) AS b,
            CAST(hash(i * 13 + 5) // 2 AS BIGINT) AS c
        FROM range({events}) t(i)
    )
) TO '{path}' ({form})
"""
_BARE = """
SELECT CAST(occurred_at AS DATE) AS day, member, channel, event, count(*) AS count, sum(amount) AS amount,
    sum(minutes) AS minutes
FROM '{path}' GROUP BY ALL
"""


def _new(folder: Path, people: int, months: int) -> dict[str, float]:
    from kpixl.plan import Channel, Goal, Member, Period, Plan, Stage
    from kpixl.workbook.planbook import build
    from kpixl.workbook.state import new_state

    events = ("call", "connect", "appointment", "meeting", "qualified", "won")
    plan = Plan(
        template="bench",
        language="en",
        goal=Goal(1e11, 1e6),
        period=Period(dt.date.fromisoformat(_START), months, ()),
        stages=tuple(Stage(event, event) for event in events),
        channels=tuple(Channel(name, 1 / len(_CHANNELS), (0.3, 0.3, 0.5, 0.5, 0.5)) for name in _CHANNELS),
        members=tuple(Member(f"member{number:03}") for number in range(people)),
    )
    build(new_state(plan), folder / "plan.xlsx")
    return {}


def _import(folder: Path, path: str, day: str) -> dict[str, float]:
    from kpixl.actuals import read_mapping
    from kpixl.workbook.importing import import_into

    mapping = read_mapping(folder / "m.toml")
    done = import_into(folder / "plan.xlsx", [path], mapping, as_of=dt.date.fromisoformat(day))
    return {"facts": len(done.brought.loose)}


def _refresh(folder: Path, day: str) -> dict[str, float]:
    from kpixl.workbook.refresh import refresh

    refresh(folder / "plan.xlsx", as_of=dt.date.fromisoformat(day))
    return {}


def _duckdb(path: str) -> dict[str, float]:
    import duckdb

    return {"facts": len(duckdb.connect().sql(_BARE.format(path=path)).df())}


def _pandas(path: str) -> dict[str, float]:
    import pandas as pd

    log = pd.read_parquet(path) if path.endswith("parquet") else pd.read_csv(path, parse_dates=["occurred_at"])
    keys = [log["occurred_at"].dt.normalize(), log["member"], log["channel"], log["event"]]
    return {"facts": len(log.groupby(keys)[["amount", "minutes"]].sum())}


def _step(name: str, *given: object) -> None:
    """Run a step in a process of its own, and print what it took."""
    ran = subprocess.run([sys.executable, __file__, name, *map(str, given)], capture_output=True, text=True, check=True)
    took = json.loads(ran.stdout.splitlines()[-1])
    more = f"   {took['facts']:,.0f} facts" if "facts" in took else ""
    print(f"{name:<10}{took['cpu']:8.1f} s CPU{took['wall']:8.1f} s{took['memory']:8.2f} GB{more}", flush=True)


def main(people: int = 500, months: int = 36, events: int = 20_000_000, kind: str = "parquet") -> None:
    """Print time and memory of a new plan, an import, a refresh and the peers, and the size of the workbook."""
    import duckdb

    day = dt.date.fromisoformat(_START) + dt.timedelta(days=7 * (months * 52 // 12) - 3)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "m.toml").write_text(_MAPPING, encoding="utf-8")
        path, form = folder / f"log.{kind}", {"parquet": "FORMAT parquet", "csv": "HEADER"}[kind]
        given = {"people": people, "months": months, "events": events, "start": _START, "channels": list(_CHANNELS)}
        duckdb.sql(_LOG.format(path=path, form=form, **given))
        print(f"{people} people, {months} months, {events:,} events, {path.stat().st_size / 1e6:.0f} MB", flush=True)
        _step("duckdb", path)
        _step("pandas", path)
        _step("new", folder, people, months)
        print(f"the workbook has {(folder / 'plan.xlsx').stat().st_size / 1e6:.1f} MB", flush=True)
        _step("import", folder, path, day)
        print(f"the workbook has {(folder / 'plan.xlsx').stat().st_size / 1e6:.1f} MB", flush=True)
        _step("refresh", folder, day)
        print(f"the workbook has {(folder / 'plan.xlsx').stat().st_size / 1e6:.1f} MB", flush=True)


if __name__ == "__main__":
    own = sys.argv[1:]
    if not own or own[0].isdigit():
        main(*map(int, own[:3]), *own[3:])
    else:
        steps = {
            "new": lambda folder, people, months: _new(Path(folder), int(people), int(months)),
            "import": lambda folder, path, day: _import(Path(folder), path, day),
            "refresh": lambda folder, day: _refresh(Path(folder), day),
            "duckdb": _duckdb,
            "pandas": _pandas,
        }
        began, used = time.perf_counter(), time.process_time()
        found = steps[own[0]](*own[1:])
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
        found |= {"wall": time.perf_counter() - began, "cpu": time.process_time() - used, "memory": peak}
        print(json.dumps(found))
