"""`kpixl import` without a mapping: recognised, asked about, remembered; and its ways to say less or write nothing."""

import json
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from kpixl.cli import main
from kpixl.xlsx import Package

_DAILY = "日付,担当者,架電数,アポ数\n2026-07-01,佐藤,40,2\n2026-07-02,佐藤,35,1\n"


@pytest.fixture
def plan(tmp_path: Path, once: Callable[..., Path], monkeypatch: pytest.MonkeyPatch) -> Path:
    def make() -> Path:
        assert _run("new", "plan.xlsx", "--start", "2026-04") == 0
        return tmp_path / "plan.xlsx"

    monkeypatch.chdir(tmp_path)
    Path("日報.csv").write_text(_DAILY, encoding="utf-8")
    return once("plan", make)


def _run(*words: str) -> int:
    try:
        main(list(words))
    except SystemExit as ended:
        return int(ended.code or 0)
    return 0


def _import(*words: str) -> int:
    return _run("import", "plan.xlsx", *words, "--as-of", "2026-07-31")


def test_a_daily_report_needs_no_mapping(plan: Path, capsys: pytest.CaptureFixture[str]) -> None:
    capsys.readouterr()
    assert _import("日報.csv", "--json") == 0
    told = json.loads(capsys.readouterr().out)
    assert {(row["event"], row["new"]) for row in told["events"]} == {("call", 75), ("appointment", 3)}
    assert told["written"] is True
    with Package.open(plan) as package:
        assert package.properties["kpixl_import_tools"] == "daily"


def test_on_a_terminal_it_is_asked_once(
    plan: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("kpixl.importing.at_a_terminal", lambda: True)
    asked: list[str] = []
    monkeypatch.setattr("typer.confirm", lambda text, default: asked.append(text))
    before = plan.read_bytes()
    assert _import("日報.csv") == 2
    assert plan.read_bytes() == before
    assert "--suggest" in capsys.readouterr().err
    monkeypatch.setattr("typer.confirm", lambda text, default: asked.append(text) or True)
    assert _import("日報.csv") == 0
    assert "日報.csv：日別の件数の表" in capsys.readouterr().out
    assert _import("日報.csv") == 0
    assert len(asked) == 2, "the workbook remembers"


def test_a_draft_is_printed_and_nothing_else_happens(plan: Path, capsys: pytest.CaptureFixture[str]) -> None:
    Path("log.csv").write_text("日時,担当,種別\n2026-07-01,佐藤,架電\n", encoding="utf-8")
    before, _ = plan.read_bytes(), capsys.readouterr()
    assert _run("import", "plan.xlsx", "log.csv", "--suggest") == 0
    Path("map.toml").write_text(capsys.readouterr().out, encoding="utf-8")
    assert plan.read_bytes() == before
    assert _import("log.csv", "--map", "map.toml", "--dry-run") == 0
    assert plan.read_bytes() == before
    assert sorted(path.name for path in plan.parent.iterdir()) == ["log.csv", "map.toml", "plan.xlsx", "日報.csv"]


def test_what_nothing_recognises_needs_a_mapping(plan: Path, capsys: pytest.CaptureFixture[str]) -> None:
    Path("x.csv").write_text("a,b\n1,2\n", encoding="utf-8")
    assert _import("x.csv") == 2
    assert "--suggest" in capsys.readouterr().err
    assert _import("日報.csv", "--tool", "hubspot_deals") == 2
    assert "daily" in capsys.readouterr().err


def test_strict_imports_nothing_where_a_row_cannot_be_read(plan: Path, capsys: pytest.CaptureFixture[str]) -> None:
    Path("日報.csv").write_text(_DAILY + "7月3日ごろ,佐藤,5,1\n", encoding="utf-8")
    before = plan.read_bytes()
    assert _import("日報.csv", "--strict") == 2
    assert "日報.csv の4行目" in capsys.readouterr().err
    assert (plan.read_bytes(), list(plan.parent.glob("*rejects*"))) == (before, [])


def test_an_import_that_is_interrupted_leaves_all_as_it_was(
    plan: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def interrupted(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("kpixl.workbook.importing.refresh_book", interrupted)
    before, there = plan.read_bytes(), sorted(plan.parent.iterdir())
    assert _import("日報.csv") == 130
    assert "何も変わっていません" in capsys.readouterr().err
    assert (plan.read_bytes(), sorted(plan.parent.iterdir())) == (before, there)


def test_two_tools_that_fit_are_asked_about(
    plan: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    headings = "通話開始日時,発着信区分,ユーザー名,通話結果,日付,架電数,着電数,アポ数\n"
    Path("both.csv").write_text(headings + "2026-07-01 9:00,発信,佐藤,応答,2026-07-01,1,1,0\n", encoding="utf-8")
    assert _import("both.csv") == 2
    assert "biztel_calls, daily" in capsys.readouterr().err
    monkeypatch.setattr("kpixl.importing.at_a_terminal", lambda: True)
    monkeypatch.setattr("typer.prompt", lambda text, type: 2)
    monkeypatch.setattr("typer.confirm", lambda text, default: False)
    assert _import("both.csv") == 2
    assert "both.csv：日別の件数の表（1列に1種類）として" in capsys.readouterr().out
    assert not sys.stdin.isatty()
