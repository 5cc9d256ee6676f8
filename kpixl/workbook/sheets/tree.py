"""KPIツリー / KPI tree: the month's goal broken down, as boxes joined by lines, to what the team does.

The revenue has two trees, one below the other: orders times the value of an order, step by step up to the leads, which
shows what to work on; and the sum of the channels, which shows where. Every figure is a formula on the tables of the
workbook. There are lines for more channels than most plans have, invisible while they are not needed, so that channels
can be added later. What the channels do not add up to is said above the trees.
"""

import math
from collections.abc import Sequence
from dataclasses import replace

from kpixl.plan import REVENUE, Plan
from kpixl.texts import say
from kpixl.tracking import Basis, between, totals_by
from kpixl.workbook.blocks import Block, Calc, Cell, Sheet, Value
from kpixl.workbook.boxes import (
    ACTUAL,
    COLUMNS,
    EQUALS,
    MINUS,
    NAME,
    PLUS,
    TARGET,
    Box,
    Line,
    Tree,
    box_cell,
    draw,
    fixed,
    high,
    number,
    over,
    quotient,
    shown,
    widths,
)
from kpixl.workbook.layout import leads, titled
from kpixl.workbook.references import column_ref, looked_up
from kpixl.workbook.sheets.formulas import actuals_formula, channel_records, of_kpi, quoted, unless_untouched
from kpixl.workbook.sheets.reasons import shown_actual, unknown
from kpixl.workbook.sheets.targets import channel_target, unit_value_formula
from kpixl.workbook.sheets.telling import SLOW, slow_cycle
from kpixl.workbook.state import State
from kpixl.workbook.tables import FUNNEL, GAP, TEAM
from kpixl.xlsx.address import Area, address, column_letters

__all__ = ["made_by_channel", "secured_revenue", "sheet"]

_AT = "B6"
_FIGURES = "C"  # the column of the figures below the trees
_CHANNELS = 6  # the number of channels with boxes is a multiple of this


def sheet(state: State) -> Sheet:
    """Return the sheet with the KPI trees."""
    left = Area.parse(_AT).left
    steps = _steps(state, _below(_AT, 1))
    channels = _channels(state, _below(steps.at, high(len(steps.lines)) + 2))
    notes = _below(channels.at, high(len(channels.lines)) + 1)
    due = Calc(f"${_FIGURES}${Area.parse(notes).top}", _due(state).value)
    drawings = [draw(tree, due) for tree in (steps, channels)]
    rows = (
        _caption("tree.steps"),
        *drawings[0].rows,
        (None, Cell(_undrawn(state.plan), "alert"), *(None,) * (COLUMNS - 2)),
        _caption("tree.channels"),
        *drawings[1].rows,
        (None,) * COLUMNS,
        *_notes(state, steps, channels),
    )
    return Sheet(
        say("sheet.tree"),
        blocks=(
            *titled(say("tree.title"), say("tree.lead")),
            leads("B4", say("tree.signs")),
            leads("B5", say("tree.matured")),
            Block(_AT, rows, "kpixl_tree"),
        ),
        widths=widths(_AT, (say("heading.target"), say("heading.actual"))),
        heights={row: height for drawing in drawings for row, height in drawing.heights.items()},
        row_groups={row: depth for drawing in drawings for row, depth in drawing.row_groups.items()},
        unseen={area: formula for drawing in drawings for area, formula in drawing.unseen.items()},
        tab="computed",
        print_columns=f"A:{column_letters(left + COLUMNS - 1)}",
        one_page=True,
    )


def _below(at: str, rows: int) -> str:
    """Return the cell some rows below another."""
    left, top, *_ = Area.parse(at)
    return address(left, top + rows)


def _caption(key: str) -> tuple[Cell, ...]:
    return (Cell(say(key), "section"), *(Cell("", "section") for _ in range(COLUMNS - 1)))


def _steps(state: State, at: str) -> Tree:
    """Return the revenue to win as orders times value, and each stage as the one before it times a rate."""
    plan = state.plan
    last, *earlier = plan.stages[::-1]
    orders, secured, root = _of_team(state, last.event), _secured_box(state), _root(state)
    value = quotient(
        f"({box_cell(at, 0, 0, ACTUAL)}-SUM({box_cell(at, 0, 1, ACTUAL)}))",
        box_cell(at, 1, 0, ACTUAL),
        over(number(root.actual) - number(secured.actual), number(orders.actual)),
    )
    worth = Box(say("tree.unit_value"), "money", Calc(unit_value_formula(plan), state.unit_value), value)
    lines, upper = [Line((root, secured)), Line((orders, worth))], orders
    for step, stage in enumerate(earlier):
        box, line, place = _of_team(state, stage.event), len(lines), len(earlier) - step
        planned = quotient(
            box_cell(at, line - 1, 0, TARGET),
            box_cell(at, line, 0, TARGET),
            over(number(upper.target), number(box.target)),
        )
        row = state.tracking.gap.iloc[place]
        reached = looked_up(GAP, "actual_rate", "stage", quoted(plan.stages[place].name))
        rate = Calc(f'IF(ISNUMBER({reached}),{reached},"")', shown(float(row["actual_rate"])))
        if plan.is_activity(place - 1):
            lines.append(Line((box, Box(_rate_name(box, upper), "times", planned, rate))))
        else:
            basis = looked_up(GAP, "rate_basis", "stage", quoted(plan.stages[place].name))
            slow = Calc(f"{basis}={quoted(say('rate_basis.slow'))}", row["basis"] == Basis.SLOW)
            lines.append(Line((box, Box(_rate_name(box, upper), "rate", planned, rate, unjudged=slow))))
        upper = box
    return Tree(at, lines, chained=True)


def _rate_name(lower: Box, upper: Box) -> str:
    return say("tree.rate", lower=lower.name, upper=upper.name)


def _same_month(state: State, box: Box) -> Box:
    """Return the box of a rate, said to be of the same month and held against nothing where an order takes longer."""
    slow, called = Calc(SLOW, slow_cycle(state).value), say("tree.same_month")
    name = Calc(f"IF({SLOW},{quoted(called)},{quoted(str(box.name))})", called if slow.value else str(box.name))
    return replace(box, name=name, unjudged=slow)


def _channels(state: State, at: str) -> Tree:
    """Return the revenue without what is secured as the sum of the channels, with a line for each."""
    made = made_by_channel(state)
    lines = [Line((_root(state), _secured_box(state)))]
    for place in range(_drawn(state.plan)):
        lines.append(_channel(state, place, made, at, len(lines)))
    return Tree(at, lines, chained=False)


def _root(state: State) -> Box:
    """Return the box of the revenue, with what is secured."""
    name, goal = state.plan.kpis[0].name, state.tracking.goal
    made, so_far = of_kpi("actual", name), secured_revenue(state, so_far=True)
    target = Calc(f"{of_kpi('target', name)}+{secured_revenue(state).formula}", goal["target"])
    known = REVENUE not in unknown(state)
    actual = Calc(f'IF(ISNUMBER({made}),{made}+{so_far.formula},"")', goal["actual"] if known else "")
    return Box(name, "money", target, actual, paced=True)


def _of_team(state: State, key: str) -> Box:
    """Return the box of a KPI of the team in the tracked month."""
    row = state.tracking.kpi(key)
    target = Calc(of_kpi("target", row["name"]), float(row["target"]))
    actual = Calc(of_kpi("actual", row["name"]), shown_actual(row, ""))
    return Box(row["name"], "money" if row["money"] else "count", target, actual, paced=True, sign=EQUALS)


def _secured_box(state: State) -> Box:
    """Return the box of the secured revenue, which counts as achieved in proportion to the business days passed."""
    so_far = secured_revenue(state, so_far=True)
    return Box(say("tree.existing"), "money", secured_revenue(state), so_far, paced=True, sign=MINUS)


def secured_revenue(state: State, *, so_far: bool = False) -> Calc:
    """Return the secured revenue of the tracked month, or what of it counts as achieved by now."""
    formula = looked_up(TEAM, "secured", "month", "kpixl_month_start")
    period, day = state.plan.period, state.tracking.as_of
    whole = float(state.tracking.targets.existing[period.month_of(day)])
    return Calc(f"{formula}*kpixl_elapsed", whole * period.elapsed(day)) if so_far else Calc(formula, whole)


def made_by_channel(state: State) -> dict[str, list[Value]]:
    """Return the actuals by KPI, then by channel; blank if unknown."""
    plan, values = state.plan, state.tracking.values
    names = [channel.name for channel in plan.channels]
    seen = set(between(values, plan.period.start, state.tracking.as_of)["channel"].unique())
    blank, of_month = unknown(state), between(values, *state.span)
    made: dict[str, list[Value]] = {}
    for key in (plan.stages[0].event, plan.stages[-1].event, REVENUE):
        done = totals_by(of_month, "channel", key, names).tolist()
        made[key] = ["" if key in blank or name not in seen else value for name, value in zip(names, done, strict=True)]
    return made


def _channel(state: State, place: int, made: dict[str, list[Value]], at: str, line: int) -> Line:
    """Return the line of a channel: its revenue as the value of an order times leads times a rate."""
    plan = state.plan
    lead, order = plan.stages[0], plan.stages[-1]
    name = fixed(box_cell(at, line, 0, NAME))
    listed, worth = (f"INDEX({column_ref(FUNNEL, key)},{place + 1})" for key in ("channel", "unit_value"))
    there = f"ROWS({column_ref(FUNNEL, 'channel')})>{place}"
    names = [channel.name for channel in plan.channels]
    title = Calc(f'IF({there},{listed},"")', _at(names, place))
    revenue, leads_of, orders = (
        _of_channel(state, place, key, name, made) for key in (REVENUE, lead.event, order.event)
    )
    leads_cell, ordered = box_cell(at, line, 2, TARGET), orders[0]
    planned = quotient(ordered.formula, leads_cell, over(number(ordered), number(leads_of[0])))
    rates = planned, _share_of(orders[1], box_cell(at, line, 2, ACTUAL), leads_of[1])
    earned = quotient(box_cell(at, line, 0, ACTUAL), orders[1].formula, over(number(revenue[1]), number(orders[1])))
    value = Calc(f'IF({name}="","",{worth})', _at(plan.unit_values.tolist(), place))
    return Line(
        (
            Box(title, "money", *revenue, paced=True, sign=PLUS if place else EQUALS),
            Box(say("tree.unit_value"), "money", value, earned, sign=EQUALS),
            Box(lead.name, "count", *leads_of, paced=True),
            _same_month(state, Box(say("tree.rate", lower=lead.name, upper=order.name), "rate", rates[0], rates[1])),
        ),
        spare=True,
    )


def _share_of(orders: Calc, cell: str, leads_of: Calc) -> Calc:
    """Return the orders as a share of the leads in `cell`, blank where there are more of them."""
    value = over(number(orders), number(leads_of))
    formula = f'IF({orders.formula}>N({cell}),"",IFERROR({orders.formula}/{cell},""))'
    return Calc(formula, shown(math.nan if value > 1 + 1e-12 else value))


def _of_channel(state: State, place: int, key: str, channel: str, made: dict[str, list[Value]]) -> tuple[Calc, Calc]:
    """Return a channel's target and actual of a KPI in the tracked month; `channel` refers to its name."""
    plan, tracking = state.plan, state.tracking
    kpi = next(kpi for kpi in plan.kpis if kpi.key == key)
    target = channel_target(plan, quoted(kpi.name), channel)
    actual = actuals_formula(plan, quoted(kpi.name), money=str(kpi.money).upper(), channel=channel)
    targets = tracking.targets.channels(key)[plan.period.month_of(tracking.as_of)]
    known = f'IF(AND(ISNUMBER({of_kpi("actual", kpi.name)}),({channel_records(plan, channel)})>0),{actual},"")'
    return (
        Calc(f'IF({channel}="","",{target})', _at(targets.tolist(), place)),
        Calc(f'IF({channel}="","",{known})', _at(made[key], place)),
    )


def _at(values: Sequence[Value], place: int) -> Value:
    """Return the value of the channel at an index; blank if there is no such channel."""
    return values[place] if place < len(values) else ""


def _drawn(plan: Plan) -> int:
    """Return the number of channels with boxes."""
    return math.ceil(len(plan.channels) / _CHANNELS) * _CHANNELS


def _due(state: State) -> Calc:
    """Return the due share of the month's targets: 0 while nothing has been achieved yet, so that nothing is red."""
    begun = not state.tracking.untouched
    return Calc(unless_untouched("kpixl_elapsed", "0"), state.plan.period.elapsed(state.tracking.as_of) * begun)


def _notes(state: State, steps: Tree, channels: Tree) -> tuple[tuple[Cell | None, ...], ...]:
    """Return the lines below the trees: the due share, both checks of the goal, and what the channels leave over."""
    goal = box_cell(steps.at, 0, 0, TARGET)
    notes = [
        ("tree.due", _due(state), "share"),
        ("tree.whole_actions", _share(_whole(steps), goal, state), "share"),
        ("tree.whole_channels", _share(_sum(channels), goal, state), "share"),
        ("tree.rest_target", _rest(channels, TARGET), "money"),
        ("tree.rest_actual", _rest(channels, ACTUAL), "money"),
    ]
    return tuple(
        (None, Cell(figure, style), Cell(say(key), "label"), *(None,) * (COLUMNS - 3)) for key, figure, style in notes
    )


def _share(whole: Calc, goal: str, state: State) -> Calc:
    """Return which share of the month's goal a sum is."""
    return quotient(whole.formula, goal, over(number(whole), state.tracking.goal["target"]))


def _whole(steps: Tree) -> Calc:
    """Return the revenue that results if leads, rates, order value and secured revenue are all on target."""
    last = len(steps.lines) - 1
    cells = [box_cell(steps.at, last, 0, TARGET)]
    cells += [box_cell(steps.at, line, 1, TARGET) for line in range(last, 0, -1)]
    values = [number(steps.lines[last].boxes[0].target)]
    values += [number(steps.lines[line].boxes[1].target) for line in range(last, 0, -1)]
    secured = steps.lines[0].boxes[1].target
    return Calc(f"({'*'.join(cells)}+{box_cell(steps.at, 0, 1, TARGET)})", shown(math.prod(values) + number(secured)))


def _sum(channels: Tree) -> Calc:
    """Return the revenue that results if the leads, rates and order values of all channels are on target."""
    parts, total = [box_cell(channels.at, 0, 1, TARGET)], number(channels.lines[0].boxes[1].target)
    for line, drawn in enumerate(channels.lines[1:], 1):
        cells = [box_cell(channels.at, line, place, TARGET) for place in (1, 2, 3)]
        parts.append(f"IFERROR({'*'.join(cells)},0)")
        product = math.prod(number(box.target) for box in drawn.boxes[1:])
        total += 0.0 if math.isnan(product) else product
    return Calc(f"({'+'.join(parts)})", total)


def _rest(channels: Tree, row: int) -> Calc:
    """Return what of the revenue neither the channels nor what is secured add up to; blank if it is unknown."""
    boxes = [channels.lines[0].boxes[1], *(line.boxes[0] for line in channels.lines[1:])]
    root = channels.lines[0].boxes[0]
    whole, *values = (number(box.target if row == TARGET else box.actual) for box in (root, *boxes))
    cells = [
        box_cell(channels.at, 0, 1, row),
        *(box_cell(channels.at, line, 0, row) for line in range(1, len(channels.lines))),
    ]
    known = [value for value in values if not math.isnan(value)]
    own = box_cell(channels.at, 0, 0, row)
    left = shown(round(whole - math.fsum(known), 6))
    return Calc(f'IF(ISNUMBER({own}),ROUND({own}-SUM({",".join(cells)}),6),"")', left)


def _undrawn(plan: Plan) -> Calc:
    """Return the note that there are more channels than boxes."""
    listed, drawn = f"ROWS({column_ref(FUNNEL, 'channel')})", _drawn(plan)
    note = quoted(say("tree.undrawn", drawn=drawn))
    return Calc(f'IF({listed}>{drawn},{note},"")', "")
