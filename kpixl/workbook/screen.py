"""How large a sheet is shown, so that what is read together stands on the screen of a laptop together."""

from kpixl.workbook.blocks import Sheet
from kpixl.workbook.fitting import ROW_HEIGHT
from kpixl.workbook.printing import pixels
from kpixl.xlsx.address import Area

__all__ = ["zoom"]

_LAPTOP = 1366, 768  # pixels
_BESIDE = 56  # of them for the numbers of the rows and the scroll bar
_ABOVE = 180  # of them for tabs, status and a folded ribbon
_FROZEN = 1 / 4  # of the height at most, for rows that always show
_ZOOMS = range(100, 70, -5)  # percent; below, text is too small to read
_POINT = 4 / 3  # pixels


def zoom(sheet: Sheet, first: Area, widths: dict[str, float], heights: dict[int, float]) -> int:
    """Return the largest zoom (percent) at which the columns of the `first` print area fit a laptop's screen.

    The rows of a sheet that is one screen have to fit as well, and those that are frozen take a quarter of it at most.
    """
    taken = [pixels(widths, first) / (_LAPTOP[0] - _BESIDE)]
    if sheet.one_screen:
        taken.append(_height(heights, first.bottom) / (_LAPTOP[1] - _ABOVE))
    if sheet.freeze:
        taken.append(_height(heights, Area.parse(sheet.freeze).top - 1) / (_LAPTOP[1] * _FROZEN))
    return next((percent for percent in _ZOOMS if percent / 100 * max(taken) <= 1), _ZOOMS[-1])


def _height(heights: dict[int, float], last: int) -> float:
    return sum(heights.get(row, ROW_HEIGHT) for row in range(1, last + 1)) * _POINT
