"""チャネル / Channels: where the figures came from, against the targets, rates and past months of the channels."""

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from kpixl.plan import Kpi, Stage
from kpixl.texts import say
from kpixl.tracking import between, breakdown
from kpixl.workbook.blocks import Chart, Column, Sheet, Table, Value
from kpixl.workbook.charts import plan_and_actual
from kpixl.workbook.layout import above, below, leads, over, ruled, titled
from kpixl.workbook.pages.channel_rates import over as share_of
from kpixl.workbook.pages.channel_rates import rates_table
from kpixl.workbook.pages.months import CHANNEL, month_table, trends
from kpixl.workbook.pages.wording import style_of_targets
from kpixl.workbook.printing import across
from kpixl.workbook.schema import Key, kpi_key
from kpixl.workbook.sheets.reasons import unknown
from kpixl.workbook.sheets.span_words import words
from kpixl.workbook.state import State
from kpixl.xlsx.address import address, column_letters

__all__ = ["page", "shown"]

_BESIDE = "AB"  # the column, beside the printed page, of what the charts draw
_MOST_DRAWN = 12  # channels of a chart
_PART, _HIGH = 0.43, 220  # of the width of the table, and pixels: each of two charts side by side


def page(state: State) -> Sheet:
    """Return the page of channels; its rows sum to the team's figures."""
    plan, tracking = state.plan, state.tracking
    start, end = state.span
    actual = breakdown(plan, tracking.values, "channel", start, end)
    span, by_channel = tracking.span, tracking.targets.by_channel
    targets, due = (np.tensordot(by_channel, parts, axes=(1, 0)).T for parts in (span.parts, span.due(end)))
    first, last = plan.stages[0], plan.stages[-1]
    names = [channel.name for channel in plan.channels]
    asked_of, due_of = ({name: _ends(row) for name, row in zip(names, rows, strict=True)} for rows in (targets, due))
    nothing = None, None
    blank = unknown(state)
    seen = set(between(tracking.values, plan.period.start, end)["channel"])
    silent = set(names) - seen
    spent, prices = _spent(state), _prices(state)
    rows: list[tuple[Value, ...]] = []
    for name in actual.index:
        done = [None if kpi.key in blank or name in silent else float(actual[kpi.key][name]) for kpi in plan.kpis]
        costs = (_price(spent.get(name), actual, kpi, name) for kpi in prices)
        rows.append(
            (shown(name), *asked_of.get(name, nothing), *done, *_standing(done, due_of.get(name, nothing)), *costs)
        )
    sums = [None if kpi.key in blank else float(actual[kpi.key].sum()) for kpi in plan.kpis]
    costs = (_price(sum(spent.values()), actual, kpi) for kpi in prices)
    whole, by_now = (_ends(counts.sum(axis=0)) for counts in (targets, due))
    rows.append((say("heading.total"), *whole, *sums, *_standing(sums, by_now), *costs))
    missing = say("join").join(shown(name) for name in actual.index if name in silent)
    lead_rate = say("heading.same_month_rate", first=first.name, last=last.name, **words(state))
    columns = (
        Column("channel", "strong", 20),
        *(Column(_target_of(stage), style_of_targets(state), 13) for stage in (first, last)),
        *(Column(kpi_key(kpi), "money" if kpi.money else "count", 14) for kpi in plan.kpis),
        *(Column(_attained_of(stage), "attainment", 12) for stage in (first, last)),
        Column(Key("lead_rate", lead_rate), "rate", 14),
        *(Column(_price_of(kpi), "money", 14) for kpi in prices),
    )
    counts = Table("B6", "report_channels", columns, rows, summed=True)
    rates = rates_table(state, below(counts, 2), actual, silent)
    months = month_table(state, below(rates), "report_channel_months", 0, CHANNEL, range(len(plan.channels)))
    listed = [row for row in rows[:-1] if row[0] in asked_of]
    bars, charts = _charts(state, counts, listed, months.area.bottom + 2) if len(listed) <= _MOST_DRAWN else ((), ())
    return Sheet(
        say("page.channels"),
        blocks=(
            *titled(say("page.channels"), say("channels.lead")),
            *([leads("B4", say("channels.not_recorded", channels=missing))] if missing else []),
            ruled(above(rates, 2), say("channels.rates_section"), len(rates.columns)),
            leads(above(rates), say("channels.rates_note", **words(state))),
            over(months, say("channels.months_section", stage=first.name)),
        ),
        tables=(counts, rates, months, *bars),
        charts=charts,
        sparklines=trends(rates, "trend", months, apart=2),
        print_columns=f"A:{column_letters(max(table.area.right for table in (counts, rates, months)))}",
        one_page=True,
    )


def _charts(
    state: State, counts: Table, rows: list[tuple[Value, ...]], row: int
) -> tuple[tuple[Table, ...], tuple[Chart, ...]]:
    """Return the charts of leads and of orders by channel, side by side, and what they draw: target and actual."""
    kpis, stages = state.plan.kpis, (state.plan.stages[0], state.plan.stages[-1])
    keys = [str(column.key) for column in counts.columns]
    wide, beside = across(counts, {}), (len(keys) + 1) // 2
    bars, charts = [], []
    for place, (stage, kpi) in enumerate(zip(stages, (kpis[1], kpis[-1]), strict=True)):
        actual = keys.index(kpi_key(kpi))
        bars.append(
            Table(
                f"{_BESIDE}{counts.area.top + place * (len(rows) + 2)}",
                f"report_{stage.event}_bars",
                (Column("channel", width=20), Column("target", style_of_targets(state)), Column("actual", "count")),
                [(row[0], row[1 + place], row[actual]) for row in rows],
            )
        )
        at, title = address(2 + beside * place, row), say("channels.chart", stage=stage.name)
        size = round(wide * _PART), _HIGH
        charts.append(plan_and_actual(at, title, bars[-1].name, "channel", "target", size))
    return tuple(bars), tuple(charts)


def _ends(targets: NDArray[np.float64]) -> tuple[float, float]:
    return float(targets[0]), float(targets[-1])


def _standing(
    done: list[float | None], due: tuple[float | None, float | None]
) -> tuple[float | None, float | None, float | None]:
    """Return the attainment to date of leads and orders, and the orders as a share of the leads."""
    leads_of, orders = done[1], done[-1]
    attained = [share_of(count, target) for count, target in zip((leads_of, orders), due, strict=True)]
    share = share_of(orders, leads_of)
    return attained[0], attained[1], share if share is not None and share <= 1 else None


def _attained_of(stage: Stage) -> Key:
    return Key(f"attained_of.{stage.event}", say("heading.attained_of", stage=stage.name))


def _spent(state: State) -> dict[str, float]:
    """Return the cost by channel; a channel without one is not known to have cost nothing."""
    facts = between(state.facts, *state.span)
    cost = facts[facts["event"] == "cost"].groupby("channel", observed=True)["amount"].sum()
    return {str(name): float(amount) for name, amount in cost.items() if amount}


def _prices(state: State) -> tuple[Kpi, ...]:
    """Return what is given a price where costs are known: leads, and orders."""
    kpis = state.plan.kpis
    return (kpis[1], kpis[-1]) if _spent(state) else ()


def _price(spent: float | None, actual: pd.DataFrame, kpi: Kpi, name: str | None = None) -> float | None:
    """Return the cost of each of a KPI, of a channel or of all; None where nothing was spent, or none came."""
    count = float(actual[kpi.key].sum() if name is None else actual[kpi.key][name])
    return spent / count if spent and count > 0 else None


def _price_of(kpi: Kpi) -> Key:
    return Key(f"price_of.{kpi.key}", say("heading.price_of", kpi=kpi.name))


def _target_of(stage: Stage) -> Key:
    return Key(f"target_of.{stage.event}", say("heading.target_of", stage=stage.name))


def shown(name: str) -> str:
    """Return the name of a member or channel as shown, with a word for events that have none."""
    return name or say("blank")
