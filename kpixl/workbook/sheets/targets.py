"""目標 / Targets: month × KPI for the team, then per member and per channel, and the whole numbers they are sums of.

The whole numbers (month × channel × member) are set by kpixl, as nobody can split three leads among four people by
formula; everything above them sums them up natively.
"""

from kpixl.texts import say
from kpixl.workbook.blocks import Column, Sheet, Table, column_ref, lettering, this_row
from kpixl.workbook.sheets.settings import CLOSURES, SEASONALITY
from kpixl.workbook.state import State
from kpixl.xlsx.address import column_letters

__all__ = ["DETAIL", "TEAM", "sheet"]

TEAM, BY_MEMBER, BY_CHANNEL, DETAIL = "kpixl_team", "kpixl_by_member", "kpixl_by_channel", "kpixl_targets"


def sheet(state: State) -> Sheet:
    """Return the sheet with the targets."""
    wide = len(state.plan.kpis)
    by_member, by_channel, detail = (column_letters(2 + columns) for columns in (wide + 4, 2 * wide + 6, 3 * wide + 7))
    sections = (("B", "team"), (by_member, "by_member"), (by_channel, "by_channel"), (detail, "detail"))
    return Sheet(
        say("sheet.targets"),
        blocks=(
            lettering("B2", [[(say("targets.title"), "title")]]),
            lettering("B3", [[(say("targets.lead"), "lead")]]),
            *(lettering(f"{at}5", [[(say(f"targets.{key}_section"), "section")]]) for at, key in sections),
        ),
        tables=(
            _team(state),
            _summed(state, f"{by_member}6", BY_MEMBER, "member"),
            _summed(state, f"{by_channel}6", BY_CHANNEL, "channel"),
            _detail(state, f"{detail}6"),
        ),
        freeze="C7",
        print_columns=f"A:{column_letters(wide + 4)}",
    )


def _team(state: State) -> Table:
    plan, targets = state.plan, state.tracking.targets
    month, days, share = say("heading.month"), say("heading.business_days"), say("heading.month_weight")
    orders = plan.stages[-1].name
    weights = plan.period.business_days * [plan.period.seasonality[start.month - 1] for start in plan.period.starts]
    revenue = (
        f"{this_row(TEAM, orders)}*kpixl_unit_value"
        f"+kpixl_existing*{this_row(TEAM, share)}/SUM({column_ref(TEAM, share)})"
    )
    by_kpi = [targets.team(kpi.key) for kpi in plan.kpis]
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
                share,
                "decimal",
                8,
                f"{this_row(TEAM, days)}*INDEX({column_ref(SEASONALITY, say('heading.weight'))},"
                f"MONTH({this_row(TEAM, month)}))",
            ),
            Column(plan.kpis[0].name, "money", 15, revenue),
            *(_sum_column(stage.name, TEAM, "month") for stage in plan.stages),
        ),
        [
            (start, int(count), float(weight), *(float(values[place]) for values in by_kpi))
            for place, (start, count, weight) in enumerate(
                zip(plan.period.starts, plan.period.business_days, weights, strict=True)
            )
        ],
        total=True,
    )


def _summed(state: State, at: str, name: str, by: str) -> Table:
    plan, targets = state.plan, state.tracking.targets
    names = [entry.name for entry in (plan.members if by == "member" else plan.channels)]
    counts = targets.counts.sum(axis=(1, 2) if by == "member" else (1, 3)).T
    revenue = [Column(plan.kpis[0].name, "money", 15, f"{this_row(name, plan.stages[-1].name)}*kpixl_unit_value")]
    return Table(
        at,
        name,
        (
            Column(say(f"heading.{by}"), width=14),
            *(revenue if by == "member" else []),
            *(_sum_column(stage.name, name, by) for stage in plan.stages),
        ),
        [
            (name_of, *([row[-1] * plan.goal.unit_value] if by == "member" else []), *(int(count) for count in row))
            for name_of, row in zip(names, counts, strict=True)
        ],
        total=True,
    )


def _sum_column(stage: str, table: str, by: str) -> Column:
    heading = say(f"heading.{by}")
    return Column(
        stage,
        "count",
        11,
        f"SUMIFS({column_ref(DETAIL, stage)},{column_ref(DETAIL, heading)},{this_row(table, heading)})",
    )


def _detail(state: State, at: str) -> Table:
    plan, counts = state.plan, state.tracking.targets.counts
    return Table(
        at,
        DETAIL,
        (
            Column(say("heading.month"), "month", 12),
            Column(say("heading.channel"), width=14),
            Column(say("heading.member"), width=12),
            *(Column(stage.name, "count", 10) for stage in plan.stages),
        ),
        [
            (start, channel.name, member.name, *(int(count) for count in counts[:, m, c, p]))
            for m, start in enumerate(plan.period.starts)
            for c, channel in enumerate(plan.channels)
            for p, member in enumerate(plan.members)
        ],
        keys=3,
    )
