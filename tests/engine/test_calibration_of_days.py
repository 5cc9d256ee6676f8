"""Forecasts of a business that pushes at the end of each quarter are as sure as they say, once its days are learned.

Each simulated business has a year of history, in which the last week of a quarter brings two and a half times as much,
and weekends a little; then three months are asked for. Weights of days, dispersion and drift are learned from the past
alone, as a plan does: the weights from one team of the business, all else by each team for itself.
"""

import numpy as np
import pytest
from numpy.typing import NDArray

from kpixl.engine.dayweights import OFF, Days, days_of, helps, learned, misses
from kpixl.engine.dispersion import estimates
from kpixl.engine.drift import apart, drifts
from kpixl.engine.landing import foreseen, rest_of

Floats = NDArray[np.float64]

_DATES = np.arange("2024-04-01", "2025-07-01", dtype="datetime64[D]")
_DAYS = days_of(_DATES, np.is_busday(_DATES).astype(float), [3, 6, 9, 12])
_YEAR = 12  # months that are known
_OFF = 0.3  # by which targets, right on average, are missed or passed
_BUSINESSES, _TEAMS, _ASKED = 60, 100, 2  # that learn, teams of each with levels of their own, days asked in a month


def _some(first: int, last: int) -> NDArray[np.bool_]:
    return np.asarray((_DAYS.month >= first) & (_DAYS.month < last))


def _days(which: NDArray[np.bool_]) -> Days:
    month = _DAYS.month[which]
    columns = (_DAYS.worked, _DAYS.weekday, _DAYS.part, _DAYS.closing)
    return Days(month - month[0], *(column[which] for column in columns))  # type: ignore[arg-type]


def _weeks(values: Floats, until: int) -> Floats:
    """Return the sums of the last 52 weeks of seven days up to a day; days run along the last axis."""
    recent = values[..., until + 1 - 7 * 52 : until + 1]
    return recent.reshape(*values.shape[:-1], 52, 7).sum(axis=-1)


def _forecasts(push: float, weekend: float, dispersion: float, rate: float, seed: int) -> tuple[Floats, float]:
    """Return for each forecast whether the range held, what was said of the target, whether it came, and whether the
    month ends a quarter; and the share of businesses that learn.
    """
    chance = np.random.default_rng(seed)
    shape = np.where(_DAYS.weekday == OFF, weekend, 1.0) * np.where(_DAYS.closing & (_DAYS.part == 3), push, 1.0)
    rows, learn, past, scale = [], 0, _some(0, _YEAR), dispersion - 1
    for _ in range(_BUSINESSES):
        means = rate * chance.lognormal(0, 0.3, (_TEAMS, 1)) * shape
        brought = chance.poisson(chance.gamma(means / scale, scale)).astype(float)
        known = helps(*misses(brought[0, past], _days(past)))
        learn += known
        weights = learned(brought[0, past], _days(past)).of(_DAYS) if known else _DAYS.worked
        for month in range(_YEAR, _YEAR + 3):
            here = np.flatnonzero(_DAYS.month == month)
            target = np.ceil(means[:, here].sum(axis=1) / chance.lognormal(-(_OFF**2) / 2, _OFF, _TEAMS))
            for day in chance.choice(here[_DAYS.weekday[here] != OFF][:-1], _ASKED, replace=False):
                counts, lengths = _weeks(brought, day), _weeks(weights, day)
                found = drifts(counts, lengths)
                explained = found.drift * counts[:, -12:].mean(axis=1) * 13 / 6
                ratio = estimates(counts[:, -12:], lengths[-12:])
                ratio = np.maximum(np.minimum(ratio, found.dispersion), ratio - explained)
                so_far = np.arange(here[0], day + 1)
                done, days = (np.full(_TEAMS, weights[some].sum()) for some in (so_far, here))
                got, came = brought[:, so_far].sum(axis=1), brought[:, here].sum(axis=1)
                numbers = target, got, done, days, np.ones(_TEAMS)
                answer = foreseen(*numbers, rest_of(*numbers, ratio, apart(found.drift, len(here) / 7)))
                held = (answer.low <= came) & (came <= answer.high)
                closing = np.full(_TEAMS, _DAYS.closing[day])
                rows.append(np.column_stack([held, answer.probability, came >= target, closing]))
    return np.concatenate(rows).astype(float), learn / _BUSINESSES


@pytest.mark.parametrize(
    ("push", "weekend", "dispersion", "rate"),
    [(2.5, 0.1, 3.0, 12.0), (2.5, 0.0, 10.0, 60.0), (1.0, 0.0, 10.0, 60.0)],
    ids=["push, dispersion 3", "push, dispersion 10", "no push"],
)
def test_a_push_at_the_end_of_quarters_is_in_the_landing(
    push: float, weekend: float, dispersion: float, rate: float
) -> None:
    found, learn = _forecasts(push, weekend, dispersion, rate, 20260401)
    held, said, came, closing = found.T
    assert learn > 0.5 if push > 1 else learn < 0.2
    assert 0.74 <= held.mean() <= 0.86
    assert 0.74 <= held[closing == 1].mean() <= 0.86
    deciles = np.minimum((said * 10).astype(int), 9)
    cases = [deciles == decile for decile in range(10) if np.sum(deciles == decile) >= 200]
    assert max(abs(came[mine].mean() - said[mine].mean()) for mine in cases) <= 0.07
