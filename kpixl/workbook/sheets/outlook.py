"""The landing of each KPI, as formulas that every Excel since 2007 can compute, on a phone and in a browser too.

They give the same figures as `engine.landing` and `engine.status`. The probability of reaching the target is a beta
integral. A quantile of the rest of the month counts the outcomes whose cumulative probability is smaller, from an
outcome that is surely below it upwards. The intermediate figures are on the hidden sheet, in a table with a row per
KPI, from which the progress table takes them. Only the dispersion of a KPI and the drift of its level are estimated by
a refresh (`tracking.variation`), and what its open deals will bring (`tracking.deals_to_come`): the rest of the month
is then given by mean and variance, as long as the day is that of the refresh.
"""

import math
from typing import Any

from kpixl.engine.thresholds import (
    LANDING_CONFIDENCE,
    PRIOR_DAYS,
    RECOVER_AT,
    TARGET_WORTH,
    TOO_SOON_DAYS,
)
from kpixl.plan import Plan
from kpixl.texts import say, section
from kpixl.tracking import records
from kpixl.workbook.blocks import Column, Table, Value, table_of
from kpixl.workbook.references import looked_up, this_row
from kpixl.workbook.schema import Key
from kpixl.workbook.sheets.alerts import after_in_force, is_late, is_little
from kpixl.workbook.sheets.calendar import days_between, weighed, weight_between
from kpixl.workbook.sheets.formulas import judged_formula, quoted, reason_formula, unless_untouched
from kpixl.workbook.sheets.said import money_word
from kpixl.workbook.sheets.spills import sentence
from kpixl.workbook.state import State
from kpixl.workbook.tables import OUTLOOK, PROGRESS

__all__ = ["outlook_formulas", "outlook_given", "outlook_share", "outlook_table"]

_ROUNDING = "1E-12"
_SURELY_BELOW, _FURTHER = 6, 12  # standard deviations: from the first outcome tried to the mean, and the range tried
_KEYS = (
    "weighed", "days", "done", "due", "unit", "target", "actual", "dispersion", "drift", "rest", "rest_variance",
    "given", "weight", "worth", "open", "mean", "step", "shape", "part", "spread", "first", "low", "high", "chance",
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
    reached = f"BETADIST({own['part']},{_steps(missing, own['step'])},{own['shape']})"
    nothing_left = f"OR({own['part']}<=0,{own['shape']}<=0)"
    given, mean, step = own["given"], own["mean"], own["step"]
    around_given = f"{mean}^2/({own['rest_variance']}-{step}*{mean})"
    as_run = f"OR({mean}<=0,AND({given}=0,N({own['drift']})=0))"
    counted = {"days": ("kpixl_month_start", "kpixl_month_end"), "done": ("kpixl_month_start", "kpixl_as_of")}
    formulas = {
        "weighed": f"IFERROR(IF({weighed(state.plan, name)},1,0),0)",
        **{
            key: f"IF({own['weighed']}=1,{weight_between(state.plan, name, *span)},{days_between(*span)})"
            for key, span in counted.items()
        },
        "due": f"{own['done']}/{own['days']}",
        "unit": f"IF({unit}={quoted(money_word())},kpixl_unit_value,1)",
        "target": f"{target}/{own['unit']}",
        "actual": f'IF(ISNUMBER({made}),IF({made}<0,"",{made}/{own["unit"]}),"")',
        "dispersion": None,
        "drift": None,
        "rest": None,
        "rest_variance": None,
        "given": f"IF(AND(N({own['rest']})>0,N({own['rest_variance']})>0),IF(kpixl_as_of=kpixl_analysed_on,1,0),0)",
        "weight": f"IF({own['target']}<=0,1,MEDIAN(1,{weight}))",
        "worth": f"{PRIOR_DAYS:g}*{own['target']}/{own['days']}*{own['weight']}+N({own['actual']})/{own['dispersion']}",
        "open": f"({own['days']}-{own['done']})/({own['days']}+{prior}*{own['weight']})",
        "mean": f"IF({given}=1,{own['rest']},{own['dispersion']}*{own['worth']}*{own['open']}/(1-{own['open']}))",
        "step": f"IF({given}=1,MIN({own['dispersion']},{own['rest_variance']}/{own['rest']}/2),{own['dispersion']})",
        "shape": f"IF({given}=1,{around_given},{own['worth']}/(1+N({own['drift']})*{own['worth']}))",
        "part": f"IF({as_run},{own['open']},{mean}/({mean}+{step}*{own['shape']}))",
        "spread": f"SQRT({step}*{mean}/(1-{own['part']}))",
        "first": f"MAX(0,INT({own['mean']}-{_SURELY_BELOW}*{own['spread']}))",
        "low": _judged(own, f"{own['actual']}+{_quantile(own, (1 - LANDING_CONFIDENCE) / 2)}"),
        "high": _judged(own, f"{own['actual']}+{_quantile(own, (1 + LANDING_CONFIDENCE) / 2)}"),
        "chance": _judged(own, f"IF({missing}<=0,1,IF({nothing_left},0,{reached}))"),
    }
    return table_of(
        at,
        OUTLOOK,
        [_entry(state, row) for row in records(state.tracking.progress)],
        Column("kpi", width=14),
        *(Column(_KEY[key], "quantity", 12, formula, analysed=formula is None) for key, formula in formulas.items()),
    )


def outlook_formulas(plan: Plan) -> dict[str, str]:
    """Return the formulas of the progress table's landing, low, high, probability, status and alert, by key."""
    kpi, target, actual, share = (this_row(PROGRESS, key) for key in ("kpi", "target", "actual", "attainment"))
    used = ("days", "done", "unit", "given", "mean", "low", "high", "chance")
    of = {key: looked_up(OUTLOOK, _KEY[key], "kpi", kpi) for key in used}
    low, high = f"{of['low']}*{of['unit']}", f"{of['high']}*{of['unit']}"
    run = f"IF({of['done']}>0,{actual}*({of['days']}/{of['done']}),{actual}+{target})"
    run = f"IF({of['given']}=1,{actual}+{of['mean']}*{of['unit']},{run})"
    over_days = days_between("kpixl_month_start", "kpixl_as_of")
    words = {code: quoted(word) for code, word in section("status").items()}
    ended = {code: quoted(word) for code, word in section("closed").items()}
    on_pace = f"{actual}>={this_row(PROGRESS, 'pace')}*(1-{_ROUNDING})"
    over = f"IF({on_pace},{ended['on_track']},{ended['will_miss']})"
    open_ = (
        f"IF(AND({over_days}<={TOO_SOON_DAYS},kpixl_elapsed<1),{words['undecided']},"
        f"IF({on_pace},{words['on_track']},"
        f"IF({of['chance']}>={RECOVER_AT},{words['recoverable']},{words['will_miss']})))"
    )
    told = sentence(section("progress")["alert"], {"after": after_in_force(), "attainment": share})
    late, little = is_late("kpixl_elapsed"), is_little(actual, target)
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
    below = f"BETADIST(1-{own['part']},{own['shape']},{_steps(outcome, own['step'])})<{probability:g}"
    return f"IF({own['mean']}<=0,0,{own['first']}+SUMPRODUCT(--({below})))"


def _steps(orders: str, dispersion: str) -> str:
    return f"({orders}-0.5)/{dispersion}+0.5"


def _judged(own: dict[str, str], formula: str) -> str:
    return f'IF(ISNUMBER({own["actual"]}),{formula},"")'


def outlook_share(kpi: str) -> str:
    """Return the formula of the share of the month that is due by now of a KPI, by the formula of its name."""
    return looked_up(OUTLOOK, _KEY["due"], "kpi", kpi)


def outlook_given(kpi: str) -> str:
    """Return the condition that a KPI's landing goes by its deals, by the formula of its name."""
    return f"{looked_up(OUTLOOK, _KEY['given'], 'kpi', kpi)}=1"


def _entry(state: State, row: dict[str, Any]) -> dict[str, Value]:
    """Return the values of the formulas of a row."""
    unit = state.plan.goal.unit_value if row["money"] else 1.0
    known, shares = not row["unjudged"], state.tracking.shares
    target, actual, dispersion = float(row["target"]) / unit, float(row["actual"]) / unit, float(row["dispersion"])
    done, days, drift = (float(row[key]) for key in ("done", "days", "drift"))
    prior = PRIOR_DAYS * target / days
    weight = sorted((1.0, 1 / dispersion**2, TARGET_WORTH / prior))[1] if target > 0 else 1.0
    worth = prior * weight + (actual / dispersion if known else 0.0)
    ahead = (days - done) / (days + PRIOR_DAYS * dispersion * weight)
    rest, variance = float(row["rest"]), float(row["rest_variance"])
    given = rest > 0 and variance > 0
    mean = rest if given else dispersion * worth * ahead / (1 - ahead)
    step = min(dispersion, variance / rest / 2) if given else dispersion
    shape = mean**2 / (variance - step * mean) if given else worth / (1 + drift * worth)
    part = ahead if mean <= 0 or not (given or drift) else mean / (mean + step * shape)
    spread = math.sqrt(step * mean / (1 - part))
    judged = {
        "low": float(row["low"]) / unit,
        "high": float(row["high"]) / unit,
        "chance": float(row["probability"]),
        "actual": actual,
    }
    return {
        "kpi": row["name"],
        "weighed": int(row["kpi"] in shares.learned),
        "days": days,
        "done": done,
        "due": done / days,
        "unit": unit,
        "target": target,
        "dispersion": dispersion,
        "drift": drift,
        "rest": rest if given else None,
        "rest_variance": variance if given else None,
        "given": int(given),
        "weight": weight,
        "worth": worth,
        "open": ahead,
        "mean": mean,
        "step": step,
        "shape": shape,
        "part": part,
        "spread": spread,
        "first": max(0, math.floor(mean - _SURELY_BELOW * spread)),
        **{key: value if known else "" for key, value in judged.items()},
    }
