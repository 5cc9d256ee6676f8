"""The days of more actuals than a sheet can show: a column store in text, which any spreadsheet keeps as it is.

The facts become a Parquet file (zstd), its bytes base64 and this pieces that fit into cells; the first piece says which
format it is and what the bytes must hash to, so that a piece that was changed or lost is noticed. To read them without
kpixl: put the pieces together from the second on, decode the base64, and open it as Parquet. What one person does on
one channel stands together there, and `gap` has the days since the row above (in the first row since 1 January 1970),
which are small numbers and take half the room that dates take.
"""

import base64
import binascii
import hashlib
import io
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from kpixl.actuals.events import FACT_KEYS, FACT_MEASURES
from kpixl.actuals.frames import NAMES, ordered, places

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["is_whole", "packed", "unpacked"]

_FORMAT, _BY_DATE = "kpixl-days-2", "kpixl-days-1"  # what is written, and what was before: dates, in their order
_PIECE = 8000  # characters; Excel takes no longer ones in one go from a program
_LEVEL = 9
_SECOND = 1e-6  # minutes times 60 that are so near to a whole number are seconds


def packed(facts: "pd.DataFrame") -> list[str]:
    """Return facts, of which no two have the same keys, as pieces of text.

    >>> import pandas as pd
    >>> one = {"member": ["佐藤"], "channel": [""], "event": ["call"], "source": ["cti"], "count": [2], "amount": [0.0]}
    >>> facts = pd.DataFrame({"date": pd.to_datetime(["2026-06-01"]).astype("datetime64[s]"), **one, "minutes": [1.5]})
    >>> unpacked(packed(facts))[["member", "count", "minutes"]].values.tolist()
    [['佐藤', 2.0, 1.5]]
    """
    import numpy as np  # noqa: PLC0415 - half a second, as what follows, that only much data should cost
    import pyarrow as pa  # noqa: PLC0415
    import pyarrow.parquet as pq  # noqa: PLC0415

    order = ordered(places(facts, [*_more(facts), "source", "event", "member", "channel", "date"]))
    stored = facts.take(order)
    days = stored["date"].to_numpy().astype("datetime64[D]").astype("int32")
    columns: dict[str, Any] = {"gap": pa.array(np.diff(days, prepend=np.int32(0)))}
    for name in stored.columns[1:]:
        columns[name] = _column(pa, name, stored[name])
    if "minutes" in columns and not pa.types.is_integer(columns["minutes"].type):
        seconds = (stored["minutes"] * 60).round()
        if ((stored["minutes"] * 60 - seconds).abs() < _SECOND).all():
            columns["seconds"] = pa.array(seconds.astype("int64"))
            del columns["minutes"]
    table, file = pa.table(columns), io.BytesIO()
    apart = [name for name in table.column_names if name not in NAMES and table.schema.field(name).type != pa.bool_()]
    pq.write_table(
        table,
        file,
        row_group_size=max(len(table), 1),
        use_dictionary=[name for name in NAMES if name in columns],
        column_encoding=dict.fromkeys(apart, "BYTE_STREAM_SPLIT"),
        compression="zstd",
        compression_level=_LEVEL,
    )
    held = file.getvalue()
    text = base64.b64encode(held).decode("ascii")
    head = f"{_FORMAT} {hashlib.sha256(held).hexdigest()}"
    return [head, *(text[start : start + _PIECE] for start in range(0, len(text), _PIECE))]


def unpacked(pieces: Sequence[str]) -> "pd.DataFrame | None":
    """Return the facts in pieces of text in the order of their keys, their names as codes.

    None where the pieces are not all there as they were.

    >>> unpacked([]) is None
    True
    """
    import pyarrow.parquet as pq  # noqa: PLC0415

    kind, held = _held(pieces)
    if held is None:
        return None
    table = pq.read_table(io.BytesIO(held), read_dictionary=[*NAMES])
    frame: pd.DataFrame = table.to_pandas(date_as_object=False)
    if kind == _FORMAT:
        frame["date"] = frame.pop("gap").cumsum().to_numpy("datetime64[D]")
    frame["date"] = frame["date"].astype("datetime64[s]")
    if "seconds" in frame:
        frame["minutes"] = frame.pop("seconds") / 60
    more = _more(frame)
    frame = frame.astype(dict.fromkeys(FACT_MEASURES, "float64"))[[*FACT_KEYS, *FACT_MEASURES, *more]]
    if kind == _FORMAT:
        frame = frame.take(ordered(places(frame, [*FACT_KEYS, *more]))).reset_index(drop=True)
    return frame


def is_whole(pieces: Sequence[str]) -> bool:
    """Say whether the pieces are all there as they were.

    >>> is_whole([])
    False
    """
    return _held(pieces)[1] is not None


def _held(pieces: Sequence[str]) -> tuple[str, bytes | None]:
    """Return the format of the pieces, and the bytes that they hold if these are as they were."""
    kind, _, hashed = (pieces[0] if pieces else "").partition(" ")
    try:
        held = base64.b64decode("".join(pieces[1:]), validate=True)
    except (binascii.Error, ValueError):
        return kind, None
    return kind, held if kind in (_FORMAT, _BY_DATE) and hashlib.sha256(held).hexdigest() == hashed else None


def _more(facts: "pd.DataFrame") -> list[str]:
    """Return the columns that facts have besides their own, which tell them apart as well."""
    return [str(name) for name in facts if name not in (*FACT_KEYS, *FACT_MEASURES, "seconds", "gap")]


def _column(pa: Any, name: str, values: "pd.Series") -> Any:
    if name in NAMES:
        return pa.array(values.astype("category"))
    if values.dtype.kind == "f" and (values % 1 == 0).all():
        return pa.array(values.astype("int64"))
    return pa.array(values)
