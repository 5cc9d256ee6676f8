"""The board: the month on one screen, with numbers computed by hand for 19 business days, 14 of them over."""

import datetime as dt
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from kpixl.plan import Channel, Member
from kpixl.workbook.refresh import refresh

_FRIDAY, _LAST = dt.date(2026, 9, 18), dt.date(2026, 9, 30)
_STAGES = ("リード", "アポ", "商談", "受注")
Rows = Callable[[Path, str], list[dict[str, Any]]]


@pytest.fixture
def refreshed(small_book: Callable[..., Path], importing: Callable[..., Any]) -> Callable[..., Path]:
    """Make the small plan's workbook and refresh it with a count for each stage, all by 佐藤 and from the web."""

    def run(*counts: int, as_of: dt.date = _FRIDAY, **changes: Any) -> Path:
        path = small_book(**changes)
        rows = [
            ("2026-09-03", event, "佐藤", "Web", "2000000" if event == "受注" else "")
            for event, count in zip(_STAGES, counts, strict=False)
            for _ in range(count)
        ]
        refresh(path, imported=importing(*rows), as_of=as_of)
        return path

    return run


@pytest.fixture
def shown(load: Callable[..., Any]) -> Callable[[Path, str], list[list[Any]]]:
    """Read the cells of a named block of the board."""

    def read(path: Path, name: str) -> list[list[Any]]:
        book = load(path, data_only=True)
        [(sheet, area)] = book.defined_names[f"kpixl_board_{name}"].destinations
        cells = book[sheet][area]
        return [[cell.value for cell in row] for row in cells] if isinstance(cells, tuple) else [[cells.value]]

    return read


Shown = Callable[[Path, str], list[list[Any]]]


def test_it_is_the_first_sheet(small_book: Callable[..., Path], load: Callable[..., Any]) -> None:
    book = load(small_book())
    assert book.sheetnames[0] == "ボード"
    assert book.active.title == "ボード"


def test_before_any_actuals_it_says_what_to_do_first_and_shows_no_zero(
    small_book: Callable[..., Path], shown: Shown, table_rows: Rows
) -> None:
    path = small_book()
    assert shown(path, "headline") == [["まだ今月の実績がありません。今月の売上の目標は2,400万円です。"]]
    assert shown(path, "second")[0][0].startswith("このままでも使えます。kpixlで更新すると、CRMの取り込み")
    assert [row[0] for row in shown(path, "tasks")][::2] == [
        "1　「設定」で目標・単価・メンバー・率を確かめる",
        "2　「実績」に入力するか、CRMの書き出しを取り込む",
        "3　更新すると、ここに今月の見通しが出ます",
    ]
    assert shown(path, "cards")[1][::3][:2] == ["—", "—"]
    for row in table_rows(path, "kpixl_board"):
        assert [row[key] or "" for key in ("実績", "差", "今日までの達成率", "着地見込み", "見込みの幅", "判定")] == [
            ""
        ] * 6


def test_the_headline_says_the_revenue_so_far_and_its_landing(refreshed: Callable[..., Path], shown: Shown) -> None:
    """The target is 12 orders of 200万円: 1,768万円 by day 14 of 19. 8 orders are 1,600; 1,600 × 19 ÷ 14 = 2,171."""
    path = refreshed(150, 40, 26, 8)
    assert shown(path, "headline") == [
        ["売上は1,600万円で、今日までの目標を168万円下回り、このままなら2,171万円（目標の90%）の見込みです。"]
    ]
    figures = [text for text in shown(path, "cards")[1] if text]
    assert figures == ["1,600万円", "2,171万円", "1,600万円", "160万円／日"]  # 800 more in 5 days
    notes = [text for text in shown(path, "cards")[2] if text]
    assert notes[0] == "今日までの目標 1,768万円　▲168万円"
    assert notes[3] == "今のペース 114万円／日"  # 1,600 in 14 days


def test_once_the_month_is_over_the_target_was_met_or_missed(refreshed: Callable[..., Path], shown: Shown) -> None:
    path = refreshed(187, 49, 33, 8, as_of=_LAST)
    assert shown(path, "headline") == [["今月の売上は1,600万円。目標2,400万円の67%でした。"]]
    assert shown(path, "tasks")[0][0] == "今月は終わりました"


def test_revenue_that_nobody_recorded_is_not_zero(
    refreshed: Callable[..., Path], shown: Shown, table_rows: Rows
) -> None:
    path = refreshed(150, 40)
    assert shown(path, "headline")[0][0].startswith("今月の売上はまだわかりません（")
    revenue = table_rows(path, "kpixl_board")[0]
    assert [revenue[key] or "" for key in ("実績", "差", "今日までの達成率", "着地見込み")] == [""] * 4
    assert revenue["判定"]


def test_each_kpi_is_compared_with_the_month_and_with_today(refreshed: Callable[..., Path], table_rows: Rows) -> None:
    """8.8 of 12 orders are due by now, and 1,768 of 2,400万円."""
    revenue, *_, orders = table_rows(refreshed(150, 40, 26, 8), "kpixl_board")
    assert (revenue["単位"], revenue["今月の目標"], revenue["実績"]) == ("万円", 2400, 1600)
    assert revenue["今日までの目標"] == pytest.approx(2400 * 14 / 19)
    assert (orders["単位"], orders["今月の目標"], orders["実績"]) == ("件", 12, 8)
    assert orders["差"] == pytest.approx(8 - 12 * 14 / 19)
    assert orders["今日までの達成率"] == pytest.approx(8 / (12 * 14 / 19))
    assert orders["着地見込み"] == pytest.approx(8 * 19 / 14)


def test_each_task_has_a_number_per_day(refreshed: Callable[..., Path], shown: Shown) -> None:
    """100 of 187 leads came, all that the web should bring: 87 are missing, from the fairs, with 5 days left."""
    tasks = [row[0] for row in shown(refreshed(100, 40, 26, 8), "tasks")]
    assert tasks[0] == "1　リードを1日18件に（今は1日8件）"
    assert tasks[1].startswith("足りないのは展示会 0%　売上への影響 ▲")


def test_with_many_members_only_those_furthest_behind_are_shown(
    small_book: Callable[..., Path], table_rows: Rows
) -> None:
    names = [f"担当{number:02d}" for number in range(12)]
    path = small_book(members=tuple(Member(name) for name in names))
    assert len(table_rows(path, "kpixl_board_members")) == 8


def test_with_few_members_all_are_shown(small_book: Callable[..., Path], table_rows: Rows) -> None:
    assert [row["担当"] for row in table_rows(small_book(), "kpixl_board_members")] == ["佐藤", "鈴木"]


def test_the_chart_of_the_channels_says_which_is_furthest_behind(
    refreshed: Callable[..., Path], load: Callable[..., Any]
) -> None:
    path = refreshed(
        100, 40, 26, 8, channels=(Channel("展示会", 0.6, (0.2, 0.8, 0.3)), Channel("Web", 0.4, (0.5, 0.5, 0.5)))
    )
    book = load(path, data_only=True)
    [(sheet, cell)] = book.defined_names["kpixl_board_title_channels"].destinations
    assert book[sheet][cell].value == "リードの差：いちばん足りないのは展示会"
    assert book[sheet].sheet_state == "veryHidden"


def test_the_chart_of_the_revenue_counts_in_units_of_ten_thousand_yen(
    refreshed: Callable[..., Path], table_rows: Rows
) -> None:
    """2,400万円 are wanted at the end of the month; 1,600 came on the third."""
    days = table_rows(refreshed(150, 40, 26, 8), "kpixl_board_burnup")
    assert len(days) == 30
    assert days[-1]["今日までの目標"] == pytest.approx(2400)
    assert [day["実績"] for day in days[1:4]] == [0, 1600, 1600]
