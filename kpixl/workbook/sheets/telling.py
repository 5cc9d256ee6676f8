"""What the charts of the gap and progress sheets say and are drawn from, on a hidden sheet.

The title of a chart states its finding in a native formula, so it follows a typed actual. The funnel is drawn as the
attainment of each stage, since counts that shrink from hundreds to five cannot share an axis; its labels have the
counts and the rates. The burn-up is that of the stage most at risk, which a refresh chooses.
"""

import math
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from kpixl.texts import say, section
from kpixl.tracking import Basis, bridged, burn_up, records, waterfall
from kpixl.workbook.blocks import Calc, Chart, Column, Series, Sheet, Table, Value
from kpixl.workbook.layout import named
from kpixl.workbook.references import column_ref, looked_up, this_row
from kpixl.workbook.schema import Key
from kpixl.workbook.sheets.calendar import days_between
from kpixl.workbook.sheets.formulas import of_kpi, quoted
from kpixl.workbook.sheets.progress import day_lines
from kpixl.workbook.sheets.reasons import shown_actual
from kpixl.workbook.sheets.said import either, said_money, said_money_formula, said_share, told
from kpixl.workbook.sheets.spills import sentence
from kpixl.workbook.state import State
from kpixl.workbook.tables import GAP, PROGRESS, STAGES, WATERFALL

__all__ = [
    "BRIDGE_TITLE",
    "RISK",
    "RISK_TITLE",
    "SLOW",
    "funnel_chart",
    "funnel_table",
    "funnel_title",
    "slow_cycle",
    "telling_sheet",
]

FUNNEL_BARS, RISK = "kpixl_funnel_bars", "kpixl_risk"
FUNNEL_TITLE, BRIDGE_TITLE, LANDING_TITLE = "kpixl_title_funnel", "kpixl_title_bridge", "kpixl_title_landing"
RISK_TITLE, RISK_KPI = "kpixl_title_risk", "kpixl_risk_kpi"
SLOW = "kpixl_slow"  # the name of the cell that says whether an order takes longer than a month
_SHEET = "kpixl_telling"  # hidden, so the title needs no translation
_LABEL, _WHOLE = Key("label", "label"), Key("whole", "100%")
_LANDING = ("landing", "low", "high")


def telling_sheet(state: State) -> Sheet:
    """Return the hidden sheet with titles and labels of charts."""
    titles = {
        FUNNEL_TITLE: funnel_title(state),
        BRIDGE_TITLE: _bridge_title(state),
        LANDING_TITLE: _landing_title(state),
        RISK_TITLE: _risk_title(state),
    }
    return Sheet(
        _SHEET,
        blocks=(
            *(named(name, f"B{row}", title, "text") for row, (name, title) in enumerate(titles.items(), 1)),
            named(RISK_KPI, "B5", _at_risk(state)["name"], "text", analysed=True),
            named(SLOW, "B6", slow_cycle(state), "text"),
        ),
        tables=(funnel_table(state, "B7"), _risk(state, "G7")),
        hidden=True,
    )


def slow_cycle(state: State) -> Calc:
    """Return the condition that an order takes longer than the month, by the settings or by a step that is too slow."""
    plan, basis = state.plan, column_ref(GAP, "rate_basis")
    days = days_between("kpixl_month_start", "kpixl_month_end")
    steps = sum(stage.days for stage in plan.stages[:-1])
    month = float(plan.period.business_days[plan.period.month_of(state.tracking.as_of)])
    any_slow = f"COUNTIF({basis},{quoted(say('rate_basis.slow'))})>0"
    value = steps > month or bool((state.tracking.gap["basis"] == Basis.SLOW).any())
    return Calc(f"OR(SUM({column_ref(STAGES, 'days')})>{days},{any_slow})", value)


def funnel_chart(at: str, size: tuple[int, int], table: str = FUNNEL_BARS, title: str | None = None) -> Chart:
    """Return the chart of each stage's attainment; without a title, that of the plan workbook, which is a formula."""
    series = (Series(_WHOLE, "plan"), Series("attainment", "actual"))
    said = None if title else FUNNEL_TITLE
    return Chart(at, "attainment", title or say("gap.chart"), table, _LABEL, series, size, said)


def funnel_table(state: State, at: str) -> Table:
    """Return a row per stage: its label with counts and rates, and its attainment to date beside the whole target."""
    stage = this_row(FUNNEL_BARS, "stage")
    of = {key: looked_up(GAP, key, "stage", stage) for key in ("pace", "actual", "target_rate", "actual_rate")}
    attained = looked_up(GAP, "attainment", "stage", stage)
    frame = records(state.tracking.gap)
    said = section("telling")
    counts = sentence(said["counts"], of)
    activity = quoted(frame[1]["name"]) if state.plan.is_activity(0) else '""'
    kinds = [sentence(said[kind], of) for kind in ("times", "rates")]
    rates = f'IF(COUNT({of["actual_rate"]},{of["target_rate"]})=2,IF({stage}={activity},{kinds[0]},{kinds[1]}),"")'
    columns = (
        Column("stage", "strong", 16),
        Column(_LABEL, "text", 30, f'{stage}&IF(ISNUMBER({of["actual"]})," "&{counts},"")&{rates}'),
        Column(_WHOLE, "share", 9, "1"),
        Column("attainment", "share", 9, attained),
    )
    rows = [(row["name"], _label(row), 1.0, _attained(state, row)) for row in frame]
    return Table(at, FUNNEL_BARS, columns, rows)


def _label(row: dict[str, Any]) -> str:
    name: str = row["name"]
    if row["known"]:
        name += " " + say("telling.counts", pace=_rounded(row["target"]), actual=_rounded(row["actual"]))
    if math.isnan(row["actual_rate"]) or math.isnan(row["target_rate"]):
        return name
    rates = {key: _rounded(row[key], 1 if row["activity"] else 3) for key in ("actual_rate", "target_rate")}
    return name + say(f"telling.{'times' if row['activity'] else 'rates'}", **rates)


def _attained(state: State, row: dict[str, Any]) -> Value:
    known = not state.tracking.untouched and not math.isnan(row["attainment"])
    return float(row["attainment"]) if known else ""


def funnel_title(state: State) -> Calc:
    """Return the title of the funnel chart: which stage is furthest behind."""
    column, stages = column_ref(GAP, "attainment"), column_ref(GAP, "stage")
    known = {row["name"]: value for row in records(state.tracking.gap) if (value := _attained(state, row)) != ""}
    least = min(known.values(), default="", key=lambda value: float(str(value)))
    worst = next((name for name, value in known.items() if value == least), "")
    share = said_share(Calc(f"MIN({column})", least), Calc("1", 1))
    behind = told(
        "telling.funnel_behind", stage=Calc(f"INDEX({stages},MATCH(MIN({column}),{column},0))", worst), share=share
    )
    fine = Calc(f"MIN({column})>=1", bool(known) and float(str(least)) >= 1)
    judged = either(fine, told("telling.funnel_fine"), behind)
    return either(Calc(f"COUNT({column})>0", bool(known)), judged, told("gap.chart"))


def _bridge_title(state: State) -> Calc:
    """Return the title of the waterfall: how far the revenue is from its pace, and which step took most of it."""
    tracking, revenue = state.tracking, state.plan.kpis[0].name
    change, steps = column_ref(WATERFALL, "waterfall.change"), column_ref(WATERFALL, "waterfall.step")
    effect, followed = column_ref(GAP, "effect"), f"COUNT({column_ref(GAP, 'matured_rate')})>0"
    gap = of_kpi("gap_to_pace", revenue)
    row = tracking.kpi(state.plan.kpis[0].key)
    compared = shown_actual(row) is not None and not tracking.untouched
    amount = Calc(said_money_formula(gap), said_money(row["gap"]) if compared else "")
    frame = records(waterfall(tracking.progress, tracking.gap)) if bridged(tracking.progress, tracking.gap) else []
    matured = bool(tracking.gap["matured"].notna().any())  # the rest is then timing, which is no step to work on
    inner = [(float(one["change"]), one["step"]) for one in frame[1 : -2 if matured else -1]]
    loss, step = min(inner, key=lambda one: one[0], default=(0.0, "value"))
    least = f"IF({followed},MIN({effect}),MIN({change}))"
    place = f"IF({followed},MATCH(MIN({effect}),{effect},0)+1,MATCH(MIN({change}),{change},0))"
    name = Calc(f"INDEX({steps},{place})", _step_name(state, step))
    lost = Calc(said_money_formula(f"({least})"), said_money(loss))
    behind = either(
        Calc(f"{least}<0", loss < 0 and compared),
        told("telling.bridge_behind", amount=amount, step=name, lost=lost),
        told("telling.bridge_less", amount=amount),
    )
    judged = either(
        Calc(f"{gap}<0", compared and float(row["gap"]) < 0), behind, told("telling.bridge_ahead", amount=amount)
    )
    return either(Calc(f"ISNUMBER({gap})", compared), judged, told("waterfall.chart"))


def _step_name(state: State, step: str) -> str:
    """Return what a step of the waterfall is called in its table."""
    stages = [stage.name for stage in state.plan.stages]
    if step not in stages:
        return say("waterfall.of_value")
    place = stages.index(step)
    return state.plan.step_name(place - 1) if place else say("levers.volume", stage=step)


def _landing_title(state: State) -> Calc:
    """Return the title of the landings: how many KPIs are going to miss their targets."""
    landing, target = column_ref(PROGRESS, "landing"), column_ref(PROGRESS, "target")
    rows = [] if state.tracking.untouched else [row for row in records(state.tracking.progress) if not row["unjudged"]]
    missing = sum(row["landing"] < row["target"] for row in rows)
    count = Calc(f"SUMPRODUCT(ISNUMBER({landing})*({landing}<{target}))", missing)
    judged = either(
        Calc(f"{count.formula}>0", missing > 0),
        told("telling.landing_short", missing=count, kpis=Calc(f"COUNT({landing})", len(rows))),
        told("telling.landing_fine"),
    )
    return either(Calc(f"COUNT({landing})>0", bool(rows)), judged, told("progress.bands"))


def _at_risk(state: State) -> dict[str, Any]:
    """Return the progress of the stage least likely to reach its target; before anything is judged, of the last."""
    frame = state.tracking.progress
    rows = [row for row in records(frame) if not row["money"]]
    judged = [] if state.tracking.untouched else [row for row in rows if not row["unjudged"]]
    return min(judged, key=lambda row: (row["probability"], row["attainment"]), default=rows[-1])


def _risk_title(state: State) -> Calc:
    """Return the title of the burn-up: which KPI it is, and whether it is going to reach its target."""
    row = _at_risk(state)
    name = Calc(RISK_KPI, row["name"])
    landing, target = (looked_up(PROGRESS, key, "kpi", RISK_KPI) for key in ("landing", "target"))
    known = not (state.tracking.untouched or row["unjudged"])
    going = either(
        Calc(f"{landing}<{target}", known and bool(row["landing"] < row["target"])),
        told("telling.risk_short", kpi=name),
        told("telling.risk_reached", kpi=name),
    )
    return either(Calc(f"ISNUMBER({landing})", known), going, told("progress.chart", kpi=name))


def _risk(state: State, at: str) -> Table:
    """Return the burn-up of the KPI most at risk by day: its pace, its actual and its landing."""
    tracking, row = state.tracking, _at_risk(state)
    frame = burn_up(tracking.plan, tracking.values, tracking.as_of, row, tracking.shares)
    blank = [*_LANDING] if tracking.untouched or row["unjudged"] else []
    frame = frame.assign(**dict.fromkeys(blank + (["actual"] if shown_actual(row) is None else [])))
    return day_lines(at, RISK, frame)


def _rounded(number: float, places: int = 0) -> Decimal:
    """Return a number rounded as spreadsheets do."""
    return Decimal(repr(float(number))).quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP)
