"""Which of many findings are more than luck?

Whoever looks at sixty numbers finds three that stand out by chance. Benjamini and Hochberg's procedure names so few of
them that the share of lucky ones among those named stays small.
"""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from kpixl.engine.checks import Term
from kpixl.engine.columns import column, share
from kpixl.engine.thresholds import FALSE_ALARMS
from kpixl.errors import InvalidValue

__all__ = ["discoveries"]


def discoveries(p: ArrayLike, *, looks: int | None = None, false_alarms: float = FALSE_ALARMS) -> NDArray[np.bool_]:
    r"""Say which findings are named.

    Parameters
    ----------
    p : array_like of float
        The p-value of each finding, from 0 to 1.
    looks : int, optional
        How many were looked at, where only the most striking are given; as many as there are p-values by default.
    false_alarms : float, default 0.05
        The share of those named that chance may have put there, between 0 and 1.

    Returns
    -------
    ndarray of bool, same shape as `p`

    Raises
    ------
    InvalidValue
        A p-value is not between 0 and 1, there were fewer looks than p-values, or `false_alarms` is not between 0 and
        1.

    Notes
    -----
    Of m looks the k findings with the smallest p are named, where k is the largest with
    :math:`p_{(k)} \le k q / m`, q being `false_alarms`.

    References
    ----------
    Benjamini, Y., Hochberg, Y. (1995), Controlling the false discovery rate: a practical and powerful approach to
    multiple testing. Journal of the Royal Statistical Society B 57.

    Examples
    --------
    >>> discoveries([0.001, 0.02, 0.04, 0.5]).tolist()
    [True, True, False, False]
    >>> discoveries([0.001, 0.02], looks=100).tolist()
    [False, False]
    """
    level, found = share("false_alarms", false_alarms), column("p", p)
    if (found > 1).any():
        row = int(np.argmax(found > 1))
        raise InvalidValue("share_range", name=Term("p"), given=f"{found.flat[row]:,.15g}")
    asked = found.size if looks is None else looks
    if asked < found.size:
        raise InvalidValue("few_looks", given=asked, least=found.size)
    ordered = np.sort(found, axis=None)
    passed = np.flatnonzero(ordered <= level * np.arange(1, len(ordered) + 1) / max(asked, 1))
    return np.asarray(found <= (ordered[passed[-1]] if len(passed) else -1.0))
