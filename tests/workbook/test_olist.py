"""A real inside-sales funnel from CSV to report, compared with counts by pandas on the raw files (Olist, 2017–2018)."""

import datetime as dt
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from kpixl.actuals import import_events, read_mapping
from kpixl.plan import read_members, read_template
from kpixl.workbook.planbook import build
from kpixl.workbook.refresh import Refreshed, refresh
from kpixl.workbook.report import write_report
from kpixl.workbook.state import new_state

_TEMPLATE = """
extends = "inside_sales"
stages = [{ event = "lead", name = "リード" }, { event = "won", name = "受注" }]

[goal]
value = "9億"
unit_value = "100万"

[period]
months = 18
country = "BR"
"""
_UNPLANNED = "other publicities"
Rows = Callable[[Path, str], list[dict[str, Any]]]


@dataclass(frozen=True)
class _Olist:
    leads: pd.DataFrame
    deals: pd.DataFrame
    book: Path
    report: Path
    refreshed: Refreshed


@pytest.fixture(scope="module")
def olist(real_data: Path, tmp_path_factory: pytest.TempPathFactory) -> _Olist:
    """Plan with all channels but one and every SDR, import both files, refresh, report March 2018."""
    folder = tmp_path_factory.mktemp("olist")
    leads = pd.read_csv(real_data / "olist" / "olist_mql.csv").fillna({"origin": ""})
    deals = pd.read_csv(real_data / "olist" / "olist_closed_deals.csv").fillna({"sdr_id": ""})
    origins = sorted(set(leads["origin"]) - {"", _UNPLANNED})
    channels = "".join(f'[[channels]]\nname = "{origin}"\nmix = 0.1\nrates = [0.1]\n' for origin in origins)
    (folder / "olist.toml").write_text(_TEMPLATE + channels, encoding="utf-8")
    pd.DataFrame({"name": sorted(set(deals["sdr_id"]))}).to_csv(folder / "members.csv", index=False)
    plan = read_template(
        str(folder / "olist.toml"),
        language="ja",
        start=dt.date(2017, 6, 1),
        members=read_members(folder / "members.csv"),
    )
    book = folder / "olist.xlsx"
    build(new_state(plan), book)
    files = sorted((real_data / "olist").glob("*.csv"))
    mapping = read_mapping(Path(__file__).parents[1] / "actuals" / "olist.toml")
    imported = import_events(files, mapping, rejects=folder)
    refreshed = refresh(book, imported=imported, as_of=dt.date(2018, 11, 30))
    report = write_report(book, dt.date(2018, 3, 1), folder)
    return _Olist(leads, deals, book, report.path, refreshed)


def _counted(rows: list[dict[str, Any]], event: str, by: str) -> Counter[tuple[str, str]]:
    counted: Counter[tuple[str, str]] = Counter()
    for row in rows:
        if row["イベント"] == event:
            counted[f"{row['日付']:%Y-%m}", row[by] or ""] += row["件数"]
    return counted


def _raw(frame: pd.DataFrame, date: str, by: str) -> Counter[tuple[str, str]]:
    return Counter(zip(frame[date].str[:7], frame[by], strict=True))


def test_the_workbook_holds_every_lead_and_deal(olist: _Olist, table_rows: Rows) -> None:
    facts = table_rows(olist.book, "kpixl_facts")
    leads, deals = _counted(facts, "リード", "チャネル"), _counted(facts, "受注", "担当")
    assert leads == _raw(olist.leads, "first_contact_date", "origin")
    assert deals == _raw(olist.deals, "won_date", "sdr_id")
    assert (leads.total(), deals.total()) == (8000, 842)
    assert sum(count for (_, channel), count in leads.items() if channel == "") == 60


def test_a_channel_outside_the_plan_is_reported(olist: _Olist) -> None:
    assert olist.refreshed.unlisted == {"channel": [_UNPLANNED]}


def test_the_report_of_a_month_counts_its_leads_by_channel(olist: _Olist, table_rows: Rows) -> None:
    *rows, total = table_rows(olist.report, "report_channels")
    march = olist.leads[olist.leads["first_contact_date"].str.startswith("2018-03")]
    shown = {"" if row["チャネル"] == "（空欄）" else row["チャネル"]: row["リード"] for row in rows}
    assert {name: count for name, count in shown.items() if count} == Counter(march["origin"])
    assert total["リード"] == len(march)


def test_the_report_of_a_month_counts_its_deals_by_sdr(olist: _Olist, table_rows: Rows) -> None:
    *rows, total = table_rows(olist.report, "report_ranking")
    march = olist.deals[olist.deals["won_date"].str.startswith("2018-03")]
    assert {row["担当"]: row["受注"] for row in rows if row["受注"]} == Counter(march["sdr_id"])
    assert total["受注"] == len(march)


def test_the_report_proves_that_nothing_was_lost(olist: _Olist, table_rows: Rows) -> None:
    controls = {row["行数"]: row["取込"] for row in table_rows(olist.report, "report_imports")}
    assert controls == {8000: 8000, 842: 842}
    quality = {row["KPI"]: row for row in table_rows(olist.report, "report_reconciled")}
    lead, won = quality["リード"], quality["受注"]
    unplanned = (olist.leads["origin"] == _UNPLANNED).sum()
    assert (lead["すべて"], lead["チャネル空欄"], lead["計画外チャネル"]) == (8000, 60, unplanned)
    assert (won["すべて"], won["計画期間内"], won["計画期間外"]) == (842, 842, 0)
    assert (won["担当空欄"], won["計画外の担当"]) == (0, 0)


@pytest.mark.calc
def test_the_workbook_computes_to_its_cached_values(
    olist: _Olist, differences: Callable[[Path], tuple[int, dict[Any, Any]]]
) -> None:
    count, wrong = differences(olist.book)
    assert wrong == {}
    assert count > 300
