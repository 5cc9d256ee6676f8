"""The format of a cell that is added to a workbook: it is copied from one of kpixl's cells with the same style."""

from collections.abc import Iterable, Iterator

from kpixl.workbook.blocks import Cell, Sheet
from kpixl.workbook.books import Book
from kpixl.xlsx import Package
from kpixl.xlsx.address import Area

__all__ = ["Looks", "texts_of"]

_Place = tuple[str, int, int]


class Looks:
    """Finds the cell format for the name of a style, in a workbook that `sheets` describe."""

    def __init__(self, book: Book, package: Package, sheets: Iterable[Sheet]) -> None:
        self._package = package
        self._places: dict[tuple[str, bool], _Place] = {}
        for sheet in sheets:
            for style, typed, place in _styled(book, sheet):
                self._places.setdefault((style, typed), place)

    def of(self, style: str, *, typed: bool = False) -> bytes | None:
        """Return the format of cells with a style, of untyped cells if no typed cell has it; None if no cell has it."""
        place = self._places.get((style, typed)) or self._places.get((style, False))
        return None if place is None else self._package.style(*place)


def texts_of(sheet: Sheet) -> dict[tuple[int, int], Cell]:
    """Return the titles and labels of a sheet by column and row."""
    unnamed = (block for block in sheet.blocks if block.name is None)
    return {(column, row): cell for block in unnamed for column, row, cell in block.cells()}


def _styled(book: Book, sheet: Sheet) -> Iterator[tuple[str, bool, _Place]]:
    """Yield each style of a sheet, whether it is of typed cells, and the place of a cell with it in the workbook."""
    title = None
    for table in sheet.tables:
        found = book.tables.get(table.name)
        if found is None:
            continue
        title, body = found.sheet, found.body_area
        if found.header:
            yield "heading", False, (found.sheet, body.left, body.top - 1)
        for column in table.columns:
            if column.heading in found.columns:
                across = body.left + found.columns.index(column.heading)
                style = table.styles(column)[0] if table.rows else column.style
                yield style, column.typed, (found.sheet, across, body.top)
    for block in sheet.blocks:
        place = book.place(block.name) if block.name else None
        first = block.rows[0][0]
        if place is not None and first is not None:
            yield first.style, block.typed, (place[0], *place[1][:2])
    if title is not None:
        for (across, down), cell in texts_of(sheet).items():
            [[text]] = book.values(title, Area(across, down, across, down))
            if text and text == cell.content:
                yield cell.style, False, (title, across, down)
