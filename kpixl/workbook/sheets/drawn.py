"""The data of the charts on the progress and gap sheets, on a hidden sheet so that it does not clutter those.

Older workbooks have these tables to the right on the visible sheets; they are found by name and stay there. Some have
a burn-up of the main KPI, of which new ones have none.
"""

from kpixl.workbook.blocks import Sheet
from kpixl.workbook.layout import side_by_side
from kpixl.workbook.schema import has_table
from kpixl.workbook.sheets.progress import BURN_UP, bands_table, burn_up_table
from kpixl.workbook.sheets.waterfall import waterfall_table
from kpixl.workbook.state import State

__all__ = ["drawn_sheet"]

_SHEET = "kpixl_charts"  # hidden, so the title needs no translation


def drawn_sheet(state: State) -> Sheet:
    """Return the hidden sheet with the data of the charts."""
    burnt = [burn_up_table] if has_table(BURN_UP) else []
    tables = side_by_side(state, (*burnt, bands_table, waterfall_table))
    return Sheet(_SHEET, tables=tuple(tables), hidden=True)
