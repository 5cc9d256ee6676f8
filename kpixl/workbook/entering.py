"""Enter changes into a workbook that is open in Excel, all of them or none.

Screen, events and calculation rest meanwhile. Before each step it is noted how to take it back.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from itertools import groupby
from typing import Any

from kpixl.errors import WorkbookRefused
from kpixl.workbook import entries, native
from kpixl.workbook.entries import Entry, Held
from kpixl.xlsx import Formula, Table
from kpixl.xlsx.address import Area

__all__ = ["Change", "Entering", "Resize", "way"]


@dataclass(frozen=True)
class Change:
    """What a cell holds, and what it is to hold."""

    before: Entry
    wanted: Entry


@dataclass(frozen=True)
class Resize:
    """A table that will end in another row: xlwings' own, how it stands so far, and the new last row of its body."""

    live: Any
    table: Table
    bottom: int

    @property
    def rows(self) -> int:
        """How many rows more there are, fewer where it is negative."""
        return self.bottom - self.table.body_area.bottom


class Entering:
    """Enters changes into a book of xlwings; `formulas` is the property of a range that tells formulas as they are."""

    def __init__(self, book: Any, formulas: str) -> None:
        self._book = book
        self._formulas = formulas
        self._undo: list[Callable[[], object]] = []

    def enter(
        self,
        runs: Iterable[tuple[str, Area, Sequence[Change]]],
        resizes: Sequence[Resize],
        properties: Mapping[str, str],
    ) -> None:
        """Enter all changes.

        Parameters
        ----------
        runs
            Sheet, area and changes of cells below one another that are entered in the same way.
        resizes
            The tables that grow before the cells are written, or shrink after it.
        properties
            Custom document properties to set.

        Raises
        ------
        WorkbookRefused
            Excel refused something; what was done until then has been undone.
        """
        with _resting(self._book.app):
            try:
                for resize in resizes:
                    self._lengthen(resize)
                for sheet, area, changes in runs:
                    before, wanted = zip(*((change.before, change.wanted) for change in changes), strict=True)
                    self._do(partial(self._put, sheet, area, wanted), partial(self._put, sheet, area, before))
                for resize in resizes:
                    self._shorten(resize)
                for resize in resizes:
                    self._continue_formats(resize)
                for name, value in properties.items():
                    native.set_property(self._book, name, value)
            except BaseException as error:
                undone = self._take_back()
                told = native.reason(error)
                if told is None and undone:
                    raise
                raise WorkbookRefused("open_refused" if undone else "open_half_undone", reason=told or error) from error

    def _do(self, step: Callable[[], object], back: Callable[[], object]) -> None:
        step()
        self._undo.append(back)

    def _take_back(self) -> bool:
        """Undo what was done, the last step first, and say whether all of it could be undone."""
        failed = 0
        for back in reversed(self._undo):
            try:
                back()
            except Exception:  # the steps before it are taken back all the same
                failed += 1
        return not failed

    def _put(self, sheet: str, area: Area, wanted: Sequence[Entry]) -> None:
        start = area.top
        for how, group in groupby(wanted, lambda entry: way(entry, self._formulas)):
            texts = [[entries.entered(entry)] for entry in group]
            cells = self._range(sheet, Area(area.left, start, area.right, start + len(texts) - 1))
            setattr(cells, how, texts)
            start += len(texts)

    def _lengthen(self, resize: Resize) -> None:
        """Give a table more rows. Rows above a totals row are put in, which moves what stands below the table."""
        if resize.rows > 0 and not resize.table.totals:
            self._resize(resize)
        for row in range(resize.table.body_area.bottom + 1, resize.bottom + 1):
            if resize.table.totals:
                self._do(partial(native.add_row, resize.live), partial(native.delete_row, resize.live))
                self._do(partial(self._close_up, resize, row + 2), partial(self._open_up, resize, row + 2))

    def _shorten(self, resize: Resize) -> None:
        """Take the last rows of a table away, and leave what stands below it where it is."""
        if resize.rows < 0 and not resize.table.totals:
            self._resize(resize)
        for row in range(resize.table.body_area.bottom, resize.bottom, -1):
            if resize.table.totals:
                self._do(partial(native.delete_row, resize.live), partial(native.add_row, resize.live))
                self._do(partial(self._open_up, resize, row + 1), partial(self._close_up, resize, row + 1))

    def _resize(self, resize: Resize) -> None:
        self._do(partial(self._span, resize, resize.bottom), partial(self._span_again, resize))

    def _span(self, resize: Resize, bottom: int) -> None:
        resize.live.resize(self._range(resize.table.sheet, Area(*Area.parse(resize.table.ref)[:3], bottom)))

    def _span_again(self, resize: Resize) -> None:
        """Give a table its old rows back. Those that it had gained were blank, whatever Excel filled them with."""
        left, _, right, bottom = Area.parse(resize.table.ref)
        self._span(resize, bottom)
        if resize.bottom > bottom:
            self._range(resize.table.sheet, Area(left, bottom + 1, right, resize.bottom)).clear_contents()

    def _open_up(self, resize: Resize, row: int) -> None:
        self._across(resize, row).insert("down")

    def _close_up(self, resize: Resize, row: int) -> None:
        self._across(resize, row).delete("up")

    def _across(self, resize: Resize, row: int) -> Any:
        body = resize.table.body_area
        return self._range(resize.table.sheet, Area(body.left, row, body.right, row))

    def _continue_formats(self, resize: Resize) -> None:
        """Let new rows look like the last one before them; rows that were put in do so by themselves."""
        if resize.rows > 0 and not resize.table.totals:
            body = resize.table.body_area
            rows = self._range(resize.table.sheet, Area(body.left, body.bottom, body.right, resize.bottom))
            self._across(resize, body.bottom).autofill(rows, "fill_formats")

    def _range(self, sheet: str, area: Area) -> Any:
        """Return a range as it is now: one that was got before cells moved would have moved with them."""
        return self._book.sheets[sheet].range((area.top, area.left), (area.bottom, area.right))


def way(entry: Entry, formulas: str) -> str:
    """Return the property of a range that takes this: a formula that was read goes back as it was told.

    kpixl's own formulas mean what they mean in a file, where a range stands for the cell in the formula's own row.
    """
    return {Held: formulas, Formula: "formula"}.get(type(entry), "value")


@contextmanager
def _resting(app: Any) -> Iterator[None]:
    """Let screen, events and calculation rest; where the user computes by hand, compute what was written at the end."""
    before = app.screen_updating, app.enable_events, app.calculation
    app.screen_updating, app.enable_events, app.calculation = False, False, "manual"
    try:
        with native.filling_off(app):
            yield
    finally:
        app.screen_updating, app.enable_events, app.calculation = before
    if before[-1] == "manual":
        app.calculate()
