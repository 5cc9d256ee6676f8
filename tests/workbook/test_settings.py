"""A plan is kept in its workbook: what is typed there is read back, and an unusable cell is named."""

import datetime as dt
import re
import zipfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import xlsxwriter

from kpixl.errors import InvalidPlan, UserError, WorkbookRefused
from kpixl.plan import Channel, Goal, Member, Plan
from kpixl.workbook.books import Book
from kpixl.workbook.reading import read_plan
from kpixl.workbook.refresh import read_state, refresh
from kpixl.xlsx import Package

Typing = Callable[..., None]


def _read(path: Path) -> Plan:
    with Book(path) as book:
        return read_plan(book)


@pytest.mark.parametrize("language", ["ja", "en"])
def test_a_plan_is_read_back_as_it_was(loop: Callable[[str], Any], language: str) -> None:
    made = loop(language)
    assert _read(made.new) == made.plan
    assert _read(made.book) == made.plan


def test_odd_names_and_numbers_are_read_back_as_they_were(
    small_book: Callable[..., Path], small_plan: Callable[..., Plan]
) -> None:
    changes = {
        "goal": Goal(123_456_789.5, 987_654.25, 0.125),
        "channels": (
            Channel("+1+1", 0.333333333333333, (0.123456789012345, 0.07, 1.0)),
            Channel("\"quoted\" & <tag> [x] 'y' #z", 0.0, (0.5, 0.5, 0.5)),
        ),
        "members": (Member("O'Brien, Pat/\\[x]:", 0.1, dt.date(2026, 9, 15)), Member("-１２３", 2.5)),
        "language": "en",
    }
    assert _read(small_book(**changes)) == small_plan(**changes)


@pytest.mark.parametrize(
    ("given", "read"), [("１億２,０００万円", 120_000_000), ("¥50,000,000", 50_000_000), (5e7, 5e7)]
)
def test_the_goal_may_be_written_as_people_do(
    small_book: Callable[..., Path], typing: Typing, given: object, read: float
) -> None:
    path = small_book()
    typing(path, "kpixl_kgis", 1, {"目標値": given})
    assert _read(path).goal.value == read


def test_the_goal_may_be_a_growth_on_last_year(small_book: Callable[..., Path], typing: Typing) -> None:
    path = small_book()
    typing(path, "kpixl_kgis", 1, {"目標値": None, "前年実績": "4000万", "前年比": "15%"})
    assert _read(path).goal.value == pytest.approx(46_000_000)


def test_an_additional_kgi_is_read(small_book: Callable[..., Path], typing: Typing) -> None:
    path = small_book()
    cost = {"KGI": "販促費", "数え方": "コスト", "優先順位": 2, "前年実績": 8_000_000, "前年比": -0.05}
    typing(path, "kpixl_kgis", 2, cost | {"トレードオフ（何を優先し、何を譲るか）": "売上を優先する"})
    kgi = _read(path).kgis[1]
    assert (kgi.name, kgi.measure, kgi.priority, kgi.trade_off) == ("販促費", "cost", 2, "売上を優先する")
    assert kgi.target == pytest.approx(7_600_000)


def test_a_measure_that_is_not_known_is_named_by_its_cell(
    small_book: Callable[..., Path], typing: Typing, place: Callable[..., tuple[str, str]]
) -> None:
    path = small_book()
    typing(path, "kpixl_kgis", 1, {"数え方": "利益"})
    with pytest.raises(InvalidPlan, match="!".join(place(path, "kpixl_kgis", "数え方")) + ".*利益.*受注数"):
        _read(path)


@pytest.mark.parametrize("value", ["たくさん", None, True, "#N/A"])
def test_a_goal_that_is_no_number_is_named_by_its_cell(
    small_book: Callable[..., Path], typing: Typing, place: Callable[..., tuple[str, str]], value: object
) -> None:
    path = small_book()
    typing(path, "kpixl_kgis", 1, {"目標値": value})
    with pytest.raises(InvalidPlan, match="!".join(place(path, "kpixl_kgis", "目標値"))):
        _read(path)


@pytest.mark.parametrize(
    ("table", "heading", "value", "told"),
    [
        ("kpixl_channels", "アポ→商談", None, "空"),
        ("kpixl_channels", "アポ→商談", "高い", "高い"),
        ("kpixl_channels", "チャネル", None, "チャネル"),
        ("kpixl_members", "エリアの重み", "半分", "半分"),
        ("kpixl_members", "着任日", "春", "春"),
        ("kpixl_stages", "段階", None, "段階"),
        ("kpixl_stages", "1人1日の上限", "多め", "多め"),
        ("kpixl_seasonality", "重み", None, "空"),
        ("kpixl_closures", "日付", "元日", "元日"),
    ],
)
def test_a_cell_that_cannot_be_read_is_named(
    small_book: Callable[..., Path],
    place: Callable[..., tuple[str, str]],
    typing: Typing,
    table: str,
    heading: str,
    value: object,
    told: str,
) -> None:
    path = small_book()
    typing(path, table, 2, {heading: value})
    sheet, address = place(path, table, heading, 2)
    with pytest.raises(InvalidPlan) as refused:
        _read(path)
    assert f"{sheet}!{address}" in str(refused.value)
    assert told in str(refused.value)


def test_a_rate_above_one_is_named_by_channel_and_step(small_book: Callable[..., Path], typing: Typing) -> None:
    path = small_book()
    typing(path, "kpixl_channels", 2, {"アポ→商談": 1.2})
    with pytest.raises(InvalidPlan) as refused:
        _read(path)
    assert all(word in str(refused.value) for word in ("Web", "アポ→商談", "100%"))


@pytest.mark.parametrize(
    ("entry", "heading", "told"),
    [
        (("2026/9/3", "佐藤", "Web", "架電数", 5), "KPI", "架電数"),
        (("2026/9/3", "佐藤", "Web", "受注", "五"), "値", "五"),
        (("いつか", "佐藤", "Web", "受注", 5), "日付", "いつか"),
        ((None, "佐藤", "Web", "受注", 5), "日付", "空"),
        (("2026/9/3", "佐藤", "Web", None, 5), "KPI", "空"),
        (("2026/9/3", "佐藤", "Web", "受注", None), "値", "空"),
    ],
)
def test_a_typed_entry_that_cannot_be_read_is_named(
    small_book: Callable[..., Path],
    place: Callable[..., tuple[str, str]],
    typing: Typing,
    entry: tuple[object, ...],
    heading: str,
    told: str,
) -> None:
    path = small_book()
    typing(path, "kpixl_entries", 1, dict(zip(("日付", "担当", "チャネル", "KPI", "値"), entry, strict=True)))
    sheet, address = place(path, "kpixl_entries", heading)
    before = path.read_bytes()
    with pytest.raises(InvalidPlan) as refused:
        refresh(path, as_of=dt.date(2026, 9, 18))
    assert f"{sheet}!{address}" in str(refused.value)
    assert told in str(refused.value)
    assert path.read_bytes() == before


def test_typed_entries_count(small_book: Callable[..., Path], typing: Typing) -> None:
    path = small_book()
    for row, (day, kpi, value) in enumerate((("2026/9/3", "受注", "３"), (dt.date(2026, 9, 4), "売上", "600万円")), 1):
        typing(path, "kpixl_entries", row, {"日付": day, "担当": "佐藤", "KPI": kpi, "値": value})
    with Book(path) as book:
        tracking = read_state(book, as_of=dt.date(2026, 9, 18)).tracking
    actual = tracking.progress.set_index("kpi")["actual"]
    assert (actual["won"], actual["revenue"]) == (3, 6_000_000)


def _edited(path: Path, part: str, old: str, new: str) -> None:
    with zipfile.ZipFile(path) as archive:
        contents = {name: archive.read(name) for name in archive.namelist()}
    names = [name for name in contents if re.fullmatch(part, name) and old.encode() in contents[name]]
    assert names
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in contents.items():
            archive.writestr(name, content.replace(old.encode(), new.encode()) if name in names else content)


@pytest.mark.parametrize(
    ("table", "old", "new"), [("kpixl_progress", "今日までの目標", "ペース"), ("kpixl_channels", "アポ→商談", "商談化")]
)
def test_a_renamed_heading_is_refused_where_the_workbook_has_no_keys(
    small_book: Callable[..., Path], table: str, old: str, new: str
) -> None:
    """As saved by Excel: the text of the heading, the table's column, and all formulas that name it are changed."""
    path = small_book()
    _edited(path, r"xl/tables/.*", '"kpixl_keys"', '"my_keys"')
    _edited(path, r"xl/(tables|worksheets)/.*|xl/sharedStrings.xml", old, new)
    before = path.read_bytes()
    with pytest.raises(UserError) as refused:
        refresh(path, as_of=dt.date(2026, 9, 18))
    assert old in str(refused.value)
    assert new in str(refused.value)
    assert path.read_bytes() == before


def test_a_workbook_that_is_no_plan_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "家計簿.xlsx"
    with xlsxwriter.Workbook(path) as book:
        book.add_worksheet().write("A1", 1)
    with pytest.raises(WorkbookRefused, match=r"家計簿\.xlsx"):
        refresh(path)


def test_a_plan_of_a_newer_kpixl_is_refused(small_book: Callable[..., Path]) -> None:
    path = small_book()
    with Package.open(path) as book:
        book.set_property("kpixl_version", "99.0.0")
        book.save()
    with pytest.raises(WorkbookRefused, match=r"99\.0\.0"):
        refresh(path)


@pytest.mark.calc
def test_a_changed_plan_is_as_if_it_were_new(
    small_book: Callable[..., Path],
    small_plan: Callable[..., Plan],
    importing: Callable[..., Any],
    typing: Typing,
    table_rows: Callable[..., Any],
    differences: Callable[[Path], tuple[int, dict[Any, Any]]],
) -> None:
    """A higher goal, one more month, another channel and member: everything follows, as if the plan were new."""
    path, plan = small_book(), small_plan()
    rows = [("2026-09-03", event, "高橋", "紹介", "1800000") for event in ("リード", "アポ", "商談", "受注")]
    refresh(path, imported=importing(*rows), as_of=dt.date(2026, 9, 18))
    changed = replace(
        plan,
        kgis=(),
        goal=Goal(90_000_000, 2_000_000, 4_000_000),
        period=replace(plan.period, months=3),
        channels=(*plan.channels, Channel("紹介", 0.5, (0.9, 0.9, 0.5))),
        members=(Member("佐藤", 2.0), *plan.members[1:], Member("高橋", 1.0, dt.date(2026, 10, 5))),
    )
    with Package.open(path) as book:
        for name, value in (("kpixl_existing", 4e6), ("kpixl_months", 3)):
            book.set_cells("設定", {book.names[name].split("!")[1].replace("$", ""): value})
        for table, rows in (
            ("kpixl_channels", [(c.name, c.mix, *c.rates, None, None, None) for c in changed.channels]),
            (
                "kpixl_members",
                [(m.name, None, None, m.weight, m.joined, m.left, None, None, None) for m in changed.members],
            ),
        ):
            book.replace_table(table, book.tables[table].columns, rows)
        book.save()
    typing(path, "kpixl_kgis", 1, {"目標値": 90e6, "期限": dt.date(2026, 11, 30)})
    refreshed = refresh(path, as_of=dt.date(2026, 9, 18))
    assert _read(path) == changed
    assert refreshed.unlisted == {}
    tables = ("kpixl_team", "kpixl_by_member", "kpixl_member_targets", "kpixl_channel_targets")
    assert [len(table_rows(path, name)) for name in tables] == [3, 3, 9, 9]
    assert [sum(row["受注"] for row in table_rows(path, name)) for name in tables] == [43] * 4
    assert {row["担当"] for row in table_rows(path, "kpixl_member_status")} == {"佐藤", "鈴木", "高橋"}
    count, wrong = differences(path)
    assert wrong == {}
    assert count > 100
