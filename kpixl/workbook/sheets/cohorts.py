"""コホート / Cohorts: deals by the month in which they began, what they will come to, and what is open.

Everything is written by a refresh from the deals of imported lists (`kpixl.tracking.deals`), with the day it is as of;
nothing native counts deals. Before there are deals, a sentence says what to import.
"""

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import pandas as pd

from kpixl.actuals import LOSS_REASON, attribute_name
from kpixl.plan import REVENUE
from kpixl.plan.currency import amount
from kpixl.texts import say
from kpixl.tracking import between, records, total, unjudged
from kpixl.tracking.cohorts import entry_cohorts
from kpixl.tracking.cycles import cycle_days
from kpixl.tracking.deals import open_deals
from kpixl.tracking.factors import loss_reasons, success_factors
from kpixl.tracking.pipeline import oldest_deals, open_pipeline
from kpixl.workbook.blocks import Block, Cell, Sheet, Value, figure, lettering
from kpixl.workbook.layout import leads, ruled, titled
from kpixl.workbook.sheets.customers import customers_block, has_customers
from kpixl.workbook.state import State, event_names

__all__ = ["sheet"]

_WIDTHS = dict(
    zip("BCDEFGHIJKLM", (18.0, 11.0, 15.0, 13.0, 13.0, 12.0, 20.0, 18.0, 13.0, 13.0, 12.0, 15.0), strict=True)
)
_ADDED = ["deals", "amount", "age_0", "age_1", "age_2", "age_3", "expected"]
_FIRST, _APART = 6, 3  # the row of the first title, and rows from the end of a list to the next title


@dataclass(frozen=True, eq=False)
class _List:
    """A list on the sheet: its name, its room for rows, its columns (the keys of their headings) and their styles.

    The first row of a `summed` list is the total.
    """

    name: str
    room: int
    columns: dict[str, str]
    summed: bool = False


_STAGES = _List(
    "pipeline",
    8,
    {"heading.stage": "strong", "heading.open_deals": "count", "heading.amount": "money"}
    | {f"heading.age_{place}": "count" for place in range(4)}
    | {"heading.expected_won": "money", "heading.low": "money", "heading.high": "money"},
    summed=True,
)
_MONTHS = _List(
    "cohorts",
    13,
    {"heading.entry_month": "month", "heading.entered": "count", "heading.orders": "count"}
    | {"heading.lost_deals": "count", "heading.open_deals": "count", "heading.rate_so_far": "rate"}
    | {"heading.orders_expected": "decimal", "heading.rate_expected": "rate"},
    summed=True,
)
_CYCLES = _List(
    "cycles",
    6,
    {"heading.channel": "strong", "heading.orders": "count", "heading.day_quarter": "decimal"}
    | {"heading.day_median": "decimal", "heading.day_three_quarters": "decimal"},
)
_FACTORS = _List(
    "factors",
    6,
    {"heading.attribute": "text", "heading.attribute_value": "strong", "heading.decided_deals": "count"}
    | {"heading.win_rate": "rate", "heading.average_rate": "rate", "heading.against_average": "text"},
)
_OLDEST = _List(
    "oldest",
    8,
    {"heading.id": "strong", "heading.member": "text", "heading.stage": "text", "heading.amount": "money"}
    | {"heading.days_open": "count", "heading.win_chance": "rate"},
)
_LOSSES = _List(
    "losses",
    8,
    {f"attribute.{LOSS_REASON}": "strong", "heading.lost_deals": "count", "heading.share_of_lost": "share"},
)


def sheet(state: State, *, frozen: bool = False) -> Sheet:
    """Return the sheet with the cohorts and the open deals; a `frozen` one has no room for what is to come."""
    frame = state.deals_now
    pipeline = _pipeline(state, frame)
    found: dict[_List, list[tuple[Value, ...]]] = {
        _STAGES: list(_stages(state, pipeline)),
        _MONTHS: list(_cohorts(state, frame)),
        _CYCLES: list(_cycles(frame)),
        _FACTORS: list(_factors(frame)),
        _OLDEST: list(_oldest(state, frame)),
        _LOSSES: list(_losses(frame)),
    }
    room = {shown: max(len(rows), 1) if frozen else shown.room for shown, rows in found.items()}
    months = _FIRST + room[_STAGES] + 1 + _APART
    cycles = months + room[_MONTHS] + 1 + _APART
    oldest = cycles + max(room[_CYCLES], room[_FACTORS]) + 1 + _APART
    customers = oldest + max(room[_OLDEST], room[_LOSSES]) + 1 + _APART
    places = {
        _STAGES: f"B{_FIRST}",
        _MONTHS: f"B{months}",
        _CYCLES: f"B{cycles}",
        _FACTORS: f"H{cycles}",
        _OLDEST: f"B{oldest}",
        _LOSSES: f"{'I' if frozen else 'H'}{oldest}",
    }
    listed = (block for shown, at in places.items() for block in _listed(at, shown, found[shown], room[shown]))
    valued = not frozen or has_customers(state)
    return Sheet(
        say("sheet.cohorts"),
        blocks=(
            *titled(say("cohorts.title")),
            _note(state, frame, pipeline),
            *listed,
            leads(f"B{months + room[_MONTHS] + 2}", say("cohorts.method")),
            *([customers_block(state, f"B{customers}")] if valued else []),
        ),
        widths=_WIDTHS,
        tab="computed",
        print_columns="A:M",
    )


def _listed(at: str, shown: _List, rows: Sequence[tuple[Value, ...]], room: int) -> Iterator[Block]:
    """Yield the title, the headings and the rows of a list, with blank ones until they fill its `room`."""
    left, top = at[0], int(at[1:])
    yield ruled(at, say(f"cohorts.{shown.name}_section"), len(shown.columns))
    yield lettering(f"{left}{top + 1}", [[(say(key), "heading") for key in shown.columns]])
    blank = (None,) * len(shown.columns)
    cells = []
    for place, row in enumerate([*rows, *[blank] * (room - len(rows))]):
        styles = [
            "subtotal" if style == "count" and shown.summed and place == 0 else style
            for style in shown.columns.values()
        ]
        cells.append(tuple(Cell(value, style) for value, style in zip(row, styles, strict=True)))
    yield Block(f"{left}{top + 2}", tuple(cells), f"kpixl_{shown.name}_deals", analysed=True, ruled=True)


def _pipeline(state: State, frame: pd.DataFrame | None) -> pd.DataFrame:
    if frame is None:
        return pd.DataFrame()
    return open_pipeline(frame, state.tracking.as_of, _until(state))


def _until(state: State) -> dt.date:
    """Return the day by which deals are looked at: the end of the month, and once it is over that of the next."""
    period, day = state.plan.period, state.tracking.as_of
    end = period.ends[period.month_of(day)]
    return end if day < end else (end + dt.timedelta(days=32)).replace(day=1) - dt.timedelta(days=1)


def _note(state: State, frame: pd.DataFrame | None, pipeline: pd.DataFrame) -> Block:
    """Return two lines: what the open deals come to, and what that is to the target of the month."""
    lines = (say("cohorts.nothing"), "") if frame is None else _sentences(state, frame, pipeline)
    return Block("B3", tuple((Cell(line or None, "lead"),) for line in lines), "kpixl_cohorts_note", analysed=True)


def _sentences(state: State, frame: pd.DataFrame, pipeline: pd.DataFrame) -> tuple[str, str]:
    day = state.tracking.as_of
    if not len(pipeline):
        return say("cohorts.none_open", day=day), ""
    total = pipeline.iloc[-1]
    first = [say("cohorts.open", day=day, deals=int(total["deals"]), amount=amount(total["amount"]))]
    then = []
    if pd.notna(total["expected"]) and total["amount"] > 0:
        when = "next_" if _month_over(state) else ""
        expected = {key: amount(total[key]) for key in ("expected", "low", "high")}
        first.append(say(f"cohorts.{when}expected", **expected))
        rest = _still_to_come(state)
        if rest > 0:
            then.append(say(f"cohorts.{when}coverage", rest=amount(rest), times=total["amount"] / rest))
    unknown = int(open_deals(frame)["begun"].isna().sum())
    if unknown:
        then.append(say("cohorts.no_age", deals=unknown))
    return " ".join(first), " ".join(then)


def _still_to_come(state: State) -> float:
    """Return what is missing to the target of the month, and once it is over that of the next; 0 where unknown."""
    plan, tracking = state.plan, state.tracking
    month, targets = plan.period.month_of(tracking.as_of), tracking.targets.team(REVENUE)
    if _month_over(state):
        return float(targets[month + 1]) if month + 1 < len(targets) else 0.0
    span = plan.period.starts[month], tracking.as_of
    if REVENUE in unjudged(plan, tracking.values, *span):
        return 0.0
    return float(targets[month]) - total(between(tracking.values, *span), REVENUE)


def _month_over(state: State) -> bool:
    """Say whether the day is the last one of its month; what deals are to bring is said by month in every report."""
    period, day = state.plan.period, state.tracking.as_of
    return day == period.ends[period.month_of(day)]


def _stages(state: State, pipeline: pd.DataFrame) -> Iterator[tuple[Value, ...]]:
    if not len(pipeline):
        return
    *stages, total = records(pipeline)
    most = _STAGES.room - 1
    if len(stages) > most:
        rest = pd.DataFrame(stages[most - 1 :])
        summed = {name: rest[name].sum(min_count=1) for name in _ADDED}
        stages = [*stages[: most - 1], summed | {"stage": say("cohorts.others"), "low": None, "high": None}]
    names = event_names(state.plan)
    keys = ("deals", "amount", "age_0", "age_1", "age_2", "age_3", "expected", "low", "high")
    named_rows = [(say("heading.total"), total), *((names.get(row["stage"], row["stage"]), row) for row in stages)]
    for name, row in named_rows:
        yield name or say("blank"), *(figure(row[key], None) for key in keys)


def _cohorts(state: State, frame: pd.DataFrame | None) -> Iterator[tuple[Value, ...]]:
    if frame is None:
        return
    found = entry_cohorts(frame, state.tracking.as_of).tail(_MONTHS.room - 1)
    if not found["entered"].sum():
        return
    total = {name: float(found[name].sum()) for name in ("entered", "won", "lost", "open", "expected")}
    total |= {"rate": total["won"] / total["entered"], "expected_rate": total["expected"] / total["entered"]}
    keys = ("entered", "won", "lost", "open", "rate", "expected", "expected_rate")
    months = [(row["month"].date(), row) for row in records(found)]
    for name, row in [(say("cohorts.months", months=len(found)), total), *months]:
        yield name, *(figure(row[key], None) for key in keys)


def _cycles(frame: pd.DataFrame | None) -> Iterator[tuple[Value, ...]]:
    for row in [] if frame is None else records(cycle_days(frame, "channel").head(_CYCLES.room)):
        figures = (figure(row[key], None) for key in ("orders", "quarter", "median", "three_quarters"))
        yield row["name"] or say("heading.total"), *figures


def _factors(frame: pd.DataFrame | None) -> Iterator[tuple[Value, ...]]:
    for row in [] if frame is None else records(success_factors(frame).head(_FACTORS.room)):
        channel = row["attribute"] == "channel"
        name = say("heading.channel") if channel else attribute_name(row["attribute"])
        figures = (figure(row[key], None) for key in ("deals", "rate", "average"))
        yield name, row["value"], *figures, say(f"factor.{row['verdict']}")


def _oldest(state: State, frame: pd.DataFrame | None) -> Iterator[tuple[Value, ...]]:
    names = event_names(state.plan)
    for row in [] if frame is None else records(oldest_deals(frame, state.tracking.as_of, _OLDEST.room)):
        figures = (figure(row[key], None) for key in ("amount", "days", "chance"))
        yield row["id"], row["member"] or None, names.get(row["stage"], row["stage"]) or None, *figures


def _losses(frame: pd.DataFrame | None) -> Iterator[tuple[Value, ...]]:
    if frame is None:
        return
    reasons = loss_reasons(frame)
    for reason, deals in reasons.head(_LOSSES.room).items():
        yield str(reason), float(deals), float(deals / reasons.sum())
