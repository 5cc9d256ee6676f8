"""The report as a page: the figures of the workbook, names as they are, nothing from elsewhere, no member's page."""

import datetime as dt
import re
import shutil
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import lxml.html
import pytest

from kpixl import demo
from kpixl.plan import Channel, Member, Period
from kpixl.workbook.blocks import Block, Cell, Column, Sheet, Table, lettering
from kpixl.workbook.layout import ruled
from kpixl.workbook.refresh import refresh
from kpixl.workbook.report import write_report
from kpixl.workbook.schema import Key
from kpixl.workbook.web import page_of

_MONTH = dt.date(2025, 9, 1)
_ONE_CHANNEL = (Channel("Web", 1.0, (0.5, 0.5, 0.5)),)
_NO_FIGURE = re.compile(r"\b(?:nan|none|inf|null)\b", re.IGNORECASE)


def _text(path: Path) -> str:
    return str(lxml.html.fromstring(path.read_bytes()).find("body").text_content())


def _number(text: str) -> tuple[float, float] | None:
    """Read a figure as people do: its value, and half of its last digit."""
    sign = -1 if text.startswith(("▲", "-", "× ▲")) else 1
    found = re.search(r"\d[\d,]*(?:\.(\d+))?", text)
    if not found or re.search(r"\d[/年-]\d", text):
        return None
    scale = 100 if "%" in text else 1
    return sign * float(found[0].replace(",", "")) / scale, 0.5 * 10 ** -len(found[1] or "") / scale


def _rows(path: Path) -> Iterator[tuple[list[str], list[list[str]]]]:
    for grid in lxml.html.fromstring(path.read_bytes()).find_class("wide"):
        for heading in grid.find_class("h"):
            heading.drop_tree()
        heads = [cell.text_content() for cell in grid.find("table/thead").iter("th")]
        yield heads, [[cell.text_content() for cell in row] for row in grid.find("table/tbody").iter("tr")]


def test_every_figure_is_that_of_the_workbook(
    loop: Callable[[str], Any], load: Callable[..., Any], tmp_path: Path
) -> None:
    book = Path(shutil.copy(loop("ja").book, tmp_path))
    written = write_report(book, demo.MONTH, tmp_path, html=True)
    cells = load(written.path, data_only=True)
    tables = [(sheet, table) for sheet in cells.worksheets for table in sheet.tables.values()]
    areas = [[list(row) for row in sheet[table.ref]] for sheet, table in tables]
    compared = 0
    [page] = written.web
    for heads, shown in _rows(page):
        place = next(
            place
            for place, area in enumerate(areas)
            if [cell.value for cell in area[0]] == heads
            and (isinstance(area[1][0].value, dt.date) or area[1][0].value == shown[0][0])
            and len(area) > len(shown)
        )
        _, *rows = areas.pop(place)  # another table may have the same headings
        for line, row in zip(shown, rows, strict=True):
            for text, cell in zip(line, row, strict=True):
                figure = _number(text) if isinstance(cell.value, int | float) else None
                if figure:
                    assert abs(figure[0] - cell.value) <= figure[1] * 1.0001, (text, cell.value)
                    compared += 1
                elif isinstance(cell.value, str):
                    assert text == cell.value
                elif cell.value is None:
                    assert not text or " / " in text  # a sparkline
    assert compared > 250
    sentences = _text(page)
    assert load(written.path)["サマリー"]["B3"].value in sentences
    assert not any(f"{name}さんの1on1" in sentences for name in ("佐藤", "伊藤"))


def test_names_are_never_markup(small_book: Callable[..., Path], tmp_path: Path) -> None:
    name, channel = "佐藤<script>alert(1)</script>", 'A&B "x" <img src=x>'
    book = small_book(
        period=Period(_MONTH, 2), members=(Member(name),), channels=(Channel(channel, 1.0, (0.2, 0.8, 0.3)),)
    )
    written = write_report(book, _MONTH, tmp_path, html=True)
    page = lxml.html.fromstring(written.web[0].read_bytes())
    assert not list(page.iter("script", "img", "link", "iframe", "object", "form"))
    said = page.text_content()
    assert name in said
    assert channel in said


def test_nothing_is_asked_for_elsewhere(small_book: Callable[..., Path], tmp_path: Path) -> None:
    written = write_report(small_book(period=Period(_MONTH, 2)), _MONTH, tmp_path, html=True)
    text = written.web[0].read_text("utf-8").replace("http://www.w3.org/2000/svg", "")
    assert not re.search(r"https?:|src=|@import|url\((?!#)|<script", text)


@pytest.mark.parametrize(
    ("language", "month", "plan"),
    [
        ("en", _MONTH, {"period": Period(_MONTH, 2)}),
        ("ja", _MONTH, {"period": Period(_MONTH, 2), "channels": _ONE_CHANNEL, "members": (Member("佐藤"),)}),
        ("ja", dt.date(2024, 12, 1), {"period": Period(dt.date(2022, 1, 1), 36)}),
    ],
    ids=["empty month", "one channel, one member", "36 months"],
)
def test_a_page_of_little_says_no_nonsense(
    small_book: Callable[..., Path], tmp_path: Path, language: str, month: dt.date, plan: dict[str, Any]
) -> None:
    written = write_report(small_book(**plan), month, tmp_path, html=True, spoken=language)
    [path] = written.web
    page = lxml.html.fromstring(path.read_bytes())
    assert page.get("lang", "").startswith(language)
    body = "".join(grid.text_content() for grid in page.find_class("wide"))
    assert not _NO_FIGURE.search(body)
    assert not re.search(r"\bnan\b", path.read_text("utf-8"), re.IGNORECASE)
    assert len(page.findall(".//svg")) >= 3


def test_cancellations_have_their_sign(
    small_book: Callable[..., Path], importing: Callable[..., Any], tmp_path: Path
) -> None:
    book = small_book(period=Period(_MONTH, 2))
    rows = ("2025-09-03", "リード", "佐藤", "Web", ""), ("2025-09-10", "受注", "佐藤", "Web", -2_500_000)
    refresh(book, imported=importing(*rows), as_of=dt.date(2025, 9, 30))
    [page] = write_report(book, _MONTH, tmp_path, html=True).web
    assert "-2,500,000" in _text(page)


def test_members_have_pages_of_their_own_and_an_older_page_is_kept(
    small_book: Callable[..., Path], tmp_path: Path
) -> None:
    book = small_book(period=Period(_MONTH, 2))
    (tmp_path / "small_2025-09.html").write_text("mine", encoding="utf-8")
    written = write_report(book, _MONTH, tmp_path, members=True, html=True)
    report, sato, suzuki = written.web
    assert (report.name, sato.name) == ("small_2025-09.html", "small_2025-09_佐藤.html")
    assert "佐藤さんの1on1" in _text(sato)
    assert "鈴木" not in _text(sato)
    assert "鈴木さんの1on1" in _text(suzuki)
    assert report.with_name("small_2025-09.html.bak").read_text("utf-8") == "mine"


def test_only_what_is_printed_is_there_and_broken_lines_are_whole() -> None:
    rows = [
        (Cell("よかった", "story_good"), Cell("セミナーのリードが110件で、", "remark")),
        (Cell("", "story_good"), Cell("売上にして▲72万円です。", "remark")),
        (Cell("", "story_good"), Cell("先月からです。", "note")),
    ]
    told = Block("B4", tuple(rows))
    sheet = Sheet(
        "要約", (lettering("B2", [[("題", "title")]]), told, lettering("N4", [[("横", "text")]])), print_columns="A:L"
    )
    page = lxml.html.fromstring(page_of([sheet], "ja", "終わり"))
    assert page.findtext(".//h1") == "題"
    [cell] = page.findall(".//td[2]")
    lines = [line.text_content() for line in cell]
    assert lines == [
        "セミナーのリードが110件で、売上にして▲72万円です。",
        "先月からです。",
    ]
    assert "横" not in page.text_content()


def test_a_table_of_hours_stays_one_on_a_phone_and_a_long_one_becomes_cards() -> None:
    days = [Column(Key(f"day{number}", name), "heat_rate", 8) for number, name in enumerate("月火水木金")]
    narrow = Table("B6", "report_hours", (Column(Key("hour", "時間帯"), "strong"), *days), [("9時台", *[0.22] * 5)])
    long = replace(narrow, name="report_long", at="B20", rows=[("セミナーで名刺を交換した会社への架電", *[0.22] * 5)])
    page = page_of([Sheet("時間帯", tables=(narrow, long))], "ja", "")
    assert re.findall(r'<table class="(.*?)"', page) == ["grid", "grid cells"]


def test_a_sentence_broken_for_a_sheet_is_whole_and_a_sign_stays_with_its_number() -> None:
    lines = ["同じ月の率は、", "その月に出た数÷入った数です。", "売上にして▲72万円です。"]
    page = page_of([Sheet("ファネル", blocks=(lettering("B2", [[(line, "lead")] for line in lines]),))], "ja", "")
    assert "同じ月の率は、その月に出た数÷入った数です。</p>" in page
    assert '<span class="n1">▲72</span>万円です。' in page


def test_a_title_over_room_to_write_is_left_out() -> None:
    titles = [ruled("B4", "メモ", 3), ruled("B9", "図", 3)]
    room = lettering("B5", [[("", "text")] * 3] * 3)
    text = lettering("B10", [[("これだけ", "text")]])
    body = page_of([Sheet("題", (*titles, room, text))], "ja", "終わり")
    assert [title.text for title in lxml.html.fromstring(body).iter("h3")] == ["図"]
