"""Hold forecasts against what came: `python docs/methods.py FILE COLUMN [FILE COLUMN ...]`.

Each pair is a CSV file of events and the column with their dates. On every business day of every month with a quarter
before it the month's landing is asked for, with the mean of the three months before as its target: as if counts varied
by chance alone, with the dispersion of the last 60 business days by week, and with the weights of days and the drift of
the level learned from all that came before as well. The same is asked of every stage of the demo's team, and of months
that are simulated with a variance of ten times the mean and targets that are off by about 20 %. It prints how often the
80 % range held and how often a probability came true, and draws them to `docs/pictures/methods.png`. It needs
`pip install .[docs]`.
"""

import sys
import tempfile
from pathlib import Path

import matplotlib as mpl
import numpy as np
import pandas as pd
from matplotlib import pyplot as plt
from numpy.typing import NDArray

from kpixl import demo, engine
from kpixl.engine.calendar import Calendar
from kpixl.engine.dayweights import FEWEST_MONTHS, Days, days_of, helps, learned, misses
from kpixl.engine.dispersion import estimates
from kpixl.engine.drift import LEAST_SPANS, apart, drifts
from kpixl.engine.landing import foreseen, rest_of
from kpixl.plan import read_template
from kpixl.texts import section, speaking

PICTURE = Path(__file__).parent / "pictures" / "methods.png"
LOOKED_BACK, WEEK = 60, 5  # business days
FEWEST = 200  # cases of a decile that is drawn
SEED, MONTHS, DISPERSION = 20250601, 20_000, 10
CHANCE, ALL = 0, 2
WAYS = ("as by chance alone", "with the dispersion of the past", "with days and drift as well")
COLUMNS = ["low", "high", "probability", "outcome", "target"]


def main(pairs: list[str]) -> None:
    """Back-test every file and the demo, print and draw."""
    if not pairs or len(pairs) % 2:
        sys.exit(__doc__)
    logs = [(Path(path).name, daily(Path(path), column)) for path, column in zip(pairs[::2], pairs[1::2], strict=True)]
    calendar = Calendar(country=None)
    real = {name: [back_test(counts, calendar, way) for _, counts in logs] for way, name in enumerate(WAYS)}
    for name, found in real.items():
        for (path, _), one in zip(logs, found, strict=True):
            print(f"{path}, {name}: {described(one)}")
    team = {name: [] for name in WAYS}
    for _, counts in demo_counts():
        for way, name in enumerate(WAYS):
            team[name].append(back_test(counts, Calendar(), way))
    together = [{name: pd.concat(found) for name, found in kind.items()} for kind in (real, team)]
    for kind, answers in zip(("Real logs", "Demo"), together, strict=True):
        for name, found in answers.items():
            print(f"{kind}, {name}: {described(found)}")
    months = dict(zip(WAYS, simulated(), strict=False))
    for name, found in months.items():
        print(f"Simulated, {name}: {described(found)}")
    draw(months, *together)


def demo_counts() -> list[tuple[str, "pd.Series[float]"]]:
    """Return what each day brought of each stage of the demo's team, up to the demo's day."""
    with speaking("en"), tempfile.TemporaryDirectory() as folder:
        plan = read_template("inside_sales", language="en", start=demo.START)
        log, *_ = demo.write_exports(plan, Path(folder))
        columns = section("demo.columns")
        frame = pd.read_csv(log)
        dates = pd.to_datetime(frame[columns["occurred_at"]]).dt.normalize()
        names = frame[columns["event"]]
        every = pd.date_range(demo.START, demo.AS_OF)
        return [
            (name, dates[names == name].value_counts().reindex(every, fill_value=0).astype(float))
            for name in names.unique()
        ]


def simulated() -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return forecasts for simulated months, as by chance alone and with the dispersion of twelve weeks before."""
    chance = np.random.default_rng(SEED)
    start, end = np.datetime64("2025-06-01"), np.datetime64("2025-06-30")  # 21 business days in Japan
    days = engine.business_dates(start, end)
    target = np.ceil(np.exp(chance.uniform(np.log(150), np.log(1500), MONTHS)))
    rate = (target * chance.lognormal(0, 0.2, MONTHS) / len(days))[:, None] / (DISPERSION - 1)
    past, month = (
        chance.poisson(chance.gamma(np.broadcast_to(rate, (MONTHS, count)), DISPERSION - 1)).astype(float)
        for count in (LOOKED_BACK, len(days))
    )
    over = chance.integers(1, len(days), MONTHS)
    reached = np.where(np.arange(len(days)) < over[:, None], month, 0).sum(axis=1)
    ratios = estimates(past.reshape(MONTHS, -1, WEEK).sum(axis=2), np.ones(LOOKED_BACK // WEEK))
    asked = (
        engine.landing(reached, start, end, as_of=days[over - 1], target=target, dispersion=ratio)
        for ratio in (1.0, ratios)
    )
    sure, careful = (
        pd.DataFrame(dict(zip(COLUMNS, (f.low, f.high, f.probability, month.sum(axis=1), target), strict=True)))
        for f in asked
    )
    return sure, careful


def daily(path: Path, column: str) -> "pd.Series[float]":
    """Return what each day brought, from the first to the last."""
    dates = pd.to_datetime(pd.read_csv(path, usecols=[column])[column]).dt.normalize()
    counts = dates.value_counts().sort_index().astype(float)
    return counts.reindex(pd.date_range(counts.index[0], counts.index[-1]), fill_value=0.0)


def back_test(counts: "pd.Series[float]", calendar: Calendar, way: int) -> pd.DataFrame:
    """Return a row per business day asked: the range, the probability, and what came of the target."""
    months = pd.period_range(counts.index[0], counts.index[-1], freq="M")
    first, last = months[0].start_time, months[-1].end_time.normalize()
    whole = [
        month
        for month, there in enumerate((counts.index[0] == first, *months[1:-1], counts.index[-1] == last))
        if there
    ]
    begun = (counts.index[0] - first).days
    counts = counts.reindex(pd.date_range(first, last), fill_value=0.0)
    dates = counts.index.to_numpy().astype("datetime64[D]")
    values, worked = counts.to_numpy(), np.asarray(calendar.count(dates, dates), dtype=float)
    days = days_of(dates, worked, [3, 6, 9, 12])
    rows = []
    for place in whole[3:]:
        here, before = np.flatnonzero(days.month == place), (days.month < place) & (days.month >= whole[0])
        target = np.round(values[before & (days.month >= place - 3)].sum() / 3)
        weights = day_weights(values, days, before) if way == ALL else worked
        came = values[here].sum()
        for now in here[worked[here] > 0][:-1]:
            past = slice(begun, now + 1)
            recent = weeks(values[past], worked[past])
            ratio = 1.0 if way == CHANCE else engine.dispersion(recent)
            moved = 0.0
            if way == ALL:
                ratio, moved = drifting(values[past], weights[past], ratio, recent, len(here))
            so_far = slice(here[0], now + 1)
            numbers = (target, values[so_far].sum(), weights[so_far].sum(), weights[here].sum(), 1.0)
            arrays = [np.array(number, dtype=float) for number in numbers]
            found = foreseen(*arrays, rest_of(*arrays, np.array(ratio), moved))
            rows.append((found.low, found.high, found.probability, came, target))
    return pd.DataFrame(rows, columns=COLUMNS)


def day_weights(values: NDArray[np.float64], days: Days, before: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Return what each day weighs, learned from those before if that would have helped to foresee them."""
    parts = (days.month, days.worked, days.weekday, days.part, days.closing)
    month, *others = (part[before] for part in parts)
    past = Days(month - month[0], *others)
    if past.month[-1] + 1 < 2 * FEWEST_MONTHS or not helps(*misses(values[before], past)):
        return days.worked
    return learned(values[before], past).of(days)


def drifting(
    values: NDArray[np.float64],
    weights: NDArray[np.float64],
    ratio: float,
    recent: NDArray[np.float64],
    long: int,
) -> tuple[float, float]:
    """Return the dispersion without what the drift explains of it, and how far the level of the rest may be off."""
    spans = min(len(values) // 7, 52)
    counts, lengths = (some[len(some) - 7 * spans :].reshape(spans, 7).sum(axis=1) for some in (values, weights))
    if spans < LEAST_SPANS or not lengths.all():
        return ratio, 0.0
    found = drifts(counts, lengths)
    explained = float(found.drift) * recent.mean() * (len(recent) + 1) / 6
    return max(min(ratio, float(found.dispersion)), ratio - explained), float(apart(found.drift, long / 7))


def weeks(values: NDArray[np.float64], worked: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return what the last weeks of five business days brought, weekends with the business day after them."""
    place = np.cumsum(worked > 0) - (worked > 0)
    by_day = np.bincount(place, values)[: int((worked > 0).sum())]
    recent = by_day[-LOOKED_BACK:]
    whole = len(recent) // WEEK * WEEK
    return np.asarray(recent[len(recent) - whole :].reshape(-1, WEEK).sum(axis=1))


def described(found: pd.DataFrame) -> str:
    """Say how often the range held, and what came of those that were sure."""
    held = ((found.low <= found.outcome) & (found.outcome <= found.high)).mean()
    reached = found.outcome >= found.target
    unlikely, likely = found.probability <= 0.05, found.probability >= 0.95
    return (
        f"{len(found)} forecasts; 80 % range held {held:.0%}; of at most 5 % came true {reached[unlikely].mean():.0%}"
        f" ({unlikely.sum()}), of at least 95 % {reached[likely].mean():.0%} ({likely.sum()})"
    )


def draw(months: dict[str, pd.DataFrame], real: dict[str, pd.DataFrame], team: dict[str, pd.DataFrame]) -> None:
    """Draw how often probabilities of simulated months came true, by tenths, and how often all ranges held."""
    mpl.use("Agg")
    figure, (left, right) = plt.subplots(1, 2, figsize=(9, 4), width_ratios=(3, 2), layout="constrained")
    left.plot([0, 1], [0, 1], color="0.7", linewidth=1)
    for (name, found), look in zip(months.items(), ("o--", "s-"), strict=True):
        reached = (found.outcome >= found.target).groupby(np.minimum((found.probability * 10).astype(int), 9))
        said = found.probability.groupby(np.minimum((found.probability * 10).astype(int), 9)).mean()
        enough = reached.size() >= FEWEST
        left.plot(said[enough], reached.mean()[enough], look, label=name)
    left.set(
        xlabel="probability said", ylabel="share that came true", title="Probability of the target, simulated months"
    )
    left.legend(frameon=False)
    for place, (kind, shade) in enumerate(
        zip(("chance alone", "dispersion", "days and drift too"), "753", strict=True)
    ):
        kinds = [list(answers.values())[place : place + 1] for answers in (months, real, team)]
        held = [
            float(((found.low <= found.outcome) & (found.outcome <= found.high)).mean())
            if found is not None
            else np.nan
            for found in (one[0] if one else None for one in kinds)
        ]
        right.bar(np.arange(3) + 0.27 * place, held, 0.25, color=f"0.{shade}", label=kind)
    right.set_xticks(np.arange(3) + 0.27, ["simulated", "real logs", "demo"])
    right.legend(frameon=False, loc="upper right", fontsize="small")
    right.axhline(0.8, color="0.2", linewidth=1)
    right.set(ylim=(0, 1.25), title="80 % range held")
    figure.savefig(PICTURE, dpi=100)


if __name__ == "__main__":
    main(sys.argv[1:])
