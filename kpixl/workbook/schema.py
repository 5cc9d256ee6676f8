"""The identity of a column, independent of its heading: a key within its table, and the current heading of that key.

Sheets, formulas and readers name columns by key. Headings are looked up in one place, here: the heading in the opened
workbook, else the text in today's locale files. So the wording may change, and users may rename headings. A key is
looked up under `heading` in the locale files, or, if it contains a dot, as the full key of any text; a table with a
different wording has its own text under `heading_of`. What a plan names itself, such as a stage, has a `Key` with its
wording.
"""

import tomllib
from collections.abc import Callable, Iterator, Mapping, Sequence, Set
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from functools import cache, cached_property
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kpixl.plan import Kpi, Stage, event_names
from kpixl.plan.names import same
from kpixl.texts import LANGUAGES, has, language, say, section

if TYPE_CHECKING:
    from kpixl.workbook.blocks import Sheet

__all__ = [
    "MORE",
    "WORDS",
    "Headings",
    "Key",
    "columns_of",
    "event_words",
    "first_spellings",
    "has_column",
    "has_table",
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

MORE = "_more"  # suffix of the table that holds the columns for which another table had no room
WORDS = (
    "action_kind",
    "closed",
    "covers",
    "customer_count",
    "event",
    "funnel.fits",
    "funnel.too_much",
    "guide.no",
    "guide.yes",
    "kpi",
    "levers.enough",
    "levers.not_enough",
    "levers.volume",
    "measure",
    "member.is_done",
    "rate_basis",
    "role",
    "scope",
    "settings.pace_days",
    "settings.pace_learned",
    "settings.rates_actual",
    "settings.rates_typed",
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
)  # texts that cells, formulas and formats compare with: a workbook keeps the texts that it was made with


class Key(str):
    """The key of a column named by the plan, such as a stage, a KPI or a step; `wording` is its name."""

    wording: str

    def __new__(cls, key: str, wording: str) -> "Key":
        """Return the key of a column with this name."""
        made = super().__new__(cls, key)
        made.wording = wording
        return made


@dataclass(frozen=True)
class Headings:
    """The headings of an opened workbook: the `known` ones by table and key, and all `columns` of each table.

    For a table in `mapped` the keys of its columns are recorded; in other tables a column is recognised by its wording,
    today's or that of any earlier version. `added` returns the keys of a table that older workbooks lack: in a mapped
    table, a column that merely has the wording of such a key is the user's own. `recognised` keeps what was found by
    its wording.
    """

    known: Mapping[tuple[str, str], str] = field(default_factory=dict)
    columns: Mapping[str, Sequence[str]] = field(default_factory=dict)
    mapped: frozenset[str] = frozenset()
    added: Callable[[str], frozenset[str]] = lambda table: frozenset()
    recognised: dict[tuple[str, ...], str] = field(default_factory=dict, init=False, repr=False, compare=False)

    @cached_property
    def taken(self) -> Mapping[str, Set[str]]:
        """The known headings of each table."""
        taken: dict[str, set[str]] = {}
        for (table, _), heading in self.known.items():
            taken.setdefault(table, set()).add(heading)
        return taken


_NONE = Headings()
_IN_FORCE: ContextVar[Headings] = ContextVar("kpixl_headings", default=_NONE)


@contextmanager
def in_force(headings: Headings) -> Iterator[None]:
    """Use the headings of a workbook within the `with` block."""
    token = _IN_FORCE.set(headings)
    try:
        yield
    finally:
        _IN_FORCE.reset(token)


def heading_of(table: str, key: str) -> str:
    """Return the current heading of a table's column.

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


def has_table(table: str) -> bool:
    """Say whether the opened workbook has a table; a new workbook has none yet."""
    return table in _IN_FORCE.get().columns


def columns_of(table: str) -> tuple[str, ...]:
    """Return the headings of a table of the opened workbook, from left to right; none if it has no such table."""
    return tuple(_IN_FORCE.get().columns.get(table, ()))


def has_column(table: str, key: str) -> bool:
    """Say whether a table has the column of a key, or will have it because the table is new."""
    columns = _IN_FORCE.get().columns.get(table)
    return columns is None or heading_of(table, key) in columns


def in_order(table: str, keys: Sequence[str]) -> bool:
    """Say whether a table's first column is that of the first key, and the last key's is the rightmost of the keys."""
    columns = _IN_FORCE.get().columns.get(table)
    if columns is None:
        return True
    places = [columns.index(heading) for heading in (heading_of(table, key) for key in keys) if heading in columns]
    return not places or (places[0] == 0 and places[-1] == max(places))


def kpi_key(kpi: Kpi | Stage) -> Key:
    """Return the key of the column of a KPI or a stage, whose heading is its name."""
    return Key(f"kpi.{kpi.key if isinstance(kpi, Kpi) else kpi.event}", kpi.name)


def kpi_keys(kpis: Sequence[Kpi] | Sequence[Stage]) -> list[Key]:
    """Return the keys of the columns of KPIs or stages."""
    return [kpi_key(kpi) for kpi in kpis]


def step_keys(stages: Sequence[Stage]) -> list[Key]:
    """Return the keys of the columns for the steps from each stage to the next."""
    return [
        Key(f"step.{stage.event}.{following.event}", f"{stage.name}→{following.name}")
        for stage, following in pairwise(stages)
    ]


def spelled(key: str) -> list[str]:
    """Return all spellings of a text, by dotted key: the current one, then today's and former ones in any language.

    >>> from kpixl.texts import speaking
    >>> with speaking("en"):
    ...     spelled("timing.leading")
    ['Leading', '先行指標', 'leading']
    """
    above, _, last = key.rpartition(".")
    told = [say(key), *(str(section(above, code)[last]) for code in LANGUAGES), *_former()["words"].get(key, ())]
    return list(dict.fromkeys(told))


def words(keys: Mapping[str, str]) -> dict[str, str]:
    """Map every spelling of some texts to its code, given the codes by dotted key; current spellings come first.

    >>> from kpixl.texts import speaking
    >>> with speaking("en"):
    ...     words({"timing.leading": "lead"})
    {'Leading': 'lead', '先行指標': 'lead', 'leading': 'lead'}
    """
    all_of_them = {key: spelled(key) for key in keys}
    codes = {told[0]: keys[key] for key, told in all_of_them.items()}
    for key, told in all_of_them.items():
        for text in told:
            codes.setdefault(text, keys[key])
    return codes


def first_spellings(words: Mapping[str, str]) -> list[str]:
    """Return the first spelling of each code, which is the current one.

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
    """Map every spelling of an event's name to the event; the names in a plan with these stages come first."""
    names = event_names(tuple(stages), language())
    events = {name: event for event, name in names.items()}
    told = {f"{kind}.{event}": event for kind in ("event", "customer_count") for event in section(kind)}
    for name, event in words(told).items():
        events.setdefault(name, event)
    return events


def settled(build: Callable[[], list["Sheet"]]) -> list["Sheet"]:
    """Return the sheets that `build` describes, with no duplicate headings in a table.

    Where a name from the plan equals another heading of the table, its column gets a longer heading.
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
    """Return the text of a key in today's locale files, whatever a workbook has; a `table` may have its own wording.

    >>> from kpixl.texts import speaking
    >>> with speaking("en"):
    ...     wording("attainment"), wording("attainment", table="kpixl_gap")
    ('Attainment', 'Attainment to date')
    """
    if isinstance(key, Key):
        return key.wording
    own = f"heading_of.{table}.{key}"
    whole = key if "." in key else own if has(own) else f"heading.{key}"
    if code is None:
        return say(whole)
    above, _, last = whole.rpartition(".")
    return str(section(above, code)[last])


def whole_table(name: str) -> str:
    """Return the name of the table to which a second table (`_more`) belongs; other names are returned unchanged."""
    return name.removesuffix(MORE)


def _found(headings: Headings, table: str, key: str) -> str:
    """Return the heading of a column whose key is not recorded: any spelling that the table has, else today's."""
    today = wording(key, table=table)
    columns = headings.columns.get(table)
    if columns is None:
        return today
    own = table in headings.mapped and key in headings.added(table)
    if own:
        while today in columns:
            today = say("own_heading", name=today)
        return today
    taken = headings.taken.get(table, frozenset())
    place = (table, key, today)
    if place not in headings.recognised:
        free = [heading for heading in columns if heading not in taken]
        known = (spelling for spelling in _spellings(table, key) if spelling in free) if free else ()
        headings.recognised[place] = next(iter(known), today)
    return headings.recognised[place]


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
    tables = (table, "")  # a table's own wording may have been added or dropped since the workbook was made
    now = (wording(key, code, table=name) for name in tables for code in LANGUAGES)
    return [wording(key, table=table), *now, *told]


@cache
def _former() -> dict[str, dict[str, Any]]:
    with Path(__file__).with_name("former.toml").open("rb") as file:
        return tomllib.load(file)
