"""Everybody counts the same: the catalogue says what."""

import pytest

from kpixl import texts
from kpixl.engine.definition import definition
from kpixl.errors import InvalidValue


def test_the_win_rate_is_orders_over_meetings() -> None:
    found = definition("成約率")
    assert (found.name, found.numerator, found.denominator, found.unit) == ("受注率", "受注数", "商談数", "%")
    assert found.timing == "遅行指標"


def test_a_count_has_no_denominator() -> None:
    assert definition("架電数").denominator == ""


@pytest.mark.parametrize("name", ["コネクト数", "ＣＰＬ", "cpl", " Win  rate ", "NPS", "アポ率"])
def test_other_names_are_known(name: str) -> None:
    assert definition(name).meaning


def test_the_answer_is_in_the_users_language() -> None:
    with texts.speaking("en"):
        assert definition("架電数").name == "Calls"


def test_close_names_are_suggested(refuses) -> None:
    with refuses(InvalidValue, "definition_unknown") as caught:
        definition("有効商談")  # known
        definition("有効な商談率")
    assert "有効商談率" in str(caught.value)
    with refuses(InvalidValue, "definition_unknown"):
        definition("xyz")


def test_both_languages_define_the_same_kpis_without_doubt() -> None:
    japanese, english = (texts.section("catalogue", code) for code in ("ja", "en"))
    assert list(japanese) == list(english)
    for catalogue in (japanese, english):
        names = [name.lower() for entry in catalogue.values() for name in (entry["name"], *entry["aliases"])]
        assert len(names) == len(set(names))
        assert all(set(entry) == {"name", "aliases", "meaning", "numerator", "denominator", "unit", "timing"}
                   for entry in catalogue.values())  # fmt: skip
