"""Amounts are shown in the plan's currency, in cells, sentences and charts, and follow it when it is changed."""

import datetime as dt
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from kpixl.cli import main
from kpixl.errors import InvalidPlan
from kpixl.plan import Plan
from kpixl.plan.currency import amount, paid_in
from kpixl.texts import speaking
from kpixl.workbook.books import Book
from kpixl.workbook.pages.summary import sentences
from kpixl.workbook.reading import read_plan
from kpixl.workbook.refresh import Refreshed, read_state, refresh
from kpixl.workbook.sheets.said import money_unit_said, said_money
from kpixl.workbook.style import cell_style
from kpixl.xlsx import Package
from kpixl.xlsx.address import Area

_DAY = dt.date(2026, 9, 18)


def _choose(path: Path, word: str | None) -> Refreshed:
    with Package.open(path) as book:
        sheet, cell = book.names["kpixl_currency"].split("!")
        book.set_cells(sheet.strip("'"), {cell.replace("$", ""): word})
        book.save()
    return refresh(path, as_of=_DAY)


def _unit(path: Path, table: str = "kpixl_board") -> object:
    with Package.open(path) as book:
        found = book.tables[table]
        place = found.body_area.left + found.columns.index("単位")
        top = found.body_area.top
        return book.values(found.sheet, Area(place, top, place, top))[0][0]


def _codes(path: Path) -> str:
    with Package.open(path) as book:
        return book._workbook.parts.read(str(book._workbook.styles_part())).decode()


@pytest.mark.parametrize(
    ("currency", "language", "code", "loss"),
    [
        ("JPY", "ja", '#,##0"円"', '▲#,##0"円"'),
        ("JPY", "en", '"¥"#,##0', '-"¥"#,##0'),
        ("USD", "ja", '"$"#,##0', '▲"$"#,##0'),
        ("USD", "en", '"$"#,##0', '-"$"#,##0'),
        ("EUR", "en", '"€"#,##0', '-"€"#,##0'),
    ],
)
def test_an_amount_has_the_sign_of_its_currency(currency: str, language: str, code: str, loss: str) -> None:
    with paid_in(currency):
        assert cell_style("money", language)["num_format"] == code
        assert cell_style("gap_money", language)["num_format"].split(";")[1] == loss


@pytest.mark.parametrize(
    ("currency", "language", "full", "short", "unit"),
    [
        ("JPY", "ja", "118,780,000円", "1億1,878万円", "万円"),
        ("JPY", "en", "¥118,780,000", "¥118.8M", "¥k"),
        ("USD", "ja", "$118,780,000", "$118.8M", "$k"),
        ("EUR", "en", "€118,780,000", "€118.8M", "€k"),
        ("", "ja", "118,780,000", "118.8M", "k"),
    ],
)
def test_an_amount_is_said_in_its_currency(currency: str, language: str, full: str, short: str, unit: str) -> None:
    with paid_in(currency), speaking(language):
        assert (amount(118_780_000), said_money(118_780_000), money_unit_said()) == (full, short, unit)


def test_a_small_amount_of_dollars_is_said_in_full() -> None:
    with paid_in("USD"):
        assert [said_money(size) for size in (5_150, 9_999, 10_000, 0)] == ["$5,150", "$9,999", "$10k", "$0"]


def test_a_chosen_currency_is_followed_at_the_next_refresh(small_book: Callable[..., Path]) -> None:
    path = small_book()
    assert _unit(path) == "万円"
    told = _choose(path, "$")
    assert told.remarks[-1] == "金額の表示を「$」に変えました。"
    assert (_unit(path), _unit(path, "kpixl_progress")) == ("$k", "$")
    assert "円" not in _codes(path)
    assert not refresh(path, as_of=_DAY).receipt.changed


def test_amounts_without_a_currency_can_have_one_again(small_book: Callable[..., Path]) -> None:
    path = small_book()
    before = _codes(path)
    _choose(path, "なし")
    assert "円" not in _codes(path)
    _choose(path, "円")
    assert _codes(path).count("円") == before.count("円")


def test_the_report_is_in_the_currency_of_the_plan(
    small_book: Callable[..., Path], importing: Callable[..., Any]
) -> None:
    path = small_book(currency="USD")
    row = ("2026-09-03", "受注", "佐藤", "Web", "1800000")
    refresh(path, imported=importing(row), as_of=_DAY)
    with Book(path) as book, book.speaking():
        assert "$1.8M" in sentences(read_state(book, as_of=_DAY))[0]


@pytest.mark.parametrize("currency", ["USD", "EUR", ""])
def test_a_plan_keeps_its_currency_in_its_workbook(
    small_book: Callable[..., Path], small_plan: Callable[..., Plan], currency: str
) -> None:
    with Book(small_book(currency=currency)) as book:
        assert read_plan(book) == small_plan(currency=currency)


def test_a_currency_that_is_not_known_is_named_by_its_cell(small_book: Callable[..., Path]) -> None:
    path = small_book()
    with pytest.raises(InvalidPlan, match=r"設定!C\d+.*ルピー.*円"):
        _choose(path, "ルピー")


@pytest.mark.parametrize(("given", "told"), [("usd", "$120,000,000"), ("€", "€120,000,000"), ("none", "120,000,000")])
def test_a_new_plan_may_be_in_any_of_the_currencies(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], given: str, told: str
) -> None:
    with pytest.raises(SystemExit, match="0"):
        main(["new", str(tmp_path / "plan.xlsx"), "--currency", given])
    assert f"売上目標{told}に" in capsys.readouterr().out


def test_a_currency_that_is_no_option_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit, match="2"):
        main(["new", str(tmp_path / "plan.xlsx"), "--currency", "GBP"])
    assert "USD" in capsys.readouterr().err
    assert not (tmp_path / "plan.xlsx").exists()
