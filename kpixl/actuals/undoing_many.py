"""What an import changed in very many facts, without a look at each: runs of those that stay, and the others packed."""

from typing import TYPE_CHECKING, Any

from kpixl.actuals.archive import packed, unpacked
from kpixl.actuals.condensing import MOST_BY_DAY
from kpixl.actuals.events import FACT_KEYS, FACT_MEASURES
from kpixl.actuals.frames import in_words, places, together

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["are_many", "facts_before", "hash_of_many", "what_was"]

_CLOSE = 1e-9
_DIGITS = {"count": 6, "amount": 2, "minutes": 4}


def are_many(frame: "pd.DataFrame") -> bool:
    """Say whether a frame holds so many facts."""
    return len(frame) > MOST_BY_DAY and set(FACT_KEYS) <= set(frame)


def what_was(before: "pd.DataFrame", after: "pd.DataFrame") -> dict[str, Any]:
    """Return the facts before as runs of those after ([first, how many]), and those that are no longer there."""
    import numpy as np  # noqa: PLC0415 - as in all that only an import should cost

    own, theirs = np.split(places(together([before, after]), _keys(before)), [len(before)])
    order = np.argsort(theirs)
    at = np.searchsorted(theirs[order], own).clip(max=max(len(theirs) - 1, 0))
    there = order[at] if len(theirs) else np.zeros(len(own), np.int64)
    same = theirs[there] == own if len(theirs) else np.zeros(len(own), bool)
    for measure in FACT_MEASURES if len(theirs) else ():
        values = after[measure].to_numpy()[there]
        same &= np.isclose(before[measure].to_numpy(float), values.astype(float), rtol=_CLOSE, atol=_CLOSE)
    kept = np.sort(there[same])
    runs = np.split(kept, np.flatnonzero(np.diff(kept) != 1) + 1) if len(kept) else []
    gone = before[~same]
    return {"runs": [[int(run[0]), len(run)] for run in runs], "gone": packed(gone) if len(gone) else []}


def facts_before(was: dict[str, Any], now: "pd.DataFrame") -> "pd.DataFrame":
    """Return the facts of which `what_was` was said."""
    import numpy as np  # noqa: PLC0415

    runs = [np.arange(first, first + many) for first, many in was["runs"]]
    kept = now.take(np.concatenate([np.empty(0, np.int64), *runs]))
    gone = unpacked(was["gone"]) if was["gone"] else None
    found = together([kept] if gone is None else [kept, gone])
    found = found.sort_values(_keys(now), ignore_index=True)[[*now.columns]]
    return found if are_many(found) else in_words(found)


def hash_of_many(facts: "pd.DataFrame") -> str:
    """Return a hash of facts, in whatever order they are."""
    import pandas as pd  # noqa: PLC0415

    coded = together([facts]).assign(**{name: facts[name].round(digits).to_numpy() for name, digits in _DIGITS.items()})
    return f"{len(coded)}-{int(pd.util.hash_pandas_object(coded, index=False).sum()):x}"


def _keys(frame: "pd.DataFrame") -> list[str]:
    return [*FACT_KEYS, *(str(name) for name in frame if name not in (*FACT_KEYS, *FACT_MEASURES))]
