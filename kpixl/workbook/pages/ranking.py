"""ランキング / Ranking: whom to praise, the members by attainment with their strengths, and all other events."""

import math

from kpixl.texts import say
from kpixl.tracking import breakdown, records
from kpixl.workbook.blocks import Column, Sheet, Table, Value, lettering
from kpixl.workbook.layout import titled
from kpixl.workbook.pages.channels import shown
from kpixl.workbook.pages.wording import attained
from kpixl.workbook.sheets.members import achieved_column, improved_sentence, member_kpis, mvp_sentence, skill_names
from kpixl.workbook.sheets.reasons import unknown
from kpixl.workbook.state import State

__all__ = ["page"]

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
    return Sheet(
        say("page.ranking"),
        blocks=(
            *titled(say("page.ranking"), say("ranking.lead", stage=plan.stages[-1].name, attainment=attained(state))),
            lettering("B5", [[(say("members.mvp"), "label"), (mvp_sentence(state), "praise")]]),
            lettering("B6", [[(say("members.improved"), "label"), (improved_sentence(state), "praise")]]),
        ),
        tables=(Table("B8", "report_ranking", columns, rows, summed=True),),
        one_page=len(rows) <= _ONE_PAGE,
    )
