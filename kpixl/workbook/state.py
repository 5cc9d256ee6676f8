"""Everything that the sheets of a plan workbook show, in one place."""

import datetime as dt
from dataclasses import dataclass, field
from functools import cached_property

import pandas as pd

from kpixl.actuals import FACT_KEYS, FACT_MEASURES, ITEMISED, Memory, in_words, is_whole, no_deals, no_hours, unpacked
from kpixl.engine.answers import Answer
from kpixl.plan import Plan
from kpixl.plan import event_names as names_of
from kpixl.plan.playbook import Playbook
from kpixl.tracking import VALUE_COLUMNS, Tracking, track
from kpixl.tracking.deals import deal_frame
from kpixl.tracking.success import SetApart, success_drivers
from kpixl.workbook.blocks import Value
from kpixl.workbook.sources import Sources

__all__ = ["AGREED", "FACT_COLUMNS", "IMPORT_COLUMNS", "LEFT_COLUMNS", "State", "event_names", "new_state"]

FACT_COLUMNS = [*FACT_KEYS, *FACT_MEASURES, ITEMISED]
LEFT_COLUMNS = ["imported_on", "source", "event", "after", "after_amount"]  # totals after the last import of each
AGREED = ("month", "member", "action", "by_whom", "by_when", "done")
IMPORT_COLUMNS = [
    "source",
    "file",
    "event",
    "read",
    "used",
    "set_aside",
    "duplicates",
    "other",
    "amount_in",
    "amount_out",
    "first",
    "last",
]


@dataclass(frozen=True, eq=False)
class State(Answer):
    """A plan as tracked on a day, the facts behind it, and the log of imports.

    Of more facts than a sheet can show, `facts` are those of the tracked month by day and of others by month,
    `shown_facts` the sums that the sheet shows of them, and `archive` holds each of them (None: there is no archive).

    `facts`, `records`, `deals`, `imports` and `balances` (`LEFT_COLUMNS`) are as in `kpixl.actuals`; `sources` is where
    they come from. `changes` are the rows of the log of changed targets as they are in the workbook: date, KPI, before,
    after. In a `live` workbook the analyses are kpixl formulas. `agreements` are those from the 1on1s, each with the
    parts in `AGREED`; only a report has them, and a `playbook`. `shown_kpi` is the key of the KPI on the target table,
    `shown_member` the name of the member on the day sheet ("": the whole team). `stretched` says whether there are
    stretch targets, `measure_rows` how many measures the table of them has room for (None: for all). `hour_pieces` are
    the hours of calls and mails as text (None: there is no sheet for them).
    """

    tracking: Tracking
    facts: pd.DataFrame
    imports: pd.DataFrame = field(default_factory=pd.DataFrame)
    records: pd.DataFrame = field(default_factory=lambda: Memory.nothing().records)
    balances: pd.DataFrame = field(default_factory=lambda: pd.DataFrame(columns=LEFT_COLUMNS))
    changes: tuple[tuple[Value, ...], ...] = ()
    live: bool = False
    sources: Sources = field(default_factory=Sources)
    agreements: tuple[tuple[Value, ...], ...] = ()
    archive: tuple[str, ...] | None = None
    shown_facts: pd.DataFrame | None = None
    shown_kpi: str = ""
    shown_member: str = ""
    deals: pd.DataFrame = field(default_factory=no_deals)
    stretched: bool = False
    playbook: Playbook = field(default_factory=Playbook)
    measure_rows: int | None = None
    hour_pieces: tuple[str, ...] | None = None

    @property
    def plan(self) -> Plan:
        """The plan."""
        return self.tracking.plan

    @property
    def each_fact(self) -> pd.DataFrame:
        """The facts of all days, be they archived or not, with the names as text."""
        archived = unpacked(self.archive) if self.archive else None
        return self.facts if archived is None else in_words(archived)

    @cached_property
    def hours(self) -> pd.DataFrame:
        """At what hours calls and mails were made, by `HOUR_COLUMNS`, with the names as text."""
        found = unpacked(self.hour_pieces) if self.hour_pieces else None
        return no_hours() if found is None else in_words(found)

    @property
    def hours_are_lost(self) -> bool:
        """Whether the workbook has a sheet for the hours, which was cleared or changed."""
        return self.hour_pieces is not None and not is_whole(self.hour_pieces)

    @cached_property
    def deals_now(self) -> pd.DataFrame | None:
        """The deals as they were on the day; None where there are none."""
        if not len(self.deals):
            return None
        frame = deal_frame(self.deals, self.records, self.tracking.as_of)
        return frame if len(frame) else None

    @cached_property
    def success(self) -> dict[str, SetApart]:
        """The KPIs and candidates that set reached months apart, by name."""
        tracking, by_day = self.tracking, self.archive is None
        facts, values = (self.facts, tracking.values) if by_day else (self.facts.iloc[:0], tracking.by_day)
        return success_drivers(tracking.plan, tracking.targets, facts, values, tracking.as_of, by_member=by_day)

    @property
    def nothing(self) -> str | None:
        """The content of an analysed cell without a result: "" from a formula in a live workbook, else blank."""
        return "" if self.live else None

    @property
    def month(self) -> dt.date:
        """The first day of the month of the as-of date."""
        return self.tracking.as_of.replace(day=1)

    @property
    def unit_value(self) -> float:
        """The planned value of an order in the tracked span."""
        return self.tracking.targets.unit_value_of(self.tracking.span)

    @property
    def span(self) -> tuple[dt.date, dt.date]:
        """The first day of the tracked span, and the as-of date."""
        return self.tracking.span.start, self.tracking.as_of


def new_state(plan: Plan, *, live: bool = False) -> State:
    """Return the state of a plan without any actuals, as of its first day."""
    facts = Memory.nothing().facts
    entries = pd.DataFrame(columns=VALUE_COLUMNS)
    tracking = track(plan, facts, entries, plan.period.start)
    return State(tracking, facts, pd.DataFrame(columns=IMPORT_COLUMNS), live=live, stretched=plan.stretch > 0)


def event_names(plan: Plan) -> dict[str, str]:
    """Return the name of each event in the plan's workbook."""
    return names_of(plan.stages, plan.language)
