"""The analyses of the progress in a live workbook: where each KPI will land, its status, its alert.

Three kpixl functions over the columns of the progress table, each in a block beside it; the table's own cells read them
from there, and so follow the day, the targets and the actuals at once.
"""

import numpy as np

from kpixl.plan import Plan
from kpixl.texts import say, section
from kpixl.workbook.blocks import BY_ROW, Block
from kpixl.workbook.layout import ruled
from kpixl.workbook.references import column_ref, this_row
from kpixl.workbook.sheets.formulas import judged_formula, quoted, reason_formula, unless_untouched
from kpixl.workbook.sheets.spills import Given, calendar, number_from, sentence, spilled, text_from
from kpixl.workbook.state import State
from kpixl.workbook.tables import PROGRESS
from kpixl.xlsx.address import Area, address

__all__ = ["analysis_formulas", "progress_blocks"]

LANDINGS, STATUSES, ALERTS = "kpixl_live_landing", "kpixl_live_status", "kpixl_live_alert"
_FIGURES = {"landing": BY_ROW, "low": BY_ROW, "high": BY_ROW, "probability": "probability"}
_CONFIDENCE, _RECOVERABLE, _THRESHOLD, _CHECKPOINT = (
    Given(f"{share:.0%}", share) for share in (0.8, 0.25, 0.3, 0.5)
)  # what the functions take where nothing is given, and what the workbook's own figures are made with


def progress_blocks(state: State, at: str) -> tuple[Block, ...]:
    """Return the blocks side by side, their headings at `at` and to the right of it."""
    frame, kpis = state.tracking.progress, state.plan.kpis
    wanted, got = (column_ref(PROGRESS, key) for key in ("target", "actual"))
    target = Given(wanted, frame["target"].to_list())
    actual = Given(f"IF(ISNUMBER({got}),IF({got}<0,0,{got}),0)", frame["actual"].clip(lower=0).to_list())
    money = f"{column_ref(PROGRESS, 'unit')}={quoted(say('unit.money'))}"
    worth = np.where(frame["money"], state.plan.goal.unit_value, 1.0).tolist()
    units = Given(f"IF({money},kpixl_unit_value,1)", worth)
    days, off = calendar(state)
    left, top, *_ = Area.parse(at)
    styles = ["money" if kpi.money else "decimal" for kpi in kpis]
    asked = (
        (LANDINGS, "KPI_LANDING", (actual, *days, target, units, _CONFIDENCE, *off), _FIGURES),
        (STATUSES, "KPI_STATUS", (target, actual, *days, units, _RECOVERABLE, *off), {"status": "status"}),
        (ALERTS, "KPI_ALERT", (target, actual, *days, _THRESHOLD, _CHECKPOINT, *off), {"alert": "text"}),
    )
    blocks: list[Block] = [ruled(address(left, top - 1), say("live.section"))]
    for name, function, arguments, looks in asked:
        blocks += spilled(address(left, top), name, function, arguments, looks, styles)
        left += len(looks)
    return tuple(blocks)


def analysis_formulas(plan: Plan) -> dict[str, str]:
    """Return the formulas of the progress table's analysed columns, by key."""
    kpi = "kpi"
    formulas = {key: number_from(LANDINGS, PROGRESS, kpi, place) for place, key in enumerate(_FIGURES, 1)}
    formulas |= {"status": _closed(text_from(STATUSES, PROGRESS, kpi)), "alert": _alert(kpi)}
    actual = this_row(PROGRESS, "actual")
    money = f"{this_row(PROGRESS, 'unit')}={quoted(say('unit.money'))}"
    reason = reason_formula(plan, this_row(PROGRESS, kpi), money=money, actual=actual)
    return {
        key: unless_untouched(judged_formula(formula, actual, reason if key == "alert" else '""'))
        for key, formula in formulas.items()
    }


def _closed(status: str) -> str:
    """Return the formula of a status in words for what is over, once the month is."""
    over = status
    for code, word in section("closed").items():
        over = f"IF({status}={quoted(say(f'status.{code}'))},{quoted(word)},{over})"
    return f"IF(kpixl_as_of=kpixl_month_end,{over},{status})"


def _alert(kpi: str) -> str:
    found = text_from(ALERTS, PROGRESS, kpi)
    told = sentence(section("progress")["alert"], {"attainment": this_row(PROGRESS, "attainment")})
    return f'IF({found}="","",{told})'
