"""The VBA of the add-in, read back by oletools; and what every host asks of names and texts."""

import re
from collections.abc import Callable
from importlib.metadata import distribution
from pathlib import Path

import pytest

from kpixl import __version__, texts
from kpixl.addin import excel, vba
from kpixl.errors import InvalidValue
from udfs.boundary import Function, functions

_CELL = re.compile(r"[A-Z]{1,3}[0-9]{1,7}|R[0-9]*C[0-9]*", re.IGNORECASE)


@pytest.fixture(scope="module")
def read_back(
    vba_modules: Callable[[Path], dict[str, str]], tmp_path_factory: pytest.TempPathFactory
) -> dict[str, str]:
    """The modules of a built add-in by name."""
    return vba_modules(excel.build(tmp_path_factory.mktemp("addin"), "ja"))


def test_an_independent_parser_reads_what_was_written(read_back: dict[str, str]) -> None:
    written = vba.modules()
    assert set(read_back) == {"ThisWorkbook", "Sheet1", *written}
    assert set(written) == {"xlwings", "kpixl_core", "kpixl_ribbon", "kpixl_udfs"}
    for name, source in written.items():
        assert read_back[name].rstrip("\r\n") == source.rstrip("\r\n"), name


def test_the_module_of_xlwings_keeps_its_licence_and_is_of_the_installed_version(read_back: dict[str, str]) -> None:
    source = read_back["xlwings"]
    assert "'xlwings is distributed under a BSD 3-clause license." in source
    assert "'Copyright (C) 2014-present, Zoomer Analytics LLC." in source
    assert "'Redistribution and use in source and binary forms" in source
    assert vba.xlwings_version() == distribution("xlwings").version
    assert f'XLPyDLLName As String = "xlwings64-{vba.xlwings_version()}.dll"' in source


def test_settings_never_come_from_the_workbook_in_front(read_back: dict[str, str]) -> None:
    """A workbook that somebody sends could name a program to run."""
    code = [line for line in read_back["xlwings"].splitlines() if not line.lstrip().startswith("'")]
    assert not [line for line in code if re.search("Workbook|Sheet|RunPython", line.replace("wb As Workbook", ""))]
    assert 'Public Const PROJECT_NAME As String = "kpixl"' in code


def test_of_xlwings_only_what_starts_python_is_there(read_back: dict[str, str]) -> None:
    """What is kept calls nothing that is left out."""
    installed = Path(str(distribution("xlwings").locate_file("xlwings/xlwings_custom_addin.bas"))).read_text()
    procedure = re.compile(r"^(?:Public |Private )?(?:Function|Sub) (\w+)", re.MULTILINE)
    kept, left = set(procedure.findall(read_back["xlwings"])), set(procedure.findall(installed))
    assert {"XLPy", "KillPy", "GetConfig"} <= kept <= left
    code = "\n".join(line for line in read_back["xlwings"].splitlines() if not line.lstrip().startswith("'"))
    assert not {name for name in left - kept if re.search(rf"\b{name}\(|\b{name}$", code, re.MULTILINE)}


def test_nothing_of_a_sheet_is_given_to_exec(read_back: dict[str, str]) -> None:
    given = [line.strip() for source in read_back.values() for line in source.splitlines() if ".Exec" in line]
    assert given == [
        f"mPython.Exec \"import os; os.environ['KPIXL_LANG'] = '{language}'\"" for language in ("en", "ja")
    ]


def test_every_function_has_a_wrapper(read_back: dict[str, str]) -> None:
    declared = re.findall(r"^Public Function (\w+)\((.*)\) As Variant", read_back["kpixl_udfs"], re.MULTILINE)
    assert dict(declared)["KPI_BACKSOLVE"] == "goal, unit_value, rates, Optional existing, Optional rounding"
    assert [name for name, _ in declared] == [one.name for one in functions()]


@pytest.mark.parametrize("function", functions(), ids=lambda function: function.name)
def test_names_and_texts_suit_every_host(function: Function) -> None:
    assert re.fullmatch(r"[A-Z][A-Z0-9_]{0,30}", function.name)
    assert not _CELL.fullmatch(function.name)
    seen = [argument.required for argument in function.arguments]
    assert seen == sorted(seen, reverse=True), "VBA takes no required argument behind an optional one"
    for argument in function.arguments:
        assert re.fullmatch(r"[a-z][a-z_]{0,30}", argument.name)
    assert len({argument.name for argument in function.arguments}) == len(function.arguments) <= 20
    for language in texts.LANGUAGES:
        shown = [function.summary(language), *(function.doc(one.name, language) for one in function.arguments)]
        assert all(0 < len(text) <= vba.DESCRIPTION_LENGTH and "\n" not in text for text in shown), language
    assert len(function.usage()) <= vba.DESCRIPTION_LENGTH


def test_no_line_is_longer_than_vba_takes() -> None:
    for name, source in vba.modules().items():
        assert source.isascii(), name
        assert max(map(len, source.split("\r\n"))) <= 1023, name


def test_an_xlwings_without_its_module(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(vba, "find_spec", lambda name: None)
    with pytest.raises(InvalidValue) as refused, texts.speaking("en"):
        vba.modules()
    assert str(refused.value) == texts.say("errors.addin_xlwings")
    assert "pip install --upgrade xlwings" in str(refused.value)
    with pytest.raises(InvalidValue):
        excel.build(tmp_path / "new", "ja")
    assert not (tmp_path / "new").exists()


def test_the_version_is_found_again(tmp_path: Path) -> None:
    assert excel.version(excel.build(tmp_path, "en")) == __version__
