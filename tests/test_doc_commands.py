"""Every command of the documentation is run, or stands here with the reason why not and what tries it instead.

A page runs in a folder of its own with a plan and some exports, as its reader types it. Its twin in the other language
has the same commands, so one of them is run. Commands within a sentence are at least such as kpixl knows.
"""

import re
import shlex
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
import typer

from kpixl.cli import main
from kpixl.commands import app

ROOT = Path(__file__).parents[1]
PAGES = sorted(
    page.relative_to(ROOT).as_posix()
    for page in (*ROOT.glob("*.md"), *ROOT.glob("docs/*.md"), *ROOT.glob("docs/tools/*.md"))
    if not page.name.endswith(".ja.md")
)
_KINDS = {"bat", "csv", "powershell", "python", "sh", "text", "toml", "vba"}
_SHELLS = ("bat", "powershell", "sh")
_FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_FINDINGS = ("check", "doctor", "status")  # end with 1 where there is something to tell

# by the beginning of a command: why it is not run here
_NOT_RUN = {
    "pip install": "changes this Python; .ci/run installs kpixl so",
    "py -m pip": "changes a Python, on Windows",
    "python3 -m pip": "changes a Python",
    "py -m kpixl demo": "takes a minute; tests/workbook/conftest.py makes the demo",
    "python3 -m kpixl demo": "takes a minute; tests/workbook/conftest.py makes the demo",
    "kpixl demo": "takes a minute; tests/workbook/conftest.py makes the demo",
    "kpixl addin install": "needs Excel or LibreOffice; tests/addin/test_calc_install.py and test_wine.py",
    "winget": "needs Windows",
    "certutil": "needs Windows",
    "New-Item": "needs PowerShell",
    "brew": "needs a Mac",
    "uv ": "puts kpixl on the machine",
    "python -m venv": ".ci/run makes one so",
    "source": ".ci/run makes one so",
    "pytest": "is running",
    "ruff": "a stage of .ci/run",
    "mypy": "a stage of .ci/run",
    "lint-imports": "a stage of .ci/run",
    "exit": "of a file of Windows' commands",
}
_SENDS = "--notify"  # needs a server: tests/test_status.py has one

# what stands for a name that the reader puts in, and the folders and files of one language
_GIVEN = {
    "FILE...": "export.csv",
    "ファイル...": "export.csv",
    "FILE": "export.csv",
    "ファイル": "export.csv",
    "FOLDER": ".",
    "DIR": ".",
    "フォルダー": ".",
    "書き出し": "exports",
    "計画.xlsx": "plan.xlsx",
    "アンケート.csv": "survey.csv",
    r"C:\営業\計画.xlsx": r"C:\Sales\plan.xlsx",
    "mailto://ユーザー:パスワード@example.com?to=部長@example.com": "mailto://user:password@example.com?to=boss@example.com",
}
_EXPORT = """日付,担当者,架電数,受注数,受注金額
2025-04-03,佐藤,42,0,
2026-03-20,鈴木,38,1,"1,200,000円"
"""
_MAPPING = """[files.log]
match = "*.csv"

[[events]]
file = "log"
event = "call"
occurred_at = "日付"
member = "担当者"
count = "架電数"

[[events]]
file = "log"
event = "won"
occurred_at = "日付"
member = "担当者"
count = "受注数"
amount = "受注金額"
"""


def _text(page: str) -> str:
    return (ROOT / page).read_text(encoding="utf-8")


def _commands(page: str) -> list[list[str]]:
    """Return the commands of a page in their order, as words; of a chain or a pipe each for itself."""
    commands = []
    for kind, block in _FENCE.findall(_text(page)):
        for line in block.splitlines() if kind in _SHELLS else ():
            words = shlex.shlex(line, posix=True, punctuation_chars="&|")
            words.whitespace_split, words.escape = True, ""
            parts: list[list[str]] = [[]]
            for word in words:
                if set(word) <= set("&|"):
                    parts.append([])
                else:
                    parts[-1].append(_GIVEN.get(word, word))
            commands += [part for part in parts if part]
    return commands


def _why_not(words: list[str]) -> str:
    line = " ".join(words)
    if _SENDS in words:
        return "needs a server: tests/test_status.py has one"
    if re.search(r"[A-Z]:\\", line):
        return "has a path of Windows"
    if words[0] == "Out-File":
        return "needs PowerShell"
    return next((why for start, why in _NOT_RUN.items() if line.startswith(start)), "")


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder as the pages speak of it: a plan, exports of several names, and their mappings."""
    folder = tmp_path_factory.mktemp("prepared")
    with pytest.raises(SystemExit):
        main(["new", str(folder / "plan.xlsx"), "--start", "2025-04", "--lang", "ja"])
    for name in ("export.csv", "crm.csv", "exports/june.csv", "calls/june.csv"):
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text(_EXPORT, encoding="utf-8")
    for name in ("crm.toml", "mapping.toml"):
        (folder / name).write_text(_MAPPING, encoding="utf-8")
    return folder


def _paged() -> Iterator[object]:
    for page in PAGES:
        marks = [pytest.mark.calc] if any("--pdf" in words for words in _commands(page)) else []
        if any(words[0] == "kpixl" and not _why_not(words) for words in _commands(page)):
            yield pytest.param(page, marks=marks)


@pytest.mark.parametrize("page", [*_paged()])
def test_the_commands_of_a_page_work(
    page: str, prepared: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = shutil.copytree(prepared, tmp_path / "here")
    monkeypatch.chdir(folder)
    monkeypatch.setenv("HOME", str(tmp_path))
    (tmp_path / ".config" / "fish" / "completions").mkdir(parents=True)
    for kind, block in _FENCE.findall(_text(page)):
        if kind == "csv":  # what a page of docs/tools imports
            (command,) = _commands(page)
            (folder / command[-1]).write_text(block, encoding="utf-8")
    for words in _commands(page):
        if _why_not(words):
            continue
        assert words[0] == "kpixl", f"{page}: run {words[0]}, or say in _NOT_RUN why not"
        if words[1] == "new":
            Path(words[2]).unlink(missing_ok=True)
        typed, into = _redirected(words[1:])
        typed += ["--dry-run"] if page.startswith("docs/tools/") else []  # the numbers: test_tool_pages.py
        with pytest.raises(SystemExit) as ended:
            main(typed)
        said = capsys.readouterr()
        assert ended.value.code in ((0, 1) if typed[0] in _FINDINGS else (0,)), (words, said.err)
        if into is not None:
            into.write_text(said.out, encoding="utf-8")


def _redirected(words: list[str]) -> tuple[list[str], Path | None]:
    """Split off the file that the output goes to."""
    for sign in (">", ">>"):
        if sign in words:
            at = words.index(sign)
            return words[:at], Path(words[at + 1]).expanduser()
    return words, None


@pytest.mark.parametrize("page", [page for page in PAGES if (ROOT / page.replace(".md", ".ja.md")).is_file()])
def test_both_languages_have_the_same_commands(page: str) -> None:
    assert _commands(page) == _commands(page.replace(".md", ".ja.md"))


@pytest.mark.parametrize("page", [*PAGES, *(page.replace(".md", ".ja.md") for page in PAGES)])
def test_a_block_says_what_it_is(page: str) -> None:
    if (ROOT / page).is_file():
        assert {kind for kind, _ in _FENCE.findall(_text(page))} <= _KINDS


def test_what_is_not_run_is_written_somewhere() -> None:
    lines = [" ".join(words) for page in PAGES for words in _commands(page)]
    assert [start for start in _NOT_RUN if not any(line.startswith(start) for line in lines)] == []


@pytest.mark.parametrize("page", [*PAGES, *(page.replace(".md", ".ja.md") for page in PAGES)])
def test_a_command_within_a_sentence_is_one_of_kpixls(page: str) -> None:
    text = _FENCE.sub("", _text(page)) if (ROOT / page).is_file() else ""
    known = typer.main.get_command(app)
    for span in re.findall(r"`kpixl ([a-z][^`]*)`", text):
        name, *words = shlex.split(span.replace("…", ""), comments=True)
        assert name in known.commands, span
        command = known.commands[name]
        if words and hasattr(command, "commands"):
            command = command.commands.get(words[0], command)
        options = {name for param in command.params for name in param.opts} | {"--help", "--lang", "--version"}
        assert [word for word in words if word.startswith("--") and word.partition("=")[0] not in options] == [], span
