"""The playbook: which gap calls for which measure, in both languages, without figures, and editable by a user."""

import re
from pathlib import Path

import pytest

from kpixl.errors import InvalidPlan
from kpixl.plan.check import check_template
from kpixl.plan.playbook import GapKind, Playbook, is_playbook, read_playbook
from kpixl.plan.sections import Problems, template_names, template_path
from kpixl.plan.template import read_template
from kpixl.texts import LANGUAGES

_OWN = """
[[measures]]
key = "visit"
gap = "rate"
into = ["meeting"]
name = "訪ねて話す"
do = "近い相手から訪ねます。"
watch = "訪ねた数"
"""


@pytest.fixture
def written(tmp_path: Path) -> Path:
    path = tmp_path / "playbook.toml"
    path.write_text(_OWN, encoding="utf-8")
    return path


def _keys(book: Playbook, kind: str, into: str, above: str = "", **when: bool | int) -> list[str]:
    asked = {"person": False, "running": False} | when
    return [one.key for one in book.chosen(GapKind(kind), into, above=above, **asked)]


@pytest.mark.parametrize(
    ("kind", "above", "into", "advised"),
    [  # as the two articles on which kpixl rests advise
        ("rate", "connect", "appointment", {"talk_script", "nurture", "trust", "share_practice"}),
        ("rate", "meeting", "qualified", {"hearing", "agree_qualified", "share_practice"}),
        ("rate", "call", "connect", {"best_hours", "choose_leads", "share_practice"}),
        ("rate", "email_sent", "email_opened", {"mail", "share_practice"}),
        ("rate", "qualified", "won", {"lost_reasons", "target_profile", "share_practice"}),
        ("activity", "lead", "call", {"first_response", "share_practice"}),
        ("volume", "", "lead", {"more_leads"}),
        ("value", "won", "revenue", {"order_value"}),
    ],
)
def test_a_gap_calls_for_what_the_articles_advise(kind: str, above: str, into: str, advised: set[str]) -> None:
    assert set(_keys(read_playbook(language="ja"), kind, into, above)) >= advised


def test_what_is_for_the_step_comes_before_what_is_for_any() -> None:
    found = _keys(read_playbook(language="ja"), "rate", "appointment", "connect")
    assert found.index("talk_script") < found.index("share_practice")


def test_a_person_practises_and_the_team_shares() -> None:
    book = read_playbook(language="ja")
    team, person = (_keys(book, "rate", "appointment", "connect", person=alone) for alone in (False, True))
    assert ("role_play" in person, "role_play" in team) == (True, False)
    assert ("share_practice" in person, "share_practice" in team) == (False, True)


def test_what_takes_weeks_is_not_for_the_rest_of_a_month() -> None:
    book = read_playbook(language="ja")
    assert "more_leads" in _keys(book, "volume", "lead")
    assert "more_leads" not in _keys(book, "volume", "lead", running=True)


def test_a_kpi_is_reviewed_after_three_months() -> None:
    book = read_playbook(language="ja")
    assert ["review_target" in _keys(book, "rate", "won", months=months) for months in (0, 2, 3)] == [
        False,
        False,
        True,
    ]


@pytest.mark.parametrize("template", template_names())
@pytest.mark.parametrize("person", [False, True])
def test_every_step_of_every_template_has_a_measure(template: str, person: bool) -> None:
    plan, book = read_template(template, language="ja"), read_playbook(language="ja")
    for step, (above, into) in enumerate(zip(plan.stages, plan.stages[1:], strict=False)):
        kind = "activity" if plan.is_activity(step) else "rate"
        assert _keys(book, kind, into.event, above.event, person=person, running=True)


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_measure_makes_up_a_figure(language: str) -> None:
    for one in read_playbook(language=language).measures:
        assert not re.search(r"\d|[０-９一二三四五六七八九十百]割|%", one.name + one.do + one.watch)


def test_every_text_is_there_in_both_languages() -> None:
    japanese, english = (read_playbook(language=language).measures for language in LANGUAGES)
    assert len({one.key for one in japanese}) == len(japanese) >= 20
    for one, other in zip(japanese, english, strict=True):
        for text, said in ((one.name, other.name), (one.do, other.do), (one.watch, other.watch)):
            assert re.search(r"[ぁ-んァ-ン一-龥]", text)
            assert said.isascii()


def test_an_own_playbook_takes_the_place_of_kpixls(written: Path) -> None:
    book = read_playbook(written, language="en")
    assert [one.key for one in book.measures] == ["visit"]
    assert book.measures[0].do == "近い相手から訪ねます。"
    assert is_playbook(written)
    assert check_template(str(written), "ja") == ()


def test_an_own_playbook_can_add_to_kpixls_and_replace_measures(written: Path) -> None:
    known = [one.key for one in read_playbook(language="ja").measures]
    again = _OWN.replace("visit", "mail")
    written.write_text(f'extends = "playbook"\n{_OWN}{again}', encoding="utf-8")
    book = read_playbook(written, language="ja")
    assert [one.key for one in book.measures] == ["visit", *known]
    assert next(one for one in book.measures if one.key == "mail").name == "訪ねて話す"


@pytest.mark.parametrize(
    ("old", "new", "line", "said"),
    [
        ('gap = "rate"', 'gap = "speed"', 4, "volume, activity, rate, value, strength"),
        ('gap = "rate"', "", 2, "rate"),
        ('gap = "rate"', "gap = []", 4, "rate"),
        ('["meeting"]', '["meting"]', 5, "meting"),
        ('["meeting"]', "[3]", 5, "3"),
        ('name = "訪ねて話す"', 'name = ""', 6, "name"),
        ('name = "訪ねて話す"', "name = 3", 6, "name"),
        ("watch =", "wach =", 8, "wach"),
        ('key = "visit"', 'key = "visit"\nlasting = 0', 4, "lasting"),
        ('key = "visit"', 'key = "visit"\nwho = "boss"', 4, "team, person"),
        ('key = "visit"', 'key = "visit"\nacts = "soon"', 4, "at_once, in_weeks"),
        ("[[measures]]", "[measures]", 2, "[[measures]]"),
        ("\n[[measures]]", 'extends = "mine"\n[[measures]]', 1, "playbook"),
        ("[[measures]]", "[[measures", 2, "TOML"),
        ("訪ねた数", f'訪ねた数"\n{_OWN}#', 11, "visit"),
    ],
)
def test_what_is_wrong_is_said_by_line(written: Path, old: str, new: str, line: int, said: str) -> None:
    written.write_text(_OWN.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(Problems) as refused:
        read_playbook(written, language="ja")
    assert any(problem.line == line and said in str(problem) for problem in refused.value.found)


def test_a_check_says_what_is_wrong_with_a_playbook(written: Path) -> None:
    written.write_text(_OWN.replace('"rate"', '"speed"'), encoding="utf-8")
    [remark] = check_template(str(written), "ja")
    assert (remark.at["line"], remark.severity) == (4, "error")


def test_a_playbook_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(InvalidPlan, match=r"mine\.toml"):
        read_playbook(tmp_path / "mine.toml", language="ja")


def test_a_playbook_is_no_template() -> None:
    assert "playbook" not in template_names()
    assert not is_playbook(template_path("inside_sales"))
    with pytest.raises(InvalidPlan, match="inside_sales"):
        read_template("playbook", language="ja")
