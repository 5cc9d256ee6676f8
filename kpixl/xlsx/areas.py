"""Which of many areas hold a cell, such as merged cells and what one formula fills, without looking at each of them."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator

from kpixl.xlsx.address import Area

__all__ = ["Areas"]

_TALL = 1024


class Areas:
    """Areas of one sheet, by the rows in which they begin; those taller than most are few and are always looked at.

    >>> list(Areas([Area(1, 1, 2, 2), Area(1, 1, 1, 1_048_576)]).around(1, 7))
    [Area(left=1, top=1, right=1, bottom=1048576)]
    """

    def __init__(self, areas: Iterable[Area]) -> None:
        areas = sorted(areas, key=lambda area: area.top)
        self._tall = [area for area in areas if area.bottom - area.top >= _TALL]
        self._short = [area for area in areas if area.bottom - area.top < _TALL]
        self._tops = [area.top for area in self._short]
        self._most = max((area.bottom - area.top for area in self._short), default=0)

    def around(self, column: int, row: int) -> Iterator[Area]:
        """Yield the areas that hold a cell."""
        if not self._short and not self._tall:
            return iter(())
        start, stop = bisect_left(self._tops, row - self._most), bisect_right(self._tops, row)
        return (area for area in (*self._short[start:stop], *self._tall) if area.holds(column, row))
