"""A level that wanders is told from weeks that are good and bad, and a steady one is left alone."""

import numpy as np
import pytest

from kpixl.engine.drift import LEAST_SPANS, apart, drifts


def _walks(step: float, dispersion: float, weeks: int = 52, rate: float = 100.0) -> np.ndarray:
    """Return 2,000 businesses whose level moves by `step` from week to week."""
    chance = np.random.default_rng(5)
    means = rate * np.exp(np.cumsum(chance.normal(0, step, (2000, weeks)), axis=1))
    return chance.poisson(chance.gamma(means / (dispersion - 1), dispersion - 1)).astype(float)


def test_the_steps_of_a_random_walk_are_found_less_what_a_steady_level_is_worth() -> None:
    """Of 52 weeks there are 12 pairs of blocks, which three steady ones hold back to four fifths."""
    found = drifts(_walks(0.15, 3.0), np.ones(52)).drift
    assert np.median(found) == pytest.approx(0.15**2 * 12 / 15, rel=0.35)


def test_a_steady_level_hardly_drifts_and_keeps_its_dispersion() -> None:
    found = drifts(_walks(0.0, 3.0), np.ones(52))
    assert np.median(found.drift) < 0.0005
    assert np.mean(found.dispersion) == pytest.approx(3.0, rel=0.1)


def test_spans_that_bring_what_their_length_says_neither_vary_nor_drift() -> None:
    lengths = np.array([5, 5, 4, 5, 3, 5, 5, 5, 2, 5.0])
    found = drifts(7 * lengths, lengths)
    assert (float(found.dispersion), float(found.drift)) == (1.0, 0.0)


def test_nothing_at_all_neither_varies_nor_drifts() -> None:
    found = drifts(np.zeros(LEAST_SPANS), np.ones(LEAST_SPANS))
    assert (float(found.dispersion), float(found.drift)) == (1.0, 0.0)


def test_one_freak_week_is_no_drift() -> None:
    weeks = np.full(52, 20.0)
    weeks[30] = 200
    assert float(drifts(weeks, np.ones(52)).drift) < 0.05


def test_the_rest_of_a_month_is_a_third_of_the_steps_away_from_what_is_over() -> None:
    """Two days of a walk and the two after them: the means differ by (x1 + 2 x2 + x3) / 2, which is 6/4 steps."""
    assert float(apart(0.03, 4)) == pytest.approx(0.04)
    chance = np.random.default_rng(6)
    level = np.cumsum(chance.normal(0, 1, (100_000, 60)), axis=1)
    for over in (10, 30, 50):
        differ = level[:, over:].mean(axis=1) - level[:, :over].mean(axis=1)
        assert differ.var() == pytest.approx(float(apart(1.0, 60)), rel=0.05)
