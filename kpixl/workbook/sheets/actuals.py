"""実績 / Actuals: a table to type into, with as few columns as possible, and the imported data beside it.

The log of imports keeps the control totals, so that a report can prove that nothing was lost. To the right of it is the
list of what may be typed as a KPI, which a refresh keeps in line with the definitions.
"""

import datetime as dt
from collections.abc import Mapping
from typing import Any

import pandas as pd

from kpixl.actuals import FACT_MEASURES, ITEMISED, MEASURE_KINDS, RECORD_COLUMNS
from kpixl.errors import InvalidPlan
from kpixl.plan import Plan
from kpixl.texts import say
from kpixl.tracking import VALUE_COLUMNS, enterable
from kpixl.workbook.blocks import Column, Sheet, Table, Value, table_of
from kpixl.workbook.books import Book, Row
from kpixl.workbook.columns import texts_of, values_of
from kpixl.workbook.layout import over, titled
from kpixl.workbook.references import column_ref
from kpixl.workbook.schema import event_words, first_spellings
from kpixl.workbook.sheets.archive import read_archive
from kpixl.workbook.state import FACT_COLUMNS, IMPORT_COLUMNS, LEFT_COLUMNS, State, event_names
from kpixl.workbook.tables import CHANNEL_LIST, ENTRIES, FACTS, MEMBER_LIST

__all__ = [
    "BALANCES",
    "IMPORTED",
    "IMPORTS",
    "RECORDS",
    "imports_table",
    "read_balances",
    "read_entries",
    "read_facts",
    "read_imports",
    "read_records",
    "sheet",
]

IMPORTS = "kpixl_imports"
RECORDS, BALANCES = "kpixl_deals", "kpixl_balances"
IMPORTED = (FACTS, IMPORTS, RECORDS, BALANCES)  # tables that only an import changes
_ENTERABLE, _ENTERABLE_LIST = "kpixl_enterable", "kpixl_enterable_list"
_BLANK_ROWS = 24
_YES = "○"
_STYLES = {
    **dict.fromkeys(("date", "imported_on", "first", "last"), "date"),
    **dict.fromkeys(("count", "after", "read", "used", "set_aside", "duplicates", "other"), "count"),
    **dict.fromkeys(("amount", "after_amount", "amount_in", "amount_out"), "money"),
    "minutes": "decimal",
    ITEMISED: "key",
}  # of the columns that do not hold text


def sheet(state: State) -> Sheet:
    """Return the sheet with typed and imported actuals."""
    tables = (
        _entries(),
        _facts(state, "H6"),
        imports_table(state, "S6", IMPORTS),
        table_of("AF6", _ENTERABLE, enterable(state.plan), (Column("kpi", width=24), str)),
        _imported(state, "AH6", BALANCES, state.balances[LEFT_COLUMNS]),
        _imported(state, "AN6", RECORDS, state.records[[*RECORD_COLUMNS]]),
    )
    return Sheet(
        say("sheet.actuals"),
        blocks=(
            *titled(say("actuals.title"), *say("actuals.lead").split("\n")),
            *(over(table, say(f"actuals.{table.name.removeprefix('kpixl_')}_section")) for table in tables),
        ),
        tables=tables,
        names={_ENTERABLE_LIST: column_ref(_ENTERABLE, "kpi")},
        freeze="A7",
        tab="typed",
        print_columns="A:F",
    )


def _facts(state: State, at: str) -> Table:
    """Return the facts, or the sums that are shown of them, which are others each time and so have no keys."""
    if state.shown_facts is not None:
        return _imported(state, at, FACTS, state.shown_facts[FACT_COLUMNS], keys=0)
    return _imported(state, at, FACTS, state.facts[FACT_COLUMNS], keys=5)


def _entries() -> Table:
    return Table(
        "B6",
        ENTRIES,
        (
            Column("date", "date", 14, typed=True, choices="date"),
            Column("member", width=16, typed=True, choices=f"={MEMBER_LIST}"),
            Column("channel", width=18, typed=True, choices=f"={CHANNEL_LIST}"),
            Column("kpi", width=18, typed=True, choices=f"={_ENTERABLE_LIST}"),
            Column("value", "quantity", 14, typed=True),
        ),
        [(None,) * 5] * _BLANK_ROWS,
        typed=True,
    )


def imports_table(state: State, at: str, name: str) -> Table:
    """Return the log of imports, with their control totals, as a table."""
    return _imported(state, at, name, state.imports[IMPORT_COLUMNS])


def _imported(state: State, at: str, name: str, frame: pd.DataFrame, *, keys: int = 3) -> Table:
    """Return a table of imported data, with the columns and rows of a frame."""
    parts = [str(column) for column in frame]
    columns = tuple(Column(_key(name, column), _STYLES.get(column, "text"), 13) for column in parts)
    rows = list(zip(*(_written(state.plan, frame[column]) for column in parts), strict=True)) if len(frame) else []
    return Table(at, name, columns, rows or [(None,) * len(columns)], keys=keys)


def _written(plan: Plan, column: pd.Series) -> list[Value]:
    """Return the values of a frame's column as they are written into the workbook."""
    if column.name == ITEMISED:
        return [_YES if itemised else None for itemised in column.tolist()]
    blank = (column.isna() | (column == "")).tolist()
    if column.dtype.kind == "M":
        return [None if empty else day for day, empty in zip(column.dt.date.tolist(), blank, strict=True)]
    values = column.tolist() if column.dtype.kind in "fiu" else column.to_numpy(dtype=object).tolist()
    if column.name == "event":
        names = event_names(plan)
        values = [names.get(event, event) for event in values]
    if column.dtype == object:
        values = [_day(value) for value in values]
    return [None if empty else value for value, empty in zip(values, blank, strict=True)]


def _key(table: str, column: str) -> str:
    return column if table != BALANCES or column in ("source", "event") else f"balance_{column}"


def read_entries(book: Book, plan: Plan) -> pd.DataFrame:
    """Read the typed entries; each row needs a date, a KPI and a value."""
    kpis = enterable(plan)
    names, members, channels = [*kpis], [entry.name for entry in plan.members], [entry.name for entry in plan.channels]
    rows = []
    for row in book.rows(ENTRIES):
        kpi = row.required("kpi", names)
        if kpi not in kpis:
            raise InvalidPlan("unknown_kpi", cell=row.address("kpi"), given=kpi, known=", ".join(kpis))
        rows.append(
            (
                row.date("date"),
                row.name("member", members),
                row.name("channel", channels),
                kpis[kpi],
                row.number("value"),
            )
        )
    return pd.DataFrame(rows, columns=VALUE_COLUMNS)


def read_facts(book: Book, plan: Plan) -> pd.DataFrame:
    """Read the facts from earlier imports: from the archive if there is one, else what the sheet shows."""
    archived = read_archive(book)
    if archived is not None:
        return archived
    return _recorded(book, plan, FACTS, FACT_COLUMNS).astype({ITEMISED: bool})


def read_records(book: Book, plan: Plan) -> pd.DataFrame:
    """Read the imported rows with an id."""
    return _recorded(book, plan, RECORDS, [*RECORD_COLUMNS])


def read_balances(book: Book, plan: Plan) -> pd.DataFrame:
    """Read the totals that the last import of each source left for each event."""
    return _logged(book, plan, BALANCES, LEFT_COLUMNS)


def read_imports(book: Book, plan: Plan) -> pd.DataFrame:
    """Read the log of earlier imports."""
    return _logged(book, plan, IMPORTS, IMPORT_COLUMNS)


def _recorded(book: Book, plan: Plan, table: str, columns: list[str]) -> pd.DataFrame:
    """Read a table of imported data; anything unknown, such as a stage not in the plan, is an error with its cell."""
    events = event_words(plan.stages)
    names = {name: events[name] for name in first_spellings(events)}

    def read(column: str) -> list[Any]:
        if column in FACT_MEASURES:
            return values_of(rows, column, lambda row: row.number(column, 0.0), own=float, known={None: 0.0})
        if column == "date":
            return values_of(rows, column, lambda row: row.date(column), own=dt.date)
        if column == "event":
            return values_of(rows, column, lambda row: _event(row, events), known=names)
        texts = texts_of(rows, column)
        return [bool(text) for text in texts] if column == ITEMISED else texts

    rows = book.rows(table)
    frame = pd.DataFrame({column: read(column) for column in columns}, columns=columns)
    return frame.assign(date=pd.to_datetime(frame["date"])).astype(MEASURE_KINDS)


def _logged(book: Book, plan: Plan, table: str, columns: list[str]) -> pd.DataFrame:
    """Read a log, in which dates and numbers may be blank."""

    def read(row: Row, column: str) -> Value:
        key, style = _key(table, column), _STYLES.get(column)
        if style is None:
            return row.text(key)
        value: Value = row.date(key, None) if style == "date" else row.number(key, None)
        return value

    rows = [[read(row, column) for column in columns] for row in book.rows(table)]
    return pd.DataFrame(rows, columns=columns).replace({"event": event_words(plan.stages)})


def _event(row: Row, events: Mapping[str, str]) -> str:
    row.required("event")
    name = row.word("event", events)
    if name not in events:
        raise InvalidPlan(
            "unknown_stage", cell=row.address("event"), given=name, known=", ".join(first_spellings(events))
        )
    return events[name]


def _day(value: object) -> Value:
    return value.date() if isinstance(value, pd.Timestamp) else value  # type: ignore[return-value]
