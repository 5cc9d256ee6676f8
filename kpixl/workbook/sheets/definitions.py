"""KPI定義 / KPI definitions: the shared glossary, so that marketing, inside and field sales count the same things.

The name of a KPI, its meaning and how it is counted are typed and kept only here: `read_indicators` reads them back
into the plan. Its target is a native formula on the channels' targets; whether it is SMART is written by a refresh.
Beside the glossary, KPIs and candidates are rated and scored, with a suggestion on which to choose.
"""

from collections.abc import Mapping
from dataclasses import replace
from operator import attrgetter

import numpy as np

from kpixl.engine.smart import Criterion, Judgement
from kpixl.errors import InvalidPlan
from kpixl.plan import REVENUE, Channel, Indicator, Stage, SuccessFactor
from kpixl.plan.currency import amount
from kpixl.plan.glossary import AMOUNT, COUNT, DAYS, LEADING, MINUTES, RATINGS, ROLES, SCOPES, SUMS, TIMINGS
from kpixl.plan.selection import PERSON_KPIS, TEAM_KPIS, Score, Suggestion, select
from kpixl.plan.smart import judge, target_of
from kpixl.texts import say
from kpixl.workbook.blocks import BY_ROW, Block, Column, Sheet, Table, table_of
from kpixl.workbook.books import Book, Row
from kpixl.workbook.fitting import display_width
from kpixl.workbook.layout import above, leads, link, over, side_by_side, titled
from kpixl.workbook.references import column_ref, this_row
from kpixl.workbook.schema import event_words, heading_of, words
from kpixl.workbook.sheets.formulas import quoted
from kpixl.workbook.sheets.targets import target_column
from kpixl.workbook.state import State, event_names
from kpixl.workbook.tables import CANDIDATES, CHANNEL_LIST, CHANNEL_TARGETS, CSF_LIST, DEFINITIONS
from kpixl.workbook.typed import distinct_names
from kpixl.xlsx.address import column_letters

__all__ = ["ratings", "read_indicators", "sheet"]

_RATED = ("measurable", "controllable", "understandable")
_BLANK_ROWS = 3
_PRINTED = 12  # columns that people read; those on how a KPI is counted come after them


def sheet(state: State) -> Sheet:
    """Return the sheet with the definitions and the selection, in the current language."""
    definitions, candidates = side_by_side(state, (_definitions, _candidates))
    title = say("sheet.definitions")
    return Sheet(
        title,
        blocks=(
            *titled(say("definitions.title"), say("definitions.lead")),
            Block("B4", ((link(say("definitions.to_candidates"), title, above(candidates)),),)),
            over(definitions, say("definitions.glossary_section")),
            leads(above(candidates, 3), *(say(f"definitions.candidates_{key}") for key in ("lead", "score"))),
            over(candidates, say("definitions.candidates_section")),
        ),
        tables=(definitions, candidates),
        freeze="C7",
        tab="typed",
        print_columns=f"A:{column_letters(1 + _PRINTED)}",
    )


def _definitions(state: State, at: str) -> Table:
    names, kpis = event_names(state.plan), state.plan.indicators
    events = tuple(names.values())
    smart = {kpi.name: _smart(state, kpi) if kpi.chosen else (None, None) for kpi in kpis}
    return table_of(
        at,
        DEFINITIONS,
        kpis,
        (Column("kpi", "strong", 16, typed=True), "name"),
        (_worded("role", 9, ROLES), lambda kpi: say(f"role.{kpi.role or 'candidate'}")),
        (_worded("scope", 8, SCOPES[:2]), lambda kpi: say(f"scope.{kpi.scope}") if kpi.scope else None),
        (_worded("timing", 10, TIMINGS), lambda kpi: say(f"timing.{kpi.timing}")),
        Column("csf", width=20, typed=True, choices=f"={CSF_LIST}"),
        Column("meaning", width=26, typed=True),
        Column("numerator", width=17, typed=True),
        Column("denominator", width=13, typed=True),
        Column("unit", width=max(map(display_width, ["", *(kpi.unit for kpi in kpis)])) + 4, typed=True),
        Column("owner", width=13, typed=True),
        (Column("data_source", width=14, typed=True), "source"),
        (Column("period_target", BY_ROW, 16, _target(state)), lambda kpi: _period_target(state, kpi)),
        (Column("smart", "verdict", 10), lambda kpi: smart[kpi.name][0]),
        (Column("to_mend", width=32), lambda kpi: smart[kpi.name][1]),
        (Column("counted_event", width=14, typed=True, choices=events), lambda kpi: names.get(kpi.event)),
        (_worded("summed", 8, SUMS), lambda kpi: say(f"summed.{kpi.measure}") if kpi.event else None),
        (Column("divided_by", width=14, typed=True, choices=events), lambda kpi: names.get(kpi.base)),
        (Column("only_channel", width=13, typed=True, choices=f"={CHANNEL_LIST}"), "channel"),
        (Column("own_target", BY_ROW, 11, typed=True), "target"),
        room=len(kpis) + _BLANK_ROWS,
        row_styles=(*(_style(kpi) for kpi in kpis), *["count"] * _BLANK_ROWS),
    )


def _period_target(state: State, kpi: Indicator) -> float | str:
    target = target_of(state.tracking.targets, kpi)
    return "" if target is None else target


def _target(state: State) -> str:
    """Return the formula of a KPI's target: its own, else that of the funnel over the whole period."""
    plan = state.plan
    event, base, channel, own = (
        this_row(DEFINITIONS, key) for key in ("counted_event", "divided_by", "only_channel", "own_target")
    )
    summed = this_row(DEFINITIONS, "summed")
    earned = f'IF({event}={quoted(plan.stages[-1].name)},{quoted(plan.kpis[0].name)},"")'
    no_kpi = ",".join(quoted(say(f"summed.{measure}")) for measure in (MINUTES, DAYS))
    counted = f'IF(OR({summed}={{{no_kpi}}}),"",{event})'
    kpi = f"IF({summed}={quoted(say(f'summed.{AMOUNT}'))},{earned},{counted})"
    where = f'{column_ref(CHANNEL_TARGETS, "channel")},IF({channel}="","*",{channel})'
    part, whole = (f"SUMIFS({target_column(plan, CHANNEL_TARGETS, name)},{where})" for name in (kpi, base))
    planned = f'IF(COUNTIFS({where})=0,"",IFERROR({part}/IF({base}="",1,{whole}),""))'
    return f'IF({own}<>"",{own},{planned})'


def _style(kpi: Indicator) -> str:
    """Return the number style of a KPI."""
    if kpi.unit == "%":
        return "rate"
    if kpi.measure == AMOUNT:
        return "money"
    whole = kpi.target is None or kpi.target.is_integer()
    return "count" if whole and not kpi.base else "decimal"


def _smart(state: State, kpi: Indicator) -> tuple[str, str | None]:
    """Return the letters of SMART, with `–` for not met and `?` for not judged yet, and what to mend."""
    target, history = _past(state, kpi)
    judged = judge(state.tracking.targets, kpi, target=target, history=history)
    letters = " ".join(_letter(judgement) for judgement in judged)
    failed = [say(f"smart.{judgement.reason}") for judgement in judged if _letter(judgement) == "–"]
    return letters, " ".join(failed) or None


def _letter(judged: Judgement) -> str:
    if judged.reason == "no_history":
        return "?"
    letters = dict(zip(Criterion, "SMART", strict=True))
    return letters[judged.criterion] if judged.passed else "–"


def _past(state: State, kpi: Indicator) -> tuple[float | None, list[float]]:
    """Return a KPI's target for the month and its actuals in earlier months; empty if the funnel has neither."""
    plan, tracking = state.plan, state.tracking
    stages = [stage.event for stage in plan.stages]
    if kpi.channel or kpi.event not in stages or kpi.base not in ("", *stages):
        return None, []
    if kpi.measure in (MINUTES, DAYS) or (kpi.measure == AMOUNT and kpi.event != stages[-1]):
        return None, []
    month = plan.period.month_of(tracking.as_of)
    key = REVENUE if kpi.measure == AMOUNT else kpi.event
    before = tracking.monthly[key].to_numpy()[:month].clip(min=0)  # cancellations can make a month negative
    if not kpi.base:
        return float(tracking.targets.team(key)[month]), before.tolist()
    whole = tracking.monthly[kpi.base].to_numpy()[:month]
    return target_of(tracking.targets, kpi), np.divide(before[whole > 0], whole[whole > 0]).tolist()


def _candidates(state: State, at: str) -> Table:
    rated = [this_row(CANDIDATES, key) for key in _RATED]
    best = RATINGS[-1]
    ratings = "+".join(f'IF({cell}="",{best},{cell})' for cell in rated)
    effect, scores = this_row(CANDIDATES, "kgi_effect"), select(state.plan)
    taken = sum(score.suggestion not in (Suggestion.DROP, Suggestion.LEAVE) for score in scores)
    table = table_of(
        at,
        CANDIDATES,
        scores,
        (Column("kpi", "strong", 18), lambda score: score.indicator.name),
        *(
            (Column(key, "count", 11, typed=True, choices=("1", "2", "3")), attrgetter(f"indicator.{key}"))
            for key in _RATED
        ),
        (Column("kgi_effect", "weight", 11), "effect"),
        (Column("score", "decimal", 9, f"{ratings}+{best}*MIN(1,N({effect}))"), "total"),
        (Column("suggestion", "verdict", 24), lambda score: say(f"suggestion.{score.suggestion}")),
        (Column("because", "remark", 44), lambda score: _because(score, taken)),
        (Column("set_apart", "remark", 44), lambda score: _apart(state, score.indicator)),
    )
    return table if table.rows else replace(table, rows=[(*[None] * 5, 3.0 * best, None, None, None)])


def _apart(state: State, one: Indicator) -> str | None:
    """Return how a KPI differs in months that reached the goal, where that is beyond chance."""
    found = state.success.get(one.name)
    if found is None:
        return None
    reached, missed = (_said(one, value) for value in (found.reached, found.missed))
    months = {"yes": found.months_reached, "no": found.months_missed, "chance": found.p}
    return say(f"definitions.apart_{'people' if found.people else 'team'}", reached=reached, missed=missed, **months)


def _said(one: Indicator, value: float) -> str:
    if one.unit == "%":
        return f"{value:.1%}"
    return amount(value) if one.measure == AMOUNT and not one.is_score else f"{value:,.1f}"


def _because(score: Score, taken: int) -> str:
    """Return why a KPI is to be kept, taken or left; `taken` is how many are kept or taken."""
    worst = [heading_of(CANDIDATES, key) for key in _RATED if getattr(score.indicator, key) == RATINGS[0]]
    if worst:
        return say("because.rated", ratings=say("join").join(worst), worst=RATINGS[0])
    (least, most), (fewest, persons) = TEAM_KPIS, PERSON_KPIS
    return say(f"because.{score.suggestion}", taken=taken, least=least, most=most, fewest=fewest, persons=persons)


def read_indicators(
    book: Book, stages: tuple[Stage, ...], channels: tuple[Channel, ...], csfs: tuple[SuccessFactor, ...]
) -> tuple[Indicator, ...]:
    """Read the plan's KPIs and candidates back from their definitions, in the current language.

    Raises
    ------
    InvalidPlan
        If a cell holds a word that is not allowed (the error names its sheet and address), or a rating is not 1 to 3.
    """
    events = event_words(stages)
    lines = {channel.name: channel.name for channel in channels}
    rated, known = ratings(book), [csf.name for csf in csfs]
    rows = book.rows(DEFINITIONS)
    names = distinct_names(rows, "kpi", "kpi", free=True)
    return tuple(_indicator(row, name, events, lines, known, rated) for row, name in zip(rows, names, strict=True))


def ratings(book: Book) -> dict[str, Row]:
    """Return the row with the ratings of each KPI and candidate, by name."""
    return {row.name("kpi"): row for row in book.rows(CANDIDATES)}


def _indicator(
    row: Row,
    name: str,
    events: Mapping[str, str],
    channels: Mapping[str, str],
    csfs: list[str],
    ratings: Mapping[str, Row],
) -> Indicator:
    rated = ratings.get(name)
    return Indicator(
        name,
        row.code("counted_event", events),
        row.code("divided_by", events),
        meaning=row.text("meaning"),
        numerator=row.text("numerator"),
        denominator=row.text("denominator"),
        unit=row.text("unit"),
        timing=row.code("timing", _words("timing", TIMINGS), LEADING),
        role=row.code("role", _words("role", ROLES)),
        scope=row.code("scope", _words("scope", SCOPES[:2])),
        csf=row.name("csf", csfs),
        owner=row.text("owner"),
        source=row.text("data_source"),
        target=row.number("own_target", None),
        measure=row.code("summed", _words("summed", SUMS), COUNT),
        channel=row.code("only_channel", channels),
        **{key: _rating(rated, key) for key in _RATED if rated},
    )


def _rating(row: Row, key: str) -> int:
    """Return a rating from 1 to 3; a blank counts as the best."""
    given = row.number(key, float(RATINGS[-1]))
    if given not in RATINGS:
        raise InvalidPlan("cell_choice", cell=row.address(key), given=row.text(key), known=", ".join(map(str, RATINGS)))
    return int(given)


def _worded(key: str, width: float, codes: tuple[str, ...]) -> Column:
    """Return a column with a choice of words: the current ones for some codes."""
    words = tuple(say(f"{key}.{code or 'candidate'}") for code in codes)
    longest = max(display_width(part) for word in words for part in word.split())
    return Column(key, width=max(width, longest + 3), typed=True, choices=words)


def _words(key: str, keys: tuple[str, ...]) -> dict[str, str]:
    """Map each spelling of the words that a cell may hold to its code."""
    return words({f"{key}.{code or 'candidate'}": code for code in keys})
