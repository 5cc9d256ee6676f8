"""What is open, how old is it, and what will it still bring?

Open deals by stage and by the days since they began, weighed with the chance that the plan's own decided deals had
(`kpixl.engine.pipeline`), and the oldest ones by name.
"""

import datetime as dt
from collections.abc import Callable

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from kpixl.actuals import EVENTS
from kpixl.engine.pipeline import Chances, weigh, win_chances
from kpixl.errors import NothingToSay
from kpixl.tracking.deals import Outcome, days_between, decided, open_deals

__all__ = ["AGES", "oldest_deals", "open_pipeline"]

AGES = (30, 60, 90)  # days up to which a deal is of an age; the last age has no end
_BANDS = [f"age_{place}" for place in range(len(AGES) + 1)]
_EXPECTED = ["expected", "low", "high"]


def open_pipeline(frame: pd.DataFrame, as_of: dt.date, until: dt.date) -> pd.DataFrame:
    """Return the open deals by stage, in the order of the funnel, with the total (stage "") as the last row.

    Parameters
    ----------
    frame : DataFrame
        Deals as `kpixl.tracking.deals.deal_frame` gives them for `as_of`.
    as_of, until : date
        The day, and the one by whose end deals are to be won.

    Returns
    -------
    DataFrame
        stage, deals, amount, age_0 ... (deals by `AGES`), and what they are expected to bring by the end of `until`:
        expected, low, high (80 %), missing where no deal has been decided yet. Deals that began on no known day are in
        deals and amount only. There is no row where no deal is open.

    Examples
    --------
    >>> frame = pd.DataFrame(
    ...     {
    ...         "outcome": ["open", "open"],
    ...         "stage": ["提案", "見積中"],
    ...         "step": ["proposal", "見積中"],
    ...         "begun": pd.to_datetime(["2025-05-01", "2025-01-01"]),
    ...         "ended": pd.to_datetime([None, None]),
    ...         "left": ["", ""],
    ...         "amount": [100.0, 50.0],
    ...     }
    ... )
    >>> found = open_pipeline(frame, dt.date(2025, 5, 31), dt.date(2025, 5, 31))
    >>> found[["stage", "deals", "amount", "age_0", "age_3"]].to_numpy().tolist()
    [['提案', 1, 100.0, 1, 0], ['見積中', 1, 50.0, 0, 1], ['', 2, 150.0, 1, 1]]
    """
    found = open_deals(frame)
    found = found.assign(days=_age(found, as_of), amount=found["amount"].fillna(0.0))
    bands = np.searchsorted(np.array(AGES), found["days"], side="left")
    for place, band in enumerate(_BANDS):
        found = found.assign(**{band: (bands == place) & found["days"].notna()})
    stages = found.groupby("stage", sort=False).agg(
        step=("step", "first"),
        deals=("step", "size"),
        amount=("amount", "sum"),
        **{band: (band, "sum") for band in _BANDS},
    )
    places = [EVENTS.index(step) if step in EVENTS else len(EVENTS) for step in stages["step"]]
    stages = stages.assign(place=places).sort_values(["place", "amount"], ascending=[True, False])
    rows = [(str(stage), (found["stage"] == stage).to_numpy()) for stage in stages.index]
    rows += [("", np.ones(len(found), dtype=bool))] if rows else []
    expected = _weighing(found, decided(frame), (until - as_of).days)
    figures = [
        (
            *(stage, int(mine.sum()), found["amount"][mine].sum()),
            *(int(found[band][mine].sum()) for band in _BANDS),
            *expected(mine),
        )
        for stage, mine in rows
    ]
    return pd.DataFrame(figures, columns=["stage", "deals", "amount", *_BANDS, *_EXPECTED])


def oldest_deals(frame: pd.DataFrame, as_of: dt.date, most: int) -> pd.DataFrame:
    """Return the open deals that began the longest ago: id, member, channel, stage, amount, days, chance.

    `chance` is that of being won in the end, at its age; missing where no deal has been decided yet.
    """
    found = open_deals(frame)
    found = found.assign(days=_age(found, as_of))[found["begun"].notna()]
    try:
        chance = _chances(found, decided(frame), None).chance
    except NothingToSay:
        chance = np.full(len(found), np.nan)
    oldest = found.assign(chance=chance).sort_values(["days", "amount"], ascending=False, kind="stable")
    return oldest[["id", "member", "channel", "stage", "amount", "days", "chance"]].head(most).reset_index(drop=True)


def _weighing(
    found: pd.DataFrame, past: pd.DataFrame, left: int
) -> Callable[[NDArray[np.bool_]], tuple[float, float, float]]:
    """Return what says of any of the open deals what they bring within the days that are left, with the range."""
    aged = found["days"].notna().to_numpy()
    unknown = (np.nan, np.nan, np.nan)
    worth = found["amount"][aged].clip(lower=0.0).to_numpy(dtype=np.float64)
    try:
        chances = _chances(found[aged], past, float(left))
    except NothingToSay:
        return lambda mine: unknown
    return lambda mine: weigh(worth, chances, mine[aged])[2:] if mine[aged].any() else unknown


def _chances(aged: pd.DataFrame, past: pd.DataFrame, left: float | None) -> Chances:
    return win_chances(
        aged["step"].tolist(),
        aged["days"].to_numpy(),
        past["left"].tolist(),
        days_between(past["begun"], past["ended"]).to_numpy(),
        (past["outcome"] == Outcome.WON.value).to_numpy(),
        days_left=left,
    )


def _age(found: pd.DataFrame, as_of: dt.date) -> "pd.Series[float]":
    return days_between(found["begun"], pd.Series(pd.Timestamp(as_of), index=found.index))
