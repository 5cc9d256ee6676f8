"""The deals of imported lists on a hidden sheet: a row per deal, with the day of each stage.

An import writes the table. What it reads again is what the lists say of a deal; the days are those of the imported
events, and stand here for whoever filters or pivots.
"""

import datetime as dt
from typing import Any

import pandas as pd

from kpixl.actuals import DEAL_COLUMNS, MILESTONES, no_deals
from kpixl.texts import say
from kpixl.tracking.deals import Outcome, deal_frame
from kpixl.workbook.blocks import Column, Sheet, Table, Value
from kpixl.workbook.books import Book
from kpixl.workbook.columns import texts_of, values_of
from kpixl.workbook.state import State

__all__ = ["DEAL_LIST", "deals_sheet", "read_deals"]

DEAL_LIST = "kpixl_deal_list"
_SHEET = "kpixl_deal_list"  # hidden, so the title needs no translation
_ALL_DAYS = dt.date(2199, 12, 31)
_STYLES = {"created": "date", "amount": "money"}


def deals_sheet(state: State) -> Sheet:
    """Return the hidden sheet with the deals."""
    days = (*MILESTONES, Outcome.WON.value, Outcome.LOST.value)
    columns = (
        *(Column(key, _STYLES.get(key, "text")) for key in DEAL_COLUMNS),
        Column("deal_outcome"),
        *(Column(f"event.{event}", "date") for event in days),
    )
    rows = _rows(state) or [(None,) * len(columns)]
    return Sheet(_SHEET, tables=(Table("A1", DEAL_LIST, columns, rows, keys=2),), hidden=True)


def read_deals(book: Book) -> pd.DataFrame:
    """Read what the lists say of the deals."""
    rows = book.rows(DEAL_LIST, up_to=DEAL_COLUMNS[-1])
    if not rows:
        return no_deals()

    def read(key: str) -> list[Any]:
        if key == "created":
            return values_of(rows, key, lambda row: row.date(key, None), own=dt.date, known={None: None})
        if key == "amount":
            return values_of(rows, key, lambda row: row.number(key, None), own=float, known={None: None})
        return texts_of(rows, key)

    frame = pd.DataFrame({key: read(key) for key in DEAL_COLUMNS})
    return frame.assign(created=pd.to_datetime(frame["created"])).astype(no_deals().dtypes.to_dict())


def _rows(state: State) -> list[tuple[Value, ...]]:
    if not len(state.deals):
        return []
    known = deal_frame(state.deals, state.records, _ALL_DAYS)
    listed = (
        state.deals.set_index(["source", "id"]).loc[pd.MultiIndex.from_frame(known[["source", "id"]])].reset_index()
    )
    ended = {
        outcome.value: known["ended"].where(known["outcome"] == outcome.value)
        for outcome in (Outcome.WON, Outcome.LOST)
    }
    days = [known[event] for event in MILESTONES] + [*ended.values()]
    outcomes = known["outcome"].map({one.value: say(f"deal_outcome.{one.value}") for one in Outcome})
    columns = [*(listed[key] for key in DEAL_COLUMNS), outcomes, *days]
    return list(zip(*map(_written, columns), strict=True))


def _written(column: pd.Series) -> list[Value]:
    blank = column.isna() | (column == "")
    values = column.dt.date if column.dtype.kind == "M" else column
    return [None if empty else value for value, empty in zip(values.tolist(), blank, strict=True)]
