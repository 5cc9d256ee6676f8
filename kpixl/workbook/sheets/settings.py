"""設定 / Settings: what the user decides: goals, success factors, period, funnel, channels, members, days off.

Everything is typed except the values that follow from the typed goals. Lists that may grow are side by side, so that
there is room below them. `kpixl.workbook.reading` reads the plan back from this sheet.
"""

from collections.abc import Callable

from kpixl.plan import Channel, Plan
from kpixl.plan.goals import MEASURES
from kpixl.plan.weekend import weekend_choices, weekend_word
from kpixl.texts import say
from kpixl.workbook.blocks import Block, Calc, Column, Content, Sheet, Table, lettering, table_of
from kpixl.workbook.choices import Suggested
from kpixl.workbook.layout import named, over, ruled, titled
from kpixl.workbook.references import column_ref, this_row
from kpixl.workbook.schema import step_keys
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
_BASICS, _KGI_ROWS, _CSF_ROWS = 8, 3, 5


def sheet(state: State) -> Sheet:
    """Return the sheet with the settings of the plan."""
    plan = state.plan
    goals = 6 + _BASICS + 2
    stages = goals + max(len(plan.kgis), _KGI_ROWS) + 3
    channels = stages + len(plan.stages) + 3
    right = 2 + max(9, 5 + len(plan.stages)) + 1
    people, weights, days = (column_letters(right + columns) for columns in (0, 10, 13))
    tables = (
        _kgis(plan, f"B{goals}"),
        _csfs(plan, "I6"),
        _stages(plan, f"B{stages}"),
        _channels(plan, f"B{channels}"),
        _members(plan, f"{people}6"),
        _seasonality(plan, f"{weights}6"),
        _levels(plan, f"{weights}{6 + 12 + 3}"),
        _closures(plan, f"{days}6"),
    )
    return Sheet(
        say("sheet.settings"),
        blocks=(
            *titled(say("settings.title"), say("settings.lead")),
            ruled("B5", say("settings.goal_section"), 2),
            *_basics(plan),
            *(over(table, say(f"settings.{table.name.removeprefix('kpixl_')}_section")) for table in tables),
        ),
        tables=tables,
        names={
            MEMBER_LIST: column_ref(MEMBERS, "member"),
            CHANNEL_LIST: column_ref(CHANNELS, "channel"),
            CSF_LIST: column_ref(CSFS, "csf"),
            _LEVEL_LIST: column_ref(LEVELS, "level"),
        },
        tab="typed",
        widths={"B": 21, "C": 16},
        print_columns=f"A:{column_letters(right - 3)},{people}:{column_letters(right + 15)}",
        paper="A3",
    )


def whole_words() -> tuple[str, str]:
    """Return the words for yes and no to whether the settings apply to the whole period, including closed months."""
    return say("settings.whole_yes"), say("settings.whole_no")


def _basics(plan: Plan) -> list[Block]:
    """Return the single cells of the plan: the goal, which follows from the first KGI, and the typed inputs."""
    goal = Calc(f"INDEX({column_ref(KGIS, 'goal')},1)", plan.goal.value)
    inputs: tuple[tuple[str, Content, str], ...] = (
        ("goal", goal, "money"),
        ("unit_value", plan.goal.unit_value, "money"),
        ("existing", plan.goal.existing, "money"),
        ("start", plan.period.start, "month"),
        ("months", plan.period.months, "count"),
        ("stretch", plan.stretch, "share"),
        ("whole_period", whole_words()[1], "text"),
        ("weekend", weekend_word(plan.period.weekend), "digits"),
    )
    choices: dict[str, str | tuple[str, ...]] = {
        "months": "whole",
        "whole_period": whole_words(),
        "weekend": Suggested(weekend_choices()),
    }
    cells = [
        named(f"kpixl_{key}", f"C{row}", content, style, typed=not isinstance(content, Calc), choices=choices.get(key))
        for row, (key, content, style) in enumerate(inputs, 6)
    ]
    told = [[(say(f"settings.{key}"), "label"), None, (say(f"settings.{key}_help"), "lead")] for key, *_ in inputs]
    return [lettering("B6", told), *cells]


def _kgis(plan: Plan, at: str) -> Table:
    value, last_year, growth = (this_row(KGIS, key) for key in ("goal_value", "last_year", "growth"))
    formula = f'IF({value}<>"",{value},IF({last_year}="","",{last_year}*(1+{growth})))'
    words = {measure: say(f"measure.{measure or 'none'}") for measure in MEASURES}
    return table_of(
        at,
        KGIS,
        plan.kgis,
        (Column("kgi", "strong", typed=True), "name"),
        (Column("measure", typed=True, choices=tuple(words.values())), lambda kgi: words[kgi.measure]),
        Column("priority", "count", 12, typed=True, choices="whole"),
        Column("last_year", "quantity", 14, typed=True),
        Column("growth", "growth", 12, typed=True),
        (Column("goal_value", "quantity", 14, typed=True), "value"),
        (Column("goal", "quantity", 14, formula), "target"),
        Column("deadline", "date", 13, typed=True, choices="date"),
        Column("trade_off", width=30, typed=True),
        room=_KGI_ROWS,
        samples=frozenset((row, column) for row, kgi in enumerate(plan.kgis) if kgi.sample for column in (3, 4, 5)),
    )


def _csfs(plan: Plan, at: str) -> Table:
    name, why = Column("csf", "strong", 20, typed=True), Column("why", width=28, typed=True)
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
        Column("ramp", "count", 17, typed=True),
        (Column("member_capacity", "count", 12, typed=True), "capacity"),
        Column("pinned", "count", 11, typed=True, choices="whole"),
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
