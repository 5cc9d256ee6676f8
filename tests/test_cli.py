"""How the program ends: 0 done, 1 findings, 2 a mistake, 70 a bug, 130 stopped; a sentence, and never a traceback."""

import errno
import logging
import os
import resource
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from kpixl import cli

_Run = Callable[..., tuple[int, str, str]]
_MAIN = "from kpixl.cli import main; main()"


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> _Run:
    """Run the command line in this process: exit code, output, errors."""

    def kpixl(*arguments: object) -> tuple[int, str, str]:
        with pytest.raises(SystemExit) as ended:
            cli.main([str(argument) for argument in arguments])
        said = capsys.readouterr()
        return int(ended.value.code or 0), said.out, said.err

    return kpixl


@pytest.fixture
def home(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Path]:
    """A home of its own, and a log that is not open yet."""
    logger = logging.getLogger("kpixl")
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setattr(logger, "handlers", [])
    (tmp_path / "home").mkdir()
    yield tmp_path / "home"
    for handler in logger.handlers:
        handler.close()


@pytest.fixture
def plan(tmp_path: Path, once: Callable[..., Path], run: _Run) -> Path:
    def make() -> Path:
        assert run("new", tmp_path / "plan.xlsx", "--start", "2026-04")[0] == 0
        return tmp_path / "plan.xlsx"

    return once("plan", make)


def _program(*arguments: str, **options: Any) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-c", _MAIN, *arguments]
    options = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE} | options
    return subprocess.run(command, text=True, check=False, **options)


@pytest.mark.parametrize("arguments", [(), ("--lang", "ja"), ("addin",)])
def test_without_a_command_the_help_is_shown(run: _Run, arguments: tuple[str, ...]) -> None:
    code, out, err = run(*arguments)
    assert (code, err) == (0, "")
    assert "Commands:" in out


def test_the_module_is_the_command() -> None:
    command = [sys.executable, "-m", "kpixl", "call", "KPI_NUMBER", "1億"]
    done = subprocess.run(command, capture_output=True, check=False)
    assert (done.returncode, done.stdout) == (0, b"100000000\n")


def test_a_language_is_chosen_for_one_run(run: _Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KPIXL_LANG", "ja")
    before = dict(os.environ)
    assert run("call", "KPI_RATE", "3", "2", "--lang", "en")[2].startswith("kpixl: Row 1 has 3 successes")
    assert run("call", "KPI_RATE", "3", "2")[2].startswith("kpixl: 1行目の成功数 3")
    assert dict(os.environ) == before


def test_a_bug_is_a_sentence_an_entry_in_the_log_and_70(run: _Run, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("udfs.boundary.evaluate", lambda *_: {}["no\nsuch"])
    code, out, err = run("call", "KPI_NUMBER", "1")
    assert (code, out) == (70, "")
    assert err.startswith("kpixl: kpixl の不具合で止まりました（KeyError")
    assert err.count("\n") == 1
    log = home / ".kpixl" / "kpixl.log"
    assert str(log) in err
    assert "Traceback" in log.read_text()


@pytest.mark.parametrize("way", ["no home", "a file in the way", "a full disk"])
def test_nothing_tells_of_a_log_that_is_not_there(
    run: _Run, plan: Path, home: Path, monkeypatch: pytest.MonkeyPatch, way: str
) -> None:
    if way == "no home":
        monkeypatch.setattr(Path, "home", lambda: (_ for _ in ()).throw(RuntimeError("no home")))
    elif way == "a file in the way":
        (home / ".kpixl").touch()
    else:
        (home / ".kpixl").mkdir()
        (home / ".kpixl" / "kpixl.log").symlink_to("/dev/full")
    code, out, err = run("refresh", plan, "--as-of", "2026-05-14")
    assert (code, err) == (0, ""), "the refresh is done, whatever becomes of the log"
    assert "更新しました" in out
    assert "kpixl.log" not in out
    monkeypatch.setattr("udfs.boundary.evaluate", lambda *_: 1 / 0)
    code, out, err = run("call", "KPI_NUMBER", "1")
    assert (code, out) == (70, "")
    assert "kpixl.log" not in err
    assert "division by zero" in err, "without a log the sentence is all that can be sent"


def test_no_memory_is_a_mistake_that_can_be_mended(run: _Run, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> object:
        raise MemoryError

    monkeypatch.setattr("udfs.boundary.evaluate", full)
    assert run("call", "KPI_NUMBER", "1")[0] == 2


@pytest.mark.parametrize("command", [("new", "other.xlsx"), ("report", "plan.xlsx", "--month", "2026-04")])
def test_a_full_disk_is_a_sentence(plan: Path, command: tuple[str, ...]) -> None:
    def small_disk() -> None:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, 20_000))

    before = plan.read_bytes()
    environment = os.environ | {"PYTHONDONTWRITEBYTECODE": "1"}
    done = _program(*command, cwd=plan.parent, preexec_fn=small_disk, env=environment)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("kpixl: ディスクに空きがないため")
    assert done.stderr.count("\n") == 1
    assert plan.read_bytes() == before
    assert [path.name for path in plan.parent.iterdir()] == ["plan.xlsx"]


@pytest.mark.parametrize("refused", [errno.EINVAL, errno.EIO, errno.ETIMEDOUT])
def test_a_file_that_is_in_the_cloud_alone_is_told_apart(
    run: _Run, plan: Path, monkeypatch: pytest.MonkeyPatch, refused: int
) -> None:
    """Windows answers "Invalid argument" for a file of OneDrive that it cannot bring, and an error of the device."""

    def refuse(path: Path) -> None:
        raise OSError(refused, os.strerror(refused), str(path))

    monkeypatch.setattr("kpixl.xlsx.content.Container", refuse)
    code, _, said = run("refresh", plan)
    assert code == 2
    assert str(plan) in said
    assert "このデバイス上に常に保持する" in said


def test_a_folder_is_no_workbook(run: _Run, tmp_path: Path) -> None:
    (tmp_path / "営業").mkdir()
    code, _, said = run("refresh", tmp_path / "営業")
    assert code == 2
    assert "はフォルダーです" in said


def test_an_output_that_is_full_is_a_sentence() -> None:
    with Path("/dev/full").open("w") as full:
        done = _program("functions", stdout=full)
    assert done.returncode == 2
    assert done.stderr == "kpixl: ディスクに空きがありません。空きを作ってから、もう一度実行してください。\n"


def test_a_reader_that_leaves_stops_nothing(plan: Path) -> None:
    """The pipe is closed before the first word; the refresh is done all the same, quietly."""
    end, start = os.pipe()
    os.close(end)
    before = plan.read_bytes()
    done = _program("refresh", str(plan), "--as-of", "2026-05-14", stdout=start, env=os.environ | {"HOME": ""})
    os.close(start)
    assert (done.returncode, done.stderr) == (0, "")
    assert plan.read_bytes() != before


def test_the_work_needs_no_network(run: _Run, plan: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def asked(*_: object) -> None:
        raise AssertionError("something asks the network")

    for name in ("connect", "connect_ex", "sendto"):
        monkeypatch.setattr(f"socket.socket.{name}", asked)
    monkeypatch.setattr("socket.getaddrinfo", asked)
    assert run("refresh", plan, "--as-of", "2026-05-14")[0] == 0
    assert run("check", plan)[0] in (0, 1)
    assert run("report", plan, "--month", "2026-04")[0] == 0
    assert run("call", "KPI_BUSINESSDAYS", "2026-04-01", "2026-04-30")[:2] == (0, "21\n")


def test_stopped_by_the_user(run: _Run, monkeypatch: pytest.MonkeyPatch) -> None:
    def stop(*_: object) -> object:
        raise KeyboardInterrupt

    monkeypatch.setattr("udfs.boundary.evaluate", stop)
    assert run("call", "KPI_NUMBER", "1") == (130, "", "")


@pytest.mark.parametrize("start", ["0001-01", "1899-12", "2091-01", "9999-12", "R99.12"])
def test_a_plan_far_in_the_past_or_future(run: _Run, tmp_path: Path, start: str) -> None:
    code, out, err = run("new", tmp_path / "plan.xlsx", "--start", start)
    assert (code, out) == (2, "")
    assert "1950年から2090年まで" in err
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("start", ["2026年7月", "2026-07-01", "2026/7", "R8.7", "令和8年7月"])
def test_a_start_as_people_write_it(run: _Run, tmp_path: Path, start: str) -> None:
    plan = tmp_path / "plan.xlsx"
    assert run("new", plan, "--start", start, "--goal", "1.5M", "--unit-value", "12k")[0] == 0
    code, _, err = run("report", plan, "--month", "2026-06")
    assert code == 2
    assert "2026-07" in err


_LEFT = """
import logging, os, signal, sys, warnings
from kpixl import texts
from kpixl.cli import main

def left():
    streams = [(stream, stream.errors, stream.encoding) for stream in (sys.stdout, sys.stderr)]
    hooks = [sys.excepthook, sys.unraisablehook, signal.getsignal(signal.SIGINT)]
    return [dict(os.environ), os.getcwd(), list(sys.argv), list(sys.path), texts.language(), *streams, *hooks]

before = left()
for arguments in ("--help", "new plan.xlsx --lang en", "check plan.xlsx", "nope", "check no.xlsx"):
    try:
        main(arguments.split())
    except SystemExit:
        pass
    assert left() == before, (arguments, before, left())
"""


@pytest.mark.parametrize("out", [subprocess.PIPE, subprocess.DEVNULL])
def test_a_program_that_calls_it_goes_on_as_before(tmp_path: Path, out: int) -> None:
    done = subprocess.run(
        [sys.executable, "-c", _LEFT], cwd=tmp_path, stdout=out, stderr=subprocess.PIPE, text=True, check=False
    )
    assert (done.returncode, "Traceback" in done.stderr) == (0, False), done.stderr
