"""Forecasts are as sure as they say: months are simulated, and the answers held against how they ended.

Each simulated month has a rate of its own, off its target by about 20 or 30 %, twelve weeks of history at that rate,
from which the dispersion is estimated, and a day on which it is asked. Of the 80 % ranges 74 to 86 % must hold the
outcome, and of the probabilities in a decile as many must come true as they say, within seven points.
"""

from dataclasses import dataclass

import numpy as np
import pytest
from numpy.typing import NDArray

from kpixl.engine.dispersion import estimates
from kpixl.engine.landing import Landing, landing

Floats = NDArray[np.float64]

_MONTHS = 30_000
_WEEKS = 12
_START, _END = np.datetime64("2025-06-01"), np.datetime64("2025-06-30")  # no holiday in Japan
_DAYS = np.arange(_START, _END + 1)[np.is_busday(np.arange(_START, _END + 1))]


@dataclass(frozen=True)
class Business:
    """How a team's days vary: variance to mean, orders a month from `least` to `most`, sizes, seasons.

    Targets are off by about `off`, `sizes` is the spread of the deals' logarithms, `weekdays` what the days of a week
    bring, and the weeks before were stronger and weaker by `wave` in turn.
    """

    dispersion: float
    least: float
    most: float
    off: float = 0.2
    sizes: float = 0.0
    weekdays: tuple[float, ...] = (1, 1, 1, 1, 1)
    wave: float = 0.0


_BUSINESSES = [
    pytest.param(Business(1, 100, 400, off=0.3), id="Poisson"),
    pytest.param(Business(3, 50, 400), id="dispersion 3"),
    pytest.param(Business(10, 150, 1500), id="dispersion 10"),
    pytest.param(Business(30, 500, 3000), id="dispersion 30"),
    pytest.param(Business(3, 50, 400, off=0.3), id="dispersion 3, target 30 % off"),
    pytest.param(Business(10, 150, 1500, off=0.3), id="dispersion 10, target 30 % off"),
    pytest.param(Business(30, 300, 1500, off=0.3), id="dispersion 30, target 30 % off"),
    pytest.param(Business(5, 100, 600, weekdays=(1.3, 1.1, 1, 0.9, 0.7), wave=0.2), id="seasonal"),
    pytest.param(Business(1, 20, 80, off=0.3, sizes=0.8), id="deal sizes"),
    pytest.param(Business(3, 100, 400, off=0.3, sizes=0.8), id="deal sizes, dispersion 3"),
]


def _brought(chance: np.random.Generator, means: Floats, business: Business) -> Floats:
    """Draw what each day brings: negative binomial, each order of a log-normal size with mean 1."""
    scale = business.dispersion - 1
    orders = chance.poisson(chance.gamma(means / scale, scale) if scale else means)
    if not business.sizes:
        return orders.astype(float)
    sizes = chance.lognormal(-(business.sizes**2) / 2, business.sizes, orders.sum())
    worth = np.bincount(np.repeat(np.arange(orders.size), orders.ravel()), sizes, orders.size)
    return worth.reshape(orders.shape)


def _simulated(business: Business) -> tuple[Landing, Landing, Floats, Floats]:
    """Return the forecasts with and without the dispersion of the past, the outcomes, and the targets."""
    chance = np.random.default_rng(20250601)
    target = np.ceil(np.exp(chance.uniform(np.log(business.least), np.log(business.most), _MONTHS)))
    weekly = np.array(business.weekdays) / np.mean(business.weekdays)
    rate = target * chance.lognormal(0, business.off, _MONTHS) / len(_DAYS)
    daily = rate[:, None] * np.resize(weekly, len(_DAYS))
    wave = 1 + business.wave * np.sin(2 * np.pi * np.arange(_WEEKS) / _WEEKS)
    past = rate[:, None] * np.outer(wave, weekly).ravel()
    weeks = _brought(chance, past, business).reshape(_MONTHS, _WEEKS, 5).sum(axis=2)
    month = _brought(chance, daily, business)
    over = chance.integers(1, len(_DAYS), _MONTHS)
    actual = np.where(np.arange(len(_DAYS)) < over[:, None], month, 0).sum(axis=1)
    estimated = estimates(weeks, np.ones(_WEEKS))
    sure, careful = (
        landing(actual, _START, _END, as_of=_DAYS[over - 1], target=target, dispersion=ratio)
        for ratio in (1.0, estimated)
    )
    return sure, careful, month.sum(axis=1), target


def _held(forecast: Landing, outcome: Floats) -> float:
    return float(np.mean((np.asarray(forecast.low) <= outcome) & (outcome <= np.asarray(forecast.high))))


def _off(forecast: Landing, reached: NDArray[np.bool_]) -> Floats:
    """Return by how much the probabilities of each decile with 200 cases were off what came true."""
    said = np.asarray(forecast.probability)
    deciles = np.minimum((said * 10).astype(int), 9)
    cases = (deciles == decile for decile in range(10))
    return np.array([abs(reached[mine].mean() - said[mine].mean()) for mine in cases if mine.sum() >= 200])


@pytest.mark.parametrize("business", _BUSINESSES)
def test_ranges_hold_as_often_and_probabilities_come_true_as_often_as_they_say(business: Business) -> None:
    _, careful, outcome, target = _simulated(business)
    assert 0.74 <= _held(careful, outcome) <= 0.86
    off = _off(careful, outcome >= target)
    assert len(off) >= 2
    assert off.max() <= 0.07


def test_without_the_dispersion_of_the_past_a_range_of_80_percent_holds_less_than_half_the_time() -> None:
    sure, _, outcome, target = _simulated(Business(10, 150, 1500))
    assert _held(sure, outcome) < 0.5
    assert _off(sure, outcome >= target).max() > 0.15
