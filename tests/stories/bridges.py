"""The gap of a month in revenue by step, channel and member: counted with pandas alone, nothing of kpixl computes here.

At each step counts what came beyond the planned rate of what stood above it, at what the plan makes of one further on.
"""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import pandas as pd

__all__ = ["Planned", "gap_parts"]


@dataclass(frozen=True)
class Planned:
    """What a plan asks for: its stages from first to last, and what an order is worth.

    `rates` are by channel (rows) and step, `asked` the targets of the whole plan by channel (rows) and stage, which
    weigh the channels for what has none. Of the month are `volume`, the targets of the first stage by channel, and
    `shared`, those by member (rows) and stage, by which is shared what names nobody.
    """

    stages: list[str]
    unit_value: float
    rates: pd.DataFrame
    asked: pd.DataFrame
    volume: pd.Series
    shared: pd.DataFrame

    def worth(self) -> pd.DataFrame:
        """Return what one of each stage (columns) is worth by channel; "" is all that names none."""
        onward = [self.rates.iloc[:, place:].prod(axis=1) * self.unit_value for place in range(len(self.stages))]
        worth = pd.concat(onward, axis=1, keys=self.stages)
        usual = {stage: np.average(worth[stage], weights=self.asked.loc[worth.index, stage]) for stage in self.stages}
        return pd.concat([worth, pd.DataFrame(usual, index=[""])])


def gap_parts(events: pd.DataFrame, revenue: pd.DataFrame, planned: Planned) -> pd.DataFrame:
    """Return step ("" to the first stage, and "revenue"), channel, member and yen of a month's events.

    `events` and `revenue` have the columns kpi (the stage), channel, member and value; "" is nobody.
    """
    worth, people = planned.worth(), [*planned.shared.index, ""]

    def laid(rows: pd.DataFrame) -> pd.DataFrame:
        return rows.pivot_table(index="channel", columns="member", values="value", aggfunc="sum").reindex(
            index=worth.index, columns=people, fill_value=0.0
        )

    counts = {stage: laid(events[events["kpi"] == stage]).fillna(0.0) for stage in planned.stages}
    first, last = planned.stages[0], planned.stages[-1]
    asked = pd.DataFrame(0.0, index=worth.index, columns=people)
    asked[""] = planned.volume.reindex(worth.index, fill_value=0.0)
    yen = {"": (counts[first] - asked).mul(worth[first], axis=0)}
    for upper, lower in pairwise(planned.stages):
        above = counts[upper]
        if above[""].to_numpy().sum() > above.to_numpy().sum() / 10:  # members are not named
            part = planned.shared[lower] / planned.shared[lower].sum()
            above = pd.DataFrame({name: above.sum(axis=1) * part.get(name, 0.0) for name in people})
        expected = above.mul(worth[upper] / worth[lower], axis=0)
        yen[lower] = (counts[lower] - expected).mul(worth[lower], axis=0)
    yen["revenue"] = laid(revenue).fillna(0.0) - counts[last].mul(worth[last], axis=0)
    rows = pd.concat({step: frame.stack() for step, frame in yen.items()}, names=["step", "channel", "member"])
    return rows[rows.abs() > 1e-6].rename("yen").reset_index()
