"""kpixl.xlam: its package, and its functions in an Excel in memory: the shipped VBA and xlwings' own server run."""

import datetime as dt
import hashlib
import io
import os
import re
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
import xlsxwriter
from lxml import etree
from openxml_audit import OpenXmlValidator
from python_calamine import CalamineWorkbook

from kpixl import texts
from kpixl.addin import excel
from kpixl.errors import InvalidValue
from tests.addin.conftest import Host
from udfs.boundary import REGISTRY

_VALUE, _NUM, _NA, _DIV0 = "Error 2015", "Error 2036", "Error 2042", "Error 2007"
_BUG = (
    "import dataclasses; from udfs.boundary import REGISTRY; "
    "REGISTRY['KPI_NUMBER'] = dataclasses.replace(REGISTRY['KPI_NUMBER'], adapter=lambda **given: 1 / 0)"
)


def _profile(host: Host, folder: Path, python: str) -> str:
    """Make the folder of a user whose settings name that Python."""
    (folder / ".kpixl").mkdir()
    (folder / ".kpixl" / "kpixl.conf").write_text(f'"INTERPRETER_WIN","{python}"\r\n')
    return host.path(folder)


def _with_sheet(addin: Path, changed: Path, old: str, new: str) -> Path:
    """Copy the add-in with other texts on its sheet."""
    with zipfile.ZipFile(addin) as package:
        parts = {name: package.read(name) for name in package.namelist()}
    (sheet,) = (name for name in parts if name.endswith("sheet1.xml"))
    assert parts[sheet].count(old.encode()) == 1
    parts[sheet] = parts[sheet].replace(old.encode(), new.encode())
    with zipfile.ZipFile(changed, "w") as package:
        for name, data in parts.items():
            package.writestr(name, data)
    return changed


def test_the_same_build_is_the_same_bytes(addins: dict[str, Path], tmp_path: Path) -> None:
    script = "import sys; from pathlib import Path; from kpixl.addin.excel import build; build(Path(sys.argv[1]), 'ja')"
    subprocess.run([sys.executable, "-c", script, str(tmp_path)], check=True, env={**os.environ, "PYTHONHASHSEED": "7"})
    first, second = (hashlib.sha256(path.read_bytes()).hexdigest() for path in (addins["ja"], tmp_path / excel.FILE))
    assert first == second


def test_the_package_keeps_to_the_standard(addins: dict[str, Path]) -> None:
    for path in addins.values():
        checked = OpenXmlValidator().validate(path)
        assert checked.is_valid, [str(error) for error in checked.errors]


def test_an_independent_reader_opens_the_sheet(addins: dict[str, Path]) -> None:
    book = CalamineWorkbook.from_filelike(io.BytesIO(addins["ja"].read_bytes()))
    assert book.sheet_names == ["kpixl.conf"]
    rows = book.get_sheet_by_name("kpixl.conf").to_python()
    assert rows[0][:2] == ["language", "ja"]
    assert {row[0] for row in rows} == {"language", *texts.section("excel.vba", "ja"), *REGISTRY}


@pytest.mark.parametrize(
    ("language", "labels"),
    [("ja", ["更新", "月次レポート", "点検", "ヘルプ"]), ("en", ["Refresh", "Monthly report", "Check", "Help"])],
)
def test_the_ribbon_speaks_the_language(addins: dict[str, Path], language: str, labels: list[str]) -> None:
    with zipfile.ZipFile(addins[language]) as package:
        links = etree.fromstring(package.read("_rels/.rels"))
        (target,) = (link.get("Target") for link in links if link.get("Type").endswith("/ui/extensibility"))
        ribbon = etree.fromstring(package.read(target))
    spaces = {"c": "http://schemas.microsoft.com/office/2006/01/customui"}
    assert ribbon.xpath("//c:tab/@label", namespaces=spaces) == ["kpixl"]
    assert ribbon.xpath("//c:button/@label", namespaces=spaces) == labels
    macros = ribbon.xpath("//c:button/@onAction", namespaces=spaces)
    assert macros == ["KpixlRefresh", "KpixlReport", "KpixlCheck", "KpixlHelp"]


def test_an_unknown_language(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KPIXL_LANG", "en")
    with pytest.raises(InvalidValue) as refused:
        excel.build(tmp_path / "new", "fr")
    assert str(refused.value) == "There is no add-in in the language fr. Give one of ja, en."
    assert not (tmp_path / "new").exists()


def test_numbers_ranges_and_spill(ask: Host) -> None:
    """5,000万, 200万, {20%, 80%, 30%} need 525, 105, 84, 25; a row answers a row."""
    told = ask(
        {
            "values": {"A1": 5e7, "B1": "200万円", "A3": 0.2, "B3": "80%", "C3": 0.3, "A5": 0.2, "A6": 0.8, "A7": 0.3},
            "formulas": {
                "F1": "=KPI_BACKSOLVE(A1,B1,A3:C3)",
                "K1": "=KPI_BACKSOLVE(A1,B1,A5:A7)",
                "M1": '=SUM(KPI_BACKSOLVE(100000000,"100万円",20%))',
                "M2": "=KPI_BACKSOLVE(A1,B1,{0.2,0.8,0.3})",
            },
            "read": ["F1", "G1", "H1", "I1", "K1", "K2", "K3", "K4", "M1", "M2", "P2"],
        }
    )
    needed = [525.0, 105.0, 84.0, 25.0]
    assert told["shown"] == [*needed, *needed, 600.0, 525.0, 25.0]


def test_blanks_and_omitted_arguments(ask: Host) -> None:
    """With nothing secured 100 orders are needed; a blank cell, a skipped and a left-out argument all mean that."""
    shown = ask(
        {
            "values": {"A1": 1e8, "B1": 1e6, "C1": 0.2},
            "formulas": {
                "F1": "=KPI_BACKSOLVE(A1,B1,C1,Z9)",
                "G1": '=KPI_BACKSOLVE(A1,B1,C1,,"end")',
                "H1": "=KPI_BACKSOLVE(A1,B1,C1)",
                "I1": "=KPI_BACKSOLVE(A1,Z9,C1)",
                "J1": "=KPI_BACKSOLVE(A1,B1)",
            },
            "read": ["F2", "G2", "H2", "I1", "J1"],
        }
    )["shown"]
    assert shown == [100.0, 100.0, 100.0, _VALUE, _VALUE]


def test_dates(ask: Host) -> None:
    """September 2026 has 19 business days in Japan, 14 of them up to the 18th; 46266 is 2026-09-01."""
    shown = ask(
        {
            "values": {"A1": 46266, "B1": "2026/9/30", "C1": 46283},
            "formats": {"A1": "yyyy-mm-dd"},
            "formulas": {"D1": "=KPI_PACE(1,A1,B1,C1)", "E1": '=KPI_DATE("令和8年9月1日")'},
            "read": ["D1", "E1"],
        }
    )["shown"]
    assert shown == [pytest.approx(14 / 19), 46266.0]


def test_errors_in_and_out(ask: Host) -> None:
    """An error goes through as itself; a mistake is a real error that IFERROR catches, with its reason."""
    shown = ask(
        {
            "formulas": {
                "A1": "=1/0",
                "B1": "=KPI_NUMBER(A1)",
                "C1": "=KPI_NUMBER(NA())",
                "D1": "=IFERROR(KPI_RATE(5,2),99)",
                "E1": "=KPI_RATE(0,0)",
                "F1": '=FUNNEL_RATES({100,20;30,"x"})',
            },
            "read": ["B1", "C1", "D1", "E1", "F1"],
        },
        {"formulas": {"H1": "=KPI_BACKSOLVE(1,1,5)"}, "read": ["H1"]},
        {"formulas": {"I1": "=KPIXL_LASTERROR()"}, "read": ["I1"]},
    )["shown"]
    assert shown[:4] == [_DIV0, _NA, 99.0, _DIV0]
    assert shown[4:6] == [_VALUE, _VALUE]
    assert shown[6].startswith("KPI_BACKSOLVE: Rate number 1 is 5.")


def test_the_reason_is_in_the_language_of_the_addin(ask: Host) -> None:
    steps = [{"formulas": {"A1": '=KPI_NUMBER("abc")'}, "read": ["A1"]}, {"formulas": {"A2": "=KPIXL_LASTERROR()"}}]
    english, japanese = (ask(*steps, {"read": ["A2"]}, language=language)["shown"][1] for language in ("en", "ja"))
    assert "cannot be read as a number" in english
    assert "「abc」は数として読めません" in japanese


def test_a_bug_in_a_function(ask: Host) -> None:
    shown = ask(
        {"python": _BUG, "formulas": {"A1": "=KPI_NUMBER(1)"}, "read": ["A1"]},
        {"formulas": {"A2": "=KPIXL_LASTERROR()"}, "read": ["A2"]},
    )["shown"]
    assert shown[0] == _VALUE
    assert "a bug in kpixl" in shown[1]


def test_a_python_that_cannot_load_kpixl(ask: Host) -> None:
    ask.close()  # the next one has loaded nothing yet
    shown = ask(
        {"python": "import sys; sys.modules['numpy'] = None", "formulas": {"A1": "=KPI_NUMBER(1)"}, "read": ["A1"]},
        {"formulas": {"A2": "=KPIXL_LASTERROR()"}, "read": ["A2"]},
    )["shown"]
    assert shown[0] == _VALUE
    assert "import of numpy halted" in shown[1]


def test_a_server_that_died_is_started_again(ask: Host) -> None:
    told = ask(
        {"formulas": {"A1": "=KPI_NUMBER(1)"}, "read": ["A1"]},
        {"kill": True, "formulas": {"A2": '=KPI_NUMBER("2万")'}, "read": ["A2"]},
    )
    assert told["shown"] == [1.0, 20000.0]
    assert len(told["commands"]) == 2


def test_python_is_started_once_for_many_formulas(ask: Host) -> None:
    cells = [f"A{row}" for row in range(1, 21)]
    told = ask({"formulas": {cell: f"=KPI_NUMBER({cell[1:]})" for cell in cells}, "read": cells})
    assert told["shown"] == [float(row) for row in range(1, 21)]
    assert len(told["commands"]) == 1


@pytest.mark.parametrize(
    ("language", "told", "reason"),
    [
        ("en", "kpixl: Python does not start.", "KPI_NUMBER: The Python that the add-in uses is gone."),
        ("ja", "kpixl：Pythonを起動できません。", "KPI_NUMBER: アドインが使うPythonが見つかりません。"),
    ],
)
def test_no_python(ask: Host, tmp_path: Path, language: str, told: str, reason: str) -> None:
    """Python was removed; its folder and xlwings' DLL in it may have stayed."""
    shutil.copy(ask.dll, tmp_path)
    python = ask.path(tmp_path / "python.exe")
    cells = {"A1": "=KPI_NUMBER(1)", "A2": "=KPI_NUMBER(2)", "A3": "=KPIXL_LASTERROR()"}
    profile = _profile(ask, tmp_path, python)
    shown = ask({"profile": profile, "formulas": cells, "read": [*cells]}, language=language)["shown"]
    assert shown[0].startswith(told)
    assert shown[1] == shown[0]
    assert shown[2].startswith(reason)
    assert shown[2].endswith(python)


def test_a_python_without_the_dll(ask: Host, tmp_path: Path) -> None:
    (tmp_path / "python.exe").touch()
    cells = {"A1": "=KPI_NUMBER(1)", "A2": "=KPIXL_LASTERROR()"}
    profile = _profile(ask, tmp_path, ask.path(tmp_path / "python.exe"))
    shown = ask({"profile": profile, "formulas": cells, "read": [*cells]})["shown"]
    assert shown[0].startswith("kpixl: Python does not start.")
    assert "Could not load xlwings64-" in shown[1]


@pytest.mark.parametrize("python", ["python.exe", "pythonw", ".\\python.exe", ""])
def test_a_python_without_its_place(ask: Host, tmp_path: Path, python: str) -> None:
    """A bare name is looked for in the current folder too, which is often that of a workbook somebody sent."""
    cells = {"A1": "=KPI_NUMBER(1)", "A2": "=KPIXL_LASTERROR()"}
    told = ask({"profile": _profile(ask, tmp_path, python), "formulas": cells, "read": [*cells]})
    assert told["shown"][1] == "KPI_NUMBER: It is not recorded which Python the add-in uses. Run kpixl addin install."
    assert told["commands"] == []


@pytest.mark.parametrize("code", ["ja'; open('{file}', 'w').close(); '", "en\n', open('{file}', 'w')#", "fr"])
def test_no_text_of_the_sheet_runs_as_code(ask: Host, addins: dict[str, Path], tmp_path: Path, code: str) -> None:
    ran = tmp_path / "ran"
    language = code.format(file=ask.path(ran).replace("\\", "/"))
    addin = _with_sheet(addins["ja"], tmp_path / "kpixl.xlam", ">ja<", f">{language}<")
    told = ask({"formulas": {"A1": "=KPI_NUMBER(1)"}, "read": ["A1"]}, addin=addin)
    assert told["shown"] == [1.0]
    assert not ran.exists()


@pytest.mark.parametrize(
    "setting", ["INTERPRETER_WIN", "INTERPRETER", "PYTHONPATH", "CONDA PATH", "CONDA ENV", "LICENSE_KEY", "UDF MODULES"]
)
def test_no_sheet_and_no_file_beside_a_workbook_says_what_runs(
    ask: Host, addins: dict[str, Path], tmp_path: Path, setting: str
) -> None:
    """Settings of xlwings name a program, a folder of modules or code: no workbook and no folder gives them."""
    keyed = _with_sheet(addins["ja"], tmp_path / "keyed.xlam", *(f">{text}<" for text in ("language", setting)))
    addin = _with_sheet(keyed, tmp_path / "kpixl.xlam", ">ja<", ">evil<")
    (tmp_path / "kpixl.conf").write_text(f'"{setting}","evil"\r\n')
    told = ask({"formulas": {"A1": "=KPI_NUMBER(1)"}, "read": ["A1"]}, addin=addin)
    assert told["shown"] == [1.0]
    (command,) = told["commands"]
    assert "evil" not in command


def test_python_loads_nothing_from_the_current_folder(ask: Host, tmp_path: Path) -> None:
    """It is started by whole paths and with -P, and no name of a workbook is part of the command."""
    (command,) = ask({"formulas": {"A1": "=KPI_NUMBER(1)"}, "read": ["A1"]})["commands"]
    assert re.fullmatch(
        r'\S*\\System32\\cmd\.exe  /K ""[^"]*python\.exe" -B -P -c "import sys, os;import xlwings\.utils;'
        r"xlwings\.utils\.prepare_sys_path\(\\\"false\\\"\);import xlwings; xlwings\.serve\('\$\(CLSID\)'\)\"\"",
        command,
    )


def test_a_python_that_ends_at_once(excel_here: Host, tmp_path: Path) -> None:
    """xlwings' DLL waits for it for two minutes; five times as long, and ten seconds, Excel can be used."""
    (tmp_path / "python.exe").touch(mode=0o644)
    shutil.copy(excel_here.dll, tmp_path)
    broken = _profile(excel_here, tmp_path, excel_here.path(tmp_path / "python.exe"))
    cells = {"A1": "=KPI_NUMBER(1)", "A2": "=KPIXL_LASTERROR()"}
    told = excel_here(
        {"clock": "2026-09-18 12:00:00", "profile": broken, "formulas": cells, "read": [*cells]},
        {"clock": "2026-09-18 12:12:09", "formulas": {"B1": "=KPI_NUMBER(2)"}, "read": ["B1"]},
    )
    assert told["shown"][0] == told["shown"][2]
    assert told["shown"][0].startswith("kpixl: Python does not start.")
    assert "Could not activate Python COM server" in told["shown"][1]
    assert len(told["commands"]) == 1
    told = excel_here(
        {"clock": "2026-09-18 12:00:00", "profile": broken, "formulas": cells, "read": [*cells]},
        {"clock": "2026-09-18 12:12:11", "formulas": {"B1": "=KPI_NUMBER(2)"}, "read": ["B1"]},
    )
    assert len(told["commands"]) == 2


def test_a_whole_column_is_cut_to_the_rows_in_use(ask: Host) -> None:
    rows = {f"A{row}": 1000 / row for row in range(1, 4)}
    told = ask({"values": rows, "formulas": {"C1": "=FUNNEL_RATES(A:A)"}, "read": ["C1", "C2"]})
    assert told["shown"] == [pytest.approx(1 / 2), pytest.approx(2 / 3)]


def test_the_wizard_lists_every_function(ask: Host) -> None:
    described = ask({"run": ["Auto_Open"]}, language="ja")["described"]
    assert described["'kpixl.xlam'!KPI_RATE"][0] == "kpixl"
    assert len(described["'kpixl.xlam'!KPI_RATE"]) == 2 + 3
    assert not described["'kpixl.xlam'!KPI_BACKSOLVE"][1].isascii()
    assert described["'kpixl.xlam'!KPIXL_VERSION"][2:] == []


def test_the_buttons_reach_kpixl_with_the_workbook_in_front(excel_here: Host, tmp_path: Path) -> None:
    """A workbook of somebody else is refused; a plan is refreshed, checked and reported while it is open, unsaved."""
    from kpixl.cli import main

    plan, foreign, month = tmp_path / "計画.xlsx", tmp_path / "foreign.xlsx", f"{dt.date.today():%Y-%m}"
    with xlsxwriter.Workbook(foreign) as book:
        book.add_worksheet()
    documents = excel_here.home / "MyDocuments"
    documents.mkdir()
    with pytest.raises(SystemExit):
        main(["new", str(plan), "--start", month, "--lang", "ja"])
    before = plan.read_bytes()
    popups = excel_here(
        {"open": str(foreign), "run": ["KpixlRefresh", None]},
        {"open": str(plan), "run": ["KpixlRefresh", None]},
        {"run": ["KpixlCheck", None]},
        {"run": ["KpixlRun", "report", "2025-99"]},
        {"run": ["KpixlRun", "report", month]},
        {"cloud": "https://example.sharepoint.com/plans", "run": ["KpixlRun", "report", month]},
    )["popups"]
    assert "not a plan workbook of kpixl" in popups[0]
    assert popups[1].startswith("Refreshed 計画.xlsx")
    assert "計画.xlsx" in popups[2]
    assert "2025-99" in popups[3]
    assert str(tmp_path / f"計画_{month}.xlsx") in popups[4]
    assert str(documents / f"計画_{month}.xlsx") in popups[5]
    reports = [tmp_path / f"計画_{month}.xlsx", documents / f"計画_{month}.xlsx"]
    assert reports[0].read_bytes() == reports[1].read_bytes()
    assert plan.read_bytes() == before


def test_a_live_workbook_brings_the_functions_along(excel_here: Host, tmp_path: Path) -> None:
    """Its own VBA answers, in its language, with the settings on its hidden sheet."""
    from kpixl.cli import main

    plan = tmp_path / "計画.xlsm"
    with pytest.raises(SystemExit):
        main(["new", str(plan), "--lang", "ja"])
    told = excel_here(
        {"formulas": {"A1": '=KPI_BACKSOLVE(50000000,"200万円",{0.2,0.8,0.3})'}, "read": ["A1", "B1", "C1", "D1"]},
        {"formulas": {"A3": '=KPI_NUMBER("abc")'}, "read": ["A3"]},
        {"formulas": {"A4": "=KPIXL_LASTERROR()"}, "read": ["A4"]},
        addin=plan,
    )
    assert told["shown"][:5] == [525.0, 105.0, 84.0, 25.0, _VALUE]
    assert "数" in told["shown"][5]
    assert len(told["commands"]) == 1
