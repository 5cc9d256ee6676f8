"""Where does it come from?

Opens files and database tables as Ibis tables, so that one expression counts a CSV on this machine and a log too large
for it. Text files are read as text, in one stream; what a cell means is decided later.
"""

import fnmatch
import tempfile
import warnings
from collections import Counter
from collections.abc import Iterator, Sequence
from collections.abc import Mapping as Lookup
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import reduce
from hashlib import file_digest
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from kpixl.actuals.headings import hint, plain
from kpixl.actuals.mapping import Files, Join, Mapping
from kpixl.errors import UnreadableData
from kpixl.files.text import TextFile, read_text

__all__ = ["Desk", "Rows", "Source", "belongs", "desk", "open_rows", "shown"]

_TEXT = (".csv", ".tsv", ".txt")
_PARQUET = (".parquet",)
_MEMORY = "1GB"  # beyond it DuckDB spills to the folder of the desk


@dataclass(frozen=True)
class Source:
    """One open file or database table, as it is named to the user; the columns of `table` are in plain form."""

    name: str
    table: Any
    headings: tuple[str, ...]
    text: TextFile | None = None


@dataclass(frozen=True)
class Rows:
    """All rows of a group of files.

    Attributes
    ----------
    table : Ibis table
        The rows, with FILE (place in `sources`) and RECORD (from 1 within a file; to ask for it makes reading
        sequential). Columns of files have names of their own, so that none collides with what is computed from them.
    sources : tuple of Source
        The files.
    columns : Mapping of str to str
        Heading in plain form to column of `table`.
    joined : Mapping of str to str
        The same for the columns of joined groups, as ``leads.origin``.
    keep_identical : bool
        Whether rows alike in one file are separate events.
    """

    table: Any
    sources: tuple[Source, ...]
    columns: Lookup[str, str]
    joined: Lookup[str, str] = field(default_factory=dict)
    keep_identical: bool = False

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
        # Ibis 12 still asks DuckDB 2 for Arrow, and pandas 3 for text, by their old names
        warnings.filterwarnings("ignore", "fetch_arrow_table", DeprecationWarning)
        warnings.filterwarnings("ignore", ".*future.infer_string", Warning)
        connection = ibis.duckdb.connect(temp_directory=folder, memory_limit=_MEMORY, preserve_insertion_order=False)
        try:
            yield Desk(connection, Path(folder), _different(files))
        finally:
            connection.disconnect()


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
    if group not in on.opened:
        on.opened[group] = _open(on, files)
    sources = on.opened[group]
    if not sources:
        return None
    names = dict.fromkeys(name for source in sources for name in source.table.columns)
    columns = {name: f"c{place}" for place, name in enumerate(names)}
    table = _stacked(sources, columns)
    rows = Rows(table, tuple(sources), columns, keep_identical=files.keep_identical)
    for place, join in enumerate(files.joins):
        rows = _joined(on, mapping, rows, join, f"j{place}")
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
    mine = [file for file in on.files if belongs(file, files)]
    return [_open_table(str(file), files) if _is_url(file) else _open_file(on, file) for file in mine]


def _different(files: Sequence[str | Path]) -> tuple[str | Path, ...]:
    """Leave out files whose bytes are those of an earlier one: the same export given twice counts once."""
    kept: dict[object, str | Path] = {}
    sizes = Counter(_size(file) for file in files)
    for file in files:
        kept.setdefault(_sha256(Path(file)) if sizes[_size(file)] > 1 and _size(file) >= 0 else str(file), file)
    return tuple(kept.values())


def _size(file: str | Path) -> int:
    return Path(file).stat().st_size if not _is_url(file) and Path(file).is_file() else -1


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return file_digest(file, "sha256").hexdigest()


def _is_url(file: str | Path) -> bool:
    return isinstance(file, str) and "://" in file


def _open_file(on: Desk, given: str | Path) -> Source:
    path = Path(given)
    alike = [file for file in on.files if shown(file) == path.name and Path(file) != path]
    name = str(path) if alike else path.name
    try:
        if path.suffix.lower() in _PARQUET:
            return _named(name, on.duckdb.read_parquet(path))
        if path.suffix.lower() not in _TEXT:
            raise UnreadableData("source_kind", file=path.name, known=", ".join(_TEXT + _PARQUET))
        text = read_text(path, on.folder / f"{on.files.index(given)}.csv")
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
    return Source(name, table, text.headings, text)


def _open_table(url: str, files: Files) -> Source:
    import ibis  # noqa: PLC0415

    try:
        connection = ibis.connect(url)
        known = _tables(connection)
    except Exception as error:  # every driver has its own
        reason = str(error).replace(url, shown(url)).replace(urlsplit(url).password or url, "***")
        raise UnreadableData("source_database", url=shown(url), reason=reason) from error
    if files.table not in known:
        name = str(files.table)
        raise UnreadableData(
            "source_missing_table", url=shown(url), table=name, known=", ".join(known), hint=hint(name, known)
        )
    return _named(f"{shown(url)} {files.table}", connection.table(files.table))


def _tables(connection: Any) -> list[str]:
    if connection.name != "duckdb":
        return list(connection.list_tables())
    # Ibis 12 asks DuckDB 2 for them in a way that is gone
    return [name for (name,) in connection.raw_sql("SELECT table_name FROM information_schema.tables").fetchall()]


def _named(name: str, table: Any) -> Source:
    headings = tuple(table.columns)
    return Source(name, table.rename(dict(zip(_distinct(headings), headings, strict=True))), headings)


def _distinct(headings: Sequence[str]) -> list[str]:
    """Name columns by their headings in plain form; blank and repeated ones by their place."""
    names: list[str] = []
    for place, heading in enumerate(map(plain, headings), 1):
        names.append(heading if heading and heading not in names else f"{heading}({place})")
    return names


def _stacked(sources: Sequence[Source], columns: Lookup[str, str]) -> Any:
    import ibis  # noqa: PLC0415

    alike = len({source.table.schema() for source in sources}) == 1
    stack = []
    for number, source in enumerate(sources):
        cells = {name: source.table[name] for name in source.table.columns}
        if not alike:
            blank = dict.fromkeys(columns, ibis.null("string"))
            cells = blank | {name: cell.cast("string") for name, cell in cells.items()}
        named = {columns[name]: cell for name, cell in cells.items()}
        place = {"FILE": ibis.literal(number, "int32"), "RECORD": ibis.row_number() + 1}
        stack.append(source.table.select(**named, **place))
    return reduce(lambda one, other: one.union(other), stack)


def _joined(on: Desk, mapping: Mapping, rows: Rows, join: Join, prefix: str) -> Rows:
    others = open_rows(on, mapping, join.files)
    if others is None:
        raise UnreadableData("source_join_missing", file=rows.sources[0].name, joined=join.files)
    ours = rows.column(join.ours)
    key = others.column(join.theirs)
    table = others.table.select(*others.columns.values()).filter(lambda t: t[key].notnull()).distinct()
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
    table = table.rename({prefix + column: column for column in table.columns})
    found_there = {plain(f"{join.files}.{name}"): prefix + column for name, column in others.columns.items()}
    return replace(
        rows,
        table=rows.table.left_join(table, rows.table[ours] == table[prefix + key]),
        joined={**rows.joined, **found_there},
    )
