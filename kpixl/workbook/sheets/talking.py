"""What a manager can say to each member in the 1on1: only what is counted, and differences that are not chance."""

from collections.abc import Iterator

import pandas as pd

from kpixl.texts import say
from kpixl.workbook.blocks import Calc
from kpixl.workbook.sheets.said import said_share
from kpixl.workbook.state import State

__all__ = ["talk"]


def talk(state: State, name: str) -> str | None:
    """Return the sentences for a member; None before there is anything to say.

    First the personal KPI that is furthest behind its target to date, then strengths and weaknesses, then what is
    beyond the member's capacity in the rest of the month.
    """
    return say("talk.gap_between").join(_parts(state, name)) or None


def _parts(state: State, name: str) -> Iterator[str]:
    frames, untouched = state.tracking.members, state.tracking.untouched
    attained = {kpi.name: frames.attainment[kpi.key][name] for kpi in state.plan.personal_kpis}
    known = {} if untouched else {kpi: float(share) for kpi, share in attained.items() if pd.notna(share)}
    if known:
        least = min(known, key=lambda kpi: known[kpi])
        share = said_share(Calc("", known[least]), Calc("", 1.0)).value
        yield say("talk.on_target") if known[least] >= 1 else say("talk.behind", kpi=least, share=share)
    for key, sign in (("strong", 1), ("weak", -1)):
        steps = frames.steps(name, sign)
        if steps:
            yield say(f"talk.{key}", steps=say("join").join(steps))
    for row in frames.overloads(name):
        yield say("talk.overloaded", stage=row["stage"], needed=row["needed"], most=row["capacity"])
