"""Installing in Excel: two files and no other, both or none, and a sentence for whatever stands in the way."""

import dataclasses
import shutil
import stat
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from kpixl import __version__
from kpixl.addin import excel, install, vba
from kpixl.cli import main
from kpixl.errors import InvalidValue

_LINE = '"INTERPRETER_WIN","{}"\r\n'


@pytest.fixture(autouse=True)
def _english(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KPIXL_LANG", "en")


@pytest.fixture
def at(tmp_path: Path) -> install.Places:
    """The places of a user of Windows whose Python is a virtual environment with xlwings' DLL."""
    scripts = tmp_path / "venv" / "Scripts"
    scripts.mkdir(parents=True)
    (scripts / "python.exe").touch()
    (tmp_path / "venv" / f"xlwings64-{vba.xlwings_version()}.dll").touch()
    home = tmp_path / "山田"
    return install.Places(
        home / "XLSTART" / excel.FILE, home / ".kpixl" / "kpixl.conf", scripts / "python.exe", "cp932"
    )


def _files(at: install.Places) -> dict[str, bytes]:
    home = at.addin.parents[1]
    return {str(path.relative_to(home)): path.read_bytes() for path in home.rglob("*") if path.is_file()}


def _refused(act: Callable[[], object]) -> str:
    with pytest.raises(InvalidValue) as refused:
        act()
    return str(refused.value)


def _write_other_version(at: install.Places, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(excel, "__version__", "0.0.9")
        install.install(at, "en")


def test_two_files_are_written_and_no_other(at: install.Places) -> None:
    install.install(at, "ja")
    assert _files(at) == {
        "XLSTART/kpixl.xlam": excel.content("ja"),
        ".kpixl/kpixl.conf": _LINE.format(at.python).encode("cp932"),
    }
    assert list(install.problems(at)) == []


def test_the_settings_are_in_the_code_page_of_windows(at: install.Places) -> None:
    """VBA's Open reads bytes in that code page: 表 is 95 5C in cp932, whose second byte is a backslash."""
    python = at.python.parents[1] / "表" / "python.exe"
    python.parent.mkdir()
    shutil.copy(at.python, python)
    install.install(dataclasses.replace(at, python=python), "ja")
    assert b"\x95\x5c/python.exe" in at.settings.read_bytes()
    assert list(install.problems(at)) == []


def test_a_python_whose_path_windows_cannot_write(at: install.Places) -> None:
    """A name in Japanese on a Windows whose code page is Western."""
    python = at.python.parents[1] / "表" / "python.exe"
    python.parent.mkdir()
    shutil.copy(at.python, python)
    western = dataclasses.replace(at, python=python, encoding="cp1252")
    said = _refused(lambda: install.install(western, "en"))
    assert str(python) in said
    assert "cp1252" in said
    assert _files(at) == {}


def test_other_settings_stay(at: install.Places) -> None:
    at.settings.parent.mkdir(parents=True)
    at.settings.write_bytes('"SHOW CONSOLE","True"\r\n"interpreter_win","C:\\old\\python.exe"\r\n'.encode("cp932"))
    install.install(at, "en")
    assert at.settings.read_bytes() == b'"SHOW CONSOLE","True"\r\n' + _LINE.format(at.python).encode()
    assert install.uninstall(at)
    assert _files(at) == {".kpixl/kpixl.conf": b'"SHOW CONSOLE","True"\r\n'}


def test_uninstalling_leaves_nothing(at: install.Places) -> None:
    install.install(at, "en")
    assert install.uninstall(at)
    assert _files(at) == {}
    assert not install.uninstall(at)


def test_another_version_is_replaced_on_demand_only(at: install.Places, monkeypatch: pytest.MonkeyPatch) -> None:
    _write_other_version(at, monkeypatch)
    before = _files(at)
    said = _refused(lambda: install.install(at, "en"))
    assert said.startswith(f"Version 0.0.9 of the add-in is installed already (this is {__version__}).")
    assert _files(at) == before
    assert [line for line in install.problems(at) if "0.0.9" in line]
    install.install(at, "en", force=True)
    assert excel.version(at.addin) == __version__


def test_a_file_of_somebody_else_is_left_alone(at: install.Places) -> None:
    at.addin.parent.mkdir(parents=True)
    at.addin.write_bytes(b"not ours")
    for act in (lambda: install.install(at, "en"), lambda: install.uninstall(at)):
        assert "is no add-in of kpixl" in _refused(act)
    assert _files(at) == {"XLSTART/kpixl.xlam": b"not ours"}


@pytest.mark.parametrize("installed", [True, False], ids=["an update", "the first time"])
def test_excel_holds_the_addin(at: install.Places, monkeypatch: pytest.MonkeyPatch, installed: bool) -> None:
    """Windows lets nobody replace or delete a file that Excel has open."""
    if installed:
        install.install(at, "en")
    before = _files(at)

    def held(path: Path, *rest: object, **named: object) -> None:
        raise PermissionError(13, "The process cannot access the file", str(path))

    monkeypatch.setattr(Path, "replace", held)
    assert "Close Excel everywhere" in _refused(lambda: install.install(at, "ja"))
    if installed:
        monkeypatch.setattr(Path, "unlink", held)
        assert "Close Excel everywhere" in _refused(lambda: install.uninstall(at))
    assert _files(at) == before


@pytest.mark.parametrize("installed", [True, False], ids=["an update", "the first time"])
def test_settings_that_cannot_be_written_take_the_addin_back(at: install.Places, installed: bool) -> None:
    if installed:
        install.install(at, "ja")
        at.settings.unlink()
        at.settings.parent.rmdir()
    at.settings.parent.parent.mkdir(exist_ok=True)
    at.settings.parent.write_bytes(b"a file where the folder should be")
    before = _files(at)
    assert "cannot be written" in _refused(lambda: install.install(at, "en"))
    assert _files(at) == before


def test_a_folder_that_cannot_be_made(at: install.Places) -> None:
    at.addin.parent.parent.mkdir()
    at.addin.parent.write_bytes(b"")
    assert "The folder" in _refused(lambda: install.install(at, "en"))
    assert _files(at) == {"XLSTART": b""}


def test_an_xlwings_without_its_dll(at: install.Places) -> None:
    (dll,) = at.python.parents[1].glob("*.dll")
    dll.unlink()
    assert dll.name in _refused(lambda: install.install(at, "en"))
    assert _files(at) == {}


def test_what_is_wrong_later(at: install.Places) -> None:
    install.install(at, "en")
    at.python.unlink()
    assert [str(at.python) in problem for problem in install.problems(at)] == [True]
    at.settings.unlink()
    assert list(install.problems(at)) == ["It is not recorded which Python the add-in uses. Run kpixl addin install."]


def test_the_places_on_windows() -> None:
    here = install.places("win32", {"APPDATA": "C:/Roaming", "USERPROFILE": "C:/Users/me"})
    assert here.addin == Path("C:/Roaming/Microsoft/Excel/XLSTART/kpixl.xlam")
    assert here.settings == Path("C:/Users/me/.kpixl/kpixl.conf")
    assert here.python == Path(sys.executable)
    assert "APPDATA" in _refused(lambda: install.places("win32", {"USERPROFILE": "C:/Users/me"}))


def _kpixl(*arguments: str) -> int:
    with pytest.raises(SystemExit) as ended:
        main(["addin", *arguments])
    return int(ended.value.code or 0)


@pytest.mark.skipif(sys.platform == "win32", reason="it works there")
@pytest.mark.parametrize("command", ["install", "uninstall", "status"])
def test_elsewhere_it_says_what_to_do_instead(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert _kpixl(command) == 2
    said = capsys.readouterr().err
    assert "works on Windows only" in said
    assert "kpixl addin build" in said
    assert "--calc" in said


def test_the_commands(
    at: install.Places, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    monkeypatch.setattr(install, "places", lambda: at)
    assert _kpixl("status") == 0
    assert "not installed" in capsys.readouterr().out
    assert _kpixl("install") == 0
    assert f"Installed kpixl {__version__}" in capsys.readouterr().out
    assert _kpixl("status") == 0
    said = capsys.readouterr().out
    assert all(part in said for part in (__version__, vba.xlwings_version(), str(at.python), str(at.addin)))
    at.python.unlink()
    assert _kpixl("status") == 1
    assert _kpixl("uninstall") == 0
    assert _kpixl("build", "--out", str(tmp_path / "here")) == 0
    assert (tmp_path / "here" / "kpixl.xlam").read_bytes() == excel.content("en")
    assert _kpixl("status", "--profile", str(tmp_path)) == 2
    assert "--calc" in capsys.readouterr().err
    assert _kpixl("build", "--lang", "fr") == 2


def test_a_folder_that_nobody_may_write(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "file").touch(mode=stat.S_IRUSR)
    assert _kpixl("build", "--out", str(tmp_path / "file")) == 2
    said = capsys.readouterr().err
    assert str(tmp_path / "file") in said
    assert "Traceback" not in said
