"""The texts of formulas that several sheets share: what was achieved in some days, and a KPI's figures of the month."""

from dataclasses import dataclass

from kpixl.plan import Plan
from kpixl.texts import say
from kpixl.workbook.blocks import column_ref
from kpixl.workbook.sheets.actuals import ENTRIES, FACTS

__all__ = [
    "PROGRESS",
    "actuals_formula",
    "event_formula",
    "last_formula",
    "nothing_formula",
    "of_kpi",
    "quoted",
    "unless_untouched",
]

PROGRESS = "kpixl_progress"
_Only = dict[str, str | None]  # the reference to a name by what it names: member, channel


def quoted(text: str) -> str:
    """Return a text as a formula writes it.

    >>> quoted('a"b')
    '"a""b"'
    """
    return '"' + text.replace('"', '""') + '"'


def of_kpi(heading: str, kpi: str) -> str:
    """Return the formula of a KPI's cell in the progress table, by the KPI's name."""
    names = column_ref(PROGRESS, say("heading.kpi"))
    return f"INDEX({column_ref(PROGRESS, heading)},MATCH({quoted(kpi)},{names},0))"


def nothing_formula() -> str:
    """Return the condition that nothing at all has been imported or typed yet."""
    dates = (column_ref(table, say("heading.date")) for table in (FACTS, ENTRIES))
    return "+".join(f"COUNT({date})" for date in dates) + "=0"


def unless_untouched(formula: str, otherwise: str = '""') -> str:
    """Return a formula that judges the month, which is silent as long as nothing at all was achieved in it."""
    return f"IF(SUM({column_ref(PROGRESS, say('heading.actual'))})=0,{otherwise},{formula})"


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

    `kpi` is the reference to its name, `money` the condition that it is the revenue (or TRUE or FALSE), `member` and
    `channel` the references to the names of those whose actuals alone count; the days are those of the month so far
    unless given.
    """
    orders = quoted(plan.stages[-1].name)
    where = _Where(member, channel, since, until)
    earned, counted = where.facts("amount", orders), where.facts("count", kpi)
    imported = {"TRUE": earned, "FALSE": counted}.get(money, f"IF({money},{earned},{counted})")
    return f"{imported}+{where.entries(kpi)}"


def event_formula(
    event: str,
    measure: str,
    *,
    channel: str | None = None,
    since: str = "kpixl_month_start",
    until: str = "kpixl_as_of",
) -> str:
    """Return the formula that sums an event's count, amount or minutes (`measure`); what was typed is a count."""
    where = _Where(None, channel, since, until)
    imported = where.facts(measure, event)
    return f"{imported}+{where.entries(event)}" if measure == "count" else imported


def last_formula(name: str, *, since: str = "kpixl_month_start", until: str = "kpixl_as_of") -> str:
    """Return the formula of the value last typed for what is followed by hand: of the last day, the lowest row."""
    date, kpi, value = (column_ref(ENTRIES, say(f"heading.{key}")) for key in ("date", "kpi", "value"))
    mine = f"({kpi}={name})*ISNUMBER({value})"
    last = f"SUMPRODUCT(MAX({mine}*({date}>={since})*({date}<={until})*{date}))"
    return f'IFERROR(LOOKUP(2,1/({mine}*({date}=MAX({since},{last}))),{value}),"")'


@dataclass(frozen=True)
class _Where:
    """Which rows of the actuals count: those of a member, of a channel (None: all), from one day to another."""

    member: str | None
    channel: str | None
    since: str
    until: str

    def facts(self, measure: str, event: str) -> str:
        """Return the formula of the sum over imported rows."""
        return self._sum(FACTS, measure, "event", event)

    def entries(self, kpi: str) -> str:
        """Return the formula of the sum over typed rows."""
        return self._sum(ENTRIES, "value", "kpi", kpi)

    def _sum(self, table: str, summed: str, by: str, name: str) -> str:
        given = {by: name, "member": self.member, "channel": self.channel}
        conditions = [
            part for key, text in given.items() if text for part in (column_ref(table, say(f"heading.{key}")), text)
        ]
        date = column_ref(table, say("heading.date"))
        days = [date, f'">="&{self.since}', date, f'"<="&{self.until}']
        return f"SUMIFS({','.join([column_ref(table, say(f'heading.{summed}')), *conditions, *days])})"
