"""What a column is, whatever its heading says: a key of its table, and the heading in force for it.

Sheets, formulas and readers name columns by key. What a heading says is looked up in one place, here: what the opened
workbook has over the column, else what the locale files say today. So wording may change, and users may rename
headings. A key is that of its text below `heading` in the locale files, or with a dot in it that of any text; a table
that calls it otherwise has its own text below `heading_of`. What a plan names itself, such as a stage, has a `Key` with
its wording.
"""

import tomllib
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kpixl.plan import Kpi, Stage, event_names
from kpixl.plan.names import same
from kpixl.texts import LANGUAGES, language, say, section

if TYPE_CHECKING:
    from kpixl.workbook.blocks import Sheet

__all__ = [
    "MORE",
    "WORDS",
    "Headings",
    "Key",
    "event_words",
    "first_spellings",
    "heading_of",
    "in_force",
    "in_order",
    "kpi_key",
    "kpi_keys",
    "settled",
    "spelled",
    "step_keys",
    "unwritten_words",
    "whole_table",
    "wording",
    "words",
]

MORE = "_more"  # the table of this ending holds the columns that found no room beside the table before it
WORDS = (
    "action_kind",
    "closed",
    "event",
    "funnel.fits",
    "funnel.too_much",
    "guide.no",
    "guide.yes",
    "kpi",
    "levers.enough",
    "levers.not_enough",
    "levers.volume",
    "matrix.of_channel",
    "matrix.of_group",
    "matrix.of_member",
    "matrix.of_team",
    "measure",
    "member.is_done",
    "role",
    "scope",
    "settings.unit_value",
    "settings.whole_no",
    "settings.whole_yes",
    "standing",
    "status",
    "suggestion",
    "summed",
    "timing",
    "unit",
    "verdict",
    "weeks.current",
    "weeks.late",
)  # texts that cells, formulas and colours of a workbook compare with: it keeps those that it was made with


class Key(str):
    """The key of a column that a plan names: a stage, a KPI, a step; `wording` is what it is called."""

    wording: str

    def __new__(cls, key: str, wording: str) -> "Key":
        """Return the key of a column that is called so."""
        made = super().__new__(cls, key)
        made.wording = wording
        return made


@dataclass(frozen=True)
class Headings:
    """The headings of an opened workbook: those that are known by table and key, and all columns of each table.

    A table in `mapped` has its columns' keys written down; in others a column is known by its wording, of today or of
    any version. `added` are the keys of a table that older workbooks lack: a column that is called so, in a table that
    is mapped, is its user's own.
    """

    known: Mapping[tuple[str, str], str] = field(default_factory=dict)
    columns: Mapping[str, Sequence[str]] = field(default_factory=dict)
    mapped: frozenset[str] = frozenset()
    added: Callable[[str], frozenset[str]] = lambda table: frozenset()


_NONE = Headings()
_IN_FORCE: ContextVar[Headings] = ContextVar("kpixl_headings", default=_NONE)


@contextmanager
def in_force(headings: Headings) -> Iterator[None]:
    """Use the headings of a workbook within the block."""
    token = _IN_FORCE.set(headings)
    try:
        yield
    finally:
        _IN_FORCE.reset(token)


def heading_of(table: str, key: str) -> str:
    """Return the heading in force of a table's column.

    >>> from kpixl.texts import speaking
    >>> with speaking("en"), in_force(Headings({("kpixl_team", "month"): "Period"})):
    ...     heading_of("kpixl_team", "month"), heading_of("kpixl_gap", "stage")
    ('Period', 'Stage')
    """
    headings = _IN_FORCE.get()
    known = headings.known.get((table, key)) or headings.known.get((f"{table}{MORE}", key))
    if known:
        return known
    whole = whole_table(table)
    if whole != table and (table not in headings.columns or table not in headings.mapped):
        return heading_of(whole, key)
    return _found(headings, table, key)


def in_order(table: str, keys: Sequence[str]) -> bool:
    """Say whether the columns of a table begin with the first of some keys, the last of them behind all others."""
    columns = _IN_FORCE.get().columns.get(table)
    if columns is None:
        return True
    places = [columns.index(heading) for heading in (heading_of(table, key) for key in keys) if heading in columns]
    return not places or (places[0] == 0 and places[-1] == max(places))


def kpi_key(kpi: Kpi | Stage) -> Key:
    """Return the key of a KPI's or a stage's column, which is called as it is."""
    return Key(f"kpi.{kpi.key if isinstance(kpi, Kpi) else kpi.event}", kpi.name)


def kpi_keys(kpis: Sequence[Kpi] | Sequence[Stage]) -> list[Key]:
    """Return the keys of the columns of KPIs or stages."""
    return [kpi_key(kpi) for kpi in kpis]


def step_keys(stages: Sequence[Stage]) -> list[Key]:
    """Return the keys of the columns of the steps from each stage to the next."""
    return [Key(f"step.{one.event}.{two.event}", f"{one.name}→{two.name}") for one, two in pairwise(stages)]


def spelled(key: str) -> list[str]:
    """Return every spelling of a text, by dotted key: the one in force, then today's and former ones in any language.

    >>> from kpixl.texts import speaking
    >>> with speaking("en"):
    ...     spelled("timing.leading")
    ['Leading', '先行指標', 'leading']
    """
    above, _, last = key.rpartition(".")
    told = [say(key), *(str(section(above, code)[last]) for code in LANGUAGES), *_former()["words"].get(key, ())]
    return list(dict.fromkeys(told))


def words(keys: Mapping[str, str]) -> dict[str, str]:
    """Return the code for every spelling of some texts (code by dotted key); those in force come first.

    >>> from kpixl.texts import speaking
    >>> with speaking("en"):
    ...     words({"timing.leading": "lead"})
    {'Leading': 'lead', '先行指標': 'lead', 'leading': 'lead'}
    """
    all_of_them = {key: spelled(key) for key in keys}
    found = {told[0]: keys[key] for key, told in all_of_them.items()}
    for key, told in all_of_them.items():
        for text in told:
            found.setdefault(text, keys[key])
    return found


def first_spellings(words: Mapping[str, str]) -> list[str]:
    """Return of each code the spelling that comes first, which is the one in force.

    >>> first_spellings({"Leading": "lead", "Lagging": "lag", "leading": "lead"})
    ['Leading', 'Lagging']
    """
    codes = list(words.values())
    return [word for place, (word, code) in enumerate(words.items()) if codes.index(code) == place]


def unwritten_words(language: str) -> Mapping[str, str]:
    """Return the words, by dotted key, whose colours a workbook looks for that has not written down its words.

    >>> unwritten_words("en")["status.recoverable"]
    'Recoverable'
    """
    return _former()[f"unwritten_{language}"]


def event_words(stages: Sequence[Stage]) -> dict[str, str]:
    """Return the event for every spelling of its name; that of a workbook with these stages comes first."""
    names = event_names(tuple(stages), language())
    found = {name: event for event, name in names.items()}
    for name, event in words({f"event.{event}": event for event in section("event")}).items():
        found.setdefault(name, event)
    return found


def settled(build: Callable[[], list["Sheet"]]) -> list["Sheet"]:
    """Return the sheets that `build` describes, with no heading twice in a table.

    Where a plan's own name is that of another heading of the table, its column gets a longer one.
    """
    sheets = build()
    longer: dict[tuple[str, str], str] = {}
    for sheet in sheets:
        for table in sheet.tables:
            taken = {same(column.heading) for column in table.columns if not isinstance(column.key, Key)}
            for column in table.columns:
                if isinstance(column.key, Key):
                    heading = column.heading
                    while same(heading) in taken:
                        heading = say("own_heading", name=heading)
                    taken.add(same(heading))
                    if heading != column.heading:
                        longer[table.name, column.key] = heading
    if not longer:
        return sheets
    headings = _IN_FORCE.get()
    with in_force(Headings({**headings.known, **longer}, headings.columns, headings.mapped, headings.added)):
        return build()


def wording(key: str, code: str | None = None, *, table: str = "") -> str:
    """Return what the locale files say of a key today, whatever a workbook has; some say it otherwise in a `table`.

    >>> from kpixl.texts import speaking
    >>> with speaking("en"):
    ...     wording("attainment"), wording("attainment", table="kpixl_gap")
    ('Attainment', 'Attainment to date')
    """
    if isinstance(key, Key):
        return key.wording
    whole = f"heading_of.{table}.{key}" if key in section("heading_of").get(table, {}) else f"heading.{key}"
    whole = key if "." in key else whole
    if code is None:
        return say(whole)
    above, _, last = whole.rpartition(".")
    return str(section(above, code)[last])


def whole_table(name: str) -> str:
    """Return the table to which a table of further columns belongs, else its own name."""
    return name.removesuffix(MORE)


def _found(headings: Headings, table: str, key: str) -> str:
    """Return the heading of a column that is not written down: any spelling of it that the table has, else today's."""
    today = wording(key, table=table)
    columns = headings.columns.get(table)
    if columns is None:
        return today
    own = table in headings.mapped and key in headings.added(table)
    taken = {heading for (name, _), heading in headings.known.items() if name == table}
    if own:
        while today in columns:
            today = say("own_heading", name=today)
        return today
    free = [heading for heading in columns if heading not in taken]
    return next((spelling for spelling in _spellings(table, key) if spelling in free), today)


def _spellings(table: str, key: str) -> list[str]:
    """Return all spellings of a key, today's first."""
    if isinstance(key, Key):
        return [key.wording, say("own_heading", name=key.wording)]
    former = _former()
    told = [
        *former["columns"].get(f"{table}.{key}", ()),
        *former["headings"].get(key, ()),
        *former["words"].get(key, ()),
    ]
    tables = (table, "")  # kpixl may have called it by its own word here since the workbook was made, or no longer
    now = (wording(key, code, table=one) for one in tables for code in LANGUAGES)
    return [wording(key, table=table), *now, *told]


@cache
def _former() -> dict[str, dict[str, Any]]:
    with Path(__file__).with_name("former.toml").open("rb") as file:
        return tomllib.load(file)
