"""Weekly days off as people write them, and what they make of a plan's business days."""

import datetime as dt
from pathlib import Path

import pytest

from kpixl.errors import InvalidValue
from kpixl.plan import Period
from kpixl.plan.sections import Problems
from kpixl.plan.template import read_template
from kpixl.plan.weekend import parse_weekend, weekend_choices, weekend_word
from kpixl.texts import speaking

JAPANESE = {
    "土日": "0000011",
    "土・日": "0000011",
    "土日祝": "0000011",
    "日曜のみ": "0000001",
    "日曜日": "0000001",
    "水曜": "0010000",
    "水・祝日": "0010000",
    "火曜と水曜": "0110000",
    "なし": "0000000",
    "年中無休": "0000000",
    "0000011": "0000011",
    "11": "0000001",
    "１": "0000011",
    "1000001": "1000001",
}
ENGLISH = {
    "Sat & Sun": "0000011",
    "Saturdays and Sundays": "0000011",
    "sun": "0000001",
    "Wednesday only": "0010000",
    "Mon, Tue, Thurs": "1101000",
    "None": "0000000",
    "Sundays and public holidays": "0000001",
    "0000011": "0000011",
}


@pytest.mark.parametrize(("language", "said"), [("ja", JAPANESE), ("en", ENGLISH)])
def test_days_off_are_read_as_people_write_them(language: str, said: dict[str, str]) -> None:
    with speaking(language):
        assert {words: parse_weekend(words) for words in said} == said
        assert parse_weekend(11.0) == "0000001"  # a number in a cell


def test_each_choice_is_read_back() -> None:
    for language in ("ja", "en"):
        with speaking(language):
            assert [weekend_word(parse_weekend(word)) for word in weekend_choices()] == list(weekend_choices())
    assert weekend_choices()[:2] == ("土日", "日曜")


@pytest.mark.parametrize("words", ["不定休", "定休日", "毎日", "金曜の午後", "8", "0000012", "Sunday"])
def test_what_cannot_be_read_is_refused(words: str) -> None:
    with pytest.raises(InvalidValue, match=words[:3]):
        parse_weekend(words)


@pytest.mark.parametrize("words", ["月火水木金土日", "1111111"])
def test_somebody_has_to_work_some_day(words: str) -> None:
    with pytest.raises(InvalidValue, match="営業日が1日も"):
        parse_weekend(words)


def test_a_month_counts_the_days_that_are_worked() -> None:
    # September 2026 has 30 days, 5 of them Wednesdays; the 30th is one of these
    period = Period(
        dt.date(2026, 9, 1), 1, (dt.date(2026, 9, 1),), weekend="0010000", part_days=((dt.date(2026, 9, 30), 0.5),)
    )
    assert period.business_days.tolist() == [24.5]
    assert period.done_and_left(dt.date(2026, 9, 29)) == (24, 0.5)
    assert period.elapsed(dt.date(2026, 9, 29)) == pytest.approx(24 / 24.5)


def test_a_template_says_days_off_and_half_days(tmp_path: Path) -> None:
    path = tmp_path / "shop.toml"
    path.write_text(
        'extends = "inside_sales"\n[period]\nweekend = "水曜"\n'
        'closures = [2026-08-13, { date = "2026/12/29", open = 0.5 }, { date = 2026-11-03, open = 1 }]\n',
        encoding="utf-8",
    )
    period = read_template(str(path), language="ja", start=dt.date(2026, 4, 1)).period
    assert period == read_template(str(path), language="en", start=dt.date(2026, 4, 1)).period
    assert period.weekend == "0010000"
    assert period.part_days == ((dt.date(2026, 11, 3), 1.0), (dt.date(2026, 12, 29), 0.5))
    assert dt.date(2026, 8, 13) in period.closures
    # November: 30 days, 4 Wednesdays; the 3rd is a holiday on which the shop is open, the 23rd is one
    assert period.business_days[7] == 25
    # December: 31 days, 5 Wednesdays, a half day
    assert period.business_days[8] == 25.5


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ('weekend = "不定休"', "不定休"),
        ("weekend = 1111111", "営業日が1日も"),
        ("weekend = true", "True"),
        ("weekend = [1]", "weekend"),
        ("closures = [{ date = 2026-12-29, open = 1.5 }]", "1.5"),
        ("closures = [{ date = 2026-12-29, half = true }]", "closures"),
        ("closures = [{ open = 0.5 }]", "closures"),
    ],
)
def test_what_a_template_says_wrong_is_named_with_its_line(tmp_path: Path, line: str, told: str) -> None:
    path = tmp_path / "shop.toml"
    path.write_text(f'extends = "inside_sales"\n[period]\n{line}\n', encoding="utf-8")
    with pytest.raises(Problems) as refused:
        read_template(str(path), language="ja", start=dt.date(2026, 4, 1))
    assert told in str(refused.value)
    assert [problem.line for problem in refused.value.found] == [3]


def test_holidays_on_the_usual_weekend_are_listed_too() -> None:
    """Else a plan whose days off are changed in the workbook would take them for business days."""
    plan = read_template("inside_sales", language="ja", start=dt.date(2026, 4, 1))
    assert dt.date(2026, 5, 3) in plan.period.closures  # Constitution Day, a Sunday
    assert plan.period.business_days[1] == 18
