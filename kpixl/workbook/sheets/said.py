"""Figures and sentences in everyday wording (1億1,878万円, ¥118.8M, 91%), each as a formula with its text.

Yen in Japanese are counted in 万 (10,000) and 億 (10,000 万), anything else in thousands and millions, with the sign of
the currency in front. Halves are rounded away from zero, as in spreadsheets.
"""

from decimal import ROUND_HALF_UP, Decimal

from kpixl.plan.currency import in_japanese_yen, in_yen, sign
from kpixl.texts import say
from kpixl.workbook.blocks import Calc
from kpixl.workbook.sheets.formulas import quoted
from kpixl.workbook.sheets.spills import sentence

__all__ = [
    "either",
    "money_around",
    "money_unit",
    "money_unit_said",
    "money_word",
    "said_money",
    "said_money_formula",
    "said_number",
    "said_share",
    "told",
]

_MYRIAD, _THOUSAND, _MILLION = 10_000, 1_000, 1_000_000
_IN_FULL = 10_000  # below it, an amount that is not in yen is said in full


def money_unit() -> int:
    """Return the divisor of amounts that are shown in `money_unit_said`."""
    return _MYRIAD if in_japanese_yen() else _THOUSAND


def money_unit_said() -> str:
    """Return the unit of amounts that are divided by `money_unit`: 万円, ¥k, $k.

    >>> from kpixl.plan.currency import paid_in
    >>> with paid_in("EUR"):
    ...     money_unit_said()
    '€k'
    """
    return say("money.unit") if in_yen() else f"{sign()}{say('money.thousand')}"


def money_around() -> tuple[str, str]:
    """Return what stands before and behind a number of `money_unit`."""
    return ("", say("money.unit")) if in_japanese_yen() else (sign(), say("money.thousand"))


def money_word() -> str:
    """Return the word for the unit of amounts: 円, $, or that they are amounts where the plan names no currency."""
    return say("unit.money") if in_yen() else sign() or say("money.nothing")


def said_money(amount: float) -> str:
    """Return an amount in short form, without its sign.

    >>> from kpixl.plan.currency import paid_in
    >>> from kpixl.texts import speaking
    >>> said_money(118_780_000), said_money(-515_000), said_money(100_000_000)
    ('1億1,878万円', '52万円', '1億円')
    >>> with speaking("en"):
    ...     said_money(118_780_000), said_money(-515_000)
    ('¥118.8M', '¥515k')
    >>> with paid_in("USD"):
    ...     said_money(118_780_000), said_money(515_000), said_money(5_150)
    ('$118.8M', '$515k', '$5,150')
    """
    size = Decimal(repr(abs(float(amount))))
    if in_japanese_yen():
        large, rest = divmod(_rounded(size / _MYRIAD), _MYRIAD)
        if not large:
            return f"{rest:,}{say('money.small')}"
        return f"{large}{say('money.large')}" + (f"{rest:,}{say('money.small')}" if rest else say("money.yen"))
    if size >= _MILLION:
        return f"{sign()}{_rounded(size / (_MILLION // 10)) / 10:,.1f}{say('money.million')}"
    if size < _IN_FULL and not in_yen():
        return f"{sign()}{_rounded(size):,}"
    return f"{sign()}{_rounded(size / _THOUSAND):,}{say('money.thousand')}"


def said_money_formula(amount: str) -> str:
    """Return the formula of `said_money`; `amount` is the reference to a cell."""
    size = f"ABS({amount})"
    if in_japanese_yen():
        small, large, yen = (quoted(say(f"money.{key}")) for key in ("small", "large", "yen"))
        units = f"ROUND({size}/{_MYRIAD},0)"
        rest = f"MOD({units},{_MYRIAD})"
        more = f'INT({units}/{_MYRIAD})&{large}&IF({rest}=0,{yen},TEXT({rest},"#,##0")&{small})'
        return f'IF({units}>={_MYRIAD},{more},TEXT({units},"#,##0")&{small})'
    thousand, million = (quoted(say(f"money.{key}")) for key in ("thousand", "million"))
    millions = f'TEXT(ROUND({size}/{_MILLION},1),"#,##0.0")&{million}'
    thousands = f'TEXT(ROUND({size}/{_THOUSAND},0),"#,##0")&{thousand}'
    if not in_yen():
        thousands = f'IF({size}<{_IN_FULL},TEXT(ROUND({size},0),"#,##0"),{thousands})'
    return f"{quoted(sign())}&IF({size}>={_MILLION},{millions},{thousands})"


def said_number(number: int) -> str:
    """Return a number of things in the wording of a sentence.

    >>> said_number(4), said_number(12)
    ('4つ', '12個')
    """
    return say("number.few" if 1 <= number <= 9 else "number.many", number=number)


def said_share(part: Calc, whole: Calc) -> Calc:
    """Return a share in whole percent; "" if either figure is missing or the whole is 0.

    >>> said_share(Calc("B1", 1), Calc("B2", 8)).value
    '13%'
    """
    formula = f'IFERROR(TEXT({part.formula}/{whole.formula},"0%"),"")'
    if not whole.value or part.value in (None, ""):
        return Calc(formula, "")
    percent = Decimal(repr(float(str(part.value)))) / Decimal(repr(float(str(whole.value)))) * 100
    return Calc(formula, f"{_rounded(percent)}%")


def told(key: str, **figures: Calc) -> Calc:
    """Return the text of a key with its placeholders filled in, as a formula and its value."""
    formula = sentence(say(key), {name: figure.formula for name, figure in figures.items()})
    return Calc(formula, say(key, **{name: figure.value for name, figure in figures.items()}))


def either(condition: Calc, one: Calc, other: Calc) -> Calc:
    """Return the IF of two formulas, with its value."""
    return Calc(f"IF({condition.formula},{one.formula},{other.formula})", (one if condition.value else other).value)


def _rounded(size: Decimal) -> int:
    return int(size.to_integral_value(ROUND_HALF_UP))
