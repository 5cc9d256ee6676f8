"""A plan and how it stands as tidy frames, a row per observation, for analysts."""

from collections.abc import Iterator
from dataclasses import fields
from typing import Any

import numpy as np
import pandas as pd

from kpixl.plan import Plan, Targets
from kpixl.tracking.members import MemberFrames

__all__ = ["members_frame", "settings_frame", "targets_frame"]

_LISTS = ("stages", "channels", "members", "kgis", "csfs", "levels", "indicators")
_NOT_TYPED = ("name", "rates", "sample")


def settings_frame(plan: Plan) -> pd.DataFrame:
    """Return what is typed in the settings: section, name of the entry, key, value; blank cells are left out."""
    rows = [row for row in _settings(plan) if row[3] is not None and row[3] != ""]
    return pd.DataFrame(rows, columns=["section", "name", "key", "value"]).astype({"value": object})


def targets_frame(plan: Plan, targets: Targets) -> pd.DataFrame:
    """Return what is asked of whom by when: month, level (team, channel, member), name, kpi, target."""
    months = pd.to_datetime(list(plan.period.starts))
    found = []
    for kpi in plan.kpis:
        for level, names, asked in (
            ("team", [""], targets.team(kpi.key)[:, np.newaxis]),
            ("channel", [one.name for one in plan.channels], targets.channels(kpi.key)),
            ("member", [one.name for one in plan.members], targets.members(kpi.key)),
        ):
            wide = pd.DataFrame(asked, index=months, columns=names)
            long = wide.rename_axis("month").reset_index().melt("month", var_name="name", value_name="target")
            found.append(long.assign(level=level, kpi=kpi.key))
    return pd.concat(found, ignore_index=True)[["month", "level", "name", "kpi", "target"]]


def members_frame(frames: MemberFrames) -> pd.DataFrame:
    """Return the month so far, a row per member and KPI: pace, actual, attainment (missing where it is not judged)."""
    names, keys = frames.pace.index, frames.pace.columns
    figures = {name: getattr(frames, name).to_numpy().ravel() for name in ("pace", "actual", "attainment")}
    return pd.DataFrame({"member": np.repeat(names, len(keys)), "kpi": np.tile(keys, len(names)), **figures})


def _settings(plan: Plan) -> Iterator[tuple[str, str, str, Any]]:
    for field in fields(plan.goal):
        yield "goal", "", field.name, getattr(plan.goal, field.name)
    yield "goal", "", "currency", plan.currency
    yield from (("team", "", name, getattr(plan, name)) for name in ("stretch", "alert_after", "alert_up_to"))
    yield "period", "", "start", plan.period.start
    yield "period", "", "months", plan.period.months
    yield from (
        ("seasonality", str(month), "weight", weight) for month, weight in enumerate(plan.period.seasonality, 1)
    )
    yield "period", "", "weekend", plan.period.weekend
    yield from (("closures", "", "date", day) for day in plan.period.closures)
    yield from (("closures", f"{day}", "open", share) for day, share in plan.period.part_days)
    for section in _LISTS:
        for entry in getattr(plan, section):
            for field in fields(entry):
                if field.name not in _NOT_TYPED:
                    yield section, entry.name, field.name, getattr(entry, field.name)
    for channel in plan.channels:
        for step, rate in enumerate(channel.rates):
            yield "channels", channel.name, f"rate {plan.step_name(step)}", rate
