"""The KPI tree: every box agrees with the tables, the breakdowns add up, and everything fits one A3 page."""

import datetime as dt
import math
import re
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from kpixl.plan import Channel, Goal, Stage
from kpixl.workbook.blocks import Block, Calc, Sheet
from kpixl.workbook.boxes import EQUALS, PLUS, Box, draw
from kpixl.workbook.planbook import write_workbook
from kpixl.workbook.refresh import refresh
from kpixl.xlsx import Package
from kpixl.xlsx.address import Area

DAY = dt.date(2026, 9, 18)
ELAPSED = 14 / 19  # of September's business days
Importing = Callable[..., Any]


class Shown(NamedTuple):
    """A box on the sheet: its level, and its figures."""

    level: int
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
            Shown((column - 2) // 4, cells[row - 1, column], *(cells[row + d, column + 1] for d in (0, 1, -1)))
            for (row, column), value in cells.items()
            if value == "目標" and not any(area.holds(column, row) for area in hidden)
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


def test_the_first_line_is_the_funnel_from_the_revenue_up_to_the_leads(
    tracked: Path, shown: Callable[[Path], list[Shown]]
) -> None:
    # 19 of 40 business days: 12 of 25 orders, 188 of 395 leads
    line = shown(tracked)[:5]
    assert [(box.level, box.name) for box in line] == list(enumerate(["売上", "受注", "商談", "アポ", "リード"]))
    assert [(box.target, box.actual) for box in line if box.name in ("売上", "受注", "リード")] == [
        (24_000_000, 4_300_000),
        (12, 3),
        (188, 30),
    ]
    assert line[0].attainment == pytest.approx(4.3 / (24 * ELAPSED))
    assert line[1].attainment == pytest.approx(3 / (12 * ELAPSED))


def test_a_rate_is_compared_with_its_own_target_on_any_day(tracked: Path, shown: Callable[[Path], list[Shown]]) -> None:
    boxes = {box.name: box for box in shown(tracked)}
    leads = boxes["リード→アポ"]
    assert boxes["アポ→商談"].actual == pytest.approx(4 / 10)
    assert leads.actual == pytest.approx(10 / 30)
    assert leads.attainment == pytest.approx(leads.actual / leads.target)


def test_each_channel_is_orders_times_value_and_its_orders_leads_times_rate(
    tracked: Path, shown: Callable[[Path], list[Shown]]
) -> None:
    boxes = shown(tracked)
    names = [box.name for box in boxes]
    # of September's 12 orders the fairs, with 15 of 25, carry 7; of its 188 leads 150 (315 of 395)
    for channel, figures in {
        "展示会": [(14e6, 2e6), (7, 1), (150, 20), (2e6, 2e6), (7 / 150, 1 / 20)],
        "Web": [(10e6, 1.8e6), (5, 1), (38, 10), (2e6, 1.8e6), (5 / 38, 1 / 10)],
    }.items():
        first = names.index(channel)
        branch = boxes[first : first + 5]
        assert [box.name for box in branch] == [channel, "受注", "リード", "平均単価", "リード→受注"]
        assert [(box.target, box.actual) for box in branch] == [pytest.approx(pair) for pair in figures]


def test_revenue_of_no_channel_has_a_box_of_its_own(tracked: Path, shown: Callable[[Path], list[Shown]]) -> None:
    (rest,) = [box for box in shown(tracked) if box.name == "チャネル以外・端数"]
    assert (rest.target, rest.actual) == (0, 500_000)


@pytest.mark.calc
def test_a_spreadsheet_computes_the_same_boxes(
    tracked: Path, shown: Callable[[Path], list[Shown]], recalculate: Callable[[Path], Path]
) -> None:
    cached, computed = shown(tracked), shown(recalculate(tracked))
    assert len(cached) == 21  # revenue, 4 stages, 3 rates, value, secured; 2 channels of 5; the rest
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
def test_all_kpis_on_target_reach_the_goal_in_both_breakdowns(
    small_book: Callable[..., Path],
    recalculate: Callable[[Path], Path],
    load: Callable[..., Any],
    existing: float,
) -> None:
    channels = (Channel("更新", 0.6, (0.2, 0.8, 0.3), 500_000), Channel("追加", 0.4, (0.5, 0.5, 0.5), 3_000_000))
    path = small_book(channels=channels, goal=Goal(50_000_000, 2_000_000, existing))
    sheet = load(recalculate(path), data_only=True)["KPIツリー"]
    assert [sheet[cell].value for cell in ("B5", "B6")] == [pytest.approx(1), pytest.approx(1)]


@pytest.fixture
def with_channels(table_rows: Callable[..., list[dict[str, Any]]]) -> Callable[[Path, list[str]], None]:
    """Type more channels below those of the settings, each like the first one."""

    def add(path: Path, names: list[str]) -> None:
        rows = table_rows(path, "kpixl_channels")
        headings = list(rows[0])
        with Package.open(path) as book:
            more = [rows[0] | {"チャネル": name} for name in names]
            book.replace_table("kpixl_channels", headings, [list(row.values()) for row in rows + more])
            book.save()

    return add


@pytest.mark.calc
def test_a_channel_that_is_added_later_gets_its_boxes_with_the_next_refresh(
    tracked: Path,
    with_channels: Callable[[Path, list[str]], None],
    shown: Callable[[Path], list[Shown]],
    differences: Callable[[Path], tuple[int, dict[Any, Any]]],
) -> None:
    with_channels(tracked, ["紹介"])
    refresh(tracked, as_of=DAY)
    boxes = {box.name: box for box in shown(tracked)}
    assert boxes["紹介"].actual == 500_000  # until then it was part of the rest
    assert boxes["チャネル以外・端数"].actual == 0
    revenue = [boxes[name].target for name in ("展示会", "Web", "紹介")]
    assert math.fsum(revenue) == boxes["売上"].target
    _, wrong = differences(tracked)
    assert {place: found for place, found in wrong.items() if place[0] == "KPIツリー"} == {}


@pytest.mark.calc
def test_channels_beyond_the_boxes_are_reported_and_count_in_the_rest(
    tracked: Path,
    with_channels: Callable[[Path, list[str]], None],
    shown: Callable[[Path], list[Shown]],
    recalculate: Callable[[Path], Path],
    load: Callable[..., Any],
) -> None:
    with_channels(tracked, ["紹介", "代理店", "広告", "電話", "訪問"])
    refresh(tracked, as_of=DAY)
    computed = recalculate(tracked)
    assert "6件" in load(computed, data_only=True)["KPIツリー"]["B7"].value
    boxes = {box.name: box for box in shown(computed)}
    drawn = [boxes[name].target for name in ("展示会", "Web", "紹介", "代理店", "広告", "電話")]
    assert boxes["チャネル以外・端数"].target == pytest.approx(boxes["売上"].target - math.fsum(drawn))
    assert boxes["チャネル以外・端数"].target > 0


def test_the_boxes_of_missing_channels_are_invisible(tracked: Path, shown: Callable[[Path], list[Shown]]) -> None:
    assert all(box.name for box in shown(tracked))


def test_branches_and_levels_fold(loop: Callable[[str], Any], load: Callable[..., Any]) -> None:
    sheet = load(loop("ja").new)["KPIツリー"]
    levels = {letters: column.outlineLevel for letters, column in sheet.column_dimensions.items()}
    assert max(levels.values()) == 7  # seven stages: the leads are the seventh level
    assert levels["B"] == 0
    assert {row.outlineLevel for row in sheet.row_dimensions.values()} == {0, 1, 2}
    assert (sheet.sheet_properties.outlinePr.summaryBelow, sheet.sheet_properties.outlinePr.summaryRight) == (
        False,
        False,
    )


def test_a_tree_of_six_channels_and_seven_stages_has_about_forty_boxes(
    small_book: Callable[..., Path], shown: Callable[[Path], list[Shown]]
) -> None:
    names = ["リード", "架電", "着電", "アポ", "商談", "有効商談", "受注"]
    events = ["lead", "call", "connect", "appointment", "meeting", "qualified", "won"]
    path = small_book(
        stages=tuple(
            Stage(event, name, 40 if event == "call" else None) for event, name in zip(events, names, strict=True)
        ),
        channels=tuple(Channel(f"経路{n}", 1, (2, 0.3, 0.3, 0.9, 0.6, 0.3)) for n in range(6)),
    )
    assert 40 <= len(shown(path)) <= 50


def forty() -> Box:
    """Make a tree of forty boxes with long names: a root, three branches of three, and three leaves under each."""

    def end(name: str, sign: str, *children: Box) -> Box:
        return Box(name, "money", Calc("123456789", 123456789), Calc("98765432", 98765432), None, sign, children)

    def three(prefix: str, below: Callable[[str], tuple[Box, ...]]) -> tuple[Box, ...]:
        signs = (EQUALS, PLUS, PLUS)
        return tuple(end(f"{prefix}{n}", sign, *below(f"{prefix}{n}")) for n, sign in enumerate(signs, 1))

    return end("売上", EQUALS, *three("首都圏営業部", lambda n: three(n, lambda m: three(m, lambda _: ()))))


@pytest.mark.calc
def test_forty_boxes_fit_one_page_of_a3_and_stay_legible(tmp_path: Path) -> None:
    drawing = draw(forty(), "B9", ("目標", "実績"))
    sheet = Sheet(
        "tree",
        (Block("B9", drawing.rows),),
        widths=drawing.widths,
        heights=drawing.heights,
        one_page=True,
        paper="A3",
    )
    path = tmp_path / "forty.xlsx"
    write_workbook(path, [sheet], "ja", {})
    assert len(list(_names(drawing.rows))) == 40
    text = _printed(path)
    assert re.search(r"Pages: +1\b", text)
    size = re.search(r"Page +size: +([\d.]+) x ([\d.]+) pts \(A3\)", text)
    assert size is not None
    # A3 is 297 mm by 420 mm either way round, less the margins of 0.25, 0.25, 0.5 and 0.6 inches
    assert sorted(map(float, size.groups())) == pytest.approx([297 / 25.4 * 72, 420 / 25.4 * 72], abs=0.1)
    room = float(size[1]) - 0.5 * 72, float(size[2]) - 1.1 * 72
    wide = sum(width * 7 + 5 for width in drawing.widths.values()) * 0.75  # a character has 7 pixels, a cell 5 more
    high = sum(drawing.heights.values()) + 8 * 20
    assert min(room[0] / wide, room[1] / high) >= 0.5


def _names(rows: Any) -> Any:
    return (cell for row in rows for cell in row if cell is not None and cell.style == "box")


def _printed(path: Path) -> str:
    """Print a workbook to PDF and return the properties of its pages."""
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
        )
        if done.returncode == 0:
            break
    pdf = path.with_suffix(".pdf")
    assert pdf.is_file(), done.stdout + done.stderr
    return subprocess.run(["pdfinfo", str(pdf)], capture_output=True, text=True, check=True).stdout
