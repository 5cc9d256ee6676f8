"""What is followed by hand, such as a market share, or the score of a survey whose replies are not imported.

Its figures are levels or running totals that somebody types now and then, so they are never summed: the last one typed
in a span is what there is.
"""

import datetime as dt
from collections.abc import Mapping

import pandas as pd

from kpixl.plan import Indicator, Kgi, Plan, event_names, once_per_plan
from kpixl.plan.glossary import SCORES
from kpixl.tracking.values import between, side_events

__all__ = ["enterable", "followed_by_hand", "last_typed", "typed_by_hand"]


@once_per_plan
def followed_by_hand(plan: Plan) -> tuple[Indicator | Kgi, ...]:
    """Return the KPIs (chosen ones, and those with a target) and KGIs of `plan` that no event is counted for.

    The score of a survey is among them, as it is typed where no replies are imported. A name of something that is
    counted means what is counted, and is not typed by hand besides.
    """
    taken = {name.casefold() for name in _counted(plan)}
    uncounted: list[Indicator | Kgi] = [
        *(one for one in plan.indicators if (not one.event or one.is_score) and (one.chosen or one.target is not None)),
        *(kgi for kgi in plan.kgis if not kgi.measure),
    ]
    return tuple(one for one in uncounted if one.name.casefold() not in taken)


@once_per_plan
def enterable(plan: Plan) -> Mapping[str, str]:
    """Return the key of everything whose actuals may be typed, by its name, what is counted first."""
    return _counted(plan) | {one.name: _key(one.name) for one in followed_by_hand(plan)}


def typed_by_hand(plan: Plan, entries: pd.DataFrame) -> pd.DataFrame:
    """Return those of the typed entries that are followed by hand."""
    mine = entries[entries["kpi"].isin({_key(one.name) for one in followed_by_hand(plan)})]
    return mine.assign(date=pd.to_datetime(mine["date"]))


def last_typed(typed: pd.DataFrame, name: str, start: dt.date, end: dt.date) -> float | None:
    """Return the value of the last day from `start` to `end` (of several, the one typed below), None without any."""
    mine = between(typed[typed["kpi"] == _key(name)], start, end)
    return None if mine.empty else float(mine.sort_values("date", kind="stable")["value"].iloc[-1])


@once_per_plan
def _counted(plan: Plan) -> dict[str, str]:
    """Return the KPIs and the events that the plan's rates count besides, by name."""
    names = event_names(plan.stages, plan.language)
    side = (event for event in side_events(plan) if event not in SCORES)
    return {kpi.name: kpi.key for kpi in plan.kpis} | {names.get(event, event): event for event in side}


def _key(name: str) -> str:
    """Return a key that is no event's; a spreadsheet looks the name up without regard to case."""
    return f"by_hand:{name.casefold()}"
