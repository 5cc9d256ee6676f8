"""What do the deals that were won have in common, and why were others lost?

Every value of an attribute is held against the average of the decided deals (`kpixl.engine.factors`); only those that
are beyond chance are named. Reasons for losing are known of lost deals alone, so that they are counted, not compared.
"""

from collections.abc import Iterator

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from kpixl.actuals import LOSS_REASON, attributes_in
from kpixl.engine.factors import factors
from kpixl.engine.rates import Verdict
from kpixl.engine.thresholds import ENOUGH_TRIALS
from kpixl.errors import NothingToSay
from kpixl.tracking.customers import CUSTOMER
from kpixl.tracking.deals import Outcome, followed

__all__ = ["loss_reasons", "success_factors"]

_CHANNEL = "channel"
_NO_TRAITS = (LOSS_REASON, CUSTOMER)
_DECIDED = [Outcome.WON.value, Outcome.LOST.value, Outcome.ENDED.value]


def success_factors(frame: pd.DataFrame) -> pd.DataFrame:
    """Return the values of attributes, and the channels, whose deals are won more or less often than those of all.

    Parameters
    ----------
    frame : DataFrame
        Deals as `kpixl.tracking.deals.deal_frame` gives them.

    Returns
    -------
    DataFrame
        attribute ("channel", or as in the mapping), value, deals (decided ones), rate (won of them), average (of all
        decided deals of which the attribute is known), verdict (better or worse): the 95 % interval of the cautious
        rate lies on one side of the average. The furthest from it first; values of fewer than 10 deals are left out.

    Examples
    --------
    >>> won = [1] * 30 + [0] * 20 + [1] * 10 + [0] * 40
    >>> frame = pd.DataFrame(
    ...     {
    ...         "outcome": ["won" if one else "lost" for one in won],
    ...         "step": [""] * 100,
    ...         "channel": [""] * 100,
    ...         "attributes": ['{"industry": "IT"}'] * 50 + ['{"industry": "小売"}'] * 50,
    ...     }
    ... )
    >>> success_factors(frame)[["value", "rate", "average", "verdict"]].to_numpy().tolist()
    [['IT', 0.6, 0.4, 'better'], ['小売', 0.2, 0.4, 'worse']]
    """
    known = followed(frame)
    ended = known[known["outcome"].isin(_DECIDED)]
    won = (ended["outcome"] == Outcome.WON.value).to_numpy()
    rows = [row for name, values in _columns(ended) for row in _named(name, values, won)]
    columns = ["attribute", "value", "deals", "rate", "average", "verdict"]
    found = pd.DataFrame(rows, columns=columns)
    furthest = (found["rate"] - found["average"]).abs().round(12).sort_values(ascending=False, kind="stable").index
    return found.loc[furthest].reset_index(drop=True)


def loss_reasons(frame: pd.DataFrame) -> pd.Series:
    """Return of how many lost deals each reason is known, the most frequent first."""
    lost = frame[frame["outcome"] == Outcome.LOST.value]
    reasons = lost["attributes"].map(attributes_in).map(lambda known: known.get(LOSS_REASON, ""))
    return reasons[reasons != ""].value_counts()


def _columns(ended: pd.DataFrame) -> Iterator[tuple[str, pd.Series]]:
    yield _CHANNEL, ended["channel"]
    known = ended["attributes"].map(attributes_in)
    for name in dict.fromkeys(name for one in known for name in one if name not in _NO_TRAITS):
        yield name, known.map(lambda one, name=name: one.get(name, ""))


def _named(name: str, values: pd.Series, won: NDArray[np.bool_]) -> Iterator[tuple[object, ...]]:
    there = (values != "").to_numpy()
    outcomes = won[there]
    try:
        found = factors(values[there].to_numpy(dtype=str), outcomes)
    except NothingToSay:
        return
    for value, deals, rate, verdict in zip(found.value, found.trials, found.rate, found.verdict, strict=True):
        if verdict != Verdict.UNCLEAR.value and deals >= ENOUGH_TRIALS:
            yield name, str(value), int(deals), float(rate), float(outcomes.mean()), str(verdict)
