"""How a sheet prints: portrait if its text stays large enough to read, else landscape; one page wide, with titles."""

from itertools import accumulate, count, pairwise, takewhile
from typing import Any

from xlsxwriter.utility import quote_sheetname, xl_range_abs

from kpixl.texts import say
from kpixl.workbook import charts
from kpixl.workbook.blocks import Block, Sheet, Table
from kpixl.workbook.fitting import ROW_HEIGHT, column_widths, display_width
from kpixl.workbook.style import PALETTE
from kpixl.xlsx.address import Area, column_letters

__all__ = ["across", "areas", "pixels", "set_up"]

_PAPERS = {"A4": (9, 130), "A3": (8, 192)}  # Excel's number, and the characters per line in portrait at 8 points
_SHEETS = {"A4": (8.27, 11.69), "A3": (11.69, 16.54)}  # inches
_SIDES, _ENDS = 0.25, (0.5, 0.6)  # inches left and right of the print, above and below it
_TITLES = ("section", "headline")
_INCH = 72  # points
_MARGIN, _STANDARD = 2, 9
_CHARACTER, _PADDING = 8, 5  # pixels, of a digit in Yu Gothic at 10.5 points
_NARROWEST = 7  # pixels, of a digit in the fonts for English


def set_up(page: Any, sheet: Sheet, printed: list[Area], widths: dict[str, float], heights: dict[int, float]) -> None:
    """Set paper, margins, print area, repeated rows and footer of a sheet.

    `printed` are its print areas (`areas`); its columns and rows are of these sizes.
    """
    paper, upright = _PAPERS[sheet.paper]
    lies = (  # larger then, as it is to fit whole
        sheet.one_page and not sheet.upright and any(_lies(area, widths, heights) for area in printed)
    )
    narrow = sheet.one_page or max(_wide(widths, area) for area in printed) <= upright
    if narrow and not lies:
        page.set_portrait()
    else:
        page.set_landscape()
    page.set_paper(paper)
    page.fit_to_pages(1, int(sheet.one_page))
    page.set_margins(left=_SIDES, right=_SIDES, top=_ENDS[0], bottom=_ENDS[1])
    page.center_horizontally()
    page.print_area_range = ",".join(
        f"{quote_sheetname(sheet.title)}!{xl_range_abs(top - 1, left - 1, bottom - 1, right - 1)}"
        for left, top, right, bottom in printed
    )
    if not sheet.one_page:
        room = _room(sheet.paper, pixels(widths, printed[0]), upright=narrow)
        page.set_h_pagebreaks([row - 1 for row in _breaks(sheet, printed[0], widths, heights, room)])
        if heading := _repeated(sheet, printed[0], heights, room):
            page.repeat_rows(heading - 1, heading - 1)
    muted = f"&8&K{PALETTE['muted'].removeprefix('#')}"
    middle = sheet.footer.replace("&", "&&") or "&A"
    page.set_footer(f"&L{muted}{say('product')} | &F&C{muted}{middle}&R{muted}&P / &N")


def _lies(area: Area, widths: dict[str, float], heights: dict[int, float]) -> bool:
    """Say whether an area is wider than it is high."""
    high = sum(heights.get(row, ROW_HEIGHT) for row in range(area.top, area.bottom + 1))
    return pixels(widths, area) * 0.75 > high


def pixels(widths: dict[str, float], area: Area) -> float:
    """Return how wide the columns of an area are, in pixels at full size."""
    return sum(_width(widths, column) * _CHARACTER + _PADDING for column in range(area.left, area.right + 1))


def across(table: Table, widths: dict[str, float]) -> int:
    """Return how wide a table is at least, in pixels of any font, on a sheet whose columns have these `widths` or more.

    A chart of that width does not reach beyond the table.
    """
    wide = column_widths(Sheet("", tables=(table,), widths=widths))
    columns = range(table.area.left, table.area.right + 1)
    return sum(int(_width(wide, column) * _NARROWEST) + _PADDING for column in columns)


def areas(sheet: Sheet, widths: dict[str, float]) -> list[Area]:
    """Return the print areas: everything on the sheet, or each span of its printed columns down to its last row."""
    standing = _standing(sheet, widths)
    if not sheet.print_columns:
        return [Area(1, 1, max(area.right for area in standing), max(area.bottom for area in standing))]
    spans = [Area.parse(span.replace(":", "1:") + "1") for span in sheet.print_columns.split(",")]
    return [
        Area(left, 1, right, max(area.bottom for area in standing if left <= area.right and area.left <= right))
        for left, _, right, _ in spans
    ]


def _standing(sheet: Sheet, widths: dict[str, float]) -> list[Area]:
    """Return where blocks, tables and charts stand."""
    return [
        *(_extent(block.at, _block_columns(block, widths), len(block.rows)) for block in sheet.blocks),
        *(table.area for table in sheet.tables),
        *(
            _extent(chart.at, _columns(chart.at, chart.size[0], widths), charts.rows_high(chart))
            for chart in sheet.charts
        ),
    ]


def _room(paper: str, wide: float, *, upright: bool) -> float:
    """Return how high the rows of a page may be, in points at full size, if it is so many pixels wide."""
    across, down = _SHEETS[paper] if upright else _SHEETS[paper][::-1]
    scale = min(1, (across - 2 * _SIDES) * _INCH / (wide * 0.75))
    return (down - sum(_ENDS)) * _INCH / scale


def _repeated(sheet: Sheet, area: Area, heights: dict[int, float], room: float) -> int:
    """Return the row of headings that every page shows: the frozen one, or that of a last table longer than a page."""
    if sheet.freeze:
        return Area.parse(sheet.freeze).top - 1
    tables = [table.area for table in sheet.tables if table.area.overlaps(area)]
    last = max(tables, key=lambda table: table.top, default=None)
    long = last is not None and sum(heights.get(row, ROW_HEIGHT) for row in range(last.top, last.bottom + 1)) > room
    return last.top if last is not None and long else 0


def _breaks(sheet: Sheet, area: Area, widths: dict[str, float], heights: dict[int, float], room: float) -> list[int]:
    """Return the rows that begin a page: titles of sections, so that none is cut that fits on a page."""
    taken = {row for other in _standing(sheet, widths) for row in range(other.top, other.bottom + 1)}
    titles = {row for block in sheet.blocks for _, row, cell in block.cells() if cell.style in _TITLES}
    starts = sorted(row for row in titles if row - 1 not in taken)

    def fits(first: int, end: int) -> bool:
        last = max(taken.intersection(range(first, end)))
        return sum(heights.get(row, ROW_HEIGHT) for row in range(first, last + 1)) <= room

    breaks = [1]
    for start, end in pairwise([*starts[1:], area.bottom + 1]):
        if not fits(breaks[-1], end) and fits(start, end):
            breaks.append(start)
    return breaks[1:]


def _wide(widths: dict[str, float], area: Area) -> float:
    return sum(_width(widths, column) for column in range(area.left, area.right + 1))


def _extent(at: str, wide: int, high: int) -> Area:
    left, top, *_ = Area.parse(at)
    return Area(left, top, left + wide - 1, top + high - 1)


def _block_columns(block: Block, widths: dict[str, float]) -> int:
    """Return how many columns a block takes, including text that overflows from rows with a single cell."""
    running = [row[0].content for row in block.rows if len(row) == 1 and row[0]]
    pixels = max((display_width(text) * _CHARACTER for text in running if isinstance(text, str)), default=0)
    return max(_columns(block.at, pixels, widths), *map(len, block.rows))


def _columns(at: str, pixels: float, widths: dict[str, float]) -> int:
    """Return how many columns a width in pixels covers."""
    first = Area.parse(at).left
    covered = accumulate(_width(widths, column) * _CHARACTER + _PADDING for column in count(first))
    return 1 + sum(1 for _ in takewhile(lambda right: right < pixels, covered))


def _width(widths: dict[str, float], column: int) -> float:
    return widths.get(column_letters(column), _MARGIN if column == 1 else _STANDARD)
