"""Members and channels that the settings do not have are added to them on request, by name, and it is said."""

from collections.abc import Callable
from pathlib import Path

import pytest

from kpixl.cli import main
from kpixl.plan import Plan
from kpixl.workbook.books import Book
from kpixl.workbook.reading import read_plan

_ROWS = "日付,担当者,チャネル,アポ数,商談数\n2026-09-01,高橋 一郎,紹介,4,2\n2026-09-02,佐 藤,Web,3,1\n"


@pytest.fixture
def run(small_book: Callable[..., Path], capsys: pytest.CaptureFixture[str]) -> Callable[..., tuple[int, str]]:
    """Import a daily report: `run("--add-members")` is the exit code and what was said."""
    book = small_book()
    (book.parent / "日報.csv").write_text(_ROWS, encoding="utf-8")

    def go(*options: str) -> tuple[int, str]:
        with pytest.raises(SystemExit) as ended:
            main(["import", str(book), str(book.parent / "日報.csv"), "--as-of", "2026-09-18", *options])
        said = capsys.readouterr()
        return int(ended.value.code or 0), said.out + said.err

    return go


@pytest.fixture
def plan(small_book: Callable[..., Path], tmp_path: Path) -> Callable[[], Plan]:
    def read() -> Plan:
        with Book(tmp_path / "small.xlsx") as book:
            return read_plan(book)

    return read


def test_who_is_new_is_added_by_name(run: Callable[..., tuple[int, str]], plan: Callable[[], Plan]) -> None:
    code, said = run("--add-members", "--add-channels")
    assert code == 0
    assert "メンバーに加えました：高橋 一郎。" in said
    assert "チャネルに加えました：紹介。" in said
    assert [member.name for member in plan().members] == ["佐藤", "鈴木", "高橋 一郎"]
    assert (plan().members[2].weight, plan().members[2].joined) == (1.0, None)
    channel = plan().channels[2]
    assert (channel.name, channel.mix) == ("紹介", 0.0)
    assert channel.rates == (0.32, 0.68, 0.38)  # 0.6 × (0.2, 0.8, 0.3) + 0.4 × 0.5
    assert "設定にない" not in said


def test_a_dry_run_says_it_and_nothing_is_added_unasked(
    run: Callable[..., tuple[int, str]], plan: Callable[[], Plan], tmp_path: Path
) -> None:
    before = (tmp_path / "small.xlsx").read_bytes()
    assert "メンバーに加えました：高橋 一郎" in run("--add-members", "--dry-run")[1]
    assert (tmp_path / "small.xlsx").read_bytes() == before
    assert "設定にない担当の実績があります" in run()[1]
    assert len(plan().members) == 2


def test_on_a_terminal_it_is_asked(
    run: Callable[..., tuple[int, str]], plan: Callable[[], Plan], monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []
    monkeypatch.setattr("kpixl.importing.at_a_terminal", lambda: True)
    monkeypatch.setattr("typer.confirm", lambda text, default: asked.append(text) or "チャネル" not in text)
    assert run()[0] == 0
    assert any("高橋 一郎" in text for text in asked)
    assert (len(plan().members), len(plan().channels)) == (3, 2)


def test_too_few_blank_rows_change_nothing(run: Callable[..., tuple[int, str]], tmp_path: Path) -> None:
    lines = "".join(f"2026-09-01,新人{letter}さん,Web,1,1\n" for letter in "甲乙丙丁")
    (tmp_path / "日報.csv").write_text(_ROWS.splitlines(keepends=True)[0] + lines, encoding="utf-8")
    before = (tmp_path / "small.xlsx").read_bytes()
    code, said = run("--add-members")
    assert code == 2
    assert "空いた行は3行で、4人" in said
    assert (tmp_path / "small.xlsx").read_bytes() == before
