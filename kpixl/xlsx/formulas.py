"""What a formula says: the cells, names and table columns it reads, and how its text changes when cells move.

Formulas in files are always in A1 notation with English function names. The scanner steps over texts, numbers and
errors, so that nothing inside them is taken for a reference.
"""

import re
from collections.abc import Callable, Iterator
from functools import lru_cache
from typing import NamedTuple

from kpixl.xlsx.address import LAST_COLUMN, LAST_ROW, column_letters, column_number

__all__ = [
    "CellRange",
    "Name",
    "Precedent",
    "TableColumns",
    "Unknowable",
    "precedents",
    "redirect",
    "references",
    "rewrite_ranges",
    "row_pattern",
    "shift",
]

_WORD = r"[^\s!\"'(),;:=<>+\-*/^&{}\[\]%#@~|$]"
_TOKEN = re.compile(
    rf"""
      "(?:[^"]|"")*+"
    | \#(?:REF!|N/A|VALUE!|NAME\?|DIV/0!|NUM!|NULL!|SPILL!|CALC!)
    | (?<!{_WORD})(?<!\$)(?P<sheet>(?:'(?:[^']|'')++'|\[\d+\]{_WORD}*+|{_WORD}++(?::{_WORD}++)?)!)?+
      (?: \#REF!
        | (?P<cells>\$?[A-Za-z]{{1,3}}\$?[0-9]{{1,7}}
            (?::(?P<again>(?P=sheet))?\$?[A-Za-z]{{1,3}}\$?[0-9]{{1,7}})?)(?!{_WORD}|\s*\(|!|\[)
        | (?P<columns>\$?[A-Za-z]{{1,3}}:\$?[A-Za-z]{{1,3}})(?!{_WORD}|\s*\(|!|\[)
        | (?P<rows>\$?[0-9]{{1,7}}:\$?[0-9]{{1,7}})(?!{_WORD}|!)
        | (?P<number>[0-9]+(?:\.[0-9]*)?(?:[eE][+-]?[0-9]+)?|\.[0-9]+)
        | (?P<word>(?![0-9.]){_WORD}++)(?P<call>\s*\()?
      )
    | (?P<bracket>\[(?:[^\[\]']|'.|\[(?:[^\[\]']|'.)*+\])*+\])
    | (?P<colon>:)
    """,
    re.VERBOSE | re.DOTALL,
)
_CORNER = re.compile(r"(\$?)([A-Za-z]+)(\$?)([0-9]+)")
_COLUMN_EDGE = re.compile(r"(\$?)([A-Za-z]+)")
_ROW_EDGE = re.compile(r"(\$?)([0-9]+)")
_MAY_HIDE_DIGITS = re.compile(r"[!\['#]")
_RELATIVE_ROW = re.compile(rf"(?<!{_WORD})(?<!\$)(\$?[A-Za-z]{{1,3}})([0-9]{{1,7}})(?!{_WORD}|\()")
_LETTER_AND_DIGIT = re.compile(r"[0-9](?<=[A-Za-z][0-9])")  # several times as quick as the other way round
_ROWS_ONLY = re.compile(r"[0-9]\s*:\s*\$?[0-9]")
_FUNCTIONS_THAT_LOOK_ELSEWHERE = {"INDIRECT", "OFFSET", "SUMIF", "AVERAGEIF"}
_COLUMN_IN_BRACKET = re.compile(r"\[?((?:[^\[\]']|'.)+)\]?")


class CellRange(NamedTuple):
    """Cells that a formula reads. Edges that are not fixed with `$` are offsets from the formula's own cell."""

    sheet: str | None
    left: tuple[bool, int]
    top: tuple[bool, int]
    right: tuple[bool, int]
    bottom: tuple[bool, int]


class Name(NamedTuple):
    """A defined name or a table as a whole, without regard to case."""

    sheet: str | None
    name: str


class TableColumns(NamedTuple):
    """Columns of a table: all of them when `columns` is empty, the formula's own row when `this_row`.

    Without a name it is the table in which the formula stands.
    """

    table: str
    columns: tuple[str, ...]
    this_row: bool


class Unknowable(NamedTuple):
    """The formula reads cells that its text does not show (INDIRECT, OFFSET, a computed range)."""


Precedent = CellRange | Name | TableColumns | Unknowable


def precedents(text: str, column: int, row: int) -> tuple[Precedent, ...]:
    """Return what the formula in the given cell reads.

    >>> precedents("SUM($B$2:B4)*rate", 3, 4)
    (CellRange(sheet=None, left=(True, 2), top=(True, 2), right=(False, -1), bottom=(False, 0)),
     Name(sheet=None, name='rate'))
    """
    reads = _reads(text)
    return tuple(_seen_from(read, column, row) if isinstance(read, CellRange) else read for read in reads)


def references(text: str) -> tuple[Precedent, ...] | None:
    """Return the ranges and names of a text that is nothing but a list of them, as charts have it; else None.

    >>> references("(S!$A$1,rate)") is None, references("INDEX(S!A:A,1)") is None
    (False, True)
    """

    def left(token: re.Match[str]) -> str:
        named = token["cells"] or token["columns"] or token["rows"] or (token["word"] and not token["call"])
        return "" if named else token[0]

    return precedents(text, 0, 0) if not _TOKEN.sub(left, text).strip("(), ") else None


def row_pattern(text: str, row: int) -> str | None:
    """Return what formulas of one column that read the same cells in relation to their own have in common, or None.

    >>> row_pattern("B7*$C7+D$2", 7) == row_pattern("B9*$C9+D$2", 9)
    True
    """
    if ":" in text and _ROWS_ONLY.search(text):
        return None
    if not _LETTER_AND_DIGIT.search(text):  # as most formulas that name columns of tables
        return text
    if _MAY_HIDE_DIGITS.search(text):
        return None if _RELATIVE_ROW.search(text) else text
    return _RELATIVE_ROW.sub(lambda found: f"{found[1]}{int(found[2]) - row:+}", text)


def shift(text: str, columns: int, rows: int) -> str:
    """Return the formula as it reads when copied so many columns and rows further.

    >>> shift('A1+$A1+A$1+SUM(B:B)&"A1"', 1, 2)
    'B3+$A3+B$1+SUM(C:C)&"A1"'
    """
    return _TOKEN.sub(lambda token: _shifted(token, columns, rows), text)


def rewrite_ranges(text: str, change: Callable[[str | None, str], str | None]) -> str:
    """Return the formula with some A1 references replaced: `change(sheet, reference)` gives the new one or None."""

    def replaced(token: re.Match[str]) -> str:
        cells = _cells(token)
        new = change(sheet_name(token["sheet"]), cells) if cells else None
        return token[0] if new is None else (token["sheet"] or "") + new

    return _TOKEN.sub(replaced, text)


def redirect(text: str, change: Callable[[str, str], str | None]) -> str:
    """Return the formula with what it names on a sheet replaced: `change(sheet, reference)` gives all of it or None.

    >>> redirect("'my sheet'!A1:B2+B3&other!rate", lambda sheet, reference: f"Plan!{reference}")
    'Plan!A1:B2+B3&Plan!rate'
    """

    def replaced(token: re.Match[str]) -> str:
        sheet = sheet_name(token["sheet"])
        if sheet is None:
            return token[0]
        reference = _cells(token) or token[0][len(token["sheet"]) :]
        new = change(sheet, reference)
        return token[0] if new is None else new

    return _TOKEN.sub(replaced, text)


def sheet_name(prefix: str | None) -> str | None:
    """Return the sheet that the text before a reference names, without its quotes and its `!`."""
    if prefix is None:
        return None
    name = prefix[:-1]
    return name[1:-1].replace("''", "'") if name.startswith("'") else name


@lru_cache(maxsize=8192)
def _reads(text: str) -> tuple[Precedent, ...]:
    """Return what a formula reads, where no edge is fixed as an offset from before the first cell.

    A workbook has the same formulas in each save, and most of those of another workbook.
    """
    return tuple(dict.fromkeys(_precedents(text)))


def _seen_from(cells: CellRange, column: int, row: int) -> CellRange:
    left, top, right, bottom = (
        edge if edge[0] else (False, edge[1] - origin)
        for edge, origin in zip(cells[1:], (column, row, column, row), strict=True)
    )
    return CellRange(cells.sheet, left, top, right, bottom)


def _precedents(text: str) -> Iterator[Precedent]:
    table = None
    for token in _TOKEN.finditer(text):
        sheet = sheet_name(token["sheet"])
        if table is not None and not token["bracket"]:
            yield Name(None, table)
        if token["bracket"]:
            yield _table_columns(table or "", token["bracket"])
            table = None
            continue
        table = None
        if token["colon"]:
            yield Unknowable()
        elif token["call"]:
            if token["word"].upper().rpartition(".")[2] in _FUNCTIONS_THAT_LOOK_ELSEWHERE:
                yield from _looks_elsewhere(token["word"].upper(), text)
        elif token["word"]:
            if sheet is None:
                table = token["word"].casefold()
            else:
                yield Name(sheet, token["word"].casefold())
        elif token["cells"] or token["columns"] or token["rows"]:
            yield _cell_range(sheet, token)
    if table is not None:
        yield Name(None, table)


def _looks_elsewhere(function: str, text: str) -> Iterator[Precedent]:
    """SUMIF and AVERAGEIF read past a last argument that is smaller than the first; a whole range never is."""
    if function in ("INDIRECT", "OFFSET") or re.search(r"(?<![:\w$])\$?[A-Za-z]{1,3}\$?[0-9]+\s*\)", text):
        yield Unknowable()


@lru_cache(maxsize=4096)
def _table_columns(table: str, bracket: str) -> TableColumns:
    inside = bracket[1:-1].strip()
    if "[" not in inside and not inside.startswith(("#", "@")):
        return TableColumns(table, (_column_name(inside),) if inside else (), False)
    this_row = "#this row" in inside.lower() or inside.startswith("@")
    names = [] if inside.startswith("#") else [part[1] for part in _COLUMN_IN_BRACKET.finditer(inside.lstrip("@"))]
    if re.search(r"\]\s*:\s*\[", inside):
        return TableColumns(table, (), this_row)
    kept = (name for name in names if not name.startswith("#") and name.strip(" ,"))
    return TableColumns(table, tuple(_column_name(name) for name in kept), this_row)


def _column_name(text: str) -> str:
    return re.sub(r"'(.)", r"\1", text, flags=re.DOTALL).casefold()


def _cells(token: re.Match[str]) -> str:
    """The cells of a token, which may name their sheet twice: `S!A1:S!A9` is `A1:A9`; "" when it is something else."""
    cells: str = token["cells"] or ""
    return cells.replace(token["again"], "", 1) if token["again"] else cells


def _cell_range(sheet: str | None, token: re.Match[str]) -> CellRange:
    first, _, last = (_cells(token) or token["columns"] or token["rows"]).partition(":")
    edges = []
    for corner in (first, last or first):
        across, down = re.match(r"(\$?)([A-Za-z]*)", corner), re.search(r"(\$?)([0-9]*)$", corner)
        edges.append((_edge(across, column_number), _edge(down, int)))
    (left, top), (right, bottom) = edges
    left, right = (left or (True, 1)), (right or (True, LAST_COLUMN))
    top, bottom = (top or (True, 1)), (bottom or (True, LAST_ROW))
    return CellRange(sheet, left, top, right, bottom)


def _edge(found: re.Match[str] | None, number: Callable[[str], int]) -> tuple[bool, int] | None:
    return None if found is None or not found[2] else (bool(found[1]), number(found[2]))


def _shifted(token: re.Match[str], columns: int, rows: int) -> str:
    def corner(found: re.Match[str]) -> str:
        return _moved_column(found[1], found[2], columns) + _moved_row(found[3], found[4], rows)

    if token["again"]:
        first, last = token["cells"].split(f":{token['again']}")
        new = f"{_CORNER.sub(corner, first)}:{token['again']}{_CORNER.sub(corner, last)}"
    elif token["cells"]:
        new = _CORNER.sub(corner, token["cells"])
    elif token["columns"]:
        new = _COLUMN_EDGE.sub(lambda found: _moved_column(found[1], found[2], columns), token["columns"])
    elif token["rows"]:
        new = _ROW_EDGE.sub(lambda found: _moved_row(found[1], found[2], rows), token["rows"])
    else:
        return token[0]
    return (token["sheet"] or "") + ("#REF!" if "?" in new else new)


def _moved_column(dollar: str, letters: str, columns: int) -> str:
    if dollar or not columns:
        return dollar + letters
    number = column_number(letters) + columns
    return column_letters(number) if 1 <= number <= LAST_COLUMN else "?"


def _moved_row(dollar: str, digits: str, rows: int) -> str:
    if dollar or not rows:
        return dollar + digits
    number = int(digits) + rows
    return str(number) if 1 <= number <= LAST_ROW else "?"
