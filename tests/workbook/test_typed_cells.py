"""Whatever a refresh accepts in a typed cell is rewritten so that every formula reads the same as kpixl.

Every typed cell of every template is filled with its own value, spelled as people spell it: the plan stays the same,
and LibreOffice computes the values that kpixl has cached in the formulas.
"""

import datetime as dt
import math
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import python_calamine
from hypothesis import given
from hypothesis import strategies as st

from kpixl.errors import InvalidPlan
from kpixl.plan import Member, Plan, read_template
from kpixl.plan.names import clean
from kpixl.plan.sections import template_names
from kpixl.texts import LANGUAGES, say, speaking
from kpixl.workbook.blocks import Sheet
from kpixl.workbook.books import Book
from kpixl.workbook.check import check_book
from kpixl.workbook.planbook import build
from kpixl.workbook.reading import read_plan
from kpixl.workbook.refresh import Refreshed, refresh
from kpixl.workbook.sheets import plan_sheets
from kpixl.workbook.state import new_state
from kpixl.workbook.store import CellError
from kpixl.workbook.style import PALETTE
from kpixl.workbook.typed import Cell, Mended, mended_lines
from kpixl.xlsx import Formula, Package
from kpixl.xlsx.address import Area, address

_START = dt.date(2025, 4, 1)
_DAY = dt.date(2025, 6, 18)
_YELLOW = "FF" + PALETTE["typed"].removeprefix("#")
_SHARES = ("share", "rate", "growth")
Typing = Callable[..., None]
Refreshing = Callable[..., Refreshed]
Placing = Callable[..., tuple[str, str]]


class Typed(NamedTuple):
    """A typed cell of a workbook: its address, its style, its value, and whether it is `free` text."""

    sheet: str
    cell: str
    style: str
    value: Any
    free: bool


def _typed_cells(path: Path, sheets: list[Sheet]) -> Iterator[Typed]:
    """Find the typed cells that the sheets describe in the file."""
    with Package.open(path) as book:
        tables, names = book.tables, book.names
    for sheet in sheets:
        for block in sheet.blocks:
            if block.typed:
                [[cell]] = block.rows
                assert cell is not None
                title, place = names[str(block.name)].split("!")
                yield Typed(title.strip("'"), place.replace("$", ""), cell.style, cell.content, free=False)
        for table in sheet.tables:
            left, top, *_ = tables[table.name].body_area
            for place, column in enumerate(table.columns):
                for down, row in enumerate(table.rows):
                    if column.typed:
                        style = table.styles(column)[down]
                        free = not column.choices and style in ("text", "remark")
                        yield Typed(sheet.title, address(left + place, top + down), style, row[place], free)


def _spellings(cell: Typed) -> list[Any]:
    """The spellings that people may type for the value of a cell; each is read as the same."""
    value = cell.value
    if value is None:
        return [None, " ", "\u3000", "\u00a0"]
    if isinstance(value, dt.date):
        noon = dt.datetime(value.year, value.month, value.day, 12, 30)
        reiwa = f"令和{value.year - 2018}年{value.month}月{value.day}日"
        return [
            noon,
            f"{value:%Y/%m/%d}",
            reiwa,
            f" {value:%Y-%m-%d} 09:15",
            (value - dt.date(1899, 12, 30)).days + 0.75,
        ]
    if isinstance(value, str):
        if cell.free:
            return [value, f"{value} ", f"\u00a0{value}"]
        return [f"{value} ", f"\u3000{value}", f"{value}\u00a0", f"{value}\x07", f"\u200b{value}\n", f"\t{value}"]
    plain = f"{value:.15g}"
    wide = plain.translate(str.maketrans("0123456789", "０１２３４５６７８９"))
    if cell.style in _SHARES:
        return [f"{value * 100:.10g}%", plain, wide, f"{value * 100:.10g}％"]
    spelled = [plain, wide, f"{value:,}", f"{plain}件", f" {plain} "]
    if value and value % 10_000 == 0:
        spelled += [f"{value / 10_000:,.15g}万", f"{value / 1e8:.15g}億円", f"¥{value:,}"]
    return spelled


@pytest.fixture(scope="module")
def templates(tmp_path_factory: pytest.TempPathFactory) -> dict[tuple[str, str], tuple[Plan, Path, list[Typed]]]:
    """A new workbook of every template in both languages, and its typed cells."""
    made = {}
    folder = tmp_path_factory.mktemp("templates")
    for name in template_names():
        for language in LANGUAGES:
            plan = read_template(name, language=language, start=_START)
            path = folder / f"{name}_{language}.xlsx"
            with speaking(language):
                state = new_state(plan)
                build(state, path)
                made[name, language] = plan, path, list(_typed_cells(path, plan_sheets(state)))
    return made


@pytest.mark.calc
def test_every_typed_cell_recalculates_to_what_was_read_in_it(
    templates: dict[tuple[str, str], tuple[Plan, Path, list[Typed]]],
    recalculate: Callable[..., Path],
    tmp_path: Path,
) -> None:
    files = []
    for number, ((name, language), (plan, new, cells)) in enumerate(templates.items()):
        path = tmp_path / f"{name}_{language}.xlsx"
        shutil.copy(new, path)
        assert len(cells) > 300
        with Package.open(path) as book:
            typed: dict[str, dict[str, Any]] = {}
            for place, cell in enumerate(cells):
                spelled = _spellings(cell)
                typed.setdefault(cell.sheet, {})[cell.cell] = spelled[(place + number) % len(spelled)]
            for sheet, values in typed.items():
                book.set_cells(sheet, values)
            book.save()
        refreshed = refresh(path, as_of=_DAY)
        assert len(refreshed.mended) > 100
        with Book(path) as book:
            assert read_plan(book) == plan
            assert book.mended == ()
        files.append(path)
    computed = recalculate(*files)
    for path in files:
        stored, again = (
            python_calamine.CalamineWorkbook.from_path(str(one)) for one in (path, computed.with_name(path.name))
        )
        different = {
            (sheet, down, across): (one, other)
            for sheet in stored.sheet_names
            for down, rows in enumerate(
                zip(
                    *(book.get_sheet_by_name(sheet).to_python(skip_empty_area=False) for book in (stored, again)),
                    strict=False,  # the office leaves out blank rows at the end
                )
            )
            for across, (one, other) in enumerate(zip(*rows, strict=False))
            if not _alike(one, other)
        }
        assert different == {}, path.name


def _alike(one: Any, other: Any) -> bool:
    if isinstance(one, int | float) and isinstance(other, int | float):
        return math.isclose(one, other, rel_tol=1e-9, abs_tol=1e-9)
    return bool(one == other)


@pytest.mark.parametrize(
    ("table", "row", "heading", "given", "stands"),
    [
        ("kpixl_kgis", 1, "目標値", "0.5億円", 50_000_000),
        ("kpixl_channels", 1, "単価", "200万", 2_000_000),
        ("kpixl_stages", 3, "1人1日の上限", "4件", 4),
        ("kpixl_channels", 2, "アポ→商談", "50%", 0.5),
        ("kpixl_members", 2, "着任日", "2026年9月1日", dt.datetime(2026, 9, 1)),
        ("kpixl_members", 2, "着任日", dt.datetime(2026, 9, 1, 18, 30), dt.datetime(2026, 9, 1)),
        ("kpixl_members", 2, "担当", "\u3000鈴木\u00a0", "鈴木"),
        ("kpixl_members", 2, "担当", 2, "2"),
        ("kpixl_channels", 2, "チャネル", "Web\x07 ", "Web"),
    ],
)
def test_a_refresh_writes_what_it_read_and_says_so(
    small_book: Callable[..., Path],
    typing: Typing,
    place: Placing,
    load: Callable[..., Any],
    table: str,
    row: int,
    heading: str,
    given: object,
    stands: object,
) -> None:
    path = small_book()
    typing(path, table, row, {heading: given})
    sheet, cell = place(path, table, heading, row)
    refreshed = refresh(path, as_of=dt.date(2026, 9, 18))
    assert load(path, data_only=True)[sheet][cell].value == stands
    [said] = refreshed.mended
    assert f"{sheet}!{cell}" in said
    assert said in refreshed.told
    assert refresh(path, as_of=dt.date(2026, 9, 18)).mended == ()


def test_an_open_workbook_is_written_as_it_was_read_too(
    refreshing: Refreshing, small_book: Callable[..., Path], typing: Typing, load: Callable[..., Any], place: Placing
) -> None:
    """Also a key beside kpixl's own cells, by which a refresh finds their row."""
    path = small_book()
    typing(path, "kpixl_kgis", 1, {"KGI": "売上\u3000", "目標値": "0.5億円"})
    typing(path, "kpixl_members", 1, {"担当": "佐藤 "})
    refreshed = refreshing(path, as_of=dt.date(2026, 9, 18))
    values = load(path, data_only=True)
    for table, heading, stands in (
        ("kpixl_kgis", "KGI", "売上"),
        ("kpixl_kgis", "目標値", 50_000_000),
        ("kpixl_members", "担当", "佐藤"),
    ):
        sheet, cell = place(path, table, heading)
        assert values[sheet][cell].value == stands
    assert len(refreshed.mended) == 3


@pytest.mark.parametrize(
    ("table", "rows", "told"),
    [
        ("kpixl_members", {1: {"担当": "001"}, 2: {"担当": "1"}}, "001"),
        ("kpixl_members", {1: {"担当": "=佐藤"}}, "=佐藤"),
        ("kpixl_members", {1: {"担当": True}}, "論理値"),
        ("kpixl_members", {1: {"担当": "TRUE"}}, "論理値"),
        ("kpixl_members", {1: {"担当": "a_x0041_"}}, "a_x0041_"),
        ("kpixl_channels", {2: {"チャネル": "Web*"}}, r"Web\*"),
        ("kpixl_levels", {1: {"レベル": "~", "係数": 1}}, "~"),
        ("kpixl_definitions", {1: {"KPI": "<5"}}, "<5"),
        ("kpixl_kgis", {1: {"目標値": Formula('"50"&"百万"', "50百万")}}, "数式.*50000000"),
        ("kpixl_members", {2: {"着任日": Formula("NOW()", dt.datetime(2026, 9, 1, 12))}}, "数式.*2026-09-01"),
    ],
)
def test_what_formulas_would_read_otherwise_is_refused_with_its_cell(
    small_book: Callable[..., Path],
    typing: Typing,
    place: Placing,
    table: str,
    rows: dict[int, dict[str, Any]],
    told: str,
) -> None:
    path = small_book()
    for row, values in rows.items():
        typing(path, table, row, values)
    last, heading = max(rows), next(iter(rows[max(rows)]))
    before = path.read_bytes()
    with pytest.raises(InvalidPlan, match=told) as refused:
        refresh(path, as_of=dt.date(2026, 9, 18))
    assert "!".join(place(path, table, heading, last)) in str(refused.value)
    assert path.read_bytes() == before


def test_a_plan_that_starts_within_a_month_is_refused_with_the_right_day(small_book: Callable[..., Path]) -> None:
    path = small_book()
    with Package.open(path) as book:
        sheet, cell = book.names["kpixl_start"].replace("$", "").replace("'", "").split("!")
        book.set_cells(sheet, {cell: dt.date(2026, 9, 21)})
        book.save()
    with pytest.raises(InvalidPlan, match=rf"{sheet}!{cell}.*2026/09/21.*2026/09/01"):
        refresh(path, as_of=dt.date(2026, 9, 18))


def test_the_check_names_a_text_in_place_of_a_number(
    small_book: Callable[..., Path], typing: Typing, place: Placing
) -> None:
    path = small_book()
    typing(path, "kpixl_kgis", 1, {"目標値": "0.5億円"})
    _, remarks = check_book(path)
    [remark] = [one for one in remarks if one.rule == "read_otherwise"]
    assert remark.at["cell"] == place(path, "kpixl_kgis", "目標値")[1]
    assert "50000000" in remark.right


@pytest.mark.calc
def test_actuals_count_for_the_name_that_a_spreadsheet_finds(
    small_book: Callable[..., Path],
    importing: Callable[..., Any],
    typing: Typing,
    table_rows: Callable[..., Any],
    differences: Callable[..., Any],
) -> None:
    """Spreadsheets ignore case: two orders typed for SATO and one imported for sato make three for Sato."""
    path = small_book(members=(Member("Sato"), Member("鈴木")))
    typing(path, "kpixl_entries", 1, {"日付": "2026/9/3", "担当": "SATO ", "KPI": "受注", "値": "2件"})
    rows = [("2026-09-03", "受注", "sato", "web", "1,800,000")]
    refreshed = refresh(path, imported=importing(*rows), as_of=dt.date(2026, 9, 18))
    assert differences(path)[1] == {}
    assert {row["担当"]: row["受注"] for row in table_rows(path, "kpixl_member_actuals")} == {"Sato": 3, "鈴木": 0}
    assert refreshed.unlisted == {}


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_typed_cell_says_what_it_takes(
    templates: dict[tuple[str, str], tuple[Plan, Path, list[Typed]]], load: Callable[..., Any], language: str
) -> None:
    """A hint in the workbook's language; only lists are strict, as a refresh reads texts that Excel does not.

    The list of weekly days off merely suggests: other days may be written.
    """
    _, path, cells = templates["inside_sales", language]
    suggested = {"ja": "一覧から選ぶか", "en": "Choose from the list, or"}[language]
    hints = {}
    for sheet in load(path).worksheets:
        for rule in sheet.data_validations.dataValidation:
            assert rule.promptTitle
            assert len(rule.prompt) <= 255
            strict = rule.type == "list" and not rule.prompt.startswith(suggested)
            assert (rule.errorStyle or "stop") == ("stop" if strict else "warning")
            for area in str(rule.sqref).split():
                left, top, right, bottom = Area.parse(area)
                hints |= {
                    (sheet.title, address(column, row)): rule.type
                    for column in range(left, right + 1)
                    for row in range(top, bottom + 1)
                }
    assert [cell for cell in cells if (cell.sheet, cell.cell) not in hints] == []
    assert {*hints.values()} == {"list", "decimal", "whole", "date", "textLength", None}


def _without_hint(book: Any) -> list[tuple[str, str]]:
    """The cells that look like inputs and say nothing on what to type, by sheet."""
    silent = []
    for sheet in book.worksheets:
        rules = [rule for rule in sheet.data_validations.dataValidation if rule.prompt and rule.promptTitle]
        hinted = [Area.parse(area) for rule in rules for area in str(rule.sqref).split()]
        yellow = (cell for row in sheet.iter_rows() for cell in row if cell.fill.fgColor.rgb == _YELLOW)
        silent += [
            (sheet.title, cell.coordinate)
            for cell in yellow
            if not any(area.holds(cell.column, cell.row) for area in hinted)
        ]
    return silent


def test_every_yellow_cell_of_every_template_has_a_hint(
    templates: dict[tuple[str, str], tuple[Plan, Path, list[Typed]]], load: Callable[..., Any]
) -> None:
    """The guide's sample of the colour is no input."""
    for (_, language), (_, path, cells) in templates.items():
        book = load(path)
        [(sheet, legend)] = _without_hint(book)
        with speaking(language):
            assert (sheet, book[sheet][legend].value) == (say("sheet.guide"), say("guide.colour_typed"))
        assert len(cells) > 300


_CONTENTS = st.one_of(
    st.none(),
    st.text(max_size=12),
    st.floats(),
    st.booleans(),
    st.dates(),
    st.datetimes(),
    st.times(),
    st.sampled_from(["1.2億円", " 150万", "25件", "90%", "▲5", "令和7年6月2日", "2025/6/2 9:00", "2026年9月"]),
    st.sampled_from([CellError("#N/A"), "\u3000", "\u00a0", "\ufffe", "\ud800"]),
)


@given(_CONTENTS, st.sampled_from(["number", "date", "name", "text"]))
def test_any_content_is_read_and_written_once_or_refused_with_its_cell(content: Any, kind: str) -> None:
    written: list[Any] = []

    def read(value: Any) -> Any:
        return getattr(Cell("設定", 3, 10, "目標", value, lambda _, right: written.append(right)), kind)()

    try:
        first = read(content)
    except InvalidPlan as refused:
        assert "設定!C10" in str(refused)
        return
    stands = written[-1] if written else content
    written.clear()
    if stands is not None:
        assert read(stands) == first
        assert written == []
    if kind == "number":
        assert isinstance(stands, int | float)
    if kind == "name":
        assert stands is None or stands == clean(stands) == first


def test_a_sentence_names_what_was_and_what_is() -> None:
    lines = mended_lines([Mended("設定!C10", "150万", 1_500_000.0), Mended("設定!C11", " ", None)])
    assert "150万" in lines[0]
    assert "1500000" in lines[0]
    assert "設定!C11" in lines[1]
