"""ファネル / Funnel: the month's stages against their targets, what each step cost, and the bottleneck."""

from kpixl.texts import say
from kpixl.workbook.blocks import Chart, Column, Series, Sheet, Table, lettering
from kpixl.workbook.sheets import gap
from kpixl.workbook.state import State

__all__ = ["page"]


def page(state: State) -> Sheet:
    """Return the page with the funnel, frozen from the same table that the plan workbook shows live."""
    live = gap.sheet(state).table(gap.GAP)
    below = 6 + len(live.rows) + 3
    return Sheet(
        say("page.funnel"),
        blocks=(
            lettering("B2", [[(say("page.funnel"), "title")]]),
            lettering("B3", [[(gap.bottleneck_sentence(state), "lead")]]),
            lettering(f"B{below + 17}", [[(say("gap.method"), "lead")]]),
        ),
        tables=(Table("B6", "report_funnel", _frozen(live.columns), live.rows),),
        charts=(
            Chart(
                f"B{below}",
                "column",
                say("gap.chart"),
                "report_funnel",
                say("heading.stage"),
                (Series(say("heading.pace"), "plan"), Series(say("heading.actual"), "actual")),
                (1010, 320),
            ),
        ),
        one_page=True,
    )


def _frozen(columns: tuple[Column, ...]) -> tuple[Column, ...]:
    return tuple(Column(column.heading, column.style, column.width) for column in columns)
