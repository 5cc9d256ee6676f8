"""`kpixl completion`: the script of a shell, and what kpixl answers when the shell asks it."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from kpixl.cli import main

ROOT = Path(__file__).parents[1]


def _out(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    with pytest.raises(SystemExit) as ended:
        main(list(arguments))
    assert ended.value.code == 0
    return capsys.readouterr().out


@pytest.mark.parametrize(
    ("shell", "registers"),
    [
        ("bash", "complete -o default -F _kpixl_completion kpixl"),
        ("zsh", "compdef _kpixl_completion kpixl"),
        ("fish", "complete --command kpixl"),
        ("powershell", "Register-ArgumentCompleter -Native -CommandName kpixl"),
        ("pwsh", "Register-ArgumentCompleter -Native -CommandName kpixl"),
    ],
)
def test_each_shell_gets_its_script(capsys: pytest.CaptureFixture[str], shell: str, registers: str) -> None:
    assert registers in _out(capsys, "completion", shell)


@pytest.mark.parametrize(
    ("shell", "line"),
    [("zsh", "_TYPER_COMPLETE_ARGS"), ("powershell", "_TYPER_COMPLETE_ARGS"), ("fish", "_TYPER_COMPLETE_ARGS")],
)
def test_a_shell_that_asks_is_answered(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, shell: str, line: str
) -> None:
    monkeypatch.setenv("_KPIXL_COMPLETE", f"complete_{shell}")
    monkeypatch.setenv(line, "kpixl re")
    monkeypatch.setenv("_TYPER_COMPLETE_WORD_TO_COMPLETE", "re")
    monkeypatch.setenv("_TYPER_COMPLETE_FISH_ACTION", "get-args")
    answered = _out(capsys)
    assert "refresh" in answered
    assert "report" in answered
    assert "import" not in answered


@pytest.mark.skipif(shutil.which("bash") is None, reason="there is no bash here")
def test_bash_completes_a_command(tmp_path: Path) -> None:
    command = tmp_path / "kpixl"
    program = f"import sys; sys.path.insert(0, {str(ROOT)!r}); from kpixl.cli import main; main()"
    command.write_text(f'#!/bin/sh\nexec {sys.executable} -c "{program}" "$@"\n', encoding="utf-8")
    command.chmod(0o755)
    typed = (
        'eval "$(kpixl completion bash)"; COMP_WORDS=(kpixl doc); COMP_CWORD=1; _kpixl_completion kpixl doc kpixl;'
        'echo "${COMPREPLY[@]}"'
    )
    done = subprocess.run(
        ["bash", "-c", typed], env={"PATH": f"{tmp_path}:/usr/bin:/bin"}, capture_output=True, text=True, check=True
    )
    assert (done.stdout.split(), done.stderr) == (["doctor"], "")


def test_an_unknown_shell_is_said(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["completion", "cmd"])
    assert ended.value.code == 2
    assert "bash" in capsys.readouterr().err
