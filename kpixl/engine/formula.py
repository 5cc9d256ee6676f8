"""What does this formula say?

KPI formulas are written the way people write them: 商談数 × 成約率 × 単価, with Japanese names, full-width digits and
brackets, ÷ and %. A small recursive-descent parser turns the text into the tree of `kpixl.engine.expression`;
what does not fit is refused with its place. Nothing is ever executed.
"""

import math
import re
import sys
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from kpixl.engine.checks import finite
from kpixl.engine.expression import (
    FUNCTIONS,
    Call,
    Chain,
    Name,
    Negative,
    Node,
    Number,
    Percent,
    Value,
    in_excel,
    names_in,
    value_of,
)
from kpixl.engine.numbers import parse_number
from kpixl.errors import InvalidValue, NoTrials, UserError

__all__ = ["Formula", "parse", "plain_name"]

_SILENT = sys.platform == "emscripten"  # there the processor tells numpy of no division by 0
_LONGEST, _DEEPEST, _MOST_PERCENT = 8192, 40, 16
_ASCII = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)}
_ASCII |= str.maketrans("×÷−‐–—、，\u3000", "*/----,, ")
_TOKENS = r"""
    (?P<number> (?:\d++\.?\d*+|\.\d++)(?:[eE][-+]?\d++)? (?![\w.]) )
    | "(?P<quoted>[^"]+)" | 「(?P<bracketed>[^」]+)」
    | (?P<word> [\w・.]+(?:\ +[\w・.]+)* )
    | (?P<sign> [-+*/^%(),] )
"""  # compiled on first use, so that the engine is quick to import; ++ never gives back, whatever follows


@dataclass(frozen=True, slots=True)
class Formula:
    """A formula that has been understood: its text, its tree, and the names in it in order of appearance."""

    text: str
    tree: Node
    names: tuple[str, ...]

    def evaluate(self, values: Mapping[str, Value]) -> Value:
        """Return the value of the formula.

        Parameters
        ----------
        values : mapping of str to float or ndarray
            The value of each name; arrays are broadcast against each other.

        Returns
        -------
        float or ndarray of float

        Raises
        ------
        InvalidValue
            If a name has no value, or the result is no finite number.
        NoTrials
            If a number is divided by 0.

        Examples
        --------
        >>> parse("商談数 × 成約率 × 単価").evaluate({"商談数": 500, "成約率": 0.2, "単価": 1_000_000})
        100000000.0
        """
        plain = True
        for name in self.names:
            if name not in values:
                raise InvalidValue("formula_name", name=name, known=", ".join(values) or "-")
            plain &= type(values[name]) is float
        if not plain and not any(np.ndim(values[name]) for name in self.names):
            values, plain = {name: float(values[name]) for name in self.names}, True
        try:
            if plain:
                result = value_of(self.tree, values)
            elif _SILENT:
                result = _one_by_one(self.tree, {name: values[name] for name in self.names})
            else:
                with np.errstate(divide="raise", over="raise", invalid="raise"):
                    result = value_of(self.tree, values)
        except (ZeroDivisionError, FloatingPointError):
            raise NoTrials("formula_zero", formula=self.text) from None
        except OverflowError:
            raise InvalidValue("too_large") from None
        if isinstance(result, np.ndarray) and result.ndim:
            return result
        if isinstance(result, complex):
            raise InvalidValue("formula_root", formula=self.text)
        return finite(float(result))

    def excel(self, cells: Mapping[str, str]) -> str:
        """Return the formula as Excel writes it, with a cell reference or defined name for every name.

        Examples
        --------
        >>> parse("(新規 ＋ 既存) × 単価").excel({"新規": "B2", "既存": "B3", "単価": "B4"})
        '=(B2+B3)*B4'
        """
        return "=" + in_excel(self.tree, cells)


def _one_by_one(tree: Node, values: Mapping[str, Value]) -> NDArray[np.float64]:
    """Compute arrays number by number, as Python itself notices what numpy does not."""

    def computed(*row: float) -> float:
        value = value_of(tree, dict(zip(values, map(float, row), strict=True)))
        if isinstance(value, complex) or not math.isfinite(value):
            raise FloatingPointError
        return float(value)

    return np.asarray(np.frompyfunc(computed, len(values), 1)(*values.values()), dtype=np.float64)


def parse(text: str) -> Formula:
    """Understand a formula.

    Parameters
    ----------
    text : str
        Names, numbers, ``+ - * / ^ × ÷ −``, brackets, ``%``, MIN, MAX, SUM, ROUNDUP; a name with operators in it stands
        in quotes: ``「商談化率(%)」``.

    Returns
    -------
    Formula

    Raises
    ------
    InvalidValue
        If the text is no formula, naming the place.

    Examples
    --------
    >>> parse("MAX(新規, 10) × 20％").names
    ('新規',)
    """
    return _parse(text)


def plain_name(text: str) -> str:
    """Return a name in the one spelling under which it is known: half-width letters, single spaces.

    >>> plain_name(" ＫＰＩ　数 ")
    'KPI 数'
    """
    return " ".join(unicodedata.normalize("NFKC", text).split())


class _Token(NamedTuple):
    kind: str
    text: str
    place: int


class _Parser:
    """Recursive descent over the tokens of one formula."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._tokens = _tokens(text)
        self._next = 0
        self._depth = 0

    def formula(self) -> Node:
        tree = self._chain(("+-", "*/", "^"))
        if self._token.kind != "end":
            raise self._refusal("formula_operator")
        return tree

    @property
    def _token(self) -> _Token:
        return self._tokens[self._next]

    def _take(self) -> _Token:
        self._next += 1
        return self._tokens[self._next - 1]

    def _is(self, signs: str) -> bool:
        return self._token.kind == "sign" and self._token.text in signs

    def _chain(self, levels: tuple[str, ...]) -> Node:
        """Read operations of the first of `levels`, whose operands are those of the next."""
        if not levels:
            return self._signed()
        first, rest = self._chain(levels[1:]), []
        while self._is(levels[0]):
            rest.append((self._take().text, self._chain(levels[1:])))
        return Chain(first, tuple(rest)) if rest else first

    def _signed(self) -> Node:
        negative = False
        while self._is("+-"):
            negative ^= self._take().text == "-"
        operand = self._operand()
        percents = 0
        while self._is("%"):
            percents += 1
            if percents > _MOST_PERCENT:
                raise InvalidValue("formula_percent", place=self._token.place, most=_MOST_PERCENT)
            self._take()
        operand = Percent(operand, percents) if percents else operand
        return Negative(operand) if negative else operand

    def _operand(self) -> Node:
        if self._is("("):
            return self._bracketed()[0]
        if self._token.kind == "number":
            return Number(finite(float(self._take().text)))
        if self._token.kind == "name":
            return Name(self._take().text)
        if self._token.kind == "word":
            return self._word()
        raise self._refusal("formula_operand")

    def _word(self) -> Node:
        word = self._take()
        if self._is("("):
            return self._call(word)
        if word.text[0].isdigit() and not re.fullmatch(r"[\d.]+(k|m|bn?)", word.text, re.I):  # 3M is a name
            try:
                return Number(parse_number(word.text))
            except UserError:
                pass  # a name that begins with a digit, such as 1on1
        return Name(plain_name(word.text))

    def _call(self, word: _Token) -> Node:
        function = word.text.upper()
        if function not in FUNCTIONS:
            raise InvalidValue("formula_function", name=word.text, place=word.place, known=", ".join(FUNCTIONS))
        arguments = self._bracketed()
        _, least, most = FUNCTIONS[function]
        if not least <= len(arguments) <= most:
            raise InvalidValue("formula_arguments", name=function, given=len(arguments), least=least, most=most)
        return Call(function, tuple(arguments))

    def _bracketed(self) -> list[Node]:
        """Read what stands in brackets: one value, or several where a function takes them."""
        opening = self._take()
        self._depth += 1
        if self._depth > _DEEPEST:
            raise InvalidValue("formula_deep", most=_DEEPEST, place=opening.place)
        function = self._next > 1 and self._tokens[self._next - 2].kind == "word"
        inner = [self._chain(("+-", "*/", "^"))]
        while function and self._is(","):
            self._take()
            inner.append(self._chain(("+-", "*/", "^")))
        if not self._is(")"):
            raise self._refusal("formula_operator" if self._token.kind != "end" else "formula_bracket", opening)
        self._take()
        self._depth -= 1
        return inner

    def _refusal(self, key: str, at: _Token | None = None) -> InvalidValue:
        token = at if key == "formula_bracket" and at else self._token
        return InvalidValue(key, formula=self._text, place=token.place, found=token.text)


@lru_cache(maxsize=4096)
def _parse(text: str) -> Formula:
    tree = _Parser(text).formula()
    return Formula(text, tree, tuple(dict.fromkeys(names_in(tree))))


def _tokens(text: str) -> list[_Token]:
    if len(text) > _LONGEST:
        raise InvalidValue("formula_long", given=len(text), most=_LONGEST)
    plain = text.translate(_ASCII)
    place = len(plain) - len(plain.lstrip().removeprefix("=")) if plain.lstrip().startswith("=") else 0
    tokens, token = [], re.compile(_TOKENS, re.VERBOSE)
    while place < len(plain):
        if plain[place].isspace():
            place += 1
            continue
        found = token.match(plain, place)
        if found is None:
            raise InvalidValue("formula_character", formula=text, place=place + 1, found=text[place])
        kind = str(found.lastgroup)
        if kind in ("quoted", "bracketed"):
            tokens.append(_Token("name", plain_name(text[found.start() + 1 : found.end() - 1]), place + 1))
        else:
            tokens.append(_Token(kind, found[0], place + 1))
        place = found.end()
    return [*tokens, _Token("end", "", len(text) + 1)]
