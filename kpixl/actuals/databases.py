"""What does a table of a database hold, or what does it answer to a question?

Its cells are brought here as they are stored, in one stream, and are read like those of a file: no database parses text
for us. Files of SQLite and DuckDB are opened to be read only, and a DuckDB file can reach nothing outside itself.
"""

import os
import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, quote, unquote, urlsplit, urlunsplit

from kpixl.actuals.headings import hint
from kpixl.errors import UnreadableData

__all__ = ["Query", "is_url", "pull", "refuse_secret", "shown_url"]

_ROWS = 50_000
_EXTRAS = {"postgres": "kpixl[postgres]", "postgresql": "kpixl[postgres]", "pyspark": "kpixl[spark]"}
_ZONE = "spark.sql.session.timeZone"
_SILENT = {"spark.ui.enabled": "false", "spark.ui.showConsoleProgress": "false"}
_CLOSED = r"pass|pwd|token|secret|key|credential"  # of what a URL asks for
_INSIDE: dict[str, Any] = {  # what a DuckDB file may do when it is opened
    "enable_external_access": "false",
    "autoinstall_known_extensions": "false",
    "autoload_known_extensions": "false",
}


class Query(str):
    """A question in the SQL of a database, in place of the name of a table."""


def is_url(file: object) -> bool:
    """Say whether `file` names a database."""
    return isinstance(file, str) and re.match(r"[a-z][a-z0-9+]*://", file, re.IGNORECASE) is not None


def shown_url(url: str) -> str:
    """Return how a database is named to the user: never with what stands before the host.

    >>> shown_url("postgres://kato:se/cr@t@localhost:5432/crm")
    'postgres://localhost:5432/crm'
    """
    scheme, _, rest = url.partition("://")
    return f"{scheme}://{rest.rpartition('@')[2].partition('?')[0]}"


def refuse_secret(url: str) -> None:
    """Refuse a URL that holds a password, as it is to be written down.

    Raises
    ------
    UnreadableData
        With where the password belongs instead.
    """
    parts = urlsplit(url)
    asked = any(re.search(_CLOSED, name, re.IGNORECASE) for name, _ in parse_qsl(parts.query, keep_blank_values=True))
    if ":" in parts.netloc.rpartition("@")[0] or asked:
        raise UnreadableData("source_secret", url=shown_url(url), account=_account(url))


def _account(url: str) -> str:
    """Return under which name a keyring has the password for a database: user@host/database.

    >>> _account("postgres://kato:secret@db.example.com:5432/crm")
    'kato@db.example.com:5432/crm'
    """
    parts = urlsplit(url)
    user, _, host = parts.netloc.rpartition("@")
    return f"{unquote(user.partition(':')[0])}@{host}{parts.path}".removeprefix("@")


def _with_password(url: str) -> str:
    """Return the URL with the password that the keyring has for it, unless something else says one."""
    parts = urlsplit(url)
    user, _, host = parts.netloc.rpartition("@")
    if not user or ":" in user or os.environ.get("PGPASSWORD"):
        return url
    try:
        import keyring  # noqa: PLC0415 - an extra

        password = keyring.get_password("kpixl", _account(url))
    except Exception:  # not installed, or none that can be asked here: the database says if it needs a password
        return url
    return url if not password else urlunsplit(parts._replace(netloc=f"{user}:{quote(password, safe='')}@{host}"))


def pull(url: str, table: str, here: Any, name: str) -> tuple[str, ...]:
    """Copy a table, or the answer to a `Query`, into the embedded DuckDB connection `here` under `name`.

    Returns
    -------
    tuple of str
        Its headings.

    Raises
    ------
    UnreadableData
        When the database cannot be reached or has no such table, or the query asks for more than an answer.
    """
    scheme = url.partition("://")[0].lower()
    if scheme not in ("sqlite", "duckdb"):
        url = _with_password(url)
    if isinstance(table, Query):
        _must_only_ask(table, scheme)
    copies = {"sqlite": _from_sqlite, "duckdb": _from_duckdb, "pyspark": _from_spark}
    try:
        return copies.get(scheme, _from_elsewhere)(url, table, here, name)
    except (UnreadableData, MemoryError):
        raise
    except ImportError as error:
        extra = _EXTRAS.get(scheme, f"ibis-framework[{scheme}]")
        raise UnreadableData("source_extra", url=shown_url(url), extra=extra, reason=error.name or error) from None
    except Exception as error:  # every driver has its own
        # from None, as the driver's own words may hold the password
        raise UnreadableData("source_database", url=shown_url(url), reason=_harmless(str(error), url)) from None


def _from_sqlite(url: str, table: str, here: Any, name: str) -> tuple[str, ...]:
    place = f"{_file(url).as_uri()}?mode=ro"
    with closing(sqlite3.connect(place, uri=True, check_same_thread=False)) as connection:  # DuckDB asks from its own
        found = connection.execute("SELECT name FROM sqlite_master WHERE type IN ('table', 'view')")
        _known(url, table, [row[0] for row in found])
        return _keep_as_text(connection.execute(_asked(table)), here, name)


def _from_duckdb(url: str, table: str, here: Any, name: str) -> tuple[str, ...]:
    import duckdb  # noqa: PLC0415

    with duckdb.connect(str(_file(url)), read_only=True, config=_INSIDE) as connection:
        found = connection.execute("SELECT table_name FROM information_schema.tables").fetchall()
        _known(url, table, [row[0] for row in found])
        answer = connection.sql(_asked(table))
        _keep(answer.to_arrow_reader(_ROWS), here, name)
        return tuple(answer.columns)


def _from_elsewhere(url: str, table: str, here: Any, name: str) -> tuple[str, ...]:
    import ibis  # noqa: PLC0415 - half a second that only an import should cost

    connection = ibis.connect(url)
    try:
        _known(url, table, list(connection.list_tables()))
        if isinstance(table, Query):
            return _keep_as_text(connection.raw_sql(str(table)), here, name)
        found = connection.table(table)
        _keep(found.to_pyarrow_batches(chunk_size=_ROWS), here, name)
        return tuple(found.columns)
    finally:
        connection.disconnect()


def _from_spark(url: str, table: str, here: Any, name: str) -> tuple[str, ...]:
    """Copy a table of the Spark session that this process has, which goes on as it was, or of one that is started."""
    import ibis  # noqa: PLC0415
    from pyspark.sql import SparkSession  # noqa: PLC0415 - an extra

    running = SparkSession.getActiveSession()
    session = running or SparkSession.builder.config(map=_spark_options(url)).getOrCreate()
    zone = session.conf.get(_ZONE)
    try:
        connection = ibis.pyspark.connect(session)
        _known(url, table, list(connection.list_tables()))
        asked = str(table) if isinstance(table, Query) else ibis.to_sql(connection.table(table))
        found = connection.raw_sql(asked).toArrow()  # Ibis takes the way over pandas
        _keep(found.to_reader(_ROWS), here, name)
        return tuple(found.column_names)
    finally:
        if running is None:
            session.stop()
        else:
            session.conf.set(_ZONE, zone)  # Ibis asks in UTC


def _spark_options(url: str) -> dict[str, str]:
    """Return how a session of Spark is started: as the URL says, and without a word on the terminal.

    >>> _spark_options("pyspark:///data/warehouse?spark.master=local[2]")["spark.master"]
    'local[2]'
    """
    parts = urlsplit(url)
    folder = {"spark.sql.warehouse.dir": unquote(parts.path)} if parts.path.strip("/") else {}
    return {"spark.app.name": "kpixl", **_SILENT, **folder, **dict(parse_qsl(parts.query))}


def _keep(batches: Any, here: Any, name: str) -> None:
    """Write a stream of Arrow batches into a table, its columns named by their place."""
    import pyarrow as pa  # noqa: PLC0415

    named = pa.schema([field.with_name(f"c{place}") for place, field in enumerate(batches.schema)])
    stream = pa.RecordBatchReader.from_batches(named, (batch.rename_columns(named.names) for batch in batches))
    here.register(f"{name}_stream", stream)
    here.execute(f"CREATE TABLE {name} AS FROM {name}_stream")
    here.unregister(f"{name}_stream")


def _keep_as_text(rows: Any, here: Any, name: str) -> tuple[str, ...]:
    """Write what a cursor answers into a table of texts; return its headings."""
    import pyarrow as pa  # noqa: PLC0415

    headings = tuple(column[0] for column in rows.description)
    schema = pa.schema([(f"c{place}", pa.string()) for place in range(len(headings))])

    def batches() -> Iterator[Any]:
        while chunk := rows.fetchmany(_ROWS):
            cells = [[_text(cell) for cell in column] for column in zip(*chunk, strict=True)]
            yield pa.record_batch([pa.array(column, pa.string()) for column in cells], schema=schema)

    _keep(pa.RecordBatchReader.from_batches(schema, batches()), here, name)
    return headings


def _file(url: str) -> Path:
    """Return the file of an embedded database, which must be there: a mistyped name must not make an empty one."""
    rest = unquote(url.partition("://")[2].partition("?")[0])
    path = Path(rest[1:] if re.match(r"/[A-Za-z]:", rest) else rest).absolute()
    if not path.is_file():
        raise UnreadableData("source_missing", file=rest)
    return path


def _must_only_ask(query: Query, scheme: str) -> None:
    """Refuse what does anything but ask: a mapping may have come with somebody else's workbook."""
    import sqlglot  # noqa: PLC0415 - Ibis brings it
    from sqlglot import errors, exp  # noqa: PLC0415

    dialect = {"pyspark": "spark", "postgresql": "postgres"}.get(scheme, scheme)
    try:
        asked = sqlglot.parse(query, read=dialect if dialect in sqlglot.Dialect.classes else None)
    except errors.SqlglotError as error:
        raise UnreadableData("source_query", reason=" ".join(str(error).split())[:200]) from None
    [only, *more] = asked or [None]
    does = (exp.Into, exp.DML, exp.DDL, exp.Command)
    if more or not isinstance(only, exp.Query) or only.find(*does):
        raise UnreadableData("source_query", reason="SELECT … FROM …")


def _asked(table: str) -> str:
    return str(table) if isinstance(table, Query) else f"SELECT * FROM {_quoted(table)}"  # noqa: S608 - quoted


def _known(url: str, table: str, known: list[str]) -> None:
    if not isinstance(table, Query) and table not in known:
        names = ", ".join(sorted(known))
        raise UnreadableData(
            "source_missing_table", url=shown_url(url), table=table, known=names, hint=hint(table, known)
        )


def _text(cell: object) -> str | None:
    """Return a stored cell as text; a number keeps all its digits."""
    if cell is None or isinstance(cell, str):
        return cell
    return cell.decode("utf-8", "replace") if isinstance(cell, bytes) else str(cell)


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _harmless(reason: str, url: str) -> str:
    """Return a driver's words, in one line, without anything that stands before the host of the URL."""
    secret = url.partition("://")[2].rpartition("@")[0]
    parts = {secret, *secret.split(":", 1), *re.split(r"[:/@]", secret)}
    for part in sorted({*parts, *map(unquote, parts)}, key=len, reverse=True):
        if part:
            reason = reason.replace(part, "***")
    return " ".join(reason.split())[:300]
