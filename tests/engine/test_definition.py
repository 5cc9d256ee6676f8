"""Everybody counts the same: the catalogue says what."""

import pytest

from kpixl import texts
from kpixl.engine.definition import definition
from kpixl.errors import InvalidValue


def test_the_win_rate_is_orders_over_meetings() -> None:
    found = definition("成約率")
    assert (found.name, found.numerator, found.denominator, found.unit) == ("受注率", "受注数", "商談数", "%")
    assert (found.timing, found.better) == ("遅行指標", "高いほど良い")


def test_a_count_has_no_denominator() -> None:
    assert definition("架電数").denominator == ""


@pytest.mark.parametrize("name", ["コネクト数", "ＣＰＬ", "cpl", " Win  rate ", "NPS", "アポ率"])
def test_other_names_are_known(name: str) -> None:
    assert definition(name).meaning


_OF_THE_FIELD = """
リード獲得数 リード獲得単価 リード品質スコア 有効リード数 架電数 メール送信数 メール開封率 訪問件数 初回訪問数
アプローチ数 コンタクト率 通話時間 着電数 コネクト数 接触数 着電率 アポイント数 アポイント獲得率 商談件数
新規商談数 商談化数 商談化率 有効商談数 有効商談率 提案書提出数 デモ実施数 受注数 受注件数 受注率 成約率
平均受注単価 平均単価 受注までの日数 営業サイクル 売上高 利益額 利益率 市場シェア 返品率 顧客数 新規顧客数
顧客単価 リピート率 継続率 アップセル成功率 クロスセル提案数 顧客満足度スコア NPS
"""


@pytest.mark.parametrize("name", _OF_THE_FIELD.split())
def test_what_sales_teams_talk_of_is_defined(name: str) -> None:
    assert definition(name).numerator


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
        assert all(set(entry) == {"name", "aliases", "meaning", "numerator", "denominator", "unit", "timing", "better"}
                   for entry in catalogue.values())  # fmt: skip
