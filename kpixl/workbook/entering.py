"""Enter changes into a workbook that is open in Excel, all of them or none.

Screen updates, events and calculation are off meanwhile. For each step, the step that undoes it is noted.
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
    """What a cell holds now, and what it should hold."""

    before: Entry
    wanted: Entry


@dataclass(frozen=True)
class Resize:
    """A table that will end in another row: the xlwings table, its present state, and the new last row of its body."""

    live: Any
    table: Table
    bottom: int

    @property
    def rows(self) -> int:
        """The number of rows to add; negative if rows are to be removed."""
        return self.bottom - self.table.body_area.bottom


class Entering:
    """Enters changes into an xlwings book; `formulas` is the range property that returns formulas unchanged."""

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
            The sheet, area and changes of consecutive cells of a column that are entered in the same way.
        resizes
            The tables that grow before the cells are written, or shrink afterwards.
        properties
            Custom document properties to set.

        Raises
        ------
        WorkbookRefused
            If Excel refuses something; what was done until then has been undone, or the error says that it was not.
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
        """Undo all steps, the last one first, and say whether all of them could be undone."""
        failed = 0
        for back in reversed(self._undo):
            try:
                back()
            except Exception:  # the earlier steps are undone all the same
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
        """Give a table more rows. Above a totals row they are inserted, which moves the cells below the table."""
        if resize.rows > 0 and not resize.table.totals:
            self._resize(resize)
        for row in range(resize.table.body_area.bottom + 1, resize.bottom + 1):
            if resize.table.totals:
                self._do(partial(native.add_row, resize.live), partial(native.delete_row, resize.live))
                self._do(partial(self._close_up, resize, row + 2), partial(self._open_up, resize, row + 2))

    def _shorten(self, resize: Resize) -> None:
        """Remove the last rows of a table, and leave the cells below it where they are."""
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
        """Restore the old size of a table. The rows that it had gained were blank before, so they are cleared."""
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
        """Copy the formats of the last old row to new rows; inserted rows have them already."""
        if resize.rows > 0 and not resize.table.totals:
            body = resize.table.body_area
            rows = self._range(resize.table.sheet, Area(body.left, body.bottom, body.right, resize.bottom))
            self._across(resize, body.bottom).autofill(rows, "fill_formats")

    def _range(self, sheet: str, area: Area) -> Any:
        """Return the range of an area, looked up anew: a range fetched before cells moved would have moved as well."""
        return self._book.sheets[sheet].range((area.top, area.left), (area.bottom, area.right))


def way(entry: Entry, formulas: str) -> str:
    """Return the range property through which to enter this: a formula that was read goes back the way it was read.

    kpixl's own formulas mean what they mean in a file: by implicit intersection a range is the cell in the same row.
    """
    return {Held: formulas, Formula: "formula"}.get(type(entry), "value")


@contextmanager
def _resting(app: Any) -> Iterator[None]:
    """Switch screen updates, events and calculation off; if the user calculates manually, calculate at the end."""
    before = app.screen_updating, app.enable_events, app.calculation
    app.screen_updating, app.enable_events, app.calculation = False, False, "manual"
    try:
        with native.filling_off(app):
            yield
    finally:
        app.screen_updating, app.enable_events, app.calculation = before
    if before[-1] == "manual":
        app.calculate()
