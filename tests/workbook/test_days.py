"""The day sheet: a row for a member's day and a column for each KPI; it counts as typed actuals everywhere."""

import datetime as dt
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from kpixl.errors import InvalidPlan
from kpixl.plan import Indicator
from kpixl.texts import LANGUAGES, say, speaking
from kpixl.workbook.books import Book
from kpixl.workbook.check import check_book
from kpixl.workbook.fitting import display_width
from kpixl.workbook.opened import in_excel
from kpixl.workbook.refresh import read_state, refresh, refresh_book
from kpixl.xlsx import Package
from kpixl.xlsx.address import Area

_DAY = dt.date(2026, 9, 18)  # a Friday; after it five business days of September are left: 24, 25, 28, 29 and 30
_SCREEN = 185  # half-width characters
_TYPED: tuple[dict[str, Any], ...] = (
    {"日付": dt.date(2026, 9, 16), "担当": "佐藤", "チャネル": "Web", "リード": 10, "アポ": 3},
    {"日付": dt.date(2026, 9, 17), "担当": "佐藤", "アポ": 2},
    {"日付": dt.date(2026, 9, 17), "担当": "鈴木", "アポ": 4, "商談": 1, "受注": 1, "売上": 1_800_000},
    {"日付": dt.date(2026, 9, 18), "担当": "佐藤", "アポ": -1},
)
_ALONE = ("kpixl_indicators", "kpixl_weeks", "kpixl_monthly", "kpixl_member_actuals")  # no result of a refresh in them
Rows = Callable[[Path, str], list[dict[str, Any]]]
Typing = Callable[..., None]


def _fill(path: Path, typing: Typing, *rows: dict[str, Any]) -> None:
    for number, row in enumerate(rows, 1):
        typing(path, "kpixl_days", number, row)


@pytest.fixture
def filled(once: Callable[..., Path], small_book: Callable[..., Path], typing: Typing) -> Path:
    """The small plan with four rows on the day sheet."""

    def make() -> Path:
        path = small_book()
        _fill(path, typing, *_TYPED)
        return path

    return once("filled", make)


def _choose(path: Path, member: str) -> None:
    with Package.open(path) as book:
        sheet, cell = book.names["kpixl_day_member"].replace("$", "").replace("'", "").split("!")
        book.set_cells(sheet, {cell: member})
        book.save()


def _cells(path: Path, name: str) -> list[list[Any]]:
    with Package.open(path) as book:
        sheet, area = book.names[name].replace("$", "").replace("'", "").split("!")
        return book.values(sheet, Area.parse(area))


def _figures(path: Path) -> dict[str, list[Any]]:
    """The target, the actual, what is missing and the daily part above the column of each KPI."""
    with Package.open(path) as book:
        kpis = book.tables["kpixl_days"].columns[3:]
    return {kpi: [*figures] for kpi, *figures in zip(kpis, *_cells(path, "kpixl_day_figures"), strict=True)}


def _numbers(rows: list[dict[str, Any]]) -> list[list[Any]]:
    """The rows as a spreadsheet shows them: blank where a formula says nothing, and no digits beyond its precision."""
    return [
        [float(f"{value:.12g}") or None if isinstance(value, float) else value or None for value in row.values()]
        for row in rows
    ]


def _values(path: Path) -> list[tuple[Any, ...]]:
    with Book(path) as book, book.speaking():
        values = read_state(book, as_of=_DAY).tracking.values
    return sorted(values.itertuples(index=False, name=None))


def test_a_days_row_counts_like_a_row_for_each_of_its_figures(
    small_book: Callable[..., Path], filled: Path, typing: Typing, tmp_path: Path, table_rows: Rows
) -> None:
    by_row = filled.rename(tmp_path / "days.xlsx")
    other = small_book()
    entries = [
        {key: row.get(key) for key in ("日付", "担当", "チャネル")} | {"KPI": kpi, "値": value}
        for row in _TYPED
        for kpi, value in row.items()
        if kpi not in ("日付", "担当", "チャネル")
    ]
    for number, entry in enumerate(entries, 1):
        typing(other, "kpixl_entries", number, entry)
    assert _values(by_row) == _values(other)
    assert len(_values(other)) == 8
    for path in (by_row, other):
        refresh(path, as_of=_DAY)
    for table in ("kpixl_progress", "kpixl_member_actuals", "kpixl_weeks", "kpixl_monthly", "kpixl_gap"):
        assert table_rows(by_row, table) == table_rows(other, table)


def test_on_top_is_what_is_missing_and_how_much_of_it_a_day(filled: Path) -> None:
    """September has 19 of 40 business days, so 49 of 103 appointments and 12 of 25 orders of 2,000,000 yen."""
    refresh(filled, as_of=_DAY)
    figures = _figures(filled)
    assert _cells(filled, "kpixl_day_left") == [[5]]
    assert figures["アポ"] == [49, 8, 41, pytest.approx(41 / 5)]
    assert figures["売上"] == [24_000_000, 1_800_000, 22_200_000, 4_440_000]
    assert figures["受注"] == [12, 1, 11, pytest.approx(11 / 5)]


def test_a_half_day_counts_as_half(small_book: Callable[..., Path], typing: Typing, small_plan: Any) -> None:
    """The afternoon of the 30th is free, so four and a half days are left, not five."""
    path = small_book(period=replace(small_plan().period, part_days=((dt.date(2026, 9, 30), 0.5),)))
    _fill(path, typing, *_TYPED)
    refresh(path, as_of=_DAY)
    assert _cells(path, "kpixl_day_left") == [[4.5]]
    target, made, missing, daily = _figures(path)["受注"]
    assert (missing, daily) == (target - made, pytest.approx((target - made) / 4.5))


def test_of_a_chosen_member_it_is_their_own_part(filled: Path, table_rows: Rows) -> None:
    refresh(filled, as_of=_DAY)
    asked = {
        row["担当"]: row["アポ"]
        for row in table_rows(filled, "kpixl_member_targets")
        if row["月"] == dt.datetime(2026, 9, 1)
    }
    assert sum(asked.values()) == 49
    for member, made in (("佐藤", 4), ("鈴木", 4)):
        _choose(filled, member)
        refresh(filled, as_of=_DAY)
        missing = asked[member] - made
        assert _figures(filled)["アポ"] == [asked[member], made, missing, pytest.approx(missing / 5)]


def test_of_somebody_who_is_not_in_the_settings_it_says_so(filled: Path) -> None:
    _choose(filled, "渡辺")
    refresh(filled, as_of=_DAY)
    assert _figures(filled)["アポ"][0] in (None, "")
    [[note]] = _cells(filled, "kpixl_day_note")
    assert "メンバーにない" in note
    _choose(filled, "佐藤")
    refresh(filled, as_of=_DAY)
    assert _cells(filled, "kpixl_day_note")[0][0] in (None, "")


def test_a_blank_cell_is_not_known_and_zero_is_none_at_all(
    small_book: Callable[..., Path], typing: Typing, table_rows: Rows
) -> None:
    path = small_book()
    _fill(path, typing, {"日付": dt.date(2026, 9, 16), "担当": "佐藤", "リード": 0})
    refresh(path, as_of=_DAY)
    actual = {row["KPI"]: row["実績"] for row in table_rows(path, "kpixl_progress")}
    assert actual == {"売上": None, "リード": 0, "アポ": None, "商談": None, "受注": None}


def test_a_row_prepared_with_a_date_and_a_name_alone_says_nothing(
    small_book: Callable[..., Path], typing: Typing
) -> None:
    path = small_book()
    _fill(path, typing, {"日付": dt.date(2026, 9, 16), "担当": "佐藤", "チャネル": "Web"})
    assert _values(path) == []
    refresh(path, as_of=_DAY)


@pytest.mark.parametrize(
    ("row", "heading", "told"),
    [
        ({"日付": dt.date(2026, 9, 16), "アポ": "たくさん"}, "アポ", "たくさん"),
        ({"日付": "いつか", "アポ": 3}, "日付", "いつか"),
        ({"担当": "佐藤", "アポ": 3}, "日付", "空"),
        ({"日付": dt.date(2026, 9, 16), "担当": True, "アポ": 3}, "担当", "論理値|True|名前"),
    ],
)
def test_what_cannot_be_read_is_refused_with_its_cell(
    small_book: Callable[..., Path],
    typing: Typing,
    place: Callable[..., tuple[str, str]],
    row: dict[str, Any],
    heading: str,
    told: str,
) -> None:
    path = small_book()
    _fill(path, typing, row)
    before = path.read_bytes()
    with pytest.raises(InvalidPlan, match=told) as refused:
        refresh(path, as_of=_DAY)
    cell = "!".join(place(path, "kpixl_days", heading))
    assert cell in str(refused.value)
    assert path.read_bytes() == before
    _, [remark] = check_book(path)
    assert f"{remark.at['sheet']}!{remark.at['cell']}" == cell


def test_a_text_is_read_as_people_write_it_and_rows_stay(
    refreshing: Callable[..., Any], filled: Path, typing: Typing, table_rows: Rows
) -> None:
    typing(filled, "kpixl_days", 5, {"日付": "2026/9/18", "担当": "鈴木 ", "アポ": "２件"})
    assert len(refreshing(filled, as_of=_DAY).mended) == 3
    rows = table_rows(filled, "kpixl_days")
    for given, row in zip(_TYPED, rows, strict=False):
        kept = {key: value for key, value in row.items() if value is not None}
        assert kept == given | {"日付": dt.datetime.combine(given["日付"], dt.time())}
    assert (rows[4]["担当"], rows[4]["アポ"]) == ("鈴木", 2)
    assert refreshing(filled, as_of=_DAY).receipt.changed == ()


def test_it_has_a_column_for_everything_that_may_be_typed(small_book: Callable[..., Path], table_rows: Rows) -> None:
    path = small_book(
        indicators=(Indicator("開封率", "email_opened", "email_sent", role="sub"), Indicator("NPS", role="sub"))
    )
    enterable = [row["KPI"] for row in table_rows(path, "kpixl_enterable")]
    assert enterable == ["売上", "リード", "アポ", "商談", "受注", "メール開封", "メール送信", "NPS"]
    assert [*table_rows(path, "kpixl_days")[0]] == ["日付", "担当", "チャネル", *enterable]


def test_of_two_values_followed_by_hand_on_one_day_that_of_the_day_sheet_counts(
    small_book: Callable[..., Path], typing: Typing, table_rows: Rows
) -> None:
    path = small_book(indicators=(Indicator("NPS", role="sub", target=30.0),))
    typing(path, "kpixl_entries", 1, {"日付": dt.date(2026, 9, 17), "KPI": "NPS", "値": 25})
    _fill(path, typing, {"日付": dt.date(2026, 9, 17), "NPS": 28}, {"日付": dt.date(2026, 9, 10), "NPS": 33})
    refresh(path, as_of=_DAY)
    assert [row["実績"] for row in table_rows(path, "kpixl_indicators")] == [28]
    assert _figures(path)["NPS"][1] == 28


@pytest.fixture
def followed(once: Callable[..., Path], small_book: Callable[..., Path], typing: Typing) -> Path:
    """The small plan, refreshed after NPS was taken up and its column added."""

    def make() -> Path:
        path = small_book()
        typing(path, "kpixl_definitions", 1, {"KPI": "NPS", "メイン/サブ": "サブ", "個別の目標": 30})
        [said] = [line for line in refresh(path, as_of=_DAY).told if "NPS" in line]
        assert "列を追加" in said
        return path

    return once("followed", make)


def test_a_kpi_taken_up_later_gets_a_column_that_counts(
    followed: Path, typing: Typing, table_rows: Rows, load: Callable[..., Any]
) -> None:
    _fill(followed, typing, {"日付": dt.date(2026, 9, 17), "担当": "佐藤", "アポ": 2, "NPS": "28"})
    refresh(followed, as_of=_DAY)
    assert [row["実績"] for row in table_rows(followed, "kpixl_indicators")] == [28]
    assert [*table_rows(followed, "kpixl_days")[0]][-2:] == ["受注", "NPS"]
    page = load(followed)["日報"]
    [rule] = [rule for rule in page.data_validations.dataValidation if "J9:J28" in str(rule.sqref)]
    assert rule.prompt
    assert page.print_area.endswith("$J$28")
    assert _figures(followed)["NPS"][1] == 28
    assert refresh(followed, as_of=_DAY).receipt.changed == ()


@pytest.mark.calc
def test_its_formulas_compute_what_was_typed_there(
    followed: Path, typing: Typing, recalculate: Callable[..., Path], table_rows: Rows
) -> None:
    _fill(followed, typing, {"日付": dt.date(2026, 9, 17), "NPS": 28})
    computed = recalculate(followed)
    assert [row["実績"] for row in table_rows(computed, "kpixl_indicators")] == [28]
    assert _figures(computed)["NPS"][1] == 28


def test_a_kpi_given_up_is_refused_while_figures_of_it_stand_there(
    followed: Path, typing: Typing, place: Callable[..., tuple[str, str]]
) -> None:
    _fill(followed, typing, {"日付": dt.date(2026, 9, 17), "NPS": 28})
    typing(followed, "kpixl_definitions", 1, {"メイン/サブ": None, "個別の目標": None})
    with pytest.raises(InvalidPlan, match="NPS") as refused:
        refresh(followed, as_of=_DAY)
    assert "!".join(place(followed, "kpixl_days", "NPS")) in str(refused.value)
    typing(followed, "kpixl_days", 1, {"NPS": None})
    refresh(followed, as_of=_DAY)


def test_without_room_for_a_column_it_says_where_to_type(
    small_book: Callable[..., Path], typing: Typing, table_rows: Rows
) -> None:
    path = small_book()
    with Package.open(path) as book:
        book.set_cells("日報", {"J40": "私のメモ"})
        book.save()
    typing(path, "kpixl_definitions", 1, {"KPI": "NPS", "メイン/サブ": "サブ", "個別の目標": 30})
    [said] = [line for line in refresh(path, as_of=_DAY).told if "NPS" in line]
    assert "「実績」" in said
    typing(path, "kpixl_entries", 1, {"日付": dt.date(2026, 9, 17), "KPI": "NPS", "値": 25})
    refresh(path, as_of=_DAY)
    assert [row["実績"] for row in table_rows(path, "kpixl_indicators")] == [25]


def test_in_an_open_workbook_the_actuals_take_what_has_no_column_yet(
    small_book: Callable[..., Path], typing: Typing, opening: Callable[[Path], Any], table_rows: Rows
) -> None:
    path = small_book()
    typing(path, "kpixl_definitions", 1, {"KPI": "NPS", "メイン/サブ": "サブ", "個別の目標": 30})
    typing(path, "kpixl_entries", 1, {"日付": dt.date(2026, 9, 17), "KPI": "NPS", "値": 25})
    opened = opening(path)
    with in_excel(opened.book) as book:
        refreshed = refresh_book(book, as_of=_DAY)
    opened.save()
    assert refreshed.tracking.by_hand["value"].tolist() == [25]
    assert [*table_rows(path, "kpixl_days")[0]][-1] == "受注"


@pytest.mark.parametrize("language", LANGUAGES)
def test_its_lead_is_one_line_of_a_screen(language: str) -> None:
    """A second line would be in the row of the chosen member."""
    with speaking(language):
        assert display_width(say("days.lead")) <= _SCREEN


@pytest.mark.calc
def test_what_is_typed_after_a_refresh_counts_in_every_formula(
    small_book: Callable[..., Path],
    typing: Typing,
    recalculate: Callable[..., Path],
    differences: Callable[..., tuple[int, dict[Any, Any]]],
    table_rows: Rows,
) -> None:
    """LibreOffice alone computes what a refresh then does: for the team, a member, a channel and by hand."""
    path = small_book(
        indicators=(
            Indicator("開封率", "email_opened", "email_sent", role="sub", target=0.2),
            Indicator("NPS", role="sub", target=30.0),
        )
    )
    refresh(path, as_of=_DAY)
    mail = {"日付": dt.date(2026, 9, 18), "担当": "鈴木", "メール開封": 2, "メール送信": 8, "NPS": 31}
    _fill(path, typing, *_TYPED, mail)
    _choose(path, "佐藤")
    computed = recalculate(path)
    alone = {name: table_rows(computed, name) for name in _ALONE}
    figures = _figures(computed)
    refresh(path, as_of=_DAY)
    assert differences(path)[1] == {}
    progress = {row["KPI"]: row["実績"] for row in table_rows(computed, "kpixl_progress")}
    assert progress == {"売上": 1_800_000, "リード": 10, "アポ": 8, "商談": 1, "受注": 1}
    assert [row["実績"] for row in alone["kpixl_indicators"]] == [0.25, 31]
    for name, rows in alone.items():
        assert _numbers(rows) == _numbers(table_rows(path, name)), name
    assert figures["アポ"][1] == 4
    assert figures["メール開封"][1] == 0
