"""The columns of the day sheet: one for everything whose actuals may be typed, so they follow the definitions.

When something more may be typed, the next refresh of the closed workbook adds its column at the right end of the table.
"""

from collections.abc import Sequence

from kpixl.plan import Plan, once_per_plan
from kpixl.texts import say
from kpixl.tracking import enterable, followed_by_hand
from kpixl.workbook.blocks import Column
from kpixl.workbook.books import Book
from kpixl.workbook.choices import validation
from kpixl.workbook.fitting import display_width
from kpixl.workbook.schema import Key, has_column
from kpixl.workbook.tables import DAYS
from kpixl.xlsx import NewColumn
from kpixl.xlsx.address import LAST_ROW, Area

__all__ = ["add_day_columns", "counted_keys", "day_column", "day_keys"]

_WIDTHS = {"money": 14, "quantity": 10}
_AIR = 4  # around a heading on one line


@once_per_plan
def day_keys(plan: Plan) -> Sequence[Key]:
    """Return the keys of the columns for all that may be typed, what is counted first."""
    names: dict[str, str] = {}
    for name, key in enterable(plan).items():
        names.setdefault(key, name)  # a name in capitals and the same in small letters are one column
    return [Key(f"kpi.{key}", name) for key, name in names.items()]


@once_per_plan
def counted_keys(plan: Plan) -> Sequence[Key]:
    """Return the keys of the columns for what is counted."""
    by_hand = {one.name for one in followed_by_hand(plan)}
    return [key for key in day_keys(plan) if key.wording not in by_hand]


def day_column(plan: Plan, key: Key) -> Column:
    """Return the column of a key, wide enough for its heading to stay on one line."""
    style = "money" if key == day_keys(plan)[0] else "quantity"
    width = max(_WIDTHS[style], display_width(key.wording) + _AIR)
    return Column(key, style, width, typed=True, choices="from_zero" if key in counted_keys(plan) else None)


def add_day_columns(book: Book, plan: Plan) -> tuple[str, ...]:
    """Add the columns that the table of days lacks, if it is there and closed, and say so in sentences.

    If there is no room, the sentence says where else to type.
    """
    package, found = book.package, book.tables.get(DAYS)
    lacking = [key for key in day_keys(plan) if not has_column(DAYS, key)]
    if package is None or found is None or not lacking:
        return ()
    names = say("join").join(key.wording for key in lacking)
    body = found.body_area
    new = Area(body.right + 1, body.top - 1, body.right + len(lacking), body.bottom)
    if package.obstacle(found.sheet, new._replace(bottom=LAST_ROW)):
        return (say("days.no_room", kpis=names, place=f"{found.sheet}!{new}"),)
    head, look = (package.style(found.sheet, body.right, row) for row in (body.top - 1, body.top))
    package.add_columns(DAYS, [NewColumn(key.wording, None, head, look) for key in lacking])
    package.print_wider(found.sheet, body._replace(top=body.top - 1), new.right)
    book.see_columns()
    for place, column in enumerate((day_column(plan, key) for key in lacking), new.left):
        package.widen(found.sheet, {place: column.width})
        cells = Area(place, body.top, place, body.bottom)
        package.add_validation(found.sheet, validation(cells, column.style, column.choices))
    return (say("days.columns_added", kpis=names, place=f"{found.sheet}!{new}"),)
