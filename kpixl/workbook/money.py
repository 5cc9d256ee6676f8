"""The currency of a workbook: the cell that says it, and number formats that follow it.

Sentences and charts take the currency that is in force within `Book.speaking`. The formats of cells are in the file, so
a refresh changes the formats of amounts when another currency was chosen; in Excel it leaves them until the workbook is
closed.
"""

from collections.abc import Mapping

from kpixl.plan.currency import CURRENCIES, YEN
from kpixl.texts import say
from kpixl.workbook import style
from kpixl.workbook.schema import words
from kpixl.workbook.store import Store

__all__ = ["CURRENCY", "SHOWN", "currency_codes", "currency_words", "follow_currency"]

CURRENCY = "kpixl_currency"
SHOWN = "kpixl_shown_currency"  # the property with the currency of the formats; without it they are in yen


def currency_words() -> dict[str, str]:
    """Return the word for each currency, by its code."""
    return {code: say(_key(code)) for code in CURRENCIES}


def currency_codes() -> Mapping[str, str]:
    """Map every spelling of a currency to its code."""
    return words({_key(code): code for code in CURRENCIES})


def follow_currency(store: Store, currency: str, language: str) -> tuple[str, ...]:
    """Give amounts the format of a currency, which is in force, and return a sentence if they had another's."""
    if store.properties.get(SHOWN, YEN) == currency:
        return ()
    told = currency_words()[currency]
    if store.package is None:
        return (say("money.when_closed", currency=told),)
    store.package.renumber(style.money_formats(language))
    store.set_property(SHOWN, currency)
    return (say("money.changed", currency=told),)


def _key(code: str) -> str:
    return f"settings.currency_{code.lower() or 'none'}"
