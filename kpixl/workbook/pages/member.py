"""1on1: a page per member, with their funnel against their targets and the team's rates, and room for agreements."""

import re

from kpixl.texts import say
from kpixl.tracking import Basis, bases
from kpixl.workbook.agreed import open_agreements
from kpixl.workbook.blocks import Column, Sheet, Table, Value, figure, lettering, points
from kpixl.workbook.layout import ruled, titled
from kpixl.workbook.pages.wording import attained, due
from kpixl.workbook.sheets.agreements import agreed_column
from kpixl.workbook.sheets.members import skill_names
from kpixl.workbook.sheets.reasons import unknown
from kpixl.workbook.state import State

__all__ = ["page"]

_AGREED = ("action", "by_whom", "by_when", "month", "done")
_ROOM = 5


def page(state: State, name: str, taken: set[str]) -> Sheet:
    """Return the page of the member `name`, with a sheet title that is not `taken` yet."""
    plan, frames = state.plan, state.tracking.members
    strong, weak = skill_names(frames.skills, name)
    below = 8 + len(plan.stages) + 3
    return Sheet(
        _title(name, taken),
        blocks=(
            *titled(say("member.title", member=name), say("member.lead", month=state.month, day=state.tracking.as_of)),
            lettering("B5", [[(say("heading.strengths"), "label"), (strong or say("member.no_strength"), "text")]]),
            lettering("B6", [[(say("heading.weaknesses"), "label"), (weak or say("member.no_weakness"), "text")]]),
            ruled(f"B{below - 1}", say("member.agreed_section"), 8),
        ),
        tables=(_funnel(state, name), _agreed(state, name, f"B{below}")),
        widths={"B": 44},
        print_columns="A:J",
        one_page=True,
    )


def _agreed(state: State, name: str, at: str) -> Table:
    """Return the table of agreements that are open or of this month, with blank rows to type into."""
    number = [member.name for member in state.plan.members].index(name) + 1
    rows = [tuple(agreement[key] for key in _AGREED) for agreement in open_agreements(state, name)]
    columns = tuple(agreed_column(key) for key in _AGREED)
    return Table(at, f"report_agreed_{number}", columns, [*rows, *[(None,) * len(_AGREED)] * _ROOM], typed=True)


def _funnel(state: State, name: str) -> Table:
    plan, frames = state.plan, state.tracking.members
    team = {stage.event: float(frames.actual[stage.event].sum()) for stage in plan.stages}
    mine = {stage.event: float(frames.actual[stage.event][name]) for stage in plan.stages}
    blank = unknown(state)
    matured, days = state.tracking.matured, float(plan.period.business_days[plan.period.month_of(state.span[1])])
    basis = bases(plan, matured, days)
    number = [member.name for member in plan.members].index(name)
    rows: list[tuple[Value, ...]] = []
    carried = plan.stages[1:]  # the channels bring the first stage, so no member has a target for it
    for place, stage in enumerate(carried):
        above = carried[place - 1].event if place else None
        kind = basis[place] if place else None
        seen = not {stage.event, above} & blank
        own_rate, team_rate = (_rate(counts, stage.event, above) if seen else None for counts in (mine, team))
        if kind is Basis.MATURED:
            won, tried = (counts[place] for counts in (matured.won, matured.tried))
            own_rate = _share(won[number], tried[number])
            team_rate = _share(won.sum(), tried.sum())
        judged = kind is not Basis.SLOW and own_rate is not None and team_rate is not None
        rows.append(
            (
                stage.name,
                float(frames.pace[stage.event][name]),
                None if stage.event in blank else mine[stage.event],
                figure(frames.attainment[stage.event][name], None),
                own_rate,
                team_rate,
                points(own_rate - team_rate) if judged and own_rate is not None and team_rate is not None else None,
                say(f"rate_basis.{kind}") if kind else None,
            )
        )
    columns = (
        Column("stage", "strong", 30),
        Column("pace", "decimal", 13, heading=due(state)),
        Column("actual", "count", 13),
        Column("attainment", "attainment", 13, heading=attained(state)),
        Column("own_rate", "rate", 13),
        Column("team_rate", "rate", 13),
        Column("rate_gap", "points", 13),
        Column("rate_basis", "remark", 17),
    )
    return Table("B8", f"report_member_{number + 1}", columns, rows)


def _rate(counts: dict[str, float], event: str, above: str | None) -> float | None:
    return None if above is None else _share(counts[event], counts[above])


def _share(part: float, whole: float) -> float | None:
    """Return a part of a whole; None where it is no part of it."""
    return float(part / whole) if 0 <= part <= whole * (1 + 1e-12) and whole > 0 else None


def _title(name: str, taken: set[str]) -> str:
    """Return the name as a sheet title: at most 31 characters, none that Excel forbids, different from all others."""
    base = re.sub(r"[\[\]:*?/\\]", "_", name)[:31].strip("'") or "_"
    title, number = base, 2
    reserved = {other.lower() for other in taken} | {"history"}  # reserved by Excel
    while title.lower() in reserved:
        title = f"{base[:27]} {number}"
        number += 1
    return title
