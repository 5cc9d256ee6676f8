"""Events in, daily facts out: what counts, what does not, and that nothing is lost on the way."""

from collections.abc import Callable
from datetime import date
from pathlib import Path

import pandas as pd
import pytest

from kpixl import texts
from kpixl.actuals.events import FACT_KEYS, FACT_MEASURES
from kpixl.actuals.facts import Import, import_events
from kpixl.actuals.mapping import read_mapping
from kpixl.errors import UnreadableData

Importing = Callable[..., Import]
_HEADER = "日時,種別,担当,経路,金額,分\n"


def _rows(found: Import, *columns: str) -> list[tuple[object, ...]]:
    return list(found.facts[list(columns)].itertuples(index=False, name=None))


def _reconciles(found: Import) -> bool:
    return all(c.read == c.used + c.set_aside + c.duplicates + c.other for c in found.controls)


def test_a_call_log_becomes_facts_per_day_member_channel_and_event(importing: Importing) -> None:
    found = importing(
        {
            "log.csv": _HEADER + "2025-06-02 09:00,架電,佐藤,Web,,5\n2025-06-02 10:00,架電,佐藤,Web,,7.5\n"
            "2025-06-02 11:00,着電,佐藤,Web,,3\n2025-06-03 09:00,受注,鈴木,展示会,1200000,\n"
        }
    )
    assert list(found.facts.columns) == [*FACT_KEYS, *FACT_MEASURES]
    assert [tuple(row) for row in found.facts.astype({"date": str}).to_numpy().tolist()] == [
        ("2025-06-02", "佐藤", "Web", "call", "crm", 2, 0.0, 12.5),
        ("2025-06-02", "佐藤", "Web", "connect", "crm", 1, 0.0, 3.0),
        ("2025-06-03", "鈴木", "展示会", "won", "crm", 1, 1200000.0, 0.0),
    ]
    assert found.rejects.waiting is None


def test_two_imports_are_equal_where_they_brought_the_same(importing: Importing) -> None:
    once, again, other = (
        importing({"log.csv": f"{_HEADER}2025-06-02,架電,佐藤,Web,,{minutes}\nいつか,架電,佐藤,Web,,5\n"})
        for minutes in (5, 5, 6)
    )
    assert once.rejects.waiting != again.rejects.waiting
    assert once == again
    assert once.coverage == again.coverage
    assert once != other


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp932", "utf-16", "utf-16-le", "utf-16-be"])
@pytest.mark.parametrize("delimiter", [",", "\t", ";"])
def test_every_encoding_and_delimiter(importing: Importing, encoding: str, delimiter: str) -> None:
    text = _HEADER + "2025-06-02,架電,髙橋①,～Web,,5\r\n2025-06-02,架電,佐藤,Web,,5\r\n"
    found = importing({"log.csv": text.replace(",", delimiter).encode(encoding)})
    assert _rows(found, "member", "channel", "count") == [("佐藤", "Web", 1), ("髙橋①", "～Web", 1)]


def test_bytes_that_spell_nothing_are_refused_with_their_line(importing: Importing) -> None:
    with pytest.raises(UnreadableData, match=r"log\.csv の3行目"):
        importing(
            {"log.csv": _HEADER.encode() + "2025-06-02,架電,佐藤,,,\n".encode() + b"2025-06-02,\xff\xfe\xfd,a,,,\n"}
        )
    with pytest.raises(UnreadableData, match=r"log\.csv の2行目"):
        importing({"log.csv": _HEADER.encode("cp932") + b"2025-06-02,\x81,a,,,\n"})


def test_dates_and_numbers_as_people_write_them(importing: Importing) -> None:
    found = importing(
        {
            "log.csv": _HEADER + '令和7年6月2日,受注,佐藤,,"1,200,000円",\nR7.6.2,受注,鈴木,,1.2億,\n'
            '2025/6/2 14:05,受注,田中,,"▲5,000",\n2025年6月2日,受注,高橋,,１２３,１５\n20250602,受注,伊藤,,¥3万,\n'
        }
    )
    assert set(found.facts.date) == {pd.Timestamp(2025, 6, 2)}
    amounts = dict(_rows(found, "member", "amount"))
    assert amounts == {"佐藤": 1_200_000, "鈴木": 120_000_000, "田中": -5_000, "高橋": 123, "伊藤": 30_000}
    assert found.facts.minutes.sum() == 15
    assert found.rejects.waiting is None


def test_a_two_digit_year_is_not_the_year_25(importing: Importing) -> None:
    found = importing({"log.csv": _HEADER + "25/6/2,架電,佐藤,,,\n2025-06-02,架電,佐藤,,,\n"})
    assert found.facts["count"].tolist() == [1]
    assert found.controls[0].set_aside == 1


def test_not_a_number_and_infinity_are_set_aside(importing: Importing) -> None:
    found = importing(
        {"log.csv": _HEADER + "2025-06-02,受注,a,,nan,\n2025-06-02,受注,a,,inf,\n2025-06-02,受注,a,,5,\n"}
    )
    assert _rows(found, "count", "amount") == [(1, 5.0)]
    assert found.controls[0].set_aside == 2


def test_blank_member_and_channel_stay_blank(importing: Importing) -> None:
    found = importing({"log.csv": _HEADER + '2025-06-02,架電,,,,\n2025-06-02,架電,"", ,,1\n'})
    assert _rows(found, "member", "channel", "count") == [("", "", 2)]


def test_padding_does_not_split_a_member(importing: Importing) -> None:
    found = importing({"log.csv": _HEADER + "2025-06-02,架電,佐藤　,Web,,1\n2025-06-02, 架電 ,佐藤,Web ,,2\n"})
    assert _rows(found, "member", "channel", "count", "minutes") == [("佐藤", "Web", 2, 3.0)]


def test_hostile_text_stays_text(importing: Importing) -> None:
    found = importing({"log.csv": _HEADER + "2025-06-02,架電,=1+1,\"=cmd|' /C calc'!A0\",,\n"})
    assert _rows(found, "member", "channel") == [("=1+1", "=cmd|' /C calc'!A0")]


def test_a_quoted_cell_may_hold_line_breaks_and_delimiters(importing: Importing) -> None:
    found = importing({"log.csv": _HEADER + '2025-06-02,架電,"佐藤\n太郎, 主任",Web,,1\n'})
    assert found.facts.member.tolist() == ["佐藤\n太郎, 主任"]


def test_line_ends_of_windows_and_unix_in_one_file(importing: Importing) -> None:
    rows = "2025-06-02,架電,佐藤,,,1\r\n2025-06-02,架電,佐藤,,,2\n2025-06-02,架電,佐藤,,,3\r\n"
    assert _rows(importing({"log.csv": _HEADER + rows}), "count", "minutes") == [(3, 6.0)]


def test_the_same_row_counts_once(importing: Importing) -> None:
    row = "2025-06-02 09:00,受注,佐藤,Web,100,5\n"
    found = importing({"a.csv": _HEADER + row + row, "b.csv": _HEADER + "2025-06-01,架電,佐藤,,,\n" + row})
    assert found.facts[found.facts.event == "won"][["count", "amount"]].to_numpy().tolist() == [[1, 100.0]]
    won = [control for control in found.controls if control.event == "won"]
    assert sum(control.duplicates for control in won) == 2
    assert sum(control.amount_in for control in won) == 300
    assert sum(control.amount_out for control in won) == 100
    assert _reconciles(found)


def test_the_same_file_twice_counts_once(importing: Importing) -> None:
    text = _HEADER + "2025-06-02 09:00,架電,佐藤,Web,,5\n"
    found = importing({"a.csv": text, "copy of a.csv": text})
    assert found.facts["count"].tolist() == [1]
    assert len(found.controls) == 1


def test_the_same_id_counts_once_as_it_stands_in_the_later_file(importing: Importing) -> None:
    mapping = '[files.d]\n[[events]]\nevent = "won"\noccurred_at = "日"\nid = "ID"\namount = "額"'
    found = importing(
        {"old.csv": "ID,日,額\n1,2025-06-02,100\n2,2025-06-02,7\n", "new.csv": "ID,日,額\n1,2025-06-03,150\n"}, mapping
    )
    assert _rows(found, "date", "amount") == [(pd.Timestamp(2025, 6, 2), 7.0), (pd.Timestamp(2025, 6, 3), 150.0)]


def test_a_log_without_times_may_keep_identical_rows(importing: Importing) -> None:
    mapping = '[files.d]\nidentical = "keep"\n[[events]]\nevent = "call"\noccurred_at = "日"\nmember = "担当"'
    monday, tuesday = "2025-06-02,佐藤\n" * 3, "2025-06-03,佐藤\n" * 2
    alone = importing({"a.csv": "日,担当\n" + monday + tuesday}, mapping)
    assert alone.facts["count"].tolist() == [3, 2]
    overlapping = importing({"a.csv": "日,担当\n" + monday, "b.csv": "日,担当\n" + monday + tuesday}, mapping)
    assert overlapping.facts["count"].tolist() == [3, 2]


def test_an_id_counts_once_where_identical_rows_are_kept(importing: Importing) -> None:
    """Of the two rows with the id 1 the later counts; the rows without an id are two calls."""
    mapping = '[files.d]\nidentical = "keep"\n[[events]]\nevent = "won"\noccurred_at = "日"\nid = "ID"\namount = "額"'
    rows = "1,2025-06-02,100\n1,2025-06-03,150\n,2025-06-04,7\n,2025-06-04,7\n"
    found = importing({"a.csv": "ID,日,額\n" + rows}, mapping)
    assert _rows(found, "date", "count", "amount") == [
        (pd.Timestamp(2025, 6, 3), 1, 150.0),
        (pd.Timestamp(2025, 6, 4), 2, 14.0),
    ]
    assert [control.duplicates for control in found.controls] == [1]


def test_files_of_one_group_may_differ_in_order_and_columns(importing: Importing) -> None:
    found = importing(
        {
            "a.csv": _HEADER + "2025-06-02,受注,佐藤,Web,5,\n",
            "b.csv": "備考,担当,分,日時,経路,金額,種別\nx,佐藤,,2025-06-02,Web,7,受注\n",
        }
    )
    assert _rows(found, "count", "amount") == [(2, 12.0)]


def test_headings_in_full_width_and_padded(importing: Importing) -> None:
    mapping = '[files.d]\n[[events]]\nevent = "won"\noccurred_at = "Won Date"\nmember = "担当ID"'
    found = importing({"a.csv": "\ufeff Ｗｏｎ　date ,担当ＩＤ\n2025-06-02,7\n"}, mapping)
    assert _rows(found, "member", "count") == [("7", 1)]


def test_a_deal_list_gives_an_event_per_date(importing: Importing) -> None:
    mapping = """
    [files.deals]
    [[events]]
    event = "meeting"
    occurred_at = "商談日"
    member = { column = "担当", values = { "さとう" = "佐藤" } }
    [[events]]
    event = "won"
    occurred_at = "受注日"
    channel = { fixed = "紹介" }
    amount = "金額"
    where = { "段階" = ["受注", "契約済"] }
    """
    text = (
        "商談日,受注日,担当,段階,金額\n"
        "2025-06-02,2025-07-01,さとう,受注,100\n2025-06-02,,佐藤,商談,900\n,2025-07-01,,失注,50\n"
    )
    found = importing({"deals.csv": text}, mapping)
    assert _rows(found, "event", "member", "channel", "count", "amount") == [
        ("meeting", "佐藤", "", 2, 0.0),
        ("won", "", "紹介", 1, 100.0),
    ]
    assert [(c.event, c.read, c.used, c.other) for c in found.controls] == [("meeting", 3, 2, 1), ("won", 3, 1, 2)]
    assert _reconciles(found)


_JOIN = """
[files.leads]
match = "leads*.csv"
[files.deals]
match = "deals*.csv"
join = { leads = "ID" }
[[events]]
event = "won"
file = "deals"
occurred_at = "受注日"
channel = "leads.経路"
"""


def test_a_deal_takes_the_channel_of_its_lead(importing: Importing) -> None:
    deals = "ID,受注日\n1,2025-06-02\n2,2025-06-02\n3,2025-06-02\n"
    found = importing({"leads.csv": "ID,経路\n1,Web\n2,\n9,紹介\n", "deals.csv": deals}, _JOIN)
    assert _rows(found, "channel", "count") == [("", 2), ("Web", 1)]


def test_a_key_that_stands_twice_cannot_be_joined(importing: Importing) -> None:
    with pytest.raises(UnreadableData, match=r"leads\.csv の「ID」.*「1」が2回"):
        importing({"leads.csv": "ID,経路\n1,Web\n1,紹介\n", "deals.csv": "ID,受注日\n1,2025-06-02\n"}, _JOIN)


def test_the_files_to_join_are_missing(importing: Importing) -> None:
    with pytest.raises(UnreadableData, match=r"deals\.csv は \[files\.leads\]"):
        importing({"deals.csv": "ID,受注日\n1,2025-06-02\n"}, _JOIN)


def test_a_missing_column_is_named_with_the_nearest(importing: Importing) -> None:
    with pytest.raises(UnreadableData) as refused, texts.speaking("en"):
        importing({"log.csv": "日時,種別,担当者,経路,金額,分\n"})
    with texts.speaking("en"):
        assert 'log.csv has no column "担当"' in str(refused.value)
        assert 'Did you mean "担当者"?' in str(refused.value)


def test_a_missing_column_of_a_joined_file(importing: Importing) -> None:
    with pytest.raises(UnreadableData, match=r"leads\.経路.*leads\.媒体"):
        importing({"leads.csv": "ID,媒体\n1,Web\n", "deals.csv": "ID,受注日\n1,2025-06-02\n"}, _JOIN)


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("log.csv", "", "空です"),
        ("log.docx", "x", "形式は取り込めません"),
    ],
)
def test_a_file_that_cannot_be_read(importing: Importing, name: str, content: str, said: str) -> None:
    with pytest.raises(UnreadableData, match=said):
        importing({name: content})


def test_files_that_fit_nothing(importing: Importing, tmp_path: Path) -> None:
    with pytest.raises(UnreadableData, match=r"other\.csv は対応表 mapping\.toml のどの files にも当てはまりません"):
        importing({"other.csv": "a\n"}, _JOIN)
    with pytest.raises(UnreadableData, match=r"\[\[events\]\]"):
        importing({"leads.csv": "ID,経路\n"}, _JOIN)
    with pytest.raises(UnreadableData, match="指定されていません"):
        importing({})
    with pytest.raises(UnreadableData, match=r"nowhere\.csv が見つかりません"):
        import_events([tmp_path / "nowhere.csv"], read_mapping(tmp_path / "mapping.toml"))


def test_only_a_header_gives_no_facts(importing: Importing) -> None:
    found = importing({"log.csv": _HEADER})
    assert len(found.facts) == 0
    assert list(found.facts.columns) == [*FACT_KEYS, *FACT_MEASURES]
    assert [(control.file, control.event, control.read) for control in found.controls] == [("log.csv", "", 0)]


def test_a_log_where_only_some_rows_are_wanted(importing: Importing) -> None:
    mapping = """
    [files.log]
    [[events]]
    event = { column = "種別" }
    occurred_at = "日"
    where = { "部署" = "IS" }
    """
    found = importing({"log.csv": "種別,日,部署\ncall,2025-06-02,IS\n来訪,いつか,FS\ncall,2025-06-02,FS\n"}, mapping)
    assert _rows(found, "event", "count") == [("call", 1)]
    assert [(c.event, c.read, c.used, c.set_aside, c.other) for c in found.controls] == [("call", 3, 1, 0, 2)]


def test_control_totals_name_file_and_days(importing: Importing) -> None:
    text = _HEADER + "2025-06-05,受注,a,,100,\n2025-06-02,受注,b,,▲30,\n2025-06-30,架電,b,,,\n2025-06-30,メモ,b,,,\n"
    found = importing({"log.csv": text})
    won = next(control for control in found.controls if control.event == "won")
    assert (won.file, won.read, won.used, won.other, won.amount_in, won.amount_out) == ("log.csv", 4, 2, 2, 70.0, 70.0)
    assert (won.first, won.last) == (date(2025, 6, 2), date(2025, 6, 5))
    assert _reconciles(found)
