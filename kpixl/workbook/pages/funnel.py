"""ファネル / Funnel: the stages against their targets, what each step costs in yen, and what to do about it.

What is suggested comes from the playbook, for the steps that cost most, each with how much.
"""

from collections.abc import Mapping
from dataclasses import replace

from kpixl.texts import say
from kpixl.tracking import for_steps
from kpixl.workbook.blocks import Block, Cell, Column, Sheet, Table, value_of
from kpixl.workbook.charts import rows_high
from kpixl.workbook.layout import leads, lines_of, ruled, titled
from kpixl.workbook.pages.wording import attained, due, style_of_targets
from kpixl.workbook.printing import across
from kpixl.workbook.sheets import gap
from kpixl.workbook.sheets.insights_told import signed_money
from kpixl.workbook.sheets.progress import span_over
from kpixl.workbook.sheets.span_words import words
from kpixl.workbook.sheets.telling import funnel_chart, funnel_table, funnel_title
from kpixl.workbook.state import State

__all__ = ["page"]

_HIGH = 260  # pixels, of the chart
_LINE = 150  # half-width characters across the page
_WIDTHS: dict[str, float] = {"B": 16, **dict.fromkeys("CDEFGHI", 10.3), "J": 16, "K": 7, "L": 9, "M": 18}


def page(state: State) -> Sheet:
    """Return the funnel page, with the values of the tables that are live in the plan workbook."""
    funnel = _funnel(state)
    method = leads(f"B{funnel.area.bottom + 1}", *lines_of(say("gap.method", **words(state)), _LINE))
    at = method.area.bottom + 2
    columns = funnel_chart(f"B{at}", (across(funnel, _WIDTHS), _HIGH), "report_funnel_bars", _title(state))
    to_do = _to_do(state, at + rows_high(columns) + 1)
    last = max(block.area.bottom for block in (method, *to_do)) if to_do else at + rows_high(columns)
    bars = _valued(funnel_table(state, f"P{last + 3}"), columns.table)
    return Sheet(
        say("page.funnel"),
        blocks=(*titled(say("page.funnel"), *lines_of(gap.bottleneck_sentence(state), _LINE)), method, *to_do),
        tables=(funnel, bars),
        charts=(columns,),
        widths=_WIDTHS,
        print_columns="A:M",
        one_page=True,
    )


def _funnel(state: State) -> Table:
    """Return the funnel; once the span is over its targets are whole, where those of its kind are."""
    live = gap.gap_table(state)
    called = {"pace": due(state), "attainment": attained(state)}
    whole = {"pace": style_of_targets(state)} if span_over(state) else {}

    def styled(column: Column) -> Column:
        return replace(column, style=whole.get(column.key, column.style))

    return _valued(replace(live, at="B7", columns=tuple(map(styled, live.columns))), "report_funnel", called)


def _to_do(state: State, row: int) -> tuple[Block, ...]:
    """Return what to do about the steps that cost most, each with what it costs; nothing where none does."""
    found = for_steps(state.tracking, state.playbook)
    if not found:
        return ()
    lines: list[tuple[str, str]] = []
    for step, measure in found:
        costs = say("gap.costs", step=gap.bottleneck_step(step), yen=signed_money(step["effect"]))
        do = say("playbook.measure", name=measure.name, do=measure.do)
        lines += [(line, "strong") for line in lines_of(costs, _LINE)]
        lines += [(line, "remark") for line in lines_of(do, _LINE)]
        lines += [(line, "note") for line in lines_of(say("playbook.watch", watch=measure.watch), _LINE)]
    note = leads(f"B{row + 1}", say("gap.to_do_note"))
    told = Block(f"B{row + 2}", tuple((Cell(line, style),) for line, style in lines))
    return ruled(f"B{row}", say("gap.to_do"), len(_WIDTHS)), note, told


def _title(state: State) -> str:
    return str(funnel_title(state).value)


def _valued(table: Table, name: str, called: Mapping[str, str] | None = None) -> Table:
    """Return a table with values only, and with headings in the language in force, not those of the plan workbook.

    `called` holds other headings for some of its columns.
    """
    names = called or {}
    columns = tuple(replace(column, formula=None, heading=names.get(column.key, "")) for column in table.columns)
    return replace(table, name=name, columns=columns, rows=[tuple(map(value_of, row)) for row in table.rows])
