"""`kpixl check` as a user runs it: a table or JSON, exit 0 for a sound plan, 1 for findings, 2 for a mistake."""

import datetime as dt
import json
from collections.abc import Callable
from pathlib import Path

import pytest

from kpixl.cli import main
from kpixl.plan import read_template
from kpixl.plan.sections import template_names
from kpixl.workbook.planbook import build
from kpixl.workbook.state import new_state

_HINT = """extends = "inside_sales"
[goal]
value = 104_000_000
unit_value = 1_000_000
last_year = 104_000_000
"""
_WARNING = 'extends = "inside_sales"\n\n[[csfs]]\nname = "リードの量と質"\n'


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Callable[..., tuple[object, str, str]]:
    """Run `kpixl check` and return its exit code and what it said on either stream."""

    def check(*arguments: object) -> tuple[object, str, str]:
        with pytest.raises(SystemExit) as ended:
            main(["check", *map(str, arguments)])
        said = capsys.readouterr()
        return ended.value.code, said.out, said.err

    return check


@pytest.fixture
def template(tmp_path: Path) -> Callable[[str], Path]:
    """Write a user's own template."""

    def write(text: str) -> Path:
        path = tmp_path / "my.toml"
        path.write_text(text, encoding="utf-8")
        return path

    return write


def test_a_sound_plan_ends_well(run: Callable[..., tuple[object, str, str]], template: Callable[[str], Path]) -> None:
    code, out, _ = run(template('extends = "inside_sales"\n'))
    assert (code, out) == (0, "my.toml：指摘はありません。\n")


def test_findings_are_a_table(run: Callable[..., tuple[object, str, str]], template: Callable[[str], Path]) -> None:
    code, out, _ = run(template(_WARNING))
    assert code == 1
    assert "注意" in out
    assert "my.toml 3行目" in out
    assert "CSFが1個です。" in out
    assert "エラー0件、注意" in out


def test_hints_alone_end_well(run: Callable[..., tuple[object, str, str]], template: Callable[[str], Path]) -> None:
    code, out, _ = run(template(_HINT), "--lang", "en")
    assert code == 0
    assert "0 errors, 0 warnings, 1 hints" in out


def test_json_for_machines(run: Callable[..., tuple[object, str, str]], template: Callable[[str], Path]) -> None:
    code, out, _ = run(template(_HINT), "--json", "--lang", "en")
    assert code == 0
    [found] = json.loads(out)
    assert found.pop("what").endswith("last year's 104,000,000.")
    assert found.pop("right").startswith("Consider")
    assert found == {"severity": "hint", "rule": "kgi_too_low", "file": "my.toml", "line": 3}
    assert json.loads(run(template('extends = "inside_sales"\n'), "--json")[1]) == []


def test_a_template_that_is_no_plan_has_findings(
    run: Callable[..., tuple[object, str, str]], template: Callable[[str], Path]
) -> None:
    code, out, _ = run(template('extends = "inside_sales"\nchanels = 1\n[goal]\nvalue = "x"\n'), "--json")
    assert code == 1
    assert [(one["line"], one["severity"]) for one in json.loads(out)] == [(2, "error"), (3, "error"), (4, "error")]


def test_a_workbook_speaks_its_own_language(run: Callable[..., tuple[object, str, str]], tmp_path: Path) -> None:
    path = tmp_path / "plan.xlsx"
    build(new_state(read_template("inside_sales", language="en", start=dt.date(2025, 4, 1))), path)
    code, out, _ = run(path, "--lang", "ja")
    assert (code, out) == (0, "plan.xlsx: nothing to remark.\n")


@pytest.mark.parametrize("template_name", template_names())
@pytest.mark.parametrize(("language", "said"), [("ja", "：指摘はありません。"), ("en", ": nothing to remark.")])
def test_a_new_plan_is_not_blamed_for_its_samples(
    run: Callable[..., tuple[object, str, str]],
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
    template_name: str,
    language: str,
    said: str,
) -> None:
    """Neither as it comes nor with the goal of somebody who changed nothing else yet."""
    for options in ([], ["--goal", "3億", "--unit-value", "50万"]):
        path = tmp_path / f"plan{len(options)}.xlsx"
        with pytest.raises(SystemExit):
            main(["new", str(path), "--template", template_name, "--start", "2026-04", "--lang", language, *options])
        capsys.readouterr()
        assert run(path) == (0, f"{path.name}{said}\n", "")


@pytest.mark.parametrize(("name", "said"), [("nothing.toml", "nothing.toml"), ("nothing.xlsx", "nothing.xlsx")])
def test_what_is_not_there_is_a_mistake(
    run: Callable[..., tuple[object, str, str]], tmp_path: Path, name: str, said: str
) -> None:
    code, out, err = run(tmp_path / name)
    assert (code, out) == (2, "")
    assert said in err
    assert "Traceback" not in err


def test_new_names_the_lines_of_a_wrong_template(
    capsys: pytest.CaptureFixture[str], template: Callable[[str], Path], tmp_path: Path
) -> None:
    path = template('extends = "inside_sales"\nchanels = 1\n[goal]\nvalue = "x"\nunit_value = 1\n')
    with pytest.raises(SystemExit) as ended:
        main(["new", str(tmp_path / "plan.xlsx"), "--template", str(path)])
    assert ended.value.code == 2
    told = capsys.readouterr().err
    assert "my.toml 2行目" in told
    assert "my.toml 4行目" in told
    assert not (tmp_path / "plan.xlsx").exists()
