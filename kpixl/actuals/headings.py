"""Are these two names the same, and which one was meant?

Headings and values come as people and exports write them: with a byte-order mark, padded, in full-width letters,
in upper case. This module compares them as a reader would, and finds the likely name behind a misspelt one.
"""

import difflib
import re
import unicodedata
from collections.abc import Iterable

from kpixl import texts

__all__ = ["hint", "is_sum", "name_in", "plain"]

_SUM = re.compile(r".*(小計|中計|総計|累計)|(.*[\s:(の])?(合計|計)\)?|(.*[\s:(-])?(sub-?\s?)?totals?\)?")


def plain(text: str) -> str:
    """Return `text` as it is compared: normal width (NFKC), single spaces, lower case, no byte-order mark.

    >>> plain("\\ufeff Ｗｏｎ　Date ")
    'won date'
    """
    return " ".join(unicodedata.normalize("NFKC", text.replace("\ufeff", "")).casefold().split())


def is_sum(text: str) -> bool:
    """Say whether a cell says that its row sums up others.

    >>> [is_sum(text) for text in ("佐藤 小計", "合計", "Grand Total", "合計商事", "設計")]
    [True, True, True, False, False]
    """
    return _SUM.fullmatch(plain(text)) is not None


def name_in(text: str) -> str:
    """Return the name that a cell holds: without blanks around it, and without signs that steer a terminal.

    >>> name_in(" 佐藤\u3000"), name_in("\x1b[31m鈴木")
    ('佐藤', '[31m鈴木')
    """
    return "".join(sign for sign in text if sign in "\t\n" or unicodedata.category(sign) != "Cc").strip()


def hint(name: str, known: Iterable[str]) -> str:
    """Return the sentence that suggests the `known` name nearest to `name`, or nothing where none is near.

    >>> with texts.speaking("en"):
    ...     hint("won_dat", ["mql_id", "won_date"])
    ' Did you mean "won_date"?'
    """
    by_plain = {plain(candidate): candidate for candidate in known}
    near = difflib.get_close_matches(plain(name), by_plain, n=1, cutoff=0.6)
    return texts.say("import.hint", name=by_plain[near[0]]) if near else ""
