"""What Ibis has no word for: functions of DuckDB, and functions of Python within a query."""

import datetime as dt
from collections.abc import Callable
from functools import cache
from inspect import Parameter, Signature
from typing import Any

__all__ = ["hash_of", "local_time", "strlen", "try_strptime", "where", "whether"]


def where(condition: Any, value: Any) -> Any:
    """Return a value where a condition holds, else null."""
    import ibis  # noqa: PLC0415

    return ibis.ifelse(condition, value, ibis.null(value.type()))


def whether(read: Callable[[list[str]], list[bool]]) -> Any:
    """Return a function of the query that asks Python yes or no, once per distinct text of a batch."""
    import ibis  # noqa: PLC0415
    import pyarrow as pa  # noqa: PLC0415

    def ask(batch: Any) -> Any:
        batch = batch.combine_chunks() if isinstance(batch, pa.ChunkedArray) else batch
        coded = batch.dictionary_encode()
        answers = pa.array(read(coded.dictionary.to_pylist()), pa.bool_())
        return answers.take(coded.indices)

    return ibis.udf.scalar.pyarrow(ask, signature=(("string",), "bool"))


def hash_of(*cells: Any) -> Any:
    """Return DuckDB's `hash` of cells, as they are stored."""
    return _hash(tuple(cell.type() for cell in cells))(*cells)


def local_time(timezone: str, given: Any) -> Any:
    """Return the day and time of a moment in a time zone."""
    import ibis  # noqa: PLC0415

    def timezone_(zone: str, moment: dt.datetime) -> dt.datetime:  # type: ignore[empty-body]
        ...

    at = ibis.udf.scalar.builtin(timezone_, name="timezone", signature=(("string", "timestamp('UTC')"), "timestamp"))
    return at(timezone, given)


def strlen(given: Any) -> Any:
    """Return of how many bytes a text is."""
    import ibis  # noqa: PLC0415

    def strlen(text: str) -> int:  # type: ignore[empty-body]
        ...

    return ibis.udf.scalar.builtin(strlen, signature=(("string",), "int64"))(given)


def try_strptime(given: Any, form: str) -> Any:
    """Return the day and time that a text tells in a form such as ``%Y-%m-%d``; null where it has another."""
    import ibis  # noqa: PLC0415

    def try_strptime(text: str, form: str) -> dt.datetime:  # type: ignore[empty-body]
        ...

    return ibis.udf.scalar.builtin(try_strptime, signature=(("string", "string"), "timestamp"))(given, form)


@cache
def _hash(kinds: tuple[Any, ...]) -> Any:
    import ibis  # noqa: PLC0415

    def hash(*cells: object) -> None: ...

    cells = [Parameter(f"cell{number}", Parameter.POSITIONAL_OR_KEYWORD) for number in range(len(kinds))]
    hash.__signature__ = Signature(cells)  # type: ignore[attr-defined]
    return ibis.udf.scalar.builtin(hash, signature=(kinds, "uint64"))
