"""メンバー / Members: strengths, who leads by more than luck, who has improved, and who has too much to do.

Attainment, actuals and the workload are native formulas; rank, strengths, weaknesses, the fair ranking and the
improvement are written by a refresh.
"""

from collections.abc import Iterator
from typing import Any

import pandas as pd

from kpixl.plan import Kpi
from kpixl.texts import say
from kpixl.tracking import MemberFrames, most_improved, records
from kpixl.workbook.blocks import Block, Cell, Column, Sheet, Table, Value, figure, points, table_of
from kpixl.workbook.layout import (
    THREE_LINES,
    above,
    headline,
    labels,
    leads,
    link,
    named,
    printed,
    ruled,
    side_by_side,
    titled,
)
from kpixl.workbook.references import looked_up, this_row
from kpixl.workbook.schema import kpi_key
from kpixl.workbook.sheets.formulas import actuals_formula, judged_formula, of_kpi, quoted, unless_untouched
from kpixl.workbook.sheets.outlook import outlook_share
from kpixl.workbook.sheets.progress import span_over
from kpixl.workbook.sheets.reasons import unknown
from kpixl.workbook.sheets.said import said_number
from kpixl.workbook.sheets.span_words import words
from kpixl.workbook.sheets.talking import talk
from kpixl.workbook.sheets.targets import member_target
from kpixl.workbook.sheets.workload import workload_table
from kpixl.workbook.state import State
from kpixl.xlsx.address import column_letters

__all__ = ["achieved_column", "improved_sentence", "member_kpis", "mvp_sentence", "sheet", "skill_names"]

MEMBER_STATUS, MEMBER_ACTUALS = "kpixl_member_status", "kpixl_member_actuals"
RANKING, IMPROVEMENT = "kpixl_member_ranking", "kpixl_member_improvement"
_CHANGES = ("change", "difference")  # what of the improvement is in points
_TOP = 11  # the heading row of the tables, below the two sentences of praise


def sheet(state: State) -> Sheet:
    """Return the sheet with the members' standing."""
    tables = side_by_side(state, (_status, _ranking, _improvement, workload_table, _actuals), f"B{_TOP}")
    sections = zip(tables, ("status", "ranking", "improvement", "workload", "actuals"), strict=True)
    status = tables[0]
    return Sheet(
        say("sheet.members"),
        blocks=(
            *titled(say("members.title")),
            named("kpixl_members_note", "B3", say("members.lead", day=state.tracking.as_of), analysed=True),
            ruled("B5", say("members.praise_section"), len(status.columns)),
            labels("B6", say("members.mvp"), say("members.improved")),
            named("kpixl_mvp", "C6", mvp_sentence(state), "praise", analysed=True),
            named("kpixl_most_improved", "C7", improved_sentence(state), "praise", analysed=True),
            Block("D8", (tuple(_links(tables[1:4])),)),
            *(block for table, key in sections for block in _section(state, table, key)),
            *(
                leads(above(table), say(f"members.{key}_note"))
                for table, key in zip(tables[1:4], ("ranking", "improvement", "workload"), strict=True)
            ),
        ),
        tables=tuple(tables),
        tab="computed",
        print_columns=printed(status),
        heights=dict.fromkeys(range(_TOP + 1, _TOP + 1 + len(status.rows)), THREE_LINES),
        column_groups={column_letters(4 + len(state.plan.personal_kpis) + place): 1 for place in range(_others(state))},
    )


def member_kpis(state: State) -> list[Kpi]:
    """Return the members' KPIs: those with personal targets, then the others except the first stage (by channel)."""
    own, plan = state.plan.personal_kpis, state.plan
    return [*own, *(kpi for kpi in plan.kpis if kpi not in own and kpi.key != plan.stages[0].event)]


def mvp_sentence(state: State) -> str | None:
    """Return the sentence on who leads in orders, if anybody is on pace; None before anything is known or achieved."""
    frames, orders = state.tracking.members, state.plan.stages[-1]
    name, than = frames.mvp(), say("member.target" if span_over(state) else "member.target_to_date")
    if name is None:
        known = orders.event not in unknown(state)
        return say("members.mvp_none", stage=orders.name, than=than) if known and _anything(state) else None
    mine = [frames.attainment[kpi.key][name] for kpi in state.plan.personal_kpis]
    attainment = frames.attainment[orders.event][name]
    return say(
        "members.mvp_untargeted" if pd.isna(attainment) else "members.mvp_is",
        member=name,
        stage=orders.name,
        orders=frames.actual[orders.event][name],
        attainment=attainment,
        reached=said_number(sum(share >= 1 for share in mine)),
        kpis=said_number(sum(pd.notna(share) for share in mine)),
        than=than,
    )


def improved_sentence(state: State) -> str | None:
    """Return the sentence on who has improved most on earlier months, and in what; None if there are no such months."""
    frame = state.tracking.members.improvement
    name = most_improved(frame)
    if name is None:
        return say("members.improved_none", **words(state)) if frame["attainment_before"].notna().any() else None
    row = frame.loc[name]
    if pd.notna(row["difference"]):
        return say("members.improved_rate", member=name, step=row["step"], before=row["rate_before"], after=row["rate"])
    return say(
        "members.improved_attainment",
        member=name,
        before=row["attainment_before"],
        after=row["attainment"],
        **words(state),
    )


def skill_names(frames: MemberFrames, name: str) -> tuple[str | None, str | None]:
    """Return the names of the steps in which a person is strong and weak; None if there are none."""
    strong, weak = (say("join").join(frames.steps(name, sign)) or None for sign in (1, -1))
    return strong, weak


def _status(state: State, at: str) -> Table:
    frames, kpis = state.tracking.members, member_kpis(state)
    columns = (
        Column("member", "strong", 12),
        Column("rank", "rank", 6, analysed=True),
        *(Column(kpi_key(kpi), "attainment", 10, _attainment(state, kpi)) for kpi in kpis),
        Column("strengths", "remark", 17, analysed=True),
        Column("weaknesses", "remark", 17, analysed=True),
        Column("to_say", "remark", 48, analysed=True),
    )
    ranked = _anything(state)
    attained = zip(*(frames.attainment[kpi.key].tolist() for kpi in kpis), strict=True)
    rows = [
        (
            name,
            int(frames.rank[name]) if ranked else None,
            *(_formula_value(state, share) for share in shares),
            *skill_names(frames, name),
            talk(state, name),
        )
        for name, shares in zip(frames.attainment.index, attained, strict=True)
    ]
    return Table(at, MEMBER_STATUS, columns, rows)


def _attainment(state: State, kpi: Kpi) -> str:
    own = this_row(MEMBER_STATUS, "member")
    actual = looked_up(MEMBER_ACTUALS, kpi_key(kpi), "member", own)
    due = f"{member_target(state.plan, quoted(kpi.name), own)}*{outlook_share(quoted(kpi.name))}"
    team = of_kpi("actual", kpi.name)
    return unless_untouched(judged_formula(f'IF({actual}<0,"",IFERROR({actual}/({due}),""))', team))


def _ranking(state: State, at: str) -> Table:
    words = {1: say("standing.above"), 0: say("standing.within"), -1: say("standing.below")}
    return table_of(
        at,
        RANKING,
        records(state.tracking.members.ranking),
        _found("step", "strong", 26),
        _found("member", "text", 14),
        _found("rank", "rank", 8),
        (_found("shrunk_rate", "rate", 11), "shrunk"),
        (_found("rate_low", "rate", 11), "low"),
        (_found("rate_high", "rate", 11), "high"),
        (_found("raw_rate", "rate", 11), "rate"),
        _found("trials", "count", 9),
        _found("successes", "count", 9),
        (_found("standing", "verdict", 14), lambda row: words[row["standing"]]),
        room=1,
        keys=2,
    )


def _improvement(state: State, at: str) -> Table:
    frame = state.tracking.members.improvement
    compared = frame["attainment_before"].notna().any()
    rows = [
        {"member": name} | {key: _value(key, value) if compared else None for key, value in row.items()}
        for name, row in zip(frame.index, records(frame), strict=True)
    ]
    return table_of(
        at,
        IMPROVEMENT,
        rows,
        _found("member", "strong", 14),
        (_found("attainment_last", "attainment", 11), "attainment_before"),
        (_found("attainment_now", "attainment", 11), "attainment"),
        (_found("attainment_change", "points", 11), "change"),
        (_found("improved_step", "remark", 22), "step"),
        (_found("rate_earlier", "rate", 10), "rate_before"),
        (_found("rate_now", "rate", 10), "rate"),
        (_found("rate_gap", "points", 10), "difference"),
        (_found("p_value", "p_value", 9), "p"),
    )


def _found(key: str, style: str, width: float) -> Column:
    """Return a column with results of a refresh."""
    return Column(key, style, width, analysed=True)


def _actuals(state: State, at: str) -> Table:
    kpis, member = member_kpis(state), "member"
    own, actual = this_row(MEMBER_ACTUALS, member), state.tracking.members.actual
    columns = Column(member, "strong", 14), *(achieved_column(kpi, _actual(state, kpi, own)) for kpi in kpis)
    blank = unknown(state)
    rows = [
        (name, *("" if kpi.key in blank else float(actual[kpi.key][name]) for kpi in kpis)) for name in actual.index
    ]
    return Table(at, MEMBER_ACTUALS, columns, rows)


def achieved_column(kpi: Kpi, formula: str | None = None) -> Column:
    """Return the column of a KPI's actuals, wide enough for its kind of figures."""
    style, width = ("money", 14) if kpi.money else ("count", 10)
    return Column(kpi_key(kpi), style, width, formula)


def _actual(state: State, kpi: Kpi, member: str) -> str:
    """Return the formula of a member's actual, blank while the team's is unknown."""
    counted = actuals_formula(state.plan, quoted(kpi.name), money=str(kpi.money).upper(), member=member)
    return f'IF(ISNUMBER({of_kpi("actual", kpi.name)}),{counted},"")'


def _section(state: State, table: Table, key: str) -> tuple[Block, ...]:
    at = above(table, 1 if key in ("status", "actuals") else 2)
    title, analysed = say(f"members.{key}_section"), key not in ("workload", "actuals")
    return headline(state, at, f"kpixl_member_{key}_head", title, len(table.columns), found=analysed)


def _links(tables: list[Table]) -> Iterator[Cell | None]:
    """Yield links to the tables further right, each with room for its text."""
    sheet = say("sheet.members")
    for table, key in zip(tables, ("ranking", "improvement", "workload"), strict=True):
        yield link(say(f"members.to_{key}"), sheet, above(table, 2))
        yield None
        yield None


def _others(state: State) -> int:
    """Return how many of the members' KPIs have no personal targets; their columns fold away."""
    return len(member_kpis(state)) - len(state.plan.personal_kpis)


def _anything(state: State) -> bool:
    """Say whether anybody has achieved anything this month."""
    return bool(state.tracking.members.actual.to_numpy().any())


def _formula_value(state: State, value: float) -> Value:
    return "" if state.tracking.untouched else figure(value)


def _value(key: str, value: Any) -> Value:
    if pd.isna(value):
        return None
    return value if isinstance(value, str) else points(value) if key in _CHANGES else float(value)
