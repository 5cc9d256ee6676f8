"""Gives the typed cells of an older workbook the rules and hints that a new one has; rules of the user's own stay."""

from collections.abc import Collection, Iterator, Sequence

from kpixl.workbook.blocks import Sheet, Table
from kpixl.workbook.books import Book
from kpixl.workbook.choices import validation
from kpixl.workbook.schema import MORE
from kpixl.xlsx import Package, Validation

__all__ = ["add_prompts"]


def add_prompts(book: Book, package: Package, sheets: Sequence[Sheet], *, besides: Collection[str] = ()) -> list[str]:
    """Add the rules that typed cells lack, except on tables and blocks named `besides`; return the sheets they are on.

    `sheets` describe the workbook.
    """
    rules = [rule for sheet in sheets for rule in _rules(book, sheet, besides)]
    return list(dict.fromkeys(title for title, rule in rules if package.add_validation(title, rule)))


def _rules(book: Book, sheet: Sheet, besides: Collection[str]) -> Iterator[tuple[str, Validation]]:
    for table in sheet.tables:
        if table.name not in besides:
            yield from _of_table(book, table)
    for block in sheet.blocks:
        place = book.place(block.name) if block.name and block.name not in besides else None
        if place is not None and (block.typed or block.choices):
            style = next(cell.style for *_, cell in block.cells())
            yield place[0], validation(place[1], style, block.choices)


def _of_table(book: Book, table: Table) -> Iterator[tuple[str, Validation]]:
    for name in (table.name, f"{table.name}{MORE}"):
        found = book.tables.get(name)
        for column in table.columns if found is not None else ():
            if found is not None and column.typed and column.heading in found.columns:
                body = found.body_area
                place = body.left + found.columns.index(column.heading)
                cells = body._replace(left=place, right=place)
                yield found.sheet, validation(cells, column.style, column.choices)
