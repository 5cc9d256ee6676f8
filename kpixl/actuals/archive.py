"""The days of more actuals than a sheet can show: a column store in text, which any spreadsheet keeps as it is.

The facts become a Parquet file (zstd), its bytes base64 and this pieces that fit into cells; the first piece says which
format it is and what the bytes must hash to, so that a piece that was changed or lost is noticed. To read them without
kpixl: put the pieces together from the second on, decode the base64, and open it as Parquet.
"""

import base64
import binascii
import hashlib
import io
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from kpixl.actuals.frames import NAMES

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["packed", "unpacked"]

_FORMAT = "kpixl-days-1"
_PIECE = 8000  # characters; Excel takes no longer ones in one go from a program
_LEVEL = 9
_SECOND = 1e-6  # minutes times 60 that are so near to a whole number are seconds


def packed(facts: "pd.DataFrame") -> list[str]:
    """Return facts as pieces of text.

    >>> import pandas as pd
    >>> one = {"member": ["佐藤"], "channel": [""], "event": ["call"], "source": ["cti"], "count": [2], "amount": [0.0]}
    >>> facts = pd.DataFrame({"date": pd.to_datetime(["2026-06-01"]).astype("datetime64[s]"), **one, "minutes": [1.5]})
    >>> unpacked(packed(facts))[["member", "count", "minutes"]].values.tolist()
    [['佐藤', 2.0, 1.5]]
    """
    import pyarrow as pa  # noqa: PLC0415 - half a second that only much data should cost
    import pyarrow.parquet as pq  # noqa: PLC0415

    columns: dict[str, Any] = {"date": pa.array(facts["date"]).cast(pa.date32())}
    for name in facts.columns[1:]:
        columns[name] = _column(pa, name, facts[name])
    if "minutes" in columns and not pa.types.is_integer(columns["minutes"].type):
        seconds = (facts["minutes"] * 60).round()
        if ((facts["minutes"] * 60 - seconds).abs() < _SECOND).all():
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
    """Return the facts in pieces of text, their names as codes; None where the pieces are not all there as they were.

    >>> unpacked([]) is None
    True
    """
    import pyarrow.parquet as pq  # noqa: PLC0415

    kind, _, hashed = (pieces[0] if pieces else "").partition(" ")
    try:
        held = base64.b64decode("".join(pieces[1:]), validate=True)
    except (binascii.Error, ValueError):
        return None
    if kind != _FORMAT or hashlib.sha256(held).hexdigest() != hashed:
        return None
    names = [*NAMES]
    table = pq.read_table(io.BytesIO(held), read_dictionary=names)
    frame: pd.DataFrame = table.to_pandas(date_as_object=False)
    frame["date"] = frame["date"].astype("datetime64[s]")
    if "seconds" in frame:
        frame["minutes"] = frame.pop("seconds") / 60
    measures = dict.fromkeys(("count", "amount", "minutes"), "float64")
    order = ["date", "member", "channel", "event", "source", *measures]
    return frame.astype(measures)[[*order, *(name for name in frame if name not in order)]]


def _column(pa: Any, name: str, values: "pd.Series") -> Any:
    if name in NAMES:
        return pa.array(values.astype("category"))
    if values.dtype.kind == "f" and (values % 1 == 0).all():
        return pa.array(values.astype("int64"))
    return pa.array(values)
