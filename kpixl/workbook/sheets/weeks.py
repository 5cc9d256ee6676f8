"""The week grid of the progress sheet: the target of each week by its business days, and its actual.

Everything is a native formula as of the typed date; the week of that date is marked, with what it still lacks.
"""

import datetime as dt

import pandas as pd

from kpixl import engine
from kpixl.plan import Kpi
from kpixl.texts import say
from kpixl.tracking import MOST_WEEKS, records, weeks
from kpixl.workbook.blocks import BY_ROW, Block, Calc, Cell, Column, Content, Table, Value
from kpixl.workbook.layout import labels
from kpixl.workbook.references import own_cell
from kpixl.workbook.schema import Key
from kpixl.workbook.sheets.alerts import is_late, is_little
from kpixl.workbook.sheets.calendar import days_between
from kpixl.workbook.sheets.formulas import actuals_formula, of_kpi, quoted, unless_untouched
from kpixl.workbook.sheets.reasons import shown_actual
from kpixl.workbook.state import State

__all__ = ["week_blocks", "week_table"]

WEEKS = "kpixl_weeks"
_MARKS, _STARTS, _ENDS, _DAYS = (f"kpixl_week_{name}" for name in ("marks", "starts", "ends", "days"))
_LETTERS = "DEFGHI"


def week_blocks(state: State, row: int) -> tuple[Block, ...]:
    """Return the head of the grid from `row` on: the mark, first day, last day and business days of each week."""
    own = [(f"{letter}{row + 1}", f"{letter}{row + 2}") for letter in _LETTERS]
    starts = ["kpixl_month_start"]
    starts += [f'IF({end}="","",IF({end}>=kpixl_month_end,"",{end}+1))' for _, end in own[:-1]]
    current = quoted(say("weeks.current"))
    marks = [f'IF({s}="","",IF(AND(kpixl_as_of>={s},kpixl_as_of<={e}),{current},""))' for s, e in own]
    ends = [f'IF({s}="","",MIN(kpixl_month_end,{s}+7-WEEKDAY({s},2)))' for s, _ in own]
    days = [f'IF({s}="","",{days_between(s, e)})' for s, e in own]
    head = _head(state)
    return (
        labels(f"C{row}", *(say(f"weeks.{key}") for key in ("this", "from", "to", "days"))),
        _line(row, _MARKS, marks, [mark for mark, *_ in head], "mark"),
        _line(row + 1, _STARTS, starts, [start for _, start, *_ in head], "day"),
        _line(row + 2, _ENDS, ends, [end for *_, end, _ in head], "day"),
        _line(row + 3, _DAYS, days, [count for *_, count in head], "quantity"),
    )


def week_table(state: State, at: str) -> Table:
    """Return the grid itself: for each KPI a row of targets, a row of actuals and a row of attainments."""
    frame = weeks(state.plan, state.tracking.targets, state.tracking.values, state.tracking.as_of)
    rows: list[tuple[Content, ...]] = []
    styles: list[str] = []
    for kpi in state.plan.kpis:
        rows += _rows(state, kpi, frame[frame["kpi"] == kpi.key], len(rows))
        styles += ["money", "money", "attainment"] if kpi.money else ["decimal", "count", "attainment"]
    columns = (
        Column("kpi", "strong", 15),
        Column("weeks.content", "key", 12),
        *(Column(week, BY_ROW, 12) for week in _weeks()),
        Column("weeks.left", BY_ROW, 12),
        Column("alert", "alert", 10),
    )
    return Table(at, WEEKS, columns, rows, keys=2, row_styles=tuple(styles))


def _rows(state: State, kpi: Kpi, mine: pd.DataFrame, place: int) -> list[tuple[Content, ...]]:
    """Return the three rows of a KPI, which are in the grid from row `place` on."""
    cells = [_week(state, kpi, mine, number, place) for number in range(MOST_WEEKS)]
    targets, actuals, attainments = zip(*cells, strict=True)
    span = [":".join(own_cell(place + down, week) for week in _weeks()[:: MOST_WEEKS - 1]) for down in range(3)]
    wanted, got, share, begun, days = (
        f"SUMIF({_MARKS},{quoted(say('weeks.current'))},{cells})" for cells in (*span, _STARTS, _DAYS)
    )
    passed = days_between(begun, "kpixl_as_of")
    over, little = is_late(passed, days), is_little(share)
    late = quoted(say("weeks.late"))
    month = of_kpi("actual", kpi.name)
    warned = f'IF(OR({wanted}=0,{got}<0),"",IF(AND({over},{little}),{late},""))'
    warned = unless_untouched(f'IF(ISNUMBER({month}),{warned},"")')
    lacking = f'IF(ISNUMBER({month}),MAX(0,{wanted}-{got}),"")'
    left, warning = _current(state, kpi, mine)
    return [
        (kpi.name, say("heading.target"), *targets, Calc(lacking, left), Calc(warned, warning)),
        (kpi.name, say("heading.actual"), *actuals, None, None),
        (kpi.name, say("heading.attainment"), *attainments, None, None),
    ]


def _week(state: State, kpi: Kpi, mine: pd.DataFrame, number: int, place: int) -> tuple[Calc, Calc, Calc]:
    """Return a KPI's target, actual and attainment of a week; blank if not begun or not in the month."""
    start, end, days = (f"INDEX({name},{number + 1})" for name in (_STARTS, _ENDS, _DAYS))
    wanted, got = (own_cell(place + down, _weeks()[number]) for down in range(2))
    of_month = of_kpi("target", kpi.name)
    reached = actuals_formula(
        state.plan, quoted(kpi.name), money=str(kpi.money).upper(), since=start, until=f"MIN({end},kpixl_as_of)"
    )
    target: Value = ""
    actual: Value = ""
    attainment: Value = ""
    if number < len(mine):
        row = mine.iloc[number]
        target = float(row["target"])
        actual = "" if pd.isna(row["actual"]) or not _known(state, kpi) else float(row["actual"])
        if actual != "" and float(actual) >= 0 and target and not state.tracking.untouched:
            attainment = float(actual) / target
    month = of_kpi("actual", kpi.name)
    judged = f'IF(OR({wanted}=0,{got}<0),"",{got}/{wanted})'
    return (
        Calc(f'IF({start}="","",{of_month}*{days}/SUM({_DAYS}))', target),
        Calc(f'IF({start}="","",IF(OR({start}>kpixl_as_of,NOT(ISNUMBER({month}))),"",{reached}))', actual),
        Calc(unless_untouched(f'IF({got}="","",{judged})'), attainment),
    )


def _known(state: State, kpi: Kpi) -> bool:
    """Say whether the month's actual of a KPI is known."""
    return shown_actual(state.tracking.kpi(kpi.key)) is not None


def _current(state: State, kpi: Kpi, mine: pd.DataFrame) -> tuple[Value, str]:
    """Return what this week still lacks of a KPI, and the warning if much of the week is over with little achieved."""
    if not _known(state, kpi):
        return "", ""
    plan, day = state.plan, state.tracking.as_of
    week = next(row for row in records(mine) if row["start"] <= day <= row["end"])
    left = max(week["target"] - week["actual"], 0.0)
    if not week["target"] or week["actual"] < 0:
        return left, ""
    late = engine.alert(
        week["target"],
        week["actual"],
        week["start"],
        week["end"],
        as_of=day,
        checkpoint=plan.alert_after,
        threshold=plan.alert_up_to,
        **plan.period.calendar.days_off,
    )
    return left, say("weeks.late") if late.raised and not state.tracking.untouched else ""


def _head(state: State) -> list[tuple[Value, Value, Value, Value]]:
    """Return the mark, first day, last day and business days of each week; blank after the last week of the month."""
    frame = weeks(state.plan, state.tracking.targets, state.tracking.values, state.tracking.as_of)
    spans: list[tuple[dt.date, dt.date, float]] = list(
        dict.fromkeys(zip(frame["start"], frame["end"], frame["days"], strict=True))
    )
    day, current = state.tracking.as_of, say("weeks.current")
    head: list[tuple[Value, Value, Value, Value]] = [
        (current if start <= day <= end else "", start, end, days) for start, end, days in spans
    ]
    return head + [("", "", "", "")] * (MOST_WEEKS - len(head))


def _line(row: int, name: str, formulas: list[str], values: list[Value], style: str) -> Block:
    cells = (Cell(Calc(formula, value), style) for formula, value in zip(formulas, values, strict=True))
    return Block(f"{_LETTERS[0]}{row}", (tuple(cells),), name)


def _weeks() -> list[Key]:
    return [Key(f"week_{number}", say("weeks.week", number=number)) for number in range(1, MOST_WEEKS + 1)]
