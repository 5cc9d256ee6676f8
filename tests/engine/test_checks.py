"""Errors speak the user's language, down to the names they mention."""

import pytest

from kpixl import texts
from kpixl.engine.checks import Term, above_zero
from kpixl.errors import InvalidValue


def test_the_error_names_the_argument_in_the_language_in_force() -> None:
    with pytest.raises(InvalidValue) as caught:
        above_zero(unit_value=-5.0)
    with texts.speaking("ja"):
        assert "単価" in str(caught.value)
    with texts.speaking("en"):
        assert "unit value" in str(caught.value)
    assert "-5" in str(caught.value)


def test_a_word_without_an_entry_is_said_as_it_is() -> None:
    assert str(Term("x_factor")) == "x_factor"
