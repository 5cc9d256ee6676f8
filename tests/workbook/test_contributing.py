"""A sheet, a column, an event and a language are added by touching only what CONTRIBUTING.md says."""

import json
import os
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

_ROOT = Path(__file__).parents[2]
_SHEET = """
from kpixl.texts import say
from kpixl.workbook.blocks import Column, Sheet, Table
from kpixl.workbook.layout import over, titled
from kpixl.workbook.state import State


def sheet(state: State) -> Sheet:
    table = Table("B6", "kpixl_trial", (Column("trial_name", "strong", typed=True),), [(None,)] * 2, typed=True)
    blocks = (*titled(say("sheet.trial"), say("trial.lead")), over(table, say("trial.section")))
    return Sheet(say("sheet.trial"), blocks=blocks, tables=(table,))
"""
_TRY = """
import datetime as dt, sys
from pathlib import Path
import kpixl
from kpixl.plan import event_names, read_template
from kpixl.workbook.books import Book
from kpixl.workbook.check import check_book
from kpixl.workbook.planbook import build
from kpixl.workbook.refresh import refresh
from kpixl.workbook.report import write_report
from kpixl.workbook.schema import heading_of
from kpixl.workbook.state import new_state

assert Path(kpixl.__file__).is_relative_to(Path.cwd())
old, new, day = Path(sys.argv[1]), Path(sys.argv[2]), dt.date(2026, 9, 18)
print("\\n".join(refresh(old, as_of=day).migrated))
assert refresh(old, as_of=day).receipt.changed == ()
build(new_state(read_template("inside_sales", language="zh", start=dt.date(2026, 9, 1))), new)
refresh(new, as_of=day)
check_book(new)
write_report(new, dt.date(2026, 9, 1), new.parent)
with Book(new) as book, book.speaking():
    assert book.language == "zh"
    assert event_names((), "zh")["trial_event"] == "Trial event"
    print(heading_of("kpixl_team", "month"), heading_of("kpixl_levels", "trial_column"))
    assert "中Trial column" in book.tables["kpixl_levels"].columns
    assert "中Month" in book.tables["kpixl_team"].columns
    assert "kpixl_trial" in book.tables
"""


def _edit(path: Path, *changes: tuple[str, str]) -> None:
    text = path.read_text(encoding="utf-8")
    for old, new in changes:
        assert old in text, (path.name, old)
        text = text.replace(old, new)
    path.write_text(text, encoding="utf-8")


def _merged(first: dict[str, Any], second: dict[str, Any]) -> dict[str, Any]:
    """All keys of the first, with the texts of the second where it has them."""
    return {
        key: _merged(value, second.get(key, {})) if isinstance(value, dict) else second.get(key, value)
        for key, value in first.items()
    }


def _told(texts: dict[str, Any], *above: str) -> Iterator[str]:
    if above:
        yield f"[{'.'.join(map(json.dumps, above))}]"
    for key, value in texts.items():
        if not isinstance(value, dict):
            yield f"{json.dumps(key)} = {json.dumps(value, ensure_ascii=False)}"
    for key, value in texts.items():
        if isinstance(value, dict):
            yield from _told(value, *above, key)


@pytest.fixture
def tried(tmp_path: Path) -> Path:
    """A copy of kpixl with one of each added as CONTRIBUTING.md says."""
    for package in ("kpixl", "udfs", "templates"):
        shutil.copytree(_ROOT / package, tmp_path / package, ignore=shutil.ignore_patterns("__pycache__"))
    kpixl = tmp_path / "kpixl"
    (kpixl / "workbook/sheets/trial.py").write_text(_SHEET, encoding="utf-8")
    _edit(kpixl / "workbook/sheets/__init__.py", ("    tree,\n", "    tree,\n    trial,\n"))
    field = '(Column("trial_column", width=9, typed=True), lambda level: None)'
    _edit(kpixl / "workbook/sheets/settings.py", ('(factor, "factor"),', f'(factor, "factor"), {field},'))
    _edit(kpixl / "workbook/added.py", ("_COLUMNS = {\n", '_COLUMNS = {\n    "kpixl_levels": ("trial_column",),\n'))
    _edit(kpixl / "actuals/events.py", ("EVENTS = (\n", 'EVENTS = (\n    "trial_event",\n'))
    for language in ("ja", "en"):
        _edit(
            kpixl / f"locale/{language}.toml",
            ("\n[sheet]\n", '\n[trial]\nlead = "Trial"\nsection = "Trials"\n\n[sheet]\ntrial = "Trial"\n'),
            ("\n[heading]\n", '\n[heading]\ntrial_name = "Trial name"\ntrial_column = "Trial column"\n'),
            ("\n[event]\n", '\n[event]\ntrial_event = "Trial event"\n'),
        )
    words = [tomllib.loads((kpixl / f"locale/{code}.toml").read_text(encoding="utf-8")) for code in ("ja", "en")]
    made = _merged(*words)
    made["heading"] = {key: f"中{text}" for key, text in made["heading"].items()}
    (kpixl / "locale/zh.toml").write_text("\n".join(_told(made)), encoding="utf-8")
    _edit(kpixl / "texts.py", ('LANGUAGES = ("ja", "en")', 'LANGUAGES = ("ja", "en", "zh")'))
    _edit(
        kpixl / "workbook/style.py",
        (
            '    "en": {"font_name": "Arial", "font_scheme": "none"},\n',
            '    "en": {"font_name": "Arial", "font_scheme": "none"},\n    "zh": {"font_name": "DengXian"},\n',
        ),
    )
    return tmp_path


def test_a_trial_of_each_works_and_an_older_plan_gets_it(tried: Path, small_book: Callable[..., Path]) -> None:
    command = [sys.executable, "-W", "error", "-c", _TRY, str(small_book()), str(tried / "new.xlsx")]
    done = subprocess.run(
        command, cwd=tried, env=os.environ | {"PYTHONPATH": str(tried)}, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr[-3000:]
    assert "シートを追加：Trial" in done.stdout
    assert "Trial column" in done.stdout
