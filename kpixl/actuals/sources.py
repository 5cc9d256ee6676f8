"""Where does it come from?

Opens files and database tables as Ibis tables, so that one expression counts a CSV on this machine and a log too large
for it. Text files are read as text, in one stream; what a cell means is decided later. Columns are named by their
headings in plain form (`headings.plain`), which is always lower case: a name in upper case is kpixl's own.
"""

import fnmatch
import tempfile
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import reduce
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from kpixl.actuals.encoding import TextFile, read_text, sha256
from kpixl.actuals.headings import hint, plain
from kpixl.actuals.mapping import Files, Join, Mapping
from kpixl.errors import UnreadableData

__all__ = ["Desk", "Rows", "Source", "belongs", "desk", "open_rows", "shown"]

_TEXT = (".csv", ".tsv", ".txt")
_PARQUET = (".parquet",)
_MEMORY = "1GB"  # beyond it DuckDB spills to the folder of the desk


@dataclass(frozen=True)
class Source:
    """One open file or database table: its `name` for the user, its fingerprint, its rows, its headings as written."""

    name: str
    table: Any
    headings: tuple[str, ...]
    sha256: str = ""
    text: TextFile | None = None


@dataclass(frozen=True)
class Rows:
    """All rows of a group of files: one Ibis `table` with FILE (place in `sources`) beside the columns."""

    table: Any
    sources: tuple[Source, ...]
    columns: tuple[str, ...]
    keep_identical: bool = False

    def column(self, heading: str) -> str:
        """Return the name in `table` of the column with this heading, in whatever width or case it is written.

        Raises
        ------
        UnreadableData
            If no column has the heading.
        """
        if plain(heading) in self.table.columns:
            return plain(heading)
        found = dict.fromkeys(name for source in self.sources for name in source.headings)
        joined = (name for name in self.table.columns if name.islower() and name not in map(plain, found))
        known = [*found, *(name for name in joined if "." in name)]
        raise UnreadableData(
            "source_missing_column",
            file=self.sources[0].name,
            column=heading,
            known=", ".join(known),
            hint=hint(heading, known),
        )


@dataclass(frozen=True)
class Desk:
    """Where an import works: an embedded DuckDB, a folder that is gone afterwards, and the files laid on it."""

    duckdb: Any
    folder: Path
    files: tuple[str | Path, ...]
    opened: dict[str, list[Source]] = field(default_factory=dict)


@contextmanager
def desk(files: Sequence[str | Path]) -> Iterator[Desk]:
    """Lay out `files` (paths, or URLs of databases) to work on."""
    import ibis  # noqa: PLC0415 - half a second that only an import should cost

    if not files:
        raise UnreadableData("source_none")
    with (
        tempfile.TemporaryDirectory(prefix="kpixl-", ignore_cleanup_errors=True) as folder,
        warnings.catch_warnings(),
    ):
        # Ibis 12 still asks DuckDB 2 for Arrow by the old name
        warnings.filterwarnings("ignore", "fetch_arrow_table", DeprecationWarning)
        connection = ibis.duckdb.connect(temp_directory=folder, memory_limit=_MEMORY)
        try:
            yield Desk(connection, Path(folder), tuple(files))
        finally:
            connection.disconnect()


def open_rows(on: Desk, mapping: Mapping, group: str, *, record: bool = False) -> Rows | None:
    """Open the rows of a group of files, with the groups joined to it.

    Parameters
    ----------
    on : Desk
        Where the files lie.
    mapping : Mapping
        What they hold.
    group : str
        The name of the group under `[files]`.
    record : bool
        Number the rows of each file in RECORD, from 1. This makes reading sequential.

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
    if group not in on.opened:
        on.opened[group] = _open(on, files)
    sources = on.opened[group]
    if not sources:
        return None
    columns = tuple(dict.fromkeys(name for source in sources for name in source.table.columns))
    rows = Rows(_stacked(sources, columns, record), tuple(sources), columns, files.keep_identical)
    for join in files.joins:
        rows = _joined(on, mapping, rows, join)
    return rows


def belongs(file: str | Path, files: Files) -> bool:
    """Say whether `file`, a path or a URL, belongs to the group."""
    if _is_url(file):
        return files.table is not None
    return any(fnmatch.fnmatchcase(plain(Path(file).name), plain(pattern)) for pattern in files.match)


def shown(file: str | Path) -> str:
    """Return how a file or database is named to the user: never with the password of a URL."""
    if not _is_url(file):
        return Path(file).name
    place = urlsplit(str(file))
    return f"{place.scheme}://{place.hostname or ''}{place.path}"


def _open(on: Desk, files: Files) -> list[Source]:
    sources: dict[str, Source] = {}
    for file in on.files:
        if belongs(file, files):
            source = _open_table(str(file), files) if _is_url(file) else _open_file(on, Path(file))
            sources.setdefault(source.sha256 or source.name, source)  # the same file given twice counts once
    return list(sources.values())


def _is_url(file: str | Path) -> bool:
    return isinstance(file, str) and "://" in file


def _open_file(on: Desk, path: Path) -> Source:
    alike = [file for file in on.files if shown(file) == path.name and Path(file) != path]
    name = str(path) if alike else path.name
    try:
        if path.suffix.lower() in _PARQUET:
            return _named(name, on.duckdb.read_parquet(path), sha256=sha256(path))
        if path.suffix.lower() not in _TEXT:
            raise UnreadableData("source_kind", file=path.name, known=", ".join(_TEXT + _PARQUET))
        text = read_text(path, on.folder)
    except OSError as error:
        raise UnreadableData("source_unreadable", file=path, reason=error.strerror or error) from error
    names = _distinct(text.headings)
    table = on.duckdb.read_csv(
        text.utf8,
        auto_detect=False,
        header=True,
        columns=dict.fromkeys(names, "VARCHAR"),
        delim=text.delimiter,
        quote='"',
        escape='"',
        store_rejects=True,
        rejects_limit=0,
    )
    return Source(name, table, text.headings, text.sha256, text)


def _open_table(url: str, files: Files) -> Source:
    import ibis  # noqa: PLC0415

    try:
        connection = ibis.connect(url)
        known = connection.list_tables()
    except Exception as error:  # every driver has its own
        raise UnreadableData("source_database", url=shown(url), reason=error) from error
    if files.table not in known:
        name = str(files.table)
        raise UnreadableData(
            "source_missing_table", url=shown(url), table=name, known=", ".join(known), hint=hint(name, known)
        )
    return _named(f"{shown(url)} {files.table}", connection.table(files.table))


def _named(name: str, table: Any, sha256: str = "") -> Source:
    headings = tuple(table.columns)
    return Source(name, table.rename(dict(zip(_distinct(headings), headings, strict=True))), headings, sha256)


def _distinct(headings: Sequence[str]) -> list[str]:
    """Name columns by their headings in plain form; blank and repeated ones by their place."""
    names: list[str] = []
    for place, heading in enumerate(map(plain, headings), 1):
        names.append(heading if heading and heading not in names else f"{heading}({place})")
    return names


def _stacked(sources: Sequence[Source], columns: Sequence[str], record: bool) -> Any:
    import ibis  # noqa: PLC0415

    alike = len({source.table.schema() for source in sources}) == 1
    stack = []
    for number, source in enumerate(sources):
        table = source.table
        if not alike:
            texts = {name: table[name].cast("string") for name in table.columns}
            table = table.select(**{name: texts.get(name, ibis.null("string")) for name in columns})
        table = table.mutate(FILE=ibis.literal(number, "int32"))
        stack.append(table.mutate(RECORD=ibis.row_number() + 1) if record else table)
    return reduce(lambda one, other: one.union(other), stack)


def _joined(on: Desk, mapping: Mapping, rows: Rows, join: Join) -> Rows:
    others = open_rows(on, mapping, join.files)
    if others is None:
        raise UnreadableData("source_join_missing", file=rows.sources[0].name, joined=join.files)
    ours = rows.column(join.ours)
    key = others.column(join.theirs)
    table = others.table.select(*others.columns).filter(lambda t: t[key].notnull()).distinct()
    twice = table.group_by(key).agg(TIMES=lambda t: t.count()).filter(lambda t: t.TIMES > 1)
    found = twice.order_by(key).limit(1).to_pyarrow().to_pylist()
    if found:
        raise UnreadableData(
            "source_join_twice",
            file=", ".join(source.name for source in others.sources),
            key=join.theirs,
            value=found[0][key],
            times=found[0]["TIMES"],
        )
    prefixed = table.rename({f"{plain(join.files)}.{name}": name for name in table.columns})
    table = rows.table.left_join(prefixed, rows.table[ours] == prefixed[f"{plain(join.files)}.{key}"])
    return replace(rows, table=table)
