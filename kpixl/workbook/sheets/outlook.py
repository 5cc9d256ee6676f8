"""The landing of each KPI, as formulas that every Excel since 2007 can compute, on a phone and in a browser too.

They give the same figures as `engine.landing` and `engine.status`. The probability of reaching the target is a beta
integral. A quantile of the rest of the month counts the outcomes whose cumulative probability is smaller, from an
outcome that is surely below it upwards. The intermediate figures are on the hidden sheet, in a table with a row per
KPI, from which the progress table takes them. Only the dispersion of a KPI is estimated by a refresh
(`tracking.variation`).
"""

import math
from typing import Any

from kpixl.engine.thresholds import (
    ALERT_AFTER,
    ALERT_UP_TO,
    LANDING_CONFIDENCE,
    PRIOR_DAYS,
    RECOVER_AT,
    TARGET_WORTH,
    TOO_SOON_DAYS,
)
from kpixl.plan import Plan
from kpixl.texts import say, section
from kpixl.tracking import month_days, records
from kpixl.workbook.blocks import Column, Table, Value, table_of
from kpixl.workbook.references import looked_up, this_row
from kpixl.workbook.schema import Key
from kpixl.workbook.sheets.calendar import days_between
from kpixl.workbook.sheets.formulas import judged_formula, quoted, reason_formula, unless_untouched
from kpixl.workbook.sheets.said import money_word
from kpixl.workbook.sheets.spills import sentence
from kpixl.workbook.state import State
from kpixl.workbook.tables import OUTLOOK, PROGRESS

__all__ = ["outlook_formulas", "outlook_table"]

_ROUNDING = "1E-12"
_SURELY_BELOW, _FURTHER = 6, 12  # standard deviations: from the first outcome tried to the mean, and the range tried
_KEYS = (
    "days", "done", "unit", "target", "actual", "dispersion", "weight", "shape", "part", "mean", "spread", "first",
    "low", "high", "chance",
)  # fmt: skip
_KEY = {name: Key(name, name) for name in _KEYS}


def outlook_table(state: State, at: str) -> Table:
    """Return a row per KPI with the figures for its landing; the revenue is in orders, which are what varies."""
    own = {key: this_row(OUTLOOK, name) for key, name in _KEY.items()}
    name = this_row(OUTLOOK, "kpi")
    target, made, unit = (looked_up(PROGRESS, key, "kpi", name) for key in ("target", "actual", "unit"))
    weight = f"1/{own['dispersion']}^2,{TARGET_WORTH}/({PRIOR_DAYS:g}*{own['target']}/{own['days']})"
    prior = f"{PRIOR_DAYS:g}*{own['dispersion']}"
    missing = f"ROUNDUP(ROUND({own['target']}-{own['actual']},9),0)"
    reached = f"BETADIST({own['part']},{_steps(missing, own['dispersion'])},{own['shape']})"
    nothing_left = f"OR({own['part']}<=0,{own['shape']}<=0)"
    formulas = {
        "days": days_between("kpixl_month_start", "kpixl_month_end"),
        "done": days_between("kpixl_month_start", "kpixl_as_of"),
        "unit": f"IF({unit}={quoted(money_word())},kpixl_unit_value,1)",
        "target": f"{target}/{own['unit']}",
        "actual": f'IF(ISNUMBER({made}),IF({made}<0,"",{made}/{own["unit"]}),"")',
        "dispersion": None,
        "weight": f"IF({own['target']}<=0,1,MEDIAN(1,{weight}))",
        "shape": f"{PRIOR_DAYS:g}*{own['target']}/{own['days']}*{own['weight']}+N({own['actual']})/{own['dispersion']}",
        "part": f"({own['days']}-{own['done']})/({own['days']}+{prior}*{own['weight']})",
        "mean": f"{own['dispersion']}*{own['shape']}*{own['part']}/(1-{own['part']})",
        "spread": f"SQRT({own['dispersion']}*{own['mean']}/(1-{own['part']}))",
        "first": f"MAX(0,INT({own['mean']}-{_SURELY_BELOW}*{own['spread']}))",
        "low": _judged(own, f"{own['actual']}+{_quantile(own, (1 - LANDING_CONFIDENCE) / 2)}"),
        "high": _judged(own, f"{own['actual']}+{_quantile(own, (1 + LANDING_CONFIDENCE) / 2)}"),
        "chance": _judged(own, f"IF({missing}<=0,1,IF({nothing_left},0,{reached}))"),
    }
    done, left = month_days(state.tracking)
    return table_of(
        at,
        OUTLOOK,
        [_entry(state, row, done, done + left) for row in records(state.tracking.progress)],
        Column("kpi", width=14),
        *(Column(_KEY[key], "quantity", 12, formula, analysed=formula is None) for key, formula in formulas.items()),
    )


def outlook_formulas(plan: Plan) -> dict[str, str]:
    """Return the formulas of the progress table's landing, low, high, probability, status and alert, by key."""
    kpi, target, actual, share = (this_row(PROGRESS, key) for key in ("kpi", "target", "actual", "attainment"))
    of = {key: looked_up(OUTLOOK, _KEY[key], "kpi", kpi) for key in ("days", "done", "unit", "low", "high", "chance")}
    low, high = f"{of['low']}*{of['unit']}", f"{of['high']}*{of['unit']}"
    run = f"IF({of['done']}>0,{actual}*{of['days']}/{of['done']},{actual}+{target})"
    words = {code: quoted(word) for code, word in section("status").items()}
    ended = {code: quoted(word) for code, word in section("closed").items()}
    on_pace = f"{actual}>={target}*{of['done']}/{of['days']}*(1-{_ROUNDING})"
    over = f"IF({on_pace},{ended['on_track']},{ended['will_miss']})"
    open_ = (
        f"IF(AND({of['done']}<={TOO_SOON_DAYS},{of['done']}<{of['days']}),{words['undecided']},"
        f"IF({on_pace},{words['on_track']},"
        f"IF({of['chance']}>={RECOVER_AT},{words['recoverable']},{words['will_miss']})))"
    )
    told = sentence(section("progress")["alert"], {"attainment": share})
    late = f"{of['done']}/{of['days']}>={ALERT_AFTER}*(1-{_ROUNDING})"
    little = f"{actual}<={target}*{ALERT_UP_TO}*(1+{_ROUNDING})"
    money = f"{this_row(PROGRESS, 'unit')}={quoted(money_word())}"
    formulas = {
        "landing": f"MIN(MAX({run},{low}),{high})",
        "low": low,
        "high": high,
        "probability": of["chance"],
        "status": f"IF(kpixl_as_of=kpixl_month_end,{over},{open_})",
        "alert": f"IF(AND({target}>0,{late},{little}),{told},{quoted(say('progress.no_alert'))})",
    }
    reason = reason_formula(plan, kpi, money=money, actual=actual)
    return {
        key: unless_untouched(judged_formula(formula, actual, reason if key == "alert" else '""'))
        for key, formula in formulas.items()
    }


def _quantile(own: dict[str, str], probability: float) -> str:
    """Return the formula of a quantile: the smallest outcome whose cumulative probability is at least `probability`."""
    span = f"{20 - _FURTHER}+{_FURTHER}*(INT({own['spread']})+1)"
    outcome = f"({own['first']}+ROW(INDEX($A:$A,1):INDEX($A:$A,{span})))"
    below = f"BETADIST(1-{own['part']},{own['shape']},{_steps(outcome, own['dispersion'])})<{probability:g}"
    return f"IF({own['mean']}<=0,0,{own['first']}+SUMPRODUCT(--({below})))"


def _steps(orders: str, dispersion: str) -> str:
    return f"({orders}-0.5)/{dispersion}+0.5"


def _judged(own: dict[str, str], formula: str) -> str:
    return f'IF(ISNUMBER({own["actual"]}),{formula},"")'


def _entry(state: State, row: dict[str, Any], done: float, days: float) -> dict[str, Value]:
    """Return the values of the formulas of a row."""
    unit = state.plan.goal.unit_value if row["money"] else 1.0
    known = not row["unjudged"]
    target, actual, dispersion = float(row["target"]) / unit, float(row["actual"]) / unit, float(row["dispersion"])
    prior = PRIOR_DAYS * target / days
    weight = sorted((1.0, 1 / dispersion**2, TARGET_WORTH / prior))[1] if target > 0 else 1.0
    shape = prior * weight + (actual / dispersion if known else 0.0)
    part = (days - done) / (days + PRIOR_DAYS * dispersion * weight)
    mean = dispersion * shape * part / (1 - part)
    spread = math.sqrt(dispersion * mean / (1 - part))
    judged = {
        "low": float(row["low"]) / unit,
        "high": float(row["high"]) / unit,
        "chance": float(row["probability"]),
        "actual": actual,
    }
    return {
        "kpi": row["name"],
        "days": days,
        "done": done,
        "unit": unit,
        "target": target,
        "dispersion": dispersion,
        "weight": weight,
        "shape": shape,
        "part": part,
        "mean": mean,
        "spread": spread,
        "first": max(0, math.floor(mean - _SURELY_BELOW * spread)),
        **{key: value if known else "" for key, value in judged.items()},
    }
