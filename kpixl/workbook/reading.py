"""Read a plan back from the cells that the user types, so that the workbook is the only place where it is kept."""

import datetime as dt
from collections.abc import Iterator

from kpixl.engine.numbers import is_whole
from kpixl.engine.thresholds import ALERT_AFTER, ALERT_UP_TO
from kpixl.engine.weekend import SATURDAY_SUNDAY
from kpixl.errors import InvalidPlan
from kpixl.plan import Channel, Goal, Kgi, Level, Member, Period, Plan, Stage, SuccessFactor
from kpixl.plan.currency import YEN
from kpixl.plan.goals import MEASURES
from kpixl.plan.weekend import parse_weekend
from kpixl.workbook.books import Book, Row
from kpixl.workbook.money import CURRENCY, currency_codes
from kpixl.workbook.schema import step_keys, words
from kpixl.workbook.sheets.alerts import AFTER, UP_TO
from kpixl.workbook.sheets.calendar import PACE_BY
from kpixl.workbook.sheets.definitions import read_indicators
from kpixl.workbook.sheets.rates import RATES_FROM
from kpixl.workbook.sheets.settings import WHOLE_PERIOD
from kpixl.workbook.tables import CHANNELS, CLOSURES, CSFS, KGIS, LEVELS, MEMBERS, SEASONALITY, STAGES
from kpixl.workbook.typed import distinct_names

__all__ = ["read_period", "read_plan", "read_whole_period"]


def read_plan(book: Book) -> Plan:
    """Read the plan back from the settings of a workbook.

    Raises
    ------
    InvalidPlan
        If a cell holds the wrong kind of value (the error names its sheet and address) or the plan is not sound.
    """
    with book.speaking():
        stages = tuple(
            Stage(
                row.required("event"),
                name,
                row.number("capacity", None),
                row.number("days", 0.0),
            )
            for row, name in _named(book, STAGES, "stage")
        )
        kgis, channels = _kgis(book), _channels(book, stages)
        csfs = tuple(SuccessFactor(name, row.text("why")) for row, name in _named(book, CSFS, "csf", free=True))
        levels = tuple(Level(name, row.number("factor")) for row, name in _named(book, LEVELS, "level"))
        return Plan(
            template=book.template,
            language=book.language,
            goal=Goal(kgis[0].target, book.number("kpixl_unit_value"), book.number("kpixl_existing")),
            period=read_period(book),
            stages=stages,
            channels=channels,
            members=_members(book, [level.name for level in levels]),
            kgis=kgis,
            csfs=csfs,
            levels=levels,
            indicators=read_indicators(book, stages, channels, csfs),
            stretch=book.number("kpixl_stretch"),
            currency=_currency(book),
            by_actuals=_by_actuals(book),
            learns_days=_learns_days(book),
            alert_after=book.number(AFTER, ALERT_AFTER),
            alert_up_to=book.number(UP_TO, ALERT_UP_TO),
        )


def _currency(book: Book) -> str:
    """Read the currency; an older workbook, which has no cell for it, is in yen."""
    return book.code(CURRENCY, currency_codes()) if book.refers_to(CURRENCY) else YEN


def _by_actuals(book: Book) -> bool:
    """Read whether recent actual rates take the place of the typed ones; blank means no."""
    codes = words({"settings.rates_typed": "typed", "settings.rates_actual": "actual"})
    return book.code(RATES_FROM, codes) == "actual"


def _learns_days(book: Book) -> bool:
    """Read whether the pace goes by what days brought in the past; blank means by business days."""
    codes = words({"settings.pace_days": "days", "settings.pace_learned": "learned"})
    return book.code(PACE_BY, codes) == "learned"


def read_whole_period(book: Book) -> bool:
    """Read whether the settings apply to the whole period, including closed months; blank means no."""
    with book.speaking():
        return book.code(WHOLE_PERIOD, words({"settings.whole_yes": "yes", "settings.whole_no": "no"})) == "yes"


def _named(book: Book, table: str, kind: str, *, free: bool = False) -> Iterator[tuple[Row, str]]:
    """Yield the rows of a table, each with the name of its entry."""
    rows = book.rows(table)
    return zip(rows, distinct_names(rows, kind, kind, free=free), strict=True)


def _kgis(book: Book) -> tuple[Kgi, ...]:
    measures = words({f"measure.{measure or 'none'}": measure for measure in MEASURES})
    kgis = []
    for row, name in _named(book, KGIS, "kgi", free=True):
        measure, priority = row.code("measure", measures), row.number("priority", None)
        if priority is not None and not is_whole(priority):
            raise InvalidPlan("cell_whole", cell=row.address("priority"), given=priority)
        goal_cell = row.address("goal_value")
        value, last_year, growth = (row.number(key, None) for key in ("goal_value", "last_year", "growth"))
        deadline, trade_off = row.date("deadline", None), row.text("trade_off")
        rank = None if priority is None else round(priority)
        try:
            kgi = Kgi(name, measure, value, last_year, growth, rank, deadline, trade_off)
        except InvalidPlan as error:
            raise InvalidPlan("cell_wrong", cell=goal_cell, reason=error) from error
        kgis.append(kgi)
    if not kgis:
        raise InvalidPlan("plan_no_kgi")
    return tuple(kgis)


def read_period(book: Book) -> Period:
    """Read the period of the plan; see `read_plan`."""
    months = book.number("kpixl_months")
    if not is_whole(months):
        raise InvalidPlan("plan_months", given=months)
    shares = _shares(book)
    return Period(
        book.month("kpixl_start"),
        round(months),
        tuple(sorted(day for day, share in shares.items() if not share)),
        tuple(row.number("weight") for row in book.rows(SEASONALITY)),
        book.read_as("kpixl_weekend", parse_weekend, SATURDAY_SUNDAY),
        tuple(sorted((day, share) for day, share in shares.items() if share)),
    )


def _shares(book: Book) -> dict[dt.date, float]:
    """Return how much of each day in the list of closures is worked: nothing where that is blank."""
    shares: dict[dt.date, float] = {}
    for row in book.rows(CLOSURES):
        day, share = row.date("date", None), row.number("open", 0.0)
        if day is None and not share:
            continue
        if not 0 <= share <= 1:
            reason = InvalidPlan("closure_share", day=day, given=share)
        elif day is None:
            reason = InvalidPlan("closure_no_day", given=share)
        elif shares.setdefault(day, share) != share:
            reason = InvalidPlan("closure_twice", day=day, given=share, before=shares[day])
        else:
            continue
        raise InvalidPlan("cell_wrong", cell=row.address("open"), reason=reason)
    return shares


def _channels(book: Book, stages: tuple[Stage, ...]) -> tuple[Channel, ...]:
    steps = step_keys(stages)
    return tuple(
        Channel(
            name,
            row.number("mix"),
            tuple(row.number(step) for step in steps),
            row.number("unit_value", None),
            row.number("cost_per_lead", None),
            row.number("channel_capacity", None),
        )
        for row, name in _named(book, CHANNELS, "channel")
    )


def _members(book: Book, levels: list[str]) -> tuple[Member, ...]:
    return tuple(
        Member(
            name,
            row.number("territory", 1.0),
            row.date("joined", None),
            row.name("team"),
            row.name("level", levels),
            row.number("ramp", 0.0),
            row.number("member_capacity", None),
            row.number("pinned", None),
            row.date("left", None),
        )
        for row, name in _named(book, MEMBERS, "member")
    )
