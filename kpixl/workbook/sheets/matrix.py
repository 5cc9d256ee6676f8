"""目標表 / Target table: one chosen KPI by month, for the team, its groups and members, and the channels.

Everything is native formulas on the lists of targets, which are on the next sheet and suit pivot tables. Twelve months
are shown: the year of the plan that the tracked day lies in.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from kpixl.plan import Kpi, Plan
from kpixl.texts import say
from kpixl.workbook.blocks import BY_ROW, Block, Calc, Cell, Column, Sheet, Sparkline, Table, Value, lettering
from kpixl.workbook.books import Book
from kpixl.workbook.layout import labels, ruled, titled
from kpixl.workbook.references import column_ref, this_row
from kpixl.workbook.schema import Key
from kpixl.workbook.sheets.formulas import kpi_column
from kpixl.workbook.state import State
from kpixl.workbook.tables import CHANNEL_TARGETS, MEMBER_TARGETS, MEMBERS, TEAM
from kpixl.xlsx.address import Area, address, column_letters

__all__ = ["read_shown_kpi", "sheet"]

_MATRIX, _KPI, _HEADS = "kpixl_matrix", "kpixl_matrix_kpi", "kpixl_matrix_months"
_LISTS = {TEAM: "kpixl_matrix_team", MEMBER_TARGETS: "kpixl_matrix_member", CHANNEL_TARGETS: "kpixl_matrix_channel"}
_YEAR = 12  # months
_TEAM, _GROUP, _MEMBER, _CHANNEL = "team", "group", "member", "channel"
_TOP = 8  # the heading row
_COURSE = 16  # characters
_MORE_ROWS = 6  # rows below the table that have a small chart in case the table grows
_GAP = 6  # points, of a row between


@dataclass(frozen=True)
class _Entry:
    """A row: its kind, its name, and its targets by month."""

    kind: str
    name: str
    targets: list[float]


def sheet(state: State) -> Sheet:
    """Return the sheet with the targets of one KPI."""
    plan, shown = state.plan, _shown(state)
    table = _matrix(state, shown)
    course = column_letters(table.area.right + 1)
    return Sheet(
        say("sheet.matrix"),
        blocks=(
            *titled(say("matrix.title"), say("matrix.lead")),
            labels("B5", say("matrix.kpi")),
            Block("C5", ((Cell(shown.name, "strong"),),), _KPI, typed=True, choices=tuple(k.name for k in plan.kpis)),
            ruled(f"B{_TOP - 1}", "", 2),
            Block(f"D{_TOP - 1}", (tuple(_heads(state)),), _HEADS),
            lettering(f"{course}{_TOP}", [[(say("review.course"), "heading")]]),
        ),
        tables=(table,),
        sparklines=_lines(table),
        widths={course: _COURSE},
        freeze=f"D{_TOP + 1}",
        heights=dict.fromkeys((4, 6), _GAP),
        tab="computed",
        print_columns=f"A:{course}",
        names=_lists(plan),
    )


def _lines(table: Table) -> tuple[Sparkline, ...]:
    """Return a small chart of the months beside each row, also of rows that may be added."""
    left, top, right, bottom = table.body
    return tuple(
        Sparkline(address(right + 1, row), str(Area(left + 2, row, right - 1, row)))
        for row in range(top, bottom + 1 + _MORE_ROWS)
    )


def read_shown_kpi(book: Book, plan: Plan) -> str:
    """Return the key of the chosen KPI; "" if the workbook does not have this cell yet."""
    return book.code(_KPI, {kpi.name: kpi.key for kpi in plan.kpis})


def _shown(state: State) -> Kpi:
    """Return the KPI to show: the chosen one, else the first KPI with personal targets."""
    plan = state.plan
    first = plan.personal_kpis[0] if plan.personal_kpis else plan.kpis[0]
    return next((kpi for kpi in plan.kpis if kpi.key == state.shown_kpi), first)


def _first(state: State) -> int:
    """Return the number of the first month that is shown, from 0."""
    return state.plan.period.month_of(state.tracking.as_of) // _YEAR * _YEAR


def _heads(state: State) -> Iterator[Cell]:
    """Yield the first day of each month that is shown, nothing beyond the end of the plan."""
    starts, first = state.plan.period.starts, _first(state)
    since = "(YEAR(kpixl_as_of)-YEAR(kpixl_start))*12+MONTH(kpixl_as_of)-MONTH(kpixl_start)"
    for number in range(_YEAR):
        month = f"{_YEAR}*INT(({since})/{_YEAR})+{number}"
        formula = f'IF({month}<kpixl_months,EDATE(kpixl_start,{month}),"")'
        day = starts[first + number] if first + number < len(starts) else ""
        yield Cell(Calc(formula, day), "month_head")


def _matrix(state: State, shown: Kpi) -> Table:
    entries, first = list(_entries(state, shown)), _first(state)
    months = [Key(f"month.{number}", say("matrix.month", number=number)) for number in range(1, _YEAR + 1)]
    columns = (
        Column("kind", "key", 9),
        Column("matrix.name", "strong", 16),
        *(Column(month, BY_ROW, 10) for month in months),
        Column("total", "subtotal", 12, f"SUM({this_row(_MATRIX, months[0])}:{this_row(_MATRIX, months[-1])})"),
    )
    rows = []
    for entry in entries:
        year = entry.targets[first : first + _YEAR]
        values: list[Value] = [*year, *[""] * (_YEAR - len(year))]
        cells = (Calc(_formula(entry.kind, number), value) for number, value in enumerate(values, 1))
        rows.append((say(f"matrix.of_{entry.kind}"), entry.name, *cells, sum(year)))
    styles = tuple("count" if entry.kind in (_MEMBER, _CHANNEL) else "subtotal" for entry in entries)
    return Table(f"B{_TOP}", _MATRIX, columns, rows, keys=2, row_styles=styles)


def _lists(plan: Plan) -> dict[str, str]:
    """Return the names under which the formulas find the chosen KPI's targets in each list."""
    return {name: kpi_column(plan, table, "month", _KPI) for table, name in _LISTS.items()}


def _formula(kind: str, number: int) -> str:
    """Return the formula of a target in a month, by the number of its column, for a row of a kind."""
    name, month = this_row(_MATRIX, "matrix.name"), f"INDEX({_HEADS},1,{number})"

    def of(table: str, key: str, who: str) -> str:
        return f"SUMIFS({_LISTS[table]},{column_ref(table, 'month')},{month},{column_ref(table, key)},{who})"

    if kind == _TEAM:
        target = f"SUMIFS({_LISTS[TEAM]},{column_ref(TEAM, 'month')},{month})"
    elif kind == _GROUP:
        everyone = of(MEMBER_TARGETS, "member", column_ref(MEMBERS, "member"))
        target = f"SUMPRODUCT({everyone}*({column_ref(MEMBERS, 'team')}={name}))"
    else:
        target = of(MEMBER_TARGETS if kind == _MEMBER else CHANNEL_TARGETS, kind, name)
    return f'IF({month}="","",{target})'


def _entries(state: State, shown: Kpi) -> Iterator[_Entry]:
    plan, targets = state.plan, state.tracking.targets
    own = dict(zip((member.name for member in plan.members), targets.members(shown.key).T.tolist(), strict=True))
    yield _Entry(_TEAM, say("matrix.everyone"), targets.team(shown.key).tolist())
    groups = dict.fromkeys(member.team for member in plan.members)
    for group in sorted(groups, key=lambda one: not one):  # members without a group come last
        people = [member.name for member in plan.members if member.team == group]
        if group:
            yield _Entry(_GROUP, group, [sum(month) for month in zip(*(own[name] for name in people), strict=True)])
        yield from (_Entry(_MEMBER, name, own[name]) for name in people)
    for channel, figures in zip(plan.channels, targets.channels(shown.key).T.tolist(), strict=True):
        yield _Entry(_CHANNEL, channel.name, figures)
