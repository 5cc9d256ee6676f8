"""Hostile and huge input is refused or answered with little work; how much is counted, never timed."""

import datetime as dt
import sys
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from kpixl.engine import businessdays, expression, levers, solve, tree
from kpixl.engine.calendar import national_holidays
from kpixl.engine.formula import parse
from kpixl.engine.numbers import parse_date, parse_number
from kpixl.engine.solve import roots
from kpixl.errors import InvalidValue, NoSolution


@pytest.fixture
def operations(monkeypatch: pytest.MonkeyPatch) -> Callable[[], int]:
    """Count how many nodes of formulas are computed."""
    counted = [0]
    compute = expression.value_of

    def count(node: Any, values: Any) -> Any:
        counted[0] += 1
        return compute(node, values)

    for module in ("expression", "formula", "solve", "tree"):  # some of which are functions as attributes
        monkeypatch.setattr(sys.modules[f"kpixl.engine.{module}"], "value_of", count)
    return lambda: counted[0]


def _refused(act: Callable[[], object]) -> str:
    with pytest.raises(InvalidValue) as refused:
        act()
    return refused.value.key


@pytest.mark.parametrize("signs", [17, 100, 8000])
def test_a_row_of_percent_signs(signs: int) -> None:
    assert parse("x%%%").evaluate({"x": 5e6}) == pytest.approx(5)
    assert _refused(lambda: parse("x" + "%" * signs)) == "formula_percent"


def test_the_deepest_formula_is_still_computed() -> None:
    """Forty brackets, each with a sign, three percents and operations of every kind, stay within Python's stack."""
    formula = parse("-(1+2^1*" * 40 + "x" + ")%%%" * 40)
    assert formula.evaluate({"x": 5e5}) == pytest.approx(-1e-6, rel=1e-5)
    assert formula.names == ("x",)


def test_digits_before_a_letter_are_read_as_one_name() -> None:
    """A reader that gives digits back one by one would look at this 30 million times."""
    assert parse("1" * 8000 + "x").names == ("1" * 8000 + "x",)
    assert parse("1.5e3x").names == ("1.5e3x",)
    assert parse("1.5e3+2.+.5").evaluate({}) == 1502.5
    assert _refused(lambda: parse("x*" + "9" * 400)) == "too_large"


@pytest.mark.parametrize("text", ["1" * 99 + "x", "1," * 49, "千" * 99, "千百十" * 30, "9" * 101, "﷽" * 3000])
def test_numbers_and_dates_that_are_none(text: str) -> None:
    assert _refused(lambda: parse_number(text)) in ("number_text", "text_too_long")
    assert _refused(lambda: parse_date(text)) in ("date_text", "text_too_long", "date_serial", "number_finite")


def test_levers_of_four_hundred_names(operations: Callable[[], int]) -> None:
    """Each is solved for by undoing the formula: the work grows with the square of the names, no faster."""
    names = [f"n{place}" for place in range(400)]
    found = levers(800.0, "+".join(names), names, np.ones(400))
    assert found.needed.tolist() == [401.0] * 400
    assert operations() < 10 * 400**2


@pytest.mark.parametrize(
    ("count", "part"),
    [(150, "({name}+1/{name})"), (300, "{name}*{name}"), (600, "{name}")],
    ids=["poles", "twice", "many"],
)
def test_levers_that_would_be_looked_for_without_end(count: int, part: str, operations: Callable[[], int]) -> None:
    names = [f"n{place}" for place in range(count)]
    formula = "+".join(part.format(name=name) for name in names)
    assert _refused(lambda: levers(1e6, formula, names, np.ones(count))) == "formula_large"
    assert operations() == 0


def test_a_formula_of_six_hundred_poles(operations: Callable[[], int]) -> None:
    """Each pole changes the sign; the twenty nearest are looked into."""
    formula = "+".join(f"1/(x-{pole})^3" for pole in range(400))
    with pytest.raises(NoSolution):
        solve(1e300, formula, ["x"], [0.5], "x")
    assert operations() < 20 * 300 * 400 * 10


def test_the_nearest_changes_of_sign_are_looked_into_first() -> None:
    found = list(roots(lambda x: np.sin(x) if isinstance(x, np.ndarray) else float(np.sin(x)), 1.0))
    assert len(found) <= 20
    assert found[0] == pytest.approx(0, abs=1e-9)


def test_a_chain_of_doublings_is_computed_once_per_node(operations: Callable[[], int]) -> None:
    names = [f"a{place}" for place in range(301)]
    contents: list[float | str] = [f"{name} + {name}" for name in names[1:]]
    assert tree(names, [*contents, 1.0]).value[0] == 2.0**300
    assert operations() < 10 * 300


@pytest.mark.parametrize("country", ["__class__", "HolidayBase", "registry", "japan", "jp", "JPN", "", "A" * 9000])
def test_a_country_is_two_capitals(country: str) -> None:
    """The package of holidays would take the name of anything in its module."""
    june = dt.date(2025, 6, 1), dt.date(2025, 6, 30)
    assert _refused(lambda: businessdays(*june, country=country)) == "country_unknown"
    assert _refused(lambda: national_holidays(*june, country)) == "country_unknown"


def test_years_whose_holidays_nobody_knows_are_not_counted_without_them() -> None:
    """Japan's law on holidays is of 1948; 2100 is beyond what the package computes."""
    for year in (1948, 2100, 9999):
        assert _refused(lambda year=year: businessdays(dt.date(year, 1, 1), dt.date(year, 1, 31))) == "holidays_years"  # type: ignore[misc]
    assert businessdays(dt.date(2100, 1, 1), dt.date(2100, 1, 31), country=None) == 21


def test_periods_centuries_apart_are_counted_together() -> None:
    starts = np.array(["1905-06-01", "2305-06-01"], dtype="datetime64[D]")
    assert businessdays(starts, starts + 6, country=None).tolist() == [5, 5]
