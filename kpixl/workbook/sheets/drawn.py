"""What the charts of progress and gap are drawn from, on a sheet that nobody sees, so nothing stands beside the charts.

A workbook that was made before has these tables right of what is read; they are found by name, and stay there.
"""

from kpixl.workbook.blocks import Sheet
from kpixl.workbook.layout import side_by_side
from kpixl.workbook.sheets.progress import bands_table, burn_up_table
from kpixl.workbook.sheets.waterfall import waterfall_table
from kpixl.workbook.state import State

__all__ = ["drawn_sheet"]

_SHEET = "kpixl_charts"  # nobody sees it, so it needs no title in any language


def drawn_sheet(state: State) -> Sheet:
    """Return the hidden sheet."""
    tables = side_by_side(state, (burn_up_table, bands_table, waterfall_table))
    return Sheet(_SHEET, tables=tuple(tables), hidden=True)
