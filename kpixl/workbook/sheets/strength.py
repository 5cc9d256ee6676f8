"""The strength of each member as formulas: in a month by days, territory, level and ramp; in total by that or a pin."""

from kpixl.plan import MEMBER, Plan, Targets
from kpixl.workbook.blocks import Column, Value
from kpixl.workbook.references import column_ref, looked_up, this_row
from kpixl.workbook.schema import kpi_key
from kpixl.workbook.sheets.calendar import days_between
from kpixl.workbook.sheets.closed import asked
from kpixl.workbook.tables import BY_MEMBER, FUNNEL, LEVELS, MEMBER_TARGETS, MEMBERS

__all__ = ["share_columns", "share_rows", "strength_formula"]


def strength_formula() -> str:
    """Return the formula of a member's strength in a month, for the table with a row per month and member.

    The number in a row is the member's row in the table by member, which has territory and level as one factor.
    """
    month = this_row(MEMBER_TARGETS, "month")
    joined, left, ramp = (_setting(MEMBER_TARGETS, key) for key in ("joined", "left", "ramp"))
    last = f"MIN(EOMONTH({month},0),IF({left},{left},9^9))"
    days = days_between(f"MAX({month},{joined})", last)
    since = f"((YEAR({month})-YEAR({joined}))*12+MONTH({month})-MONTH({joined})+1)"
    ramped = f"MAX(0,MIN(1,{since}/({ramp}+1)))"  # a blank date of joining is a day in 1900
    factor = f"INDEX({column_ref(BY_MEMBER, 'factor')},{this_row(MEMBER_TARGETS, 'number')})"
    return f"{days}*{factor}*{ramped}"


def share_columns(plan: Plan) -> tuple[Column, ...]:
    """Return the columns of the table by member that give each member's share."""
    member, basis, pinned, share, part = ("member", "basis", "pinned", "share", "monthly_part")
    orders = f"SUM({column_ref(FUNNEL, kpi_key(plan.stages[-1]))})"
    pins, bases, pin = column_ref(BY_MEMBER, pinned), column_ref(BY_MEMBER, basis), this_row(BY_MEMBER, pinned)
    parts, members = column_ref(MEMBER_TARGETS, part), column_ref(MEMBER_TARGETS, member)
    most = f"MAX({orders},SUM({pins}))"
    free = f'(1-SUM({pins})/{most})*{this_row(BY_MEMBER, basis)}/SUMPRODUCT(({pins}="")*{bases})'
    own_pin = _setting(BY_MEMBER, pinned)
    carried = asked(kpi_key(plan.stages[-1]), MEMBER, name=this_row(BY_MEMBER, member))
    rest = f"({this_row(BY_MEMBER, basis)}>0)*MAX(0,{own_pin}-{carried})"
    return (
        Column(member, "strong", 13),
        Column("factor", "weight", 9, _factor()),
        Column(basis, "rate", 9, f"SUMIFS({parts},{members},{this_row(BY_MEMBER, member)})"),
        Column(pinned, "count", 9, f'IF({own_pin}="","",{rest})'),
        Column(share, "rate", 9, f'IF({orders}=0,{this_row(BY_MEMBER, basis)},IF({pin}<>"",{pin}/{most},{free}))'),
    )


def share_rows(plan: Plan, targets: Targets) -> list[tuple[Value, ...]]:
    """Return the rows of values under `share_columns`."""
    bases, shares = targets.parts.sum(axis=0), targets.shares.sum(axis=0)
    factors = {level.name: level.factor for level in plan.levels}
    carried = targets.by_member[-1, : targets.since].sum(axis=0)
    return [
        (
            member.name,
            member.weight * factors.get(member.level, 1.0),
            float(basis),
            "" if member.pinned is None else max(member.pinned - float(done), 0.0) if basis else 0.0,
            float(share),
        )
        for member, basis, share, done in zip(plan.members, bases, shares, carried, strict=True)
    ]


def _factor() -> str:
    """Return the formula of a member's territory times the factor of their level."""
    territory, level = (_setting(BY_MEMBER, key) for key in ("territory", "level"))
    return f'IF({territory}="",1,{territory})*IFERROR({looked_up(LEVELS, "factor", "level", level)},1)'


def _setting(table: str, key: str) -> str:
    return looked_up(MEMBERS, key, "member", this_row(table, "member"))
