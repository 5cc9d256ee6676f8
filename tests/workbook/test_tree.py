"""The KPI tree: every box agrees with the tables, both breakdowns add up, and everything fits one legible A4 page."""

import datetime as dt
import math
import os
import re
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from kpixl.plan import Channel, Goal, Stage
from kpixl.texts import say
from kpixl.workbook.books import Book
from kpixl.workbook.planbook import write_workbook
from kpixl.workbook.refresh import read_state, refresh
from kpixl.workbook.sheets.tree import sheet
from kpixl.xlsx import Package
from kpixl.xlsx.address import Area

DAY = dt.date(2026, 9, 18)
_FONTS = Path(__file__).parents[2] / "docs" / "fonts.conf"
ELAPSED = 14 / 19  # of September's business days
BAND = "FF1D3557"  # the colour behind the name of a box
Importing = Callable[..., Any]


class Shown(NamedTuple):
    """A box on the sheet: its place in its line, and its figures."""

    place: int
    name: str
    target: Any
    actual: Any
    attainment: Any


@pytest.fixture
def shown(load: Callable[..., Any]) -> Callable[[Path], list[Shown]]:
    """The boxes on a workbook's tree sheet, from top to bottom, each line from left to right."""

    def read(path: Path) -> list[Shown]:
        with Package.open(path) as book:
            area = Area.parse(book.names["kpixl_tree"].split("!")[1].replace("$", ""))
        sheet = load(path, data_only=True)["KPIツリー"]
        cells = {
            (row, column): sheet.cell(row, column).value
            for row in range(area.top, area.bottom + 1)
            for column in range(area.left, area.right + 1)
        }
        hidden = _hidden(sheet)
        return [
            Shown((column - 3) // 3, value, cells[row + 1, column], cells[row + 1, column + 1], cells[row, column + 1])
            for (row, column), value in cells.items()
            if sheet.cell(row, column).fill.fgColor.rgb == BAND
            and (column - 3) % 3 == 0
            and not any(area.holds(column, row) for area in hidden)
        ]

    return read


def _hidden(sheet: Any) -> list[Area]:
    """Return the areas that conditional formats make invisible."""
    rules = [(ranges, rule) for ranges in sheet.conditional_formatting for rule in ranges.rules]
    blank = [(ranges, re.fullmatch(r'\$([A-Z]+)\$(\d+)=""', " ".join(rule.formula))) for ranges, rule in rules]
    return [
        Area.parse(area)
        for ranges, name in blank
        if name and not sheet[name[1] + name[2]].value
        for area in str(ranges.sqref).split(" ")
    ]


@pytest.fixture
def tracked(small_book: Callable[..., Path], importing: Importing) -> Path:
    """Make the small plan's workbook as of 18 September: an order from a fair, one from the web, one of no channel."""
    path = small_book()
    rows = [
        *[("2026-09-03", "リード", "佐藤", "展示会", "")] * 20,
        *[("2026-09-03", "リード", "鈴木", "Web", "")] * 10,
        *[("2026-09-07", "アポ", "佐藤", "展示会", "")] * 6,
        *[("2026-09-07", "アポ", "鈴木", "Web", "")] * 4,
        *[("2026-09-14", "商談", "佐藤", "展示会", "")] * 4,
        ("2026-09-17", "受注", "佐藤", "展示会", "2000000"),
        ("2026-09-17", "受注", "鈴木", "Web", "1800000"),
        ("2026-09-17", "受注", "鈴木", "紹介", "500000"),
    ]
    refresh(path, imported=importing(*rows), as_of=DAY)
    return path


def test_the_first_tree_leads_from_the_revenue_step_by_step_to_the_leads(
    tracked: Path, shown: Callable[[Path], list[Shown]]
) -> None:
    # 19 of 40 business days: 12 of 25 orders, 188 of 395 leads
    boxes = shown(tracked)[:9]
    assert [(box.place, box.name) for box in boxes] == [
        (0, "売上"),
        (1, "確保済みの売上"),
        (0, "受注"),
        (1, "平均単価"),
        (0, "商談"),
        (1, "商談→受注"),
        (0, "アポ"),
        (1, "アポ→商談"),
        (0, "リード"),
    ]
    figures = {box.name: (box.target, box.actual) for box in boxes}
    assert figures["売上"] == (24_000_000, 4_300_000)
    assert figures["受注"] == (12, 3)
    assert figures["リード"] == (188, 30)
    assert boxes[0].attainment == pytest.approx(4.3 / (24 * ELAPSED))
    assert boxes[2].attainment == pytest.approx(3 / (12 * ELAPSED))
    assert boxes[3].actual == pytest.approx(4_300_000 / 3)


def test_a_rate_is_compared_with_its_own_target_on_any_day(tracked: Path, shown: Callable[[Path], list[Shown]]) -> None:
    boxes = {box.name: box for box in shown(tracked)}
    leads = boxes["リード→アポ"]
    assert boxes["アポ→商談"].actual == pytest.approx(4 / 10)
    assert leads.actual == pytest.approx(10 / 30)
    assert leads.attainment == pytest.approx(leads.actual / leads.target)


def test_each_channel_is_the_value_of_an_order_times_leads_times_their_rate(
    tracked: Path, shown: Callable[[Path], list[Shown]]
) -> None:
    boxes = shown(tracked)
    names = [box.name for box in boxes]
    # of September's 12 orders the fairs, with 15 of 25, carry 7; of its 188 leads 150 (315 of 395)
    for channel, figures in {
        "展示会": [(14e6, 2e6), (2e6, 2e6), (150, 20), (7 / 150, 1 / 20)],
        "Web": [(10e6, 1.8e6), (2e6, 1.8e6), (38, 10), (5 / 38, 1 / 10)],
    }.items():
        first = names.index(channel)
        line = boxes[first : first + 4]
        assert [(box.place, box.name) for box in line] == [
            *enumerate([channel, "平均単価", "リード", "リード→受注"]),
        ]
        assert [(box.target, box.actual) for box in line] == [pytest.approx(pair) for pair in figures]


def notes(load: Callable[..., Any], path: Path) -> dict[str, Any]:
    """Return the figures below the trees: the checks of the goal and what the channels leave over, by their keys."""
    sheet = load(path, data_only=True)["KPIツリー"]
    told = {say(f"tree.{key}"): key for key in ("due", "whole_actions", "whole_channels", "rest_target", "rest_actual")}
    return {told[row[3].value]: row[2].value for row in sheet.iter_rows() if row[3].value in told}


def test_revenue_of_no_channel_is_told_below_and_no_box_is_negative(
    tracked: Path, shown: Callable[[Path], list[Shown]], load: Callable[..., Any]
) -> None:
    found = notes(load, tracked)
    assert (found["rest_target"], found["rest_actual"]) == (0, 500_000)
    assert all(figure >= 0 for box in shown(tracked) for figure in (box.target, box.actual) if figure is not None)


@pytest.mark.calc
def test_a_spreadsheet_computes_the_same_boxes(
    tracked: Path, shown: Callable[[Path], list[Shown]], recalculate: Callable[[Path], Path]
) -> None:
    cached, computed = shown(tracked), shown(recalculate(tracked))
    assert len(cached) == 20  # revenue, secured, 4 stages, 3 rates, value; revenue, secured, 2 channels of 4
    for one, other in zip(cached, computed, strict=True):
        assert one[:2] == other[:2]
        for value, again in zip(one[2:], other[2:], strict=True):
            assert (value or 0) == pytest.approx(again or 0)


def test_nothing_is_red_before_anything_happened(
    small_book: Callable[..., Path], shown: Callable[[Path], list[Shown]]
) -> None:
    assert {box.attainment for box in shown(small_book())} <= {None, ""}


@pytest.mark.calc
@pytest.mark.parametrize("existing", [0, 8_000_000])
def test_all_kpis_on_target_reach_the_goal_but_for_what_is_told_to_be_in_no_channel(
    small_book: Callable[..., Path],
    recalculate: Callable[[Path], Path],
    load: Callable[..., Any],
    shown: Callable[[Path], list[Shown]],
    existing: float,
) -> None:
    channels = (Channel("更新", 0.6, (0.2, 0.8, 0.3), 500_000), Channel("追加", 0.4, (0.5, 0.5, 0.5), 3_000_000))
    path = small_book(channels=channels, goal=Goal(50_000_000, 2_000_000, existing))
    for found in (notes(load, path), notes(load, recalculate(path))):
        goal = next(box.target for box in shown(path) if box.name == "売上")
        assert found["whole_actions"] == pytest.approx(1)
        assert found["whole_channels"] == pytest.approx(1 - found["rest_target"] / goal)


@pytest.fixture
def with_channels(table_rows: Callable[..., list[dict[str, Any]]]) -> Callable[[Path, list[str]], None]:
    """Type more channels below those of the settings, each like the first one."""

    def add(path: Path, names: list[str]) -> None:
        lines = table_rows(path, "kpixl_channels")
        rows = [row for row in lines if row["チャネル"]]
        rows += [rows[0] | {"チャネル": name} for name in names]
        rows += [dict.fromkeys(rows[0])] * (len(lines) - len(rows))
        with Package.open(path) as book:
            book.replace_table("kpixl_channels", list(rows[0]), [list(row.values()) for row in rows])
            book.save()

    return add


@pytest.mark.calc
def test_a_channel_that_is_added_later_gets_its_boxes_with_the_next_refresh(
    tracked: Path,
    with_channels: Callable[[Path, list[str]], None],
    shown: Callable[[Path], list[Shown]],
    differences: Callable[[Path], tuple[int, dict[Any, Any]]],
    load: Callable[..., Any],
) -> None:
    with_channels(tracked, ["紹介"])
    refresh(tracked, as_of=DAY)
    boxes = {box.name: box for box in shown(tracked)}
    assert boxes["紹介"].actual == 500_000  # until then it was part of the rest
    assert notes(load, tracked)["rest_actual"] == 0
    revenue = [boxes[name].target for name in ("展示会", "Web", "紹介")]
    assert math.fsum(revenue) == boxes["売上"].target
    _, wrong = differences(tracked)
    assert {place: found for place, found in wrong.items() if place[0] == "KPIツリー"} == {}


@pytest.mark.calc
def test_channels_beyond_the_boxes_are_reported_and_are_told_in_the_rest(
    small_book: Callable[..., Path],
    with_channels: Callable[[Path, list[str]], None],
    shown: Callable[[Path], list[Shown]],
    recalculate: Callable[[Path], Path],
    load: Callable[..., Any],
) -> None:
    names = ("展示会", "Web", "紹介", "代理店")
    path = small_book(channels=tuple(Channel(name, 0.25, (0.2, 0.8, 0.3)) for name in names))
    with_channels(path, ["広告", "電話", "訪問"])
    refresh(path, as_of=DAY)
    computed = recalculate(path)
    cells = [cell.value for row in load(computed, data_only=True)["KPIツリー"].iter_rows() for cell in row]
    assert any("チャネルが6件を超えた" in str(value) for value in cells)
    boxes = {box.name: box for box in shown(computed)}
    drawn = [boxes[name].target for name in ("展示会", "Web", "紹介", "代理店", "広告", "電話")]
    rest = notes(load, computed)["rest_target"]
    assert rest == pytest.approx(boxes["売上"].target - math.fsum(drawn))
    assert rest > 0


def test_the_boxes_of_missing_channels_are_invisible(tracked: Path, shown: Callable[[Path], list[Shown]]) -> None:
    assert all(box.name for box in shown(tracked))


def test_branches_fold(loop: Callable[[str], Any], load: Callable[..., Any]) -> None:
    sheet = load(loop("ja").new)["KPIツリー"]
    assert {row.outlineLevel for row in sheet.row_dimensions.values()} == set(range(8))  # seven stages
    assert sheet.sheet_properties.outlinePr.summaryBelow is False


def test_a_tree_of_six_channels_and_seven_stages_has_about_forty_boxes(
    small_book: Callable[..., Path], shown: Callable[[Path], list[Shown]]
) -> None:
    path = large(small_book)
    assert 40 <= len(shown(path)) <= 50


def large(small_book: Callable[..., Path]) -> Path:
    """Make the workbook of a plan with six channels and seven stages."""
    names = ["リード", "架電", "着電", "アポ", "商談", "有効商談", "受注"]
    events = ["lead", "call", "connect", "appointment", "meeting", "qualified", "won"]
    return small_book(
        stages=tuple(
            Stage(event, name, 40 if event == "call" else None) for event, name in zip(events, names, strict=True)
        ),
        channels=tuple(Channel(f"経路{n}", 1, (2, 0.3, 0.3, 0.9, 0.6, 0.3)) for n in range(6)),
    )


@pytest.mark.calc
def test_six_channels_and_seven_stages_print_on_one_page_of_a4_at_eight_points(
    small_book: Callable[..., Path], tmp_path: Path
) -> None:
    path = large(small_book)
    with Book(path) as book, book.speaking():
        tree = sheet(read_state(book, as_of=DAY))
    alone = tmp_path / "tree.xlsx"
    write_workbook(alone, [tree], "ja", {})
    pages, words = _printed(alone)
    assert re.search(r"Pages: +1\b", pages)
    assert "(A4)" in pages
    # a full-width character is as wide as its font is high
    target = next(re.finditer(r'xMin="([\d.]+)"[^>]*xMax="([\d.]+)"[^>]*>目標<', words))
    assert (float(target[2]) - float(target[1])) / 2 >= 8


def _printed(path: Path) -> tuple[str, str]:
    """Print a workbook to PDF, in a font as wide as Office's; return its pages' properties, and where its words are."""
    if not shutil.which("pdfinfo"):
        pytest.skip("pdfinfo is not installed")
    profile = path.parent / "office"
    command = ["soffice", "--headless", "--norestore", f"-env:UserInstallation={profile.as_uri()}"]
    for _ in range(3):
        done = subprocess.run(
            [*command, "--convert-to", "pdf", "--outdir", str(path.parent), str(path)],
            capture_output=True,
            text=True,
            timeout=180,
            check=False,
            env=os.environ | {"FONTCONFIG_FILE": str(_FONTS)},
        )
        if done.returncode == 0:
            break
    pdf = path.with_suffix(".pdf")
    assert pdf.is_file(), done.stdout + done.stderr
    pages, words = (
        subprocess.run(command, capture_output=True, text=True, check=True).stdout
        for command in (["pdfinfo", str(pdf)], ["pdftotext", "-bbox", str(pdf), "-"])
    )
    return pages, words
