"""メンバー / Members: each person's attainment as a heat map, what they are strong in, and the actuals behind it.

Attainment and actuals are native formulas; rank, strengths and weaknesses (only those beyond chance) are written by
a refresh.
"""

import pandas as pd

from kpixl.plan import Kpi
from kpixl.texts import say
from kpixl.workbook.blocks import Block, Cell, Column, Sheet, Table, Value, column_ref, lettering, this_row
from kpixl.workbook.sheets.progress import actuals_formula
from kpixl.workbook.sheets.targets import DETAIL
from kpixl.workbook.state import State
from kpixl.xlsx.address import column_letters

__all__ = ["MEMBER_STATUS", "member_kpis", "sheet", "skill_names"]

MEMBER_STATUS, MEMBER_ACTUALS = "kpixl_member_status", "kpixl_member_actuals"


def sheet(state: State) -> Sheet:
    """Return the sheet with the members' attainment."""
    wide = len(member_kpis(state))
    right = column_letters(2 + wide + 5)
    return Sheet(
        say("sheet.members"),
        blocks=(
            lettering("B2", [[(say("members.title"), "title")]]),
            Block("B3", ((Cell(say("members.lead", day=state.tracking.as_of), "lead"),),), "kpixl_members_note"),
            lettering("B5", [[(say("members.status_section"), "section")]]),
            lettering(f"{right}5", [[(say("members.actuals_section"), "section")]]),
        ),
        tables=(_status(state), _actuals(state, f"{right}6")),
        freeze="C7",
        tab="computed",
        print_columns=f"A:{column_letters(2 + wide + 4)}",
    )


def member_kpis(state: State) -> list[Kpi]:
    """Return the KPIs that a person carries: all but the first stage, which channels bring."""
    return [kpi for kpi in state.plan.kpis if kpi.key != state.plan.stages[0].event]


def _status(state: State) -> Table:
    frames, kpis = state.tracking.members, member_kpis(state)
    member = say("heading.member")
    return Table(
        "B6",
        MEMBER_STATUS,
        (
            Column(member, "strong", 14),
            Column(say("heading.rank"), "count", 8),
            *(Column(kpi.name, "attainment", 12, _attainment(state, kpi)) for kpi in kpis),
            Column(say("heading.strengths"), "text", 30),
            Column(say("heading.weaknesses"), "text", 30),
        ),
        [
            (
                name,
                int(frames.rank[name]),
                *(_shown(frames.attainment[kpi.key][name]) for kpi in kpis),
                *skill_names(frames.skills, name),
            )
            for name in frames.attainment.index
        ],
    )


def _attainment(state: State, kpi: Kpi) -> str:
    member = say("heading.member")
    own, names = this_row(MEMBER_STATUS, member), column_ref(MEMBER_ACTUALS, member)
    actual = f"INDEX({column_ref(MEMBER_ACTUALS, kpi.name)},MATCH({own},{names},0))"
    stage = state.plan.stages[-1].name if kpi.money else kpi.name
    target = (
        f"SUMIFS({column_ref(DETAIL, stage)},{column_ref(DETAIL, say('heading.month'))},kpixl_month_start,"
        f"{column_ref(DETAIL, member)},{own})"
    )
    unit = "*kpixl_unit_value" if kpi.money else ""
    return f'IFERROR({actual}/({target}{unit}*kpixl_elapsed),"")'


def _actuals(state: State, at: str) -> Table:
    kpis, member = member_kpis(state), say("heading.member")
    own, actual = this_row(MEMBER_ACTUALS, member), state.tracking.members.actual
    return Table(
        at,
        MEMBER_ACTUALS,
        (
            Column(member, width=14),
            *(
                Column(
                    kpi.name,
                    "money" if kpi.money else "count",
                    14 if kpi.money else 10,
                    actuals_formula(
                        state.plan,
                        '"' + kpi.name.replace('"', '""') + '"',
                        money="TRUE" if kpi.money else "FALSE",
                        member=own,
                    ),
                )
                for kpi in kpis
            ),
        ),
        [(name, *(float(actual[kpi.key][name]) for kpi in kpis)) for name in actual.index],
    )


def skill_names(skills: pd.DataFrame, name: str) -> tuple[str | None, str | None]:
    """Return the names of the steps a person is strong in and weak in; None where there is none."""
    strong, weak = (
        say("join").join(step for step in skills.columns if skills[step][name] == sign) or None for sign in (1, -1)
    )
    return strong, weak


def _shown(value: float) -> Value:
    return "" if pd.isna(value) else float(value)
