"""How people write which days of the week are off: 土日, 水曜, 日・祝, なし, Sat & Sun, or as NETWORKDAYS.INTL does.

What is written is read in the language in force; the same words are read by a formula of the workbook
(`workbook.sheets.calendar`).
"""

import re
from unicodedata import normalize

from kpixl.engine.weekend import SATURDAY_SUNDAY, weekend_days
from kpixl.errors import InvalidValue
from kpixl.texts import say, section

__all__ = ["parse_weekend", "weekend_choices", "weekend_word", "words_besides"]

_JOINTS = re.compile(r"[\s、・,，/&＆と]+")


def parse_weekend(given: str | float) -> str:
    """Return the days of the week that are off as seven digits from Monday on, 1 for a day off.

    Raises
    ------
    InvalidValue
        If it cannot be read, or no day is left to work on.

    Examples
    --------
    >>> parse_weekend("土日"), parse_weekend("水曜と日曜・祝日"), parse_weekend("なし"), parse_weekend("0010000")
    ('0000011', '0010001', '0000000', '0010000')
    """
    text = normalize("NFKC", str(given)).strip()
    if isinstance(given, str) and not re.fullmatch(r"[\d.\s-]*", text):
        return _of_words(text)
    return weekend_days(text if isinstance(given, str) else given)


def weekend_word(weekend: str) -> str:
    """Return what a weekend, in seven digits, is called.

    >>> [weekend_word(digits) for digits in ("0000011", "0010000", "0010001", "0000000")]
    ['土日', '水曜', '水・日', 'なし']
    """
    names = section("weekend")["days"]
    off = [name for name, digit in zip(names, weekend, strict=True) if digit == "1"]
    if not off or weekend == SATURDAY_SUNDAY:
        return say("weekend.usual" if off else "weekend.none")
    return say("weekend.one", day=off[0]) if len(off) == 1 else say("weekend.join").join(off)


def weekend_choices() -> tuple[str, ...]:
    """Return the weekends to choose from: the usual one, each single day, none."""
    singles = ("".join("1" if day == off else "0" for day in range(7)) for off in (6, 0, 1, 2, 3, 4, 5))
    return tuple(map(weekend_word, (SATURDAY_SUNDAY, *singles, "0000000")))


def words_besides() -> tuple[str, ...]:
    """Return the words that are taken out before the days are looked for, in this order."""
    return tuple(section("weekend")["besides"])


def _of_words(text: str) -> str:
    names = section("weekend")["days"]
    if text.casefold() in (word.casefold() for word in section("weekend")["nothing"]):
        return weekend_days("0000000")
    rest = text.casefold()
    for word in words_besides():
        rest = rest.replace(word.casefold(), " ")
    off = set()
    for place, name in enumerate(names):
        found = rest.replace(name.casefold(), " ")
        off |= {place} if found != rest else set()
        rest = found
    for word in section("weekend")["endings"]:
        rest = rest.replace(word, " ")
    if not off or _JOINTS.sub("", rest):
        raise InvalidValue("weekend_word", given=text[:40], known=say("join").join(weekend_choices()))
    return weekend_days("".join("1" if place in off else "0" for place in range(7)))
