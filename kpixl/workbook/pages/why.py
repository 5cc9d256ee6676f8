"""なぜ / Why: what made the gap in money, by step, by channel and by member, and where they meet.

Every part is what came beyond the plan's rates at what the plan makes of it further on (`tracking.insights.ledger`), so
that each of the three bridges leads from the revenue due to the revenue made. What names no channel or member, and what
whole-number targets leave over, has a bar of its own.
"""

from collections.abc import Sequence
from dataclasses import replace

import pandas as pd

from kpixl.plan import REVENUE
from kpixl.texts import say
from kpixl.tracking import bridged, records
from kpixl.tracking.insights import contributions
from kpixl.workbook.blocks import Chart, Column, Sheet, Table, Value
from kpixl.workbook.charts import rows_high
from kpixl.workbook.layout import leads, lines_of, over, titled
from kpixl.workbook.printing import across
from kpixl.workbook.sheets.insights_told import signed_money
from kpixl.workbook.sheets.span_words import words
from kpixl.workbook.sheets.waterfall import bridge_table, waterfall_chart
from kpixl.workbook.state import State

__all__ = ["page"]

_HIGH = {"step": 250, "channel": 200, "member": 200}  # pixels, of the charts
_WIDTHS: dict[str, float] = {"B": 34, "C": 28, "D": 28, "E": 28}
_MOST_BARS, _MOST_PARTS = 8, 5
_LINE = 116  # half-width characters across the page
_DATA = (
    "G"  # the column of the charts' figures, beside the printed page and below it, whose rows they leave as they are
)


def page(state: State) -> Sheet:
    """Return the page; without a bridge from the revenue due to the revenue made it says so."""
    tracking, title = state.tracking, say("page.why")
    if tracking.untouched or not bridged(tracking.progress, tracking.gap):
        return Sheet(title, blocks=titled(title, say("why.nothing")), one_page=True)
    due, made = (float(tracking.kpi(REVENUE)[key]) for key in ("pace", "actual"))
    frame = contributions(tracking.ledger, due)
    parts = {"step": _steps(state, frame), "channel": _channels(state, frame), "member": _members(state, frame)}
    charts: list[Chart] = []
    row = 5
    for by in parts:
        size = across(_cells(state, frame, "B1"), _WIDTHS), _HIGH[by]
        chart = waterfall_chart(f"B{row}", size, f"report_why_{by}")
        charts.append(replace(chart, title=say(f"why.by_{by}", gap=signed_money(made - due))))
        row += rows_high(charts[-1]) + 1
    cells = _cells(state, frame, f"B{row + 1}")
    tables: list[Table] = []
    below = cells.area.bottom + 6
    for by, found in parts.items():
        ends = (say("waterfall.of_target"), due), *found, (say("waterfall.of_actual"), made)
        tables.append(bridge_table(f"{_DATA}{below}", f"report_why_{by}", ends))
        below = tables[-1].area.bottom + 3
    same = say("why.same_month", **words(state))
    return Sheet(
        title,
        blocks=(
            *titled(title, say("why.lead", gap=signed_money(made - due))),
            over(cells, say("why.cells")),
            leads(f"B{cells.area.bottom + 2}", say("why.method"), *lines_of(same, _LINE)),
        ),
        tables=(*tables, cells),
        charts=tuple(charts),
        widths=_WIDTHS,
        print_columns="A:E",
        one_page=True,
    )


def _steps(state: State, frame: pd.DataFrame) -> list[tuple[str, float]]:
    """Return what each step made, in the order of the funnel, the rest last."""
    sums = frame.groupby(["kpi", "above"], sort=False)["yen"].sum()
    return [(_step(state, row["kpi"], row["above"]), float(row["yen"])) for row in records(sums.reset_index())]


def _step(state: State, kpi: str, above: str) -> str:
    names = {one.key: one.name for one in state.plan.kpis}
    if not kpi:
        return say("why.rest")
    if kpi == REVENUE:
        return say("why.value")
    return f"{names[above]}→{names[kpi]}" if above else say("levers.volume", stage=names[kpi])


def _channels(state: State, frame: pd.DataFrame) -> list[tuple[str, float]]:
    sums = frame.groupby("channel")["yen"].sum()
    named = [(channel.name, float(sums.get(channel.name, 0.0))) for channel in state.plan.channels]
    return _few(named, say("why.no_channel"), float(sums.get("", 0.0)))


def _members(state: State, frame: pd.DataFrame) -> list[tuple[str, float]]:
    sums = frame.groupby("member")["yen"].sum()
    named = [(member.name, float(sums.get(member.name, 0.0))) for member in state.plan.members]
    return _few(named, say("why.no_member"), float(sums.get("", 0.0)))


def _few(named: list[tuple[str, float]], nobody: str, rest: float) -> list[tuple[str, float]]:
    """Return the largest parts, what cost most first, all others together, and what belongs to none."""
    largest = sorted((one for one in named if one[1]), key=lambda one: -abs(one[1]))
    shown = sorted(largest[:_MOST_BARS], key=lambda one: one[1])
    others = largest[_MOST_BARS:]
    more = [(say("why.others", number=len(others)), sum(yen for _, yen in others))] if others else []
    return [*shown, *more, (nobody, rest)]


def _cells(state: State, frame: pd.DataFrame, at: str) -> Table:
    """Return where step, channel and member meet: what cost most, then what brought most."""
    known = frame[frame["kpi"] != ""]
    worst = known[known["yen"] < 0].nsmallest(_MOST_PARTS, "yen")
    best = known[known["yen"] > 0].nlargest(_MOST_PARTS, "yen")
    rows: list[Sequence[Value]] = [
        (_step(state, row["kpi"], row["above"]), row["channel"] or None, row["member"] or None, float(row["yen"]))
        for row in records(pd.concat([worst, best]))
    ]
    columns = (
        Column("waterfall.step", "strong", 30),
        Column("channel", "text", 20),
        Column("member", "text", 18),
        Column("effect", "effect_money", 20),
    )
    return Table(at, "report_why_parts", columns, rows or [(None,) * len(columns)], keys=0)
