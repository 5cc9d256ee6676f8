"""設定 / Settings: what the user decides: goals, period, channels, members, success factors, funnel, days off.

Three groups from top to bottom hold what must be typed first: the goal and the value of an order, the channels, the
members. What can wait is below them. A list that has others below it has blank rows to type into; nothing is below the
lists that are side by side at the end, so those may grow. `kpixl.workbook.reading` reads the plan back from this sheet.
"""

import math
from collections.abc import Callable

from kpixl.plan import Channel, Plan
from kpixl.plan.goals import MEASURES
from kpixl.plan.weekend import weekend_choices, weekend_word
from kpixl.texts import say
from kpixl.workbook.blocks import Block, Calc, Cell, Column, Content, Sheet, Table, lettering, table_of
from kpixl.workbook.choices import Suggested
from kpixl.workbook.layout import above, labels, named, over, ruled, titled
from kpixl.workbook.money import currency_words
from kpixl.workbook.references import column_ref, headings_ref, this_row
from kpixl.workbook.schema import step_keys
from kpixl.workbook.sheets.calendar import pace_words
from kpixl.workbook.sheets.pace_note import pace_note
from kpixl.workbook.sheets.rates import rates_words
from kpixl.workbook.sheets.recent_rates import recent_rates, recent_rows
from kpixl.workbook.sheets.said import either, told
from kpixl.workbook.state import State
from kpixl.workbook.tables import (
    CHANNEL_LIST,
    CHANNELS,
    CLOSURES,
    CSF_LIST,
    CSFS,
    KGIS,
    LEVELS,
    MEMBER_LIST,
    MEMBERS,
    SEASONALITY,
    STAGES,
)
from kpixl.xlsx.address import column_letters

__all__ = ["WHOLE_PERIOD", "sheet", "whole_words"]

_LEVEL_LIST = "kpixl_level_list"
WHOLE_PERIOD = "kpixl_whole_period"
_KGI_ROWS, _CSF_ROWS = 3, 5
_SPARE = 3  # blank rows below channels and members, for those to come
_WIDE = 11
_WIDTHS: dict[str, float] = {"B": 23, "C": 24, "E": 15, "I": 15, "J": 22}
_Input = tuple[str, Content, str, str | tuple[str, ...] | None]
_ROUNDING = 0.0005  # of 100 %: thirds, written as 33.3 %


def sheet(state: State) -> Sheet:
    """Return the sheet with the settings of the plan."""
    plan = state.plan
    kgis = _kgis(plan, "B6")
    basics = kgis.area.bottom + 2
    channels = _channels(plan, f"B{basics + len(_inputs(plan)) + 3}")
    recent = channels.area.bottom + 2
    members = _members(plan, f"B{recent + recent_rows(plan) + 2}")
    later = members.area.bottom + 2
    csfs = _csfs(plan, f"B{later + 2}")
    below = csfs.area.bottom + 3
    stages = _stages(plan, f"B{below}")
    lists = (
        csfs,
        stages,
        _levels(plan, f"B{stages.area.bottom + 3}"),
        _seasonality(plan, f"G{below}"),
        _closures(plan, f"J{below}"),
    )
    wide = max(_WIDE, *(len(table.columns) for table in (kgis, channels, members)))
    return Sheet(
        say("sheet.settings"),
        blocks=(
            *titled(say("settings.title"), say("settings.lead")),
            ruled("B5", say("settings.goal_section"), wide),
            *_basics(state, basics),
            ruled(above(channels, 2), say("settings.channels_section"), wide),
            *_mix(plan, channels.area.top - 1),
            recent_rates(state, recent),
            ruled(above(members), say("settings.members_section"), wide),
            ruled(f"B{later}", say("settings.later_section"), wide),
            *(over(table, say(f"settings.{table.name.removeprefix('kpixl_')}_section")) for table in lists),
        ),
        tables=(kgis, channels, members, *lists),
        names={
            MEMBER_LIST: _listed(MEMBERS, "member"),
            CHANNEL_LIST: _listed(CHANNELS, "channel"),
            CSF_LIST: _listed(CSFS, "csf"),
            _LEVEL_LIST: _listed(LEVELS, "level"),
        },
        tab="typed",
        widths=_WIDTHS,
        print_columns=f"A:{column_letters(wide + 1)}",
    )


def _listed(table: str, key: str) -> str:
    """Return the reference to a column down to its last filled cell: with blank cells, a list accepts anything."""
    column = column_ref(table, key)
    last = f'SUMPRODUCT(MAX(({column}<>"")*(ROW({column})-ROW({headings_ref(table, key, key)}))))'
    return f"INDEX({column},1):INDEX({column},MAX(1,{last}))"


def whole_words() -> tuple[str, str]:
    """Return the words for yes and no to whether the settings apply to the whole period, including closed months."""
    return say("settings.whole_yes"), say("settings.whole_no")


def _basics(state: State, top: int) -> list[Block]:
    """Return the single cells of the plan, each between its label and what it is for."""
    inputs = _inputs(state.plan)
    cells = [
        named(f"kpixl_{key}", f"C{row}", content, style, typed=not isinstance(content, Calc), choices=choices)
        for row, (key, content, style, choices) in enumerate(inputs, top)
    ]
    lines = [[(say(f"settings.{key}"), "label"), None, (say(f"settings.{key}_help"), "note")] for key, *_ in inputs]
    place = [key for key, *_ in inputs].index("pace_by")
    del lines[place][1:]
    learned = named("kpixl_pace_note", f"D{top + place}", pace_note(state), "note", analysed=True)
    return [lettering(f"B{top}", lines), *cells, learned]


def _inputs(plan: Plan) -> tuple[_Input, ...]:
    """Return the key, content, style and choices of each cell: the goal, as the first KGI has it, and the inputs."""
    goal = Calc(f"INDEX({column_ref(KGIS, 'goal')},1)", plan.goal.value)
    return (
        ("goal", goal, "money", None),
        ("unit_value", plan.goal.unit_value, "money", None),
        ("start", plan.period.start, "month", None),
        ("months", plan.period.months, "count", "whole"),
        ("existing", plan.goal.existing, "money", None),
        ("weekend", weekend_word(plan.period.weekend), "digits", Suggested(weekend_choices())),
        ("currency", currency_words()[plan.currency], "text", tuple(currency_words().values())),
        ("stretch", plan.stretch, "share", None),
        ("rates_from", rates_words()[plan.by_actuals], "text", rates_words()),
        ("pace_by", pace_words()[plan.learns_days], "text", pace_words()),
        ("alert_after", plan.alert_after, "share", None),
        ("alert_up_to", plan.alert_up_to, "share", None),
        ("whole_period", whole_words()[1], "text", whole_words()),
    )


def _mix(plan: Plan, row: int) -> tuple[Block, Block]:
    """Return the label, the total of the mix, and a sentence on whether it is 100 %."""
    total = f"SUM({column_ref(CHANNELS, 'mix')})"
    value = math.fsum(channel.mix for channel in plan.channels)
    whole = Calc(f"ABS({total}-1)<{_ROUNDING}", abs(value - 1) < _ROUNDING)
    note = either(whole, told("settings.mix_whole"), told("settings.mix_other"))
    cells = Cell(Calc(total, value), "mix_total"), Cell(note, "note")
    return labels(f"B{row}", say("settings.mix_total")), Block(f"C{row}", (cells,), "kpixl_mix_total")


def _kgis(plan: Plan, at: str) -> Table:
    value, last_year, growth = (this_row(KGIS, key) for key in ("goal_value", "last_year", "growth"))
    formula = f'IF({value}<>"",{value},IF({last_year}="","",{last_year}*(1+{growth})))'
    words = {measure: say(f"measure.{measure or 'none'}") for measure in MEASURES}
    return table_of(
        at,
        KGIS,
        plan.kgis,
        (Column("kgi", "strong", typed=True), "name"),
        (Column("goal_value", "quantity", 14, typed=True), "value"),
        Column("last_year", "quantity", 14, typed=True),
        Column("growth", "growth", 12, typed=True),
        (Column("goal", "quantity", 14, formula), "target"),
        (Column("measure", typed=True, choices=tuple(words.values())), lambda kgi: words[kgi.measure]),
        Column("priority", "count", 12, typed=True, choices="whole"),
        Column("deadline", "date", 13, typed=True, choices="date"),
        Column("trade_off", width=30, typed=True),
        room=_KGI_ROWS,
        samples=frozenset((row, column) for row, kgi in enumerate(plan.kgis) if kgi.sample for column in (1, 2, 3)),
    )


def _csfs(plan: Plan, at: str) -> Table:
    name, why = Column("csf", "strong", 20, typed=True), Column("why", "note", 28, typed=True)
    return table_of(at, CSFS, plan.csfs, (name, "name"), (why, "note"), room=_CSF_ROWS, typed=True)


def _stages(plan: Plan, at: str) -> Table:
    return table_of(
        at,
        STAGES,
        plan.stages,
        (Column("stage", "strong"), "name"),
        Column("event", "key"),
        Column("capacity", "count", 12, typed=True),
        Column("days", "count", 12, typed=True, choices="whole"),
        typed=True,
    )


def _channels(plan: Plan, at: str) -> Table:
    return table_of(
        at,
        CHANNELS,
        plan.channels,
        (Column("channel", "strong", typed=True), "name"),
        Column("mix", "share", typed=True),
        *(
            (Column(key, "times" if plan.is_activity(step) else "rate", 13, typed=True), _rate(step))
            for step, key in enumerate(step_keys(plan.stages))
        ),
        Column("unit_value", "money", 14, typed=True),
        Column("cost_per_lead", "money", 13, typed=True),
        (Column("channel_capacity", "count", 12, typed=True), "capacity"),
        room=len(plan.channels) + _SPARE,
        typed=True,
    )


def _rate(step: int) -> Callable[[Channel], float]:
    return lambda channel: channel.rates[step]


def _members(plan: Plan, at: str) -> Table:
    return table_of(
        at,
        MEMBERS,
        plan.members,
        (Column("member", "strong", 14, typed=True), "name"),
        Column("team", width=12, typed=True),
        Column("level", width=12, typed=True, choices=f"={_LEVEL_LIST}"),
        (Column("territory", "weight", 11, typed=True), "weight"),
        Column("joined", "date", 12, typed=True, choices="date"),
        Column("left", "date", 12, typed=True, choices="date"),
        Column("ramp", "count", 13, typed=True),
        (Column("member_capacity", "count", 12, typed=True), "capacity"),
        Column("pinned", "count", 11, typed=True, choices="whole"),
        room=len(plan.members) + _SPARE,
        typed=True,
        samples=frozenset((row, 0) for row, member in enumerate(plan.members) if member.sample),
    )


def _levels(plan: Plan, at: str) -> Table:
    name, factor = Column("level", "strong", 12, typed=True), Column("factor", "weight", 10, typed=True)
    return table_of(at, LEVELS, plan.levels, (name, "name"), (factor, "factor"), room=1, typed=True)


def _seasonality(plan: Plan, at: str) -> Table:
    columns = Column("calendar_month", "count", 12), Column("weight", "weight", 10, typed=True)
    return Table(at, SEASONALITY, columns, [*enumerate(plan.period.seasonality, 1)], typed=True)


def _closures(plan: Plan, at: str) -> Table:
    columns = (
        Column("date", "date", 13, typed=True),
        Column("note", width=16, typed=True),
        Column("open", "share", 11, typed=True),
    )
    days = sorted([*((day, None) for day in plan.period.closures), *plan.period.part_days])
    rows = [(day, say("settings.holiday") if share is None else None, share) for day, share in days]
    return Table(at, CLOSURES, columns, rows or [(None, None, None)], typed=True)
