"""By whom and from where: the actuals of a span by member or channel, with nothing left out.

People and channels that the plan does not list, and events without any, have rows of their own after the listed
ones, so that the rows always sum to the team's figure.
"""

import datetime as dt

import pandas as pd

from kpixl.plan import Plan
from kpixl.tracking.values import between

__all__ = ["breakdown", "unlisted"]


def breakdown(plan: Plan, values: pd.DataFrame, by: str, start: dt.date, end: dt.date) -> pd.DataFrame:
    """Return the actuals from `start` to `end` with a row per member or channel (`by`) and a column per KPI.

    Listed names come first in the plan's order, then others by name, and "" for events without one.
    """
    mine = between(values, start, end)
    columns, listed = [kpi.key for kpi in plan.kpis], _listed(plan, by)
    if not len(mine):
        return pd.DataFrame(0.0, index=pd.Index(listed, name=by), columns=pd.Index(columns, name="kpi"))
    table = mine.pivot_table(index=by, columns="kpi", values="value", aggfunc="sum", fill_value=0.0, observed=True)
    others = sorted((name for name in table.index if name not in listed), key=lambda name: (name == "", name))
    return table.reindex(index=[*listed, *others], columns=columns, fill_value=0.0)


def unlisted(plan: Plan, values: pd.DataFrame, by: str) -> list[str]:
    """Return the members or channels (`by`) that have actuals but no row in the settings, "" left out."""
    return sorted(set(values[by]) - set(_listed(plan, by)) - {""})


def _listed(plan: Plan, by: str) -> list[str]:
    return [entry.name for entry in (plan.members if by == "member" else plan.channels)]
