"""チャネル / Channels: where the month's figures came from, against the targets of the channels."""

from kpixl.plan import Stage
from kpixl.texts import say
from kpixl.tracking import between, breakdown
from kpixl.workbook.blocks import Column, Sheet, Table, Value
from kpixl.workbook.layout import leads, titled
from kpixl.workbook.schema import Key, kpi_key
from kpixl.workbook.sheets.reasons import unknown
from kpixl.workbook.state import State

__all__ = ["page", "shown"]


def page(state: State) -> Sheet:
    """Return the page of channels; its rows sum to the team's figures."""
    plan, tracking = state.plan, state.tracking
    start, end = state.span
    actual = breakdown(plan, tracking.values, "channel", start, end)
    month = plan.period.month_of(tracking.as_of)
    targets = tracking.targets.by_channel[:, month].T
    first, last = plan.stages[0], plan.stages[-1]
    listed = {channel.name: row for channel, row in zip(plan.channels, targets, strict=True)}
    blank = unknown(state)
    seen = set(between(tracking.values, plan.period.start, end)["channel"])
    silent = {channel.name for channel in plan.channels} - seen
    rows: list[tuple[Value, ...]] = []
    for name in actual.index:
        asked = (int(listed[name][0]), int(listed[name][-1])) if name in listed else (None, None)
        done = (None if kpi.key in blank or name in silent else float(actual[kpi.key][name]) for kpi in plan.kpis)
        rows.append((shown(name), *asked, *done))
    sums = (None if kpi.key in blank else float(actual[kpi.key].sum()) for kpi in plan.kpis)
    rows.append((say("heading.total"), int(targets[:, 0].sum()), int(targets[:, -1].sum()), *sums))
    missing = say("join").join(shown(name) for name in actual.index if name in silent)
    columns = (
        Column("channel", "strong", 20),
        Column(_target_of(first), "count", 13),
        Column(_target_of(last), "count", 13),
        *(Column(kpi_key(kpi), "money" if kpi.money else "count", 14) for kpi in plan.kpis),
    )
    return Sheet(
        say("page.channels"),
        blocks=(
            *titled(say("page.channels"), say("channels.lead")),
            *([leads("B4", say("channels.not_recorded", channels=missing))] if missing else []),
        ),
        tables=(Table("B6", "report_channels", columns, rows, summed=True),),
        one_page=True,
    )


def _target_of(stage: Stage) -> Key:
    return Key(f"target_of.{stage.event}", say("heading.target_of", stage=stage.name))


def shown(name: str) -> str:
    """Return the name of a member or channel as shown, with a word for events that have none."""
    return name or say("blank")
