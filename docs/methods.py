"""Hold forecasts against what came: `python docs/methods.py FILE COLUMN [FILE COLUMN ...]`.

Each pair is a CSV file of events and the column with their dates. On every business day of every month with a quarter
before it the month's landing is asked for, with the mean of the three months before as its target: once as if counts
varied by chance alone, and once with the dispersion of the last 60 business days by week. The same is asked of months
that are simulated with a variance of ten times the mean and targets that are off by about 20 %. It prints how often the
80 % range held and how often a probability came true, and draws both to `docs/pictures/methods.png`. It needs
`pip install .[docs]`.
"""

import sys
from pathlib import Path

import matplotlib as mpl
import numpy as np
import pandas as pd
from matplotlib import pyplot as plt
from numpy.typing import NDArray

from kpixl import engine
from kpixl.engine.dispersion import estimates

PICTURE = Path(__file__).parent / "pictures" / "methods.png"
LOOKED_BACK, WEEK = 60, 5  # business days
FEWEST = 200  # cases of a decile that is drawn
SEED, MONTHS, DISPERSION = 20250601, 20_000, 10
COLUMNS = ["low", "high", "probability", "outcome", "target"]


def main(pairs: list[str]) -> None:
    """Back-test every file, print and draw."""
    if not pairs or len(pairs) % 2:
        sys.exit(__doc__)
    names = ("as by chance alone", "with the dispersion of the past")
    answers: dict[str, list[pd.DataFrame]] = {name: [] for name in names}
    for path, column in zip(pairs[::2], pairs[1::2], strict=True):
        counts = daily(Path(path), column)
        for name, learned in zip(names, (False, True), strict=True):
            found = back_test(counts, learned=learned)
            answers[name].append(found)
            print(f"{Path(path).name}, {name}: {described(found)}")
    together = {name: pd.concat(found) for name, found in answers.items()}
    for name, found in together.items():
        print(f"All, {name}: {described(found)}")
    months = dict(zip(names, simulated(), strict=True))
    for name, found in months.items():
        print(f"Simulated, {name}: {described(found)}")
    draw(months, together)


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


def back_test(counts: "pd.Series[float]", *, learned: bool) -> pd.DataFrame:
    """Return a row per business day asked: the range, the probability, and what came of the target."""
    months = pd.period_range(counts.index[0], counts.index[-1], freq="M")[1:-1]  # of which all days are known
    totals = counts.groupby(counts.index.to_period("M")).sum()
    rows = []
    for place, month in enumerate(months[3:], 3):
        start, end = month.start_time.date(), month.end_time.date()
        target = float(round(totals[months[place - 3 : place]].mean()))
        for day in engine.business_dates(start, end, country=None)[:-1].tolist():
            reached = float(counts[pd.Timestamp(start) : pd.Timestamp(day)].sum())
            ratio = engine.dispersion(weeks(counts, day)) if learned else 1.0
            asked = {"as_of": day, "target": target, "country": None, "dispersion": ratio}
            found = engine.landing(reached, start, end, **asked)
            rows.append((found.low, found.high, found.probability, totals[month], target))
    return pd.DataFrame(rows, columns=COLUMNS)


def weeks(counts: "pd.Series[float]", day: object) -> NDArray[np.float64]:
    """Return what the last weeks of five business days brought, weekends with the business day after them."""
    past = counts[: pd.Timestamp(str(day))]
    days = engine.business_dates(past.index[0].date(), past.index[-1].date(), country=None)[-LOOKED_BACK:]
    place = np.searchsorted(days, past.index.to_numpy().astype("datetime64[D]"))
    recent = np.bincount(place, past.to_numpy(), len(days) + 1)[1 : len(days)]  # the first day has all before it
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


def draw(months: dict[str, pd.DataFrame], real: dict[str, pd.DataFrame]) -> None:
    """Draw how often probabilities of simulated months came true, by tenths, and how often all ranges held."""
    mpl.use("Agg")
    figure, (left, right) = plt.subplots(1, 2, figsize=(9, 4), width_ratios=(2, 1), layout="constrained")
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
    for place, (kind, shade) in enumerate((("chance alone", "0.75"), ("dispersion learned", "0.35"))):
        pair = [list(answers.values())[place] for answers in (months, real)]
        held = [((found.low <= found.outcome) & (found.outcome <= found.high)).mean() for found in pair]
        right.bar(np.arange(2) + 0.4 * place, held, 0.38, color=shade, label=kind)
    right.set_xticks([0.2, 1.2], ["simulated", "real logs"])
    right.legend(frameon=False, loc="upper right", fontsize="small")
    right.axhline(0.8, color="0.2", linewidth=1)
    right.set(ylim=(0, 1.1), title="80 % range held")
    figure.savefig(PICTURE, dpi=120)


if __name__ == "__main__":
    main(sys.argv[1:])
