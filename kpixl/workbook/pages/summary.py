"""サマリー / Summary: one message, what went well and what fell short, every KPI with its trend, and the year.

The sentences are those of `story`. The spans of the trends and of the charts stand beside the printed
page.
"""

import datetime as dt
from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd

from kpixl.plan import REVENUE, Span, SpanKind, span_of
from kpixl.texts import say
from kpixl.tracking import between, records, total, totals, unjudged_of
from kpixl.workbook.blocks import (
    BY_ROW,
    Block,
    Cell,
    Chart,
    Column,
    Content,
    Series,
    Sheet,
    Sparkline,
    Table,
    Value,
    lettering,
    table_of,
)
from kpixl.workbook.charts import plan_and_actual, rows_high
from kpixl.workbook.fitting import display_width
from kpixl.workbook.layout import lines_of, ruled, titled
from kpixl.workbook.pages.story import headline, mostly, story
from kpixl.workbook.pages.wording import recorded, so_far, style_of_targets, unrecorded
from kpixl.workbook.sheets.insights_told import insight_told, signed_money
from kpixl.workbook.sheets.progress import status_summary, status_word
from kpixl.workbook.sheets.reasons import reason, shown_actual, unknown
from kpixl.workbook.sheets.said import money_unit, money_unit_said, money_word, said_money
from kpixl.workbook.sheets.span_words import capital, span_head, span_name, words
from kpixl.workbook.state import State
from kpixl.xlsx.address import address, column_letters

__all__ = ["page", "sentences"]

_FIGURES = "report_trend_figures"
_LEFT, _DATA = 2, 14  # columns: the first of the page, and the first beside it
_SIZE = (478, 300)
_LINE, _SMALL_LINE = 104, 118  # half-width characters beside a label
_TOP = 10  # the row of the first sentence
_MOST_OTHERS, _MOST_SPANS = 6, 12
_CARDS = (3, 3, 2, 3)  # columns of each
_WIDE = sum(_CARDS)
_RIGHT = column_letters(_LEFT + _WIDE - 1)


def page(state: State) -> Sheet:
    """Return the first page of the report."""
    told, others = _story(state), _others(state)
    other_at = _TOP + len(told.rows) + 1
    below = other_at + (len(others) + 2 if others else 0)
    kpis, last_year = _kpis(state, f"B{below + 1}")
    charts_at = kpis.area.bottom + 2
    past = _history(state, kpis)
    trend = kpis.area.left + [column.key for column in kpis.columns].index("trend")
    figures = _figures(state, f"{column_letters(_DATA)}{charts_at + 1}")
    charts = _charts(state, charts_at + 2)
    note = charts_at + 2 + rows_high(charts[0])
    return Sheet(
        say("page.summary"),
        blocks=(
            *titled(say("summary.title", **words(state))),
            lettering(f"{column_letters(_LEFT + _WIDE - 1)}2", [[(recorded(state), "aside")]]),
            lettering("B3", [[(headline(state), "headline")], [(mostly(state), "lead")]]),
            Block("B6", _cards(state, last_year)),
            told,
            *([ruled(f"B{other_at}", say("summary.others_section"), _WIDE)] if others else []),
            *([Block(f"B{other_at + 1}", others)] if others else []),
            ruled(f"B{below}", say("summary.kpi_section"), _WIDE),
            ruled(f"B{charts_at}", say("summary.trend_section", unit=money_unit_said(), **words(state)), _WIDE),
            lettering(f"B{note}", [[(say("summary.yen_note"), "key")]]),
            past,
        ),
        tables=(kpis, figures),
        charts=charts,
        sparklines=tuple(_sparklines(kpis, past, trend)),
        print_columns=f"A:{_RIGHT}",
        one_page=True,
    )


def sentences(state: State) -> list[str]:
    """Return a summary in a few sentences, as a manager would put it."""
    tracking = state.tracking
    told = [f"{headline(state)}{say('join_sentences')}{mostly(state)}".strip(), status_summary(state)]
    told += [unrecorded(state)] if unrecorded(state) else []
    if not tracking.untouched:
        colon = say("summary.colon")
        told += [f"{one.label}{colon}{one.sentence}{say('join_sentences')}{one.detail}".strip() for one in story(state)]
    alerts = tracking.progress[tracking.progress["alert"]]["name"]
    if len(alerts):
        told.append(say("summary.alerts", kpis=say("join").join(alerts)))
    return told


def _story(state: State) -> Block:
    """Return the three sentences beside their labels, each with what there is to add below it."""
    if state.tracking.untouched:
        return lettering(f"B{_TOP}", [[(status_summary(state), "text")]])
    rows: list[tuple[Cell, ...]] = []
    for style, told in zip(("good", "short", "next"), story(state), strict=True):
        lines = [(line, "remark") for line in lines_of(told.sentence, _LINE)]
        lines += [(line, "note") for line in lines_of(told.detail, _SMALL_LINE) if line]
        labels = [told.label, *[""] * (len(lines) - 1)]
        rows += [
            (Cell(label, f"story_{style}"), Cell(line, look)) for label, (line, look) in zip(labels, lines, strict=True)
        ]
    return Block(f"B{_TOP}", tuple(rows))


def _others(state: State) -> tuple[tuple[Cell, ...], ...]:
    """Return what else there is to see: its size and its sentence."""
    if state.tracking.untouched:
        return ()
    shown = [told.insight for told in story(state)]
    rest = [one for one in state.tracking.insights if one not in shown][:_MOST_OTHERS]
    rows: list[tuple[Cell, ...]] = []
    for one in rest:
        size = signed_money(one.yen) if one.yen else say("summary.nothing")
        sentence, detail = insight_told(state, one)
        lines = [(line, "remark") for line in lines_of(sentence, _LINE)]
        lines += [(line, "note") for line in lines_of(detail, _SMALL_LINE) if line]
        sizes = [size, *[""] * (len(lines) - 1)]
        rows += [(Cell(size, "gap_said"), Cell(*line)) for size, line in zip(sizes, lines, strict=True)]
    return tuple(rows)


def _cards(state: State, last_year: dict[str, float]) -> tuple[tuple[Cell, ...], ...]:
    """Return four cards: the span, the one before, the plan to date, and what the rest of the year needs."""
    nothing = say("summary.nothing")
    goal, known = state.tracking.goal, REVENUE not in unknown(state)
    actual = _said(goal["actual"]) if known else nothing
    share = _share(goal["actual"], goal["target"]) if known else nothing
    worded = words(state)
    before = _back(state).get(REVENUE)
    year = last_year.get(REVENUE)
    changes = [
        say(f"summary.card_{key}_note", before=_said(other), change=signed_money(goal["actual"] - other), **worded)
        for key, other in (("before", before), ("year", year))
        if other is not None and known
    ]
    ever = bool(len(state.tracking.values))
    to_date = _said(goal["actual_to_date"]) if ever else nothing
    cards = (
        (
            say("summary.card_month", **worded),
            actual,
            say("summary.card_month_note", target=said_money(goal["target"]), share=share),
        ),
        (
            capital(say("summary.card_before", **worded)),
            nothing if before is None else _said(before),
            say("join").join(changes),
        ),
        (
            say("summary.card_to_date"),
            to_date,
            say(
                "summary.card_to_date_note",
                target=said_money(goal["target_to_date"]),
                share=_share(goal["actual_to_date"], goal["target_to_date"]),
            ),
        ),
        (say("summary.card_rest"), *_rest(state)),
    )
    rows: list[list[Cell]] = [[], [], []]
    for wide, texts in zip(_CARDS, cards, strict=True):
        for row, text, style in zip(rows, texts, ("label", "text", "note"), strict=True):
            row += [Cell(text, f"figure_{style}"), *[Cell(None, f"figure_{style}")] * (wide - 1)]
    return tuple(map(tuple, rows))


def _rest(state: State) -> tuple[str, str]:
    """Return what is still to be won until the end of the plan, and what that is on each business day left."""
    plan, tracking = state.plan, state.tracking
    period, targets = plan.period, tracking.targets
    to_come = float(targets.existing.sum()) - targets.secured(tracking.as_of)
    so_far = tracking.goal["actual_to_date"]
    rest = plan.goal.value - so_far - to_come
    goal = said_money(plan.goal.value)
    over = say("summary.card_rest_over", target=goal, share=_share(so_far, plan.goal.value))
    if rest <= 0:
        return say("summary.card_rest_reached"), over
    tomorrow = tracking.as_of + dt.timedelta(days=1)
    days = float(period.days_from(tomorrow).sum()) if tomorrow <= period.end else 0.0
    note = say("summary.card_rest_note", days=days, daily=said_money(rest / days)) if days else over
    return said_money(rest), note


def _said(amount: float) -> str:
    """Return an amount in words, with a minus sign if cancellations outweigh the orders."""
    return f"{say('money.minus') if amount < 0 else ''}{said_money(amount)}"


def _share(actual: float, target: float) -> str:
    ratio = _ratio(actual, target)
    return say("summary.nothing") if ratio is None else f"{ratio:.0%}"


def _kpis(state: State, at: str) -> tuple[Table, dict[str, float]]:
    """Return the KPIs of the span, and those of the same one of last year where anything of it is known."""
    before, last_year = _back(state), _back(state, years=1)

    def attainment(row: dict[str, Any]) -> float | None:
        return None if row["unjudged"] else _ratio(row["actual"], row["target"])

    def variance(row: dict[str, Any]) -> float | None:
        share = attainment(row)
        return None if share is None else share - 1

    def status(row: dict[str, Any]) -> str:
        return reason(row) if row["unjudged"] else status_word(state, row["status"])

    year_ago = "" if state.tracking.span.kind is SpanKind.MONTH else capital(words(state)["year_ago"])
    earlier = (Column("last_year_month", "count", 13, heading=year_ago), lambda row: last_year.get(row["kpi"]))
    change = Column("change", "gap", 12, heading=span_head(state, "change"))
    trend = say("summary.trend_months") if state.tracking.span.kind is SpanKind.QUARTER else ""
    rows = records(state.tracking.progress)
    table = table_of(
        at,
        "report_kpis",
        rows,
        (Column("kpi", "strong", 14), "name"),
        (Column("unit", "key", 6), lambda row: money_word() if row["money"] else say("unit.count")),
        (Column("target", BY_ROW, 12), lambda row: float(row["target"])),
        (Column("actual", "count", 12), shown_actual),
        (Column("attainment", "attainment", 10, heading=so_far(state)), attainment),
        (Column("gap", "gap", 13), lambda row: _less(row, row["target"])),
        (Column("variance", "variance", 15), variance),
        (Column("last_month", "count", 12, heading=span_head(state, "before")), lambda row: before.get(row["kpi"])),
        earlier if last_year else (change, lambda row: _less(row, before.get(row["kpi"]))),
        (Column("trend", "text", 16, heading=trend), lambda row: None),
        (Column("status", "status", max(14, *(display_width(status(row)) + 3 for row in rows))), status),
        row_styles=tuple("count" if row["money"] else style_of_targets(state) for row in rows),
    )
    return table, last_year


def _less(row: dict[str, Any], other: float | None) -> float | None:
    """Return the actual of a row minus another figure; None if either is unknown."""
    return None if other is None or shown_actual(row) is None else float(row["actual"]) - other


def _back(state: State, *, years: int = 0) -> dict[str, float]:
    """Return the KPIs of the whole span before, or of the same one so many years ago, as far as they are known.

    Of a quarter before the plan nothing is known unless something is of each of its months.
    """
    period, values, span = state.plan.period, state.tracking.by_day, state.tracking.span
    start, end = span.back(years=years)
    mine = between(values, start, end)
    whole = span.kind is not SpanKind.QUARTER or mine["date"].dt.to_period("M").nunique() == len(
        pd.period_range(start, end, freq="M")
    )
    inside = start >= period.start
    if not len(mine) or not (inside or whole):
        return {}
    unsure = unjudged_of(state.plan, values, span_of(period, span.kind, start), end) if inside else {}
    known = [kpi for kpi in state.plan.kpis if kpi.key not in unsure or not unsure[kpi.key].unknown]
    return {kpi.key: total(mine, kpi.key) for kpi in known}


def _shown(span: Span) -> list[Span]:
    """Return twelve spans with this one among them: the last ones, or the first of the plan."""
    shown = [span]
    while len(shown) < _MOST_SPANS and (earlier := shown[0].earlier):
        shown.insert(0, earlier)
    while len(shown) < _MOST_SPANS and (later := shown[-1].later):
        shown.append(later)
    return shown


def _history(state: State, kpis: Table) -> Block:
    """Return the spans up to this one of each KPI, beside the printed page, for the trends; a quarter shows months."""
    day, span = state.tracking.as_of, state.tracking.span
    quarter = span.kind is SpanKind.QUARTER
    shown = _shown(span_of(span.period, SpanKind.MONTH, day) if quarter else span)
    firsts: list[tuple[Content, str]] = [(_called(span), _axis(span)) for span in shown]
    by_day = state.tracking.by_day
    come = [totals(between(by_day, span.start, min(span.end, day))) if span.start <= day else None for span in shown]
    rows: list[list[tuple[Content, str]]] = [
        [(None if sums is None else sums.get(kpi.key, 0.0), "count") for sums in come] for kpi in state.plan.kpis
    ]
    return lettering(f"{column_letters(_DATA)}{kpis.area.top}", [firsts, *rows])


def _called(span: Span) -> Value:
    """Return what a span is called on an axis: its first day, of a quarter its name."""
    return span_name(span) if span.kind is SpanKind.QUARTER else span.start


def _axis(span: Span) -> str:
    return {SpanKind.WEEK: "day", SpanKind.MONTH: "month", SpanKind.QUARTER: "text"}[span.kind]


def _sparklines(kpis: Table, past: Block, column: int) -> Iterator[Sparkline]:
    area = past.area
    for row in range(kpis.body.top, kpis.body.bottom + 1):
        yield Sparkline(address(column, row), f"{address(area.left, row)}:{address(area.right, row)}")


def _figures(state: State, at: str) -> Table:
    """Return the charts' data, beside the printed page, in `money_unit_said`, which no format can produce."""
    unit = money_unit()
    keys = ("target", "actual", "summary.better", "summary.worse")
    axis = Column("month", _axis(state.tracking.span), 12, heading=span_head(state, "from"))
    columns = axis, *(Column(key, "count", 12) for key in keys)
    rows: list[tuple[Value, ...]] = []
    for start, wanted, got in _revenue(state):
        gap = None if got is None else (got - wanted) / unit
        signed = None if gap is None else max(gap, 0.0), None if gap is None else min(gap, 0.0)
        rows.append((start, wanted / unit, None if got is None else got / unit, *signed))
    return Table(at, _FIGURES, columns, rows)


def _charts(state: State, row: int) -> tuple[Chart, Chart]:
    series = Series("summary.better", "good"), Series("summary.worse", "bad")
    return (
        plan_and_actual(f"B{row}", say("summary.chart", **words(state)), _FIGURES, "month", "target", _SIZE),
        Chart(f"H{row}", "difference", say("summary.chart_gap"), _FIGURES, "month", series, _SIZE),
    )


def _revenue(state: State) -> list[tuple[Value, float, float | None]]:
    """Return what each span is called, its target and its revenue; that is None if unknown or yet to come."""
    plan, tracking = state.plan, state.tracking
    values, targets = tracking.by_day, tracking.targets.team(REVENUE)
    rows: list[tuple[Value, float, float | None]] = []
    for span in _shown(tracking.span):
        come, until = span.start <= tracking.as_of, min(span.end, tracking.as_of)
        why = unjudged_of(plan, values, span, until).get(REVENUE) if come else None
        known = come and not (why and why.unknown)
        target = float(span.of(targets))
        rows.append((_called(span), target, total(between(values, span.start, until), REVENUE) if known else None))
    return rows


def _ratio(actual: float, target: float) -> float | None:
    return None if not target or np.isnan(target) or actual < 0 else float(actual / target)
