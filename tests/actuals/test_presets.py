"""Exports of known tools are recognised by their headings; of others a mapping is drafted."""

import tomllib
from pathlib import Path

import pytest

from kpixl import texts
from kpixl.actuals import import_events
from kpixl.actuals.facts import Import
from kpixl.actuals.mapping import mapping_of
from kpixl.actuals.presets import Recognised, recognise
from kpixl.actuals.samples import recognised, samples_of
from kpixl.actuals.suggest import suggestion
from kpixl.errors import UnreadableData

_HEADINGS = {
    "salesforce_opportunities": [
        ["Opportunity ID", "Opportunity Owner", "Stage", "Amount", "Close Date", "Created Date", "Lead Source"],
        ["商談 所有者", "商談名", "フェーズ", "金額", "完了予定日", "作成日", "リードソース"],
    ],
    "salesforce_activities": [
        ["日付", "割り当て先", "件名", "取引先/会社", "活動種別", "コール結果", "コール時間(秒)", "状況", "作成日時"],
        ["Date", "Assigned", "Subject", "Call Result", "Call Duration (seconds)"],
    ],
    "hubspot_deals": [
        ["Record ID", "Deal Name", "Deal Stage", "Close Date", "Deal owner", "Amount", "Create Date"],
        ["レコードID", "取引名", "取引ステージ", "クローズ日", "取引担当者", "金額"],
    ],
    "hubspot_calls": [["Record ID", "Call title", "Activity date", "Activity assigned to", "Call outcome"]],
    "zoho_deals": [
        ["Record Id", "Deal Owner", "Deal Name", "Stage", "Amount", "Closing Date", "Lead Source"],
        ["商談の担当者", "商談名", "ステージ", "総額", "完了予定日"],
    ],
    "mazrica_deals": [["案件名", "担当者", "フェーズ", "契約予定日", "契約金額", "チャネル"]],
    "kintone_records": [["レコード番号", "会社名", "担当者", "受注日", "受注金額"]],
    "biztel_calls": [["通話開始日時", "発着信区分", "ユーザー名", "通話結果", "呼出時間", "通話時間", "通話ID"]],
    "miitel_calls": [
        ["通話種別", "シーケンス ID", "ユーザー名", "応対日時", "通話時間", "応対メモ"],
        ["Sequence ID", "Call type", "User name", "Dial starts at", "Duration"],
    ],
    "sansan_cards": [
        ["名刺所有者", "名刺交換日", "会社名", "部署名", "役職", "氏名", "e-mail"],
        ["名刺交換日", "会社名", "氏名[姓]", "氏名[名]", "名刺所有者ユーザID"],
    ],
    "survey": [["回答日時", "お客様名", "担当者", "推奨度", "満足度", "ご意見"], ["Timestamp", "NPS score", "Comment"]],
    "mail_results": [["配信日時", "メール件名", "配信数", "到達数", "開封数", "開封率", "クリック数", "配信者"]],
    "daily": [
        ["日付", "担当者", "チャネル", "架電", "着電", "アポ", "商談", "受注", "受注金額"],
        ["日付", "氏名", "架電数", "アポ獲得数", "備考"],
        ["Date", "Member", "Calls", "Connects", "Appointments"],
    ],
}


@pytest.mark.parametrize(("key", "headings"), [(key, each) for key, all_ in _HEADINGS.items() for each in all_])
def test_a_tool_is_recognised_by_its_headings(key: str, headings: list[str]) -> None:
    found = recognise(headings)
    assert [one.key for one in found] == [key]
    assert found[0].mapping().rules


def test_every_preset_is_tried() -> None:
    presets = Path(__file__).parents[2] / "kpixl" / "actuals" / "presets"
    assert {path.stem for path in presets.glob("*.toml")} | {"daily"} == set(_HEADINGS)


def test_headings_are_compared_in_any_width_and_case() -> None:
    assert [one.key for one in recognise(["RECORD id", "deal name", "Ｄｅａｌ Stage", "close date"])] == [
        "hubspot_deals"
    ]


def test_what_is_no_export_of_a_known_tool() -> None:
    assert recognise(["商談ID", "担当者", "流入元", "受注日", "金額"]) == []
    assert recognise([]) == []


def _import(folder: Path, name: str, text: str) -> Import:
    (folder / name).write_text(text, encoding="utf-8")
    (found,) = recognised(samples_of([folder / name]))
    return import_events([folder / name], found.mapping())


def test_opportunities_of_salesforce(tmp_path: Path) -> None:
    rows = "A,佐藤,Closed Won,1000000,2026/7/15,Web\nB,佐藤,Closed Lost,500,2026/7/16,Web\nC,鈴木,商談中,9,2026/8/1,\n"
    text = "Opportunity ID,Opportunity Owner,Stage,Amount,Close Date,Lead Source\n" + rows
    found = _import(tmp_path, "report.csv", text)
    facts = found.facts[["member", "channel", "event", "count", "amount"]].to_numpy().tolist()
    assert facts == [["佐藤", "Web", "won", 1, 1_000_000], ["佐藤", "Web", "lost", 1, 0]]


def test_a_stage_of_ones_own_is_said(tmp_path: Path) -> None:
    text = "Opportunity ID,Opportunity Owner,Stage,Amount,Close Date\nA,佐藤,成約済,5,2026/7/15\n"
    told = [values for key, values in _import(tmp_path, "report.csv", text).notes if key == "never"]
    assert {"event": "受注", "column": "Stage", "known": "成約済"}.items() <= told[0].items()


def test_calls_of_hubspot(tmp_path: Path) -> None:
    rows = "1,2026-07-01 09:30,佐藤,Connected,00:02:30\n2,2026-07-01 09:40,佐藤,No answer,00:00:10\n"
    text = "Record ID,Activity date,Activity assigned to,Call outcome,Call duration (HH:mm:ss)\n" + rows
    facts = _import(tmp_path, "calls.csv", text).facts.set_index("event")
    assert facts["count"].to_dict() == {"call": 2, "connect": 1}
    assert facts.minutes["connect"] == 2.5


def test_calls_of_miitel(tmp_path: Path) -> None:
    rows = "発信,1,佐藤,2026/07/01 09:05:26,00:02:30\n発信 (不在),2,-,2026/07/01 09:10:00,00:00:00\n"
    rows += "着信,3,鈴木,2026/07/01 10:00:00,00:00:55\n発信（不在）,4,-,2026/07/01 11:00:00,0\n"
    found = _import(tmp_path, "応対履歴.csv", "通話種別,シーケンス ID,ユーザー名,応対日時,通話時間\n" + rows)
    facts = found.facts[["member", "event", "count", "minutes"]].to_numpy().tolist()
    assert facts == [["", "call", 2, 0], ["佐藤", "call", 1, 0], ["佐藤", "connect", 1, 2.5]]
    assert "nameless_member" in dict(found.notes)


def test_business_cards_are_leads(tmp_path: Path) -> None:
    rows = "佐藤,2026/07/01,A社,部長,山田\n佐藤,2026/07/01,B社,,小林\n鈴木,,C社,,高橋\n"
    found = _import(tmp_path, "名刺.csv", "名刺所有者,名刺交換日,会社名,役職,氏名\n" + rows)
    assert found.facts[["member", "event", "count"]].to_numpy().tolist() == [["佐藤", "lead", 2]]


def test_a_survey_of_customers(tmp_path: Path) -> None:
    """Of ten replies six are promoters and two detractors: an NPS of 40; the satisfaction is 4.1 on average."""
    scores = [(10, 5), (9, 5), (9, 4), (10, 5), (9, 4), (9, 4), (8, 4), (7, 4), (6, 3), (0, 3)]
    rows = "".join(f"2026-07-01,{score},{satisfied}\n" for score, satisfied in scores)
    found = _import(tmp_path, "アンケート.csv", "回答日,推奨度,満足度\n" + rows)
    sums = found.facts.groupby("event")[["count", "amount"]].sum()
    assert sums.loc["nps"].tolist() == [10, 400]
    assert sums.loc["satisfaction"].tolist() == [10, 41]


def test_a_daily_report(tmp_path: Path) -> None:
    rows = '2026-07-01,佐藤,40,2,1,"1,200,000円"\n2026-07-01,鈴木,35,,0,\n'
    found = _import(tmp_path, "日報.csv", "7/1の分\n日付,担当者,架電数,アポ数,受注数,受注金額\n" + rows)
    counts = found.facts.groupby("event")[["count", "amount"]].sum()
    assert counts["count"].to_dict() == {"appointment": 2, "call": 75, "won": 1}
    assert counts.amount["won"] == 1_200_000


def test_files_of_different_tools_are_told_apart(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("Record ID,Deal Name,Deal Stage,Close Date\n", encoding="utf-8")
    (tmp_path / "b.csv").write_text("日付,担当者,架電数,アポ数\n", encoding="utf-8")
    with pytest.raises(UnreadableData, match=r"HubSpot.*日別"):
        recognised(samples_of([tmp_path / "a.csv", tmp_path / "b.csv"]))


def test_two_presets_that_fit_equally_are_both_returned() -> None:
    both = ["通話開始日時", "発着信区分", "ユーザー名", "通話結果", "日付", "架電数", "着電数", "アポ数"]
    assert [one.key for one in recognise(both)] == ["biztel_calls", "daily"]


def _draft(folder: Path, name: str, text: str) -> str:
    (folder / name).write_text(text, encoding="utf-8")
    return suggestion(samples_of([folder / name]))


def test_a_draft_of_an_activity_log(tmp_path: Path) -> None:
    rows = "1,2026-07-01 09:00,佐藤,架電,Web\n2,2026-07-01 10:00,佐藤,アポ獲得,Web\n3,2026-07-02 9:00,鈴木,社内会議,\n"
    draft = _draft(tmp_path, "log.csv", "No.,日時,担当者,活動種別,流入経路\n" + rows)
    told = tomllib.loads(draft)["events"][0]
    assert {key: told[key] for key in ("occurred_at", "member", "channel", "id")} == {
        "occurred_at": "日時",
        "member": "担当者",
        "channel": "流入経路",
        "id": "No.",
    }
    assert told["event"]["values"] == {"架電": "call", "アポ獲得": "appointment", "社内会議": "ignore"}
    assert '"社内会議" = "ignore"  # 要確認' in draft
    assert "#   2026-07-01  佐藤  Web  架電  1" in draft


def test_a_draft_keeps_a_column_of_amounts_that_the_first_rows_leave_blank(tmp_path: Path) -> None:
    rows = "2026-07-01,佐藤,リード獲得,\n2026-07-01,佐藤,商談実施,\n"
    told = tomllib.loads(_draft(tmp_path, "log.csv", "日付,担当者,種別,受注金額\n" + rows))["events"][0]
    assert told["amount"] == "受注金額"
    assert told["event"]["values"] == {"リード獲得": "lead", "商談実施": "meeting"}


def test_a_draft_of_a_deal_list_has_an_event_per_day(tmp_path: Path) -> None:
    rows = "D1,佐藤,2026-06-01,2026-07-01,100\nD2,鈴木,2026-06-02,,200\n"
    draft = tomllib.loads(_draft(tmp_path, "deals.csv", "案件ID,営業担当,商談日,受注日,受注金額\n" + rows))
    assert [(event["event"], event["occurred_at"], event.get("amount")) for event in draft["events"]] == [
        ("meeting", "商談日", None),
        ("won", "受注日", "受注金額"),
    ]


def test_a_draft_of_deals_with_a_stage(tmp_path: Path) -> None:
    rows = "W1,佐藤,受注,2026-06-02,100\nW2,佐藤,提案中,2026-06-03,200\n"
    (event,) = tomllib.loads(_draft(tmp_path, "deals.csv", "商談ID,担当者,フェーズ,完了予定日,金額\n" + rows))["events"]
    assert (event["event"]["column"], event["amount"]) == ("フェーズ", "金額")
    assert event["event"]["values"] == {"受注": "won", "提案中": "ignore"}


def test_a_draft_says_where_dates_could_be_meant_in_two_ways(tmp_path: Path) -> None:
    draft = _draft(tmp_path, "log.csv", "Date,Owner,Activity\n7/8/2026,Tom,Call\n7/9/2026,Tom,Call\n")
    assert tomllib.loads(draft)["dates"] == "MM/DD/YYYY"
    assert "要確認：「Date」" in draft


def test_a_draft_of_anything_is_a_mapping(tmp_path: Path) -> None:
    for number, text in enumerate(["a,b\n1,2\n", "日付\n2026-07-01\n", 'x"y,=1\n,\n', "a,a,日時\n1,2,2026-07-01\n"]):
        draft = _draft(tmp_path, f"{number}.csv", text)
        assert "events" in tomllib.loads(draft)


@pytest.mark.parametrize("language", texts.LANGUAGES)
def test_presets_speak_both_languages(language: str) -> None:
    with texts.speaking(language):
        assert all(isinstance(found, Recognised) and found.name for found in recognise(_HEADINGS["daily"][0]))


def test_names_with_quotes_are_kept(tmp_path: Path) -> None:
    headings = ['日"付', "日付", "担当者", "架電数", "アポ数", "備\\考"]
    (found,) = recognise(headings, file='a"b*.csv')
    assert mapping_of(found.text, tmp_path).files["log"].match == ('a"b*.csv',)
