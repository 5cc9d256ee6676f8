"""Formulas that several sheets share: actuals between two days, and a KPI's figures of the month.

Actuals are in three tables: what was imported, what was typed row by row, and what was typed on the day sheet, which
has a column for each KPI. This module alone says how they add up.
"""

from dataclasses import dataclass

from kpixl.plan import Kpi, Plan
from kpixl.texts import say
from kpixl.tracking import Unjudged
from kpixl.workbook.day_columns import counted_keys, day_keys
from kpixl.workbook.references import column_ref, headings_ref, looked_up
from kpixl.workbook.schema import has_column, heading_of, in_order, kpi_keys
from kpixl.workbook.tables import DAYS, ENTRIES, FACTS, FUNNEL, PROGRESS

__all__ = [
    "actuals_formula",
    "channel_records",
    "event_formula",
    "event_records",
    "judged_formula",
    "known_formula",
    "kpi_column",
    "last_formula",
    "of_kpi",
    "quoted",
    "reason_formula",
    "records_formula",
    "unless_untouched",
]

_FILLED = '"<>"'  # a criterion that every cell with content meets


def quoted(text: str) -> str:
    """Return a text as a string literal of a formula.

    >>> quoted('a"b')
    '"a""b"'
    """
    return '"' + text.replace('"', '""') + '"'


def of_kpi(key: str, kpi: str) -> str:
    """Return the formula of a KPI's cell in the progress table, by the KPI's name."""
    return looked_up(PROGRESS, key, "kpi", quoted(kpi))


def kpi_column(plan: Plan, table: str, first: str, kpi: str) -> str:
    """Return the formula of a KPI's column in a table whose first key is `first`; `kpi` is the formula of its name.

    If a heading is not the name of its KPI, or the columns have been reordered, the formula names each column.
    """
    keys = kpi_keys(plan.stages if table == FUNNEL else plan.kpis)
    if in_order(table, [first, *keys]) and all(heading_of(table, key) == key.wording for key in keys):
        return f"INDEX({table}[],0,MATCH({kpi},{headings_ref(table, first, keys[-1])},0))"
    names = ",".join(quoted(key.wording) for key in keys)
    return f"CHOOSE(MATCH({kpi},{{{names}}},0),{','.join(column_ref(table, key) for key in keys)})"


def unless_untouched(formula: str, otherwise: str = '""') -> str:
    """Return a formula that is `otherwise` while the month is running and nothing at all has been achieved in it."""
    actual = column_ref(PROGRESS, "actual")
    achieved = f'COUNTIF({actual},">0")+COUNTIF({actual},"<0")'
    return f"IF(AND({achieved}=0,kpixl_as_of<kpixl_month_end),{otherwise},{formula})"


def judged_formula(formula: str, actual: str, otherwise: str = '""') -> str:
    """Return a formula that judges an actual, and is `otherwise` if the actual is unknown (blank) or negative."""
    return f"IF(ISNUMBER({actual}),IF({actual}<0,{otherwise},{formula}),{otherwise})"


def reason_formula(plan: Plan, kpi: str, *, money: str, actual: str) -> str:
    """Return the formula of the reason why an actual is not judged; `kpi` is the reference to the KPI's name."""
    why = {code: quoted(say(f"unjudged.{code}")) for code in Unjudged}
    ever = _Where(plan, None, None, "kpixl_start", "kpixl_as_of")
    orders = quoted(plan.stages[-1].name)
    of_stage = f"IF({ever.records(kpi, kpi)}>0,{why[Unjudged.SKIPPED]},{why[Unjudged.NOT_RECORDED]})"
    of_money = f"IF({ever.records(orders, orders)}>0,{why[Unjudged.NO_AMOUNT]},{why[Unjudged.NOT_RECORDED]})"
    return f"IF(ISNUMBER({actual}),{why[Unjudged.NEGATIVE]},IF({money},{of_money},{of_stage}))"


def known_formula(
    plan: Plan, kpi: Kpi, *, since: str = "kpixl_month_start", until: str = "kpixl_as_of", value: str | None = None
) -> str:
    """Return the formula of a KPI's actual between two days, blank if unknown (see `kpixl.tracking.recorded`).

    If `value` is given, it is shown in place of a known actual.
    """
    total = actuals_formula(plan, quoted(kpi.name), money=str(kpi.money).upper(), since=since, until=until)
    where = _Where(plan, None, None, since, until)
    ever = f"({records_formula(plan, kpi, until=until)})>0"
    if kpi.money:
        orders = quoted(plan.stages[-1].name)
        skipped = f"({records_formula(plan, kpi, since=since, until=until)})=0,({where.counted(orders)})>0"
    else:
        place = [stage.event for stage in plan.stages].index(kpi.key)
        later = [quoted(stage.name) for stage in plan.stages[place + 1 :]]
        below = f"SUMPRODUCT({where.listed('{' + ','.join(later) + '}')}){''.join(map(where.by_day, later))}"
        skipped = f"({total})=0,{below}>0" if later else "FALSE"
    return f'IF({ever},IF(AND({skipped}),"",{total if value is None else value}),"")'


def records_formula(plan: Plan, kpi: Kpi, *, since: str = "kpixl_start", until: str = "kpixl_as_of") -> str:
    """Return the formula of how many rows there are of a KPI between two days, imported or typed.

    Imported rows count for the revenue only if they have an amount.
    """
    where = _Where(plan, None, None, since, until)
    if not kpi.money:
        return where.records(quoted(kpi.name), quoted(kpi.name))
    orders, revenue = quoted(plan.stages[-1].name), quoted(kpi.name)
    return where.records(orders, revenue, "amount")


def actuals_formula(
    plan: Plan,
    kpi: str,
    *,
    money: str,
    member: str | None = None,
    channel: str | None = None,
    since: str = "kpixl_month_start",
    until: str = "kpixl_as_of",
) -> str:
    """Return the formula that sums a KPI's actuals, imported and typed, from one day to another.

    `kpi` is the reference to its name, and `money` the condition that it is the revenue (or TRUE or FALSE). `member`
    and `channel` are references to names and restrict the sum to them. The default days are the month to date.
    """
    orders = quoted(plan.stages[-1].name)
    where = _Where(plan, member, channel, since, until)
    earned, counted = where.facts("amount", orders), where.facts("count", kpi)
    imported = {"TRUE": earned, "FALSE": counted}.get(money, f"IF({money},{earned},{counted})")
    return f"{imported}+{where.entries(kpi)}"


def event_formula(
    plan: Plan,
    event: str,
    measure: str,
    *,
    member: str | None = None,
    channel: str | None = None,
    since: str = "kpixl_month_start",
    until: str = "kpixl_as_of",
) -> str:
    """Return the formula that sums an event's count, amount or minutes (`measure`); typed entries are counts."""
    where = _Where(plan, member, channel, since, until)
    imported = where.facts(measure, event)
    return f"{imported}+{where.entries(event)}" if measure == "count" else imported


def channel_records(plan: Plan, channel: str) -> str:
    """Return the formula of how many records there are of a channel since the start of the plan, imported or typed."""
    return _Where(plan, None, None, "kpixl_start", "kpixl_as_of").of_channel(channel)


def event_records(plan: Plan, event: str, measure: str | None) -> str:
    """Return the formula of how many rows there are of an event since the start of the plan, imported or typed.

    With a measure, only imported rows with a value of it count, since typed entries are counts.
    """
    where = _Where(plan, None, None, "kpixl_start", "kpixl_as_of")
    return where.records(event, event) if measure is None else where.imported(event, measure)


def last_formula(plan: Plan, name: str, *, since: str = "kpixl_month_start", until: str = "kpixl_as_of") -> str:
    """Return the formula of the value last typed for something tracked by hand: the lowest row of the latest day.

    On the same day, the day sheet comes last.
    """
    date, kpi, value = (column_ref(ENTRIES, key) for key in ("date", "kpi", "value"))
    typed = [(date, f"({kpi}={name})*ISNUMBER({value})", value)]
    column = _day_column(plan, name)
    if column is not None:
        typed.append((column_ref(DAYS, "date"), f"ISNUMBER({column})", column))
    latest = [f"SUMPRODUCT(MAX({mine}*({date}>={since})*({date}<={until})*{date}))" for date, mine, _ in typed]
    last = f"MAX({','.join([since, *latest])})"
    found = '""'
    for date, mine, value in typed:
        found = f"IFERROR(LOOKUP(2,1/({mine}*({date}={last})),{value}),{found})"
    return found


def _day_column(plan: Plan, kpi: str) -> str | None:
    """Return the formula of a KPI's column on the day sheet, None if it has none; `kpi` is the formula of its name."""
    for key in day_keys(plan):
        if kpi.casefold() == quoted(key.wording).casefold():
            return column_ref(DAYS, key) if has_column(DAYS, key) else None
    return None if kpi.startswith('"') else kpi_column(plan, DAYS, "date", kpi)


@dataclass(frozen=True)
class _Where:
    """Which rows of the actuals count: those of a member and a channel (None: all), from one day to another."""

    plan: Plan
    member: str | None
    channel: str | None
    since: str
    until: str

    def facts(self, measure: str, event: str) -> str:
        """Return the formula of the sum over imported rows."""
        return self._sum(FACTS, column_ref(FACTS, measure), "event", event)

    def counted(self, stage: str) -> str:
        """Return the formula of the count of a stage, imported and typed."""
        return f"{self.facts('count', stage)}+{self.entries(stage)}"

    def listed(self, stages: str) -> str:
        """Return the formula of the count of stages, without what was typed on the day sheet."""
        return f"{self.facts('count', stages)}+{self._entries(stages)}"

    def records(self, event: str, kpi: str, measure: str | None = None) -> str:
        """Return the formula of how many records there are: imported of an event (with a measure), typed of a KPI."""
        column = _day_column(self.plan, kpi)
        by_day = "" if column is None else f"+{self._rows(DAYS, column, _FILLED)}"
        return f"{self.imported(event, measure)}+{self._rows(ENTRIES, column_ref(ENTRIES, 'kpi'), kpi)}{by_day}"

    def of_channel(self, channel: str) -> str:
        """Return the formula of how many records there are of a channel."""
        counted = [self._rows(table, column_ref(table, "channel"), channel) for table in (FACTS, ENTRIES)]
        mine = column_ref(DAYS, "channel"), channel
        columns = [column_ref(DAYS, key) for key in counted_keys(self.plan) if has_column(DAYS, key)]
        counted += [self._rows(DAYS, column, _FILLED, *mine) for column in columns]
        return "+".join(counted)

    def imported(self, event: str, measure: str | None) -> str:
        """Return the formula of how many imported rows there are of an event, with a measure if one is given."""
        events = column_ref(FACTS, "event")
        if measure is None:
            return self._rows(FACTS, events, event)
        measured = column_ref(FACTS, measure)
        return "+".join(self._rows(FACTS, events, event, measured, f'"{sign}0"') for sign in "><")

    def entries(self, kpi: str) -> str:
        """Return the formula of the sum of what was typed."""
        return f"{self._entries(kpi)}{self.by_day(kpi)}"

    def by_day(self, kpi: str) -> str:
        """Return what adds the sum of what was typed on the day sheet to a formula."""
        column = _day_column(self.plan, kpi)
        return "" if column is None else f"+{self._sum(DAYS, column)}"

    def _entries(self, kpi: str) -> str:
        return self._sum(ENTRIES, column_ref(ENTRIES, "value"), "kpi", kpi)

    def _rows(self, table: str, column: str, wanted: str, *more: str) -> str:
        return f"COUNTIFS({','.join([column, wanted, *self._days(table), *more])})"

    def _sum(self, table: str, summed: str, by: str = "", name: str = "") -> str:
        given = {by: name, "member": self.member, "channel": self.channel}
        conditions = [part for key, text in given.items() if text for part in (column_ref(table, key), text)]
        return f"SUMIFS({','.join([summed, *conditions, *self._days(table)])})"

    def _days(self, table: str) -> list[str]:
        date = column_ref(table, "date")
        return [date, f'">="&{self.since}', date, f'"<="&{self.until}']
