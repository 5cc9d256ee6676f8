"""In which currency a plan is: what stands before or behind an amount, and how amounts are written in full.

The currency is a setting of the plan; `paid_in` has it followed by whatever is written within a block. Only yen in
Japanese have the sign behind the number and are counted in 万; any other amount has its sign in front.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from kpixl.errors import InvalidPlan
from kpixl.texts import language

__all__ = ["CURRENCIES", "YEN", "amount", "in_japanese_yen", "in_yen", "paid_in", "read_currency", "sign"]

YEN = "JPY"
CURRENCIES = {YEN: "¥", "USD": "$", "EUR": "€", "": ""}  # the sign of each; "" is a plan that names no currency
_IN_FORCE: ContextVar[str] = ContextVar("kpixl_currency", default=YEN)


@contextmanager
def paid_in(currency: str) -> Iterator[None]:
    """Write amounts in a currency within the block.

    >>> with paid_in("USD"):
    ...     amount(1_234_567.8), amount(-5)
    ('$1,234,568', '-$5')
    """
    token = _IN_FORCE.set(currency)
    try:
        yield
    finally:
        _IN_FORCE.reset(token)


def sign() -> str:
    """Return the sign of the currency in force, "" if there is none."""
    return CURRENCIES[_IN_FORCE.get()]


def in_japanese_yen(code: str | None = None) -> bool:
    """Say whether amounts are yen as Japanese writes them; `code` is a language, by default the one in force."""
    return _IN_FORCE.get() == YEN and (code or language()) == "ja"


def in_yen() -> bool:
    """Say whether amounts are yen."""
    return _IN_FORCE.get() == YEN


def read_currency(text: str) -> str:
    """Return the code of a currency that is given by its code or sign; `none` is a plan that names none.

    >>> read_currency("usd"), read_currency("€"), read_currency("none")
    ('USD', 'EUR', '')
    """
    given = text.strip().upper()
    codes = {**{mark: code for code, mark in CURRENCIES.items() if code}, "円": YEN, "NONE": ""}
    codes |= {code: code for code in CURRENCIES if code}
    if given not in codes:
        raise InvalidPlan("plan_currency", given=text, known=", ".join(filter(None, CURRENCIES)))
    return codes[given]


def amount(number: float) -> str:
    """Return an amount in full, as sentences have it.

    >>> from kpixl.texts import speaking
    >>> amount(1_234_567)
    '1,234,567円'
    >>> with speaking("en"):
    ...     amount(-1_234_567)
    '-¥1,234,567'
    """
    size = f"{abs(number):,.0f}"
    minus = "-" if number < 0 and size != "0" else ""
    return f"{minus}{size}円" if in_japanese_yen() else f"{minus}{sign()}{size}"
