"""What only Windows has, as Wine has it: the user's own folders and code page, locks, xlwings' DLL and processes."""

import datetime as dt
import json
import os
import re
import shutil
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from kpixl import __version__, demo
from kpixl.addin.vba import xlwings_version
from kpixl.xlsx import Package
from tests.addin.conftest import Host
from udfs.boundary import functions

pytestmark = pytest.mark.wine

_Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def user() -> Path:
    """The folder of the user, who has not installed the add-in and has no log."""
    (folder,) = Path(os.environ["KPIXL_WINE"]).glob("prefix/drive_c/users/表 山田")
    (folder / ".kpixl" / "kpixl.log").unlink(missing_ok=True)
    return folder


def _files(user: Path) -> dict[str, bytes]:
    return {str(path.relative_to(user)): path.read_bytes() for path in user.rglob("*kpixl*") if path.is_file()}


def test_the_commands_on_a_japanese_windows(wine: _Run, user: Path, addins: dict[str, Path]) -> None:
    """Two files and no other, the same bytes as anywhere, the path in the code page of Windows: 表 is 95 5C."""
    assert "Excelに kpixl は入っていません。" in wine("addin", "status").stdout
    done = wine("addin", "install")
    assert (done.returncode, done.stderr) == (0, "")
    assert _files(user) == {
        "AppData/Roaming/Microsoft/Excel/XLSTART/kpixl.xlam": addins["ja"].read_bytes(),
        ".kpixl/kpixl.conf": b'"INTERPRETER_WIN","C:\\\x95\\\\Python 3.13\\python.exe"\r\n',
    }
    told = wine("addin", "status")
    assert told.returncode == 0
    assert "Python: C:\\表\\Python 3.13\\python.exe" in told.stdout
    assert "C:\\users\\表 山田\\AppData\\Roaming\\Microsoft\\Excel\\XLSTART\\kpixl.xlam" in told.stdout
    assert __version__ in told.stdout
    assert xlwings_version() in told.stdout
    assert wine("addin", "uninstall").returncode == 0
    assert _files(user) == {}


def test_what_stands_in_the_way_on_windows(wine: _Run, user: Path) -> None:
    """Nobody may replace or delete a file that is open; and the warning sign is no character of code page 932."""
    assert wine("addin", "install").returncode == 0
    before = _files(user)
    for command in (("install", "--lang", "en"), ("uninstall",)):
        refused = wine("addin", *command, holding="AppData/Roaming/Microsoft/Excel/XLSTART/kpixl.xlam")
        assert refused.returncode == 2
        assert "Excel" in refused.stderr
        assert _files(user) == before
    (user / ".kpixl" / "kpixl.conf").unlink()
    told = wine("addin", "status")
    assert told.returncode == 1
    assert "アドインが使うPythonが記録されていません。kpixl addin install を実行してください。" in told.stdout
    assert wine("addin", "uninstall").returncode == 0
    assert _files(user) == {}


def test_closed_workbooks_go_the_whole_way_on_a_japanese_windows(
    wine: _Run, user: Path, addins: dict[str, Path]
) -> None:
    """Demo, import, refresh, check and report: Windows replaces no file that any program has open, itself included."""
    folder = user / "Documents" / "計画 表"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    there = f"C:\\users\\表 山田\\Documents\\{folder.name}"
    done = wine("demo", f"{there}\\demo")
    assert (done.returncode, done.stderr) == (0, "")
    (plan,) = [path for path in (folder / "demo").glob("*.xlsx") if not re.search(r"\d{4}-\d{2}", path.stem)]
    exports = [f"{there}\\demo\\{path.name}" for path in sorted((folder / "demo").glob("*.csv"))]
    (mapping,) = (folder / "demo").glob("*.toml")
    book = f"{there}\\demo\\{plan.name}"
    before = plan.read_bytes()
    same_day = ("--as-of", f"{demo.AS_OF}")
    for command in (
        ("import", book, *exports, "--map", f"{there}\\demo\\{mapping.name}", *same_day),
        ("refresh", book, "--as-of", f"{demo.AS_OF - dt.timedelta(7)}"),
        ("refresh", book, *same_day),
        ("report", book, "--month", "2026-01"),
    ):
        done = wine(*command)
        assert (done.returncode, done.stderr) == (0, ""), command
    assert wine("check", book).returncode in (0, 1)
    assert plan.with_name(f"{plan.name}.bak").exists()
    assert plan.with_name(f"{plan.stem}_2026-01.xlsx").exists()
    with Package.open(plan) as after:
        assert after.properties["kpixl_template"] == "inside_sales"
    assert len(plan.read_bytes()) == pytest.approx(len(before), rel=0.05)
    saved = plan.read_bytes()
    refused = wine("refresh", book, "--as-of", "2026-03-06", holding=f"Documents/{folder.name}/demo/{plan.name}")
    assert (refused.returncode, plan.read_bytes()) == (2, saved)
    assert "使用中" in refused.stderr
    assert [path.name for path in (folder / "demo").iterdir() if path.name.startswith((".kpixl", "~"))] == []


def test_xlwings_on_windows_registers_every_function(windows: _Run) -> None:
    """By its name, in one category, volatile or not, every argument with its text and as rows."""
    code = """
import json, xlwings, udfs
for name in udfs.__all__:
    known = getattr(udfs, name).__xlfunc__
    arguments = [[one["name"], one["doc"], one["options"].get("ndim")] for one in known["args"]]
    print(json.dumps([known["name"], known["category"], known["volatile"], arguments]))
"""
    told = windows(code)
    assert told.returncode == 0, told.stderr
    registered = {name: known for name, *known in map(json.loads, told.stdout.splitlines())}
    assert registered == {
        function.name: [
            "kpixl",
            function.volatile,
            [[argument.name, function.doc(argument.name), 2] for argument in function.arguments],
        ]
        for function in functions()
    }


def test_every_function_answers_as_it_does_without_com(excel_here: Host, excel_in_wine: Host) -> None:
    """The documented examples, in Japanese: the real DLL, COM and server change nothing."""
    formulas = {f"A{14 * place + 1}": function.example() for place, function in enumerate(functions())}
    cells = [f"{column}{row}" for row in range(1, 14 * len(formulas)) for column in "ABCDEFGHIJ"]
    question: dict[str, Any] = {"formulas": formulas, "read": cells}
    hosts = (excel_here, excel_in_wine)
    here, there = (dict(zip(cells, host(question, language="ja")["shown"], strict=True)) for host in hosts)
    assert there == {cell: pytest.approx(shown) if isinstance(shown, float) else shown for cell, shown in here.items()}
    answers = {formula: there[cell] for cell, formula in formulas.items()}
    assert not [formula for formula, shown in answers.items() if shown is None or str(shown).startswith(("Error", "#"))]
    assert "段階" in answers.values()


def test_texts_in_japanese_cross_over_with_the_buttons(excel_in_wine: Host) -> None:
    """What a button asks and is told: module, arguments, call and answer each cross over on their own."""
    echo = "import kpixl.ribbon; kpixl.ribbon.echo = lambda *given: f'{given[0]} の {given[1]} を {given[2]} に'"
    told = excel_in_wine(
        {"python": echo},
        {"run": ["KpixlAct", "echo", None, "2026年9月", "C:\\売上\\計画 表"]},
    )
    assert told["shown"] == ["None の 2026年9月 を C:\\売上\\計画 表 に"]


def test_the_server_ends_with_killpy_and_with_excel(excel_in_wine: Host) -> None:
    excel_in_wine.close()
    excel_in_wine({"formulas": {"A1": "=KPI_NUMBER(1)"}, "read": ["A1"]})
    assert _servers()
    excel_in_wine({"run": ["KillPy"]})
    assert _gone()
    excel_in_wine.close()
    excel_in_wine({"formulas": {"A1": "=KPI_NUMBER(1)"}, "read": ["A1"]})
    assert _servers()
    excel_in_wine.close()
    assert _gone()


def _gone() -> bool:
    """Give the server a while to end."""
    return any(not _servers() or time.sleep(0.1) for _ in range(300))


def _servers() -> list[str]:
    """Return the processes of this Wine in which xlwings serves, by their numbers."""
    prefix = f"WINEPREFIX={Path(os.environ['KPIXL_WINE']).absolute()}/prefix\0"
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            command = (folder / "cmdline").read_bytes()
            if (
                b"xlwings.serve(" in command
                and b"cmd.exe" not in command
                and prefix in (folder / "environ").read_text()
            ):
                found.append(folder.name)
        except OSError:
            continue
    return found
