"""Facts in few rows: whatever a formula may ask for has the sum that all facts have."""

import base64
import datetime as dt
import hashlib
import io
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from kpixl.actuals import archive, condensing
from kpixl.actuals.condensing import condensed, daily
from kpixl.actuals.frames import together

_DAY = dt.date(2026, 9, 16)
_SUMS = ["count", "amount", "minutes"]


@pytest.fixture(scope="module")
def facts() -> pd.DataFrame:
    """Three months of eight members (one of them unnamed) and three channels, of two sources; a third is missing."""
    rng = np.random.default_rng(7)
    days = pd.date_range("2026-08-01", "2026-10-31")
    members = [*"abcdefg", ""]
    keys = pd.MultiIndex.from_product([days, members, ["web", "fair", ""], ["call", "won"], ["cti", "sfa"]])
    frame = keys.to_frame(index=False, name=["date", "member", "channel", "event", "source"])
    frame = frame[rng.random(len(frame)) < 0.7]
    frame["count"] = rng.integers(1, 9, len(frame)).astype(float)
    frame["amount"] = np.where(frame["event"] == "won", rng.integers(-3, 90, len(frame)) * 1e4, 0.0)
    frame["minutes"] = rng.integers(0, 5000, len(frame)) / 60
    frame["date"] = frame["date"].astype("datetime64[s]")
    return together([frame.assign(itemised=False)])


def _by(frame: pd.DataFrame, *keys: str) -> pd.DataFrame:
    plain = frame.assign(**{name: frame[name].astype(str) for name in ("member", "channel", "event", "source")})
    sums = plain.groupby([*keys])[_SUMS].sum()
    return sums[sums.abs().sum(axis=1) > 1e-6]


def _in_order(frame: pd.DataFrame) -> pd.DataFrame:
    keys = ["date", "member", "channel", "event", "source", *(["itemised"] if "itemised" in frame else [])]
    return frame.sort_values(keys, ignore_index=True)


def _month(frame: pd.DataFrame) -> pd.DataFrame:
    return frame[(frame["date"] >= "2026-09-01") & (frame["date"] <= "2026-09-30")]


@pytest.mark.parametrize("most", [5_000, 2_500, 1_900])
def test_what_is_shown_sums_up(facts: pd.DataFrame, most: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(condensing, "MOST_SHOWN", most)
    shown = condensed(facts, _DAY).shown
    assert len(shown) <= most
    for keys in (["date", "event"], ["date", "channel", "event"], ["date", "source"]):
        pd.testing.assert_frame_equal(_by(shown, *keys), _by(facts, *keys))
    months = (_month(facts), _month(shown))
    for until in (str(_DAY), "2026-09-30"):
        whole, few = (_by(one[(one["date"] <= until) & (one["member"] != "")], "member", "event") for one in months)
        pd.testing.assert_frame_equal(few, whole)


def test_what_no_sheet_can_show_by_day_is_shown_by_month(facts: pd.DataFrame, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(condensing, "MOST_SHOWN", 1)
    shown = condensed(facts, _DAY).shown
    august = shown[shown["date"] < "2026-09-01"]
    assert august["date"].unique().tolist() == [pd.Timestamp("2026-08-31")]
    ours = facts[facts["date"] < "2026-09-01"]
    pd.testing.assert_frame_equal(_by(august, "channel", "event"), _by(ours, "channel", "event"))


def test_other_months_are_tracked_by_month(facts: pd.DataFrame) -> None:
    followed = condensed(facts, _DAY).followed
    pd.testing.assert_frame_equal(
        _by(_month(followed), "date", "member", "channel", "event"),
        _by(_month(facts), "date", "member", "channel", "event"),
    )
    others = followed[(followed["date"] < "2026-09-01") | (followed["date"] > "2026-09-30")]
    assert set(others["date"]) == {pd.Timestamp("2026-08-31"), pd.Timestamp("2026-10-31")}
    pd.testing.assert_frame_equal(_by(followed, "member", "channel", "event"), _by(facts, "member", "channel", "event"))


def test_a_quarter_is_tracked_by_day_in_all_of_its_months(facts: pd.DataFrame) -> None:
    followed, by_month = condensed(facts, _DAY, dt.date(2026, 8, 10)).followed, condensed(facts, _DAY).followed
    august, of_facts = (one[one["date"].between("2026-08-01", "2026-08-31")] for one in (followed, facts))
    assert august["date"].nunique() > 1
    keys = "date", "member", "channel", "event"
    pd.testing.assert_frame_equal(_by(august, *keys), _by(of_facts, *keys))
    later = [one[one["date"] > "2026-09-30"] for one in (followed, by_month)]
    pd.testing.assert_frame_equal(*(_by(one, *keys) for one in later))


def test_the_team_by_day_keeps_apart_whom_a_measure_names(facts: pd.DataFrame) -> None:
    found = daily(facts, ["b", "fair"])
    assert set(found["member"]) == {"", "b"}
    assert set(found["channel"]) == {"", "fair"}
    for part in (found, facts):
        part.attrs.clear()
    mine, whole = found[found["member"] == "b"], facts[facts["member"] == "b"]
    pd.testing.assert_frame_equal(_by(mine, "date", "event"), _by(whole, "date", "event"))
    pd.testing.assert_frame_equal(_by(found, "date", "event"), _by(facts, "date", "event"))


def test_an_archive_holds_every_fact(facts: pd.DataFrame) -> None:
    pieces = archive.packed(facts)
    assert max(map(len, pieces)) <= 8000
    held: Any = archive.unpacked(pieces)
    pd.testing.assert_frame_equal(held, _in_order(facts))
    assert sum(map(len, pieces)) < 6 * len(facts), "a fact takes few bytes"


def test_facts_come_back_in_the_order_of_their_keys_whatever_theirs_was(facts: pd.DataFrame) -> None:
    mixed = facts.sample(frac=1, random_state=3)
    for given in (mixed, mixed[:1], mixed.assign(itemised=mixed["event"] == "won"), mixed.drop(columns="itemised")):
        held: Any = archive.unpacked(archive.packed(given))
        names = ["member", "channel", "event", "source"]
        pd.testing.assert_frame_equal(
            held.astype(dict.fromkeys(names, str)), _in_order(given.astype(dict.fromkeys(names, str)))
        )


def test_days_in_minutes_that_are_no_seconds_and_before_1970_are_kept() -> None:
    day = pd.to_datetime(["1969-12-30", "2026-06-02"]).astype("datetime64[s]")
    one = {"member": ["a", "a"], "channel": ["", ""], "event": ["call", "call"], "source": ["log", "log"]}
    facts = pd.DataFrame({"date": day, **one, "count": [0.5, -2.0], "amount": [0.1, 1e12], "minutes": [1 / 7, 3.0]})
    held: Any = archive.unpacked(archive.packed(facts))
    pd.testing.assert_frame_equal(held.astype(facts.dtypes.to_dict()), facts)


def test_an_archive_of_an_older_kpixl_is_read(facts: pd.DataFrame) -> None:
    """It held dates where it now holds the days between them."""
    file = io.BytesIO()
    seconds = (facts["minutes"] * 60).round().astype("int64")
    older = facts.drop(columns="minutes").assign(seconds=seconds)
    table = pa.Table.from_pandas(older, preserve_index=False).replace_schema_metadata(None)
    table = table.set_column(0, "date", table["date"].cast(pa.date32()))
    pq.write_table(table, file, compression="zstd")
    head = f"kpixl-days-1 {hashlib.sha256(file.getvalue()).hexdigest()}"
    held: Any = archive.unpacked([head, base64.b64encode(file.getvalue()).decode()])
    pd.testing.assert_frame_equal(held, facts)


@pytest.mark.parametrize("harm", [lambda p: p[:-1], lambda p: [*p[:-1], p[-1][:-4]], lambda p: p[1:], lambda p: []])
def test_an_archive_that_is_not_whole_is_noticed(facts: pd.DataFrame, harm: Any) -> None:
    assert archive.unpacked(harm(archive.packed(facts))) is None
    changed = archive.packed(facts)
    changed[1] = changed[1][:50] + ("A" if changed[1][50] != "A" else "B") + changed[1][51:]
    assert archive.unpacked(changed) is None
