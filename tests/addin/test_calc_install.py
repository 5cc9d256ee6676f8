"""Installing in LibreOffice, with its own unopkg where it is there, and a sentence for whatever stands in the way."""

import ast
import dataclasses
import errno
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from kpixl import cli
from kpixl.addin import calc
from kpixl.files import office


@pytest.mark.calc
def test_status_and_uninstall_say_what_is_there(calc_with_addin: Any, tmp_path: Path) -> None:
    for part in ("environment", "profile", "home"):
        shutil.copytree(getattr(calc_with_addin, part), tmp_path / part, symlinks=True)
    user = dataclasses.replace(
        calc_with_addin, environment=tmp_path / "environment", profile=tmp_path / "profile", home=tmp_path / "home"
    )
    there = ["--calc", "--profile", str(user.profile)]
    said = user.kpixl("addin", "status", *there).stdout
    assert "Add-in: 0.1.0" in said
    assert "(it answers)" in said
    assert "cannot load the add-in" not in said
    assert "Removed kpixl" in user.kpixl("addin", "uninstall", *there).stdout
    assert not list(user.home.glob(".kpixl/*"))
    assert not list(user.environment.rglob("kpixl-calc.pth"))
    assert "not installed" in user.kpixl("addin", "uninstall", *there).stdout


@pytest.mark.calc
def test_status_says_where_a_shell_hides_the_python_of_libreoffice(calc_with_addin: Any, tmp_path: Path) -> None:
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(tmp_path / "env")], check=True)

    def status(environment: Path) -> str:
        path = f"{environment / 'bin'}{os.pathsep}{os.defpath}"
        return calc_with_addin.kpixl("addin", "status", "--calc", PATH=path).stdout

    other = tmp_path / "env"
    assert f"takes {other / 'bin' / 'python3'} for its own Python and cannot load the add-in" in status(other)
    said = status(calc_with_addin.environment)
    assert "(it answers)" in said
    assert "cannot load the add-in" not in said


@pytest.mark.calc
def test_no_other_python_of_the_environment_sees_what_libreoffice_is_shown(calc_with_addin: Any) -> None:
    python = str(calc_with_addin.environment / "bin" / "python")
    seen = subprocess.run([python, "-c", "import sys; print(sys.path)"], capture_output=True, text=True, check=True)
    (line,) = calc_with_addin.environment.rglob("kpixl-calc.pth")
    shown = ast.literal_eval(line.read_text().partition("extend(")[2].removesuffix(")\n"))
    assert any(Path(folder, "uno.py").is_file() for folder in shown)
    assert not set(shown) & set(ast.literal_eval(seen.stdout))


@pytest.fixture
def refused(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Iterator[Callable[..., str]]:
    """Run the command where it must be refused: what it says."""
    monkeypatch.setenv("KPIXL_LANG", "en")

    def run(*arguments: str) -> str:
        with pytest.raises(SystemExit) as stopped:
            cli.main(["addin", *arguments])
        assert stopped.value.code == 2
        return capsys.readouterr().err

    yield run


def _fake_office(folder: Path, monkeypatch: pytest.MonkeyPatch, unopkg: str | None) -> None:
    for name, script in (("soffice", "exit 0"), ("unopkg", unopkg)):
        if script is not None:
            (folder / name).write_text(f"#!/bin/sh\n{script}\n")
            (folder / name).chmod(0o755)
    (folder / "pythonloader.py").touch()
    monkeypatch.setattr(shutil, "which", lambda name: str(folder / "soffice") if name == "soffice" else None)


def test_no_libreoffice(refused: Callable[..., str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "which", lambda name: None)
    monkeypatch.setattr(office, "_PLACES", ())
    assert "LibreOffice was not found. Install LibreOffice 7.4 or later" in refused("install", "--calc")


def test_no_unopkg(refused: Callable[..., str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _fake_office(tmp_path, monkeypatch, None)
    assert f"There is no unopkg in {tmp_path}" in refused("install", "--calc")


def test_a_libreoffice_without_python(
    refused: Callable[..., str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _fake_office(tmp_path, monkeypatch, f"touch {tmp_path / 'asked'}")
    (tmp_path / "pythonloader.py").unlink()
    assert "Install the package python3-uno" in refused("install", "--calc")
    assert not (tmp_path / "asked").exists()


def test_another_version(refused: Callable[..., str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _fake_office(tmp_path, monkeypatch, "echo 'Identifier: com.kpixl.calc'; echo '  Version: 9.9.9'")
    assert "Version 9.9.9 of the add-in is installed already (this is 0.1.0)" in refused("install", "--calc")


def test_a_profile_that_cannot_be_written(
    refused: Callable[..., str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _fake_office(tmp_path, monkeypatch, "exit 0")
    assert "The LibreOffice profile /proc/calc cannot be written" in refused(
        "install", "--calc", "--profile", "/proc/calc"
    )


def _files(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_libreoffice_refuses_and_the_note_of_the_engine_is_as_before(
    refused: Callable[..., str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "home").mkdir()
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    refuses = "[ $1 = list ] && { echo 'ERROR: no such extension' >&2; exit 1; }; echo 'ERROR: disk full' >&2; exit 1"
    _fake_office(tmp_path, monkeypatch, refuses)
    assert "LibreOffice refused the add-in: disk full" in refused("install", "--calc")
    assert _files(tmp_path / "home") == {}
    (tmp_path / "home" / ".kpixl" / "calc.conf").write_text("/opt/kpixl/python\n")
    refused("install", "--calc")
    assert _files(tmp_path / "home") == {".kpixl/calc.conf": b"/opt/kpixl/python\n"}


def test_a_home_that_cannot_be_written(
    refused: Callable[..., str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _fake_office(tmp_path, monkeypatch, f"echo $1 >> {tmp_path / 'asked'}; [ $1 = list ] && echo 'Version: 0.1.0'")
    (tmp_path / "home").touch()
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    assert f"The folder {tmp_path / 'home' / '.kpixl'} cannot be written" in refused("install", "--calc")
    assert (tmp_path / "asked").read_text().split() == ["list"]


def test_libreoffice_refuses_without_a_word(
    refused: Callable[..., str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _fake_office(tmp_path, monkeypatch, "exit 3")
    assert "LibreOffice refused the add-in: exit 3" in refused("install", "--calc")


@pytest.mark.parametrize("program", ["unopkg", "soffice"])
def test_a_program_of_libreoffice_that_cannot_run(
    refused: Callable[..., str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, program: str
) -> None:
    _fake_office(tmp_path, monkeypatch, "exit 1")
    (tmp_path / program).write_bytes(b"\x7fELF")
    said = refused("install", "--calc", "--profile", str(tmp_path / "profile"))
    assert f"Exec format error: {tmp_path / program}" in said


def test_a_file_in_place_of_the_folder(refused: Callable[..., str], tmp_path: Path) -> None:
    (tmp_path / "file").write_text("mine")
    assert str(tmp_path / "file") in refused("build", "--calc", "--out", str(tmp_path / "file"))
    assert _files(tmp_path) == {"file": b"mine"}


def test_a_full_disk_leaves_the_file_that_was_there(
    refused: Callable[..., str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = calc.build(tmp_path).read_bytes()

    def full(number: int) -> None:
        os.ftruncate(number, os.fstat(number).st_size // 2)
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", full)
    assert "no room left on the disk" in refused("build", "--calc", "--out", str(tmp_path))
    assert _files(tmp_path) == {"kpixl.oxt": before}


def test_an_unknown_language(refused: Callable[..., str], tmp_path: Path) -> None:
    said = refused("build", "--calc", "--lang", "fr", "--out", str(tmp_path))
    assert all(word in said for word in ("fr", "ja", "en"))
    assert not list(tmp_path.iterdir())


def test_root(refused: Callable[..., str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _fake_office(tmp_path, monkeypatch, "echo 'ERROR: Cannot run unopkg as root without --shared.' >&2; exit 1")
    assert "takes no personal add-ins for root" in refused("install", "--calc")
