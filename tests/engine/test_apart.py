"""What sets reached months apart is what differs and helps, not what luck did in them."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from kpixl.engine.apart import set_apart
from kpixl.errors import InvalidValue

_PEOPLE, _MONTHS = 6, 12


def _months(chance: np.random.Generator, skill: np.ndarray, luck: float = 1.0) -> tuple[np.ndarray, np.ndarray]:
    """Four rates of which the first is a skill; the orders are the product of all, with all their luck."""
    sizes = 40 * chance.gamma(1 / luck, luck, (2, _PEOPLE, _MONTHS))
    cases, drivers = chance.poisson(sizes), []
    for place in range(4):
        rate = np.clip(0.5 * (skill if place == 0 else 1.0), 0, 1)
        won = chance.binomial(cases, np.broadcast_to(rate, cases.shape))
        drivers.append(won - cases * won.sum() / max(cases.sum(), 1))
        cases = won
    orders = cases.sum(axis=0)
    return np.array(drivers), np.broadcast_to(orders, (4, *orders.shape))


@pytest.mark.parametrize("luck", [0.05, 0.5])
def test_luck_is_claimed_in_one_case_of_twenty_at_most(luck: float) -> None:
    chance = np.random.default_rng(7)
    claimed = sum((set_apart(*_months(chance, np.ones((_PEOPLE, 1)), luck)).p < 0.05).any() for _ in range(120))
    assert claimed <= 120 * 0.05


def test_a_skill_of_some_and_a_year_of_good_months_are_found() -> None:
    chance = np.random.default_rng(3)
    people = np.array([0.5, 0.7, 1.0, 1.0, 1.3, 1.6])[:, np.newaxis]
    months = np.repeat([0.5, 1.5], 6)[chance.permutation(12)][np.newaxis]
    for skill in (people, months):
        found = [set_apart(*_months(chance, skill, 0.05)).p < 0.05 for _ in range(10)]
        assert sum(one[0] for one in found) >= 8


def test_too_few_months_say_nothing() -> None:
    ones = np.arange(6.0).reshape(1, 6)
    assert set_apart([[ones, ones]], [ones]).p.tolist() == [1.0]


def test_shapes_that_do_not_fit_are_refused(refuses: Callable[..., Any]) -> None:
    with refuses(InvalidValue, "unequal_ranges"):
        set_apart(np.zeros((1, 2, 3, 4)), np.zeros((1, 3, 5)))


def test_a_driver_that_never_varies_is_no_driver() -> None:
    became = np.random.default_rng(0).normal(size=(1, 6, 6))
    assert set_apart(np.zeros((1, 2, 6, 6)), became).p.tolist() == [1.0]
