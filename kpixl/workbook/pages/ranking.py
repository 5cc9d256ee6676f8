"""ランキング / Ranking: whom to praise, the members by attainment with their strengths, and all other events."""

import math
from dataclasses import dataclass

from kpixl.texts import say
from kpixl.tracking import breakdown, records
from kpixl.workbook.blocks import (
    Block,
    Chart,
    Column,
    Series,
    Sheet,
    Sparkline,
    Table,
    Value,
    figure,
    lettering,
    points,
)
from kpixl.workbook.layout import below, over, printed, titled
from kpixl.workbook.pages.channels import shown
from kpixl.workbook.pages.months import MEMBER, MOST, month_table, trends
from kpixl.workbook.pages.wording import attained
from kpixl.workbook.printing import across
from kpixl.workbook.sheets.members import achieved_column, improved_sentence, member_kpis, mvp_sentence, skill_names
from kpixl.workbook.sheets.reasons import unknown
from kpixl.workbook.sheets.span_words import span_head
from kpixl.workbook.state import State

__all__ = ["page"]

_BESIDE = "AB"  # the column, beside the printed page, of what the chart draws
_SKILLS = 2  # columns of strengths and weaknesses, which come last
_FEW = 20  # members whose past has room on the page
_WIDE, _BAR, _CHART_TOP = 900, 22, 60  # pixels: the chart, a bar of it, its title
_ONE_PAGE = 50  # rows that can still be read on one page


def page(state: State) -> Sheet:
    """Return the ranking page; its rows sum to the team's figures."""
    plan, frames = state.plan, state.tracking.members
    last = plan.stages[-1].event
    actual = breakdown(plan, state.tracking.values, "member", *state.span)
    kpis, blank = member_kpis(state), unknown(state)
    people = [str(name) for name in frames.rank.sort_values(kind="stable").index]
    columns = (
        Column("member", "strong", 16),
        Column("rank", "rank", 8),
        Column("attainment", "attainment", 11, heading=attained(state)),
        *map(achieved_column, kpis),
        Column("strengths", "text", 28),
        Column("weaknesses", "text", 28),
    )
    rows: list[tuple[Value, ...]] = []
    done = {str(name): row for name, row in zip(actual.index, records(actual), strict=True)}
    listed_names = set(people)
    for name in [*people, *(name for name in done if name not in listed_names)]:
        listed = name in listed_names
        attainment = frames.of(name).attainment[last] if listed else math.nan
        rows.append(
            (
                shown(name),
                int(frames.rank[name]) if listed else None,
                None if math.isnan(attainment) else attainment,
                *(None if kpi.key in blank else float(done[name][kpi.key]) for kpi in kpis),
                *(skill_names(frames, name) if listed else (None, None)),
            )
        )
    sums = (None if kpi.key in blank else float(actual[kpi.key].sum()) for kpi in kpis)
    rows.append((say("heading.total"), None, None, *sums, None, None))
    ranked = Table("B8", "report_ranking", columns, rows, summed=True)
    past = _past(state, ranked, people) if len(people) <= _FEW else _Past()
    return Sheet(
        say("page.ranking"),
        blocks=(
            *titled(say("page.ranking"), say("ranking.lead", stage=plan.stages[-1].name, attainment=attained(state))),
            lettering("B5", [[(say("members.mvp"), "label"), (mvp_sentence(state), "praise")]]),
            lettering("B6", [[(say("members.improved"), "label"), (improved_sentence(state), "praise")]]),
            *past.blocks,
        ),
        tables=(ranked, *past.tables),
        charts=past.charts,
        sparklines=past.sparklines,
        print_columns=printed(ranked),
        one_page=len(rows) <= _ONE_PAGE,
    )


@dataclass(frozen=True)
class _Past:
    """What stands below the ranking of a team that leaves room for it."""

    blocks: tuple[Block, ...] = ()
    tables: tuple[Table, ...] = ()
    charts: tuple[Chart, ...] = ()
    sparklines: tuple[Sparkline, ...] = ()


def _past(state: State, ranked: Table, people: list[str]) -> _Past:
    """Return how the members stood before, their orders by month, and their attainment as bars."""
    trend, orders = _trend(state, below(ranked), people), state.plan.stages[-1]
    places = [state.tracking.members.of(name).place for name in people]
    most = min(MOST, len(ranked.columns) - _SKILLS - 1)  # not in the wide columns of strengths and weaknesses
    last = len(state.plan.stages) - 1
    months = month_table(state, below(trend), "report_member_months", last, MEMBER, places, most=most)
    bars, charts = _bars(state, people, f"B{months.area.bottom + 2}", ranked)
    titles = over(trend, say("ranking.trend_section")), over(months, say("channels.months_section", stage=orders.name))
    return _Past(titles, (trend, months, *bars), charts, trends(trend, "trend", months))


def _trend(state: State, at: str, people: list[str]) -> Table:
    """Return the attainment of each member in the middle of their KPIs, beside that of the span before."""
    frame = state.tracking.members.improvement
    found = dict(zip(frame.index, records(frame), strict=True))
    rows = [
        (
            name,
            None,
            *(figure(found[name][key], None) for key in ("attainment_before", "attainment")),
            points(found[name]["change"], None),
        )
        for name in people
    ]
    columns = (
        Column("member", "strong", 16),
        Column("trend", "text", 14, heading=say("channels.months_section", stage=state.plan.stages[-1].name)),
        Column("last_month", "share", 11, heading=span_head(state, "before")),
        Column("attainment", "attained", 11, heading=attained(state)),
        Column("change", "points", 11, heading=span_head(state, "change")),
    )
    return Table(at, "report_member_trend", columns, rows)


def _bars(state: State, people: list[str], at: str, ranked: Table) -> tuple[tuple[Table, ...], tuple[Chart, ...]]:
    """Return the chart of the members' attainment of the orders, and what it draws; nothing where there is none."""
    frames, last = state.tracking.members, state.plan.stages[-1]
    shares = [(name, frames.of(name).attainment[last.event]) for name in people]
    rows = [(name, 1.0, share) for name, share in shares if not math.isnan(share)]
    if not rows:
        return (), ()
    columns = (Column("member"), Column("target", "share"), Column("attainment", "share"))
    series = (Series("target", "plan"), Series("attainment", "actual"))
    title = say("ranking.chart", stage=last.name, attainment=attained(state))
    size = min(_WIDE, across(ranked, {})), _CHART_TOP + _BAR * len(rows)
    drawn = Chart(at, "attainment", title, "report_member_bars", "member", series, size)
    return (Table(f"{_BESIDE}{ranked.area.top}", "report_member_bars", columns, rows),), (drawn,)
