"""Who is meant by this name?

Exports write people and channels as their tools know them: 山田太郎, ﾔﾏﾀﾞ, t.yamada@example.co.jp. A mapping says who is
meant; a name that differs from one of the plan's only in blanks, width and case is taken for it. Any other that is near
to one of the plan's is not taken for it, but named beside it.
"""

import difflib
import re
from collections.abc import Iterable, Mapping

from kpixl.actuals.headings import name_in, plain

__all__ = ["Names", "nearest"]

_NEAR = 0.6
_DASHES = "-‐‑–—―－ー−"  # all that a tool may write


class Names:
    """The names of members or of channels: those of the plan (`known`), and others that stand for them (`aliases`).

    `renamed` and `folded` tell which names were given another: all of them, and those of which no mapping says so.
    """

    def __init__(self, known: Iterable[str] = (), aliases: Mapping[str, str] | None = None) -> None:
        self.known = tuple(known)
        self.renamed: dict[str, str] = {}
        self.folded: dict[str, str] = {}
        self._aliases = dict(aliases or {})
        by_fold: dict[str, list[str]] = {}
        for name in dict.fromkeys(self.known):
            by_fold.setdefault(_folded(name), []).append(name)
        self._folds = {fold: names[0] for fold, names in by_fold.items() if len(names) == 1}

    def of(self, text: str, values: Mapping[str, str]) -> str:
        """Return the name that a cell means; `values` are those that its column is given by the mapping.

        >>> Names(["山田 太郎"], {"t.yamada@example.co.jp": "山田 太郎"}).of("山田太郎", {})
        '山田 太郎'
        """
        written = name_in(text)
        said = plain(text)
        meant = values.get(said, self._aliases.get(said))
        if meant is None and written and not written.strip(_DASHES):
            meant = ""  # how tools write that there is nobody
        if meant is None:
            meant = written if written in self.known else self._folds.get(_folded(written), written)
            if meant != written:
                self.folded[written] = meant
        if meant != written:
            self.renamed[written] = meant
        return meant


def nearest(name: str, known: Iterable[str]) -> str | None:
    """Return the known name that is near to one that is not known; None where none is, or several are as near.

    >>> nearest("山田", ["山田 太郎", "小林 花子"]), nearest("tom.baker@example.com", ["Tom Baker", "Jane Miller"])
    ('山田 太郎', 'Tom Baker')
    >>> nearest("山田", ["山田 太郎", "山田 花子"]) is None
    True
    """
    folded = {_folded(candidate): candidate for candidate in known}
    wanted = _folded(re.sub(r"[._+-]", " ", name.partition("@")[0]) if "@" in name else name)
    if not wanted:
        return None
    within = [candidate for fold, candidate in folded.items() if fold.startswith(wanted) or wanted.startswith(fold)]
    if within:
        return within[0] if len(within) == 1 else None
    near = difflib.get_close_matches(wanted, folded, n=2, cutoff=_NEAR)
    ratios = [difflib.SequenceMatcher(None, wanted, fold).ratio() for fold in near]
    if not near or (len(near) > 1 and ratios[0] == ratios[1]):
        return None
    return folded[near[0]]


def _folded(name: str) -> str:
    return plain(name).replace(" ", "")
