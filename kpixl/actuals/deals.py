"""What does a deal list say of each deal as it stands now?

The events with a deal's id tell what happened and when, and are remembered one by one (`ledger`). Here is what they
cannot tell: a row per deal with its stage, amount, owner, the day on which it began, and what else is known of it, for
open deals too. Dates of events stand there and nowhere else, so that a deal is never told twice.
"""

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from kpixl.actuals.deal_rules import DealRule
from kpixl.actuals.desk import Desk
from kpixl.actuals.events import event_called
from kpixl.actuals.freehand import read_as_people_write
from kpixl.actuals.headings import name_in, plain
from kpixl.actuals.mapping import Mapping
from kpixl.actuals.reading import Terms, staged
from kpixl.actuals.rows import open_rows
from kpixl.actuals.rules import Value

if TYPE_CHECKING:
    import pandas as pd

    from kpixl.actuals.facts import Import

__all__ = ["DEAL_COLUMNS", "MOST_DEALS", "attributes_in", "list_deals", "merge_deals", "no_deals"]

DEAL_COLUMNS = ("source", "id", "member", "channel", "created", "stage", "amount", "attributes")
MOST_DEALS = 50_000  # of a source; a longer list is counted by day like a log
_NAMED = {"DEAL": "id", "MEMBER": "member", "CHANNEL": "channel", "DAY": "created", "AMOUNT": "amount"}
_UNREAD = (("DAY_BAD", "DAY_GIVEN", "created"), ("AMOUNT_BAD", "AMOUNT_GIVEN", "amount"))

Notes = list[tuple[str, dict[str, object]]]


def no_deals() -> "pd.DataFrame":
    """Return a list without any deal."""
    import pandas as pd  # noqa: PLC0415 - a second that only an import should cost

    return _typed(pd.DataFrame(columns=list(DEAL_COLUMNS)))


def attributes_in(cell: str) -> dict[str, str]:
    """Return what is known of a deal besides, from the text that the list keeps of it.

    >>> attributes_in('{"industry": "小売"}'), attributes_in(""), attributes_in("小売")
    ({'industry': '小売'}, {}, {})
    """
    try:
        found = json.loads(cell) if cell else {}
    except ValueError:
        return {}
    return {str(name): str(value) for name, value in found.items()} if isinstance(found, dict) else {}


def list_deals(on: Desk, mapping: Mapping, terms: Terms) -> "tuple[pd.DataFrame | None, Notes]":
    """Return the deals in the files on the desk, and what should be said of how they were read.

    A deal that has several rows is as the last row of the last file says; the amounts of product lines are summed.
    There are none (None) where the mapping tells of no deals, or none of the files is the list of them.
    """
    deals = mapping.deals
    rows = None if deals is None else open_rows(on, mapping, deals.rule.files)
    if deals is None or rows is None:
        return None, []
    import ibis  # noqa: PLC0415 - half a second that only an import should cost

    terms = replace(terms, first=Terms.first, last=Terms.last, ids=True, hashed=False)  # a deal may be years old
    table = staged(deals.rule, rows, terms)
    if not deals.dated:
        table = table.mutate(DAY=ibis.null("date"), DAY_GIVEN=ibis.null("string"))
    table, _ = read_as_people_write(table, deals.rule, terms, dated=True)  # a day more or less stops no import
    texts = {"STAGE": deals.stage.column} | {f"A{place}": name for place, name in enumerate(deals.attributes.values())}
    cells = {
        name: table[rows.column(heading)].cast("string") if heading else ibis.literal(deals.stage.fixed)
        for name, heading in texts.items()
    }
    table = table.mutate(DEAL=table.ID, **cells)
    table = table.filter(~table.SUMS & table.WANTED if deals.rule.where else ~table.SUMS)
    unread = [name for name, _, _ in _UNREAD] + [name for _, name, _ in _UNREAD]
    found = table.select("FILE", "RECORD", *_NAMED, *texts, *unread).order_by("FILE", "RECORD").to_pandas()
    return _deals(found[found["DEAL"].notna()], deals, terms, mapping.source), _notes(found, deals)


def merge_deals(old: "pd.DataFrame", imported: "Import", source: str) -> "tuple[pd.DataFrame, int]":
    """Return the deals after an import, and how many a list has that is too long to be kept.

    An export of the whole list replaces it, one of added rows brings the ids that are new, any other replaces each id
    that it has.
    """
    import pandas as pd  # noqa: PLC0415

    if imported.deals is None:
        return old, 0
    new, mine = imported.deals.assign(source=source), old["source"] == source
    match imported.mapping.covers:
        case "all":
            kept = old[~mine]
        case "added":
            kept, new = old, new[~new["id"].isin(old.loc[mine, "id"])]
        case _:
            kept = old[~(mine & old["id"].isin(new["id"]))]
    both = pd.concat([frame for frame in (kept, new) if len(frame)] or [kept], ignore_index=True)
    count = int((both["source"] == source).sum())
    if count > MOST_DEALS:
        return both[both["source"] != source].reset_index(drop=True), count
    return both.sort_values(["source", "id"], ignore_index=True), 0


def _deals(found: Any, deals: DealRule, terms: Terms, source: str) -> "pd.DataFrame":
    newest = found[found["FILE"] == found.groupby("DEAL")["FILE"].transform("max")]
    last = newest.drop_duplicates("DEAL", keep="last")
    if deals.lines:
        sums = newest.groupby("DEAL")["AMOUNT"].sum(min_count=1)
        last = last.assign(AMOUNT=last["DEAL"].map(sums))
    rule = deals.rule
    names = list(deals.attributes)
    frame = last.rename(columns=_NAMED).assign(
        source=source,
        member=[terms.members.of(text or "", rule.member.values) for text in _texts(last["MEMBER"])],
        channel=[terms.channels.of(text or "", rule.channel.values) for text in _texts(last["CHANNEL"])],
        stage=[_stage(text, deals.stage) for text in _texts(last["STAGE"])],
        attributes=[
            _kept(names, values)
            for values in zip(*(_texts(last[f"A{place}"]) for place in range(len(names))), strict=True)
        ]
        if names
        else "",
    )
    return _typed(frame[list(DEAL_COLUMNS)]).sort_values("id", ignore_index=True)


def _texts(column: Any) -> list[str]:
    return [name_in(text) if isinstance(text, str) else "" for text in column]


def _stage(text: str, stage: Value) -> str:
    """Return the stage that a cell names: the event that it is, where the mapping says so, else its own words."""
    meant = stage.values.get(plain(text))
    return text if meant is None else event_called(meant) or meant


def _kept(names: list[str], values: tuple[str, ...]) -> str:
    known = {name: value for name, value in zip(names, values, strict=True) if value}
    return json.dumps(known, ensure_ascii=False) if known else ""


def _notes(found: Any, deals: DealRule) -> Notes:
    headings = {"created": deals.rule.occurred_at, "amount": deals.rule.amount}
    nameless = int(found["DEAL"].isna().sum())
    said: Notes = [("deals_no_id", {"rows": nameless, "column": deals.rule.id})] if nameless else []
    for bad, given, field in _UNREAD:
        odd = found[found[bad].fillna(False).astype(bool)]
        if len(odd):
            said.append(("deals_unread", {"rows": len(odd), "column": headings[field], "given": odd[given].iloc[0]}))
    return said


def _typed(frame: "pd.DataFrame") -> "pd.DataFrame":
    return frame.astype({"created": "datetime64[s]", "amount": "float64"}).reset_index(drop=True)
