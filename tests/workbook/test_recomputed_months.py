"""Nine months of a real funnel (Olist, 2017-09 to 2018-05): every page of every month's report, recomputed with pandas.

Nothing of kpixl computes here. Orders have no amount in these files and channels no cost, so both are added to them by
rule; targets are those that stand in the plan workbook.
"""

import datetime as dt
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from bridges import Planned, gap_parts

from kpixl.actuals import import_events, read_mapping
from kpixl.plan import read_members, read_template
from kpixl.workbook.books import Book
from kpixl.workbook.pages import report_pages
from kpixl.workbook.planbook import build
from kpixl.workbook.refresh import read_state, refresh
from kpixl.workbook.state import new_state

_MONTHS = list(pd.period_range("2017-09", "2018-05", freq="M"))
_UNPLANNED = "other publicities"
_STAGES, _KPIS = ["リード", "受注"], ["売上", "リード", "受注"]
_UNIT = 1_000_000
_TEMPLATE = """
extends = "inside_sales"
stages = [{ event = "lead", name = "リード" }, { event = "won", name = "受注" }]

[goal]
value = "9億"
unit_value = "100万"

[period]
months = 9
country = "BR"
"""
_MAPPING = """
source = "olist"
[files.leads]
match = "leads.csv"
[files.closed]
match = "closed.csv"
join = { leads = "mql_id" }
[files.costs]
match = "costs.csv"
[[events]]
event = "lead"
file = "leads"
occurred_at = "first_contact_date"
channel = "origin"
lead = "mql_id"
[[events]]
event = "won"
file = "closed"
occurred_at = "won_date"
member = "sdr_id"
channel = "leads.origin"
id = "mql_id"
amount = "amount"
[[events]]
event = "cost"
file = "costs"
occurred_at = "day"
channel = "origin"
amount = "amount"
[deals]
file = "leads"
id = "mql_id"
created = "first_contact_date"
channel = "origin"
attributes = { industry = "business_segment" }
"""
Rows = Callable[[Path, str], list[dict[str, Any]]]


@dataclass(frozen=True)
class _Olist:
    """The files with all that was added, as events too, and the workbook; `asked` are its targets by table."""

    leads: pd.DataFrame
    closed: pd.DataFrame
    costs: pd.DataFrame
    events: pd.DataFrame
    origins: list[str]
    people: list[str]
    book: Path


@pytest.fixture(scope="module")
def olist(real_data: Path, tmp_path_factory: pytest.TempPathFactory) -> _Olist:
    """Plan with all channels but one and every SDR, import the files, refresh at the end of May 2018."""
    folder = tmp_path_factory.mktemp("olist")
    leads = pd.read_csv(real_data / "olist" / "olist_mql.csv").fillna({"origin": ""})
    closed = pd.read_csv(real_data / "olist" / "olist_closed_deals.csv")[
        ["mql_id", "sdr_id", "won_date", "business_segment"]
    ]
    closed = closed[closed["won_date"] < "2018-06"].assign(
        amount=lambda rows: 400_000 + 100_000 * (np.arange(len(rows)) % 14)
    )
    leads = leads[leads["first_contact_date"] < "2018-06"].merge(closed[["mql_id", "business_segment"]], how="left")
    origins, people = sorted(set(leads["origin"]) - {"", _UNPLANNED}), sorted(set(closed["sdr_id"]))
    days = [f"{month}-10" for month in _MONTHS]
    spent = [(day, origin, 10_000 * (1 + place)) for day in days for place, origin in enumerate(origins[:-1])]
    costs = pd.DataFrame(spent, columns=["day", "origin", "amount"])
    for name, frame in {"leads": leads, "closed": closed, "costs": costs}.items():
        frame.to_csv(folder / f"{name}.csv", index=False)
    channels = "".join(
        f'[[channels]]\nname = "{origin}"\nmix = 0.1\nrates = [{_rate(place)}]\n'
        for place, origin in enumerate(origins)
    )
    (folder / "olist.toml").write_text(_TEMPLATE + channels, encoding="utf-8")
    (folder / "mapping.toml").write_text(_MAPPING, encoding="utf-8")
    pd.DataFrame({"name": people}).to_csv(folder / "members.csv", index=False)
    members = read_members(folder / "members.csv")
    plan = read_template(str(folder / "olist.toml"), language="ja", start=dt.date(2017, 9, 1), members=members)
    build(new_state(plan), folder / "olist.xlsx")
    imported = import_events(
        [folder / f"{name}.csv" for name in ("leads", "closed", "costs")],
        read_mapping(folder / "mapping.toml"),
        rejects=folder,
    )
    refresh(folder / "olist.xlsx", imported=imported, as_of=dt.date(2018, 5, 31))
    return _Olist(leads, closed, costs, _events(leads, closed), origins, people, folder / "olist.xlsx")


def _rate(place: int) -> float:
    """Return the planned rate of a channel."""
    return (5 + place) / 100


def _events(leads: pd.DataFrame, closed: pd.DataFrame) -> pd.DataFrame:
    origin = leads.set_index("mql_id")["origin"]
    listed = closed.assign(
        channel=closed["mql_id"].map(origin), month=pd.PeriodIndex(closed["won_date"].str[:7], freq="M")
    )
    won = listed.rename(columns={"sdr_id": "member"})[["month", "channel", "member", "amount"]]
    came = pd.DataFrame(
        {"month": pd.PeriodIndex(leads["first_contact_date"].str[:7], freq="M"), "channel": leads["origin"]}
    )
    return pd.concat(
        [
            came.assign(kpi="リード", value=1.0, member=""),
            won.assign(kpi="受注", value=1.0),
            won.assign(kpi="売上", value=won["amount"].astype(float)),
        ]
    ).drop(columns="amount")


@pytest.fixture(scope="module", params=_MONTHS, ids=str)
def report(request: pytest.FixtureRequest, olist: _Olist) -> Iterator[tuple[pd.Period, Any, list[Any]]]:
    """The month, a reader of the tables of its report (rows by the keys of their columns), and its pages."""
    month = request.param
    with Book(olist.book) as book, book.speaking():
        pages = report_pages(read_state(book, as_of=month.end_time.date())).all

        def rows(name: str) -> list[dict[str, Any]]:
            [table] = [table for page in pages for table in page.tables if table.name == name]
            return [dict(zip((str(column.key) for column in table.columns), row, strict=True)) for row in table.rows]

        yield month, rows, pages


@pytest.fixture(scope="module")
def asked(olist: _Olist) -> Callable[[str, str], pd.DataFrame]:
    """The targets of a table of the workbook, by month and by whose they are."""
    import openpyxl

    book = openpyxl.load_workbook(olist.book, data_only=True)

    def read(name: str, by: str) -> pd.DataFrame:
        [sheet] = [sheet for sheet in book.worksheets if name in sheet.tables]
        head, *rows = [[cell.value for cell in row] for row in sheet[sheet.tables[name].ref]]
        frame = pd.DataFrame(rows, columns=head).dropna(subset="月")
        frame = frame[frame["月"].map(lambda month: hasattr(month, "year"))]
        frame["月"] = pd.PeriodIndex(frame["月"], freq="M")
        return frame.set_index(["月", by] if by else "月")[_KPIS].astype(float)

    return read


def _near(value: float | None) -> Any:
    return None if value is None or pd.isna(value) else pytest.approx(value)


@pytest.fixture
def made(olist: _Olist) -> pd.DataFrame:
    """What there was in each month (rows) of each KPI (columns)."""
    return olist.events.pivot_table(index="month", columns="kpi", values="value", aggfunc="sum", fill_value=0.0)


@pytest.fixture
def parts(report: Any, olist: _Olist, asked: Any) -> pd.DataFrame:
    """What made the gap of the month, by step, channel and member."""
    month, _, _ = report
    of_month = olist.events[olist.events["month"] == month]
    of_month = of_month.assign(channel=of_month["channel"].where(of_month["channel"].isin(olist.origins), ""))
    by_channel, people = asked("kpixl_channel_targets", "チャネル"), asked("kpixl_member_targets", "担当")
    rates = pd.DataFrame({"リード→受注": [_rate(place) for place in range(len(olist.origins))]}, olist.origins)
    planned = Planned(
        _STAGES,
        _UNIT,
        rates,
        by_channel.groupby(level=1)[_STAGES].sum(),
        by_channel.loc[month]["リード"],
        people.loc[month][_STAGES][_there(olist, month)],
    )
    return gap_parts(of_month, of_month[of_month["kpi"] == "売上"], planned)


def _there(olist: _Olist, month: pd.Period) -> list[bool]:
    """Say who is there: whose first and last order until the month lie round it. Nobody else is asked for anything."""
    so_far = olist.events[(olist.events["kpi"] == "受注") & (olist.events["month"] <= month)]
    last = so_far.groupby("member")["month"].max()
    return [last.get(name) == month for name in olist.people]


def test_the_summary(report: Any, asked: Any, made: pd.DataFrame) -> None:
    month, rows, _ = report
    target, known = asked("kpixl_team", "").loc[month], made.loc[:month].sum() > 0
    for row, kpi in zip(rows("report_kpis"), _KPIS, strict=True):
        actual, asked_for = (made.loc[month, kpi] if known[kpi] else None), target[kpi]
        share = None if actual is None else actual / asked_for
        assert (row["kpi"], row["target"], row["actual"]) == (kpi, asked_for, actual)
        assert row["attainment"] == _near(share)
        assert row["variance"] == _near(None if share is None else share - 1)
        assert row["gap"] == _near(None if actual is None else actual - asked_for)
        before = made[kpi].get(month - 1, 0.0)
        if row["last_month"] is not None:
            assert row["last_month"] == before
            assert row["change"] == _near(None if actual is None else actual - before)
        else:
            assert before == 0


def test_the_funnel(report: Any, asked: Any, made: pd.DataFrame) -> None:
    """A lead takes longer to an order than a month, so that the step is judged by followed deals, or not at all."""
    month, rows, _ = report
    target = asked("kpixl_team", "").loc[month]
    first, last = rows("report_funnel")
    for row, stage in ((first, "リード"), (last, "受注")):
        count = made.loc[month, stage]
        assert (row["stage"], row["pace"]) == (stage, target[stage])
        if count or stage == "リード":
            assert (row["actual"], row["gap"]) == (count, count - target[stage])
            assert row["attainment"] == pytest.approx(count / target[stage])
    assert last["target_rate"] == pytest.approx(target["受注"] / target["リード"])
    if last["matured_rate"] is not None:
        factors = np.array([first["actual"] / target["リード"], last["actual_rate"] / last["target_rate"]])
        orders = np.array([target["受注"], first["actual"] * last["actual_rate"]])
        whole = np.diff(orders)[0] / np.diff(np.log(orders))[0]
        assert [first["effect"], last["effect"]] == pytest.approx((whole * np.log(factors) * _UNIT).tolist())


def test_why(report: Any, asked: Any, made: pd.DataFrame, parts: pd.DataFrame) -> None:
    month, rows, _ = report
    if not made.loc[month, "受注"]:
        return  # without orders there is no bridge
    due, actual = asked("kpixl_team", "").loc[month, "売上"], made.loc[month, "売上"]
    rest = actual - due - parts["yen"].sum()
    for table, by in (("report_why_step", "step"), ("report_why_channel", "channel"), ("report_why_member", "member")):
        first, *steps, last = rows(table)
        assert (first["waterfall.change"], last["waterfall.change"]) == (due, actual)
        shown = {row["waterfall.step"]: row["waterfall.change"] for row in steps}
        found = parts.groupby(by)["yen"].sum().to_dict()
        nobody = found.pop("", 0.0)
        if by == "step":
            assert list(shown.values()) == pytest.approx([nobody, found["受注"], found["revenue"], rest])
            continue
        assert shown.pop("チャネルなし" if by == "channel" else "担当なし（リードなど）") == pytest.approx(
            nobody + rest
        )
        others = sum(shown.pop(name) for name in list(shown) if name.startswith("ほか"))
        largest = dict(
            sorted(found.items(), key=lambda one: -abs(one[1]))[: len([yen for yen in shown.values() if yen])]
        )
        assert {name: yen for name, yen in shown.items() if yen} == pytest.approx(largest)
        assert others == pytest.approx(sum(found.values()) - sum(largest.values()), abs=0.01)
    yen = parts["yen"]
    largest = [*yen[yen < 0].nsmallest(5), *yen[yen > 0].nlargest(5)]
    assert [row["effect"] for row in rows("report_why_parts")] == pytest.approx(largest)


def test_the_channels(report: Any, olist: _Olist, asked: Any) -> None:
    month, rows, _ = report
    target = asked("kpixl_channel_targets", "チャネル").loc[month]
    of_month = olist.events[olist.events["month"] == month]
    counts = of_month.pivot_table(index="channel", columns="kpi", values="value", aggfunc="sum").reindex(columns=_KPIS)
    counts = counts.fillna(0.0)
    spent = olist.costs[olist.costs["day"].str[:7] == str(month)].set_index("origin")["amount"]
    *listed, total = rows("report_channels")
    assert {"" if row["channel"] == "（空欄）" else row["channel"] for row in listed} >= set(counts.index)
    for row in listed:
        name = "" if row["channel"] == "（空欄）" else row["channel"]
        made = counts.loc[name] if name in counts.index else pd.Series(0.0, _KPIS)
        for kpi, stage in (("lead", "リード"), ("won", "受注")):
            assert row.get(f"target_of.{kpi}") == (target.loc[name, stage] if name in target.index else None)
            if row[f"kpi.{kpi}"] is not None:
                assert row[f"kpi.{kpi}"] == made[stage]
                price = spent[name] / made[stage] if name in spent.index and made[stage] else None
                assert row[f"price_of.{kpi}"] == _near(price)
                if name in target.index and target.loc[name, stage]:
                    assert row[f"attained_of.{kpi}"] == pytest.approx(made[stage] / target.loc[name, stage])
    assert total["kpi.lead"] == counts["リード"].sum()
    assert total["price_of.lead"] == pytest.approx(spent.sum() / counts["リード"].sum())


def test_the_ranking_and_the_pages_of_members(report: Any, olist: _Olist, asked: Any) -> None:
    month, rows, _ = report
    of_month = olist.events[(olist.events["month"] == month) & (olist.events["member"] != "")]
    made = of_month.pivot_table(index="member", columns="kpi", values="value", aggfunc="sum", fill_value=0.0)
    target = asked("kpixl_member_targets", "担当").loc[month]
    shown = {row["member"]: row for row in rows("report_ranking")[:-1]}
    assert set(shown) >= set(olist.people)
    for number, name in enumerate(olist.people, 1):
        orders = made["受注"].get(name, 0.0) if len(made) else 0.0
        [page] = rows(f"report_member_{number}")
        wanted = target.loc[name, "受注"]
        for row in (shown[name]["kpi.won"], page["actual"]):
            assert row == orders or (row is None and not orders)
        assert page["pace"] == (wanted or None)
        if page["attainment"] is not None:
            assert page["attainment"] == shown[name]["attainment"] == pytest.approx(orders / wanted)


def test_the_deals(report: Any, olist: _Olist) -> None:
    """Leads are deals: those of a month, how many of them were won so far, and how many days that took."""
    month, _, pages = report
    end = month.end_time.normalize()
    deals = olist.leads.merge(olist.closed[["mql_id", "won_date", "amount"]], how="left", on="mql_id")
    created, won = pd.to_datetime(deals["first_contact_date"]), pd.to_datetime(deals["won_date"]).dt.normalize()
    there, closed = created <= end, won <= end
    page = next(one for one in pages if one.title == "案件")
    lists = [[[cell.content for cell in row] for row in block.rows if row[0].content] for block in page.blocks]
    total = next(rows[0] for rows in lists if rows and rows[0][0] == "合計" and len(rows[0]) == 10)
    assert total[1] == (there & ~closed).sum()
    months = next(rows for rows in lists if rows and str(rows[0][0]).endswith("か月の計"))
    begun = created.dt.to_period("M")
    for row in months[1:]:
        mine = (begun == pd.Period(row[0], "M")) & there
        counts = mine.sum(), (mine & closed).sum()
        assert (row[1], row[2], row[3], row[4]) == (counts[0], counts[1], 0, counts[0] - counts[1])
        assert row[5] == pytest.approx(counts[1] / counts[0])
    if closed.any():
        days = (won - created).dt.days[closed]
        cycles = next(rows for rows in lists if rows and rows[0][0] == "合計" and len(rows[0]) == 5)
        for row in cycles:
            mine = days if row[0] == "合計" else days[deals["origin"] == row[0]]
            assert row[1:] == [len(mine), *mine.quantile([0.25, 0.5, 0.75])]


def test_the_totals_of_data_quality(report: Any, olist: _Olist) -> None:
    month, rows, _ = report
    before = olist.events["month"] < _MONTHS[0]
    for row in rows("report_reconciled"):
        mine = olist.events["kpi"] == row["kpi"]

        def total(which: Any, mine: Any = mine) -> float:
            return float(olist.events[mine & which]["value"].sum())

        channel, everything = olist.events["channel"], mine
        assert row["quality.everything"] == total(everything)
        assert (row["quality.in_plan"], row["quality.outside"]) == (total(~before), total(before))
        assert row["quality.this_month"] == total(olist.events["month"] == month)
        assert (row["quality.no_channel"], row["quality.other_channel"]) == (
            total(channel == ""),
            total(channel == _UNPLANNED),
        )
        assert (row["quality.no_member"], row["quality.other_member"]) == (total(olist.events["member"] == ""), 0)
    totals = {row["read"]: row["used"] for row in rows("report_imports")}
    assert totals == {len(frame): len(frame) for frame in (olist.leads, olist.closed, olist.costs)}
