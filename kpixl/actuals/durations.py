"""How many minutes is this?

Phone systems write the length of a call as 0:02:23, in seconds, or in minutes; the heading or the mapping says which.
Two numbers with one colon could be hours and minutes as well as minutes and seconds: the mapping has to say so.
"""

import re

from kpixl.actuals.headings import plain
from kpixl.engine.numbers import parse_number
from kpixl.errors import InvalidValue

__all__ = ["CLOCK", "UNITS", "minutes_in", "unit_of"]

UNITS = {"minutes": 1.0, "seconds": 1 / 60, "milliseconds": 1 / 60_000, "hours": 60.0, "h:mm": 1.0, "m:ss": 1.0}
CLOCK = r"(\d{1,4}):([0-5]\d):([0-5]\d)(?:\.\d+)?"
_PAIR = re.compile(r"(\d{1,5}):([0-5]\d)")
_HEADINGS = {
    "milliseconds": r"ミリ秒|millisecond|\bms\b",
    "seconds": r"[(_/ ]秒|秒数|second|\bsecs?\b",
    "hours": r"\(時間\)|\bhours?\b|\bhrs?\b|\(h\)",
}
_SAID = re.compile(
    r"(?:(\d+)\s*(?:時間|h(?:ours?|rs?)?))?\s*(?:(\d+)\s*(?:分間?|m(?:in(?:ute)?s?)?))?\s*"
    r"(?:(\d+)\s*(?:秒間?|s(?:ec(?:ond)?s?)?))?"
)


def unit_of(heading: str | None, told: str | None = None) -> str:
    """Return in which unit a column of lengths of time is: as told by the mapping, else as its heading says.

    >>> unit_of("コール時間(秒)"), unit_of("Duration (sec)"), unit_of("通話時間"), unit_of("通話", "seconds")
    ('seconds', 'seconds', 'minutes', 'seconds')
    """
    said = plain(heading or "").replace("_", " ").replace("/", " ")
    return told or next((unit for unit, words in _HEADINGS.items() if re.search(words, said)), "minutes")


def minutes_in(text: str, unit: str = "minutes") -> float:
    """Read a length of time as people and exports write it, in minutes.

    >>> minutes_in("0:02:24"), minutes_in("144", "seconds"), minutes_in("2:24", "m:ss"), minutes_in("1時間2分30秒")
    (2.4, 2.4, 2.4, 62.5)
    """
    said = plain(text)
    if clock := re.fullmatch(CLOCK, said):
        hours, minutes, seconds = map(int, clock.groups())
        return (hours * 3600 + minutes * 60 + seconds) / 60
    if pair := _PAIR.fullmatch(said):
        first, second = map(int, pair.groups())
        if unit not in ("h:mm", "m:ss"):
            raise InvalidValue("number_text", given=text)
        return first * 60 + second if unit == "h:mm" else first + second / 60
    if re.search(r"時間|分|秒|[hms]", said) and (found := _SAID.fullmatch(said)) and any(found.groups()):
        hours, minutes, seconds = (int(part or 0) for part in found.groups())
        return (hours * 3600 + minutes * 60 + seconds) / 60
    return parse_number(text) * UNITS[unit]
