"""目標表 / Target table: one chosen KPI by month, for the team, its groups and members, and the channels.

Everything is a native formula on the lists of targets, which are on the next sheet and suit pivot tables.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from kpixl.plan import Kpi, Plan
from kpixl.texts import say
from kpixl.workbook.blocks import BY_ROW, Block, Calc, Cell, Column, Sheet, Table
from kpixl.workbook.books import Book
from kpixl.workbook.layout import labels, printed, ruled, titled
from kpixl.workbook.references import column_ref, this_row
from kpixl.workbook.schema import Key
from kpixl.workbook.sheets.formulas import kpi_column, quoted
from kpixl.workbook.state import State
from kpixl.workbook.tables import CHANNEL_TARGETS, MEMBER_TARGETS, MEMBERS, TEAM

__all__ = ["read_shown_kpi", "sheet"]

_MATRIX, _KPI = "kpixl_matrix", "kpixl_matrix_kpi"
_TEAM, _GROUP, _MEMBER, _CHANNEL = "team", "group", "member", "channel"
_TOP = 8  # the heading row


@dataclass(frozen=True)
class _Entry:
    """A row: its kind, its name, and its targets by month."""

    kind: str
    name: str
    targets: NDArray[np.float64]


def sheet(state: State) -> Sheet:
    """Return the sheet with the targets of one KPI."""
    plan, shown = state.plan, _shown(state)
    table = _matrix(state, shown)
    starts = tuple(
        Cell(Calc(f"EDATE(kpixl_start,{place})", start), "month_head") for place, start in enumerate(plan.period.starts)
    )
    return Sheet(
        say("sheet.matrix"),
        blocks=(
            *titled(say("matrix.title"), say("matrix.lead")),
            labels("B5", say("matrix.kpi")),
            Block("C5", ((Cell(shown.name, "strong"),),), _KPI, typed=True, choices=tuple(k.name for k in plan.kpis)),
            ruled(f"B{_TOP - 1}", "", 2),
            Block(f"D{_TOP - 1}", (starts,), "kpixl_matrix_months"),
        ),
        tables=(table,),
        freeze=f"D{_TOP + 1}",
        tab="computed",
        print_columns=printed(table),
    )


def read_shown_kpi(book: Book, plan: Plan) -> str:
    """Return the key of the chosen KPI; "" if the workbook does not have this cell yet."""
    return book.code(_KPI, {kpi.name: kpi.key for kpi in plan.kpis})


def _shown(state: State) -> Kpi:
    """Return the KPI to show: the chosen one, else the first KPI with personal targets."""
    plan = state.plan
    first = plan.personal_kpis[0] if plan.personal_kpis else plan.kpis[0]
    return next((kpi for kpi in plan.kpis if kpi.key == state.shown_kpi), first)


def _matrix(state: State, shown: Kpi) -> Table:
    entries = list(_entries(state, shown))
    kinds = {kind: quoted(say(f"matrix.of_{kind}")) for kind in (_TEAM, _GROUP, _MEMBER, _CHANNEL)}
    kind, name = (this_row(_MATRIX, key) for key in ("kind", "matrix.name"))
    months = [
        Key(f"month.{place}", say("matrix.month", number=place)) for place in range(1, state.plan.period.months + 1)
    ]
    columns = (
        Column("kind", "key", 9),
        Column("matrix.name", "strong", 16),
        *(
            Column(month, BY_ROW, 10, _formula(state.plan, kinds, kind, name, f"EDATE(kpixl_start,{place})"))
            for place, month in enumerate(months)
        ),
        Column("total", "subtotal", 12, f"SUM({this_row(_MATRIX, months[0])}:{this_row(_MATRIX, months[-1])})"),
    )
    rows = [
        (say(f"matrix.of_{entry.kind}"), entry.name, *entry.targets.tolist(), float(entry.targets.sum()))
        for entry in entries
    ]
    styles = tuple("count" if entry.kind in (_MEMBER, _CHANNEL) else "subtotal" for entry in entries)
    return Table(f"B{_TOP}", _MATRIX, columns, rows, keys=2, row_styles=styles)


def _formula(plan: Plan, kinds: dict[str, str], kind: str, name: str, month: str) -> str:
    """Return the formula of the target in a month, for a row of any kind."""

    def of(table: str, key: str, who: str) -> str:
        targets = kpi_column(plan, table, "month", _KPI)
        return f"SUMIFS({targets},{column_ref(table, 'month')},{month},{column_ref(table, key)},{who})"

    everyone = of(MEMBER_TARGETS, "member", column_ref(MEMBERS, "member"))
    group = f"SUMPRODUCT({everyone}*({column_ref(MEMBERS, 'team')}={name}))"
    team = f"SUMIFS({kpi_column(plan, TEAM, 'month', _KPI)},{column_ref(TEAM, 'month')},{month})"
    member, channel = of(MEMBER_TARGETS, "member", name), of(CHANNEL_TARGETS, "channel", name)
    others = f"IF({kind}={kinds[_GROUP]},{group},{team})"
    return f"IF({kind}={kinds[_MEMBER]},{member},IF({kind}={kinds[_CHANNEL]},{channel},{others}))"


def _entries(state: State, shown: Kpi) -> Iterator[_Entry]:
    plan, targets = state.plan, state.tracking.targets
    own = dict(zip((member.name for member in plan.members), targets.members(shown.key).T, strict=True))
    yield _Entry(_TEAM, say("matrix.everyone"), targets.team(shown.key))
    groups = dict.fromkeys(member.team for member in plan.members)
    for group in sorted(groups, key=lambda one: not one):  # members without a group come last
        people = [member.name for member in plan.members if member.team == group]
        if group:
            yield _Entry(_GROUP, group, np.sum([own[name] for name in people], axis=0))
        yield from (_Entry(_MEMBER, name, own[name]) for name in people)
    for channel, figures in zip(plan.channels, targets.channels(shown.key).T, strict=True):
        yield _Entry(_CHANNEL, channel.name, figures)
