"""Which cells of a computed column still hold kpixl's formula, and which did the user change?"""

from kpixl.xlsx import Package
from kpixl.xlsx import Table as Found
from kpixl.xlsx.address import address

__all__ = ["OwnFormulas"]


class OwnFormulas:
    """The formulas of a computed column as they stand, beside the one that it had `before`, if any."""

    def __init__(self, package: Package, found: Found, heading: str, before: str | None) -> None:
        self._package, self._sheet, body = package, found.sheet, found.body_area
        self._column, self._top = body.left + found.columns.index(heading), body.top
        held = [package.formula(found.sheet, self._column, row) for row in range(body.top, body.bottom + 1)]
        self._held, self._before = held, before
        self._computed = before is not None or any(formula is not None for formula in held)

    def may_change(self, row: int) -> bool:
        """Say whether a cell holds kpixl's formula, or a value in a column that had none."""
        held = self._held[row]
        if held is None:
            return not self._computed
        return self._before is None or held == self._before

    def differs(self, row: int, formula: str) -> bool:
        """Say whether a cell holds anything but a given formula."""
        return self._held[row] != formula

    def cell(self, row: int) -> str:
        """Return the sheet and address of a cell."""
        return f"{self._sheet}!{address(self._column, self._top + row)}"
