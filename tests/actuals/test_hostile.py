"""Damaged, hostile and huge exports end in a sentence or in the right count, and nothing is left behind."""

import os
import random
import re
import signal
import sqlite3
import stat
import subprocess
import sys
import tempfile
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Literal

import duckdb
import pandas as pd
import pytest

from kpixl.actuals import Import, import_events, read_mapping, records
from kpixl.actuals.databases import shown_url
from kpixl.errors import InvalidPlan, UnreadableData, UserError

Importing = Callable[..., Import]
_HEADER = "日時,種別,担当,経路,金額,分\n"
_MAPPING = (
    '[files.d]\nmatch = "*"\n[[events]]\nevent = "won"\noccurred_at = "日"\nmember = "担当"\nid = "ID"\namount = "額"\n'
)


def _mapping(folder: Path, text: str) -> Path:
    path = folder / "m.toml"
    path.write_text(text, encoding="utf-8")
    return path


@pytest.mark.parametrize(
    "day", ["epoch", "infinity", "-infinity", "令和0年1月1日", "2025-06-02 25:00", "2025/2/30", "2025-06-02x"]
)
def test_a_day_that_no_calendar_has_is_set_aside(importing: Importing, day: str) -> None:
    found = importing({"a.csv": _HEADER + f"{day},架電,佐藤,,,\n2025-06-02,架電,佐藤,,,\n"})
    assert found.facts["date"].tolist() == [pd.Timestamp(2025, 6, 2)]
    assert found.controls[0].set_aside == 1


@pytest.mark.parametrize("day", ["2016-06-02", "2026", "45810000", "1905-07-18", "2099-01-01"])
def test_a_day_far_from_the_plan_is_set_aside(tmp_path: Path, day: str) -> None:
    (tmp_path / "a.csv").write_text(f"日,担当,ID,額\n{day},佐藤,1,5\n2025-06-02,佐藤,2,5\n", "utf-8")
    span = pd.Timestamp(2024, 4, 1).date(), pd.Timestamp(2027, 3, 31).date()
    found = import_events([tmp_path / "a.csv"], read_mapping(_mapping(tmp_path, _MAPPING)), days=span)
    assert found.facts["count"].sum() == 1
    assert found.controls[0].set_aside == 1


@pytest.mark.parametrize("amount", ["1_000", "0x1F", "1e400", "いくらか", "1,2,3"])
def test_an_amount_that_is_no_number_is_set_aside(importing: Importing, amount: str) -> None:
    found = importing({"a.csv": _HEADER + f'2025-06-02,受注,佐藤,,"{amount}",\n2025-06-02,受注,佐藤,,7,\n'})
    assert found.facts["amount"].tolist() == [7.0]


def test_two_currencies_in_a_column_are_refused_by_its_name(importing: Importing) -> None:
    rows = "2025-06-02,受注,佐藤,,$100,\n2025-06-02,受注,鈴木,,100円,\n"
    with pytest.raises(UnreadableData, match=r"「金額」.*\$, 円"):
        importing({"a.csv": _HEADER + rows})


@pytest.mark.parametrize("name", ["data[1].csv", "a*b.csv", "q?.csv", "[_x].csv", '日本 語\'s "d".csv'])
def test_a_file_name_is_no_pattern(tmp_path: Path, name: str) -> None:
    for other in ("data1.csv", "ab.csv", "aXb.csv", "q1.csv", "x.csv", "_.csv"):
        (tmp_path / other).write_text("日,担当,ID,額\n2025-06-02,他,9,9\n", "utf-8")
    (tmp_path / name).write_text("日,担当,ID,額\n2025-06-02,佐藤,1,5\n", "utf-8")
    found = import_events([tmp_path / name], read_mapping(_mapping(tmp_path, _MAPPING)))
    assert found.facts["member"].tolist() == ["佐藤"]
    assert found.controls[0].file == name


@pytest.mark.skipif(os.name == "nt", reason="names are Unicode there")
def test_a_file_name_that_is_no_utf8(tmp_path: Path) -> None:
    path = Path(os.fsdecode(os.fsencode(tmp_path) + b"/\x8e\xf3\x92\x8d.csv"))
    path.write_text("日,担当,ID,額\n2025-06-02,佐藤,1,5\n", "utf-8")
    found = import_events([path], read_mapping(_mapping(tmp_path, _MAPPING)))
    assert found.facts["count"].sum() == 1


def test_cells_of_sqlite_arrive_as_they_are(tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / "crm.db") as connection:
        connection.execute("CREATE TABLE deals (ID TEXT, 日 TIMESTAMP, 担当 TEXT, 額 REAL)")
        rows = [
            ("1", "2025-06-02", "a", "1,200,000"),
            ("2", "令和7年6月2日", "a", "120万"),
            ("3", "2025-06-02", "a", "n/a"),
        ]
        connection.executemany("INSERT INTO deals VALUES (?, ?, ?, ?)", rows)
    connection.close()
    mapping = _mapping(tmp_path, _MAPPING.replace('match = "*"', 'table = "deals"'))
    found = import_events([f"sqlite://{tmp_path}/crm.db"], read_mapping(mapping))
    assert found.facts[["count", "amount"]].to_numpy().tolist() == [[2, 2_400_000.0]]
    assert found.controls[0].set_aside == 1


@pytest.mark.parametrize("unit", ["s", "ms", "us", "ns"])
def test_moments_of_parquet_and_duckdb_follow_the_zone(tmp_path: Path, unit: Literal["s", "ms", "us", "ns"]) -> None:
    moment = pd.to_datetime(["2025-05-31T15:30Z"]).as_unit(unit)
    frame = pd.DataFrame({"ID": ["1"], "日": moment, "担当": ["a"], "額": [1.0]})
    frame.to_parquet(tmp_path / "a.parquet")
    with duckdb.connect(tmp_path / "crm.duckdb") as connection:
        connection.register("raw", frame)
        connection.execute("CREATE TABLE deals AS FROM raw")
    of_table = _mapping(tmp_path, _MAPPING.replace('match = "*"', 'table = "deals"'))
    for file, mapping in (
        (f"duckdb://{tmp_path}/crm.duckdb", read_mapping(of_table)),
        (tmp_path / "a.parquet", read_mapping(_mapping(tmp_path, _MAPPING))),
    ):
        assert import_events([file], mapping).facts["date"].tolist() == [pd.Timestamp(2025, 6, 1)]


def test_identical_rows_of_a_database_count_once(tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / "crm.db") as connection:
        connection.execute("CREATE TABLE deals (日 TEXT, 担当 TEXT)")
        connection.executemany("INSERT INTO deals VALUES (?, ?)", [("2025-06-02", "a")] * 3 + [("2025-06-02", "b")])
    connection.close()
    text = '[files.d]\ntable = "deals"\n[[events]]\nevent = "call"\noccurred_at = "日"\nmember = "担当"\n'
    found = import_events([f"sqlite://{tmp_path}/crm.db"], read_mapping(_mapping(tmp_path, text)))
    assert found.facts["count"].tolist() == [1, 1]
    assert found.controls[0].duplicates == 2


@pytest.mark.parametrize("scheme", ["sqlite", "duckdb"])
def test_a_typing_error_makes_no_empty_database(tmp_path: Path, scheme: str) -> None:
    mapping = _mapping(tmp_path, _MAPPING.replace('match = "*"', 'table = "deals"'))
    with pytest.raises(UnreadableData):
        import_events([f"{scheme}://{tmp_path}/cmr.db"], read_mapping(mapping))
    assert not (tmp_path / "cmr.db").exists()


def test_a_database_reaches_nothing_outside_itself(tmp_path: Path) -> None:
    (tmp_path / "secret.csv").write_text("日,担当,ID,額\n2025-06-02,s,1,5\n", "utf-8")
    with duckdb.connect(tmp_path / "crm.duckdb") as connection:
        connection.execute(f"CREATE VIEW deals AS FROM read_csv('{tmp_path}/secret.csv')")
    mapping = _mapping(tmp_path, _MAPPING.replace('match = "*"', 'table = "deals"'))
    with pytest.raises(UnreadableData):
        import_events([f"duckdb://{tmp_path}/crm.duckdb"], read_mapping(mapping))


@pytest.mark.parametrize("secret", ["pw", "p/w", "p@ss:w/rd", "p%2Fw"])
def test_a_password_is_never_said(tmp_path: Path, secret: str) -> None:
    url = f"nosuch://kato:{secret}@db.example/crm"
    assert shown_url(url) == "nosuch://db.example/crm"
    mapping = _mapping(tmp_path, _MAPPING.replace('match = "*"', 'table = "deals"'))
    with pytest.raises(UnreadableData) as refused:
        import_events([url], read_mapping(mapping))
    assert secret not in str(refused.value)
    assert refused.value.__cause__ is None


@pytest.mark.parametrize(("url", "extra"), [("pyspark://", "kpixl[spark]"), ("trino://a@b/c", "ibis-framework[trino]")])
def test_a_package_that_is_not_installed_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, url: str, extra: str
) -> None:
    for package in ("pyspark", "pyspark.sql", "trino"):
        monkeypatch.setitem(sys.modules, package, None)
    mapping = _mapping(tmp_path, _MAPPING.replace('match = "*"', 'table = "deals"'))
    with pytest.raises(UnreadableData, match=re.escape(f'pip install "{extra}"')):
        import_events([url], read_mapping(mapping))


@pytest.mark.parametrize("content", [b"", b"PAR1", b"PAR1" + bytes(100) + b"PAR1", b"no parquet at all"])
def test_damaged_parquet(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "a.parquet").write_bytes(content)
    with pytest.raises(UnreadableData, match=r"a\.parquet"):
        import_events([tmp_path / "a.parquet"], read_mapping(_mapping(tmp_path, _MAPPING)))


@pytest.mark.parametrize(
    "text",
    ["a = " + "[" * 5000, "a = 1" + "0" * 5000, "[files.d]\njoin = { d = 'ID' }\n" + _MAPPING[len("[files.d]\n") :]],
)
def test_a_mapping_that_is_too_much(tmp_path: Path, text: str) -> None:
    with pytest.raises(InvalidPlan, match=r"m\.toml"):
        read_mapping(_mapping(tmp_path, text))


def test_groups_that_are_joined_in_a_circle(tmp_path: Path) -> None:
    text = "[files.a]\njoin = { b = 'ID' }\n[files.b]\njoin = { a = 'ID' }\n"
    text += "[[events]]\nfile = 'a'\nevent = 'won'\noccurred_at = '日'"
    with pytest.raises(InvalidPlan, match="自分自身"):
        read_mapping(_mapping(tmp_path, text))


def test_too_many_columns_and_too_long_a_heading(importing: Importing) -> None:
    with pytest.raises(UnreadableData, match="5,000列"):
        importing({"a.csv": ",".join(f"c{number}" for number in range(5000)) + "\n"})
    with pytest.raises(UnreadableData, match="文字の見出し"):
        importing({"b.csv": "x" * 100_000 + ",日時\n"})


def test_a_cell_that_is_too_long_is_set_aside(importing: Importing) -> None:
    found = importing({"a.csv": _HEADER + f'2025-06-02,架電,"{"x" * 200_000}\n",,,\n2025-06-02,架電,佐藤,,,\n'})
    assert found.facts["member"].tolist() == ["佐藤"]
    assert sum(control.set_aside for control in found.controls) == 2, "each line of it"


def test_a_file_of_nothing_but_rows_that_misfit_is_refused(
    importing: Importing, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(records, "_MOST_BROKEN", 100)
    assert importing({"a.csv": _HEADER + "x\n" * 100}).controls[0].set_aside == 100
    with pytest.raises(UnreadableData, match=r"b\.csv .*100行より多く.*最初は2行目"):
        importing({"b.csv": _HEADER + "x\n" * 101})


def test_marks_of_inches_in_a_hundred_thousand_rows(importing: Importing) -> None:
    rows = "".join(f'2025-06-02 09:00,架電,佐藤,{number}",,\n' for number in range(100_000))
    found = importing({"a.csv": _HEADER + rows})
    assert found.controls[0].used == 100_000


def test_every_cell_of_the_rejects_is_harmless(importing: Importing, tmp_path: Path) -> None:
    found = importing({"=a.csv": _HEADER + '2025-06-02,"=HYPERLINK(""x"")",佐藤,,,\n@来週,架電,佐藤,,,\n'})
    kept = found.rejects.keep()
    assert kept is not None
    cells = pd.read_csv(kept, dtype=str, keep_default_na=False).to_numpy().ravel()
    assert not [cell for cell in cells if cell[:1] in ("=", "+", "-", "@", "\t")]


def test_rejects_go_elsewhere_where_the_folder_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "a.csv").write_text("日,担当,ID,額\n来週,佐藤,1,5\n2025-06-02,佐藤,2,5\n", "utf-8")
    mapping = read_mapping(_mapping(tmp_path, _MAPPING))
    found = import_events([tmp_path / "a.csv"], mapping, rejects=tmp_path / "out")
    assert found.rejects.keep() == tmp_path / "out" / "a_kpixl_rejects.csv"


def test_a_link_planted_where_rejects_belong_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "victim").write_text("mine")
    (tmp_path / "a_kpixl_rejects.csv").symlink_to(tmp_path / "victim")
    (tmp_path / "a.csv").write_text("日,担当,ID,額\n来週,佐藤,1,5\n", "utf-8")
    found = import_events([tmp_path / "a.csv"], read_mapping(_mapping(tmp_path, _MAPPING)))
    kept = found.rejects.keep()
    assert (tmp_path / "victim").read_text() == "mine"
    assert kept is not None
    assert stat.S_ISREG(kept.lstat().st_mode)


def test_a_clean_import_removes_the_rejects_of_an_earlier_one_and_a_forgotten_one_leaves_them(tmp_path: Path) -> None:
    mapping, file = read_mapping(_mapping(tmp_path, _MAPPING)), tmp_path / "a.csv"
    file.write_text("日,担当,ID,額\n来週,佐藤,1,5\n", "utf-8")
    kept = import_events([file], mapping).rejects.keep()
    assert kept is not None
    file.write_text("日,担当,ID,額\n2025-06-02,佐藤,1,5\n", "utf-8")
    import_events([file], mapping).rejects.drop()
    assert kept.exists()
    assert import_events([file], mapping).rejects.keep() is None
    assert not kept.exists()


@pytest.mark.skipif(os.name == "nt", reason="kills as POSIX does")
def test_what_a_killed_run_left_behind_is_cleared_by_the_next(tmp_path: Path, importing: Importing) -> None:
    script = (
        "import time\nfrom kpixl.actuals.desk import desk, new_file_aside\n"
        "with desk(['duckdb://x']) as on:\n    on.new_file('.csv').write_text('x')\n    new_file_aside('.csv')\n"
        "    print('there', flush=True)\n    time.sleep(60)"
    )
    environment = os.environ | {"TMPDIR": str(tmp_path)}
    with subprocess.Popen([sys.executable, "-c", script], env=environment, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stdout.readline()
        process.send_signal(signal.SIGKILL)
    assert len(list(tmp_path.glob("kpixl-import-*"))) == 2
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(tempfile, "tempdir", str(tmp_path))
        importing({"a.csv": _HEADER})
    assert not list(tmp_path.glob("kpixl-import-*"))


_MUTATIONS = 60


def test_mutated_exports_end_in_a_sentence_or_are_accounted_for(
    tmp_path: Path, limited: Callable[[], AbstractContextManager[None]]
) -> None:
    """Bytes changed, removed, repeated, or put in; many more are tried by hand, by raising the number."""
    rng = random.Random(20261128)  # noqa: S311 - nothing is kept secret by it
    base = (
        _HEADER
        + "".join(f'2025-06-{day:02d} 09:0{day % 10},架電,"佐藤, {day}",Web,"1,{day:03d}",5\n' for day in range(1, 29))
    ).encode()
    mapping = read_mapping(
        _mapping(
            tmp_path,
            '[files.d]\nmatch = "*.csv"\n[[events]]\nevent = { column = "種別", values = { "架電" = "call" } }\n'
            'occurred_at = "日時"\nmember = "担当"\namount = "金額"\nminutes = "分"\n',
        )
    )
    file = tmp_path / "a.csv"
    file.write_bytes(base)
    import_events([file], mapping).rejects.drop()  # what DuckDB takes once, it takes before there is a limit
    for number in range(int(os.environ.get("KPIXL_MUTATIONS", _MUTATIONS))):
        file.write_bytes(_mutated(base if number % 3 else base.decode().encode("cp932"), rng))
        try:
            with limited():
                found = import_events([file], mapping)
        except UserError as error:
            assert str(error)
            continue
        assert all(c.read == c.used + c.set_aside + c.duplicates + c.other for c in found.controls)
        assert min(min(c.used, c.set_aside, c.duplicates, c.other) for c in found.controls) >= 0
        found.rejects.drop()


_CHANGED = """source = "crm"
covers = "days"
timezone = "Asia/Tokyo"
[files.log]
match = ["log*.csv", "a.csv"]
join = { people = ["番号", "ID"] }
identical = "keep"
[files.people]
match = "people.csv"
[[events]]
file = "log"
event = { column = "種別", values = { "架電" = "call", "受注" = "won", "*" = "ignore" } }
occurred_at = "日時"
member = { column = "people.名前", values = { "さとう" = "佐藤" } }
channel = { fixed = "Web" }
lead = "番号"
id = "ID"
amount = "金額"
minutes = "分"
where = { "種別" = ["架電", "受注"] }
"""


def test_changed_mappings_end_in_a_sentence_or_account_for_every_row(
    hostile_toml: Callable[[str, random.Random], bytes],
    limited: Callable[[], AbstractContextManager[None]],
    tmp_path: Path,
) -> None:
    """`KPIXL_MAPPINGS=500` tries as many; the few of an ordinary run are the first of them."""
    rows = "".join(f'2025-06-{day:02d} 09:00,架電,{day % 3},"1,{day:03d}",5,{day}\n' for day in range(1, 29))
    (tmp_path / "a.csv").write_text(f"日時,種別,番号,金額,分,ID\n{rows}2025-06-30,受注,1,5,,99\n", "utf-8")
    (tmp_path / "people.csv").write_text("ID,名前\n0,さとう\n1,鈴木\n2,田中\n", "utf-8")
    path, wrong, read = tmp_path / "m.toml", [], 0
    for number in range(many := int(os.environ.get("KPIXL_MAPPINGS", _MUTATIONS))):
        path.write_bytes(hostile_toml(_CHANGED, random.Random(number)))  # noqa: S311 - damage, not secrets
        try:
            with limited():
                found = import_events([tmp_path / "a.csv", tmp_path / "people.csv"], read_mapping(path))
            read += 1
            assert all(c.read == c.used + c.set_aside + c.duplicates + c.other for c in found.controls)
            leads_once = found.facts["event"].eq("lead").any()  # however many rows each of them has
            assert leads_once or sum(control.used for control in found.controls) == found.facts["count"].sum()
            found.rejects.drop()
        except UserError as error:
            assert str(error)
        except Exception as error:
            wrong.append((number, repr(error)[:300]))
    assert not wrong, "\n".join(map(str, wrong))
    assert many / 20 < read < many * 0.9, read


def _mutated(content: bytes, rng: random.Random) -> bytes:
    changed = bytearray(content)
    for _ in range(rng.choice([1, 2, 5, 20])):
        place, length = rng.randrange(len(changed) or 1), rng.choice([1, 2, 8, 40])
        match rng.randrange(4):
            case 0:
                changed[place : place + length] = rng.randbytes(length)
            case 1:
                del changed[place : place + length]
            case 2:
                changed[place:place] = changed[place : place + length] * rng.choice([1, 3])
            case _:
                changed[place:place] = rng.choice([b'"', b",", b"\n", b"\r", b"\0", b"\x1b[2J", b"=", b"\xff", b"\t;"])
    return bytes(changed)
