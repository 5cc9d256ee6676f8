"""Which row of another file belongs to this one?

A key has one row there, or a row would count for several. Rows without a partner count all the same, but it is said how
many there are, and which key is near to one of theirs.
"""

import difflib
from collections.abc import Iterator, Sequence
from typing import Any

from kpixl.actuals.mapping import Join
from kpixl.errors import UnreadableData

__all__ = ["partner_of", "partnerless"]

_COMPARED = 20_000  # keys among which the nearest is looked for


def partner_of(others: Any, key: str, join: Join, names: str) -> Any:
    """Return the rows that may be joined, each key once; rows without a key are left out.

    Raises
    ------
    UnreadableData
        If a key has several rows that differ; `names` are those of their files.
    """
    table = others.filter(lambda t: t[key].notnull()).distinct()
    twice = table.group_by(key).agg(TIMES=lambda t: t.count()).filter(lambda t: t.TIMES > 1)
    found = twice.order_by(key).limit(1).to_pyarrow().to_pylist()
    if found:
        raise UnreadableData(
            "source_join_twice", file=names, key=join.theirs, value=found[0][key], times=found[0]["TIMES"]
        )
    return table


def partnerless(ours: Any, theirs: Any, join: Join, file: str) -> Iterator[tuple[str, dict[str, object]]]:
    """Say how many rows of `file` find no partner, with the first of their keys and the nearest that is there."""
    keyed = ours.cast("string").name("KEY").as_table()
    there = theirs.cast("string").name("THERE").as_table().distinct()
    alone = keyed.anti_join(there, keyed.KEY == there.THERE)
    found = alone.group_by("KEY").agg(N=alone.count()).order_by("KEY").to_pyarrow()
    if not len(found):
        return
    keys = [text for text in found["KEY"].to_pylist() if text]
    known = there.limit(_COMPARED).to_pyarrow()["THERE"].to_pylist() if keys else []
    near = next((f"{text} → {close[0]}" for text in keys[:5] if (close := _near(text, known))), "")
    yield (
        "join_near" if near else "join_alone",
        {
            "rows": sum(found["N"].to_pylist()),
            "file": file,
            "joined": join.files,
            "column": join.ours,
            "values": ", ".join(keys[:5]) or "-",
            "near": near,
        },
    )


def _near(text: str, known: Sequence[str]) -> list[str]:
    return difflib.get_close_matches(text, known, n=1, cutoff=0.6)
