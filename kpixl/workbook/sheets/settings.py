"""設定 / Settings: what the user decides: goal, period, funnel, channels, members, days off. All of it is typed.

This module also reads a plan back from these cells, so that a plan has one home.
"""

from itertools import pairwise

from kpixl.engine.numbers import is_whole
from kpixl.errors import InvalidPlan
from kpixl.plan import Channel, Goal, Member, Period, Plan, Stage
from kpixl.texts import say, speaking
from kpixl.workbook.blocks import Block, Cell, Column, Sheet, Table, Value, lettering
from kpixl.workbook.books import Book
from kpixl.workbook.state import State
from kpixl.xlsx.address import column_letters

__all__ = ["CHANNELS", "CLOSURES", "MEMBERS", "SEASONALITY", "STAGES", "read_plan", "sheet"]

STAGES, CHANNELS, MEMBERS = "kpixl_stages", "kpixl_channels", "kpixl_members"
CLOSURES, SEASONALITY = "kpixl_closures", "kpixl_seasonality"


def sheet(state: State) -> Sheet:
    """Return the sheet with the settings of the plan."""
    plan = state.plan
    inputs: tuple[tuple[str, Value, str], ...] = (
        ("goal", plan.goal.value, "money"),
        ("unit_value", plan.goal.unit_value, "money"),
        ("existing", plan.goal.existing, "money"),
        ("start", plan.period.start, "month"),
        ("months", plan.period.months, "count"),
    )
    labels = lettering("B5", [[(say(f"settings.{key}"), "label")] for key, _, _ in inputs])
    return Sheet(
        say("sheet.settings"),
        blocks=(
            lettering("B2", [[(say("settings.title"), "title")]]),
            lettering("B3", [[(say("settings.lead"), "lead")]]),
            lettering("B4", [[(say("settings.goal_section"), "section"), ("", "section")]]),
            labels,
            *(
                Block(f"C{row}", ((Cell(value, style),),), f"kpixl_{key}", typed=True)
                for row, (key, value, style) in enumerate(inputs, 5)
            ),
            *(
                lettering(f"{column}{row}", [[(say(f"settings.{key}_section"), "section"), *[("", "section")] * more]])
                for column, row, key, more in (
                    ("E", 4, "stages", 2),
                    ("I", 4, "seasonality", 1),
                    ("B", _channels_row(plan) - 1, "channels", len(plan.stages)),
                    (_beside(plan, 0), 4, "members", 2),
                    (_beside(plan, 4), 4, "closures", 1),
                )
            ),
        ),
        tables=(_channels(plan), _stages(plan), _members(plan), _seasonality(plan), _closures(plan)),
        tab="typed",
        widths={"B": 18, "C": 16},
    )


def _channels(plan: Plan) -> Table:
    steps = [plan.step_name(step) for step in range(len(plan.stages) - 1)]
    return Table(
        f"B{_channels_row(plan)}",
        CHANNELS,
        (
            Column(say("heading.channel"), width=18, typed=True),
            Column(say("heading.mix"), "share", 16, typed=True),
            *(Column(step, "rate", 13, typed=True) for step in steps),
        ),
        [(channel.name, channel.mix, *channel.rates) for channel in plan.channels],
        typed=True,
    )


def _stages(plan: Plan) -> Table:
    return Table(
        "E5",
        STAGES,
        (
            Column(say("heading.stage"), "strong", 12),
            Column(say("heading.event"), "key", 11),
            Column(say("heading.capacity"), "count", 12, typed=True),
        ),
        [(stage.name, stage.event, stage.capacity) for stage in plan.stages],
        typed=True,
    )


def _members(plan: Plan) -> Table:
    return Table(
        f"{_beside(plan, 0)}5",
        MEMBERS,
        (
            Column(say("heading.member"), width=14, typed=True),
            Column(say("heading.weight"), "weight", 9, typed=True),
            Column(say("heading.joined"), "date", 12, typed=True),
        ),
        [(member.name, member.weight, member.joined) for member in plan.members],
        typed=True,
    )


def _seasonality(plan: Plan) -> Table:
    return Table(
        "I5",
        SEASONALITY,
        (
            Column(say("heading.calendar_month"), "count", 8),
            Column(say("heading.weight"), "weight", 9, typed=True),
        ),
        [(month, weight) for month, weight in enumerate(plan.period.seasonality, 1)],
        typed=True,
    )


def _closures(plan: Plan) -> Table:
    return Table(
        f"{_beside(plan, 4)}5",
        CLOSURES,
        (Column(say("heading.date"), "date", 13, typed=True), Column(say("heading.note"), width=16, typed=True)),
        [(day, say("settings.holiday")) for day in plan.period.closures] or [(None, None)],
        typed=True,
    )


def _channels_row(plan: Plan) -> int:
    """Return the row of the channels' headings, below the stages and the months, neither of which grows."""
    return 5 + max(len(plan.stages), 12) + 4


def _beside(plan: Plan, columns: int) -> str:
    """Return the letter of a column to the right of everything that lists grow under."""
    return column_letters(max(2 + len(plan.stages), 10) + 2 + columns)


def _whole(months: float) -> int:
    if not is_whole(months):
        raise InvalidPlan("plan_months", given=months)
    return round(months)


def read_plan(book: Book) -> Plan:
    """Read the plan back from the settings of a workbook.

    Raises
    ------
    InvalidPlan
        When a cell holds the wrong kind of value (with its sheet and address) or the plan is not sound.
    """
    with speaking(book.language):
        stages = tuple(
            Stage(
                row.required(say("heading.event")),
                row.required(say("heading.stage")),
                row.number(say("heading.capacity"), None),
            )
            for row in book.rows(STAGES)
        )
        steps = [f"{first.name}→{second.name}" for first, second in pairwise(stages)]
        return Plan(
            template=book.template,
            language=book.language,
            goal=Goal(book.number("kpixl_goal"), book.number("kpixl_unit_value"), book.number("kpixl_existing")),
            period=Period(
                book.date("kpixl_start").replace(day=1),
                _whole(book.number("kpixl_months")),
                tuple(sorted({day for row in book.rows(CLOSURES) if (day := row.date(say("heading.date"), None))})),
                tuple(row.number(say("heading.weight")) for row in book.rows(SEASONALITY)),
            ),
            stages=stages,
            channels=tuple(
                Channel(
                    row.required(say("heading.channel")),
                    row.number(say("heading.mix")),
                    tuple(row.number(step) for step in steps),
                )
                for row in book.rows(CHANNELS)
            ),
            members=tuple(
                Member(
                    row.required(say("heading.member")),
                    row.number(say("heading.weight"), 1.0),
                    row.date(say("heading.joined"), None),
                )
                for row in book.rows(MEMBERS)
            ),
        )
