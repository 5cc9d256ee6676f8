"""What happened, per day, member and channel?

Imports event logs and deal lists into daily facts, which stay small however large the log is, and proves with control
totals that nothing was lost on the way. A later import replaces what it covers, so the same export twice counts once.
"""

import datetime as dt
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from kpixl.actuals.counting import Counted, count
from kpixl.actuals.events import EVENTS, FACT_KEYS, FACT_MEASURES
from kpixl.actuals.mapping import Mapping, Rule
from kpixl.actuals.rejects import Reject, broken_rows, holds_rejects, rejects_beside, unread_rows, write_rejects
from kpixl.actuals.sources import Desk, Rows, Source, belongs, desk, open_rows, shown
from kpixl.errors import UnreadableData

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["ControlTotal", "Import", "import_events", "merge"]


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
        Sum of the amounts that could be read, and of those that count.
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
class Import:
    """What an import brought.

    Attributes
    ----------
    source : str
        Name of the source, from the mapping.
    facts : DataFrame
        ``date, member, channel, event, source, count, amount, minutes``, one row each, sorted.
    controls : tuple of ControlTotal
        What became of the rows, per file and event.
    rejects : Path or None
        The file with the rows set aside, where there are any.
    """

    source: str
    facts: "pd.DataFrame"
    controls: tuple[ControlTotal, ...]
    rejects: Path | None


def import_events(files: Sequence[str | Path], mapping: Mapping, *, rejects: str | Path | None = None) -> Import:
    """Count the events in files and databases.

    Parameters
    ----------
    files : sequence of str or Path
        CSV, TSV or Parquet files, or URLs of databases, in the order they were exported.
    mapping : Mapping
        Which column means what.
    rejects : str or Path, optional
        Where rows that cannot be read are written; else ``NAME_kpixl_rejects.csv`` beside the first file, by its name.
        Files so named are what an earlier import has set aside; they are left out.

    Returns
    -------
    Import
        Facts, control totals and the file of rejects.

    Raises
    ------
    UnreadableData
        If a file is missing, cannot be read at all, fits no group of the mapping or lacks a column.

    Examples
    --------
    >>> import tempfile
    >>> from kpixl.actuals.mapping import read_mapping
    >>> folder = Path(tempfile.mkdtemp())
    >>> lines = ['[files.log]', '[[events]]', 'event = "call"', 'occurred_at = "日時"', 'member = "担当"']
    >>> _ = (folder / "calls.toml").write_text("\\n".join(lines), encoding="utf-8")
    >>> _ = (folder / "calls.csv").write_text("日時,担当\\n令和7年6月2日 9:00,佐藤\\n2025/6/2 9:05,佐藤\\n", "utf-8")
    >>> found = import_events([folder / "calls.csv"], read_mapping(folder / "calls.toml"))
    >>> found.facts[["date", "member", "event", "count"]].to_dict("records")
    [{'date': Timestamp('2025-06-02 00:00:00'), 'member': '佐藤', 'event': 'call', 'count': 2}]
    """
    import pandas as pd  # noqa: PLC0415 - a second that only an import should cost

    exports = [file for file in files if not holds_rejects(file)]
    if files and not exports:
        raise UnreadableData("source_only_rejects", file=shown(files[0]))
    with desk(exports) as on:
        for file in on.files:
            _at_home(file, mapping)
        looks = [look for rule in mapping.rules if (look := _look(on, mapping, rule)) is not None]
        if not looks:
            raise UnreadableData("source_no_events", file=shown(on.files[0]), mapping=mapping.path.name)
        broken = broken_rows(on)
        first = next((Path(file) for file in on.files if "://" not in str(file)), Path("import"))
        target = Path(rejects) if rejects is not None else rejects_beside(first)
        written = write_rejects(target, _all_rejects(looks, broken))
    return Import(
        source=mapping.source,
        facts=_facts(pd.concat([look.counted.counts for look in looks]), mapping.source),
        controls=tuple(_controls(looks, broken)),
        rejects=target if written else None,
    )


def merge(old: "pd.DataFrame", new: "pd.DataFrame") -> "pd.DataFrame":
    """Bring facts up to date with a later import.

    Per source and event, the days from the first to the last of `new` are replaced; all other facts stay.

    Parameters
    ----------
    old, new : DataFrame
        Facts as `import_events` gives them.

    Returns
    -------
    DataFrame
        The facts of both.

    Examples
    --------
    >>> import pandas as pd
    >>> def facts(day, count):
    ...     row = [pd.Timestamp(2025, 6, day), "佐藤", "", "call", "crm", count, 0.0, 0.0]
    ...     return pd.DataFrame([row], columns=[*FACT_KEYS, *FACT_MEASURES])
    >>> merge(pd.concat([facts(2, 5), facts(3, 1)]), facts(3, 4))["count"].tolist()
    [5, 4]
    """
    import pandas as pd  # noqa: PLC0415

    covered = new.groupby(["source", "event"])["date"].agg(["min", "max"]).reset_index()
    known = old.merge(covered, how="left", on=["source", "event"])
    replaced = known["date"].between(known["min"], known["max"]).to_numpy()
    kept = [part for part in (old[~replaced], new) if len(part)]
    return _sorted(pd.concat(kept)) if kept else new


@dataclass(frozen=True)
class _Look:
    """What one rule found in its rows."""

    rule: Rule
    rows: Rows
    counted: Counted


def _at_home(file: str | Path, mapping: Mapping) -> None:
    if "://" not in str(file) and not Path(file).is_file():
        raise UnreadableData("source_missing", file=file)
    if not any(belongs(file, group) for group in mapping.files.values()):
        known = "; ".join(f"{name}: {group.table or ', '.join(group.match)}" for name, group in mapping.files.items())
        raise UnreadableData("source_no_group", file=shown(file), mapping=mapping.path.name, known=known)


def _look(on: Desk, mapping: Mapping, rule: Rule) -> _Look | None:
    import duckdb  # noqa: PLC0415

    rows = open_rows(on, mapping, rule.files)
    if rows is None:
        return None
    try:
        return _Look(rule, rows, count(rule, rows))
    except duckdb.Error as error:
        names = ", ".join(source.name for source in rows.sources)
        raise UnreadableData("source_unreadable", file=names, reason=str(error).splitlines()[0]) from error


def _all_rejects(looks: Sequence[_Look], broken: Sequence[Reject]) -> Iterator[Reject]:
    yield from broken
    for look in looks:
        if look.counted.aside is not None:
            yield from unread_rows(look.rows, look.counted.aside, broken)


def _facts(counts: "pd.DataFrame", source: str) -> "pd.DataFrame":
    used = counts[counts.STATUS == "used"].rename(columns={"DAY": "date", "N": "count"}).rename(columns=str.lower)
    keys = [key for key in FACT_KEYS if key != "source"]
    facts = used.groupby(keys, as_index=False, observed=True)[list(FACT_MEASURES)].sum()
    return facts.assign(source=source).astype(dict.fromkeys(FACT_KEYS[1:], str))[[*FACT_KEYS, *FACT_MEASURES]]


def _sorted(facts: "pd.DataFrame") -> "pd.DataFrame":
    return facts.sort_values(list(FACT_KEYS), ignore_index=True)


def _controls(looks: Sequence[_Look], broken: Sequence[Reject]) -> Iterator[ControlTotal]:
    unsplit = Counter(reject.file for reject in broken)
    told: set[str] = set()
    for look in looks:
        totals = _totals(look.counted.counts)
        for number, source in enumerate(look.rows.sources):
            mine = totals[number == totals.FILE]
            read = int(mine.N.sum()) + unsplit[source.name]
            fixed = look.rule.event.column is None
            found = {look.rule.event.fixed} if fixed else set(mine.EVENT[mine.STATUS != "other"]) - {""}
            for event in sorted(found, key=EVENTS.index):
                yield _control(source, event, read, mine[event == mine.EVENT])
            unknown = mine[(mine.EVENT == "") & (mine.STATUS == "aside")]
            nameless = 0 if source.name in told else unsplit[source.name]
            told.add(source.name)
            if nameless or len(unknown) or not found:
                yield _control(source, "", read, unknown, nameless)


def _totals(counts: "pd.DataFrame") -> "pd.DataFrame":
    """Sum the counts up per file, event and status, with the first and the last day of each."""
    by_status = counts.groupby(["FILE", "EVENT", "STATUS"], as_index=False, observed=True)
    return by_status.agg(N=("N", "sum"), AMOUNT=("AMOUNT", "sum"), FIRST=("DAY", "min"), LAST=("DAY", "max"))


def _control(source: Source, event: str, read: int, totals: "pd.DataFrame", unsplit: int = 0) -> ControlTotal:
    rows = {status: totals[status == totals.STATUS] for status in ("used", "aside", "duplicate")}
    used, aside, duplicates = (int(part.N.sum()) for part in rows.values())
    aside += unsplit
    return ControlTotal(
        file=source.name,
        event=event,
        read=read,
        used=used,
        set_aside=aside,
        duplicates=duplicates,
        other=read - used - aside - duplicates,
        amount_in=float(sum(part.AMOUNT.sum() for part in rows.values())),
        amount_out=float(rows["used"].AMOUNT.sum()),
        first=rows["used"].FIRST.min().date() if used else None,
        last=rows["used"].LAST.max().date() if used else None,
    )
