"""目標 / Targets: month × KPI for the team, then per member and per channel: whole numbers that sum.

Everything is native formulas, by the rules of `engine.spread` and `engine.share_table`: the team's months round the
running total, members and channels each take their part of what is still to give. So a change of goal, rate, mix or
weight in the settings moves every target, and every sum stays whole.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from kpixl.texts import say
from kpixl.workbook.blocks import (
    Block,
    Calc,
    Cell,
    Column,
    Content,
    Sheet,
    Table,
    column_ref,
    lettering,
    own_cell,
    this_row,
)
from kpixl.workbook.sheets.funnel import FUNNEL
from kpixl.workbook.sheets.settings import CLOSURES, LEVELS, MEMBERS, SEASONALITY
from kpixl.workbook.state import State
from kpixl.xlsx.address import column_letters

__all__ = ["CHANNEL_TARGETS", "MEMBER_TARGETS", "TEAM", "channel_target", "member_target", "sheet"]

TEAM, MEMBER_TARGETS, CHANNEL_TARGETS = "kpixl_team", "kpixl_member_targets", "kpixl_channel_targets"
STRENGTH, SHARES, MONTH_RATES = "kpixl_strength", "kpixl_shares", "kpixl_month_rates"


def sheet(state: State) -> Sheet:
    """Return the sheet with the targets."""
    months = state.plan.period.months
    team = _team(state)
    wide = (len(team.columns), 4 + months, 3 + months, 4 + months)
    members, channels, strength, shares = (
        column_letters(2 + sum(wide[: place + 1]) + place + 1) for place in range(len(wide))
    )
    first = column_letters(2 + sum(wide[:3]) + 3 + 4)
    tables = (
        team,
        _member_targets(state, f"{members}6"),
        _channel_targets(state, f"{channels}6"),
        _strength(state, f"{strength}6"),
        _shares(state, f"{shares}6"),
    )
    return Sheet(
        say("sheet.targets"),
        blocks=(
            lettering("B2", [[(say("targets.title"), "title")]]),
            lettering("B3", [[(say("targets.lead"), "lead")]]),
            *(
                lettering(f"{at}4", [[(say(f"targets.{key}_section"), "section"), *[("", "section")] * (columns - 1)]])
                for at, key, columns in zip(
                    ("B", members, channels, strength, shares),
                    ("team", "by_member", "by_channel", "strength", "shares"),
                    (*wide, 1 + months),
                    strict=True,
                )
            ),
            lettering(f"{strength}5", [[(say("targets.month_rates"), "lead")]]),
            _month_rates(state, f"{first}5"),
        ),
        tables=tables,
        freeze="C7",
        print_columns=f"A:{column_letters(1 + wide[0])}",
    )


def member_target(kpi: str, member: str) -> str:
    """Return the formula of a member's target in the tracked month; both arguments are formulas of names."""
    return _tracked_target(MEMBER_TARGETS, kpi, say("heading.member"), member, 4)


def channel_target(kpi: str, channel: str) -> str:
    """Return the formula of a channel's target in the tracked month; both arguments are formulas of names."""
    return _tracked_target(CHANNEL_TARGETS, kpi, say("heading.channel"), channel, 3)


def _tracked_target(table: str, kpi: str, by: str, name: str, columns_before: int) -> str:
    month = f"MATCH(kpixl_month_start,{column_ref(TEAM, say('heading.month'))},0)"
    return (
        f"SUMIFS(INDEX({table}[],0,{month}+{columns_before}),{column_ref(table, say('heading.kpi'))},{kpi},"
        f"{column_ref(table, by)},{name})"
    )


def _team(state: State) -> Table:
    plan, targets = state.plan, state.tracking.targets
    month, days, weight, reached = (
        say(f"heading.{key}") for key in ("month", "business_days", "month_weight", "share_to_date")
    )
    all_weights, own_weight = f"SUM({column_ref(TEAM, weight)})", this_row(TEAM, weight)
    existing = f"kpixl_existing*{own_weight}/{all_weights}"
    by_kpi = [targets.team(kpi.key) for kpi in plan.kpis]
    running = np.cumsum(plan.period.weights) / plan.period.weights.sum()
    return Table(
        "B6",
        TEAM,
        (
            Column(month, "month", 12),
            Column(
                days,
                "count",
                8,
                f"NETWORKDAYS({this_row(TEAM, month)},EOMONTH({this_row(TEAM, month)},0),"
                f"{column_ref(CLOSURES, say('heading.date'))})",
            ),
            Column(
                weight,
                "decimal",
                8,
                f"{this_row(TEAM, days)}*INDEX({column_ref(SEASONALITY, say('heading.weight'))},"
                f"MONTH({this_row(TEAM, month)}))",
            ),
            Column(
                reached,
                "share",
                9,
                f'SUMIFS({column_ref(TEAM, weight)},{column_ref(TEAM, month)},"<="&{this_row(TEAM, month)})'
                f"/{all_weights}",
            ),
            Column(
                plan.kpis[0].name,
                "money",
                15,
                f"{this_row(TEAM, plan.stages[-1].name)}*kpixl_average_value+{existing}",
            ),
            *(
                Column(stage.name, "count", 11, _spread(f"SUM({column_ref(FUNNEL, stage.name)})", reached, weight))
                for stage in plan.stages
            ),
        ),
        [
            (start, int(count), float(weight_of), float(part), *(float(values[place]) for values in by_kpi))
            for place, (start, count, weight_of, part) in enumerate(
                zip(plan.period.starts, plan.period.business_days, plan.period.weights, running, strict=True)
            )
        ],
        total=True,
    )


def _spread(total: str, reached: str, weight: str) -> str:
    """Return the formula of a month's part of a total: the running total rounded, less the one of the month before."""
    now = this_row(TEAM, reached)
    before = f"{now}-{this_row(TEAM, weight)}/SUM({column_ref(TEAM, weight)})"
    return f"{_rounded(f'{total}*{now}')}-{_rounded(f'{total}*({before})')}"


def _rounded(formula: str) -> str:
    return f"ROUND(ROUND({formula},9),0)"


def _member_targets(state: State, at: str) -> Table:
    plan, targets = state.plan, state.tracking.targets
    names = [member.name for member in plan.members]
    share = column_ref(STRENGTH, say("heading.share"))
    rows: list[tuple[Content, ...]] = []
    money, orders = plan.kpis[0], len(plan.stages) - 1
    first = len(names) * (1 + orders)
    for place, name in enumerate(names):
        values = targets.by_member[-1, :, place] * targets.unit_value
        aim = float(targets.stretched[-1, place] * targets.unit_value)
        columns = (say("heading.total"), say("heading.stretch"), *_month_headings(state))
        cells = (
            Calc(f"{own_cell(first + place, column)}*kpixl_average_value", float(value))
            for column, value in zip(columns, (values.sum(), aim, *values), strict=True)
        )
        rows.append((money.name, name, *cells))
    for stage, kpi in enumerate(plan.kpis[1:]):
        volume = f"SUM({column_ref(FUNNEL, kpi.name)})"
        aim_volume = f"ROUNDUP(ROUND({volume}*(1+kpixl_stretch),9),0)"
        group = len(names) * (1 + stage)
        for place, name in enumerate(names):
            total, aim = (_largest_remainder(whole, share, place) for whole in (volume, aim_volume))
            rows.append(
                (
                    kpi.name,
                    name,
                    Calc(total, int(targets.by_member[stage, :, place].sum())),
                    Calc(aim, int(targets.stretched[stage, place])),
                    *_shared(state, kpi.name, group, place, targets.by_member[stage], SHARES),
                )
            )
    return Table(
        at,
        MEMBER_TARGETS,
        (
            Column(say("heading.kpi"), "strong", 13),
            Column(say("heading.member"), "text", 13),
            Column(say("heading.total"), "count", 13),
            Column(say("heading.stretch"), "count", 13),
            *(Column(month, "count", 11) for month in _month_headings(state)),
        ),
        rows,
        keys=2,
    )


def _channel_targets(state: State, at: str) -> Table:
    plan, targets = state.plan, state.tracking.targets
    names = [channel.name for channel in plan.channels]
    rows: list[tuple[Content, ...]] = []
    heading, total = say("heading.channel"), say("heading.total")
    first = len(names) * len(plan.stages)
    for place, (name, worth) in enumerate(zip(names, plan.unit_values, strict=True)):
        values = targets.by_channel[-1, :, place] * worth
        unit = f"INDEX({column_ref(FUNNEL, say('heading.unit_value'))},{place + 1})"
        cells = (
            Calc(f"{own_cell(first + place, column)}*{unit}", float(value))
            for column, value in zip((total, *_month_headings(state)), (values.sum(), *values), strict=True)
        )
        rows.append((plan.kpis[0].name, name, *cells))
    for stage, kpi in enumerate(plan.kpis[1:]):
        group = len(names) * (1 + stage)
        for place, name in enumerate(names):
            volume = f"INDEX({column_ref(FUNNEL, kpi.name)},{place + 1})"
            cells = _shared(state, kpi.name, group, place, targets.by_channel[stage], None)
            rows.append((kpi.name, name, Calc(volume, int(targets.volumes[place, stage])), *cells))
    return Table(
        at,
        CHANNEL_TARGETS,
        (
            Column(say("heading.kpi"), "strong", 13),
            Column(heading, "text", 15),
            Column(total, "count", 13),
            *(Column(month, "count", 11) for month in _month_headings(state)),
        ),
        rows,
        keys=2,
    )


def _shared(
    state: State, stage: str, group: int, place: int, counts: NDArray[np.int64], shares: str | None
) -> list[Calc]:
    """Return the cells of a row that say how many units fall to each month.

    The row is number `place` of the rows of its stage, which begin at row `group`. `shares` is the table of what part
    of each one's total is due by the end of each month; without it, that part is the same for all.
    """
    months, last = _month_headings(state), counts.shape[1] - 1
    total, own = say("heading.total"), group + place
    cells = []
    for month, heading in enumerate(months):
        stood = f"SUM({_cells(own, months[0], own, months[month - 1])})" if month else "0"
        team = column_ref(TEAM, stage)
        rest = f"SUM(INDEX({team},1):INDEX({team},{month + 1}))"
        if place:
            rest += f"-SUM({_cells(group, months[0], own - 1, heading)})"
        if place == last:
            formula = f"{rest}-{stood}"
        else:
            whole, after = own_cell(own, total), _cells(own + 1, total, group + last, total)
            mine, all_claims = whole, f"SUM({_cells(own, total, group + last, total)})"
            if shares:
                part = column_ref(shares, heading)
                mine += f"*INDEX({part},{place + 1})"
                due = f"INDEX({part},{place + 1}):INDEX({part},{last + 1})"
                all_claims = f"SUMPRODUCT({_cells(own, total, group + last, total)},{due})"
            fair = f"IFERROR({_rounded(f'({rest})*{mine}/{all_claims}')},0)"
            stood_after = f"-SUM({_cells(own + 1, months[0], group + last, months[month - 1])})" if month else ""
            high = f"MIN({whole},{rest}{stood_after},{fair})"
            formula = f"MAX({stood},{rest}-SUM({after}),{high})-{stood}"
        cells.append(Calc(formula, int(counts[month, place])))
    return cells


def _cells(top: int, left: str, bottom: int, right: str) -> str:
    return f"{own_cell(top, left)}:{own_cell(bottom, right)}"


def _largest_remainder(total: str, shares: str, place: int) -> str:
    """Return the formula that gives a row its whole part of a total: the rule of `engine.allocate`.

    What rounding down leaves over goes to the largest remainders, the upper row first among equals.
    """
    exact = f"ROUND({total}*{shares},9)"
    mine = f"ROUND({total}*INDEX({shares},{place + 1}),9)"
    rests, rest = f"ROUND({exact}-INT({exact}),9)", f"ROUND({mine}-INT({mine}),9)"
    earlier = f"(ROW({shares})<ROW(INDEX({shares},{place + 1})))"
    larger = f"SUMPRODUCT(--({rests}>{rest}))+SUMPRODUCT(({rests}={rest})*{earlier})"
    return f"INT({mine})+IF({larger}<{total}-SUMPRODUCT(INT({exact})),1,0)"


def _month_rates(state: State, at: str) -> Block:
    """Return what one point of strength is worth in each month: the month's part, over all who are there."""
    plan, targets = state.plan, state.tracking.targets
    weight = column_ref(TEAM, say("heading.month_weight"))
    months = plan.period.weights / plan.period.weights.sum()
    cells = [
        Cell(
            Calc(
                f"INDEX({weight},{place + 1})/SUM({weight})/SUM({column_ref(STRENGTH, heading)})",
                float(months[place] / targets.strength[place].sum()),
            ),
            "factor",
        )
        for place, heading in enumerate(_month_headings(state))
    ]
    return Block(at, (tuple(cells),), MONTH_RATES)


def _strength(state: State, at: str) -> Table:
    """Return how much each member counts in each month, and which part of the whole that makes."""
    plan, targets = state.plan, state.tracking.targets
    headings = _month_headings(state)
    member, basis, pinned, share = (say(f"heading.{key}") for key in ("member", "basis", "pinned", "share"))
    months = f"{STRENGTH}[[#This Row],[{headings[0]}]:[{headings[-1]}]]"
    orders = f"SUM({column_ref(FUNNEL, plan.stages[-1].name)})"
    bases, pins = column_ref(STRENGTH, basis), column_ref(STRENGTH, pinned)
    own_pin = this_row(STRENGTH, pinned)
    free = f'(1-SUM({pins})/{orders})*{this_row(STRENGTH, basis)}/SUMPRODUCT(({pins}="")*{bases})'
    claims = _bases(state)
    return Table(
        at,
        STRENGTH,
        (
            Column(member, "text", 13),
            Column(basis, "rate", 9, f"SUMPRODUCT({MONTH_RATES},{months})"),
            Column(pinned, "count", 9, f'IF({_setting(pinned)}="","",{_setting(pinned)})'),
            Column(share, "rate", 9, f'IF({own_pin}<>"",{own_pin}/{orders},{free})'),
            *(Column(heading, "decimal", 9, _present(place)) for place, heading in enumerate(headings)),
        ),
        [
            (
                entry.name,
                float(claims[place]),
                "" if entry.pinned is None else entry.pinned,
                float(targets.shares[:, place].sum()),
                *(float(value) for value in targets.strength[:, place]),
            )
            for place, entry in enumerate(plan.members)
        ],
    )


def _bases(state: State) -> NDArray[np.float64]:
    """Return which part of the whole each member would carry by strength alone."""
    months, strength = state.plan.period.weights, state.tracking.targets.strength
    bases: NDArray[np.float64] = (months[:, None] / months.sum() * strength / strength.sum(axis=1, keepdims=True)).sum(
        axis=0
    )
    return bases


def _setting(heading: str) -> str:
    own = this_row(STRENGTH, say("heading.member"))
    return f"INDEX({column_ref(MEMBERS, heading)},MATCH({own},{column_ref(MEMBERS, say('heading.member'))},0))"


def _present(place: int) -> str:
    """Return the formula of a member's strength in a month: days there × weight × level × ramp."""
    month = f"INDEX({column_ref(TEAM, say('heading.month'))},{place + 1})"
    joined, level = _setting(say("heading.joined")), _setting(say("heading.level"))
    territory, ramp = _setting(say("heading.territory")), _setting(say("heading.ramp"))
    days = (
        f"IF({joined}>EOMONTH({month},0),0,NETWORKDAYS(MAX({month},{joined}),EOMONTH({month},0),"
        f"{column_ref(CLOSURES, say('heading.date'))}))"
    )
    since = f"(YEAR({month})*12+MONTH({month})-YEAR({joined})*12-MONTH({joined})+1)"
    ramped = f'IF({joined}="",1,MAX(0,MIN(1,{since}/({ramp}+1))))'
    names, factors = (column_ref(LEVELS, say(f"heading.{key}")) for key in ("level", "factor"))
    factor = f"IFERROR(INDEX({factors},MATCH({level},{names},0)),1)"
    return f'{days}*IF({territory}="",1,{territory})*{factor}*{ramped}'


def _shares(state: State, at: str) -> Table:
    """Return which part of each member's own total is due by the end of each month."""
    targets, headings = state.tracking.targets, _month_headings(state)
    member, basis = say("heading.member"), say("heading.basis")
    row = f"MATCH({this_row(SHARES, member)},{column_ref(STRENGTH, member)},0)"
    own = targets.shares.sum(axis=0)
    due = np.divide(np.cumsum(targets.shares, axis=0), own, out=np.zeros_like(targets.shares), where=own > 0)

    def formula(place: int) -> str:
        rates = f"INDEX({MONTH_RATES},1,1):INDEX({MONTH_RATES},1,{place + 1})"
        strength = (
            f"INDEX({column_ref(STRENGTH, headings[0])},{row}):INDEX({column_ref(STRENGTH, headings[place])},{row})"
        )
        return f"IFERROR(SUMPRODUCT({rates},{strength})/INDEX({column_ref(STRENGTH, basis)},{row}),0)"

    return Table(
        at,
        SHARES,
        (
            Column(member, "text", 13),
            *(Column(heading, "share", 9, formula(place)) for place, heading in enumerate(headings)),
        ),
        [(entry.name, *(float(value) for value in due[:, place])) for place, entry in enumerate(state.plan.members)],
    )


def _month_headings(state: State) -> Sequence[str]:
    """Return the months as headings; a table's headings are texts."""
    return [f"{start:%Y/%m}" for start in state.plan.period.starts]
