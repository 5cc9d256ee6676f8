"""Landing, range, probability and status as formulas equal those of the engine, for any day, counts and dispersion.

The formulas of the hidden sheet and of the progress table are put into a separate workbook, over 240 random rows of
targets and actuals on each of four days, and computed by LibreOffice.
"""

import datetime as dt
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import xlsxwriter

from kpixl import engine
from kpixl.engine.landing import foreseen, rest_of
from kpixl.engine.rest import either, given_rest
from kpixl.engine.status import judged
from kpixl.plan import Plan
from kpixl.workbook.day_columns import day_keys
from kpixl.workbook.references import this_row
from kpixl.workbook.sheets.calendar import days_between, pace_words
from kpixl.workbook.sheets.outlook import outlook_formulas, outlook_share, outlook_table
from kpixl.workbook.state import new_state
from kpixl.workbook.tables import PROGRESS

pytestmark = pytest.mark.calc
_START, _END = dt.date(2026, 9, 1), dt.date(2026, 9, 30)
_CLOSURES = [dt.date(2026, 9, day) for day in (21, 22, 23)]
_DAYS = [dt.date(2026, 9, day) for day in (1, 11, 25, 30)]
_UNIT = 2_000_000
_RULE = {"kpixl_alert_after": 0.6, "kpixl_alert_up_to": 0.45}
_NUMBERS = ("landing", "low", "high", "probability")
_WORDS = {
    "○ 順調": "on_track",
    "△ 挽回できる": "recoverable",
    "× 届かない見込み": "will_miss",
    "判定はこれから": "undecided",
}


def test_the_formulas_give_the_figures_of_the_engine(
    small_plan: Callable[..., Plan],
    recalculate: Callable[..., Path],
    table_rows: Callable[[Path, str], list[dict[str, Any]]],
    tmp_path: Path,
) -> None:
    paths = [tmp_path / f"{day:%d}.xlsx" for day in _DAYS]
    drawn = [_drawn(np.random.default_rng(number)) for number in range(len(_DAYS))]
    for path, day, cases in zip(paths, _DAYS, drawn, strict=True):
        _write(path, small_plan(), day, *cases)
    first = recalculate(*paths)
    count = 0
    for path, day, (target, actual, money, spread, drift, rest, variance) in zip(paths, _DAYS, drawn, strict=True):
        unit = np.where(money, _UNIT, 1.0)
        asked: dict[str, Any] = {"as_of": day, "closures": _CLOSURES, "country": None}
        more = {"unit_value": unit, "dispersion": spread, **asked}
        done, days = engine.elapsed(_START, _END, **asked)
        given = rest > 0
        to_come = either(
            given, given_rest(rest, variance, spread), rest_of(target, actual, done, days, unit, spread, drift)
        )
        found = foreseen(target, actual, done, days, unit, to_come, known=given)
        status = judged(actual >= target * (done / days) * (1 - 1e-12), found.probability, done, days)
        usual = (drift == 0) & ~given
        for key in _NUMBERS:
            plain = np.asarray(getattr(engine.landing(actual, _START, _END, target=target, **more), key))
            assert np.asarray(getattr(found, key))[usual] == pytest.approx(plain[usual], rel=1e-12)
        assert (status == engine.status(target, actual, _START, _END, **more))[usual].all()
        checkpoint, threshold = _RULE.values()
        alarm = engine.alert(target, actual, _START, _END, checkpoint=checkpoint, threshold=threshold, **asked)
        rows = table_rows(first.with_name(path.name), "kpixl_progress")
        for place, row in enumerate(rows):
            for key, heading in zip(_NUMBERS, ("着地見込み", "下限", "上限", "達成確率"), strict=True):
                expected = float(np.asarray(getattr(found, key))[place])
                assert row[heading] == pytest.approx(expected, rel=1e-9, abs=1e-9), (day, place, heading, row)
                count += 1
            shown = row["判定"]
            if day == _END:
                assert shown == ("◎ 達成" if status[place] == "on_track" else "× 未達"), (day, place)
            else:
                assert _WORDS[shown] == status[place], (day, place)
            assert (row["アラート"] != "なし") == bool(np.asarray(alarm.raised)[place]), (day, place)
    assert count == 4 * 4 * 240


def _drawn(rng: np.random.Generator) -> tuple[Any, ...]:
    """Return the targets, actuals, whether they are amounts, and dispersions of 240 rows; then the drift of some, and
    mean and variance of what the rest of the month brings of others, as their deals have it.
    """
    number = 240
    money = rng.random(number) < 0.25
    target = rng.choice([0, 1, 3, 8, 26, 100, 515, 1666, 4897, 22854], number).astype(float)
    target[0] = 100.0
    actual = np.floor(target * rng.uniform(0, 1.3, number))
    actual[0] = 40.0
    spread = np.where(rng.random(number) < 0.3, 1.0, rng.uniform(1, 8, number))
    unit = np.where(money, _UNIT, 1.0)
    drift = np.where(rng.random(number) < 0.4, rng.uniform(0, 0.1, number), 0.0)
    known = rng.random(number) < 0.3
    known[0] = False
    rest = np.where(known, rng.uniform(0.5, 60, number), np.nan)
    return target * unit, actual * unit, money, spread, drift, rest, rest * rng.uniform(0.3, 8, number)


def _write(path: Path, plan: Plan, day: dt.date, target: Any, actual: Any, money: Any, *written: Any) -> None:
    """Write a workbook with the formulas, and the tables and names that they refer to."""
    state = new_state(replace(plan, language="ja"))
    table, progress = outlook_table(state, "B5"), outlook_formulas(plan)
    names = [f"k{place}" for place in range(len(target))]
    with xlsxwriter.Workbook(path) as book:
        sheet, hidden = book.add_worksheet("進捗"), book.add_worksheet("hidden")
        date = book.add_format({"num_format": "yyyy/mm/dd"})
        for row, (name, value) in enumerate(
            {
                "kpixl_as_of": day,
                "kpixl_month_start": _START,
                "kpixl_month_end": _END,
                "kpixl_analysed_on": day,
            }.items()
        ):
            sheet.write_datetime(row, 20, value, date)
            book.define_name(name, f"=進捗!$U${row + 1}")
        sheet.write_number(5, 20, _UNIT)
        book.define_name("kpixl_unit_value", "=進捗!$U$6")
        passed, whole = (days_between("kpixl_month_start", end) for end in ("kpixl_as_of", "kpixl_month_end"))
        sheet.write_formula(6, 20, f"={passed}/{whole}")
        book.define_name("kpixl_elapsed", "=進捗!$U$7")
        sheet.write_string(7, 20, pace_words()[0])
        book.define_name("kpixl_pace_by", "=進捗!$U$8")
        for row, name in enumerate(("kpixl_alert_after", "kpixl_alert_up_to"), 9):
            sheet.write_number(row - 1, 20, _RULE[name])
            book.define_name(name, f"=進捗!$U${row}")
        for row in range((_END - _START).days + 1):
            calendar_day = _START + dt.timedelta(row)
            sheet.write_datetime(row, 22, calendar_day, date)
            sheet.write_number(row, 23, calendar_day.weekday() < 5 and calendar_day not in _CLOSURES)
        for column, name in {"W": "kpixl_dates", "X": "kpixl_worked"}.items():
            book.define_name(name, f"=進捗!${column}$1:${column}${(_END - _START).days + 1}")
        for column, (name, headings) in enumerate({"kpixl_facts": 24, "kpixl_entries": 34}.items()):
            columns = [
                {"header": heading} for heading in ("日付", "担当", "チャネル", "イベント", "KPI", "件数", "金額", "値")
            ]
            sheet.add_table(0, headings, 1, headings + 7, {"name": name, "columns": columns})
            sheet.write_datetime(1, headings, _START, date)
            assert column < 2
        typed = ["日付", "担当", "チャネル", *(key.wording for key in day_keys(plan))]
        sheet.add_table(
            0, 44, 1, 43 + len(typed), {"name": "kpixl_days", "columns": [{"header": one} for one in typed]}
        )
        weights = ["日付", *(kpi.name for kpi in plan.kpis)]
        options = {"name": "kpixl_day_weights", "columns": [{"header": one} for one in weights]}
        hidden.add_table(0, 40, 1, 39 + len(weights), options)
        headings = [
            "KPI",
            "単位",
            "目標",
            "今日までの目標",
            "実績",
            "月の進捗率",
            "着地見込み",
            "下限",
            "上限",
            "達成確率",
            "判定",
            "アラート",
        ]
        formulas = [progress[key] for key in ("landing", "low", "high", "probability", "status", "alert")]
        sheet.add_table(
            0, 0, len(names), 11, {"name": "kpixl_progress", "columns": [{"header": one} for one in headings]}
        )
        for row, name in enumerate(names, 1):
            sheet.write_row(row, 0, [name, "円" if money[row - 1] else "件", target[row - 1]])
            sheet.write_formula(
                row, 3, f"=kpixl_progress[[#This Row],[目標]]*{outlook_share(this_row(PROGRESS, 'kpi'))}"
            )
            share = actual[row - 1] / target[row - 1] if target[row - 1] else ""
            sheet.write_row(row, 4, [actual[row - 1], share])
            for column, formula in enumerate(formulas, 6):
                sheet.write_formula(row, column, f"={formula}")
        options = {"name": table.name, "columns": [{"header": column.heading} for column in table.columns]}
        hidden.add_table(4, 1, 4 + len(names), len(table.columns), options)
        figures = dict(zip(("dispersion", "drift", "rest", "rest_variance"), written, strict=True))
        for row, name in enumerate(names, 5):
            hidden.write_string(row, 1, name)
            for column, described in enumerate(table.columns[1:], 2):
                if described.formula:
                    hidden.write_formula(row, column, f"={described.formula}")
                elif not np.isnan(figures[described.key][row - 5]):
                    hidden.write_number(row, column, figures[described.key][row - 5])
