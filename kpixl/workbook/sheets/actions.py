"""施策ログ / Actions: measures, troubles and market changes, and whether the conversion rate concerned has changed.

The user types a row of the log; a refresh writes the effect on the rate beside it (in a live workbook: `live_actions`).
Beside the log are what worked for which rate, and a timeline with the attainment of each month and everything that
happened in it.
"""

import datetime as dt
import math
from collections.abc import Iterator

from kpixl.plan import Kpi
from kpixl.texts import say, section
from kpixl.tracking import Action, Outcome, Pending, Standing
from kpixl.workbook.blocks import Column, Sheet, Table, Value, points
from kpixl.workbook.books import Book
from kpixl.workbook.layout import THREE_LINES, above, beside, over, printed, side_by_side, titled
from kpixl.workbook.references import column_ref, looked_up, this_row
from kpixl.workbook.schema import kpi_key
from kpixl.workbook.sheets.agreements import agreements_table
from kpixl.workbook.sheets.kept import live_headline
from kpixl.workbook.sheets.live_actions import FOLLOWED, effect_blocks, outcome_formulas
from kpixl.workbook.sheets.review import month_rows
from kpixl.workbook.sheets.spills import live_widths
from kpixl.workbook.state import State
from kpixl.workbook.tables import ACTIONS, MONTHLY, STEP_EFFECTS

__all__ = ["log_rows", "read_actions", "sheet"]

TIMELINE = "kpixl_timeline"
_JUDGED: dict[str, tuple[str, float]] = {
    "rate_before": ("rate", 9),
    "rate_after": ("rate", 9),
    "rate_gap": ("points_unjudged", 9),
    "gap_low": ("points_unjudged", 9),
    "gap_high": ("points_unjudged", 9),
    "p_value": ("p_value", 8),
    "outcome": ("verdict", 20),
    "trials_needed": ("count", 11),
    "remark": ("remark", 36),
}
_BLANK_ROWS = 8
_LONGEST_NOTE = 60


def sheet(state: State) -> Sheet:
    """Return the sheet with the log of actions."""
    tables = side_by_side(state, (_log, _step_effects, _timeline, agreements_table))
    log, *others = tables
    live = beside(others[-1], above(log))
    title, wide = say("actions.log_section"), len(log.columns)
    return Sheet(
        say("sheet.actions"),
        blocks=(
            *titled(say("actions.title"), say("actions.lead")),
            *(
                over(table, say(f"actions.{key}_section"))
                for table, key in zip(others, ("steps", "timeline", "agreed"), strict=True)
            ),
            *live_headline(state, "B5", "kpixl_actions_head", title, wide),
            *(effect_blocks(state, live) if state.live else ()),
        ),
        tables=tuple(tables),
        widths=live_widths(live, 16) if state.live else {},
        heights=dict.fromkeys(range(7, 7 + max(len(table.rows) for table in tables)), THREE_LINES),
        freeze="A7",
        tab="typed",
        print_columns=printed(log),
    )


def read_actions(book: Book) -> tuple[Action | None, ...]:
    """Read the log, with an item for every row, so that each action keeps its position."""
    actions = []
    for row in book.rows(ACTIONS, blank=True):
        day = row.date("date", None)
        kind, step = (row.name(key) for key in ("kind", "step"))
        note = row.text("action")
        actions.append(Action(day, kind, step, note) if day else None)
    return tuple(actions)


def log_rows(state: State) -> list[tuple[dt.date, dict[str, Value]]]:
    """Return the rows of the log that have a day, each with its day, by the keys of its columns."""
    keys = "date", "kind", "step", "action", *_JUDGED
    judged = zip(state.tracking.actions, state.tracking.outcomes, strict=True)
    return [
        (action.day, dict(zip(keys, _row(state, action, found), strict=True))) for action, found in judged if action
    ]


def _log(state: State, at: str) -> Table:
    rows = [_row(state, *entry) for entry in _judged(state)]
    live = outcome_formulas(state.plan) if state.live else {}
    columns = (
        Column("date", "date", 12, typed=True, choices="date"),
        Column("kind", "remark", 10, typed=True, choices=tuple(section("action_kind").values())),
        Column("step", "text", 13, typed=True, choices=tuple(_steps(state))),
        Column("action", "text", 24, typed=True),
        *(Column(key, *look, live.get(key), analysed=True) for key, look in _JUDGED.items()),
    )
    return Table(at, ACTIONS, columns, rows or [_row(state, None, None)] * _BLANK_ROWS, keys=0)


def _judged(state: State) -> Iterator[tuple[Action | None, Outcome | Pending | None]]:
    """Yield each action with its outcome; a live workbook follows only the first `FOLLOWED` rows."""
    for index, (action, outcome) in enumerate(zip(state.tracking.actions, state.tracking.outcomes, strict=True)):
        yield action, None if state.live and index >= FOLLOWED else outcome


def _row(state: State, action: Action | None, found: Outcome | Pending | None) -> tuple[Value, ...]:
    if action is None:
        return (*[None] * 4, *[state.nothing] * len(_JUDGED))
    typed = (action.day, action.kind, action.step, action.note)
    if found is None:
        return (*typed, *[""] * (len(_JUDGED) - 1), say("live.beyond", rows=FOLLOWED))
    if isinstance(found, Pending):
        return (*typed, *[state.nothing] * (len(_JUDGED) - 1), say(f"actions.{found}"))
    needed = state.nothing if math.isinf(found.trials_needed) else math.ceil(found.trials_needed)
    rates = (found.before, found.after, *map(points, (found.difference, found.low, found.high)))
    return (*typed, *rates, found.p, say(f"verdict.{found.judged}"), needed, " ".join(_remark(found)))


def _remark(found: Outcome) -> Iterator[str]:
    """Yield what the numbers mean, in sentences."""
    verdict = f"actions.outcome_{found.verdict}"
    yield say(verdict, before=found.trials_before, after=found.trials_after, days=found.days)
    if found.overlaps:
        yield say("actions.overlaps")
    elif found.standing != Standing.NONE:
        yield say(f"standing_of.{found.standing}")


def _step_effects(state: State, at: str) -> Table:
    """Return a row per rate: how many actions concerned it, how they were judged, and which one helped most."""
    own = f"{column_ref(ACTIONS, 'step')},{this_row(STEP_EFFECTS, 'step')}"
    outcome = column_ref(ACTIONS, "outcome")
    verdicts = {key: say(f"verdict.{key}") for key in ("better", "unclear", "worse")}
    counted = (
        Column(f"verdict.{key}", "count", 14, f'COUNTIFS({own},{outcome},"{word}")') for key, word in verdicts.items()
    )
    columns = (
        Column("step", "strong", 26),
        Column("count", "count", 8, f"COUNTIFS({own})"),
        *counted,
        Column("best_action", "remark", 36),
    )
    rows: list[tuple[Value, ...]] = []
    for name in _steps(state):
        judged = [(action, result) for action, result in _judged(state) if action and action.step == name]
        known = [(action, result) for action, result in judged if isinstance(result, Outcome)]
        good = [(result.difference, action.note) for action, result in known if result.judged == "better"]
        counts = (sum(result.judged == key for _, result in known) for key in verdicts)
        rows.append((name, len(judged), *counts, max(good)[1] if good else None))
    return Table(at, STEP_EFFECTS, columns, rows)


def _timeline(state: State, at: str) -> Table:
    """Return a row per month: the attainment of every KPI, the measures taken, and what happened."""
    kinds = {"measure": "measures", "trouble": "troubles", "market": "market"}
    words = [say(f"action_kind.{kind}") for kind in kinds]
    rows = [
        (*figures, *(_told(state, start, word) for word in words))
        for start, figures in zip(state.plan.period.starts, month_rows(state), strict=True)
    ]
    columns = (
        Column("month", "month", 12),
        *(Column(kpi_key(kpi), "attainment", 11, _attainment(kpi)) for kpi in state.plan.kpis),
        *(Column(key, "remark", 36) for key in kinds.values()),
    )
    return Table(at, TIMELINE, columns, rows)


def _attainment(kpi: Kpi) -> str:
    return f'IFERROR({looked_up(MONTHLY, kpi_key(kpi), "month", this_row(TIMELINE, "month"))},"")'


def _told(state: State, month: dt.date, kind: str) -> str | None:
    """Return the log's entries of one kind in a month, by date."""
    log = zip(state.tracking.actions, state.tracking.outcomes, strict=True)
    entries = [
        (action, outcome)
        for action, outcome in log
        if action and action.kind == kind and action.day.replace(day=1) == month
    ]
    return "\n".join(_event(*entry) for entry in sorted(entries, key=lambda entry: entry[0].day)) or None


def _event(action: Action, found: Outcome | Pending | None) -> str:
    full = len(action.note) <= _LONGEST_NOTE
    note = (action.note if full else action.note[: _LONGEST_NOTE - 1] + "…") or action.step
    if isinstance(found, Outcome):
        return say("actions.event_judged", day=action.day, note=note, verdict=say(f"verdict.{found.judged}"))
    return say("actions.event", day=action.day, note=note)


def _steps(state: State) -> list[str]:
    return [state.plan.step_name(step) for step in range(len(state.plan.stages) - 1)]
