"""A plan read back from the cells that the user types, so that a plan has one home: its workbook."""

from collections.abc import Iterator
from itertools import pairwise

from kpixl.engine.numbers import is_whole
from kpixl.errors import InvalidPlan
from kpixl.plan import Channel, Goal, Kgi, Level, Member, Period, Plan, Stage, SuccessFactor
from kpixl.texts import say, speaking
from kpixl.workbook.books import Book, Row
from kpixl.workbook.sheets.definitions import read_indicators
from kpixl.workbook.sheets.settings import (
    CHANNELS,
    CLOSURES,
    CSFS,
    KGIS,
    LEVELS,
    MEMBERS,
    SEASONALITY,
    STAGES,
    WHOLE_PERIOD,
    measure_words,
    whole_words,
)
from kpixl.workbook.typed import distinct_names

__all__ = ["read_plan", "read_whole_period"]


def read_plan(book: Book) -> Plan:
    """Read the plan back from the settings of a workbook.

    Raises
    ------
    InvalidPlan
        When a cell holds the wrong kind of value (with its sheet and address) or the plan is not sound.
    """
    with speaking(book.language):
        stages = tuple(
            Stage(
                row.required(say("heading.event")),
                name,
                row.number(say("heading.capacity"), None),
                row.number(say("heading.days"), 0.0),
            )
            for row, name in _named(book, STAGES, "stage")
        )
        kgis, channels = _kgis(book), _channels(book, stages)
        csfs = tuple(
            SuccessFactor(name, row.text(say("heading.why"))) for row, name in _named(book, CSFS, "csf", free=True)
        )
        levels = tuple(Level(name, row.number(say("heading.factor"))) for row, name in _named(book, LEVELS, "level"))
        return Plan(
            template=book.template,
            language=book.language,
            goal=Goal(kgis[0].target, book.number("kpixl_unit_value"), book.number("kpixl_existing")),
            period=_period(book),
            stages=stages,
            channels=channels,
            members=_members(book, [level.name for level in levels]),
            kgis=kgis,
            csfs=csfs,
            levels=levels,
            indicators=read_indicators(book, stages, channels, csfs),
            stretch=book.number("kpixl_stretch"),
        )


def read_whole_period(book: Book) -> bool:
    """Read whether the settings are to hold for the whole period, closed months included; blank is no."""
    with speaking(book.language):
        yes, no = whole_words()
        given = book.word(WHOLE_PERIOD, (yes, no))
        if given not in (yes, no, ""):
            raise InvalidPlan("cell_choice", cell=book.read[WHOLE_PERIOD], given=given, known=f"{yes}, {no}")
        return given == yes


def _named(book: Book, table: str, kind: str, *, free: bool = False) -> Iterator[tuple[Row, str]]:
    """Yield the rows of a table, each with the name that its entry goes by."""
    rows = book.rows(table)
    return zip(rows, distinct_names(rows, say(f"heading.{kind}"), kind, free=free), strict=True)


def _kgis(book: Book) -> tuple[Kgi, ...]:
    measures = {word: measure for measure, word in measure_words().items()}
    kgis = []
    for row, name in _named(book, KGIS, "kgi", free=True):
        word, priority = row.name(say("heading.measure"), [*measures]), row.number(say("heading.priority"), None)
        if word not in measures and word:
            cell, known = row.address(say("heading.measure")), ", ".join(measures)
            raise InvalidPlan("cell_choice", cell=cell, given=word, known=known)
        if priority is not None and not is_whole(priority):
            raise InvalidPlan("cell_whole", cell=row.address(say("heading.priority")), given=priority)
        goal_cell = row.address(say("heading.goal_value"))
        value, last_year, growth = (
            row.number(say(f"heading.{key}"), None) for key in ("goal_value", "last_year", "growth")
        )
        deadline, trade_off = row.date(say("heading.deadline"), None), row.text(say("heading.trade_off"))
        rank = None if priority is None else round(priority)
        try:
            kgi = Kgi(name, measures.get(word, ""), value, last_year, growth, rank, deadline, trade_off)
        except InvalidPlan as error:
            raise InvalidPlan("cell_wrong", cell=goal_cell, reason=error) from error
        kgis.append(kgi)
    if not kgis:
        raise InvalidPlan("plan_no_kgi")
    return tuple(kgis)


def _period(book: Book) -> Period:
    months = book.number("kpixl_months")
    if not is_whole(months):
        raise InvalidPlan("plan_months", given=months)
    closures = {day for row in book.rows(CLOSURES) if (day := row.date(say("heading.date"), None))}
    return Period(
        book.month("kpixl_start"),
        round(months),
        tuple(sorted(closures)),
        tuple(row.number(say("heading.weight")) for row in book.rows(SEASONALITY)),
    )


def _channels(book: Book, stages: tuple[Stage, ...]) -> tuple[Channel, ...]:
    steps = [f"{first.name}→{second.name}" for first, second in pairwise(stages)]
    return tuple(
        Channel(
            name,
            row.number(say("heading.mix")),
            tuple(row.number(step) for step in steps),
            row.number(say("heading.unit_value"), None),
            row.number(say("heading.cost_per_lead"), None),
            row.number(say("heading.channel_capacity"), None),
        )
        for row, name in _named(book, CHANNELS, "channel")
    )


def _members(book: Book, levels: list[str]) -> tuple[Member, ...]:
    return tuple(
        Member(
            name,
            row.number(say("heading.territory"), 1.0),
            row.date(say("heading.joined"), None),
            row.name(say("heading.team")),
            row.name(say("heading.level"), levels),
            row.number(say("heading.ramp"), 0.0),
            row.number(say("heading.member_capacity"), None),
            row.number(say("heading.pinned"), None),
            row.date(say("heading.left"), None),
        )
        for row, name in _named(book, MEMBERS, "member")
    )
