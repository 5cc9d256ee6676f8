"""The share of each channel in the result, and its rate of each step above that of its targets."""

from collections.abc import Mapping
from itertools import pairwise

import numpy as np
import pandas as pd

from kpixl.texts import say
from kpixl.tracking import Basis, records
from kpixl.workbook.blocks import Column, Table, Value
from kpixl.workbook.fitting import display_width
from kpixl.workbook.schema import Key, step_keys
from kpixl.workbook.sheets.reasons import unknown
from kpixl.workbook.state import State

__all__ = ["over", "rates_table"]

_LEAST = 13  # half-width characters of a column


def rates_table(state: State, at: str, actual: pd.DataFrame, silent: set[str]) -> Table:
    """Return two rows for each channel, and for all: what came, then what the targets make.

    `actual` is by channel and KPI, `silent` are the channels of which nothing was recorded. There are no rates of steps
    that take longer than the span, none above 100%, and of channels that the plan does not list no planned ones.
    """
    plan, tracking, blank = state.plan, state.tracking, unknown(state)
    whole = {str(kpi): float(done) for kpi, done in actual.sum().items()}
    wanted = np.tensordot(tracking.targets.by_channel, tracking.span.parts, axes=(1, 0)).T.tolist()  # as closed
    orders = sum(counts[-1] for counts in wanted)
    planned = {
        channel.name: (over(counts[-1], orders), None, *(over(lower, upper) for upper, lower in pairwise(counts)))
        for channel, counts in zip(plan.channels, wanted, strict=True)
    }
    shared = plan.kpis[-1].key, plan.kpis[0].key  # the orders, the revenue

    def came(name: str, done: Mapping[str, float]) -> list[Value]:
        known = {kpi.key: name not in silent and kpi.key not in blank for kpi in plan.kpis}
        told: list[Value] = [over(done[key], whole[key]) if known[key] else None for key in shared]
        for step, (upper, lower) in enumerate(pairwise(stage.event for stage in plan.stages)):
            sure = known[upper] and known[lower] and tracking.bases[step] is not Basis.SLOW
            rate = over(done[lower], done[upper]) if sure else None
            told.append(rate if rate is None or plan.is_activity(step) or rate <= 1 else None)
        return told

    rows: list[tuple[Value, ...]] = []
    for name, done in zip(map(str, actual.index), records(actual), strict=True):
        rows.append((name or say("blank"), None, say("heading.actual"), *came(name, done)))
        if name in planned:
            rows.append((name, None, say("heading.planned"), *planned[name]))
    asked = [float(tracking.span.of(tracking.targets.team(stage.event))) for stage in plan.stages]
    rows.append((say("heading.total"), None, say("heading.actual"), *came("", whole)))
    team = (over(lower, upper) for upper, lower in pairwise(asked))
    rows.append((say("heading.total"), None, say("heading.planned"), None, None, *team))
    keys = step_keys(plan.stages)
    wide = max(_LEAST, *(display_width(key.wording) for key in keys))  # no line breaks at an arrow
    steps = (Column(key, "times" if plan.is_activity(step) else "rate", wide) for step, key in enumerate(keys))
    shares = (
        Column(Key(f"share_of.{kpi.key}", say("heading.share_of", kpi=kpi.name)), "rate", _LEAST)
        for kpi in (plan.kpis[-1], plan.kpis[0])
    )
    trend = Column("trend", "text", 14, heading=say("channels.months_section", stage=plan.stages[0].name))
    columns = Column("channel", "strong", 20), trend, Column("actual_or_planned", "key", 13)
    return Table(at, "report_channel_rates", (*columns, *shares, *steps), rows)


def over(part: float | None, whole: float | None) -> float | None:
    """Return a part as a share of the whole; None where that is nothing or unknown."""
    return None if part is None or not whole or whole < 0 or part < 0 else part / whole
