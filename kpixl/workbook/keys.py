"""The keys of a workbook's columns, recorded in the workbook itself, and the words it was made with.

They are in a table on a hidden sheet, with a row for each table: its keys, one below the other in a cell, and beside
them a formula that joins their headings and consists only of the addresses of these. Excel and LibreOffice adjust it
when columns are inserted or sheets renamed, so the text of a heading does not matter. A row without a table holds the
words that cells and formulas of the workbook compare with. Of tables on hidden sheets that the plan names no columns
of, which nobody moves or renames, the headings themselves are recorded. Workbooks of an older kpixl have a row for each
key.
"""

from collections.abc import Iterator, Mapping, Sequence
from itertools import count
from typing import Any, NamedTuple

from kpixl.texts import section
from kpixl.workbook.added import added_keys
from kpixl.workbook.blocks import Calc, Column, Content, Sheet, Table
from kpixl.workbook.references import found_at, on_sheet
from kpixl.workbook.schema import MORE, WORDS, Headings, Key, unwritten_words
from kpixl.workbook.store import Store
from kpixl.xlsx import Cached, Formula, NewColumn, Package
from kpixl.xlsx import Table as Found
from kpixl.xlsx.address import Area, address

__all__ = ["KEYS", "key_sheet", "read_keys", "write_keys"]

KEYS, KEY_SHEET = "kpixl_keys", "kpixl_keys"
_COLUMNS = tuple(Key(name, name) for name in ("table", "key", "text"))
_LINE, _JOINED = "\n", "&CHAR(10)&"  # between keys and words in a cell, and between addresses in a formula
_Place = tuple[str, str]  # the table and the key of a column


class Kept(NamedTuple):
    """What a workbook has recorded: the headings of its columns, and its words."""

    headings: Headings
    words: Mapping[str, str]


def key_sheet(sheets: Sequence[Sheet]) -> Sheet:
    """Return the hidden sheet with the keys of all columns of some new sheets."""
    places = {
        (table.name, column.key): ("" if fixed else _reference(sheet.title, table.area, place), column.heading)
        for sheet in sheets
        for table in sheet.tables
        for fixed in [_fixed(sheet, table)]
        for place, column in enumerate(table.columns)
    }
    return Sheet(KEY_SHEET, tables=(_key_table(places),), hidden=True)


def _key_table(places: Mapping[_Place, tuple[str, str]]) -> Table:
    """Return the key table: the formula, if any, and text of the headings of each table, and the current words."""
    tables: dict[str, list[tuple[str, str, str]]] = {}
    for (table, key), (formula, heading) in places.items():
        tables.setdefault(table, []).append((str(key), formula, heading))
    rows: list[tuple[Content, ...]] = []
    for table, columns in tables.items():
        keys, formulas, headings = zip(*columns, strict=True)
        told = _LINE.join(headings)
        rows.append((table, _LINE.join(keys), Calc(_JOINED.join(formulas), told) if formulas[0] else told))
    rows.append(("", *map(_LINE.join, zip(*_words(), strict=True))))
    return Table("A1", KEYS, tuple(Column(key, width=30) for key in _COLUMNS), rows, keys=0)


def _described(sheets: Sequence[Sheet], tables: Mapping[str, Found]) -> dict[_Place, tuple[str, str]]:
    """Return the address formula and the text of each described column's heading, in a workbook with these tables."""
    places = {}
    for sheet in sheets:
        for table in sheet.tables:
            for name in (table.name, f"{table.name}{MORE}"):
                there = tables.get(name)
                fixed = _fixed(sheet, table) and there is not None and there.sheet == sheet.title
                for column in table.columns if there is not None and there.header else ():
                    if there is not None and column.heading in there.columns:
                        place = there.columns.index(column.heading)
                        formula = "" if fixed else _reference(there.sheet, Area.parse(there.ref), place)
                        places[name, column.key] = (formula, column.heading)
    return places


def _fixed(sheet: Sheet, table: Table) -> bool:
    """Say whether the headings of a table stay where they are and as they are."""
    return sheet.hidden and not any(isinstance(column.key, Key) for column in table.columns)


def read_keys(store: Store, language: str) -> Kept:
    """Read the keys and words that a workbook has recorded; one made by an older kpixl has the words of its time."""
    columns = {name: table.columns for name, table in store.tables.items()}
    if KEYS not in store.tables:
        return Kept(Headings(columns=columns, added=added_keys), unwritten_words(language))
    known: dict[_Place, str] = {}
    words: dict[str, str] = {}
    mapped = set()
    for table, key, text, formula in _rows(store):
        if not table:
            words[key] = text
            continue
        mapped.add(table)
        heading = _heading(store.tables.get(table), formula, text)
        if heading is not None:
            known[table, key] = heading
    return Kept(Headings(known, columns, frozenset(mapped), added_keys), words)


def write_keys(store: Store, sheets: Sequence[Sheet]) -> str:
    """Record the keys of all described columns; return the title of the key sheet if it is new.

    A formula that already refers to the right heading is left as it is.
    """
    if store.package is None:
        return ""
    fresh = "" if KEYS in store.tables else _add(store.package)
    table = _key_table(_described(sheets, store.tables))
    before = [] if fresh else [(*texts, _places(formula)) for *texts, formula in _cells(store)]
    if before == [
        (name, keys, *((text.value, _places(text.formula)) if isinstance(text, Calc) else (text, [None])))
        for name, keys, text in table.rows
    ]:
        return fresh
    rows: list[list[Any]] = []
    for number, (name, keys, text) in enumerate(table.rows):
        if isinstance(text, Calc):
            known = before[number] if number < len(before) else None
            same = known is not None and (*known[:2], known[3]) == (name, keys, _places(text.formula))
            rows.append([name, keys, Cached(text.value) if same else Formula(text.formula, text.value)])
        else:
            rows.append([name, keys, text])
    store.replace_table(KEYS, table.columns, rows, None)
    return fresh


def _add(package: Package) -> str:
    """Add the hidden sheet with an empty table, and return its title."""
    taken = {title.casefold() for title in package.sheets}
    names = (KEY_SHEET if number == 1 else f"{KEY_SHEET}_{number}" for number in count(1))
    title = next(name for name in names if name.casefold() not in taken)
    package.add_sheet(title, [], hidden=True)
    package.add_table(title, KEYS, "A1", [NewColumn(key) for key in _COLUMNS])
    return title


def _rows(store: Store) -> Iterator[tuple[str, str, str, str]]:
    """Yield the table, the key or word, the text and the formula of each."""
    for table, keys, text, formula in _cells(store):
        names, texts, formulas = keys.split(_LINE), text.split(_LINE), formula.split(_JOINED)
        nothing = [""] * len(names)
        yield from zip(
            [table] * len(names),
            names,
            texts if len(texts) == len(names) else nothing,
            formulas if len(formulas) == len(names) else nothing,
            strict=True,
        )


def _cells(store: Store) -> Iterator[tuple[str, str, str, str]]:
    """Yield the rows of the table as they are, each with the formula of its text."""
    found = store.tables[KEYS]
    left, top, _, bottom = found.body_area
    body = Area(left, top, left + len(_COLUMNS) - 1, bottom)
    formulas = store.formulas(found.sheet, Area(body.right, top, body.right, bottom))
    for values, [formula] in zip(store.values(found.sheet, body), formulas, strict=True):
        table, key, text = (str(value or "") for value in values)
        yield table, key, text, formula or ""


def _heading(found: Found | None, formula: str, text: str) -> str | None:
    """Return the heading that a formula refers to; if it is broken, the text that it last showed."""
    if found is None:
        return None
    place, whole = _place(formula), Area.parse(found.ref)
    if place is not None and place[0] == found.sheet and place[1].top == whole.top and whole.holds(*place[1][:2]):
        return found.columns[place[1].left - whole.left]
    return text if text in found.columns else None


def _place(formula: str) -> tuple[str, Area] | None:
    """Return the sheet and cell that a formula refers to; None if it is no longer the address of a cell."""
    found = found_at(formula.removeprefix("$"))
    return found if found and found[1][:2] == found[1][2:] else None


def _places(formula: str) -> list[tuple[str, Area] | None]:
    return [_place(one) for one in formula.split(_JOINED)]


def _reference(sheet: str, table: Area, place: int) -> str:
    return on_sheet(sheet, address(table.left + place, table.top))


def _words() -> Iterator[tuple[str, str]]:
    """Yield the key and the current text of each word that cells and formulas compare with."""
    for key in WORDS:
        if "." in key:
            above, _, last = key.rpartition(".")
            yield key, str(section(above)[last])
        else:
            yield from ((f"{key}.{last}", str(text)) for last, text in section(key).items())
