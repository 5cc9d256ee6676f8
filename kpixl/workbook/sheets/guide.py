"""ガイド / Guide: the loop in six steps, what the colours mean, and whether the plan is whole.

The checks are native formulas: they stay true or turn red the moment somebody changes a number.
"""

from kpixl.texts import say
from kpixl.workbook.blocks import Block, Calc, Cell, Sheet, column_ref, lettering
from kpixl.workbook.sheets.funnel import FUNNEL
from kpixl.workbook.sheets.targets import MEMBER_TARGETS, TEAM
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
    """Return the sheet that a user sees first."""
    steps = tuple(
        (
            Cell(number, "check"),
            Cell(say(f"guide.step_{step}"), "strong"),
            Cell(say(f"guide.how_{step}"), "text"),
            Cell(say(f"sheet.{target}"), "link", link=f"internal:'{say(f'sheet.{target}')}'!A1"),
        )
        for number, (step, target) in enumerate(_STEPS, 1)
    )
    checks_at = 7 + len(_STEPS) + 2
    legend_at = checks_at + 6
    return Sheet(
        say("sheet.guide"),
        blocks=(
            lettering("B2", [[(say("guide.title"), "title")]]),
            lettering("B3", [[(say("guide.lead"), "lead")]]),
            lettering("B5", [[(say("guide.steps_section"), "section"), *[("", "section")] * 3]]),
            Block("B6", steps),
            lettering(f"B{checks_at - 1}", [[(say("guide.checks_section"), "section"), *[("", "section")] * 3]]),
            Block(f"B{checks_at}", _checks(state), "kpixl_checks"),
            lettering(f"B{legend_at - 1}", [[(say("guide.legend_section"), "section"), *[("", "section")] * 3]]),
            Block(
                f"C{legend_at}",
                tuple(
                    (Cell(say(f"guide.colour_{kind}"), style), Cell(say(f"guide.meaning_{kind}"), "text"))
                    for kind, style in (
                        ("typed", "legend_typed"),
                        ("computed", "legend_computed"),
                        ("good", "legend_good"),
                        ("bad", "legend_bad"),
                    )
                ),
            ),
        ),
        widths={"B": 6, "C": 30, "D": 86, "E": 18},
        tab="plain",
    )


def _checks(state: State) -> tuple[tuple[Cell, ...], ...]:
    """Return the checks: members sum to the team, KPIs at 100 % give the goal, months sum to the whole."""
    plan, targets = state.plan, state.tracking.targets
    stages = [stage.name for stage in plan.stages]
    kpi, total = (column_ref(MEMBER_TARGETS, say(f"heading.{key}")) for key in ("kpi", "total"))
    members = _all_equal([(f'SUMIFS({total},{kpi},"{name}")', column_ref(TEAM, name)) for name in stages])
    months = _all_equal([(column_ref(TEAM, name), column_ref(FUNNEL, name)) for name in stages])
    revenue = f"SUM({column_ref(TEAM, plan.kpis[0].name)})>=ROUND(kpixl_goal,0)"
    reached = targets.team(plan.kpis[0].key).sum() >= round(plan.goal.value)
    checks = (("members", members, True), ("goal", revenue, bool(reached)), ("months", months, True))
    good, bad = say("guide.yes"), say("guide.no")
    return tuple(
        (
            Cell(Calc(f'IF({formula},"{good}","{bad}")', good if value else bad), "check"),
            Cell(say(f"guide.check_{name}"), "strong"),
            Cell(say(f"guide.check_{name}_help"), "text"),
        )
        for name, formula, value in checks
    )


def _all_equal(pairs: list[tuple[str, str]]) -> str:
    return "AND(" + ",".join(f"SUM({left})=SUM({right})" for left, right in pairs) + ")"
