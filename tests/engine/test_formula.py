"""Formulas are read as people write them, computed as Excel computes them, and never executed."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kpixl.engine.formula import parse, plain_name
from kpixl.errors import InvalidValue, NoTrials, UserError


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1+2*3", 7),
        ("（１＋２）×３", 9),
        ("10 ÷ 4 − 1", 1.5),
        ("7-2-1", 4),
        ("8/4/2", 1),
        ("-2^2", 4),  # Excel's sign binds before the power
        ("2^3^2", 64),  # and Excel's powers run from left to right
        ("0-2^2", -4),
        ("20%", 0.2),
        ("50%%", 0.005),
        ("--3", 3),
        ("+3", 3),
        ("1億 ÷ 100万", 100),
        ("1.5e2", 150),
        (".5+.5", 1),
        ("MIN(3, 1, 2)", 1),
        ("max(1;2)".replace(";", ","), 2),
        ("SUM(1、2，3)", 6),
        ("ROUNDUP(1.2)", 2),
        ("ROUNDUP(-1.21, 1)", -1.3),
        ("ROUNDUP(21/0.35, 0)", 60),
        ("=1+1", 2),
    ],
)
def test_arithmetic_is_that_of_excel(text: str, value: float) -> None:
    assert parse(text).evaluate({}) == pytest.approx(value, abs=1e-15)


def test_japanese_names_make_the_outcome() -> None:
    formula = parse("（新規 ＋ 既存）× 成約率％ × 単価")
    assert formula.names == ("新規", "既存", "成約率", "単価")
    assert formula.evaluate({"新規": 40.0, "既存": 60.0, "成約率": 20.0, "単価": 500_000.0}) == 10_000_000


def test_names_may_have_spaces_digits_and_in_quotes_signs() -> None:
    formula = parse('win rate * 1on1数 + 「商談化率(%)」 + "A-B"')
    assert formula.names == ("win rate", "1on1数", "商談化率(%)", "A-B")


def test_full_width_and_half_width_names_are_one() -> None:
    assert parse("ＫＰＩ + KPI").names == ("KPI",)
    assert plain_name("　ＫＰＩ　 数 ") == "KPI 数"


def test_whole_columns_are_computed_at_once() -> None:
    values = {"a": np.array([1.0, 2.0, 3.0]), "b": np.float64(2.0)}
    assert parse("MIN(a, b) + MAX(a, b) * ROUNDUP(a / b)").evaluate(values).tolist() == [3, 4, 8]  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("text", "excel"),
    [
        ("a × (b + c)", "=B1*(B2+B3)"),
        ("a − (b − c)", "=B1-(B2-B3)"),
        ("a ÷ (b × c)", "=B1/(B2*B3)"),
        ("(a)", "=B1"),
        ("(a + b)%", "=(B1+B2)%"),
        ("-(a^2)", "=-(B1^2)"),
        ("(a^b)^c", "=(B1^B2)^B3"),
        ("a^b^c", "=B1^B2^B3"),
        ("a^(b^c)", "=B1^(B2^B3)"),
        ("roundup(a × 20%) + min(b, c)", "=ROUNDUP(B1*20%,0)+MIN(B2,B3)"),
        ("a + 1億 + 1e-20", "=B1+100000000+1E-20"),
    ],
)
def test_it_prints_itself_as_excel_writes_it(text: str, excel: str) -> None:
    assert parse(text).excel({"a": "B1", "b": "B2", "c": "B3"}) == excel


_NUMBERS = st.integers(0, 99).map(str)
_FORMULAS = st.recursive(
    st.one_of(_NUMBERS, st.sampled_from(["a", "b"])),
    lambda inner: st.one_of(
        st.tuples(inner, st.sampled_from("+-*"), inner).map(lambda parts: f"({parts[0]}){parts[1]}({parts[2]})"),
        inner.map(lambda part: f"-({part})"),
        inner.map(lambda part: f"({part})%"),
        st.tuples(inner, inner).map(lambda parts: f"MAX({parts[0]},{parts[1]})"),
    ),
    max_leaves=8,
)


@given(_FORMULAS)
def test_what_it_prints_means_the_same(text: str) -> None:
    values = {"a": 3.0, "b": 0.5}
    formula = parse(text)
    again = parse(formula.excel({"a": "a", "b": "b"}))
    assert again.evaluate(values) == formula.evaluate(values)


@given(st.text(alphabet="ab1２()（）+-×÷%^,.、MINSU 商談「」\"'$", max_size=24))
def test_any_text_is_a_formula_or_refused_with_a_reason(text: str) -> None:
    try:
        formula = parse(text)
        formula.evaluate(dict.fromkeys(formula.names, 2.0))
    except UserError as error:
        assert str(error)


@pytest.mark.parametrize(
    ("text", "key", "place"),
    [
        ("", "formula_operand", 1),
        ("商談数 ×", "formula_operand", 6),
        ("商談数 × × 2", "formula_operand", 7),
        ("(a + b", "formula_bracket", 1),
        ("a) + b", "formula_operator", 2),
        ("(1, 2)", "formula_operator", 3),
        ("(a 「b」)", "formula_operator", 4),
        ("a $ b", "formula_character", 3),
        ("MEDIAN(1)", "formula_function", 1),
        ("__import__(os)", "formula_function", 1),
        ("(" * 41 + "1", "formula_deep", 41),
    ],
)
def test_what_does_not_fit_is_refused_with_its_place(refuses, text: str, key: str, place: int) -> None:
    with refuses(InvalidValue, key) as caught:
        parse(text)
    assert caught.value.values["place"] == place


def test_functions_take_so_many_arguments(refuses) -> None:
    with refuses(InvalidValue, "formula_arguments"):
        parse("ROUNDUP(1, 2, 3)")


def test_endless_formulas_are_refused(refuses) -> None:
    assert parse("+".join(["1"] * 4000)).evaluate({}) == 4000
    with refuses(InvalidValue, "formula_long"):
        parse("1+" * 5000 + "1")


def test_what_cannot_be_computed_is_said(refuses) -> None:
    with refuses(NoTrials, "formula_zero"):
        parse("1 ÷ a").evaluate({"a": 0.0})
    with refuses(NoTrials, "formula_zero"):
        parse("1 ÷ a").evaluate({"a": np.array([1.0, 0.0])})
    with refuses(InvalidValue, "too_large"):
        parse("a ^ a").evaluate({"a": 1e300})
    with refuses(InvalidValue, "too_large"):
        parse("a * a").evaluate({"a": 1e300})
    with refuses(InvalidValue, "formula_root"):
        parse("a ^ 0.5").evaluate({"a": -1.0})
    with refuses(InvalidValue, "formula_name"):
        parse("a + b").evaluate({"a": 1.0})


@pytest.mark.parametrize("silent", [False, True])
def test_arrays_are_computed_alike_where_numpy_notices_no_division_by_0(
    refuses, monkeypatch: pytest.MonkeyPatch, silent: bool
) -> None:
    """In a browser numpy hands on an infinity; the formula must refuse it as it does elsewhere."""
    if silent:
        monkeypatch.setattr("kpixl.engine.formula._SILENT", True)
    values = {"a": np.array([1.0, 2.0, 4.0]), "b": np.array([2.0, 4.0, 5.0])}
    assert parse("a ÷ b + 1").evaluate(values).tolist() == [1.5, 1.5, 1.8]
    for text, a in (("1 ÷ a", [1.0, 0.0]), ("a ^ 0.5", [4.0, -4.0]), ("a * a", [1.0, 1e300])):
        with refuses(NoTrials, "formula_zero"):
            parse(text).evaluate({"a": np.array(a)})


def test_a_number_of_numpy_is_divided_as_any_other(refuses) -> None:
    with refuses(NoTrials, "formula_zero"):
        parse("1 ÷ a").evaluate({"a": np.float64(0.0)})


def test_a_mean_of_names_is_no_surprise() -> None:
    assert math.isclose(float(parse("SUM(a, b) ÷ 2").evaluate({"a": 1.0, "b": 2.0})), 1.5)


def test_a_name_that_reads_like_an_english_number_stays_a_name() -> None:
    """3M is a customer; a formula that means three million says 300万."""
    assert parse("3M × 2k + 300万 + 5bn").names == ("3M", "2k", "5bn")
