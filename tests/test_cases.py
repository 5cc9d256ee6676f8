"""Small exports that went wrong once, through the command line as a user types it: relative, in the export's folder.

What must come of each is written in the README beside them. Left out is what asks for features that are still to come:
split credit, title rows, durations and seconds, rows that hold counts, US dates, other weekends.
"""

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


@pytest.fixture
def folder(real_data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A Japanese folder with the cases in it and a plan for them, which is where the user stands."""
    folder = tmp_path / "営業 データ"
    shutil.copytree(real_data / "cases", folder)
    folder.chmod(0o755)
    for path in folder.iterdir():
        path.chmod(0o644)
    monkeypatch.chdir(folder)
    assert _run("new", "plan.xlsx", "--start", "2025-04", "--members", "members.csv") == 0
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
    assert _run("new", "2026.xlsx", "--start", "2026-04") == 0
    for name in ("log_yamada.csv", "log_kobayashi.csv"):
        words = ("import", "2026.xlsx", name, "--map", "log_per_person.toml", "--as-of", "2026-11-30")
        assert _run(*words) == 0
    Path("2026.xlsx").replace("plan.xlsx")
    assert _facts().groupby("member")["count"].sum().to_dict() == {"山田 太郎": 2, "小林 花子": 2}


def test_calls_of_a_phone_system_in_code_page_932(folder: Path) -> None:
    assert _run("new", "2026.xlsx", "--start", "2026-04") == 0
    words = ("import", "2026.xlsx", "cti_calls.csv", "--map", "cti_calls.toml", "--as-of", "2026-11-30")
    assert _run(*words) == 0
    raw = pd.read_csv("cti_calls.csv", encoding="cp932")
    raw = raw[raw["発着信区分"] == "発信"]
    Path("2026.xlsx").replace("plan.xlsx")
    facts = _facts()
    assert facts.loc[facts["event"] == "call", "count"].sum() == raw["通話ID"].nunique()


def test_activities_of_a_crm_in_code_page_932(folder: Path) -> None:
    assert _run("new", "2026.xlsx", "--start", "2026-04") == 0
    words = ("import", "2026.xlsx", "sf_activities_ja.csv", "--map", "sf_activities_ja.toml", "--as-of", "2026-11-30")
    assert _run(*words) == 0
    raw = pd.read_csv("sf_activities_ja.csv", encoding="cp932")
    results = raw["コール結果"].value_counts()
    Path("2026.xlsx").replace("plan.xlsx")
    counts = _facts().groupby("event")["count"].sum()
    assert counts["appointment"] == results["アポ獲得"]
    assert counts["connect"] == results["アポ獲得"] + results.get("着電(担当者接続)", 0)
    assert counts["call"] == (raw["活動種別"] == "コール").sum()
