"""The add-in of LibreOffice Calc, installed by the command into a throw-away profile, beside `kpixl call`."""

import ast
import hashlib
import json
import os
import shutil
import subprocess
import time
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import openpyxl
import pytest
import xlsxwriter
from lxml import etree

from kpixl import texts
from kpixl.addin import calc
from udfs import boundary

_OFFICE = Path(__file__).with_name("office.py")
_INSIDE = Path(calc.__file__).parent / "oxt"
_DESKTOPS = {"en": "en_US.UTF-8", "ja": "ja_JP.UTF-8"}
_SENTENCES = {
    "ja": "KPI_BACKSOLVE: 目標は0以上の数にしてください（入力：-1）。",
    "en": "KPI_BACKSOLVE: The goal must be 0 or more. Given: -1.",
}
_WIZARD = {
    "ja": ("標準進捗（今日までに達成しているべき量）を営業日で計算します。", ["目標", "期間全体の目標"]),
    "en": (
        "What should be reached by now: the part of the target that the business days so far stand for.",
        ["target", "Target of the whole period."],
    ),
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


def _asked() -> list[boundary.Function]:
    return [described for described in boundary.functions() if described.name != "KPIXL_LASTERROR"]


def _answers() -> list[list[list[Any]]]:
    return [_expected(described.name, _arguments(described.example())) for described in _asked()]


@pytest.fixture(scope="module", params=["en", "ja"])
def shown(request: pytest.FixtureRequest, in_calc: Callable[..., Any]) -> tuple[str, dict[str, Any]]:
    """What a LibreOffice of that language shows of every example, of a mistake and in its wizard."""
    language = request.param
    with texts.speaking(language):
        answers = _answers()
    formulas = [
        [_cells_in_calc(described.example()), len(rows), len(rows[0])]
        for described, rows in zip(_asked(), answers, strict=True)
    ]
    typed = ["=KPIXL_LASTERROR()", "=KPI_BACKSOLVE(-1;1;0.2)"]
    return language, in_calc({"typed": typed, "arrays": formulas, "wizard": True}, LANG=_DESKTOPS[language])


@pytest.mark.calc
def test_every_example_in_calc_is_what_the_shell_answers(shown: tuple[str, dict[str, Any]]) -> None:
    language, seen = shown
    assert len(seen["arrays"]) == 34
    with texts.speaking(language):
        for described, rows, cells in zip(_asked(), _answers(), seen["arrays"], strict=True):
            _must_be_the_same(rows, cells, described)


@pytest.mark.calc
def test_the_wizard_shows_every_function_with_its_texts(shown: tuple[str, dict[str, Any]]) -> None:
    language, seen = shown
    wizard = seen["wizard"]
    assert (wizard["KPI_PACE"][0], wizard["KPI_PACE"][1][0]) == _WIZARD[language]
    assert wizard == {
        described.name: [
            described.summary(language),
            [[each.label(language), described.doc(each.name, language)] for each in described.arguments],
        ]
        for described in boundary.functions()
    }


@pytest.mark.calc
def test_a_mistake_is_a_real_error_whose_reason_follows_in_its_cell(shown: tuple[str, dict[str, Any]]) -> None:
    language, seen = shown
    assert seen["typed"] == [[_SENTENCES[language], 0], ["#VALUE!", 519]]


@pytest.mark.calc
@pytest.mark.parametrize("language", ["en", "ja"])
def test_a_workbook_with_every_function_recalculated_is_what_the_shell_answers(
    recalculate_with_addin: Callable[[Path], Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, language: str
) -> None:
    monkeypatch.setenv("KPIXL_LANG", language)
    asked, expected = _asked(), _answers()
    with xlsxwriter.Workbook(tmp_path / "every.xlsx") as book:
        for described, rows in zip(asked, expected, strict=True):
            last = (len(rows) - 1, len(rows[0]) - 1)
            sheet = book.add_worksheet(described.name)
            sheet.write_dynamic_array_formula(0, 0, *last, f"={described.example()}", None, "not computed")
    seen = openpyxl.load_workbook(recalculate_with_addin(tmp_path / "every.xlsx"), data_only=True)
    assert len(seen.worksheets) == 34
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
