"""The marketing funnel of Olist: facts equal a count by pandas on the raw files."""

from pathlib import Path

import pandas as pd
import pytest

from kpixl.actuals import Import, import_events, read_mapping


@pytest.fixture(scope="module")
def olist(real_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Import:
    files = sorted((real_data / "olist").glob("*.csv"))
    rejects = tmp_path_factory.mktemp("olist")
    return import_events(files, read_mapping(Path(__file__).with_name("olist.toml")), rejects=rejects)


def _counted(raw: pd.DataFrame, date: str, by: str) -> dict[tuple[str, str], int]:
    return raw.groupby([raw[date].str[:7], raw[by].fillna("")]).size().to_dict()


def _facts(olist: Import, event: str, by: str) -> dict[tuple[str, str], int]:
    facts = olist.facts[olist.facts.event == event]
    return facts.groupby([facts.date.dt.strftime("%Y-%m"), facts[by]])["count"].sum().to_dict()


def test_leads_per_month_and_channel(olist: Import, real_data: Path) -> None:
    raw = pd.read_csv(real_data / "olist" / "olist_mql.csv")
    facts = _facts(olist, "lead", "channel")
    assert facts == _counted(raw, "first_contact_date", "origin")
    assert sum(facts.values()) == 8000
    assert sum(count for (_, channel), count in facts.items() if channel == "") == 60


def test_won_per_month_and_sdr(olist: Import, real_data: Path) -> None:
    raw = pd.read_csv(real_data / "olist" / "olist_closed_deals.csv")
    facts = _facts(olist, "won", "member")
    assert facts == _counted(raw, "won_date", "sdr_id")
    assert sum(facts.values()) == 842


def test_won_deals_carry_the_channel_of_their_lead(olist: Import, real_data: Path) -> None:
    leads, deals = (pd.read_csv(real_data / "olist" / f"olist_{name}.csv") for name in ("mql", "closed_deals"))
    assert _facts(olist, "won", "channel") == _counted(deals.merge(leads, on="mql_id"), "won_date", "origin")


def test_every_row_is_used(olist: Import) -> None:
    assert {control.event: (control.read, control.used) for control in olist.controls} == {
        "lead": (8000, 8000),
        "won": (842, 842),
    }
    assert olist.rejects.waiting is None
