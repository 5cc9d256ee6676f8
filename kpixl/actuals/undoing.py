"""What did the last import change, so that it can be taken back exactly?

A workbook's memory is a few frames, by name. What an import replaced is kept as a short text: of each frame before it,
the rows that are still there after it by their place, and only the others in full. Whatever has changed since then is
noticed, as the rows after the import are kept as a hash.
"""

import base64
import datetime as dt
import hashlib
import json
import zlib
from collections import defaultdict, deque
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from kpixl.actuals.undoing_many import are_many, facts_before, hash_of_many, what_was
from kpixl.errors import UnreadableData

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["changes", "taken_back"]

_Row = tuple[Any, ...]


def changes(before: "Mapping[str, pd.DataFrame]", after: "Mapping[str, pd.DataFrame]") -> str:
    """Return what has to be known to get the frames `before` an import out of those `after` it.

    Examples
    --------
    >>> import pandas as pd
    >>> june, july = pd.DataFrame({"id": ["a", "b"]}), pd.DataFrame({"id": ["b", "c"]})
    >>> taken_back(changes({"deals": june}, {"deals": july}), {"deals": july})["deals"]["id"].tolist()
    ['a', 'b']
    """
    told = {name: _told(frame, after[name]) for name, frame in before.items()}
    packed = zlib.compress(json.dumps(told, ensure_ascii=False, separators=(",", ":")).encode(), 9)
    return base64.b64encode(packed).decode("ascii")


def taken_back(text: str, now: "Mapping[str, pd.DataFrame]") -> "dict[str, pd.DataFrame]":
    """Return the frames from before the import, given those of `now`; a frame that the text does not know stays.

    Raises
    ------
    UnreadableData
        If nothing can be taken back, or a frame is no longer as the import left it.
    """
    if not text:
        raise UnreadableData("undo_nothing")
    try:
        told = json.loads(zlib.decompress(base64.b64decode(text)))
    except (ValueError, zlib.error) as error:
        raise UnreadableData("undo_changed") from error
    if not told.keys() <= now.keys() or any(_hash(now[name]) != one["now"] for name, one in told.items()):
        raise UnreadableData("undo_changed")
    return {**now, **{name: _restored(one["was"], now[name]) for name, one in told.items()}}


def _told(before: "pd.DataFrame", after: "pd.DataFrame") -> dict[str, Any]:
    """Return what is kept of a frame: the rows before, as far as they are not there after, and the hash of these."""
    if are_many(before) or are_many(after):
        return {"was": what_was(before, after), "now": _hash(after)}
    alike = [*map(_alike, _rows(after))]
    return {"was": _edits(_rows(before), alike), "now": _hash_of(alike)}


def _edits(before: list[_Row], after: list[_Row]) -> list[Any]:
    """Return the rows before: runs of rows that are there after as [first, how many], others as {"row": cells}.

    The rows `after` are given as `_alike` has them.
    """
    places: dict[_Row, deque[int]] = defaultdict(deque)
    for place, row in enumerate(after):
        places[row].append(place)
    edits: list[Any] = []
    for row in before:
        there = places.get(_alike(row))
        if not there:
            edits.append({"row": row})
            continue
        place = there.popleft()
        if edits and isinstance(edits[-1], list) and sum(edits[-1]) == place:
            edits[-1][1] += 1
        else:
            edits.append([place, 1])
    return edits


def _restored(edits: Any, now: "pd.DataFrame") -> "pd.DataFrame":
    import pandas as pd  # noqa: PLC0415 - a second that only an import should cost

    if isinstance(edits, dict):
        return facts_before(edits, now)
    held = _rows(now)
    rows = [
        row
        for edit in edits
        for row in (held[edit[0] : sum(edit)] if isinstance(edit, list) else [tuple(map(_hashable, edit["row"]))])
    ]
    columns = {
        name: pd.Series([_value(row[place]) for row in rows], dtype="object") for place, name in enumerate(now.columns)
    }
    frame = pd.DataFrame(columns, columns=now.columns)
    return frame.astype({name: kind for name, kind in now.dtypes.items() if kind != "object"})


def _hash(frame: "pd.DataFrame") -> str:
    if are_many(frame):
        return hash_of_many(frame)
    return _hash_of([*map(_alike, _rows(frame))])


def _hash_of(alike: list[_Row]) -> str:
    return hashlib.sha256(repr(alike).encode()).hexdigest()


def _rows(frame: "pd.DataFrame") -> list[_Row]:
    return list(zip(*([_cell(value) for value in frame[name].tolist()] for name in frame.columns), strict=True))


def _cell(value: Any) -> Any:
    """Return a cell as JSON and a set can hold it: a day as a tuple of its text, a missing value as None."""
    if value is None or isinstance(value, str | bool):
        return value
    if isinstance(value, dt.date):  # a missing day is one too, unequal to itself
        return (value.isoformat()[:10],) if value == value else None  # noqa: PLR0124
    if value != value:  # noqa: PLR0124
        return None
    return float(value)


def _hashable(cell: Any) -> Any:
    return tuple(cell) if isinstance(cell, list) else cell


def _value(cell: Any) -> Any:
    return dt.date.fromisoformat(cell[0]) if isinstance(cell, tuple) else cell


def _alike(row: _Row) -> _Row:
    """Return a row as a sheet tells it from others: blank is blank, and numbers have 12 digits."""
    return tuple(None if cell == "" else float(f"{cell:.12g}") if isinstance(cell, float) else cell for cell in row)
