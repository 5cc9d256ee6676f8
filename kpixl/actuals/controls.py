"""What became of the rows of each file: the control totals of an import, and whether every record is in them."""

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import fsum
from typing import TYPE_CHECKING, Any

from kpixl.actuals.counting import Counted
from kpixl.actuals.events import CANCELLED, EVENTS
from kpixl.actuals.reading import Terms
from kpixl.actuals.rows import Rows
from kpixl.actuals.rules import Rule
from kpixl.actuals.sources import Source

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["ControlTotal", "Look", "controls", "whole"]


@dataclass(frozen=True)
class ControlTotal:
    """What became of the rows of one file as one event.

    ``read == used + set_aside + duplicates + other``; ``other`` are rows that are not this event. Rows of which the
    event is not known stand under the event ``""``, once per file.

    Attributes
    ----------
    file, event : str
        Name of the file, and the event.
    read, used, set_aside, duplicates, other : int
        Rows.
    amount_in, amount_out : float
        Sum of the amounts that could be read, in whatever row, and of those that count.
    first, last : date or None
        First and last day of the rows used.
    """

    file: str
    event: str
    read: int
    used: int
    set_aside: int
    duplicates: int
    other: int
    amount_in: float
    amount_out: float
    first: dt.date | None
    last: dt.date | None


@dataclass(frozen=True)
class Look:
    """What one rule found in its rows."""

    rule: Rule
    rows: Rows
    terms: Terms
    counted: Counted


def whole(look: Look) -> bool:
    """Say whether each file's records are all accounted for."""
    counted = look.counted.counts.groupby("FILE", observed=True)["N"].sum()
    return all(
        int(counted.get(number, 0)) + len(source.broken) == source.records
        for number, source in enumerate(look.rows.sources)
    )


def controls(looks: Sequence[Look]) -> Iterator[ControlTotal]:
    """Yield what became of the rows, per file and event; the rows of no known event once per file."""
    told: set[str] = set()
    for look in looks:
        totals = _totals(look.counted.counts)
        for number, source in enumerate(look.rows.sources):
            mine = totals.get(number, [])
            fixed = look.rule.event.column is None
            found = {look.rule.event.fixed} if fixed else {part.EVENT for part in mine if part.STATUS != "other"} - {""}
            for event in sorted(found, key=EVENTS.index):
                yield _control(source, event, mine if fixed else [part for part in mine if event == part.EVENT])
            unknown = [part for part in mine if part.EVENT == "" and part.STATUS == "aside"]
            nameless = 0 if source.name in told else len(source.broken)
            told.add(source.name)
            if nameless or unknown or not found:
                yield _control(source, "", unknown, nameless)


def _totals(counts: "pd.DataFrame") -> dict[Any, list[Any]]:
    """Sum the counts up per file, event and status, with the first and the last day of each; return them by file."""
    by_status = counts.groupby(["FILE", "EVENT", "STATUS"], as_index=False, observed=True)
    found = by_status.agg(N=("N", "sum"), AMOUNT=("AMOUNT", "sum"), FIRST=("DAY", "min"), LAST=("DAY", "max"))
    totals: dict[Any, list[Any]] = {}
    for part in found.itertuples(index=False):
        totals.setdefault(part.FILE, []).append(part)
    return totals


def _control(source: Source, event: str, totals: Sequence[Any], broken: int = 0) -> ControlTotal:
    rows = {status: [part for part in totals if status == part.STATUS] for status in ("used", "aside", "duplicate")}
    used, aside, duplicates = (sum(int(part.N) for part in parts) for parts in rows.values())
    aside += broken
    used_amount = fsum(part.AMOUNT for part in rows["used"])
    return ControlTotal(
        file=source.name,
        event=event,
        read=source.records,
        used=used,
        set_aside=aside,
        duplicates=duplicates,
        other=source.records - used - aside - duplicates,
        amount_in=fsum(part.AMOUNT for part in totals),
        amount_out=-used_amount if event == CANCELLED else used_amount,
        first=min(part.FIRST for part in rows["used"]).date() if used else None,
        last=max(part.LAST for part in rows["used"]).date() if used else None,
    )
