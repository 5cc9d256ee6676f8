"""The effect of each measure in a live workbook: KPI_EFFECT over the trials and successes before and after it.

The counts are native formulas on the log and the actuals, in a block with a row for each row of the log: equal spans
before and after its date, as in `kpixl.tracking.actions`. The cells of the log take rates and difference from there.
Whether a difference is an effect no formula can tell: a refresh writes it beside, with the day and step of the row that
it is of; of any other row it is not known.
"""

import datetime as dt
from dataclasses import astuple

from kpixl.engine.rates import Verdict
from kpixl.plan import Plan
from kpixl.texts import say, section
from kpixl.tracking import LONGEST, Counted, Outcome, Pending, Standing, counted
from kpixl.workbook.blocks import Block, Calc, Cell, Value, lettering
from kpixl.workbook.layout import ruled
from kpixl.workbook.references import column_ref, row_number, this_row
from kpixl.workbook.sheets.formulas import event_formula, quoted
from kpixl.workbook.sheets.spills import Given, cell_of, sentence, spilled, text_from
from kpixl.workbook.state import State
from kpixl.workbook.tables import ACTIONS, STEP_EFFECTS
from kpixl.xlsx.address import Area, address

__all__ = ["FOLLOWED", "effect_blocks", "outcome_formulas"]

COUNTS, EFFECTS, STANDINGS = "kpixl_live_counts", "kpixl_live_effect", "kpixl_live_standing"
_COUNTED = ("days", "won_before", "tried_before", "won_after", "tried_after", "comparable")
_DAYS, _WON_BEFORE, _TRIED_BEFORE, _WON_AFTER, _TRIED_AFTER, _COMPARABLE = range(1, 7)
_DIFFERENCES = ("rate_gap", "gap_low", "gap_high")
_ANSWERED = {
    **dict.fromkeys(_DIFFERENCES, "rate"),
    "p_value": "p_value",
    "trials_needed": "count",
    "outcome": "verdict",
}
FOLLOWED = 100  # rows of the log that are evaluated; in those below, the remark says so
_NOTHING: tuple[Value, ...] = ("",) * len(_COUNTED)
_EPOCH = dt.date(1899, 12, 30)  # day 0 of a spreadsheet's dates
_ARROW = '"→"'  # separates the stages in the name of a step


def effect_blocks(state: State, at: str) -> tuple[Block, ...]:
    """Return the blocks side by side, with the title of their section at `at`."""
    left, top, *_ = Area.parse(at)
    beyond = left + len(_COUNTED) + len(_ANSWERED) + 2
    found = _counts(state)
    formulas = [_formulas(state.plan, row, address(left, top + 2 + row)) for row in range(FOLLOWED)]
    counts = tuple(
        tuple(Cell(Calc(*pair), "count") for pair in zip(*row, strict=True))
        for row in zip(formulas, found, strict=True)
    )
    comparable = [known[_COMPARABLE - 1] == 1 for known in found]
    asked = [
        Given(
            f"IF(INDEX({COUNTS},0,{_COMPARABLE})=1,INDEX({COUNTS},0,{place}),{otherwise})",
            [known[place - 1] if sound else otherwise for known, sound in zip(found, comparable, strict=True)],
        )
        for place, otherwise in ((_WON_BEFORE, 0), (_TRIED_BEFORE, 1), (_WON_AFTER, 0), (_TRIED_AFTER, 1))
    ]
    return (
        ruled(at, say("live.section")),
        lettering(address(left, top + 1), [[(say(f"live.{key}"), "heading") for key in _COUNTED]]),
        Block(address(left, top + 2), counts, COUNTS),
        *spilled(
            address(left + len(_COUNTED) + 1, top + 1),
            EFFECTS,
            "KPI_EFFECT",
            asked,
            _ANSWERED,
            ["count"] * len(found),
            unless=Given(f"INDEX({COUNTS},0,{_COMPARABLE})<>1", [not sound for sound in comparable]),
        ),
        lettering(address(beyond, top + 1), [[(say(key), "heading") for key in ("live.of_row", "live.standing")]]),
        Block(address(beyond, top + 2), _standings(state), STANDINGS, analysed=True),
    )


def _standings(state: State) -> tuple[tuple[Cell, ...], ...]:
    """Return for each row of the log what it is, by day and step, and what its difference is called."""
    rows: list[tuple[str | None, str | None]] = []
    for action, found in zip(state.tracking.actions[:FOLLOWED], state.tracking.outcomes, strict=False):
        told = isinstance(found, Outcome) and found.standing is not Standing.NONE
        row = f"{(action.day - _EPOCH).days}|{action.step}" if action and told else None
        rows.append((row, str(_called(found)) if isinstance(found, Outcome) and told else None))
    rows += [(None, None)] * (FOLLOWED - len(rows))
    return tuple((Cell(row, "text"), Cell(told, "text")) for row, told in rows)


def _called(found: Outcome) -> Standing:
    """Return what is known of a difference; where something else happened too, it is no effect."""
    return Standing.DIFFERENCE if found.overlaps and found.standing is Standing.EFFECT else found.standing


def outcome_formulas(plan: Plan) -> dict[str, str]:
    """Return the formulas of the log's columns, by key."""
    date = "date"
    count = {place: cell_of(COUNTS, ACTIONS, date, place) for place in range(1, len(_COUNTED) + 1)}
    read = {key: cell_of(EFFECTS, ACTIONS, date, place) for place, key in enumerate(_ANSWERED, 1)}
    formulas = {
        "rate_before": f"{count[_WON_BEFORE]}/{count[_TRIED_BEFORE]}",
        "rate_after": f"{count[_WON_AFTER]}/{count[_TRIED_AFTER]}",
        **read,
        **{key: f"{read[key]}*100" for key in _DIFFERENCES},
        "trials_needed": f"ROUNDUP({read['trials_needed']},0)",
        "outcome": _judged(),
    }
    shown = {key: f'IFERROR(IF({count[_COMPARABLE]}=1,{formula},""),"")' for key, formula in formulas.items()}
    return shown | {"remark": _remark(plan, count)}


def _raw() -> str:
    """Return the formula of the verdict of KPI_EFFECT on the row, which knows of chance alone."""
    return text_from(EFFECTS, ACTIONS, "date", len(_ANSWERED))


def _standing() -> str:
    """Return the formula of what the last refresh called the row's difference, "untested" where it knew another row."""
    row = f'{this_row(ACTIONS, "date")}&"|"&{this_row(ACTIONS, "step")}'
    known, called = (text_from(STANDINGS, ACTIONS, "date", column) for column in (1, 2))
    return f'IF({known}={row},{called},"{Standing.UNTESTED}")'


def _judged() -> str:
    """Return the formula of the verdict: that of KPI_EFFECT where it is an effect, or where there is no difference."""
    verdict, unclear = _raw(), quoted(say(f"verdict.{Verdict.UNCLEAR}"))
    sure = f'OR({verdict}={unclear},{_standing()}="{Standing.EFFECT}")'
    return f"IF({sure},{verdict},{quoted(say('verdict.difference'))})"


def _counts(state: State) -> list[tuple[Value, ...]]:
    """Return the values of the rows of counts, blank where there is nothing to count."""
    tracking = state.tracking
    rows: list[tuple[Value, ...]] = []
    for action in tracking.actions[:FOLLOWED]:
        result = counted(state.plan, tracking.by_day, action, tracking.as_of) if action else None
        if isinstance(result, Counted):
            rows.append((*map(float, astuple(result)), float(result.pending is None)))
        else:
            rows.append(_NOTHING)
    return [*rows, *[_NOTHING] * (FOLLOWED - len(rows))]


def _formulas(plan: Plan, row: int, at: str) -> tuple[str, ...]:
    """Return the formulas of a row of counts: days, successes and trials before and after, and whether they compare."""
    left, line, *_ = Area.parse(at)
    day, step = (f"INDEX({column_ref(ACTIONS, key)},{row + 1})" for key in ("date", "step"))
    known = f"MATCH({step},{column_ref(STEP_EFFECTS, 'step')},0)"
    days, won_before, tried_before, won_after, tried_after, _ = (
        address(left + place, line) for place in range(len(_COUNTED))
    )
    lower, upper = f"LEFT({step},FIND({_ARROW},{step})-1)", f"MID({step},FIND({_ARROW},{step})+1,99)"
    sides = ((f"({day}-{days})", f"({day}-1)"), (day, f"({day}+{days}-1)"))
    counts = [
        f'IF({days}="","",{event_formula(plan, stage, "count", since=since, until=until)})'
        for since, until in sides
        for stage in (upper, lower)
    ]
    fair = f"{won_before}<={tried_before},{won_after}<={tried_after},{won_before}>=0,{won_after}>=0"
    sound = f"AND({tried_before}>0,{tried_after}>0,{fair})"
    return (
        f'IFERROR(IF(OR({day}="",{day}>kpixl_as_of,{known}=0,{_is_activity(plan, step)}),"",'
        f'MIN(kpixl_as_of-{day}+1,{LONGEST})),"")',
        *counts,
        f'IF({days}="","",IF({sound},1,0))',
    )


def _is_activity(plan: Plan, step: str) -> str:
    """Return the condition that a step is an activity, which has no rate."""
    return f"{step}={quoted(plan.step_name(0))}" if plan.is_activity(0) else "FALSE"


def _remark(plan: Plan, count: dict[int, str]) -> str:
    """Return the formula of the remark: what the figures mean, or why there are none."""
    day, step, outcome = (this_row(ACTIONS, key) for key in ("date", "step", "outcome"))
    verdict = _raw()
    days, steps = count[_DAYS], column_ref(ACTIONS, "step")
    figures = {"before": count[_TRIED_BEFORE], "after": count[_TRIED_AFTER], "days": days}
    means = quoted("")
    for code in Verdict:
        told = sentence(section("actions")[f"outcome_{code}"], figures)
        means = f"IF({verdict}={quoted(say(f'verdict.{code}'))},{told},{means})"
    dates = column_ref(ACTIONS, "date")
    near = f'COUNTIFS({steps},{step},{dates},">="&({day}-{days}),{dates},"<="&({day}+{days}-1))'
    called = '""'
    for standing in (Standing.EFFECT, Standing.DIFFERENCE, Standing.UNTESTED):
        told = quoted(f" {say(f'standing_of.{standing}')}")
        called = f'IF({_standing()}="{standing}",{told},{called})'
    called = f'IF({outcome}={quoted(say(f"verdict.{Verdict.UNCLEAR}"))},"",{called})'
    means = f"{means}&IF({near}>1,{quoted(' ' + say('actions.overlaps'))},{called})"
    pending = {code: quoted(say(f"actions.{code}")) for code in Pending}
    sides = (count[_WON_BEFORE], count[_TRIED_BEFORE]), (count[_WON_AFTER], count[_TRIED_AFTER])
    rate = f"OR({','.join(f'{won}>{tried},{won}<0' for won, tried in sides)})"
    why = f"IF({rate},{pending[Pending.NO_RATE]},{pending[Pending.NO_TRIALS]})"
    aimless = f"IF({_is_activity(plan, step)},{pending[Pending.NO_RATE]},{pending[Pending.NO_STEP]})"
    begun = f"IF({day}>kpixl_as_of,{pending[Pending.NOT_BEGUN]},{aimless})"
    known = f'IF({count[_COMPARABLE]}=1,{means},IF({days}="",{begun},{why}))'
    beyond = f"IF({row_number(ACTIONS, 'date')}>{FOLLOWED},{quoted(say('live.beyond', rows=FOLLOWED))},{known})"
    return f'IF({day}="","",IFERROR({beyond},""))'
