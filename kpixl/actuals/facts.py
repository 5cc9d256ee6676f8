"""What happened, per day, member and channel?

Imports event logs and deal lists into daily facts, which stay small however large the log is, and proves with control
totals that nothing was lost on the way: every physical record of a file is used, set aside, a duplicate or not counted.
"""

import datetime as dt
import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING

from kpixl import texts
from kpixl.actuals.amounts import scale_word
from kpixl.actuals.controls import ControlTotal, Look, controls, whole
from kpixl.actuals.counting import count
from kpixl.actuals.databases import is_url
from kpixl.actuals.deals import list_deals
from kpixl.actuals.desk import Desk, desk
from kpixl.actuals.durations import unit_of
from kpixl.actuals.events import CANCELLED, EVENTS, FACT_KEYS, FACT_MEASURES, WON
from kpixl.actuals.frames import in_codes, in_words, one_name, summed, together
from kpixl.actuals.given import expanded
from kpixl.actuals.headings import plain
from kpixl.actuals.hours import hours_in
from kpixl.actuals.mapping import Mapping
from kpixl.actuals.names import Names, nearest
from kpixl.actuals.pace import paced
from kpixl.actuals.reading import Terms
from kpixl.actuals.rejects import Rejects, broken_rows, collect, holds_rejects, unread_rows
from kpixl.actuals.rows import open_rows
from kpixl.actuals.rules import Rule
from kpixl.actuals.sources import KNOWN, belongs, shown
from kpixl.engine.answers import Answer
from kpixl.errors import UnreadableData

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["RECORD_COLUMNS", "ControlTotal", "Coverage", "Import", "as_facts", "import_events"]

RECORD_COLUMNS = ("source", "id", "event", "date", "member", "channel", "count", "amount", "minutes")
_MORE = ("ID", "EVENT", "BACK")
_NAMED = 10
_ROUNDING = 0.005  # of shares such as 33% that people wrote
_MOST_IDS = 1_000_000  # a sheet holds little more
_MANY = 1_000_000  # rows, of which to count the hours takes a second


@dataclass(frozen=True, eq=False)
class Coverage(Answer):
    """What the rows of one rule speak of, be they counted or not: its events, the ids, and the days of each member.

    `days` has date and member, of the rows without an id in `loose_days`.
    """

    events: frozenset[str]
    ids: frozenset[str]
    days: "pd.DataFrame"
    loose_days: "pd.DataFrame"


@dataclass(frozen=True, eq=False)
class Import(Answer):
    """What an import brought.

    Attributes
    ----------
    mapping : Mapping
        How it was read.
    source : str
        Name of the source, from the mapping.
    records : DataFrame
        `RECORD_COLUMNS`: the rows that count and have an id, one by one, sorted by day, event and id.
    loose : DataFrame
        The facts of those that have none: ``date, member, channel, event, source, count, amount, minutes``, one row
        each, sorted, with the names as codes.
    coverage : tuple of Coverage
        What the files speak of, by rule.
    controls : tuple of ControlTotal
        What became of the rows, per file and event.
    rejects : Rejects
        The rows set aside. Where they lie is no part of what was brought: two imports of the same rows are equal.
    notes : tuple of (str, dict)
        What was read in a way that should be said: the key of a text under ``import``, and what it names.
    deals : DataFrame or None
        The deals as they stand, by `DEAL_COLUMNS`; None where no list of deals was read.
    hours : DataFrame or None
        Calls and mails whose time is told: event, date, member, id ("": none), hour, count; the names as codes.
    """

    mapping: Mapping
    source: str
    records: "pd.DataFrame"
    loose: "pd.DataFrame"
    coverage: tuple[Coverage, ...]
    controls: tuple[ControlTotal, ...]
    rejects: Rejects = field(compare=False)
    notes: tuple[tuple[str, dict[str, object]], ...] = ()
    deals: "pd.DataFrame | None" = None
    hours: "pd.DataFrame | None" = None

    @property
    def facts(self) -> "pd.DataFrame":
        """All that counts, as facts, with the names as text."""
        both = together([as_facts(self.records), self.loose])
        return in_words(both.sort_values(list(FACT_KEYS), ignore_index=True))


def import_events(
    files: Sequence[str | Path],
    mapping: Mapping,
    *,
    days: tuple[dt.date, dt.date] | None = None,
    timezone: str = "Asia/Tokyo",
    rejects: Path | None = None,
    members: Sequence[str] = (),
    channels: Sequence[str] = (),
    hours_from: dt.date | None = None,
    progress: Callable[[str], None] | None = None,
) -> Import:
    """Count the events in files and databases.

    Parameters
    ----------
    files : sequence of str or Path
        Files (CSV, TSV, spreadsheets, Parquet), folders and patterns of them, or URLs of databases, in the order they
        were exported.
    mapping : Mapping
        Which column means what.
    days : pair of date, optional
        The first and the last day that can be meant; rows of other days are set aside.
    timezone : str
        Where a moment with an offset has its day, unless the mapping says it.
    rejects : Path, optional
        The folder for the rows that cannot be read; else that of the first file. Files named as what an earlier import
        has set aside are left out.
    members, channels : sequence of str
        The names that the plan has: a name that differs in blanks, width and case only is taken for one of them.
    hours_from : date, optional
        The first day of which the hours of calls and mails are counted in a log of more than a million rows, which
        takes time; in others, or without it, they are counted of all days.
    progress : callable, optional
        Called every half second with how far the import is, in words.

    Returns
    -------
    Import
        Facts, control totals and the rows set aside.

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
    given = expanded(files, KNOWN)
    exports = [file for file in given.files if not holds_rejects(file)]
    if files and not exports:
        raise UnreadableData("source_only_rejects", file=shown(files[0]))
    strangers = {file for file in given.found if not any(belongs(file, group) for group in mapping.files.values())}
    if len(strangers) < len(exports):
        exports = [file for file in exports if file not in strangers]
    else:
        strangers = set()
    terms = Terms(
        mapping.timezone or timezone,
        *(days or (Terms.first, Terms.last)),
        hashed=mapping.covers == "added",
        hours_from=hours_from,
        members=Names(members, mapping.members),
        channels=Names(channels, mapping.channels),
    )
    with desk(exports) as on, paced(on, progress):
        found = _imported(on, mapping, terms, rejects)
        again = _misread(on, whole=found is not None)
    if again:
        if found:
            found.rejects.drop()
        with desk(exports, again) as on, paced(on, progress):
            found = _imported(on, mapping, terms, rejects)
    if found is None:
        raise UnreadableData("source_records", file=shown(exports[0]))
    if strangers:
        names = texts.say("join").join(sorted(map(shown, strangers))[:_NAMED])
        found = replace(found, notes=(*found.notes, ("strangers", {"files": len(strangers), "names": names})))
    return found


def as_facts(counts: "pd.DataFrame") -> "pd.DataFrame":
    """Sum up records, or facts, per day, member, channel, event and source; what was cancelled is an order the less.

    The names are codes.
    """
    counts = together([counts])
    if CANCELLED in counts["event"].cat.categories:
        event = counts["event"].astype(str)
        counts = counts.assign(event=in_codes(event.where(event != CANCELLED, WON)))
    return summed(counts, FACT_KEYS, FACT_MEASURES)


def _imported(on: Desk, mapping: Mapping, terms: Terms, rejects: Path | None) -> Import | None:
    """Import the files on the desk; None where DuckDB has read other records from a file than it has."""
    for file in on.files:
        _at_home(file, mapping)
    looks = [look for rule in mapping.rules if (look := _look(on, mapping, rule, terms)) is not None]
    if not looks:
        raise UnreadableData("source_no_events", file=shown(on.files[0]), mapping=mapping.path.name)
    if not all(whole(look) for look in looks):
        return None
    coverage, totals, notes = tuple(map(_coverage, looks)), tuple(controls(looks)), tuple(_notes(looks))
    hours = together([hours_in(look.counted.counts, ids=look.terms.ids) for look in looks])
    used = together([_used(look, mapping.source) for look in looks])
    odd = [(look.rows, look.counted.aside) for look in looks if look.counted.aside is not None]
    del looks  # of which the counts are as large as all that follows
    deals, of_deals = list_deals(on, mapping, terms)
    with_id = used["id"] != ""
    first = next((file for file in on.files if not is_url(file)), on.files[0])
    told = (
        *broken_rows(chain.from_iterable(on.opened.values())),
        *(row for rows, aside in odd for row in unread_rows(rows, aside)),
    )
    return Import(
        mapping=mapping,
        source=mapping.source,
        records=_in_order(in_words(used.loc[with_id, list(RECORD_COLUMNS)])),
        loose=as_facts(used[~with_id] if with_id.any() else used),
        coverage=coverage,
        controls=totals,
        rejects=collect(first, told, rejects),
        notes=(*_placed(on), *notes, *of_deals, *_names(terms, used)),
        deals=deals,
        hours=hours,
    )


def _in_order(records: "pd.DataFrame") -> "pd.DataFrame":
    """Return records by day, event and id: DuckDB gives them in another order each time."""
    return records.sort_values(["date", "event", "id", "member"], kind="stable", ignore_index=True)


def _misread(on: Desk, *, whole: bool) -> frozenset[Path]:
    """Return the files that must be split here: those with rows that DuckDB cannot split, or has split otherwise."""
    broken = on.irregular_files()
    plain = {Path(file) for (file, _), sources in on.opened.items() if any(source.plain for source in sources)}
    found = {file for file in plain if os.path.realpath(file) in broken}
    return frozenset(found if found or (whole and not broken) else plain)


def _at_home(file: str | Path, mapping: Mapping) -> None:
    if not is_url(file) and not Path(file).is_file():
        raise UnreadableData("source_special" if Path(file).exists() else "source_missing", file=file)
    if not any(belongs(file, group) for group in mapping.files.values()):
        known = "; ".join(
            f"{name}: {group.table or group.query or ', '.join(group.match)}" for name, group in mapping.files.items()
        )
        raise UnreadableData("source_no_group", file=shown(file), mapping=mapping.path.name, known=known)


def _look(on: Desk, mapping: Mapping, rule: Rule, terms: Terms) -> Look | None:
    import duckdb  # noqa: PLC0415

    ids = mapping.covers not in ("days", "span") and (rule.id is not None or terms.hashed)
    own = replace(terms, ids=ids)
    try:
        rows = open_rows(on, mapping, rule.files)
        if rows is None:
            return None
        many = sum(source.records for source in rows.sources)
        if ids and many > _MOST_IDS:
            raise UnreadableData("source_ids", file=rows.sources[0].name, most=_MOST_IDS)
        own = own if many > _MANY else replace(own, hours_from=None)
        return Look(rule, rows, own, count(rule, rows, own))
    except duckdb.Error as error:
        names = ", ".join(shown(file) for file in on.files if belongs(file, mapping.files[rule.files]))
        raise UnreadableData("source_unreadable", file=names, reason=str(error).splitlines()[0]) from error


def _used(look: Look, source: str) -> "pd.DataFrame":
    """Return what counts, by `RECORD_COLUMNS`; an order with a negative amount is one the less."""
    counts = look.counted.counts
    used = counts.loc[counts.STATUS == "used", ["DAY", *(name.upper() for name in RECORD_COLUMNS[4:]), *_MORE]]
    used = used.rename(columns={"DAY": "date"}).rename(columns=str.lower)
    lost = used["event"] == CANCELLED
    back = ((used["event"] == WON) & used["back"]) | lost
    number = used["count"].where(~back, -used["count"])
    frame: pd.DataFrame = used.assign(
        source=one_name(source, len(used)),
        id=used["id"].fillna("") if look.terms.ids else "",
        count=number.astype("int64") if bool((number % 1 == 0).all()) else number,
        amount=used["amount"].where(~lost, -used["amount"].abs()),
    )
    return frame[list(RECORD_COLUMNS)]


def _coverage(look: Look) -> Coverage:
    counts = look.counted.counts
    ids = counts.ID.dropna() if look.terms.ids else counts.ID[:0]
    fixed = look.rule.event.column is None
    found = {look.rule.event.fixed} if fixed else {*look.rule.event.values.values(), *counts.EVENT.unique()}
    dated = counts.loc[counts.DAY.notna(), ["DAY", "MEMBER", "ID"]].rename(columns={"DAY": "date", "MEMBER": "member"})
    return Coverage(
        events=frozenset(found & set(EVENTS)),
        ids=frozenset(ids[ids != ""]),
        days=_days_of(look.terms, dated),
        loose_days=_days_of(look.terms, dated[dated.ID.isna()]),
    )


def _days_of(terms: Terms, dated: "pd.DataFrame") -> "pd.DataFrame":
    """Return each day of each member once, also under the name that an import which did not know better has kept."""
    import pandas as pd  # noqa: PLC0415

    days = in_words(dated[["date", "member"]].drop_duplicates())
    former = (days[days.member == now].assign(member=was) for was, now in terms.members.renamed.items())
    return pd.concat([days, *former]).drop_duplicates()


def _placed(on: Desk) -> Iterator[tuple[str, dict[str, object]]]:
    """Say where in the files the rows were found, where that is not plain to see."""
    for sources in on.opened.values():
        for source in sources:
            yield from source.notes


def _notes(looks: Sequence[Look]) -> Iterator[tuple[str, dict[str, object]]]:
    yield from {str(note): note for look in looks for note in look.rows.notes}.values()
    for look in looks:
        counts = look.counted.counts
        word = scale_word(look.rule.amount)
        if word:
            yield "scaled", {"column": look.rule.amount, "unit": word}
        unit = unit_of(look.rule.minutes, look.rule.minutes_unit)
        if look.rule.minutes and unit != "minutes" and look.rule.minutes_unit is None:
            yield "timed", {"column": look.rule.minutes, "unit": texts.say(f"import.unit_{unit}")}
        days = look.counted.days
        if days and days.order:
            yield "date_order", {"column": look.rule.occurred_at, "order": days.order, "given": days.because}
        if look.rule.share:
            key = "shared_whole" if look.rule.share_amounts else "shared_parts"
            yield key, {"column": look.rule.share, "amount": look.rule.amount or look.rule.share}
        yield from _uneven(look)
        yield from _never(look)
        back = counts[(counts.STATUS == "used") & (counts.EVENT == WON) & counts.BACK]
        if len(back):
            yield "taken_back", {"rows": int(back.N.sum()), "amount": float(back.AMOUNT.sum())}


def _uneven(look: Look) -> Iterator[tuple[str, dict[str, object]]]:
    """Say of which ids the shares do not add up to a whole."""
    if look.rule.share is None or look.rule.count is not None:
        return
    used = look.counted.counts[look.counted.counts.STATUS == "used"].dropna(subset="ID")
    parts = used.groupby(["ID", "EVENT"], observed=True).COUNT.sum()
    apart = parts[(parts - 1).abs() > _ROUNDING]
    if len(apart):
        yield "uneven_shares", {"rows": len(apart), "id": apart.index[0][0], "sum": float(apart.iloc[0])}


def _never(look: Look) -> Iterator[tuple[str, dict[str, object]]]:
    """Say of a `where` that takes no row at all which values its column has."""
    rule, counts = look.rule, look.counted.counts
    if not rule.where or (counts.STATUS != "other").any() or not len(counts):
        return
    for column, values in rule.where.items():
        given = look.rows.table[look.rows.column(column)].cast("string")
        told = given.name("GIVEN").as_table().distinct().order_by("GIVEN").limit(_NAMED).to_pyarrow()["GIVEN"]
        known = [text for text in told.to_pylist() if text]
        if not {plain(text) for text in known} & set(map(plain, values)):
            event = texts.section("event").get(rule.event.fixed, rule.event.column or "")
            listed = {"values": ", ".join(values[:_NAMED]), "known": ", ".join(known)}
            yield "never", {"event": event, "column": column, **listed}
            return


def _names(terms: Terms, used: "pd.DataFrame") -> Iterator[tuple[str, dict[str, object]]]:
    """Say which names were taken for one of the plan's, and which are near to one."""
    for by, names in (("member", terms.members), ("channel", terms.channels)):
        if names.folded:
            told = [f"{was} → {now}" for was, now in sorted(names.folded.items())[:_NAMED]]
            yield f"folded_{by}", {"names": texts.say("join").join(told)}
        dashes = sorted(was for was, now in names.renamed.items() if not now)
        if dashes:
            yield f"nameless_{by}", {"given": texts.say("join").join(dashes)}
        strangers = [name for name in used[by].unique() if name and name not in names.known]
        for name in strangers[:_NAMED] if names.known else ():
            near = nearest(name, names.known)
            if near is not None:
                yield f"near_{by}", {"name": name, "near": near}
