"""Which days of the week are off?

A weekend is written as Excel's NETWORKDAYS.INTL writes it: by a number (1 is Saturday and Sunday, 11 Sunday only), or
as seven digits from Monday on, 1 for a day off.
"""

import re
from typing import Final

from kpixl.errors import InvalidValue

__all__ = ["SATURDAY_SUNDAY", "WEEKENDS", "weekend_days"]

SATURDAY_SUNDAY: Final = "0000011"
_PAIRS = {1 + place: "".join("1" if (day - 5 - place) % 7 < 2 else "0" for day in range(7)) for place in range(7)}
_SINGLE = {11 + place: "".join("1" if (day - 6 - place) % 7 == 0 else "0" for day in range(7)) for place in range(7)}
WEEKENDS: Final = _PAIRS | _SINGLE  # the weekends that have a number


def weekend_days(given: float | str) -> str:
    """Return a weekend as seven digits from Monday on, 1 for a day off.

    Parameters
    ----------
    given : int or str
        As NETWORKDAYS.INTL takes it: 1 to 7 (two days, from Saturday and Sunday on), 11 to 17 (one day, from Sunday
        on), or seven digits 0 and 1 from Monday on, not all of them 1. A number of seven such digits is read as these,
        since a cell makes a number of them.

    Raises
    ------
    InvalidValue
        If it is none of these, or no day is left to work on.

    Examples
    --------
    >>> weekend_days(1), weekend_days(11), weekend_days("0010000"), weekend_days(1000001)
    ('0000011', '0000001', '0010000', '1000001')
    """
    text = str(int(given)) if not isinstance(given, str) and given == given // 1 else str(given).strip()
    if re.fullmatch("[01]{7}", text):
        digits = text
    else:
        number = int(text) if re.fullmatch("[0-9]{1,2}", text) else 0
        if number not in WEEKENDS:
            raise InvalidValue("weekend_unknown", given=text[:40]).of_rows(True)
        digits = WEEKENDS[number]
    if "0" not in digits:
        raise InvalidValue("weekend_all", given=text).of_rows(True)
    return digits
