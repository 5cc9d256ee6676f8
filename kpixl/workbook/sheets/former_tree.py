"""The values of the KPI tree as plan workbooks had it until November 2026, so that none is stale where it remains."""

import math
from collections.abc import Sequence
from dataclasses import replace

from kpixl.plan import REVENUE, Plan
from kpixl.texts import say
from kpixl.workbook.blocks import Block, Calc, Cell, Value
from kpixl.workbook.former_boxes import PLUS, TIMES, Box, figures_of
from kpixl.workbook.references import column_ref
from kpixl.workbook.sheets.formulas import actuals_formula, channel_records, of_kpi, quoted, unless_untouched
from kpixl.workbook.sheets.reasons import shown_actual, unknown
from kpixl.workbook.sheets.targets import channel_target, unit_value_formula
from kpixl.workbook.sheets.tree import made_by_channel, secured_revenue
from kpixl.workbook.state import State
from kpixl.workbook.tables import FUNNEL
from kpixl.xlsx.address import Area

__all__ = ["former_tree"]

_AT = "B9"
_CHANNELS = 6  # the number of channels with boxes is a multiple of this


def former_tree(state: State) -> Block:
    """Return the block of the tree with the values of its formulas; a refresh writes it if the shape is this one."""
    rows, wholes = figures_of(_revenue(state), _AT)
    above = (*_wholes(state, wholes), (Cell(Calc('""', "")),), (None,))
    return Block(f"B{Area.parse(_AT).top - len(above)}", (*above, *rows), "kpixl_tree")


def _revenue(state: State) -> Box:
    """Return the whole tree: revenue as orders, unit value and secured revenue, and as the sum of the channels."""
    rest = Box("", "money", due=_elapsed(state))
    shown = made_by_channel(state)
    channels = (_channel(state, place, shown) for place in range(_drawn(state.plan)))
    children = (_orders(state), _unit_value(state), _existing(state), rest, *channels)
    won, goal, name = _of_team(state, REVENUE, children), state.tracking.goal, state.plan.kpis[0].name
    target = Calc(f"{of_kpi('target', name)}+{secured_revenue(state).formula}", goal["target"])
    made, so_far = of_kpi("actual", name), secured_revenue(state, so_far=True)
    known = REVENUE not in unknown(state)
    actual = Calc(f'IF(ISNUMBER({made}),{made}+{so_far.formula},"")', goal["actual"] if known else "")
    return replace(won, target=target, actual=actual)


def _orders(state: State) -> Box:
    """Return the orders as the previous stage times its rate, and so on up the funnel."""
    first, *later = state.plan.stages
    box = _of_team(state, first.event)
    for step, stage in enumerate(later):
        style = "times" if state.plan.is_activity(step) else "rate"
        box = _of_team(state, stage.event, (box, _rate(box.name, stage.name, style)))
    return box


def _of_team(state: State, key: str, children: tuple[Box, ...] = ()) -> Box:
    """Return the box of a KPI of the team in the tracked month."""
    row = state.tracking.kpi(key)
    target = Calc(of_kpi("target", row["name"]), float(row["target"]))
    actual = Calc(of_kpi("actual", row["name"]), shown_actual(row, ""))
    style = "money" if row["money"] else "count"
    return Box(row["name"], style, target, actual, _elapsed(state), children=children)


def _rate(lower: str | Calc, upper: str, style: str = "rate") -> Box:
    """Return the box of the step from one stage to the next: their rate, or the number of activities for each."""
    return Box(say("tree.rate", lower=lower, upper=upper), style, sign=TIMES)


def _unit_value(state: State) -> Box:
    target = Calc(unit_value_formula(state.plan), state.unit_value)
    return Box(say("tree.unit_value"), "money", target, sign=TIMES)


def _existing(state: State) -> Box:
    """Return the box of the secured revenue, which counts as achieved in proportion to the business days passed."""
    return Box(
        say("tree.existing"),
        "money",
        secured_revenue(state),
        secured_revenue(state, so_far=True),
        _elapsed(state),
        sign=PLUS,
    )


def _channel(state: State, place: int, shown: dict[str, list[Value]]) -> Box:
    """Return the box of a channel: its orders times the value of an order, its orders as leads times a rate."""
    plan = state.plan
    lead, order = plan.stages[0], plan.stages[-1]
    name, worth = (f"INDEX({column_ref(FUNNEL, key)},{place + 1})" for key in ("channel", "unit_value"))
    rate = _rate(lead.name, order.name)
    first = _of_channel(state, place, lead.event, name, shown)
    orders = _of_channel(state, place, order.event, name, shown, (first, rate))
    value = Box(say("tree.unit_value"), "money", _if_there(worth, plan.unit_values.tolist(), place), sign=TIMES)
    title = _if_there(name, [channel.name for channel in plan.channels], place)
    whole = _of_channel(state, place, REVENUE, name, shown, (orders, value))
    return replace(whole, name=title, sign=PLUS, spare=True)


def _of_channel(
    state: State, place: int, key: str, channel: str, shown: dict[str, list[Value]], children: tuple[Box, ...] = ()
) -> Box:
    """Return the box of a KPI of a channel in the tracked month; `channel` is the formula of its name."""
    plan, tracking = state.plan, state.tracking
    kpi = next(kpi for kpi in plan.kpis if kpi.key == key)
    target = channel_target(plan, quoted(kpi.name), channel)
    actual = actuals_formula(plan, quoted(kpi.name), money=str(kpi.money).upper(), channel=channel)
    targets = tracking.targets.channels(key)[plan.period.month_of(tracking.as_of)]
    recorded = f"({channel_records(plan, channel)})>0"
    known = f'IF(AND(ISNUMBER({of_kpi("actual", kpi.name)}),{recorded}),{actual},"")'
    return Box(
        kpi.name,
        "money" if kpi.money else "count",
        _if_there(target, targets.tolist(), place),
        _if_there(known, shown[key], place),
        _elapsed(state),
        children=children,
    )


def _if_there(formula: str, values: Sequence[Value], place: int) -> Calc:
    """Return a figure of the channel at an index; blank if there is no such channel.

    The formula checks that first: Excel would take an error as a criterion that no row meets.
    """
    listed = f"ROWS({column_ref(FUNNEL, 'channel')})"
    return Calc(f'IF({listed}<{place + 1},"",{formula})', values[place] if place < len(values) else "")


def _drawn(plan: Plan) -> int:
    """Return the number of channels with boxes."""
    return math.ceil(len(plan.channels) / _CHANNELS) * _CHANNELS


def _elapsed(state: State) -> Calc:
    """Return the due share of a target: 0 while nothing has been achieved yet, so that nothing is red."""
    begun = not state.tracking.untouched
    return Calc(unless_untouched("kpixl_elapsed", "0"), state.plan.period.elapsed(state.tracking.as_of) * begun)


def _wholes(state: State, wholes: tuple[Calc, ...]) -> tuple[tuple[Cell | None, ...], ...]:
    """Return, per breakdown, the share of the month's goal that results if every leaf of the tree is on target."""
    goal = f"({of_kpi('target', state.plan.kpis[0].name)}+{secured_revenue(state).formula})"
    target = state.tracking.goal["target"]
    rows: list[tuple[Cell | None, ...]] = []
    for whole in wholes:
        value = "" if whole.value == "" or not target else float(str(whole.value)) / target
        rows.append((Cell(Calc(f'IFERROR({whole.formula}/{goal},"")', value)), None))
    return tuple(rows)
