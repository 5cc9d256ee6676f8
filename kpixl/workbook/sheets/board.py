"""ボード / Board: the month on one screen and one page: actual, landing, and what to do this week.

Everything is a native formula on the tables of the other sheets, except what a refresh decides: the tasks of the week,
what stands out beyond chance, and which members are shown if there are many. The figures in sentences and charts are on
a hidden sheet (`board_figures`).
"""

import math
from typing import Any

import pandas as pd

from kpixl.plan import Kpi
from kpixl.texts import say
from kpixl.tracking import MOST_TASKS, Task, agenda, records, span_days
from kpixl.workbook.blocks import Block, Calc, Cell, Chart, Column, Series, Sheet, Table, Value, lettering
from kpixl.workbook.layout import headline, named, printed, ruled
from kpixl.workbook.references import looked_up, this_row
from kpixl.workbook.schema import kpi_key
from kpixl.workbook.sheets.board_figures import BURN_UP, BY_CHANNEL, TITLES, Figures, untouched
from kpixl.workbook.sheets.formulas import of_kpi, quoted
from kpixl.workbook.sheets.gap import bottleneck_sentence
from kpixl.workbook.sheets.insights_told import insight_told
from kpixl.workbook.sheets.kept import silence
from kpixl.workbook.sheets.members import MEMBER_STATUS
from kpixl.workbook.sheets.outlook import outlook_given
from kpixl.workbook.sheets.progress import status_word
from kpixl.workbook.sheets.reasons import reason, shown_actual
from kpixl.workbook.sheets.review import course_lines
from kpixl.workbook.sheets.said import either, money_unit, money_unit_said, said_money, said_share, told
from kpixl.workbook.state import State
from kpixl.workbook.tables import PROGRESS

__all__ = ["BOARD", "BOARD_MEMBERS", "day_said", "headline_said", "sheet", "told_tasks"]

BOARD, BOARD_MEMBERS = "kpixl_board", "kpixl_board_members"
_MOST_MEMBERS, _MOST_KPIS = 8, 4
_PANEL = 40  # total width of the members' KPI columns in characters
_FEW_A_DAY = 3  # below this, a total for the days left says more than a number per day
_SHOWN = ("target", "pace", "actual", "gap_to_pace", "landing", "low", "high", "status", "alert")
_TOP = 10  # the heading row of the tables
_COURSE, _RIGHT = "L", "N"  # the column of the small charts of the months, and the first of what stands right of it
_CHARTS = 160  # pixels
_MARGIN, _LINE = 6, 15  # points above the title and the cards; of the first row, where it may say something
_CHART_ROWS, _UNDER_CHARTS = 8, 15  # the rows under the charts, and their points
_MOST_INSIGHTS = 3


def sheet(state: State) -> Sheet:
    """Return the sheet on which a workbook opens."""
    figures, table, people = Figures(state), _kpis(state), _members(state)
    below = _TOP + max(len(table.rows), len(people.rows)) + 1
    wide = len(people.columns)
    burn_up = Chart(
        f"B{below}",
        "line",
        say("board.chart", unit=money_unit_said()),
        BURN_UP,
        "date",
        (Series("pace", "plan"), Series("actual", "actual"), Series("landing", "forecast")),
        (550, _CHARTS),
        TITLES[0],
    )
    channels = Chart(
        f"I{below}",
        "variance",
        say("board.channels", stage=state.plan.stages[0].name),
        BY_CHANNEL,
        "channel",
        (Series("behind", "bad"), Series("ahead", "good")),
        (680, _CHARTS),
        TITLES[1],
    )
    note = below + _CHART_ROWS
    return Sheet(
        say("sheet.board"),
        blocks=(
            *silence(state),
            lettering("B2", [[(say("board.title"), "title")]]),
            named("kpixl_board_day", "K2", _day(state, figures), "aside"),
            named("kpixl_board_headline", "B3", _headline(state, figures), "headline"),
            named("kpixl_board_second", "B4", _second(state), "lead", analysed=True),
            Block("B6", _cards(state, figures), "kpixl_board_cards"),
            *headline(state, f"{_RIGHT}2", "kpixl_board_tasks_head", say("board.tasks_section"), wide),
            Block(f"{_RIGHT}3", _tasks(state, wide), "kpixl_board_tasks", analysed=True),
            ruled(f"{_RIGHT}{_TOP - 1}", _members_title(state), wide),
            lettering(f"B{note}", [[(say("board.note"), "key")]]),
            Block(f"B{note + 1}", _insights(state), "kpixl_board_insights", analysed=True),
            lettering(f"{_COURSE}{_TOP}", [[(say("review.course"), "heading")]]),
        ),
        tables=(table, people),
        charts=(burn_up, channels),
        sparklines=course_lines(state, _COURSE, _TOP + 1),
        widths={_COURSE: 13, "M": 2},
        heights={1: _LINE if state.live else _MARGIN, 5: _MARGIN, **dict.fromkeys(range(below, note), _UNDER_CHARTS)},
        print_columns=printed(people),
        one_page=True,
        one_screen=True,
    )


def headline_said(state: State) -> str:
    """Return the sentence on which the board opens."""
    return str(_headline(state, Figures(state)).value)


def day_said(state: State) -> str:
    """Return the day of the board, and how much of the month has passed."""
    return str(_day(state, Figures(state)).value)


def _day(state: State, figures: Figures) -> Calc:
    """Return the date of the board, and how much of the month has passed."""
    day = state.tracking.as_of
    date = Calc(f"TEXT(kpixl_as_of,{quoted(say('board.date_format'))})", say("board.date", day=day))
    done, left = figures.number("done"), figures.number("left")
    days = Calc(f"({done.formula}+{left.formula})", sum(span_days(state.tracking)))
    return told("board.day", date=date, done=done, days=days)


def _headline(state: State, figures: Figures) -> Calc:
    """Return the sentence with the month's revenue so far and its landing."""
    revenue = state.plan.kpis[0].name
    row = state.tracking.kpi(state.plan.kpis[0].key)
    actual, gap, landing, target = map(figures.said, ("actual", "gap", "landing", "target"))
    name = Calc(quoted(revenue), revenue)
    way = either(figures.below("gap"), told("board.behind_by"), told("board.ahead_by"))
    share = said_share(figures.number("landing"), figures.number("target"))
    running = told("board.running", kpi=name, actual=actual, gap=gap, way=way, landing=landing, share=share)
    reached = said_share(figures.number("actual"), figures.number("target"))
    over = told("board.over", kpi=name, actual=actual, target=target, share=reached)
    early = told("board.too_early", kpi=name, actual=actual)
    ends = Calc("kpixl_as_of>=kpixl_month_end", span_days(state.tracking)[1] == 0 and state.span[1] == _end(state))
    judged = either(ends, over, either(figures.known("landing"), running, early))
    targeted = Calc(f"{figures.number('target').formula}>0", row["target"] > 0)
    judged = either(targeted, judged, told("board.untargeted", kpi=name, actual=actual))
    why = reason(row) if row["unjudged"] else ""
    unknown = told("board.unknown", kpi=name, reason=Calc(of_kpi("alert", revenue), why))
    known = either(figures.known("actual"), judged, unknown)
    return either(untouched(state), told("board.first", kpi=name, target=target), known)


def _second(state: State) -> str | None:
    """Return which step costs the most; before there are any actuals, what kpixl does that the workbook cannot."""
    return say("board.with_kpixl") if state.tracking.untouched else bottleneck_sentence(state)


def _insights(state: State) -> tuple[tuple[Cell, ...], ...]:
    """Return the largest findings beyond chance, a line for each, with the day that they are of."""
    found = [one for one in state.tracking.insights if one.yen][:_MOST_INSIGHTS]
    lines: list[str | None] = [insight_told(state, one)[0] for one in found]
    if not lines and not state.tracking.untouched:
        lines = [say("board.no_insight")]
    labels = [say("board.insights"), say("board.insights_day", day=state.tracking.as_of)] if lines else []
    lines, labels = ([*texts, *[None] * (_MOST_INSIGHTS - len(texts))] for texts in (lines, labels))
    styles = ("label", "note", "note")
    return tuple(
        (Cell(label, style), Cell(line, "text")) for label, line, style in zip(labels, lines, styles, strict=True)
    )


def _end(state: State) -> object:
    period = state.plan.period
    return period.ends[period.month_of(state.tracking.as_of)]


def _cards(state: State, figures: Figures) -> tuple[tuple[Cell, ...], ...]:
    """Return the four cards: this month, its landing, the plan to date, and the amount needed per remaining day."""
    nothing = told("board.nothing")
    revenue = state.plan.kpis[0].name
    said = figures.said
    sign = either(figures.below("gap"), told("money.minus"), told("money.plus"))
    left = figures.number("left")
    month = told("board.card_month_note", pace=said("pace"), sign=sign, gap=said("gap"))
    landing = told(
        "board.card_landing_note",
        target=said("target"),
        share=said_share(figures.number("landing"), figures.number("target")),
        basis=_basis(state, revenue),
    )
    share = said_share(figures.number("actual_to_date"), figures.number("target_to_date"))
    to_date = told("board.card_to_date_note", share=share)
    aim = told("board.card_target_note", target=said("target"))
    due = told("board.card_due_note", target=said("target_to_date"))
    daily = told("board.a_day", amount=said("needed_daily"))
    pace = told("board.card_daily_note", amount=said("so_far_daily"))
    cards = (
        (3, told("board.card_month", kpi=Calc(quoted(revenue), revenue)), "actual", said("actual"), "gap", month, aim),
        (3, told("board.card_landing"), "landing", said("landing"), "landing", landing, aim),
        (2, told("board.card_to_date"), "actual_to_date", said("actual_to_date"), "actual_to_date", to_date, due),
        (2, told("board.card_daily", days=left), "needed_daily", daily, "so_far_daily", pace, nothing),
    )
    rows: list[list[Cell]] = [[], [], []]
    for wide, label, needs, figure, noted, note, otherwise in cards:
        shown = either(figures.known(needs), figure, nothing)
        below = either(figures.known(noted), note, otherwise)
        for row, content, style in zip(rows, (label, shown, below), ("label", "text", "note"), strict=True):
            row += [Cell(content, f"figure_{style}"), *[Cell(None, f"figure_{style}")] * (wide - 1)]
    return tuple(map(tuple, rows))


def _basis(state: State, revenue: str) -> Calc:
    """Return the words for what the landing of the revenue goes by: the open deals, or the pace so far."""
    given = Calc(outlook_given(quoted(revenue)), state.plan.kpis[0].key in state.tracking.to_come.by_kpi)
    return either(given, told("board.by_deals"), told("board.by_rate"))


def _kpis(state: State) -> Table:
    """Return the KPIs of the month, with a row for each."""
    scale = f"IF({this_row(BOARD, 'unit')}={quoted(money_unit_said())},{money_unit()},1)"
    of = {key: looked_up(PROGRESS, key, "kpi", this_row(BOARD, "kpi")) for key in _SHOWN}
    pace, actual, gap = (this_row(BOARD, key) for key in ("board.to_date", "actual", "gap"))
    to = quoted(say("board.to"))
    span = f'TEXT({of["low"]}/{scale},"#,##0")&{to}&TEXT({of["high"]}/{scale},"#,##0")'
    columns = (
        Column("kpi", "strong", 14),
        Column("unit", "key", 6),
        *(
            Column(key, style, 10, f'IF(ISNUMBER({of[source]}),{of[source]}/{scale},"")')
            for key, source, style in (
                ("board.target", "target", "count"),
                ("board.to_date", "pace", "count"),
                ("actual", "actual", "count"),
                ("gap", "gap_to_pace", "gap"),
            )
        ),
        Column(
            "board.attained", "attained", 13, f'IF(AND(ISNUMBER({gap}),{pace}>0),IF({actual}<0,"",{actual}/{pace}),"")'
        ),
        Column("landing", "count", 10, f'IF(ISNUMBER({of["landing"]}),{of["landing"]}/{scale},"")'),
        Column("board.range", "span", 14, f'IF(ISNUMBER({of["low"]}),{span},"")'),
        Column("status", "status", 18, f'IF({of["status"]}="",{of["alert"]}&"",{of["status"]})'),
    )
    return Table(f"B{_TOP}", BOARD, columns, [_row(state, row) for row in records(state.tracking.progress)])


def _row(state: State, row: dict[str, Any]) -> tuple[Value, ...]:
    scale = money_unit() if row["money"] else 1
    actual, silent = shown_actual(row, ""), state.tracking.untouched
    compared = shown_actual(row) is not None and not silent
    attained = float(row["actual"] / row["pace"]) if compared and row["pace"] > 0 and row["actual"] >= 0 else ""
    judged = not (silent or row["unjudged"])
    low, high = (f"{math.floor(row[key] / scale + 0.5):,}" if judged else "" for key in ("low", "high"))
    status = "" if silent else status_word(state, row["status"]) if judged else reason(row)
    return (
        row["name"],
        money_unit_said() if row["money"] else say("unit.count"),
        float(row["target"]) / scale,
        float(row["pace"]) / scale,
        actual / scale if isinstance(actual, float) else "",
        float(row["gap"]) / scale if compared else "",
        attained,
        float(row["landing"]) / scale if judged else "",
        f"{low}{say('board.to')}{high}" if judged else "",
        status,
    )


def _members(state: State) -> Table:
    """Return the members' attainment; if there are many, only of those who are furthest behind in orders."""
    frames, kpis = state.tracking.members, state.plan.personal_kpis[:_MOST_KPIS]
    names = list(frames.attainment.index)
    if len(names) > _MOST_MEMBERS:
        names = sorted(names, key=lambda name: frames.compared[name])[:_MOST_MEMBERS]
    own = this_row(BOARD_MEMBERS, "member")

    def attained(kpi: Kpi, name: str) -> Value:
        value = frames.attainment[kpi.key][name]
        return "" if state.tracking.untouched or pd.isna(value) else float(value)

    columns = (
        Column("member", "strong", 14, analysed=True),
        *(
            Column(
                kpi_key(kpi),
                "attainment",
                _PANEL / len(kpis),
                f'IFERROR({looked_up(MEMBER_STATUS, kpi_key(kpi), "member", own)},"")',
            )
            for kpi in kpis
        ),
    )
    return Table(
        f"{_RIGHT}{_TOP}", BOARD_MEMBERS, columns, [(name, *(attained(kpi, name) for kpi in kpis)) for name in names]
    )


def _members_title(state: State) -> str:
    many = len(state.plan.members) > _MOST_MEMBERS
    return say("board.members_few", number=_MOST_MEMBERS) if many else say("board.members")


def _tasks(state: State, wide: int) -> tuple[tuple[Cell, ...], ...]:
    """Return the tasks of the week, with two lines for each."""
    lines = [pair for task in told_tasks(state) for pair in task]
    lines += [""] * (2 * MOST_TASKS - len(lines))
    return tuple(
        (Cell(text or None, style), *[Cell(None, style)] * (wide - 1))
        for text, style in zip(lines, ("task", "task_note") * MOST_TASKS, strict=True)
    )


def told_tasks(state: State) -> list[tuple[str, str]]:
    """Return what to do this week, the most useful first, each in two lines."""
    tracking = state.tracking
    if tracking.untouched:
        return [
            (say(f"board.begin_{step}"), say(f"board.begin_{step}_note")) for step in ("plan", "actuals", "refresh")
        ]
    done, left = span_days(tracking)
    if not left:
        return [(say("board.month_over"), say("board.month_over_note"))]
    tasks = agenda(tracking)
    if not tasks:
        sure = done and not tracking.gap["effect"].isna().any()
        return [(say("board.nothing_behind" if sure else "board.nothing_known"), "")]
    return [_told(state, number, task, left) for number, task in enumerate(tasks, 1)]


def _told(state: State, number: int, task: Task, left: float) -> tuple[str, str]:
    """Return a task in two lines: what to do, then who should do it and what it is worth."""
    heads = len(state.plan.members) if task.kind == "activity" else 1
    needed, so_far = (_daily(count / heads) for count in (task.needed, task.so_far))
    few = task.needed / heads < _FEW_A_DAY
    what = say(
        f"board.task_{task.kind}{'_few' if few and task.kind != 'rate' else ''}",
        number=number,
        stage=task.stage,
        above=task.above,
        needed=needed,
        so_far=so_far,
        missing=math.ceil(task.needed * left - 1e-9),
        planned=task.planned,
        reached=task.reached,
        left=left,
    )
    names = [say("board.share", name=name, share=share) for name, share in task.who.items()]
    if task.kind != "volume":
        names = [say("board.person", name=name) for name in names]
    who = say(f"board.who_{task.kind}", names=say("join").join(names)) if names else ""
    worth = say("board.worth", amount=said_money(task.effect))
    return what, say("board.gap_between").join(part for part in (who, worth) if part)


def _daily(count: float) -> str:
    return f"{math.ceil(count - 1e-9):,}" if count >= _FEW_A_DAY else f"{count:.1f}"
