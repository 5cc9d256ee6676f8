"""The columns of the day sheet: one for everything whose actuals may be typed, so they follow the definitions."""

from kpixl.plan import Plan
from kpixl.tracking import enterable, followed_by_hand
from kpixl.workbook.schema import Key

__all__ = ["counted_keys", "day_keys"]


def day_keys(plan: Plan) -> list[Key]:
    """Return the keys of the columns for all that may be typed, what is counted first."""
    names: dict[str, str] = {}
    for name, key in enterable(plan).items():
        names.setdefault(key, name)  # a name in capitals and the same in small letters are one column
    return [Key(f"kpi.{key}", name) for key, name in names.items()]


def counted_keys(plan: Plan) -> list[Key]:
    """Return the keys of the columns for what is counted."""
    by_hand = {one.name for one in followed_by_hand(plan)}
    return [key for key in day_keys(plan) if key.wording not in by_hand]
