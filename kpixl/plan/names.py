"""What a name may be: of a stage, channel, member, level, KPI or success factor.

A plan is computed twice, here and by the formulas of its workbook, which find everything by name. So a name is written
the one way that both read alike: without invisible characters, and never so that a spreadsheet takes it for a
condition, or two names for one.
"""

import math
import re
import unicodedata
from collections.abc import Sequence
from functools import lru_cache

from kpixl.engine.numbers import parse_number
from kpixl.errors import InvalidPlan, UserError

__all__ = ["clean", "require_distinct", "require_fit", "same", "spelled"]

_LONGEST = 100
_JOINERS = "\u200c\u200d"  # within words of some scripts, and between the parts of an emoji
_UNWRITABLE = ("Cc", "Cf", "Cs")  # control, format, half of a pair
_BLANKS = re.compile(r"[\t\n\v\f\r\x85\xa0\u2028\u2029]")
_CONDITION = re.compile(r"^[=<>]|[*?~]")
_FREE_CONDITION = re.compile(r"^[=<>]|[*~]")
_NO_TEXT = re.compile(r"(?:true|false|#(?:n/a|value!|num!|div/0!|ref!|name\?|null!|spill!|calc!))", re.IGNORECASE)
_ESCAPE = re.compile(r"_x[0-9a-f]{4}_", re.IGNORECASE)
_PLAIN_NUMBER = re.compile(r"[-+]?(?:\d[\d,]*\.?\d*|\.\d+)(?:e[-+]?\d+)?%?", re.IGNORECASE | re.ASCII)


@lru_cache(maxsize=4096)
def clean(text: str, *, lines: bool = False) -> str:
    """Return a text without invisible characters: blanks around it, no-break blanks, control characters.

    Blanks within stay, also full-width ones, but for the ends of lines, which are kept where there may be `lines`.

    >>> clean(" 佐藤\\u3000花子\\u3000"), clean("Web\\u00a0A\\t1\\x07"), clean("a\\nb", lines=True)
    ('佐藤\u3000花子', 'Web A 1', 'a\\nb')
    """
    if lines:
        return "\n".join(clean(line) for line in re.split(r"\r\n|\r|\n", text)).strip("\n")
    plain = _BLANKS.sub(" ", unicodedata.normalize("NFC", text))
    kept = "".join(char for char in plain if char in _JOINERS or not _unwritable(char))
    return kept.strip().strip(_JOINERS)


def same(name: str) -> str | float:
    """Return what a spreadsheet compares a name by: it ignores case, and reads what looks like a number as one.

    >>> same("Sato") == same("SATO"), same("001") == same("1"), same("A1") == same("A01")
    (True, True, False)
    """
    if _PLAIN_NUMBER.fullmatch(name):
        try:
            return parse_number(name.replace(",", ""))
        except UserError:
            return math.inf
    return name.casefold()


def spelled(name: str, known: Sequence[str]) -> str:
    """Return a name as those `known` are written, where a spreadsheet takes it for one of them.

    >>> spelled("sato", ["Sato", "Ito"]), spelled("Kato", ["Sato", "Ito"])
    ('Sato', 'Kato')
    """
    if name in known:
        return name
    key = same(name)
    return next((one for one in known if same(one) == key), name)


def require_fit(kind: str, names: list[str], *, free: bool = False) -> None:
    """Refuse names that a spreadsheet reads as something else, or that are not clean; `free` ones may hold a `?`.

    The error says which entry of the section of this kind (`stages` for `stage`) it is about.
    """
    for place, name in enumerate(names):
        if reason := _unfit(kind, name, free=free):
            raise reason.of_entry(f"{kind}s", place)


def require_distinct(kind: str, names: list[str]) -> None:
    """Refuse two names that a spreadsheet takes for the same; the error says which entry is the second."""
    seen: dict[str | float, str] = {}
    for place, name in enumerate(names):
        key = same(name)
        if key in seen:
            if isinstance(key, float) and seen[key] != name:
                raise InvalidPlan("plan_same_number", name=name, other=seen[key]).of_entry(f"{kind}s", place)
            raise InvalidPlan(f"plan_twice_{kind}", name=seen[key]).of_entry(f"{kind}s", place)
        seen[key] = name


def _unfit(kind: str, name: str, *, free: bool) -> InvalidPlan | None:
    if not name.strip():
        return InvalidPlan(f"plan_blank_{kind}")
    if (_FREE_CONDITION if free else _CONDITION).search(name):
        return InvalidPlan("plan_signs", name=name)
    if name != clean(name):
        return InvalidPlan("plan_unclean", name=name, right=clean(name))
    if _NO_TEXT.fullmatch(name) or _ESCAPE.search(name):
        return InvalidPlan("plan_no_text", name=name)
    if len(name) > _LONGEST:
        return InvalidPlan("plan_long_name", name=f"{name[:20]}…", given=len(name), most=_LONGEST)
    return None


def _unwritable(char: str) -> bool:
    return unicodedata.category(char) in _UNWRITABLE or char in "\ufffe\uffff"
