"""顧客 / Customers: what customers are worth and whether that moves, a block of the sheet Cohorts.

Where the imported deals name their customers; the whole block, with its title, is written by a refresh.
"""

from collections.abc import Iterator

import pandas as pd

from kpixl.texts import say
from kpixl.tracking import records
from kpixl.tracking.customers import MONTHS, Trend, customer_orders, customer_spans, trend
from kpixl.tracking.deals import Outcome
from kpixl.workbook.blocks import Block, Cell, Value, figure
from kpixl.workbook.state import State

__all__ = ["HEIGHT", "customers_block", "has_customers"]

_ROOM = 5
HEIGHT = _ROOM + 3  # with the title, the sentence and the headings
_COLUMNS = {
    "until_day": "strong",
    "customers": "count",
    "new_customers": "count",
    "repeat_customers": "count",
    "orders": "count",
    "orders_per_customer": "decimal",
    "average_order": "money",
    "customer_value": "money",
}
_FIGURES = ("customers", "new", "repeat", "orders", "per_customer", "average", "value")


def customers_block(state: State, at: str) -> Block:
    """Return the block of the customers: a title, what there is to say, and a row for a year and each three months."""
    frame = state.deals_now
    orders = None if frame is None else customer_orders(frame)
    rows = [] if orders is None else list(_rows(state, orders))
    wide = len(_COLUMNS)
    cells: list[tuple[Cell | None, ...]] = [
        tuple(Cell(text, "section") for text in (say("cohorts.customers_section"), *[""] * (wide - 1))),
        (Cell(_told(state, frame, orders), "lead"), *[None] * (wide - 1)),
        tuple(Cell(say(f"heading.{key}"), "heading") for key in _COLUMNS),
    ]
    blank: tuple[Value, ...] = (None,) * wide
    for place, row in enumerate([*rows, *[blank] * (_ROOM - len(rows))]):
        styles = ["subtotal" if style == "count" and not place else style for style in _COLUMNS.values()]
        cells.append(tuple(Cell(value, style) for value, style in zip(row, styles, strict=True)))
    return Block(at, tuple(cells), "kpixl_customer_values", analysed=True)


def has_customers(state: State) -> bool:
    """Say whether the customer of any order is known."""
    orders = None if state.deals_now is None else customer_orders(state.deals_now)
    return orders is not None and len(orders) > 0


def _rows(state: State, orders: pd.DataFrame) -> Iterator[tuple[Value, ...]]:
    for row in records(customer_spans(orders, state.tracking.as_of)):
        until = row["until"]
        name = say("cohorts.months_to_day", months=MONTHS) if pd.isna(until) else say("cohorts.until", day=until)
        yield name, *(figure(row[key], None) for key in _FIGURES)


def _told(state: State, frame: pd.DataFrame | None, orders: pd.DataFrame | None) -> str:
    """Return of how many orders the customer is known, and whether customers buy more or less than before."""
    if frame is None or orders is None or not len(orders):
        return say("cohorts.no_customers")
    won = int((frame["outcome"] == Outcome.WON.value).sum())
    told = [] if won == len(orders) else [say("cohorts.customers_known", orders=won, known=len(orders))]
    return say("join_sentences").join([*told, _moved(trend(orders, state.tracking.as_of))])


def _moved(moved: Trend | None) -> str:
    if moved is None:
        return say("cohorts.trend_unknown")
    key = "unsure" if not moved.sure else "more" if moved.more > moved.less else "less"
    return say(f"cohorts.trend_{key}", months=moved.months, more=moved.more, less=moved.less)
