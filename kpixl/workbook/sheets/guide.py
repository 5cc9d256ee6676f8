"""ガイド / Guide: the loop in six steps, what the colours mean, and whether the plan is sound.

The checks are native formulas, so they follow every change of a number at once.
"""

from kpixl.texts import say
from kpixl.workbook.blocks import Block, Cell, Sheet
from kpixl.workbook.layout import link, ruled, titled
from kpixl.workbook.sheets.checks import check_rows
from kpixl.workbook.state import State

__all__ = ["sheet"]

_STEPS = (
    ("settings", "settings"),
    ("funnel", "funnel"),
    ("targets", "targets"),
    ("actuals", "actuals"),
    ("progress", "progress"),
    ("report", "members"),
)


def sheet(state: State) -> Sheet:
    """Return the sheet with the steps, the checks and the legend of colours."""
    steps = tuple(
        (
            Cell(number, "check"),
            Cell(say(f"guide.step_{step}"), "strong"),
            Cell(say(f"guide.how_{step}"), "paragraph"),
            link(say(f"sheet.{target}"), say(f"sheet.{target}")),
        )
        for number, (step, target) in enumerate(_STEPS, 1)
    )
    checks = check_rows(state)
    legend = tuple(
        (Cell(say(f"guide.colour_{kind}"), f"legend_{kind}"), Cell(say(f"guide.meaning_{kind}"), "paragraph"))
        for kind in ("typed", "computed", "good", "bad")
    )
    checks_at = 6 + len(steps) + 2
    legend_at = checks_at + len(checks) + 2
    return Sheet(
        say("sheet.guide"),
        blocks=(
            *titled(say("guide.title"), say("guide.lead")),
            ruled("B5", say("guide.steps_section"), 4),
            Block("B6", steps),
            ruled(f"B{checks_at - 1}", say("guide.checks_section"), 4),
            Block(f"B{checks_at}", checks, "kpixl_checks"),
            ruled(f"B{legend_at - 1}", say("guide.legend_section"), 4),
            Block(f"C{legend_at}", legend),
        ),
        widths={"B": 6, "C": 28, "D": 76, "E": 14},
        tab="plain",
    )
