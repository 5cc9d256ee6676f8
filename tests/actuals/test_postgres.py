"""A table of a PostgreSQL server gives the same facts as the CSV it came from, and its password is never shown."""

import os
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pandas as pd
import pytest

from kpixl.actuals import Import, import_events, read_mapping
from kpixl.errors import UnreadableData

pytestmark = pytest.mark.postgres
_PASSWORD = "s3/cr@t"  # noqa: S105 - of a server that lives for these tests
_MAPPING = """
source = "crm"
[files.log]
{where}
[[events]]
occurred_at = "at"
event = {{ column = "kind" }}
member = "who"
id = "id"
amount = "amount"
"""
_TABLE = """
CREATE TABLE log (id bigint, at timestamptz, kind text, who text, amount numeric(12, 2));
INSERT INTO log
SELECT n, timestamptz '2026-06-30 22:00+09' + n * interval '1 hour', CASE n % 5 WHEN 0 THEN '受注' ELSE '架電' END,
       CASE n % 3 WHEN 0 THEN NULL ELSE '佐藤' || n % 3 END, CASE n % 5 WHEN 0 THEN n * 1000.5 END
FROM generate_series(1, 1000) n;
"""


def _free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    """Start a server of its own on loopback, as the user `postgres` where the tests run as root; yield its address."""
    folder = Path(tempfile.mkdtemp(prefix="kpixl-postgres-"))
    programs = next(path.parent for path in sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), reverse=True))
    other = ["runuser", "-u", "postgres", "--"] if os.geteuid() == 0 else []
    if other:
        import pwd

        os.chown(folder, pwd.getpwnam("postgres").pw_uid, -1)
    (folder / "password").write_text(_PASSWORD, encoding="utf-8")
    (folder / "password").chmod(0o644)

    def run(*command: str) -> None:
        subprocess.run([*other, *command], check=True, capture_output=True, cwd=folder, timeout=120)

    port, data = _free_port(), str(folder / "data")
    login = ["--auth=scram-sha-256", "--username=kato", f"--pwfile={folder / 'password'}", "--encoding=UTF8"]
    run(str(programs / "initdb"), "-D", data, "--locale=C", *login)
    options = f"-c listen_addresses=127.0.0.1 -c port={port} -c unix_socket_directories={folder} -c fsync=off"
    run(str(programs / "pg_ctl"), "-D", data, "-l", str(folder / "log"), "-o", options, "-w", "start")
    try:
        yield f"127.0.0.1:{port}/postgres"
    finally:
        run(str(programs / "pg_ctl"), "-D", data, "-m", "immediate", "stop")
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="module")
def table(server: str) -> str:
    import psycopg

    with psycopg.connect(f"postgresql://kato@{server}", password=_PASSWORD, autocommit=True) as connection:
        connection.execute(_TABLE)
    return server


def _imported(folder: Path, file: str | Path, where: str) -> Import:
    (folder / "mapping.toml").write_text(_MAPPING.format(where=where), encoding="utf-8")
    return import_events([file], read_mapping(folder / "mapping.toml"))


def test_a_table_gives_what_its_csv_gives(table: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import psycopg

    with psycopg.connect(f"postgresql://kato@{table}", password=_PASSWORD) as connection:
        rows = connection.execute("SELECT * FROM log ORDER BY id").fetchall()
    pd.DataFrame(rows, columns=["id", "at", "kind", "who", "amount"]).to_csv(tmp_path / "log.csv", index=False)
    monkeypatch.setenv("PGPASSWORD", _PASSWORD)
    found = _imported(tmp_path, f"postgres://kato@{table}", 'table = "log"')
    same = _imported(tmp_path, tmp_path / "log.csv", "")
    pd.testing.assert_frame_equal(found.facts, same.facts)
    assert found.facts["count"].sum() == 1000
    assert found.facts.amount.sum() == sum(n * 1000.5 for n in range(5, 1001, 5))


def test_a_query_is_counted_on_the_server(table: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PGPASSWORD", _PASSWORD)
    whole = _imported(tmp_path, f"postgres://kato@{table}", 'table = "log"')
    day = "(at AT TIME ZONE 'Asia/Tokyo')::date"
    counted = f"SELECT {day} AS at, kind, who, count(*) AS n, sum(amount) AS amount FROM log GROUP BY 1, 2, 3"
    mapping = _MAPPING.format(where=f'query = "{counted}"').replace('id = "id"', 'count = "n"')
    (tmp_path / "counted.toml").write_text(mapping, encoding="utf-8")
    found = import_events([f"postgres://kato@{table}"], read_mapping(tmp_path / "counted.toml"))
    columns = ["date", "event", "member", "count", "amount"]
    pd.testing.assert_frame_equal(found.facts[columns], whole.facts[columns])
    assert found.controls[0].read < 1000


def test_a_wrong_password_is_not_shown(table: str, tmp_path: Path) -> None:
    with pytest.raises(UnreadableData) as refused:
        _imported(tmp_path, f"postgres://kato:wr0ng-one@{table}", 'table = "log"')
    assert "wr0ng-one" not in str(refused.value)
    assert table in str(refused.value)


def test_a_table_that_is_not_there(table: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PGPASSWORD", _PASSWORD)
    with pytest.raises(UnreadableData, match="log"):
        _imported(tmp_path, f"postgres://kato@{table}", 'table = "logs"')
