"""Cells as exports write them: dates of any country, lengths of time, counts, shares, product lines, wide tables."""

from collections.abc import Callable
from datetime import date
from zoneinfo import ZoneInfo

import pytest

from kpixl import texts
from kpixl.actuals.days import read_days
from kpixl.actuals.durations import minutes_in, unit_of
from kpixl.actuals.facts import Import
from kpixl.errors import InvalidPlan, InvalidValue, UnreadableData

Importing = Callable[..., Import]
_TOKYO = ZoneInfo("Asia/Tokyo")
_WON = """
source = "crm"
[files.log]
[[events]]
event = "won"
occurred_at = "date"
"""


def _days(found: Import) -> list[str]:
    return [day.isoformat()[:10] for day in found.facts.date]


def _noted(found: Import, key: str) -> list[dict[str, object]]:
    return [values for name, values in found.notes if name == key]


@pytest.mark.parametrize(
    "text",
    [
        *("15-Jul-2026", "15 July 2026", "Jul 15, 2026", "July 15th, 2026", "Wed, 15 Jul 2026", "15/Jul/2026"),
        *("15.07.2026", "2026.7.15", "令和8年7月15日", "R8.7.15", "2026年7月15日(水) 9:00", "20260715", "46218"),
        *("15-Jul-2026 11:30 PM", "Jul 15, 2026, 9:05 am", "2026-07-15 11:30 PM", "15/7/2026", "7/15/2026"),
        *("2026-07-14T23:30:00.000+0000", "Jul 14, 2026 23:30 UTC"),
    ],
)
def test_a_date_that_can_be_meant_in_one_way_only(text: str) -> None:
    assert read_days([text], _TOKYO).days == (date(2026, 7, 15),)


@pytest.mark.parametrize("text", ["15-Jul-26", "Jul 2026", "31.2.2026", "7/15", "2026-13-01", "13:05", "7/32/2026"])
def test_a_date_that_nobody_can_read(text: str) -> None:
    assert read_days([text], _TOKYO).days == (None,)


def test_the_column_decides_what_one_cell_cannot_say() -> None:
    us = read_days(["7/8/2026", "12/31/2026"], _TOKYO)
    assert (us.days, us.order, us.because) == ((date(2026, 7, 8), date(2026, 12, 31)), "MM/DD/YYYY", "12/31/2026")
    assert read_days(["7/8/2026", "31/12/2026"], _TOKYO).days[0] == date(2026, 8, 7)
    both = read_days(["7/8/2026", "31/12/2026", "12/31/2026"], _TOKYO)
    assert (both.days[0], both.unsure) == (None, {"7/8/2026"})
    assert read_days(["7/7/2026"], _TOKYO).days == (date(2026, 7, 7),)


@pytest.mark.parametrize(
    ("pattern", "text", "right"),
    [
        ("MM/DD/YYYY", "7/8/2026 3:45 PM", date(2026, 7, 8)),
        ("DD/MM/YYYY", "7/8/2026", date(2026, 8, 7)),
        ("DD-MM-YYYY", "7/8/2026", date(2026, 8, 7)),
        ("MM.DD.YYYY", "7.8.2026", date(2026, 7, 8)),
        ("MM/DD/YY", "7/8/26", date(2026, 7, 8)),
        ("YY/MM/DD", "26/7/8", date(2026, 7, 8)),
        ("DD-MMM-YY", "8-Jul-26", date(2026, 7, 8)),
        ("MM/DD/YYYY", "2026-07-08", date(2026, 7, 8)),
        ("MM/DD/YYYY", "15/7/2026", None),
    ],
)
def test_the_mapping_says_how_dates_are_written(pattern: str, text: str, right: date | None) -> None:
    assert read_days([text], _TOKYO, pattern).days == (right,)


def test_dates_of_an_american_export(importing: Importing) -> None:
    found = importing({"log.csv": "date\n7/8/2026\n7/15/2026\n"}, _WON)
    assert _days(found) == ["2026-07-08", "2026-07-15"]
    assert _noted(found, "date_order") == [{"column": "date", "order": "MM/DD/YYYY", "given": "7/15/2026"}]


def test_dates_that_nothing_decides_are_asked_for(importing: Importing) -> None:
    with texts.speaking("en"), pytest.raises(UnreadableData, match='dates = "MM/DD/YYYY"'):
        importing({"log.csv": "date\n7/8/2026\n9/10/2026\n"}, _WON)
    found = importing({"log.csv": "date\n7/8/2026\n9/10/2026\n"}, 'dates = "DD/MM/YYYY"\n' + _WON)
    assert _days(found) == ["2026-08-07", "2026-10-09"]


def test_one_odd_date_among_good_ones_is_set_aside_alone(importing: Importing) -> None:
    found = importing({"log.csv": "date\n2026-07-01\n7/8/2026\n2026-07-02\n"}, _WON)
    assert _days(found) == ["2026-07-01", "2026-07-02"]
    assert found.rejects.waiting is not None
    assert "二通りに読めます" in found.rejects.waiting.read_text("utf-8-sig")


def test_day_and_time_in_two_columns(importing: Importing) -> None:
    mapping = _WON.replace('"date"', '["date", "time"]')
    found = importing({"log.csv": "date,time\n2026-07-14,23:30Z\n2026/7/16,9:05\n7月,9:00\n2026-07-17,\n"}, mapping)
    assert _days(found) == ["2026-07-15", "2026-07-16", "2026-07-17"]
    assert found.controls[0].set_aside == 1


def test_a_mapping_with_no_such_pattern_is_refused(importing: Importing) -> None:
    with pytest.raises(InvalidPlan, match="MM/DD/YYYY"):
        importing({"log.csv": "date\n"}, 'dates = "month first"\n' + _WON)


@pytest.mark.parametrize(
    ("text", "unit", "right"),
    [
        *(("0:02:23", unit, 143 / 60) for unit in ("minutes", "seconds", "m:ss")),
        *(("143", "seconds", 143 / 60), ("143000", "milliseconds", 143 / 60), ("1.5", "hours", 90), ("12", "h:mm", 12)),
        *(("2:23", "m:ss", 143 / 60), ("2:23", "h:mm", 143), ("125:30", "m:ss", 125.5)),
        *(
            ("2分23秒", "minutes", 143 / 60),
            ("1時間5分", "minutes", 65),
            ("1h 5m", "minutes", 65),
            ("30秒", "minutes", 0.5),
        ),
    ],
)
def test_lengths_of_time(text: str, unit: str, right: float) -> None:
    assert minutes_in(text, unit) == pytest.approx(right)


def test_two_numbers_with_one_colon_are_not_guessed() -> None:
    with pytest.raises(InvalidValue):
        minutes_in("2:23")


@pytest.mark.parametrize(
    ("heading", "unit"),
    [
        *(("コール時間(秒)", "seconds"), ("Duration (seconds)", "seconds"), ("duration_sec", "seconds")),
        *(
            ("通話時間", "minutes"),
            ("通話秒数", "seconds"),
            ("Call duration (ms)", "milliseconds"),
            ("工数(時間)", "hours"),
        ),
    ],
)
def test_the_heading_says_the_unit(heading: str, unit: str) -> None:
    assert unit_of(heading) == unit


@pytest.mark.parametrize("minutes", ['"通話(秒)"', '{ column = "通話(秒)", unit = "seconds" }'])
def test_talk_time_in_seconds_and_as_a_clock(importing: Importing, minutes: str) -> None:
    mapping = _WON.replace('"won"', '"call"') + f"minutes = {minutes}\n"
    found = importing({"log.csv": "date,通話(秒)\n2026-07-01,90\n2026-07-01,0:01:00\n2026-07-01,ten\n"}, mapping)
    assert (found.facts.minutes.sum(), found.controls[0].set_aside) == (2.5, 1)
    assert bool(_noted(found, "timed")) == (minutes[0] == '"'), "what the mapping says need not be said again"


def test_rows_that_hold_counts(importing: Importing) -> None:
    mapping = _WON.replace('"won"', '"email_sent"') + 'count = "配信数"\n'
    rows = '2026-07-01,"2,270"\n2026-07-02,0\n2026-07-03,\n2026-07-04,-5\n2026-07-05,1.5\n2026-07-06,30\n'
    found = importing({"log.csv": "date,配信数\n" + rows}, mapping)
    assert found.facts["count"].tolist() == [2270, 0, 30]
    control = found.controls[0]
    assert (control.read, control.used, control.set_aside, control.other) == (6, 3, 2, 1), "blank is not zero"


def test_an_amount_for_each_event(importing: Importing) -> None:
    rows = "date,n\n2026-07-01,3\n2026-07-02,2\n"
    mapping = _WON + "amount = { fixed = 50000 }\n"
    assert importing({"log.csv": rows}, mapping).facts.amount.tolist() == [50_000, 50_000]
    assert importing({"log.csv": rows}, mapping + 'count = "n"\n').facts.amount.tolist() == [150_000, 100_000]
    assert importing({"log.csv": rows}, _WON + 'amount = { fixed = "5万円" }').facts.amount.sum() == 100_000


def test_a_wide_table_has_an_event_per_column(importing: Importing) -> None:
    mapping = """
    [files.day]
    [[events]]
    occurred_at = "日付"
    member = "担当"
    columns = { "架電数" = "架電", "アポ" = "appointment", "受注数" = { event = "受注", amount = "受注額" } }
    """
    rows = "2026-07-01,佐藤,30,2,1,500000\n2026-07-01,鈴木,25,,0,0\n2026-07-02,佐藤,20,1,,\n合計,,75,3,1,500000\n"
    found = importing({"day.csv": "日付,担当,架電数,アポ,受注数,受注額\n" + rows}, mapping)
    counts = found.facts.groupby("event")[["count", "amount"]].sum()
    assert counts["count"].to_dict() == {"call": 75, "appointment": 3, "won": 1}
    assert counts.amount["won"] == 500_000


_SHARED = _WON + 'member = "who"\nid = "id"\namount = "amount"\n'
_DEAL = "id,who,part,date,amount\n"


def test_an_order_shared_by_two(importing: Importing) -> None:
    rows = "P1,佐藤,60%,2026-07-01,600000\nP1,鈴木,40%,2026-07-01,400000\nP2,鈴木,100%,2026-07-02,100\n"
    found = importing({"log.csv": _DEAL + rows}, _SHARED + 'share = "part"\n')
    credit = found.facts.groupby("member")[["count", "amount"]].sum()
    assert credit["count"].to_dict() == pytest.approx({"佐藤": 0.6, "鈴木": 1.4})
    assert credit.amount.to_dict() == {"佐藤": 600_000, "鈴木": 400_100}
    assert found.controls[0].used == 3
    assert _noted(found, "shared_parts")
    assert not _noted(found, "uneven_shares")


def test_a_shared_order_whose_rows_hold_the_whole_amount(importing: Importing) -> None:
    rows = "P1,佐藤,60,2026-07-01,1000000\nP1,鈴木,30,2026-07-01,1000000\n"
    share = 'share = { column = "part", unit = "percent", amount = "whole" }\n'
    found = importing({"log.csv": _DEAL + rows}, _SHARED + share)
    assert found.facts.amount.tolist() == [600_000, 300_000]
    assert _noted(found, "uneven_shares") == [{"rows": 1, "id": "P1", "sum": pytest.approx(0.9)}]


def test_a_share_that_nobody_can_read_is_set_aside(importing: Importing) -> None:
    rows = "P1,佐藤,60,2026-07-01,6\nP2,鈴木,,2026-07-01,4\nP3,鈴木,0.5,2026-07-01,2\n"
    found = importing({"log.csv": _DEAL + rows}, _SHARED + 'share = "part"\n')
    assert (found.controls[0].used, found.controls[0].set_aside) == (1, 2)


def test_product_lines_are_one_order(importing: Importing) -> None:
    rows = "L1,佐藤,,2026-07-01,100\nL1,佐藤,,2026-07-01,100\nL1,佐藤,,2026-07-01,-30\nL2,鈴木,,2026-07-02,50\n"
    found = importing({"log.csv": _DEAL + rows}, _SHARED + 'lines = "sum"\n')
    assert found.facts[["count", "amount"]].to_numpy().tolist() == [[1, 170], [1, 50]]
    assert found.controls[0].used == 4


def test_of_an_order_in_two_exports_the_later_one_says_all_lines(importing: Importing) -> None:
    one, two = "L1,佐藤,,2026-07-01,100\nL1,佐藤,,2026-07-01,40\n", "L1,佐藤,,2026-07-01,90\n"
    found = importing({"one.csv": _DEAL + one, "two.csv": _DEAL + two}, _SHARED + 'lines = "sum"\n')
    assert found.facts[["count", "amount"]].to_numpy().tolist() == [[1, 90]]
    assert sum(control.duplicates for control in found.controls) == 2


def test_lines_without_an_id_are_refused(importing: Importing) -> None:
    with pytest.raises(InvalidPlan, match="id"):
        importing({"log.csv": "date\n2026-07-01\n"}, _WON + 'lines = "sum"\n')


def test_events_by_their_names(importing: Importing) -> None:
    mapping = '[files.log]\n[[events]]\nevent = { column = "種別" }\noccurred_at = "date"\n'
    found = importing({"log.csv": "date,種別\n2026-07-01,架電\n2026-07-01,受注\n2026-07-01,朝礼\n"}, mapping)
    assert found.facts.event.tolist() == ["call", "won"]
    assert sum(control.set_aside for control in found.controls) == 1
    told = mapping.replace('"種別" }', '"種別", values = { "架電" = "コール", "*" = "対象外" } }')
    for other in ("受注", "won", "Won"):  # called like an event, and yet one of all the others
        found = importing({"log.csv": f"date,種別\n2026-07-01,架電\n2026-07-01,{other}\n"}, told)
        assert found.facts.event.tolist() == ["call"]
