"""A plan is connected to where its exports are: a refresh brings them in, says what came of each, and can be undone."""

import datetime as dt
import json
import shutil
import sys
from collections.abc import Callable
from pathlib import Path, PureWindowsPath
from types import SimpleNamespace
from typing import Any

import pytest

from kpixl.actuals import databases
from kpixl.cli import main
from kpixl.errors import UnreadableData
from kpixl.texts import speaking
from kpixl.workbook.books import Book
from kpixl.workbook.connecting import connect, prepared
from kpixl.workbook.connections import place_for, refresh_connected
from kpixl.workbook.held import read_held
from kpixl.workbook.importing import undo_last
from kpixl.workbook.opened import in_excel
from kpixl.workbook.reading import read_plan
from kpixl.workbook.refresh import refresh
from kpixl.workbook.sheets.sources import CONNECTIONS

_DAY = dt.date(2026, 9, 18)
_DAILY = "日付,担当者,アポ数,商談数\n2026-09-01,佐藤,4,2\n2026-09-02,佐藤,3,1\n"
_LATER = "日付,担当者,アポ数,商談数\n2026-09-03,佐藤,5,1\n"


@pytest.fixture
def book(small_book: Callable[..., Path]) -> Path:
    """A workbook beside an inbox with a daily report."""
    path = small_book()
    (path.parent / "inbox").mkdir()
    (path.parent / "inbox" / "日報.csv").write_text(_DAILY, encoding="utf-8")
    return path


def _connect(book: Path, *sources: str) -> None:
    connect(book, prepared(book, [str(book.parent / source) for source in sources], None, None))


def _refresh(book: Path) -> tuple[dict[str, str], float]:
    """What came of each source, and the appointments that the workbook then has."""
    with Book(book) as opened:
        refreshed, came = refresh_connected(opened, as_of=_DAY)
    return {one.source: one.outcome for one in came}, refreshed.tracking.kpi("appointment")["actual"]


def _held(book: Path) -> dict[str, Any]:
    with Book(book) as opened, opened.speaking():
        return read_held(opened, read_plan(opened)).frames


def _same(one: dict[str, Any], other: dict[str, Any]) -> bool:
    return all(one[name].equals(other[name]) for name in (*one, *other))


def _run(*words: str) -> int:
    with pytest.raises(SystemExit) as ended:
        main(list(words))
    return int(ended.value.code or 0)


def test_an_inbox_is_brought_in_once_and_again_when_something_is_added(
    book: Path, table_rows: Callable[[Path, str], list[dict[str, Any]]]
) -> None:
    _connect(book, "inbox")
    assert _refresh(book) == ({"inbox": "brought"}, 7)
    assert _refresh(book) == ({"inbox": "same"}, 7)
    (book.parent / "inbox" / "日報2.csv").write_text(_LATER, encoding="utf-8")
    assert _refresh(book) == ({"inbox": "brought"}, 12)
    first, second, third = table_rows(book, "kpixl_journal")
    assert (first["ファイル"], first["行数"], first["取込"]) == ("日報.csv", 2, 4)
    assert {second["ファイル"], third["ファイル"]} == {"日報.csv", "日報2.csv"}
    assert first["ファイルの印"] == second["ファイルの印"] != third["ファイルの印"]
    assert table_rows(book, CONNECTIONS)[0]["結果"] == "3行を読みました。"


def test_a_source_that_is_missing_is_said_and_the_others_come(book: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (book.parent / "more.csv").write_text(_LATER.replace("佐藤", "鈴木"), encoding="utf-8")
    _connect(book, "inbox", "more.csv")
    shutil.rmtree(book.parent / "inbox")
    capsys.readouterr()
    assert _run("refresh", str(book), "--as-of", "2026-09-18", "--json") == 1
    out = capsys.readouterr()
    told = json.loads(out.out)
    assert [one["outcome"] for one in told["sources"]] == ["failed", "brought"]
    assert "inbox" in told["sources"][0]["said"]
    assert "1件" in out.err
    assert _held(book)["facts"]["count"].sum() == 6


def test_the_last_import_is_undone_and_what_was_typed_since_stays(
    book: Path, typing: Callable[..., None], capsys: pytest.CaptureFixture[str]
) -> None:
    _connect(book, "inbox")
    _refresh(book)
    before = _held(book)
    report = book.parent / "inbox" / "日報.csv"
    report.write_text(_DAILY.replace("佐藤,4,2", "佐藤,9,2"), encoding="utf-8")
    assert _refresh(book)[1] == 12
    typing(book, "kpixl_entries", 1, {"日付": dt.date(2026, 9, 4), "担当": "鈴木", "KPI": "アポ", "値": 2})
    assert _run("import", str(book), "--undo", "--as-of", "2026-09-18") == 0
    assert _same(_held(book), before)
    assert refresh(book, as_of=_DAY).tracking.kpi("appointment")["actual"] == 7 + 2
    content = book.read_bytes()
    assert _run("import", str(book), "--undo") == 2
    assert "取り消せる取り込みはありません" in capsys.readouterr().err
    assert book.read_bytes() == content


def test_a_list_of_deals_is_undone_with_the_deals(book: Path, tmp_path: Path) -> None:
    """The second export closes one deal, loses another and lists a new one, in an order that is nobody's."""
    said = '[files.deals]\nmatch = "d*.csv"\n[[events]]\nevent = "won"\noccurred_at = "受注日"\nid = "ID"\n'
    said += 'member = "担当"\namount = "金額"\n[deals]\nid = "ID"\ncreated = "作成日"\nstage = "状態"\n'
    (tmp_path / "map.toml").write_text(said, encoding="utf-8")
    head = "ID,作成日,受注日,状態,担当,金額\n"
    first = "D3,2026-09-02,,提案,鈴木,30\nD1,2026-08-03,,商談,佐藤,10\nD2,2026-09-01,2026-09-09,受注,佐藤,20\n"
    second = "D4,2026-09-10,,商談,佐藤,5\nD1,2026-08-03,2026-09-11,受注,佐藤,12\nD3,2026-09-02,,失注,鈴木,30\n"
    for number, rows in enumerate((first, second)):
        (tmp_path / f"d{number}.csv").write_text(head + rows, encoding="utf-8")
    export = ["--map", str(tmp_path / "map.toml"), "--as-of", "2026-09-18"]
    assert _run("import", str(book), str(tmp_path / "d0.csv"), *export) == 0
    before = _held(book)
    assert _run("import", str(book), str(tmp_path / "d1.csv"), *export) == 0
    after = _held(book)
    assert sorted(before["deals"]["id"]) == ["D1", "D2", "D3"]
    assert sorted(after["deals"]["id"]) == ["D1", "D2", "D3", "D4"]
    assert _run("import", str(book), "--undo", "--as-of", "2026-09-18") == 0
    assert _same(before, _held(book))


def test_an_import_that_was_changed_by_hand_is_not_undone(book: Path, typing: Callable[..., None]) -> None:
    _connect(book, "inbox")
    _refresh(book)
    typing(book, "kpixl_facts", 1, {"件数": 99})
    content = book.read_bytes()
    with pytest.raises(UnreadableData, match="変わっている"):
        undo_last(book, as_of=_DAY)
    assert book.read_bytes() == content


def test_a_source_typed_into_the_sheet_comes_when_the_button_is_pressed(
    book: Path, typing: Callable[..., None], opening: Callable[[Path], Any]
) -> None:
    typing(book, CONNECTIONS, 1, {"書き出しの場所": "inbox"})
    typing(book, CONNECTIONS, 2, {"書き出しの場所": "nothing.csv"})
    opened = opening(book)
    with in_excel(opened.book) as live:
        refreshed, came = refresh_connected(live, as_of=_DAY)
    assert [one.outcome for one in came] == ["brought", "failed"]
    assert refreshed.tracking.kpi("appointment")["actual"] == 7
    opened.save()
    assert _held(book)["facts"]["count"].sum() == 10


def test_rows_that_cannot_be_read_are_put_beside_the_files(book: Path) -> None:
    with (book.parent / "inbox" / "日報.csv").open("a", encoding="utf-8") as report:
        report.write("きのう,佐藤,1,1\n")
    _connect(book, "inbox")
    with Book(book) as opened:
        _, (came,) = refresh_connected(opened, as_of=_DAY)
    assert came.said == "2行を読み、読めなかった1行を 日報_kpixl_rejects.csv に書き出しました。"
    assert (book.parent / "inbox" / "日報_kpixl_rejects.csv").is_file()
    assert _refresh(book)[0] == {"inbox": "same"}


def test_files_and_workbook_may_be_moved_together(book: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    _connect(book, "inbox")
    elsewhere = tmp_path_factory.mktemp("moved") / "営業"
    shutil.copytree(book.parent, elsewhere)
    shutil.rmtree(book.parent / "inbox")
    assert _refresh(elsewhere / book.name) == ({"inbox": "brought"}, 7)


def test_places_are_written_as_seen_from_the_workbook(tmp_path: Path) -> None:
    home = tmp_path / "team" / "plans"
    assert place_for(str(home / "in" / "*.csv"), home) == "in/*.csv"
    assert place_for(str(tmp_path / "team" / "in"), home) == "../in"
    assert place_for("/elsewhere/in", home) == "/elsewhere/in"
    assert PureWindowsPath("C:/x").anchor.lower() != PureWindowsPath("D:/x").anchor.lower()


def test_list_and_remove(book: Path, capsys: pytest.CaptureFixture[str]) -> None:
    inbox = str(book.parent / "inbox")
    assert _run("connect", str(book), inbox) == 0
    assert _run("connect", str(book)) == 0
    assert "inbox" in capsys.readouterr().out.rpartition("書き出しの場所")[2]
    assert _run("connect", str(book), "elsewhere", "--remove") == 2
    assert "取り込み元：inbox" in capsys.readouterr().err
    assert _run("connect", str(book), inbox, "--remove") == 0
    assert _run("connect", str(book)) == 0
    assert "まだありません" in capsys.readouterr().out


@pytest.mark.parametrize("url", ["postgres://kato:se%40cret@db/crm", "bigquery://p/d?access_token=secret"])
def test_no_password_is_kept_or_said(book: Path, url: str, capsys: pytest.CaptureFixture[str]) -> None:
    content = book.read_bytes()
    assert _run("connect", str(book), url) == 2
    said = capsys.readouterr()
    assert "cret" not in said.out + said.err
    assert "keyring" in said.err
    assert book.read_bytes() == content


def test_a_password_typed_into_the_sheet_is_not_said(book: Path, typing: Callable[..., None]) -> None:
    typing(book, CONNECTIONS, 1, {"書き出しの場所": "postgres://kato:secret@db/crm", "読み方": "m.toml"})
    with Book(book) as opened:
        _, (came,) = refresh_connected(opened, as_of=_DAY)
    assert came.failed
    assert "secret" not in f"{came}"


def test_a_keyring_knows_the_password(monkeypatch: pytest.MonkeyPatch) -> None:
    known = {("kpixl", "kato@db:5432/crm"): "p@ss/word"}
    keyring = SimpleNamespace(get_password=lambda service, account: known.get((service, account)))
    monkeypatch.setitem(sys.modules, "keyring", keyring)
    monkeypatch.delenv("PGPASSWORD", raising=False)
    asked = []

    def connecting(url: str) -> None:
        asked.append(url)
        raise RuntimeError("no p@ss/word here")

    monkeypatch.setattr("ibis.connect", connecting)
    with pytest.raises(UnreadableData) as error:
        databases.pull("postgres://kato@db:5432/crm", "deals", None, "x")
    assert asked == ["postgres://kato:p%40ss%2Fword@db:5432/crm"]
    assert "p@ss" not in str(error.value)


def test_another_name_is_remembered(book: Path, capsys: pytest.CaptureFixture[str]) -> None:
    report = book.parent / "log.csv"
    report.write_text(_LATER.replace("佐藤", "h.sato@example.co.jp"), encoding="utf-8")
    day = ("--as-of", "2026-09-18")
    assert _run("import", str(book), str(report), "--alias", "H.Sato@example.co.jp=佐藤", *day) == 0
    assert set(_held(book)["facts"]["member"]) == {"佐藤"}
    assert _run("import", str(book), str(report), *day) == 0
    assert set(_held(book)["facts"]["member"]) == {"佐藤"}


def test_an_older_workbook_gets_its_place_for_sources(tmp_path: Path) -> None:
    old = min(Path(__file__).with_name("frozen").glob("*.xlsx"))
    book = tmp_path / "old.xlsx"
    shutil.copy(old, book)
    (tmp_path / "log.csv").write_text("日付,担当者,架電数,アポ数\n2025-06-02,佐藤,4,2\n", encoding="utf-8")
    with speaking("ja"):
        connect(book, prepared(book, [str(tmp_path / "log.csv")], None, None))
    with Book(book) as opened:
        _, (came,) = refresh_connected(opened, as_of=dt.date(2025, 6, 18))
    assert came.outcome == "brought"


def test_a_connection_remembers_which_days_its_exports_replace(book: Path) -> None:
    """The 2nd is gone from the next export of the 1st to the 3rd, and so from the workbook."""
    inbox = book.parent / "inbox"
    assert _run("connect", str(book), str(inbox), "--covers", "span") == 0
    assert _refresh(book) == ({"inbox": "brought"}, 7)
    (inbox / "日報.csv").write_text(_DAILY.replace("2026-09-02,佐藤,3,1", "2026-09-03,佐藤,5,1"), encoding="utf-8")
    assert _refresh(book) == ({"inbox": "brought"}, 9)
