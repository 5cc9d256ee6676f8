"""Breakdowns by member and channel leave nothing out: what the plan does not list has rows of its own."""

import datetime as dt
from collections.abc import Callable

import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st

from kpixl.plan import Channel, Goal, Member, Period, Plan, Stage
from kpixl.tracking import VALUE_COLUMNS, breakdown, unlisted

_SPAN = (dt.date(2026, 9, 1), dt.date(2026, 9, 30))
_PLAN = Plan(
    "small",
    "ja",
    Goal(10, 1),
    Period(_SPAN[0], 1),
    (Stage("lead", "リード"), Stage("won", "受注")),
    (Channel("Web", 1, (0.5,)),),
    (Member("佐藤"), Member("鈴木")),
)


def test_unlisted_and_blank_names_come_after_the_listed(values: Callable[..., pd.DataFrame]) -> None:
    known = values((3, "鈴木", "", "won", 2), (3, "退職者", "Web", "won", 5), (3, "", "紹介", "won", 7))
    by_member = breakdown(_PLAN, known, "member", *_SPAN)
    assert by_member["won"].to_dict() == {"佐藤": 0, "鈴木": 2, "退職者": 5, "": 7}
    assert list(by_member.index) == ["佐藤", "鈴木", "退職者", ""]
    assert breakdown(_PLAN, known, "channel", *_SPAN)["won"].to_dict() == {"Web": 5, "紹介": 7, "": 2}
    assert (unlisted(_PLAN, known, "member"), unlisted(_PLAN, known, "channel")) == (["退職者"], ["紹介"])


def test_nothing_happened_is_a_row_of_zeros_for_everybody(values: Callable[..., pd.DataFrame]) -> None:
    table = breakdown(_PLAN, values(), "member", *_SPAN)
    assert table.to_dict("list") == {"revenue": [0, 0], "lead": [0, 0], "won": [0, 0]}


_names = st.sampled_from(["佐藤", "鈴木", "", "退職者", "sato "])
_rows = st.tuples(
    st.dates(dt.date(2026, 8, 25), dt.date(2026, 10, 5)),
    _names,
    st.sampled_from(["Web", "", "紹介"]),
    st.sampled_from(["revenue", "lead", "won"]),
    st.integers(0, 1000).map(float),
)


@settings(max_examples=50, deadline=None)
@given(st.lists(_rows, min_size=1, max_size=30), st.sampled_from(["member", "channel"]))
def test_the_rows_sum_to_the_team(rows: list[tuple[dt.date, str, str, str, float]], by: str) -> None:
    frame = pd.DataFrame(rows, columns=VALUE_COLUMNS)
    table = breakdown(_PLAN, frame.assign(date=pd.to_datetime(frame["date"])), by, *_SPAN)
    for kpi in ("revenue", "lead", "won"):
        assert table[kpi].sum() == sum(row[4] for row in rows if row[3] == kpi and _SPAN[0] <= row[0] <= _SPAN[1])
