"""The setup program on a Japanese Windows (code page 932), for a user whose name and folders hold 表 and a space.

It is installed without a question, used as by clicks and by commands, and removed. The window of a program is a pipe
here, so no key is waited for. Wine stands for Windows; there is no Excel in it.
"""

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pack
import pytest

from kpixl import __version__

pytestmark = pytest.mark.windows

_Run = Callable[..., tuple[int, str]]
_THERE = "C:\\users\\表 山田\\AppData\\Local\\Programs\\kpixl"
_ADDIN = "AppData/Roaming/Microsoft/Excel/XLSTART/kpixl.xlam"
_MENU = "AppData/Roaming/Microsoft/Windows/Start Menu/Programs/kpixl"
_SEND = "AppData/Roaming/Microsoft/Windows/SendTo/CSV を計画に取り込む.lnk"
_DEALS = """商談 ID,商談 所有者,商談名,フェーズ,金額,完了予定日,作成日,リードソース
1,佐藤,甲社,受注,1000000,2026-05-20,2026-04-02,Web
2,鈴木,乙社,失注,,2026-05-21,2026-04-03,Web
"""
_LONGEST = 600
_IN_USE, _OCCUPIED = 3, 4


def _wine(*arguments: str, typed: str = "") -> tuple[int, str]:
    """Run a program there; return its exit code and all that it said."""
    command = [str(Path(os.environ["KPIXL_WINE"], "wine")), *arguments]
    done = subprocess.run(
        command,
        input=typed.encode("cp932"),
        env=os.environ | {"KPIXL_LANG": ""},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        timeout=_LONGEST,
        check=False,
    )
    return done.returncode, done.stdout.decode("cp932", errors="replace")


def _raw(line: str) -> int:
    """Run a line there just as it stands: NSIS takes a folder only without quotation marks, and as the last word."""
    code = "import subprocess, sys; sys.exit(subprocess.call(sys.argv[1]))"
    return _wine("C:\\表\\Python 3.13\\python.exe", "-c", code, line)[0]


@pytest.fixture(scope="module")
def user() -> Iterator[Path]:
    """The folder of the user, in a Windows that is kept running."""
    folder = Path(os.environ["KPIXL_WINE"])
    with _running(str(folder / "python")):  # what Windows itself starts would hold the pipe of a program that ends
        (found,) = folder.glob("prefix/drive_c/users/表 山田")
        yield found


@contextmanager
def _running(*python: str) -> Iterator[None]:
    """Have a Python run within the `with` block."""
    command = [*python, "-c", "print(1, flush=True); input()"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT) as program:
        assert program.stdout is not None
        program.stdout.readline()
        yield
        program.communicate(b"\n")


@pytest.fixture(scope="module")
def setup() -> str:
    (program,) = Path(os.environ["KPIXL_SETUP"]).glob("*-setup.exe")
    return "Z:" + str(program.resolve()).replace("/", "\\")


@pytest.fixture(scope="module")
def before(user: Path) -> set[str]:
    """What is in the user's folders, and of kpixl's keys in the registry."""
    shutil.rmtree(user / "Documents" / "kpixl", ignore_errors=True)
    return _all(user)


@pytest.fixture(scope="module")
def installed(user: Path, setup: str, before: set[str]) -> Iterator[Path]:
    """The folder of kpixl, installed without a question."""
    folder = user / "AppData" / "Local" / "Programs" / "kpixl"
    assert _wine(setup, "/S", "/QUICK")[0] == 0
    yield folder
    _remove(folder)


def _all(user: Path) -> set[str]:
    files = {str(path.relative_to(user)) for path in user.rglob("*") if "Temp" not in path.parts}
    _, keys = _wine("reg", "query", "HKCU\\Software", "/s", "/f", "kpixl", "/k")
    return files | {line.strip() for line in keys.splitlines() if line.startswith("HKEY") and "kpixl" in line}


def _remove(folder: Path) -> None:
    """Run the uninstaller, which goes on in a copy of itself, and wait for its end."""
    if (folder / "uninstall.exe").exists():
        _wine(f"{_THERE}\\uninstall.exe", "/S")
    until = time.monotonic() + 120
    while folder.exists() and time.monotonic() < until:
        time.sleep(0.5)
    time.sleep(2)  # shortcuts and keys go last


@pytest.fixture(scope="module")
def kpixl(installed: Path) -> _Run:
    """Run a program of kpixl's folder: by its name, with arguments and what is typed."""

    def run(program: str, *arguments: str, typed: str = "") -> tuple[int, str]:
        return _wine(f"{_THERE}\\{program}.exe", *arguments, typed=typed)

    return run


@pytest.fixture(scope="module")
def plan(kpixl: _Run, user: Path) -> Path:
    """A plan made by 「新しい計画」, with some nonsense typed; no program opens workbooks here."""
    code, said = kpixl("kpixl-new", typed="1\nたくさん\n1.2億\n100万\n2026-04\n表 計画\n")
    assert "たくさん" in said
    assert "必要な受注は120件" in said
    assert (code, "開くプログラムが見つかりません" in said) == (2, True)
    return user / "Documents" / "kpixl" / "表 計画.xlsx"


def test_it_lies_where_it_should(installed: Path, user: Path) -> None:
    assert {path.name for path in (user / _MENU).iterdir()} == {
        f"{name}.lnk"
        for name in (
            *("デモを作って開く", "新しい計画", "CSV を計画に取り込む", "kpixl フォルダー"),
            *("kpixl コマンド", "kpixl をアンインストール"),
        )
    }
    assert (user / _SEND).is_file()
    assert (user / "Documents" / "kpixl" / "ここに CSV をドロップ.lnk").is_file()
    assert {path.name for path in (installed / "python").glob("xlwings*.dll")} >= {
        path.name.replace("64", bits) for path in (installed / "python").glob("xlwings64*.dll") for bits in ("32", "64")
    }
    assert not (installed / "python" / "Lib" / "site-packages" / "xlwings" / "pro").exists()
    assert "xlwings" in (installed / "licenses" / "LICENSES.txt").read_text(encoding="utf-8-sig")


def test_the_addin_is_installed_on_the_way(kpixl: _Run, user: Path) -> None:
    assert (user / _ADDIN).is_file()
    code, said = kpixl("kpixl", "addin", "status")
    assert code == 0, said
    assert f"Python: {_THERE}\\python\\python.exe" in said
    assert __version__ in said


def test_the_demo_is_made_by_a_click(kpixl: _Run, user: Path) -> None:
    code, said = kpixl("kpixl-demo")
    assert "34,825行" in said
    assert (code, "開くプログラムが見つかりません" in said) == (2, True)
    folder = user / "Documents" / "kpixl" / "kpixl デモ"
    assert {"営業KPI計画.xlsx", "営業KPI計画_2026-02.xlsx"} <= {path.name for path in folder.iterdir()}


def test_a_csv_is_dropped_then_the_plan_is_refreshed_and_reported(kpixl: _Run, plan: Path, user: Path) -> None:
    export = user / "Documents" / "書き出し 表.csv"
    export.write_text(_DEALS, encoding="cp932")
    there = "C:\\users\\表 山田\\Documents"
    code, said = kpixl("kpixl-import", f"{there}\\書き出し 表.csv")
    assert code == 0, said
    assert f"{there}\\kpixl\\表 計画.xlsx に取り込みます" in said
    book = f"{there}\\kpixl\\表 計画.xlsx"
    for command in (("refresh", book, "--as-of", "2026-06-30"), ("report", book, "--month", "2026-05")):
        code, said = kpixl("kpixl", *command)
        assert code == 0, said
    assert (plan.parent / "表 計画_2026-05.xlsx").is_file()
    export.unlink()


def test_it_refuses_while_kpixl_runs(installed: Path, setup: str, user: Path) -> None:
    """Neither the setup program nor the uninstaller touches anything."""
    files = _all(installed)
    with _running(str(Path(os.environ["KPIXL_WINE"], "wine")), f"{_THERE}\\python\\python.exe"):
        assert _wine(setup, "/S", "/QUICK")[0] == _IN_USE
        assert _raw(f'"{_THERE}\\uninstall.exe" /S _?={_THERE}') == _IN_USE
    assert _all(installed) == files
    assert (user / _ADDIN).is_file()


def test_a_folder_of_something_else_is_left_alone(setup: str, user: Path) -> None:
    """Somebody's own Python, into whose parent kpixl is told to go."""
    own = user / "mine" / "python"
    own.mkdir(parents=True)
    (own / "python.exe").write_bytes(b"mine")
    assert _raw(f'"{setup}" /S /QUICK /D=C:\\users\\表 山田\\mine') == _OCCUPIED
    assert [path.name for path in (user / "mine").rglob("*")] == ["python", "python.exe"]
    shutil.rmtree(user / "mine")


def test_removed_it_leaves_the_users_files_and_nothing_else(
    installed: Path, plan: Path, user: Path, before: set[str]
) -> None:
    _remove(installed)
    left = {name for name in _all(user) - before if not name.startswith("Documents")}
    folders = {"AppData/Local/Programs", "AppData/Roaming/Microsoft/Excel", "AppData/Roaming/Microsoft/Excel/XLSTART"}
    assert left - folders == set()
    kept = {path.name for path in plan.parent.iterdir()}
    assert "表 計画.xlsx" in kept
    assert "ここに CSV をドロップ.lnk" not in kept


def test_the_same_folder_gives_the_same_setup_program(tmp_path: Path) -> None:
    """Whatever order its files were made in, and when; another content gives another program."""
    made = []
    for number, names in enumerate((("b.txt", "a.txt"), ("a.txt", "b.txt"), ("a.txt", "c.txt"))):
        folder = tmp_path / f"{number}" / "kpixl"
        for name in names:
            place = folder / "licenses" / name
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_text(name[0])
            os.utime(place, (number, number))
        program = tmp_path / f"{number}.exe"
        pack.write_setup(folder, program, 1_764_288_000, __version__, fast=True)
        made.append(program.read_bytes())
    assert made[0] == made[1] != made[2]


def test_a_signer_is_given_the_program_and_the_uninstaller(tmp_path: Path) -> None:
    folder, signed = tmp_path / "kpixl", tmp_path / "signed"
    folder.mkdir()
    (folder / "kpixl.exe").write_bytes(b"MZ")
    signer = tmp_path / "sign.py"
    signer.write_text(f"import sys; open({str(signed)!r}, 'a').write(sys.argv[-1] + '\\n')")
    pack.write_setup(
        folder, tmp_path / "x.exe", 1_764_288_000, __version__, fast=True, signer=f"{sys.executable} {signer}"
    )
    files = signed.read_text().splitlines()
    assert len(files) == 2
    assert str(tmp_path / "x.exe") in files
