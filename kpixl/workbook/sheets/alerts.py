"""The rule by which a month or a week raises an alarm, as it stands in two cells of the settings.

So much of the period is over, and so little of its target reached. Where a cell is blank the rule of thumb holds.
"""

from kpixl.engine.thresholds import ALERT_AFTER, ALERT_UP_TO

__all__ = ["AFTER", "UP_TO", "after_in_force", "is_late", "is_little"]

AFTER, UP_TO = "kpixl_alert_after", "kpixl_alert_up_to"
_ROUNDING = "1E-12"


def after_in_force() -> str:
    """Return the formula of the share of a period that must be over."""
    return _given(AFTER, ALERT_AFTER)


def is_late(over: str, whole: str = "") -> str:
    """Return the condition that so much of a period is over that the rule applies.

    >>> is_late("A1", "B1")
    'A1>=B1*IF(ISNUMBER(kpixl_alert_after),kpixl_alert_after,0.5)*(1-1E-12)'
    """
    return f"{over}>={_of(whole)}{after_in_force()}*(1-{_ROUNDING})"


def is_little(reached: str, target: str = "") -> str:
    """Return the condition that so little is reached that the rule applies."""
    return f"{reached}<={_of(target)}{_given(UP_TO, ALERT_UP_TO)}*(1+{_ROUNDING})"


def _given(name: str, default: float) -> str:
    return f"IF(ISNUMBER({name}),{name},{default})"


def _of(whole: str) -> str:
    return f"{whole}*" if whole else ""
