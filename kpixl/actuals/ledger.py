"""What does an import replace, and what does it add?

A workbook remembers the rows with an id one by one, and the days of those without. A mapping says what its exports
cover: ``all`` (what is not in the list is gone), ``days`` (the days and people of an activity log), ``span`` (all
days from its first to its last), ``added`` (nothing is replaced). Where it says nothing, nothing is lost: an id
replaces what it said before, wherever its day was, and rows without an id replace the days of each person that are in
the file. Either way before + new - replaced = after.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from kpixl.actuals.condensing import MOST_BY_DAY
from kpixl.actuals.deals import merge_deals, no_deals
from kpixl.actuals.events import CANCELLED, FACT_KEYS, FACT_MEASURES, WON
from kpixl.actuals.facts import RECORD_COLUMNS, Coverage, Import, as_facts
from kpixl.actuals.frames import found_in, in_words, together
from kpixl.actuals.hours import hours_after, no_hours
from kpixl.engine.answers import Answer

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["BALANCE_COLUMNS", "ITEMISED", "MEASURE_KINDS", "Losing", "Memory", "Merged", "merge", "reconciled"]

ITEMISED = "itemised"
MEASURE_KINDS: dict[str, Any] = {"date": "datetime64[s]", "count": "float64", "amount": "float64", "minutes": "float64"}
_ROUNDING = 0.5  # of amounts, over thousands of sums
BALANCE_COLUMNS = [
    *("source", "event", "before", "before_amount", "new", "new_amount"),
    *("replaced", "replaced_amount", "after", "after_amount"),
]


@dataclass(frozen=True, eq=False)
class Memory(Answer):
    """What a workbook holds of earlier imports.

    Attributes
    ----------
    facts : DataFrame
        All that counts, as `import_events` gives facts, with `ITEMISED`: whether they are sums of `records`.
    records : DataFrame
        The rows with an id, by `RECORD_COLUMNS`.
    deals : DataFrame
        The deals of the lists as they stand, by `DEAL_COLUMNS`.
    hours : DataFrame
        At what hours calls and mails were made, by `HOUR_COLUMNS`.
    """

    facts: "pd.DataFrame"
    records: "pd.DataFrame"
    deals: "pd.DataFrame" = field(default_factory=no_deals)
    hours: "pd.DataFrame" = field(default_factory=no_hours)

    @classmethod
    def nothing(cls) -> "Memory":
        """Return the memory of a workbook into which nothing was imported yet."""
        import pandas as pd  # noqa: PLC0415

        facts = pd.DataFrame(columns=[*FACT_KEYS, *FACT_MEASURES, ITEMISED])
        records = pd.DataFrame(columns=list(RECORD_COLUMNS)).astype(MEASURE_KINDS)
        return cls(facts.astype({**MEASURE_KINDS, ITEMISED: "bool"}), records)


@dataclass(frozen=True)
class Losing:
    """Who would lose more than half of an event: a `member` or `channel` (`by`), what was there, and how much goes."""

    by: str
    name: str
    event: str
    before: int
    gone: int


@dataclass(frozen=True, eq=False)
class Merged(Answer):
    """What a workbook holds after an import, and what became of what it held before.

    Attributes
    ----------
    memory : Memory
        What it holds now.
    source : str
        Under which name of a source.
    balances : DataFrame
        `BALANCE_COLUMNS`, a row per event: counts and amounts before, new, replaced and after.
    losing : tuple of Losing
        Who would lose more than half of what was there, because the export no longer has it.
    known : int
        Rows that were there already, where exports are added.
    absent : (int, float)
        Rows with an id that the export does not have, and their amount; they stay.
    too_many_deals : int
        Deals of a list that is too long to be kept deal by deal; 0 where it is kept.
    """

    memory: Memory
    source: str
    balances: "pd.DataFrame"
    losing: tuple[Losing, ...]
    known: int
    absent: tuple[int, float]
    too_many_deals: int = 0


def merge(memory: Memory, imported: Import) -> Merged:
    """Bring what a workbook holds up to date with an import.

    Examples
    --------
    >>> import pandas as pd, tempfile
    >>> from pathlib import Path
    >>> from kpixl.actuals import import_events, read_mapping
    >>> folder = Path(tempfile.mkdtemp())
    >>> lines = ['[files.deals]', '[[events]]', 'event = "won"', 'occurred_at = "受注日"', 'id = "ID"']
    >>> lines += ['amount = "金額"']
    >>> _ = (folder / "m.toml").write_text("\\n".join(lines), encoding="utf-8")
    >>> def export(rows):
    ...     _ = (folder / "deals.csv").write_text("ID,受注日,金額\\n" + rows, "utf-8")
    ...     return import_events([folder / "deals.csv"], read_mapping(folder / "m.toml"))
    >>> june = merge(Memory.nothing(), export("D1,2025-06-02,100\\nD2,2025-06-20,200\\n"))
    >>> again = merge(june.memory, export("D2,2025-07-01,250\\n"))
    >>> again.balances[["before", "new", "replaced", "after", "after_amount"]].to_numpy().tolist()
    [[2.0, 1.0, 1.0, 2.0, 350.0]]
    """
    source = _source(memory, imported)
    held = memory.facts.assign(**{ITEMISED: memory.facts[ITEMISED].astype(bool)})
    old, loose = memory.records, held[~held[ITEMISED]] if held[ITEMISED].any() else held
    records, added = (frame.assign(source=source) for frame in (imported.records, imported.loose))
    going, leaving = _replaced(old, loose, source, imported)
    known = found_in(records, old[old["source"] == source], ["event", "id"]) if _added(imported) else _none(records)
    were_there, records = records[known], records[~known]
    kept = in_words(together([old[~going], records]))
    without_id = as_facts(together([loose[~leaving], added]))
    facts = together([as_facts(kept).assign(**{ITEMISED: True}), without_id.assign(**{ITEMISED: False})])
    if len(kept):
        facts = facts.sort_values([*FACT_KEYS, ITEMISED], ignore_index=True)
    facts = facts[[*FACT_KEYS, *FACT_MEASURES, ITEMISED]]
    new = as_facts(together([records, added]))
    gone = as_facts(together([old[going], loose[leaving]]))
    absent = old[~going & _absent(old, source, imported)]
    deals, too_many = merge_deals(memory.deals, imported, source)
    hours = hours_after(memory.hours, imported.hours, gone, were_there, source)
    return Merged(
        memory=Memory(facts if len(facts) > MOST_BY_DAY else in_words(facts), kept[list(RECORD_COLUMNS)], deals, hours),
        source=source,
        balances=_balances(source, memory.facts, new, gone, facts),
        losing=tuple(_losing(source, memory.facts, _unsaid(old[going], loose[leaving], imported), new)),
        known=int(known.sum()),
        absent=(len(absent), float(absent["amount"].sum())),
        too_many_deals=too_many,
    )


def reconciled(balances: "pd.DataFrame", facts: "pd.DataFrame") -> "pd.DataFrame":
    """Hold what the imports say they left against what is there now.

    Returns a row per source and event of either: said and held (counts), said_amount and held_amount, and agrees. What
    no import speaks of (said is missing) was brought by an older version, or by hand.
    """
    keys = ["source", "event"]
    said = balances.set_index(keys)[["after", "after_amount"]].astype(float)
    held = facts.groupby(keys, observed=True)[["count", "amount"]].sum().astype(float)
    both = said.rename(columns={"after": "said", "after_amount": "said_amount"}).join(
        held.rename(columns={"count": "held", "amount": "held_amount"}), how="outer"
    )
    both[["held", "held_amount"]] = both[["held", "held_amount"]].fillna(0.0)
    apart = (both["said"] - both["held"]).abs() + (both["said_amount"] - both["held_amount"]).abs()
    return both.assign(agrees=apart < _ROUNDING).reset_index()


def _source(memory: Memory, imported: Import) -> str:
    """Return the name of the source; one that is not named was called after its mapping's file by older versions."""
    former = imported.mapping.path.stem
    known = set(memory.facts["source"].unique())
    return (
        former if not imported.mapping.named and imported.source not in known and former in known else imported.source
    )


def _replaced(
    records: "pd.DataFrame", loose: "pd.DataFrame", source: str, imported: Import
) -> "tuple[pd.Series, pd.Series]":
    """Say of each record, and of each fact without one, whether the import replaces it."""
    going, leaving = _none(records), _none(loose)
    for coverage in imported.coverage:
        mine = (records["source"] == source) & records["event"].isin(coverage.events)
        facts = (loose["source"] == source) & loose["event"].isin(_counted_as(coverage))
        match imported.mapping.covers:
            case "all":
                going |= mine
                leaving |= facts
            case "days":
                going |= mine & _within(records, coverage)
                leaving |= facts & _within(loose, coverage)
            case "span":
                going |= mine & _between(records, coverage)
                leaving |= facts & _between(loose, coverage)
            case "":
                going |= mine & records["id"].isin(coverage.ids)
                # what an older version kept without ids would else stand beside the same rows with theirs
                days = coverage.loose_days if mine.any() or not coverage.ids else coverage.days
                leaving |= facts & found_in(loose, days, ["date", "member"])
    return going, leaving


def _unsaid(records: "pd.DataFrame", loose: "pd.DataFrame", imported: Import) -> "pd.DataFrame":
    """Return what is replaced though the export says nothing of it: rows whose id is not in it, and all without one."""
    said = set[str]().union(*(coverage.ids for coverage in imported.coverage))
    return as_facts(together([records[~records["id"].isin(said)], loose]))


def _losing(source: str, before: "pd.DataFrame", gone: "pd.DataFrame", new: "pd.DataFrame") -> Iterator[Losing]:
    mine = before[before["source"] == source]
    for by in ("member", "channel"):
        keys = [by, "event"]
        was, going, coming = (frame.groupby(keys, observed=True)["count"].sum() for frame in (mine, gone, new))
        for key, count in going.items():
            name, event = key if isinstance(key, tuple) else (key, "")
            lost = count - coming.get((name, event), 0)
            if lost > max(was.get((name, event), 0) / 2, 0):
                yield Losing(by, str(name), str(event), int(was[(name, event)]), int(lost))


def _absent(records: "pd.DataFrame", source: str, imported: Import) -> "pd.Series":
    """Say which records a list that was exported before no longer has."""
    absent = _none(records)
    if imported.mapping.covers:
        return absent
    for coverage in imported.coverage:
        mine = (records["source"] == source) & records["event"].isin(coverage.events)
        there = records["id"].isin(coverage.ids)
        if (mine & there).any():
            absent |= mine & ~there
    return absent


def _balances(
    source: str, before: "pd.DataFrame", new: "pd.DataFrame", gone: "pd.DataFrame", after: "pd.DataFrame"
) -> "pd.DataFrame":
    import pandas as pd  # noqa: PLC0415

    touched = sorted({*new["event"].unique(), *gone["event"].unique()})
    columns: dict[str, Any] = {}
    for name, frame in (("before", before), ("new", new), ("replaced", gone), ("after", after)):
        mine = frame[frame["source"] == source].groupby("event", observed=True)[["count", "amount"]].sum()
        sums = mine.set_axis(mine.index.astype(str)).reindex(touched)
        columns[name] = sums["count"].fillna(0).astype(float).to_numpy()
        columns[f"{name}_amount"] = sums["amount"].fillna(0.0).astype(float).to_numpy()
    return pd.DataFrame({"source": source, "event": touched, **columns})[BALANCE_COLUMNS]


def _added(imported: Import) -> bool:
    return imported.mapping.covers == "added"


def _within(frame: "pd.DataFrame", coverage: Coverage) -> "pd.Series":
    """Say which rows are of the days and of the people that the export speaks of."""
    return frame["date"].isin(coverage.days["date"]) & frame["member"].isin(coverage.days["member"])


def _between(frame: "pd.DataFrame", coverage: Coverage) -> "pd.Series":
    """Say which rows are of any day from the first to the last that the export speaks of."""
    days = coverage.days["date"]
    return frame["date"].between(days.min(), days.max()) if len(days) else _none(frame)


def _counted_as(coverage: Coverage) -> set[str]:
    return {WON if event == CANCELLED else event for event in coverage.events}


def _none(frame: "pd.DataFrame") -> "pd.Series":
    import pandas as pd  # noqa: PLC0415

    return pd.Series(False, index=frame.index, dtype=bool)
