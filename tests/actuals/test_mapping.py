"""A mapping is read, or refused with the file, the place, what was found and what would be right."""

from pathlib import Path

import pytest

from kpixl import texts
from kpixl.actuals.events import EVENTS
from kpixl.actuals.mapping import Join, read_mapping
from kpixl.errors import InvalidPlan, UnreadableData

_FILES = '[files.leads]\nmatch = "leads*.csv"\n[files.deals]\njoin = { leads = ["lead", "ID"] }\n'
_WON = '[[events]]\nevent = "won"\nfile = "deals"\noccurred_at = "受注日"\n'


def _refusal(tmp_path: Path, text: str) -> str:
    path = tmp_path / "crm.toml"
    path.write_text(text, encoding="utf-8")
    with texts.speaking("en"), pytest.raises(InvalidPlan, match=r"crm\.toml") as refused:
        read_mapping(path)
    with texts.speaking("en"):
        return str(refused.value)


def test_a_deal_list_joined_with_leads(tmp_path: Path) -> None:
    path = tmp_path / "crm.toml"
    path.write_text(_FILES + _WON + 'amount = "金額"\nwhere = { "段階" = "受注" }', encoding="utf-8")
    mapping = read_mapping(path)
    rule = mapping.rules[0]
    assert mapping.source == "leads+deals", "whatever its file is called"
    assert mapping.files["deals"].joins == (Join("leads", "lead", "ID"),)
    assert (rule.event.fixed, rule.occurred_at, rule.amount, rule.minutes) == ("won", "受注日", "金額", None)
    assert rule.where == {"段階": ("受注",)}


def test_saved_by_notepad_with_a_byte_order_mark(tmp_path: Path) -> None:
    path = tmp_path / "crm.toml"
    path.write_text(_FILES + _WON, encoding="utf-8-sig")
    assert read_mapping(path).rules[0].event.fixed == "won"


def test_a_lead_is_a_lead_once(tmp_path: Path) -> None:
    path = tmp_path / "crm.toml"
    path.write_text('[files.a]\n[[events]]\nevent = "lead"\noccurred_at = "d"\nlead = "ID"', encoding="utf-8")
    assert read_mapping(path).rules[0].id == "ID"


def test_a_misspelt_entry_names_the_right_one(tmp_path: Path) -> None:
    said = _refusal(tmp_path, _FILES + _WON + 'menber = "担当"')
    assert '"menber" in [[events]] #1' in said
    assert 'Did you mean "member"?' in said


def test_an_unknown_event_names_all_known_ones(tmp_path: Path) -> None:
    said = _refusal(tmp_path, _FILES + _WON.replace('"won"', '"win"'))
    assert '"win"' in said
    assert all(event in said for event in EVENTS)


def test_an_unknown_event_in_a_table_of_values(tmp_path: Path) -> None:
    event = 'event = { column = "種別", values = { "架電" = "kall" } }'
    assert 'Did you mean "call"?' in _refusal(tmp_path, _FILES + _WON.replace('event = "won"', event))


def test_an_unknown_group_of_files(tmp_path: Path) -> None:
    said = _refusal(tmp_path, _FILES + _WON.replace('"deals"', '"deal"'))
    assert "[files.deal]" in said
    assert 'Did you mean "deals"?' in said
    assert "[files.lead]" in _refusal(tmp_path, _FILES.replace("{ leads", "{ lead") + _WON)


@pytest.mark.parametrize(
    ("text", "missing"),
    [
        (_FILES, '"events"'),
        (_WON, '"files"'),
        (_FILES + '[[events]]\nevent = "won"\nfile = "deals"', '"occurred_at"'),
        (_FILES + '[[events]]\nfile = "deals"\noccurred_at = "d"', '"event"'),
        (_FILES + '[[events]]\nevent = "won"\noccurred_at = "d"', '"file"'),
    ],
)
def test_what_is_missing_is_named(tmp_path: Path, text: str, missing: str) -> None:
    assert f"lacks {missing}" in _refusal(tmp_path, text)


@pytest.mark.parametrize(
    ("line", "given"),
    [
        ("amount = 3", "3"),
        ('member = { column = "a", values = { b = 1 } }', "{'b': 1}"),
        ("where = { a = [] }", "[]"),
        ('id = " "', "' '"),
    ],
)
def test_a_wrong_kind_of_value_is_shown(tmp_path: Path, line: str, given: str) -> None:
    assert given in _refusal(tmp_path, _FILES + _WON + line)


@pytest.mark.parametrize(
    "files",
    ['[files.deals]\nidentical = "all"\n', '[files.deals]\nmatch = "a"\ntable = "b"\n', "files = 1\n"],
)
def test_a_wrong_group_of_files(tmp_path: Path, files: str) -> None:
    assert "files" in _refusal(tmp_path, files + _WON)


def test_no_toml_and_no_file(tmp_path: Path) -> None:
    assert "TOML" in _refusal(tmp_path, "a = \n")
    with pytest.raises(UnreadableData, match=r"nowhere\.toml"):
        read_mapping(tmp_path / "nowhere.toml")


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("a = \n", "line 1"),
        ("sorce = 'x'\n" + _FILES + _WON, "line 1"),
        (_FILES + _WON + "amont = '金額'\n", "line {end}"),
        (_FILES + _WON + "amount = 3\n", "line {end}"),
        (_FILES + _WON + "[events.event.values]\n'架電' = 'kall'\n", "line {end}"),
        (_FILES + _WON + "[[events]]\nfile = 'deals'\n", "line {before}"),
        ("[files.a]\njoin = { b = 'x' }\n[files.b]\njoin = { a = 'x' }\n" + _WON, "line 1"),
        ("[files.a]\n\njoin = { c = 'x' }\n" + _WON, "line 3"),
        ("[files.a]\nmatch = 'x'\ntable = 'y'\n" + _WON, "line 1"),
    ],
)
def test_every_refusal_names_its_line(tmp_path: Path, text: str, line: str) -> None:
    if "events.event.values" in text:
        text = text.replace('event = "won"', "event.column = '種別'")
    end = text.count("\n")
    assert line.format(end=end, before=end - 1) in _refusal(tmp_path, text)
