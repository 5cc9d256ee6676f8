"""The functions for xlwings Lite: the folder has all they need and no more, and they answer in Pyodide as they do here.

Lite itself is not tried: it runs within Excel alone. Pyodide is the Python that it brings, a WebAssembly with integers
of 32 bits in which numpy reports no division by 0.
"""

import json
import os
import re
import subprocess
import sys
import tomllib
from collections import deque
from pathlib import Path
from typing import Any

import pytest

from kpixl import __version__
from kpixl.addin.lite import REQUIREMENTS, build
from kpixl.cli import main
from kpixl.errors import InvalidValue
from udfs.boundary import Function, call, functions, last_error

_HERE = Path(__file__).parent
_ROOT = _HERE.parents[1]
_SECONDS = 900  # Pyodide takes one or two minutes; the machine may be busy
_ALONE = """
import json, sys
sys.path[:0] = [{folder!r}]
class Others:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in {others!r}:
            raise ImportError(name)
sys.meta_path.insert(0, Others())
import kpixl_lite
print(json.dumps([getattr(kpixl_lite, name)(*cells) for name, cells in json.loads(sys.stdin.read())]))
"""
_OTHERS = ("duckdb", "ibis", "lxml", "openpyxl", "pandas", "pyarrow", "rich", "typer", "xlsxwriter", "xlwings")


def _cells(function: Function) -> list[Any]:
    """Read the arguments of a function's example as a spreadsheet does."""
    inner = re.sub(r"([\d.]+)%", lambda percent: str(float(percent[1]) / 100), function.example())
    inner = inner[len(function.name) + 2 : -1].replace("{", "[[").replace("}", "]]").replace(";", "],[")
    return list(json.loads(f"[{inner}]"))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build(tmp_path_factory.mktemp("lite"))


@pytest.fixture(scope="module")
def examples() -> list[list[Any]]:
    return [[function.name, _cells(function)] for function in functions()]


def test_it_is_small_and_says_what_it_needs(folder: Path) -> None:
    files = {path.relative_to(folder).as_posix(): path.stat().st_size for path in folder.rglob("*") if path.is_file()}
    assert {"kpixl_lite.py", "kpixl_lite_files/requirements.txt", "kpixl_lite_files/README.txt"} <= files.keys()
    assert (folder / "kpixl_lite_files" / "requirements.txt").read_text(encoding="utf-8").split() == [*REQUIREMENTS]
    assert not [name for name in files if re.search(r"kpixl/(workbook|tracking|actuals|xlsx|commands)", name)]
    assert sum(files.values()) < 600_000


def test_it_answers_the_examples_with_nothing_but_what_it_says(
    folder: Path, examples: list[list[Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("udfs.boundary._reasons", deque([""], maxlen=1))  # as where nothing has been asked before
    program = _ALONE.format(folder=str(folder), others=_OTHERS)
    done = subprocess.run(
        [sys.executable, "-I", "-c", program], input=json.dumps(examples), capture_output=True, text=True, check=False
    )
    assert done.stderr == ""
    answers = json.loads(done.stdout)
    assert len(answers) == len(examples) == 35
    for (name, cells), answer in zip(examples, answers, strict=True):
        assert answer == json.loads(json.dumps(call(name, cells))), name


def test_its_texts_are_those_of_kpixl(folder: Path) -> None:
    for language in ("ja", "en"):
        kept, all_of_them = (
            tomllib.loads((place / "kpixl" / "locale" / f"{language}.toml").read_text(encoding="utf-8"))
            for place in (folder / "kpixl_lite_files", _ROOT)
        )
        assert kept == {section: all_of_them[section] for section in kept}
        assert {"errors", "terms", "udfs"} <= kept.keys()


def test_the_command_makes_it_and_makes_it_again(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for _ in range(2):
        with pytest.raises(SystemExit) as ended:
            main(["addin", "build", "--lite", str(tmp_path)])
        assert ended.value.code == 0
        assert str(tmp_path / "personal") in capsys.readouterr().out
        (tmp_path / "personal" / "kpixl_lite_files" / "udfs" / "gone.py").touch()
        (tmp_path / "personal" / "mine.py").write_text("x = 1\n", encoding="utf-8")
    build(tmp_path)
    assert not (tmp_path / "personal" / "kpixl_lite_files" / "udfs" / "gone.py").exists()
    assert (tmp_path / "personal" / "mine.py").read_text(encoding="utf-8") == "x = 1\n"
    assert f"kpixl {__version__}" in (tmp_path / "personal" / "kpixl_lite.py").read_text(encoding="utf-8")


def test_what_is_not_kpixls_is_not_written_over(tmp_path: Path) -> None:
    (tmp_path / "personal").mkdir()
    (tmp_path / "personal" / "kpixl_lite.py").write_text("mine = 1\n", encoding="utf-8")
    with pytest.raises(InvalidValue) as refused:
        build(tmp_path)
    assert refused.value.key == "lite_foreign"
    assert (tmp_path / "personal" / "kpixl_lite.py").read_text(encoding="utf-8") == "mine = 1\n"


@pytest.fixture(scope="module")
def in_pyodide(folder: Path, examples: list[list[Any]], tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """Run in_pyodide.py in Pyodide, once; return what it wrote."""
    made, out = Path(os.environ["KPIXL_PYODIDE"]), tmp_path_factory.mktemp("pyodide")
    (out / "examples.json").write_text(json.dumps(examples), encoding="utf-8")
    mounts = {"/site": made / "site", "/personal": folder, "/checkout": _ROOT, "/out": out}
    command = [
        "node",
        _HERE / "pyodide.mjs",
        made / "pyodide",
        json.dumps(mounts, default=str),
        _HERE / "in_pyodide.py",
    ]
    done = subprocess.run(command, capture_output=True, text=True, timeout=_SECONDS, check=False)
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-4000:]
    return {name: json.loads((out / f"{name}.json").read_text(encoding="utf-8")) for name in ("answers", "tests")}


def _equal(one: Any, other: Any) -> bool:
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(_equal, one, other))
    if type(one) is float and type(other) in (int, float):
        return bool(one == pytest.approx(other, rel=1e-12, abs=1e-12))
    return type(one) is type(other) and bool(one == other)


@pytest.mark.pyodide
def test_every_example_is_answered_in_pyodide_as_here(in_pyodide: dict[str, Any], examples: list[list[Any]]) -> None:
    assert len(in_pyodide["answers"]) == 35
    for (name, cells), (answer, reason) in zip(examples, in_pyodide["answers"], strict=True):
        assert _equal(call(name, cells), answer), (name, answer, reason, last_error())


@pytest.mark.pyodide
def test_the_tests_of_engine_and_functions_pass_in_pyodide(in_pyodide: dict[str, Any]) -> None:
    tests = in_pyodide["tests"]
    assert tests["failed"] == {}
    assert (tests["code"], tests["files"] > 30, tests["passed"] > 700) == (0, True, True), tests
