"""設定 / Settings: what the user decides: goals, success factors, period, funnel, channels, people, days off.

All of it is typed, but for the goals that are told as a growth on last year. Lists that grow stand side by side, so
that nothing is in the way below them. `kpixl.workbook.reading` reads a plan back from here.
"""

from kpixl.plan import Plan
from kpixl.plan.goals import MEASURES
from kpixl.texts import say
from kpixl.workbook.blocks import (
    Block,
    Calc,
    Cell,
    Column,
    Content,
    Sheet,
    Table,
    Value,
    column_ref,
    lettering,
    this_row,
)
from kpixl.workbook.layout import over, ruled, titled
from kpixl.workbook.schema import step_keys
from kpixl.workbook.state import State
from kpixl.xlsx.address import column_letters

__all__ = [
    "CHANNELS",
    "CHANNEL_LIST",
    "CLOSURES",
    "CSFS",
    "CSF_LIST",
    "KGIS",
    "LEVELS",
    "MEMBERS",
    "MEMBER_LIST",
    "SEASONALITY",
    "STAGES",
    "WHOLE_PERIOD",
    "measure_words",
    "sheet",
    "whole_words",
]

KGIS, CSFS, STAGES, CHANNELS = "kpixl_kgis", "kpixl_csfs", "kpixl_stages", "kpixl_channels"
MEMBERS, LEVELS = "kpixl_members", "kpixl_levels"
CLOSURES, SEASONALITY = "kpixl_closures", "kpixl_seasonality"
MEMBER_LIST, CHANNEL_LIST, CSF_LIST = "kpixl_member_list", "kpixl_channel_list", "kpixl_csf_list"
_LEVEL_LIST = "kpixl_level_list"
WHOLE_PERIOD = "kpixl_whole_period"
_BASICS, _KGI_ROWS, _CSF_ROWS = 7, 3, 5


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
        widths={"B": 22, "C": 16},
        paper="A3",
        one_page=True,
    )


def measure_words() -> dict[str, str]:
    """Return the word for each measure of a KGI."""
    return {measure: say(f"measure.{measure or 'none'}") for measure in MEASURES}


def whole_words() -> tuple[str, str]:
    """Return the words for applying the settings to the whole period, closed months included, or not: yes and no."""
    return say("settings.whole_yes"), say("settings.whole_no")


def _basics(plan: Plan) -> list[Block]:
    """Return the plan's single cells: the goal, which follows from the first KGI, and what is typed beside it."""
    goal = Calc(f"INDEX({column_ref(KGIS, 'goal')},1)", plan.goal.value)
    inputs: tuple[tuple[str, Content, str], ...] = (
        ("goal", goal, "money"),
        ("unit_value", plan.goal.unit_value, "money"),
        ("existing", plan.goal.existing, "money"),
        ("start", plan.period.start, "month"),
        ("months", plan.period.months, "count"),
        ("stretch", plan.stretch, "share"),
        ("whole_period", whole_words()[1], "text"),
    )
    choices: dict[str, str | tuple[str, ...]] = {"months": "whole", "whole_period": whole_words()}
    cells = [
        Block(
            f"C{row}",
            ((Cell(content, style),),),
            f"kpixl_{key}",
            typed=not isinstance(content, Calc),
            choices=choices.get(key),
        )
        for row, (key, content, style) in enumerate(inputs, 6)
    ]
    labels = [[(say(f"settings.{key}"), "label"), None, (say(f"settings.{key}_help"), "lead")] for key, _, _ in inputs]
    return [lettering("B6", labels), *cells]


def _kgis(plan: Plan, at: str) -> Table:
    value, last_year, growth = ("goal_value", "last_year", "growth")
    formula = (
        f'IF({this_row(KGIS, value)}<>"",{this_row(KGIS, value)},'
        f'IF({this_row(KGIS, last_year)}="","",{this_row(KGIS, last_year)}*(1+{this_row(KGIS, growth)})))'
    )
    rows: list[tuple[Value, ...]] = [
        (
            kgi.name,
            say(f"measure.{kgi.measure or 'none'}"),
            kgi.priority,
            kgi.last_year,
            kgi.growth,
            kgi.value,
            kgi.target,
            kgi.deadline,
            kgi.trade_off or None,
        )
        for kgi in plan.kgis
    ]
    return Table(
        at,
        KGIS,
        (
            Column("kgi", "strong", typed=True),
            Column("measure", typed=True, choices=tuple(measure_words().values())),
            Column("priority", "count", 12, typed=True, choices="whole"),
            Column(last_year, "quantity", 14, typed=True),
            Column(growth, "points", 12, typed=True),
            Column(value, "quantity", 14, typed=True),
            Column("goal", "quantity", 14, formula),
            Column("deadline", "date", 13, typed=True, choices="date"),
            Column("trade_off", width=30, typed=True),
        ),
        [*rows, *_blank(9, _KGI_ROWS - len(rows), computed=6)],
        samples=frozenset((row, column) for row, kgi in enumerate(plan.kgis) if kgi.sample for column in (3, 4, 5)),
    )


def _csfs(plan: Plan, at: str) -> Table:
    rows: list[tuple[Value, ...]] = [(csf.name, csf.note or None) for csf in plan.csfs]
    return Table(
        at,
        CSFS,
        (Column("csf", "strong", 22, typed=True), Column("why", width=30, typed=True)),
        [*rows, *_blank(2, _CSF_ROWS - len(rows))],
        typed=True,
    )


def _stages(plan: Plan, at: str) -> Table:
    return Table(
        at,
        STAGES,
        (
            Column("stage", "strong"),
            Column("event", "key"),
            Column("capacity", "count", 12, typed=True),
            Column("days", "count", 12, typed=True, choices="whole"),
        ),
        [(stage.name, stage.event, stage.capacity, stage.days) for stage in plan.stages],
        typed=True,
    )


def _channels(plan: Plan, at: str) -> Table:
    steps = step_keys(plan.stages)
    return Table(
        at,
        CHANNELS,
        (
            Column("channel", "strong", typed=True),
            Column("mix", "share", typed=True),
            *(
                Column(key, "times" if plan.is_activity(step) else "rate", 13, typed=True)
                for step, key in enumerate(steps)
            ),
            Column("unit_value", "money", 14, typed=True),
            Column("cost_per_lead", "money", 13, typed=True),
            Column("channel_capacity", "count", 12, typed=True),
        ),
        [
            (channel.name, channel.mix, *channel.rates, channel.unit_value, channel.cost_per_lead, channel.capacity)
            for channel in plan.channels
        ],
        typed=True,
    )


def _members(plan: Plan, at: str) -> Table:
    return Table(
        at,
        MEMBERS,
        (
            Column("member", "strong", 14, typed=True),
            Column("team", width=12, typed=True),
            Column("level", width=12, typed=True, choices=f"={_LEVEL_LIST}"),
            Column("territory", "weight", 11, typed=True),
            Column("joined", "date", 12, typed=True, choices="date"),
            Column("left", "date", 12, typed=True, choices="date"),
            Column("ramp", "count", 17, typed=True),
            Column("member_capacity", "count", 12, typed=True),
            Column("pinned", "count", 11, typed=True, choices="whole"),
        ),
        [
            (m.name, m.team or None, m.level or None, m.weight, m.joined, m.left, m.ramp, m.capacity, m.pinned)
            for m in plan.members
        ],
        typed=True,
        samples=frozenset((row, 0) for row, member in enumerate(plan.members) if member.sample),
    )


def _levels(plan: Plan, at: str) -> Table:
    return Table(
        at,
        LEVELS,
        (
            Column("level", "strong", 12, typed=True),
            Column("factor", "weight", 10, typed=True),
        ),
        [(level.name, level.factor) for level in plan.levels] or [(None, None)],
        typed=True,
    )


def _seasonality(plan: Plan, at: str) -> Table:
    return Table(
        at,
        SEASONALITY,
        (
            Column("calendar_month", "count", 12),
            Column("weight", "weight", 10, typed=True),
        ),
        [(month, weight) for month, weight in enumerate(plan.period.seasonality, 1)],
        typed=True,
    )


def _closures(plan: Plan, at: str) -> Table:
    return Table(
        at,
        CLOSURES,
        (Column("date", "date", 13, typed=True), Column("note", width=16, typed=True)),
        [(day, say("settings.holiday")) for day in plan.period.closures] or [(None, None)],
        typed=True,
    )


def _blank(columns: int, rows: int, computed: int | None = None) -> list[tuple[Value, ...]]:
    """Return rows to type into; a computed column shows "" in them."""
    return [tuple("" if place == computed else None for place in range(columns))] * max(rows, 0)
