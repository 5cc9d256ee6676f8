"""Which cells of a table get which conditional formats: results that may be outdated, samples, and good and bad.

Neighbouring columns of the same style share a format, which keeps files small and Excel's list of rules readable.
"""

from collections.abc import Iterable, Iterator
from typing import Any

from kpixl.workbook import signals
from kpixl.workbook.blocks import Table
from kpixl.xlsx.address import Area

__all__ = ["Rule", "marks"]

Rule = dict[str, Any]


def marks(table: Table) -> Iterator[tuple[Rule, str]]:
    """Yield the conditional formats of a table with their areas, separated by spaces; earlier ones take precedence."""
    body = table.body
    results = (
        place for place, column in enumerate(table.columns, body.left) if column.analysed and column.formula is None
    )
    for left, right in _runs(results):
        yield signals.outdated(), str(Area(left, body.top, right, body.bottom))
    for down, place in sorted(table.samples, key=lambda cell: (cell[1], cell[0])):
        content = table.rows[down][place]
        if isinstance(content, str | float | int):
            column, row = body.left + place, body.top + down
            yield signals.sample(content), str(Area(column, row, column, row))
    for (name, rows), columns in _styled(table).items():
        for left, right in _runs(columns):
            areas = " ".join(str(Area(left, top, right, bottom)) for top, bottom in rows)
            for rule in signals.rules(name):
                yield rule, areas


def _styled(table: Table) -> dict[tuple[str, tuple[tuple[int, int], ...]], list[int]]:
    """Return the columns in which a style has the same runs of rows, by style and these rows."""
    body = table.body
    found: dict[tuple[str, tuple[tuple[int, int], ...]], list[int]] = {}
    for place, column in enumerate(table.columns, body.left):
        rows: dict[str, list[int]] = {}
        for row, name in enumerate(table.styles(column), body.top):
            rows.setdefault(name, []).append(row)
        for name, numbers in rows.items():
            found.setdefault((name, tuple(_runs(numbers))), []).append(place)
    return found


def _runs(numbers: Iterable[int]) -> Iterator[tuple[int, int]]:
    """Yield the first and last of each run of consecutive numbers, given in ascending order.

    >>> list(_runs([2, 3, 4, 7]))
    [(2, 4), (7, 7)]
    """
    first = last = None
    for number in numbers:
        if first is None or last is None or number != last + 1:
            if first is not None and last is not None:
                yield first, last
            first = number
        last = number
    if first is not None and last is not None:
        yield first, last
