"""Whole sheets that a newer kpixl has: they are put into an older workbook as a new workbook has them.

A sheet is lacking if the workbook holds none of its tables and names and never held them, except for those that may be
missing (`kpixl.workbook.added`). It is built together with the sheets that its charts draw from, and inserted after the
sheet that comes before it in a new plan; a hidden sheet comes last.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from kpixl.texts import say
from kpixl.workbook.added import is_added_name, is_added_table
from kpixl.workbook.apart import Apart
from kpixl.workbook.blocks import Sheet
from kpixl.workbook.books import Book
from kpixl.workbook.planbook import package_of
from kpixl.xlsx import Graft, Package
from kpixl.xlsx.address import Area

__all__ = ["Grafted", "free_title", "lacking_sheets"]

_HOME, _HOME_CELL = "kpixl_home", "B1"
_LONGEST_TITLE = 31
_GONE = "#REF!"  # in the reference of a name whose sheet was deleted


def lacking_sheets(book: Book, sheets: Iterable[Sheet]) -> list[Sheet]:
    """Return the sheets that must be put into a workbook whole."""
    return [sheet for sheet in sheets if (sheet.tables or any(_names(sheet))) and _lacks(book, sheet)]


def free_title(wanted: str, titles: Iterable[str]) -> str:
    """Return a title for a new sheet, with a number if the wanted title is taken.

    >>> free_title("Board", ["board", "Plan"])
    'Board (2)'
    """
    taken = {title.casefold() for title in titles}
    ends = ("" if number == 1 else f" ({number})" for number in range(1, 1000))
    names = (wanted[: _LONGEST_TITLE - len(end)] + end for end in ends)
    return next(name for name in names if name.casefold() not in taken)


class Grafted:
    """Puts those of a plan's `sheets` that are `lacking` into its workbook; `steps` reports it in sentences.

    `standing` maps each of the other sheets to the title of the sheet in the workbook that holds its contents.
    """

    def __init__(
        self,
        book: Book,
        package: Package,
        sheets: Sequence[Sheet],
        lacking: Sequence[Sheet],
        standing: Mapping[str, str | None],
    ) -> None:
        titles = {sheet.title for sheet in lacking}
        here = {title: found for title, found in standing.items() if found is not None}
        first = next(sheet for sheet in sheets if not sheet.hidden)
        order, before, grafts = list(package.sheets), "", []
        for sheet in sheets:
            if sheet.title in titles:
                here[sheet.title] = free_title(sheet.title, order)
                after = order[-1] if sheet.hidden else before
                grafts.append(Graft(sheet.title, here[sheet.title], after or None))
                order.insert(order.index(after) + 1 if after else 0, here[sheet.title])
            before = before if sheet.hidden else here.get(sheet.title, before)
        wanted = [_with_lines_there(book, sheet) for sheet in _needed(sheets, titles | {first.title})]
        other = package_of(wanted, book.language, {})
        lost = package.graft(other, grafts, titles=here, pointed=Apart(book.tables).pointed)
        for sheet in lacking:
            _lead_home(book, package, here[sheet.title], say("home", sheet=first.title))
            for name, text in sheet.names.items():
                if not book.refers_to(name):
                    package.define_name(name, Apart(book.tables).pointed(text))
        if first.title in titles:
            package.open_on(here[first.title])
        self.holds = frozenset(name for sheet in lacking for name in (*_tables(sheet), *_names(sheet)))
        self.steps = [
            say("migrate.hidden_sheet" if sheet.hidden else "migrate.whole_sheet", sheet=here[sheet.title])
            for sheet in lacking
        ]
        if lost:
            self.steps.append(say("migrate.links", cells=say("join").join(lost)))


def _lead_home(book: Book, package: Package, title: str, made: str) -> None:
    """Make the link to the first sheet show the title that this sheet has in the workbook."""
    sheet, _, cell = book.refers_to(_HOME).rpartition("!")
    [[text]] = package.values(title, Area.parse(_HOME_CELL))
    if text == made and cell and _GONE not in f"{sheet}!":
        package.set_cells(title, {_HOME_CELL: say("home", sheet=sheet.strip("'").replace("''", "'"))})


def _lacks(book: Book, sheet: Sheet) -> bool:
    had = book.written.headings.mapped
    referred = {name: book.refers_to(name) for name in _names(sheet)}
    stands = any(map(book.has, _tables(sheet))) or any(text and _GONE not in text for text in referred.values())
    return (
        not stands
        and all(is_added_table(table) or table not in had for table in _tables(sheet))
        and all(is_added_name(name) or not text for name, text in referred.items())
    )


def _needed(sheets: Sequence[Sheet], titles: set[str]) -> list[Sheet]:
    """Return the sheets with these titles, and those with the tables that their charts draw from, without charts."""
    drawn = {chart.table for sheet in sheets if sheet.title in titles for chart in sheet.charts}
    needed = (sheet for sheet in sheets if sheet.title in titles or drawn.intersection(_tables(sheet)))
    return [sheet if sheet.title in titles else replace(sheet, charts=()) for sheet in needed]


def _with_lines_there(book: Book, sheet: Sheet) -> Sheet:
    """Return a sheet without small charts over tables that the workbook has in another place than a new one."""
    lines = []
    for line in sheet.sparklines:
        found = book.tables.get(line.table)
        cells = Area.parse(line.cells)
        stands = found is not None and found.sheet == line.sheet and found.body_area.holds(*cells[:2])
        if not line.table or (stands and found is not None and found.body_area[1::2] == cells[1::2]):
            lines.append(line)
    return replace(sheet, sparklines=tuple(lines))


def _tables(sheet: Sheet) -> list[str]:
    return [table.name for table in sheet.tables]


def _names(sheet: Sheet) -> list[str]:
    return [block.name for block in sheet.blocks if block.name]
