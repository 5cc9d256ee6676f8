"""The rates that the plan is made at, by channel, on a hidden sheet: the typed ones, or those of the last months.

One cell of the settings says which (`kpixl_rates_from`). What came in of each stage in the last months is counted here;
a recent rate is taken where `kpixl.tracking.recent` takes it. Everything is native formulas: targets follow the rates,
and rates follow typed cells and actuals only.
"""

from collections.abc import Callable

from kpixl.engine.thresholds import ENOUGH_CASES, MONTHS_BEFORE
from kpixl.plan import Plan
from kpixl.texts import say
from kpixl.tracking import most_per_case, recent_counts, taken
from kpixl.workbook.blocks import Calc, Column, Sheet, Table
from kpixl.workbook.references import column_ref, looked_up, this_row
from kpixl.workbook.schema import kpi_key, kpi_keys, step_keys
from kpixl.workbook.sheets.formulas import actuals_formula, quoted
from kpixl.workbook.state import State
from kpixl.workbook.tables import CHANNELS, RATES

__all__ = ["RATES_FROM", "SINCE", "UNTIL", "by_actuals", "rates_sheet", "rates_words", "taken_rates"]

RATES_FROM = "kpixl_rates_from"
SINCE, UNTIL = f"EDATE(kpixl_month_start,-{MONTHS_BEFORE})", "(kpixl_month_start-1)"
_SHEET = "kpixl_rates"  # hidden, so the title needs no translation


def rates_words() -> tuple[str, str]:
    """Return the words for typed and for recent rates."""
    return say("settings.rates_typed"), say("settings.rates_actual")


def by_actuals(plan: Plan) -> Calc:
    """Return the condition that the plan is made at recent rates."""
    return Calc(f"{RATES_FROM}={quoted(rates_words()[1])}", plan.by_actuals)


def rates_sheet(state: State) -> Sheet:
    """Return the hidden sheet."""
    plan = state.plan
    counts = recent_counts(plan, state.tracking.values, state.tracking.as_of).tolist()
    stages = [Column(kpi_key(stage), "quantity", formula=_count(plan, stage.name)) for stage in plan.stages]
    rates = [Column(key, "rate", formula=_rate(plan, step)) for step, key in enumerate(step_keys(plan.stages))]
    rows = [(channel.name, *own, *channel.rates) for channel, own in zip(plan.channels, counts, strict=True)]
    return Sheet(
        _SHEET, tables=(Table("B2", RATES, (Column("channel", "strong"), *stages, *rates), rows),), hidden=True
    )


def taken_rates(state: State) -> tuple[Calc, Calc]:
    """Return how many recent rates are fit to take the place of typed ones, and how many rates there are."""
    plan = state.plan
    sure = taken(plan, recent_counts(plan, state.tracking.values, state.tracking.as_of))
    steps = range(len(plan.stages) - 1)
    fit = "+".join(f"SUMPRODUCT({'*'.join(f'({one})' for one in _fit(plan, step, column_ref))})" for step in steps)
    every = f"ROWS({column_ref(RATES, 'channel')})*{len(steps)}"
    return Calc(f"({fit})", int(sure.sum())), Calc(f"({every})", sure.size)


def _count(plan: Plan, stage: str) -> str:
    own = this_row(RATES, "channel")
    return actuals_formula(plan, quoted(stage), money="FALSE", channel=own, since=SINCE, until=UNTIL)


def _rate(plan: Plan, step: int) -> str:
    typed = looked_up(CHANNELS, step_keys(plan.stages)[step], "channel", this_row(RATES, "channel"))
    cases, made = (this_row(RATES, key) for key in kpi_keys(plan.stages)[step : step + 2])
    fit = ",".join((by_actuals(plan).formula, *_fit(plan, step, this_row)))
    return f"IF(AND({fit}),{made}/{cases},{typed})"


def _fit(plan: Plan, step: int, refer: Callable[[str, str], str]) -> tuple[str, ...]:
    """Return the conditions on which a recent rate is taken; `refer` refers to a column of the table."""
    cases, made = (refer(RATES, key) for key in kpi_keys(plan.stages)[step : step + 2])
    most = most_per_case(plan, step)
    return f"{cases}>={ENOUGH_CASES}", f"{made}>0", f"{made}<={'' if most == 1 else f'{most:g}*'}{cases}"
