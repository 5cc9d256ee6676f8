"""Analysis: which factor made the gap, how sure a rate is, what the won deals have in common."""

from typing import Any

import numpy as np

from kpixl import engine
from udfs.boundary import function
from udfs.cells import Matrix, Text

__all__ = ["KPI_ATTRIBUTION"]


@function("analysis")
def KPI_ATTRIBUTION(targets: Matrix, actuals: Matrix, method: Text = "lmdi") -> Any:
    """Contribution of each factor to a change, when factors multiply along a row and rows add up; totals last.

    Parameters
    ----------
    targets
        Factors before, or planned: a column per factor, a row per segment.
    actuals
        The same factors after, or as they turned out.
    method
        lmdi (if left out), shapley or sequential.
    """
    shares = engine.attribution(targets, actuals, method=method)
    return shares if len(shares) == 1 else np.vstack([shares, shares.sum(axis=0)])
