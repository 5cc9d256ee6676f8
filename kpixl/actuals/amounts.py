"""In which unit and currency is a column of amounts?"""

import re

from kpixl.actuals.headings import plain

__all__ = ["currencies_in", "scale_of", "scale_word", "without_code"]

_SCALES = {"千円": 1e3, "万円": 1e4, "百万円": 1e6, "億円": 1e8}
_CODE = re.compile(r"^(usd|eur|gbp|jpy)\s*(?=[-(\d.])|\s*(usd|eur|gbp|jpy)$")
_CURRENCIES = {"円": r"[¥\\]|円|\bjpy\b|\byen\b", "$": r"\$|\busd\b", "€": r"€|\beur\b", "£": r"£|\bgbp\b"}


def scale_word(heading: str | None) -> str | None:
    """Return the word by which a heading says that its amounts are in thousands or more.

    >>> scale_word("金額（千円）"), scale_word("金額(円)")
    ('千円', None)
    """
    found = re.search("百万円|千円|万円|億円", plain(heading or ""))
    return found[0] if found else None


def scale_of(heading: str | None) -> float:
    """Return by how much the amounts under a heading are to be multiplied."""
    return _SCALES.get(scale_word(heading) or "", 1.0)


def currencies_in(text: str) -> list[str]:
    """Return the signs of the currencies that a text names.

    >>> currencies_in("USD 1,000"), currencies_in("1,000円"), currencies_in("1,000")
    (['$'], ['円'], [])
    """
    said = plain(text)
    return [sign for sign, pattern in _CURRENCIES.items() if re.search(pattern, said)]


def without_code(text: str) -> str:
    """Return an amount without the code of its currency.

    >>> without_code("USD 12,000.00"), without_code("1,000 JPY"), without_code("1.2億円")
    ('12,000.00', '1,000', '1.2億円')
    """
    said = plain(text)
    return _CODE.sub("", said) if _CODE.search(said) else text
