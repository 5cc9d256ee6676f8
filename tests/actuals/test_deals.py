"""A list of deals keeps a row per deal: how each stands, open ones too, and exactly again with every export."""

import dataclasses
from collections.abc import Callable, Sequence

import pandas as pd
import pytest

from kpixl.actuals import Import, Memory, Merged, attributes_in, merge
from kpixl.actuals import deals as deals_module
from kpixl.errors import InvalidPlan

Importing = Callable[..., Import]
_MAPPING = """
{covers}
[files.deals]
match = "d*.csv"
[[events]]
event = "won"
occurred_at = "完了予定日"
member = "担当"
channel = "経路"
id = "ID"
amount = "金額"
where = {{ "フェーズ" = ["受注"] }}
{more}
[deals]
id = "ID"
created = "作成日"
stage = "フェーズ"
attributes = {{ "業種" = "業種", "紹介者" = "紹介" }}
"""
_HEAD = "ID,作成日,完了予定日,フェーズ,担当,経路,金額,業種,紹介,数量\n"


def _read(importing: Importing, *exports: str, covers: str = "", more: str = "") -> Import:
    said = _MAPPING.format(covers=f'covers = "{covers}"' if covers else "", more=more)
    return importing({f"d{number}.csv": _HEAD + text for number, text in enumerate(exports)}, said)


def _rows(frame: pd.DataFrame, *columns: str) -> list[list[object]]:
    return frame[list(columns)].to_numpy().tolist()


def test_open_deals_are_kept_with_all_that_is_said_of_them(importing: Importing) -> None:
    found = _read(
        importing, "D1,令和7年4月2日,2025-06-30,提案,佐藤,Web,120万,小売,田中,1\nD2,,2025-06-30,受注,鈴木,,50,,,1\n"
    )
    assert found.deals is not None
    first, second = found.deals.to_dict("records")
    assert first["created"] == pd.Timestamp("2025-04-02")
    assert [first[key] for key in ("id", "member", "channel", "stage", "amount")] == [
        "D1",
        "佐藤",
        "Web",
        "提案",
        1.2e6,
    ]
    assert attributes_in(first["attributes"]) == {"industry": "小売", "紹介者": "田中"}
    assert pd.isna(second["created"])
    assert attributes_in(second["attributes"]) == {}
    assert found.records["id"].tolist() == ["D2"]  # what happened stands among the events, and nowhere else


def test_a_deal_may_have_begun_years_before_the_plan(importing: Importing) -> None:
    found = _read(importing, "D1,2019-04-02,2025-06-30,提案,佐藤,Web,1,,,1\n")
    assert found.deals is not None
    assert found.deals["created"].tolist() == [pd.Timestamp("2019-04-02")]


def test_rows_without_an_id_and_values_that_nobody_can_read_are_said(importing: Importing) -> None:
    found = _read(
        importing,
        "D1,いつか,2025-06-30,提案,佐藤,Web,未定,,,1\n,2025-04-02,2025-06-30,提案,佐藤,Web,1,,,1\n合計,,,,,,2,,,2\n",
    )
    assert found.deals is not None
    assert found.deals[["created", "amount"]].isna().all(axis=None)
    assert [key for key, _ in found.notes if key.startswith("deals")] == ["deals_no_id", "deals_unread", "deals_unread"]
    assert [values["rows"] for key, values in found.notes if key.startswith("deals")] == [1, 1, 1]


def test_a_deal_in_several_rows_is_as_the_last_one_says(importing: Importing) -> None:
    rows = "D1,2025-04-02,2025-06-30,提案,佐藤,Web,100,,,1\nD1,2025-04-02,2025-06-30,見積,佐藤,Web,300,,,1\n"
    found = _read(importing, rows)
    assert found.deals is not None
    assert _rows(found.deals, "id", "stage", "amount") == [["D1", "見積", 300.0]]


def test_product_lines_of_an_open_deal_are_summed(importing: Importing) -> None:
    rows = "D1,2025-04-02,2025-06-30,提案,佐藤,Web,100,,,1\nD1,2025-04-02,2025-06-30,提案,佐藤,Web,300,,,1\n"
    found = _read(importing, rows, more='lines = "sum"')
    assert found.deals is not None
    assert _rows(found.deals, "id", "amount") == [["D1", 400.0]]


def _after(importing: Importing, *exports: str, covers: str = "") -> Merged:
    memory = Memory.nothing()
    for export in exports:
        merged = merge(memory, _read(importing, export, covers=covers))
        memory = merged.memory
    return merged


_FIRST = "D1,2025-04-02,,提案,佐藤,Web,100,,,1\nD2,2025-04-03,,提案,佐藤,Web,200,,,1\n"
_LATER = "D2,2025-04-03,2025-05-01,受注,佐藤,Web,250,,,1\nD3,2025-05-02,,初回,佐藤,Web,300,,,1\n"


@pytest.mark.parametrize(
    ("covers", "right"),
    [
        ("", [["D1", "提案"], ["D2", "受注"], ["D3", "初回"]]),
        ("all", [["D2", "受注"], ["D3", "初回"]]),
        ("added", [["D1", "提案"], ["D2", "提案"], ["D3", "初回"]]),
    ],
)
def test_what_a_later_list_replaces(importing: Importing, covers: str, right: list[list[str]]) -> None:
    merged = _after(importing, _FIRST, _LATER, covers=covers)
    assert _rows(merged.memory.deals, "id", "stage") == right


@pytest.mark.parametrize("covers", ["", "all", "added"])
def test_the_same_list_again_changes_nothing(importing: Importing, covers: str) -> None:
    once, again = _after(importing, _FIRST, covers=covers), _after(importing, _FIRST, _FIRST, covers=covers)
    pd.testing.assert_frame_equal(once.memory.deals, again.memory.deals)


def test_lists_one_after_the_other_are_as_both_at_once(importing: Importing) -> None:
    together = merge(Memory.nothing(), _read(importing, _FIRST, _LATER))
    pd.testing.assert_frame_equal(_after(importing, _FIRST, _LATER).memory.deals, together.memory.deals)


def test_a_list_that_is_too_long_is_counted_by_day_only(importing: Importing, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(deals_module, "MOST_DEALS", 2)
    merged = _after(importing, _FIRST, _LATER)
    assert (len(merged.memory.deals), merged.too_many_deals) == (0, 3)
    assert merged.memory.facts["count"].sum() == 1


def test_other_sources_keep_their_deals(importing: Importing) -> None:
    one = merge(Memory.nothing(), _read(importing, _FIRST))
    other = dataclasses.replace(_read(importing, _LATER, covers="all"), source="other")
    assert len(merge(one.memory, other).memory.deals) == 4


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        (('id = "ID"\ncreated', "created"), "id"),
        (('stage = "フェーズ"', 'stages = "フェーズ"'), "stages"),
        (("[deals]\n", '[deals]\nfile = "leads"\n'), "files.leads"),
        (("[files.deals]", 'covers = "days"\n[files.deals]'), "covers"),
    ],
)
def test_what_is_wrong_with_the_deals_of_a_mapping_is_said(
    importing: Importing, wrong: Sequence[str], told: str
) -> None:
    mapping = _MAPPING.format(covers="", more="").replace(*wrong)
    with pytest.raises(InvalidPlan, match=told):
        importing({"d.csv": _HEAD + _FIRST}, mapping)
