"""An Excel in memory for the tests of the add-in: here, and in the Windows Python of Wine with the real DLL and COM."""

import json
import os
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from kpixl.addin import excel, vba
from kpixl.texts import LANGUAGES

collect_ignore = [  # programs of their own, and stand-ins
    "com_here.py",
    "com_windows.py",
    "excel.py",
    "excel_objects.py",
    "memory.py",
    "open_excel.py",
    "pywin32.py",
    "variants.py",
]

_PROGRAM = Path(__file__).with_name("excel.py")
_LONGEST = 300  # seconds after which an Excel that says nothing is ended; others may run beside it


class Host:
    """An Excel in a process of its own, and another one after its Python was tampered with."""

    def __init__(
        self, command: list[str], drive: str, dll: Path, addins: dict[str, Path], environment: dict[str, str]
    ) -> None:
        self.dll, self._command, self._drive, self._addins, self._environment = dll, command, drive, addins, environment
        self._process: subprocess.Popen[str] | None = None

    def __call__(self, *steps: dict[str, Any], language: str = "en", addin: Path | None = None) -> Any:
        """Take the steps in a new Excel with the add-in in that language (or another one), as excel.py says."""
        process = self._process = self._process or self._start()
        assert process.stdin
        assert process.stdout
        process.stdin.write(json.dumps({"addin": str(addin or self._addins[language]), "steps": steps}) + "\n")
        process.stdin.flush()
        late = threading.Timer(_LONGEST, process.kill)
        late.start()
        answer = process.stdout.readline()
        late.cancel()
        if not answer or any(step.keys() & {"python", "kill"} for step in steps):
            said = self.close()
            assert answer, said[-3000:]
        return json.loads(answer)

    @property
    def home(self) -> Path:
        """The home of its user."""
        return Path(self._environment["HOME"])

    def path(self, path: Path) -> str:
        """Return the path as Windows writes it."""
        return self._drive + str(path).replace("/", "\\")

    def close(self) -> str:
        """End the Excel and return what it complained of."""
        process, self._process = self._process, None
        return process.communicate(timeout=60)[1] if process else ""

    def _start(self) -> subprocess.Popen[str]:
        pipes: dict[str, Any] = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
        return subprocess.Popen([*self._command, str(_PROGRAM)], env=self._environment, text=True, **pipes)


@pytest.fixture(scope="session")
def addins(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    return {language: excel.build(tmp_path_factory.mktemp(language), language) for language in LANGUAGES}


@pytest.fixture(scope="session")
def _awake() -> Iterator[None]:
    """Keep Wine running: to start Windows anew takes seconds."""
    idle = subprocess.Popen([*_windows_python(), "-c", "input()"], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    yield
    idle.communicate(b"\n")


@pytest.fixture(scope="session")
def windows(_awake: None) -> Callable[..., subprocess.CompletedProcess[str]]:
    """Run code in the Windows Python."""

    def run(code: str, *arguments: str) -> subprocess.CompletedProcess[str]:
        command = [*_windows_python(), "-c", code, *arguments]
        return subprocess.run(
            command, capture_output=True, encoding="cp932", env=_environment(), timeout=_LONGEST, check=False
        )

    return run


@pytest.fixture(scope="session")
def wine(windows: Callable[..., subprocess.CompletedProcess[str]]) -> Callable[..., subprocess.CompletedProcess[str]]:
    """Run the command `kpixl` there, while a file of the user's may be open."""

    def run(*arguments: str, holding: str = "") -> subprocess.CompletedProcess[str]:
        held = f"import pathlib; held = (pathlib.Path.home() / '{holding}').open(); " if holding else ""
        return windows(f"{held}from kpixl.cli import main; main()", *arguments)

    return run


@pytest.fixture(scope="module")
def excel_here(addins: dict[str, Path], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Host]:
    """The Excel of a user who has a Python with xlwings' DLL."""
    home = tmp_path_factory.mktemp("home")
    dll = home / f"xlwings64-{vba.xlwings_version()}.dll"
    dll.touch()
    (home / "python.exe").touch(mode=0o755)
    environment = _environment() | {"HOME": str(home)}
    host = Host([sys.executable], "", dll, addins, environment)
    environment["USERPROFILE"] = host.path(home)
    (home / ".kpixl").mkdir()
    (home / ".kpixl" / "kpixl.conf").write_text(f'"INTERPRETER_WIN","{host.path(home / "python.exe")}"\r\n')
    yield host
    host.close()


@pytest.fixture(scope="module")
def excel_in_wine(addins: dict[str, Path], wine: Callable[..., subprocess.CompletedProcess[str]]) -> Iterator[Host]:
    """The Excel of a user of Windows who has installed the add-in."""
    installed = wine("addin", "install", "--force")
    assert installed.returncode == 0, installed.stderr
    (dll,) = Path(os.environ["KPIXL_WINE"]).glob("prefix/drive_c/*/*/xlwings64-*.dll")
    host = Host(_windows_python(), "Z:", dll, addins, _environment())
    yield host
    host.close()
    assert wine("addin", "uninstall").returncode == 0


@pytest.fixture(scope="module", params=["excel_here", pytest.param("excel_in_wine", marks=pytest.mark.wine)])
def ask(request: pytest.FixtureRequest) -> Host:
    """Ask an Excel here, and one in Wine."""
    host: Host = request.getfixturevalue(request.param)
    return host


def _windows_python() -> list[str]:
    return [str(Path(os.environ["KPIXL_WINE"]).absolute() / "python")]


def _environment() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if not name.startswith("KPIXL_")}
