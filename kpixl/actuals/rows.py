"""All rows of a group of files: one below the other, with those of other groups joined to them.

Files of a group may have their columns in any order, and some more than others: what a file lacks is blank there.
"""

from collections.abc import Mapping as Lookup
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import reduce
from typing import Any

from kpixl.actuals.desk import Desk
from kpixl.actuals.headings import hint, plain
from kpixl.actuals.joins import partner_of, partnerless
from kpixl.actuals.mapping import Join, Mapping
from kpixl.actuals.records import LINE, SHARED
from kpixl.actuals.sources import Source, open_sources
from kpixl.errors import UnreadableData

__all__ = ["Rows", "open_rows"]


@dataclass(frozen=True)
class Rows:
    """All rows of a group of files.

    Attributes
    ----------
    table : Ibis table
        The rows, with FILE (place in `sources`) and RECORD (in the order of the file; to ask for it makes reading
        sequential). Columns of files have names of their own, so that none collides with what is computed from them.
    sources : tuple of Source
        The files.
    columns : Mapping of str to str
        Heading in plain form to column of `table`.
    joined : Mapping of str to str
        The same for the columns of joined groups, as ``leads.origin``.
    keep_identical : bool
        Whether rows alike in one file are separate events.
    notes : tuple of (str, dict)
        What should be said of how files were joined.
    """

    table: Any
    sources: tuple[Source, ...]
    columns: Lookup[str, str]
    joined: Lookup[str, str] = field(default_factory=dict)
    keep_identical: bool = False
    notes: tuple[tuple[str, dict[str, object]], ...] = ()

    def column(self, heading: str) -> str:
        """Return the column of `table` that has this heading, in whatever width or case it is written.

        Raises
        ------
        UnreadableData
            If no column has the heading.
        """
        columns = {**self.joined, **self.columns}
        if plain(heading) in columns:
            return columns[plain(heading)]
        known = [*dict.fromkeys(name for source in self.sources for name in source.headings), *self.joined]
        raise UnreadableData(
            "source_missing_column",
            file=self.sources[0].name,
            column=heading,
            known=", ".join(known),
            hint=hint(heading, known),
        )

    def heading(self, column: str) -> str:
        """Return the heading of a column of `table`, as it is written."""
        name = next(name for name, own in {**self.joined, **self.columns}.items() if own == column)
        return next((head for source in self.sources for head in source.headings if plain(head) == name), name)


def open_rows(on: Desk, mapping: Mapping, group: str) -> Rows | None:
    """Open the rows of a group of files, with the groups joined to it.

    Parameters
    ----------
    on : Desk
        Where the files lie.
    mapping : Mapping
        What they hold.
    group : str
        The name of the group under `[files]`.

    Returns
    -------
    Rows or None
        The rows; None where none of the files belongs to the group.

    Raises
    ------
    UnreadableData
        If a file cannot be read, or a joined group is missing or has a key twice.
    """
    files = mapping.files[group]
    sources = open_sources(on, files, _wanted(mapping, group))
    if not sources:
        return None
    names = dict.fromkeys(name for source in sources for name in source.columns)
    columns = {name: f"c{place}" for place, name in enumerate(names)}
    table = _stacked(sources, columns)
    rows = Rows(table, tuple(sources), columns, keep_identical=files.keep_identical)
    for place, join in enumerate(files.joins):
        rows = _joined(on, mapping, rows, join, f"j{place}")
    return rows


def _wanted(mapping: Mapping, group: str) -> frozenset[str]:
    """Return the headings, in plain form, that the mapping names of a group of files."""
    named = {key for join in mapping.files[group].joins for key in (join.ours,)}
    named |= {join.theirs for files in mapping.files.values() for join in files.joins if join.files == group}
    for rule in mapping.rules:
        columns = (rule.occurred_at, rule.time, rule.event.column, rule.member.column, rule.channel.column, rule.id)
        told = (*columns, rule.lead, rule.count, rule.amount, rule.minutes, rule.share, *rule.where)
        if rule.files == group:
            named |= {column for column in told if column}
        named |= {column.removeprefix(f"{group}.") for column in told if column and column.startswith(f"{group}.")}
    if mapping.deals is not None and mapping.deals.rule.files == group:
        named |= mapping.deals.columns
    return frozenset(map(plain, named))


def _stacked(sources: Sequence[Source], columns: Lookup[str, str]) -> Any:
    import ibis  # noqa: PLC0415 - half a second that only an import should cost

    places: dict[int, list[int]] = {}  # of the sources that share a table
    for number, source in enumerate(sources):
        places.setdefault(id(source.table), []).append(number)
    firsts = [sources[numbers[0]] for numbers in places.values()]
    alike = len({source.table.select(*source.columns).schema() for source in firsts}) == 1
    stack = []
    for source, numbers in zip(firsts, places.values(), strict=True):
        cells = {name: source.table[name] for name in source.columns}
        if not alike:
            blank = dict.fromkeys(columns, ibis.null("string"))
            cells = blank | {name: cell.cast("string") for name, cell in cells.items()}
        named = {columns[name]: cell for name, cell in cells.items()}
        record = source.table[LINE].cast("int64") if LINE in source.table.columns else ibis.row_number() + 2
        file = ibis.literal(numbers[0], "int32") if source.shared is None else source.table[SHARED].cast("int32")
        table = source.table.select(**named, FILE=file, RECORD=record)
        stack.append(table if source.shared is None else _placed(table, {sources[at].shared: at for at in numbers}))
    while len(stack) > 1:  # in pairs: what is nested a thousand times cannot be taken apart
        stack = [reduce(lambda one, other: one.union(other), stack[at : at + 2]) for at in range(0, len(stack), 2)]
    return stack[0]


def _placed(table: Any, places: Lookup[int | None, int]) -> Any:
    """Give rows their place in the sources; those of files that belong to another group are left out."""
    import ibis  # noqa: PLC0415
    import pyarrow as pa  # noqa: PLC0415

    known = pa.table({"FILE": pa.array(places.keys(), pa.int32()), "AT": pa.array(places.values(), pa.int32())})
    return table.inner_join(ibis.memtable(known), "FILE").drop("FILE").rename(FILE="AT")


def _joined(on: Desk, mapping: Mapping, rows: Rows, join: Join, prefix: str) -> Rows:
    others = open_rows(on, mapping, join.files)
    if others is None:
        raise UnreadableData("source_join_missing", file=rows.sources[0].name, joined=join.files)
    ours, key = rows.column(join.ours), others.column(join.theirs)
    names = ", ".join(source.name for source in others.sources)
    table = partner_of(others.table.select(*others.columns.values()), key, join, names)
    notes = tuple(partnerless(rows.table[ours], table[key], join, rows.sources[0].name))
    table = table.rename({prefix + column: column for column in table.columns})
    found_there = {plain(f"{join.files}.{name}"): prefix + column for name, column in others.columns.items()}
    return replace(
        rows,
        table=rows.table.left_join(table, rows.table[ours] == table[prefix + key]),
        joined={**rows.joined, **found_there},
        notes=(*rows.notes, *notes),
    )
