"""kpixl in a notebook: the engine's functions, and a plan workbook as frames."""

import datetime as dt
import doctest
import os
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest

import kpixl
from kpixl.actuals import import_events, read_mapping
from kpixl.errors import InvalidPlan, InvalidValue, WorkbookRefused
from kpixl.plan import Channel, Member, Plan, Stage
from kpixl.workbook.planbook import build
from kpixl.workbook.refresh import refresh
from kpixl.workbook.state import new_state
from kpixl.xlsx import Package

_MAPPING = """
source = "crm"
[files.log]
match = "*.csv"
[[events]]
event = { column = "event" }
occurred_at = "when"
member = "who"
channel = "channel"
amount = "amount"
"""
_LOG = """when,event,who,channel,amount
2026-09-02,lead,佐藤,Web,
2026-09-03,lead,佐藤,Web,
2026-09-04,appointment,佐藤,Web,
2026-09-08,meeting,佐藤,Web,
2026-09-11,won,佐藤,Web,2500000
"""


@pytest.fixture(scope="module")
def _filled(small_plan: Callable[..., Plan], tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("api")
    (folder / "map.toml").write_text(_MAPPING, encoding="utf-8")
    (folder / "log.csv").write_text(_LOG, encoding="utf-8")
    build(new_state(small_plan()), folder / "plan.xlsx")
    imported = import_events([folder / "log.csv"], read_mapping(folder / "map.toml"))
    refresh(folder / "plan.xlsx", imported=imported, as_of=dt.date(2026, 9, 18))
    return folder / "plan.xlsx"


@pytest.fixture
def path(_filled: Path, tmp_path: Path) -> Path:
    """A workbook of the small plan as of 18 September, with two leads and one order of 2.5 million by 佐藤."""
    copy = tmp_path / "plan.xlsx"
    copy.write_bytes(_filled.read_bytes())
    return copy


@pytest.fixture
def nobody_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    """No language is asked for."""
    monkeypatch.delenv("KPIXL_LANG")


@pytest.fixture
def english(small_plan: Callable[..., Plan], path: Path) -> Path:
    """The same in English; the examples of the docs run beside it."""
    stages = (Stage("lead", "Leads"), Stage("appointment", "Appointments"), Stage("meeting", "Meetings"))
    plan = small_plan(
        language="en",
        stages=(*stages, Stage("won", "Orders")),
        channels=(Channel("Fair", 0.6, (0.2, 0.8, 0.3)), Channel("Web", 0.4, (0.5, 0.5, 0.5))),
        members=(Member("Sato"), Member("Suzuki")),
    )
    path.unlink()
    build(new_state(plan), path)
    (path.parent / "log.csv").write_text(_LOG.replace("佐藤", "Sato"), encoding="utf-8")
    (path.parent / "map.toml").write_text(_MAPPING, encoding="utf-8")
    imported = import_events([path.parent / "log.csv"], read_mapping(path.parent / "map.toml"))
    refresh(path, imported=imported, as_of=dt.date(2026, 9, 18))
    return path


def _value(frame: pd.DataFrame, column: str, **of: str) -> object:
    rows = frame
    for name, wanted in of.items():
        rows = rows[rows[name] == wanted]
    [value] = rows[column]
    return value


def test_a_function_of_the_engine_answers_as_it_does() -> None:
    assert kpixl.backsolve(100_000_000, 1_000_000, [0.2]).tolist() == [500, 100]
    assert kpixl.rate(18, 20).low == pytest.approx(0.6989663548)


@pytest.mark.usefixtures("nobody_asked")
def test_errors_speak_english_unless_asked_otherwise() -> None:
    before = dict(os.environ)
    with pytest.raises(InvalidValue) as refused:
        kpixl.backsolve(-1, 1, [0.2])
    assert str(refused.value) == "The goal must be 0 or more. Given: -1."
    with pytest.raises(InvalidValue) as asked, kpixl.speaking("ja"):
        kpixl.backsolve(-1, 1, [0.2])
    assert str(asked.value) == "目標は0以上の数にしてください（入力：-1）。", "read when the block is over"
    assert dict(os.environ) == before


def test_errors_speak_the_language_of_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KPIXL_LANG", "ja")
    with pytest.raises(InvalidValue, match="目標は0以上"):
        kpixl.backsolve(-1, 1, [0.2])


@pytest.mark.usefixtures("nobody_asked")
def test_a_workbook_that_cannot_be_read_says_why(tmp_path: Path) -> None:
    with pytest.raises(WorkbookRefused, match="There is no file"):
        kpixl.open_plan(tmp_path / "nothing.xlsx")


def test_a_plan_is_as_of_its_last_refresh_or_of_a_day_that_is_given(path: Path) -> None:
    plan = kpixl.open_plan(path)
    assert plan.as_of == dt.date(2026, 9, 18)
    assert repr(plan) == f"PlanBook({str(path)!r}, as_of='2026-09-18')"
    assert isinstance(plan.plan, kpixl.Plan)
    assert kpixl.open_plan(path, as_of="2026/9/10").as_of == dt.date(2026, 9, 10)


def test_the_settings_are_as_typed(path: Path) -> None:
    settings = kpixl.open_plan(path).settings
    assert _value(settings, "value", section="goal", key="value") == 50_000_000
    assert _value(settings, "value", section="channels", name="展示会", key="rate アポ→商談") == 0.8
    assert _value(settings, "value", section="stages", name="商談", key="days") == 0.0
    assert settings[settings["section"] == "members"]["name"].unique().tolist() == ["佐藤", "鈴木"]
    assert settings["value"].notna().all(), "blank cells are left out"


def test_the_facts_are_those_imported(path: Path) -> None:
    facts = kpixl.open_plan(path).facts
    assert facts.groupby("event")["count"].sum().to_dict() == {"lead": 2, "appointment": 1, "meeting": 1, "won": 1}
    assert facts["amount"].sum() == 2_500_000
    facts["count"] = 0
    assert kpixl.open_plan(path).values.query("kpi == 'lead'")["value"].sum() == 2


def test_targets_of_all_levels_sum_to_those_of_the_plan(path: Path) -> None:
    targets = kpixl.open_plan(path).targets
    by_level = targets[targets["kpi"] == "won"].groupby("level")["target"].sum().to_dict()
    assert by_level == {"team": 25, "channel": 25, "member": 25}
    assert targets[(targets["kpi"] == "lead") & (targets["name"] == "展示会")]["target"].sum() == 315
    assert sorted(targets["month"].unique()) == [pd.Timestamp(2026, 9, 1), pd.Timestamp(2026, 10, 1)]


def test_progress_gap_and_members_are_those_of_the_sheets(path: Path) -> None:
    plan = kpixl.open_plan(path)
    assert _value(plan.progress, "actual", kpi="revenue") == 2_500_000
    september = float(_value(plan.progress, "target", kpi="won"))  # type: ignore[arg-type]
    assert _value(plan.progress, "pace", kpi="won") == pytest.approx(september * 14 / 19)
    assert plan.gap["name"].tolist() == ["リード", "アポ", "商談", "受注"]
    assert _value(plan.members, "actual", member="佐藤", kpi="won") == 1
    assert _value(plan.members, "actual", member="鈴木", kpi="won") == 0
    assert len(plan.members) == 2 * 5


def test_a_refresh_is_read_anew(path: Path) -> None:
    plan, before = kpixl.open_plan(path), path.read_bytes()
    assert plan.refresh(as_of="2026-09-30", dry_run=True).tracking.as_of == dt.date(2026, 9, 30)
    assert path.read_bytes() == before
    assert plan.as_of == dt.date(2026, 9, 18)
    plan.refresh(as_of="2026-09-30")
    assert plan.as_of == dt.date(2026, 9, 30)


def test_a_check_is_a_row_per_finding(path: Path) -> None:
    found = kpixl.open_plan(path).check()
    assert found.columns.tolist() == ["severity", "rule", "where", "what", "right"]
    assert set(found["severity"]) <= {"error", "warning", "hint"}
    assert len(found) > 0, "the small plan has no KPIs defined"


def test_a_report_is_of_a_month_a_week_or_a_quarter_given_as_a_day_of_it(path: Path) -> None:
    plan, day = kpixl.open_plan(path), dt.date(2026, 9, 18)
    written = [plan.report(day), plan.report(week=day), plan.report(quarter=day)]
    assert [report.path.stem for report in written] == ["plan_2026-09", "plan_2026-W38", "plan_2026-Q1"]
    assert [(str(report.tracking.span.start), str(report.tracking.as_of)) for report in written] == [
        ("2026-09-01", "2026-09-30"),
        ("2026-09-14", "2026-09-20"),
        ("2026-09-01", "2026-10-31"),
    ]


@pytest.mark.usefixtures("nobody_asked")
def test_a_report_of_a_month_outside_is_refused(path: Path) -> None:
    with pytest.raises(InvalidValue, match="2020-01"):
        kpixl.open_plan(path).report("2020-01")
    with pytest.raises(InvalidValue, match="Give only one of month, week, quarter"):
        kpixl.open_plan(path).report("2026-09", week="2026-W38")
    with pytest.raises(InvalidValue):
        kpixl.open_plan(path, as_of="some day")


@pytest.mark.usefixtures("nobody_asked")
@pytest.mark.parametrize(("page", "plan"), [("python.md", "english"), ("python.ja.md", "path")])
def test_the_examples_of_the_docs_are_right(
    page: str, plan: str, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(request.getfixturevalue(plan).parent)
    said: list[str] = []
    text = (Path(__file__).parents[1] / "docs" / page).read_text(encoding="utf-8")
    examples = doctest.DocTestParser().get_doctest(text, {}, page, page, 0)
    failed, tried = doctest.DocTestRunner(optionflags=doctest.NORMALIZE_WHITESPACE).run(examples, out=said.append)
    assert failed == 0, "".join(said)
    assert tried > 8


@pytest.mark.usefixtures("nobody_asked")
def test_a_cell_that_cannot_be_read_is_named_in_english(path: Path) -> None:
    with Package.open(path) as package:
        sheet, _, cell = package.names["kpixl_unit_value"].replace("$", "").partition("!")
        package.set_cells(sheet.strip("'"), {cell: "たくさん"})
        package.save()
    with pytest.raises(InvalidPlan) as refused:
        kpixl.open_plan(path)
    assert str(refused.value).startswith(f"{sheet}!{cell}: “たくさん” cannot be read as a number.")
