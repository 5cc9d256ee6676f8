"""Are these two names the same, and which one was meant?

Headings and values come as people and exports write them: with a byte-order mark, padded, in full-width letters,
in upper case. This module compares them as a reader would, and finds the likely name behind a misspelt one.
"""

import difflib
import unicodedata
from collections.abc import Iterable

from kpixl import texts

__all__ = ["hint", "plain"]


def plain(text: str) -> str:
    """Return `text` as it is compared: normal width (NFKC), single spaces, lower case, no byte-order mark.

    >>> plain("\\ufeff Ｗｏｎ　Date ")
    'won date'
    """
    return " ".join(unicodedata.normalize("NFKC", text.replace("\ufeff", "")).casefold().split())


def hint(name: str, known: Iterable[str]) -> str:
    """Return the sentence that suggests the `known` name nearest to `name`, or nothing where none is near.

    >>> with texts.speaking("en"):
    ...     hint("won_dat", ["mql_id", "won_date"])
    ' Did you mean "won_date"?'
    """
    by_plain = {plain(candidate): candidate for candidate in known}
    near = difflib.get_close_matches(plain(name), by_plain, n=1, cutoff=0.6)
    return texts.say("import.hint", name=by_plain[near[0]]) if near else ""
