"""The waterfall of the gap sheet: from the revenue due by now, step by step, to the actual revenue.

Everything is a native formula, including what the chart stacks: an invisible base, and a bar above or below zero for
each step. The label of each step has its figure and sign, so that the chart reads without colours too. While the
revenue or the orders are unknown, or a stage is negative, the whole table is blank.
"""

import math
from collections.abc import Sequence

from kpixl.plan import Plan
from kpixl.texts import say
from kpixl.tracking import bridged, records, waterfall
from kpixl.workbook.blocks import Calc, Chart, Column, Content, Series, Table, Value
from kpixl.workbook.fitting import display_width, shortened
from kpixl.workbook.references import column_ref, own_cell
from kpixl.workbook.sheets.formulas import of_kpi, quoted, unless_untouched
from kpixl.workbook.sheets.kept import outdated
from kpixl.workbook.sheets.said import money_around, money_unit
from kpixl.workbook.state import State
from kpixl.workbook.tables import GAP, WATERFALL

__all__ = ["bridge_table", "waterfall_chart", "waterfall_table"]

_SIGNS = ("plus", "minus")
_BARS = {
    "target": "plan",
    "base": "hidden",
    "better": "good",
    "better_below": "good",
    "worse": "bad",
    "worse_below": "bad",
    "actual": "actual",
}
_LABEL, _LONGEST_LABEL = 10, 24  # half-width characters on a line below a bar, and at most
_LISTED = ("target", "better", "worse", "actual")


def waterfall_chart(at: str, size: tuple[int, int], table: str = WATERFALL) -> Chart:
    """Return the waterfall chart of the table with this name."""
    series = tuple(Series(_key(bar), look, listed=bar in _LISTED) for bar, look in _BARS.items())
    return Chart(at, "waterfall", say("waterfall.chart"), table, _key("label"), series, size)


def bridge_table(at: str, name: str, parts: Sequence[tuple[str, float]]) -> Table:
    """Return the values of a waterfall: both ends as wholes, and the parts that lead from one to the other.

    The labels have the figures with their signs.
    """
    unit, (prefix, suffix) = money_unit(), money_around()
    rows: list[tuple[Value, ...]] = []
    after = 0.0
    for place, (part, change) in enumerate(parts):
        ends = place in (0, len(parts) - 1)
        after = change if ends else after + change
        bars = _ends(place, change) if ends else _bars(place, change, after)
        figure = math.floor(abs(change) / unit + 0.5)
        sign = say(f"waterfall.{_SIGNS[change < 0]}") if figure and not (ends and change >= 0) else ""
        name_said = part.replace("→", "→\n") if display_width(part) > _LABEL else part
        name_said = "\n".join(shortened(line, _LONGEST_LABEL) for line in name_said.split("\n"))
        label = f"{name_said}\n{sign}{prefix}{figure:,}{suffix}"
        rows.append((part, change, after, label, *(bars[bar].value if bar in bars else None for bar in _BARS)))
    return Table(at, name, _columns(), rows, keys=0)


def waterfall_table(state: State, at: str) -> Table:
    """Return the steps from target to actual with their bars; the effects of stages come from the gap table."""
    tracking = state.tracking
    frame = records(waterfall(tracking.progress, tracking.gap))
    there = bridged(tracking.progress, tracking.gap)
    last = len(frame) - 1
    rows: list[tuple[Content, ...]] = []
    for place, row in enumerate(frame):
        change, after = (0.0 if tracking.untouched else float(row[key]) for key in ("change", "after"))
        ends = place in (0, last)
        bars = _ends(place, change) if ends else _bars(place, change, after)
        name = _name(state.plan, row["step"])
        own = reached = own_cell(place, _key("change"))
        if not ends:
            reached = f"{own_cell(place - 1, _key('after'))}+{reached}"
        step = _current(state, _change(state.plan, row["step"]), "0", ends=ends)
        figure = _if_bridged(state.plan, unless_untouched(step, "0"))
        label = _unless_blank(own, _label(state, place, name, change, ends=ends), name, there=there)
        figures = (_unless_blank(own, one, there=there) if one else None for one in map(bars.get, _BARS))
        total = _unless_blank(own, Calc(reached, after), there=there)
        rows.append((name, Calc(figure, change if there else ""), total, label, *figures))
    return Table(at, WATERFALL, _columns(), rows, keys=0)


def _columns() -> tuple[Column, ...]:
    return (
        Column(_key("step"), "strong", 16),
        Column(_key("change"), "gap_money", 16),
        Column(_key("after"), "money", 16),
        Column(_key("label"), "key", 16),
        *(Column(_key(bar), "money", 14) for bar in _BARS),
    )


def _current(state: State, formula: str, otherwise: str, *, ends: bool) -> str:
    """Return the formula of a step, which is `otherwise` while its effect is from another day than the two ends."""
    return formula if ends else f"IF({outdated(state)},{otherwise},{formula})"


def _key(bar: str) -> str:
    return f"waterfall.{bar}"


def _name(plan: Plan, step: str) -> str:
    """Return the name of a step: both stages for a step of the funnel, the stage alone for the first."""
    if step in ("target", "value", "actual"):
        return say(f"waterfall.of_{step}")
    place = [stage.name for stage in plan.stages].index(step)
    return say("levers.volume", stage=step) if place == 0 else plan.step_name(place - 1)


def _if_bridged(plan: Plan, figure: str) -> str:
    """Return a figure's formula, blank while there is no waterfall (see `kpixl.tracking.bridged`)."""
    made = of_kpi("actual", plan.kpis[0].name)
    stages = column_ref(GAP, "actual")
    return f'IF(AND(ISNUMBER({made}),ISNUMBER(INDEX({stages},{len(plan.stages)})),MIN({stages})>=0),{figure},"")'


def _unless_blank(own: str, figure: Calc, otherwise: str = "", *, there: bool) -> Calc:
    return Calc(f'IF({own}="",{quoted(otherwise)},{figure.formula})', figure.value if there else otherwise)


def _change(plan: Plan, step: str) -> str:
    """Return the formula of a step's change: the value of either end, the effect of a stage, or the remainder."""
    revenue = plan.kpis[0].name
    pace, actual = (of_kpi(key, revenue) for key in ("pace", "actual"))
    effect = column_ref(GAP, "effect")
    if step == "target":
        return pace
    if step == "actual":
        return actual
    if step == "value":
        return f"ROUND({actual}-{pace}-SUM({effect}),6)"
    return f"N(INDEX({effect},MATCH({quoted(step)},{column_ref(GAP, 'stage')},0)))"


def _ends(place: int, change: float) -> dict[str, Calc]:
    """Return the bar of the first or the last row: the whole value, from zero."""
    return {"actual" if place else "target": Calc(own_cell(place, _key("change")), change)}


def _bars(place: int, change: float, after: float) -> dict[str, Calc]:
    """Return the bars of a step, from the revenue before it to the revenue `after` it, above and below zero."""
    cells = own_cell(place - 1, _key("after")), own_cell(place, _key("after"))
    low, high = (f"{which}({','.join(cells)})" for which in ("MIN", "MAX"))
    least, most = sorted((after - change, after))
    above = f"MAX(0,{high})-MAX(0,{low})", max(0.0, most) - max(0.0, least)
    below = f"MIN(0,{low})-MIN(0,{high})", min(0.0, least) - min(0.0, most)
    own, rises = own_cell(place, _key("change")), change >= 0
    return {
        "base": Calc(f"MAX(0,{low})+MIN(0,{high})", max(0.0, least) + min(0.0, most)),
        "better": Calc(f"IF({own}<0,0,{above[0]})", above[1] if rises else 0.0),
        "better_below": Calc(f"IF({own}<0,0,{below[0]})", below[1] if rises else 0.0),
        "worse": Calc(f"IF({own}<0,{above[0]},0)", 0.0 if rises else above[1]),
        "worse_below": Calc(f"IF({own}<0,{below[0]},0)", 0.0 if rises else below[1]),
    }


def _label(state: State, place: int, name: str, change: float, *, ends: bool) -> Calc:
    """Return the label of a step: its name and figure, short enough to fit under its bar."""
    unit, own = money_unit(), own_cell(place, _key("change"))
    prefix, suffix = money_around()
    plus, minus = ("" if ends and key == "plus" else say(f"waterfall.{key}") for key in _SIGNS)
    rounded = f"ROUND({own}/{unit},0)"
    sign = f'IF({rounded}=0,"",IF({rounded}<0,{quoted(minus)},{quoted(plus)}))'
    figure = math.floor(abs(change) / unit + 0.5)  # as FIXED rounds
    shown = (minus if change < 0 else plus) if figure else ""
    told = f"{quoted(name)}&CHAR(10)&{sign}&{quoted(prefix)}&FIXED(ABS({own})/{unit},0)&{quoted(suffix)}"
    return Calc(
        _current(state, told, quoted(name), ends=ends),
        f"{name}\n{shown}{prefix}{figure:,}{suffix}",
    )
