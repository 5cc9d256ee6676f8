"""Add to the settings the people and channels that an import brings and the plan does not have.

A person is added by name alone: what is blank there means as everybody. A channel has no share of the plan until
somebody gives it one, and the rates of all channels together. A name that is near to one of the plan's is probably
the same one in other words, and is not added.
"""

import math
from collections.abc import Sequence
from typing import Any

from kpixl.actuals import Import
from kpixl.actuals.names import nearest
from kpixl.errors import UnreadableData
from kpixl.plan import Plan
from kpixl.texts import say
from kpixl.workbook.books import Book
from kpixl.workbook.schema import step_keys
from kpixl.workbook.tables import CHANNELS, MEMBERS

__all__ = ["KINDS", "add_newcomers", "newcomers"]

KINDS = ("member", "channel")
_TABLES = {"member": MEMBERS, "channel": CHANNELS}
_DIGITS = 3  # of a rate that nobody has typed yet


def newcomers(imported: Import, plan: Plan, kind: str) -> list[str]:
    """Return the members or channels (`kind`) of an import that the plan does not have, nor any with a near name."""
    known = [one.name for one in (plan.members if kind == "member" else plan.channels)]
    brought = {str(name) for rows in (imported.records, imported.loose) for name in rows[kind].unique()}
    strangers = sorted(brought - {"", *known})
    return [name for name in strangers if nearest(name, known) is None]


def add_newcomers(book: Book, plan: Plan, kind: str, names: Sequence[str]) -> str:
    """Write names into the blank rows of the settings, and return what was done in a sentence.

    Raises
    ------
    UnreadableData
        If the table has not so many blank rows.
    """
    table = _TABLES[kind]
    rows = book.rows(table, blank=True)
    free = [place for place, row in enumerate(rows) if row.blank]
    if len(free) < len(names):
        raise UnreadableData(
            f"no_rows_{kind}", sheet=book.tables[table].sheet, given=len(names), free=len(free), names=_listed(names)
        )
    more = _rates(plan) | {"mix": 0.0} if kind == "channel" else {}
    book.writing.fill(table, {place: {kind: name} | more for place, name in zip(free, names, strict=False)})
    return say(f"import.added_{kind}", names=_listed(names), sheet=book.tables[table].sheet)


def _rates(plan: Plan) -> dict[str, Any]:
    """Return the rate from each stage to the next of all channels together, weighed by what they are to bring."""
    whole = math.fsum(channel.mix for channel in plan.channels)
    return {
        key: round(math.fsum(channel.mix * channel.rates[step] for channel in plan.channels) / whole, _DIGITS)
        for step, key in enumerate(step_keys(plan.stages))
    }


def _listed(names: Sequence[str]) -> str:
    return say("join").join(names)
