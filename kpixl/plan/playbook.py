"""Which gap calls for which measure? The playbook: a `.toml` that a manager can edit, kpixl's own or theirs.

It says what has worked for a kind of gap at a step of the funnel. It knows no figures: whoever suggests a measure adds
those of the gap that calls for it.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

from kpixl import texts
from kpixl.errors import InvalidPlan
from kpixl.files import toml
from kpixl.plan.reader import Reader
from kpixl.plan.sections import PLAYBOOK, Problem, Problems, Section, template_path

__all__ = ["FILE", "GapKind", "Measure", "Playbook", "is_playbook", "read_playbook"]

FILE = f"{PLAYBOOK}.toml"
_TEAM, _PERSON = "team", "person"
_AT_ONCE, _IN_WEEKS = "at_once", "in_weeks"
_KEYS = ("key", "gap", "from", "into", "who", "acts", "lasting", "name", "do", "watch")
_MOST_MONTHS = 60


class GapKind(StrEnum):
    """What is short, or, for a strength, what is good."""

    VOLUME = "volume"
    ACTIVITY = "activity"
    RATE = "rate"
    VALUE = "value"
    STRENGTH = "strength"


@dataclass(frozen=True)
class Measure:
    """Something to do about a gap, in the words of a playbook: what to `do` and what to `watch`.

    It is for a `gap` of these kinds, at a step that leads `from` and `into` these events (none: any), for these `who`
    (team, person). It may act only `in_weeks`, and be for gaps alone that have been `lasting` so many months.
    """

    key: str
    name: str
    do: str
    watch: str
    gap: tuple[GapKind, ...]
    above: tuple[str, ...] = ()
    into: tuple[str, ...] = ()
    who: tuple[str, ...] = (_TEAM, _PERSON)
    in_weeks: bool = False
    lasting: int = 0

    def fits(self, kind: GapKind, into: str, above: str) -> bool:
        """Say whether it is for a kind of gap at a step: into what, from what ("": from nothing)."""
        there = (not self.into or into in self.into) and (not self.above or not above or above in self.above)
        return kind in self.gap and there


@dataclass(frozen=True)
class Playbook:
    """Measures in order of preference."""

    measures: tuple[Measure, ...] = ()

    def chosen(
        self, kind: GapKind, into: str, *, above: str = "", person: bool, running: bool, months: int = 0
    ) -> tuple[Measure, ...]:
        """Return the measures for a gap, first those for its step, then those for any.

        `into` and `above` are the events that the step leads into and from, `person` says whether it is one person's,
        `running` whether its month goes on, and `months` for how many months it has lasted.

        >>> book = read_playbook(language="en")
        >>> [one.key for one in book.chosen(GapKind.RATE, "connect", above="call", person=True, running=True)]
        ['best_hours', 'choose_leads', 'listen_together']
        """
        who = _PERSON if person else _TEAM
        fitting = (
            one
            for one in self.measures
            if one.fits(kind, into, above)
            and who in one.who
            and not (running and one.in_weeks)
            and months >= one.lasting
        )
        return tuple(sorted(fitting, key=lambda one: not one.into))


def read_playbook(path: Path | None = None, *, language: str) -> Playbook:
    """Read a playbook in a language; without a path kpixl's own.

    Raises
    ------
    InvalidPlan
        When there is no such file.
    Problems
        When anything in it is missing, unknown or wrong: all of it, each with its line.
    """
    with texts.speaking(language):
        return _read(path or template_path(PLAYBOOK), language)


def is_playbook(path: Path) -> bool:
    """Say whether a file reads as a playbook, sound or not."""
    try:
        return "measures" in toml.read_toml(path, Section)
    except (OSError, InvalidPlan):
        return False


def _read(path: Path, language: str) -> Playbook:
    try:
        data = toml.read_toml(path, Section)
    except OSError as error:
        raise InvalidPlan("playbook_missing", path=path, reason=error.strerror or error) from error
    except toml.BrokenToml as error:
        raise Problems((Problem(path.name, error.line, error),)) from error
    reader = Reader(language)
    reader.only(data, ("extends", "measures"))
    base = data.get("extends")
    if base not in (None, PLAYBOOK):
        reader.refuse(data, "extends", InvalidPlan("playbook_extends", given=base, right=PLAYBOOK))
    rows = data.get("measures")
    if not isinstance(rows, list) or not all(isinstance(row, Section) for row in rows):
        reader.refuse(data, "measures", InvalidPlan("playbook_measures"))
        raise reader.problems
    own = [measure for _, measure in reader.each(data, "measures", _measure)]
    _refuse_twice(reader, rows)
    if not reader.sound:
        raise reader.problems
    return Playbook(_joined(own, _read(template_path(PLAYBOOK), language).measures if base else ()))


def _joined(own: Iterable[Measure], known: Iterable[Measure]) -> tuple[Measure, ...]:
    """Return measures with those of another playbook behind them, each of a key that is there already replaced."""
    mine = {one.key: one for one in own}
    replaced = [mine.pop(one.key, one) for one in known]
    return (*mine.values(), *replaced)


def _refuse_twice(reader: Reader, rows: list[Section]) -> None:
    seen: set[Any] = set()
    for row in rows:
        key = str(row.get("key"))
        if key in seen:
            reader.refuse(row, "key", InvalidPlan("playbook_twice", given=key))
        seen.add(key)


def _measure(reader: Reader, row: Section) -> Measure:
    reader.only(row, _KEYS)
    who = _one(reader, row, "who", (_TEAM, _PERSON))
    return Measure(
        key=_said(reader, row, "key"),
        name=_said(reader, row, "name"),
        do=_said(reader, row, "do"),
        watch=_said(reader, row, "watch"),
        gap=tuple(map(GapKind, _several(reader, row, "gap", tuple(GapKind), needed=True))),
        above=_several(reader, row, "from", _events()),
        into=_several(reader, row, "into", _events()),
        who=(who,) if who else (_TEAM, _PERSON),
        in_weeks=_one(reader, row, "acts", (_AT_ONCE, _IN_WEEKS)) == _IN_WEEKS,
        lasting=reader.whole(row, "lasting", None, highest=_MOST_MONTHS) if "lasting" in row else 0,
    )


def _events() -> tuple[str, ...]:
    return tuple(texts.section("event"))


def _said(reader: Reader, row: Section, key: str) -> str:
    """Return a text that is not blank."""
    text = reader.text(row, key)
    if key in row and isinstance(row[key], str | dict) and not text.strip():
        reader.refuse(row, key, InvalidPlan("playbook_blank", key=key))
    return text.strip()


def _one(reader: Reader, row: Section, key: str, known: tuple[str, ...]) -> str:
    """Return one of the words that are known; "" where none is given."""
    if key not in row:
        return ""
    if row[key] in known:
        return str(row[key])
    reader.refuse(row, key, InvalidPlan("playbook_choice", key=key, given=row[key], known=", ".join(known)))
    return known[0]


def _several(
    reader: Reader, row: Section, key: str, known: tuple[str, ...], *, needed: bool = False
) -> tuple[str, ...]:
    """Return a list of words that are known; a single one may stand alone."""
    if key not in row and not needed:
        return ()
    given = row.get(key)
    words = given if isinstance(given, list) else [given]
    for word in words or [None]:
        if word not in known:
            shown = "" if word is None else word
            reader.refuse(row, key, InvalidPlan("playbook_choice", key=key, given=shown, known=", ".join(known)))
            return ()
    return tuple(words)
