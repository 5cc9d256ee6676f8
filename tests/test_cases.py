"""Small exports that went wrong once, through the command line as a user types it: relative, in the export's folder.

What must come of each is written in the README beside them. Left out is the plan with other weekends, which no template
can have yet.
"""

import contextlib
import logging
import shutil
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest

from kpixl.cli import main
from kpixl.workbook.books import Book
from kpixl.workbook.reading import read_plan
from kpixl.workbook.sheets.actuals import read_facts

Case = Callable[..., int]


@pytest.fixture(scope="module")
def _prepared(real_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the cases in it and plans for them."""
    folder = tmp_path_factory.mktemp("cases") / "prepared"
    shutil.copytree(real_data / "cases", folder)
    folder.chmod(0o755)
    for path in folder.iterdir():
        path.chmod(0o644)
    with contextlib.chdir(folder), pytest.MonkeyPatch.context() as patched:
        patched.setenv("KPIXL_LANG", "ja")
        patched.setattr(logging.getLogger("kpixl"), "handlers", [logging.NullHandler()])
        assert _run("new", "plan.xlsx", "--start", "2025-04", "--members", "members.csv") == 0
        assert _run("new", "2026.xlsx", "--start", "2026-04") == 0
    return folder


@pytest.fixture
def folder(_prepared: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A Japanese folder with the cases in it and plans for them, which is where the user stands."""
    folder = tmp_path / "営業 データ"
    shutil.copytree(_prepared, folder)
    monkeypatch.chdir(folder)
    return folder


def _run(*words: str) -> int:
    try:
        main(list(words))
    except SystemExit as ended:
        return int(ended.code or 0)
    return 0


def _import(file: str, mapping: str = "map.toml", *more: str) -> int:
    return _run("import", "plan.xlsx", file, "--map", mapping, "--as-of", "2025-06-30", *more)


def _facts() -> pd.DataFrame:
    with Book(Path("plan.xlsx")) as book, book.speaking():
        return read_facts(book, read_plan(book))


def _won(by: str = "date") -> dict[str, tuple[int, float]]:
    facts = _facts()
    facts = facts[facts["event"] == "won"].assign(date=facts["date"].dt.strftime("%Y-%m"))
    return {str(key): (int(group["count"].sum()), float(group["amount"].sum())) for key, group in facts.groupby(by)}


def _aside(name: str) -> str:
    return Path(f"{name}_kpixl_rejects.csv").read_text("utf-8-sig")


@pytest.mark.parametrize(
    "way", ["b01_cells.csv", "./b01_cells.csv", "../営業 データ/b01_cells.csv", "link.csv", "absolute"]
)
def test_broken_rows_by_any_path(folder: Path, way: str, capsys: pytest.CaptureFixture[str]) -> None:
    if way == "link.csv":
        Path("link.csv").symlink_to("b01_cells.csv")
    file = str(folder / "b01_cells.csv") if way == "absolute" else way
    assert _import(file) == 0
    assert _won() == {"2025-06": (1, 1_000_000.0)}
    told = capsys.readouterr().out
    assert "_kpixl_rejects.csv" in told
    aside = _aside(Path(file).stem)
    assert "列が足りません" in aside
    assert "列が多すぎます" in aside


def test_broken_rows_from_another_folder(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (folder / "別").mkdir()
    monkeypatch.chdir(folder / "別")
    words = ("import", "../plan.xlsx", "../b01_cells.csv", "--map", "../map.toml", "--as-of", "2025-06-30")
    assert _run(*words) == 0
    monkeypatch.chdir(folder)
    assert _aside("b01_cells").count("列が") == 2


def test_a_quotation_mark_within_a_cell(folder: Path) -> None:
    assert _import("b01_quote.csv") == 0
    assert _won() == {"2025-06": (1, 2_000_000.0)}
    assert "b01_quote.csv,2," in _aside("b01_quote")


@pytest.mark.parametrize(
    ("name", "right"),
    [
        ("b02_cancel", {"2025-05": (1, 3_000_000.0), "2025-06": (-1, -3_000_000.0)}),
        ("b02_cancel_past_month", {"2025-05": (-1, -1_000_000.0), "2025-06": (0, 2_000_000.0)}),
        ("b02_cancel_counts", {"2025-06": (0, 2_000_000.0)}),
    ],
)
def test_a_cancellation_takes_the_order_and_the_money_away(
    folder: Path, name: str, right: dict[str, tuple[int, float]]
) -> None:
    assert _import(f"{name}.csv") == 0
    assert _won() == right
    assert _run("refresh", "plan.xlsx", "--as-of", "2025-06-30") == 0
    for month in ("2025-05", "2025-06"):
        assert _run("report", "plan.xlsx", "--month", month) == 0


def test_the_same_list_again_with_a_deal_open_again_or_gone(folder: Path) -> None:
    assert _import("b03_export1.csv") == 0
    assert _import("b03_reopened.csv") == 0
    assert _won() == {"2025-06": (1, 1_000_000.0)}
    assert _import("b03_export1.csv") == 0
    whole = ("map.toml", "--covers", "all")
    assert _import("b03_deleted.csv", *whole) == 2, "all that 鈴木 has would go"
    assert _won() == {"2025-06": (2, 3_000_000.0)}
    assert _import("b03_deleted.csv", *whole, "--replace") == 0
    assert _won() == {"2025-06": (1, 1_000_000.0)}


@pytest.mark.parametrize("mapping", ["map.toml", "map_noid.toml"])
def test_two_teams_one_after_the_other(folder: Path, mapping: str) -> None:
    assert _import("b04_team1.csv", mapping) == 0
    assert _import("b04_team2.csv", mapping) == 0
    assert _won("member") == {"佐藤": (2, 2_000_000.0), "鈴木": (2, 1_000_000.0)}


def test_half_past_midnight_in_japan_is_june(folder: Path) -> None:
    assert _import("b05_utc.csv") == 0
    assert _won() == {"2025-06": (2, 200.0)}


def test_a_stage_with_a_blank_behind_it_and_an_order_without_a_date(folder: Path) -> None:
    assert _import("b06_where.csv", "where.toml") == 0
    assert _won() == {"2025-06": (2, 200.0)}
    assert "日付がありません" in _aside("b06_where")


def test_thousands_in_the_heading(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert _import("b11_thousands.csv", "map_thousands.toml") == 0
    assert _won() == {"2025-06": (2, 2_000_000.0)}
    assert "千円単位" in capsys.readouterr().out


def test_subtotals_do_not_count(folder: Path) -> None:
    assert _import("b12_subtotal.csv") == 0
    assert _won("member") == {"佐藤": (1, 1_000_000.0), "鈴木": (1, 2_000_000.0)}
    assert _aside("b12_subtotal").count("他の行の合計") == 2


def test_one_export_per_person(folder: Path) -> None:
    for name in ("log_yamada.csv", "log_kobayashi.csv"):
        words = ("import", "2026.xlsx", name, "--map", "log_per_person.toml", "--as-of", "2026-11-30")
        assert _run(*words) == 0
    Path("2026.xlsx").replace("plan.xlsx")
    assert _facts().groupby("member")["count"].sum().to_dict() == {"山田 太郎": 2, "小林 花子": 2}


def test_calls_of_a_phone_system_in_code_page_932(folder: Path) -> None:
    words = ("import", "2026.xlsx", "cti_calls.csv", "--map", "cti_calls.toml", "--as-of", "2026-11-30")
    assert _run(*words) == 0
    raw = pd.read_csv("cti_calls.csv", encoding="cp932")
    raw = raw[raw["発着信区分"] == "発信"]
    Path("2026.xlsx").replace("plan.xlsx")
    facts = _facts()
    assert facts.loc[facts["event"] == "call", "count"].sum() == raw["通話ID"].nunique()


def test_activities_of_a_crm_in_code_page_932(folder: Path) -> None:
    words = ("import", "2026.xlsx", "sf_activities_ja.csv", "--map", "sf_activities_ja.toml", "--as-of", "2026-11-30")
    assert _run(*words) == 0
    raw = pd.read_csv("sf_activities_ja.csv", encoding="cp932")
    results = raw["コール結果"].value_counts()
    Path("2026.xlsx").replace("plan.xlsx")
    counts = _facts().groupby("event")["count"].sum()
    assert counts["appointment"] == results["アポ獲得"]
    assert counts["connect"] == results["アポ獲得"] + results.get("着電(担当者接続)", 0)
    assert counts["call"] == (raw["活動種別"] == "コール").sum()


def test_an_order_shared_sixty_to_forty(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    Path("split.toml").write_text(Path("map.toml").read_text("utf-8") + 'share = "配分"\n', encoding="utf-8")
    assert _import("b07_split.csv", "split.toml") == 0
    assert _won() == {"2025-06": (1, 1_000_000.0)}
    credit = _facts().groupby("member")["count"].sum().to_dict()
    assert credit == pytest.approx({"佐藤": 0.6, "鈴木": 0.4})
    assert "「配分」で分けました" in capsys.readouterr().out
    before = Path("plan.xlsx").read_bytes()
    assert _import("b07_split.csv", "split.toml") == 0
    assert _won() == {"2025-06": (1, 1_000_000.0)}, "the same export counts once"
    assert len(before) > 0


def test_orders_of_a_quarter(folder: Path) -> None:
    assert _import("b08_quarter.csv") == 0
    assert _won() == {"2025-04": (1, 4e6), "2025-05": (1, 4e6), "2025-06": (1, 9e6)}


def _of_2026(file: str, mapping: str) -> pd.DataFrame:
    assert _run("import", "2026.xlsx", file, "--map", mapping, "--as-of", "2026-11-30") == 0
    Path("2026.xlsx").replace("plan.xlsx")
    return _facts().groupby("event")[["count", "minutes"]].sum()


def test_talk_time_that_is_written_as_a_clock(folder: Path) -> None:
    facts = _of_2026("cti_calls.csv", "cti_calls.toml")
    raw = pd.read_csv("cti_calls.csv", encoding="cp932")
    answered = raw[(raw["発着信区分"] == "発信") & (raw["通話結果"] == "応答")].drop_duplicates("通話ID")
    minutes = pd.to_timedelta(answered["通話時間"]).dt.total_seconds().sum() / 60
    assert facts.minutes["connect"] == pytest.approx(minutes)


def test_talk_time_in_seconds(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    facts = _of_2026("sf_activities_ja.csv", "sf_activities_ja.toml")
    raw = pd.read_csv("sf_activities_ja.csv", encoding="cp932")
    talked = raw[raw["コール結果"].isin(["着電(担当者接続)", "アポ獲得"])]
    assert facts.minutes["connect"] == pytest.approx(talked["コール時間(秒)"].sum() / 60)
    assert "秒として読みました" in capsys.readouterr().out


def test_mailings_that_hold_counts(folder: Path) -> None:
    mapping = """
    source = "mail"
    [files.m]
    [[events]]
    occurred_at = "配信日時"
    member = "配信者"
    columns = { "到達数" = "メール送信", "開封数" = "メール開封" }
    """
    Path("mail.toml").write_text(mapping, encoding="utf-8")
    facts = _of_2026("mail_results.csv", "mail.toml")
    raw = pd.read_csv("mail_results.csv", thousands=",")
    assert facts["count"].to_dict() == {"email_sent": raw["到達数"].sum(), "email_opened": raw["開封数"].sum()}


def test_american_opportunities_of_two_currencies_are_refused_with_a_sentence(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ("import", "2026.xlsx", "sf_opportunities_us.csv", "--map", "sf_opportunities_us.toml")
    assert _run(*words, "--as-of", "2026-11-30") == 2
    assert "$, €" in capsys.readouterr().err


def test_american_dates_and_dollars(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rows = Path("sf_opportunities_us.csv").read_text("utf-8").splitlines(keepends=True)
    Path("sf_opportunities_us.csv").write_text("".join(row for row in rows if "€" not in row), encoding="utf-8")
    _of_2026("sf_opportunities_us.csv", "sf_opportunities_us.toml")
    facts = _facts()
    days = facts.groupby("date")[["count", "amount"]].sum()
    assert {f"{day:%m-%d}": tuple(row) for day, *row in days.itertuples()} == {
        "07-15": (1.0, 12_000 + 12_000.5 - 500),
        "07-16": (1.0, 12_500.0),
        "12-08": (1.0, 12_000.0),
    }
    assert "MM/DD/YYYY" in capsys.readouterr().out


def test_title_rows_above_the_headings(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert _of_2026("log_title.csv", "log_per_person.toml")["count"].to_dict() == {"call": 1}
    assert "活動レポート" in capsys.readouterr().out
