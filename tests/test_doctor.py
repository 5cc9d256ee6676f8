"""`kpixl doctor`: what is missing on a machine, how to mend it, and exit 1 only where kpixl cannot work."""

import importlib.util
import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from kpixl.cli import main
from kpixl.files import office

Run = Callable[..., tuple[object, str]]


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Run the command for a user with an empty home."""
    monkeypatch.setenv("HOME", str(tmp_path))

    def command(*arguments: object) -> tuple[object, str]:
        with pytest.raises(SystemExit) as ended:
            main(["doctor", *map(str, arguments)])
        return ended.value.code, capsys.readouterr().out

    return command


def test_a_machine_without_extras_works(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "which", lambda name: None)
    monkeypatch.setattr(office, "_PLACES", ())
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    code, out = run(tmp_path)
    assert code == 0
    assert "△ LibreOfficeがありません" in out
    assert "libreoffice.org" in out
    assert all(f"kpixl[{extra}]" in out for extra in ("postgres", "notify", "keyring"))
    assert "×" not in out


def test_a_folder_that_is_not_there_is_a_problem(run: Run, tmp_path: Path) -> None:
    code, out = run(tmp_path / "営業")
    assert code == 1
    assert f"× フォルダー {tmp_path / '営業'} がありません" in out


def test_a_folder_that_cannot_be_written_to(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "closed").mkdir()
    monkeypatch.setattr("kpixl.doctor._unwritable", lambda folder: "" if folder != tmp_path / "closed" else "no")
    code, out = run(tmp_path / "closed")
    assert code == 1
    assert "closed に書き込めません（no）" in out
    assert "ドキュメント" in out


def test_a_folder_of_a_cloud_is_a_hint(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "cloud" / "plans").mkdir(parents=True)
    monkeypatch.setenv("OneDrive", str(tmp_path / "cloud"))
    code, out = run(tmp_path / "cloud" / "plans", "--lang", "en")
    assert code == 0
    assert "△ OneDrive syncs this folder." in out


def test_without_japanese_fonts_it_says_so(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, script in (("soffice", "exit 0"), ("fc-list", "exit 0")):
        (tmp_path / name).write_text(f"#!/bin/sh\n{script}\n")
        (tmp_path / name).chmod(0o755)
    monkeypatch.setenv("PATH", os.pathsep.join((str(tmp_path), "/bin", "/usr/bin")))
    code, out = run(tmp_path)
    assert code == 0
    assert "日本語のフォントがない" in out
