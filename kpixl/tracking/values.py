"""What was achieved: one row per day, member, channel and KPI, from imported facts and from typed entries.

Facts count events; entries are KPI values that somebody typed. Both become the same frame, so that everything after
it knows one kind of actual.
"""

import datetime as dt
from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from kpixl.plan import REVENUE, Indicator, Kpi, Plan, once_per_plan
from kpixl.plan.glossary import AMOUNT, COUNT
from kpixl.plan.names import same

__all__ = [
    "VALUE_COLUMNS",
    "between",
    "followed_measures",
    "kpi_values",
    "numerator",
    "records",
    "side_events",
    "total",
    "totals",
    "totals_by",
]

VALUE_COLUMNS = ["date", "member", "channel", "kpi", "value"]
_AS_CODES = dict.fromkeys(("member", "channel", "kpi"), "category")


def kpi_values(plan: Plan, facts: pd.DataFrame, entries: pd.DataFrame) -> pd.DataFrame:
    """Return the KPI values of `plan`: date, member, channel, kpi, value.

    `facts` has the columns of `kpixl.actuals` (date, member, channel, event, count, amount ...); `entries` has those
    of the result. Events that only a measure counts stand beside the KPIs, under the event's own name; events that
    nothing counts are left out, and so are entries of what is followed by hand. Names are kept as codes, by which they
    are quickly compared.
    """
    counted = [*plan.kpis, *(Kpi(event, event, event) for event in side_events(plan))]
    happened = {*facts["event"].unique()}
    frames = [_of_kpi(kpi, facts) for kpi in counted if kpi.event in happened]
    typed = entries.loc[entries["kpi"].isin([kpi.key for kpi in counted]), VALUE_COLUMNS]
    values = pd.concat([frame for frame in [*frames, typed] if len(frame)] or [typed])
    values = values.assign(date=pd.to_datetime(values["date"])).reset_index(drop=True)
    for column, listed in (("member", plan.members), ("channel", plan.channels)):
        known = {same(one.name): one.name for one in listed}  # formulas ignore case: "sato" counts for "Sato"
        names = (name for name in values[column].unique() if isinstance(name, str))
        others = {name: own for name in names if (own := known.get(same(name), name)) != name}
        if others:
            values[column] = values[column].replace(others)
    return values.astype(_AS_CODES)


@once_per_plan
def side_events(plan: Plan) -> Sequence[str]:
    """Return the events that are no stage of the funnel and that a rate, or a sum that is followed, counts."""
    stages, followed = {stage.event for stage in plan.stages}, followed_measures(plan)
    counting = [one for one in plan.indicators if one.event and not one.of_deals and (one.base or one in followed)]
    counted = [event for one in counting for event in ((one.event, one.base) if one.measure == COUNT else (one.base,))]
    return [event for event in dict.fromkeys(counted) if event and event not in stages]


@once_per_plan
def followed_measures(plan: Plan) -> tuple[Indicator, ...]:
    """Return what `plan` follows beside its own KPIs: what is chosen or has a target, and is counted from actuals."""
    return tuple(
        one
        for one in plan.indicators
        if one.event and (one.chosen or one.target is not None) and not _is_kpi(plan, one)
    )


def numerator(plan: Plan, indicator: Indicator) -> str | None:
    """Return the KPI of `plan` that is a measure's numerator; None where it is another event, or time."""
    key = {AMOUNT: REVENUE, COUNT: indicator.event}.get(indicator.measure)
    event = next((kpi.event for kpi in plan.kpis if kpi.key == key), None)
    return key if event == indicator.event else None


def _is_kpi(plan: Plan, indicator: Indicator) -> bool:
    """Say whether a measure is one of the plan's own KPIs, which the progress shows already."""
    return not indicator.base and not indicator.channel and numerator(plan, indicator) is not None


def _of_kpi(kpi: Kpi, facts: pd.DataFrame) -> pd.DataFrame:
    mine = facts[(facts["event"] == kpi.event).to_numpy(dtype=bool)]
    if kpi.money:
        mine = mine[mine["amount"] != 0]  # the worth of an order without an amount is unknown, not zero
    mine = mine.assign(kpi=kpi.key, value=mine["amount" if kpi.money else "count"].astype(float))
    return mine[VALUE_COLUMNS]


def between(values: pd.DataFrame, start: dt.date, end: dt.date) -> pd.DataFrame:
    """Return the values from `start` to `end`, both included."""
    days = values["date"].to_numpy()
    return values[(days >= np.datetime64(start)) & (days <= np.datetime64(end))]


def records(frame: pd.DataFrame) -> list[dict[str, Any]]:
    """Return the rows of a frame, each as its values by column."""
    names = [str(column) for column in frame.columns]
    columns = [_plain(column) for _, column in frame.items()]
    return [dict(zip(names, row, strict=True)) for row in zip(*columns, strict=True)]


def _plain(column: "pd.Series[Any]") -> list[Any]:
    """Return the values of a column as those of Python."""
    values = column.tolist()
    if column.dtype == object:
        return [value.item() if isinstance(value, np.generic) else value for value in values]
    return values


def total(values: pd.DataFrame, kpi: str) -> float:
    """Return the sum of a KPI."""
    return float(np.nansum(values["value"].to_numpy(float)[_is(values, kpi)]))


def totals(values: pd.DataFrame) -> dict[str, float]:
    """Return the sum of each KPI of which there is anything."""
    codes, names = pd.factorize(values["kpi"])
    numbers = values["value"].to_numpy(float)
    return {str(name): float(np.nansum(numbers[codes == code])) for code, name in enumerate(names)}


def totals_by(values: pd.DataFrame, column: str, kpi: str, order: "list[str]") -> NDArray[np.float64]:
    """Return the sums of a KPI by `column`, in the given order; 0 where there is none."""
    mine = _is(values, kpi)
    if not mine.any():
        return np.zeros(len(order))
    codes, names = pd.factorize(values[column][mine])
    sums = pd.Series(values["value"].to_numpy(float)[mine]).groupby(codes).sum()
    by_name = dict(zip(names.tolist(), sums[sums.index >= 0], strict=True))
    return np.array([by_name.get(name, 0.0) for name in order])


def _is(values: pd.DataFrame, kpi: str) -> NDArray[np.bool_]:
    return np.asarray(values["kpi"].array == kpi, dtype=bool)


def stage_counts(plan: Plan, values: pd.DataFrame) -> NDArray[np.float64]:
    """Return the counts of the funnel by stage and member of the plan."""
    names = [member.name for member in plan.members]
    return np.array([totals_by(values, "member", stage.event, names) for stage in plan.stages])
