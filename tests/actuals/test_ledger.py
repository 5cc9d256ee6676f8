"""What an import replaces: an id what it said before, days what the file holds of them, and nothing without a word."""

import csv
import dataclasses
import datetime as dt
import io
from collections.abc import Callable, Sequence

import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kpixl.actuals import Import, Memory, Merged, merge, reconciled

Importing = Callable[..., Import]
_LAWS = settings(max_examples=6, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
_DEALS = """
{covers}
[files.deals]
match = "d*.csv"
[[events]]
event = "won"
occurred_at = "受注日"
member = "担当"
channel = "経路"
id = "ID"
amount = "金額"
"""
_LOG = """
{covers}
[files.log]
match = "d*.csv"
[[events]]
occurred_at = "日"
member = "担当"
amount = "金額"
event = {{ column = "種別", values = {{ "架電" = "call", "受注" = "won" }} }}
"""
Deal = tuple[str, str, str, str, str]


def _deals(rows: Sequence[Sequence[object]]) -> str:
    return _csv(["ID", "受注日", "担当", "経路", "金額"], rows)


def _log(rows: Sequence[Sequence[object]]) -> str:
    return _csv(["日", "種別", "担当", "金額"], rows)


def _csv(headings: Sequence[str], rows: Sequence[Sequence[object]]) -> str:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows([headings, *rows])
    return text.getvalue()


def _after(importing: Importing, mapping: str, *exports: str, covers: str = "") -> Merged:
    """Import texts one after the other."""
    said = mapping.format(covers=f'covers = "{covers}"' if covers else "")
    merged = None
    for number, text in enumerate(exports):
        merged = merge(merged.memory if merged else Memory.nothing(), importing({f"d{number}.csv": text}, said))
        _adds_up(merged)
    assert merged is not None
    return merged


def _adds_up(merged: Merged) -> None:
    """Before + new - replaced = after, in rows and yen, and the workbook holds what the import says."""
    for figure in ("", "_amount"):
        before, new, replaced, after = (
            merged.balances[f"{key}{figure}"] for key in ("before", "new", "replaced", "after")
        )
        assert (before + new - replaced).tolist() == after.tolist()
    assert reconciled(merged.balances, merged.memory.facts)["agrees"].isin([True]).sum() >= len(merged.balances)


def _held(merged: Merged) -> list[tuple[object, ...]]:
    facts = merged.memory.facts
    return [
        (f"{day:%m-%d}", member, event, count, amount)
        for day, member, event, count, amount in facts[["date", "member", "event", "count", "amount"]].itertuples(
            index=False
        )
    ]


def _same(one: Merged, other: Merged) -> None:
    pd.testing.assert_frame_equal(one.memory.facts, other.memory.facts)


_TWO = [("D1", "2025-06-02", "佐藤", "Web", 100), ("D2", "2025-06-20", "鈴木", "紹介", 200)]


@pytest.mark.parametrize(
    ("later", "right"),
    [
        pytest.param([("D1", "2025-06-02", "佐藤", "Web", 100), ("D2", "", "鈴木", "紹介", 200)], 1, id="open again"),
        pytest.param(
            [("D1", "2025-06-02", "佐藤", "Web", 100), ("D2", "2026-01-05", "鈴木", "紹介", 200)], 2, id="re-dated"
        ),
        pytest.param(
            [("D1", "2025-06-02", "鈴木", "Web", 150), ("D2", "2025-06-20", "鈴木", "Web", 9)], 2, id="handed over"
        ),
    ],
)
def test_an_id_says_anew_what_it_said_before(importing: Importing, later: list[Deal], right: int) -> None:
    merged = _after(importing, _DEALS, _deals(_TWO), _deals(later))
    _same(merged, _after(importing, _DEALS, _deals(later)))
    assert merged.memory.facts["count"].sum() == right
    assert not merged.losing


def test_a_deal_that_is_gone_stays_unless_the_list_is_whole(importing: Importing) -> None:
    kept = _after(importing, _DEALS, _deals(_TWO), _deals(_TWO[:1]))
    assert kept.memory.facts["amount"].sum() == 300
    assert kept.absent == (1, 200.0)
    whole = _after(importing, _DEALS, _deals(_TWO), _deals(_TWO[:1]), covers="all")
    assert whole.memory.facts["amount"].sum() == 100
    [lost] = [losing for losing in whole.losing if losing.by == "member"]
    assert (lost.name, lost.event, lost.before, lost.gone) == ("鈴木", "won", 1, 1)


def test_the_exports_of_two_teams_one_after_the_other(importing: Importing) -> None:
    one = [("Q1", "2025-06-02", "佐藤", "Web", 1), ("Q2", "2025-06-25", "佐藤", "Web", 1)]
    two = [("R1", "2025-06-01", "鈴木", "Web", 1), ("R2", "2025-06-30", "鈴木", "Web", 1)]
    merged = _after(importing, _DEALS, _deals(one), _deals(two))
    assert merged.memory.facts["count"].sum() == 4
    assert merged.absent == (0, 0.0)


def test_a_log_replaces_the_days_of_the_people_in_it(importing: Importing) -> None:
    old = [("2025-06-01", "架電", "佐藤", ""), ("2025-06-02", "架電", "佐藤", ""), ("2025-06-02", "架電", "鈴木", "")]
    new = [("2025-06-02", "受注", "佐藤", 5), ("2025-06-04", "架電", "佐藤", "")]
    merged = _after(importing, _LOG, _log(old), _log(new))
    assert _held(merged) == [
        ("06-01", "佐藤", "call", 1, 0.0),
        ("06-02", "佐藤", "won", 1, 5.0),
        ("06-02", "鈴木", "call", 1, 0.0),
        ("06-04", "佐藤", "call", 1, 0.0),
    ]


def test_one_row_of_another_year_wipes_nothing(importing: Importing) -> None:
    days = [(f"2025-06-{day:02d}", "架電", "佐藤", "") for day in range(2, 8)]
    merged = _after(importing, _LOG, _log(days), _log([("2024-06-02", "架電", "佐藤", ""), *days[:1]]))
    assert merged.memory.facts["count"].sum() == 7


def test_a_row_that_is_left_out_still_speaks_of_its_day(importing: Importing) -> None:
    mapping = """
    [files.deals]
    [[events]]
    event = "won"
    occurred_at = "日"
    member = "担当"
    where = { "段階" = "受注" }
    """
    first, later = "日,担当,段階\n2025-06-02,佐藤,受注\n", "日,担当,段階\n2025-06-02,佐藤,商談\n2025-06-03,佐藤,受注\n"
    before = merge(Memory.nothing(), importing({"a.csv": first}, mapping))
    merged = merge(before.memory, importing({"b.csv": later}, mapping))
    assert _held(merged) == [("06-03", "佐藤", "won", 1, 0.0)]


def test_a_log_of_days_is_whole_for_its_days_and_people(importing: Importing) -> None:
    old = [("2025-06-02", "架電", "佐藤", ""), ("2025-06-03", "受注", "佐藤", 7), ("2025-06-03", "架電", "鈴木", "")]
    new = [("2025-06-02", "架電", "佐藤", ""), ("2025-06-03", "架電", "佐藤", "")]
    merged = _after(importing, _LOG, _log(old), _log(new), covers="days")
    assert [row[:3] for row in _held(merged)] == [
        ("06-02", "佐藤", "call"),
        ("06-03", "佐藤", "call"),
        ("06-03", "鈴木", "call"),
    ]


def test_a_mapping_under_another_name_counts_once(importing: Importing) -> None:
    first = importing({"d.csv": _deals(_TWO)}, _DEALS.format(covers=""))
    renamed = dataclasses.replace(
        first, mapping=dataclasses.replace(first.mapping, path=first.mapping.path.with_name("x.toml"))
    )
    merged = merge(merge(Memory.nothing(), first).memory, renamed)
    assert merged.memory.facts["count"].sum() == 2


def test_a_source_called_after_its_mapping_by_an_older_version_goes_on(importing: Importing) -> None:
    found = importing({"d.csv": _deals(_TWO)}, _DEALS.format(covers=""))
    older = found.facts.assign(source="mapping", itemised=False)
    merged = merge(Memory(older, Memory.nothing().records), found)
    assert merged.source == "mapping"
    assert merged.memory.facts["count"].sum() == 2


def test_another_source_is_left_alone(importing: Importing) -> None:
    found = importing({"d.csv": _deals(_TWO)}, 'source = "crm"' + _DEALS.format(covers='\ncovers = "all"'))
    mail = found.facts.assign(source="mail", itemised=False)
    merged = merge(Memory(mail, Memory.nothing().records), found)
    assert sorted(merged.memory.facts["source"]) == ["crm", "crm", "mail", "mail"]


def test_what_is_cancelled_takes_an_order_and_its_amount_away_on_its_day(importing: Importing) -> None:
    mapping = """
    [files.deals]
    [[events]]
    event = "won"
    occurred_at = "受注日"
    id = "ID"
    amount = "金額"
    [[events]]
    event = "cancelled"
    occurred_at = "取消日"
    id = "ID"
    amount = "金額"
    """
    text = "ID,受注日,取消日,金額\n1,2025-05-20,2025-06-03,300\n2,2025-06-02,,100\n"
    merged = _after(importing, mapping, text, text)
    assert _held(merged) == [
        ("05-20", "", "won", 1, 300.0),
        ("06-02", "", "won", 1, 100.0),
        ("06-03", "", "won", -1, -300.0),
    ]


def test_an_order_with_a_negative_amount_is_a_cancellation(importing: Importing) -> None:
    rows = [("G1", "2025-06-02", "佐藤", "Web", 300), ("G2", "2025-06-02", "佐藤", "Web", -100)]
    merged = _after(importing, _DEALS, _deals(rows))
    assert merged.memory.facts[["count", "amount"]].to_numpy().tolist() == [[0, 200.0]]


_people, _channels = st.sampled_from(["佐藤", "鈴木", "田中"]), st.sampled_from(["Web", "紹介"])
_days = st.dates(dt.date(2025, 6, 1), dt.date(2025, 6, 9)).map(str)
_deal_lists = st.lists(st.tuples(_days, _people, _channels, st.integers(-3, 9)), min_size=1, max_size=20).map(
    lambda rows: [(f"D{number}", *row) for number, row in enumerate(rows)]
)


@_LAWS
@given(deals=_deal_lists, parts=st.lists(st.integers(0, 2), min_size=20, max_size=20))
def test_any_split_into_commands_gives_the_same_as_one(
    importing: Importing, deals: list[Deal], parts: list[int]
) -> None:
    exports = [[deal for deal, part in zip(deals, parts, strict=False) if part == number] for number in range(3)]
    split = _after(importing, _DEALS, *(_deals(export) for export in exports if export))
    _same(split, _after(importing, _DEALS, _deals(deals)))


@_LAWS
@given(deals=_deal_lists, parts=st.lists(st.integers(0, 2), min_size=20, max_size=20))
def test_any_split_into_files_gives_the_same_as_one(importing: Importing, deals: list[Deal], parts: list[int]) -> None:
    exports = [[deal for deal, part in zip(deals, parts, strict=False) if part == number] for number in range(3)]
    mapping = _DEALS.format(covers="")
    files = {f"d{number}.csv": _deals(export) for number, export in enumerate(exports) if export}
    _same(merge(Memory.nothing(), importing(files, mapping)), _after(importing, _DEALS, _deals(deals)))


@_LAWS
@given(
    rows=st.lists(
        st.tuples(_days, st.sampled_from(["架電", "受注"]), _people, st.integers(0, 9)), min_size=1, max_size=20
    ),
    by=st.sampled_from([0, 2]),
)
def test_a_log_split_by_day_or_person_gives_the_same_as_one(importing: Importing, rows: list[Deal], by: int) -> None:
    exports = [[row for row in rows if row[by] == key] for key in dict.fromkeys(row[by] for row in rows)]
    for covers in ("", "days") if by == 2 else ("",):
        _same(_after(importing, _LOG, *map(_log, exports), covers=covers), _after(importing, _LOG, _log(rows)))


@_LAWS
@given(
    rows=st.lists(
        st.tuples(_days, st.sampled_from(["架電", "受注"]), _people, st.integers(0, 9)), min_size=1, max_size=20
    ),
    parts=st.lists(st.integers(0, 2), min_size=20, max_size=20),
)
def test_what_is_only_added_may_be_split_anyhow(importing: Importing, rows: list[Deal], parts: list[int]) -> None:
    exports = [[row for row, part in zip(rows, parts, strict=False) if part == number] for number in range(3)]
    added = _after(importing, _LOG, *(_log(export) for export in exports if export), covers="added")
    assert _held(added) == _held(_after(importing, _LOG, _log(rows)))


@_LAWS
@given(deals=_deal_lists, covers=st.sampled_from(["", "all", "days", "added"]))
def test_twice_is_once(importing: Importing, deals: list[Deal], covers: str) -> None:
    once = _after(importing, _DEALS, _deals(deals), covers=covers)
    twice = _after(importing, _DEALS, _deals(deals), _deals(deals), covers=covers)
    _same(once, twice)
    assert not twice.losing


def test_whoever_has_less_than_nothing_loses_nothing_to_the_same_export(importing: Importing) -> None:
    cancelled: list[Deal] = [("D0", "2025-06-01", "佐藤", "Web", 5), ("D1", "2025-06-01", "佐藤", "紹介", -3)]
    assert not _after(importing, _DEALS, _deals(cancelled), _deals(cancelled), covers="days").losing


@_LAWS
@given(first=_deal_lists, later=_deal_lists)
def test_a_later_export_of_the_whole_list_equals_a_fresh_import_of_it(
    importing: Importing, first: list[Deal], later: list[Deal]
) -> None:
    both = _after(importing, _DEALS, _deals(first), _deals(later), covers="all")
    _same(both, _after(importing, _DEALS, _deals(later), covers="all"))


def test_a_span_takes_what_was_deleted_within_its_days(importing: Importing) -> None:
    """Suzuki's call of the 3rd was deleted, so that the next export has no row of that day; the 9th is outside."""
    first = [("2025-06-02", "架電", "佐藤", ""), ("2025-06-03", "架電", "鈴木", ""), ("2025-06-09", "架電", "鈴木", "")]
    again = [("2025-06-02", "架電", "佐藤", ""), ("2025-06-04", "架電", "佐藤", "")]
    days = {}
    for covers in ("span", "days"):
        facts = _after(importing, _LOG, _log(first), _log(again), covers=covers).memory.facts
        days[covers] = sorted(facts["date"].dt.day.tolist())
    assert days == {"span": [2, 4, 9], "days": [2, 3, 4, 9]}


def test_what_has_an_id_stands_in_the_order_of_its_day_whatever_that_of_the_file(importing: Importing) -> None:
    rows = [
        ("D3", "佐藤", "Web", "2025-06-02", "1"),
        ("D1", "", "Web", "2025-06-03", "2"),
        ("D2", "", "", "2025-06-02", "3"),
    ]
    for given_rows in (rows, rows[::-1]):
        text = "ID,担当,経路,受注日,金額\n" + "".join(",".join(row) + "\n" for row in given_rows)
        found = importing({"d.csv": text}, _DEALS.format(covers=""))
        assert found.records["id"].tolist() == ["D2", "D3", "D1"]
