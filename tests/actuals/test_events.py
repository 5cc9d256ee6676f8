"""An event is registered once, and everything that has to know it does."""

import datetime as dt
import re
from collections.abc import Callable
from pathlib import Path

import pytest

from kpixl import texts
from kpixl.actuals import EVENTS, import_events, read_mapping
from kpixl.actuals.events import CANCELLED, WON
from kpixl.plan import Plan, Stage, event_names
from kpixl.plan.names import require_distinct, require_fit
from kpixl.workbook.books import Book
from kpixl.workbook.planbook import build
from kpixl.workbook.refresh import read_state, refresh
from kpixl.workbook.state import new_state

_DOCS = Path(__file__).parents[2] / "docs"
_MAPPING = """
source = "crm"
[files.log]
match = "*.csv"
[[events]]
event = { column = "event" }
occurred_at = "when"
member = "who"
channel = "channel"
id = "id"
"""
_LONGEST = 20  # what a column of a sheet has room for


@pytest.mark.parametrize("language", texts.LANGUAGES)
def test_every_event_has_a_name_that_a_spreadsheet_finds(language: str) -> None:
    names = texts.section("event", language)
    assert list(names) == list(EVENTS)
    require_fit("stage", list(names.values()))
    require_distinct("stage", list(names.values()))
    assert [name for name in names.values() if len(name) > _LONGEST] == []


@pytest.mark.parametrize("language", texts.LANGUAGES)
def test_what_the_demo_exports_are_events_by_short_names(language: str) -> None:
    names = texts.section("demo.events", language)
    assert set(names) <= set(EVENTS)
    assert [name for name in names.values() if len(name) > _LONGEST] == []


@pytest.mark.parametrize(("page", "beginning"), [("import.md", "The events are"), ("import.ja.md", "イベントは")])
def test_the_docs_list_every_event(page: str, beginning: str) -> None:
    text = (_DOCS / page).read_text(encoding="utf-8")
    sentence = re.search(rf"^{beginning}(.*?)(?:\.|です。)", text, re.MULTILINE | re.DOTALL)
    assert sentence is not None
    assert re.findall(r"`(\w+)`", sentence[1]) == list(EVENTS)


def test_an_export_may_say_every_event(small_plan: Callable[..., Plan], tmp_path: Path) -> None:
    """Each is counted, written into the workbook by its name, and read back; a cancelled order counts against one."""
    (tmp_path / "map.toml").write_text(_MAPPING, encoding="utf-8")
    rows = "".join(f"2026-09-02,{event},佐藤,Web,{place}\n" for place, event in enumerate(EVENTS))
    (tmp_path / "log.csv").write_text(f"when,event,who,channel,id\n{rows}", encoding="utf-8")
    stages = (Stage("lead", "リード"), Stage("meeting", "訪問"), Stage("appointment", "商談"), Stage("won", "受注"))
    build(new_state(small_plan(stages=stages)), tmp_path / "plan.xlsx")
    imported = import_events([tmp_path / "log.csv"], read_mapping(tmp_path / "map.toml"))
    refresh(tmp_path / "plan.xlsx", imported=imported, as_of=dt.date(2026, 9, 18))
    with Book(tmp_path / "plan.xlsx") as book, texts.speaking("ja"):
        facts = read_state(book).facts
    counted = facts.groupby("event")["count"].sum().to_dict()
    assert counted == {event: 1 for event in EVENTS if event not in (WON, CANCELLED)} | {WON: 0}


def test_a_stage_with_the_name_of_another_event_takes_it_away() -> None:
    names = event_names((Stage("meeting", "訪問"), Stage("won", "受注")), "ja")
    assert (names["meeting"], names["visit"], names["won"]) == ("訪問", "訪問 (visit)", "受注")
    require_distinct("stage", list(names.values()))
