"""What each member must do per day for the rest of the month, beside their daily capacity; on the members sheet.

Everything but the names is a native formula, so a change of capacity, target or date shows at once.
"""

from kpixl.tracking import records
from kpixl.workbook.blocks import Column, Table, Value, figure
from kpixl.workbook.references import looked_up, this_row
from kpixl.workbook.sheets.calendar import days_between
from kpixl.workbook.sheets.formulas import actuals_formula, quoted
from kpixl.workbook.sheets.targets import member_target
from kpixl.workbook.state import State
from kpixl.workbook.tables import MEMBERS, STAGES

__all__ = ["WORKLOAD", "workload_table"]

WORKLOAD = "kpixl_workload"


def workload_table(state: State, at: str) -> Table:
    """Return the table with a row per member and stage with a capacity, or with one blank row if there are none."""
    frame = state.tracking.members.workload
    member, stage, bound, target, actual, left, needed = (
        this_row(WORKLOAD, key)
        for key in ("member", "stage", "daily_capacity", "target", "actual", "days_left", "needed_daily")
    )
    formulas: dict[str, str | None] = {
        "daily_capacity": _capacity(state, member, stage),
        "target": member_target(state.plan, stage, member),
        "actual": actuals_formula(state.plan, stage, money="FALSE", member=member),
        "days_left": _days_left(member),
        "needed_daily": f'IF({left}=0,"",MAX({target}-{actual},0)/{left})',
        "load": f'IF(OR({needed}="",{bound}=0),"",{needed}/{bound})',
    }
    if frame.empty:
        formulas = dict.fromkeys(formulas)
    looks = {"days_left": "quantity", "needed_daily": "decimal", "load": "load"}
    columns = (
        Column("member", "strong", 14),
        Column("stage", "text", 12),
        *(Column(key, looks.get(key, "count"), 10, formula) for key, formula in formulas.items()),
    )
    shown = ("capacity", "target", "actual", "days_left", "needed", "load")
    rows: list[tuple[Value, ...]] = [
        (row["member"], row["stage"], *(figure(row[key]) for key in shown)) for row in records(frame)
    ]
    return Table(at, WORKLOAD, columns, rows or [(None,) * len(columns)], keys=2)


def _capacity(state: State, member: str, stage: str) -> str:
    """Return the formula of a member's daily capacity: their own for the first stage with one, else the stage's."""
    own = looked_up(MEMBERS, "member_capacity", "member", member)
    common = looked_up(STAGES, "capacity", "stage", stage)
    main = next((candidate.name for candidate in state.plan.stages if candidate.capacity is not None), "")
    return f'IF(AND({stage}={quoted(main)},{own}<>""),{own},{common})'


def _days_left(member: str) -> str:
    """Return the formula of the business days left after the as-of date on which a member is there."""
    joined, left = (looked_up(MEMBERS, key, "member", member) for key in ("joined", "left"))
    last = f"MIN(kpixl_month_end,IF({left},{left},9^9))"
    return days_between(f"MAX(kpixl_as_of+1,{joined})", last)
