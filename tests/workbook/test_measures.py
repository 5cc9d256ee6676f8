"""Measures beside the funnel, from a file through the command line to the cell in the workbook and the report."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from kpixl.cli import main
from kpixl.texts import say, speaking

Rows = Callable[[Path, str], list[dict[str, Any]]]

# By hand: 290,000 of cost over 100 leads of which 35 are good; 38 of 100 calls get through, for 152 minutes; of 3,255
# mails that arrived 1,021 are opened; 3 orders for 3.3 million, of which 1 is a second one; 30 days for two deals.
_LOG = """日付,担当,チャネル,種別,件数,金額,通話分
2026-07-01,,{a},cost,1,200000,
2026-07-02,,{b},cost,1,90000,
2026-07-01,,{a},lead,40,,
2026-07-02,,{b},lead,60,,
2026-07-02,,{a},good_lead,20,,
2026-07-02,,{b},good_lead,15,,
2026-07-03,{m},{a},call,100,,
2026-07-03,{m},{a},connect,38,,152
2026-07-03,{m},{a},won,2,2500000,
2026-07-03,{m},{b},won,1,800000,
2026-07-03,{m},{a},repeat_order,1,,
"""
_MAPPING = """
source = "crm"
[files.log]
match = "log*.csv"
[[events]]
occurred_at = "日付"
member = "担当"
channel = "チャネル"
amount = "金額"
count = "件数"
minutes = "通話分"
event = { column = "種別" }
"""
_MAILS = """配信日時,メール件名,配信数,到達数,開封数,配信者
2026年7月2日 10:00,a,1009,997,330,{m}
2026年7月9日 10:00,b,2270,2258,691,{m}
"""
_DEALS = """商談 ID,商談所有者,フェーズ,完了予定日,作成日,金額,リードソース,取引先名
D1,{m},受注,2026-05-10,2026-04-10,1000000,{a},A社
D2,{m},受注,2026-06-20,2026-06-01,2000000,{a},A社
D3,{m},受注,2026-07-02,2026-06-22,600000,{b},B社
D4,{m},受注,2026-07-08,2026-06-18,900000,{b},A社
"""
_SURVEY = """回答日,お客様名,担当者,推奨度,満足度
2026-07-01,A,{m},10,5
2026-07-01,B,{m},9,4
2026-07-02,C,{m},7,4
2026-07-03,D,{m},5,2
"""
_OWN = {
    "connect_rate": (0.4, 0.38, 0.95),
    "lead_quality": (0.3, 0.35, 0.35 / 0.3),
    "cost_per_lead": (2_500, 2_900, 2_500 / 2_900),  # less is better
    "unit_value": (1_000_000, None, None),
    "sales_cycle": (20, 15, 20 / 15),
}


def _run(*words: str | Path) -> None:
    with pytest.raises(SystemExit) as ended:
        main([str(word) for word in words])
    assert not ended.value.code


def _written(folder: Path, name: str, text: str, encoding: str = "utf-8", **names: str) -> Path:
    path = folder / name
    path.write_text(text.format(**names) if names else text, encoding=encoding)
    return path


@pytest.mark.parametrize("language", ["ja", "en"])
def test_a_months_measures_from_files_to_cells(
    language: str, tmp_path: Path, table_rows: Rows, typing: Callable[..., None]
) -> None:
    names = {
        "ja": {"a": "問い合わせ", "b": "セミナー", "m": "佐藤"},
        "en": {"a": "Inquiry", "b": "Webinar", "m": "Sato"},
    }
    told, book = names[language], tmp_path / "plan.xlsx"
    _run("new", book, "--start", "2026-04", "--lang", language)
    with speaking(language):
        named = {key: say(f"catalogue.{key}.name") for key in _OWN}
        kpi, own, target, actual, share = (
            say(f"heading.{key}") for key in ("kpi", "own_target", "target", "actual", "attainment")
        )
    listed = [row[kpi] for row in table_rows(book, "kpixl_definitions")]
    for key, (asked, *_) in _OWN.items():
        typing(book, "kpixl_definitions", listed.index(named[key]) + 1, {own: asked})
    log, mapping = _written(tmp_path, "log_7月.csv", _LOG, "cp932", **told), _written(tmp_path, "m.toml", _MAPPING)
    _run("import", book, log, "--map", mapping, "--as-of", "2026-07-10")
    for name, text in (("mails.csv", _MAILS), ("deals.csv", _DEALS)):
        _run("import", book, _written(tmp_path, name, text, **told), "--as-of", "2026-07-10")
    shown = [*table_rows(book, "kpixl_indicators"), *table_rows(book, "kpixl_more_indicators")]
    found = {row[kpi]: (row[target], row[actual], row[share]) for row in shown}
    for key, (asked, made, part) in _OWN.items():
        assert found[named[key]][0] == asked
        if made is not None:
            assert found[named[key]][1:] == (pytest.approx(made), pytest.approx(part)), key
    with speaking(language):
        opened, talked = (
            say("catalogue.open_rate.name"),
            {"ja": "平均通話時間", "en": "Talk time per connect"}[language],
        )
    assert found[opened][1] == pytest.approx(1021 / 3255)
    assert found[talked][1] == 4
    cost = next(row for row in table_rows(book, "kpixl_kgi_progress") if 290_000 in row.values())
    assert 23_750_000 in cost.values()
    _run("report", book, "--month", "2026-07", "--out", tmp_path)
    with speaking(language):
        leads, orders = ({"ja": "リード", "en": "Leads"}[language], {"ja": "受注", "en": "Orders"}[language])
        each = [say("heading.price_of", kpi=name) for name in (leads, orders)]
        channel = say("heading.channel")
    prices = {
        row[channel]: [row[heading] for heading in each]
        for row in table_rows(tmp_path / "plan_2026-07.xlsx", "report_channels")
    }
    assert prices[told["a"]] == [5_000, 100_000]
    assert prices[told["b"]] == [1_500, 30_000]


def test_the_plan_of_accounts_lives_on_a_survey_and_on_deals(tmp_path: Path, table_rows: Rows, load: Any) -> None:
    book = tmp_path / "plan.xlsx"
    _run("new", book, "--template", "account_growth", "--start", "2026-04")
    told = {"a": "リピート", "b": "アップセル", "m": "佐々木"}
    for name, text in (("survey.csv", _SURVEY), ("deals.csv", _DEALS)):
        _run("import", book, _written(tmp_path, name, text, **told), "--as-of", "2026-07-10")
    found = {row["KPI"]: row["実績"] for row in table_rows(book, "kpixl_indicators")}
    assert (found["NPS"], found["顧客満足度スコア"]) == (25, 3.75)
    values = load(book, data_only=True)
    sheet, _, area = values.defined_names["kpixl_customer_values"].attr_text.rpartition("!")
    rows = [[cell.value for cell in row] for row in values[sheet.strip("'")][area.replace("$", "")]]
    assert rows[3] == ["直近12か月", 2, 2, 1, 4, 2, 1_125_000, 2_250_000]


def test_replies_may_still_be_typed_as_their_score(
    tmp_path: Path, table_rows: Rows, typing: Callable[..., None]
) -> None:
    book = tmp_path / "plan.xlsx"
    _run("new", book, "--template", "account_growth", "--start", "2026-04")
    typing(book, "kpixl_entries", 1, {"日付": "2026-07-03", "KPI": "NPS", "値": 32})
    _run("refresh", book, "--as-of", "2026-07-10")
    assert {row["KPI"]: row["実績"] for row in table_rows(book, "kpixl_indicators")}["NPS"] == 32
