"""The figures behind the board's sentences, cards and charts, on a hidden sheet.

The figures for the revenue and for the days of the month are native formulas, each with its wording.
"""

from collections.abc import Mapping

import pandas as pd

from kpixl.plan import REVENUE
from kpixl.texts import say
from kpixl.tracking import burn_up, channel_standing, records, span_days
from kpixl.workbook.blocks import Calc, Column, Field, Sheet, Table, Value, table_of
from kpixl.workbook.layout import named
from kpixl.workbook.references import column_ref, looked_up, this_row
from kpixl.workbook.schema import Key
from kpixl.workbook.sheets.calendar import days_between
from kpixl.workbook.sheets.formulas import actuals_formula, of_kpi, quoted
from kpixl.workbook.sheets.outlook import outlook_share, outlook_table
from kpixl.workbook.sheets.reasons import shown_actual
from kpixl.workbook.sheets.said import either, money_unit, money_unit_said, said_money, said_money_formula, told
from kpixl.workbook.sheets.scorecards import KGI_PROGRESS
from kpixl.workbook.sheets.targets import channel_target
from kpixl.workbook.state import State
from kpixl.workbook.tables import PROGRESS

__all__ = ["BURN_UP", "BY_CHANNEL", "TITLES", "Figures", "figures_sheet", "untouched"]

FIGURES, BURN_UP, BY_CHANNEL = "kpixl_board_figures", "kpixl_board_burnup", "kpixl_board_channels"
TITLES = ("kpixl_board_title_burnup", "kpixl_board_title_channels")
_KPIS = "kpixl_board"  # the table of the board
_SHEET = "kpixl_board"  # hidden, so the title needs no translation
_FIGURE, _VALUE, _SAID = (Key(name, name) for name in ("figure", "value", "said"))


class Figures:
    """The figures of the board by name, as references to their cells: the number, or the amount in words."""

    def __init__(self, state: State) -> None:
        self._cells = _figures(state)
        self._places = {name: place for place, name in enumerate(self._cells, 1)}

    def number(self, name: str) -> Calc:
        """Return a figure; "" if unknown."""
        return Calc(f"INDEX({column_ref(FIGURES, _VALUE)},{self._places[name]})", self._cells[name].value)

    def said(self, name: str) -> Calc:
        """Return an amount in words, without its sign."""
        return Calc(f"INDEX({column_ref(FIGURES, _SAID)},{self._places[name]})", _said(self._cells[name].value))

    def known(self, name: str) -> Calc:
        """Return the condition that a figure is known."""
        figure = self.number(name)
        return Calc(f"ISNUMBER({figure.formula})", figure.value != "")

    def below(self, name: str, least: float = 0) -> Calc:
        """Return the condition that a figure is below `least`."""
        figure = self.number(name)
        return Calc(f"{figure.formula}<{least}", figure.value != "" and float(str(figure.value)) < least)

    def table(self) -> Table:
        """Return the table that holds the figures."""
        value = this_row(FIGURES, _VALUE)
        return table_of(
            "B5",
            FIGURES,
            self._cells.items(),
            (Column(_FIGURE, width=20), lambda cell: cell[0]),
            (Column(_VALUE, "quantity", 14), lambda cell: cell[1]),
            (
                Column(_SAID, "text", 14, f'IF(ISNUMBER({value}),{said_money_formula(value)},"")'),
                lambda cell: _said(cell[1].value),
            ),
        )


def figures_sheet(state: State) -> Sheet:
    """Return the hidden sheet; its column A stays blank, because formulas use it to count rows (`outlook`)."""
    figures = Figures(state)
    titles = _burn_up_title(figures), _channels_title(state)
    return Sheet(
        _SHEET,
        blocks=tuple(
            named(name, f"B{row}", title, "text")
            for row, (name, title) in enumerate(zip(TITLES, titles, strict=True), 1)
        ),
        tables=(figures.table(), _burn_up(state), _by_channel(state), outlook_table(state, "P5")),
        hidden=True,
    )


def untouched(state: State) -> Calc:
    """Return the condition that the month is running and nothing has been achieved in it yet."""
    actual = column_ref(PROGRESS, "actual")
    achieved = f'COUNTIF({actual},">0")+COUNTIF({actual},"<0")=0'
    return Calc(f"AND({achieved},kpixl_as_of<kpixl_month_end)", state.tracking.untouched)


def _figures(state: State) -> dict[str, Calc]:
    """Return the figures of the board, by name."""
    tracking, revenue = state.tracking, state.plan.kpis[0].name
    row, whole = tracking.kpi(REVENUE), tracking.goal
    actual = shown_actual(row, "")
    silent = tracking.untouched or row["unjudged"]
    done, left = span_days(tracking)
    known = isinstance(actual, float)
    cell = {key: of_kpi(key, revenue) for key in ("target", "pace", "actual", "gap_to_pace", "landing", "low", "high")}
    over = days_between("kpixl_month_start", "kpixl_as_of")
    rest = days_between("kpixl_as_of+1", "kpixl_month_end")
    ever = bool((tracking.values["kpi"] == REVENUE).any())

    def shown(key: str, value: Value) -> Calc:
        return Calc(f'IF(ISNUMBER({cell[key]}),{cell[key]},"")', value)

    def since(key: str, value: Value) -> Calc:
        found = looked_up(KGI_PROGRESS, f"summary.{key}_to_date", "kgi", quoted(state.plan.kgis[0].name))
        return Calc(f'IF(ISNUMBER({found}),{found},"")', value)

    missing = f"MAX(0,{cell['target']}-{cell['actual']})"
    return {
        "target": shown("target", float(row["target"])),
        "pace": shown("pace", float(row["pace"])),
        "actual": shown("actual", actual),
        "gap": shown("gap_to_pace", "" if tracking.untouched or not known else float(row["gap"])),
        **{key: shown(key, "" if silent else float(row[key])) for key in ("landing", "low", "high")},
        "target_to_date": since("target", whole["target_to_date"]),
        "actual_to_date": since("actual", whole["actual_to_date"] if ever else ""),
        "done": Calc(over, done),
        "left": Calc(rest, left),
        "needed_daily": Calc(
            f'IF(AND(ISNUMBER({cell["actual"]}),{rest}>0),{missing}/({rest}),"")',
            max(0.0, float(row["target"]) - actual) / left if isinstance(actual, float) and left else "",
        ),
        "so_far_daily": Calc(
            f'IF(AND(ISNUMBER({cell["actual"]}),{over}>0),{cell["actual"]}/({over}),"")',
            actual / done if isinstance(actual, float) and done else "",
        ),
    }


def _said(value: Value) -> str:
    return "" if value in (None, "") else said_money(float(str(value)))


def _burn_up_title(figures: Figures) -> Calc:
    """Return the title of the revenue chart: whether the landing reaches the target, if it is known."""
    unit = Calc(f"INDEX({column_ref(_KPIS, 'unit')},1)", money_unit_said())
    target = figures.number("target")
    landing = figures.number("landing")
    short = Calc(
        f"{landing.formula}<{target.formula}",
        landing.value != "" and float(str(landing.value)) < float(str(target.value)),
    )
    going = either(short, told("board.chart_short", unit=unit), told("board.chart_reached", unit=unit))
    return either(figures.known("landing"), going, told("board.chart", unit=unit))


def _burn_up(state: State) -> Table:
    """Return the revenue by day in `money_unit_said`: the pace, the actual and the landing."""
    tracking = state.tracking
    row = tracking.kpi(REVENUE)
    frame = burn_up(tracking.plan, tracking.values, tracking.as_of, row, tracking.shares)
    blank = ["landing"] if tracking.untouched or row["unjudged"] else []
    blank += ["actual"] if shown_actual(row) is None else []
    shown = frame.assign(**dict.fromkeys(blank))

    def number(key: str) -> Field:
        column = Column(key, "count", 14, analysed=True)
        return column, lambda day: None if pd.isna(day[key]) else float(day[key]) / money_unit()

    return table_of(
        "F5",
        BURN_UP,
        records(shown),
        (Column("date", "day", 9, analysed=True), lambda day: day["date"].date()),
        *(number(key) for key in ("pace", "actual", "landing")),
    )


def _channels_title(state: State) -> Calc:
    """Return the title of the channel chart: which channel is furthest behind."""
    stage, gaps = state.plan.stages[0].name, _channel_gaps(state)
    column, names = column_ref(BY_CHANNEL, "gap"), column_ref(BY_CHANNEL, "channel")
    name = Calc(quoted(stage), stage)
    worst = Calc(f"INDEX({names},MATCH(MIN({column}),{column},0))", min(gaps, key=lambda one: gaps[one], default=""))
    behind = Calc(f"MIN({column})<0", min(gaps.values(), default=0.0) < 0)
    fine = told("board.channels_fine", stage=name)
    judged = either(behind, told("board.channels_behind", stage=name, channel=worst), fine)
    return either(Calc(f"COUNT({column})>0", bool(gaps)), judged, told("board.channels", stage=name))


def _by_channel(state: State) -> Table:
    """Return each channel's gap to its target to date, split into behind and ahead."""
    plan, stage = state.plan, state.plan.stages[0].name
    channel, gap = this_row(BY_CHANNEL, "channel"), this_row(BY_CHANNEL, "gap")
    made = actuals_formula(plan, quoted(stage), money="FALSE", channel=channel)
    due = f"{channel_target(plan, quoted(stage), channel)}*{outlook_share(quoted(stage))}"
    known = f"AND(ISNUMBER({of_kpi('actual', stage)}),NOT({untouched(state).formula}))"
    gaps = _channel_gaps(state)
    parts = {which: f'IF({gap}="","",{of}(0,{gap}))' for which, of in (("behind", "MIN"), ("ahead", "MAX"))}
    return table_of(
        "K5",
        BY_CHANNEL,
        [channel.name for channel in plan.channels],
        (Column("channel", width=16), lambda name: name),
        (Column("gap", "gap", 10, f'IF({known},{made}-{due},"")'), lambda name: gaps.get(name, "")),
        (_part("behind", parts), lambda name: min(0.0, gaps[name]) if gaps else ""),
        (_part("ahead", parts), lambda name: max(0.0, gaps[name]) if gaps else ""),
    )


def _part(which: str, formulas: Mapping[str, str]) -> Column:
    return Column(Key(which, say(f"board.{which}")), "gap", 10, formulas[which])


def _channel_gaps(state: State) -> dict[str, float]:
    """Return each channel's gap to its target to date; empty if the actuals are unknown or there are none yet."""
    stage = state.plan.stages[0].event
    if state.tracking.untouched or shown_actual(state.tracking.kpi(stage)) is None:
        return {}
    return {name: made - due for name, (due, made) in channel_standing(state.tracking, stage).items()}
