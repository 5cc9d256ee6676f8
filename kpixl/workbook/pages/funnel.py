"""ファネル / Funnel: the stages against their targets, what each step costs in yen, and the bottleneck."""

from collections.abc import Mapping
from dataclasses import replace

from kpixl.texts import say
from kpixl.workbook.blocks import Sheet, Table, value_of
from kpixl.workbook.charts import rows_high
from kpixl.workbook.layout import leads, titled
from kpixl.workbook.pages.wording import attained, due
from kpixl.workbook.sheets import gap
from kpixl.workbook.sheets.span_words import words
from kpixl.workbook.sheets.telling import funnel_chart, funnel_table, funnel_title
from kpixl.workbook.sheets.waterfall import waterfall_chart, waterfall_table
from kpixl.workbook.state import State

__all__ = ["page"]

_SIZE = (1010, 300)


def page(state: State) -> Sheet:
    """Return the funnel page, with the values of the tables that are live in the plan workbook."""
    called = {"pace": due(state), "attainment": attained(state)}
    funnel = _frozen(gap.gap_table(state), "B6", "report_funnel", called)
    bridge = _frozen(waterfall_table(state, "P6"), "P6", "report_waterfall")
    below = 6 + len(funnel.rows) + 2
    beside = f"P{bridge.area.bottom + 3}"
    bars = _frozen(funnel_table(state, beside), beside, "report_funnel_bars")
    columns = funnel_chart(f"B{below}", _SIZE, bars.name, str(funnel_title(state).value))
    fall = waterfall_chart(f"B{below + rows_high(columns) + 1}", _SIZE, bridge.name)
    return Sheet(
        say("page.funnel"),
        blocks=(
            *titled(say("page.funnel"), gap.bottleneck_sentence(state)),
            leads(f"B{below + rows_high(columns) + rows_high(fall) + 2}", say("gap.method", **words(state))),
        ),
        tables=(funnel, bridge, bars),
        charts=(columns, fall),
        print_columns="A:M",
        one_page=True,
    )


def _frozen(table: Table, at: str, name: str, called: Mapping[str, str] | None = None) -> Table:
    """Return a table with values only; `called` holds other headings for some of its columns."""
    names = called or {}
    return replace(
        table,
        at=at,
        name=name,
        columns=tuple(
            replace(column, formula=None, heading=names.get(column.key, column.heading)) for column in table.columns
        ),
        rows=[tuple(map(value_of, row)) for row in table.rows],
    )
