"""What a live workbook shows where its functions do not answer: the values that the last refresh left.

That is so on the web, on a phone, where a download is blocked, and without Python. The values are on a hidden sheet,
block by block (`spills`); the titles above the tables then say of which day they are.
"""

from collections.abc import Iterable

from kpixl.texts import say
from kpixl.workbook.blocks import Block, Calc, Cell, Sheet
from kpixl.workbook.layout import headline, named
from kpixl.workbook.references import column_ref
from kpixl.workbook.sheets.formulas import quoted
from kpixl.workbook.sheets.said import either, told
from kpixl.workbook.sheets.spills import answering, kept_name
from kpixl.workbook.signals import OUTDATED
from kpixl.workbook.state import State
from kpixl.workbook.tables import PROGRESS

__all__ = ["kept_sheet", "live_headline", "outdated", "silence"]

_ANSWERING = "kpixl_answering"
_SILENT = "kpixl_silent"
_SHEET = "kpixl_kept"  # hidden, so the title needs no translation


def kept_sheet(sheets: Iterable[Sheet]) -> Sheet:
    """Return the hidden sheet with the values of all spilling blocks, and whether the functions answer."""
    followed = "+".join(f"SUM({column_ref(PROGRESS, key)})" for key in ("actual", "target"))
    asked = Calc(answering(f"0*(kpixl_as_of+{followed})"), True)
    blocks, top = [named(_ANSWERING, "B1", asked, "text")], 3
    for block in (block for sheet in sheets for block in sheet.blocks if block.spill):
        rows = tuple(tuple(Cell(None) if cell is None else Cell(cell.content) for cell in row) for row in block.rows)
        blocks.append(Block(f"B{top}", rows, kept_name(str(block.name))))
        top += len(rows) + 1
    return Sheet(_SHEET, blocks=tuple(blocks), hidden=True)


def live_headline(state: State, at: str, name: str, title: str, wide: int) -> tuple[Block, ...]:
    """Return the title of a section with an analysis; in a live workbook, with a date only while values are kept."""
    if not state.live:
        return headline(state, at, name, title, wide)
    date = f"TEXT(kpixl_analysed_on,{quoted(say('board.date_format'))})"
    day = Calc(date, say("board.date", day=state.tracking.as_of))
    kept = told("analysed.kept", title=Calc(quoted(title), title), day=day)
    shown = either(Calc(_ANSWERING, True), Calc(quoted(title), title), kept)
    return headline(state, at, name, shown, wide, found=False)


def silence(state: State) -> tuple[Block, ...]:
    """Return the first cell of a live workbook, which says what to do where the functions do not answer."""
    if not state.live:
        return ()
    said = either(Calc(_ANSWERING, True), Calc('""', ""), told("live.silent"))
    return (named(_SILENT, "A1", said, "alert"),)


def outdated(state: State) -> str:
    """Return the condition that results may be outdated; in a live workbook they are only while they are kept."""
    return f"AND({OUTDATED},NOT({_ANSWERING}))" if state.live else OUTDATED
