"""実績 / Actuals: a table to type into with as few columns as possible, and beside it what was imported.

The log of imports at the far right keeps the control totals, so that a report can prove that nothing was lost. Beyond
it stands what may be typed as a KPI, which a refresh brings up to date with the definitions.
"""

from collections.abc import Mapping

import pandas as pd

from kpixl.actuals import FACT_MEASURES, ITEMISED, MEASURE_KINDS, RECORD_COLUMNS
from kpixl.errors import InvalidPlan
from kpixl.plan import Plan
from kpixl.texts import say
from kpixl.tracking import VALUE_COLUMNS, enterable
from kpixl.workbook.blocks import Column, Sheet, Table, Value, column_ref
from kpixl.workbook.books import Book, Row
from kpixl.workbook.layout import ruled, titled
from kpixl.workbook.schema import event_words, first_spellings
from kpixl.workbook.sheets.settings import CHANNEL_LIST, MEMBER_LIST
from kpixl.workbook.state import FACT_COLUMNS, IMPORT_COLUMNS, LEFT_COLUMNS, State, event_names

__all__ = [
    "BALANCES",
    "ENTRIES",
    "FACTS",
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

ENTRIES, FACTS, IMPORTS = "kpixl_entries", "kpixl_facts", "kpixl_imports"
RECORDS, BALANCES = "kpixl_deals", "kpixl_balances"
IMPORTED = (FACTS, IMPORTS, RECORDS, BALANCES)  # what an import alone changes
_ENTERABLE, _ENTERABLE_LIST = "kpixl_enterable", "kpixl_enterable_list"
_BLANK_ROWS = 30
_YES = "○"
_FACT_STYLES = {"date": "date", "count": "count", "amount": "money", "minutes": "decimal", ITEMISED: "key"}
_BALANCE_STYLES = {
    "imported_on": "date",
    "after": "count",
    "after_amount": "money",
}
_IMPORT_STYLES = {
    "read": "count",
    "used": "count",
    "set_aside": "count",
    "duplicates": "count",
    "other": "count",
    "amount_in": "money",
    "amount_out": "money",
    "first": "date",
    "last": "date",
}


def sheet(state: State) -> Sheet:
    """Return the sheet with typed and imported actuals."""
    return Sheet(
        say("sheet.actuals"),
        blocks=(
            *titled(say("actuals.title"), *say("actuals.lead").split("\n")),
            ruled("B5", say("actuals.entries_section")),
            ruled("H5", say("actuals.facts_section")),
            ruled("S5", say("actuals.imports_section")),
            ruled("AF5", say("actuals.enterable_section")),
            ruled("AH5", say("actuals.balances_section")),
            ruled("AN5", say("actuals.deals_section")),
        ),
        tables=(
            _entries(),
            _facts(state),
            imports_table(state, "S6", IMPORTS),
            _enterable(state.plan),
            _balances(state),
            _records(state),
        ),
        names={_ENTERABLE_LIST: column_ref(_ENTERABLE, "kpi")},
        freeze="A7",
        tab="typed",
        print_columns="A:F",
    )


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


def _enterable(plan: Plan) -> Table:
    columns = (Column("kpi", width=24),)
    return Table("AF6", _ENTERABLE, columns, [(name,) for name in enterable(plan)])


def _facts(state: State) -> Table:
    names = event_names(state.plan)
    facts = state.facts
    columns = [facts[column].tolist() for column in FACT_COLUMNS]
    rows: list[tuple[Value, ...]] = [
        (day.date(), member or None, channel or None, names.get(event, event), *rest, _YES if itemised else None)
        for day, member, channel, event, *rest, itemised in zip(*columns, strict=True)
    ]
    return Table(
        "H6",
        FACTS,
        tuple(Column(column, _FACT_STYLES.get(column, "text"), 13) for column in FACT_COLUMNS),
        rows or [(None,) * len(FACT_COLUMNS)],
        keys=5,
    )


def _balances(state: State) -> Table:
    """Return per source and event what the last import left."""
    names, columns = event_names(state.plan), LEFT_COLUMNS
    frame = state.balances.assign(event=state.balances["event"].map(lambda event: names.get(event, event)))
    rows = [tuple(_plain(value) for value in row) for row in frame[columns].itertuples(index=False)]
    return Table(
        "AH6",
        BALANCES,
        tuple(Column(_balance_key(column), _BALANCE_STYLES.get(column, "text"), 13) for column in columns),
        rows or [(None,) * len(columns)],
        keys=3,
    )


def _records(state: State) -> Table:
    """Return the imported rows with an id, so that a later export can replace each of them."""
    names = event_names(state.plan)
    columns = [state.records[column].tolist() for column in RECORD_COLUMNS]
    rows: list[tuple[Value, ...]] = [
        (source, number, names.get(event, event), day.date(), member or None, channel or None, *rest)
        for source, number, event, day, member, channel, *rest in zip(*columns, strict=True)
    ]
    return Table(
        "AN6",
        RECORDS,
        tuple(Column(column, _FACT_STYLES.get(column, "text"), 13) for column in RECORD_COLUMNS),
        rows or [(None,) * len(RECORD_COLUMNS)],
        keys=3,
    )


def imports_table(state: State, at: str, name: str) -> Table:
    """Return the log of the imports with their control totals as a table."""
    log = state.imports[IMPORT_COLUMNS].replace({"event": event_names(state.plan)})
    rows = [tuple(_plain(value) for value in row) for row in log.itertuples(index=False)]
    return Table(
        at,
        name,
        tuple(Column(column, _IMPORT_STYLES.get(column, "text"), 13) for column in IMPORT_COLUMNS),
        rows or [(None,) * len(IMPORT_COLUMNS)],
        keys=3,
    )


def read_entries(book: Book, plan: Plan) -> pd.DataFrame:
    """Read what was typed; a row counts when it has a date, a KPI and a value."""
    kpis = enterable(plan)
    names, members, channels = [*kpis], [one.name for one in plan.members], [one.name for one in plan.channels]
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
    """Read the facts that earlier imports left in the workbook."""
    events = _events(plan)
    rows = [
        (
            row.date("date"),
            row.text("member"),
            row.text("channel"),
            _event(row, events),
            row.text("source"),
            *_measures(row),
            bool(row.text(ITEMISED)),
        )
        for row in book.rows(FACTS)
    ]
    return _counted(pd.DataFrame(rows, columns=FACT_COLUMNS)).astype({ITEMISED: bool})


def read_records(book: Book, plan: Plan) -> pd.DataFrame:
    """Read the imported rows with an id."""
    events = _events(plan)
    rows = [
        (
            row.text("source"),
            row.text("id"),
            _event(row, events),
            row.date("date"),
            row.text("member"),
            row.text("channel"),
            *_measures(row),
        )
        for row in book.rows(RECORDS)
    ]
    return _counted(pd.DataFrame(rows, columns=list(RECORD_COLUMNS)))


def read_balances(book: Book, plan: Plan) -> pd.DataFrame:
    """Read what the last import of each source left of each event."""
    columns = LEFT_COLUMNS
    rows = [
        [_logged(row, _balance_key(column), _BALANCE_STYLES.get(column, "text")) for column in columns]
        for row in book.rows(BALANCES)
    ]
    return pd.DataFrame(rows, columns=columns).replace({"event": _events(plan)})


def read_imports(book: Book, plan: Plan) -> pd.DataFrame:
    """Read the log of earlier imports."""
    rows = [
        [_logged(row, column, _IMPORT_STYLES.get(column, "text")) for column in IMPORT_COLUMNS]
        for row in book.rows(IMPORTS)
    ]
    return pd.DataFrame(rows, columns=IMPORT_COLUMNS).replace({"event": _events(plan)})


def _events(plan: Plan) -> dict[str, str]:
    return event_words(plan.stages)


def _event(row: Row, events: Mapping[str, str]) -> str:
    row.required("event")
    name = row.word("event", events)
    if name not in events:
        raise InvalidPlan(
            "unknown_stage", cell=row.address("event"), given=name, known=", ".join(first_spellings(events))
        )
    return events[name]


def _measures(row: Row) -> tuple[float, ...]:
    return tuple(row.number(column, 0.0) for column in FACT_MEASURES)


def _counted(frame: pd.DataFrame) -> pd.DataFrame:
    return frame.assign(date=pd.to_datetime(frame["date"])).astype(MEASURE_KINDS)


def _balance_key(column: str) -> str:
    return column if column in ("source", "event") else f"balance_{column}"


def _logged(row: Row, key: str, style: str) -> Value:
    if style == "text":
        return row.text(key)
    value: Value = row.date(key, None) if style == "date" else row.number(key, None)
    return value


def _plain(value: object) -> Value:
    if pd.isna(value):  # type: ignore[call-overload]
        return None
    return value.date() if isinstance(value, pd.Timestamp) else value  # type: ignore[return-value]
