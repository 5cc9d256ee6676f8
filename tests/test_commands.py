"""The commands as a user runs them: the loop end to end, and a sentence with exit 2 for every mistake."""

import logging
import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from kpixl.cli import main

_MAPPING = """
source = "crm"
[files.log]
identical = "keep"
[[events]]
event = { column = "種別", values = { "リード" = "lead", "架電" = "call", "受注" = "won" } }
occurred_at = "日時"
member = "担当"
channel = "チャネル"
amount = "金額"
"""
_LOG = """日時,種別,担当,チャネル,金額
2025-04-03,リード,,セミナー,
2025-04-04,架電,佐藤,セミナー,
2025/4/21,受注,佐藤,セミナー,"1,200,000円"
来週,架電,佐藤,セミナー,
"""


def _run(*arguments: object) -> None:
    """Run a command that must end well."""
    with pytest.raises(SystemExit) as ended:
        main([str(argument) for argument in arguments])
    assert ended.value.code == 0


@pytest.fixture
def book(tmp_path: Path, once: Callable[..., Path], capsys: pytest.CaptureFixture[str]) -> Path:
    """A new plan workbook with an export and its mapping beside it."""
    (tmp_path / "map.toml").write_text(_MAPPING, encoding="utf-8")
    (tmp_path / "log.csv").write_text(_LOG, encoding="cp932")

    def make() -> Path:
        path = tmp_path / "計画.xlsx"
        _run("new", path, "--goal", "1.2億", "--unit-value", "100万", "--start", "2025-04")
        capsys.readouterr()
        return path

    return once("book", make)


@pytest.fixture
def refused(capsys: pytest.CaptureFixture[str]) -> Callable[..., str]:
    """Run a command that must end with exit 2, and return its sentence."""

    def run(*arguments: object) -> str:
        with pytest.raises(SystemExit) as ended:
            main([str(argument) for argument in arguments])
        said = capsys.readouterr()
        assert ended.value.code == 2
        assert said.out == ""
        assert "Traceback" not in said.err
        return said.err.strip().removeprefix("kpixl: ")

    return run


def test_a_pipe_that_cannot_carry_every_character(tmp_path: Path) -> None:
    """On a Japanese Windows a pipe or a file takes code page 932, which has no 🎯; the work is done all the same."""
    script = "from kpixl.cli import main; main()"
    done = subprocess.run(
        [sys.executable, "-c", script, "new", "目標🎯.xlsx"],
        cwd=tmp_path,
        env=os.environ | {"PYTHONIOENCODING": "cp932"},
        capture_output=True,
        encoding="cp932",
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert "目標?.xlsx" in done.stdout
    assert (tmp_path / "目標🎯.xlsx").is_file()


def test_from_a_goal_to_a_report(book: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = book.parent
    _run("import", book, folder / "log.csv", "--map", folder / "map.toml", "--as-of", "2025-04-30")
    told = capsys.readouterr().out
    assert "2025/04/30時点" in told
    [aside] = folder.glob("*rejects*.csv")
    assert "来週" in aside.read_text("utf-8-sig")
    _run("report", book, "--month", "2025-04")
    told = capsys.readouterr().out
    assert "4月の売上は120万円" in told
    assert (folder / "計画_2025-04.xlsx").is_file()


@pytest.fixture
def log(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Path]:
    """The log in a home of its own."""
    logger = logging.getLogger("kpixl")
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setattr(logger, "handlers", [])
    (tmp_path / "home").mkdir()
    yield tmp_path / "home" / ".kpixl" / "kpixl.log"
    for handler in logger.handlers:
        handler.close()


def test_a_dry_run_writes_nothing_and_says_all(book: Path, log: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """What is read and where, which cells and parts change, which tables grow from where to where, and who follows."""
    before = book.read_bytes()
    arguments = ("import", book, book.parent / "log.csv", "--map", book.parent / "map.toml", "--as-of", "2025-05-14")
    _run(*arguments, "--dry-run")
    told = capsys.readouterr().out
    assert "書き込んでいません" in told
    assert book.read_bytes() == before
    assert not book.with_name("計画.xlsx.bak").exists()
    assert not log.exists()
    read, _, rest = told.partition("読んだもの：")[2].partition("\n")
    assert re.search(r"kpixl_members \(設定![A-Z]+\d+:[A-Z]+\d+\)", read)
    assert "kpixl_start (設定!C13)" in read
    assert re.search(r"  進捗：\d+セル", rest)
    grown = re.search(r"  kpixl_facts：([A-Z]+)(\d+):([A-Z]+)(\d+) → \1\2:\3(\d+)", rest)
    assert grown
    assert int(grown[5]) - int(grown[4]) == 2, "three rows in the place of an empty one"
    assert re.search(r"書き換えるパーツ：.*xl/worksheets/sheet\d+\.xml", rest)


def test_a_refresh_is_logged_in_full_and_says_where(book: Path, log: Path, capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ("import", book, book.parent / "log.csv", "--map", book.parent / "map.toml", "--as-of", "2025-05-14")
    _run(*arguments, "--dry-run")
    planned = capsys.readouterr().out.partition("読んだもの：")[2].partition("書き込んでいません")[0].rstrip()
    _run(*arguments)
    told = capsys.readouterr().out
    assert str(log) in told
    assert "kpixl_facts" not in told
    logged = log.read_text(encoding="utf-8")
    assert [line for line in planned.splitlines() if line not in logged] == [], "the log names the version before too"
    assert str(book) in logged
    assert f"直前の版：{book}.bak" in logged


def test_english_where_asked_for(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    _run("new", tmp_path / "plan.xlsx", "--lang", "en", "--start", "2025-04")
    assert "needs 120 Orders" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--goal", "たくさん"], "--goal: 「たくさん」は数として読めません"),
        (["--goal", "-5"], "0より大きい金額"),
        (["--unit-value", "0"], "平均単価"),
        (["--start", "2025-13"], "--start: 月は2025-06のように"),
        (["--months", "0"], "1から60まで"),
        (["--template", "insidesales"], "使えるもの：account_growth, field_sales, inside_sales"),
        (["--members", "nobody.csv"], "見つかりません"),
    ],
)
def test_a_plan_that_cannot_be(tmp_path: Path, refused: Callable[..., str], options: list[str], said: str) -> None:
    path = tmp_path / "plan.xlsx"
    assert said in refused("new", path, *options)
    assert not list(tmp_path.iterdir())


def test_a_file_is_never_overwritten_by_a_new_plan(book: Path, refused: Callable[..., str]) -> None:
    before = book.read_bytes()
    assert "すでにあります" in refused("new", book)
    assert book.read_bytes() == before


def test_a_workbook_that_is_open_elsewhere_is_left_alone(book: Path, refused: Callable[..., str]) -> None:
    before = book.read_bytes()
    book.with_name("~$計画.xlsx").write_bytes(b"")
    assert "開" in refused("refresh", book, "--as-of", "2025-05-14")
    assert book.read_bytes() == before


def test_what_is_no_plan_workbook(book: Path, refused: Callable[..., str]) -> None:
    log = book.with_name("log.csv")
    assert "Excelブック" in refused("refresh", log)
    assert "計画.xls" in refused("refresh", book.with_name("計画.xls"))


def test_an_import_that_cannot_be_read(book: Path, refused: Callable[..., str]) -> None:
    folder, before = book.parent, book.read_bytes()
    log, mapping = folder / "log.csv", folder / "map.toml"
    assert "--map" in refused("import", book, log)
    mapping.write_text(_MAPPING.replace('channel = "チャネル"', 'channel = "経路"'), encoding="utf-8")
    assert "経路" in refused("import", book, log, "--map", mapping)
    mapping.write_text(_MAPPING.replace('"won"', '"win"'), encoding="utf-8")
    assert "won" in refused("import", book, log, "--map", mapping)
    assert book.read_bytes() == before


def test_an_import_that_uses_no_row_leaves_the_workbook(book: Path, capsys: pytest.CaptureFixture[str]) -> None:
    other = book.with_name("other.csv")
    other.write_text("日時,種別,担当,チャネル,金額\n2025-04-03,電話,佐藤,Web,\n", encoding="utf-8")
    before = book.read_bytes()
    for command in (["import", book, other], ["refresh", book, "--data", other]):
        with pytest.raises(SystemExit) as ended:
            main([*map(str, command), "--map", str(book.with_name("map.toml")), "--as-of", "2025-04-30"])
        assert ended.value.code == 2
        assert "数えられる行が1行もない" in capsys.readouterr().err
        assert book.read_bytes() == before


def test_control_totals_are_whole_at_any_width(
    book: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    long = book.with_name(f"{'受注一覧' * 12}.csv")
    long.write_text(_LOG, encoding="utf-8")
    for columns in (20, 80, 300):
        monkeypatch.setattr("kpixl.importing.room", lambda columns=columns: columns)
        _run("import", book, long, "--map", book.with_name("map.toml"), "--as-of", "2025-04-30", "--dry-run")
        told = capsys.readouterr().out
        assert long.name in told
        assert "1,200,000" in told
        assert "…" not in told.partition("変わるセル")[0]


def test_unknown_columns_of_a_member_file_are_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "members.tsv").write_bytes("社員番号\t氏名\t重み\r\n7\t佐藤\t1\r\n".encode("utf-16"))
    _run("new", tmp_path / "plan.xlsx", "--members", tmp_path / "members.tsv")
    told = capsys.readouterr().out
    assert "members.tsv で使わなかった列：社員番号" in told
    assert "1日の上限" in told


def test_a_month_that_cannot_be_reported(book: Path, refused: Callable[..., str]) -> None:
    assert "2025-06のように" in refused("report", book, "--month", "6月")
    assert "2025-04から2026-03まで" in refused("report", book, "--month", "2024-12")


def test_a_demo_wants_an_empty_folder(book: Path, refused: Callable[..., str]) -> None:
    assert "空のフォルダー" in refused("demo", book.parent)
