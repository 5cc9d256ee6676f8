"""サマリー / Summary: the month in sentences, the goal as a card, and every KPI with its status."""

import datetime as dt
from typing import Any

import numpy as np

from kpixl.plan import REVENUE
from kpixl.plan.currency import amount
from kpixl.texts import say
from kpixl.tracking import between, records, total, unjudged
from kpixl.workbook.blocks import Block, Column, Content, Sheet, Table, lettering, table_of
from kpixl.workbook.charts import plan_and_actual
from kpixl.workbook.layout import ruled, titled
from kpixl.workbook.pages.wording import month_so_far
from kpixl.workbook.sheets.gap import bottleneck_sentence
from kpixl.workbook.sheets.progress import status_summary, status_word
from kpixl.workbook.sheets.reasons import reason, shown_actual, unknown
from kpixl.workbook.sheets.said import money_unit, money_unit_said, money_word, said_money
from kpixl.workbook.state import State

__all__ = ["page", "sentences"]

_FIGURES = "report_trend_figures"


def page(state: State) -> Sheet:
    """Return the first page of the report."""
    month = state.month
    told = sentences(state)
    below = 12 + len(told)
    trend_at = below + len(state.plan.kpis) + 3
    return Sheet(
        say("page.summary"),
        blocks=(
            *titled(say("summary.title", month=month), say("summary.lead", day=state.tracking.as_of)),
            *_card(state),
            ruled("B9", say("summary.sentences_section"), 9),
            lettering("B10", [[(sentence, "text")] for sentence in told]),
            ruled(f"B{below - 1}", say("summary.kpi_section"), 9),
            ruled(f"B{trend_at - 1}", say("summary.trend_section"), 9),
        ),
        tables=(_kpis(state, f"B{below}"), _trend(state, f"B{trend_at}"), _figures(state, f"M{trend_at}")),
        charts=(
            plan_and_actual(
                f"F{trend_at}", say("summary.chart", unit=money_unit_said()), _FIGURES, "month", "target", (560, 300)
            ),
        ),
        print_columns="A:K",
        widths={"B": 16},
        one_page=True,
    )


def _figures(state: State, at: str) -> Table:
    """Return the chart's data, beside the printed page: the trend in `money_unit_said`, which no format can produce."""
    unit = money_unit()
    columns = (Column("month", "month", 12), Column("target", "count", 12), Column("actual", "count", 12))
    rows = [(start, wanted / unit, None if got is None else got / unit) for start, wanted, got in _by_month(state)]
    return Table(at, _FIGURES, columns, rows)


def _said(amount: float) -> str:
    """Return an amount in words, with a minus sign if cancellations outweigh the orders."""
    return f"{say('money.minus') if amount < 0 else ''}{said_money(amount)}"


def _card(state: State) -> tuple[Block, ...]:
    """Return the KGI card: target, actual and attainment, of the month and since the start of the plan."""
    row, plan = state.tracking.goal, state.plan
    blank = REVENUE in unknown(state)
    ever = bool((between(state.tracking.values, plan.period.start, state.tracking.as_of)["kpi"] == REVENUE).any())
    cells: list[tuple[str, Content, str]] = [
        (say("summary.target"), said_money(row["target"]), "figure_said"),
        (say("summary.actual"), None if blank else _said(row["actual"]), "figure_said"),
        (month_so_far(state), None if blank else _ratio(row["actual"], row["target"]), "figure_rate"),
        (say("summary.target_to_date"), said_money(row["target_to_date"]), "figure_said"),
        (say("summary.actual_to_date"), _said(row["actual_to_date"]) if ever else None, "figure_said"),
        (
            say("summary.attainment_to_date"),
            _ratio(row["actual_to_date"], row["target_to_date"]) if ever else None,
            "figure_rate",
        ),
    ]
    return (
        lettering("B5", [[(name, "figure_label") for name, _, _ in cells]]),
        lettering("B6", [[(value, style) for _, value, style in cells]]),
    )


def sentences(state: State) -> list[str]:
    """Return a summary of the month in a few sentences, as a manager would put it."""
    tracking = state.tracking
    actual, target = tracking.goal["actual"], tracking.goal["target"]
    unsure = {"no_amount": "revenue_unknown", "not_recorded": "revenue_not_recorded", "negative": "revenue_negative"}
    key = unsure.get(tracking.kpi(REVENUE)["unjudged"]) or ("revenue" if target > 0 else "revenue_alone")
    told = [
        say(
            f"summary.{key}",
            month=state.month,
            actual=amount(actual),
            target=amount(target),
            attainment=actual / (target or 1),
        ),
        status_summary(state),
        bottleneck_sentence(state),
    ]
    frames = tracking.members
    if frames.actual[state.plan.stages[-1].event].sum() > 0:
        last = state.plan.stages[-1]
        best = min(frames.rank.index, key=lambda name: frames.rank[name])
        told.append(say("summary.best", member=best, orders=frames.actual[last.event][best], stage=last.name))
    alerts = tracking.progress[tracking.progress["alert"]]["name"]
    if len(alerts):
        told.append(say("summary.alerts", kpis=say("join").join(alerts)))
    return told


def _kpis(state: State, at: str) -> Table:
    before = _last_month(state)

    def attainment(row: dict[str, Any]) -> float | None:
        return None if row["unjudged"] else _ratio(row["actual"], row["target"])

    def status(row: dict[str, Any]) -> str:
        return reason(row) if row["unjudged"] else status_word(state, row["status"])

    return table_of(
        at,
        "report_kpis",
        records(state.tracking.progress),
        (Column("kpi", "strong", 16), "name"),
        (Column("unit", "key", 16), lambda row: money_word() if row["money"] else say("unit.count")),
        (Column("target", "count", 16), lambda row: float(row["target"])),
        (Column("actual", "count", 16), shown_actual),
        (Column("attainment", "attainment", 16, heading=month_so_far(state)), attainment),
        (Column("gap", "gap", 16), lambda row: _less(row, row["target"])),
        (Column("last_month", "count", 14), lambda row: before.get(row["kpi"])),
        (Column("change", "gap", 14), lambda row: _less(row, before.get(row["kpi"]))),
        (Column("status", "status", 14), status),
    )


def _less(row: dict[str, Any], other: float | None) -> float | None:
    """Return the actual of a row minus another figure; None if either is unknown."""
    return None if other is None or shown_actual(row) is None else float(row["actual"]) - other


def _last_month(state: State) -> dict[str, float]:
    period = state.plan.period
    month = period.month_of(state.tracking.as_of)
    if month == 0:
        return {}
    mine = between(state.tracking.values, period.starts[month - 1], period.ends[month - 1])
    unsure = unjudged(state.plan, state.tracking.values, period.starts[month - 1], period.ends[month - 1])
    known = [kpi for kpi in state.plan.kpis if kpi.key not in unsure or not unsure[kpi.key].unknown]
    return {kpi.key: total(mine, kpi.key) for kpi in known}


def _trend(state: State, at: str) -> Table:
    """Return the revenue of every month up to this one against its target."""
    columns = (Column("month", "month", 16), Column("target", "money", 16), Column("actual", "money", 16))
    return Table(at, "report_trend", columns, _by_month(state))


def _by_month(state: State) -> list[tuple[dt.date, float, float | None]]:
    """Return the first day, target and revenue of each month up to this one; the revenue is None if unknown."""
    plan, tracking = state.plan, state.tracking
    month = plan.period.month_of(tracking.as_of)
    targets = tracking.targets.team(REVENUE)
    spans = list(zip(plan.period.starts, plan.period.ends, strict=True))[: month + 1]
    unsure = [unjudged(plan, tracking.values, start, end).get(REVENUE) for start, end in spans]
    actuals = [
        None if why and why.unknown else total(between(tracking.values, start, end), REVENUE)
        for (start, end), why in zip(spans, unsure, strict=True)
    ]
    return [(start, float(t), a) for (start, _), t, a in zip(spans, targets, actuals, strict=False)]


def _ratio(actual: float, target: float) -> float | None:
    return None if not target or np.isnan(target) or actual < 0 else float(actual / target)
