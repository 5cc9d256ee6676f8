"""The add-in of LibreOffice Calc, installed by the command into a throw-away profile, beside `kpixl call`."""

import ast
import dataclasses
import errno
import hashlib
import json
import os
import shutil
import subprocess
import sys
import time
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import openpyxl
import pytest
import xlsxwriter
from lxml import etree

from kpixl import cli, texts
from kpixl.addin import calc, calc_install
from udfs import boundary

_OFFICE = Path(__file__).with_name("office.py")
_INSIDE = Path(calc.__file__).parent / "oxt"
_DESKTOPS = {"en": "en_US.UTF-8", "ja": "ja_JP.UTF-8"}
_SENTENCES = {
    "ja": "KPI_BACKSOLVE: 目標は 0 以上の数にしてください(入力: -1)。",
    "en": "KPI_BACKSOLVE: The goal must be 0 or more. Given: -1.",
}


@pytest.fixture(scope="module")
def in_calc(calc_with_addin: Any, tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Any]:
    """Ask a real Calc: what the cells hold after the formulas were typed, and what the function wizard shows."""

    def ask(question: dict[str, Any], **environment: str) -> Any:
        folder = tmp_path_factory.mktemp("asked")
        asked = {"office": shutil.which("soffice"), "profile": str(calc_with_addin.profile), **question}
        (folder / "question.json").write_text(json.dumps(asked), encoding="utf-8")
        done = subprocess.run(
            ["/usr/bin/python3", str(_OFFICE), str(folder / "question.json")],
            env=calc_with_addin.desktop(**environment),
            capture_output=True,
            text=True,
            timeout=180,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return json.loads(done.stdout)

    return ask


def _cells_in_calc(formula: str) -> str:
    """Write an example with the separators of Calc: semicolons, and a stroke between the rows of a list."""
    out, quoted, listed = "", False, False
    for sign in formula:
        quoted ^= sign == '"'
        listed = (listed or sign == "{") and sign != "}"
        out += sign if quoted else {",": ";", ";": "|" if listed else ";"}.get(sign, sign)
    return out


def _arguments(example: str) -> list[Any]:
    """Read the arguments of an example: numbers, texts, percentages and lists."""
    inner = example[example.index("(") + 1 : -1].replace("FALSE", "false")
    parts, depth, quoted, part = [], 0, False, ""
    for sign in inner + ",":
        quoted ^= sign == '"'
        depth += 0 if quoted else (sign == "{") - (sign == "}")
        if sign == "," and not depth and not quoted:
            parts.append(part)
            part = ""
        else:
            part += sign
    return [_argument(part) for part in parts if part]


def _argument(part: str) -> Any:
    if part.startswith("{"):
        rows = part[1:-1].split(";")
        return [[_argument(cell) for cell in row.split(",")] for row in rows]
    return float(part[:-1]) / 100 if part.endswith("%") else json.loads(part)


def _expected(name: str, cells: list[Any]) -> list[list[Any]]:
    answer = boundary.evaluate(name, cells)
    rows = answer if isinstance(answer, list) else [[answer]]
    return [["" if cell is None else float(cell) if isinstance(cell, bool) else cell for cell in row] for row in rows]


def _must_be_the_same(rows: list[list[Any]], shown: list[list[Any]], described: boundary.Function) -> None:
    for row, cells in zip(rows, shown, strict=True):
        for value, cell in zip(row, cells, strict=True):
            close = pytest.approx(value, rel=1e-12, abs=1e-12) if isinstance(value, float) else value
            assert cell == close, described.name


@pytest.mark.calc
@pytest.mark.parametrize("language", ["en", "ja"])
def test_every_example_in_calc_is_what_the_shell_answers(in_calc: Callable[..., Any], language: str) -> None:
    asked = [described for described in boundary.functions() if described.name != "KPIXL_LASTERROR"]
    with texts.speaking(language):
        expected = [_expected(described.name, _arguments(described.example())) for described in asked]
    formulas = [
        [_cells_in_calc(described.example()), len(rows), len(rows[0])]
        for described, rows in zip(asked, expected, strict=True)
    ]
    seen = in_calc({"arrays": formulas}, LANG=_DESKTOPS[language])
    assert len(seen["arrays"]) == 30
    for described, rows, shown in zip(asked, expected, seen["arrays"], strict=True):
        _must_be_the_same(rows, shown, described)


@pytest.mark.calc
@pytest.mark.parametrize("language", ["en", "ja"])
def test_a_workbook_with_every_function_recalculated_is_what_the_shell_answers(
    recalculate_with_addin: Callable[[Path], Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, language: str
) -> None:
    monkeypatch.setenv("KPIXL_LANG", language)
    asked = [described for described in boundary.functions() if described.name != "KPIXL_LASTERROR"]
    expected = [_expected(described.name, _arguments(described.example())) for described in asked]
    with xlsxwriter.Workbook(tmp_path / "every.xlsx") as book:
        for described, rows in zip(asked, expected, strict=True):
            last = (len(rows) - 1, len(rows[0]) - 1)
            sheet = book.add_worksheet(described.name)
            sheet.write_dynamic_array_formula(0, 0, *last, f"={described.example()}", None, "not computed")
    seen = openpyxl.load_workbook(recalculate_with_addin(tmp_path / "every.xlsx"), data_only=True)
    assert len(seen.worksheets) == 30
    for described, rows in zip(asked, expected, strict=True):
        _must_be_the_same(
            rows, [["" if c is None else c for c in row] for row in seen[described.name].values], described
        )


@pytest.mark.calc
def test_formulas_of_a_workbook_are_recalculated_as_excel_writes_them(
    recalculate_with_addin: Callable[[Path], Path], tmp_path: Path
) -> None:
    with xlsxwriter.Workbook(tmp_path / "live.xlsm") as book:
        sheet = book.add_worksheet("計画")
        sheet.write_column("A1", [100, 50])
        sheet.write_formula("B1", "=_xlfn.kpi_rate(A2,$A$1)*2", None, 0)
        sheet.write_formula("B2", '="KPI_RATE(1,2)"&ROUND(KPI_FORWARD(A1,A2/100,2),0)', None, "")
        sheet.write_dynamic_array_formula("C1:C2", "=KPI_RATE(A1:A2,200)", None, 0)
        sheet.write_formula("D1", "=SUM(_xlfn.ANCHORARRAY(C1))", None, 0)
        sheet.write_formula("D2", "=_xlfn.SINGLE(KPI_RATE(A1:A2,A1:A2))", None, 0)
        book.define_name("share", "=KPI_RATE(計画!$A$2,計画!$A$1)")
        sheet.write_formula("E1", "=share", None, 0)
    result = recalculate_with_addin(tmp_path / "live.xlsm")
    assert result.suffix == ".xlsx"
    values = openpyxl.load_workbook(result, data_only=True)["計画"]
    assert [[cell.value for cell in row] for row in values["B1:E2"]] == [
        [1, 0.5, 0.75, 0.5],
        ["KPI_RATE(1,2)100", 0.25, 1, None],
    ]
    assert openpyxl.load_workbook(result)["計画"]["B1"].value == "=KPI_RATE(A2,$A$1)*2"


@pytest.mark.calc
@pytest.mark.parametrize(
    ("language", "pace", "first"),
    [
        ("en", "What should be reached by now", ["target", "Target of the whole period."]),
        ("ja", "標準進捗(今日までに達成しているべき量)", ["目標", "期間全体の目標"]),
    ],
)
def test_the_wizard_shows_every_function_with_its_texts(
    in_calc: Callable[..., Any], language: str, pace: str, first: list[str]
) -> None:
    shown = in_calc({"wizard": True}, LANG=_DESKTOPS[language])["wizard"]
    assert shown["KPI_PACE"][0].startswith(pace)
    assert shown["KPI_PACE"][1][0] == first
    assert shown == {
        described.name: [
            described.summary(language),
            [[each.label(language), described.doc(each.name, language)] for each in described.arguments],
        ]
        for described in boundary.functions()
    }


@pytest.mark.calc
@pytest.mark.parametrize("language", ["en", "ja"])
def test_a_mistake_is_a_real_error_whose_reason_follows_in_its_cell(in_calc: Callable[..., Any], language: str) -> None:
    typed = ["=KPIXL_LASTERROR()", "=KPI_BACKSOLVE(-1;1;0.2)"]
    seen = in_calc({"typed": typed}, LANG=_DESKTOPS[language])["typed"]
    assert seen == [[_SENTENCES[language], 0], ["#VALUE!", 519]]


@pytest.mark.calc
def test_an_error_is_handed_on_and_the_variable_chooses_the_language(in_calc: Callable[..., Any]) -> None:
    typed = ['=KPI_FEASIBILITY(1;KPI_NUMBER("x"))', "=KPI_RATE(0;0)", "=KPIXL_LASTERROR()", "=KPI_BACKSOLVE(-1;1;0.2)"]
    seen = in_calc({"typed": typed}, LANG=_DESKTOPS["en"], KPIXL_LANG="ja")["typed"]
    assert seen == [["#VALUE!", 519], ["#DIV/0!", 532], [_SENTENCES["ja"], 0], ["#VALUE!", 519]]


@pytest.mark.calc
def test_blank_cells_and_errors_within_ranges(in_calc: Callable[..., Any]) -> None:
    seen = in_calc(
        {
            "typed": ["=18", "=1/0", "=9", "=KPI_RATE(18;20;B9:B9)", "=KPI_RATE(18;20;B9)"],
            "arrays": [['=KPI_RATE(IFERROR(A1:A3;"");20)', 3, 1]],
        }
    )
    assert seen["typed"][3:] == [["0.9", 0], ["#VALUE!", 519]]  # a range of one blank cell is left out, the cell is 0
    assert seen["arrays"] == [[[0.9], [""], [0.45]]]


@pytest.mark.calc
@pytest.mark.parametrize(
    ("python", "says"),
    [("/nowhere/python", "no Python for kpixl's engine at /nowhere/python"), ("/bin/false", "does not answer")],
)
def test_without_an_engine_it_is_said_in_words(in_calc: Callable[..., Any], python: str, says: str) -> None:
    seen = in_calc({"typed": ["=KPIXL_LASTERROR()", "=KPI_RATE(1;2)"]}, KPIXL_PYTHON=python)["typed"]
    assert says in seen[0][0]
    assert seen[1] == ["#VALUE!", 519]


@pytest.mark.calc
def test_an_engine_that_died_is_started_again(in_calc: Callable[..., Any]) -> None:
    seen = in_calc({"typed": ["=KPI_RATE(18;20)"], "kill": True, "then": ["=KPI_FORWARD(200;0.2;500000)"]})
    assert seen["typed"][0][0] == "0.9"
    assert seen["then"] == [["20000000", 0]]


@pytest.mark.calc
def test_an_office_started_in_the_activated_environment(in_calc: Callable[..., Any], calc_with_addin: Any) -> None:
    activated = f"{calc_with_addin.environment / 'bin'}{os.pathsep}{os.defpath}"
    assert in_calc({"typed": ["=KPI_RATE(18;20)"]}, PATH=activated)["typed"] == [["0.9", 0]]


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
    assert "(it answers)" in status(calc_with_addin.environment)
    assert "cannot load the add-in" not in status(calc_with_addin.environment)


@pytest.mark.calc
def test_no_other_python_of_the_environment_sees_what_libreoffice_is_shown(calc_with_addin: Any) -> None:
    python = str(calc_with_addin.environment / "bin" / "python")
    seen = subprocess.run([python, "-c", "import sys; print(sys.path)"], capture_output=True, text=True, check=True)
    (line,) = calc_with_addin.environment.rglob("kpixl-calc.pth")
    shown = ast.literal_eval(line.read_text().partition("extend(")[2].removesuffix(")\n"))
    assert any(Path(folder, "uno.py").is_file() for folder in shown)
    assert not set(shown) & set(ast.literal_eval(seen.stdout))


def test_the_same_version_has_the_same_bytes_on_every_day(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = calc.build(tmp_path / "a").read_bytes()
    monkeypatch.setattr(time, "time", lambda: 2_000_000_000.0)
    monkeypatch.setenv("KPIXL_LANG", "en")
    second = calc.build(tmp_path / "b").read_bytes()
    assert hashlib.sha256(first).digest() == hashlib.sha256(second).digest()


def test_the_texts_of_both_languages_are_in_the_file(tmp_path: Path) -> None:
    with zipfile.ZipFile(calc.build(tmp_path)) as package:
        root = etree.fromstring(package.read("CalcAddIns.xcu"))
        declared = package.read("kpixl.idl").decode()
    name = "{http://openoffice.org/2001/registry}name"
    lang = "{http://www.w3.org/XML/1998/namespace}lang"
    (pace,) = (node for node in root.iter("node") if node.get(name) == "KPI_PACE")
    (described,) = (prop for prop in pace.findall("prop") if prop.get(name) == "Description")
    spoken = {value.get(lang): value.text for value in described}
    assert spoken["en-US"] == boundary.REGISTRY["KPI_PACE"].summary("en")
    assert spoken["ja"] == boundary.REGISTRY["KPI_PACE"].summary("ja")
    assert "KPI_RATE([in] any successes, [in] any trials, [in] any confidence)" in declared


@pytest.mark.parametrize("source", sorted(_INSIDE.glob("*.py")), ids=lambda path: path.name)
def test_what_runs_inside_is_read_by_the_python_of_libreoffice_7_4(source: Path) -> None:
    ast.parse(source.read_text(encoding="utf-8"), feature_version=(3, 8))


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
    monkeypatch.setattr(calc_install, "_PLACES", ())
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

    def half(path: Path, data: bytes) -> None:
        with path.open("wb") as out:
            out.write(data[: len(data) // 2])
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(path))

    monkeypatch.setattr(Path, "write_bytes", half)
    assert "No space left on device" in refused("build", "--calc", "--out", str(tmp_path))
    assert _files(tmp_path) == {"kpixl.oxt": before}


def test_an_unknown_language(refused: Callable[..., str], tmp_path: Path) -> None:
    said = refused("build", "--calc", "--lang", "fr", "--out", str(tmp_path))
    assert all(word in said for word in ("fr", "ja", "en"))
    assert not list(tmp_path.iterdir())


def test_root(refused: Callable[..., str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _fake_office(tmp_path, monkeypatch, "echo 'ERROR: Cannot run unopkg as root without --shared.' >&2; exit 1")
    assert "takes no personal add-ins for root" in refused("install", "--calc")
