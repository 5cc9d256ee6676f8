"""取り込み / Imports: where the actuals come from, other names of people and channels, and the journal of imports.

The source and how it is read are typed here, or kept by `kpixl connect`; every refresh brings them in and writes what
came of it beside them. What the last import changed is kept on a hidden sheet, so that it can be taken back.
"""

from collections.abc import Mapping
from typing import Any

from kpixl.actuals.headings import plain
from kpixl.actuals.mapping import COVERS
from kpixl.texts import say
from kpixl.workbook.blocks import Column, Sheet, Table, Value
from kpixl.workbook.books import Book
from kpixl.workbook.layout import THREE_LINES, over, printed, side_by_side, titled
from kpixl.workbook.schema import words
from kpixl.workbook.sources import Connection, Entry, Sources
from kpixl.workbook.state import State

__all__ = ["ALIASES", "CONNECTIONS", "UNDO", "keep_aliases", "read_sources", "read_undo", "sheet", "undo_sheet"]

CONNECTIONS, ALIASES, JOURNAL = "kpixl_connections", "kpixl_aliases", "kpixl_journal"
SEEN, UNDO = "kpixl_seen", "kpixl_undo"
_SHEET = "kpixl_undo"  # hidden, so the title needs no translation
_BLANK_ROWS = 6
_MOST_CHARACTERS = 30_000  # of a cell, which holds 32,767
_NUMBERS = ("read", "used", "set_aside", "amount")
_LOOKS: dict[str, tuple[str, float]] = {
    "when": ("text", 17),
    "who": ("text", 12),
    "kind": ("text", 11),
    "source": ("text", 18),
    "file": ("text", 26),
    **dict.fromkeys(("read", "used", "set_aside"), ("count", 9)),
    "amount": ("money", 14),
    "hash": ("key", 14),
}


def sheet(state: State) -> Sheet:
    """Return the sheet with the connections, the other names and the journal."""
    tables = side_by_side(state, (_connections, _aliases, _journal))
    return Sheet(
        say("sheet.sources"),
        blocks=(
            *titled(say("sources.title"), *say("sources.lead").split("\n")),
            *(over(table, say(f"sources.{table.name.removeprefix('kpixl_')}_section")) for table in tables),
        ),
        tables=tuple(tables),
        heights=dict.fromkeys(range(7, 7 + max(len(table.rows) for table in tables[:2])), THREE_LINES),
        freeze="A7",
        tab="typed",
        print_columns=printed(tables[1]),
    )


def undo_sheet(state: State) -> Sheet:
    """Return the hidden sheet with the marks of what was brought in, and with what the last import changed."""
    text = state.sources.undo or ""
    pieces = [text[start : start + _MOST_CHARACTERS] for start in range(0, len(text), _MOST_CHARACTERS)]
    seen = [(one.source, one.seen) for one in state.sources.connections if one is not None and one.seen]
    tables = (
        Table("A1", SEEN, (Column("connection", width=30), Column("seen", width=30)), seen or [(None, None)], keys=0),
        Table("D1", UNDO, (Column("undo", width=30),), [(piece,) for piece in pieces] or [(None,)], keys=0),
    )
    return Sheet(_SHEET, tables=tables, hidden=True)


def read_sources(book: Book) -> Sources:
    """Read what a workbook says of its sources; nothing if it does not have the sheet yet."""
    if not book.has(CONNECTIONS):
        return Sources()
    seen = {row.text("connection"): row.text("seen") for row in book.rows(SEEN)} if book.has(SEEN) else {}
    connections, covering = [], words({f"covers.{one}": one for one in COVERS})
    for row in book.rows(CONNECTIONS, blank=True):
        source = row.text("connection")
        mapping, brought, said = (row.text(key) for key in ("mapping", "brought", "said"))
        covers = row.code("covers", covering) if source else ""
        connections.append(Connection(source, mapping, brought, said, seen.get(source, ""), covers) if source else None)
    aliases = [(row.text("alias"), row.text("meant")) for row in book.rows(ALIASES)] if book.has(ALIASES) else []
    journal = []
    for row in book.rows(JOURNAL) if book.has(JOURNAL) else ():
        cells: dict[str, Any] = {key: row.number(key, None) if key in _NUMBERS else row.text(key) for key in _LOOKS}
        journal.append(Entry(**cells))
    return Sources(tuple(connections), tuple(pair for pair in aliases if all(pair)), tuple(journal))


def keep_aliases(book: Book, aliases: Mapping[str, str]) -> None:
    """Write other names into their table: each beside what it meant so far, else into a blank row."""
    if not book.has(ALIASES):  # the sheet comes with them
        return
    rows = book.rows(ALIASES, blank=True)
    places = {plain(row.text("alias")): place for place, row in enumerate(rows) if not row.blank}
    free = [place for place, row in enumerate(rows) if row.blank]
    free += range(len(rows), len(rows) + len(aliases))
    told = {
        places[plain(alias)] if plain(alias) in places else free.pop(0): {"alias": alias, "meant": name}
        for alias, name in aliases.items()
    }
    if told:
        book.writing.fill(ALIASES, told)


def read_undo(book: Book) -> str:
    """Return what the last import changed, "" if nothing can be taken back."""
    return "".join(row.text("undo") for row in book.rows(UNDO)) if book.has(UNDO) else ""


def _connections(state: State, at: str) -> Table:
    columns = (
        Column("connection", width=44, typed=True, choices="export"),
        Column("mapping", width=27, typed=True, choices="mapping"),
        Column("brought", width=17),
        Column("said", "remark", 44),
        Column("covers", width=14, typed=True, choices=tuple(say(f"covers.{one}") for one in COVERS)),
    )
    rows: list[tuple[Value, ...]] = [
        (None,) * len(columns)
        if one is None
        else (
            one.source,
            one.mapping or None,
            one.brought or None,
            one.said or None,
            say(f"covers.{one.covers}") if one.covers else None,
        )
        for one in state.sources.connections
    ]
    return Table(at, CONNECTIONS, columns, rows or [(None,) * len(columns)] * _BLANK_ROWS, keys=0)


def _aliases(state: State, at: str) -> Table:
    columns = Column("alias", width=24, typed=True, choices="alias"), Column("meant", "strong", 16, typed=True)
    return Table(at, ALIASES, columns, [*state.sources.aliases] or [(None, None)] * _BLANK_ROWS, typed=True)


def _journal(state: State, at: str) -> Table:
    columns = tuple(Column(key, *look) for key, look in _LOOKS.items())
    rows = [tuple(_blank(getattr(entry, key)) for key in _LOOKS) for entry in state.sources.journal]
    return Table(at, JOURNAL, columns, rows or [(None,) * len(columns)], keys=0)


def _blank(value: str | float | None) -> Value:
    return None if value == "" else value
