"""Better hours are named only where they are beyond chance."""

import datetime as dt
from typing import Any

import numpy as np
import pandas as pd
import pytest

from kpixl.tracking.hours import call_hours, mail_hours

_SINCE, _UNTIL = dt.date(2025, 6, 2), dt.date(2025, 8, 29)
_DAYS = pd.bdate_range(_SINCE, _UNTIL)


def _rows(event: str, day: Any, member: str, hour: int, count: float) -> tuple[Any, ...]:
    return day, member, event, hour, float(count)


def _frame(rows: list[tuple[Any, ...]]) -> pd.DataFrame:
    frame = pd.DataFrame(rows, columns=["date", "member", "event", "hour", "count"])
    return frame.assign(date=pd.to_datetime(frame["date"]))[frame["count"] > 0]


def _team(seed: int, rate: Any) -> pd.DataFrame:
    """Return two people's calls of three months, four an hour between them; `rate(member, hour)` gets through."""
    rng = np.random.default_rng(seed)
    rows = []
    for day in _DAYS:
        for hour in range(9, 18):
            for member in ("佐藤", "鈴木"):
                rows.append(_rows("call", day, member, hour, 2))
                rows.append(_rows("connect", day, member, hour, rng.binomial(2, rate(member, hour))))
    return _frame(rows)


def test_a_better_hour_is_found_and_counted() -> None:
    found = call_hours(_team(1, lambda member, hour: 0.4 if hour in (16, 17) else 0.2), _SINCE, _UNTIL)
    assert found is not None
    [better] = found.better
    assert (better.weekdays, better.hours) == ((), (16, 17))
    assert better.tried == len(_DAYS) * 2 * 2 * 2
    assert better.rate == pytest.approx(0.4, abs=0.05)
    assert better.others == pytest.approx(0.2, abs=0.03)
    assert found.hours == tuple(range(9, 18))


def test_chance_alone_seldom_makes_one() -> None:
    """In 40 teams whose calls get through alike at all hours no more than one in ten is told of a better one."""
    named = [bool(_found.better) for seed in range(40) if (_found := call_hours(_team(seed, _even), _SINCE, _UNTIL))]
    assert len(named) == 40
    assert sum(named) <= 4


def test_the_best_caller_does_not_make_an_hour_better() -> None:
    """Satō gets through to half and calls at four, Suzuki to a tenth and calls in the morning."""
    rng = np.random.default_rng(3)
    rows = []
    for day in _DAYS:
        for member, hours, rate in (("佐藤", (14, 15, 16), 0.5), ("鈴木", (9, 10, 11), 0.1)):
            for hour in hours:
                rows += [
                    _rows("call", day, member, hour, 4),
                    _rows("connect", day, member, hour, rng.binomial(4, rate)),
                ]
    found = call_hours(_frame(rows), _SINCE, _UNTIL)
    assert found is not None
    assert found.better == ()


def test_few_calls_have_no_rate_and_none_have_a_blank() -> None:
    monday = dt.date(2025, 6, 2)
    rows = [
        _rows("call", monday, "佐藤", 9, 9),
        _rows("call", monday, "佐藤", 11, 10),
        _rows("connect", monday, "佐藤", 11, 4),
    ]
    found = call_hours(_frame(rows), _SINCE, _UNTIL)
    assert found is not None
    assert found.hours == (9, 10, 11)
    rate = found.rate[0]
    assert np.isnan(rate[:2]).all()
    assert rate[2] == 0.4


def test_connects_at_other_hours_than_the_calls_have_no_rate() -> None:
    monday = dt.date(2025, 6, 2)
    rows = [_rows("call", monday, "佐藤", 9, 20), _rows("connect", monday, "佐藤", 18, 5)]
    assert call_hours(_frame(rows), _SINCE, _UNTIL) is None


def test_opened_mails_are_counted_without_a_rate() -> None:
    monday = dt.date(2025, 6, 2)
    rows = [_rows("email_sent", monday, "佐藤", 9, 50), _rows("email_opened", monday, "佐藤", 12, 8)]
    found = mail_hours(_frame(rows), _SINCE, _UNTIL)
    assert found is not None
    assert (found.hours, found.won[0].tolist()) == ((12,), [8.0])
    assert np.isnan(found.rate).all()


def test_without_a_time_of_day_there_is_nothing() -> None:
    nothing = _frame([])
    assert call_hours(nothing, _SINCE, _UNTIL) is None
    assert mail_hours(nothing, _SINCE, _UNTIL) is None


def _even(member: str, hour: int) -> float:
    return 0.35 if member == "佐藤" else 0.15
