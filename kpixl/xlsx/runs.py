"""Formulas over a run of sheets (`Jan:Mar!A1`): a sheet that is put between the ends would be counted in."""

from collections.abc import Iterator

from kpixl.xlsx.formulas import CellRange, precedents
from kpixl.xlsx.workbook import Workbook

__all__ = ["behind_runs"]


def behind_runs(workbook: Workbook, at: int) -> int:
    """Return the number of the first place from `at` on where a new sheet comes between the ends of no run."""
    if not 0 < at < len(workbook.sheets):
        return at
    order = [name.casefold() for name in workbook.sheets]
    spans = []
    for text in _texts(workbook):
        for read in precedents(text, 1, 1):
            first, colon, last = (
                (read.sheet or "").casefold().partition(":") if isinstance(read, CellRange) else ("",) * 3
            )
            if colon and first in order and last in order:
                spans.append(sorted((order.index(first), order.index(last))))
    for start, end in sorted(spans):
        if start < at <= end:
            at = end + 1
    return at


def _texts(workbook: Workbook) -> Iterator[str]:
    """Yield the formulas among which those over several sheets are."""
    yield from (name.text or "" for name in workbook.name_elements())
    for name in workbook.worksheets:
        if name not in workbook.loaded:
            seen = workbook.glance(name)
            if seen is not None and not seen.runs:
                continue
        for _, _, formula in workbook.sheet(name).rows.formulas():
            if formula.text and ":" in formula.text and "!" in formula.text:
                yield formula.text
