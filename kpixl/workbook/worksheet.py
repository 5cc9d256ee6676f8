"""A sheet of XlsxWriter that writes what kpixl's sheets consist of in fewer steps, and leaves out what says nothing."""

from typing import Any, Literal

from xlsxwriter.utility import xl_rowcol_to_cell_fast
from xlsxwriter.worksheet import CellBlankTuple, CellFormulaTuple, CellNumberTuple, CellStringTuple, Worksheet

__all__ = ["Page"]

_PLAIN = (CellBlankTuple, CellNumberTuple, CellStringTuple)


class Page(Worksheet):  # type: ignore[misc] # its package has no types
    """A sheet whose formulas are written unchanged: kpixl's use no functions that need a prefix in a file."""

    def draw_like(self, lines: dict[str, Any], places: list[str], cells: list[str]) -> None:
        """Add sparklines at places, over cells, that look like `lines`, those of another sheet."""
        self.sparklines.append(lines | {"locations": places, "ranges": cells, "count": len(places)})

    def _prepare_formula(self, formula: str, expand_future_functions: bool = False) -> str:
        return formula.removeprefix("=")

    def _write_formula(
        self, row: int, col: int, formula: str, cell_format: Any = None, value: Any = 0
    ) -> Literal[0, -1, -2]:
        """Write a formula without looking for functions that fill several cells, for which there is a call apart."""
        if self._check_dimensions(row, col):
            return -1
        self.table[row][col] = CellFormulaTuple(self._prepare_formula(formula), cell_format, value)
        return 0

    def _write_cell(self, row: int, col: int, cell: Any) -> None:
        """Write a cell; a blank, a number or a word with a format, as nearly all are, in one piece."""
        kind = type(cell)
        if kind not in _PLAIN or cell.format is None:
            super()._write_cell(row, col, cell)
            return
        start = f'<c r="{xl_rowcol_to_cell_fast(row, col)}" s="{cell.format._get_xf_index()}"'
        if kind is CellBlankTuple:
            self.fh.write(f"{start}/>")
        elif kind is CellNumberTuple:
            self.fh.write(f"{start}><v>{cell.number:.16G}</v></c>")
        else:
            self.fh.write(f'{start} t="s"><v>{cell.string}</v></c>')

    def _calculate_spans(self) -> None:
        """Leave out which columns each row spans."""
