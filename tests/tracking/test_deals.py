"""What became of deals: outcomes from the events, and pipeline, cohorts and cycles equal to pandas on a real funnel."""

import datetime as dt
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from kpixl.actuals import DEAL_COLUMNS, MEASURE_KINDS, RECORD_COLUMNS, import_events, read_mapping
from kpixl.tracking.cohorts import entry_cohorts
from kpixl.tracking.cycles import cycle_days
from kpixl.tracking.deals import deal_frame, decided, open_deals
from kpixl.tracking.factors import loss_reasons, success_factors
from kpixl.tracking.pipeline import oldest_deals, open_pipeline

_DAY = dt.date(2025, 5, 31)


def _listed(*rows: tuple[str, str, str, float]) -> pd.DataFrame:
    told = [("crm", id_, "佐藤", "Web", created or None, stage, amount, "") for id_, created, stage, amount in rows]
    frame = pd.DataFrame(told, columns=list(DEAL_COLUMNS))
    return frame.assign(created=pd.to_datetime(frame["created"])).astype({"created": "datetime64[s]"})


def _events(*rows: tuple[str, str, str, float, float]) -> pd.DataFrame:
    told = [("crm", id_, event, day, "佐藤", "Web", count, amount, 0.0) for id_, event, day, count, amount in rows]
    frame = pd.DataFrame(told, columns=list(RECORD_COLUMNS))
    return frame.assign(date=pd.to_datetime(frame["date"])).astype(MEASURE_KINDS)


def _one(deals: pd.DataFrame, events: pd.DataFrame, day: dt.date = _DAY) -> dict[str, object]:
    (row,) = deal_frame(deals, events, day).to_dict("records")
    return row


def test_a_won_deal_has_the_amount_and_day_of_its_order() -> None:
    row = _one(_listed(("A", "2025-04-01", "受注", 100.0)), _events(("A", "won", "2025-05-02", 1, 120.0)))
    assert (row["outcome"], row["amount"], row["ended"]) == ("won", 120.0, pd.Timestamp("2025-05-02"))


def test_an_order_that_was_cancelled_is_lost_on_that_day() -> None:
    events = _events(("A", "won", "2025-05-02", 1, 120.0), ("A", "cancelled", "2025-05-20", -1, -120.0))
    row = _one(_listed(("A", "2025-04-01", "受注", 100.0)), events)
    assert (row["outcome"], row["ended"]) == ("lost", pd.Timestamp("2025-05-20"))


def test_parts_of_several_people_are_one_order() -> None:
    events = _events(("A", "won", "2025-05-02", 0.6, 60.0), ("A", "won", "2025-05-02", 0.4, 40.0))
    row = _one(_listed(("A", "2025-04-01", "受注", 0.0)), events)
    assert (row["outcome"], row["amount"]) == ("won", 100.0)


def test_what_happens_later_has_not_happened_yet() -> None:
    deals, events = (
        _listed(("A", "2025-04-01", "受注", 100.0)),
        _events(("A", "meeting", "2025-04-10", 1, 0.0), ("A", "won", "2025-06-02", 1, 120.0)),
    )
    row = _one(deals, events)
    assert (row["outcome"], row["stage"], row["amount"]) == ("open", "meeting", 100.0)
    assert not len(deal_frame(deals, events, dt.date(2025, 3, 31)))


def test_a_stage_of_the_past_has_the_word_that_the_list_has_for_it() -> None:
    deals = _listed(("A", "2025-04-01", "受注", 100.0), ("B", "2025-04-02", "商談実施", 50.0))
    events = _events(
        ("A", "meeting", "2025-04-10", 1, 0.0),
        ("A", "won", "2025-06-02", 1, 120.0),
        ("B", "meeting", "2025-04-11", 1, 0.0),
    )
    assert deal_frame(deals, events, _DAY)["stage"].tolist() == ["商談実施", "商談実施"]


def test_a_deal_begins_with_its_first_event_where_the_list_says_no_day_or_a_later_one() -> None:
    events = _events(("A", "appointment", "2025-04-10", 1, 0.0), ("A", "meeting", "2025-04-20", 1, 0.0))
    for created in ("", "2025-05-01"):
        row = _one(_listed(("A", created, "", 100.0)), events)
        assert (row["begun"], row["stage"]) == (pd.Timestamp("2025-04-10"), "meeting")


def test_a_deal_that_the_list_has_as_won_but_no_event_is_neither_open_nor_in_the_rates() -> None:
    frame = deal_frame(_listed(("A", "2025-04-01", "受注", 1.0), ("B", "2025-04-01", "見送り", 1.0)), _events(), _DAY)
    assert frame["outcome"].tolist() == ["ended", "open"]
    assert entry_cohorts(frame, _DAY)[["entered", "open"]].iloc[0].tolist() == [1, 1]


def test_a_pipeline_without_decided_deals_has_no_expectation() -> None:
    frame = deal_frame(_listed(("A", "2025-05-01", "提案", 100.0), ("B", "", "提案", 50.0)), _events(), _DAY)
    found = open_pipeline(frame, _DAY, _DAY)
    assert found[["stage", "deals", "amount", "age_0"]].to_numpy().tolist() == [
        ["提案", 2, 150.0, 1],
        ["", 2, 150.0, 1],
    ]
    assert found["expected"].isna().all()
    assert oldest_deals(frame, _DAY, 5)[["id", "days"]].to_numpy().tolist() == [["A", 30.0]]


def test_expectation_of_few_decided_deals_is_their_share() -> None:
    """Three of four were won in time: (3 + ½) ÷ (4 + 1) of 100, as KPI_PIPELINE has it."""
    days = [("W1", "won"), ("W2", "won"), ("W3", "won"), ("L1", "lost")]
    deals = _listed(("A", "2025-05-01", "提案", 100.0), *((id_, "2025-05-01", "", 1.0) for id_, _ in days))
    events = _events(*((id_, event, "2025-05-11", 1, 1.0) for id_, event in days))
    found = open_pipeline(deal_frame(deals, events, _DAY), _DAY, dt.date(2025, 6, 30))
    assert found["expected"].tolist() == pytest.approx([70.0, 70.0])


def test_chances_are_by_milestone_however_the_list_words_the_stage() -> None:
    """All ten deals after a meeting were won, none of ten after an appointment: 見積中 leans on the former."""
    past = [
        (f"{event}{n}", event, end) for event, end in (("meeting", "won"), ("appointment", "lost")) for n in range(10)
    ]
    deals = _listed(
        ("A", "2025-05-21", "見積中", 100.0),
        ("B", "2025-05-21", "日程調整", 100.0),
        *((p, "2025-04-01", "", 1.0) for p, _, _ in past),
    )
    events = _events(
        *((p, event, "2025-04-02", 1, 0.0) for p, event, _ in past),
        *((p, end, "2025-04-21", 1, 1.0) for p, _, end in past),
        ("A", "meeting", "2025-05-22", 1, 0.0),
        ("B", "appointment", "2025-05-22", 1, 0.0),
    )
    found = open_pipeline(deal_frame(deals, events, _DAY), _DAY, dt.date(2025, 12, 31))
    assert found["stage"].tolist() == ["日程調整", "見積中", ""]
    low, high, both = found["expected"]
    assert low < 30
    assert high > 70
    assert low + high == pytest.approx(both)


def test_reasons_for_losing_are_counted_and_not_compared() -> None:
    deals = _listed(*((f"L{n}", "2025-04-01", "失注", 1.0) for n in range(12)), ("W", "2025-04-01", "受注", 1.0))
    deals["attributes"] = ['{"loss_reason": "価格"}'] * 8 + ['{"loss_reason": "時期"}'] * 4 + [""]
    events = _events(*((f"L{n}", "lost", "2025-05-01", 1, 0.0) for n in range(12)), ("W", "won", "2025-05-01", 1, 1.0))
    frame = deal_frame(deals, events, _DAY)
    assert loss_reasons(frame).to_dict() == {"価格": 8, "時期": 4}
    assert "loss_reason" not in success_factors(frame)["attribute"].tolist()


@pytest.fixture(scope="module")
def olist(real_data: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the deals of Olist as kpixl has them, and the same joined by pandas."""
    files = sorted((real_data / "olist").glob("*.csv"))
    mapping = read_mapping(Path(__file__).with_name("olist_deals.toml"))
    found = import_events(files, mapping, rejects=tmp_path_factory.mktemp("olist"))
    leads, closed = (pd.read_csv(real_data / "olist" / f"olist_{name}.csv") for name in ("mql", "closed_deals"))
    raw = leads.merge(closed[["mql_id", "won_date", "business_segment"]], on="mql_id", how="left")
    raw = raw.assign(
        begun=pd.to_datetime(raw["first_contact_date"]), won=pd.to_datetime(raw["won_date"]).dt.normalize()
    )
    assert found.deals is not None
    return deal_frame(found.deals, found.records, dt.date(2018, 11, 30)), raw


def test_every_lead_of_olist_is_a_deal(olist: tuple[pd.DataFrame, pd.DataFrame]) -> None:
    frame, raw = olist
    assert (len(frame), len(open_deals(frame)), len(decided(frame))) == (8000, 8000 - 842, 842)
    assert len(raw) == 8000


def test_cohorts_of_olist_equal_pandas(olist: tuple[pd.DataFrame, pd.DataFrame]) -> None:
    frame, raw = olist
    found = entry_cohorts(frame, dt.date(2018, 11, 30)).set_index("month")
    month = raw["begun"].dt.to_period("M").dt.to_timestamp()
    by_month = raw.groupby(month).agg(entered=("mql_id", "size"), won=("won", "count"))
    assert found.loc[by_month.index, "entered"].tolist() == by_month["entered"].tolist()
    assert found.loc[by_month.index, "won"].tolist() == by_month["won"].tolist()
    assert found["won"].sum() == 842
    assert (found["expected"] >= found["won"]).all()


def test_cycle_days_of_olist_equal_pandas(olist: tuple[pd.DataFrame, pd.DataFrame]) -> None:
    frame, raw = olist
    found = cycle_days(frame, "channel").set_index("name")
    won = raw[raw["won"].notna()]
    days = (won["won"] - won["begun"]).dt.days.clip(lower=0)
    assert found.loc["", ["orders", "quarter", "median", "three_quarters"]].tolist() == [
        842,
        *np.quantile(days, [0.25, 0.5, 0.75]),
    ]
    by_channel = days.groupby(won["origin"]).median()
    assert found.loc[by_channel.index, "median"].tolist() == by_channel.tolist()


def test_open_deals_of_olist_by_age_equal_pandas(olist: tuple[pd.DataFrame, pd.DataFrame]) -> None:
    frame, raw = olist
    found = open_pipeline(frame, dt.date(2018, 11, 30), dt.date(2018, 11, 30)).iloc[-1]
    still = raw[raw["won"].isna()]
    ages = pd.cut((pd.Timestamp(2018, 11, 30) - still["begun"]).dt.days, [-1, 30, 60, 90, 10_000])
    assert found[["age_0", "age_1", "age_2", "age_3"]].tolist() == ages.value_counts(sort=False).tolist()
