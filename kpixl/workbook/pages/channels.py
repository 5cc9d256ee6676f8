"""チャネル / Channels: where the month's figures came from, against the targets of the channels."""

import pandas as pd

from kpixl.plan import Kpi, Stage
from kpixl.texts import say
from kpixl.tracking import between, breakdown
from kpixl.workbook.blocks import Column, Sheet, Table, Value
from kpixl.workbook.layout import leads, titled
from kpixl.workbook.schema import Key, kpi_key
from kpixl.workbook.sheets.reasons import unknown
from kpixl.workbook.state import State

__all__ = ["page", "shown"]


def page(state: State) -> Sheet:
    """Return the page of channels; its rows sum to the team's figures."""
    plan, tracking = state.plan, state.tracking
    start, end = state.span
    actual = breakdown(plan, tracking.values, "channel", start, end)
    month = plan.period.month_of(tracking.as_of)
    targets = tracking.targets.by_channel[:, month].T
    first, last = plan.stages[0], plan.stages[-1]
    listed = {channel.name: row for channel, row in zip(plan.channels, targets, strict=True)}
    blank = unknown(state)
    seen = set(between(tracking.values, plan.period.start, end)["channel"])
    silent = {channel.name for channel in plan.channels} - seen
    spent, prices = _spent(state), _prices(state)
    rows: list[tuple[Value, ...]] = []
    for name in actual.index:
        asked = (int(listed[name][0]), int(listed[name][-1])) if name in listed else (None, None)
        done = [None if kpi.key in blank or name in silent else float(actual[kpi.key][name]) for kpi in plan.kpis]
        costs = (_price(spent.get(name), actual, kpi, name) for kpi in prices)
        rows.append((shown(name), *asked, *done, *_standing(state, done, asked), *costs))
    sums = [None if kpi.key in blank else float(actual[kpi.key].sum()) for kpi in plan.kpis]
    costs, whole = (_price(sum(spent.values()), actual, kpi) for kpi in prices), _ends(targets.sum(axis=0).tolist())
    rows.append((say("heading.total"), *whole, *sums, *_standing(state, sums, whole), *costs))
    missing = say("join").join(shown(name) for name in actual.index if name in silent)
    columns = (
        Column("channel", "strong", 20),
        Column(_target_of(first), "count", 13),
        Column(_target_of(last), "count", 13),
        *(Column(kpi_key(kpi), "money" if kpi.money else "count", 14) for kpi in plan.kpis),
        *(Column(_attained_of(stage), "attainment", 12) for stage in (first, last)),
        Column(Key("lead_rate", say("heading.same_month_rate", first=first.name, last=last.name)), "rate", 14),
        *(Column(_price_of(kpi), "money", 14) for kpi in prices),
    )
    return Sheet(
        say("page.channels"),
        blocks=(
            *titled(say("page.channels"), say("channels.lead")),
            *([leads("B4", say("channels.not_recorded", channels=missing))] if missing else []),
        ),
        tables=(Table("B6", "report_channels", columns, rows, summed=True),),
        one_page=True,
    )


def _ends(targets: list[float]) -> tuple[int, int]:
    return int(targets[0]), int(targets[-1])


def _standing(
    state: State, done: list[float | None], asked: tuple[int | None, int | None]
) -> tuple[float | None, float | None, float | None]:
    """Return the attainment to date of leads and orders, and the orders as a share of the leads of the month."""
    leads_of, orders = done[1], done[-1]
    due = state.plan.period.elapsed(state.tracking.as_of)
    attained = [_over(count, target and target * due) for count, target in zip((leads_of, orders), asked, strict=True)]
    share = _over(orders, leads_of)
    return attained[0], attained[1], share if share is not None and share <= 1 else None


def _over(part: float | None, whole: float | None) -> float | None:
    return None if part is None or not whole or whole < 0 or part < 0 else part / whole


def _attained_of(stage: Stage) -> Key:
    return Key(f"attained_of.{stage.event}", say("heading.attained_of", stage=stage.name))


def _spent(state: State) -> dict[str, float]:
    """Return the cost of the month by channel; a channel without one is not known to have cost nothing."""
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
