"""What the demo's report says of rates, deals and hours beyond counting them, recomputed from its exports.

Nothing of kpixl computes here. The curves of Aalen and Johansen are those of statsmodels, the rest is pandas and scipy.
"""

from collections.abc import Callable
from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd
import pytest
from numpy.typing import NDArray
from scipy import stats
from statsmodels.duration.survfunc import CumIncidenceRight
from statsmodels.stats.contingency_tables import StratifiedTable

_END = pd.Timestamp("2026-02-28")
_START = pd.Timestamp("2025-04-01")
_STEPS = ["アポ", "商談", "有効商談", "受注"]
_LOGGED = {"アポ獲得": "アポ", "商談実施": "商談", "有効商談": "有効商談", "受注": "受注"}
_CALLED = {"アポ": "アポ獲得", "商談": "商談実施", "有効商談": "有効商談"}
_WON, _LOST = 1, 2
Rows = Callable[..., list[dict[str, Any]]]
Below = Callable[[Any, str], list[list[Any]]]
Floats = NDArray[np.float64]


class _Curve:
    """The shares won and lost by each age among entries that competed for so many days with such an outcome."""

    def __init__(self, days: "pd.Series[float]", outcome: "pd.Series[int]") -> None:
        self.ages = days.to_numpy(float)
        with np.errstate(divide="ignore", invalid="ignore"):  # its standard errors, where nobody is left
            found = CumIncidenceRight(self.ages, outcome.to_numpy(int))
        self._times = found.times
        self._won = found.cinc[0]
        self._lost = found.cinc[1] if len(found.cinc) > 1 else np.zeros(len(found.times))

    def won(self, ages: Any) -> Floats:
        return self._at(self._won, ages)

    def open(self, ages: Any) -> Floats:
        return 1 - self._at(self._won, ages) - self._at(self._lost, ages)

    def _at(self, values: Floats, ages: Any) -> Floats:
        return np.concatenate([[0.0], values])[np.searchsorted(self._times, ages, side="right")]


@pytest.fixture(scope="module")
def log(loop: Callable[[str], Any]) -> pd.DataFrame:
    """The demo's log up to the end of February, by the day and the hour."""
    rows = pd.read_csv(loop("ja").log, encoding="utf-8-sig", parse_dates=["日時"])
    rows = rows.assign(day=rows["日時"].dt.normalize(), hour=rows["日時"].dt.hour)
    return rows[rows["day"] <= _END]


@pytest.fixture(scope="module")
def deals(loop: Callable[[str], Any], log: pd.DataFrame) -> pd.DataFrame:
    """A row per deal begun by the end of February: the day of each step by then, when it was lost, and what it is."""
    listed = pd.read_csv(loop("ja").deals, encoding="utf-8-sig", parse_dates=["案件化日", "失注日"])
    listed = listed[listed["案件化日"] <= _END].set_index("案件ID")
    days = log[log["種別"].isin(_LOGGED)].assign(step=log["種別"].map(_LOGGED))
    first = days.pivot_table(index="リードID", columns="step", values="day", aggfunc="min")[_STEPS]
    lost = listed["失注日"].where(listed["失注日"] <= _END)
    known = listed[["担当", "チャネル", "金額", "業種"]].join(first)
    amount = log[log["種別"] == "受注"].groupby("リードID")["受注金額"].sum()
    known["金額"] = amount.reindex(known.index).fillna(known["金額"])
    begun = pd.concat([listed["案件化日"], first.reindex(known.index).min(axis=1)], axis=1).min(axis=1)
    return known.assign(begun=begun, lost=lost.where(known["受注"].isna()))


@pytest.fixture
def page(loop: Callable[[str], Any], load: Callable[..., Any]) -> Any:
    """The report's page of deals."""
    return load(loop("ja").report.path, data_only=True)["案件"]


def _entered(deals: pd.DataFrame, upper: str, lower: str) -> pd.DataFrame:
    """Return the deals that entered a step: how long they were followed, and whether they reached the next, or lost."""
    mine = deals[deals[upper].notna()]
    reached = mine[_STEPS[_STEPS.index(lower) :]].min(axis=1)
    reached = reached.where(reached.isna() | (reached >= mine[upper]), mine[upper])
    lost = mine["lost"].where(reached.isna())
    days = (reached.fillna(lost).fillna(_END) - mine[upper]).dt.days
    outcome = pd.Series(np.select([reached.notna(), lost.notna()], [_WON, _LOST], 0), mine.index)
    return mine.assign(start=mine[upper], days=days, outcome=outcome, could=(_END - mine[upper]).dt.days)


def _until(curve: _Curve) -> float:
    """Return the last age at which five were still followed."""
    return float(np.sort(curve.ages)[-5])


@pytest.fixture(scope="module")
def lasting(loop: Callable[[str], Any], table_rows: Rows) -> dict[str, float]:
    """The calendar days that each step takes by the settings, which are business days of weeks of five."""
    rows = table_rows(loop("ja").book, "kpixl_stages")
    return {lower["段階"]: upper["次まで（営業日）"] * 7 / 5 for upper, lower in pairwise(rows) if lower["段階"]}


@pytest.mark.parametrize(("upper", "lower"), [*pairwise(_STEPS)])
def test_the_matured_rates(
    loop: Callable[[str], Any],
    table_rows: Rows,
    deals: pd.DataFrame,
    lasting: dict[str, float],
    upper: str,
    lower: str,
) -> None:
    """Of those who came in the three months before the slowest had time; a person's since the plan began."""
    entered = _entered(deals, upper, lower)
    slowest = max(entered["days"][entered["outcome"] == _WON].quantile(0.9), lasting[lower])
    recent = entered[entered["start"] >= _END - pd.DateOffset(months=3) - pd.Timedelta(days=slowest)]
    curve = _Curve(recent["days"], recent["outcome"])
    rows = {row["段階"]: row for row in table_rows(loop("ja").report.path, "report_funnel")}
    assert rows[lower]["率の取り方"] == "成熟率"
    assert rows[lower]["成熟率"] == pytest.approx(curve.won(_until(curve)))
    since = entered[entered["start"] >= _START]
    curve = _Curve(since["days"], since["outcome"])
    last = _until(curve)
    counts = curve.won(np.minimum(since["could"], last)) / curve.won(last)
    people = since.assign(tried=counts, won=since["outcome"] == _WON).groupby("担当")[["won", "tried"]].sum()
    members = [row["担当"] for row in table_rows(loop("ja").book, "kpixl_members") if row["担当"]]
    team = people.loc[members].sum()
    for number, name in enumerate(members, 1):
        row = {one["段階"]: one for one in table_rows(loop("ja").report.path, f"report_member_{number}")}[lower]
        assert row["本人の率"] == pytest.approx(people.loc[name, "won"] / people.loc[name, "tried"]), name
        assert row["チームの率"] == pytest.approx(team["won"] / team["tried"])


def _chances(deals: pd.DataFrame, days_left: float) -> pd.DataFrame:
    """Return the open deals with their chance to be won in time, and how many deals that stands on."""
    step = pd.Series("", deals.index)
    for one in _STEPS[:-1]:
        step = step.where(deals[one].isna(), one)
    ended = deals["受注"].fillna(deals["lost"])
    outcome = pd.Series(np.select([deals["受注"].notna(), deals["lost"].notna()], [_WON, _LOST], 0), deals.index)
    days = (ended.fillna(_END) - deals["begun"]).dt.days
    known = deals.assign(step=step, days=days, outcome=outcome)
    decided = known[known["outcome"] > 0]
    won = (decided["outcome"] == _WON).sum()
    chance = (won + 0.5) / (len(decided) + 1) * (decided["days"] <= days_left).mean()
    everyone = _leaning(known, known[known["outcome"] == 0].assign(chance=chance), days_left)
    by_stage = [_leaning(known[known["step"] == one], mine, days_left) for one, mine in everyone.groupby("step")]
    assert (decided["step"].value_counts() >= 10).all()  # else a stage leans on all alone
    return pd.concat(by_stage)


def _leaning(among: pd.DataFrame, found: pd.DataFrame, days_left: float) -> pd.DataFrame:
    """Return open deals with the share won in time of those as old, leaning by five deals on the chance they have."""
    curve = _Curve(among["days"], among["outcome"])
    age = found["days"].to_numpy()
    share = (curve.won(age + days_left) - curve.won(age)) / curve.open(age)
    older = (among["days"].to_numpy()[:, None] > age).sum(axis=0)
    return found.assign(chance=(older * share + 5 * found["chance"]) / (older + 5), stands_on=older + 5)


def _range(found: pd.DataFrame) -> tuple[float, float, float]:
    """Return what open deals are expected to bring, and the beta distribution's middle 80 % of their amount."""
    worth, p = found["金額"], found["chance"]
    mean, total = float((worth * p).sum()), float(worth.sum())
    apart = worth * np.sqrt(p * (1 - p) / (found["stands_on"] + 1))
    variance = float((worth**2 * p * (1 - p)).sum() + (apart.groupby(found["step"]).sum() ** 2).sum())
    size = mean / total * (1 - mean / total) / (variance / total**2) - 1
    low, high = total * stats.beta(mean / total * size, (1 - mean / total) * size).ppf([0.1, 0.9])
    return mean, min(low, mean), max(high, mean)


def test_what_open_deals_are_to_bring_by_the_end_of_the_next_month(
    page: Any, rows_below: Below, deals: pd.DataFrame
) -> None:
    found = _chances(deals, (pd.Timestamp("2026-03-31") - _END).days)
    for name, *figures in rows_below(page, "段階"):
        mine = found if name == "合計" else found[found["step"].replace(_CALLED) == name]
        assert figures[6:9] == pytest.approx(_range(mine)), name


def test_the_chances_of_the_oldest_deals(page: Any, rows_below: Below, deals: pd.DataFrame) -> None:
    found = _chances(deals, float("inf"))
    for name, _, step, amount, age, chance in (row[:6] for row in rows_below(page, "ID")):
        deal = found.loc[name]
        assert (step, amount, age) == (_CALLED[deal["step"]], deal["金額"], deal["days"])
        assert chance == pytest.approx(deal["chance"])


def test_the_orders_that_cohorts_come_to(page: Any, rows_below: Below, deals: pd.DataFrame) -> None:
    """Chain ladder by months of age: each month's orders times the growth that those before it had from there on.

    A month without any order yet gets the share of its deals that others' bring later (Cape Cod).
    """
    begun, won = deals["begun"].dt.to_period("M"), deals["受注"].dt.to_period("M")
    months = pd.period_range(begun.min(), "2026-02")
    age = (won - begun).map(lambda gap: gap.n if pd.notna(gap) else -1)
    size = len(months)
    brought = np.array([[((begun == month) & (age >= 0) & (age <= k)).sum() for k in range(size)] for month in months])
    growth = [brought[: size - 1 - k, k + 1].sum() / brought[: size - 1 - k, k].sum() for k in range(size - 1)]
    still = np.array([np.prod(growth[size - 1 - row :]) for row in range(size)])  # by month: what is yet to come
    so_far = brought[:, -1]
    entered = begun.value_counts().reindex(months).to_numpy(float)
    usual = so_far.sum() / (entered / still).sum()
    expected = np.where(so_far > 0, so_far * still, entered * usual * (1 - 1 / still))
    rows = {pd.Period(row[0], "M"): row for row in rows_below(page, "登録月")[1:]}
    assert len(rows) == 12
    for month, orders, deals_of in zip(months, expected, entered, strict=True):
        if month in rows:
            assert rows[month][6:8] == pytest.approx([orders, orders / deals_of]), month


def test_what_sets_won_deals_apart(page: Any, rows_below: Below, deals: pd.DataFrame) -> None:
    """Counts from the list; a binomial test of each value agrees on which are named."""
    decided = deals[deals["受注"].notna() | deals["lost"].notna()]
    won = decided["受注"].notna()
    rows = {row[1]: row for row in rows_below(page, "項目")}
    assert rows
    for heading, attribute in (("チャネル", "チャネル"), ("業種", "業種")):
        for value, mine in won.groupby(decided[attribute]):
            chance = stats.binomtest(int(mine.sum()), len(mine), float(won.mean())).pvalue
            if value in rows:
                side = "全体より高い" if mine.mean() > won.mean() else "全体より低い"
                shares = pytest.approx(mine.mean()), pytest.approx(won.mean())
                assert rows[str(value)][:6] == [heading, value, len(mine), *shares, side]
                assert chance < 0.05
            else:
                assert chance > 0.001


def test_the_connect_rates_by_hour(loop: Callable[[str], Any], table_rows: Rows, log: pd.DataFrame) -> None:
    """Of three months, blank where there are fewer than ten calls."""
    recent = log[(log["day"] >= "2025-12-01") & log["種別"].isin(["架電", "着電"])]
    by = [recent["種別"], recent["hour"], recent["day"].dt.day_of_week.map(dict(enumerate("月火水木金土日")))]
    counts = recent.groupby(by).size().unstack(fill_value=0).reindex(columns=list("月火水木金土日"), fill_value=0)
    calls, connects = (counts.loc[kind].assign(全体=counts.loc[kind].sum(axis=1)) for kind in ("架電", "着電"))
    shown = {name: table_rows(loop("ja").report.path, f"report_{name}_hours") for name in ("call", "connect")}
    assert [row["時間帯"] for row in shown["call"]] == [f"{hour}時台" for hour in calls.index]
    for of_calls, of_connects, hour in zip(*shown.values(), calls.index, strict=True):
        for day, tried in calls.loc[hour].items():
            assert (of_calls[day] or 0) == tried
            assert of_connects[day] == (pytest.approx(connects.loc[hour, day] / tried) if tried >= 10 else None)


def test_the_better_hours(loop: Callable[[str], Any], load: Callable[..., Any], log: pd.DataFrame) -> None:
    """Those named stand out, by person and month, in statsmodels' test of Mantel and Haenszel, the others do not."""
    sheet = load(loop("ja").report.path, data_only=True)["時間帯"]
    assert str(sheet["B5"].value).startswith("着電率は16〜18時が")
    recent = log[(log["day"] >= "2025-12-01") & log["種別"].isin(["架電", "着電"])]
    at = recent["hour"].isin([16, 17])
    counts = recent.groupby(["種別", at]).size()
    rates = {inside: counts["着電", inside] / counts["架電", inside] for inside in (True, False)}
    figures = (
        f"{rates[True]:.0%}（{counts['架電', True]:,}件中{counts['着電', True]:,}件）で、ほかの{rates[False]:.0%}を"
    )
    assert figures in str(sheet["B5"].value)
    for hour in range(9, 18):
        of = recent.groupby([recent["担当"], recent["day"].dt.month, recent["種別"], recent["hour"] == hour]).size()
        tables = of.unstack(["種別", "hour"], fill_value=0)
        strata = [
            np.array([[row["着電", at], row["架電", at] - row["着電", at]] for at in (True, False)])
            for _, row in tables.iterrows()
        ]
        found = StratifiedTable(strata).test_null_odds(correction=True)
        assert (found.pvalue < 0.001) == (hour in (16, 17)), hour
